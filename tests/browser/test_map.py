"""The map page in Chromium, opened from disk: it is acted on like a reader would, and must ask for
nothing."""

from __future__ import annotations

import csv
import dataclasses
import io
import json
from pathlib import Path
from typing import Any

import formulas
import map_data
import numpy as np
import pandas as pd
import pytest

from alprmap.publish.map import page, payload
from alprmap.publish.report import figures, report

pytestmark = pytest.mark.browser

CENTRE = "#16/{lat}/{lon}"


def address(data: Any, i: int, zoom: float = 16) -> str:
    row = data.cameras.iloc[i]
    return f"#{zoom}/{row['lat']:.5f}/{row['lon']:.5f}"


def middle(page: Any) -> tuple[float, float]:
    box = page.locator("#map_alprmap").bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def serious(page: Any, axe: str) -> list[Any]:
    page.evaluate(axe)
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    bad = [v for v in found["violations"] if v["impact"] in ("serious", "critical")]
    return [(v["id"], [n["html"] for n in v["nodes"]][:3]) for v in bad]


def search(it: Any, text: str) -> None:
    it.page.fill("#q", text)
    it.page.wait_for_selector("#q-0")
    it.page.keyboard.press("Enter")


def test_a_page_of_cameras_alone_is_enough(opened: Any) -> None:
    from alprmap.publish.map import webmap

    it = opened(webmap.MapData(title="Only cameras", cameras=map_data.cameras(12)))
    assert it.text("#title") == "Only cameras"
    assert it.count() == 12


def test_no_camera_at_all_is_said(opened: Any) -> None:
    it = opened(
        map_data.town(
            cameras=map_data.cameras(0),
            views=None,
            reach=None,
            reports=None,
            access=None,
            watches=None,
        )
    )
    assert it.count() == 0


def test_click_opens_the_card(opened: Any) -> None:
    data = map_data.town()
    it = opened(data, address(data, 7))
    it.page.mouse.click(*middle(it.page))
    card = it.text("#card")
    assert "cam-0007" in card
    assert "Agency 7" in card
    assert "Mexico" in card
    assert "Fictional example".lower() in card.lower()
    # numbers of a fictional page are nobody's at OpenStreetMap
    assert it.page.locator("#card a").count() == 0
    it.page.keyboard.press("Escape")
    assert it.page.locator("#card").is_hidden()


def test_a_real_camera_links_to_its_object(opened: Any) -> None:
    data = map_data.town(fictional=False)
    it = opened(data, address(data, 7))
    it.page.mouse.click(*middle(it.page))
    link = it.page.locator("#card a").first
    assert link.get_attribute("href") == "https://www.openstreetmap.org/node/1007"
    assert link.get_attribute("rel") == "noopener noreferrer"
    assert "badge" not in it.page.locator("#card-body").inner_html()


def test_more_classes_than_a_legend_holds_are_put_together(opened: Any) -> None:
    table = map_data.cameras(600)
    table["operator_kind"] = [f"kind {i % 300}" for i in range(600)]
    it = opened(map_data.town(600, cameras=table, color_by="operator_kind"))
    assert it.count() == 600
    labels = it.page.locator("#classes .name").all_inner_texts()
    assert len(labels) == 41
    assert labels[-1] == "260 others"


def test_access_is_said_with_its_class_and_hops(opened: Any) -> None:
    ids = map_data.cameras()["camera_id"].head(3)
    access = pd.DataFrame(
        {"camera_id": ids, "class": ["known", "inferred", "known"], "hops": ["0.0", "1.0", "2.0"]}
    )
    data = map_data.town(access=access, color_by="access_class")
    it = opened(data, "#9/30.1/-100.1/camera=cam-0002")
    assert "two hops: a possibility, not a fact" in it.text("#card")
    labels = it.page.locator("#classes .name").all_inner_texts()
    wanted = [
        "known: run by it",
        "inferred: one hop, on record",
        "known: two hops, possible",
        "no record",
    ]
    assert sorted(labels) == sorted(wanted)
    assert it.page.locator("#scheme option:checked").inner_text() == "Access on record", (
        "nobody said it is federal"
    )
    named = opened(
        dataclasses.replace(data, access_to="El Cajon <i>Police"), "#9/30.1/-100.1/camera=cam-0002"
    )
    assert (
        named.page.locator("#scheme option:checked").inner_text() == "Access of El Cajon <i>Police"
    )
    assert "Access of El Cajon <i>Police".lower() in named.text("#card").lower()
    named.page.click("#filters summary")
    assert (
        named.page.locator("label[for=f-access_class]").inner_text()
        == "Access of El Cajon <i>Police"
    )


