"""The whole flow on the demo county: rows add up, a rerun does nothing, tables read back, bad input
is a line."""

from __future__ import annotations

import gzip
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pytest
import recomputed
import shapely

from alprmap import reach, schema
from alprmap.build import engine as build
from alprmap.build import plan as stages
from alprmap.build import project
from alprmap.build.pages import _access
from alprmap.coverage import scenarios as followed
from alprmap.publish.map.corridors import _cordons
from alprmap.publish.report import explained, report
from alprmap.shipped import data_path
from alprmap.store import formats as tables
from alprmap.store import whole as store

OUTPUTS = (
    "cameras.parquet", "cameras.geojson", "cameras.csv", "cameras.views.parquet", "cameras.links.parquet",
    "cameras.reports.parquet", "cameras.review.csv", "cameras.review.geojson", "cameras.aliases.csv",
    "set_aside.csv", "segments.parquet", "watches.parquet", "reach.csv",
    "report.md", "index.html", "manifest.json",
)  # fmt: skip


@pytest.fixture
def town(demo_town: Path) -> Path:
    """The demo county."""
    return demo_town


def run(path: Path, out: Path) -> build.Outcome:
    wanted = project.load_project(path)
    return build.build(
        stages.plan_stages(wanted, path.parent),
        out,
        about=wanted.project.model_dump(exclude_none=True),
    )


def check_rows(manifest: dict[str, Any]) -> None:
    """Every stage accounts for what it was given."""
    rows = {name: stage["rows"] for name, stage in manifest["stages"].items()}
    reads = [r for name, r in rows.items() if name.startswith("read ")]
    for read in reads:
        assert read["rows"] + read["more_than_one_a_row"] == read["reports"] + read["rejected"]
    together = rows["reports"]
    assert together["rows"] == sum(r["reports"] for r in reads)
    aside = sum(v for k, v in together.items() if k == "outside the area")
    assert together["rows"] == together["reports"] + aside
    merge = rows["merge"]
    assert merge["reports"] == together["reports"] == merge["linked"] + merge["in_review_only"]
    if "watch" in rows:
        assert rows["watch"]["cameras"] == merge["standing_readers"]
        assert (
            merge["standing_readers"]
            == rows["watch"]["reading_a_road"] + rows["watch"]["reading_no_road"]
        )
    reach = rows["reach"]
    # what the merge set aside is said again; cameras abroad are left out by reach alone
    left_out = sum(v for k, v in reach.items() if k.startswith("set_aside_") and k not in merge)
    assert reach["rows"] == reach["cameras"] == merge["standing_readers"] - left_out
    assert rows["map"]["cameras"] == merge["standing_readers"]


def test_every_output_is_there_and_named_in_the_manifest(town: Path) -> None:
    manifest = json.loads((town / "manifest.json").read_text("utf-8"))
    named = {n for stage in manifest["stages"].values() for n in stage["files"]} | {"manifest.json"}
    assert named == {p.relative_to(town).as_posix() for p in town.rglob("*") if p.is_file()}
    assert set(OUTPUTS) <= named
    for stage in manifest["stages"].values():
        for name, digest in stage["files"].items():
            assert store.sha256(town / name) == digest, name


def test_rows_add_up_at_every_stage(town: Path) -> None:
    manifest = json.loads((town / "manifest.json").read_text("utf-8"))
    check_rows(manifest)
    assert manifest["stages"]["reports"]["rows"]["located_from_words"] >= 20


def test_the_tables_read_back_and_belong_together(town: Path) -> None:
    cameras = tables.read_parquet(town / "cameras.parquet", "cameras")
    views = tables.read_parquet(town / "cameras.views.parquet", "views")
    links = tables.read_parquet(town / "cameras.links.parquet", "links")
    reports = tables.read_parquet(town / "cameras.reports.parquet", "reports")
    watches = tables.read_parquet(town / "watches.parquet", "watches")
    segments = tables.read_parquet(town / "segments.parquet", "segments")
    reach = pd.read_csv(town / "reach.csv", dtype={"county_geoid": "str"})
    ids = set(cameras["camera_id"])
    assert set(views["camera_id"]) == set(links["camera_id"]) == ids
    aside = pd.read_csv(town / "cameras.set-aside.csv")
    assert set(reach["camera_id"]) == ids - set(aside["camera_id"].dropna())
    assert set(watches["camera_id"]) <= ids
    assert set(watches["segment_id"]) <= set(segments["segment_id"])
    assert set(links["report_id"]) <= set(reports["report_id"])
    lengths = segments.set_index("segment_id")["length_m"].reindex(watches["segment_id"]).to_numpy()
    assert (watches["offset_m"] >= 0).all()
    assert (watches["offset_m"].to_numpy() <= lengths + 0.01).all()
    schema.check(cameras, "cameras")
    assert (
        len(gpd.read_file(town / "cameras.geojson"))
        == len(pd.read_csv(town / "cameras.csv"))
        == len(reach)
    )


