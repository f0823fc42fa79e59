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
from scipy import stats

from alprmap import coverage
from alprmap.coverage import by_agency, claims, every_pair, map_errors, readers, uncertainty
from alprmap.coverage.map_errors import one_carriageway
from alprmap.coverage.reader_corridors import CorridorShares, reader_corridors
from alprmap.coverage.scenarios import Wanted
from alprmap.coverage.uncertainty import Settings, Town, measure_draws, plan
from alprmap.errors import UsageError
from alprmap.roads.graph import Graph
from alprmap.text import percent
from alprmap.watch import Carriageways, Facing, watch, watch_levels, watches_on

MID = watch_levels("mid")


@pytest.fixture(scope="module")
def calibrate() -> ModuleType:
    path = Path(__file__).parents[2] / "benchmarks" / "calibration.py"
    spec = importlib.util.spec_from_file_location("calibration", path)
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
    none = made.table["low"].isna()
    # never an interval of zero width
    assert (none | (made.table["low"] < made.table["high"])).all()
    assert (none == made.table["high"].isna()).all()
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
    unknown = map_errors.unknown_heading(every)
    assert unknown.any()
    for seed in range(3):
        some = one_carriageway(every, seed, "rear")
        assert some[map_errors.unknown_heading(some)].groupby("camera_id").size().eq(1).all()
        assert len(some[~map_errors.unknown_heading(some)]) == int((~unknown).sum())
        both = one_carriageway(every, seed, "either")
        assert (
            both[map_errors.unknown_heading(both)]
            .groupby("camera_id")["segment_id"]
            .nunique()
            .eq(1)
            .all()
        )


@pytest.mark.parametrize("facing", uncertainty.FACINGS)
@pytest.mark.parametrize("range_m", [30.0, 60.0, 90.0])
def test_C7_a_drawn_camera_reads_what_it_was_set_up_to_read(
    town: Town, facing: Facing, range_m: float
) -> None:
    net = Carriageways.of(town.roads.segments)
    needed = map_errors.reading_views(net, town.cameras, town.views, facing)
    setting = replace(MID, facing=facing, range_m=range_m)
    exact = map_errors.Errors(heading_sd_deg=1e-9, position_m=1e-9)
    bare = watches_on(net, town.cameras, town.views, setting)
    for errors, within in ((map_errors.Errors(), 0.95), (exact, 0.0)):
        draw = map_errors.Drawn(setting, errors, position=3, heading=4)
        cameras = town.cameras.drop(columns="position_error_m")
        made = map_errors.drawn_watches(net, cameras, town.views, needed, draw)
        again = map_errors.drawn_watches(net, cameras, town.views, needed, draw)
        pd.testing.assert_frame_equal(made, again)
        assert not made.duplicated(["camera_id", "heading_deg", "segment_id", "travel"]).any()
        assert set(made["camera_id"]) <= set(cameras["camera_id"])
        reading = made["camera_id"].nunique()
        assert reading >= within * len(needed)
        if errors is exact:
            assert set(made["camera_id"]) == set(bare["camera_id"])


def test_C7_shares_of_a_draw_are_those_of_the_table_of_C1(town: Town) -> None:
    radii = (250.0, 500.0, 2000.0)
    near = CorridorShares.on(town.roads, town.graph, radii)
    for facing in uncertainty.FACINGS:
        watches = watch(
            town.cameras, town.views, town.roads, settings=replace(MID, facing=facing)
        ).watches
        made = near.of(readers.place_readers(watches, town.graph))
        table = reader_corridors(watches, town.roads, radii_m=radii, graph=town.graph).table
        every = table[table["highway"] == "all"].set_index("radius_m")["road_share"]
        assert made == pytest.approx(every.to_dict(), rel=1e-14)


