"""A text of one sign repeated takes no square of its length: each of these took minutes or hours."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from alprmap import agencies, sources
from alprmap.access import is_search_log
from alprmap.personal import without_personal
from alprmap.sources import body_in

LONG: dict[str, tuple[Callable[[str], object], str, object]] = {
    "a heading": (sources.search_column, "-" * 1_000_000, None),
    "a heading of blanks": (sources.search_column, "_ " * 500_000, None),
    "the head of a file": (is_search_log, "-" * 262_144, False),
    "a note of initials": (lambda t: without_personal(t)[1], "I-" * 25_000, ()),
    "an operator of blanks": (body_in, "\t" * 200_000 + "Alder PD", "Alder PD"),
    "an agency of brackets": (agencies.kind_of, "[" * 100_000, "unknown"),
    "an agency of digits": (agencies.kind_of, "9" * 100_000, "unknown"),
}


@pytest.mark.parametrize("what", LONG)
def test_M2_a_text_of_one_sign_is_read_in_one_go(what: str) -> None:
    reader, text, said = LONG[what]
    assert reader(text) == said