def test_the_report_says_what_every_table_of_a_build_shows(town: Path) -> None:
    own_file = {"claims", "c6_origins", "c7_draws"}
    # c3_log is a figure in the report
    shown = {p.stem for p in (town / "coverage").glob("*.csv")} - {"c3_log", *own_file}
    assert len(shown) >= 10
    assert shown <= explained.TABLES.keys()
    of_access = {p.stem for p in (town / "access").glob("*.csv")}
    single = {"cameras", "shares", "doors", "declared", "claims"}
    assert of_access - single <= explained.ACCESS.keys()
    measures = pd.read_csv(town / "coverage" / "low_mid_high.csv")["measure"]
    assert [m for m in measures if explained.measure(m) == m] == []
    text, page = (town / "report.md").read_text("utf-8"), (town / "report.html").read_text("utf-8")
    for stem in shown:
        title, about = explained.TABLES[stem]
        assert report.md(about) in text
        assert f"<h3>{title}</h3>" in page
    assert "Rows are never to be added up" in text


def test_R5_every_number_of_every_sentence_is_computed_again(town: Path) -> None:
    folder, sheet = recomputed.Folder(town), pd.read_csv(town / "claims.csv")
    wings = {"publish", "roads", "locate", "merge", "watch", "coverage", "access", "reach"}
    assert set(sheet["wing"]) == wings
    for row in sheet.to_dict("records"):
        wanted, names = recomputed.expected(row, folder)
        printed = recomputed.numbers(str(row["sentence"]), *names)
        assert printed == wanted, (row["claim_id"], row["sentence"])


def test_R5_every_number_of_a_headline_is_in_the_claims_it_names(town: Path) -> None:
    text, claims = (town / "report.md").read_text("utf-8"), pd.read_csv(town / "claims.csv")
    head = text.split("## Method", 1)[0]
    lines = [line for line in head.splitlines() if re.match(r"\d+\. .*\(claims\.csv: ", line)]
    assert len(lines) >= 4
    for line in lines:
        assert recomputed.headline_faults(line.split(". ", 1)[1], claims) == [], line
    assert "nan" not in re.findall(r"[a-z]+", head)


def test_18A4_every_claim_and_every_table_of_figures_says_what_was_set_aside(town: Path) -> None:
    aside = pd.read_csv(town / "cameras.set-aside.csv")["reason"].value_counts().to_dict()
    claims = pd.read_csv(town / "claims.csv")
    cameras = pd.read_parquet(town / "cameras.parquet")
    standing = int((cameras["status"] != "removed").sum())
    for name in ("coverage", "reach", "watch"):
        own = claims[claims["wing"] == name]["set_aside"]
        assert own.str.startswith(f"{standing} standing readers; set aside: ").all(), name
        assert own.str.contains("2 removed").all(), name
    about = json.loads((town / "coverage" / "about.json").read_text("utf-8"))
    assert about["set_aside"] == aside
    assert {"facing", "range_m", "width_deg", "dates", "cameras_given", "cameras_in_area"} <= set(
        about
    )
    assert about["roads_date"] == "2026-01-02"  # the project's, where the extract says none
    table = pd.read_csv(town / "coverage" / "low_mid_high.csv").set_index("measure")
    assert table.loc["set_aside"].tolist() == [sum(aside.values())] * 3
    assert table.loc["standing_readers"].tolist() == [standing] * 3


def test_the_page_names_the_body_whose_access_it_shows(town: Path) -> None:
    assert '"access_to":"Federal Frontier Service"' in (town / "index.html").read_text("utf-8")


@pytest.mark.slow
def test_a_rerun_runs_no_stage_and_another_folder_has_the_same_bytes(
    town: Path, tmp_path: Path
) -> None:
    assert run(data_path("demo/alprmap.toml"), town).ran == ()
    code = (
        "import sys; sys.argv = ['alprmap', '-q', 'demo', '--out', 'elsewhere']\n"
        "from alprmap.cli import main; main()"
    )
    env = {
        **os.environ,
        "PYTHONHASHSEED": "7",
        "TZ": "Asia/Kathmandu",
        "LC_ALL": "POSIX",
        "OMP_NUM_THREADS": "1",
    }
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=env, capture_output=True, check=False
    )
    assert done.returncode in (0, 3), done.stderr
    one = {p.relative_to(town): p.read_bytes() for p in town.rglob("*") if p.is_file()}
    other = {
        p.relative_to(tmp_path / "elsewhere"): p.read_bytes()
        for p in (tmp_path / "elsewhere").rglob("*")
        if p.is_file()
    }
    assert one.keys() == other.keys()
    assert [str(n) for n in one if one[n] != other[n]] == []


