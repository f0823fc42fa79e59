"""What the wing sightings hands on; each name is loaded on first use (SPEC 1)."""

from .canonical import add_sightings, left_over, ready, sighting_text
from .check import SightingSettings, check_sightings
from .exports import RULES, WRITERS
from .files import all_features, read_sightings, sighting_paths
from .findings import ci_lines
from .form import FormData, form_html
from .known import OTHERS, only, read_known, together
from .make import SHOWS, Said, at_photo, at_text
from .photos import pixels_alone
from .sighting import EVIDENCE, LICENCES, MOUNTS, Feature

__all__ = [
    "EVIDENCE",
    "LICENCES",
    "MOUNTS",
    "OTHERS",
    "RULES",
    "SHOWS",
    "WRITERS",
    "Feature",
    "FormData",
    "Said",
    "SightingSettings",
    "add_sightings",
    "all_features",
    "at_photo",
    "at_text",
    "check_sightings",
    "ci_lines",
    "form_html",
    "left_over",
    "only",
    "pixels_alone",
    "read_known",
    "read_sightings",
    "ready",
    "sighting_paths",
    "sighting_text",
    "together",
]
