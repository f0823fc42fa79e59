"""Texts of ours that come to a report in English: in Spanish every word has its entry (rule P)."""

from __future__ import annotations

import re

import pandas as pd
import pytest

from alprmap.build.propose import _in
from alprmap.claims import ABROAD, ASIDE_NAMES, counted_sentence
from alprmap.publish.map.data import Source
from alprmap.publish.report import said
from alprmap.publish.report.firstpage import About, first_page, report_words, title_in
from alprmap.publish.report.report import ReportData, _source_lines

ES, EN = report_words("es"), report_words("en")
ENGLISH = re.compile(
    r"\b(?:standing|readers?|set aside|nothing|of|the|without|located|devices?|cameras?|removed)\b"
)


def test_P_every_reason_has_its_words_in_every_language() -> None:
    assert {k: tuple(v) for k, v in EN["aside"].items()} == ASIDE_NAMES
    assert set(ES["aside"]) == set(ASIDE_NAMES)
    assert set(ES["titles"]) == set(EN["titles"])
    assert set(ES["set_aside"]) == set(EN["set_aside"])


@pytest.mark.parametrize("count", [0, 1, 2, 61_750])
@pytest.mark.parametrize(
    "aside", [{}, *({r: n} for r in ASIDE_NAMES for n in (1, 1_234)), dict.fromkeys(ASIDE_NAMES, 3)]
)
def test_P_what_was_set_aside_is_said_in_the_language(count: int, aside: dict[str, int]) -> None:
    sentence = counted_sentence(count, aside)
    assert said.aside_text(sentence, EN) == sentence
    spanish = said.aside_text(sentence, ES)
    assert not ENGLISH.search(spanish), spanish
    assert re.findall(r"[\d,]*\d", spanish) == re.findall(r"[\d,]*\d", sentence)
    assert ("Estados Unidos" in spanish) == (not aside.keys().isdisjoint(ABROAD.values()))


@pytest.mark.parametrize(
    "place", ["Ohio", "within 5 miles of Laredo, Texas", "Franklin County, Ohio", None]
)
def test_P_a_title_that_start_proposes_is_in_the_language(place: str | None) -> None:
    title = f"License plate readers{_in(place, 'as given')}"
    assert title_in(title, "en") == title
    spanish = title_in(title, "es")
    assert spanish.startswith("Lectores de placas")
    assert not re.search("License|within|miles", spanish)
    assert (place or "").rpartition(" of ")[2] in spanish


@pytest.mark.parametrize("key", EN["titles"])
def test_P_each_form_of_a_title_has_one_of_its_own(key: str) -> None:
    filled = {"name": "El Paso", "miles": "5"}
    assert title_in(EN["titles"][key].format(**filled), "es") == ES["titles"][key].format(**filled)


@pytest.mark.parametrize("title", ["Eyes on Ohio", "My License plate readers in Ohio", ""])
def test_P_a_title_of_its_owner_stays(title: str) -> None:
    assert title_in(title, "es") == title


def test_P_a_source_has_its_date_in_words_and_its_address_as_it_is() -> None:
    source = Source("List 2025-10", "public domain", "https://x.org/2025-10/a", "2025-10", "")
    first = first_page(pd.DataFrame(columns=["claim_id"]), About("t"), "es")
    data = ReportData("t", sources=(source,), notices=("Census (public domain)",), first=first)
    assert _source_lines(data) == [
        "List 2025-10, octubre de 2025, dominio público, https://x.org/2025-10/a",
        "Census (dominio público)",
    ]


@pytest.mark.parametrize("language", ["en", "es"])
def test_P_what_was_measured_of_more_is_not_said_to_lack_its_data(language: str) -> None:
    row = {"claim_id": "cameras-standing", "figure": 2.0, "n": 2, "settings": None}
    claims = pd.DataFrame([row])
    words = report_words(language)["unknown"]
    lacking = first_page(claims, About("t"), language).unknown
    more = About("t", of_more=frozenset({"trips"}))
    partly = first_page(claims, more, language).unknown
    assert words["trips"] in lacking
    assert words["trips"] not in partly
    assert words["trips_whole"] in partly
    assert words["followed"] in partly
