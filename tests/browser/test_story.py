"""The page as a story: it opens on the finding, names what one looks for, and says what is read."""

from __future__ import annotations

import dataclasses
from typing import Any

import map_data
import pandas as pd
import pytest

from alprmap.geography import counties, states

pytestmark = pytest.mark.browser


def country(**changes: Any) -> Any:
    """A page of the country: few cameras, far apart, with its ground."""
    rows = map_data.cameras(40)
    rows["lon"] = [-122 + 1.2 * i for i in range(40)]
    rows["lat"] = [32.5 + (i % 7) * 1.5 for i in range(40)]
    from alprmap.publish.map import webmap

    data = webmap.MapData(
        title="The country", cameras=rows, states=states(), counties=counties(), story=[("40", "x")]
    )
    return dataclasses.replace(data, **changes)


def middle(page: Any) -> tuple[float, float, float]:
    found = page.evaluate(
        "[map_alprmap.getCenter().lat, map_alprmap.getCenter().lng, map_alprmap.getZoom()]"
    )
    return tuple(found)


@pytest.mark.parametrize(
    ("typed", "first", "lat", "lon"),
    [
        ("Phoenix", "Phoenix, AZ", 33.45, -112.07),
        ("Laredo", "Laredo, TX", 27.5, -99.5),
        ("Maricopa", "Maricopa", 33.3, -112.5),
        ("cam-0007", "cam-0007", None, None),
    ],
)
def test_P_search_finds_towns_counties_and_cameras(
    opened: Any, typed: str, first: str, lat: float | None, lon: float | None
) -> None:
    it = opened(country())
    it.page.fill("#q", typed)
    it.page.wait_for_selector("#q-0")
    assert it.text("#q-0").startswith(first)
    it.page.keyboard.press("Enter")
    it.page.wait_for_timeout(400)
    here = middle(it.page)
    assert here[2] > 5
    if lat is not None and lon is not None:
        assert abs(here[0] - lat) < 0.8
        assert abs(here[1] - lon) < 0.8


@pytest.mark.parametrize("typed", ["I-70", "i 70", "I70"])
def test_P_an_interstate_is_found_however_it_is_written(opened: Any, typed: str) -> None:
    it = opened(country())
    it.page.fill("#q", typed)
    it.page.wait_for_selector("#q-0")
    assert it.text("#q-0").split("\n")[0].startswith("I-70")
    it.page.keyboard.press("Enter")
    it.page.wait_for_timeout(400)
    # Utah to Maryland
    assert -100 < middle(it.page)[1] < -90


def test_P_the_page_opens_on_the_finding(opened: Any) -> None:
    it = opened(country(story=[("42%", "42% of trips pass at least one reader.")]))
    assert "42% of trips pass" in it.text("#story")
    assert not it.page.evaluate("document.getElementById('story-box').hidden")


def test_P_a_filter_hides_the_stretches_of_the_cameras_it_hides(opened: Any) -> None:
    data = map_data.town()
    reader = str(data.watches["camera_id"].iloc[0])
    one = data.watches[data.watches["camera_id"] == reader].head(1)
    cameras = data.cameras[data.cameras["camera_id"] == reader].assign(operator="Only One")
    more = data.cameras[data.cameras["camera_id"] != reader].head(1).assign(operator="Another")
    data = dataclasses.replace(
        data,
        cameras=pd.concat([cameras, more], ignore_index=True),
        watches=one,
        views=None,
        reports=None,
        links=None,
        access=None,
        corridors={},
        zones={},
    )
    line = data.segments.set_index("segment_id").geometry.loc[one["segment_id"].iloc[0]]
    spot = line.interpolate(one["start_m"].iloc[0] / 111_000)
    it = opened(data, f"#16/{spot.y:.5f}/{spot.x:.5f}")
    # pixels of the color of watched stretches on the ground canvas
    count = """() => { let n = 0;
      for (const c of document.querySelectorAll('.layer-canvas')) {
        const d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data;
        for (let i = 0; i < d.length; i += 4)
          if (Math.abs(d[i] - 0xc2) + Math.abs(d[i + 1] - 0x41) + Math.abs(d[i + 2] - 0x0c) < 9) n++;
      } return n; }"""
    it.page.wait_for_timeout(300)
    assert it.page.evaluate(count) > 20
    it.page.evaluate("document.getElementById('filters').open = true")
    it.page.fill("#f-operator", "Another")
    it.page.wait_for_timeout(500)
    assert it.page.evaluate(count) == 0
    # it is this test that reads the canvas back, which the browser advises against
    it.messages[:] = [m for m in it.messages if "getImageData" not in m]


