"""Names of places: towns, counties and states of the United States, found by name and by position.

The gazetteer holds the populated places of 1,000 and more (GeoNames, CC BY 4.0); states and
counties are the Census polygons that ship with alprmap. A city is known by its middle and its
people, not by its limits."""

from __future__ import annotations

import difflib
import math
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import ArrayLike

from alprmap import geo
from alprmap.errors import UsageError
from alprmap.geography.borders import counties, states
from alprmap.sandbox import arrow_frame, read_parquet
from alprmap.shipped import alias_rows, data_path

PLACES_FILE = "places.parquet"
NAMES_FILE = "place_names.txt"
GRID_PER_DEG = 10_000
CITY_DENSITY = 2_500.0
"""People per square mile by which the radius of a city is guessed: the density of the urban areas
of the United States (Census 2020: 2,553)."""
SMALLEST_CITY_MI, WIDEST_CITY_MI = 3.0, 15.0
CLEAR_LEAD = 10.0
"""A name without a state means its largest town when that has so many times the people of the
next."""
SHOWN = 5
"""So many choices a message lists."""
_COUNTY = re.compile(
    r"^(?P<name>.+?) (?P<kind>county|parish|borough|census area|municipality|municipio|city and"
    r" borough|city|island|district)$"
)
INDEPENDENT = 510
"""From this number on, the last digits of a FIPS code are a city that is its own county."""
_SHORT = {"st": "saint", "ste": "sainte", "ft": "fort", "mt": "mount"}


@dataclass(frozen=True, slots=True)
class Place:
    """A place by its name: a state, a county (with its polygon) or a town (with a circle)."""

    label: str
    """As a sentence has it: "Franklin County, Ohio"."""
    kind: str
    """`state`, `county` or `town`."""
    lon: float
    lat: float
    shape: shapely.Geometry
    """The polygon; of a town the circle of `radius_mi` around its middle."""
    state: str
    population: int | None = None
    radius_mi: float | None = None


@lru_cache(maxsize=1)
def _gazetteer() -> pd.DataFrame:
    path = data_path(PLACES_FILE)
    table = arrow_frame(read_parquet(path), path)
    table["lon"], table["lat"] = table["x"] / GRID_PER_DEG, table["y"] / GRID_PER_DEG
    table["key"] = [_plain(n) for n in table["name"]]
    out: pd.DataFrame = table.drop(columns=["x", "y"])
    return out


def gazetteer() -> gpd.GeoDataFrame:
    """Load the towns: name, state, county_geoid, lon, lat, population (0: not known), a point; the
    largest first.

    >>> gazetteer()["name"].iloc[0]
    'New York City'
    """
    table = _gazetteer().drop(columns="key")
    columns = ["name", "state", "county_geoid", "lon", "lat", "population"]
    points = shapely.points(table["lon"].to_numpy(), table["lat"].to_numpy())
    return gpd.GeoDataFrame(table[columns], geometry=points, crs=4326)


@lru_cache(maxsize=1)
def _names() -> frozenset[str]:
    """Return plain names of towns, counties and states: from a file of names alone, because every
    list of cameras asks, and the tables of places are parsed by a child process."""
    return frozenset(data_path(NAMES_FILE).read_text("utf-8").splitlines()) | _codes()


def plain_names(towns: Iterable[str], counties: Iterable[str]) -> list[str]:
    """Return the lines of data/place_names.txt: names of towns, and of counties with and without
    what they are, as `is_a_place` compares them."""
    full = [f"{name} {kind}" for name in (*counties,) for kind in ("County", "Parish")]
    bare = [name.removesuffix(" County") for name in full if name.endswith(" County")]
    return sorted({_plain(name) for name in (*towns, *bare, *full)} - {""})


@lru_cache(maxsize=1)
def _codes() -> frozenset[str]:
    return frozenset(_plain(row[c]) for row in alias_rows("states") for c in ("code", "name"))


@lru_cache(maxsize=65_536)
def is_a_place(text: str) -> bool:
    """Tell whether a text is the name of a town, a county or a state, its state behind it or not.

    >>> is_a_place("Laredo, TX"), is_a_place("Prince George's County"), is_a_place("Snickersby")
    (True, True, False)
    """
    name, comma, state = text.rpartition(",")
    if not comma:
        words = text.split()
        last = words[-1].strip("()").casefold() if words else ""
        name, state = (text, "") if last not in _codes() else (" ".join(words[:-1]), last)
    if _plain(text) in _names():
        return True
    if state and _plain(state) not in _codes():
        return False
    return not name.strip() or _plain(name) in _names()


