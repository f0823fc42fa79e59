"""Two clicks on the page drive the same ways as `alprmap route`; the page speaks two languages."""

from __future__ import annotations

import dataclasses
import json
import re
from typing import Any

import map_data
import numpy as np
import pytest

from alprmap.coverage import place_readers, route, snap_ends
from alprmap.errors import NotFoundError
from alprmap.merge import open_cameras
from alprmap.publish import MapData
from alprmap.roads import Graph, read
from alprmap.shipped import data_path
from alprmap.watch import watch

pytestmark = pytest.mark.browser


@dataclasses.dataclass
class County:
    """The fictional county: the page, and what the command drives on."""

    data: MapData
    roads: Any
    graph: Graph
    places: Any

    def ways(self, a: tuple[float, float], b: tuple[float, float]) -> Any:
        """The two ways of the command between two (lat, lon), None where there is none."""
        spots = [(np.array([lon]), np.array([lat])) for lat, lon in (a, b)]
        ends = snap_ends(self.graph, spots[0], spots[1], within_m=2000.0)
        nodes = [int(node[0]) for node, _ in ends]
        try:
            return {w: route(self.roads, self.places, *nodes, way=w) for w in ("fastest", "least")}
        except NotFoundError:
            return None


@pytest.fixture(scope="module")
def county() -> County:
    roads = read([data_path("demo/roads.osm.pbf")])
    opened = open_cameras(data_path("demo/cameras.geojson"))
    watches = watch(opened.table, opened.views, roads).watches
    graph = Graph.from_segments(roads.segments, roads.restrictions)
    data = MapData(
        title="A county",
        cameras=opened.table,
        views=opened.views,
        segments=roads.segments,
        watches=watches,
        roads=roads,
        fictional=True,
    )
    return County(data, roads, graph, place_readers(watches, graph))


def pairs(graph: Graph, count: int) -> list[tuple[tuple[float, float], tuple[float, float]]]:
    rng = np.random.default_rng(11)
    out = []
    for a, b in rng.integers(0, graph.n_base, (count, 2)):
        off = rng.normal(0, 0.001, 4).round(5)
        out.append(
            (
                (round(float(graph.lat[a] + off[0]), 5), round(float(graph.lon[a] + off[1]), 5)),
                (round(float(graph.lat[b] + off[2]), 5), round(float(graph.lon[b] + off[3]), 5)),
            )
        )
    return out


def shown(it: Any) -> dict[str, dict[str, str]]:
    it.wait("!/Looking|Buscando/.test(document.getElementById('route-say').textContent)")
    found = it.page.evaluate(
        "[...document.querySelectorAll('#route-ways li')].map((x) => ({...x.dataset}))"
    )
    return {row["way"]: row for row in found}


def same(ways: Any, row: dict[str, dict[str, str]]) -> None:
    if ways is None:
        assert row == {}
        return
    for name, way in ways.items():
        assert abs(way.km - float(row[name]["km"])) < 0.01
        assert abs(way.minutes - float(row[name]["minutes"])) < 0.01
        assert row[name]["readers"].split() == list(way.readers["camera_id"])


def test_C6_a_trip_on_the_page_is_the_trip_of_the_command(opened: Any, county: County) -> None:
    trips = pairs(county.graph, 12)
    it = opened(county.data, "#9/31/-101")
    met = 0
    for (a, b), (c, d) in trips:
        it.page.evaluate(f"location.hash = '#9/{a}/{b}/trip={a},{b}~{c},{d}'")
        it.page.reload()
        it.page.wait_for_selector("html.ready", state="attached")
        ways = county.ways((a, b), (c, d))
        same(ways, shown(it))
        met += 0 if ways is None else len(ways["fastest"].readers)
    assert met > 5
    # it was loaded once for each
    it.requests[:] = it.requests[:1]


def test_C6_two_clicks_make_a_trip_and_a_third_begins_anew(opened: Any, county: County) -> None:
    graph = county.graph
    # where most junctions stand close: the town
    middle = county.data.cameras[["lat", "lon"]].median()
    near = np.hypot(graph.lat - middle["lat"], graph.lon - middle["lon"]).argmin()
    it = opened(county.data, f"#11/{graph.lat[near]:.5f}/{graph.lon[near]:.5f}")
    it.page.click("#route")
    assert "starts" in it.text("#route-say")
    box = it.page.locator("#map_alprmap").bounding_box()
    spots = [
        (box["x"] + box["width"] / 2 + 4, box["y"] + box["height"] / 2),
        (box["x"] + box["width"] / 2 - 6, box["y"] + box["height"] / 2 + 12),
    ]
    where = []
    for x, y in spots:
        it.page.mouse.click(x, y)
        at = it.page.evaluate(
            f"(() => {{ const p = map_alprmap.containerPointToLatLng([{x - box['x']}, {y - box['y']}]);"
            " return [p.lat, p.lng]; })()"
        )
        where.append(tuple(at))
    same(county.ways(*where), shown(it))
    it.page.wait_for_timeout(350)
    assert "trip=" in it.page.evaluate("location.hash")
    it.page.mouse.click(*spots[0])
    assert "ends" in it.text("#route-say")
    it.page.click("#route-end")
    assert it.page.locator("#route-box").is_hidden()


