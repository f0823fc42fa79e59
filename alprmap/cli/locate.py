"""`alprmap locate`: a place in words becomes a point with its error, from a road network alone."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from alprmap.cli import common
from alprmap.errors import InputError, NotFoundError, UsageError
from alprmap.text import clean, is_seen, number_of, out_of

if TYPE_CHECKING:
    import pandas as pd

    from alprmap.locate import Located

RoadsFiles = Annotated[
    list[Path] | None,
    typer.Option(
        "--roads", readable=False, help="An OSM extract, or roads.parquet of `alprmap roads`."
    ),
]


def locate(
    text: Annotated[
        str | None, typer.Argument(help='Place in words, for example "I-670 at Neil Ave".')
    ] = None,
    roads: RoadsFiles = None,
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
    confidence, matched; what a person should look at stands beside it in a .review.csv. Columns
    of a city, county or state say where each place is (L8). House numbers, mileposts and exits
    are in an extract only, not in saved roads.
    """
    if not roads:
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
    from alprmap.locate import locate as locate_locate
    from alprmap.locate import open_locator

    if table is not None and column is not None:
        with common.stdin_as_file(table) as file:
            places: str | pd.DataFrame = read_table(file, column)
    else:
        places = str(text)
    locator = open_locator(roads, area=area)
    if locator.gazetteer is None:
        common.note(
            f"{', '.join(map(str, roads))}: roads alone; house numbers, mileposts, exits and"
            " towns are in an extract"
        )
    located = locate_locate(places, locator, column=column)
    if table is None:
        _answer(located, as_json)
    else:
        _table(located, out, as_json)


def _answer(located: Located, as_json: bool) -> None:
    answer = located.answers[0].as_dict()
    if as_json:
        common.result(answer, as_json=True)
    else:
        places = [f"{c['lat']}, {c['lon']} ({c['matched']})" for c in answer["candidates"]]
        shown = {k: _exact(v) for k, v in answer.items()}
        common.result(
            {**shown, "roads": "; ".join(answer["roads"]), "candidates": "; ".join(places)}
        )
    if located.doubtful().any():
        raise typer.Exit(common.EXIT_REVIEW)


def _table(located: Located, out: Path | None, as_json: bool) -> None:
    from alprmap.store import hand_on, together, write_table

    shown, review = located.shown(), located.review()
    if located.where:
        common.note(f"the search was restricted by {', '.join(located.where)}")
    if out is not None:
        beside = out.with_name(f"{out.stem}.review.csv")
        with together(out):
            hand_on(shown, out)
            write_table(review, beside)
        common.note(f"wrote {out}")
        common.note(f"wrote {beside}")
    if out is not None or as_json:
        common.result(_summary(located), as_json=as_json)
    else:
        common.result(
            shown.assign(**{c: shown[c].map(_exact) for c in ("lon", "lat", "confidence")})
        )
    if len(review):
        waiting = review["row"].nunique()
        common.note(f"{out_of(waiting, len(shown), 'place', 'is', 'are')} for a person to look at")
        raise typer.Exit(common.EXIT_REVIEW)


def _exact(value: Any) -> Any:
    """Return a number as text with all its digits: a table of the shell shows one decimal only."""
    return (
        f"{value:.6f}".rstrip("0").rstrip(".")
        if isinstance(value, float) and value == value
        else value
    )


def _summary(located: Located) -> dict[str, Any]:
    counts = located.counts()
    error = located.table["position_error_m"].median()
    first = ("rows", "located", "unlocated", "doubtful")
    return {
        **{name: counts[name] for name in first},
        "median_position_error_m": round(float(error), 1),
        **{name: n for name, n in counts.items() if name not in first},
    }


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
        return _seen(frame.mask(frame == ""), path)
    frame = _seen(pd.DataFrame(rows), path)
    if column not in frame.columns:
        raise _no_column(path, column, list(frame.columns))
    return frame


def _seen(frame: pd.DataFrame, path: Path) -> pd.DataFrame:
    """Return a table whose texts and headings hide nothing and drive no terminal; how many were
    changed is said, and every other text is as it was."""

    def plain(value: Any) -> Any:
        return value if not isinstance(value, str) or is_seen(value) else clean(value)[0]

    names = [plain(name) for name in frame.columns]
    if len(set(names)) < len(set(frame.columns)):
        raise InputError(
            "two columns have one name when characters that are not seen are left out",
            where=path,
            fix="rename one",
        )
    out, changed = frame.copy(), sum(a != b for a, b in zip(names, frame.columns, strict=True))
    for at in range(len(names)):
        cells = frame.iloc[:, at]
        tidy = cells.map(plain, na_action="ignore").astype(cells.dtype)
        changed += int(((tidy != cells) & cells.notna()).sum())
        out.isetitem(at, tidy.array)
    if changed:
        common.note(f"{path}: {number_of(changed, 'text')} cleaned of characters that are not seen")
    return out.set_axis(names, axis=1)


def _no_column(path: Path, column: str, names: list[str]) -> NotFoundError:
    return NotFoundError(
        f"no column is called {column}", where=path, fix=f"it has {', '.join(map(str, names[:12]))}"
    )
