"""Personal data in free text (S14): found by a table of patterns, replaced, and counted.

The table is data/aliases/personal.csv: mail addresses, telephone and serial numbers, prices, names
with a rank or a word like "contact" before them. What is found is replaced by its kind in brackets.
"""

from __future__ import annotations

import re
from collections import Counter
from functools import cache, lru_cache

from alprmap.shipped import data_path


@cache
def patterns() -> tuple[tuple[str, re.Pattern[str], str], ...]:
    """Return (what, pattern, instead) of every line of the table, in its order."""
    text = data_path("aliases/personal.csv").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    out = []
    for line in lines[1:]:
        what, case, rest = line.split("|", 2)
        pattern, instead = rest.rsplit("|", 1)
        out.append((what, re.compile(pattern, 0 if case == "yes" else re.IGNORECASE), instead))
    return tuple(out)


@lru_cache(maxsize=16_384)
def without_personal(text: str, *, names: bool = True) -> tuple[str, tuple[str, ...]]:
    """Return a text with what looks like a person's data replaced, and the kinds of it, one each.

    With `names` False names stay: of a place ("Chief Joseph Hwy") and of a body ("Sheriff Office").

    >>> without_personal("Requested by Ofc. Jane Placeholder, call 614-555-0199")
    ('Requested by [name], call [telephone number]', ('telephone number', 'name'))
    >>> without_personal("NE corner of 1200 Main St, US 59 MP 12.5")
    ('NE corner of 1200 Main St, US 59 MP 12.5', ())
    """
    found: Counter[str] = Counter()
    for what, pattern, instead in patterns():
        if what == "name" and not names:
            continue
        text, n = pattern.subn(instead, text)
        if n:
            found[what] += n
    return text, tuple(found.elements())
