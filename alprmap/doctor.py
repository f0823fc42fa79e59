"""What is installed: versions, drivers and data dates, so that a question about a number can be
answered."""

from __future__ import annotations

import platform
import re
import tomllib
from typing import Any

from alprmap import __version__
from alprmap.errors import NotFoundError
from alprmap.shipped import data_path


def versions() -> dict[str, str]:
    """Return the versions of everything that decides a number, C cores included."""
    import sqlite3
    import zlib
    from importlib.metadata import PackageNotFoundError, version
    from pyexpat import EXPAT_VERSION

    import pyogrio
    import pyproj
    import shapely

    found = {"alprmap": __version__, "python": platform.python_version()}
    for name in (
        "numpy",
        "pandas",
        "geopandas",
        "pyarrow",
        "scipy",
        "shapely",
        "pyproj",
        "pyogrio",
        "osmium",
        "folium",
        "jinja2",
        "pillow",
        "pdfminer.six",
        "pdfplumber",
        "python-calamine",
        "typer",
    ):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "missing"
    found["GEOS"] = shapely.geos_version_string
    found["PROJ"] = pyproj.proj_version_str
    found["GDAL"] = pyogrio.__gdal_version_string__
    found["expat"] = EXPAT_VERSION.removeprefix("expat_")
    found["SQLite"] = sqlite3.sqlite_version
    found["zlib"] = zlib.ZLIB_RUNTIME_VERSION
    return found


def known_bad(found: dict[str, str]) -> list[str]:
    """Return a sentence for each of the versions `found` that data/known_bad.toml names.

    >>> known_bad({"expat": "2.2.0"})
    ['expat 2.2.0: entities may grow without limit (CVE-2013-0340); use 2.4.1 or newer']
    >>> known_bad({"expat": "2.4.1", "GEOS": "missing"})
    []
    """
    return _named(found, "bad")


def to_mind(found: dict[str, str]) -> list[str]:
    """Return a sentence for each of the versions `found` whose faults the limits of alprmap hold.

    >>> to_mind({"expat": "2.5.0"})[0].startswith("expat 2.5.0: a hostile file can cost it time")
    True
    >>> to_mind({"expat": "2.7.2"})
    []
    """
    return _named(found, "mind")


def _named(found: dict[str, str], level: str) -> list[str]:
    listed = tomllib.loads(data_path("known_bad.toml").read_text("utf-8"))[level]
    return [
        f"{b['name']} {found[b['name']]}: {b['why']}; use {b['below']} or newer"
        for b in listed
        if b["name"] in found and _between(found[b["name"]], b.get("from", "0"), b["below"])
    ]


def _between(version: str, least: str, below: str) -> bool:
    number = _numbers(version)
    return bool(number) and _numbers(least) <= number < _numbers(below)


def _numbers(version: str) -> tuple[int, ...]:
    """Return the leading numbers of a version: 3.12.1dev-CAPI gives (3, 12, 1); () where it has
    none."""
    found = re.match(r"\d+(?:\.\d+)*", version, re.ASCII)
    return tuple(int(n) for n in found[0].split(".")) if found else ()


def data_sources() -> dict[str, str]:
    """Return for each shipped data file the year of its data and the package that held it."""
    try:
        table = tomllib.loads(data_path("sources.toml").read_text("utf-8"))
    except NotFoundError:
        return {"data/sources.toml": "missing"}
    return {
        f"data/{name}": ", ".join(f"{p['data_of']} {p['name']}" for p in entry.get("package", []))
        or str(entry["version"])
        for name, entry in sorted(table.get("file", {}).items())
    }


def walls() -> dict[str, str]:
    """Return who keeps the process that parses strangers' files from network, files and memory on
    this machine."""
    from alprmap.sandbox import ask

    held = next(
        (m.get("held") for m, _ in ask("alprmap.sandbox.child", {}, where="doctor", size=0)), None
    )
    found = held if isinstance(held, dict) else {}
    words = {"network": "no network", "files": "no file written", "memory": "memory limited"}
    return {
        f"wall, {k}": f"{v} ({'by the system' if found.get(k) is True else BY_HAND[k]})"
        for k, v in words.items()
    }


BY_HAND = {
    "network": "by Python only",
    "files": "by Python only",
    "memory": "not here: by time only",
}
"""What is left where the system has no such means (docs/trust.md, what is not promised)."""


def facts() -> dict[str, Any]:
    """Return versions, the wall of this machine and the sources of the data in one flat dict."""
    return {**versions(), **walls(), **data_sources()}
