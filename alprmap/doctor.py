"""What is installed: versions, drivers and data dates, so that a question about a number can be answered."""

from __future__ import annotations

import platform
import tomllib
from typing import Any

from alprmap import __version__
from alprmap.errors import NotFoundError
from alprmap.resources import data_path


def versions() -> dict[str, str]:
    """Return the versions of everything that decides a number, C cores included."""
    from importlib.metadata import PackageNotFoundError, version

    import pyogrio
    import pyproj
    import shapely

    found = {"alprmap": __version__, "python": platform.python_version()}
    for name in ("numpy", "pandas", "geopandas", "pyarrow", "scipy", "shapely", "pyproj", "pyogrio", "osmium",
                 "folium", "typer"):  # fmt: skip
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "missing"
    found["GEOS"] = shapely.geos_version_string
    found["PROJ"] = pyproj.proj_version_str
    found["GDAL"] = pyogrio.__gdal_version_string__
    return found


def data_sources() -> dict[str, str]:
    """Return for each shipped data file the packages and versions it was made from, from data/sources.toml."""
    try:
        table = tomllib.loads(data_path("sources.toml").read_text("utf-8"))
    except NotFoundError:
        return {"data/sources.toml": "missing"}
    return {
        f"data/{name}": ", ".join(f"{p['name']} {p['version']}" for p in entry.get("package", []))
        or "see sources.toml"
        for name, entry in sorted(table.get("file", {}).items())
    }


def facts() -> dict[str, Any]:
    """Return versions and the sources of the data in one flat dict."""
    return {**versions(), **data_sources()}
