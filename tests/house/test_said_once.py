"""A fact stands once: where a second place must hold it (a script of a page), it holds the same."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from alprmap import geo, merge, schema, sightings, watch

MID_RANGE_M, MID_OPENING_DEG = schema.VIEW_LEVELS["mid"]
SCRIPTS = [
    ("publish/assets/js/cameras.js", r"RANGE_M = ([\d.]+)", MID_RANGE_M),
    ("publish/assets/js/cameras.js", r"OPENING_DEG = ([\d.]+)", MID_OPENING_DEG),
    ("publish/assets/js/panel.js", r"width not tagged \(drawn ([\d.]+)°\)", MID_OPENING_DEG),
    ("publish/assets/js/words.js", r"MILE_M = ([\d.]+)", geo.STATUTE_MILE_M),
    ("../docs/method/publish.md", r"an untagged one as ([\d.]+)°", MID_OPENING_DEG),
    ("../docs/method/sightings.md", r"a ≤ ([\d.]+)°", merge.Settings.spread_deg),
]
"""Files that cannot import, the fact in them, what it is."""


@pytest.mark.parametrize(("name", "pattern", "fact"), SCRIPTS, ids=lambda v: str(v)[:30])
def test_a_script_or_page_holds_the_fact_of_the_code(
    root: Path, name: str, pattern: str, fact: float
) -> None:
    values = re.findall(pattern, (root / "alprmap" / name).read_text("utf-8"))
    assert values
    assert {float(v) for v in values} == {fact}


def test_the_views_that_are_measured_are_the_ones_that_are_drawn() -> None:
    assert (watch.Settings().range_m, watch.Settings().width_deg) == schema.VIEW_LEVELS["mid"]
    for level, view in schema.VIEW_LEVELS.items():
        chosen = watch.watch_levels(level)
        assert (chosen.range_m, chosen.width_deg) == view


def test_two_headings_of_one_camera_are_as_far_apart_in_sightings_as_in_merge() -> None:
    settings = sightings.SightingSettings()
    assert settings.same_deg == merge.Settings().spread_deg
    assert settings.apart_deg == merge.Settings().apart_deg


def test_a_mile_is_written_once(root: Path) -> None:
    places = {
        path.relative_to(root).as_posix()
        for path in (root / "alprmap").rglob("*.py")
        for line in path.read_text("utf-8").splitlines()
        if re.search(r"1609\.344|1\.609", line) and ">>>" not in line
    }
    assert places == {"alprmap/geo.py"}
