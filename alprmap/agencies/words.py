"""The words of a name without what spelling adds to them."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

APOSTROPHE = re.compile("[’ʼ´`′]")
_NOT_WORD = re.compile(r"[^a-z0-9]+")


@lru_cache(maxsize=262_144)
def plain(text: str) -> str:
    """Return lower-case words parted by single spaces, without accents, points and brackets.

    >>> plain("O’Fallon (MO) P.D.")
    'o fallon mo p d'
    """
    if text.isascii():
        return _NOT_WORD.sub(" ", text.lower()).strip()
    folded = unicodedata.normalize("NFKD", APOSTROPHE.sub("'", text)).casefold()
    return _NOT_WORD.sub(" ", "".join(c for c in folded if not unicodedata.combining(c))).strip()
