"""A live folium.Map for notebooks, with our layers on it, to which anything of folium can be added.

folium renders text and then parses it again as a template, so what comes from data goes in as a
string of JavaScript in which every character that is no letter, digit or plain sign is escaped; the
page parses it as JSON and shows it as text.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import pandas as pd
import shapely

from alprmap.errors import InputError
from alprmap.publish.exports.layers import layers_of, wedges
from alprmap.publish.exports.styles import KINDS, OKABE_ITO
from alprmap.publish.map.data import MapData
from alprmap.sandbox import no_probe
from alprmap.store import COORDINATE_DIGITS, with_points
from alprmap.text import number_of

if TYPE_CHECKING:
    import folium

SHOWN_AT_FIRST = ("cameras", "views", "watches", "table")
MOST_ROWS = 20_000
"""Rows of a layer that a notebook shows; more belongs on the page of `alprmap map`."""
_PLAIN = re.compile(r"[^A-Za-z0-9 ,.:;_-]")
_SCRIPT = """
{% macro script(this, kwargs) %}
var {{ this.get_name() }} = (() => {
  const data = JSON.parse("{{ this.text }}");
  const row = (p) => {
    const box = document.createElement("div");
    for (const [name, value] of Object.entries(p)) {
      if (name === "$color" || value === null) continue;
      const line = document.createElement("div");
      line.textContent = name + ": " + value;
      box.append(line);
    }
    return box;
  };
  const look = (f) => ({color: f.properties.$color, weight: 3, radius: 5, fillOpacity: 0.6});
  return L.geoJSON(data, {
    style: look,
    pointToLayer: (f, at) => L.circleMarker(at, look(f)),
    onEachFeature: (f, layer) => layer.bindPopup(() => row(f.properties)),
  });
})();
{% endmacro %}
"""


def folium_map(result: Any, **options: Any) -> folium.Map:
    """Return a live folium.Map of a result: each of its tables with places is a layer to switch.

    Parameters
    ----------
    result
        A result of any wing (cameras, watches, coverage, reach …), the `MapData` of a page, or a
        table with a geometry or with `lon` and `lat`.
    options
        As `folium.Map` takes them. Without `tiles` none are drawn, and nothing of the data leaves
        the notebook; folium itself loads its scripts from where it always does.

    Raises
    ------
    InputError
        When nothing in it has a place, or a layer has more than `MOST_ROWS` rows.
    """
    layers = {name: frame for name, frame in _layers(result).items() if len(frame)}
    if not layers:
        raise InputError("nothing in it has a place", fix="give a result with positions or shapes")
    for name, frame in layers.items():
        if len(frame) > MOST_ROWS:
            raise InputError(
                f"layer {name} has {number_of(len(frame), 'row')}, and a notebook shows"
                f" {MOST_ROWS:,}",
                fix="choose rows, or draw it with alprmap.publish.write_map",
            )
    with no_probe():
        import folium
    drawn = folium.Map(**{"tiles": None, "prefer_canvas": True, **options})
    for name, frame in layers.items():
        show = name in SHOWN_AT_FIRST or len(layers) == 1
        _layer_class()(_text(frame), name, show).add_to(drawn)
    folium.LayerControl(collapsed=False).add_to(drawn)
    bounds = [layers[n].total_bounds for n in layers if n in SHOWN_AT_FIRST] or [
        frame.total_bounds for frame in layers.values()
    ]
    west, south = min(b[0] for b in bounds), min(b[1] for b in bounds)
    east, north = max(b[2] for b in bounds), max(b[3] for b in bounds)
    drawn.fit_bounds([[float(south), float(west)], [float(north), float(east)]])
    return drawn


def _layers(result: Any) -> dict[str, gpd.GeoDataFrame]:
    if isinstance(result, MapData):
        made = {"cameras": with_points(result.cameras.dropna(subset=["lon", "lat"]))}
        if result.views is not None:
            made["views"] = wedges(result.cameras.dropna(subset=["lon", "lat"]), result.views)
        return {**layers_of(result), **made}
    tables: Mapping[str, Any] = (
        {"table": result} if isinstance(result, pd.DataFrame) else result.tables()
    )
    return {name: with_points(frame) for name, frame in tables.items() if _has_places(frame)}


def _has_places(frame: Any) -> bool:
    return isinstance(frame, gpd.GeoDataFrame) or (
        isinstance(frame, pd.DataFrame) and {"lon", "lat"} <= set(frame.columns)
    )


def _text(frame: gpd.GeoDataFrame) -> str:
    """Return a frame as GeoJSON in the middle of a string of JavaScript, nothing in it special to
    any template, script or markup."""
    whole = frame[frame.geometry.notna() & ~frame.geometry.is_empty]
    shapes = shapely.set_precision(
        whole.geometry.to_numpy(), 10.0**-COORDINATE_DIGITS, mode="pointwise"
    )
    table = pd.DataFrame(whole.drop(columns=whole.geometry.name))
    empty: list[dict[str, Any]] = [{} for _ in range(len(table))]
    plain = json.loads(table.to_json(orient="records")) if len(table.columns) else empty
    features = [
        {
            "type": "Feature",
            "geometry": json.loads(shape),
            "properties": {**row, "$color": _color(row)},
        }
        for shape, row in zip(shapely.to_geojson(shapes), plain, strict=True)
    ]
    text = json.dumps({"type": "FeatureCollection", "features": features}, allow_nan=False)
    return _PLAIN.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def _color(row: Mapping[str, Any]) -> str:
    if "operator_kind" in row:
        return KINDS.get(str(row["operator_kind"]), KINDS["unknown"]).color
    return OKABE_ITO["grey"] if row.get("readers") == 0 else OKABE_ITO["red"]


def _layer_class() -> Any:
    """Return the class of our layers; made when folium is loaded, which takes a second."""
    from folium.map import Layer as FoliumLayer
    from folium.template import Template

    class PlainLayer(FoliumLayer):
        """One layer: data as text, shown as text."""

        _template = Template(_SCRIPT)

        def __init__(self, text: str, name: str, show: bool) -> None:
            # a name of ours or of a table; it goes through the template, so it is plain too
            safe = re.sub(r"[^A-Za-z0-9 _-]", " ", name)
            super().__init__(name=safe, overlay=True, control=True, show=show)
            self._name, self.text = "PlainLayer", text

    return PlainLayer