def test_P_the_card_says_what_the_camera_reads(opened: Any) -> None:
    data = map_data.town()
    reader = str(data.watches["camera_id"].iloc[0])
    at = data.cameras.set_index("camera_id").loc[reader]
    it = opened(data, f"#16/{at['lat']:.5f}/{at['lon']:.5f}/camera={reader}")
    said = it.text("#card .reads")
    assert any(f"{word}bound" in said for word in ("north", "east", "south", "west"))
    assert "plates" in said


def test_P_on_a_phone_the_card_does_not_hide_the_camera(opened: Any) -> None:
    data = map_data.town()
    row = data.cameras.iloc[7]
    it = opened(
        data,
        f"#16/{row['lat'] + 0.002:.5f}/{row['lon']:.5f}/camera={row['camera_id']}",
        viewport={"width": 390, "height": 780},
    )
    it.page.wait_for_timeout(300)
    spot = it.page.evaluate(
        f"(() => {{ const p = map_alprmap.latLngToContainerPoint([{row['lat']}, {row['lon']}]);"
        " return [p.y, document.getElementById('card').getBoundingClientRect().top]; })()"
    )
    assert 0 < spot[0] < spot[1]


@pytest.mark.parametrize(
    ("language", "month", "day"),
    [("en", "April 2026", "April 3, 2026"), ("es", "abril de 2026", "3 de abril de 2026")],
)
def test_P_dates_are_said_as_a_person_writes_them(
    opened: Any, language: str, month: str, day: str
) -> None:
    dates = {"A": "2026-04", "B": "2026-04-03", "C": "20260403", "D": "2026", "E": "2026-13-01"}
    it = opened(country(dates=dates, language=language))
    assert it.text("#dates") == f"A: {month} · B: {day} · C: 20260403 · D: 2026 · E: 2026-13-01"


def test_P_the_scale_has_miles_first(opened: Any) -> None:
    it = opened(country())
    bars = it.page.evaluate(
        "[...document.querySelectorAll('.leaflet-control-scale-line')]"
        ".map((e) => [e.getBoundingClientRect().top, e.textContent])"
    )
    units = [text.split()[-1] for _, text in sorted(bars)]
    assert units == ["mi", "km"]


def test_P_no_name_on_the_map_is_cut(opened: Any) -> None:
    """Each name is whole inside the part that is seen, or waits outside of it."""
    it = opened(country(), viewport={"width": 900, "height": 500})
    names = it.page.evaluate(
        """() => {
          const own = CanvasRenderingContext2D.prototype.fillText, seen = [];
          const map = document.getElementById("map_alprmap").getBoundingClientRect();
          CanvasRenderingContext2D.prototype.fillText = function (text, x, y) {
            if (this.canvas.classList.contains("layer-canvas") && /^[A-Za-z]/.test(text)) {
              const b = this.canvas.getBoundingClientRect(), w = this.measureText(text).width / 2;
              seen.push([text, b.left + x - w - map.left, b.left + x + w - map.left, b.top + y - map.top]);
            }
            return own.apply(this, arguments);
          };
          document.getElementById("theme").click();
          CanvasRenderingContext2D.prototype.fillText = own;
          return { seen, w: map.width, h: map.height };
        }"""
    )
    assert len(names["seen"]) > 12
    for text, left, right, middle in names["seen"]:
        inside = left >= 0 and right <= names["w"] and 5 <= middle <= names["h"] - 5
        outside = right <= 0 or left >= names["w"] or not -5 < middle < names["h"] + 5
        assert inside or outside, text
