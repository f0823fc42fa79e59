"""The report: its figures are those of the tables, it runs nothing, and it is the same bytes each
time."""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path

import map_data
import numpy as np
import pandas as pd
import pytest

from alprmap import geo, reach
from alprmap.errors import InputError
from alprmap.publish.map import staticmap
from alprmap.publish.report import figures, report, sections
from alprmap.store import whole as store


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A result folder as `merge`, `reach` and `watch` leave it."""
    here = tmp_path_factory.mktemp("result")
    data = map_data.town()
    table = reach.reach_table(data.cameras, borders=["mexico", "canada", "land", "external"])
    store.write_table(data.cameras, here / "cameras.parquet")
    store.write_table(table, here / "reach.csv")
    store.write_table(reach.statistics(table), here / "reach_statistics.csv")
    store.write_table(data.segments, here / "segments.parquet")
    store.write_table(data.watches.assign(heading_deg=90.0), here / "watches.parquet")
    (here / "coverage").mkdir()
    (here / "coverage" / "route_log.csv").write_text("route,gap_km\nI 99,NA\nI 99,12.5\n")
    store.write_json(
        here / "manifest.json",
        {"inputs": [{"file": "a.csv", "bytes": 12, "sha256": "00ff"}],
         "project": {"title": "A town", "fictional": True},
         "stages": {"merge": {"rows": {"cameras": 60, "reports": 60}}}},
    )  # fmt: skip
    return here


@pytest.fixture(scope="module")
def data(folder: Path) -> report.ReportData:
    return sections.report_of_folder(folder)


def test_headlines_are_counts_of_the_table(folder: Path, data: report.ReportData) -> None:
    table = pd.read_csv(folder / "reach.csv")
    said = {line.label.split(",")[0]: line.figure for line in data.headlines}
    near = int((table["to_mexico_m"] <= 100 * geo.STATUTE_MILE_M).sum())
    assert said["stand within 100 statute miles of the border with Mexico"] == f"{near:,}"
    assert said["mapped cameras"] == "60"


def test_all_parts_are_there(folder: Path, data: report.ReportData, tmp_path: Path) -> None:
    written = {p.name for p in report.write_report(tmp_path, data)}
    assert {
        "report.md",
        "report.html",
        "claims.csv",
        "map.svg",
        "map.png",
        "inland.svg",
        "bands.png",
    } <= written
    text = (tmp_path / "report.md").read_text("utf-8")
    for word in (
        "FICTIONAL",
        "Route log",
        "Limits",
        "SHA-256 00ff",
        "8 of 60 cameras read a road",
        "figures/map.png",
    ):
        assert word in text, word
    assert "| I 99 | NA |" in text


@pytest.mark.slow
def test_same_input_same_bytes(folder: Path, tmp_path: Path) -> None:
    one = report.write_report(tmp_path / "a", sections.report_of_folder(folder))
    two = report.write_report(tmp_path / "b", sections.report_of_folder(folder))
    for a, b in zip(one, two, strict=True):
        assert store.sha256(a) == store.sha256(b), a.name


def test_figures_say_in_words_what_they_show(data: report.ReportData) -> None:
    for section in data.sections:
        for figure in section.figures:
            assert len(figure.alt) > 40
            assert figure.svg.startswith(b"<?xml")
            assert figure.png.startswith(b"\x89PNG")
            assert b"<dc:date>" not in figure.svg


class Page(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.images: list[dict[str, str | None]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        if tag == "img":
            self.images.append(dict(attrs))


def hostile() -> report.ReportData:
    frame = pd.DataFrame(dict.fromkeys(map_data.HOSTILE, map_data.HOSTILE))
    figure = figures.ranking(
        pd.Series(range(len(map_data.HOSTILE)), index=map_data.HOSTILE),
        name="x",
        title=map_data.HOSTILE[6],
    )
    return report.ReportData(
        title=map_data.HOSTILE[0],
        subtitle=map_data.HOSTILE[1],
        headlines=[report.Headline(t, t, t, t, t, t) for t in map_data.HOSTILE],
        sections=[
            report.Section(t, [t], [figure], [report.Table(t, frame, t)])
            for t in map_data.HOSTILE[:4]
        ],
        method=map_data.HOSTILE,
        sources=[report.Source(t, t, t, t, t) for t in map_data.HOSTILE],
        dates=dict(zip(map_data.HOSTILE, map_data.HOSTILE, strict=True)),
        manifest=dict(zip(map_data.HOSTILE, map_data.HOSTILE, strict=True)),
        claims=frame,
    )


def test_hostile_text_stays_text_in_html() -> None:
    found = Page(report.report_html(hostile()))
    assert not {"script", "iframe", "svg", "base", "object"} & set(found.tags)
    assert len(found.images) == 4
    assert all((i["src"] or "").startswith("data:image/") for i in found.images)


def test_hostile_text_stays_text_in_markdown() -> None:
    text = report.markdown(hostile())
    lines = [line for line in text.splitlines() if "pwned" in line]
    assert lines
    for line in lines:
        assert "<script" not in line.replace("\\<", "")
        assert "<img" not in line.replace("\\<", "")
    rows = [line for line in text.splitlines() if line.startswith("| ") and "\\<img" in line]
    # a pipe or a line break in a value must not add a cell
    assert (
        len({line.replace("\\|", "").count("|") for line in rows if line.count("\\<img") > 3}) == 1
    )


def test_missing_is_a_dash_and_never_a_zero() -> None:
    assert report.cell(np.nan) == "–"
    assert report.cell(None) == "–"
    assert report.cell(pd.NA) == "–"
    assert report.cell(0) == "0"
    assert report.cell(np.int64(1234)) == "1,234"


def test_curves_reach_their_shares() -> None:
    table = reach.reach_table(map_data.cameras(), borders=["mexico"])
    figure = figures.share_within(reach.distribution(table, borders=["mexico"]), zone=100)
    share = (table["to_mexico_m"] <= 100 * geo.STATUTE_MILE_M).mean()
    assert f"Mexico {share:.1%}" in figure.alt


def test_a_picture_of_the_map_without_a_browser() -> None:
    drawn = staticmap.draw_static(map_data.town())
    assert drawn.png.startswith(b"\x89PNG")
    assert "60 cameras" in drawn.alt
    assert staticmap.draw_static(map_data.town()).png == drawn.png


def test_a_map_of_nothing_is_still_a_map() -> None:
    empty = map_data.town(
        cameras=map_data.cameras(0), views=None, reach=None, reports=None, watches=None
    )
    assert staticmap.draw_static(empty).png.startswith(b"\x89PNG")


def test_a_folder_without_cameras_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no cameras\.parquet"):
        sections.report_of_folder(tmp_path)
    (tmp_path / "cameras.parquet").write_bytes(b"PAR1 not")
    with pytest.raises(InputError):
        sections.report_of_folder(tmp_path)


def test_a_route_log_is_drawn_as_strips() -> None:
    log = pd.DataFrame(
        {"ref": "I 99", "direction": "N", "strand": 0, "order": [1, 2], "at_km": [10.0, 40.0]}
    )
    strands = pd.DataFrame(
        {"ref": ["I 99", "SR 1"], "direction": ["N", "E"], "strand": 0, "km": [100.0, 20.0], "readers": [2, 0],
         "longest_unread_km": [60.0, 20.0], "unread_from_km": [40.0, 0.0], "unread_to_km": [100.0, 20.0]}
    )  # fmt: skip
    figure = figures.route_strips(log, strands)
    assert "I 99 N 2 in 62 miles" in figure.alt
    assert "SR 1" not in figure.alt
    assert figure.png == figures.route_strips(log, strands).png


def test_a_folder_with_a_route_log_shows_the_figure_and_the_strands(
    folder: Path, tmp_path: Path
) -> None:
    import shutil

    here = tmp_path / "result"
    shutil.copytree(folder, here)
    (here / "coverage" / "route_log.csv").write_text("ref,direction,strand,at_km\nI 99,N,0,10\n")
    (here / "coverage" / "strands.csv").write_text(
        "ref,direction,strand,km,readers,longest_unread_km,unread_from_km,unread_to_km\nI"
        " 99,N,0,100,1,90,10,100\n"
    )
    section = next(s for s in sections.report_of_folder(here).sections if s.title == "Coverage")
    assert [f.name for f in section.figures] == ["routes"]
    assert [t.caption for t in section.tables] == ["Strands"]


def test_numbers_of_several_kinds_read_as_what_they_are() -> None:
    levels = pd.DataFrame({
        "measure": ["cameras_reading", "c4_largest_unread_share", "c6_readers_per_km", "c6_extra_minutes"],
        "low": [145.0, 0.9648, 0.0723, np.nan], "mid": [147.0, 0.9999, 0.0718, 1.4],
    })  # fmt: skip
    assert report.rows_of(report.Table("Low, mid, high", levels)) == [
        ["cameras that read a road", "145", "147"],
        ["travel km in the largest unread zone (C4)", "96.5%", ">99.9%"],
        ["readers per km of trip (C6)", "0.072", "0.072"],
        ["minutes the least-read way costs (C6)", "–", "1.40"],
    ]


def test_degrees_keep_their_place_and_small_numbers_their_size() -> None:
    frame = pd.DataFrame({
        "zone": [0, 1], "lon": [-83.062249, -82.988451], "from_lat": [40.019752, 39.902771],
        "readers_per_km": [0.0718, 0.5], "readers": [0.9455, 1.2], "km": [5370.387, 0.04],
        "travel_share": [0.0004, 1.0],
    })  # fmt: skip
    assert report.rows_of(report.Table("Zones", frame)) == [
        ["0", "-83.06225", "40.01975", "0.072", "0.95", "5,370.4", "<0.1%"],
        ["1", "-82.98845", "39.90277", "0.500", "1.20", "0.0", "100.0%"],
    ]


@pytest.mark.slow
@pytest.mark.parametrize("named", ["town", "town/", "./town", "."])
def test_a_report_stands_beside_a_build_and_never_stops_the_next(
    named: str, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import shutil

    from typer.testing import CliRunner

    from alprmap.cli import app

    town = shutil.copytree(folder, tmp_path / "town")
    monkeypatch.chdir(town if named == "." else tmp_path)
    before = sorted(p.relative_to(town) for p in town.rglob("*"))
    done = CliRunner().invoke(app, ["report", named])
    assert done.exit_code == 0, done.output
    assert sorted(p.relative_to(town) for p in town.rglob("*")) == before, (
        "a build refuses what it did not make"
    )
    assert (tmp_path / "town-report" / "report.html").is_file()


def test_the_claims_of_a_report_have_the_bounds_of_the_command(tmp_path: Path) -> None:
    # ten cameras in each of four counties of Texas, two of them near the border
    spots = [(-106.45, 31.75), (-99.5, 27.5), (-97.75, 30.27), (-96.8, 32.8)]
    where = [(lon + 0.001 * k, lat) for lon, lat in spots for k in range(10)]
    data = map_data.town()
    cameras = data.cameras.iloc[:40].copy()
    cameras["lon"], cameras["lat"] = (np.array([p[i] for p in where]) for i in (0, 1))
    table = reach.reach_table(cameras, borders=["mexico"])
    store.write_table(cameras, tmp_path / "cameras.parquet")
    store.write_table(table, tmp_path / "reach.csv")
    sheet = sections.report_of_folder(tmp_path).claims
    assert sheet is not None
    row = sheet.set_index("claim_id").loc["beyond-100-mi-mexico"]
    figures = reach.statistics(table, borders=["mexico"]).iloc[0]
    assert "few clusters" in row["bounds"]
    assert (row["low"], row["high"]) == pytest.approx(
        (1 - figures["share_100_high"], 1 - figures["share_100_low"])
    )


def test_a_source_of_two_files_is_named_once() -> None:
    twice = [report.Source("OpenStreetMap", "ODbL-1.0", "", "", "© OpenStreetMap contributors")] * 2
    other = report.Source("A county", "public domain")
    text = report.markdown(report.ReportData("x", sources=[*twice, other], notices=["n", "n"]))
    assert text.count("- OpenStreetMap") == 1
    assert text.count("- A county") == 1
    assert text.count("- n\n") == 1
