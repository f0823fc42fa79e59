"""What the tags of one OSM way say about driving it: class, directions, speed, lanes, level.

Rules are numbered N1 … (docs/method/roads.md); the meaning of every tag is as the OSM wiki has it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from alprmap import geo

Get = Callable[[str], str | None]
Service = Literal["none", "roads", "all"]

MAIN_CLASSES = (
    "motorway",
    "trunk",
    "primary",
    "secondary",
    "tertiary",
    "unclassified",
    "residential",
    "living_street",
    "motorway_link",
    "trunk_link",
    "primary_link",
    "secondary_link",
    "tertiary_link",
    "road",
)
"""N1: classes anyone may drive (OSM wiki, Key:highway); the network of osmnx's `drive` on tagged
data. """
MINOR_SERVICE = (
    "alley",
    "driveway",
    "emergency_access",
    "parking",
    "parking_aisle",
    "drive-through",
    "drive_through",
)
"""N1: kinds of `highway=service` that lead to one house or one bay (OSM wiki, Key:service)."""
_CLOSED = ("no", "private")
_ONEWAY = {"yes": 1, "true": 1, "1": 1, "-1": -1, "reverse": -1, "no": 0, "false": 0, "0": 0}
_SPEED = re.compile(r"(\d+(?:\.\d+)?)\s*(mph|km/h|kmh|kph|knots)?$")
_KMH = {
    None: 1.0,
    "km/h": 1.0,
    "kmh": 1.0,
    "kph": 1.0,
    "mph": geo.MILE_KM,
    "knots": 1.852,
}
MAX_LEVEL = 100


@dataclass(frozen=True, slots=True)
class Drivable:
    """Which ways become segments (rule N1).

    service
        `none` leaves out `highway=service` (the network of osmnx's `drive`), `roads` takes those
        that are not alleys, driveways or parking aisles, `all` takes every one.
    tracks
        Take `highway=track` too.
    private
        Take ways closed to the public (`access`, `vehicle`, `motor_vehicle` or `motorcar` = no,
        private).
    """

    service: Service = "none"
    tracks: bool = False
    private: bool = False


def reason_to_skip(highway: str, get: Get, drivable: Drivable) -> str | None:
    """Return why a way is no drivable road (rule N1), or None when it is one.

    >>> reason_to_skip("residential", {"access": "private"}.get, Drivable())
    'private'
    """
    if highway not in _MAIN:
        if highway == "service":
            if drivable.service == "none" or (
                drivable.service == "roads" and get("service") in MINOR_SERVICE
            ):
                return "service"
        elif not (highway == "track" and drivable.tracks):
            return highway if highway in _KNOWN_OTHER else "other"
    if get("area") == "yes":
        return "area"
    return "private" if not drivable.private and _closed(get) else None


_MAIN = frozenset(MAIN_CLASSES)
_KNOWN_OTHER = frozenset(
    (
        "footway",
        "cycleway",
        "path",
        "steps",
        "pedestrian",
        "track",
        "construction",
        "proposed",
        "raceway",
        "bridleway",
        "corridor",
        "platform",
        "busway",
        "bus_guideway",
        "rest_area",
        "services",
        "elevator",
    )
)


def _closed(get: Get) -> bool:
    # the most specific key that is present decides (OSM wiki, Key:access)
    for key in ("motorcar", "motor_vehicle", "vehicle", "access"):
        value = get(key)
        if value is not None:
            return value in _CLOSED
    return False


def directions(highway: str, get: Get) -> tuple[bool, bool]:
    """Return (may be driven along the way, may be driven against it), rule N2.

    `oneway:motor_vehicle` beats `oneway`; roundabouts and motorways are one-way unless tagged
    otherwise; a reversible road may be driven both ways at some time.

    >>> directions("residential", {"oneway": "-1"}.get)
    (False, True)
    """
    text = get("oneway:motor_vehicle") or get("oneway")
    sense = None if text is None else _ONEWAY.get(text.lower())
    if sense is None and text not in ("reversible", "alternating"):
        implied = highway == "motorway" or get("junction") in ("roundabout", "circular")
        sense = 1 if implied else 0
    return sense != -1, sense != 1


def speed_kmh(text: str | None) -> float:
    """Return a signed speed limit in km/h, NaN where it is missing or no number (rule N3).

    >>> [round(speed_kmh(text), 3) for text in ("35 mph", "50", "signals")]
    [56.327, 50.0, nan]
    """
    found = _SPEED.match(text.split(";")[0].strip().lower()) if text and text.isascii() else None
    if not found:
        return math.nan
    value = float(found[1]) * _KMH[found[2]]
    return value if 0 < value < 300 else math.nan


def count(text: str | None) -> float:
    """Return the number of lanes, NaN where it is missing or no plain number."""
    if text is None or not text.isascii() or not text.isdigit():
        return math.nan
    return float(text) if 0 < int(text[:4]) < 50 else math.nan


def level(text: str | None) -> int:
    """Return the layer as a whole number, 0 where it is missing or no number (rule N4)."""
    if text is None or not text.isascii() or not text.removeprefix("-").isdigit():
        return 0
    return max(-MAX_LEVEL, min(MAX_LEVEL, int(text[:6])))


def present(text: str | None) -> bool:
    """Return whether a bridge or tunnel tag says there is one."""
    return text is not None and text != "no"


RESTRICTION = re.compile(r"(no|only)_(left_turn|right_turn|straight_on|u_turn|entry|exit)$")
"""N5: turn restrictions read (OSM wiki, Relation:restriction)."""


def restriction(get: Get) -> str | None:
    """Return the turn restriction of a relation that binds cars at all times, else None (rule
    N5).
    """
    text = get("restriction:motorcar") or get("restriction")
    if text is None or not RESTRICTION.match(text):
        return None
    exempt = (get("except") or "").split(";")
    return None if "motorcar" in exempt or "motor_vehicle" in exempt else text


ANY = "*"
"""Stands for every value of a tag but "no"."""


def tag_fits(value: str | None, values: Sequence[str]) -> bool:
    """Tell whether one of the values of a tag, parted by semicolons, is among those wanted.

    >>> tag_fits("clinic;doctors", ["doctors"]), tag_fits("no", ["*"]), tag_fits("yes", ["*"])
    (True, False, True)
    """
    some = [v.strip() for v in (value or "").split(";")]
    return any(v in values or (ANY in values and v not in ("", "no")) for v in some)
