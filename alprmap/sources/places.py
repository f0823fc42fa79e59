"""The place in words of a row: which text it is, what it says of roads and travel, and the setting it names."""

from __future__ import annotations

from typing import Any

from alprmap.sources import coordinates, vocabulary
from alprmap.sources.text import as_text, clean

_SETTING_FIELDS = ("setting", "zone_tag")


def fill(picked: dict[str, Any], out: dict[str, Any], done: list[str]) -> None:
    """Put `place_raw`, `road`, `road_at` and `travel_deg` of a row into `out`."""
    texts = [t for v in picked.get("place", ()) if (t := _text(v, done)) and coordinates.point(t) is None]
    if (not texts and "lon" not in out) or _looks_like_place(picked):
        described = _text(picked.get("description") or picked.get("name"), done)
        texts = texts or ([described] if described else [])
    road, road_at = _text(picked.get("road"), done), _text(picked.get("road_at"), done)
    place = texts[0] if texts else None
    if road:
        out["road"], out["road_at"] = road, road_at
        place = place or (f"{road} at {road_at}" if road_at else road)
    town = _text(picked.get("city"), done)
    if place and town and town.casefold() not in place.casefold():
        place = f"{place}, {town}"
    out["place_raw"] = place


def _looks_like_place(text: str) -> bool:
    return " at " in text or " & " in text or "/" in text


def _text(value: Any, done: list[str]) -> str | None:
    if value is None:
        return None
    text, change = clean(as_text(value))
    if change:
        done.append(change)
    return None if not text or vocabulary.is_missing(text) else text


def setting(picked: dict[str, Any]) -> str:
    """Return where the camera stands, only where a field of the row says so by the table."""
    for name in _SETTING_FIELDS:
        value = picked.get(name)
        if isinstance(value, str):
            known = vocabulary.word("setting", clean(value)[0])
            if known:
                return known
    return "unknown"
