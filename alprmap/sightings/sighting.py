"""The format of a sighting: an RFC 7946 FeatureCollection, one Feature per camera (V1,
docs/method/sightings.md).

The model is the format: what it does not name does not pass. `json_schema` gives the same as JSON
Schema, shipped as ``data/sighting.schema.json`` (``python scripts/make_schema.py`` renews it, a
test compares). Property names are OpenStreetMap's where OpenStreetMap has one.
"""

from __future__ import annotations

import datetime as dt
from functools import cache
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from alprmap import direction as grammar

FORMAT: Final = "alprmap-sighting/1"
"""Name and version of the format; a file without it is read as this version."""
UNKNOWN = "unknown"
NORTH = "360"
"""How true north is written: in the wild an exact 0 is north or an arrow nobody turned (rules D3,
D4). """
EVIDENCE = {
    "seen": "I stood there and saw it",
    "photo": "I have a photo of it",
    "record": "a public record names it",
    "second-hand": "somebody told me",
}
"""Classes of evidence and what each says."""
LICENCES = {
    "CC0-1.0": "given to everyone without conditions; may go into OpenStreetMap",
    "ODbL-1.0": (
        "for data made with OpenStreetMap's own; share alike, with credit to its contributors"
    ),
}
"""Licences a contributor may choose between, and what each means."""
MOUNTS = {
    "pole": "a pole of its own or a sign post",
    "street_lamp": "a street lamp",
    "traffic_signals": "traffic lights or their arm",
    "utility_pole": "a pole of the power or telephone company",
    "wall": "a wall or building",
    "gantry": "a gantry over the road",
    "bridge": "a bridge",
    "trailer": "a trailer that is parked",
}
"""Values for OpenStreetMap's ``camera:mount``, and what each means."""
NOTE_CHARS = 500
NAME_CHARS = 100
_DATE = r"^(19|20)\d{2}-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?$"
_ID = r"^sighting-[0-9a-f]{16}$"


def _readable(text: str) -> str:
    """Refuse a direction that the grammar does not read whole."""
    if text != UNKNOWN:
        found = grammar.parse(text)
        if not found.views or found.quality == grammar.PARTIAL:
            raise ValueError(
                f"not a direction ({found.reason or 'empty'}); write degrees from true north, or"
                " unknown"
            )
    return text


def _on_the_calendar(text: str) -> str:
    if len(text) == 10:
        dt.date.fromisoformat(text)
    return text


def _filled(text: str) -> str:
    if not text.strip():
        raise ValueError("is empty; leave it out instead")
    return text


Text = Annotated[str, Field(min_length=1, max_length=NAME_CHARS), AfterValidator(_filled)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, populate_by_name=True)


class Point(_Strict):
    """A position: longitude and latitude in degrees, WGS 84, without a height."""

    type: Literal["Point"]
    coordinates: tuple[
        Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)],
        Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False)],
    ] = Field(description="[longitude, latitude]")


class Properties(_Strict):
    """What a volunteer says of one plate reader. What is not known is left out, and a direction is
    `unknown`."""

    man_made: Literal["surveillance"]
    surveillance_type: Literal["ALPR"] = Field(alias="surveillance:type")
    direction: Annotated[str, AfterValidator(_readable)] = Field(
        default=UNKNOWN,
        max_length=grammar.MAX_LENGTH,
        description=(
            "Where the camera looks, degrees clockwise from true north: 90, 45-90 or 90;270. "
            "True north is 360. `unknown` is the default and is not 0."
        ),
    )
    direction_reference: Literal["true", "magnetic", "unknown"] | None = Field(
        default=None,
        alias="direction:reference",
        description=(
            "Which north the direction is from, where a compass gave it; true when left out."
        ),
    )
    photo_direction: Annotated[float, Field(ge=0, le=360, allow_inf_nan=False)] | None = Field(
        default=None,
        alias="photo:direction",
        description=(
            "Where the photographer looked, degrees. It is not the direction of the camera."
        ),
    )
    mount: Literal[tuple(MOUNTS)] | None = Field(  # type: ignore[valid-type]
        default=None, alias="camera:mount", description="What it hangs on."
    )
    manufacturer: Text | None = Field(default=None, description="Maker, where it shows.")
    operator: Text | None = Field(
        default=None, description="Who runs it, where a sign or a record says so."
    )
    evidence: Literal[tuple(EVIDENCE)] = Field(  # type: ignore[valid-type]
        description="; ".join(f"{k}: {v}" for k, v in EVIDENCE.items())
    )
    check_date: Annotated[str, Field(pattern=_DATE), AfterValidator(_on_the_calendar)] | None = (
        Field(
            default=None,
            description="Day (2026-01-15) or month (2026-01) it was seen; never the time of day.",
        )
    )
    place: Text | None = Field(
        default=None, description="The place in words, where the point was found from it."
    )
    position_error_m: Annotated[float, Field(ge=1, le=5000, allow_inf_nan=False)] | None = Field(
        default=None,
        description="How far off the point may be (one standard deviation), meters; 10 otherwise.",
    )
    note: (
        Annotated[str, Field(min_length=1, max_length=NOTE_CHARS), AfterValidator(_filled)] | None
    ) = Field(
        default=None,
        description="What else helps to find it. No names, no number plates, no time of day.",
    )
    licence: Literal[tuple(LICENCES)] = Field(  # type: ignore[valid-type]
        description="Chosen by the contributor. "
        + "; ".join(f"{k}: {v}" for k, v in LICENCES.items())
    )


class Feature(_Strict):
    """One plate reader."""

    type: Literal["Feature"]
    id: Annotated[str, Field(pattern=_ID)] | None = Field(
        default=None, description="Made from the content by `alprmap sighting add`; leave it out."
    )
    geometry: Point
    properties: Properties


class Collection(_Strict):
    """A file of sightings."""

    type: Literal["FeatureCollection"]
    format: Literal["alprmap-sighting/1"] = FORMAT
    features: list[Feature] = Field(min_length=1)


def json_schema() -> dict[str, Any]:
    """Return the format as JSON Schema (draft 2020-12), made from the model."""
    made = Collection.model_json_schema(by_alias=True)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:{FORMAT.replace('/', ':')}",
        "title": "alprmap sighting, version 1",
        **{k: v for k, v in made.items() if k != "title"},
    }


def plain(feature: Feature) -> dict[str, Any]:
    """Return a Feature as the plain values of its GeoJSON: names as written, nothing that is not
    known."""
    return feature.model_dump(by_alias=True, exclude_none=True, mode="json")


@cache
def names() -> tuple[str, ...]:
    """Return the property names of the format, in the order of the model.

    >>> names()[:3]
    ('man_made', 'surveillance:type', 'direction')
    """
    return tuple(f.alias or n for n, f in Properties.model_fields.items())


def headings(text: str) -> tuple[float, ...]:
    """Return the headings of a direction, degrees in [0, 360); none when it is unknown or an exact
    0.

    >>> headings("90;270"), headings("unknown"), headings("360"), headings("0")
    ((90.0, 270.0), (), (0.0,), ())
    """
    if text == UNKNOWN:
        return ()
    views = grammar.parse(text).views
    return tuple(
        v.heading_deg for v in views if v.quality not in (grammar.ZERO, grammar.FULL_CIRCLE)
    )