@pytest.mark.slow
def test_a_changed_setting_redoes_only_what_it_touches(tmp_path: Path) -> None:
    for file in data_path("demo").iterdir():
        if file.is_file():
            (tmp_path / file.name).write_bytes(file.read_bytes())
    plan = tmp_path / "alprmap.toml"
    run(plan, tmp_path / "out")
    plan.write_text(plan.read_text("utf-8").replace('level = "mid"', 'level = "high"'), "utf-8")
    ran = run(plan, tmp_path / "out").ran
    assert "watch" in ran
    assert not {"read crowd", "read records", "roads", "reports", "merge", "reach"} & set(ran)


def bad(tmp_path: Path, name: str, data: bytes) -> subprocess.CompletedProcess[str]:
    (tmp_path / name).write_bytes(data)
    (tmp_path / "p.toml").write_text(
        f'[project]\nname = "x"\ntitle = "x"\n[[sources]]\nid = "a"\npath = "{name}"\n', "utf-8"
    )
    return subprocess.run(
        [sys.executable, "-m", "alprmap", "build", "p.toml", "--out", "out"],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip


COLLECTION = b'{"type":"FeatureCollection","features":[%s]}'
POINT = (
    '{"type":"Feature","properties":{"id":%d},"geometry":{"type":"Point","coordinates":[%f,%f]}}'
)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("empty.geojson", b""),
        ("empty.csv", b""),
        ("cut.json.gz", gzip.compress(b"[" + b'{"osmId":1,"lat":30,"lon":-99},' * 5000, mtime=0)[:400]),
        (
            "swapped.geojson",
            COLLECTION % ",".join(POINT % (i, 40.0, -83.0 - i / 100) for i in range(20)).encode(),
        ),
        ("no-coordinates.csv", b"name,color\na,red\nb,blue\n"),
    ],
)  # fmt: skip
def test_bad_input_is_one_line_and_nothing_is_written(
    tmp_path: Path, name: str, data: bytes
) -> None:
    done = bad(tmp_path, name, data)
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert name in done.stderr
    assert "Traceback" not in done.stderr
    assert "fault of alprmap" not in done.stderr
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted([name, "p.toml"])


def test_a_cordon_around_the_ports_is_drawn_as_one_around_a_line() -> None:
    rows = [("25mi:port", "all", 3, 8, "toward", 1000.0), ("10mi:mexico", "all", 1, 2, "toward", 1000.0),
            ("10mi:mexico", "primary", 1, 1, "toward", 1000.0)]  # fmt: skip
    table = pd.DataFrame(
        rows, columns=["cordon", "highway", "read", "crossings", "way", "within_m"]
    )
    drawn = _cordons(table)
    assert drawn["name"].tolist() == [
        "10mi:mexico: 1 of 2 ways toward read within 0.6 miles (1 km)",
        "25mi:port: 3 of 8 ways toward read within 0.6 miles (1 km)",
    ]
    corner = shapely.get_coordinates(drawn.geometry.iloc[1])[:1]
    away = reach.border_index("port").nearest(corner[:, 0], corner[:, 1]).distance_m[0]
    assert away == pytest.approx(25 * 1609.344, abs=200)


def test_a_line_that_no_road_crosses_is_named() -> None:
    shapes = gpd.GeoDataFrame(
        {"name": ["town", "far"]}, geometry=[shapely.box(0, 0, 1, 1)] * 2, crs="EPSG:4326"
    )
    lines = (("canada:1", 1609.344, "canada"), ("mexico:25", 40_233.6, "mexico"))
    made = {name: pd.DataFrame({"cordon": [met]}) for name, met in
            (("c5_cordons", "town"), ("c5_border_cordons", "mexico:25"))}  # fmt: skip
    assert followed.uncrossed(made, followed.Wanted((1.0,), shapes=shapes, borders=lines)) == [
        "far",
        "canada:1",
    ]
    assert followed.uncrossed({}, followed.Wanted((1.0,))) == []


def test_an_agency_whose_id_is_a_number_keeps_its_name(tmp_path: Path) -> None:
    folder = tmp_path / "access"
    folder.mkdir()
    (folder / "agencies.csv").write_text("agency_id,name\n00123,Town PD\n7,NA\n", "utf-8")
    rows = "camera_id,class,hops,agency_id,via_id,since,source_record\nc,known,1,00123,7,,r\nd,none,,00123,,,r\n"
    (folder / "cameras.csv").write_text(rows, "utf-8")
    (row,) = _access(tmp_path).to_dict("records")
    assert (row["camera_id"], row["hops"], row["agency"], row["via"]) == ("c", 1, "Town PD", "NA")
