"""The slider of a page shows who can look on a day: by pointer, keyboard, phone, paper and address."""

from __future__ import annotations

import dataclasses
import datetime
from pathlib import Path
from typing import Any

import map_data
import pandas as pd
import pytest

from alprmap.access import CAN, COULD, NO_RECORD, access_intervals
from alprmap.publish import states_on, timeline_layer

pytestmark = pytest.mark.browser

BODIES = ("A federal body", "Another <b>body</b>")


def layer(ids: list[str], **more: Any) -> dict[str, Any]:
    """A record of five days: the first body gains and loses readers, the other gains later."""
    cameras = pd.DataFrame(
        {
            "camera_id": ids,
            "agency_id": [f"a{i % 4}" if i % 5 else None for i in range(len(ids))],
            "class": ["known" if i % 5 else "none" for i in range(len(ids))],
        }
    )
    rows = [
        ("a0", "b0", "2024-01-05", "2025-05-31", "portal 2024"),
        ("a1", "b0", "2025-02-01", None, "portal 2025"),
        ("a2", "a1", "2025-02-01", None, "portal 2025"),
        ("a3", "b0", "2026-03-01", None, "pilot of the vendor"),
        ("a3", "b1", "2025-02-01", None, "portal 2025"),
    ]
    columns = ["from_id", "to_id", "since", "until", "source_record"]
    shares = pd.DataFrame(rows, columns=columns).astype("str").assign(direction="outbound")
    lines = {name: access_intervals(cameras, shares, [f"b{k}"]) for k, name in enumerate(BODIES)}
    return timeline_layer(lines, **more)


@pytest.fixture(scope="module")
def town() -> Any:
    data = map_data.town()
    return dataclasses.replace(
        data, timeline=layer(list(data.cameras["camera_id"])), access_to=BODIES[0]
    )


def shown(it: Any) -> dict[str, int]:
    """The three states with their numbers, as the box says them."""
    names = it.page.locator("#time-key .name").all_inner_texts()
    counts = it.page.locator("#time-key .count").all_inner_texts()
    return {n: int(c) for n, c in zip(names, counts, strict=True)}


def wanted(town: Any, day: str, body: int = 0) -> dict[str, int]:
    states = list(states_on(town.timeline, day, body=body).values())
    return {name: states.count(name) for name in (CAN, COULD, NO_RECORD)}


def written(day: str) -> str:
    """The day as a page in English writes it."""
    at = datetime.date.fromisoformat(day)
    return f"{at:%B} {at.day}, {at.year}"


def legend(it: Any) -> dict[str, int]:
    names = it.page.locator("#classes .name").all_inner_texts()
    counts = it.page.locator("#classes .count").all_inner_texts()
    return {n: int(c) for n, c in zip(names, counts, strict=True)}


def test_A3_the_slider_counts_what_the_record_says_on_each_day(opened: Any, town: Any) -> None:
    it = opened(town)
    assert it.page.locator("#time-box").is_hidden()
    it.page.click("#time")
    slider = it.page.locator("#time-at")
    assert slider.evaluate("e => e === document.activeElement")
    days = town.timeline["days"]
    assert days == ["2024-01-05", "2025-02-01", "2025-06-01", "2026-03-01"]
    assert shown(it) == wanted(town, days[-1]) == legend(it)
    assert "March 1, 2026" in it.text("#time-say")
    # the arrow keys go from change to change
    for day in reversed(days[:-1]):
        it.page.keyboard.press("ArrowLeft")
        assert shown(it) == wanted(town, day) == legend(it), day
        assert written(day) in it.text("#time-say")
        assert str(wanted(town, day)[CAN]) in str(slider.get_attribute("aria-valuetext"))
    assert it.page.locator("#time-back").is_disabled()
    it.page.click("#time-on")
    assert shown(it) == wanted(town, days[1])
    assert it.text("#time-say") == "From February 1, 2025 to May 31, 2025"
    assert wanted(town, days[0]) != wanted(town, days[1]) != wanted(town, days[2])


def test_A3_each_body_has_its_own_line(opened: Any, town: Any) -> None:
    it = opened(town)
    it.page.click("#time")
    assert it.page.locator("#time-body option").all_inner_texts() == list(BODIES)
    it.page.select_option("#time-body", "1")
    assert shown(it) == wanted(town, "2026-03-01", 1) != wanted(town, "2026-03-01")
    alone = dataclasses.replace(
        town, timeline=town.timeline | {"bodies": town.timeline["bodies"][1:]}
    )
    again = opened(alone)
    again.page.click("#time")
    assert again.page.locator("#time-whom").is_hidden()
    assert again.text("#time-name") == BODIES[1]


