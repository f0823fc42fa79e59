"""The map page as a file: complete, closed, the same bytes, and every camera in it."""

from __future__ import annotations

import base64
import hashlib
import itertools
import json
import re
import tomllib
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import geopandas as gpd
import map_data
import numpy as np
import pandas as pd
import pytest
import shapely

from alprmap import geo
from alprmap.errors import InputError, UsageError
from alprmap.geography import land_polygons
from alprmap.publish.map import basemap, layers, page, payload, staticmap, webmap

DATA = re.compile(r'<script type="application/json" id="data">(.*?)</script>', re.DOTALL)


def document(html: str) -> dict[str, Any]:
    found = DATA.findall(html)
    assert len(found) == 1
    return json.loads(found[0])  # type: ignore[no-any-return]


class Tags(HTMLParser):
    """Collects what a browser would see as elements."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


def test_vendored_files_are_the_recorded_ones() -> None:
    record = tomllib.loads(page.asset("vendor.toml"))
    for package in record.values():
        for name, digest in package["sha256"].items():
            assert hashlib.sha256((page.ASSETS / name).read_bytes()).hexdigest() == digest


def test_the_frame_is_folium_s_and_loads_nothing() -> None:
    frame = page.map_frame()
    assert "L.map(" in frame.script
    assert frame.element.startswith('<div class="folium-map"')
    script, style = page.leaflet()
    assert "BSD 2-Clause License" in script
    assert "sourceMappingURL" not in script
    assert "url(images" not in style


def test_the_policy_holds_the_hash_of_every_script_and_style() -> None:
    html = webmap.map_html(map_data.town())
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', html)
    assert policy is not None
    assert policy[1].startswith("default-src 'none'; ")
    assert "unsafe" not in policy[1]
    for kind, blocks in (
        ("script-src", re.findall(r"<script>(.*?)</script>", html, re.DOTALL)),
        ("style-src", re.findall(r"<style>(.*?)</style>", html, re.DOTALL)),
    ):
        allowed = re.search(rf"{kind} ([^;]*)", policy[1])
        assert allowed is not None
        hashes = {
            "'sha256-" + base64.b64encode(hashlib.sha256(b.encode()).digest()).decode() + "'"
            for b in blocks
        }
        assert hashes == set(allowed[1].split())


def test_nothing_inline_and_nothing_from_elsewhere() -> None:
    for tag, attributes in Tags(webmap.map_html(map_data.town())).tags:
        assert not any(name.startswith("on") for name in attributes), (tag, attributes)
        assert "style" not in attributes
        assert "src" not in attributes
        assert tag not in ("link", "iframe", "img", "object", "embed", "base")


def test_hostile_text_opens_no_element_and_reaches_no_template() -> None:
    harmless, hostile = (
        Tags(webmap.map_html(d)).tags for d in (map_data.town(50), map_data.hostile())
    )
    count = {t for t, _ in harmless}
    assert {t for t, _ in hostile} <= count
    assert sum(t == "script" for t, _ in hostile) == 4
    # folium would have evaluated these while the page was made
    html = webmap.map_html(map_data.hostile())
    assert "__subclasses__" in html
    assert "100{% off" in html


def test_same_input_same_bytes_whatever_its_order(tmp_path: Path) -> None:
    data = map_data.town()
    other = map_data.town()
    shuffled = map_data.town(
        cameras=other.cameras.sample(frac=1, random_state=5),
        views=other.views.sample(frac=1, random_state=6),
    )
    assert webmap.map_html(data) == webmap.map_html(data)
    assert webmap.map_html(data) == webmap.map_html(shuffled)


def test_no_argument_is_changed() -> None:
    data = map_data.town()
    names = ("cameras", "views", "reach", "reports", "watches", "segments")
    before = {k: getattr(data, k).copy(deep=True) for k in names}
    webmap.map_html(data)
    for name, frame in before.items():
        assert getattr(data, name).equals(frame), name


def test_every_camera_is_in_the_page() -> None:
    found = document(webmap.map_html(map_data.town()))
    assert found["cameras"]["n"] == 60
    assert {layer["id"] for layer in found["layers"]} >= {
        "land", "states", "counties", "roads", "zone-unread", "corridor-reader", "watched", "border-mexico",
        "ports",
    }  # fmt: skip
    assert found["meta"]["fictional"] is True


def test_cameras_without_a_position_are_counted_not_dropped() -> None:
    table = map_data.cameras()
    table.loc[3, ["lon", "lat"]] = np.nan
    assert document(webmap.map_html(map_data.town(cameras=table)))["cameras"]["n"] == 60


def test_a_small_page_has_a_table_without_script_and_a_large_one_not() -> None:
    assert "<noscript>" in webmap.map_html(map_data.town())
    big = webmap.MapData(title="x", cameras=map_data.cameras(webmap.NO_SCRIPT_ROWS))
    assert "<noscript>" not in webmap.map_html(big)


def test_changes_mark_the_cameras_and_bring_back_the_gone() -> None:
    diff = pd.DataFrame({"camera_id": ["cam-0001", "gone-1"], "change": ["added", "removed"]})
    diff = diff.assign(lon=[np.nan, -100.0], lat=[np.nan, 30.0])
    table = webmap._cameras(map_data.town(diff=diff)).set_index("camera_id")
    assert table.loc["cam-0001", "change"] == "added"
    assert table.loc["gone-1", "change"] == "removed"
    assert (table["change"] == "unchanged").sum() == 59


@pytest.mark.parametrize("column", ["camera_id", "lon"])
def test_a_table_that_is_no_table_of_cameras_is_refused(column: str) -> None:
    with pytest.raises(InputError, match=column):
        webmap.map_html(webmap.MapData(title="x", cameras=map_data.cameras().drop(columns=column)))


def test_two_cameras_of_one_id_are_refused() -> None:
    twice = pd.concat([map_data.cameras(), map_data.cameras(1)])
    with pytest.raises(InputError, match="same camera_id"):
        webmap.map_html(webmap.MapData(title="x", cameras=twice))


def test_land_distance_is_left_out_only_where_it_follows() -> None:
    reach = pd.DataFrame(
        {"camera_id": map_data.cameras()["camera_id"], "to_mexico_m": np.arange(60.0)}
    )
    reach["to_canada_m"] = reach["to_mexico_m"][::-1].to_numpy()
    reach["to_land_m"] = reach[["to_mexico_m", "to_canada_m"]].min(axis=1)
    follows = document(webmap.map_html(map_data.town(reach=reach)))
    assert follows["cameras"]["c"]["to_land_m"] == {
        "k": "min",
        "of": ["to_mexico_m", "to_canada_m"],
    }
    reach.loc[7, "to_land_m"] += 500
    apart = document(webmap.map_html(map_data.town(reach=reach)))
    assert apart["cameras"]["c"]["to_land_m"]["k"] != "min"


def test_reports_need_their_links() -> None:
    with pytest.raises(InputError, match="links"):
        webmap.map_html(map_data.town(links=None))


def test_shared_edges_of_counties_are_drawn_once() -> None:
    left, right = shapely.box(0, 0, 1, 1), shapely.box(1, 0, 2, 1)
    edges = basemap._inner_edges(np.array([left, right], dtype=object))
    assert shapely.length(edges).sum() == pytest.approx(1.0)


def test_a_country_has_the_whole_land_of_its_neighbors(monkeypatch: pytest.MonkeyPatch) -> None:
    land = land_polygons()
    land = land[land["geoid"] != "USA"]
    drawn: list[Any] = []
    monkeypatch.setattr(payload, "payload_shapes", lambda s, **_: drawn.append(s) or {})
    bbox = (-124.0, 25.0, -67.0, 49.0)
    basemap._abroad(land, bbox, basemap.DETAIL, False)
    shapes = drawn[0]
    bounds = shapely.total_bounds(shapes)
    assert np.abs(bounds - land.total_bounds).max() < 0.5
    whole = shapely.area(land.geometry.to_numpy()).sum()
    assert shapely.area(shapes).sum() == pytest.approx(whole, rel=0.03)
    # drawn by the even-odd rule: what lies twice would be a hole
    assert shapely.area(shapely.union_all(shapes)) == pytest.approx(shapely.area(shapes).sum())
    basemap._abroad(land, (-100.0, 30.0, -99.0, 31.0), basemap.DETAIL, True)
    assert len(drawn[1]) < len(shapes)


def test_on_a_picture_no_name_lies_on_another_or_under_the_legend(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Towns everywhere: those are named that have room."""
    kept: list[Any] = []
    own = staticmap.figures.finished
    monkeypatch.setattr(staticmap.figures, "finished", lambda c, **k: kept.append(c) or own(c, **k))

    def everywhere(seen: Any, **_: Any) -> pd.DataFrame:
        lon, lat = np.meshgrid(np.linspace(seen[0], seen[2], 12), np.linspace(seen[1], seen[3], 24))
        names = [f"Town {i}" for i in range(lon.size)]
        return pd.DataFrame({"name": names, "lon": lon.ravel(), "lat": lat.ravel()})

    monkeypatch.setattr(staticmap, "place_labels", everywhere)
    staticmap.draw_static(map_data.town())
    canvas = kept[0]
    # at its own size again: the picture was saved at another
    canvas.draw_without_rendering()
    texts = canvas.axes[0].texts
    boxes = [t.get_window_extent() for t in (*texts, *canvas.legends)]
    assert canvas.legends
    assert sum(t.get_text().startswith("Town") for t in texts) > 20
    assert not any(a.overlaps(b) for a, b in itertools.combinations(boxes, 2))
    assert [t.get_text() for t in texts if re.search(r"\d\.\d\d", t.get_text())] == []


