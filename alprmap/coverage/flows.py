"""Whose trips: flows between places by code, as the Census publishes them (C9).

LODES says how many people live in one block and work in another; who is weighed by it is a worker
going from home to work, and no other trip. A table of points says where the codes lie.
"""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from alprmap.coverage.trip_ends import WEIGHTS, degrees
from alprmap.errors import WHOLE, InputError, reason
from alprmap.sources import check_file, parse_decimal, unpacked
from alprmap.text import number_of

HOME = ("h_geocode", "home", "home_geoid", "from", "from_geoid", "origin", "o_geoid")
WORK = ("w_geocode", "work", "work_geoid", "to", "to_geoid", "destination", "d_geoid")
CODE = ("geocode", "geoid", "geoid20", "geoid10", "tabblk2020", "tabblk2010", "block", "bg", "code")
LAT = ("lat", "latitude", "intptlat", "intptlat20", "blklatdd", "y")
LON = ("lon", "lng", "longitude", "intptlon", "intptlon20", "blklondd", "x")
LEVELS = (15, 12, 11, 5)
"""Digits of the code of a block, block group, tract and county (Census): a code lies where the
finest of these lies that the table of points has."""
MOST_LINE = 100_000
HOME_TO_WORK = (
    "share of workers' trips from home to work, both inside the roads given, that pass at least one"
    " reader on the fastest way (C9; flows by code, such as LODES)"
)


def rows_of(path: str | os.PathLike[str]) -> Iterator[list[str]]:
    """Yield the cells of each row of a CSV, packed or not, row by row: a state has millions.

    Raises
    ------
    InputError
        While reading: when it is no readable text, or a row is longer than any table has.
    """
    local = Path(path)
    with unpacked(check_file(local)) as stream:
        text = io.TextIOWrapper(stream, encoding="utf-8-sig", newline="")
        try:
            for line in csv.reader(text):
                if sum(map(len, line)) > MOST_LINE:
                    raise InputError("a row is too long for a table", where=local, fix=WHOLE)
                yield line
        except (UnicodeDecodeError, csv.Error) as error:
            raise InputError(
                f"not a readable table ({reason(error)})", where=local, fix=WHOLE
            ) from None
        finally:
            text.detach()


def _column(head: list[str], known: tuple[str, ...]) -> int | None:
    lower = [h.strip().casefold() for h in head]
    return next((lower.index(k.casefold()) for k in known if k.casefold() in lower), None)


def is_flows(path: str | os.PathLike[str]) -> bool:
    """Tell whether a table names its ends by code (LODES) and not by degrees."""
    head = next(rows_of(path), [])
    degrees_there = {h.strip().casefold() for h in head} >= {"from_lon", "from_lat"}
    return not degrees_there and None not in (_column(head, HOME), _column(head, WORK))


def read_pairs(
    path: str | os.PathLike[str],
    points: str | os.PathLike[str] | None = None,
    *,
    weight: str | None = None,
) -> tuple[pd.DataFrame, dict[str, int]]:
    """Read a table of trips: ends in degrees, or by code with a table of points (C6, C9).

    Parameters
    ----------
    path
        A CSV, packed or not.
    points
        `geocode`, `lat`, `lon` of the codes; needed for flows by code.
    weight
        Column that says how many drive (of LODES `SE01` for those who earn least); the first of
        `WEIGHTS` where not given.

    Returns
    -------
    (DataFrame, counts)
        `from_lon`, `from_lat`, `to_lon`, `to_lat`, `weight`, rows between the same points summed;
        rows left out by reason.

    Raises
    ------
    InputError
        When a column is missing, a value is no number, or no row is left.
    """
    if not is_flows(path):
        return _of_degrees(Path(path), weight), {}
    if points is None:
        raise InputError(
            "the ends of these trips are codes, and nothing says where they lie",
            where=path,
            fix="pass --pair-points with geocode, lat, lon of the blocks or block groups",
        )
    return _of_codes(Path(path), _points(Path(points)), weight)


