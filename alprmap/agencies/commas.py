"""Lists of agencies in one line: cut at commas, but not inside a name that holds one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cache

from alprmap.agencies.words import plain
from alprmap.shipped import alias_rows

_MARK = re.compile(r",(?![^(\[]*[)\]])")
"""A comma outside brackets: "Springfield PD (Lane, OR)" is one name."""
_SUFFIXES = frozenset({"inc", "llc", "llp", "ltd", "corp", "co", "lp", "pllc", "na"})


@cache
def comma_names() -> frozenset[str]:
    """Return the shipped names that hold a comma, as `plain` words (data/aliases/comma_names)."""
    return frozenset(plain(row["name"]) for row in alias_rows("comma_names"))


@cache
def _states() -> frozenset[str]:
    return frozenset(row[c] for row in alias_rows("states") for c in ("code", "name"))


def split_agencies(text: str, *, known: Iterable[str] = ()) -> list[str]:
    """Return the names of a line that joins agencies by commas.

    Parameters
    ----------
    known
        Names with a comma that other lists hold whole.

    >>> split_agencies("Albany CA PD, University of California, Berkeley, Acme, Inc.")
    ['Albany CA PD', 'University of California, Berkeley', 'Acme, Inc.']
    """
    return join_pieces([p.strip() for p in _MARK.split(text)], known=known)


def join_pieces(pieces: Sequence[str], *, known: Iterable[str] = ()) -> list[str]:
    """Return names whose pieces, one after the other, were cut at a comma, put together again.

    Only names that are known to hold a comma are joined (shipped ones and `known`), and what
    stands at the end of a name: what a company is called by (Inc., LLC), or a state.

    >>> join_pieces(["Alder P.D.", "OH", "Birch Police", "Ohio", "Elm PD"])
    ['Alder P.D., OH', 'Birch Police, Ohio', 'Elm PD']
    """
    whole = comma_names() | {plain(n) for n in known if "," in n}
    longest = min(5, max((len(n.split()) for n in whole), default=0))
    first_words = {n.split(" ", 1)[0] for n in whole}
    given = [p for p in pieces if p]
    words = [plain(p) for p in given]
    out: list[str] = []
    at = 0
    while at < len(given):
        size = 1
        if words[at].split(" ", 1)[0] in first_words:
            most = min(longest, len(given) - at)
            sizes = (n for n in range(most, 1, -1) if _joined(words[at : at + n]) in whole)
            size = next(sizes, 1)
        name = ", ".join(given[at : at + size])
        if out and size == 1 and (words[at] in _SUFFIXES or given[at] in _states()):
            out[-1] = f"{out[-1]}, {name}"
        else:
            out.append(name)
        at += size
    return out


def _joined(words: Sequence[str]) -> str:
    return " ".join(w for w in words if w)
