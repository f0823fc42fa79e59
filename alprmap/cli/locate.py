"""`alprmap locate`: a place in words becomes a point with its error, from a road network alone."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from alprmap.cli import common
from alprmap.errors import NotFoundError, UsageError

if TYPE_CHECKING:
    import pandas as pd

    from alprmap.locate import Locator

DOUBTFUL = 0.5
"""A place found with less confidence is a question for a person (docs/method/locate.md, L9)."""


def locate(
    text: Annotated[
        str | None, typer.Argument(help='Place in words, for example "I-670 at Neil Ave".')
    ] = None,
    roads: common.RoadsOpt = None,
    table: Annotated[
        Path | None,
        typer.Option("--table", readable=False, help="A table of places instead of one text."),
    ] = None,
    column: Annotated[
        str | None, typer.Option("--column", help="Its column that holds the text.")
    ] = None,
    area: Annotated[
        str | None, typer.Option("--area", help="Part of the roads: west,south,east,north.")
    ] = None,
    out: common.Out = None,
    force: common.Force = False,
    as_json: common.Json = False,
) -> None:
    """Locate a text, or every text of a table, on the roads of an extract (L1-L9).

    With --out the table keeps its columns and gains lon, lat, position_error_m, located_by,
    confidence, matched; what a person should look at stands beside it in a .review.csv. House
    numbers, mileposts, exits and towns are in an extract only, not in saved roads.
    """
    if roads is None:
        raise UsageError(
            "no roads were given", fix="pass --roads with an OSM extract or roads.parquet"
        )
    if (text is None) == (table is None) or (table is not None) != (column is not None):
        raise UsageError(
            "give either TEXT, or --table with --column", fix="see alprmap locate --help"
        )
    if table is None and out is not None:
        raise UsageError("--out is for --table", fix="use --json and redirect it")
    common.refuse_overwrite(out, force, kind="table")
    from alprmap.locate import open_locator

    with common.progress() as progress:
        locator = open_locator(roads, area=area, progress=progress)
        if locator.gazetteer is None:
            common.note(
                f"{roads}: roads alone; house numbers, mileposts, exits and towns are in an extract"
            )
        if table is not None and column is not None:
            _table(locator, table, column, out, as_json, progress)
            return
    found = locator.locate(str(text)).as_dict()
    if as_json:
        common.result(found, as_json=True)
    else:
        places = [f"{c['lat']}, {c['lon']} ({c['matched']})" for c in found["candidates"]]
        shown = {k: _exact(v) for k, v in found.items()}
        common.result(
            {**shown, "roads": "; ".join(found["roads"]), "candidates": "; ".join(places)}
        )
    if found["confidence"] < DOUBTFUL:
        raise typer.Exit(common.EXIT_REVIEW)


def _table(
    locator: Locator,
    path: Path,
    column: str,
    out: Path | None,
    as_json: bool,
    progress: common.Progress,
) -> None:
    from alprmap.locate import RESULT_COLUMNS
    from alprmap.store import hand_on, together, write_table

    with common.stdin_as_file(path) as file:
        frame = read_table(file, column)
    found = locator.locate_column(frame[column], progress=progress)
    added = found[list(RESULT_COLUMNS)]
    kept = frame.rename(columns={c: f"input_{c}" for c in RESULT_COLUMNS if c in frame.columns})
    result = kept.join(added)
    review = review_of(locator, frame[column], found)
    if out is not None:
        beside = out.with_name(f"{out.stem}.review.csv")
        with together(out):
            hand_on(result, out)
            write_table(review, beside)
        common.note(f"wrote {out}")
        common.note(f"wrote {beside}")
    if out is not None or as_json:
        common.result(_summary(found), as_json=as_json)
    else:
        common.result(
            result.assign(**{c: result[c].map(_exact) for c in ("lon", "lat", "confidence")})
        )
    if len(review):
        common.note(
            f"{review['row'].nunique():,} of {len(frame):,} places are for a person to look at"
        )
        raise typer.Exit(common.EXIT_REVIEW)


def _exact(value: Any) -> Any:
    """Return a number as text with all its digits: a table of the shell shows one decimal only."""
    return (
        f"{value:.6f}".rstrip("0").rstrip(".")
        if isinstance(value, float) and value == value
        else value
    )


def _summary(found: pd.DataFrame) -> dict[str, Any]:
    located = found["lon"].notna()
    counts = found.loc[located, "located_by"].value_counts().sort_index()
    return {
        "rows": len(found),
        "located": int(located.sum()),
        "unlocated": int((~located).sum()),
        "doubtful": int((located & (found["confidence"] < DOUBTFUL)).sum()),
        "median_position_error_m": round(float(found.loc[located, "position_error_m"].median()), 1),
        **{f"by_{k}": int(v) for k, v in counts.items()},
    }


def review_of(locator: Locator, texts: pd.Series, found: pd.DataFrame) -> pd.DataFrame:
    """Return what a person should look at: unlocated and doubtful texts, one row per place each can
    mean."""
    import pandas as pd

    rows: list[tuple[Any, ...]] = []
    doubtful = (found["lon"].isna() | (found["confidence"] < DOUBTFUL)).tolist()
    for number, (text, wanted) in enumerate(zip(texts.tolist(), doubtful, strict=True), start=1):
        if not wanted:
            continue
        known = text if isinstance(text, str) else ""
        answer = locator.locate(known)
        places = [c.as_dict() for c in answer.candidates] or [{}]
        rows += [
            (
                number,
                known,
                answer.reason,
                answer.confidence,
                place,
                *(c.get(k) for k in ("lon", "lat", "matched")),
            )
            for place, c in enumerate(places, start=1)
        ]
    names = ["row", "text", "reason", "confidence", "candidate", "lon", "lat", "matched"]
    return pd.DataFrame(rows, columns=names).astype({"lon": "float64", "lat": "float64"})


def read_table(path: Path, column: str) -> pd.DataFrame:
    """Read a table as text, every column kept; the header is the line that names `column`.

    Raises
    ------
    NotFoundError
        When no column has that name.
    InputError
        When the file cannot be used.
    """

    import pandas as pd

    from alprmap.sources import check_file, kind, read_tables

    checked = check_file(path)
    if checked.kind == "zip":
        # a workbook is a zip of its own kind
        checked = replace(checked, kind=kind(checked))
    names: list[str] | None = None
    rows: list[dict[str, Any]] = []
    text = checked.kind == "csv"
    for part in read_tables(checked, {"header": column} if text else {}):
        rows += [
            {k: v for k, v in row.items() if text or not k.startswith("$")} for row in part.rows
        ]
        if "head" in part.hints:
            raise _no_column(path, column, part.hints["head"].split(","))
        names = list(json.loads(part.hints["names"])) if "names" in part.hints else names
    if names is not None:
        frame = pd.DataFrame(rows, columns=names, dtype="str")
        return frame.mask(frame == "")
    frame = pd.DataFrame(rows)
    if column not in frame.columns:
        raise _no_column(path, column, list(frame.columns))
    return frame


def _no_column(path: Path, column: str, names: list[str]) -> NotFoundError:
    return NotFoundError(
        f"no column is called {column}", where=path, fix=f"it has {', '.join(map(str, names[:12]))}"
    )
