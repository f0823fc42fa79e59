"""The first page: every number of a sentence is in claims.csv, in every language; what is not there
is said to be unknown; each stage's warning has words."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alprmap.claims import sheet
from alprmap.errors import UsageError
from alprmap.publish.report import counted, firstpage
from alprmap.text import percent

BUILD = Path(__file__).resolve().parents[2] / "alprmap/build"
NUMBER = re.compile(r"<?>?\d[\d,]*(?:\.\d+)?%?")


def claim(key: str, figure: float, unit: str, n: int, low: float = np.nan, high: float = np.nan):
    return {
        "claim_id": key, "sentence": "x", "figure": figure, "unit": unit, "n": n, "low": low,
        "high": high, "definition": "x", "bounds": "x",
        "settings": json.dumps({"agency": "Laredo PD", "facing": "rear", "range_m": 60.0,
                                "width_deg": 45.0}),
    }  # fmt: skip


def claims(n: int, within: int, share: float, spread: float, miles: float) -> pd.DataFrame:
    """All claims that the first page quotes."""
    low, high = max(share - spread, 0.0), min(share + spread, 1.0)
    rows = [
        claim("cameras-standing", n, "cameras", n),
        claim("cameras-operator-known", n // 2, "cameras", n),
        claim("cameras-operator-largest", n // 3, "cameras", n)
        | {"ids_where": "operator == 'A B'"},
        claim("within-100-mi-mexico", within, "cameras", n),
        claim("median-mi-mexico", miles, "mi", n, miles * 0.9, miles * 1.1),
        claim("c6-trips-read", share, "share", 1000, low, high),
        claim("c6-unread-possible", 1 - share / 2, "share", 1000),
        claim("c2-likely-road", share / 3, "share", n),
        claim("access-known-1", n // 4, "cameras", n // 4),
    ]
    return sheet(rows, wing="test")


def forms(row: dict[str, object]) -> set[str]:
    """Every way a figure of a claim may be printed."""
    out = set()
    for key in ("figure", "low", "high", "n"):
        value = float(str(row[key]))
        if value == value:
            out |= {f"{value:,.0f}", *(percent(value, d) for d in (0, 1))}
    share = float(str(row["figure"])) / max(float(str(row["n"])), 1)
    return out | {percent(share, 0)}


@settings(max_examples=40)
@given(
    st.integers(1, 70_000), st.floats(0, 1), st.floats(0, 0.2), st.floats(0, 1), st.floats(1, 900)
)
@pytest.mark.parametrize("language", firstpage.languages())
def test_P_every_number_of_a_sentence_is_in_the_claims(
    language: str, n: int, share: float, spread: float, near: float, miles: float
) -> None:
    table = claims(n, int(n * near), share, spread, miles)
    page = firstpage.first_page(table, firstpage.About("T", place="Ohio"), language)
    rows = {r["claim_id"]: r for r in table.to_dict("records")}
    assert len(page.lines) >= 4
    for line in page.lines:
        allowed = {"100"}.union(*(forms(rows[c]) for c in line.claims))
        assert set(NUMBER.findall(line.text)) <= allowed, line.text


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "77 license plate readers are mapped in Ohio. All of them are run by A B."),
        ("es", "Hay 77 lectores de placas en el mapa en Ohio. Todos los opera A B."),
    ],
)
def test_P_one_operator_of_all_is_said_once(language: str, said: str) -> None:
    rows = [
        claim("cameras-standing", 77, "cameras", 77),
        claim("cameras-operator-known", 77, "cameras", 77),
        claim("cameras-operator-largest", 77, "cameras", 77) | {"ids_where": "operator == 'A B'"},
    ]
    about = firstpage.About("T", place="Ohio")
    page = firstpage.first_page(sheet(rows, wing="test"), about, language)
    assert [line.text for line in page.lines] == [said]
    rows[2]["figure"] = 76
    page = firstpage.first_page(sheet(rows, wing="test"), about, language)
    assert "76" in page.lines[0].text


@pytest.mark.parametrize("language", firstpage.languages())
@pytest.mark.parametrize("share", [0.0, 0.068])
def test_P_where_nobody_is_followed_the_sentence_says_so(language: str, share: float) -> None:
    rows = [claim("c2-likely-road", share, "share", 499)]
    page = firstpage.first_page(sheet(rows, wing="test"), firstpage.About("T"), language)
    words = firstpage.report_words(language)
    key = "followed" if share else "followed_none"
    assert page.lines[0].text == words[key].format(followed=page.lines[0].figure, between="")


@pytest.mark.parametrize("language", firstpage.languages())
def test_P_what_no_claim_says_is_said_to_be_unknown(language: str) -> None:
    cameras = pd.DataFrame({"operator": ["A", None], "operator_kind": ["city", "unknown"]})
    page = firstpage.first_page(
        counted.counted_claims(cameras, set_aside="nothing"), firstpage.About("T"), language
    )
    words = firstpage.report_words(language)["unknown"]
    for key in ("unmapped", "trips", "followed", "who"):
        assert words[key] in page.unknown
    assert [line.key for line in page.lines] == ["readers"]


def test_P_languages_have_the_same_words() -> None:
    def keys(table: dict[str, object], before: str = "") -> set[str]:
        out = set()
        for key, value in table.items():
            out |= keys(value, f"{key}.") if isinstance(value, dict) else {before + key}
        return out

    first, *rest = (firstpage.report_words(name) for name in firstpage.languages())
    for other in rest:
        assert keys(other) == keys(first)
        for key, text in first.items():
            if isinstance(text, str):
                holes = set(re.findall(r"{\w+}", text))
                assert set(re.findall(r"{\w+}", other[key])) == holes, key


def test_P_every_warning_of_a_build_has_words() -> None:
    named = set()
    for path in BUILD.glob("*.py"):
        named |= set(re.findall(r'{"warning": "(\w+)"', path.read_text("utf-8")))
    assert named == set(firstpage.report_words("en")["warning"])


def test_P_an_unknown_language_is_refused() -> None:
    with pytest.raises(UsageError, match="no report can be written in 'fr'"):
        firstpage.report_words("fr")


def test_P_a_makers_name_runs_nothing() -> None:
    cameras = pd.DataFrame(
        {"operator": ["Flock Safety"] * 3 + ["A"], "operator_kind": ["vendor only"] * 3 + ["city"]}
    )
    table = counted.counted_claims(cameras, set_aside="nothing").set_index("claim_id")
    assert table.loc["cameras-operator-known", "figure"] == 1
    assert table.loc["cameras-operator-largest", "ids_where"] == "operator == 'A'"


@pytest.mark.parametrize(
    ("day", "text"), [("2026-04", "April 2026"), ("2026", "2026"), ("2026-04-09", "April 9, 2026")]
)
def test_P_dates_read_as_a_person_writes_them(day: str, text: str) -> None:
    assert firstpage.day_text(day, firstpage.report_words("en")) == text


@given(st.floats(0, 1), st.floats(0, 1), st.floats(0, 1))
@pytest.mark.parametrize("language", firstpage.languages())
def test_P_a_figure_beside_its_interval_is_said_to_lie_there(
    language: str, figure: float, one: float, other: float
) -> None:
    words, (low, high) = firstpage.report_words(language), sorted((one, other))
    row = claim("c6-trips-read", figure, "share", 1000, low, high)
    rows = [row, claim("c6-unread-possible", 0.5, "share", 1000)]
    text = firstpage.first_page(sheet(rows, wing="t"), firstpage.About("T"), language).lines[0].text
    starts = {k: words[k].partition("{")[0] for k in ("between", "less", "more")}
    shown = {k: firstpage.share(row, k) for k in ("low", "figure", "high")}
    printed = {
        k: float(v.strip("<>%")) + {"<": -1e-3, ">": 1e-3}.get(v[0], 0) for k, v in shown.items()
    }
    wanted = {"between"} if shown["low"] != shown["high"] else set()
    if wanted and not printed["low"] <= printed["figure"] <= printed["high"]:
        wanted = {"less" if figure > high else "more"}
    assert {k for k, start in starts.items() if start in text} == wanted, text


def said(language: str, n: int, known: int, most: int, within: int, look: int) -> list[str]:
    """All that a first page says of so many readers."""
    rows = [
        claim("cameras-standing", n, "cameras", n),
        claim("within-100-mi-mexico", within, "cameras", n),
        claim("median-mi-mexico", 40, "mi", n),
        claim("access-known-1", look, "cameras", look),
        claim("searches", n, "searches", n),
        *(claim(f"record-{k}", look, "organizations", look) for k in ("out", "in", "federal")),
    ]
    if known:
        rows += [
            claim("cameras-operator-known", known, "cameras", n),
            claim("cameras-operator-largest", most, "cameras", n) | {"ids_where": "o == 'A B'"},
        ]
    page = firstpage.first_page(sheet(rows, wing="t"), firstpage.About("T", place="Ohio"), language)
    record = sheet([r for r in rows if str(r["claim_id"]).startswith("record")], wing="t")
    alone = firstpage.first_page(record, firstpage.About("T"), language)
    return [*(line.text for line in (*page.lines, *alone.lines)), *page.unknown]


WRONG = {
    "en": r"(?<![\d,.])1 (?:license plate readers|readers|organizations|other organizations"
    r"|searches)\b|\b1 of (?:the 1|1|these are|them are|the \d+ are)\b|\bthe 1\b|All 1\b",
    "es": r"(?<![\d,.])1 (?:lectores|organizaciones|consultas)\b|\b1 de (?:los )?1\b"
    r"|\b1 de (?:los \d+|ellos|las que [\w ]+) (?:son|están|los|pertenecen)\b|[Ll]os 1\b|otras 1\b",
}


@pytest.mark.parametrize("language", firstpage.languages())
def test_P_sentences_of_few_readers_are_in_their_number(language: str) -> None:
    for n in range(4):
        for known in range(n + 1):
            for most in range(1, known + 1) if known else (0,):
                for part in range(n + 1):
                    for text in said(language, n, known, most, part, part):
                        assert not re.search(WRONG[language], text), (n, known, most, part, text)
                        assert n > 1 or not re.search("these readers|estos lectores", text)


@pytest.mark.parametrize(
    ("language", "said"), [("en", "lets ICE, DEA or ATF search"), ("es", "a ICE, DEA o ATF ")]
)
def test_P_any_of_several_bodies_is_said_in_the_language(language: str, said: str) -> None:
    row = claim("access-known-1", 3, "cameras", 3)
    row["settings"] = json.dumps({"agency": "x", "any_of": ["ICE", "DEA", "ATF"]})
    table = sheet([claim("cameras-standing", 9, "cameras", 9), row], wing="test")
    front = firstpage.first_page(table, firstpage.About("x"), language)
    assert any(said in line.text for line in front.lines)


@pytest.mark.parametrize("language", firstpage.languages())
def test_P_a_press_sheet_breaks_no_id(language: str) -> None:
    front = firstpage.first_page(
        claims(40, 20, 0.5, 0.1, 90), firstpage.About("x" * 30, place="Laredo"), language
    )
    url = "https://example.org/" + "a-long-address-" * 6
    text = firstpage.press_text(front, title="x", named=[url])
    assert url in text
    for key in front.lines[0].claims:
        assert key in text
    assert all(len(t) <= 72 or url in t for t in text.splitlines())


def test_P_dark_is_for_the_screen_and_paper_stays_light() -> None:
    looks = sorted((BUILD.parent).rglob("*.css"))
    assert looks
    dark = [t for p in looks for t in re.findall(r"@media[^{]*scheme[^{]*", p.read_text("utf-8"))]
    assert dark
    assert all("screen and" in t for t in dark), dark