def test_what_is_drawn_under_the_pointer_is_the_camera(opened: Any) -> None:
    # the canvas must hold the color of the class at the camera, not the ground
    data = map_data.town()
    it = opened(data, address(data, 7, 17))
    pixel = it.page.evaluate(
        """() => { const c = document.querySelectorAll("canvas.layer-canvas")[1];
        const r = c.getBoundingClientRect(), m = document.querySelector("#map_alprmap").getBoundingClientRect();
        const x = (m.x + m.width / 2 - r.x) * c.width / r.width;
        const y = (m.y + m.height / 2 - r.y) * c.height / r.height;
        return [...c.getContext("2d").getImageData(x, y, 1, 1).data]; }"""
    )
    assert pixel[3] == 255


def test_pan_zoom_and_shareable_address(opened: Any) -> None:
    data = map_data.town()
    it = opened(data, address(data, 3, 13))
    x, y = middle(it.page)
    it.page.mouse.move(x, y)
    it.page.mouse.down()
    it.page.mouse.move(x - 200, y, steps=4)
    it.page.mouse.up()
    it.page.wait_for_timeout(800)  # the map glides on after a fling
    it.page.keyboard.press("+")
    it.wait("location.hash.startsWith('#14/')")
    it.page.wait_for_timeout(600)
    said = it.page.evaluate("location.hash")
    again = opened(data, said)
    assert again.page.evaluate("map_alprmap.getZoom()") == 14
    assert (
        abs(
            again.page.evaluate("map_alprmap.getCenter().lng")
            - it.page.evaluate("map_alprmap.getCenter().lng")
        )
        < 1e-4
    )


def test_filters_count_what_they_say(opened: Any) -> None:
    data = map_data.town()
    it = opened(data)
    it.page.click("#filters summary")
    it.page.fill("#f-operator", "agency 7")
    assert it.count() == int((data.cameras["operator"] == "Agency 7").sum())
    it.page.click("#f-clear")
    it.page.select_option("#f-vendor", "Motorola")
    assert it.count() == int((data.cameras["vendor"] == "Motorola").sum())
    it.page.click("#f-clear")
    assert it.count() == 60
    it.page.fill("#f-miles", "100")
    assert data.reach is not None
    assert it.count() == int((data.reach["to_mexico_m"] <= 160_934.4).sum())
    it.page.click("#f-clear")
    it.page.fill("#f-until", "0")
    first = data.cameras["first_seen"].str[:7]
    assert it.count() == int((first <= first.min()).sum())


def test_cameras_without_a_date_stay_and_that_is_said(opened: Any) -> None:
    data = map_data.town()
    dated = data.cameras["first_seen"].where(np.arange(len(data.cameras)) % 3 > 0)
    it = opened(dataclasses.replace(data, cameras=data.cameras.assign(first_seen=dated)))
    it.page.click("#filters summary")
    it.page.fill("#f-until", "0")
    first = dated.str[:7]
    assert it.count() == int((first <= first.min()).sum()) + int(dated.isna().sum()) < 60
    month = pd.Timestamp(first.min()).strftime("%B %Y")
    assert it.text("#narrowed-text") == f"first seen up to {month}, or on no known date"


