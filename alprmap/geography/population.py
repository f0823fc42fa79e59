"""Population points: any table of lat, lon and people becomes `lon, lat, people` (R6, C6).

Reads the Census Bureau's CenPop files (centers of population of blocks groups, tracts or counties),
and CSV or Parquet tables whose columns say what they are. A point stands for the people of its
unit, so a figure is as fine as the unit: block groups hold 1,400 people on average, counties
100,000."""

from __future__ import annotations

import csv
import io
import os
from pathlib import Path

import numpy as np
import pandas as pd

from alprmap.errors import WHOLE, InputError, reason
from alprmap.sandbox import arrow_frame, csv_of, read_parquet, regular_file

_NAMES = {
    "lat": ("lat", "latitude", "intptlat", "y"),
    "lon": ("lon", "lng", "long", "longitude", "intptlon", "intptlong", "x"),
    "people": (
        "people",
        "population",
        "pop",
        "pop2020",
        "pop2010",
        "pop20",
        "pop100",
        "totpop",
        "total_population",
    ),
}
"""Column names that mean latitude, longitude and people, whatever their case."""
_STATE = ("state", "st", "stusps", "stusab", "state_abbr")


def read_population(source: str | os.PathLike[str] | pd.DataFrame) -> pd.DataFrame:
    """Open population points: the one door for people, of every command and of `build`.

    Parameters
    ----------
    source
        A CenPop text file, a CSV or a Parquet table, or a (Geo)DataFrame. A text file may begin
        with a byte order mark; its numbers may carry a plus sign and zeros in front
        (`+32.500194,-086.487813`), as the Census Bureau writes them.

    Returns
    -------
    DataFrame
        `lon`, `lat` (degrees), `people` (float, not negative), and `state` where the table has
        postal codes; one row per unit in the order of the file, index 0 … n-1, with the row number
        of the file in `row`.

    Raises
    ------
    InputError
        When a column is missing or there twice, or a row has a value that is no number, no
        position, or fewer than no people.
    """
    if isinstance(source, pd.DataFrame):
        path, table = Path("people"), _placed(source)
    else:
        path = regular_file(Path(source))
        table = _parquet(path) if path.suffix == ".parquet" else _text(path)
    found = {str(c).strip().lower(): c for c in table.columns}
    out: dict[str, pd.Series] = {}
    for name, known in _NAMES.items():
        column = next((found[k] for k in known if k in found), None)
        if column is not None and list(table.columns).count(column) > 1:
            raise InputError(
                f"two columns are called {column}", where=path, fix="keep the one that counts"
            )
        if column is None:
            raise InputError(
                f"the table has no column of {name}",
                where=path,
                fix=f"call it one of {', '.join(known)}",
            )
        out[name] = _numbers(table[column], name, path)
    frame = pd.DataFrame(out).reset_index(drop=True)[["lon", "lat", "people"]]
    _refuse(frame["lat"].abs() > 90, "a latitude outside -90 to 90", path)
    _refuse(frame["lon"].abs() > 180, "a longitude outside -180 to 180", path)
    _refuse(frame["people"] < 0, "fewer than no people", path)
    state = next((found[k] for k in _STATE if k in found), None)
    if state is not None:
        codes = table[state].astype("string").str.strip().reset_index(drop=True)
        if codes.dropna().str.fullmatch("[A-Z]{2}").all():
            frame["state"] = codes.astype("str")
    return frame.assign(row=np.arange(1, len(frame) + 1))


def _placed(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a table of people with the points of its geometry as columns, where it has one."""
    if "geometry" not in frame.columns or {"lon", "lat"} <= set(frame.columns):
        return frame.reset_index(drop=True)
    points = frame.geometry.to_crs(4326) if frame.crs is not None else frame.geometry
    placed = frame.drop(columns="geometry").assign(lon=points.x, lat=points.y)
    out: pd.DataFrame = placed.reset_index(drop=True)
    return out


def _parquet(path: Path) -> pd.DataFrame:
    table: pd.DataFrame = arrow_frame(read_parquet(path), path)
    return table


def _text(path: Path) -> pd.DataFrame:
    # the Census Bureau's older files name Puerto Rico's counties in Latin-1
    text = csv_of(path, encodings=("utf-8-sig", "latin-1"))
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), strict=False))
    except csv.Error as error:  # a field of more than 131,072 characters
        raise InputError(f"not a readable table ({reason(error)})", where=path, fix=WHOLE) from None
    if len(rows) < 2:
        raise InputError("the table has no rows", where=path, fix=WHOLE)
    width = len(rows[0])
    for number, cells in enumerate(rows[1:], start=1):
        if len(cells) != width:
            raise InputError(
                f"{len(cells)} cells where the header has {width}",
                where=path,
                row=number,
                fix="give every row as many cells as the header has",
            )
    return pd.DataFrame(rows[1:], columns=rows[0], dtype="str")


def _numbers(values: pd.Series, name: str, path: Path) -> pd.Series:
    numbers = pd.to_numeric(values, errors="coerce").astype("float64")
    _refuse(~numbers.abs().lt(np.inf), f"a {name} that is no number", path)
    return numbers


def _refuse(bad: pd.Series, what: str, path: Path) -> None:
    if bad.any():
        rows = np.flatnonzero(bad.to_numpy())
        raise InputError(
            f"{what} ({len(rows)} rows)",
            where=path,
            row=int(rows[0]) + 1,
            fix="correct or remove them",
        )
