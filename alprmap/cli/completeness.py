"""`alprmap completeness`: how many readers stand that the map lacks (K1-K6)."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from alprmap.cli import common
from alprmap.cli.access import refuse_no_day
from alprmap.errors import UsageError

if TYPE_CHECKING:
    import pandas as pd

    from alprmap.completeness import Completeness
    from alprmap.merge import Cameras


SHARES = ("mapped_share", "mapped_share_low", "mapped_share_high")


def completeness(
    cameras: common.CamerasArg,
    declared: Annotated[
        list[Path] | None,
        typer.Option(
            "--declared",
            readable=False,
            help="Counts that agencies publish: a table of agency and count, portals; repeatable.",
        ),
    ] = None,
    agencies: Annotated[
        list[Path] | None,
        typer.Option(
            "--agencies",
            readable=False,
            help="Further agencies, as `access` reads them: parts untagged cameras; repeatable.",
        ),
    ] = None,
    listed: Annotated[
        list[str] | None,
        typer.Option(
            "--list",
            help="A list that is compared, NAME=SOURCE,SOURCE; two or three. [default: what people"
            " mapped against records]",
        ),
    ] = None,
    areas: common.AreasOpt = None,
    population: Annotated[
        Path | None,
        typer.Option(
            "--population",
            readable=False,
            help="People at points: readers per 1,000 people beside the mapped share.",
        ),
    ] = None,
    as_of: Annotated[
        str | None,
        typer.Option("--as-of", help="Day of the map (ISO); the nearest declared count is taken."),
    ] = None,
    repair: Annotated[
        Path | None,
        typer.Option(
            "--repair",
            readable=False,
            help="Folder for questions to editors of the map: JOSM, MapRoulette, CSV (K7).",
        ),
    ] = None,
    roads: common.RoadsOpt = None,
    out: common.Out = None,
    force: common.Force = False,
    as_json: common.Json = False,
) -> None:
    """Estimate how many readers stand that the map lacks: declared counts, capture and recapture,
    growth (K1-K6)."""
    common.refuse_overwrite(out, force, kind="table")
    common.refuse_overwrite(repair, force)
    refuse_no_day(as_of)
    lists = _lists(listed or [])
    if roads and repair is None:
        raise UsageError("--roads are for questions about directions", fix="pass --repair FOLDER")
    from alprmap.completeness import measure

    opened = common.read_cameras(cameras)
    if repair is not None:
        _repair(opened, repair, roads or [], [*(declared or []), *(agencies or [])], areas)
        if not declared and lists is None:
            return
    found = measure(
        opened,
        declared=declared or [],
        agencies=agencies or [],
        lists=lists,
        areas=areas,
        population=population,
        as_of=as_of or _day(cameras),
    )
    written = [] if out is None else found.save(out)
    for path in written:
        common.note(f"wrote {path}")
    if as_json:
        common.result(_json(found), as_json=True)
        return
    _show(found)


def _repair(
    opened: Cameras, folder: Path, roads: list[Path], agencies: list[Path], areas: str | None
) -> None:
    """Write the questions to editors, and say how many there are."""
    from alprmap.completeness import read_agencies, repair_list, save_repairs
    from alprmap.roads import Drivable
    from alprmap.roads import read as read_roads

    # a reader at a store faces a parking aisle, and is right to
    every = Drivable(service="all", private=True)
    net = read_roads(roads, drivable=every) if roads else None
    told = read_agencies(agencies) if agencies else None
    found = repair_list(opened, roads=net, told=told, areas=areas)
    for path in save_repairs(found, folder):
        common.note(f"wrote {path}")
    for what, count in found.counts().items():
        common.line(f"{what}: {count:,}")


def _day(path: Path) -> str | None:
    from alprmap.completeness import day_in_name

    return day_in_name(path.name)


def _lists(texts: list[str]) -> dict[str, list[str]] | None:
    out: dict[str, list[str]] = {}
    for text in texts:
        name, sign, members = text.partition("=")
        sources = [m.strip() for m in members.split(",") if m.strip()]
        if not sign or not name.strip() or not sources:
            raise UsageError(f"--list {text} is no list", fix="write --list records=county,city")
        if name.strip() in out:
            raise UsageError(
                f"--list {name.strip()} stands twice", fix="name its sources by commas"
            )
        out[name.strip()] = sources
    if len(out) == 1:
        raise UsageError("one list alone tells nothing", fix="name two or three with --list")
    return out or None


def _json(found: Completeness) -> dict[str, Any]:
    test = found.belonging
    return {
        **common.counted(found.cameras),
        "counts": found.counts(),
        "as_of": found.day,
        "inputs": dict(found.inputs),
        "lists": list(found.lists),
        "cannot_be_told": dict(found.why),
        "untagged_belong": None
        if test is None
        else {"tested": test.tested, "own": test.own, "share": test.mean, "rho": test.rho},
        **{name: common.records(table) for name, table in found.tables().items()},
        "claims": common.records(found.claims()),
    }


def _show(found: Completeness) -> None:
    from alprmap.text import percent

    for row in found.claims().to_dict("records"):
        common.line(f"- {row['sentence']}")
        common.out(f"  Must stand beside: {row['caveat']}\n")
    for why in found.why.values():
        common.line(f"Growth of what is mapped {why}")
    for why, n in found.left_out.items():
        common.line(f"left out of the published counts: {why}: {n:,}")
    for title, table in _shown(found).items():
        some = table.copy()
        for column in [c for c in SHARES if c in some.columns]:
            some[column] = [percent(v) if v == v else "–" for v in some[column]]
        common.out(f"{title}\n")
        common.result(some, limit=25)
        common.out("")
    common.say_counted(found.cameras)


def _shown(found: Completeness) -> dict[str, pd.DataFrame]:
    """Return the tables for the screen by title."""
    out: dict[str, pd.DataFrame] = {}
    made = found.made
    place = made["places"].drop(columns="geometry")
    place = place[place["n"] > 0].sort_values(["n", "area"], ascending=[False, True])
    columns = ["area", "n", "per_1000", "declared", *SHARES, "mapped_share_basis"]
    out["Share mapped, by place"] = place[[c for c in columns if c in place.columns]]
    if "agencies" in made:
        columns = ["name", "state", "declared", "known", "inferred", *SHARES]
        largest = made["agencies"].sort_values("declared", ascending=False)
        out["Declared against mapped, largest counts first"] = largest[columns].head(25)
    if "strata" in made:
        keep = [c for c in made["strata"].columns if c not in ("variance", "note")]
        out["Capture and recapture"] = made["strata"][keep]
        out["Assumptions"] = made["assumptions"]
    return out