def test_a_time_is_rounded_before_it_is_told_in_hours(opened: Any) -> None:
    data = map_data.town()
    assert data.reach is not None
    reach = data.reach.assign(road_to_port_s=7199.0)
    reach.loc[reach["camera_id"] == "cam-0002", "road_to_port_s"] = 3599.0
    data = dataclasses.replace(data, reach=reach)
    assert "1 h 0 min" in opened(data, "#9/30.1/-100.1/camera=cam-0002").text("#card")
    assert "2 h 0 min" in opened(data, "#9/30.1/-100.1/camera=cam-0003").text("#card")


def test_the_legend_hides_a_class_and_the_address_keeps_it(opened: Any) -> None:
    data = map_data.town(color_by="operator_kind")
    it = opened(data)
    it.page.get_by_role("checkbox", name="federal").uncheck()
    assert it.count() == int((data.cameras["operator_kind"] != "federal").sum())
    it.wait("location.hash.includes('hide=federal')")
    again = opened(data, it.page.evaluate("location.hash"))
    assert again.count() == it.count()


def test_what_is_left_out_is_said_and_taken_back(opened: Any) -> None:
    data = map_data.town(color_by="operator_kind")
    it = opened(data)
    assert it.page.is_hidden("#narrowed")
    it.page.click("#filters summary")
    it.page.fill("#f-operator", "agency 7")
    it.page.fill("#f-miles", "100")
    it.page.get_by_role("checkbox", name="federal").uncheck()
    said = it.text("#narrowed-text")
    assert said == "operator contains “agency 7”; at most 100 miles from Mexico; without federal"
    mine = (
        data.cameras["operator"].eq("Agency 7")
        & (data.reach["to_mexico_m"] <= 160_934.4).to_numpy()
    )
    kinds = data.cameras["operator_kind"]
    row = it.page.locator("#classes li").filter(has_text="county")
    assert (
        row.locator(".count").inner_text()
        == f"{(mine & kinds.eq('county')).sum()} of {kinds.eq('county').sum()}"
    )
    again = opened(
        data, it.page.evaluate("new Promise(r => setTimeout(() => r(location.hash), 500))")
    )
    assert again.text("#narrowed-text") == said, "who opens a shared address is told too"
    it.page.click("#narrowed-clear")
    assert it.page.is_hidden("#narrowed")
    assert it.count() == 60
    assert row.locator(".count").inner_text() == str(kinds.eq("county").sum())


def test_an_operator_found_by_search_filters_while_its_name_stands_there(opened: Any) -> None:
    it = opened(map_data.town())
    search(it, "Agency 5")
    assert it.text("#narrowed-text") == "operator contains “Agency 5”"
    search(it, "somewhere")
    assert it.count() == 60, (
        "a place shows all its cameras, not those of the operator asked for before"
    )
    search(it, "Agency 5")
    it.page.fill("#q", "")
    assert it.count() == 60
    # a filter set in its own field is no business of the search box
    it.page.click("#filters summary")
    it.page.fill("#f-operator", "agency 7")
    search(it, "somewhere")
    assert it.text("#narrowed-text") == "operator contains “agency 7”"


def test_a_phone_says_what_is_left_out_without_its_sheet(opened: Any) -> None:
    it = opened(map_data.town(), viewport={"width": 360, "height": 740}, has_touch=True)
    search(it, "Agency 5")
    assert it.page.is_visible("#narrowed-text")
    # the panel grows by a transition: look when it has come to rest
    it.wait("document.getElementById('panel').getAnimations().length === 0")
    box, search_box = (
        it.page.locator("#narrowed").bounding_box(),
        it.page.locator("#q").bounding_box(),
    )
    assert box["y"] + box["height"] <= search_box["y"]
    assert search_box["y"] + search_box["height"] <= 740
    credit, panel = (
        it.page.locator("#credits").bounding_box(),
        it.page.locator("#panel").bounding_box(),
    )
    assert credit["y"] + credit["height"] <= panel["y"]


