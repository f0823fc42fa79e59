"""The page of a nation leads to the page of a state at the same place, and back, from disk."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import map_data
import pandas as pd
import pytest

from alprmap.publish import LinkedPage, MapData, write_map

pytestmark = pytest.mark.browser

BOX = {"TX": (-106.6, 25.8, -93.5, 36.5), "OK": (-103.0, 33.6, -94.4, 37.0)}


def nation(folder: Path) -> Path:
    """A page with two linked states whose boxes overlap, and the page of one of them."""
    rows = map_data.cameras(20).assign(state="TX")
    far = map_data.cameras(20, west=-97.6, south=35.4).assign(state="OK")
    far["camera_id"] = "far-" + far["camera_id"]
    pages = [LinkedPage(name, f"states/{s.lower()}.html", s, 20, BOX[s])
             for name, s in (("Oklahoma", "OK"), ("Texas", "TX"))]  # fmt: skip
    both = pd.concat([rows, far], ignore_index=True)
    write_map(MapData(title="A nation", cameras=both, pages=pages), folder / "index.html")
    back = LinkedPage("The whole country", "../index.html")
    state = MapData(title="A nation: Oklahoma", cameras=far, back=back)
    write_map(state, folder / "states" / "ok.html")
    return folder / "index.html"


def test_P_the_state_in_the_middle_is_offered_and_opens_at_the_same_place(
    opened: Any, tmp_path: Path
) -> None:
    it = opened(nation(tmp_path), "#9/35.45/-97.50")
    # the boxes of both states hold this place: the nearest camera tells
    assert it.text("#detail") == "Oklahoma in detail"
    it.page.click("#detail a")
    it.page.wait_for_selector("html.ready", state="attached")
    assert "/states/ok.html#9/35.45" in it.page.url
    assert it.text("#title") == "A nation: Oklahoma"
    it.page.click("#back a")
    it.page.wait_for_selector("html.ready", state="attached")
    assert it.page.url.endswith("/index.html")
    # the links led to files of the folder alone
    assert all(asked.startswith(tmp_path.as_uri()) for asked in it.requests)
    del it.requests[1:]


def test_P_the_states_are_listed_and_speak_the_language_of_the_page(
    opened: Any, tmp_path: Path
) -> None:
    it = opened(nation(tmp_path), "#5/35.45/-97.50")
    assert it.page.is_hidden("#detail")
    it.page.click("#pages-box summary")
    links = [a.get_attribute("href") for a in it.page.query_selector_all("#pages a")]
    assert links == ["states/ok.html", "states/tx.html"]
    it.page.evaluate("map_alprmap.setZoom(9, { animate: false })")
    it.page.click("#lang")
    assert it.text("#detail").endswith("en detalle")


@pytest.mark.parametrize(
    "href", ["https://example.invalid/", "javascript:window.pwned=1", "../../x.html", "//x.html"]
)
def test_P_no_other_address_becomes_a_link(opened: Any, tmp_path: Path, href: str) -> None:
    rows = map_data.cameras(5)
    page = LinkedPage("Texas", href, "TX", 5, BOX["TX"])
    data = MapData(title="A nation", cameras=rows, pages=[page], back=replace(page, name="Back"))
    it = opened(data, "#9/30.1/-100.1")
    assert it.text("#detail") == "Texas in detail"
    for place in ("#detail", "#pages", "#back"):
        assert not it.page.query_selector_all(f"{place} a")