@pytest.mark.parametrize(
    ("mid", "words"), [(0.6, ", above"), (0.2, ", below"), (0.4, None), (0.5, None)]
)
def test_C7_a_figure_its_interval_does_not_hold_is_said_to_lie_beside_it(
    mid: float, words: str | None
) -> None:
    row = {"measure": "c1_road_share_1km", "mid": mid, "median": 0.4, "low": 0.3, "high": 0.5}
    table = pd.DataFrame([row | {"draws": 9, "leads": "range"}])
    bounds = claims._intervals({"c7_intervals": table})["c1_road_share_1km"]["bounds"]
    assert ("the interval" in bounds) == (words is not None)
    assert (words or "most of the spread") in bounds


@pytest.mark.slow
def test_C7_draws_laid_together_are_those_laid_alone(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    net = Carriageways.of(town.roads.segments)
    cameras, views = town.cameras, town.views
    needed = {f: map_errors.reading_views(net, cameras, views, f) for f in uncertainty.FACINGS}
    planned = plan(MID, Settings(draws=3, alone=1), sampled=False)
    drawn = [map_errors.Drawn(d.watch, map_errors.Errors(), d.position, d.heading) for d in planned]
    together = list(map_errors.all_drawn(net, cameras, views, needed, drawn))
    kept = map_errors.positions_kept(net, town.roads, cameras, views, MID, repeats=2, seed=3)
    monkeypatch.setattr(map_errors, "AT_ONCE", 1)
    for one, draw, other in zip(
        map_errors.all_drawn(net, cameras, views, needed, drawn), drawn, together, strict=True
    ):
        pd.testing.assert_frame_equal(one, other)
        alone = map_errors.drawn_watches(net, cameras, views, needed[draw.watch.facing], draw)
        pd.testing.assert_frame_equal(alone, other)
        if draw.position is None and draw.heading is None:
            pd.testing.assert_frame_equal(watches_on(net, cameras, views, draw.watch), other)
    again = map_errors.positions_kept(net, town.roads, cameras, views, MID, repeats=2, seed=3)
    pd.testing.assert_frame_equal(kept, again)


def test_C7_a_wrong_position_keeps_more_of_the_road_than_of_the_piece(town: Town) -> None:
    net = Carriageways.of(town.roads.segments)
    kept = map_errors.positions_kept(
        net, town.roads, town.cameras, town.views, MID, repeats=3, seed=1
    )
    assert kept["error_m"].tolist() == [10.0, 20.0]
    assert kept["kept"].iloc[0] > kept["kept"].iloc[1]
    assert ((kept[["kept", "kept_road", "kept_cameras"]] <= 1).all()).all()


def test_C8_each_figure_without_an_agency_is_what_measuring_without_it_gives(town: Town) -> None:
    names = [f"A{i % 3}" if i < 20 else None for i in range(len(town.cameras))]
    cameras = town.cameras.assign(operator=pd.Series(names, dtype="str"))
    some = replace(town, cameras=cameras)
    watches = watch(cameras, town.views, town.roads, settings=MID).watches
    table = by_agency.without_agencies(some, watches).set_index("measure")
    who = by_agency.agencies(cameras)
    assert {w.split()[0] for w in who} == {"operator", "county"}
    reading = who.reindex(watches["camera_id"].unique())
    largest = reading.value_counts()
    assert (table["agencies"] == len(largest)).all()
    assert (table["largest_cameras"] == largest.max()).all()
    rest = watches[~watches["camera_id"].isin(who.index[who == table["largest"].iloc[0]])]
    assert town.demand is not None
    for these, column in ((watches, "figure"), (rest, "without_largest")):
        whole = every_pair.weigh(town.demand, readers.place_readers(these, town.graph))
        share = float(whole.summary["share_read_1"].iloc[0])
        assert table.loc["c6_share_read_1", column] == pytest.approx(share, abs=1e-6)
    # four agencies say nothing of others
    assert table[["low", "high"]].isna().all(axis=None)
    assert by_agency.without_agencies(some, watches.iloc[:0]).empty


def test_C8_the_jackknife_is_that_of_the_textbook_and_never_of_zero_width(town: Town) -> None:
    rng = np.random.default_rng(0)
    values = rng.uniform(size=30)
    parts = (values.sum() - values) / 29
    low, high, _ = by_agency._jackknife(values.mean(), parts, 30, share=True)
    # of a mean, the jackknife error is the standard error
    error = values.std(ddof=1) / np.sqrt(30)
    wide = float(stats.t.ppf(0.95, 29)) * error
    assert (low, high) == pytest.approx((values.mean() - wide, values.mean() + wide))
    for count, flat in ((30, np.full(30, 0.4)), (by_agency.FEWEST - 1, values)):
        low, high, why = by_agency._jackknife(0.4, flat, count, share=True)
        assert np.isnan(low)
        assert np.isnan(high)
        assert why.startswith("none")
    own = [f"O{i}" for i in range(len(town.cameras))]
    cameras = town.cameras.assign(operator=pd.Series(own, dtype="str"))
    watches = watch(cameras, town.views, town.roads, settings=MID).watches
    table = by_agency.without_agencies(replace(town, cameras=cameras), watches)
    given_ = table[table["low"].notna()]
    assert len(given_) >= 3
    assert (given_["low"] < given_["high"]).all()
    assert (given_["low"] <= given_["figure"]).all()
    assert (given_["figure"] <= given_["high"]).all()


@pytest.mark.slow
def test_C7_the_interval_holds_the_truth(calibrate: ModuleType) -> None:
    held = 0
    for seed in range(5):
        low, truth, high = calibrate.one_run(seed, 60)
        held += low <= truth <= high
    # of an interval of 90 %, two or fewer of five is a chance of 1 in a hundred
    assert held >= 3


def test_C6_every_sentence_is_computed_again_from_the_tables(town: Town) -> None:
    wanted = Wanted((500.0, 2000.0), town.people)
    names = pd.Series([f"A{i % 3}" for i in range(len(town.cameras))], dtype="str")
    made = coverage.measure(
        town.cameras.assign(operator=names, last_seen=None),
        town.views,
        town.roads,
        wanted,
        draws=5,
        cameras_given=99,
        set_aside={"removed": 3, "red_light": 1},
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
        "c8-without-largest": [
            tables["c8_agencies"].set_index("measure").loc["c6_share_read_1", "without_largest"]
        ],
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
    kept = tables["c7_positions"].set_index("error_m")
    for meters in (10, 20):
        printed = re.findall(r"\d+\.\d%", claims.loc[f"c7-position-{meters}m", "sentence"])
        columns = ["kept", "kept_road", "kept_cameras"]
        assert printed == [percent(v) for v in kept.loc[float(meters), columns]]
    near = len(town.cameras)
    reading = near - tables["reads_no_road"]["camera_id"].nunique()
    assert claims.loc["c0-cameras-here", "sentence"].startswith(
        f"{near} of 99 standing readers ({percent(near / 99)}) stand on these roads and {reading}"
    )
    counted = {"c0-cameras-here", "c7-position-10m", "c7-position-20m"}
    assert set(claims.index) == {*expected, *counted, "c6-extra-minutes"}
    assert claims["definition"].str.contains("facing rule rear, range 60 m").all()
    assert claims["set_aside"].str.contains(f"{len(town.cameras)} of 99 cameras").all()
    aside = "99 standing readers; set aside: 3 removed, 1 red-light camera"
    assert claims["set_aside"].str.startswith(aside).all()
    assert made.about["set_aside"] == {"removed": 3, "red_light": 1}
    interval = tables["c7_intervals"].set_index("measure").loc["c6_share_read_1"]
    assert claims.loc["c6-trips-read", ["low", "high"]].tolist() == [
        interval["low"],
        interval["high"],
    ]
    given = claims[claims["low"].notna()]
    assert (given["low"] < given["high"]).all()
    assert "Coverage" in made._repr_html_()
