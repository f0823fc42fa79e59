"""A live map for notebooks: folium's own, with our layers; text of data runs nowhere."""

from __future__ import annotations

import json
import re

import folium
import map_data
import pandas as pd
import pytest

from alprmap.errors import InputError
from alprmap.publish import folium_map
from alprmap.publish.map import live


def layers(text: str) -> list[dict]:
    """The GeoJSON of each layer, parsed as a browser does."""
    found = re.findall(r'JSON\.parse\(("(?:[^"\\]|\\.)*")\)', text)
    return [json.loads(json.loads(one)) for one in found]


def test_P5_a_result_is_a_live_folium_map_with_every_camera() -> None:
    data = map_data.town()
    drawn = folium_map(data)
    assert isinstance(drawn, folium.Map)
    folium.Marker([30, -100]).add_to(drawn)
    text = drawn.get_root().render()
    made = layers(text)
    assert len(data.cameras) in [len(one["features"]) for one in made]
    ids = {f["properties"].get("camera_id") for one in made for f in one["features"]}
    assert set(data.cameras["camera_id"]) <= ids
    assert "L.control.layers" in text
    assert "tileLayer" not in text
    assert "<iframe" in drawn._repr_html_()


def test_P5_a_table_with_positions_is_one_line() -> None:
    assert isinstance(folium_map(map_data.cameras(3)), folium.Map)


def test_P5_text_of_data_passes_through_no_template() -> None:
    data = map_data.hostile()
    text = folium_map(data.cameras).get_root().render()
    lines = [line for line in text.splitlines() if "JSON.parse" in line]
    assert lines
    for part in ("{{", "{%", "<", "${", "`"):
        assert all(part not in line for line in lines)
    whole = layers(text)[0]
    assert {f["properties"]["operator"] for f in whole["features"]} == set(data.cameras["operator"])


def test_P5_what_has_no_place_or_too_many_rows_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InputError, match="nothing in it has a place"):
        folium_map(pd.DataFrame({"a": [1]}))
    monkeypatch.setattr(live, "MOST_ROWS", 10)
    with pytest.raises(InputError, match="60 rows"):
        folium_map(map_data.cameras(60))