def test_A3_the_day_stands_in_the_address_and_goes_with_it(opened: Any, town: Any) -> None:
    it = opened(town)
    it.page.click("#time")
    it.page.keyboard.press("Home")
    it.page.select_option("#time-body", "1")
    it.wait("location.hash.includes('day=2024-01-05') && location.hash.includes('who=1')")
    again = opened(town, it.page.evaluate("location.hash"))
    assert shown(again) == wanted(town, "2024-01-05", 1) == legend(again)
    # a day between two changes is the day of the change before it; nonsense is left alone
    between = opened(town, "#12/30.15/-100.1/day=2025-03-17")
    assert shown(between) == wanted(town, "2025-03-17")
    broken = opened(town, "#12/30.15/-100.1/day=<img>&who=77")
    assert broken.page.locator("#time-box").is_hidden()


def test_A3_the_page_opens_on_the_day_that_was_asked_for(opened: Any, town: Any) -> None:
    asked = layer(list(town.cameras["camera_id"]), as_of="2025-03-01")
    it = opened(dataclasses.replace(town, timeline=asked, color_by="access_on"))
    assert it.page.locator("#time-box").is_visible()
    assert shown(it) == wanted(town, "2025-03-01")


def test_A4_card_filter_and_table_say_state_door_and_dates(opened: Any, town: Any) -> None:
    it = opened(town, "#12/30.15/-100.1/camera=cam-0004&day=2025-03-01")
    card = it.text("#card")
    assert "can look from January 5, 2024 to May 31, 2025, by the door: front (portal 2024)" in card
    assert "no record from June 1, 2025 on" in card
    it.page.click("#filters summary")
    it.page.select_option("#f-access_on", COULD)
    assert it.count() == wanted(town, "2025-03-01")[COULD]
    it.page.select_option("#f-access_on", "")
    it.page.select_option("#f-door_on", "back")
    assert it.count() == 0
    it.page.select_option("#scheme", "door_on")
    it.page.focus("#time-at")
    it.page.keyboard.press("End")
    assert it.count() == legend_of(it, "back") > 0


def legend_of(it: Any, name: str) -> int:
    item = it.page.locator("#classes li").filter(has_text=name).first
    return int(item.locator(".count").inner_text().split(" of ")[-1])


def test_A3_a_hidden_state_stays_hidden_while_the_slider_moves(opened: Any, town: Any) -> None:
    it = opened(town)
    it.page.click("#time")
    it.page.locator("#classes input").nth(2).click()
    now = wanted(town, "2026-03-01")
    assert it.count() == now[CAN] + now[COULD]
    it.page.focus("#time-at")
    it.page.keyboard.press("Home")
    first = wanted(town, "2024-01-05")
    assert it.count() == first[CAN] + first[COULD]
    # closed, the page is colored as before
    it.page.click("#time-end")
    assert it.page.locator("#time-box").is_hidden()
    assert it.page.input_value("#scheme") == "operator_kind"
    assert it.count() == 60


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("corner", range(4))
def test_A3_the_box_hides_no_camera_wherever_they_stand(
    opened: Any, town: Any, width: int, corner: int
) -> None:
    """The first view has cameras to its edges; one corner of it holds most of them."""
    west, south, east, north = -124.0, 25.0, -67.0, 49.0
    at = [(west, south), (east, south), (west, north), (east, north)]
    n = len(town.cameras)
    spots = [at[k] if k < 4 else at[corner] for k in range(n)]
    there = town.cameras.assign(lon=[x for x, _ in spots], lat=[y for _, y in spots])
    data = dataclasses.replace(town, cameras=there, bbox=(west, south, east, north))
    it = opened(data, viewport={"width": width, "height": 800})
    before = view_of(it)
    assert sight(it, at) == [True] * 4
    if width < 760:
        it.page.click("#handle")
    it.page.click("#time")
    it.page.wait_for_timeout(300)
    assert it.page.locator("#time-box").is_visible()
    assert sight(it, at) == [True] * 4
    it.page.click("#time-end")
    assert view_of(it) == before, "closed, the map stands where it stood"
    # a page that opens on a day does so too
    again = opened(
        dataclasses.replace(data, color_by="access_on"), viewport={"width": width, "height": 800}
    )
    assert again.page.locator("#time-box").is_visible()
    assert sight(again, at) == [True] * 4


