"""What OSM tags say a device is and whether it stands (S7): one function for every container.

The tags of an object mean the same in an extract, a change file, a GeoJSON, an Overpass answer or a
table, so they are read here and nowhere else. Keys are compared as the alias tables write them,
with colons as spaces, because tables and Shapefiles cannot hold a colon.

Sources: https://wiki.openstreetmap.org/wiki/Lifecycle_prefix,
https://wiki.openstreetmap.org/wiki/Tag:man_made=surveillance (read November 2026).
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from alprmap.sources.fields import dates, vocabulary
from alprmap.text import as_text

_TYPES = ("surveillance type", "camera type")
_DEVICE_KEYS = ("man made", "highway", "surveillance", "enforcement", *_TYPES)
_STATE_KEYS = ("operational status", "status", "end date", "start date", "opening date")
_VISIBLE_KEYS = ("@visible", "visible")
_DELETED_KEYS = ("@action", "@deleted", "action", "deleted")
_MAKERS = ("manufacturer", "brand", "surveillance manufacturer", "surveillance brand", "operator")
_DEVICE_OF_HIGHWAY = {"speed camera": "speed", "toll gantry": "toll"}
_DEVICE_OF_ENFORCEMENT = {
    "maxspeed": "speed",
    "average speed": "speed",
    "traffic signals": "red_light",
    "toll": "toll",
}
_SHORT = {"surveillan": "surveillance type", "operationa": "operational status"}
"""Names that a Shapefile cut to ten letters."""
_BESIDE = frozenset((*_STATE_KEYS, *_VISIBLE_KEYS, *_DELETED_KEYS, *_MAKERS))
_UNTYPED = (None, "unknown", "cctv")
_SPLIT = re.compile(r"[;,|/]")


@dataclass(frozen=True, slots=True)
class Tagged:
    """What tags say: `device` and `status` are words of `alprmap.schema`; `typed` whether a tag
    names the type."""

    device: str
    status: str
    typed: bool = True


def read(row: Mapping[str, Any], *, as_of: str | None = None) -> Tagged | None:
    """Return what the tags of a row say, None when they speak of no surveillance device.

    Parameters
    ----------
    row
        Tag → value; other names may stand among them.
    as_of
        ISO date against which `end_date` and `start_date` are held; today otherwise.

    >>> read({"man_made": "surveillance", "surveillance:type": "camera;ALPR"})
    Tagged(device='alpr', status='standing', typed=True)
    >>> read({"disused:man_made": "surveillance", "surveillance:type": "ALPR"})
    Tagged(device='alpr', status='removed', typed=True)
    >>> read({"highway": "speed_camera"}), read({"highway": "residential"})
    (Tagged(device='speed', status='standing', typed=True), None)
    """
    told = telling(tuple(row))
    if not told:
        return None
    tags = tuple((key, prefix, _plain(row[name])) for name, key, prefix in told)
    return _settle(tags, as_of or dt.date.today().isoformat())


def is_device(tags: Mapping[str, Any]) -> bool:
    """Tell whether tags describe a device of any kind, standing, planned or gone.

    >>> is_device({"was:surveillance:type": "ANPR"}), is_device({"building": "yes"})
    (True, False)
    """
    return read(tags, as_of="2000") is not None


@lru_cache(maxsize=20_000)
def telling(names: tuple[str, ...]) -> tuple[tuple[str, str, str], ...]:
    """Return (name, key, life-cycle prefix or "") of the names that can speak of a device; empty
    when none of them can make a row one."""
    prefixes = vocabulary.words("lifecycle")
    out = []
    for name in names:
        if name.startswith("$"):
            continue
        plain = vocabulary.header(name)
        if plain == "camera type":
            continue  # a clerk's column, not the tag camera:type
        key = plain.replace(":", " ")
        key = _SHORT.get(key, key)
        prefix, _, rest = key.partition(" ")
        if rest in _DEVICE_KEYS and prefix in prefixes:
            out.append((name, rest, prefix))
        elif key in _BESIDE or key in _DEVICE_KEYS or key in prefixes:
            out.append((name, key, ""))
    able = ("man made", "highway", *_TYPES)
    return tuple(out) if any(key in able for _, key, _ in out) else ()


def _plain(value: Any) -> str:
    if value is None or (isinstance(value, float) and value != value):
        return ""
    return " ".join(as_text(value).replace("_", " ").casefold().split())


@lru_cache(maxsize=65_536)
def _settle(tags: tuple[tuple[str, str, str], ...], as_of: str) -> Tagged | None:
    plain = {key: value for key, prefix, value in tags if not prefix and value}
    before = [(prefix, key, value) for key, prefix, value in tags if prefix and value]
    now = _device(plain)
    then = _device({key: value for _, key, value in before})
    if now is None and then is None:
        return None
    prefixed = [vocabulary.words("lifecycle")[p] or "unknown" for p, key, _ in before]
    types = _types(plain)
    past = {key: value for _, key, value in before}
    # the object stands as something else, or its type, or that it surveys, is a thing of the past
    gone = bool(before) and (
        not _is_object(plain)
        or (not types and bool(_types(past)))
        or ("surveillance" in past and "surveillance" not in plain)
    )
    status = _worst(prefixed) if gone else "standing"
    device = _device({**past, **plain}) if gone else now
    typed = bool(types) or any(_types({k: v}) for _, k, v in before) or device not in _UNTYPED
    return Tagged(device or "unknown", _worst([status, *_states(plain, as_of)]), typed)


def _is_object(tags: Mapping[str, str]) -> bool:
    return tags.get("man made") == "surveillance" or tags.get("highway") in _DEVICE_OF_HIGHWAY


def _types(tags: Mapping[str, str]) -> list[str]:
    """Return the words of `alprmap.schema.DEVICE` that the type tags name."""
    parts = [p.strip() for key in _TYPES for p in _SPLIT.split(tags.get(key, ""))]
    return [vocabulary.word("device", part) or "unknown" for part in parts if part]


def _device(tags: Mapping[str, str]) -> str | None:
    """Return the device that tags of one state describe, None when they describe none."""
    types = _types(tags)
    enforced = _DEVICE_OF_ENFORCEMENT.get(tags.get("enforcement", ""))
    if "alpr" in types:
        return "alpr"
    if tags.get("highway") in _DEVICE_OF_HIGHWAY:
        return enforced or _DEVICE_OF_HIGHWAY[tags["highway"]]
    known = [t for t in types if t != "unknown"]
    if known:
        return known[0]
    if tags.get("man made") == "surveillance":
        return enforced or _untyped(tags)
    return "unknown" if tags.get("surveillance type") else None


def _untyped(tags: Mapping[str, str]) -> str:
    """A surveillance object without a type is a camera, unless a maker of plate readers made it."""
    if tags.get("surveillance type"):
        return "unknown"
    makers = (vocabulary.vendor(tags[key]) for key in _MAKERS if key in tags)
    return "unknown" if any(makers) else "cctv"


def _states(tags: Mapping[str, str], as_of: str) -> Iterable[str]:
    """Yield what the tags beside it say of whether it stands."""
    for prefix, word in vocabulary.words("lifecycle").items():
        if tags.get(prefix) in ("yes", "true", "1", "surveillance"):
            yield word or "unknown"
    if any(tags.get(k) in ("no", "false", "0") for k in _VISIBLE_KEYS):
        yield "removed"
    if any(tags.get(k) in ("delete", "yes", "true", "1") for k in _DELETED_KEYS):
        yield "removed"
    for key in ("operational status", "status"):
        if (known := vocabulary.word("status", tags.get(key, ""))) and known != "unknown":
            yield known
    end = tags.get("end date")
    if end and (vocabulary.word("status", end) == "removed" or _day(end) is not None):
        day = _day(end)
        yield "removed" if day is None or day <= as_of[: len(day)] else "standing"
    for key in ("start date", "opening date"):
        day = _day(tags.get(key, ""))
        if day is not None and day > as_of[: len(day)]:
            yield "planned"


def _day(text: str) -> str | None:
    """Return the (last) date in a tag, as far as it is known."""
    if not text:
        return None
    year = re.search(r"\b(?:19|20)\d{2}\b", text)
    return dates.parse_date(text) or dates.find(text) or (year[0] if year else None)


def _worst(states: Sequence[str]) -> str:
    """Return the state that leaves the least standing: a thing taken down is gone, whatever else is
    said of it."""
    order = ("removed", "planned", "unknown", "standing")
    return min(states, key=order.index, default="standing")
