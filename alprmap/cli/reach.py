"""`alprmap reach`: how far inland the cameras stand, by named border (R1–R6)."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from alprmap.cli import common
from alprmap.errors import UsageError

if TYPE_CHECKING:
    import pandas as pd

    from alprmap.reach import Settings

Names = list[str] | None
Numbers = list[float] | None


def reach(
    cameras: common.CamerasArg,
    border: Annotated[
        Names,
        typer.Option(
            "--border",
            help="mexico, canada, land, coast, external or port; all when not given (R1).",
        ),
    ] = None,
    by: Annotated[
        str | None,
        typer.Option(
            "--by",
            help="state, county, operator, operator_kind, vendor, setting, source, status or year.",
        ),
    ] = None,
    population: Annotated[
        Path | None,
        typer.Option(
            "--population",
            readable=False,
            help="People at points (CenPop file, CSV, Parquet): the baseline (R6).",
        ),
    ] = None,
    roads: common.RoadsOpt = None,
    ports: Annotated[
        Path | None,
        typer.Option(
            "--ports",
            readable=False,
            help="Your own ports of entry: a CSV of name, lon, lat (R3, R4).",
        ),
    ] = None,
    gap: Annotated[
        Numbers,
        typer.Option(
            "--gap", help="Longest drive without a reader, km, for chains on --roads (R4)."
        ),
    ] = None,
    zone: Annotated[
        Numbers,
        typer.Option(
            "--zone", help="Draw the zone so wide around each --border (in --unit), beside --out."
        ),
    ] = None,
    unit: Annotated[str, typer.Option("--unit", help="mi (statute), nmi (nautical) or km.")] = "mi",
    claims: Annotated[
        bool, typer.Option("--claims", help="Print the claims sheet; F.claims.csv beside --out.")
    ] = False,
    figure: Annotated[
        Path | None,
        typer.Option("--figure", readable=False, help="Draw the distribution (.png, .svg, .pdf)."),
    ] = None,
    out: common.Out = None,
    force: common.Force = False,
    as_json: common.Json = False,
) -> None:
    """Measure how far every camera stands from the named borders (R1-R6)."""
    common.refuse_overwrite(out, force, kind="table")
    common.refuse_overwrite(figure, force, kind="picture")
    if zone and out is None:
        raise UsageError("zones are polygons, which need a file", fix="pass --out")
    if gap and roads is None:
        raise UsageError("a chain of readers needs roads", fix="pass --roads")
    if ports and roads is None:
        raise UsageError("--ports are where drives on roads begin (R3, R4)", fix="pass --roads")
    from alprmap.cli import reach_run

    asked = reach_run.Asked(
        cameras,
        tuple(border or ()),
        by,
        population,
        roads,
        ports,
        tuple(gap or ()),
        tuple(zone or ()),
        _settings(unit),
    )
    with common.progress() as progress:
        found = reach_run.run(asked, progress)
    if out is not None:
        for path in found.save(out):
            common.note(f"wrote {path}")
    else:
        common.note("pass --out F.csv to keep the camera ids behind these numbers")
    if found.outside:
        common.note(
            f"{found.outside:,} cameras stand in no state or territory; they are counted (R2),"
            " state missing"
        )
    if figure is not None:
        found.draw(figure)
        common.note(f"wrote {figure}")
    _show(found.claims() if claims else None, found.shown(), found.json, as_json=as_json)


def _settings(unit: str) -> Settings:
    from alprmap.reach import UNIT_M
    from alprmap.reach import Settings as ReachSettings

    if unit not in UNIT_M:
        raise UsageError(f"no unit is called {unit}", fix=f"use one of {', '.join(UNIT_M)}")
    return ReachSettings(unit=unit)  # type: ignore[arg-type]


def _show(
    sheet: pd.DataFrame | None, tables: dict[str, pd.DataFrame], plain: Any, *, as_json: bool
) -> None:
    if as_json:
        common.result(plain(), as_json=True)
        return
    for title, table in tables.items():
        common.out(f"{title}\n")
        common.result(table)
        common.out("")
    if sheet is not None:
        from alprmap.claims import interval

        for caveat, some in sheet.groupby("caveat", sort=False):
            for row in some.to_dict("records"):
                common.line(f"- {row['sentence']} [{interval(row)}]")
            common.out(f"  Must stand beside: {caveat}\n")
