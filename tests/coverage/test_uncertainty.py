"""How sure (C7): the draws, what they leave alone, and that each sentence is in a table."""

from __future__ import annotations

import importlib.util
import re
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import numpy as np
import pandas as pd
import pytest

from alprmap import coverage
from alprmap.coverage import every_pair, readers, uncertainty
from alprmap.coverage.scenarios import Wanted
from alprmap.coverage.uncertainty import Settings, Town, measure_draws, one_carriageway, plan
from alprmap.errors import UsageError
from alprmap.roads.graph import Graph
from alprmap.text import percent
from alprmap.watch import watch, watch_levels

MID = watch_levels("mid")


@pytest.fixture(scope="module")
def calibrate() -> ModuleType:
    path = Path(__file__).parents[2] / "scripts" / "calibrate_uncertainty.py"
    spec = importlib.util.spec_from_file_location("calibrate_uncertainty", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def town(calibrate: ModuleType) -> Town:
    rng = np.random.default_rng(4)
    roads = calibrate.grid(rng)
    graph = Graph.from_segments(roads.segments, roads.restrictions)
    # no two ways of a grid take the same time, so that nothing rests on how ties are broken
    graph = replace(graph, time_s=graph.time_s * rng.uniform(0.9, 1.1, graph.n_arcs))
    people = pd.DataFrame(
        {"lon": graph.lon, "lat": graph.lat, "people": 1.0 + np.arange(graph.n_nodes)}
    )
    cameras, views = calibrate.cameras_of(roads, rng)
    views.loc[:5, ["heading_deg", "quality"]] = [np.nan, "missing"]
    demand = every_pair.demand(people, graph)
    return Town(cameras, views, roads, graph, demand, people, (500.0,))


def test_C7_a_draw_looked_up_is_what_driving_every_trip_gives(town: Town) -> None:
    made = measure_draws(town, MID, settings=Settings(draws=3, alone=2))
    for name in uncertainty.FACINGS:
        row = made.draws[
            (made.draws["varied"] == "facing rule") & (made.draws["facing"] == name)
        ].iloc[0]
        watches = watch(
            town.cameras, town.views, town.roads, settings=replace(MID, facing=name)
        ).watches
        assert town.demand is not None
        whole = every_pair.weigh(
            town.demand, readers.place_readers(watches, town.graph)
        ).summary.iloc[0]
        assert row["c6_share_read_1"] == pytest.approx(whole["share_read_1"], abs=1e-6)
    again = measure_draws(town, MID, settings=Settings(draws=3, alone=2))
    pd.testing.assert_frame_equal(made.draws, again.draws)
    shares = made.shares.groupby("measure")["share"].sum()
    # where nothing changes the figure there is no spread to share
    assert (((shares - 1).abs() < 1e-9) | (shares == 0)).all()
    assert (made.table["low"] <= made.table["high"]).all()
    assert made.positions["kept"].is_monotonic_decreasing


def test_C7_draws_are_seeded_and_cover_the_assumptions_evenly() -> None:
    draws = [d for d in plan(MID, Settings(draws=90), sampled=False) if d.varied == "all"]
    facing = pd.Series([d.watch.facing for d in draws]).value_counts()
    assert facing.to_dict() == dict.fromkeys(uncertainty.FACINGS, 30)
    ranges = np.array([d.watch.range_m for d in draws])
    assert 30 <= ranges.min() < ranges.max() <= 90
    assert abs(np.median(ranges) - 60) < 1
    assert plan(MID, Settings(), sampled=False) == plan(MID, Settings(), sampled=False)
    varied = {d.varied for d in plan(MID, Settings(draws=1), sampled=True)}
    assert varied == {"all", *uncertainty.ASSUMPTIONS}
    with pytest.raises(UsageError):
        plan(MID, Settings(draws=0), sampled=False)


def test_C7_a_view_of_unknown_heading_reads_one_road(town: Town) -> None:
    every = watch(town.cameras, town.views, town.roads, settings=MID).watches
    unknown = uncertainty.unknown_heading(every)
    assert unknown.any()
    for seed in range(3):
        some = one_carriageway(every, seed, "rear")
        assert some[uncertainty.unknown_heading(some)].groupby("camera_id").size().eq(1).all()
        assert len(some[~uncertainty.unknown_heading(some)]) == int((~unknown).sum())
        both = one_carriageway(every, seed, "either")
        assert (
            both[uncertainty.unknown_heading(both)]
            .groupby("camera_id")["segment_id"]
            .nunique()
            .eq(1)
            .all()
        )


def test_C7_the_interval_holds_the_truth(calibrate: ModuleType) -> None:
    held = 0
    for seed in range(5):
        low, truth, high = calibrate.one_run(seed, 60)
        held += low <= truth <= high
    # of an interval of 90 %, two or fewer of five is a chance of 1 in a hundred
    assert held >= 3


def test_C6_every_sentence_is_computed_again_from_the_tables(town: Town) -> None:
    wanted = Wanted((500.0, 2000.0), town.people)
    made = coverage.measure(
        town.cameras.assign(operator=None, last_seen=None),
        town.views,
        town.roads,
        wanted,
        draws=5,
        cameras_given=99,
    )
    tables, claims = made.tables(), made.claims().set_index("claim_id")
    near = tables["c1_corridors"]
    every = near[near["highway"] == "all"].set_index("radius_m")["road_share"]
    zone = tables["c4_summary"].set_index("network")
    trip = tables["c6_summary"].iloc[0]
    tracked = tables["c2_tracked"]
    likely = tracked[(tracked["highway"] == "all") & (tracked["min_certainty"] == 0.5)][
        "road_share"
    ].iloc[0]
    limits = tables["c2_limits"].set_index("limit_km")["c2_likely_road_share"]
    assert limits.loc[10.0] == pytest.approx(likely)
    expected = {
        "c1-road-0.5km": [every[500.0]],
        "c1-road-2km": [every[2000.0]],
        "c2-likely-road": [likely, limits.loc[5.0], limits.loc[20.0]],
        "c4-unread-road": zone["largest_share"].loc[["as read", "without readers"]].tolist(),
        "c4-unread-people": zone["largest_people_share"]
        .loc[["as read", "without readers"]]
        .tolist(),
        "c6-trips-read": [trip["share_read_1"]],
        "c6-unread-possible": [trip["share_unread_possible"]],
    }
    for name, values in expected.items():
        printed = re.findall(r"\d+\.\d%", claims.loc[name, "sentence"])
        assert printed == [percent(v) for v in values], name
        assert claims.loc[name, "figure"] == pytest.approx(values[0])
    minutes = claims.loc["c6-extra-minutes", "sentence"]
    assert re.findall(r"\d+\.\d\d", minutes) == [
        f"{trip['extra_minutes_read']:.2f}",
        f"{trip['extra_minutes']:.2f}",
    ]
    assert set(claims.index) == {*expected, "c6-extra-minutes"}
    assert claims["definition"].str.contains("facing rule rear, range 60 m").all()
    assert claims["set_aside"].str.contains(f"{len(town.cameras)} of 99 cameras").all()
    interval = tables["c7_intervals"].set_index("measure").loc["c6_share_read_1"]
    assert claims.loc["c6-trips-read", ["low", "high"]].tolist() == [
        interval["low"],
        interval["high"],
    ]
    given = claims[claims["low"].notna()]
    assert (given["low"] < given["high"]).all()
    assert "Coverage" in made._repr_html_()
