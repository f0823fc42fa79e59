"""The city packet: two pages a language, the same figures in both, every number a claim's."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import map_data
import pandas as pd
import pytest

from alprmap import reach
from alprmap.errors import InputError, UsageError
from alprmap.publish import front_of_folder
from alprmap.publish.report import packet, printing
from alprmap.store import whole as store


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A result folder whose cameras stand in and around Laredo."""
    here = tmp_path_factory.mktemp("result")
    rows = map_data.cameras(40)
    rows["lon"] = [-99.5 + (i % 8) * 0.004 for i in range(40)]
    rows["lat"] = [27.52 + (i // 8) * 0.004 for i in range(40)]
    # a few far away, so that towns of its size lie within the extent
    rows.loc[30:, "lon"] = [-117.0 + 3.5 * i for i in range(10)]
    rows.loc[30:, "lat"] = [33.0 + 1.2 * i for i in range(10)]
    store.write_table(rows, here / "cameras.parquet")
    store.write_table(reach.reach_table(rows, borders=["mexico", "canada"]), here / "reach.csv")
    return here


def test_P_a_packet_counts_what_stands_in_the_place(folder: Path) -> None:
    made = packet.city_packet(folder, "Laredo, Texas")
    claims = made.claims().set_index("claim_id")
    assert claims.loc["cameras-standing", "figure"] == 30
    assert claims.loc["within-100-mi-mexico", "figure"] == 30
    assert claims.loc["packet-ahead", "n"] >= packet.FEWEST_PEERS
    numbers = {f"{v:,.0f}" for c in ("figure", "n", "low", "high") for v in claims[c].dropna()}
    for language, front in made.fronts.items():
        line = next(line for line in front.lines if line.key == "peers")
        assert set(re.findall(r"\d[\d,]*", line.text)) <= numbers, language


def test_P_both_languages_have_the_same_questions_and_figures(folder: Path) -> None:
    made = packet.city_packet(folder, "Laredo, Texas")
    english, spanish = (packet.packet_html(made, lang) for lang in ("en", "es"))
    assert english.count("<li>") == spanish.count("<li>")
    assert [line.figure for line in made.fronts["en"].lines] == [
        line.figure for line in made.fronts["es"].lines
    ]
    assert '<html lang="es">' in spanish
    assert "<script" not in english


def test_P_without_chromium_the_text_is_the_same(
    folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    import pdfplumber

    monkeypatch.setattr(printing, "CHROMIUMS", ())
    made = packet.city_packet(folder, "Laredo, Texas")
    written = packet.write_packet(tmp_path / "out", made)
    with pdfplumber.open(next(p for p in written if p.name.endswith("en.pdf"))) as pdf:
        assert len(pdf.pages) == 2
        text = "".join(p.extract_text() for p in pdf.pages)
    flat = "".join(text.split())
    for line in made.fronts["en"].lines:
        assert "".join(line.text.split()) in flat
    assert (
        pd.read_csv(tmp_path / "out" / "claims.csv")["claim_id"] == made.claims()["claim_id"]
    ).all()


@pytest.mark.parametrize(
    ("name", "error"), [("Boise, Idaho", InputError), ("Atlantis, Texas", UsageError)]
)
def test_P_a_place_without_readers_or_without_a_map_is_refused(
    folder: Path, name: str, error: type[Exception]
) -> None:
    with pytest.raises(error):
        packet.city_packet(folder, name)


def test_P_towns_that_the_data_does_not_cover_are_no_peers() -> None:
    """Readers of Ohio alone: a town of Indiana or one whose circle leaves the readers' extent has
    no reader because there is no data, and says nothing of towns of the size."""
    towns = pd.DataFrame(
        {
            "name": ["inside", "over the state line", "at the edge"],
            "state": ["OH", "IN", "OH"],
            "lon": [-83.0, -84.9, -83.49],
            "lat": [40.0, 40.0, 40.0],
        }
    )
    corners = [(-83.5, 39.5), (-82.5, 39.5), (-82.5, 40.5), (-83.5, 40.5)]
    readers = pd.DataFrame(corners, columns=["lon", "lat"])
    assert packet._covered(towns, readers, 8_000).tolist() == [True, False, False]
    wide = pd.DataFrame([(-83.5, 39.5), (-82.5, 39.5), (-84.0, 41.0)], columns=["lon", "lat"])
    assert not packet._covered(towns, wide, 8_000)[1]


def test_P_a_packet_is_a_result_as_every_wings(folder: Path, tmp_path: Path) -> None:
    from alprmap.results import Result

    made = packet.city_packet(folder, "Laredo, Texas")
    assert isinstance(made, Result)
    assert made.counts()["cameras"] == len(made.tables()["cameras"]) == 30
    assert len(made.sentences()) == len(made.sentences("es")) == made.counts()["sentences"]
    written = {p.name for p in made.save(tmp_path / "out")}
    assert written == {
        "claims.csv",
        *(f"laredo-texas.{e}" for e in ("en.html", "en.pdf", "es.html", "es.pdf")),
    }
    assert "iframe" in made._repr_html_()


FOREIGN = {
    "distances that are text": ("packet", "reach.csv", "camera_id,to_mexico_m\n{id},x\n"),
    "distances of no camera": ("packet", "reach.csv", "a,b\n1,2\n"),
    "claims without a name": ("front", "reach_claims.csv", "sentence,figure\nx,1\n"),
    "a figure that is text": ("front", "reach_claims.csv", "claim_id,figure\nwithin-100-mi-mexico,y\n"),
    "bounds that are text": ("front", "coverage/claims.csv", "claim_id,figure,low\nc1-share-mid,0.5,x\n"),
    "no table": ("front", "coverage/claims.csv", "a,b\n1,2,3\n"),
    "a date that is none": ("front", "coverage/claims.csv", "claim_id,data_date\nx,1e999\n"),
    "a manifest of numbers": ("front", "manifest.json", '{"stages": {"report": {"rows": {"dates": 7}}}, "project": 3}'),
}  # fmt: skip
REFUSED = {"distances that are text", "distances of no camera", "no table", "a manifest of numbers"}


@pytest.mark.parametrize("what", FOREIGN)
def test_P_what_no_build_writes_is_shown_or_one_line(
    folder: Path, what: str, tmp_path: Path
) -> None:
    """A stranger's tables in a result folder end nothing but the command, in words."""
    opener, name, text = FOREIGN[what]
    here = tmp_path / "result"
    shutil.copytree(folder, here)
    (here / name).parent.mkdir(exist_ok=True)
    ids = pd.read_csv(folder / "reach.csv")["camera_id"]
    (here / name).write_text(text.replace("{id}", str(ids[0])), encoding="utf-8")
    try:
        if opener == "front":
            front_of_folder(here)
        else:
            packet.city_packet(here, "Laredo, Texas")
    except InputError as error:
        assert "\n" not in str(error)
        assert str(here) in str(error)
    else:
        assert what not in REFUSED


@pytest.mark.parametrize("name", ["../../x", "a" * 5000, "/etc/passwd", "..", "\u202eab", "A / B"])
def test_P_the_folder_of_a_polygon_has_a_name_that_folders_may_have(name: str) -> None:
    slug = packet.slug_of(name)
    assert len(slug) <= packet.MOST_SLUG
    assert not set(slug) & set("/\\.\0\u202e")


def test_P_many_polygons_open_the_cameras_once(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = []
    real = packet.open_cameras
    monkeypatch.setattr(packet, "open_cameras", lambda path: opened.append(path) or real(path))
    monkeypatch.setattr(packet.staticmap, "draw_static", lambda *_, **__: None)
    places = "Laredo, Texas; Webb County, Texas"
    made = dict(packet.area_packets(folder, places))
    assert len(made) == 2
    assert all(one is not None for one in made.values())
    assert len(opened) == 1
