"""K1, K3 to K6: declared counts, lists of a merge, checks, growth, places, on invented towns."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from alprmap import completeness as comp
from alprmap import schema
from alprmap.cli import app
from alprmap.errors import InputError, UsageError
from alprmap.merge import Cameras, Merged, open_cameras

AKRON = (-81.519, 41.0814)


def cameras(n: int, *, operator: Any = None, at: tuple[float, float] = AKRON, seed: int = 1) -> Any:
    rng = np.random.default_rng(seed)
    frame = schema.empty("cameras").reindex(range(n))
    frame["camera_id"] = [f"cam-{seed}-{i:05d}" for i in range(n)]
    frame["lon"] = at[0] + rng.normal(0, 0.01, n)
    frame["lat"] = at[1] + rng.normal(0, 0.01, n)
    frame["vendor"], frame["operator"] = "Flock Safety", operator
    frame["device"], frame["status"] = "alpr", "standing"
    frame[["n_reports", "n_sources"]] = 1
    frame["sources"] = "us-2026-01"
    return schema.conform(frame, "cameras")


def table(path: Path, text: str) -> Path:
    path.write_text(text, "utf-8")
    return path


COUNTS = (
    "agency,state,declared,date,source\n"
    "Akron OH PD,OH,40,2025-06-11,old page\n"
    "Akron OH PD,OH,50,2026-02-01,page\n"
    "Akron OH PD,OH,80,2026-09-01,later page\n"
    "Summit County OH SO,OH,20,2026-02-01,page\n"
    "Nowhere Heights OH PD,OH,0,2026-02-01,page\n"
)


def test_K1_the_count_nearest_to_the_map_is_held_against_known_and_inferred(
    tmp_path: Path,
) -> None:
    own = cameras(10, operator="Akron Police Department", seed=1)
    store = cameras(10, operator="Lowe's", seed=2)
    free = cameras(20, seed=3)
    made = comp.measure(
        pd.concat([own, store, free], ignore_index=True),
        declared=[table(tmp_path / "d.csv", COUNTS)],
        as_of="2026-01-28",
    )
    row = made.made["agencies"].set_index("name").loc["Akron Police Department"]
    assert (row["declared"], row["date"]) == (50, "2026-02-01")
    assert (row["known"], row["inferred"]) == (10, 20)
    # half of the tagged ones in town are the police's own
    assert row["mapped"] == pytest.approx(10 + 20 * 0.5)
    assert row["mapped_low"] < 20 < row["mapped_high"]
    assert row["mapped_share"] == pytest.approx(20 / 50)
    sheriff = made.made["agencies"].set_index("name").loc["Summit County Sheriff's Office"]
    assert np.isnan(sheriff["mapped_share_low"])
    assert "cannot be estimated" in sheriff["basis"]
    assert made.left_out == {"a row without a count, or with 0, which is no count": 1}
    claim = made.claims().set_index("claim_id").loc["k1-mapped-share"]
    assert claim["low"] < claim["figure"] < claim["high"]


@pytest.mark.parametrize(
    ("day", "count"), [("2025-07", 40), ("2026-01-28", 50), ("2026-12", 80), (None, 80)]
)
def test_K1_the_nearest_day_is_taken(tmp_path: Path, day: str | None, count: float) -> None:
    told = comp.read_declared([table(tmp_path / "d.csv", COUNTS)])
    one = comp.nearest_in_time(told.rows, day).set_index("agency_id")["declared"]
    assert one["akron-police-department-oh"] == count


@pytest.mark.parametrize("text", ["many", "-3", "1.5.2"])
def test_K1_a_count_that_is_none_is_refused_with_its_row(tmp_path: Path, text: str) -> None:
    bad = table(tmp_path / "d.csv", f"agency,declared\nA PD,3\nB PD,{text}\n")
    with pytest.raises(InputError, match=r"d\.csv.*row 2"):
        comp.read_declared([bad])


def test_K1_nobody_declares_and_one_list_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="nothing to compare"):
        comp.measure(cameras(5))
    empty = table(tmp_path / "d.csv", "agency,declared\nAkron PD,0\n")
    with pytest.raises(InputError, match="no agency declares"):
        comp.measure(cameras(5), declared=[empty])


def two_lists(truth: int, p: Any, q: Any, *, seed: int = 5, score: float | None = None) -> Cameras:
    """Return cameras that two lists saw, each with its chance, a merge behind them."""
    rng = np.random.default_rng(seed)
    whole = cameras(truth, seed=seed)
    on = np.column_stack([rng.random(truth) < p, rng.random(truth) < q])
    whole = whole[on.any(axis=1)].reset_index(drop=True)
    on = on[on.any(axis=1)]
    links, reports = [], []
    for i, camera in enumerate(whole["camera_id"]):
        for k, (name, evidence) in enumerate((("osm", "survey"), ("city", "record"))):
            if on[i, k]:
                first = k == 0 or not on[i, 0]
                links.append(
                    (
                        f"{name}:{i}",
                        camera,
                        "M0" if first else "M4",
                        np.nan if first else score or 1.0,
                        8.0,
                    )
                )
                reports.append((f"{name}:{i}", name, evidence))
    link = schema.conform(
        pd.DataFrame(links, columns=["report_id", "camera_id", "rule", "score", "distance_m"]),
        "links",
    )
    report = pd.DataFrame(reports, columns=["report_id", "source_id", "evidence"])
    merged = Merged(whole, schema.empty("views"), link, schema.empty("review"))
    opened = open_cameras(merged)
    whole_reports = schema.conform(report.reindex(columns=schema.table("reports").names), "reports")
    return replace(opened, reports=whole_reports)


def test_K2_a_merge_of_crowd_and_records_is_estimated_with_its_truth_held() -> None:
    made = comp.measure(two_lists(500, 0.6, 0.5))
    assert made.lists == ("crowd", "records")
    row = made.made["strata"].iloc[0]
    assert row["low"] <= 500 <= row["high"]
    assert row["mapped_share"] == pytest.approx(row["seen"] / row["estimate"])
    claim = made.claims().set_index("claim_id").loc["k2-readers"]
    assert "at least" in claim["caveat"]


def test_K2_the_probability_of_matches_enters() -> None:
    sure = comp.measure(two_lists(500, 0.6, 0.5, score=1.0)).made["strata"].iloc[0]
    loose = comp.measure(two_lists(500, 0.6, 0.5, score=0.7)).made["strata"].iloc[0]
    # matches that may be wrong are fewer matches, and so more cameras, less surely
    assert loose["estimate"] > sure["estimate"] * 1.2
    assert loose["variance"] > sure["variance"]
    checks = comp.measure(two_lists(500, 0.6, 0.5, score=0.7)).made["assumptions"]
    row = checks.set_index("assumption").loc["cameras are matched without error"]
    assert row["outcome"] == "in doubt"


def test_K2_too_few_on_both_is_not_estimated() -> None:
    made = comp.measure(two_lists(60, 0.2, 0.1, seed=2))
    row = made.made["strata"].iloc[0]
    assert np.isnan(row["estimate"])
    assert row["why"].startswith("cannot be estimated")
    assert not (made.claims()["claim_id"] == "k2-readers").any()


def test_K4_lists_that_favor_the_same_strata_are_told_and_independent_ones_are_not() -> None:
    warned = []
    for lift in (0.0, 0.45):
        hits = 0
        for seed in range(20):
            rng = np.random.default_rng(seed)
            town = rng.random(1200) < 0.5
            p = np.where(town, 0.35 + lift, 0.35)
            a, b = rng.random(1200) < p, rng.random(1200) < p
            code = a.astype(np.int64) + 2 * b
            seen = code > 0
            chance, _ = comp.heterogeneity(code[seen], town[seen].astype(str))
            hits += chance < 0.05
        warned.append(hits)
    assert warned[0] <= 4
    assert warned[1] == 20


@pytest.mark.parametrize(
    ("lists", "text"),
    [
        ({"a": ["osm"], "b": ["nobody"]}, "no source is called nobody"),
        ({"a": ["osm"], "b": ["osm"]}, "stands in the lists"),
        ({"a": ["osm"], "b": ["city"], "c": [], "d": []}, "4 lists"),
    ],
)
def test_K2_lists_that_make_no_sense_are_refused(lists: Any, text: str) -> None:
    with pytest.raises(UsageError, match=text):
        comp.lists_of(two_lists(60, 0.6, 0.6), lists)


def test_K5_growth_is_that_of_the_same_agencies(tmp_path: Path) -> None:
    text = "agency,state,declared,date\n"
    for i, name in enumerate(("Akron", "Dayton", "Toledo", "Canton")):
        text += f"{name} OH PD,OH,{10 + i},2025-01-01\n{name} OH PD,OH,{20 + 2 * i},2026-01-01\n"
    text += "Lima OH PD,OH,99,2025-01-01\n"
    # a map of Ohio: counts of towns elsewhere than the map are not compared
    corners = [(-84.9, 38.5), (-80.6, 38.5), (-80.6, 41.9), (-84.9, 41.9), AKRON]
    seen = pd.concat([cameras(2, at=at, seed=i) for i, at in enumerate(corners, start=1)])
    made = comp.measure(seen, declared=[table(tmp_path / "d.csv", text)])
    row = made.made["growth"].iloc[0]
    assert (row["agencies"], row["declared_from"], row["declared_to"]) == (4, 46, 92)
    assert (row["gone"], row["per_year"]) == (1, pytest.approx(1.0, abs=0.01))
    assert "cannot be told" in made.why["installed"]


def test_K6_every_place_has_a_share_or_says_why_not(tmp_path: Path) -> None:
    own = cameras(10, operator="Akron Police Department")
    far = cameras(5, at=(-96.8, 32.8), seed=9)
    made = comp.measure(
        pd.concat([own, far], ignore_index=True),
        declared=[table(tmp_path / "d.csv", COUNTS)],
        as_of="2026-01",
    )
    place = made.made["places"].set_index("area")
    assert place.loc["Ohio", "mapped_share"] == pytest.approx(10 / 50)
    assert place.loc["Texas", "n"] == 5
    assert np.isnan(place.loc["Texas", "mapped_share"])
    assert place.loc["Texas", "mapped_share_basis"].startswith("cannot be estimated")
    assert place["mapped_share_basis"].notna().all()


def test_K_the_command_prints_claims_and_writes_every_table(tmp_path: Path) -> None:
    own = cameras(10, operator="Akron Police Department")
    file = tmp_path / "cams.csv"
    own.to_csv(file, index=False)
    counts = table(tmp_path / "d.csv", COUNTS)
    run = CliRunner().invoke(
        app, ["completeness", str(file), "--declared", str(counts), "--as-of", "2026-01-01",
              "--out", str(tmp_path / "k.geojson"), "--json"]
    )  # fmt: skip
    assert run.exit_code == 0, run.output
    told = json.loads(run.stdout)
    assert told["as_of"] == "2026-01-01"
    assert {r["claim_id"] for r in told["claims"]} >= {"k1-mapped-share"}
    names = {p.name for p in tmp_path.glob("k.*")}
    assert names >= {"k.geojson", "k.agencies.csv", "k.told.csv", "k.claims.csv", "k.growth.csv"}


@pytest.mark.slow
def test_K1_three_cities_are_told_from_the_map_as_they_declare(shared: Path) -> None:
    """San Diego, San Francisco and San Jose: the interval holds the published count."""
    made = comp.measure(
        shared / "cameras" / "us-2026-01.json.gz",
        declared=[shared / "declared" / "declared-cameras.csv"],
        agencies=[shared / "records" / "sharing-network-agencies-2026-04.geojson"],
    )
    assert made.day == "2026-01"
    told = made.made["told"].set_index("name")
    for city, count in (("San Diego", 500), ("San Francisco", 504), ("San Jose", 475)):
        row = told.loc[f"{city} Police Department"]
        assert row["declared"] == count
        assert bool(row["held"])
    # Edina and Blaine: beside the vendor's page, the places that the statutory list names
    for city, listed in (("Edina", 33), ("Blaine", 31)):
        row = told.loc[f"{city} Police Department"]
        row = row[row["state"] == "MN"].iloc[0] if isinstance(row, pd.DataFrame) else row
        assert row["told_low"] < listed < row["told_high"]
    held = told["held"].dropna().astype(bool)
    assert 0.85 <= held.mean() <= 0.95
    whole = made.made["pooled"].iloc[0]
    assert 0.25 < whole["mapped_share_low"] < whole["mapped_share_high"] < 0.45


def test_K1_a_map_of_one_city_is_not_held_against_the_counts_of_others(tmp_path: Path) -> None:
    """Akron's map, Akron's count and Laredo's: Laredo is left out and counted, and the share is of
    Akron alone, as if nobody else had published."""
    head = "agency,state,declared,date,lat,lon,place_kind\n"
    akron = "Akron OH PD,OH,40,2026-01-01,41.0814,-81.519,place\n"
    laredo = "Laredo TX PD,TX,500,2026-01-01,27.5306,-99.4803,place\n"
    both = table(tmp_path / "both.csv", head + akron + laredo)
    one = table(tmp_path / "one.csv", head + akron)
    seen = pd.concat([cameras(20, operator="Akron OH PD"), cameras(10, seed=2)], ignore_index=True)
    far, alone = (comp.measure(seen, declared=[path]) for path in (both, one))
    assert (
        far.made["agencies"]["agency_id"].tolist() == alone.made["agencies"]["agency_id"].tolist()
    )
    pd.testing.assert_frame_equal(far.made["pooled"], alone.made["pooled"])
    assert far.left_out["agencies elsewhere than this map"] == 1
    assert "agencies elsewhere than this map" not in alone.left_out


def test_K1_a_count_without_town_and_state_is_of_a_map_that_holds_nearly_all(
    tmp_path: Path,
) -> None:
    head = "agency,state,declared,date,lat,lon,place_kind\n"
    akron = "Akron OH PD,OH,40,2026-01-01,41.0814,-81.519,place\n"
    laredo = "Laredo TX PD,TX,500,2026-01-01,27.5306,-99.4803,place\n"
    vague = "Kestrel Transit Police,,649,2026-01-01,,,\n"
    seen = pd.concat([cameras(20, operator="Akron OH PD"), cameras(10, seed=2)], ignore_index=True)
    part = comp.measure(seen, declared=[table(tmp_path / "p.csv", head + akron + laredo + vague)])
    assert not part.made["agencies"]["name"].str.contains("Kestrel").any()
    assert part.left_out["agencies whose town and state are not told"] == 1
    whole = comp.measure(seen, declared=[table(tmp_path / "w.csv", head + akron + vague)])
    assert whole.made["agencies"]["name"].str.contains("Kestrel").any()
    assert "agencies whose town and state are not told" not in whole.left_out


def test_K1_a_few_towns_of_which_all_tagged_cameras_are_their_own_leave_room(
    tmp_path: Path,
) -> None:
    count = table(tmp_path / "c.csv", "agency,state,declared,date,lat,lon,place_kind\n"
                  "Akron OH PD,OH,80,2026-01-01,41.0814,-81.519,place\n")  # fmt: skip
    seen = pd.concat([cameras(20, operator="Akron OH PD"), cameras(20, seed=2)], ignore_index=True)
    row = comp.measure(seen, declared=[count]).made["pooled"].iloc[0]
    assert row["mapped_share"] == 0.5
    assert row["mapped_share_low"] < 0.45 < row["mapped_share_high"] <= 0.5


def test_K1_from_few_tagged_cameras_nothing_is_said_of_untagged_ones(tmp_path: Path) -> None:
    count = table(tmp_path / "c.csv", "agency,state,declared,date,lat,lon,place_kind\n"
                  "Akron OH PD,OH,40,2026-01-01,41.0814,-81.519,place\n")  # fmt: skip
    seen = pd.concat([cameras(3, operator="Kroger"), cameras(30, seed=2)], ignore_index=True)
    made = comp.measure(seen, declared=[count])
    assert made.made["agencies"]["mapped_share_low"].isna().all()
    assert not made.claims()["claim_id"].str.startswith("k1-mapped").any()
