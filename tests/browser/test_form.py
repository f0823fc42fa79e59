"""The sighting form in Chromium, opened from disk: filled in like a person would, it asks and keeps
nothing."""

from __future__ import annotations

import functools
import http.server
import json
import threading
from pathlib import Path
from typing import Any

import pytest

from alprmap.sightings import check, files, form, known

geojson_validator = pytest.importorskip(
    "geojson_validator", reason="geojson-validator is not installed"
)
pytestmark = pytest.mark.browser

BOX = (-101.92, 29.805, -101.90, 29.82)
AT = (-101.91, 29.8125)
"""The middle of the first view."""
STORES = """async () => [localStorage.length, sessionStorage.length, document.cookie,
    (await indexedDB.databases()).length, "caches" in self ? (await caches.keys().catch(() => [])).length : 0]"""


@pytest.fixture(scope="module")
def page_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    cameras = known.made(
        ["node/1", "node/2"],
        [AT[0] + 0.00005, AT[0] + 0.004],
        [AT[1], AT[1]],
        [[90.0], []],
        device=["alpr", "alpr"],
        label=["", ""],
    )
    others = known.made(
        ["R1"], [AT[0] - 0.003], [AT[1] + 0.003], [[]], device=["red_light"], label=[""]
    )
    path = tmp_path_factory.mktemp("form") / "form.html"
    path.write_text(
        form.form_html(form.FormData(title="Town", cameras=cameras, others=others, bbox=BOX)),
        "utf-8",
    )
    return path


def center(page: Any) -> tuple[float, float]:
    box = page.locator("#map_alprmap").bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def downloaded(it: Any, tmp_path: Path) -> dict[str, Any]:
    """The file of the form, after it passed the check and an independent RFC 7946 validator."""
    with it.page.expect_download() as caught:
        it.page.click("#download")
    path = tmp_path / caught.value.suggested_filename
    caught.value.save_as(path)
    value: dict[str, Any] = json.loads(path.read_text("utf-8"))
    assert geojson_validator.validate_structure(value, check_crs=True) == {}
    found = geojson_validator.validate_geometries(value)
    assert (found["invalid"], found["problematic"]) == ({}, {})
    checked = check.check_sightings([files.read_sightings(path)])
    assert checked.counts["problem"] == 0, checked.findings
    assert it.page.evaluate(STORES) == [0, 0, "", 0, 0]
    return value


def properties(value: dict[str, Any]) -> dict[str, Any]:
    made: dict[str, Any] = value["features"][-1]["properties"]
    return made


def test_click_and_unknown_direction(opened: Any, page_file: Path, tmp_path: Path) -> None:
    it = opened(page_file)
    it.page.mouse.click(*center(it.page))
    assert it.text("#place-said").startswith("Placed at 29.81")
    it.page.check("#agree")
    value = downloaded(it, tmp_path)
    assert value["features"][0]["geometry"]["coordinates"] == pytest.approx(AT, abs=2e-4)
    assert properties(value)["direction"] == "unknown"
    assert properties(value)["licence"] == "CC0-1.0"
    assert "position_error_m" not in properties(value)
    assert "Saved as sighting.geojson" in it.text("#said")


def test_a_place_set_from_afar_says_so(opened: Any, page_file: Path, tmp_path: Path) -> None:
    it = opened(page_file)
    for _ in range(3):
        it.page.click(".leaflet-control-zoom-out")
        it.page.wait_for_timeout(400)
    it.page.mouse.click(*center(it.page))
    assert "Zoom in" in it.text("#place-said")
    it.page.check("#agree")
    assert properties(downloaded(it, tmp_path))["position_error_m"] > 10


def test_a_map_without_streets_says_so(opened: Any, page_file: Path) -> None:
    it = opened(page_file)
    assert "This map has no streets" in it.text("#where-help")
    assert "Known cameras: © OpenStreetMap contributors, ODbL" in it.text("#credit-full")


def test_drag_the_mark_and_the_direction(opened: Any, page_file: Path, tmp_path: Path) -> None:
    it = opened(page_file)
    x, y = center(it.page)
    it.page.mouse.click(x, y)
    it.page.mouse.move(x, y)
    it.page.mouse.down()
    it.page.mouse.move(x + 60, y - 40, steps=5)
    it.page.mouse.up()
    box = it.page.locator(".handle").bounding_box()
    hx, hy = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    it.page.mouse.move(hx, hy)
    it.page.mouse.down()
    it.page.mouse.move(x + 60 - 90, y - 40, steps=8)  # due west of the mark
    it.page.mouse.up()
    assert it.page.is_checked("#way-known")
    it.page.check("#agree")
    value = downloaded(it, tmp_path)
    assert abs(int(properties(value)["direction"]) - 270) <= 1
    assert value["features"][0]["geometry"]["coordinates"][0] > AT[0]


