"""`alprmap roads` and `alprmap watch` from the outside: files, exit codes, stable keys."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pytest
import road_files

from alprmap.roads.network import Roads

WATCH_KEYS = {"cameras", "reading", "watches", "clear_winners", "arcs_per_reading_camera", "range_m", "width_deg",
              "facing", "min_share", "clear_share"}  # fmt: skip


def moved(opl: str) -> str:
    """The town at 100° W, 40° N."""
    opl = re.sub(r"\bx(-?[\d.]+)", lambda m: f"x{float(m[1]) - 100:.7f}", opl)
    return re.sub(r"\by(-?[\d.]+)", lambda m: f"y{float(m[1]) + 40:.7f}", opl)


@pytest.fixture
def call(alprmap_here: Any, tmp_path: Path) -> Any:
    # not at 0, 0, where the sources rightly believe no camera
    road_files.write(tmp_path / "town.osm.pbf", moved(road_files.TOWN))
    # one camera beside Main Street looking along it, one that looks away, one far off
    spots = [(1, -99.9997, 40.0001, "95"), (2, -99.9997, 40.0002, "340;350"), (3, -99.5, 40.5, "")]
    kind = {"man_made": "surveillance", "surveillance:type": "ALPR"}
    features = [
        {"type": "Feature", "geometry": {"type": "Point", "coordinates": [lon, lat]},
         "properties": {"id": f"node/{i}", **kind, "direction": d}}
        for i, lon, lat, d in spots
    ]  # fmt: skip
    text = json.dumps({"type": "FeatureCollection", "features": features})
    (tmp_path / "cameras.geojson").write_text(text)
    return alprmap_here


def test_roads_writes_one_file(call: Any, tmp_path: Path) -> None:
    code, out, _ = call("roads", "town.osm.pbf", "--out", "roads.parquet", "--json")
    assert code == 0
    said = json.loads(out)
    assert set(said) == {
        "segments",
        "road_km",
        "oneway_km",
        "restrictions",
        "data_timestamp",
        "sha256",
        "notice",
    }
    assert (said["segments"], said["restrictions"]) == (5, 1)
    assert len(Roads.load(tmp_path / "roads.parquet").segments) == 5
    assert call("roads", "town.osm.pbf", "--out", "roads.parquet")[0] == 2
    assert (
        call("roads", "town.osm.pbf", "--out", "roads.parquet", "--force", "--service", "all")[0]
        == 0
    )
    assert len(Roads.load(tmp_path / "roads.parquet").segments) == 6
    assert call("roads", "town.osm.pbf", "--out", "roads.geojson")[0] == 0
    assert len(gpd.read_file(tmp_path / "roads.geojson")) == 5


def test_roads_area(call: Any) -> None:
    code, out, _ = call(
        "roads", "town.osm.pbf", "--json", "--area=-100.0005,39.9995,-99.9995,40.0005"
    )
    assert (code, json.loads(out)["segments"]) == (0, 1)
    code, out, _ = call("roads", "town.osm.pbf", "--json", "--area", "near:cameras.geojson:0.04")
    assert (code, json.loads(out)["segments"]) == (0, 1)
    assert call("roads", "town.osm.pbf", "--area", "somewhere")[0] == 2


def test_roads_says_what_is_wrong(call: Any, tmp_path: Path) -> None:
    (tmp_path / "broken.osm.pbf").write_bytes((tmp_path / "town.osm.pbf").read_bytes()[:200])
    for name in ("broken.osm.pbf", "none.osm.pbf"):
        code, out, err = call("roads", name, "--out", "x.parquet")
        assert (code, out, err.count("\n")) == (1, "", 1)
        assert name in err
    assert not (tmp_path / "x.parquet").exists()
    road_files.write(tmp_path / "gaps.opl", road_files.TOWN.replace("n1,n2,n3", "n1,n2,n77,n3"))
    code, _, err = call("roads", "gaps.opl")
    assert code == 0
    assert "1 nodes of roads are not in the file" in err


def test_watch_writes_watches_and_the_unread(call: Any, tmp_path: Path) -> None:
    code, out, _ = call(
        "watch", "cameras.geojson", "--roads", "town.osm.pbf", "--out", "w.parquet", "--json"
    )
    assert code == 0
    said = json.loads(out)
    assert set(said) >= WATCH_KEYS
    assert (said["cameras"], said["reading"], said["watches"]) == (3, 1, 1)
    table, unread = pd.read_parquet(tmp_path / "w.parquet"), pd.read_csv(tmp_path / "w.unread.csv")
    assert table["travel"].tolist() == ["forward"]
    assert sorted(unread["reason"]) == ["no road in its view", "no road within 2 km"]
    assert call("watch", "cameras.geojson", "--roads", "town.osm.pbf", "--out", "w.parquet")[0] == 2
    code, _, _ = call(
        "watch",
        "cameras.geojson",
        "--roads",
        "town.osm.pbf",
        "--out",
        "p.geojson",
        "--facing",
        "either",
    )
    places = gpd.read_file(tmp_path / "p.geojson")
    assert code == 0
    assert set(places["road_name"]) == {"Main Street"}
    assert sorted(places["travel_deg"]) == [90.0, 270.0]


def test_watch_settings_and_plot(call: Any, tmp_path: Path) -> None:
    base = ("watch", "cameras.geojson", "--roads", "town.osm.pbf")
    said = json.loads(call(*base, "--json", "--level", "low", "--range", "12", "--width", "20")[1])
    assert (said["range_m"], said["width_deg"]) == (12.0, 20.0)
    assert call(*base, "--plot", "node/1", "--plot-out", "one.png")[0] == 0
    assert (tmp_path / "one.png").read_bytes()[:4] == b"\x89PNG"
    for wrong in (
        ("--plot", "node/9"),
        ("--range", "0"),
        ("--width", "180"),
        ("--plot-out", "x.png"),
        ("--level", "x"),
    ):
        assert call(*base, *wrong)[0] in (1, 2), wrong
    assert call(*base, "--plot", "node/1", "--plot-out", "one.png")[0] == 2


def test_online_asks_osmnx_and_nothing_else_does(
    call: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    import osmnx

    asked: list[Any] = []
    town = Roads.load  # the graph that "comes" is our own town, taken out and in again

    def came(what: Any, **options: Any) -> Any:
        assert options["network_type"] == "drive"
        assert osmnx.settings.use_cache is False
        asked.append(what)
        return graph

    assert call("roads", "town.osm.pbf", "--out", "town.parquet")[0] == 0
    graph = town(Path("town.parquet")).to_osmnx()
    monkeypatch.setattr(osmnx, "graph_from_place", came)
    monkeypatch.setattr(osmnx, "graph_from_polygon", came)
    assert asked == []
    assert call("roads", "--online", "Town, Texas", "--out", "fetched.parquet")[0] == 0
    assert (
        call("roads", "--online", "", "--area", "-101,39,-99,41", "--out", "boxed.parquet")[0] == 0
    )
    assert asked[0] == "Town, Texas"
    assert asked[1].bounds == (-101, 39, -99, 41)
    fetched, before = Roads.load(Path("fetched.parquet")), Roads.load(Path("town.parquet"))
    assert fetched.segments["length_m"].sum() == pytest.approx(before.segments["length_m"].sum())
    assert fetched.meta["notice"].startswith("© OpenStreetMap")


def test_online_fails_in_one_line(call: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    import osmnx

    def fails(*_: Any, **__: Any) -> Any:
        raise ConnectionError("no way out")

    monkeypatch.setattr(osmnx, "graph_from_place", fails)
    code, _, err = call("roads", "--online", "Town, Texas")
    assert code == 1
    assert "no way out" in err
    assert call("roads")[0] == 2
    assert call("roads", "town.osm.pbf", "--online", "x")[0] == 2
    assert osmnx.settings.use_cache is True


def test_coverage_of_roads_that_no_camera_reads_is_refused(call: Any, tmp_path: Path) -> None:
    away = {"type": "Point", "coordinates": [-95.512345, 40.512345]}
    tags = {
        "id": "node/9",
        "man_made": "surveillance",
        "surveillance:type": "ALPR",
        "direction": "90",
    }
    one = {
        "type": "FeatureCollection",
        "features": [{"type": "Feature", "geometry": away, "properties": tags}],
    }
    (tmp_path / "away.geojson").write_text(json.dumps(one))
    code, out, err = call("coverage", "away.geojson", "--roads", "town.osm.pbf", "--json")
    assert (code, out) == (1, "")
    assert "none of the 1 camera" in err


def test_locate_says_what_saved_roads_do_not_know(call: Any) -> None:
    assert call("roads", "town.osm.pbf", "--out", "roads.parquet")[0] == 0
    names = sorted({str(n) for n in Roads.load(Path("roads.parquet")).segments["name"].dropna()})
    text = f"{names[0]} & {names[1]}"
    for roads, said in (("roads.parquet", True), ("town.osm.pbf", False)):
        _, _, err = call("locate", text, "--roads", roads)
        assert ("mileposts, exits and towns are in an extract" in err) == said


def test_N9_watch_in_tiles_is_watch(call: Any, tmp_path: Path) -> None:
    assert call("roads", "town.osm.pbf", "--out", "tiles")[0] == 0
    plain = call("watch", "cameras.geojson", "--roads", "town.osm.pbf", "--out", "a.csv", "--json")
    tiled = call("watch", "cameras.geojson", "--roads", "tiles", "--out", "b.csv", "--json")
    assert plain[:2] == tiled[:2]
    for name in ("csv", "unread.csv"):
        assert (tmp_path / f"a.{name}").read_bytes() == (tmp_path / f"b.{name}").read_bytes()
    drawn = call("watch", "cameras.geojson", "--roads", "tiles", "--out", "c.geojson")
    assert drawn[0] == 0


def test_N9_a_scheduler_wants_a_folder_and_a_closed_line(call: Any) -> None:
    words = ("watch", "cameras.geojson", "--roads", "town.osm.pbf", "--scheduler")
    code, _, err = call(*words, "tcp://127.0.0.1:9")
    assert (code, "alprmap roads" in err) == (2, True)
    code, _, err = call(*words, "tcp://192.0.2.1:8786")
    assert (code, "tls://" in err) == (2, True)


def test_N7_roads_options_are_all_used(call: Any) -> None:
    road_files.write(
        Path("east.osm.pbf"),
        moved(
            "n81 v1 dV x0.010 y0\nn82 v1 dV x0.011 y0\nn83 v1 dV x0.0105 y0\nn84 v1 dV x0.0105 y0.001\n"
            "w80 v1 dV Thighway=primary,name=Elm%20%Street Nn81,n83,n82\n"
            "w81 v1 dV Thighway=primary,name=Oak%20%Street Nn83,n84\n"
        ),
    )
    both = ("--roads", "town.osm.pbf", "--roads", "east.osm.pbf", "--json")
    for place in ("Main St & Side Rd", "Elm St & Oak St"):
        code, out, _ = call("locate", place, *both)
        assert (code, json.loads(out)["located_by"]) == (0, "crossing")
    assert call("watch", "cameras.geojson", *both)[0] == 0
    code, out, err = call("watch", "cameras.geojson", "--roads", "none.osm.pbf", *both)
    assert (code, out) == (1, "")
    assert "none.osm.pbf" in err
