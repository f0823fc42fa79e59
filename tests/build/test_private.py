"""S14: what a source says of persons reaches nothing that is published, whatever its container."""

from __future__ import annotations

import json
import shutil
import zipfile
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

from alprmap.cli import app

TOKENS = (
    "Zebulon", "Quackenbush", "5125550188", "512-555-0188", "zq@example", "Snodgrass", "gate code",
    "FLK-99321", "$3,150", "rottweiler", "Timbrel", "Hollowell",
)  # fmt: skip
"""Words of made-up persons and matters, none of which is a place."""
ROWS = (
    ("Main St & Oak St, ask Zebulon Quackenbush 512-555-0188", "Sgt. A. Snodgrass", "N"),
    (
        "home of Zebulon Quackenbush (512) 555-0188",
        "rottweiler in the yard",
        "toward Timbrel's barn",
    ),
    ("Elm St, gate code 4411", "quote $3,150, S/N FLK-99321", "S, call 5125550188"),
    ("Mill Rd see Hollowell", "zq@example.org", "W"),
)


def _written(folder: Path) -> Path:
    rows = [
        {"id": f"k{i}", "lat": 41.012345 + i / 100, "lon": -84.01234, "location": place, "notes": note,
         "direction": way, "agency": "Millbrook Police Department", "contact": "Zebulon Quackenbush"}
        for i, (place, note, way) in enumerate(ROWS)
    ]  # fmt: skip
    pd.DataFrame(rows).to_csv(folder / "list.csv", index=False)
    shapes = [
        {"type": "Feature", "geometry": {"type": "Point", "coordinates": [r["lon"] - 1, r["lat"]]},
         "properties": {k: v for k, v in r.items() if k not in ("lat", "lon")}}
        for r in rows
    ]  # fmt: skip
    whole = {"type": "FeatureCollection", "features": shapes}
    (folder / "list.geojson").write_text(json.dumps(whole))
    (folder / "p.toml").write_text(
        '[project]\nname = "p"\ntitle = "P"\n'
        '[[sources]]\nid = "table"\npath = "list.csv"\ntitle = "T"\nlicence = "CC0"\n'
        '[[sources]]\nid = "shapes"\npath = "list.geojson"\ntitle = "S"\nlicence = "CC0"\n'
        '[reach]\nborders = ["canada"]\n'
    )
    return folder / "p.toml"


def _told(path: Path, tokens: tuple[str, ...] = TOKENS) -> list[str]:
    """Return the tokens in a file, Parquet and zip read as what they hold."""
    if path.suffix == ".parquet":
        text = pd.read_parquet(path).to_csv()
    elif zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as packed:
            text = "".join(packed.read(n).decode("utf-8", "replace") for n in packed.namelist())
    else:
        text = path.read_bytes().decode("utf-8", "replace")
    return [t for t in tokens if t in text]


def test_S14_a_build_publishes_no_word_about_a_person(tmp_path: Path) -> None:
    out = tmp_path / "out"
    ran = CliRunner().invoke(app, ["build", str(_written(tmp_path)), "--out", str(out)])
    assert ran.exit_code in (0, 3), ran.output
    assert "not to be published" in ran.output
    files = [p for p in out.rglob("*") if p.is_file()]
    private = [p for p in files if p.relative_to(out).parts[0] == "private"]
    assert {str(p.relative_to(out)): t for p in files if p not in private and (t := _told(p))} == {}
    # the words are not lost: they are where the reader is told not to publish
    assert any("rottweiler" in _told(p) for p in private)
    shown = pd.read_parquet(out / "cameras.reports.parquet")
    assert "Main St at Oak St" in set(shown["place_raw"])


@pytest.mark.parametrize("suffix", [".parquet", ".csv", ".geojson", ".kmz", ".gpkg"])
def test_S14_a_merge_hands_on_no_word_about_a_person(tmp_path: Path, suffix: str) -> None:
    _written(tmp_path)
    given = [str(tmp_path / "list.csv"), str(tmp_path / "list.geojson")]
    shutil.copy(given[0], tmp_path / "other.csv")
    into = tmp_path / "merged"
    into.mkdir()
    ran = CliRunner().invoke(
        app, ["merge", str(tmp_path / "other.csv"), given[1], "--out", str(into / f"c{suffix}")]
    )
    assert ran.exit_code in (0, 3), ran.output
    if suffix == ".parquet":
        ran = CliRunner().invoke(
            app, ["map", str(into / "c.parquet"), "--out", str(into / "index.html")]
        )
        assert ran.exit_code in (0, 3), ran.output
    files = [p for p in into.rglob("*") if p.is_file()]
    assert files
    assert {p.name: t for p in files if (t := _told(p))} == {}


def test_S14_the_demo_publishes_no_text_that_was_not_parsed(demo_town: Path) -> None:
    out = demo_town
    shown = pd.read_parquet(out / "cameras.reports.parquet")
    assert shown["note"].isna().all()
