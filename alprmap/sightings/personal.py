"""Personal data in a sighting: found and named, in free text, in the names of fields, in geometries
(rule V6).

The patterns are data (``assets/personal.json``), because the form warns by the same ones. A pattern
that is `sure` is a problem; the others (plates, names) are questions, because a road can be written
like a plate."""

from __future__ import annotations

import itertools
import json
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

ASSETS = Path(__file__).resolve().parent / "assets"
REDACTED = "[…]"
"""What stands in a note where something personal was taken out."""
MOST_CHARS, MOST_TEXTS = 2_000, 200
"""How much of a value is looked through: four times the longest note; what is longer is refused for
its length. """
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_KEY = re.compile(r"[\s_.\-:@]+")
# control characters, marks that turn the writing direction, and zero-width characters can hide text
# from a reader
_HIDDEN = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ufffe\uffff\ud800-\udfff]"
)


@dataclass(frozen=True, slots=True)
class Found:
    """Something personal: what kind, where in the text (start, end), whether there is no doubt."""

    kind: str
    start: int
    end: int
    sure: bool


@cache
def data() -> dict[str, Any]:
    """Return assets/personal.json."""
    loaded: dict[str, Any] = json.loads((ASSETS / "personal.json").read_text("utf-8"))
    return loaded


@cache
def _patterns() -> tuple[tuple[str, bool, re.Pattern[str]], ...]:
    return tuple(
        (p["kind"], p["sure"], re.compile(p["pattern"], re.IGNORECASE if "i" in p["flags"] else 0))
        for p in data()["patterns"]
    )


@cache
def _fields() -> dict[str, str]:
    return {_key(name): kind for kind, names in data()["fields"].items() for name in names}


@cache
def _names() -> tuple[frozenset[str], frozenset[str]]:
    return frozenset(data()["given_names"].split()), frozenset(data()["place_words"].split())


def clean(text: str) -> str:
    """Return text in NFC on one line, without control, zero-width and direction-turning characters.

    >>> clean("at\\u202e the\\n gate ")
    'at the gate'
    """
    return " ".join(_HIDDEN.sub("", unicodedata.normalize("NFC", text)).split())


def in_text(text: str) -> list[Found]:
    """Find personal data in free text, in order of place; what lies inside a longer find is not
    named twice.

    >>> [f.kind for f in in_text("ask ann@example.org or 956-555-0134, near FM 1472")]
    ['e-mail', 'phone']
    >>> in_text("on US 83 @ Mines Rd, 2 heads, pole 12") == []
    True
    """
    # look-alike digits and letters are folded, one character for one, so that places in the text
    # stay true
    plain = "".join(_folded(c) for c in text[:MOST_CHARS])
    found = [
        Found(kind, m.start(), m.end(), sure)
        for kind, sure, pattern in _patterns()
        for m in pattern.finditer(plain)
    ]
    found += _named(plain)
    kept: list[Found] = []
    for one in sorted(found, key=lambda f: (not f.sure, f.start - f.end, f.start, f.kind)):
        if not any(one.start < k.end and k.start < one.end for k in kept):
            kept.append(one)
    return sorted(kept, key=lambda f: f.start)


def _folded(char: str) -> str:
    if char.isascii():
        return char
    folded = unicodedata.normalize("NFKC", char)
    return folded if len(folded) == 1 and folded.isascii() else char


def _named(text: str) -> Iterator[Found]:
    """Find a common given name followed by another name, unless a street or place is named after
    the person."""
    given, places = _names()
    words = list(_WORD.finditer(text))
    for i, (first, second) in enumerate(itertools.pairwise(words)):
        if _bare(first[0]) not in given or not first[0][0].isupper() or not second[0][0].isupper():
            continue
        if text[first.end() : second.start()].strip(" .") or second[0].lower() in places:
            continue
        if any(w[0].lower() in places for w in words[max(0, i - 1) : i] + words[i + 2 : i + 4]):
            continue
        yield Found("name of a person", first.start(), second.end(), False)


def _bare(word: str) -> str:
    """Return a word in lower case without accents."""
    parts = unicodedata.normalize("NFD", word.lower())
    return "".join(c for c in parts if not unicodedata.combining(c))


def redact(text: str) -> str:
    """Return text with everything personal that was found in it taken out.

    >>> redact("call 956-555-0134 first")
    'call […] first'
    """
    for found in reversed(in_text(text)):
        text = text[: found.start] + REDACTED + text[found.end :]
    return text


def _key(name: str) -> str:
    """Return a field name for comparing: lower case, without its separators and its EXIF or XMP
    family."""
    plain = name.casefold().strip()
    for family in ("exif", "xmp", "iptc", "tiff", "dc", "photoshop"):
        if plain.startswith(f"{family}:") or plain.startswith(f"{family}."):
            plain = plain[len(family) + 1 :]
    return _KEY.sub("", plain)


def of_field(name: str) -> str | None:
    """Return what sort of personal data a field of this name holds, None when the name says
    nothing.

    >>> of_field("Serial Number"), of_field("exif:DateTimeOriginal"), of_field("colour")
    ('device', 'precise time', None)
    """
    known = _fields().get(_key(name))
    if known is None and re.match(r"(exif|xmp|iptc|makernote)[:. _]", name.casefold()):
        return "photo data"
    return known


def in_value(value: Any) -> list[Found]:
    """Find personal data in a value of a field we do not know: every text in it, data inside a
    URI.
    """
    texts = list(itertools.islice(_texts(value), MOST_TEXTS))
    found = [f for t in texts for f in in_text(t) if f.sure]
    if any(t.startswith("data:") for t in texts):
        found.append(Found("photo data", 0, 0, True))
    return found


def _texts(value: Any, depth: int = 0) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif depth < 20 and isinstance(value, Mapping):
        for key, item in value.items():
            yield str(key)
            yield from _texts(item, depth + 1)
    elif depth < 20 and isinstance(value, list):
        for item in value:
            yield from _texts(item, depth + 1)
