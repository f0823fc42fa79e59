"""Clinics, houses of worship, courts and others: read from an extract's tags or from a list (C11).

What is counted as what stands in data/aliases/sensitive.csv.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from alprmap import geo
from alprmap.coverage.flows import LAT, LON
from alprmap.errors import InputError
from alprmap.roads import EXTRACT_SUFFIXES, read_tagged, tag_fits
from alprmap.shipped import alias_rows
from alprmap.sources import parse_decimal
from alprmap.text import clean

KIND = ("category", "kind", "type", "place_type")
NAME = ("name", "place", "title", "facility")
COLUMNS = ("place_id", "category", "name", "lon", "lat", "source")
SAME_M = 150.0
"""C11: two places of one category and name nearer than this are one, mapped as a point and as an
area, or on two lists."""
CLOSED = "closed: the tag or the name says so"
TWICE = "on the list twice: the same category and name within 500 feet"
NOWHERE = "no position"
NO_CATEGORY = "no category"


def _table() -> tuple[dict[str, dict[str, list[str]]], dict[str, str], dict[str, list[str]]]:
    """Return tags by category, categories by word, and the tags of what is closed."""
    tags: dict[str, dict[str, list[str]]] = {}
    words: dict[str, str] = {}
    closed: dict[str, list[str]] = {}
    for row in alias_rows("sensitive"):
        values = row["values"].split("|")
        if row["key"] == "word":
            words.update(dict.fromkeys(values, row["category"]))
            words[row["category"]] = row["category"]
        elif row["key"] == "closed":
            closed.update({k: [v] for k, v in (text.split("=") for text in values)})
        else:
            tags.setdefault(row["category"], {})[row["key"]] = values
    return tags, words, closed


def sensitive_categories() -> list[str]:
    """Return the categories that tags are told by (C11)."""
    return sorted(_table()[0])


def read_sensitive(
    paths: Sequence[str | os.PathLike[str]],
) -> tuple[pd.DataFrame, dict[str, int]]:
    """Read places by category from extracts (their tags) and lists (CSV, GeoJSON) (C11).

    Parameters
    ----------
    paths
        OSM extracts; lists with `category`, `lat`, `lon` and perhaps `name`. A word of a list that
        the table does not know is a category of its own.

    Returns
    -------
    (DataFrame, counts)
        `place_id`, `category`, `name`, `lon`, `lat`, `source`, a row for each category a place is
        of; rows set aside by reason.

    Raises
    ------
    InputError
        When a file is neither, lacks a column, or no place is left.
    """
    tables, aside = [], {CLOSED: 0, NOWHERE: 0, NO_CATEGORY: 0, TWICE: 0}
    for path in map(Path, paths):
        extract = path.name.endswith(EXTRACT_SUFFIXES)
        rows = _of_extract(path, aside) if extract else _of_list(path, aside)
        tables.append(pd.DataFrame(rows, columns=list(COLUMNS)))
    frame = pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=list(COLUMNS))
    twice = _twice(frame)
    aside[TWICE] = int(twice.sum())
    frame = frame[~twice].sort_values(["category", "place_id"], ignore_index=True)
    if frame.empty:
        raise InputError(
            "no clinic, house of worship, court, school or other such place is in it",
            where=" ".join(str(p) for p in paths),
            fix="name an extract with amenity tags, or a list with category, lat, lon",
        )
    text = ["place_id", "category", "name", "source"]
    return frame.astype(dict.fromkeys(text, "str")), {k: n for k, n in aside.items() if n}


def _of_extract(path: Path, aside: dict[str, int]) -> list[tuple[Any, ...]]:
    tags, _, closed = _table()
    wanted: dict[str, list[str]] = {}
    for keys in tags.values():
        for key, values in keys.items():
            wanted.setdefault(key, []).extend(values)
    rows = []
    for thing, lon, lat, told in read_tagged(path, wanted, ("name", *closed)):
        name = clean(told.get("name", ""))[0]
        over = any(tag_fits(told.get(k), v) for k, v in closed.items())
        # schools and churches that were, as the federal list of names gives them
        if over or name.casefold().endswith("(historical)"):
            aside[CLOSED] += 1
            continue
        for category, keys in tags.items():
            if any(tag_fits(told.get(k), v) for k, v in keys.items()):
                rows.append((thing, category, name or None, lon, lat, path.name))
    return rows


def _of_list(path: Path, aside: dict[str, int]) -> list[tuple[Any, ...]]:
    words = _table()[1]
    rows = []
    for number, (kind, name, lon, lat) in enumerate(_cells(path), start=1):
        category = clean(str(kind))[0].strip() if kind is not None else ""
        if not category:
            aside[NO_CATEGORY] += 1
            continue
        if lon is None or lat is None:
            aside[NOWHERE] += 1
            continue
        if not (abs(lon) <= 180 and abs(lat) <= 90):
            raise InputError(
                "lat, lon are no degrees", where=path, row=number, fix="write 39.96, -83.00"
            )
        known = words.get(category.casefold().replace("_", " "), category.casefold())
        text = clean(str(name))[0].strip() if name is not None else ""
        rows.append((f"{path.stem}:{number}", known, text or None, lon, lat, path.name))
    return rows


def _cells(path: Path) -> list[tuple[Any, Any, float | None, float | None]]:
    """Return category, name, lon, lat of each row of a list."""
    if path.name.casefold().endswith((".geojson", ".json")):
        return _features(path)
    from alprmap.store import read_csv

    table = read_csv(path)
    lower = {str(c).strip().casefold(): c for c in table.columns}
    column = {}
    for what, known in (("category", KIND), ("lon", LON), ("lat", LAT)):
        there = next((lower[k] for k in known if k in lower), None)
        if there is None:
            raise InputError(
                f"has no column of {what}", where=path, fix="it needs category, lat, lon"
            )
        column[what] = there
    named = next((lower[k] for k in NAME if k in lower), None)
    out = []
    for number, row in enumerate(table.to_dict("records"), start=1):
        spot = [_degree(row[column[c]], path, number, c) for c in ("lon", "lat")]
        cells = [_text(row[c]) if c is not None else None for c in (column["category"], named)]
        out.append((cells[0], cells[1], spot[0], spot[1]))
    return out


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value.strip() else None


def _degree(value: Any, path: Path, row: int, name: str) -> float | None:
    if _text(value) is None:
        return None
    number = parse_decimal(value)
    if number is None:
        raise InputError(f"{name} is no number", where=path, row=row, fix="write it like -83.0012")
    return float(number)


def _features(path: Path) -> list[tuple[Any, Any, float | None, float | None]]:
    from alprmap.sandbox import json_of

    whole = json_of(path)
    features = whole.get("features") if isinstance(whole, dict) else None
    if not isinstance(features, list):
        raise InputError(
            "is no GeoJSON of points", where=path, fix="a FeatureCollection with category"
        )
    out = []
    for number, feature in enumerate(features, start=1):
        try:
            told = {str(k).casefold(): v for k, v in (feature["properties"] or {}).items()}
            shape = feature["geometry"]
            if shape is not None and shape["type"] != "Point":
                raise ValueError(shape["type"])
            lon, lat = (None, None) if shape is None else map(float, shape["coordinates"][:2])
        except (TypeError, KeyError, ValueError, AttributeError):
            raise InputError(
                f"is no point: {json.dumps(feature)[:60]}",
                where=path,
                row=number,
                fix="a place is a Feature with a Point",
            ) from None
        kind = next((told[k] for k in KIND if told.get(k)), None)
        out.append((kind, next((told[k] for k in NAME if told.get(k)), None), lon, lat))
    return out


def _twice(frame: pd.DataFrame) -> pd.Series:
    """Return which rows are the same place as one before: category and name within `SAME_M`."""
    twice = pd.Series(False, index=frame.index)
    named = frame[frame["name"].notna()]
    for _, some in named.groupby(["category", named["name"].str.casefold()]):
        if len(some) < 2:
            continue
        xyz = geo.ecef(some["lon"].to_numpy(np.float64), some["lat"].to_numpy(np.float64))
        first: list[int] = []
        for i, row in enumerate(some.index):
            near = any(np.linalg.norm(xyz[i] - xyz[j]) <= SAME_M for j in first)
            twice[row] = near
            if not near:
                first.append(i)
    return twice
