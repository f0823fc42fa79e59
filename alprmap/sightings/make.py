"""Making a sighting from what a person knows: a place, a photo, a direction, a maker."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from alprmap.errors import InputError, NotFoundError, UsageError
from alprmap.sightings import canonical, photos, sighting
from alprmap.sightings.sighting import Feature
from alprmap.sources import parse_point

DOUBTFUL = 0.5
"""A place found with less confidence is for a person to look at (docs/method/locate.md, L9)."""
SHOWS = ("front", "back", "unknown")
"""What a photo shows: the face of the camera (it looks at the photographer), its back, or nobody
said. """


@dataclass(frozen=True, slots=True)
class Said:
    """What the volunteer says beside the place; everything but evidence and licence may be
    missing.
    """

    direction: str | None = None
    manufacturer: str | None = None
    operator: str | None = None
    mount: str | None = None
    evidence: str | None = None
    date: str | None = None
    note: str | None = None
    licence: str = "CC0-1.0"
    photo_shows: str = "unknown"
    to_day: bool = False


def at_point(lon: float, lat: float, said: Said, **more: Any) -> Feature:
    """Return a sighting at a point, in its one form; the direction is unknown unless it was said.

    Raises
    ------
    InputError
        When something that was said does not fit the format.
    """
    properties = {
        "man_made": "surveillance",
        "surveillance:type": "ALPR",
        "direction": said.direction or sighting.UNKNOWN,
        "manufacturer": said.manufacturer,
        "operator": said.operator,
        "camera:mount": said.mount,
        "evidence": said.evidence or "seen",
        "check_date": said.date,
        "note": said.note,
        "licence": said.licence,
        **more,
    }
    geometry = {"type": "Point", "coordinates": [lon, lat]}
    return canonical.scrub(
        {"type": "Feature", "geometry": geometry, "properties": properties}
    ).feature


def at_text(
    text: str,
    said: Said,
    roads: list[Path] | Path | None,
    *,
    warn: Callable[[str], None] | None = None,
) -> Feature:
    """Return a sighting at a place in words: coordinates, a map link, or a crossing found on the
    roads.

    `warn` is called with a sentence when the place was found with doubt (`alprmap.locate.point`,
    L9).

    Raises
    ------
    UsageError
        When the text is no position and no roads were given, or a position that does not exist.
    NotFoundError
        When the roads do not know the place.
    """
    point = parse_point(text)
    if point is not None:
        if abs(point.lat) > 90 or abs(point.lon) > 180:
            raise UsageError(
                f"{text!r} is nowhere on earth",
                fix='give it as "latitude, longitude", as maps show it',
            )
        return at_point(point.lon, point.lat, said)
    if roads is None:
        raise UsageError(
            f"{text!r} is no pair of coordinates",
            fix=(
                'pass --roads with an OSM extract to look the place up, or --at "latitude,'
                ' longitude"'
            ),
        )
    from alprmap.locate import open_locator

    found = open_locator(roads).locate(text)
    if found.located_by == "unlocated":
        raise NotFoundError(
            f"{text!r} is not on these roads: {found.reason}", fix="give coordinates"
        )
    if warn is not None and found.confidence < DOUBTFUL:
        warn(
            f"the place is in doubt ({found.reason or found.matched}): look at {found.lat:.5f},"
            f" {found.lon:.5f}"
        )
    return at_point(
        found.lon,
        found.lat,
        said,
        place=(found.matched or text)[: sighting.NAME_CHARS],
        position_error_m=max(1.0, min(found.deviation_m, 5000.0)),
    )


def at_photo(path: Path, said: Said) -> Feature:
    """Return a sighting from a photo: its position, where the photographer looked, its month (V7).

    The photographer's direction is not the camera's. It becomes one when `said.photo_shows` tells
    the front (the camera looks back at the photographer) or the back (both look the same way).
    """
    taken = photos.read_photo(path)
    more: dict[str, Any] = {"position_error_m": taken.error_m}
    direction = said.direction
    if taken.direction_deg is not None:
        more["photo:direction"] = round(taken.direction_deg)
        if direction is None and said.photo_shows != "unknown":
            turn = 180 if said.photo_shows == "front" else 0
            heading = round(taken.direction_deg + turn) % 360
            direction = str(heading) if heading else sighting.NORTH
        if taken.reference != "true":
            more["direction:reference"] = taken.reference
    date = said.date or (taken.day and (taken.day if said.to_day else taken.day[:7]))
    kept = Said(
        direction,
        said.manufacturer,
        said.operator,
        said.mount,
        said.evidence or "photo",
        date,
        said.note,
        said.licence,
    )
    try:
        return at_point(taken.lon, taken.lat, kept, **more)
    except InputError as error:
        raise InputError(error.what, where=path, fix=error.fix) from None
