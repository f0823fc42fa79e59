"""S12: every command about cameras says how many standing readers it counts, and what it set aside."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import small_nets as nets
from typer.testing import CliRunner

from alprmap.cli import app

KINDS: list[dict[str, str]] = [
    {},
    {},
    {},
    {"disused": "yes"},
    {"surveillance:type": "speed_camera"},
]
ASIDE = {"removed": 1, "speed": 1}
SENTENCE = "3 standing readers; set aside: 1 removed, 1 speed camera"


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three readers that stand, one that was removed and a speed camera, on two streets."""
    folder = tmp_path_factory.mktemp("counted")
    crossing = {0: (0, 0), 1: (1500, 0), 2: (3000, 0), 3: (1500, 1500)}
    street = {"name": "Main Street"}
    net = nets.roads(crossing, [(0, 1, street), (1, 2, street), (1, 3, street)])
    net.save(folder / "roads.parquet")
    features = []
    for i, more in enumerate(KINDS):
        lon, lat = nets.lonlat(300 + 500 * i, 5)
        tags = {"man_made": "surveillance", "surveillance:type": "ALPR", "direction": "180"}
        told = tags | {"@id": f"node/{i + 1}", "operator": "Sonora Police Department"} | more
        spot = {"type": "Point", "coordinates": [lon, lat]}
        features.append({"type": "Feature", "properties": told, "geometry": spot})
    whole = {"type": "FeatureCollection", "features": features}
    (folder / "cameras.geojson").write_text(json.dumps(whole))
    rows = [",".join(f"{v:.6f}" for v in nets.lonlat(x, y)) + ",10" for x, y in crossing.values()]
    (folder / "people.csv").write_text("lon,lat,people\n" + "\n".join(rows) + "\n")
    (folder / "declared.csv").write_text(
        "agency,state,declared,date\nSonora TX PD,TX,9,2026-01-01\n"
    )
    (folder / "shares.csv").write_text(
        "from_agency,to_agency,since,source\nSonora TX PD,Ozona TX PD,2026-01-01,letter\n"
    )
    return folder


COMMANDS: dict[str, list[str]] = {
    "read": [],
    "merge": ["--out", "{}/merged.parquet", "--force"],
    "watch": ["--roads", "{}/roads.parquet"],
    "coverage": ["--roads", "{}/roads.parquet", "--draws", "0", "--no-certainty"],
    "reach": ["--roads", "none"],
    "access": ["--shares", "{}/shares.csv", "--to", "Ozona TX PD"],
    "completeness": ["--declared", "{}/declared.csv", "--areas", "Texas"],
    "map": ["--out", "{}/map.html", "--force"],
}


def run(town: Path, command: str, *more: str) -> str:
    options = [text.replace("{}", str(town)) for text in COMMANDS[command]]
    made = CliRunner().invoke(app, [command, str(town / "cameras.geojson"), *options, *more])
    assert made.exit_code in (0, 3), made.output
    return made.stdout


@pytest.mark.parametrize("command", COMMANDS)
def test_S12_the_json_of_each_command_counts_standing_readers_and_the_rest(
    town: Path, command: str
) -> None:
    told: dict[str, Any] = json.loads(run(town, command, "--json"))
    assert (told["standing"], told["set_aside"]) == (3, ASIDE)


@pytest.mark.parametrize("command", [c for c in COMMANDS if c not in ("merge", "watch", "map")])
def test_S12_the_table_of_each_command_ends_with_what_was_counted(town: Path, command: str) -> None:
    assert f"counted: {SENTENCE}" in run(town, command).replace("\n", " ").replace("  ", " ")


@pytest.mark.parametrize("command", ["merge", "watch", "map"])
def test_S12_a_summary_has_both_as_rows(town: Path, command: str) -> None:
    text = run(town, command)
    assert "standing" in text
    assert str(ASIDE) in text or str(dict(reversed(ASIDE.items()))) in text


def test_S12_the_page_of_a_map_says_what_was_set_aside(town: Path) -> None:
    run(town, "map")
    page = (town / "map.html").read_text(encoding="utf-8")
    assert "standing" in page


@pytest.mark.parametrize("command", COMMANDS)
def test_S12_every_command_leaves_out_the_same_readers_of_another_country(
    town: Path, command: str, tmp_path: Path
) -> None:
    told = json.loads((town / "cameras.geojson").read_text())
    north = {**told["features"][0]}
    north["properties"] = north["properties"] | {"@id": "node/90"}
    north["geometry"] = {"type": "Point", "coordinates": [-79.383184, 43.653221]}
    mixed = tmp_path / "mixed"
    shutil.copytree(town, mixed)
    told["features"].append(north)
    (mixed / "cameras.geojson").write_text(json.dumps(told))
    found = json.loads(run(mixed, command, "--json"))
    assert (found["standing"], found["set_aside"]) == (3, ASIDE | {"in_canada": 1})
