"""Which coordinate system a file names, in whatever words: GeoJSON's old ``crs``, Esri's
``spatialReference``, an authority with its code, an SRID."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from alprmap.errors import InputError

_CODE = re.compile(r"\b(?P<authority>EPSG|ESRI|OGC)\b(?:[:/#][\d.]*)*[:/#](?P<code>\w+)$", re.I)
_LINKED = re.compile(r"/ref/(?P<authority>epsg|esri)/(?P<code>\d{4,6})(?:/|$)", re.IGNORECASE)
"""The registry of systems that a `crs` of type "link" usually leads to."""
_DEGREES = ("EPSG:4326", "OGC:CRS84", "EPSG:4979", "OGC:CRS84H", "OGC:84")
_MERCATOR = {"900913", "102100", "102113", "3785"}
"""Numbers that were given to Web Mercator before EPSG:3857."""


def of_geojson(crs: Any) -> str | None:
    """Return the system of a GeoJSON `crs` member, None where it is plain degrees of WGS 84.

    >>> of_geojson({"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::26915"}})
    'EPSG:26915'
    >>> of_geojson({"type": "name", "properties": {"name": "urn:ogc:def:crs:OGC:1.3:CRS84"}})
    >>> of_geojson({"type": "link", "properties": {"href": "http://a.org/ref/epsg/26911/proj4/"}})
    'EPSG:26911'

    Raises
    ------
    InputError
        When PROJ does not know it, or it is a link from which no code can be read.
    """
    properties = crs.get("properties") if isinstance(crs, dict) else None
    if not isinstance(properties, dict):
        return None
    name = properties.get("name", properties.get("code"))
    if name is None and (link := properties.get("href")) is not None:
        return _behind(str(link))
    return None if name is None else named(str(name))


def _behind(link: str) -> str | None:
    """Return the system whose code stands in a link, which is never followed."""
    found = _LINKED.search(link) or _CODE.search(link.rstrip("/"))
    if found is None:
        raise InputError(
            f"names its coordinate system by a link, which is not followed ({link[:60]})",
            fix="export it in WGS 84 (EPSG:4326)",
        )
    return named(f"{found['authority']}:{found['code']}")


def of_esri(reference: Any) -> str | None:
    """Return the system of an Esri `spatialReference`, None where it is plain degrees or not named.

    >>> of_esri({"wkid": 102100, "latestWkid": 3857}), of_esri({"wkid": 4326})
    ('EPSG:3857', None)
    """
    if not isinstance(reference, dict):
        return None
    for key in ("latestWkid", "wkid"):
        code = reference.get(key)
        if isinstance(code, int) and code > 0:
            return numbered(code)
    text = reference.get("wkt") or reference.get("wkt2")
    return named(text) if isinstance(text, str) and text else None


def numbered(code: int) -> str | None:
    """Return the system of a bare number: EPSG's where it has it, else Esri's."""
    for authority in ("EPSG", "ESRI"):
        if _known(f"{authority}:{code}"):
            return named(f"{authority}:{code}")
    raise InputError(
        f"names a coordinate system that alprmap does not know ({code})",
        fix="export it in WGS 84 (EPSG:4326)",
    )


def named(name: str) -> str | None:
    """Return a system by its name, code, URN or description, None where it is plain degrees.

    Raises
    ------
    InputError
        When PROJ does not know it.
    """
    text = name.strip()
    found = _CODE.search(text) if len(text) < 80 else None
    if found:
        text = f"{found['authority'].upper()}:{found['code'].upper()}"
    elif text.isdecimal():
        return numbered(int(text))
    if text.partition(":")[2] in _MERCATOR:
        text = "EPSG:3857"
    if text in _DEGREES:
        return None
    if not _known(text):
        raise InputError(
            f"names a coordinate system that alprmap does not know ({text[:60]})",
            fix="export it in WGS 84 (EPSG:4326)",
        )
    return text


@lru_cache(maxsize=256)
def _known(text: str) -> bool:
    if text.partition(":")[2] in _MERCATOR:
        return True
    from pyproj import CRS
    from pyproj.exceptions import CRSError

    try:
        CRS.from_user_input(text)
    except CRSError:
        return False
    return True
