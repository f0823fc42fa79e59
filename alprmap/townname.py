"""What reads as the name of a town (S14): a known one, or one made as names of towns are.

The gazetteer that ships knows the towns of 1,000 people and more; of the others the form must tell
(data/aliases/town_forms.csv): "Brick Township", "Cass Lake", "Greeleyville". What is neither may be
anybody's name.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache

from alprmap.shipped import alias_rows

_WORD = re.compile(r"[^\W\d_]+")
_BEFORE_END = 2
"""Letters that stand before the end of a name at the least: "Alton", and not "Ton"."""


@cache
def _forms(stands: str) -> frozenset[str]:
    return frozenset(r["form"] for r in alias_rows("town_forms") if r["stands"] == stands)


def has_a_towns_form(text: str, *, in_a_column_of_towns: bool = False) -> bool:
    """Tell whether a text is made as the names of towns are: by one of its words, or by the end of
    the only one.

    >>> [has_a_towns_form(t) for t in ("Cass Lake", "Greeleyville", "Aynor", "Crawford")]
    [True, True, False, False]
    >>> has_a_towns_form("Crawford", in_a_column_of_towns=True)
    True
    """
    words = [w.casefold() for w in _WORD.findall(text)]
    if len(words) > 1 and any(w in _forms("word") for w in words):
        return True
    ends = _forms("end") | (_forms("town end") if in_a_column_of_towns else frozenset())
    last = words[-1] if words and (in_a_column_of_towns or len(words) == 1) else ""
    return any(last.endswith(e) and len(last) >= len(e) + _BEFORE_END for e in ends)


def reads_as_town(text: str, is_a_place: Callable[[str], bool]) -> bool:
    """Tell whether what a column of towns holds is one; `is_a_place` knows the names of places.

    >>> [reads_as_town(t, {"Laredo", "TX"}.__contains__) for t in ("Laredo", "Doe, Laredo")]
    [True, False]
    """
    if is_a_place(text):
        return True
    name, comma, state = text.rpartition(",")
    if comma and not is_a_place(state.strip()):
        return False
    name = name if comma else text
    return is_a_place(name) or has_a_towns_form(name, in_a_column_of_towns=True)