def test_escape_closes_the_card_and_then_the_table(opened: Any) -> None:
    it = opened(map_data.town())
    it.page.click("#table-toggle")
    it.page.locator("#rows-body th button").first.click()
    it.page.keyboard.press("Escape")
    assert it.page.is_hidden("#card")
    assert it.page.is_visible("#table-pane")
    it.page.keyboard.press("Escape")
    assert it.page.is_hidden("#table-pane")
    assert it.page.evaluate("document.activeElement.id") == "table-toggle"


@pytest.mark.parametrize(
    ("query", "expected"), [("Street 4", "road"), ("somewh", "state"), ("bridge", "port of entry")]
)
def test_search_finds(opened: Any, query: str, expected: str) -> None:
    it = opened(map_data.town())
    it.page.fill("#q", query)
    it.page.wait_for_selector("#q-list li")
    assert expected in it.text("#q-list li")


def test_search_by_keyboard_opens_a_camera_and_filters_an_operator(opened: Any) -> None:
    it = opened(map_data.town())
    it.page.keyboard.press("/")
    it.page.keyboard.type("cam-0042")
    it.page.wait_for_selector("#q-0")
    it.page.keyboard.press("ArrowDown")
    it.page.keyboard.press("Enter")
    assert "cam-0042" in it.text("#card")
    it.page.fill("#q", "Agency 5")
    it.page.wait_for_selector("#q-0")
    it.page.keyboard.press("Enter")
    assert it.count() == int((map_data.cameras()["operator"] == "Agency 5").sum())


def test_the_table_sorts_by_keyboard_and_shows_the_filtered(opened: Any) -> None:
    data = map_data.town()
    it = opened(data)
    it.page.focus("#table-toggle")
    it.page.keyboard.press("Enter")
    header = it.page.get_by_role("button", name="Operator", exact=True)
    header.focus()
    it.page.keyboard.press("Enter")
    column = it.page.locator("#rows-head th").filter(has=header)
    assert column.get_attribute("aria-sort") == "ascending"
    operators = it.page.locator("#rows-body tr td:nth-child(2)").all_inner_texts()
    known = [o for o in operators if o != "unknown"]
    assert known == sorted(known)
    assert operators == known + ["unknown"] * (len(operators) - len(known))
    it.page.keyboard.press("Enter")
    assert column.get_attribute("aria-sort") == "descending"
    it.page.click("#filters summary")
    it.page.fill("#f-operator", "Agency 1")
    wanted = int((data.cameras["operator"] == "Agency 1").sum())
    assert it.page.locator("#rows-body tr").count() == wanted
    it.page.locator("#rows-body th button").first.click()
    assert "Agency 1" in it.text("#card")


def test_keyboard_alone_reaches_a_camera(opened: Any) -> None:
    it = opened(map_data.town())
    for _ in range(20):
        it.page.keyboard.press("Tab")
        if it.page.evaluate("document.activeElement.id") == "map_alprmap":
            break
    assert it.page.evaluate("document.activeElement.id") == "map_alprmap"
    it.page.keyboard.press("Enter")
    assert "cam-" in it.text("#card")
    it.page.keyboard.press("Escape")
    assert it.page.evaluate("document.activeElement.id") == "map_alprmap"


def test_downloads_hold_the_current_filter(opened: Any) -> None:
    data = map_data.town()
    it = opened(data)
    it.page.click("#filters summary")
    it.page.fill("#f-operator", "Agency 7")
    it.page.click("#table-toggle")
    with it.page.expect_download() as got:
        it.page.click("#save-csv")
    rows = list(csv.DictReader(io.StringIO(Path(got.value.path()).read_text("utf-8-sig"))))
    assert {r["data_license"].split("; ")[0] for r in rows} == {"ODbL-1.0"}
    wanted = data.cameras[data.cameras["operator"] == "Agency 7"].set_index("camera_id")
    assert {r["camera_id"] for r in rows} == set(wanted.index)
    assert all(abs(float(r["lon"]) - wanted.loc[r["camera_id"], "lon"]) < 1e-6 for r in rows)
    with it.page.expect_download() as got:
        it.page.click("#save-geojson")
    whole = json.loads(Path(got.value.path()).read_text("utf-8"))
    assert whole["license"] == "ODbL-1.0"
    assert "OpenStreetMap contributors" in whole["attribution"]
    assert whole["definition"].startswith("One row: ")
    assert "FICTIONAL" in whole["notice"]
    features = whole["features"]
    assert len(features) == len(wanted)
    assert got.value.suggested_filename == "fictional-cameras.geojson"