def test_C6_a_point_far_from_every_road_is_said(opened: Any, county: County) -> None:
    it = opened(county.data, "#9/31/-101/trip=20,-90~31,-101")
    assert shown(it) == {}
    assert "2,000 m" in it.text("#route-say")


def test_P_the_card_draws_what_the_camera_reads(opened: Any, county: County) -> None:
    reader = str(county.data.watches["camera_id"].iloc[0])  # type: ignore[index]
    it = opened(county.data, f"#15/31/-101/camera={reader}")
    picture = it.page.locator("#card canvas.picture")
    assert picture.get_attribute("role") == "img"
    count = """(c) => { let n = 0;
      const d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data;
      for (let i = 0; i < d.length; i += 4)
        if (Math.abs(d[i] - 0xc2) + Math.abs(d[i + 1] - 0x41) + Math.abs(d[i + 2] - 0x0c) < 60) n++;
      return n; }"""
    assert picture.evaluate(count) > 20
    it.messages[:] = [m for m in it.messages if "getImageData" not in m]


def test_a_page_without_roads_offers_no_trip(opened: Any) -> None:
    it = opened(map_data.town())
    assert it.page.locator("#route").is_hidden()
    assert "worker-src" not in it.path.read_text()


def test_P_the_page_changes_its_language_and_keeps_its_state(opened: Any) -> None:
    data = map_data.town(story=[("1", "One.")], story_in={"es": [("1", "Uno.")]})
    it = opened(data, "#15/30.15/-100.1/camera=cam-0004")
    it.page.evaluate("document.getElementById('filters').open = true")
    it.page.fill("#f-operator", "Agency")
    left = it.count()
    it.page.click("#lang")
    assert it.page.evaluate("document.documentElement.lang") == "es"
    assert "Capas" in it.text("#layers") or "CAPAS" in it.text("#layers")
    assert "Uno." in it.text("#story")
    assert it.count() == left
    assert it.page.input_value("#f-operator") == "Agency"
    assert "Última" in it.text("#card") or "última" in it.text("#card")
    it.page.wait_for_timeout(400)
    assert "lang=es" in it.page.evaluate("location.hash")
    it.page.reload()
    it.page.wait_for_selector("html.ready", state="attached")
    assert it.page.evaluate("document.documentElement.lang") == "es"
    it.page.click("#lang")
    assert "One." in it.text("#story")
    it.requests[:] = it.requests[:1]


def test_P_no_english_is_left_on_a_spanish_page(opened: Any) -> None:
    """What the page says by itself has an entry: each text that stays the same in both languages is
    a name from the data, a number or a word of both."""
    it = opened(map_data.town(language="es"), "#15/30.15/-100.1/camera=cam-0004")
    it.page.evaluate("document.getElementById('filters').open = true")
    walk = """() => { const out = [], w = document.createTreeWalker(document.getElementById('app'), 4);
      while (w.nextNode()) if (w.currentNode.data.trim()) out.push(w.currentNode.data.trim());
      return out; }"""
    spanish = set(it.page.evaluate(walk))
    it.page.click("#lang")
    both = {t for t in spanish & set(it.page.evaluate(walk)) if re.search("[A-Za-z]{3}", t)}
    data = it.path.read_text()
    own = json.loads(re.search(r'id="data">(.*?)</script>', data, re.S)[1])  # type: ignore[index]
    words = json.dumps({k: v for k, v in own.items() if k != "words"}, ensure_ascii=False)
    # ids are put together by the page, of a source and a record
    strange = {t for t in both if t not in words and not t.startswith(("cam-", "crowd:", "(2026"))}
    assert strange == set()


@pytest.mark.parametrize("language", ["en", "es"])
def test_axe_finds_nothing_at_all(opened: Any, axe: str, county: County, language: str) -> None:
    data = dataclasses.replace(county.data, language=language)
    (a, b), (c, d) = pairs(county.graph, 1)[0]
    reader = str(county.data.watches["camera_id"].iloc[0])  # type: ignore[index]
    it = opened(data, f"#9/{a}/{b}/trip={a},{b}~{c},{d}&camera={reader}")
    shown(it)
    it.page.evaluate("document.getElementById('filters').open = true")
    it.page.click("#table-toggle")
    it.page.evaluate(axe)
    found = it.page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    assert [(v["id"], [n["html"] for n in v["nodes"]][:2]) for v in found["violations"]] == []
