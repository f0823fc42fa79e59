"""A reason typed into a search log becomes a category, by data/aliases/reasons.toml (rule A7).

The text itself goes no further than this room: what is handed on is the number of a category.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from alprmap.shipped import data_path

EMPTY, CODE, UNCLEAR, NO_COLUMN = "empty", "code", "unclear", "no_column"
_SAYS = {
    CODE: "only a number or code",
    UNCLEAR: "words that no category fits",
    EMPTY: "empty",
    NO_COLUMN: "the log has no reasons",
}
_EMPTY = r"^[^a-z0-9]*$|^\s*(?:n/?a|none|null|nil|unknown|unk)\W*$"
_CODE = r"^(?:[^\s]*[0-9][^\s]*\s*)+$|^[a-z]$"


@dataclass(frozen=True, slots=True)
class Categories:
    """Names in the order of the table, what each is called, and the patterns that decide."""

    names: tuple[str, ...]
    says: dict[str, str]
    patterns: tuple[tuple[str, str, str | None], ...]


def _words(words: list[str]) -> str:
    parts = [
        re.escape(w[:-1]).replace(r"\ ", r"\s+") + "[a-z]*"
        if w.endswith("*")
        else re.escape(w).replace(r"\ ", r"\s+")
        for w in words
    ]
    return rf"(?:^|[^a-z0-9])(?:{'|'.join(parts)})(?:$|[^a-z0-9])"


def _sections(code: str, sections: list[str]) -> str:
    some = "|".join(re.escape(s) for s in sections)
    kind = "c?vc" if code == "vc" else code
    tail = r"(?:\([a-z0-9]+\))*"
    return (
        rf"(?:^|[^0-9.])(?:{some}){tail}\s*{kind}(?:$|[^a-z])"
        rf"|(?:^|[^a-z]){kind}\s*(?:{some})(?:$|[^0-9.])"
    )


@cache
def categories() -> Categories:
    """Return the categories of data/aliases/reasons.toml, with those that need no table."""
    table: dict[str, dict[str, Any]] = tomllib.loads(
        data_path("aliases/reasons.toml").read_text("utf-8")
    )
    patterns = []
    for name, row in table.items():
        parts = [_words(row["words"])]
        parts += [_sections(code, row[code]) for code in ("pc", "vc") if code in row]
        unless = _words(row["unless"]) if "unless" in row else None
        patterns.append((name, "|".join(parts), unless))
    says = {name: str(row["says"]) for name, row in table.items()}
    return Categories((*says, *_SAYS), says | _SAYS, tuple(patterns))


def category_codes(texts: Any) -> NDArray[np.int8]:
    """Return the category of each text as its place in `categories().names`, shape (n,).

    Parameters
    ----------
    texts
        Arrow array of strings, none missing; best without repeats.
    """
    found = categories()
    at = {name: i for i, name in enumerate(found.names)}
    low = pc.replace_substring_regex(pc.utf8_lower(texts), pattern=r"[+_]", replacement=" ")
    out = np.full(len(low), at[UNCLEAR], dtype=np.int8)
    open_rows = np.ones(len(low), dtype=bool)

    def settle(name: str, pattern: str, unless: str | None = None) -> None:
        rows = np.flatnonzero(open_rows)
        if not len(rows):
            return
        part = low.take(pa.array(rows))
        hit = np.asarray(pc.match_substring_regex(part, pattern=pattern))
        if unless is not None and hit.any():
            hit &= ~np.asarray(pc.match_substring_regex(part, pattern=unless))
        out[rows[hit]] = at[name]
        open_rows[rows[hit]] = False

    settle(EMPTY, _EMPTY)
    for name, pattern, unless in found.patterns:
        settle(name, pattern, unless)
    settle(CODE, _CODE)
    return out