def test_dark_and_light_by_system_and_by_button(opened: Any) -> None:
    it = opened(map_data.town(), color_scheme="dark")
    dark = it.page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert it.page.get_attribute("#theme", "aria-pressed") == "true", "dark by the system is dark"
    it.page.click("#theme")
    assert it.page.get_attribute("#theme", "aria-pressed") == "false"
    light = it.page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert dark != light
    assert light == "rgb(255, 255, 255)"


def test_a_phone_has_a_sheet(opened: Any) -> None:
    data = map_data.town()
    it = opened(data, viewport={"width": 390, "height": 844}, is_mobile=True, has_touch=True)
    assert it.page.evaluate("document.documentElement.scrollWidth") <= 390
    assert it.page.locator("#classes").is_hidden()
    it.page.tap("#handle")
    assert it.page.locator("#classes").is_visible()
    it.page.tap("#handle")
    it.page.fill("#q", "cam-0007")
    it.page.wait_for_selector("#q-0")
    it.page.keyboard.press("Enter")
    box = it.page.locator("#card").bounding_box()
    assert box["y"] + box["height"] == pytest.approx(844, abs=2)
    # the chosen camera stands above the sheet
    at = it.page.evaluate(
        f"map_alprmap.latLngToContainerPoint([{data.cameras.lat[7]}, {data.cameras.lon[7]}]).y"
    )
    assert 0 < at < box["y"]


def test_print_gives_one_map_with_title_and_legend(opened: Any, tmp_path: Path) -> None:
    pdfplumber = pytest.importorskip("pdfplumber")
    it = opened(map_data.town(), color_scheme="dark")
    it.page.pdf(path=str(tmp_path / "map.pdf"), format="Letter", print_background=True)
    with pdfplumber.open(tmp_path / "map.pdf") as pdf:
        page = pdf.pages[0]
        words = page.extract_text()
        assert len(pdf.pages) <= 2
        assert "A town" in words
        assert "FICTIONAL EXAMPLE" in words
        assert len(page.curves) + len(page.images) > 20
    assert it.page.evaluate("document.documentElement.classList.contains('printing')") is False


def test_paper_says_what_is_left_out_and_draws_no_line_for_a_layer_that_is_off(
    opened: Any, tmp_path: Path
) -> None:
    pdfplumber = pytest.importorskip("pdfplumber")
    data = map_data.town()
    it = opened(data, address(data, 3, 17))
    search(it, "Agency 5")
    it.page.evaluate(
        f"map_alprmap.setView([{data.cameras.lat[5]}, {data.cameras.lon[5]}], 17, {{animate:"
        " false})"
    )
    it.page.get_by_role("checkbox", name="Watched stretches").uncheck()
    on = it.page.locator("#layer-list li:not(.off) .name").all_inner_texts()
    off = it.page.locator("#layer-list li.off .name").all_inner_texts()
    assert on
    assert off == ["Watched stretches"]
    it.page.pdf(path=str(tmp_path / "map.pdf"), format="Letter", print_background=True)
    with pdfplumber.open(tmp_path / "map.pdf") as pdf:
        words = " ".join(p.extract_text() for p in pdf.pages)
    assert "operator contains “Agency 5”" in words
    assert "of 60 cameras, 1 of them on this sheet" in words
    assert all(name in words for name in on)
    assert "Watched stretches" not in words
    assert "sheet" not in it.text("#count")


def test_without_javascript_there_is_a_table(opened: Any) -> None:
    it = opened(map_data.town(), java_script_enabled=False)
    assert it.page.locator("noscript table tbody tr, .no-js table tbody tr").count() == 60
    assert "Agency 7" in it.text(".no-js")
    assert "Fictional example".lower() in it.text(".no-js").lower()