def test_the_dial_turns_by_pointer_and_by_key(opened: Any, page_file: Path) -> None:
    it = opened(page_file)
    box = it.page.locator("#dial").bounding_box()
    it.page.mouse.click(box["x"] + box["width"] - 20, box["y"] + box["height"] / 2)
    assert it.page.input_value("#degrees") == "90"
    assert it.text("#degrees-said") == "E"
    it.page.focus("#dial")
    for key, shown in (
        ("ArrowRight", "91"),
        ("Shift+ArrowRight", "101"),
        ("PageDown", "86"),
        ("Home", "360"),
    ):
        it.page.keyboard.press(key)
        assert it.page.input_value("#degrees") == shown
    assert it.text("#degrees-said") == "true north"
    assert it.page.get_attribute("#dial", "aria-valuetext") == "true north"
    it.page.keyboard.press("Delete")
    assert it.page.is_checked("#way-unknown")
    assert it.page.input_value("#degrees") == ""


def test_saying_that_it_looks_somewhere_is_not_saying_north(
    opened: Any, page_file: Path, tmp_path: Path
) -> None:
    it = opened(page_file)
    it.page.mouse.click(*center(it.page))
    it.page.check("#agree")
    it.page.check("#way-known")
    it.page.click("#download")
    assert "Turn the arrow" in it.text("#said")
    it.page.fill("#degrees", "0")
    assert properties(downloaded(it, tmp_path))["direction"] == "360"


def test_spanish_from_end_to_end(opened: Any, page_file: Path, tmp_path: Path) -> None:
    it = opened(page_file)
    it.page.click("#langs button[lang=es]")
    assert it.page.evaluate("document.documentElement.lang") == "es"
    assert it.text("h1") == "Avisar de un lector de placas"
    english = set(json.loads(form.asset("strings.json"))["en"].values())
    spanish = set(json.loads(form.asset("strings.json"))["es"].values())
    seen = {
        t.strip()
        for t in it.page.evaluate(
            "[...document.querySelectorAll('[data-t]')].map(n => n.textContent)"
        )
    }
    assert not seen & (english - spanish)
    it.page.fill("#place", "29.8125 N 101.9100 O")
    it.page.click("#set")
    it.page.check("input[name=maker][value='Flock Safety']", force=True)
    it.page.select_option("#mount", "pole")
    it.page.select_option("#evidence", "photo")
    it.page.fill("#date", "2026-01")
    it.page.fill("#note", "Junto a la gasolinera, poste negro")
    it.page.check("#agree")
    made = properties(downloaded(it, tmp_path))
    assert made["manufacturer"] == "Flock Safety"
    assert made["camera:mount"] == "pole"
    assert made["evidence"] == "photo"
    assert made["check_date"] == "2026-01"
    assert "position_error_m" not in made
    assert "Guardado como" in it.text("#said")


def test_known_cameras_and_what_reads_no_plates(opened: Any, page_file: Path) -> None:
    it = opened(page_file)
    it.page.fill("#place", f"{AT[1]}, {AT[0]}")
    it.page.click("#set")
    assert "may be known already: node/1, 5 m away" in it.text("#near")
    it.page.fill("#degrees", "100")
    assert "probably known already: node/1" in it.text("#near")
    it.page.fill("#degrees", "270")
    assert "Another head on the pole of node/1?" in it.text("#near")
    it.page.fill("#place", f"{AT[1] + 0.003}, {AT[0] - 0.0031}")
    it.page.click("#set")
    assert "red-light camera is known 10 m away" in it.text("#near")
    it.page.fill("#place", "29.8190, -101.9010")
    it.page.click("#set")
    assert it.text("#near") == "No camera is known here."


