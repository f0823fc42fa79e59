"""Sightings for other tools: JOSM, OpenStreetMap change files, GPX for a survey; OpenStreetMap's
rules (V10).

V10: nothing here uploads. The JOSM file says so itself (``upload="never"``); only what somebody saw
or photographed is offered to OpenStreetMap, because what is mapped there must be verifiable on the
ground."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr

from alprmap.direction import format_direction, parse
from alprmap.sightings import personal, sighting
from alprmap.sightings.sighting import Feature

GROUND = ("seen", "photo")
"""Evidence that somebody else can check on the ground, as OpenStreetMap asks ("verifiability")."""
WIKIDATA = {
    "Flock Safety": "Q108485435",
    "Motorola Solutions": "Q634815",
    "Genetec": "Q30295174",
    "Leonardo": "Q910379",
}
"""Wikidata items of makers as DeFlock's app tags them (FoggedLens/deflock-app,
lib/models/node_profile.dart). """
_PROFILE = {
    "man_made": "surveillance",
    "surveillance": "public",
    "surveillance:type": "ALPR",
    "surveillance:zone": "traffic",
    "camera:type": "fixed",
}
"""The tags all of DeFlock's plate reader profiles share (same file)."""
_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
RULES = """\
Before anything from this file goes into OpenStreetMap
======================================================

1. Go there and look. OpenStreetMap keeps what others can verify on the ground. A sighting is a
   hint, not a survey.
   https://wiki.openstreetmap.org/wiki/Verifiability
2. One camera at a time, by hand. Adding a list in bulk is an import: it needs a documented plan
   and a discussion first. https://wiki.openstreetmap.org/wiki/Import/Guidelines
3. Look whether it is there already. `alprmap sighting check --cameras` names the likely duplicates.
4. The license must allow it. CC0-1.0 and ODbL-1.0 sightings do; a list from a records request
   may not.
   https://wiki.openstreetmap.org/wiki/Import/ODbL_Compatibility
5. Leave out what you do not know. A direction nobody saw is no direction; it is not 0.
6. No names of people, no number plates, no private notes in tags: OpenStreetMap keeps every
   version for ever, with the account that made it.
7. If several of you map for a group, say so on your profile.
   https://wiki.osmfoundation.org/wiki/Organised_Editing_Guidelines

The JOSM file has upload="never": JOSM will refuse to upload it. Copy what you verified to a new
layer.
"""


@dataclass(frozen=True, slots=True)
class Export:
    """The text of an export, how many sightings are in it and how many were left out."""

    text: str
    kept: int
    left_out: int


def tags(feature: Feature) -> dict[str, str]:
    """Return the OpenStreetMap tags of a sighting, as DeFlock's profiles have them; unknown is left
    out.

    >>> from alprmap.sightings import make
    >>> tags(make.at_point(-99.5, 27.5,
    ...     make.Said(manufacturer="flock", direction="360")))["direction"]
    '0'
    """
    properties = feature.properties
    out = dict(_PROFILE)
    if properties.direction != sighting.UNKNOWN and properties.direction_reference in (
        None,
        "true",
    ):
        # OpenStreetMap writes north as 0
        out["direction"] = format_direction(parse(properties.direction).views)
    if properties.mount:
        out["camera:mount"] = properties.mount
    if properties.manufacturer:
        out["manufacturer"] = properties.manufacturer
        if item := WIKIDATA.get(properties.manufacturer):
            out["manufacturer:wikidata"] = item
    if properties.operator:
        out["operator"] = properties.operator
    if properties.check_date:
        out["check_date"] = properties.check_date
    return dict(sorted(out.items()))


def verifiable(features: Iterable[Feature]) -> list[Feature]:
    """Return the sightings that somebody saw or photographed, sorted by id."""
    return [f for f in _sorted(features) if f.properties.evidence in GROUND]


def josm(features: Sequence[Feature]) -> Export:
    """Return a JOSM file: nodes with negative ids that JOSM will not upload."""
    kept = verifiable(features)
    head = _HEAD + '<osm version="0.6" generator="alprmap" upload="never">\n'
    body = _nodes(kept, ' action="modify" visible="true"')
    return Export(head + body + "</osm>\n", len(kept), len(features) - len(kept))


def osc(features: Sequence[Feature]) -> Export:
    """Return an OpenStreetMap change file that creates the nodes."""
    kept = verifiable(features)
    head = _HEAD + '<osmChange version="0.6" generator="alprmap">\n<create>\n'
    body = _nodes(kept, ' version="0" changeset="0"')
    return Export(head + body + "</create>\n</osmChange>\n", len(kept), len(features) - len(kept))


def gpx(features: Sequence[Feature]) -> Export:
    """Return a GPX file of waypoints, for a survey with the phone; all sightings, also those to be
    verified."""
    out = [
        _HEAD + '<gpx version="1.1" creator="alprmap" xmlns="http://www.topografix.com/GPX/1/1">'
    ]
    for number, feature in enumerate(_sorted(features), start=1):
        lon, lat = feature.geometry.coordinates
        properties = feature.properties
        name = f"{number} {properties.manufacturer or 'plate reader'}"
        said = [
            f"{k}: {v}"
            for k, v in sighting.plain(feature)["properties"].items()
            if k not in _PROFILE
        ]
        out.append(
            f'<wpt lat="{lat:.6f}" lon="{lon:.6f}"><name>{_xml(name)}</name>'
            f"<desc>{_xml('; '.join(said))}</desc><sym>Flag, Blue</sym></wpt>"
        )
    return Export("\n".join([*out, "</gpx>\n"]), len(features), 0)


def deflock(features: Sequence[Feature]) -> Export:
    """Return GeoJSON with the tags of DeFlock's profiles, one Feature per sighting."""
    import json

    kept = verifiable(features)
    made = [
        {"type": "Feature", "geometry": sighting.plain(f)["geometry"], "properties": tags(f)}
        for f in kept
    ]
    text = json.dumps({"type": "FeatureCollection", "features": made}, indent=2, ensure_ascii=False)
    return Export(text + "\n", len(kept), len(features) - len(kept))


WRITERS: dict[str, Callable[[Sequence[Feature]], Export]] = {
    "osm": josm,
    "osc": osc,
    "gpx": gpx,
    "geojson": deflock,
}
"""Suffix → writer."""


def _sorted(features: Iterable[Feature]) -> list[Feature]:
    return sorted(features, key=lambda f: str(f.id))


def _nodes(features: Sequence[Feature], attributes: str) -> str:
    out = []
    for number, feature in enumerate(features, start=1):
        lon, lat = feature.geometry.coordinates
        lines = "".join(
            f"\n  <tag k={_quoted(k)} v={_quoted(v)}/>" for k, v in tags(feature).items()
        )
        out.append(
            f'<node id="{-number}"{attributes} lat="{lat:.6f}" lon="{lon:.6f}">{lines}\n</node>\n'
        )
    return "".join(out)


def _xml(text: str) -> str:
    return escape(personal.clean(text))


def _quoted(text: str) -> str:
    return quoteattr(personal.clean(text))
