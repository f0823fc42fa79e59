"""Watch: a drawn scene for every rule W1-W6, and a hundred real cameras judged by eye."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from alprmap import direction, geo, schema
from alprmap.errors import InputError, NotFoundError, UsageError
from alprmap.roads import door, network
from alprmap.roads.network import Roads
from alprmap.watch import carriageways, places, plot
from alprmap.watch import reads as room
from alprmap.watch.reads import watch
from alprmap.watch.settings import Settings
from alprmap.watch.settings import watch_levels as level

LON, LAT = -100.0, 40.0
XY = list[tuple[float, float]]


def at(points: XY) -> list[tuple[float, float]]:
    """Meters east and north of the scene's origin as lon, lat."""
    per_lon, per_lat = geo.degree_m(LAT)
    return [(LON + x / float(per_lon), LAT + y / float(per_lat)) for x, y in points]


def scene(*roads: dict[str, Any]) -> Roads:
    """A network from {line, highway, oneway, layer, …}; ends on one spot are one node."""
    nodes: dict[tuple[float, float], int] = {}
    rows = []
    for i, road in enumerate(roads):
        line = road["line"]
        u, v = (nodes.setdefault(p, len(nodes) + 1) for p in (line[0], line[-1]))
        rows.append({
            "segment_id": i, "way_id": i + 1, "u": u, "v": v, "highway": road.get("highway", "primary"),
            "name": road.get("name"), "ref": None, "forward": True, "backward": not road.get("oneway", False),
            "layer": road.get("layer", 0), "bridge": road.get("layer", 0) > 0, "tunnel": road.get("tunnel", False),
            "lanes": road.get("lanes", np.nan), "geometry": shapely.LineString(at(line)),
        })  # fmt: skip
    table = gpd.GeoDataFrame(rows, geometry="geometry", crs=4326)
    table["length_m"] = geo.length_m(table.geometry.to_numpy())
    return Roads(schema.conform(table, "segments"), network.restrictions_frame([]), {})