def test_keyboard_only(opened: Any, page_file: Path, tmp_path: Path) -> None:
    it = opened(page_file)
    it.page.focus("#map_alprmap")
    it.page.keyboard.press("ArrowRight")
    it.page.wait_for_timeout(400)
    assert it.page.locator("#keyboard").is_visible()
    it.page.keyboard.press("Enter")
    assert it.text("#place-said").startswith("Placed")
    # every control is reached with Tab alone, from the top to the download
    it.page.focus("#langs button")
    reached: list[str] = []
    for _ in range(60):
        it.page.keyboard.press("Tab")
        reached.append(
            it.page.evaluate("document.activeElement.id || document.activeElement.name || ''")
        )
        if reached[-1] == "agree":
            it.page.keyboard.press("Space")
        if reached[-1] == "download":
            break
    for wanted in (
        "theme",
        "map_alprmap",
        "place",
        "set",
        "way-unknown",
        "dial",
        "degrees",
        "maker",
        "evidence",
        "mount",
        "date",
        "operator",
        "note",
        "licence",
        "agree",
        "download",
    ):
        assert wanted in reached, wanted
    with it.page.expect_download() as caught:
        it.page.keyboard.press("Enter")
    caught.value.save_as(tmp_path / "k.geojson")
    assert check.check_sightings([files.read_sightings(tmp_path / "k.geojson")]).exit_code == 0


def test_phone(opened: Any, page_file: Path, tmp_path: Path) -> None:
    it = opened(
        page_file,
        viewport={"width": 390, "height": 844},
        is_mobile=True,
        has_touch=True,
        device_scale_factor=2,
    )
    assert it.page.evaluate("document.documentElement.scrollWidth") <= 390
    it.page.touchscreen.tap(*center(it.page))
    assert it.text("#place-said").startswith("Placed")
    it.page.evaluate("document.querySelector('#degrees').scrollIntoView({block: 'center'})")
    # the map stays in view while the sheet is filled in
    assert it.page.locator("#stage").bounding_box()["y"] >= -1
    it.page.tap("#way-known")
    it.page.fill("#degrees", "45")
    it.page.tap("#agree")
    assert properties(downloaded(it, tmp_path))["direction"] == "45"
    small = it.page.evaluate(
        "[...document.querySelectorAll('button, select, input[type=text], textarea')].filter(n =>"
        " n.offsetParent && n.getBoundingClientRect().height < 38).map(n => n.id || n.textContent)"
    )
    assert small == []


def test_several_cameras_in_one_file(opened: Any, page_file: Path, tmp_path: Path) -> None:
    it = opened(page_file)
    it.page.fill("#place", "29.8190, -101.9010")
    it.page.click("#set")
    it.page.fill("#degrees", "90")
    it.page.check("#agree")
    it.page.click("#another-head")
    assert it.page.is_checked("#way-unknown"), "the second head starts unknown"
    it.page.fill("#degrees", "270")
    assert it.text("#download") == "Download the file (2 cameras)"
    it.page.click("#another")
    assert it.text("#download") == "Download the file (2 cameras)", (
        "an untouched sheet is no camera"
    )
    it.page.fill("#place", "29.8100, -101.9150")
    it.page.click("#set")
    assert it.text("#download") == "Download the file (3 cameras)"
    value = downloaded(it, tmp_path)
    assert [f["properties"]["direction"] for f in value["features"]] == ["90", "270", "unknown"]
    it.page.click("#list button >> nth=0")
    assert len(downloaded(it, tmp_path)["features"]) == 2


def test_faults_are_said_where_they_are(opened: Any, page_file: Path) -> None:
    it = opened(page_file)
    it.page.click("#download")
    assert it.text("#said") == "The place is missing."
    it.page.fill("#place", "somewhere")
    it.page.click("#set")
    assert "That is not a place" in it.text("#place-said")
    it.page.fill("#place", "29.8190, -101.9010")
    it.page.click("#set")
    it.page.click("#download")
    assert "tick the box" in it.text("#said")
    it.page.check("#agree")
    it.page.fill("#date", "2026-02-30")
    it.page.click("#download")
    assert "2026-01-15" in it.text("#said")
    it.page.fill("#note", "call 956-555-0134 or ann@example.org, plate KBP 1234")
    assert "phone" in it.text("#note-said")
    assert "e-mail" in it.text("#note-said")
    assert "number plate" in it.text("#note-said")
    it.page.fill("#note", "on US 83 @ Mines Rd, black pole")
    assert it.page.locator("#note-said").is_hidden()


@pytest.mark.parametrize(
    ("text", "lat", "lon"),
    [
        ("29.8125, -101.91", 29.8125, -101.91),
        ("29.8125 -101.91", 29.8125, -101.91),
        ("-101.91 W, 29.8125 N", 29.8125, -101.91),
        ("29°48'45\" N 101°54'36\" W", 29.8125, -101.91),
        ("https://www.openstreetmap.org/#map=17/29.81250/-101.91000", 29.8125, -101.91),
        ("https://maps.example/maps/@29.8125,-101.9100,17z", 29.8125, -101.91),
        ("geo:29.8125,-101.91", 29.8125, -101.91),
    ],
)
def test_places_as_people_write_them(
    opened: Any, page_file: Path, text: str, lat: float, lon: float
) -> None:
    it = opened(page_file)
    it.page.fill("#place", text)
    it.page.click("#set")
    assert it.text("#place-said").startswith(f"Placed at {lat:.5f}, {lon:.5f}")