def _plain(text: str) -> str:
    """Return a name without case, accents and marks, short words written out."""
    flat = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().casefold()
    words = re.sub(r"[^a-z0-9 ]+", " ", flat.replace("'", "").replace(".", "")).split()
    return " ".join(_SHORT.get(w, w) for w in words)


@lru_cache(maxsize=1)
def _state_codes() -> dict[str, str]:
    """Return postal codes by plain name and by code."""
    table = states()
    names = {_plain(n): s for n, s in zip(table["name"], table["state"], strict=True)}
    codes = {s.casefold(): s for s in table["state"]}
    return {**names, **codes, "washington dc": "DC"}


def find_place(text: str) -> Place:
    """Find a state, county or town of the United States by its name.

    Parameters
    ----------
    text
        "Ohio", "OH", "Franklin County, Ohio", "Orleans Parish, LA", "Columbus, Ohio"; without the
        state where only one place, or one much larger than all others, has the name.

    Raises
    ------
    UsageError
        When no place has the name, or several do; the message lists what it could be.

    >>> find_place("franklin county, OH").label
    'Franklin County, Ohio'
    """
    name, _, after = text.rpartition(",") if "," in text else (text, "", "")
    whole = _state_codes().get(_plain(text))
    if whole is not None:
        return _state(whole)
    state = None
    if after:
        state = _state_codes().get(_plain(after))
        if state is None:
            raise UsageError(
                f"no state is called {after.strip()[:60]}", fix='write "Franklin County, Ohio"'
            )
    key = _plain(name)
    county = _COUNTY.match(key)
    place = None if county is None else _county(county["name"], county["kind"], state, text)
    return place or _town(key, state, text)


def _state(code: str) -> Place:
    row = states().set_index("state").loc[code]
    point = row.geometry.representative_point()
    return Place(str(row["name"]), "state", point.x, point.y, row.geometry, code)


def _state_name(code: str) -> str:
    return str(states().set_index("state")["name"].get(code, code))


def _county(name: str, kind: str, state: str | None, text: str) -> Place | None:
    table = counties()
    # "La Salle" and "LaSalle", "De Kalb" and "DeKalb" are one
    table = table[[_plain(n).replace(" ", "") == name.replace(" ", "") for n in table["name"]]]
    if state is not None:
        table = table[table["state"] == state]
    own = table["geoid"].str[2:].astype(int) >= INDEPENDENT
    table = table[own] if kind == "city" else table[~own] if (~own).any() else table
    if len(table) > 1:
        there = [f"{r['name']} {kind.title()}, {r['state']}" for _, r in table.iterrows()]
        raise _several(text, there)
    if table.empty:
        return None
    row = table.iloc[0]
    point = row.geometry.representative_point()
    label = f"{row['name']} {kind if kind == 'city' else kind.title()}, {_state_name(row['state'])}"
    return Place(label, "county", point.x, point.y, row.geometry, str(row["state"]))


def _town(key: str, state: str | None, text: str) -> Place:
    table = _gazetteer()
    names = {key, f"{key} city", key.removesuffix(" city")}
    rows = table[table["key"].isin(names)]
    if state is not None:
        rows = rows[rows["state"] == state]
    exact = rows[rows["key"] == key]
    rows = exact if len(exact) else rows
    if rows.empty:
        pool = table if state is None else table[table["state"] == state]
        near = difflib.get_close_matches(key, pool["key"].unique(), n=SHOWN, cutoff=0.8)
        rows = pool[pool["key"].isin(near)].head(SHOWN)
        like = "; ".join(f"{r['name']}, {r['state']}" for _, r in rows.iterrows())
        raise UsageError(
            f"no place is called {text.strip()[:60]!r}",
            fix=f"did you mean {like}?"
            if like
            else "write a state, a county or a town of 1,000"
            ' and more, such as "Franklin County, Ohio"',
        )
    people = rows["population"].to_numpy()
    if state is None and len(rows) > 1 and people[0] < CLEAR_LEAD * people[1]:
        raise _several(text, [f"{r['name']}, {r['state']}" for _, r in rows.iterrows()])
    row = rows.iloc[0]
    radius = math.sqrt(row["population"] / CITY_DENSITY / math.pi)
    radius = round(min(max(SMALLEST_CITY_MI, radius), WIDEST_CITY_MI), 1)
    lon, lat = float(row["lon"]), float(row["lat"])
    label = f"{row['name']}, {_state_name(row['state'])}"
    shape = circle(lon, lat, radius * geo.STATUTE_MILE_M)
    return Place(label, "town", lon, lat, shape, str(row["state"]), int(row["population"]), radius)