def view_of(it: Any) -> Any:
    return it.page.evaluate("[map_alprmap.getZoom(), String(map_alprmap.getCenter())]")


def sight(it: Any, spots: list[tuple[float, float]]) -> list[bool]:
    """Whether the map, and nothing that lies over it, is what is drawn at each (lon, lat)."""
    return list(
        it.page.evaluate(
            """(spots) => spots.map(([lon, lat]) => {
              const map = document.getElementById("map_alprmap"), box = map.getBoundingClientRect();
              const p = map_alprmap.latLngToContainerPoint([lat, lon]);
              const there = document.elementFromPoint(box.left + p.x, box.top + p.y);
              return Boolean(there && map.contains(there)); })""",
            [list(s) for s in spots],
        )
    )


def test_A3_on_a_phone_the_sheet_makes_way_for_the_slider(opened: Any, town: Any) -> None:
    it = opened(town, viewport={"width": 390, "height": 780}, has_touch=True, is_mobile=True)
    it.page.click("#handle")
    it.page.click("#time")
    box = it.page.locator("#time-box").bounding_box()
    panel = it.page.locator("#panel").bounding_box()
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 390
    it.page.wait_for_timeout(300)
    panel = it.page.locator("#panel").bounding_box()
    assert box["y"] + box["height"] <= panel["y"] + 16, "the slider stands clear of the sheet"
    assert box["y"] > 780 * 0.3, "the map is seen above it"
    for button in ("#time-back", "#time-end"):
        assert it.page.locator(button).bounding_box()["height"] >= 24
    assert it.page.evaluate("document.documentElement.scrollWidth") <= 390


def test_A3_spanish_and_paper(opened: Any, town: Any, tmp_path: Path) -> None:
    it = opened(town, "#12/30.15/-100.1/day=2025-03-01&lang=es")
    assert "puede mirar" in it.text("#time-key")
    assert it.text("#time-say") == "Del 1 de febrero de 2025 al 31 de mayo de 2025"
    for english in ("can look", "no record", "Earlier", "Later", "Close", "Gray"):
        assert english not in it.text("#time-box"), english
    it.page.pdf(path=str(tmp_path / "who.pdf"), format="Letter", print_background=True)
    pdfplumber = pytest.importorskip("pdfplumber")
    with pdfplumber.open(tmp_path / "who.pdf") as paper:
        text = paper.pages[0].extract_text()
    assert "Quién puede mirar: A federal body, del 1 de febrero de 2025 al" in text


def test_A3_a_page_without_a_record_has_no_slider(opened: Any) -> None:
    it = opened(map_data.town())
    assert it.page.locator("#time").is_hidden()
    assert it.page.locator("#scheme option[value=access_on]").count() == 0


def test_A3_one_day_has_no_slider_to_move(opened: Any, town: Any) -> None:
    only = {"2024-01-05"}
    ids = list(town.cameras["camera_id"])
    shares = pd.DataFrame(
        {"from_id": ["a1"], "to_id": ["b"], "direction": "outbound", "since": list(only),
         "until": None, "source_record": "r"}
    ).astype("str")  # fmt: skip
    cameras = pd.DataFrame({"camera_id": ids, "agency_id": "a1", "class": "known"})
    one = timeline_layer({"b": access_intervals(cameras, shares, ["b"])})
    it = opened(dataclasses.replace(town, timeline=one))
    it.page.click("#time")
    assert it.page.locator("#time-at").is_hidden()
    assert shown(it)[CAN] == 60


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_A3_axe_finds_nothing_in_the_box(opened: Any, town: Any, axe: str, scheme: str) -> None:
    for size in ({"width": 1200, "height": 800}, {"width": 390, "height": 780}):
        it = opened(town, "#12/30.15/-100.1/day=2025-03-01", color_scheme=scheme, viewport=size)
        it.page.evaluate(axe)
        found = it.page.evaluate("axe.run(document, {resultTypes: ['violations']})")
        assert [(v["id"], v["nodes"][0]["html"]) for v in found["violations"]] == []
