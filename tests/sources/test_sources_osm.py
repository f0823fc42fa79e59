"""OSM objects: what tags say in every container, and deleted objects stay deleted (S7)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import osmium
import pytest

from alprmap import sources
from alprmap.sources.fields import short_names, tags_of_osm

ALPR = {"man_made": "surveillance", "surveillance:type": "ALPR"}
TAGS: list[tuple[dict[str, str], str, str]] = [
    (ALPR, "alpr", "standing"),
    ({**ALPR, "surveillance:type": "camera;ALPR"}, "alpr", "standing"),
    ({**ALPR, "surveillance:type": "gunshot_detector"}, "other", "standing"),
    ({**ALPR, "surveillance:type": "camera"}, "cctv", "standing"),
    ({**ALPR, "disused:surveillance": "public"}, "alpr", "removed"),
    ({**ALPR, "planned:surveillance": "outdoor"}, "alpr", "planned"),
    ({**ALPR, "was:surveillance": "public", "surveillance": "outdoor"}, "alpr", "standing"),
    ({"ruined:man_made": "surveillance", "surveillance:type": "ALPR"}, "alpr", "removed"),
    ({"man_made": "surveillance", "surveillance": "public"}, "cctv", "standing"),
    ({"man_made": "surveillance", "manufacturer": "Flock Safety"}, "unknown", "standing"),
    ({"highway": "speed_camera"}, "speed", "standing"),
    ({"highway": "speed_camera", "enforcement": "traffic_signals"}, "red_light", "standing"),
    ({**ALPR, "disused": "yes"}, "alpr", "removed"),
    ({**ALPR, "operational_status": "closed"}, "alpr", "removed"),
    ({**ALPR, "operational_status": "operational"}, "alpr", "standing"),
    ({**ALPR, "end_date": "2024-05"}, "alpr", "removed"),
    ({**ALPR, "end_date": "2099"}, "alpr", "standing"),
    ({**ALPR, "start_date": "2099-01-01"}, "alpr", "planned"),
    ({**ALPR, "was:surveillance:type": "ALPR", "surveillance:type": "camera"}, "cctv", "standing"),
    ({"man_made": "surveillance", "disused:surveillance:type": "ALPR"}, "alpr", "removed"),
    (
        {"man_made": "mast", "removed:man_made": "surveillance", **{"surveillance:type": "ALPR"}},
        "alpr",
        "removed",
    ),
    ({"removed:highway": "speed_camera"}, "speed", "removed"),
]
TAGS += [
    ({f"{p}:man_made": "surveillance", "surveillance:type": "ALPR"}, "alpr", status)
    for p, status in [
        ("disused", "removed"),
        ("abandoned", "removed"),
        ("removed", "removed"),
        ("razed", "removed"),
        ("demolished", "removed"),
        ("was", "removed"),
        ("planned", "planned"),
        ("proposed", "planned"),
        ("construction", "planned"),
    ]
]


def osm(path: Path) -> None:
    with osmium.SimpleWriter(str(path), overwrite=True) as out:
        for i, (tags, *_) in enumerate(TAGS, 1):
            node = osmium.osm.mutable.Node(
                id=i, version=1, visible=True, location=(-83, 40), tags=tags
            )
            out.add_node(node)


def geojson(path: Path) -> None:
    features = [
        {
            "type": "Feature",
            "id": f"node/{i}",
            "properties": {"@id": f"node/{i}", **tags},
            "geometry": {"type": "Point", "coordinates": [-83, 40]},
        }
        for i, (tags, *_) in enumerate(TAGS, 1)
    ]
    path.write_text(
        json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8"
    )


def overpass(path: Path) -> None:
    elements = [
        {"type": "node", "id": i, "lat": 40.0, "lon": -83.0, "tags": tags}
        for i, (tags, *_) in enumerate(TAGS, 1)
    ]
    path.write_text(
        json.dumps({"generator": "Overpass API", "elements": elements}), encoding="utf-8"
    )


def bundle(path: Path) -> None:
    rows = [
        {"osmId": i, "osmType": "node", "lat": 40.0, "lon": -83.0, "tags": tags}
        for i, (tags, *_) in enumerate(TAGS, 1)
    ]
    path.write_text(json.dumps(rows), encoding="utf-8")


CONTAINERS = {
    "a.osm": osm, "a.osm.pbf": osm, "a.osc": osm, "a.opl": osm, "a.osm.gz": osm,
    "a.geojson": geojson, "overpass.json": overpass, "bundle.json": bundle,
}  # fmt: skip


@pytest.mark.parametrize("name", CONTAINERS)
def test_S7_tags_mean_the_same_in_every_container(tmp_path: Path, name: str) -> None:
    CONTAINERS[name](tmp_path / name)
    found = sources.read(tmp_path / name).reports
    got = {
        r.source_record: (r.device, r.status)
        for r in found[["source_record", "device", "status"]].itertuples()
    }
    assert got == {f"node/{i}": (d, s) for i, (_, d, s) in enumerate(TAGS, 1)}


def test_S7_tags_that_speak_of_no_device() -> None:
    assert tags_of_osm.read({"highway": "residential", "start_date": "2099"}) is None
    assert tags_of_osm.read({"Camera Type": "Red Light", "status": "planned"}) is None
    # what a date says depends on when it is asked
    assert tags_of_osm.read({**ALPR, "start_date": "2026-06"}, as_of="2026-01-28") == (
        tags_of_osm.Tagged("alpr", "planned")
    )


@pytest.mark.parametrize("suffix", [".osh.pbf", ".osh", ".osh.gz", ".osc", ".opl"])
def test_S7_the_newest_version_counts(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"history{suffix}"
    header = osmium.io.Header()
    header.has_multiple_object_versions = True
    node = osmium.osm.mutable.Node
    with osmium.SimpleWriter(str(path), header=header) as out:
        for number, version, visible, tags in [
            (1, 1, True, ALPR), (1, 2, True, {**ALPR, "direction": "45"}),
            (2, 1, True, ALPR), (2, 2, False, {}),
            (3, 1, True, ALPR), (3, 2, True, {"highway": "street_lamp"}),
            (4, 1, True, ALPR), (4, 2, False, {}), (4, 3, True, ALPR),
        ]:  # fmt: skip
            place = (-83, 40) if visible else None
            out.add_node(
                node(id=number, version=version, visible=visible, location=place, tags=tags)
            )
    found = sources.read(path)
    assert found.reports["source_record"].tolist() == ["node/1", "node/4"]
    assert found.reports["direction_raw"].iloc[0] == "45"
    assert "deleted" in " ".join(found.tally["skipped"].values())


TAG = '<tag k="man_made" v="surveillance"/><tag k="surveillance:type" v="ALPR"/>'


@pytest.mark.parametrize(
    "mark", ['action="delete"', "action='delete'", 'visible="false" version="3"']
)
def test_S7_what_an_editor_deleted_is_gone(tmp_path: Path, mark: str) -> None:
    path = tmp_path / "edit.osm"
    path.write_text(
        f'<osm version="0.6"><node id="1" user="a&gt;b" {mark} lat="40" lon="-83">{TAG}</node>'
        f'<node id="-2" action="modify" lat="40" lon="-83">{TAG}</node></osm>'
    )
    assert sources.read(path).tally["rows"] == 1


def test_S7_a_history_of_the_api_as_json(tmp_path: Path) -> None:
    versions: list[dict[str, Any]] = [
        {"type": "node", "id": 1, "version": 1, "lat": 40.0, "lon": -83.0, "tags": ALPR},
        {"type": "node", "id": 1, "version": 2, "visible": False},
        {"type": "node", "id": 2, "version": 1, "lat": 40.0, "lon": -83.0, "tags": ALPR},
        {"type": "node", "id": 2, "version": 2, "lat": 40.1, "lon": -83.0, "tags": ALPR},
    ]
    path = tmp_path / "history.json"
    path.write_text(json.dumps({"generator": "openstreetmap-cgimap", "elements": versions}))
    found = sources.read(path).reports
    assert found[["source_record", "lat"]].to_numpy().tolist() == [["node/2", 40.1]]


def test_S2_the_remark_of_a_server_that_broke_off(tmp_path: Path) -> None:
    path = tmp_path / "answer.osm"
    path.write_text(
        f'<osm version="0.6"><node id="1" lat="40" lon="-83">{TAG}</node>'
        "<remark> runtime error: Query timed out </remark></osm>"
    )
    assert "timed out" in " ".join(sources.read(path).tally["cut"].values())


@pytest.mark.parametrize(
    ("short", "values", "whole"),
    [
        ("surveillan", ["ALPR", "camera"], "surveillance:type"),
        ("surveillan", ["public"], "surveillance"),
        ("surveill_1", ["ALPR"], "surveillance:type"),
        ("camera_dir", ["90"], "camera:direction"),
        ("manufactur", ["Flock Safety"], "manufacturer"),
        ("manufactur", ["Q123"], "manufacturer:wikidata"),
        ("Install_Da", ["2024-05-01"], "install date"),
        ("direction", ["90"], None),
        ("OBJECTID_1", [1], None),
    ],
)
def test_S1_names_of_ten_letters(short: str, values: list[Any], whole: str | None) -> None:
    assert short_names.full(short, values) == whole