def test_on_a_picture_no_name_hides_the_only_reader_of_its_town(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A name right on a reader gives way to it, and stays on the picture."""
    kept: list[Any] = []
    own = staticmap.figures.finished
    monkeypatch.setattr(staticmap.figures, "finished", lambda c, **k: kept.append(c) or own(c, **k))
    data = map_data.town()
    one = data.cameras.iloc[:1]
    there = pd.DataFrame({"name": ["Town"], "lon": one["lon"], "lat": one["lat"]})
    monkeypatch.setattr(staticmap, "place_labels", lambda *_, **__: there)
    staticmap.draw_static(replace(data, cameras=one))
    canvas = kept[0]
    canvas.draw_without_rendering()
    axes = canvas.axes[0]
    (name,) = (t for t in axes.texts if t.get_text() == "Town")
    dots = [line for line in axes.lines if line.get_marker() not in ("None", None, "")]
    (dot,) = (
        line.get_transform().transform(line.get_xydata()) for line in dots if len(line.get_xydata())
    )
    assert not name.get_window_extent().contains(*dot[0])


def test_a_watched_stretch_has_its_length_and_place() -> None:
    line = shapely.LineString([(-100.0, 30.0), (-100.0, 30.01), (-99.99, 30.01)])
    from alprmap import geo

    part = basemap.stretches([line], [100.0], [1500.0])[0]
    assert geo.length_m([part])[0] == pytest.approx(1400.0, rel=2e-3)
    start = shapely.get_point(part, 0)
    assert geo.distance_m(-100.0, 30.0, start.x, start.y) == pytest.approx(100.0, rel=2e-3)


def test_a_watched_point_still_shows() -> None:
    line = shapely.LineString([(-100.0, 30.0), (-100.0, 30.01)])
    assert shapely.length(basemap.stretches([line], [50.0], [50.0])[0]) > 0


def test_lines_of_a_corridor_are_joined_and_each_kept_once() -> None:
    a, b = shapely.LineString([(0, 0), (1, 0)]), shapely.LineString([(1, 0), (2, 0)])
    frame = gpd.GeoDataFrame(
        {"name": ["a", "b", "a again"]}, geometry=[a, b, shapely.reverse(a)], crs=4326
    )
    joined = layers._joined(frame)
    assert len(joined) == 1
    assert joined.geometry.iloc[0].length == pytest.approx(2.0)


def test_an_embedded_page_leaves_out_the_heavy_parts() -> None:
    found = document(webmap.map_html(map_data.town(), embed=True))
    assert "reports" not in found
    assert not {"roads", "counties"} & {layer["id"] for layer in found["layers"]}


def test_a_title_cannot_end_the_comment_or_the_head() -> None:
    html = page.html_document(title="--></title><b>", body="", styles=[], notice="a --> b -- c")
    assert [t for t, _ in Tags(html).tags].count("b") == 0


def test_payload_numbers_are_kept_to_their_stated_precision() -> None:
    table = map_data.cameras()
    scales = webmap._scales(table, embed=False)
    assert scales["lon"] == payload.POINT_SCALE
    assert scales["confidence"] == 100


@pytest.mark.parametrize("grid", [10.0, 100.0])
def test_a_filter_by_miles_counts_as_the_tables_do(grid: float) -> None:
    rng = np.random.default_rng(3)
    line = geo.STATUTE_MILE_M * np.arange(0, 2000, 5)
    near = np.r_[line, line + 0.01, line[1:] - 0.01, line + 49.0]
    far = pd.Series(np.r_[near, rng.uniform(0, 3e6, 5000), np.nan]).round(2)
    shown = webmap._by_miles(far, grid)
    assert (shown[shown.notna()] % grid == 0).all()
    assert shown.isna().tolist() == far.isna().tolist()
    assert (shown - far).abs().max() <= grid
    for miles in range(0, 2000, 25):
        limit = miles * geo.STATUTE_MILE_M
        assert (shown <= limit).tolist() == (far <= limit).tolist()


@pytest.mark.slow
def test_national_page_within_its_size(shared: Path) -> None:
    import gzip

    rows = json.loads(gzip.decompress((shared / "cameras" / "us-2026-01.json.gz").read_bytes()))
    frame = pd.DataFrame(rows)
    ids = frame["osmType"] + "/" + frame["osmId"].astype("str")
    table = frame[["lon", "lat", "operator"]].assign(
        camera_id=ids, vendor=frame["brand"], source_record=ids
    )
    from alprmap.geography import borders

    data = webmap.MapData(
        title="Nation", cameras=table, states=borders.states(), counties=borders.counties(),
        borders={"mexico": borders.load_border("mexico")},
    )  # fmt: skip
    assert len(webmap.map_html(data)) < 2_200_000
    assert len(webmap.map_html(data, embed=True)) < 1_000_000


def test_map_command_needs_a_page_name(tmp_path: Path) -> None:
    from alprmap.cli.map import map_

    with pytest.raises(UsageError, match="must end in"):
        map_(tmp_path / "cameras.csv", out=tmp_path / "map.txt")


def test_the_map_command_writes_page_picture_and_hand_outs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from alprmap import merge, sources
    from alprmap.cli.map import map_
    from alprmap.shipped import data_path

    reports = sources.read(data_path("demo/cameras.geojson")).reports
    merged = merge.merge(reports)
    merge.save_merge(merged, reports, tmp_path / "cameras.parquet")
    earlier = reports.iloc[5:].copy()
    earlier.loc[earlier.index[0], "lat"] += 0.01
    gone = reports.iloc[[0]].assign(report_id="cameras:node/1", source_record="node/1", lat=30.9)
    earlier = pd.concat([earlier, gone], ignore_index=True)
    merge.save_merge(merge.merge(earlier), earlier, tmp_path / "old.parquet")
    page_path, picture, folder = tmp_path / "map.html", tmp_path / "map.png", tmp_path / "files"
    map_(
        tmp_path / "cameras.parquet", out=page_path, before=tmp_path / "old.parquet", border=["mexico"],
        fictional=True, png=picture, hand_outs=folder, as_json=True,
    )  # fmt: skip
    said = json.loads(capsys.readouterr().out)
    # two of the demo's cameras were taken down: they are set aside and not drawn
    standing = int((merged.cameras["status"] != "removed").sum())
    assert said["cameras"] == standing == len(merged.cameras) - 2
    assert said["bytes"] == page_path.stat().st_size
    found = document(page_path.read_text("utf-8"))
    # five are new, one moved, one is gone and shown as such
    assert found["cameras"]["n"] == standing + 1
    assert set(found["cameras"]["c"]["change"]["w"]) == {"added", "removed", "moved", "unchanged"}
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert {p.name for p in folder.iterdir()} >= {"cameras.gpkg", "cameras.kmz", "datapackage.json"}
    with pytest.raises(UsageError, match="--force"):
        map_(tmp_path / "cameras.parquet", out=page_path)
    with pytest.raises(UsageError, match="BORDER:MILES"):
        map_(tmp_path / "cameras.parquet", out=tmp_path / "other.html", zone=["mexico"])
    with pytest.raises(UsageError, match=r"no border is called texas; use one of mexico, .*, port"):
        map_(tmp_path / "cameras.parquet", out=tmp_path / "other.html", zone=["texas:100"])
    with pytest.raises(UsageError, match=r"no line is called port; use one of mexico, .*, or none"):
        map_(tmp_path / "cameras.parquet", out=tmp_path / "other.html", border=["port"])
    assert not (tmp_path / "other.html").exists()


def test_same_bytes_under_another_hash_seed(tmp_path: Path) -> None:
    import os
    import subprocess
    import sys

    code = (
        "import hashlib, map_data; from alprmap.publish.map import webmap; "
        "print(hashlib.sha256(webmap.map_html(map_data.town()).encode()).hexdigest())"
    )
    seen = set()
    for seed in ("1", "2"):
        env = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": f"{Path(__file__).parents[1]}"}
        seen.add(
            subprocess.run(
                [sys.executable, "-c", code], env=env, capture_output=True, check=True
            ).stdout
        )
    assert len(seen) == 1