def _several(text: str, there: list[str]) -> UsageError:
    more = f" and {len(there) - SHOWN} more" if len(there) > SHOWN else ""
    return UsageError(
        f"{len(there)} places are called {text.strip()[:60]!r}: {'; '.join(there[:SHOWN])}{more}",
        fix="write the state behind a comma",
    )


def circle(lon: float, lat: float, radius_m: float) -> shapely.Geometry:
    """Return the polygon of all within `radius_m` of a place, 72 corners on the ellipsoid."""
    turn = np.arange(0, 360, 5.0)
    x, y = geo.destination(np.full(72, lon), np.full(72, lat), turn, radius_m)
    return shapely.polygons(np.column_stack([x, y]))


def nearest_place(lon: ArrayLike, lat: ArrayLike, *, fewest_people: int = 1000) -> pd.DataFrame:
    """Return the nearest town of each point, and how far its middle is.

    Parameters
    ----------
    lon, lat
        Degrees, shape (n,); a missing position gives a missing place.
    fewest_people
        Only towns of so many people and more.

    Returns
    -------
    DataFrame
        Index 0 … n-1: `place` ("Laredo, TX"), `place_m` (geodesic, meters), `population`.

    >>> nearest_place([-99.5], [27.5])["place"].tolist()
    ['Laredo, TX']
    """
    table = _gazetteer()
    table = table[table["population"] >= fewest_people]
    x, y = np.atleast_1d(np.asarray(lon, float)), np.atleast_1d(np.asarray(lat, float))
    out = pd.DataFrame(
        {"place": pd.Series(None, range(len(x)), dtype="str"), "place_m": np.nan}
    ).assign(population=np.nan)
    known = np.flatnonzero(np.isfinite(x) & np.isfinite(y))
    if table.empty or not len(known):
        return out
    at = table["lon"].to_numpy(), table["lat"].to_numpy()
    from scipy.spatial import cKDTree  # reading a list needs names of places only

    _, row = cKDTree(geo.ecef(*at)).query(geo.ecef(x[known], y[known]))
    names = (table["name"] + ", " + table["state"]).to_numpy(dtype=object)
    out.loc[known, "place"] = names[row]
    out.loc[known, "place_m"] = geo.distance_m(x[known], y[known], at[0][row], at[1][row])
    out.loc[known, "population"] = table["population"].to_numpy(np.float64)[row]
    return out


def place_labels(
    bounds: tuple[float, float, float, float], *, most: int = 40, apart_deg: float = 0.0
) -> pd.DataFrame:
    """Return the largest towns in a box, for the labels of a map.

    Parameters
    ----------
    bounds
        West, south, east, north, degrees.
    most
        At most so many.
    apart_deg
        A town nearer than this to one that has a label has none; nor one nearer than half of it to
        any larger town, so that no suburb stands for a city that had to give way.

    Returns
    -------
    DataFrame
        `name`, `state`, `lon`, `lat`, `population`, the largest first.
    """
    west, south, east, north = bounds
    table = _gazetteer()
    inside = table["lon"].between(west, east) & table["lat"].between(south, north)
    rows = table[inside][["name", "state", "lon", "lat", "population"]]
    chosen: list[int] = []
    xy = rows[["lon", "lat"]].to_numpy()
    for i in range(len(rows)):
        if len(chosen) == most:
            break
        apart = np.hypot(*(xy[:i] - xy[i]).T)
        if (apart < apart_deg / 2).any() or (apart[chosen] < apart_deg).any():
            continue
        chosen.append(i)
    return rows.iloc[chosen].reset_index(drop=True)
