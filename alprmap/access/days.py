"""The day of which a sharing record tells, in the name of a file or in a title (rule A1)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from alprmap.sources import parse_date

_MONTH = r"(?:jan|feb|mar|apr|may|june?|july?|aug|sept?|oct|nov|dec)[a-z]{0,7}"
_GAP = r"[-_., ]{1,3}"
_FORMS = (
    (r"(?P<y>20\d\d)[-_. ]?(?P<m>\d\d)[-_. ]?(?P<d>\d\d)", "{y}-{m}-{d}"),
    (r"(?P<y>20\d\d)[-_./](?P<m>\d{1,2})[-_./](?P<d>\d{1,2})", "{y}-{m}-{d}"),
    (r"(?P<m>\d{1,2})(?P<mark>[-_./ ])(?P<d>\d{1,2})(?P=mark)(?P<y>20\d\d)", "{m}/{d}/{y}"),
    (rf"(?P<m>{_MONTH}){_GAP}(?P<d>\d{{1,2}})(?:st|nd|rd|th)?{_GAP}(?P<y>20\d\d)", "{m} {d} {y}"),
    (rf"(?P<d>\d{{1,2}})(?:st|nd|rd|th)?{_GAP}(?P<m>{_MONTH}){_GAP}(?P<y>20\d\d)", "{m} {d} {y}"),
    (rf"(?P<y>20\d\d){_GAP}(?P<m>{_MONTH}){_GAP}(?P<d>\d{{1,2}})", "{m} {d} {y}"),
    (r"(?P<y>20\d\d)[-_]?(?P<m>\d\d)", "{y}-{m}"),
    (rf"(?P<m>{_MONTH}){_GAP}(?P<y>20\d\d)", "{m} {y}"),
    (rf"(?P<y>20\d\d){_GAP}(?P<m>{_MONTH})", "{m} {y}"),
)
_FOUND = tuple(
    (re.compile(rf"(?<![0-9A-Za-z]){form}(?![0-9A-Za-z])", re.IGNORECASE), written)
    for form, written in _FORMS
)
_LABEL = 3
"""Words before a date that may say what it is: "list as of", "report date"."""


def day_in(text: str) -> tuple[str, int] | None:
    """Return the first date of a text as ISO text and where it begins, None where there is none; a
    day before a month, a year alone is none.

    >>> day_in("alder-oh-pd 04-01-2025.csv"), day_in("SharedNetworks_2025_December_9.csv")
    (('2025-04-01', 12), ('2025-12-09', 15))
    >>> day_in("a_1_June_2025.csv"), day_in("a.202603.csv"), day_in("unit-2099-77.csv")
    (('2025-06-01', 2), ('2026-03', 2), None)
    """
    # an underline is no end of a word to a pattern
    plain = text.replace("_", " ")
    for pattern, written in _FOUND:
        for match in pattern.finditer(plain):
            if day := parse_date(written.format(**match.groupdict())):
                return day, match.start()
    return None


def date_in_name(name: str) -> str | None:
    """Return the date in a file's name, as ISO text, None where there is none.

    >>> date_in_name("a.2026-04-16.csv"), date_in_name("alder.csv")
    ('2026-04-16', None)
    """
    found = day_in(name)
    return found[0] if found else None


def before_date(name: str) -> str:
    """Return what stands in a file's name before its date, or before its first dot.

    >>> before_date("laredo-tx-pd.2026-04-16.csv"), before_date("alder-oh-pd 04-01-2025.csv")
    ('laredo-tx-pd', 'alder-oh-pd')
    """
    found = day_in(name)
    stem = name[: found[1]] if found else re.split(r"[._-]?20\d\d", name, maxsplit=1)[0]
    return stem.split(".")[0].strip("-_ ,")


def day_in_titles(lines: Iterable[str], says_a_date: Callable[[str], bool]) -> str | None:
    """Return the day that titles above a header give a list ("as of March 1, 2025", "Exported:
    6/1/2025"), None where none does: a date counts where the words before it are those of a column
    of dates.

    >>> titles = ["Contract of 1/1/2020", "Networks as of May 1, 2025"]
    >>> day_in_titles(titles, lambda words: words == "as of")
    '2025-05-01'
    """
    for line in lines:
        if (found := day_in(line)) is None:
            continue
        words = re.findall(r"[A-Za-z]+", line[: found[1]])[-_LABEL:]
        if any(says_a_date(" ".join(words[at:])) for at in range(len(words))):
            return found[0]
    return None
