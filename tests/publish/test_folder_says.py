"""What a result folder says of each of its tables, in whatever format: license, whom to name, date,
and what a row is; one table of tests, file by file."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import map_data
import pandas as pd
import pyarrow.parquet as pq
import pytest
import small_nets as nets

from alprmap import coverage, merge, schema
from alprmap.credits import FOLDER_SIDECAR, SIDECAR, Credits, row_of_file
from alprmap.results import Result

PARTS = ("license", "attribution", "date", "definition")
DUBLIN = {"license": "license", "attribution": "creator", "date": "date", "definition": "description"}  # fmt: skip


def told_of(path: Path) -> dict[str, str]:
    """What the file, or the one beside it, says of itself, by the names of `PARTS`."""
    if path.suffix == ".parquet":
        return dict(json.loads((pq.read_schema(path).metadata or {})[b"alprmap"]))
    if path.suffix == ".geojson":
        return dict(json.loads(path.read_text("utf-8")))
    own = path.with_name(path.name + SIDECAR)
    if own.is_file():
        tables: list[dict[str, Any]] = [json.loads(own.read_text("utf-8"))]
    else:
        tables = json.loads((path.parent / FOLDER_SIDECAR).read_text("utf-8"))["tables"]
    (table,) = [t for t in tables if t["url"] == path.name]
    with path.open(encoding="utf-8-sig", newline="") as file:
        head = next(csv.reader(file))
    assert [c["titles"] for c in table["tableSchema"]["columns"]] == head
    return {part: table[f"dc:{name}"] for part, name in DUBLIN.items() if f"dc:{name}" in table}


def lacking(folder: Path, needed: tuple[str, ...] = PARTS) -> dict[str, list[str]]:
    """Name of a table → what it does not say."""
    files = [p for p in sorted(folder.rglob("*")) if p.suffix in (".csv", ".parquet", ".geojson")]
    assert files
    of = {p.relative_to(folder).as_posix(): told_of(p) for p in files if "private" not in p.parts}
    missing = {name: [part for part in needed if not told.get(part)] for name, told in of.items()}
    return {name: parts for name, parts in missing.items() if parts}


@pytest.mark.slow
def test_S12_every_table_of_a_build_says_whose_it_is(demo_town: Path) -> None:
    assert lacking(demo_town) == {}


def test_S12_what_a_merge_writes_beside_its_cameras_says_the_same(tmp_path: Path) -> None:
    reports = pd.DataFrame(
        {"report_id": ["osm:node/1", "osm:node/2"], "source_id": "osm", "lon": [-100.2, -100.1], "lat": 30.1,
         "source_record": ["node/1", "node/2"], "last_seen": "2026-01-28", "direction_raw": "180", "device": "alpr",
         "status": "standing", "position_error_m": 10.0, "located_by": "survey"}
    )  # fmt: skip
    merge.merge(schema.conform(reports, "reports")).save(tmp_path / "cameras.parquet")
    files = sorted(tmp_path.glob("*.parquet"))
    assert len(files) > 3
    for path in files:
        told = told_of(path)
        assert (told["license"], told["date"]) == ("ODbL-1.0", "2026-01-28"), path.name
        assert told["definition"].startswith("One row: "), path.name
        assert "OpenStreetMap" in told["attribution"], path.name


def test_S12_a_network_says_the_date_of_its_extract(tmp_path: Path) -> None:
    net = nets.roads({0: (0.0, 0.0), 1: (2000.0, 0.0)}, [(0, 1)])
    dated = replace(net, meta=net.meta | {"data_timestamp": "2026-01-02"})
    dated.save(tmp_path / "segments.parquet")
    assert told_of(tmp_path / "segments.parquet")["date"] == "2026-01-02"


def test_S12_a_folder_of_coverage_says_what_each_table_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tables = {
        "summary": pd.DataFrame({"measure": ["a"]}),
        "c4_zones": pd.DataFrame({"zone": [1], "lon": [-100.0]}),
        "c6_trips": pd.DataFrame({"trip": [1]}),
        "watches": schema.empty("watches"),
    }
    monkeypatch.setattr(coverage.Coverage, "tables", lambda _: tables)
    monkeypatch.setattr(coverage.Coverage, "claims", lambda _: pd.DataFrame({"claim_id": ["x"]}))
    made = coverage.Coverage({}, {}, {"dates": "roads of 2026-01-02"})
    coverage.save_folder(made, tmp_path / "c")
    assert lacking(tmp_path / "c") == {"c6_trips.parquet": ["definition"]}


class Drawn(Result):
    """A result whose second table has shapes and no column that dates it."""

    def tables(self) -> dict[str, pd.DataFrame]:
        table = map_data.cameras(3)
        return {"cameras": table, "views": map_data.views(table).assign(geometry=None)}

    def claims(self) -> pd.DataFrame:
        return pd.DataFrame({"claim_id": ["x"]})


def test_S12_a_table_beside_the_one_asked_for_has_its_date_and_license(tmp_path: Path) -> None:
    Drawn().save(tmp_path / "c.parquet")
    told = told_of(tmp_path / "c.views.parquet")
    assert (told["license"], told["date"]) == ("ODbL-1.0", "2026-01-28")
    assert told["definition"].startswith("One row: one way a camera looks")


@pytest.mark.parametrize("name", ["claims", "reach_claims", "coverage/claims", "searches/claims/seen", "watches.claims"])  # fmt: skip
def test_S12_a_sheet_of_claims_is_known_by_its_name(name: str) -> None:
    assert row_of_file(name).startswith("One row: a sentence")


def test_S12_what_is_no_sheet_of_claims_is_not_taken_for_one() -> None:
    assert [row_of_file(n) for n in ("notclaims", "claimsx", "claims/x/y", "reclaims")] == [""] * 4


def test_S12_a_folder_file_is_csv_on_the_web() -> None:
    credit = Credits(license="ODbL-1.0", attribution="somebody", date="2026-01")
    made = credit.of_folder("coverage", {"c4_zones.csv": ["zone", "lon"], "a.csv": ["x"]})
    assert made["@context"] == "http://www.w3.org/ns/csvw"
    assert [t["url"] for t in made["tables"]] == ["a.csv", "c4_zones.csv"]
    assert "@context" not in made["tables"][0]
    assert {t["dc:license"] for t in made["tables"]} == {"ODbL-1.0"}
