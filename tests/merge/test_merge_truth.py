"""The merge on real cameras: against a constructed second source, against snapshots with hidden
ids, and alone."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import merge_truth as truth
import numpy as np
import pandas as pd
import pytest

from alprmap import direction, geo, sources
from alprmap.geography import borders
from alprmap.merge import Merged, change, merge
from alprmap.store.formats import with_points

STATES = ("Arizona", "Michigan", "Ohio", "Oregon", "Texas", "Utah")


@pytest.fixture(scope="module")
def january(shared: Path) -> pd.DataFrame:
    return sources.read(shared / "cameras" / "us-2026-01.json.gz").reports


@pytest.fixture(scope="module")
def october(shared: Path) -> pd.DataFrame:
    files = [shared / "cameras" / f"us-2025-10-{s}.geojson" for s in STATES]
    return pd.concat([sources.read(f).reports for f in files], ignore_index=True)


@pytest.fixture(scope="module")
def crowd(january: pd.DataFrame) -> pd.DataFrame:
    return truth.without_doubles(january)


def densest_county(reports: pd.DataFrame) -> pd.DataFrame:
    points = with_points(reports[["lon", "lat"]])
    county = gpd.sjoin(points, borders.counties()[["geoid", "geometry"]], predicate="within")[
        "geoid"
    ]
    return reports.loc[county.index[county == county.value_counts().idxmax()]].reset_index(
        drop=True
    )


def measured(crowd: pd.DataFrame, noise: truth.Noise) -> tuple[dict[str, float], dict[str, float]]:
    crowd = truth.with_twins(crowd, noise, seed=1)
    record, pairs = truth.second_source(crowd, noise, seed=2)
    merged = merge(pd.concat([crowd, record], ignore_index=True))
    # a record that is one of several readers there waits in the review, and nothing else is left
    waiting = set(pd.concat([crowd, record])["report_id"]) - set(merged.links["report_id"])
    assert waiting <= set(merged.review["report_id"]) | set(merged.review["other_id"])
    assert waiting <= set(record["report_id"])
    ours = truth.pairwise(
        truth.pairs_of(merged.links, crowd["source_id"].iloc[0], "records"), pairs
    )
    # what is joined is right; what is doubtful is asked
    assert ours["precision"] >= 0.99
    return ours, truth.pairwise(truth.greedy(crowd, record), pairs)


@pytest.mark.slow
def test_constructed_truth_nation_mid_noise(crowd: pd.DataFrame) -> None:
    ours, greedy = measured(crowd, truth.MID)
    assert ours["f1"] >= 0.97
    assert ours["f1"] > greedy["f1"] + 0.10


def test_constructed_truth_densest_county_mid_noise(crowd: pd.DataFrame) -> None:
    county = densest_county(crowd)
    assert len(county) > 1000
    ours, greedy = measured(county, truth.MID)
    assert ours["f1"] >= 0.93
    assert ours["f1"] > greedy["f1"] + 0.15


@pytest.mark.slow
@pytest.mark.parametrize(
    ("noise", "least"),
    [(truth.LOW, 0.98), (replace(truth.MID, no_heading=0.1), 0.96), (truth.HIGH, 0.92)],
)
def test_constructed_truth_nation_other_noise(
    crowd: pd.DataFrame, noise: truth.Noise, least: float
) -> None:
    assert measured(crowd, noise)[0]["f1"] >= least


def hidden(october: pd.DataFrame) -> pd.DataFrame:
    """October with its ids taken away; the truth stays in the column `truth`."""
    rows = "row/" + pd.Series(np.arange(len(october)).astype(str))
    return october.assign(
        truth=october["source_record"],
        source_record=rows,
        report_id=october["source_id"] + ":" + rows,
    )


def common(october: pd.DataFrame, january: pd.DataFrame) -> pd.DataFrame:
    both = october.merge(january, on="source_record", suffixes=("_old", "_new"))
    return both.assign(
        meters=geo.distance_m(both["lon_old"], both["lat_old"], both["lon_new"], both["lat_new"])
    )


@pytest.mark.slow
def test_snapshots_with_hidden_ids(october: pd.DataFrame, january: pd.DataFrame) -> None:
    blind = hidden(october)
    merged = merge(pd.concat([january, blind.drop(columns="truth")], ignore_index=True))
    camera = merged.links.set_index("report_id")["camera_id"]
    found = blind.assign(camera=blind["report_id"].map(camera))
    true_camera = ("us-2026-01:" + found["truth"]).map(camera)
    both = common(october, january)
    near = set(both.loc[both["meters"] < 25, "source_record"])
    should = found["truth"].isin(near)
    assert should.sum() > 9000
    assert (found["camera"] == true_camera)[should].mean() >= 0.99
    of_january = set(camera[camera.index.str.startswith("us-2026-01:")])
    matched = found["camera"].isin(of_january)
    assert (found["camera"] == true_camera)[matched].mean() >= 0.995


@pytest.mark.slow
def test_snapshots_with_ids(october: pd.DataFrame, january: pd.DataFrame) -> None:
    merged = merge(pd.concat([october, january], ignore_index=True))
    camera = merged.links.set_index("report_id")["camera_id"]
    both = common(october, january)
    one = both["report_id_old"].map(camera).to_numpy()
    assert (one == both["report_id_new"].map(camera).to_numpy()).all()
    # and the comparison of the two, each merged alone, reports every id that moved, with its
    # distance
    old, new = merge(october), merge(january)
    found = change.diff(old, new)
    moved = found.table[found.table["change"] == "moved"].set_index("camera_id")
    far = both[both["meters"] > 25]
    assert len(far) == 30
    name = new.links.set_index("report_id")["camera_id"]
    reported = moved["distance_m"].reindex(far["report_id_new"].map(name))
    assert np.allclose(reported, far["meters"], atol=1.0)
    assert found.counts["removed"] + found.counts["redrawn"] + found.counts["merged"] <= 87
    assert found.losses["share"].iloc[0] < 0.01


def widest_gap(texts: pd.Series) -> float:
    heads = [[v.heading_deg for v in direction.parse(t).views] for t in texts.dropna()]
    return max(
        (
            min(float(geo.angle_between_deg(a, b)) for b in other)
            for one in heads
            for other in heads
            for a in one
        ),
        default=0.0,
    )


@pytest.mark.slow
def test_blind_pass_over_one_file(january: pd.DataFrame) -> None:
    merged = merge(january)
    several = merged.links[merged.links["camera_id"].duplicated(keep=False)]
    assert 0 < len(several) < 0.02 * len(january)
    texts = several.merge(january, on="report_id").groupby("camera_id")["direction_raw"]
    assert texts.agg(widest_gap).max() <= 60.0
    check_again(merged, january)
    # the cameras themselves, taken for a source, hold no further doubles
    assert len(merge(change.as_reports(merged.cameras, merged.views, "again")).cameras) == len(
        merged.cameras
    )


def check_again(merged: Merged, reports: pd.DataFrame) -> None:
    """The same reports, upside down and with the names kept, give the same cameras."""
    again = merge(reports.iloc[::-1], previous=merged)
    assert again.aliases.empty
    pd.testing.assert_frame_equal(again.cameras, merged.cameras)
    pd.testing.assert_frame_equal(again.links, merged.links)