def test_an_embedded_page_is_small_and_works(opened: Any) -> None:
    it = opened(map_data.town(), embed=True)
    assert it.path.stat().st_size < 1_000_000
    assert it.count() == 60


def test_hostile_text_stays_text(opened: Any) -> None:
    data = map_data.hostile()
    words = [*formulas.HOSTILE, *formulas.NUMBERS]
    data.cameras["spreadsheet"] = [words[i % len(words)] for i in range(len(data.cameras))]
    it = opened(data)
    page = it.page
    assert page.title() == data.title
    assert it.text("#title").split() == data.title.split()
    for option in page.locator("#scheme option").all():
        page.select_option("#scheme", option.get_attribute("value"))
    page.click("#table-toggle")
    for button in page.locator("#rows-head button").all():
        button.click()
    shown = page.locator("#rows-body th button").count()
    assert shown == len(data.cameras)
    for i in range(shown):
        page.locator("#rows-body th button").nth(i).click()
        page.locator("#card-body").wait_for()
    assert (
        map_data.HOSTILE[1] in page.locator("#card-body").text_content()
        or page.locator("#card-body img").count() == 0
    )
    page.click("#table-close")
    for text in map_data.HOSTILE:
        page.fill("#q", text)
        page.wait_for_timeout(100)
        page.keyboard.press("Enter")
    page.keyboard.press("Escape")
    page.click("#table-toggle")
    with page.expect_download() as got:
        page.click("#save-csv")
    text = Path(got.value.path()).read_text("utf-8-sig")
    assert formulas.formulas(text) == []
    assert "'=1+1" in text
    assert page.evaluate("window.pwned") is None
    for tag in ("img", "iframe", "svg", "base", "meta[http-equiv=refresh]"):
        assert page.locator(tag).count() == 0
    assert page.locator("script").count() == 4
    for link in page.locator("a").all():
        assert (link.get_attribute("href") or "#").startswith(("https://", "#"))


def test_hostile_text_without_javascript(opened: Any) -> None:
    it = opened(map_data.hostile(), java_script_enabled=False)
    for tag in ("img", "iframe", "svg", "base", "meta[http-equiv=refresh]"):
        assert it.page.locator(tag).count() == 0


def test_a_hostile_address_is_ignored(opened: Any) -> None:
    for bad in (
        "#<img src=x onerror=window.pwned=1>",
        "#5/1/2/operator=<script>window.pwned=1</script>&__proto__=1&mode=x",
        "#99/0/0",
        "#5/30/-100/hide=%E0%A4%A",
    ):
        it = opened(map_data.town(), bad)
        assert it.page.evaluate("window.pwned") is None


def test_the_policy_stops_what_is_put_in_later(opened: Any) -> None:
    # the second lock: even a script that got into the page does not run
    it = opened(map_data.town())
    it.page.evaluate(
        """() => { const s = document.createElement("script"); s.textContent = "window.pwned = 1";
        const i = document.createElement("img"); i.src = "https://example.invalid/x.png";
        document.body.append(s, i); }"""
    )
    it.page.wait_for_timeout(100)
    assert it.page.evaluate("window.pwned") is None
    assert all("Content Security Policy" in m for m in it.messages)
    assert len(it.messages) == 2
    it.messages.clear()
    # noted when it was tried; the policy ended it before it left the page
    assert it.requests.pop() == "https://example.invalid/x.png"


