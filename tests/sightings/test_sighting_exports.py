"""Exports of sightings: JOSM, change file, GPX, DeFlock's tags; and the command line around them."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import osmium
import pytest
import sighting_data as data
from typer.testing import CliRunner

from alprmap.cli import app
from alprmap.sightings import canonical, exports, sighting

geojson_validator = pytest.importorskip(
    "geojson_validator", reason="geojson-validator is not installed"
)

HOSTILE = '"><tag k="x" v="y"/> & </node> \x0b ]]> \u202e é'


def made(**properties: Any) -> sighting.Feature:
    return canonical.scrub(data.feature(**properties)).feature


FEW = [
    made(direction="360", manufacturer="flock", operator=HOSTILE, check_date="2026-01"),
    made(direction="unknown", evidence="photo", **{"camera:mount": "pole"}),
    made(direction="90;270", evidence="second-hand"),
    made(direction="45", **{"direction:reference": "magnetic"}),
]


def test_V10_josm_reads_negative_ids_and_never_uploads(tmp_path: Path) -> None:
    out = exports.josm(FEW)
    root = ET.fromstring(out.text)
    assert root.attrib["upload"] == "never"
    assert [n.attrib["id"] for n in root] == ["-1", "-2", "-3"]
    assert (out.kept, out.left_out) == (3, 1)
    path = tmp_path / "a.osm"
    path.write_text(out.text, "utf-8")
    nodes = {
        dict(o.tags).get("operator", o.id): dict(o.tags) for o in osmium.FileProcessor(str(path))
    }
    tagged = next(t for t in nodes.values() if "operator" in t)
    assert tagged["operator"] == made(operator=HOSTILE).properties.operator
    assert tagged["direction"] == "0", "OpenStreetMap writes north as 0"
    assert tagged["manufacturer:wikidata"] == "Q108485435"
    assert tagged["surveillance:zone"] == "traffic"
    # unknown and magnetic directions are no directions
    assert sum("direction" in t for t in nodes.values()) == 1


def test_V10_change_file_creates(tmp_path: Path) -> None:
    path = tmp_path / "a.osc"
    path.write_text(exports.osc(FEW).text, "utf-8")
    root = ET.parse(path).getroot()
    assert [child.tag for child in root] == ["create"]
    assert len(root[0]) == 3
    places = [(o.location.lon, o.location.lat) for o in osmium.FileProcessor(str(path))]
    assert places[0] == pytest.approx(data.AT)


def test_V10_gpx_is_read_back_by_our_own_door(tmp_path: Path) -> None:
    from alprmap import sources

    path = tmp_path / "survey.gpx"
    path.write_text(exports.gpx(FEW).text, "utf-8")
    reports = sources.read(path).reports
    assert len(reports) == 4
    assert reports["lat"].tolist() == pytest.approx([data.AT[1]] * 4)


def test_V10_deflock_tags_are_geojson() -> None:
    value = json.loads(exports.deflock(FEW).text)
    assert geojson_validator.validate_structure(value) == {}
    assert all(
        "licence" not in f["properties"] and "note" not in f["properties"]
        for f in value["features"]
    )


def test_V10_exports_do_not_depend_on_order() -> None:
    for writer in exports.WRITERS.values():
        assert writer(FEW).text == writer(FEW[::-1]).text


@pytest.mark.parametrize("suffix", sorted(exports.WRITERS))
def test_command_line(tmp_path: Path, suffix: str) -> None:
    source = data.write(tmp_path / "in.geojson", data.feature(direction="90"))
    out = tmp_path / f"out.{suffix}"
    words = ["sighting", "export", str(source), "--out", str(out)]
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 0, done.output
    rules = (tmp_path / "out.rules.txt").read_text("utf-8")
    assert "Verifiability" in rules
    assert "Import/Guidelines" in rules
    again = CliRunner().invoke(app, words)
    assert again.exit_code != 0
    assert CliRunner().invoke(app, [*words, "--force"]).exit_code == 0


def test_V10_personal_data_is_not_exported(tmp_path: Path) -> None:
    source = data.write(tmp_path / "in.geojson", data.feature(note="call 956-555-0134"))
    done = CliRunner().invoke(
        app, ["sighting", "export", str(source), "--out", str(tmp_path / "a.gpx")]
    )
    assert done.exit_code != 0
    assert not (tmp_path / "a.gpx").exists()


def test_new_passes_an_independent_validator(tmp_path: Path) -> None:
    out = tmp_path / "s.geojson"
    done = CliRunner().invoke(
        app, ["sighting", "new", "--at", "29.8150, -101.9052", "--out", str(out)]
    )
    assert done.exit_code == 0, done.output
    value = json.loads(out.read_text("utf-8"))
    assert geojson_validator.validate_structure(value, check_crs=True) == {}
    problems = geojson_validator.validate_geometries(value)
    assert problems["invalid"] == {}
    assert problems["problematic"] == {}
    assert CliRunner().invoke(app, ["sighting", "check", str(out)]).exit_code == 0


def test_codes_of_check(tmp_path: Path) -> None:
    good, asked, bad = (
        data.write(tmp_path / f"{n}.geojson", f)
        for n, f in (
            ("good", data.feature()),
            ("asked", data.feature(lat=29.82, direction="0")),
            ("bad", data.feature(lat=29.83, user="ann")),
        )
    )
    codes = [
        CliRunner().invoke(app, ["sighting", "check", str(p)]).exit_code for p in (good, asked, bad)
    ]
    assert codes == [0, 3, 1]
    both = CliRunner().invoke(app, ["sighting", "check", str(tmp_path), "--json"])
    value = json.loads(both.stdout)
    assert (value["sightings"], value["problems"], value["questions"], value["clean"]) == (
        3,
        1,
        1,
        1,
    )
    assert {
        "severity",
        "rule",
        "file",
        "line",
        "feature",
        "id",
        "what",
        "fix",
        "tier",
        "related",
        "distance_m",
    } == set(value["findings"][0])
    lines = (
        CliRunner().invoke(app, ["sighting", "check", str(bad), "--annotate"]).stdout.splitlines()
    )
    assert lines[0].startswith("::error file=")


def test_new_asks_for_a_place() -> None:
    done = CliRunner().invoke(app, ["sighting", "new"])
    assert done.exit_code != 0
    assert "no place was given" in str(done.exception)
    wrong = CliRunner().invoke(
        app, ["sighting", "new", "--at", "29.8, -101.9", "--license", "mine"]
    )
    assert "licence" in str(wrong.exception)


def test_new_in_a_terminal_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    from alprmap.cli import sighting as room

    class Terminal:
        @staticmethod
        def isatty() -> bool:
            return True

    answers = iter(
        ["29.8150, -101.9052", "unknown", "flock", "pole", "seen", "2026-01", "", "CC0-1.0"]
    )
    monkeypatch.setattr(room.sys, "stdin", Terminal())
    monkeypatch.setattr(room.typer, "prompt", lambda *_words, **_more: next(answers))
    printed: list[str] = []
    monkeypatch.setattr(room.common, "out", printed.append)
    room.new()
    properties = json.loads(printed[0])["features"][0]["properties"]
    assert properties["manufacturer"] == "Flock Safety"
    assert properties["direction"] == "unknown"
    assert "note" not in properties