def _of_degrees(path: Path, weight: str | None) -> pd.DataFrame:
    from alprmap.store import read_csv

    table = read_csv(path)
    if weight is not None:
        if weight not in table.columns:
            raise InputError(f"no column is called {weight}", where=path, fix=_columns(table))
        table = table.drop(columns=[c for c in WEIGHTS if c in table.columns and c != weight])
        table = table.rename(columns={weight: "weight"})
    try:
        return degrees(table)
    except InputError as error:
        raise InputError(error.what, where=path, row=error.row, fix=error.fix) from None


def _columns(table: pd.DataFrame) -> str:
    return f"use one of {', '.join(map(str, table.columns[:15]))}"


def _points(path: Path) -> dict[str, tuple[float, float]]:
    """Return (lon, lat) by code; of a coarser code the first that is met of its finer ones is not
    taken: only codes that stand in the table have a place.
    """
    rows = rows_of(path)
    head = next(rows, [])
    at = [_column(head, known) for known in (CODE, LON, LAT)]
    if None in at:
        missing = ("geocode", "lon", "lat")[at.index(None)]
        raise InputError(f"has no column {missing}", where=path, fix="it needs geocode, lat, lon")
    code, lon, lat = (int(i) for i in at if i is not None)
    out: dict[str, tuple[float, float]] = {}
    for number, cells in enumerate(rows, start=1):
        if len(cells) <= max(code, lon, lat):
            continue
        x, y = parse_decimal(cells[lon]), parse_decimal(cells[lat])
        if x is None or y is None or abs(x) > 180 or abs(y) > 90:
            raise InputError(
                "no position in degrees", where=path, row=number, fix="write it like -99.5123"
            )
        out[_code(cells[code])] = (x, y)
    return out


def _code(text: str) -> str:
    """Return a code with the zero that a spreadsheet takes from it in front.

    >>> _code("60014001001000"), _code("390490001001")
    ('060014001001000', '390490001001')
    """
    text = text.strip()
    return text.zfill(len(text) + 1) if len(text) + 1 in LEVELS else text


def _of_codes(
    path: Path, points: dict[str, tuple[float, float]], weight: str | None
) -> tuple[pd.DataFrame, dict[str, int]]:
    rows = rows_of(path)
    head = next(rows, [])
    home, work = _column(head, HOME), _column(head, WORK)
    many = _column(head, (weight,) if weight else WEIGHTS)
    if many is None or home is None or work is None:
        what = weight or "S000"
        raise InputError(
            f"no column is called {what}", where=path, fix=f"use one of {', '.join(head[:15])}"
        )
    # blocks fall back on their block group or tract, where only that has a point
    where: dict[str, tuple[float, float] | None] = {}

    def place(text: str) -> tuple[float, float] | None:
        if text not in where:
            code = _code(text)
            parts = (code[:n] for n in LEVELS if n <= len(code))
            where[text] = points.get(code) or next((points[p] for p in parts if p in points), None)
        return where[text]

    total: dict[tuple[tuple[float, float], tuple[float, float]], float] = {}
    left = {"an end without a point": 0, "nobody drives": 0}
    for number, cells in enumerate(rows, start=1):
        if len(cells) <= max(home, work, many):
            raise InputError("the row is cut off", where=path, row=number, fix=WHOLE)
        value = parse_decimal(cells[many])
        if value is None or not 0 <= value < np.inf:
            raise InputError(
                f"{head[many]} is no number of trips",
                where=path,
                row=number,
                fix="write a number from 0 on",
            )
        a, b = place(cells[home]), place(cells[work])
        if a is None or b is None:
            left["an end without a point"] += 1
        elif value == 0:
            left["nobody drives"] += 1
        else:
            total[a, b] = total.get((a, b), 0.0) + value
    if not total:
        raise InputError(
            f"no row has both ends among {number_of(len(points), 'point')}",
            where=path,
            fix="give points of the same blocks or block groups, with all digits of their codes",
        )
    ends = np.array([[*a, *b] for a, b in total], dtype=np.float64)
    frame = pd.DataFrame(ends, columns=["from_lon", "from_lat", "to_lon", "to_lat"])
    return frame.assign(weight=np.array(list(total.values()))), left