def test_the_page_decodes_what_python_encodes(opened: Any, tmp_path: Path) -> None:
    rng = np.random.default_rng(11)
    n = 400
    frame = pd.DataFrame(
        {
            "plain": rng.normal(0, 1e4, n).round(1),
            "runs": np.arange(n, dtype=float),
            "few": rng.choice([0.0, 45.0, 22.5, np.nan], n),
            "gaps": np.where(
                rng.random(n) < 0.3, np.nan, rng.integers(-(2**45), 2**45, n).astype(float)
            ),
            "nothing": np.nan,
            "word": pd.Series(rng.choice(["a", "b", None], n), dtype="str"),
            "node": [f"node/{v}" for v in rng.integers(1, 2**40, n)],
            "name": [
                "cam-" + "".join(rng.choice(list("abcdefghijklmnopqrstuvwxyz234567"), 10))
                for _ in range(n)
            ],
            "free": [f"{i} <b>é\u2028" for i in range(n)],
            "same": "one",
        }
    )
    encoded = payload.payload_frame(frame, scales={"plain": 10, "few": 10})
    kinds = {c["k"] for c in encoded["c"].values()}
    assert kinds == {"const", "int", "num", "dict", "id", "b32", "text"}
    # a table of its own that names rows of the first: two of three of its texts end as theirs do
    row = np.sort(rng.integers(0, n, 300))
    ends = frame["node"].to_numpy(object)[row]
    about = pd.DataFrame({"row": row, "report": [f"s{i % 3}:{e}" for i, e in enumerate(ends)]})
    about.loc[about.index % 3 == 2, "report"] = "another"
    more = payload.payload_frame(about)
    more["c"]["report"] = payload.endings(
        more["c"]["report"], about["report"], pd.Series(ends), "node"
    )
    assert more["c"]["report"]["k"] == "ends"
    read = """const doc = (id) => JSON.parse(document.getElementById(id).textContent);
        const t = new Decode.Table(doc("data")), more = new Decode.Table(doc("more"), t);
        window.more = Array.from({length: more.n}, (_, i) => more.at("report", i));
        window.rows = t.names.map((n) => Array.from({length: t.n}, (_, i) => t.at(n, i)));
        document.documentElement.classList.add("ready");"""
    html = page.html_document(
        title="t",
        body="",
        styles=["p{}"],
        scripts=[f"{{{page.asset('js/decode.js')}\n{read}}}"],
        data={"data": encoded, "more": more},
    )
    (tmp_path / "decode.html").write_text(html, "utf-8")
    it = opened(tmp_path / "decode.html")
    assert it.page.evaluate("window.more") == about["report"].tolist()
    back = it.page.evaluate("window.rows")
    for name, values in zip(frame.columns, back, strict=True):
        wanted = [None if v != v else v for v in frame[name].tolist()]
        assert values == pytest.approx(wanted) if name == "plain" else values == wanted, name


def test_axe_finds_nothing_serious_on_a_phone(opened: Any, axe: str) -> None:
    it = opened(
        map_data.town(),
        viewport={"width": 390, "height": 844},
        is_mobile=True,
        has_touch=True,
        bypass_csp=True,
    )
    it.page.tap("#handle")
    assert serious(it.page, axe) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_report_loads_nothing_and_axe_finds_nothing_serious(
    opened: Any, axe: str, scheme: str, tmp_path: Path
) -> None:
    frame = pd.DataFrame({"state": ["ZZ"] * 40, "cameras": range(40)})
    figure = figures.ranking(frame["cameras"].rename("n"), name="x", title="Some bars")
    data = report.ReportData(
        title="A town", subtitle="For tests", fictional=True, headlines=[report.Headline("cameras", "40", "rows")],
        sections=[report.Section("Where", ["Text."], [figure], [report.Table("By state", frame, "All rows.")])],
        method=["m"], manifest={"input": "x"},
    )  # fmt: skip
    (tmp_path / "report.html").write_text(report.report_html(data), "utf-8")
    it = opened(tmp_path / "report.html", ready=False, color_scheme=scheme, bypass_csp=True)
    assert it.page.locator("img").evaluate("i => i.naturalWidth") > 100
    assert serious(it.page, axe) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(opened: Any, axe: str, scheme: str) -> None:
    data = map_data.town()
    it = opened(data, address(data, 7), color_scheme=scheme, bypass_csp=True)
    it.page.click("#filters summary")
    it.page.click("#table-toggle")
    it.page.locator("#rows-body th button").first.click()
    assert serious(it.page, axe) == []
