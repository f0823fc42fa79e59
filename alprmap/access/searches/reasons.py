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
_EMPTY = (
    r"^[^a-z0-9]*$|^\s*(?:n[/ ]?a|none|null|nil|unknown|unk|blank|ningun[oa])\W*$"
    r"|^\W*(?:no|none|not)(?: reason)?(?: (?:reason|given|provided|specified|stated|entered))\W*$"
)
_CODE = r"^(?:[^\s]*[0-9][^\s]*\s*)+$|^[a-z]$"
_BEFORE, _AFTER = r"(^|[^a-z0-9])", r"($|[^a-z0-9]|[0-9]{2}-[0-9])"
"""What stands beside a word; a case number may follow at once ("HSI24-0013")."""
_GAP = r"[^a-z0-9]{0,3}"
_JOINED = r"([a-z]{2}|\b[A-Z]{3})([A-Z][a-z]{2})"
"""Two words that are written as one: "MissingPerson", "HSIAssist"."""
_SPACED = r"(^|[^a-z0-9])[a-z][. ]+[a-z]([^a-z0-9]|$)"
_LETTERS = re.compile(r"(?<![a-z0-9])[a-z](?:[. ]{1,2}[a-z])+(?![a-z0-9])\.?")
_SHORTEST, _LONG = 6, 10
"""Letters from which on a word may be a slip of another, and from which on two slips are."""


@dataclass(frozen=True, slots=True)
class Rule:
    """How a category is told: what to take out first, what fits, and words known when misspelled.

    `aside` is None where nothing is taken out.
    """

    name: str
    fits: str
    aside: str | None
    spelled: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Categories:
    """Names in the order of the table, what each is called, and the rules that decide."""

    names: tuple[str, ...]
    says: dict[str, str]
    rules: tuple[Rule, ...]


def _folded(texts: Any) -> Any:
    """Return texts in small letters without accents, letters between dots as one word."""
    apart = pc.replace_substring_regex(texts, pattern=_JOINED, replacement=r"\1 \2")
    low = pc.utf8_normalize(pc.utf8_lower(apart), form="NFKD")
    for pattern, instead in ((r"\p{M}", ""), (r"[+_]", " "), ("&", " and ")):
        low = pc.replace_substring_regex(low, pattern=pattern, replacement=instead)
    spaced = pc.match_substring_regex(low, pattern=_SPACED)
    if not pc.any(spaced).as_py():
        return low
    joined = [_LETTERS.sub(_one_word, text) for text in low.filter(spaced).to_pylist()]
    return pc.replace_with_mask(low, spaced, pa.array(joined, pa.string()))


def _one_word(letters: re.Match[str]) -> str:
    return re.sub("[. ]", "", letters[0])


def _words(words: list[str]) -> str:
    parts = []
    for word in words:
        text = word.replace("&", " and ")
        pieces = [
            re.escape(w.removesuffix("*")) + ("[a-z]*" if w.endswith("*") else "")
            for w in text.split()
        ]
        parts.append(_GAP.join(pieces))
    return rf"{_BEFORE}(?:{'|'.join(parts)}){_AFTER}"


def _sections(code: str, sections: list[str]) -> str:
    some = "|".join(re.escape(s) for s in sections)
    kind = "c?vc" if code == "vc" else code
    tail = r"(?:\([a-z0-9]+\))*"
    return (
        rf"(?:^|[^0-9.])(?:{some}){tail}\s*{kind}(?:$|[^a-z])"
        rf"|(?:^|[^a-z]){kind}\s*(?:{some})(?:$|[^0-9.])"
    )


def _rule(name: str, row: dict[str, Any]) -> Rule:
    parts = [_words(row["words"])]
    parts += [_sections(code, row[code]) for code in ("pc", "vc") if code in row]
    if "alone" in row:
        parts.append(rf"^[^a-z0-9]*(?:{'|'.join(map(re.escape, row['alone']))})[^a-z0-9]*$")
    aside = _words(row["aside"]) if "aside" in row else None
    return Rule(name, "|".join(parts), aside, tuple(row.get("spelled", ())))


@cache
def categories() -> Categories:
    """Return the categories of data/aliases/reasons.toml, with those that need no table."""
    table: dict[str, dict[str, Any]] = tomllib.loads(
        data_path("aliases/reasons.toml").read_text("utf-8")
    )
    rules = tuple(_rule(name, row) for name, row in table.items())
    says = {name: str(row["says"]) for name, row in table.items()}
    return Categories((*says, *_SAYS), says | _SAYS, rules)


def category_codes(texts: Any) -> NDArray[np.int8]:
    """Return the category of each text as its place in `categories().names`, shape (n,).

    Parameters
    ----------
    texts
        Arrow array of strings, none missing; best without repeats.
    """
    known = categories()
    at = {name: i for i, name in enumerate(known.names)}
    low = _folded(texts)
    out = np.full(len(low), at[UNCLEAR], dtype=np.int8)
    open_rows = np.ones(len(low), dtype=bool)

    def settle(name: str, pattern: str, aside: str | None = None) -> None:
        rows = np.flatnonzero(open_rows)
        if not len(rows):
            return
        part = low.take(pa.array(rows))
        hit = np.asarray(pc.match_substring_regex(part, pattern=pattern))
        if aside is not None and hit.any():
            met = np.flatnonzero(hit)
            rest = part.take(pa.array(met))
            rest = pc.replace_substring_regex(rest, pattern=aside, replacement=r"\1 \2")
            hit[met] = np.asarray(pc.match_substring_regex(rest, pattern=pattern))
        out[rows[hit]] = at[name]
        open_rows[rows[hit]] = False

    settle(EMPTY, _EMPTY)
    for rule in known.rules:
        settle(rule.name, rule.fits, rule.aside)
    settle(CODE, _CODE)
    return np.where(out == at[EMPTY], out, np.minimum(out, _slips(low)))


def _slips(low: Any) -> NDArray[np.int8]:
    """Return the first category of each text that one of its words is a slip of the pen of; a
    number beyond every category where there is none."""
    none = np.int8(len(categories().names))
    out = np.full(len(low), none, dtype=np.int8)
    pieces = pc.split_pattern_regex(low, pattern=r"[^a-z]+")
    words, texts = pc.list_flatten(pieces), pc.list_parent_indices(pieces)
    long = pc.greater_equal(pc.utf8_length(words), _SHORTEST)
    coded = words.filter(long).dictionary_encode()
    if not len(coded):
        return out
    meant = np.array([_slip_of(str(w), none) for w in coded.dictionary.to_pylist()], np.int8)
    found = meant[np.asarray(coded.indices)]
    np.minimum.at(out, np.asarray(texts.filter(long)), found)
    return out


def _slip_of(word: str, none: np.int8) -> int:
    """Return the place of the first category of which a word is a misspelled one, else `none`."""
    from rapidfuzz.distance import OSA

    for place, rule in enumerate(categories().rules):
        for right in rule.spelled:
            most = 2 if len(right) >= _LONG and len(word) >= _LONG - 1 else 1
            if 0 < OSA.distance(word, right, score_cutoff=most) <= most:
                return place
    return int(none)