def test_same_patterns_as_the_check(opened: Any, page_file: Path) -> None:
    """What the page warns of is what `sighting check` finds: the patterns mean the same in both
    languages."""
    from alprmap.sightings import personal

    texts = [
        "ann@example.org",
        "956-555-0134",
        "@ann_b",
        "KBP 1234",
        "14:32",
        "I-35 @ Mines Rd",
        "US 83 @Mines Rd",
        "FM 1472",
        "3RD ST 1200 BLK",
        "123-45-6789",
        "Officer Perez",
        "seen by a friend",
        "me llamo Ana",
        "pole 12.5",
    ]
    it = opened(page_file)
    by_page = {p["kind"] for p in personal.data()["patterns"] if p["page"]}
    for text in texts:
        it.page.fill("#note", text)
        ours = {f.kind for f in personal.in_text(text)} & by_page
        assert bool(ours) == it.page.locator("#note-said").is_visible(), text
        assert all(kind in it.text("#note-said") for kind in ours), text


def test_hostile_names_in_the_page(opened: Any, tmp_path: Path) -> None:
    import map_data

    n = len(map_data.HOSTILE)
    bad = known.made(
        map_data.HOSTILE,
        [AT[0] + i * 1e-6 for i in range(n)],
        [AT[1]] * n,
        [[]] * n,
        device=["alpr"] * n,
        label=[""] * n,
    )
    path = tmp_path / "hostile.html"
    path.write_text(
        form.form_html(form.FormData(title=map_data.HOSTILE[0], cameras=bad, bbox=BOX)), "utf-8"
    )
    it = opened(path)
    for i in range(0, n, 5):
        it.page.fill("#place", f"{AT[1]}, {AT[0] + i * 1e-6:.6f}")
        it.page.click("#set")
        assert it.page.evaluate("window.pwned") is None
    assert map_data.HOSTILE[0] in it.text("#project")


def test_from_a_website_it_says_who_sees_that(chromium: Any, opened: Any, page_file: Path) -> None:
    # a browser may ask its maker about forms of websites, which no page can forbid; of files it
    # does not
    handler = functools.partial(
        http.server.SimpleHTTPRequestHandler, directory=str(page_file.parent)
    )
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        context = chromium.new_context()
        page = context.new_page()
        page.goto(f"http://127.0.0.1:{server.server_address[1]}/{page_file.name}")
        page.wait_for_selector("html.ready")
        assert "save this page" in page.inner_text("#served")
        page.click("#langs >> text=Español")
        assert "guarde esta página" in page.inner_text("#served")
        context.close()
        server.shutdown()
    assert opened(page_file).page.is_hidden("#served")


def test_dark_and_print(opened: Any, page_file: Path) -> None:
    it = opened(page_file, color_scheme="dark")
    dark = it.page.evaluate("getComputedStyle(document.body).backgroundColor")
    it.page.click("#theme")
    assert it.page.evaluate("getComputedStyle(document.body).backgroundColor") != dark


def test_without_javascript_it_tells_how(opened: Any, page_file: Path) -> None:
    it = opened(page_file, java_script_enabled=False)
    assert "sighting.geojson" in it.page.content()
    assert it.page.locator(".no-js pre").is_visible()
    value = json.loads(it.page.inner_text(".no-js pre").replace("\u00a0", " "))
    assert value["features"][0]["properties"]["direction"] == "unknown"


def test_axe_finds_nothing_serious(opened: Any, page_file: Path, axe: str) -> None:
    for context in ({}, {"color_scheme": "dark"}, {"viewport": {"width": 390, "height": 844}}):
        it = opened(page_file, **context)
        it.page.mouse.click(*center(it.page))
        it.page.evaluate("document.querySelector('#decoys').open = true")
        it.page.evaluate(axe)
        found = it.page.evaluate("axe.run()")
        serious = [v["id"] for v in found["violations"] if v["impact"] in ("serious", "critical")]
        assert serious == [], [
            (v["id"], [n["html"] for n in v["nodes"]]) for v in found["violations"]
        ]
        assert "region" not in [v["id"] for v in found["violations"]], (
            "the form is a landmark with a name"
        )
