"""The table of districts behind their shades: most first, sorted by keyboard, in both languages."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas as gpd
import map_data
import pytest
import shapely

from alprmap.publish import MapData, write_map

pytestmark = pytest.mark.browser


def page(folder: Path) -> Path:
    """A page with four districts, one of them without people."""
    names = ["Ward 1", "Ward 2", "Ward 10", "Airport"]
    boxes = [shapely.box(-101.9 + k / 10, 29.7, -101.8 + k / 10, 29.9) for k in range(4)]
    districts = gpd.GeoDataFrame(
        {
            "area": names,
            "n": [3, 12, 7, 1],
            "people": [1500.0, 4000.0, 1000.0, 0.0],
            "per_1000": [2.0, 3.0, 7.0, float("nan")],
            "per_100_km": [10.0, 20.0, 5.0, 1.0],
        },
        geometry=boxes,
        crs=4326,
    )
    data = MapData(title="Wards", cameras=map_data.cameras(30), districts=districts)
    write_map(data, folder / "wards.html")
    return folder / "wards.html"


def first(it: Any) -> list[str]:
    return [th.inner_text() for th in it.page.query_selector_all("#areas-body th")]


def test_R7_districts_are_listed_and_sorted_by_keyboard(opened: Any, tmp_path: Path) -> None:
    it = opened(page(tmp_path))
    it.page.click("#areas-box summary")
    assert first(it) == ["Ward 10", "Ward 2", "Ward 1", "Airport"]
    heads = it.page.query_selector_all("#areas-head button")
    assert [h.inner_text() for h in heads][:2] == ["District", "Readers"]
    heads[1].focus()
    it.page.keyboard.press("Enter")
    by_readers = first(it)
    assert by_readers == ["Ward 2", "Ward 10", "Ward 1", "Airport"]
    # the focus stays on the column, and a second press turns the order
    it.page.keyboard.press("Enter")
    assert first(it) == by_readers[::-1]
    it.page.query_selector_all("#areas-head button")[3].focus()
    for _ in range(2):
        it.page.keyboard.press("Enter")
        # what has no figure stands last either way
        assert first(it)[-1] == "Airport"
    it.page.query_selector_all("#areas-head button")[0].focus()
    it.page.keyboard.press("Enter")
    assert first(it) == ["Airport", "Ward 1", "Ward 2", "Ward 10"]
    it.page.click("#lang")
    assert it.text("#areas-head button") == "Distrito"


def test_R7_axe_finds_nothing_in_the_open_table(opened: Any, axe: str, tmp_path: Path) -> None:
    it = opened(page(tmp_path))
    it.page.click("#areas-box summary")
    it.page.evaluate(axe)
    found = it.page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    assert [(v["id"], [n["html"] for n in v["nodes"]][:3]) for v in found["violations"]] == []


def test_R7_a_page_without_districts_has_no_such_table(opened: Any, tmp_path: Path) -> None:
    write_map(MapData(title="None", cameras=map_data.cameras(5)), tmp_path / "none.html")
    assert opened(tmp_path / "none.html").page.is_hidden("#areas-box")
