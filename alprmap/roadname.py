"""Whether a text reads as the name of a road (S14): what is published of a place is a road, not
whatever stood between two separators.

A road says what it is: by its type (Main St, Calle Roble), by its number (US 83, FM 1472, 3rd), or
by a name that is a road's all over the country (Broadway, Oak). What says none of that may be
anybody's name, and is left out of what is published; the position tells where the camera stands.
"""

from __future__ import annotations

import re
import tomllib
from functools import cache, lru_cache

from alprmap.shipped import alias_rows, data_path

MOST_WORDS = 8
"""Of a name; "Dr Martin Luther King Jr Memorial Pkwy North" has eight."""
_WORD = re.compile(r"[^\s,]+")
_NO_NAME = re.compile(r"[@#:_=?!<>\[\]]|\d{6}|\.(?:com|org|net)\b", re.IGNORECASE)
_ORDINAL = re.compile(r"\d{1,4}(?:st|nd|rd|th)")
_NUMBER = re.compile(r"\d{1,5}[a-z]?(?:[/-]\d{1,4}[a-z]?)?")
_GLUED = re.compile(r"([a-z]{1,4})-?\d{1,4}[a-z]?")
_POSSESSIVE = re.compile(r"['’]s\b", re.IGNORECASE)


@cache
def _tables() -> dict[str, frozenset[str]]:
    """Return the words of road names by what they are, lower case without full stops."""
    told = tomllib.loads(data_path("aliases/roads.toml").read_text("utf-8"))
    public = told["published"]
    types = {w for short, forms in told["suffixes"].items() for w in (short, *forms)}
    ways = {w for short, forms in told["directions"].items() for w in (short, *forms)}
    out = {name: frozenset(str(text).split()) for name, text in public.items()}
    out["type"] = frozenset(types) - out["no_type"]
    out["state"] = frozenset(r["code"].lower() for r in alias_rows("states")) | {"ore"}
    out["way"] = frozenset(ways) | out["bound"]
    return out


@lru_cache(maxsize=16_384)
def reads_as_road(text: str) -> bool:
    """Tell whether a text is the name or number of a road and nothing else.

    >>> [reads_as_road(t) for t in ("Main St", "US 83", "N 3rd", "Calle Roble", "St. Mary's Rd")]
    [True, True, True, True, True]
    >>> [reads_as_road(t) for t in ("Snickersby", "tenant P. Doe", "Ann's garage", "22", "Mrs Doe")]
    [False, False, False, False, False]
    """
    if "&" in text:
        return all(reads_as_road(part) for part in text.split("&"))
    written = _WORD.findall(text)
    words = [w.lower().strip(".") for w in written]
    tables = _tables()
    if not words or len(words) > MOST_WORDS or _NO_NAME.search(text):
        return False
    if words[-1] == "place" and _POSSESSIVE.search(text):
        return False  # "Ann's place" is no "Ann's Pl"
    bare = list(words)
    while len(bare) > 1 and bare[-1] in tables["way"]:
        bare.pop()
    while len(bare) > 1 and bare[0] in tables["way"]:
        bare.pop(0)
    if bare[0] in tables["title"] and (len(bare) < 3 or _POSSESSIVE.search(text)):
        return False
    small = tables["small"] | tables["type"] | tables["system"] | tables["way"]
    return (_says_so(words) or _says_so(bare)) and _one_name(written, small)


_CROSSING = re.compile(
    r"\s*([A-ZÀ-Þ][\w’'.]{2,20})\s*(?:&|@|/|-|\b(?:at|and|y)\b)\s*([A-ZÀ-Þ][\w’'.]{2,20})\s*"
)


def is_a_crossing(text: str) -> bool:
    """Tell whether a text is two names joined as a crossing, and nothing else: lists of traffic
    cameras write their places so.

    >>> is_a_crossing("Western-Fullerton"), is_a_crossing("Oak St & Fullerton")
    (True, False)
    """
    match = _CROSSING.fullmatch(text)
    return match is not None and not any(_POSSESSIVE.search(part) for part in match.groups())


def _says_so(words: list[str]) -> bool:
    """Tell whether the words hold a type, a number or a name that is a road's everywhere."""
    tables = _tables()
    if any(_ORDINAL.fullmatch(w) or w in tables["ordinal"] for w in words):
        return True
    glued = [m[1] for w in words if (m := _GLUED.fullmatch(w))]
    if any(g in tables["system"] or g in tables["state"] for g in glued):
        return True
    numbered = [w in tables["system"] for w in words]
    if any(a and _NUMBER.fullmatch(b) for a, b in zip(numbered, words[1:], strict=False)):
        return True
    if len(words) > 1 and (words[-1] in tables["type"] or words[0] in tables["type_first"]):
        return True
    if words[0] in ("el", "la", "los", "las") and words[1:2] and words[1] in tables["type_first"]:
        return True  # "El Camino Real"
    if len(words) > 2 and words[-2] in tables["type"] and len(words[-1]) <= 3:
        return True  # "Avenue K", "County Road 12 B"
    return len(words) <= 2 and all(w in tables["alone"] for w in words)


def _one_name(written: list[str], small: frozenset[str]) -> bool:
    """Tell whether the words are written as one name: in one case throughout, or each with a
    capital but for the small ones ("daughter of Ann Oak St" is none)."""
    text = " ".join(written)
    if text in (text.lower(), text.upper()):
        return True
    return all(w[:1] != w[:1].lower() or not w[:1].isalpha() or w.lower() in small for w in written)
