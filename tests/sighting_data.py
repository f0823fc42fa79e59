"""Sightings for the tests: one that is fine, and whatever a test wants changed in it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

AT = (-101.9052, 29.8150)
"""In the fictional county, on land, beside a street."""


def feature(lon: float = AT[0], lat: float = AT[1], **properties: Any) -> dict[str, Any]:
    base = {
        "man_made": "surveillance",
        "surveillance:type": "ALPR",
        "direction": "unknown",
        "evidence": "seen",
        "licence": "CC0-1.0",
    }
    made = {k: v for k, v in {**base, **properties}.items() if v is not None}
    return {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": [lon, lat]},
        "properties": made,
    }


def collection(*features: dict[str, Any], **members: Any) -> dict[str, Any]:
    return {
        "type": "FeatureCollection",
        "format": "alprmap-sighting/1",
        "features": list(features),
        **members,
    }


def write(path: Path, *features: dict[str, Any], **members: Any) -> Path:
    path.write_text(json.dumps(collection(*features, **members), indent=1), "utf-8")
    return path