def camera(
    x: float,
    y: float,
    *headings: float,
    width: float = np.nan,
    quality: str = "exact",
    error: float = 10.0,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """One camera at meters (x, y); no heading means one view of unknown heading."""
    ((lon, lat),) = at([(x, y)])
    cameras = pd.DataFrame(
        {"camera_id": ["c1"], "lon": [lon], "lat": [lat], "position_error_m": [error]}
    )
    views = pd.DataFrame({"camera_id": "c1", "heading_deg": headings or [np.nan], "width_deg": width,
                          "quality": quality if headings else "missing"})  # fmt: skip
    return cameras, views


def reads(
    roads: Roads, seen: tuple[pd.DataFrame, pd.DataFrame], **more: Any
) -> list[tuple[int, str]]:
    watched = watch(*seen, roads, settings=Settings(**more))
    schema.check(watched.watches, "watches")
    return sorted(zip(watched.watches["segment_id"], watched.watches["travel"], strict=True))


NORTH = {"line": [(0, -200), (0, 200)]}
DUAL = (
    {"line": [(6, -200), (6, 200)], "oneway": True, "highway": "motorway"},
    {"line": [(-6, 200), (-6, -200)], "oneway": True, "highway": "motorway"},
)


class TestW1Wedge:
    def test_W1_a_road_beside_the_camera_and_one_behind_it(self) -> None:
        assert reads(scene(NORTH), camera(8, 0, 350)) == [(0, "forward")]
        assert reads(scene(NORTH), camera(8, 0, 90)) == []

    def test_W1_range_is_kept(self) -> None:
        dead_end = scene({"line": [(0, 70), (0, 200)]})
        assert reads(dead_end, camera(0, 0, 0)) == []
        assert reads(dead_end, camera(0, 0, 0), range_m=75) == [(0, "forward")]

    def test_W1_tagged_width_beats_the_setting(self) -> None:
        roads = scene({"line": [(45, -200), (45, 200)]})
        assert reads(roads, camera(0, 0, 0)) == []
        assert reads(roads, camera(0, 0, 0, width=120)) == [(0, "forward")]

    def test_W1_the_wedge_meets_the_carriageway_not_only_its_middle(self) -> None:
        # the edge of the wedge runs 2 m past the end of the middle line; the carriageway is 7 m
        # wide
        near = scene({"line": [(5, 10), (5, 8)], "lanes": 2})
        narrow = scene({"line": [(5, 10), (5, 8)], "lanes": 1, "highway": "service"})
        wide = reads(near, camera(0, 0, 0), width_deg=40)
        assert wide == [(0, "backward")] or wide == [(0, "forward")]
        assert carriageways.half_widths_m(near.segments).tolist() == [3.6]
        assert carriageways.half_widths_m(narrow.segments).tolist() == [1.8]

    def test_a_position_without_precision_is_compared_by_course_only(self) -> None:
        crossing = scene(NORTH, {"line": [(-200, 30), (200, 30)]})
        watched = watch(*camera(-70, 10, 5, error=40), crossing)
        assert watched.watches[["segment_id", "travel"]].to_numpy().tolist() == [[0, "forward"]]
        assert watched.watches["rule"].tolist() == ["W1 W2:rear coarse"]


class TestW2Facing:
    @pytest.mark.parametrize(
        ("facing", "expected"),
        [
            ("rear", [(0, "forward")]),
            ("front", [(0, "backward")]),
            ("either", [(0, "backward"), (0, "forward")]),
        ],
    )
    def test_W2_three_meanings(self, facing: str, expected: list[tuple[int, str]]) -> None:
        assert reads(scene(NORTH), camera(8, 0, 350), facing=facing) == expected

    def test_W2_dual_carriageway(self) -> None:
        roads = scene(*DUAL)
        assert reads(roads, camera(14, 0, 345)) == [(0, "forward")]
        assert reads(roads, camera(14, 0, 345), facing="front") == [(1, "forward")]
        assert reads(roads, camera(-14, 0, 165)) == [(1, "forward")]
        # from the median, by the heading alone
        assert reads(roads, camera(0, 0, 5)) == [(0, "forward")]
        assert reads(roads, camera(0, 0, 185)) == [(1, "forward")]

    def test_W2_a_crosswise_road_is_read_either_way_without_a_winner(self) -> None:
        watched = watch(*camera(0, -10, 0), scene({"line": [(-200, 0), (200, 0)]})).watches
        assert sorted(watched["travel"]) == ["backward", "forward"]
        assert not watched["winner"].any()
        assert watched["rule"].str.endswith("crosswise").all()
        assert (watched["score"] < 0.1).all()

    def test_at_a_crossing_the_road_along_the_axis_wins(self) -> None:
        cross = scene({"line": [(0, -200), (0, 0)]}, {"line": [(0, 0), (0, 200)]},
                      {"line": [(-200, 0), (0, 0)]}, {"line": [(0, 0), (200, 0)]})  # fmt: skip
        assert reads(cross, camera(6, -8, 355)) == [(1, "forward")] or reads(
            cross, camera(6, -8, 355)
        ) == [(0, "forward")]
        assert reads(cross, camera(8, 6, 80)) == [(3, "forward")]

    def test_W2_a_stated_direction_of_travel_needs_no_wedge(self) -> None:
        watched = watch(
            *camera(10, 0, 0, quality="travel"), scene(NORTH), settings=Settings(facing="front")
        )
        assert watched.watches[["travel", "rule"]].to_numpy().tolist() == [
            ["forward", "W1 W2:stated"]
        ]

    def test_W2_a_one_way_road_is_never_read_against_it(self) -> None:
        assert reads(scene({**NORTH, "oneway": True}), camera(8, 0, 190)) == []
        assert reads(scene({**NORTH, "oneway": True}), camera(8, 0, 190), facing="front") == [
            (0, "forward")
        ]


class TestW3Unknown:
    def test_W3_unknown_heading_reads_every_carriageway_and_says_so(self) -> None:
        roads = scene(*DUAL, {"line": [(-200, 40), (200, 40)]})
        watched = watch(*camera(10, 0), roads).watches
        pairs = sorted(zip(watched["segment_id"], watched["travel"], strict=True))
        assert pairs == [(0, "forward"), (1, "forward"), (2, "backward"), (2, "forward")]
        assert (watched["rule"] == "W1 W3").all()
        assert watched["heading_deg"].isna().all()
        assert not watched["winner"].any()

    def test_W3_a_camera_without_a_view_counts_as_unknown(self) -> None:
        cameras, views = camera(10, 0)
        assert len(watch(cameras, views.iloc[:0], scene(NORTH)).watches) == 2

    def test_all_around_says_nothing_of_travel(self) -> None:
        assert reads(scene(NORTH), camera(10, 0, 0, width=360)) == [(0, "backward"), (0, "forward")]

    def test_W3_exact_zero_is_north_where_a_road_runs_north(self) -> None:
        watched = watch(*camera(8, 0, 0, quality="zero"), scene(NORTH)).watches
        assert watched[["travel", "rule"]].to_numpy().tolist() == [["forward", "W1 W2:rear zero"]]

    def test_W3_exact_zero_is_unknown_where_none_does(self) -> None:
        watched = watch(
            *camera(0, 12, 0, quality="zero"), scene({"line": [(-200, 0), (200, 0)]})
        ).watches
        assert sorted(watched["travel"]) == ["backward", "forward"]
        assert (watched["rule"] == "W1 W3 zero-unset").all()

    def test_three_hundred_and_sixty_is_a_deliberate_north(self) -> None:
        parsed = direction.parse("360").views[0]
        seen = camera(0, 12, parsed.heading_deg, quality=parsed.quality)
        assert reads(scene({"line": [(-200, 0), (200, 0)]}), seen) == []


class TestW4Place:
    def test_W4_where_the_axis_meets_the_road(self) -> None:
        row = watch(*camera(10, 0, 330), scene(NORTH)).watches.iloc[0]
        assert row["offset_m"] == pytest.approx(200 + 10 / np.tan(np.radians(30)), abs=0.05)
        assert row["range_m"] == pytest.approx(20.0, abs=0.05)
        assert row["start_m"] < row["offset_m"] < row["end_m"]
        assert row["end_m"] == pytest.approx(200 + np.sqrt(60**2 - 10**2), abs=0.05)

    def test_W4_the_nearest_part_of_the_wedge_where_the_axis_misses(self) -> None:
        row = watch(*camera(10, 0, 0), scene({**NORTH, "lanes": 1e-9})).watches.iloc[0]
        assert row["offset_m"] == pytest.approx(200 + 10 / np.tan(np.radians(22.5)), abs=0.05)

    def test_W4_offsets_follow_the_geometry(self) -> None:
        bent = scene({"line": [(0, -100), (0, 0), (100, 0)]})
        row = watch(*camera(30, -8, 80), bent).watches.iloc[0]
        assert (row["segment_id"], row["travel"]) == (0, "forward")
        assert 130 < row["offset_m"] < 190

    def test_W4_a_road_going_on_is_read_once(self) -> None:
        chain = scene(*({"line": [(0, 15 * i), (0, 15 * (i + 1))]} for i in range(-3, 6)))
        assert len(reads(chain, camera(6, 0, 350))) == 1
        assert len(reads(chain, camera(6, 0))) == 2

    def test_roundabout(self) -> None:
        ring = [(20 * np.sin(a), 20 * np.cos(a)) for a in np.linspace(0, -2 * np.pi, 17)]
        quarters = [{"line": ring[k : k + 5], "oneway": True} for k in (0, 4, 8, 12)]
        arm = {"line": [(0, 120), ring[0]]}
        # behind the arm, looking at traffic that leaves the roundabout to the north
        assert reads(scene(*quarters, arm), camera(6, 28, 355)) == [(4, "backward")]
        # from the center to the east: one-way, anticlockwise, so northbound there
        found = watch(*camera(12, -14, 30), scene(*quarters, arm)).watches
        assert set(found["travel"]) == {"forward"}
        assert found.loc[found["winner"], "segment_id"].tolist() == [3] or len(found) <= 2

    def test_frontage_road(self) -> None:
        roads = scene(
            {**DUAL[0], "line": [(0, -200), (0, 200)]},
            {"line": [(25, -200), (25, 200)], "highway": "residential"},
        )
        # between the two, turned to one or the other
        assert reads(roads, camera(12, 0, 335)) == [(0, "forward")]
        assert reads(roads, camera(12, 0, 25)) == [(1, "forward")]

    def test_several_heads_on_one_pole(self) -> None:
        watched = watch(*camera(8, 0, 350, 190), scene(NORTH)).watches
        assert watched[["heading_deg", "travel", "winner"]].to_numpy().tolist() == [
            [190.0, "backward", True], [350.0, "forward", True],
        ]  # fmt: skip


class TestW5Unread:
    def test_W5_every_camera_is_read_or_listed(self) -> None:
        cameras = pd.concat([camera(x, 0, 90)[0].assign(camera_id=i) for i, x in
                             (("beside", 20), ("far", 500), ("away", 5_000), ("reads", -20))])  # fmt: skip
        lost = pd.DataFrame(
            {"camera_id": ["lost"], "lon": [np.nan], "lat": [np.nan], "position_error_m": [np.nan]}
        )
        cameras = pd.concat([cameras, lost], ignore_index=True)
        views = pd.DataFrame(
            {
                "camera_id": cameras["camera_id"],
                "heading_deg": 80.0,
                "width_deg": np.nan,
                "quality": "exact",
            }
        )
        views.loc[views["camera_id"] == "reads", "heading_deg"] = 20.0
        watched = watch(cameras, views, scene(NORTH))
        assert set(watched.watches["camera_id"]) == {"reads"}
        rows = watched.unread.set_index("camera_id")
        assert rows["reason"].to_dict() == {
            "beside": "no road in its view", "far": "no road in range", "away": "no road within 2 km",
            "lost": "no position",
        }  # fmt: skip
        assert rows.loc["beside", "distance_m"] == pytest.approx(20, abs=0.1)
        assert rows.loc["far", "distance_m"] == pytest.approx(500, abs=0.5)
        assert rows["segment_id"].isna().to_dict() == {
            "beside": False,
            "far": False,
            "away": True,
            "lost": True,
        }

    def test_nothing_in_nothing_out(self) -> None:
        cameras, views = camera(0, 0, 90)
        empty = Roads(scene(NORTH).segments.iloc[:0], network.restrictions_frame([]), {})
        watched = watch(cameras, views, empty)
        assert (len(watched.watches), watched.unread["reason"].tolist()) == (
            0,
            ["no road within 2 km"],
        )
        none = watch(cameras.iloc[:0], views.iloc[:0], scene(NORTH))
        assert (len(none.watches), len(none.unread)) == (0, 0)
        schema.check(none.watches, "watches")


class TestW6Levels:
    def test_W6_overpass_over_the_road_the_camera_stands_at(self) -> None:
        # the bridge runs with the axis too, nearer to it than the road below
        roads = scene(NORTH, {"line": [(14, -200), (14, 200)], "layer": 1})
        plain = scene(NORTH, {"line": [(14, -200), (14, 200)]})
        seen = camera(6, 0, 358)
        assert reads(roads, seen) == [(0, "forward")]
        assert len(reads(plain, seen)) == 2

    def test_W6_from_a_bridge_down_to_the_road_below(self) -> None:
        roads = scene({"line": [(-200, 0), (200, 0)], "layer": 1}, {"line": [(5, -200), (5, 200)]})
        watched = watch(*camera(0, 2, 5), roads).watches
        assert watched[["segment_id", "travel", "winner"]].to_numpy().tolist() == [
            [1, "forward", True]
        ]
        assert watched["rule"].tolist() == ["W1 W2:rear W6"]

    def test_W6_a_tunnel_under_the_street(self) -> None:
        roads = scene(NORTH, {"line": [(9, -200), (9, 200)], "layer": -1, "tunnel": True})
        assert reads(roads, camera(4.6, 0, 3)) == [(0, "forward")]


class TestContract:
    def test_W6_levels(self) -> None:
        assert [(level(n).range_m, level(n).width_deg) for n in ("low", "mid", "high")] == [
            (30, 30),
            (60, 45),
            (90, 70),
        ]
        assert level("mid") == Settings()
        for bad in ({"name": "middle"}, {"name": "low", "facing": "sideways"}):
            with pytest.raises(UsageError):
                level(**bad)

    def test_arguments_are_left_alone_and_order_does_not_matter(self) -> None:
        roads = scene(*DUAL, {"line": [(-200, 40), (200, 40)]})
        parts = [camera(x, 3 * x, h) for x, h in ((10, 350), (12, np.nan), (-9, 170), (14, 345))]
        cameras = pd.concat(
            [c.assign(camera_id=f"c{i}") for i, (c, _) in enumerate(parts)], ignore_index=True
        )
        views = pd.concat(
            [v.assign(camera_id=f"c{i}") for i, (_, v) in enumerate(parts)], ignore_index=True
        )
        before = cameras.copy(), views.copy()
        one = watch(cameras, views, roads)
        two = watch(cameras.iloc[::-1], views.iloc[::-1], roads)
        assert cameras.equals(before[0])
        assert views.equals(before[1])
        assert one.watches.equals(two.watches)
        assert one.unread.equals(two.unread)

    def test_chunks_do_not_show(self, monkeypatch: pytest.MonkeyPatch) -> None:
        cameras = pd.concat(
            [camera(8, 5 * i, 350)[0].assign(camera_id=f"c{i}") for i in range(9)],
            ignore_index=True,
        )
        views = pd.DataFrame(
            {
                "camera_id": cameras["camera_id"],
                "heading_deg": 350.0,
                "width_deg": np.nan,
                "quality": "exact",
            }
        )
        whole = watch(cameras, views, scene(NORTH)).watches
        monkeypatch.setattr(room, "CHUNK_VIEWS", 4)
        assert watch(cameras, views, scene(NORTH)).watches.equals(whole)
        assert len(whole) == 9

    def test_a_camera_twice_is_refused(self) -> None:
        cameras, views = camera(0, 0, 1)
        with pytest.raises(InputError, match="stands twice"):
            watch(pd.concat([cameras, cameras]), views, scene(NORTH))

    def test_views_of_one_heading_and_two_widths_are_one_row(self) -> None:
        cameras, views = camera(8, 0, 350)
        both = pd.concat([views, views.assign(width_deg=90.0)], ignore_index=True)
        assert len(watch(cameras, both, scene(NORTH)).watches) == 1

    @given(
        x=st.floats(-80, 80),
        y=st.floats(-80, 80),
        heading=st.floats(0, 359.99),
        turn=st.floats(0, 359),
    )
    @settings(max_examples=25)
    def test_every_row_keeps_its_promises(
        self, x: float, y: float, heading: float, turn: float
    ) -> None:
        s, c = np.sin(np.radians(turn)), np.cos(np.radians(turn))
        lines: list[XY] = [
            [(-150, 0), (0, 0)],
            [(0, 0), (150, 20)],
            [(0, -150), (10, -60), (0, 0)],
            [(0, 0), (0, 150)],
        ]
        turned = [[(a * c + b * s, b * c - a * s) for a, b in line] for line in lines]
        roads = scene(*({"line": line} for line in turned))
        cameras, views = camera(x, y, heading)
        rows = watch(cameras, views, roads).watches
        length = roads.segments["length_m"].to_numpy()[rows["segment_id"]]
        assert ((rows["start_m"] >= 0) & (rows["start_m"] <= rows["offset_m"] + 0.01)).all()
        assert ((rows["offset_m"] <= rows["end_m"] + 0.01) & (rows["end_m"] <= length + 0.02)).all()
        assert ((rows["score"] > 0) & (rows["score"] <= 1)).all()
        assert rows["winner"].sum() <= 1
        spots = places.camera_places(rows, roads)
        far = geo.distance_m(
            shapely.get_x(spots.geometry),
            shapely.get_y(spots.geometry),
            *cameras[["lon", "lat"]].iloc[0],
        )
        assert np.allclose(far, rows["range_m"], atol=0.1)
        assert (rows["range_m"] <= 60.01).all()
        assert (geo.angle_between_deg(spots["travel_deg"], heading) <= 106).all()


# ---- real cameras
# -------------------------------------------------------------------------------------

TRUTH = Path(__file__).parents[1].joinpath("watch_truth.csv")
EXTRACTS = {
    "columbus": "columbus-oh.osm.pbf",
    "salt-lake-city": "salt-lake-city-edges.parquet",
    "portland": "portland-or.osm.pbf",
}


def real_cameras(shared: Path, wanted: set[str]) -> tuple[pd.DataFrame, pd.DataFrame]:
    rows = json.loads(gzip.decompress((shared / "cameras" / "us-2026-01.json.gz").read_bytes()))
    cameras, views = [], []
    for row in rows:
        name = f"node/{row['osmId']}"
        if name not in wanted:
            continue
        cameras.append(
            {"camera_id": name, "lon": row["lon"], "lat": row["lat"], "position_error_m": 10.0}
        )
        parsed = direction.parse(row.get("directionCardinal"))
        unknown = {"camera_id": name, "heading_deg": np.nan, "quality": parsed.quality}
        views += [{"camera_id": name, "heading_deg": v.heading_deg, "width_deg": v.width_deg, "quality": v.quality}
                  for v in parsed.views] or [unknown]  # fmt: skip
    return pd.DataFrame(cameras), pd.DataFrame(views).astype({"width_deg": "float64"})


class Around:
    """Arcs near one camera in meters, to find the arc a truth point means and the passage it
    belongs to."""

    def __init__(self, roads: Roads, lon: float, lat: float) -> None:
        per_lon, per_lat = (float(v) for v in geo.degree_m(lat))
        dx, dy = 200 / per_lon, 200 / per_lat
        self.arcs: dict[tuple[int, str], tuple[Any, int, int]] = {}
        for i in roads.segments.sindex.query(shapely.box(lon - dx, lat - dy, lon + dx, lat + dy)):
            row = roads.segments.iloc[i]
            xy = (shapely.get_coordinates(row.geometry) - [lon, lat]) * [per_lon, per_lat]
            if row.forward:
                self.arcs[row.segment_id, "forward"] = (xy, row.u, row.v)
            if row.backward:
                self.arcs[row.segment_id, "backward"] = (xy[::-1], row.v, row.u)

    def meant(self, east: float, north: float, travel: float) -> tuple[int, str]:
        """The nearest arc within 9 m whose course there is within 45° of the one written down."""
        best = []
        for key, (xy, _, _) in self.arcs.items():
            line, spot = shapely.LineString(xy), shapely.Point(east, north)
            a, b = (
                line.interpolate(np.clip(line.project(spot) + s, 0, line.length)).coords[0]
                for s in (-2, 2)
            )
            if line.distance(spot) <= 9 and turn(course(a, b), travel) <= 45:
                best.append((line.distance(spot), key))
        return min(best)[1]

    def passage(self, key: tuple[int, str]) -> set[tuple[int, str]]:
        """The arc and what goes straight on before and behind it: one vehicle drives all of it."""
        found = {key}
        for ahead in (True, False):
            todo = [key]
            while todo:
                here = todo.pop()
                for other in self.arcs:
                    a, b = (here, other) if ahead else (other, here)
                    if (
                        other not in found
                        and self.arcs[a][2] == self.arcs[b][1]
                        and self._straight(a, b)
                    ):
                        found.add(other)
                        todo.append(other)
        return found

    def _straight(self, a: tuple[int, str], b: tuple[int, str]) -> bool:
        return turn(course(*self.arcs[a][0][-2:]), course(*self.arcs[b][0][:2])) <= 45


def course(a: Any, b: Any) -> float:
    return float(np.degrees(np.arctan2(b[0] - a[0], b[1] - a[1])) % 360)


def turn(a: float, b: float) -> float:
    return float(geo.angle_between_deg(a, b))


def judged(shared: Path) -> Iterator[dict[str, Any]]:
    """One row per predicted arc (right, road right) and one per arc of the truth (found, road
    found)."""
    truth = pd.read_csv(TRUTH)
    for city, file in EXTRACTS.items():
        here = truth[truth["city"] == city]
        roads = door.read(shared / "roads" / file)
        cameras, views = real_cameras(shared, set(here["camera_id"]))
        assert len(cameras) == here["camera_id"].nunique()
        watches = watch(cameras, views, roads).watches
        for name, rows in here.groupby("camera_id"):
            spot = cameras[cameras["camera_id"] == name].iloc[0]
            around = Around(roads, spot.lon, spot.lat)
            asked = rows[rows["answer"] != "none"]
            passages = [
                (r.answer, around.passage(around.meant(r.east_m, r.north_m, r.travel_deg)))
                for r in asked.itertuples()
            ]
            mine = watches[watches["camera_id"] == name]
            arcs = list(zip(mine["segment_id"], mine["travel"], strict=True))
            for arc in arcs:
                exact = {a for a, p in passages if arc in p}
                road = {a for a, p in passages if arc[0] in {s for s, _ in p}}
                yield {"city": city, "drawn": rows["drawn"].iloc[0], "kind": "said", "camera_id": name,
                       "arc": rank(exact), "road": rank(road)}  # fmt: skip
            for answer, passage in passages:
                if answer == "yes":
                    yield {"city": city, "drawn": rows["drawn"].iloc[0], "kind": "true", "camera_id": name,
                           "arc": "yes" if passage & set(arcs) else "no",
                           "road": "yes" if {s for s, _ in passage} & {s for s, _ in arcs} else "no"}  # fmt: skip


def rank(answers: set[str]) -> str:
    return "yes" if "yes" in answers else "maybe" if answers else "no"


def rate(rows: pd.DataFrame, column: str) -> float:
    counted = rows[rows[column] != "maybe"]
    return float((counted[column] == "yes").mean())


@pytest.mark.slow
def test_a_hundred_cameras_judged_by_eye(shared: Path) -> None:
    table = pd.DataFrame(judged(shared))
    assert pd.read_csv(TRUTH)["camera_id"].nunique() == 100
    said, true = (table[table["kind"] == k] for k in ("said", "true"))
    assert len(said) > 100
    wrong = table[(table["arc"] == "no")].to_dict("records")
    assert rate(said, "arc") >= 0.9, wrong
    assert rate(true, "arc") >= 0.9, wrong
    assert rate(said, "road") >= 0.95, wrong
    assert rate(true, "road") >= 0.95, wrong
    held = said[said["drawn"] == "held-out"], true[true["drawn"] == "held-out"]
    assert min(rate(held[0], "arc"), rate(held[1], "arc")) >= 0.9, wrong


def test_sensitivity_on_columbus_grows_with_the_settings(shared: Path) -> None:
    roads = network.read(shared / "roads" / EXTRACTS["columbus"])
    wanted = set(pd.read_csv(TRUTH).query("city == 'columbus'")["camera_id"])
    cameras, views = real_cameras(shared, wanted)
    reading = [
        watch(cameras, views, roads, settings=level(n)).watches["camera_id"].nunique()
        for n in ("low", "mid", "high")
    ]
    assert reading == sorted(reading)
    either = watch(cameras, views, roads, settings=level("mid", facing="either")).watches
    rear = watch(cameras, views, roads, settings=level("mid")).watches
    assert len(either) > 1.5 * len(rear)


class TestPlot:
    def test_pictures_are_written_once_and_the_same(self, tmp_path: Path) -> None:
        roads = scene({**NORTH, "name": "100{% off $x_1$"}, *DUAL)
        seen = camera(8, 0, 350, 190)
        watches = watch(*seen, roads).watches
        for suffix in (".png", ".svg"):
            one, two = tmp_path / f"a{suffix}", tmp_path / f"b{suffix}"
            for path in (one, two):
                plot.plot_camera("c1", *seen, roads, watches, path)
            assert one.read_bytes() == two.read_bytes()
            assert one.stat().st_size > 5_000
            with pytest.raises(UsageError, match="exists already"):
                plot.plot_camera("c1", *seen, roads, watches, one)

    def test_unknown_camera_and_format(self, tmp_path: Path) -> None:
        roads, seen = scene(NORTH), camera(8, 0)
        watches = watch(*seen, roads).watches
        with pytest.raises(NotFoundError, match="no located camera is called c9"):
            plot.plot_camera("c9", *seen, roads, watches, tmp_path / "a.png")
        with pytest.raises(UsageError, match="not a picture format"):
            plot.plot_camera("c1", *seen, roads, watches, tmp_path / "a.txt")
        assert list(tmp_path.iterdir()) == []


TILES = Path(__file__).parents[3] / "shared" / "data" / "roads" / "two-extracts"
OHIO = Path(__file__).parents[3] / "shared" / "data" / "cameras" / "us-2025-10-Ohio.geojson"


def _rows_by_way(watched: room.Watched, roads: Roads, cameras: pd.Series) -> pd.DataFrame:
    """Watches of some cameras with ways and places instead of numbers given anew by each cut."""
    table = places.camera_places(watched.watches, roads)
    row = roads.segments["segment_id"].searchsorted(table["segment_id"].to_numpy())
    table["way_id"] = roads.segments["way_id"].to_numpy()[row]
    table["u"] = roads.segments["u"].to_numpy()[row]
    names = ["camera_id", "heading_deg", "way_id", "u", "travel", "offset_m", "score", "winner"]
    some = table[table["camera_id"].isin(cameras)]
    return pd.DataFrame(some[[*names, "rule"]]).sort_values(names[:5], ignore_index=True)


@pytest.mark.skipif(not TILES.exists(), reason="no road tiles on this machine")
def test_W4_what_a_camera_reads_does_not_depend_on_the_other_roads_loaded() -> None:
    from alprmap.cli import common

    cameras = common.read_cameras(OHIO)
    tiles = [network.read(TILES / f"columbus-overlap-{name}.osm.pbf") for name in ("nw", "ne")]
    parts = [watch(cameras.cameras, cameras.views, tile) for tile in tiles]
    west, east = (set(part.watches["camera_id"]) for part in parts)
    # the tiles share a strip of 0.024 degrees about -83.0 (whole ways reach beyond it); at its edge
    # a road may be lacking on one side
    both = cameras.cameras["camera_id"][cameras.cameras["lon"].between(-83.009, -82.991)]
    both = both[both.isin(west | east)]
    assert len(both) > 3
    rows = [_rows_by_way(part, tile, both) for part, tile in zip(parts, tiles, strict=True)]
    pd.testing.assert_frame_equal(rows[0], rows[1])


@given(order=st.permutations(range(6)))
@settings(max_examples=25)
def test_W4_ties_at_a_shared_junction_fall_alike_with_more_roads_around(order: list[int]) -> None:
    star: list[dict[str, Any]] = [
        {"line": [(0, 0), (120 * np.sin(a), 120 * np.cos(a))]} for a in np.arange(6) * np.pi / 3
    ]
    far = [
        {"line": [(500 + 40 * i, -300 + 90 * k), (520 + 40 * i, -250 + 90 * k)]}
        for k, i in enumerate(order)
    ]
    cameras, views = camera(0, 0, 0.0, 60.0)
    alone = watch(cameras, views, scene(*star)).watches
    among = watch(cameras, views, scene(*star, *far)).watches
    assert alone.equals(among)


def test_W1_the_result_counts_and_claims_what_its_tables_hold() -> None:
    watched = watch(*camera(8, 0, 350), scene(NORTH))
    claim = watched.claims().iloc[0]
    assert claim["figure"] == watched.watches["camera_id"].nunique() == watched.counts()["reading"]
    assert claim["n"] == watched.counts()["cameras"] == 1
    assert "1 of 1 camera (100.0%) reads" in claim["sentence"]
    assert "facing rule rear" in claim["sentence"]
