"""Personal data in a sighting: found and named, in free text, in the names of fields, in geometries
(rule V6).

The finder and its table are those of records too (`alprmap.personal`); the form warns by the same
patterns. One that is `sure` is a problem; the others (plates, names) are questions, because a road
can be written like a plate."""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from alprmap.personal import REDACTED, Found, data, in_text, redact

__all__ = ["REDACTED", "Found", "clean", "data", "in_text", "in_value", "of_field", "redact"]
MOST_TEXTS = 200
"""How many texts of a value are looked through."""
_KEY = re.compile(r"[\s_.\-:@]+")
# control characters, marks that turn the writing direction, and zero-width characters can hide text
# from a reader
_HIDDEN = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ufffe\uffff\ud800-\udfff]"
)


@cache
def _fields() -> dict[str, str]:
    return {_key(name): kind for kind, names in data()["fields"].items() for name in names}


def clean(text: str) -> str:
    """Return text in NFC on one line, without control, zero-width and direction-turning characters.

    >>> clean("at\\u202e the\\n gate ")
    'at the gate'
    """
    return " ".join(_HIDDEN.sub("", unicodedata.normalize("NFC", text)).split())


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

    >>> of_field("Serial Number"), of_field("exif:DateTimeOriginal"), of_field("color")
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
