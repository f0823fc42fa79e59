"""The page and the report are results of the house: tables, counts, claims, save, a view in a
notebook (rule P)."""

from __future__ import annotations

import dataclasses
import re
from html import unescape
from pathlib import Path

import map_data
import pandas as pd
import pytest

from alprmap import publish
from alprmap.claims import COLUMNS
from alprmap.errors import UsageError
from alprmap.merge import open_cameras
from alprmap.reach import NO_ROADS, measure
from alprmap.results import Result
from alprmap.roads import read
from alprmap.shipped import data_path
from alprmap.watch import watch


@pytest.fixture(scope="module")
def page() -> publish.MapPage:
    opened = open_cameras(map_data.cameras(12))
    roads = read(data_path("demo/roads.osm.pbf"))
    watched = watch(opened.cameras, opened.views, roads)
    reach = measure(opened, borders=["mexico"], roads=NO_ROADS)
    return publish.map_page(opened, roads, watched, reach, borders=["mexico"])


def test_P_a_page_is_a_frozen_result_with_what_is_drawn(page: publish.MapPage) -> None:
    assert isinstance(page, Result)
    with pytest.raises(dataclasses.FrozenInstanceError):
        page.embed = True  # type: ignore[misc]
    tables = page.tables()
    assert next(iter(tables)) == "cameras"
    assert len(tables["cameras"]) == page.counts()["drawn"] == 12
    assert all("geometry" in t.columns for t in tables.values())


def test_P_a_page_tells_only_what_its_claims_hold(page: publish.MapPage) -> None:
    claims = page.claims()
    assert list(claims.columns) == list(COLUMNS)
    assert {"cameras-standing", "median-mi-mexico", "watch-reading"} <= set(claims["claim_id"])
    assert page.sentences()
    for line in publish.front_of_cameras(
        open_cameras(map_data.cameras(12)), "", measured=[claims]
    ).lines:
        assert set(line.claims) <= set(claims["claim_id"])


@pytest.mark.parametrize("name", ["a.html", "a.htm", "a.PNG"])
def test_P_a_page_is_saved_by_its_suffix(page: publish.MapPage, tmp_path: Path, name: str) -> None:
    assert page.save(tmp_path / name) == [tmp_path / name]
    assert (tmp_path / name).stat().st_size > 10_000


@pytest.mark.parametrize("name", ["a", "a.pdf", "a.csv"])
def test_P_a_page_is_not_saved_as_what_it_is_not(
    page: publish.MapPage, tmp_path: Path, name: str
) -> None:
    with pytest.raises(UsageError):
        page.save(tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_P_a_notebook_shows_the_page_fenced_off() -> None:
    hostile = '"><script>alert(1)</script>'
    page = publish.map_page(map_data.cameras(3), title=hostile, borders=[])
    shown = page._repr_html_()
    assert re.fullmatch(r'<iframe title="[^"<]*" sandbox="allow-scripts" style="[^"]*" srcdoc="[^"<]*"></iframe>', shown, re.S)  # fmt: skip
    assert "<!doctype html>" in unescape(shown).lower()


@pytest.mark.parametrize("language", publish.languages())
def test_P_a_page_without_a_title_has_one_in_its_language(language: str) -> None:
    page = publish.map_page(map_data.cameras(3), language=language, borders=[])
    titles = {publish.map_page(map_data.cameras(3), language=other, borders=[]).data.title
              for other in publish.languages()}  # fmt: skip
    assert len(titles) == len(publish.languages())
    assert f"<title>{page.data.title}</title>" in page.html()


@pytest.mark.parametrize("change", [{"language": "xx"}, {"borders": ["atlantis"]}])
def test_P_a_page_refuses_what_it_does_not_know(change: dict[str, object]) -> None:
    with pytest.raises(UsageError):
        publish.map_page(map_data.cameras(3), **change)


def test_P_a_report_is_a_frozen_result(tmp_path: Path) -> None:
    folder = tmp_path / "result"
    folder.mkdir()
    open_cameras(map_data.cameras(9)).table.to_parquet(folder / "cameras.parquet")
    report = publish.report_on(folder)
    assert isinstance(report, Result)
    with pytest.raises(dataclasses.FrozenInstanceError):
        report.data = None  # type: ignore[assignment,misc]
    assert report.counts()["claims"] == len(report.claims()) > 0
    assert next(iter(report.tables())) == "claims"
    assert all(isinstance(t, pd.DataFrame) for t in report.tables().values())
    written = {p.name for p in report.save(tmp_path / "out")}
    assert {"report.html", "report.md", "press.txt", "claims.csv"} <= written
    assert re.fullmatch(r'<iframe title="[^"<]*" sandbox="" style="[^"]*" srcdoc="[^"<]*"></iframe>', report._repr_html_(), re.S)  # fmt: skip
