"""The one form of a sighting: what says who handed it in is gone; the same content is the same
bytes (V7, V8).

V7: only what the format names passes; a time becomes a day; positions have six decimals, texts are
NFC on one line, makers have the name of the alias table, directions are in degrees. V8: the id is
made from the content, so a file name, the order of arrival and the contributor leave no mark.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from alprmap import direction as grammar
from alprmap.errors import InputError, UsageError, one_line, reason
from alprmap.sightings import files, personal, sighting
from alprmap.sightings.files import Raw, SightingFile
from alprmap.sightings.sighting import Feature
from alprmap.sources import vendor
from alprmap.store import together, write_text

DECIMALS = 6
"""Of a degree: 0.11 m, below any position error."""
_DAY = re.compile(r"(\d{4}-\d{2}-\d{2})[T ]\S.*", re.ASCII)
_TEXTS = ("manufacturer", "operator", "place", "note")


@dataclass(frozen=True, slots=True)
class Scrubbed:
    """A sighting in its one form, and the names of the fields that were taken out or shortened."""

    feature: Feature
    removed: tuple[str, ...]


@dataclass(slots=True)
class Added:
    """What `add_sightings` did: new ids, ids that were there, what was removed how often, what
    waits for a person."""

    new: list[str] = field(default_factory=list)
    known: list[str] = field(default_factory=list)
    removed: Counter[str] = field(default_factory=Counter)
    waiting: list[str] = field(default_factory=list)


def scrub(value: Any, *, redact: bool = False) -> Scrubbed:
    """Bring one Feature into its one form.

    Parameters
    ----------
    value
        A Feature as parsed from JSON.
    redact
        Take personal data out of the free texts instead of leaving it there.

    Raises
    ------
    InputError
        When what is left is no valid sighting; the message names the field.
    """
    if not isinstance(value, dict) or not isinstance(value.get("properties"), dict):
        raise InputError(
            "is not a Feature with properties",
            fix="a sighting is a GeoJSON Feature; `alprmap sighting new` writes one",
        )
    geometry, properties = value.get("geometry"), dict(value["properties"])
    removed = [k for k in value if k not in ("type", "id", "geometry", "properties")]
    kept = {k: properties[k] for k in sighting.names() if properties.get(k) is not None}
    removed += [f"properties.{k}" for k in properties if k not in sighting.names()]
    for name in _TEXTS:
        if isinstance(kept.get(name), str):
            kept[name] = _text(kept[name], name, removed, redact=redact)
    kept = {k: v for k, v in kept.items() if v != ""}
    if isinstance(kept.get("check_date"), str) and (timed := _DAY.fullmatch(kept["check_date"])):
        kept["check_date"] = timed[1]
        removed.append("properties.check_date (time of day)")
    kept["direction"] = _direction(kept.get("direction", sighting.UNKNOWN))
    for name, digits in (("photo:direction", 0), ("position_error_m", 0)):
        if _is_number(kept.get(name)):
            kept[name] = float(round(kept[name], digits))
    point = _point(geometry, removed)
    made = {"type": "Feature", "geometry": point, "properties": kept}
    return Scrubbed(_with_id(validated(made)), tuple(removed))


def validated(value: Any) -> Feature:
    """Return a Feature checked by the model.

    Raises
    ------
    InputError
        Naming the first field at fault.
    """
    problems, feature = faults(value)
    if feature is None:
        name, what = problems[0]
        raise InputError(f"{name}: {what}" if name else what)
    return feature


def faults(value: Any) -> tuple[list[tuple[str, str]], Feature | None]:
    """Return what is wrong with a Feature as (field, sentence), and the Feature when nothing is
    (V1)."""
    try:
        # by way of JSON, where the strict model takes a list for a pair
        return [], Feature.model_validate_json(json.dumps(value, allow_nan=False))
    except ValidationError as error:
        return [
            (".".join(_place(e["loc"])), _said(e)) for e in error.errors(include_url=False)
        ], None
    except (ValueError, RecursionError, TypeError) as error:
        return [("", reason(error))], None


def _place(loc: Iterable[Any]) -> list[str]:
    # tagged unions and functions show in a location; people want the field
    return [str(p) for p in loc if not str(p).startswith(("function", "constrained", "literal"))]


def _said(error: Any) -> str:
    kind, context = error["type"], error.get("ctx", {})
    if kind == "extra_forbidden":
        return "is no field of a sighting"
    if kind == "missing":
        return "is missing"
    if kind == "literal_error":
        return f"must be one of {context.get('expected', '')}".replace("'", "")
    if kind == "string_pattern_mismatch" and error["loc"][-1] == "check_date":
        return "must be a day (2026-01-15) or a month (2026-01)"
    return one_line(str(error["msg"]).removeprefix("Value error, "), limit=200)


def _text(text: str, name: str, removed: list[str], *, redact: bool) -> str:
    plain = personal.clean(text)
    if redact and personal.in_text(plain):
        plain = personal.redact(plain)
        removed.append(f"properties.{name} (personal data)")
    if name == "manufacturer" and (maker := vendor(plain)):
        return maker.name
    return plain


def _direction(text: Any) -> Any:
    """Write a direction in degrees; a north that was asserted stays 360, an exact 0 stays the
    question it is."""
    if not isinstance(text, str) or text == sighting.UNKNOWN:
        return text
    found = grammar.parse(text)
    if found.quality == grammar.MISSING:
        return sighting.UNKNOWN
    if not found.views or found.quality == grammar.PARTIAL:
        return text
    parts = []
    for view in found.views:
        asserted = view.heading_deg == 0 and view.width_deg is None and view.quality != grammar.ZERO
        parts.append(sighting.NORTH if asserted else grammar.format_direction([view]))
    return ";".join(dict.fromkeys(parts))


def _point(geometry: Any, removed: list[str]) -> Any:
    if not isinstance(geometry, dict):
        return geometry
    removed += [f"geometry.{k}" for k in geometry if k not in ("type", "coordinates")]
    at = geometry.get("coordinates")
    if isinstance(at, list) and geometry.get("type") == "Point":
        if len(at) > 2:
            removed.append("geometry.coordinates (height)")
        at = [float(round(v, DECIMALS)) + 0.0 if _is_number(v) else v for v in at[:2]]
    return {"type": geometry.get("type"), "coordinates": at}


def _is_number(value: Any) -> bool:
    # JSON has whole numbers of any length; one that no float holds stays as it is, for the model to
    # refuse
    return isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < 1e15


def _with_id(feature: Feature) -> Feature:
    content = feature.model_copy(update={"id": None})
    return feature.model_copy(update={"id": identify(content)})


def identify(feature: Feature) -> str:
    """Return the id of a sighting: the first 64 bits of the SHA-256 of its content (V8)."""
    content = json.dumps(sighting.plain(feature.model_copy(update={"id": None})), sort_keys=True)
    return "sighting-" + hashlib.sha256(content.encode("utf-8")).hexdigest()[:16]


def sighting_text(features: Iterable[Feature]) -> str:
    """Return the file of some sightings: sorted by id, sorted names, one block of lines per camera.

    An empty line parts the blocks, so that two people who add different cameras change different
    lines."""
    ordered = sorted({str(f.id): f for f in features}.items())
    blocks = [_block(feature) for _, feature in ordered]
    head = f'{{\n"type": "FeatureCollection",\n"format": "{sighting.FORMAT}",\n"features": [\n'
    return head + "\n,\n".join(blocks) + "\n]\n}\n"


def _block(feature: Feature) -> str:
    plain = sighting.plain(feature)
    lon, lat = plain["geometry"]["coordinates"]
    properties = json.dumps(plain["properties"], indent=2, sort_keys=True, ensure_ascii=False)
    return (
        f'\n{{"type": "Feature",\n"id": "{feature.id}",\n'
        f'"geometry": {{"type": "Point", "coordinates": [{_degrees(lon)}, {_degrees(lat)}]}},\n'
        f'"properties": {properties}}}\n'
    )


def _degrees(value: float) -> str:
    return f"{value:.{DECIMALS}f}"


def add_sightings(given: list[SightingFile], to: Path, *, redact: bool = False) -> Added:
    """Add sightings to a collection: a folder (one file each) or one sorted ``.geojson`` (V7, V8).

    A sighting with personal data left in its texts is not added: it waits for a person.

    Raises
    ------
    InputError
        When a sighting is not valid; nothing is written then.
    UsageError
        When `to` is neither a folder nor a ``.geojson``.
    StorageError, BusyError
        When the disk refuses or another run adds to the same place.
    """
    if (
        to.suffix not in ("", ".geojson")
        or (to.suffix and to.is_dir())
        or (not to.suffix and to.is_file())
    ):
        raise UsageError(
            "is no collection of sightings",
            where=to,
            fix="name a folder, or a file that ends in .geojson",
        )
    done = Added()
    sound: list[Feature] = []
    for file, raw in files.all_features(given):
        scrubbed = ready(file, raw, redact=redact)
        done.removed.update(scrubbed.removed)
        if left := left_over(scrubbed.feature):
            done.waiting.append(f"{file.name}, row {raw.number}: {left}")
        else:
            sound.append(scrubbed.feature)
    for file in given:
        extra = (k for k in file.members if k not in ("type", "format"))
        done.removed.update(
            f"file.{k}" for k in extra if file.members["type"] == "FeatureCollection"
        )
    if sound:
        with together(to):
            _write(sound, to, done)
    return done


def ready(file: SightingFile, raw: Raw, *, redact: bool = False) -> Scrubbed:
    """Bring a Feature of a file into its one form (see `scrub`).

    Raises
    ------
    InputError
        When it is no valid sighting; the message names the file, the Feature and the field.
    """
    try:
        return scrub(raw.value, redact=redact)
    except InputError as error:
        raise InputError(
            error.what,
            where=file.name,
            row=raw.number,
            fix="`alprmap sighting check` lists every fault",
        ) from None


def left_over(feature: Feature) -> str:
    """Return what personal data the texts of a sighting hold, as words; empty when there is
    none.
    """
    properties = feature.properties
    texts = (properties.note, properties.place, properties.operator, properties.manufacturer)
    kinds = [f.kind for t in texts if t for f in personal.in_text(t)]
    return ", ".join(dict.fromkeys(kinds))


def _write(ready: list[Feature], to: Path, done: Added) -> None:
    one_file = to.suffix == ".geojson"
    before = {str(f.id): f for f in stored(to)} if to.exists() else {}
    for feature in ready:
        key = str(feature.id)
        (done.known if key in before or key in done.new else done.new).append(key)
    done.new.sort()
    made = {str(f.id): f for f in ready if str(f.id) in done.new}
    if one_file and made:
        write_text(to, sighting_text([*before.values(), *made.values()]))
    elif made:
        for key in done.new:
            write_text(to / f"{key}.geojson", sighting_text([made[key]]))


def stored(at: Path) -> list[Feature]:
    """Return the sightings of a collection, file or folder, in their one form, sorted by id.

    Raises
    ------
    InputError
        When one of them is not valid.
    """
    names = files.sighting_paths([at]) if not at.is_dir() or any(at.glob("*.geojson")) else []
    found = [
        ready(file, raw).feature
        for file, raw in files.all_features([files.read_sightings(p) for p in names])
    ]
    return sorted(found, key=lambda f: str(f.id))
