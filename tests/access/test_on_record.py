"""What a record says by itself: its sentences in the number of their counts, none said twice."""

from __future__ import annotations

from pathlib import Path

import pytest

from alprmap.access import read_shares, record_claims

CITIES = ("Birch OH PD", "Cedar OH PD", "Dogwood OH PD")
FEDERAL = ("US Postal Inspection Service", "US Border Patrol")


def said(folder: Path, shares: list[tuple[str, str]]) -> dict[str, str]:
    path = folder / "record.csv"
    rows = [f"{one},{other},2026-01-05" for one, other in shares]
    path.write_text("\n".join(["agency,shares_with,archived_date", *rows]) + "\n")
    claims = record_claims(read_shares([path]), of="Alder OH PD", kind="federal")
    return dict(zip(claims["claim_id"], claims["sentence"], strict=True))


@pytest.mark.parametrize(
    ("out", "let_in", "federal", "sentences"),
    [
        (
            2,
            1,
            1,
            {
                "record-out": "lets 3 organizations search its readers, on record.",
                "record-in": "1 organization lets Alder Police Department search its readers, on",
                "record-federal": "lets in is 1 organization of the federal government, on",
            },
        ),
        (
            0,
            3,
            2,
            {
                "record-out": "lets 2 organizations search its readers, on record.",
                "record-in": "3 organizations let Alder Police Department search theirs, on",
                "record-federal": "lets in are 2 organizations of the federal government, on",
            },
        ),
        (
            3,
            0,
            0,
            {"record-out": "lets 3 organizations search its readers, on record."},
        ),
    ],
)
def test_A1_a_record_says_each_count_once_and_in_its_number(
    tmp_path: Path, out: int, let_in: int, federal: int, sentences: dict[str, str]
) -> None:
    own = [("Alder OH PD", name) for name in (*CITIES[:out], *FEDERAL[:federal])]
    found = said(tmp_path, own + [(name, "Alder OH PD") for name in CITIES[:let_in]])
    assert set(found) == set(sentences)
    for key, text in sentences.items():
        assert text in found[key]


@pytest.mark.parametrize(
    ("others", "text"),
    [
        (1, "2 organizations let a federal body search their readers, on record."),
        (2, "3 organizations let a federal body search their readers, on record."),
    ],
)
def test_A1_who_lets_a_federal_body_search_is_said_where_it_is_more_than_the_owner(
    tmp_path: Path, others: int, text: str
) -> None:
    own = [("Alder OH PD", name) for name in (*CITIES, FEDERAL[0])]
    found = said(tmp_path, own + [(name, FEDERAL[0]) for name in CITIES[:others]])
    assert found["record-kind"] == text


def test_A1_the_only_one_that_lets_a_federal_body_search_may_be_another_than_the_owner(
    tmp_path: Path,
) -> None:
    own = [("Alder OH PD", name) for name in CITIES]
    found = said(tmp_path, [*own, (CITIES[0], FEDERAL[0])])
    assert (
        found["record-kind"] == "1 organization lets a federal body search its readers, on record."
    )
    assert "record-federal" not in found
