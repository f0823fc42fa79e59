"""From a volunteer to the map on the fictional county: new, check, add, read, merge, map (issue's
round trip)."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from typer.testing import CliRunner

from alprmap import geo
from alprmap.cli import app
from alprmap.shipped import data_path

KNOWN = ("node/16000900012", -101.9106526, 29.813436, 85)
"""A camera of the demo that stands alone, and where it looks."""


def alprmap(*words: object) -> tuple[int, str]:
    done = CliRunner().invoke(app, [str(w) for w in words])
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done.exit_code, done.stdout


def moved(east_m: float) -> str:
    lon, lat = geo.destination(KNOWN[1], KNOWN[2], 90.0, east_m)
    return f"{float(lat):.6f}, {float(lon):.6f}"


@pytest.mark.slow
def test_new_check_add_read_merge_map(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    demo = data_path("demo")
    crowd, roads = demo / "cameras.geojson", demo / "roads.osm.pbf"
    given = {
        "duplicate": [
            "--at",
            moved(6),
            "--direction",
            "80",
            "--vendor",
            "flock",
            "--date",
            "2026-01",
        ],
        "head": ["--at", moved(1), "--direction", "265", "--vendor", "flock"],
        "wrong": ["--at", "29.70, -101.9052"],
        "crossing": [
            "--at",
            "5th St & Saint Brigid St",
            "--roads",
            roads,
            "--note",
            "black pole, solar panel",
        ],
    }
    files = {name: tmp_path / f"{name}.geojson" for name in given}
    for name, words in given.items():
        assert alprmap("sighting", "new", *words, "--out", files[name])[0] == 0

    found: dict[str, Any] = {}
    for name, file in files.items():
        words = ("--cameras", crowd, "--roads", roads, "--json")
        code, text = alprmap("sighting", "check", file, *words)
        found[name] = (code, json.loads(text)["findings"])
    tiers = {
        n: [(f["tier"], f["related"]) for f in fs if f["tier"]] for n, (_, fs) in found.items()
    }
    assert found["duplicate"][0] == 3
    assert tiers["duplicate"] == [("same", KNOWN[0])]
    assert found["head"][0] == 0
    assert tiers["head"] == [("nearby", KNOWN[0])]
    assert found["wrong"][0] == 1
    assert "Mexico" in found["wrong"][1][0]["what"]
    assert found["crossing"][0] == 0

    # the wrong one is not added; the rest go in as the maintainer decides
    good = [files[n] for n in ("duplicate", "head", "crossing")]
    kept = tmp_path / "sightings.geojson"
    assert alprmap("sighting", "add", *good, "--to", kept)[0] == 0
    assert alprmap("sighting", "add", *good, "--to", kept)[1].startswith("0 added")

    assert alprmap("read", kept, "--out", tmp_path / "reports.parquet")[0] == 0
    reports = pd.read_parquet(tmp_path / "reports.parquet")
    ids = [f["id"] for f in json.loads(kept.read_text("utf-8"))["features"]]
    assert sorted(reports["source_record"]) == sorted(ids)
    assert set(reports["device"]) == {"alpr"}
    # "unknown" is a word for nothing
    assert sorted(reports["direction_raw"].fillna("none")) == ["265", "80", "none"]

    shutil.copy(crowd, tmp_path / "crowd.geojson")
    monkeypatch.chdir(tmp_path)
    before, after = tmp_path / "before.parquet", tmp_path / "cameras.parquet"
    assert alprmap("merge", "crowd.geojson", "--out", before)[0] in (0, 3)
    assert alprmap("merge", "crowd.geojson", "sightings.geojson", "--out", after)[0] in (0, 3)
    old, new = pd.read_parquet(before), pd.read_parquet(after)
    links = pd.read_parquet(tmp_path / "cameras.links.parquet").set_index("report_id")["camera_id"]
    camera = links[f"crowd:{KNOWN[0]}"]
    by_name = {
        n: json.loads(files[n].read_text("utf-8"))["features"][0]["id"]
        for n in ("duplicate", "head", "crossing")
    }
    assert links[f"sightings:{by_name['duplicate']}"] == camera, (
        "the duplicate is the camera that was known"
    )
    assert links[f"sightings:{by_name['head']}"] != camera, "another head is another camera"
    assert links[f"sightings:{by_name['crossing']}"] not in set(
        links[links.index.str.startswith("crowd:")]
    )
    assert len(new) == len(old) + 2
    assert new.set_index("camera_id").loc[camera, "n_sources"] == 2

    page = tmp_path / "map.html"
    assert alprmap("map", after, "--out", page)[0] == 0
    text = page.read_text("utf-8")
    assert "default-src" in text
    document = json.loads(re.search(r'id="data">(.*?)</script>', text)[1])  # type: ignore[index]
    # those that were taken down are set aside
    assert document["cameras"]["n"] == (new["status"] != "removed").sum() == len(new) - 2
    assert "sightings" in text, "the card names the source"
