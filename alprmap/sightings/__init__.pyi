"""What the wing sightings hands on; each name is loaded on first use (SPEC 1)."""

from .canonical import add_sightings, left_over, ready, sighting_text
from .check import SightingSettings
from .exports import RULES, WRITERS
from .files import all_features, read_sightings, sighting_paths
from .findings import ci_lines
from .form import FormData, form_html
from .make import SHOWS, Said, at_photo, at_text
from .photos import pixels_alone
from .result import Devices, Sightings, check_files, devices
from .sighting import EVIDENCE, LICENCES, MOUNTS, Feature

__all__ = [
    "EVIDENCE",
    "LICENCES",
    "MOUNTS",
    "RULES",
    "SHOWS",
    "WRITERS",
    "Devices",
    "Feature",
    "FormData",
    "Said",
    "SightingSettings",
    "Sightings",
    "add_sightings",
    "all_features",
    "at_photo",
    "at_text",
    "check_files",
    "ci_lines",
    "devices",
    "form_html",
    "left_over",
    "pixels_alone",
    "read_sightings",
    "ready",
    "sighting_paths",
    "sighting_text",
]
