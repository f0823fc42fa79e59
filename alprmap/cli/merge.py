"""`alprmap merge`: reports become cameras, with views, links and the review queue beside them."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from alprmap.cli import common
from alprmap.errors import InputError, UsageError
from alprmap.text import number_of, verb

if TYPE_CHECKING:
    import pandas as pd

    from alprmap.merge import Merged, Settings

Told = dict[str, dict[str, Any]]
"""Source → what the user says of it: evidence, device, operator, status."""
Pairs = list[str] | None


def merge(
    files: common.FilesArg,
    out: common.Out = None,
    roads: common.RoadsOpt = None,
    decisions: Annotated[
        Path | None,
        typer.Option(
            "--decisions",
            readable=False,
            help="decisions.csv: same / different / removed, by whom, why (M12).",
        ),
    ] = None,
    previous: Annotated[
        Path | None,
        typer.Option(
            "--previous",
            readable=False,
            help="cameras.parquet of the last merge: keeps its camera ids (M13).",
        ),
    ] = None,
    accept_loss: Annotated[
        bool,
        typer.Option(
            "--accept-loss", help="Go on although a source lost more than 5 % since --previous."
        ),
    ] = False,
    complete: Annotated[
        Pairs,
        typer.Option(
            "--complete", help="SOURCE=OPERATOR: this list is complete for it; * for all (M8)."
        ),
    ] = None,
    duplicates: Annotated[
        Pairs,
        typer.Option(
            "--duplicates", help="SOURCE=merge|review|keep: double uploads of a source (M11)."
        ),
    ] = None,
    same_ids: Annotated[
        Pairs,
        typer.Option(
            "--same-ids", help="SOURCE=NAME: sources of one NAME share their record ids (M1)."
        ),
    ] = None,
    date: Annotated[
        Pairs,
        typer.Option(
            "--date", help="SOURCE=DATE: how old a file is, where it does not say (M1, M7)."
        ),
    ] = None,
    facing: Annotated[
        Pairs,
        typer.Option(
            "--facing",
            help="SOURCE=rear|front|travel|none: what its headings mean: as the camera looks, the "
            "traffic that comes, the traffic's way, or nothing (M5).",
        ),
    ] = None,
    evidence: Annotated[
        Pairs,
        typer.Option(
            "--evidence", help="SOURCE=record …: class of evidence, where rows are silent."
        ),
    ] = None,
    device: Annotated[
        Pairs, typer.Option("--device", help="SOURCE=alpr …: what all its cameras are.")
    ] = None,
    operator: Annotated[
        Pairs, typer.Option("--operator", help="SOURCE=NAME: who runs them, where rows are silent.")
    ] = None,
    status: Annotated[
        Pairs, typer.Option("--status", help="SOURCE=standing …: where rows are silent.")
    ] = None,
    half_life: Annotated[
        float,
        typer.Option("--half-life", help="Years in which a report loses half its weight (M10)."),
    ] = 6.0,
    as_of: Annotated[
        str | None,
        typer.Option("--as-of", help="Date to which the age of reports counts (M10)."),
    ] = None,
    explain: Annotated[
        str | None, typer.Option("--explain", help="Print the story of this camera.")
    ] = None,
    force: common.Force = False,
    as_json: common.Json = False,
) -> None:
    """Merge reports into cameras, each decision explained (M1-M13)."""
    common.refuse_overwrite(out, force, kind="table")
    settings = _settings(accept_loss, complete, duplicates, same_ids, date, facing)
    settings = _aged(settings, half_life, as_of)
    told = _told(evidence=evidence, device=device, operator=operator, status=status)
    merged, reports = _merged(
        files, roads, decisions, previous, settings, told, saved=explain is not None
    )
    from alprmap.merge import explain_camera, save_merge, unheard

    # a name that no camera has is refused before anything is written
    story = None if explain is None else explain_camera(merged, reports, explain)
    if out is not None:
        for path in save_merge(merged, reports, out):
            common.note(f"wrote {path}")
    if story is not None:
        if as_json:
            common.result({"camera_id": explain, "story": story.split("\n")}, as_json=True)
        else:
            common.out(story)
        return
    for name in unheard(merged.cameras, settings):
        common.note(
            f"no camera has the operator {name}, whose list --complete calls complete: is it"
            " spelled so?"
        )
    _say_learned(merged)
    summary = _summary(merged, reports)
    if as_json:
        summary |= {"learned": common.records(merged.learned), "alarms": merged.alarms()}
    common.result(summary, as_json=as_json)
    if len(merged.review):
        waiting = merged.questions()
        common.note(
            f"{number_of(waiting, 'question')} {verb(waiting, 'waits', 'wait')} in the review queue"
        )
        raise typer.Exit(common.EXIT_REVIEW)


def _merged(
    files: list[Path],
    roads: list[Path] | None,
    decisions: Path | None,
    previous: Path | None,
    settings: Settings,
    told: Told,
    *,
    saved: bool,
) -> tuple[Merged, pd.DataFrame]:
    """Merge the files; or, to explain, read the merge that was saved as the one file named."""
    from alprmap import merge as room
    from alprmap.merge import files_beside, load_merge, read_decisions
    from alprmap.store import read_parquet, steady

    if saved and len(files) == 1 and files_beside(files[0], "links.parquet").is_file():
        beside = files_beside(files[0], "reports.parquet")
        return steady(files[0], lambda: (load_merge(files[0]), read_parquet(beside, "reports")))
    before = None if previous is None else load_merge(previous)
    said = None if decisions is None else read_decisions(decisions)
    reports = _reports(files, told, roads)
    _there(settings, set(reports["source_id"]), told)
    network = None if roads is None else common.read_roads(roads, _area(reports))
    merged = room.merge(reports, settings=settings, roads=network, decisions=said, previous=before)
    return merged, reports


def _settings(
    accept_loss: bool,
    complete: Pairs,
    duplicates: Pairs,
    same_ids: Pairs,
    date: Pairs,
    facing: Pairs,
) -> Settings:
    from alprmap.merge import Settings
    from alprmap.sources import parse_date

    lists: dict[str, tuple[str, ...]] = {}
    for source, operator in _split(complete, "--complete"):
        lists[source] = (*lists.get(source, ()), operator)
    policies: Any = dict(_split(duplicates, "--duplicates"))
    conventions: Any = dict(_split(facing, "--facing"))
    spaces = dict(_split(same_ids, "--same-ids"))
    days: dict[str, str] = {}
    for source, text in _split(date, "--date"):
        if (day := parse_date(text)) is None:
            raise UsageError(f"--date {text} is no date", fix="write it like 2026-01-28")
        days[source] = day
    try:
        return Settings(
            accept_loss=accept_loss,
            complete_for=lists,
            duplicates=policies,
            id_spaces=spaces,
            dates=days,
            facing=conventions,
        )
    except InputError as error:
        raise UsageError(error.what, fix=error.fix) from None


def _aged(settings: Settings, half_life: float, as_of: str | None) -> Settings:
    from dataclasses import replace

    try:
        return replace(settings, half_life_years=half_life, as_of=as_of)
    except InputError as error:
        raise UsageError(error.what, fix=error.fix) from None


def _say_learned(merged: Merged) -> None:
    """Say what was learned of each source, and warn where two agree on far too few cameras."""
    said = merged.learned
    if said["source_id"].nunique() < 2:
        # of a list alone nothing was learned but that it is rounded
        said = said[said["rounded"].notna()]
    for sentence in said["sentence"].dropna().unique():
        common.note(str(sentence))
    for alarm in merged.alarms():
        common.note(f"warning: {alarm}")


def _told(**options: Pairs) -> Told:
    """Return, by source, what the user says of it for rows that do not say."""
    from alprmap import schema

    known = {"evidence": schema.EVIDENCE, "device": schema.DEVICE, "status": schema.STATUS}
    out: Told = {}
    for name, values in options.items():
        for source, word in _split(values, f"--{name}"):
            if name in known and word not in known[name]:
                raise UsageError(
                    f"--{name} {word} is not known", fix=f"one of {', '.join(known[name])}"
                )
            out.setdefault(source, {})[name] = word
    return out


def _there(settings: Settings, sources: set[str], told: Told) -> None:
    """Refuse an option about a source that is not among the files: it would do nothing, without a
    word."""
    options = (settings.complete_for, settings.duplicates, settings.id_spaces, settings.dates)
    named = {name for option in (*options, settings.facing, told) for name in option}
    if away := sorted(named - sources):
        raise UsageError(
            f"no source is called {away[0]}", fix=f"the files are {', '.join(sorted(sources))}"
        )


def _split(values: Pairs, option: str) -> list[tuple[str, str]]:
    pairs = [tuple(v.split("=", 1)) for v in values or []]
    if any(len(p) != 2 or not p[0] or not p[1] for p in pairs):
        raise UsageError(
            f"{option} needs SOURCE=VALUE", fix="the source is the file's stem, as in source_id"
        )
    return [(p[0], p[1]) for p in pairs]


def _reports(files: list[Path], told: Told, roads: list[Path] | None) -> pd.DataFrame:
    import pandas as pd

    tables = []
    for path in files:
        with common.stdin_as_file(path) as file:
            tables.append(_one(file, shown=path, told=told, roads=roads))
    return pd.concat(tables, ignore_index=True)


def _one(file: Path, *, shown: Path, told: Told, roads: list[Path] | None) -> pd.DataFrame:
    """Return the reports of a file: reports.parquet as it is, any other file through the
    sources.
    """
    from alprmap import sources
    from alprmap.store import read_parquet

    if file.suffix == ".parquet" and file.is_file():
        from alprmap.sandbox import names_of

        try:
            ours = {"report_id", "source_record"} <= set(names_of(file))
        except InputError:
            ours = False
        if ours:
            reports = read_parquet(file, "reports")
            if again := sorted(set(told) & set(reports["source_id"])):
                raise UsageError(
                    f"{again[0]} is read already: what its rows do not say is said to `read`",
                    fix="pass the option to `alprmap read`, or merge the file itself",
                )
            return reports
    near = None if roads is None else partial(_box_of, roads)
    said = told.get(shown.name.split(".")[0], {})
    read = sources.read(file, settings=sources.Settings(**said, near=near))
    for reason, count in read.tally["why"].items():
        common.note(f"{shown}: {number_of(count, 'row')} rejected: {reason}")
    return read.reports


def _box_of(roads: list[Path]) -> tuple[tuple[float, float, float, float], ...]:
    """Return the box of the roads given: which of several grids a list is in, they may tell."""
    west, south, east, north = common.read_roads(roads, None).segments.total_bounds
    return ((float(west), float(south), float(east), float(north)),)


def _area(reports: pd.DataFrame) -> tuple[float, float, float, float] | None:
    place = reports[["lon", "lat"]].dropna()
    if place.empty:
        return None
    margin = 0.01  # a kilometer: wider than any reach of W1
    west, south = place.min() - margin
    east, north = place.max() + margin
    return float(west), float(south), float(east), float(north)


def _summary(merged: Merged, reports: pd.DataFrame) -> dict[str, Any]:
    from alprmap.merge import NAMED_BY_CONTENT, why_set_aside

    aside = why_set_aside(merged.cameras).dropna()
    rules = merged.links["rule"].value_counts()
    outcome = merged.cameras["outcome"].value_counts()
    return {
        "reports": len(reports),
        "cameras": len(merged.cameras),
        "views": len(merged.views),
        "linked": len(merged.links),
        "without_camera": len(reports) - len(merged.links),
        "same_record": int(rules.get("M1", 0)),
        "matched_by_score": int(rules.get("M4", 0)),
        "uploaded_twice": int(rules.get("M11", 0)),
        "decided": int(rules.get("M12", 0)),
        "review": len(merged.review),
        "renamed": int((merged.aliases["reason"] != NAMED_BY_CONTENT).sum()),
        "outcome_matched": int(outcome.get("matched", 0)),
        "outcome_record_only": int(outcome.get("record-only", 0)),
        "outcome_crowd_only": int(outcome.get("crowd-only", 0)),
        "outcome_not_in_list": int(outcome.get("crowd-only, not in the operator's list", 0)),
        "unused_decisions": len(merged.unused),
        "standing_readers": len(merged.cameras) - len(aside),
        "standing": len(merged.cameras) - len(aside),
        "set_aside": {str(k): int(v) for k, v in aside.value_counts().items()},
    }
