"""Checking sightings: places, duplicates, devices that read no plates, personal data, annotations."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely
import sighting_data as data
from hypothesis import given, settings
from hypothesis import strategies as st

from alprmap import geo
from alprmap import personal as shared
from alprmap.errors import InputError
from alprmap.shipped import data_path
from alprmap.sightings import (
    canonical,
    check,
    check_files,
    files,
    findings,
    known,
    personal,
    places,
    sighting,
)

NAN = float("nan")


def run(
    tmp_path: Path, *features: dict[str, Any], members: dict[str, Any] | None = None, **more: Any
) -> Any:
    return check.check_sightings(
        [files.read_sightings(data.write(tmp_path / "in.geojson", *features, **(members or {})))],
        **more,
    )


def said(checked: Any) -> list[tuple[str, str]]:
    return [(f.rule, f.severity) for f in checked.findings]


def moved(east_m: float, north_m: float = 0.0) -> tuple[float, float]:
    lon, lat = geo.destination(*data.AT, 90.0, east_m)
    lon, lat = geo.destination(float(lon), float(lat), 0.0, north_m)
    return float(lon), float(lat)


def at(*devices: tuple[float, list[float]], device: str = "alpr") -> known.Known:
    """Known devices so many meters east of the sighting, with headings."""
    points = [moved(m) for m, _ in devices]
    return known.made(
        [f"node/{i + 1}" for i in range(len(devices))],
        [p[0] for p in points],
        [p[1] for p in points],
        [h for _, h in devices],
        device=[device] * len(devices),
        label=[""] * len(devices),
    )


def test_a_good_one_is_clean(tmp_path: Path) -> None:
    checked = run(
        tmp_path, data.feature(direction="90", note="on the arm of the lights, US 83 @ Mines Rd")
    )
    assert checked.findings == ()
    assert checked.exit_code == 0
    assert checked.as_dict()["clean"] == 1


@pytest.mark.parametrize(
    ("meters", "heading", "tier"),
    [
        (0, "90", "same"),
        (14, "126", "same"),
        (14, "127", "nearby"),
        (14, "unknown", "likely"),
        (14, "270", "nearby"),
        (16, "unknown", "nearby"),
        (39, "90", "likely"),
        (41, "90", "nearby"),
        (99, "unknown", "nearby"),
        (101, "90", None),
    ],
)
def test_V4_tiers_of_duplicates(
    tmp_path: Path, meters: float, heading: str, tier: str | None
) -> None:
    checked = run(tmp_path, data.feature(direction=heading), cameras=at((meters, [90.0])))
    found = [f.tier for f in checked.findings if f.rule == "V4"]
    assert found == ([tier] if tier else [])
    assert checked.exit_code == (3 if tier in ("same", "likely") else 0)
    if tier:
        assert checked.findings[0].related == "node/1"
        assert checked.findings[0].distance_m == pytest.approx(meters, abs=0.11)


def test_V4_another_head_on_the_pole_is_no_duplicate(tmp_path: Path) -> None:
    checked = run(tmp_path, data.feature(direction="270"), cameras=at((1, [90.0])))
    assert [f.severity for f in checked.findings] == ["note"]
    assert "another head" in checked.findings[0].what
    # one of two heads is enough to be the same camera
    assert (
        run(tmp_path, data.feature(direction="270"), cameras=at((1, [90.0, 275.0])))
        .findings[0]
        .tier
        == "same"
    )


def test_V4_a_rough_place_asks_farther(tmp_path: Path) -> None:
    rough = data.feature(direction="90", position_error_m=60)
    assert run(tmp_path, rough, cameras=at((110, [90.0]))).findings[0].tier == "likely"
    assert run(tmp_path, data.feature(direction="90"), cameras=at((110, [90.0]))).findings == ()


def test_V4_at_most_three_of_a_tier_are_told(tmp_path: Path) -> None:
    many = at(*[(50 + i, []) for i in range(8)])
    checked = run(tmp_path, data.feature(), cameras=many)
    assert [f.related for f in checked.findings] == ["node/1", "node/2", "node/3"]


def test_V9_exact_zero_is_no_heading(tmp_path: Path) -> None:
    checked = run(tmp_path, data.feature(direction="0"), cameras=at((5, [0.0])))
    assert ("V9", "question") in said(checked)
    assert [f.tier for f in checked.findings if f.rule == "V4"] == ["likely"]
    asserted = run(tmp_path, data.feature(direction="360"), cameras=at((5, [0.0])))
    assert [f.tier for f in asserted.findings] == ["same"]


def test_V4_among_themselves(tmp_path: Path) -> None:
    lon, lat = moved(4)
    checked = run(tmp_path, data.feature(direction="90"), data.feature(lon, lat, direction="95"))
    assert [(f.feature, f.tier) for f in checked.findings] == [(2, "same")]
    two_heads = run(tmp_path, data.feature(direction="90"), data.feature(direction="270"))
    assert two_heads.exit_code == 0


def test_V5_known_devices_that_read_no_plates(tmp_path: Path) -> None:
    checked = run(tmp_path, data.feature(), others=at((25, []), (30, []), device="red_light"))
    assert said(checked) == [("V5", "question")]
    assert "red-light camera is known 25 m away" in checked.findings[0].what


@pytest.mark.parametrize(
    ("lon", "lat", "severity", "words"),
    [
        (-100.0, 22.0, "problem", "Mexico"),
        (-101.9052, 29.70, "problem", "Mexico"),
        (-79.38, 43.65, "problem", "Canada"),
        (2.35, 48.86, "problem", "outside the United States"),
        (29.8150, -85.0, "problem", "outside"),
        (101.9052, 29.8150, "problem", "minus sign"),
        (29.8150, -101.9052, "", "degrees"),
        (-40.0, 30.0, "problem", "outside"),
        (-80.115, 25.77, "question", "water"),
        (0.0, 0.0, "problem", "placeholder"),
    ],
)
def test_V2_places_that_cannot_be(
    tmp_path: Path, lon: float, lat: float, severity: str, words: str
) -> None:
    checked = run(tmp_path, data.feature(lon, lat))
    if not severity:  # a latitude of -101 is refused by the format
        assert said(checked)[0] == ("V1", "problem")
        return
    found = [f for f in checked.findings if f.rule == "V2"]
    assert [f.severity for f in found] == [severity], checked.findings
    assert words in found[0].what
    anywhere = run(tmp_path, data.feature(lon, lat), settings=check.SightingSettings(anywhere=True))
    assert not [f for f in anywhere.findings if f.rule == "V2"]


@pytest.mark.parametrize(
    ("lon", "lat"),
    [
        (-106.485, 31.761),
        (-99.507, 27.506),
        (-157.858, 21.307),
        (-66.11, 18.45),
        (-122.33, 47.61),
        (-87.63, 41.88),
        (-149.9, 61.2),
    ],
)
def test_V2_places_that_can_be(tmp_path: Path, lon: float, lat: float) -> None:
    assert run(tmp_path, data.feature(lon, lat)).exit_code == 0


def test_V2_swapped_axes_are_told() -> None:
    found = places.outside([47.6], [-122.3 + 40], border_m=60)
    assert found[0][0] == "problem"


def test_V3_road_within_80_m(tmp_path: Path) -> None:
    lon, lat = data.AT
    road = gpd.GeoDataFrame(
        geometry=[shapely.linestrings([[lon - 0.01, lat], [lon + 0.01, lat]])], crs=4326
    )
    for meters, exit_code in ((0, 0), (79.5, 0), (80.5, 3), (500, 3)):
        x, y = moved(0, meters)
        checked = run(tmp_path, data.feature(x, y), roads=road)
        assert checked.exit_code == exit_code, meters
        away = places.road_distance_m([x], [y], road, within_m=1000)
        assert away[0] == pytest.approx(meters, abs=0.02)
    # the vertices are far: the line counts, not its points
    assert np.isnan(places.road_distance_m([lon], [lat + 0.1], road, within_m=1000)[0])


def test_V2_a_bridge_over_water_is_no_question(tmp_path: Path) -> None:
    road = gpd.GeoDataFrame(
        geometry=[shapely.linestrings([[-80.13, 25.77], [-80.10, 25.77]])], crs=4326
    )
    assert run(tmp_path, data.feature(-80.115, 25.77), roads=road).exit_code == 0


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("mail ann.b+x@example.org", "e-mail"),
        ("ann (at) example.org", "e-mail"),
        ("956-555-0134", "phone"),
        ("(956) 555-0134", "phone"),
        ("+52 867 711 2233", "phone"),
        ("tell @ann_b", "account"),
        ("u/annb on it", "account"),
        ("instagram.com/annb", "account"),
        ("123-45-6789", "social security number"),
        ("plate KBP 1234", "number plate"),
        ("placa: ABC-12-34", "number plate"),
        ("a white car 7ABC123", "number plate"),
        ("seen at 14:32", "time of day"),
        ("at 2:30 pm", "time of day"),
        ("5 p.m. today", "time of day"),
        ("2026-01-15T10:11", "time of day"),
        ("192.168.1.20", "internet address"),
        ("00:1a:2B:3c:4d:5e", "device serial"),
        ("IMEI 356938035643809", "device serial"),
        ("S/N FKT04407", "device serial"),
        ("/home/ann/pic", "file on a computer"),
        ("IMG_20260115_1.jpg", "file on a computer"),
        ("I live at 29.81234, -101.90521", "further coordinates"),
        ("Officer Perez told me", "name of a person"),
        ("John Smith saw it", "name of a person"),
        ("María López lo vio", "name of a person"),
        ("soy Ana", "name of a person"),
        ("reported by Lee", "name of a person"),
        ("９５６-５５５-０１３４", "phone"),
        ("a\u200bnn@ex\u200bample.org", "e-mail"),
    ],
)
def test_V6_personal_data_is_found_and_named(tmp_path: Path, text: str, kind: str) -> None:
    assert kind in [f.kind for f in personal.in_text(personal.clean(text))]
    checked = run(tmp_path, data.feature(note=text))
    named = [f for f in checked.findings if f.rule == "V6" and kind in f.what]
    assert named
    assert checked.exit_code == (1 if any(f.severity == "problem" for f in checked.findings) else 3)
    # what was found is not repeated, because the output of a check is published
    assert not any(text[:12] in f.what for f in checked.findings)
    assert not [
        f for f in personal.in_text(personal.redact(personal.clean(text))) if f.kind == kind
    ]


@pytest.mark.parametrize(
    "text",
    [
        "I-35 @ Mines Rd",
        "US 83 @ Mines Rd",
        "US83 @Mines Rd",
        "HWY 359 near FM 1472 and US 90",
        "TX 359 @ SR-128",
        "3RD ST 1200 BLK",
        "Martin Luther King Blvd",
        "James Madison Parkway",
        "this is on the pole",
        "seen by a friend",
        "pole 30, 12.5 ft up",
        "CSAH 14 west of US 59",
        "11 W/B 3rd Av/Humboldt St",
        "Cesar Chavez Ave at San Jose St",
        "two heads, one each way",
        "mile 12.5, exit 4A",
        "SH 130 toll, LOOP 1604",
        "near San Antonio College",
        "visto en un poste negro",
        "opposite Joe Battle Blvd",
    ],
)
def test_V6_what_is_written_of_roads_is_not_personal(text: str) -> None:
    assert personal.in_text(text) == []


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("author", "author"),
        ("User Name", "author"),
        ("@uid", "author"),
        ("created_at", "precise time"),
        ("DateTimeOriginal", "precise time"),
        ("exif:Make", "device"),
        ("BodySerialNumber", "device"),
        ("ele", "GPS track"),
        ("exif:Whatever", "photo data"),
        ("xmp.CreatorTool", "photo data"),
        ("email", "e-mail"),
    ],
)
def test_V6_fields_of_identity_are_named(tmp_path: Path, name: str, kind: str) -> None:
    checked = run(tmp_path, data.feature(**{name: "x"}))
    assert any(f.rule == "V6" and kind in f.what for f in checked.findings), checked.findings
    assert checked.exit_code == 1
    top = run(tmp_path, data.feature(), members={name: "x"})
    assert top.exit_code == 1
    feature = data.feature()
    feature[name] = "x"
    assert run(tmp_path, feature).exit_code == 1


def test_V6_tracks_photos_and_data_uris(tmp_path: Path) -> None:
    track = data.feature()
    track["geometry"] = {"type": "LineString", "coordinates": [[-101.9, 29.8], [-101.8, 29.8]]}
    assert ("V6", "problem") in said(run(tmp_path, track))
    assert ("V6", "problem") in said(
        run(tmp_path, data.feature(extra="data:image/jpeg;base64,AAAA"))
    )
    hidden = data.feature(extra={"deep": [{"a": "ann@example.org"}]})
    assert any("e-mail" in f.what for f in run(tmp_path, hidden).findings)


def test_other_axes_are_refused(tmp_path: Path) -> None:
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::3857"}}
    assert run(tmp_path, data.feature(), members={"crs": crs}).exit_code == 1
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:OGC:1.3:CRS84"}}
    assert run(tmp_path, data.feature(), members={"crs": crs}).exit_code == 0
    assert run(tmp_path, data.feature(), members={"format": "alprmap-sighting/9"}).exit_code == 1


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=12),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from([*sighting.names(), "type", "id", "geometry", "properties", "x"]),
            inner,
            max_size=5,
        )
    ),
    max_leaves=8,
)


@settings(max_examples=150)
@given(
    change=st.dictionaries(st.sampled_from(sighting.names()), JSON, max_size=4),
    whole=JSON,
    point=JSON,
)
def test_no_json_makes_it_crash(change: Any, whole: Any, point: Any) -> None:
    made = data.feature()
    made["properties"].update(change)
    bent = {**data.feature(), "geometry": {"type": "Point", "coordinates": point}}
    file = files.SightingFile(
        "x",
        tuple(files.Raw(v, i + 1, 1) for i, v in enumerate((made, whole, bent))),
        {"type": "FeatureCollection"},
    )
    checked = check.check_sightings([file])
    assert checked.sightings == 3
    assert json.dumps(checked.as_dict(), allow_nan=False)
    for value in (made, whole, bent):
        with contextlib.suppress(InputError):
            canonical.scrub(value)


@pytest.mark.parametrize(
    "unit", ["a", "tag ", "serial ", "@", "a@a.", "1", "1-", "img_1234", "John ", ".", "１"]
)
def test_long_texts_do_not_stop_the_patterns(unit: str) -> None:
    # quadratic patterns would run for hours here
    for line in shared.patterns():
        for _ in line.regex.finditer(unit * 60_000):
            pass
    personal.in_text(unit * 1_000_000)


@pytest.mark.parametrize(
    "value",
    [
        None,
        3,
        "x",
        [],
        {},
        {"type": "Feature"},
        {"type": "Feature", "properties": None},
        {"type": "Feature", "properties": {"note": {"a": 1}}, "geometry": 4},
    ],
)
def test_anything_at_all_is_a_finding_not_a_crash(tmp_path: Path, value: Any) -> None:
    path = tmp_path / "odd.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [value]}))
    assert check.check_sightings([files.read_sightings(path)]).exit_code == 1


def test_annotations_cannot_be_broken_out_of(tmp_path: Path) -> None:
    hostile = "x\n::error file=a::b\r%0A::warning::"
    checked = run(tmp_path, data.feature(**{hostile: "x", "evidence": hostile}))
    lines = list(findings.ci_lines(checked))
    assert len(lines) >= 2
    for line in lines:
        assert line.startswith("::error file=")
        assert "\n" not in line
        assert "\r" not in line
        assert line.count("%0A") == 0


def test_findings_do_not_depend_on_the_order_of_known_cameras(tmp_path: Path) -> None:
    one = at((30, [90.0]), (5, [85.0]), (20, []))
    order = [2, 0, 1]
    two = known.Known(
        tuple(one.ids[i] for i in order),
        one.lon[order],
        one.lat[order],
        one.headings[order],
        tuple(one.device[i] for i in order),
        tuple(one.label[i] for i in order),
    )
    first, second = (run(tmp_path, data.feature(direction="90"), cameras=k) for k in (one, two))
    assert first.findings == second.findings


def test_V4_removed_cameras_are_not_known(tmp_path: Path) -> None:
    path = tmp_path / "cameras.geojson"
    tags = {"man_made": "surveillance", "surveillance:type": "ALPR", "direction": "90;270"}
    gone = {"removed:man_made": "surveillance", "surveillance:type": "ALPR"}
    path.write_text(
        json.dumps(
            {
                "type": "FeatureCollection",
                "features": [
                    {
                        "type": "Feature",
                        "id": 1,
                        "geometry": {"type": "Point", "coordinates": list(data.AT)},
                        "properties": tags,
                    },
                    {
                        "type": "Feature",
                        "id": 2,
                        "geometry": {"type": "Point", "coordinates": list(moved(50))},
                        "properties": gone,
                    },
                ],
            }
        )
    )
    found = known.read_known(path)
    assert len(found) == 1
    assert found.headings[0][:2].tolist() == [90.0, 270.0]


@pytest.mark.slow
def test_ten_thousand_against_the_country(shared: Path, tmp_path: Path) -> None:
    devices = known.read_known(shared / "cameras" / "us-2026-01.json.gz")
    assert len(devices) > 61_000
    few = [
        data.feature(float(x), float(y), direction="unknown")
        for x, y in zip(devices.lon[::40], devices.lat[::40], strict=True)
    ]
    checked = run(tmp_path, *few, cameras=devices)
    # each stands on a camera: same where the camera has no heading either, likely otherwise
    assert (
        sum(
            any(f.tier == "likely" for f in checked.findings if f.feature == n + 1)
            for n in range(200)
        )
        == 200
    )


def test_one_call_gives_the_sightings_and_what_was_found(tmp_path: Path) -> None:
    lon, lat = moved(4)
    same = (data.feature(direction="90"), data.feature(lon, lat, direction="95"))
    path = data.write(tmp_path / "mine.geojson", *same, {"type": "Feature"})
    result = check_files([path], roads=[data_path("demo/roads.osm.pbf")])
    tables = result.tables()
    # the third is no sighting: it is a finding, and no point
    assert tables["sightings"]["direction"].tolist() == ["90", "95"]
    assert tables["sightings"].crs == "EPSG:4326"
    assert result.counts()["sightings"] == 3
    assert len(tables["findings"]) == len(result.checked.findings) > 1
    # what was read is taken as well as its path, and the answer is the same
    again = check_files([files.read_sightings(path)], roads=[data_path("demo/roads.osm.pbf")])
    assert again.tables()["findings"].equals(tables["findings"])
    written = result.save(tmp_path / "out.geojson")
    assert [p.name for p in written] == ["out.geojson", "out.findings.csv", "out.claims.csv"]
    assert "<strong>Sightings</strong>" in result._repr_html_()
