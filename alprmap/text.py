"""Text at the door: what cannot be shown is taken out by rule and counted, never cut in silence."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

_UNSEEN = re.compile(
    "[\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\u00ad\u061c\u180e\ufff9-\ufffb\U000e0000-\U000e007f]"
)
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_SPACES = re.compile(r"\s+")
_PLAIN = re.compile(r"[!-~]+(?: [!-~]+)*", re.ASCII)
LONGEST = 4_000
"""Characters kept of one value; a longer one is cut, which is said in `changes`."""


def clean(value: str) -> tuple[str, str]:
    """Return (`value` as one clean line in NFC, what was done to it or ``""``).

    Zero-width and direction-changing characters are removed, control characters become spaces, lone
    surrogates become U+FFFD, line breaks and runs of spaces become one space.

    >>> clean("\\u200bFerry Street  and\\nMain")
    ('Ferry Street and Main', 'invisible characters removed')
    >>> clean("Main St")
    ('Main St', '')
    """
    if _PLAIN.fullmatch(value) and len(value) <= LONGEST:
        return value, ""
    done = ""
    text = value
    if _SURROGATE.search(text):
        text, done = _SURROGATE.sub("\ufffd", text), "broken characters replaced"
    if _CONTROL.search(text):
        text, done = _CONTROL.sub(" ", text), "control characters removed"
    if _UNSEEN.search(text):
        text, done = _UNSEEN.sub("", text), "invisible characters removed"
    text = _SPACES.sub(" ", unicodedata.normalize("NFC", text)).strip()
    if len(text) > LONGEST:
        text, done = text[: LONGEST - 1] + "…", f"text longer than {LONGEST} characters cut"
    return text, done


def is_seen(value: str) -> bool:
    """Tell whether nothing in a text hides, turns its direction, or drives a terminal; line breaks
    and tabs may stand in it.

    >>> is_seen("Ferry Street"), is_seen("a\\x1b]0;b"), is_seen("a\\u202eb")
    (True, False, False)
    """
    return seen(value) == value


def seen(value: str) -> str:
    """Return a text without what hides or turns its direction, and a space for what drives a
    terminal; every other character, line breaks among them, stays.

    >>> seen("a\\x1b]0;b\\u202e\\nc")
    'a ]0;b\\nc'
    """
    return _SURROGATE.sub("\ufffd", _CONTROL.sub(" ", _UNSEEN.sub("", value)))


_FOLD = re.compile(r"[\s_.\-]+")


@lru_cache(maxsize=4096)
def header(name: str) -> str:
    """Return a column, tag or property name as the alias tables write it.

    >>> header("Go-Live_Date "), header("surveillance:type"), header("\\ufeffINTERSECTION")
    ('go live date', 'surveillance:type', 'intersection')
    """
    text = unicodedata.normalize("NFKC", name).replace("\ufeff", "").casefold()
    return _FOLD.sub(" ", text).strip(" :#*").strip() or _FOLD.sub(" ", text).strip()


def as_text(value: object) -> str:
    """Return a raw value as text: whole numbers without a decimal point, so that ids stay ids.

    >>> as_text(270.0), as_text(31431226), as_text("00123"), as_text(22.5)
    ('270', '31431226', '00123', '22.5')
    """
    if isinstance(value, str):
        return value
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    return str(value)


def percent(share: float, digits: int = 1, *, sign: str = "%") -> str:
    """Return a share as text in per cent, halves rounded up, missing as a dash.

    What is more than nothing never reads as 0, and what is less than all never as 100.

    >>> percent(851 / 2000), percent(103 / 2000), percent(0.1389), percent(float("nan"))
    ('42.6%', '5.2%', '13.9%', '–')
    >>> (percent(1 / 61768), percent(61767 / 61768), percent(0), percent(1),
    ...  percent(0.996, 0, sign=" %"))
    ('<0.1%', '>99.9%', '0.0%', '100.0%', '>99 %')
    """
    if share != share:
        return "–"
    # twelve digits: what a division left behind the half decides nothing
    exact = Decimal(f"{float(share):.12g}") * 100
    least = Decimal(1).scaleb(-digits)
    shown = exact.quantize(least, rounding=ROUND_HALF_UP)
    if exact > 0 and shown == 0:
        return f"<{least}{sign}"
    if exact < 100 <= shown:
        return f">{100 - least}{sign}"
    return f"{shown}{sign}"


def number_of(n: int, one: str, many: str = "") -> str:
    """Return a count with its noun in the right number.

    >>> number_of(1, "camera"), number_of(1200, "camera"), number_of(0, "agency", "agencies")
    ('1 camera', '1,200 cameras', '0 agencies')
    """
    return f"{n:,} {one if n == 1 else many or one + 's'}"


def verb(n: int, one: str, many: str) -> str:
    """Return the form of a verb that goes with a count.

    >>> verb(1, "stands", "stand"), verb(2, "stands", "stand"), verb(0, "is", "are")
    ('stands', 'stand', 'are')
    """
    return one if n == 1 else many


def any_of(names: Sequence[str], word: str = "or") -> str:
    """Return names of which any one is meant, as a person writes them.

    >>> any_of(["ICE"]), any_of(["ICE", "DEA"], "o"), any_of(["ICE", "DEA", "ATF"])
    ('ICE', 'ICE o DEA', 'ICE, DEA or ATF')
    """
    return f" {word} ".join(t for t in (", ".join(names[:-1]), *names[-1:]) if t)


def out_of(n: int, total: int, what: str, one: str, many: str, *, plural: str = "") -> str:
    """Return a count out of a total as the subject of a sentence: noun and verb in their number.

    `plural` is that of the noun where an s does not make it.

    >>> out_of(1, 1200, "camera", "reads", "read"), out_of(2, 3, "camera", "reads", "read")
    ('1 of 1,200 cameras reads', '2 of 3 cameras read')
    >>> out_of(1, 1, "camera", "reads", "read")
    '1 of 1 camera reads'
    """
    return f"{n:,} of {number_of(total, what, plural)} {verb(n, one, many)}"


def clean_column(values: pd.Series) -> tuple[pd.Series, Counter[str]]:
    """Return a column with every text cleaned, each spelling once, and how many values each change
    met.

    A text of which nothing is left becomes missing.
    """
    codes, known = values.factorize()
    done: Counter[str] = Counter()
    tidy: list[object] = []
    for value in known:
        text, what = clean(value) if isinstance(value, str) else (value, "")
        tidy.append(None if text == "" != value else text)
        if what:
            done[what] += int((codes == len(tidy) - 1).sum())
    if all(a is b or a == b for a, b in zip(tidy, known, strict=True)):
        return values, done
    new = type(values)([*tidy, None], dtype=values.dtype).take(codes).set_axis(values.index)
    new.name = values.name
    return new, done
