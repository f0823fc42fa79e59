"""Checking sightings: what is wrong, what a person should look at, and which camera it may already
be (V1-V6).

V1 the format. V2 the point stands in the country and on land. V3 it stands within 80 m of a road,
when roads are given. V4 it may be a known camera: `same`, `likely`, `nearby`. V5 it may be a device
that reads no plates. V6 personal data. V9 a direction of exactly 0 is asked about. A `problem`
stops a sighting, a `question` waits for a person, a `note` does neither.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import geopandas as gpd

from alprmap import direction as grammar
from alprmap import steps
from alprmap.errors import one_line
from alprmap.merge import Settings as MergeSettings
from alprmap.schema import DEVICE_NAMES
from alprmap.sightings import canonical, known, personal, places, sighting
from alprmap.sightings.files import Raw, SightingFile
from alprmap.sightings.findings import SEVERITIES, Checked, Finding
from alprmap.sightings.known import Known
from alprmap.sightings.sighting import Feature


@dataclass(frozen=True, slots=True)
class SightingSettings:
    """Distances and angles of the check.

    `same_m`: two points placed by people who stood there are 10 m off each (rule M2), so the same
    camera is found within 1.5 x 10 m in two cases of three. `same_deg`: M3's spread of two headings
    of one camera. `likely_m`: four errors; doubled errors of a point that states more. `nearby_m`:
    the length of a large junction. `road_m`: 80 m, a wide carriageway and its verge. `other_m`: as
    `likely_m`. `apart_deg`: M5, two heads that face apart are two cameras. `border_m`: the Census
    lines are within 57 m of the truth (docs/method/geography.md)."""

    same_m: float = 15.0
    same_deg: float = MergeSettings.spread_deg
    likely_m: float = 40.0
    nearby_m: float = 100.0
    road_m: float = 80.0
    other_m: float = 40.0
    apart_deg: float = MergeSettings.apart_deg
    border_m: float = 60.0
    anywhere: bool = False
    related: int = 3


@dataclass(slots=True)
class _Item:
    """A sighting under check."""

    file: SightingFile
    raw: Raw
    feature: Feature | None = None
    id: str | None = None
    findings: list[Finding] = field(default_factory=list)

    def say(self, severity: str, rule: str, what: str, fix: str = "", **more: Any) -> None:
        """Note a finding."""
        place = (self.file.name, self.raw.line, self.raw.number, self.id)
        self.findings.append(Finding(severity, rule, *place, what, fix, **more))


def check_sightings(
    given: Sequence[SightingFile],
    *,
    cameras: Known | None = None,
    others: Known | None = None,
    roads: gpd.GeoDataFrame | None = None,
    settings: SightingSettings | None = None,
    progress: Callable[[str, int, int], None] | None = None,
) -> Checked:
    """Check sightings.

    Parameters
    ----------
    given
        The files.
    cameras
        Known plate readers, for V4.
    others
        Known devices that read no plates, for V5.
    roads
        Table `segments`, for V3.
    settings
        Distances and angles.
    progress
        Called with (what, done, total).
    """
    chosen = settings or SightingSettings()
    tell = progress or steps.tell
    items = [_Item(file, raw) for file in given for raw in file.features]
    for number, item in enumerate(items):
        _format(item)
        _personal(item)
        _direction(item)
        if number % 500 == 0:
            tell("reading sightings", number, len(items))
    tell("reading sightings", len(items), len(items))
    valid = [item for item in items if item.feature is not None]
    standing = _known(valid)
    tell("places", 0, 0)
    _places(valid, standing, roads, chosen)
    tell("known cameras", 0, 0)
    _duplicates(valid, standing, cameras or known.none(), chosen)
    _among_themselves(valid, standing, chosen)
    _not_readers(valid, standing, others or known.none(), chosen)
    for file in given:
        _members(file, items)
    return _result(items)


def _result(items: list[_Item]) -> Checked:
    counts: Counter[str] = Counter(dict.fromkeys((*SEVERITIES, "clean"), 0))
    for item in items:
        found = {f.severity for f in item.findings}
        counts[next((s for s in SEVERITIES if s in found), "clean")] += 1
    return Checked(tuple(f for item in items for f in item.findings), len(items), dict(counts))


def _format(item: _Item) -> None:
    """V1."""
    value = _without_height(item.raw.value)
    faults, item.feature = canonical.faults(value)
    if item.feature is not None:
        item.id = canonical.identify(item.feature)
        if item.feature.id not in (None, item.id):
            item.say(
                "note",
                "V8",
                "its id is not that of its content",
                "`alprmap sighting add` makes it anew",
            )
        return
    top = value if isinstance(value, dict) else {}
    properties = top.get("properties")
    identity = {
        f"properties.{k}"
        for k in (properties if isinstance(properties, dict) else {})
        if personal.of_field(str(k))
    }
    identity |= {str(k) for k in top if personal.of_field(str(k))}
    for name, what in faults:
        # fields of identity are named by V6, in words that say why
        if not (name in identity and what == "is no field of a sighting"):
            fix = "see docs/method/sightings.md for the fields" if name else ""
            item.say("problem", "V1", f"{one_line(name, limit=80) or 'the sighting'} {what}", fix)
    try:
        # whatever can be brought into form is still checked for its place and for duplicates
        item.feature = canonical.scrub(value).feature
        item.id = str(item.feature.id)
    except ValueError:
        item.feature = None


def _without_height(value: Any) -> Any:
    """RFC 7946 allows a height; the format has none, and `add` takes it out: no fault of the
    volunteer."""
    try:
        at = value["geometry"]["coordinates"]
        if len(at) == 3 and value["geometry"]["type"] == "Point":
            return {**value, "geometry": {**value["geometry"], "coordinates": at[:2]}}
    except (TypeError, KeyError):
        pass
    return value


def _personal(item: _Item) -> None:
    """V6."""
    value = item.raw.value
    if not isinstance(value, dict):
        return
    properties = value.get("properties")
    properties = properties if isinstance(properties, dict) else {}
    fields = [(f"properties.{k}", k, v) for k, v in properties.items() if k not in sighting.names()]
    fields += [
        (k, k, v) for k, v in value.items() if k not in ("type", "id", "geometry", "properties")
    ]
    for name, key, content in fields:
        shown = one_line(name, limit=80)
        kind = personal.of_field(str(key))
        if kind is None and (inside := personal.in_value(content)):
            kind = inside[0].kind
        if kind:
            item.say(
                "problem",
                "V6",
                f"{shown} tells on the contributor: {kind}",
                "`alprmap sighting add` leaves it out",
            )
    geometry = value.get("geometry")
    if isinstance(geometry, dict) and geometry.get("type") in (
        "LineString",
        "MultiLineString",
        "MultiPoint",
    ):
        item.say(
            "problem",
            "V6",
            "the geometry is a track, which tells where the contributor went",
            "give a Point",
        )
    for name in ("note", "place", "operator", "manufacturer"):
        if isinstance(properties.get(name), str):
            _text(item, name, properties[name])
    date = properties.get("check_date")
    if isinstance(date, str) and len(date) > 10:
        item.say(
            "problem", "V6", "check_date holds a time of day", "give the day or only the month"
        )


def _text(item: _Item, name: str, text: str) -> None:
    if personal.clean(text) != " ".join(text.split()):
        item.say(
            "note", "V6", f"{name} holds hidden characters", "`alprmap sighting add` takes them out"
        )
    found = personal.in_text(personal.clean(text))
    for kind, sure in dict.fromkeys((f.kind, f.sure) for f in found):
        # the find itself is not repeated: a check's output is published with the pull request
        what = (
            f"{name} holds personal data: {kind}"
            if sure
            else f"{name} may hold personal data: {kind}"
        )
        item.say(
            "problem" if sure else "question",
            "V6",
            what,
            "take it out, or `alprmap sighting add --redact`",
        )


def _direction(item: _Item) -> None:
    """V9."""
    if item.feature is None or item.feature.properties.direction == sighting.UNKNOWN:
        return
    properties = item.feature.properties
    read = grammar.parse(properties.direction)
    if read.quality == grammar.ZERO:
        item.say(
            "question",
            "V9",
            "the direction is exactly 0: north, or never set?",
            "write 360 or unknown",
        )
    if properties.direction_reference == "magnetic":
        item.say(
            "note",
            "V9",
            "the direction is from magnetic north",
            "turn it by the declination of the place",
        )


def _members(file: SightingFile, items: list[_Item]) -> None:
    """V6 for what stands at the top of a file."""
    first = next(i for i in items if i.file is file)
    if file.members.get("type") != "FeatureCollection":
        return
    if file.members.get("format", sighting.FORMAT) != sighting.FORMAT:
        first.say(
            "problem",
            "V1",
            f"the file's format is not {sighting.FORMAT}",
            "a newer alprmap may read it",
        )
    for name, value in file.members.items():
        kind = personal.of_field(name) or next((f.kind for f in personal.in_value(value)), None)
        if name == "crs" and not any(w in str(value) for w in ("CRS84", "4326")):
            first.say("problem", "V1", "the file is not in WGS 84 degrees", "save it as EPSG:4326")
        if name not in ("type", "format", "crs") and kind:
            first.say(
                "problem",
                "V6",
                f"the file's {name} tells on the contributor: {kind}",
                "`add` leaves it out",
            )


def _known(items: list[_Item]) -> Known:
    features = [i.feature for i in items if i.feature is not None]
    return known.made(
        [str(i.id) for i in items],
        [f.geometry.coordinates[0] for f in features],
        [f.geometry.coordinates[1] for f in features],
        [sighting.headings(f.properties.direction) for f in features],
    )


def _places(
    items: list[_Item], at: Known, roads: gpd.GeoDataFrame | None, settings: SightingSettings
) -> None:
    """V2 and V3."""
    away = (
        places.road_distance_m(at.lon, at.lat, roads, within_m=settings.road_m)
        if roads is not None
        else None
    )
    if not settings.anywhere:
        words = places.outside(at.lon, at.lat, border_m=settings.border_m)
        for row, (severity, what) in words.items():
            on_a_road = away is not None and away[row] <= settings.road_m
            if severity == "problem" or not on_a_road:
                items[row].say(
                    severity, "V2", what, "check the order: longitude first, then latitude"
                )
    if away is None:
        return
    for row, meters in enumerate(away):
        if not meters <= settings.road_m:
            what = f"no road within {settings.road_m:.0f} m"
            items[row].say(
                "question", "V3", what, "move the point to the camera, or pass more roads"
            )


def _duplicates(items: list[_Item], at: Known, cameras: Known, settings: SightingSettings) -> None:
    """V4 against known cameras."""
    pairs = known.near(at, cameras, _widest(items, settings))
    told: Counter[tuple[int, str]] = Counter()
    for row, other, meters, angle in zip(*_columns(pairs), strict=True):
        tier = tier_of(meters, angle, _error_m(items[row]), settings)
        if tier is None or told[row, tier] >= settings.related:
            continue
        told[row, tier] += 1
        _tell(items[row], tier, cameras.ids[other], meters, angle, "a known camera", settings)


def _among_themselves(items: list[_Item], at: Known, settings: SightingSettings) -> None:
    """V4 among the sightings handed in."""
    pairs = known.near_each_other(at, settings.likely_m)
    for row, other, meters, angle in zip(*_columns(pairs), strict=True):
        tier = tier_of(meters, angle, _error_m(items[row]), settings)
        if tier in ("same", "likely") or (tier and meters <= settings.same_m):
            first = items[other]
            where = f"{first.file.name}, feature {first.raw.number}"
            _tell(
                items[row],
                tier,
                str(first.id),
                meters,
                angle,
                f"another sighting ({where})",
                settings,
            )


def _columns(pairs: known.Near) -> tuple[list[Any], ...]:
    return (
        pairs.place.tolist(),
        pairs.other.tolist(),
        pairs.distance_m.tolist(),
        pairs.angle_deg.tolist(),
    )


def _error_m(item: _Item) -> float:
    return (item.feature.properties.position_error_m or 0.0) if item.feature else 0.0


def _widest(items: list[_Item], settings: SightingSettings) -> float:
    return max([settings.nearby_m, *(2 * _error_m(i) for i in items)])


def tier_of(
    meters: float, angle_deg: float, error_m: float, settings: SightingSettings | None = None
) -> str | None:
    """Return how likely a sighting is a known camera: `same`, `likely`, `nearby`, or None (V4).

    Parameters
    ----------
    meters, angle_deg
        Between the two; the angle is NaN where one of them has no heading.
    error_m
        What the sighting says of its own position; 0 when it says nothing.

    >>> nan = float("nan")
    >>> [tier_of(5, 10, 0), tier_of(5, nan, 0), tier_of(30, 10, 0), tier_of(5, 180, 0),
    ...     tier_of(300, 10, 0)]
    ['same', 'likely', 'likely', 'nearby', None]
    """
    chosen = settings or SightingSettings()
    agrees = angle_deg <= chosen.same_deg
    unknown = angle_deg != angle_deg
    if meters <= chosen.same_m and agrees:
        return "same"
    likely_m = max(chosen.likely_m, 2 * error_m)
    if (agrees and meters <= likely_m) or (unknown and meters <= max(chosen.same_m, 2 * error_m)):
        return "likely"
    return "nearby" if meters <= chosen.nearby_m else None


def _tell(
    item: _Item,
    tier: str,
    other: str,
    meters: float,
    angle: float,
    what: str,
    settings: SightingSettings,
) -> None:
    facing = "facing unknown" if angle != angle else f"{angle:.0f}° apart"
    said = {"same": "is", "likely": "may be", "nearby": "stands near"}[tier]
    if tier == "nearby" and meters <= settings.same_m and angle >= settings.apart_deg:
        said = "is another head beside"
    words = f"{said} {what}: {other}, {meters:.0f} m away, {facing}"
    severity = "note" if tier == "nearby" else "question"
    fix = (
        ""
        if tier == "nearby"
        else "a second sighting confirms the first; a new camera says so in its note"
    )
    item.say(severity, "V4", words, fix, tier=tier, related=other, distance_m=round(meters, 1))


def _not_readers(items: list[_Item], at: Known, others: Known, settings: SightingSettings) -> None:
    """V5."""
    pairs = known.near(at, others, settings.other_m)
    told: set[int] = set()
    for row, other, meters, _ in zip(*_columns(pairs), strict=True):
        if row in told:
            continue
        told.add(row)
        what = (
            f"a {DEVICE_NAMES[others.device[other]]} is known {meters:.0f} m away"
            f" ({others.ids[other]}):"
            " is it that one?"
        )
        items[row].say(
            "question",
            "V5",
            what,
            "look again",
            related=others.ids[other],
            distance_m=round(meters, 1),
        )
