"""Portal pages, as text, as web pages, or printed: who is let in, and how many cameras (A1)."""

from __future__ import annotations

import re
from datetime import datetime
from itertools import takewhile
from pathlib import Path

from alprmap import agencies as names
from alprmap.access.days import before_date
from alprmap.access.documents import PIECES
from alprmap.access.layouts import Listed, Raw, name_of_slug
from alprmap.errors import InputError
from alprmap.sources import parse_count, parse_date

_OUTBOUND = re.compile(
    r"^(?:external\s+)?organi[sz]ations?\s+(?:granted\s+access\s+to|with\s+access\s+to|"
    r"(?:that\s+)?(?P<own>.+?)\s+(?:shares?|is\s+sharing)\s+(?:data\s+)?with)"
    r"(?:\s+(?P<name>.+?))?(?:\s+(?:data|network))?$",
    re.IGNORECASE,
)
_INBOUND = re.compile(
    r"^(?:external\s+)?organi[sz]ations?\s+(?:that\s+)?(?:shar(?:e|ing)\s+(?:(?:their\s+)?data\s+)?"
    r"with|granting\s+access\s+to|giving\s+access\s+to|providing\s+data\s+to)\s+(?P<name>.+?)$",
    re.IGNORECASE,
)
_UPDATED = re.compile(r"^last updated:\s*(.+)$", re.IGNORECASE)
_HEADING = re.compile(
    r"^(?:overview|policies|usage|additional info(?:rmation)?|what(?:'|’)s (?:not )?detected|"
    r"(?:acceptable use|access|hotlist|retention|data retention) policy|prohibited uses|"
    r"data retention.*|hotlists? (?:alerted on|hits).*|number of .*|(?:unique )?vehicles det.*|"
    r"searches in the last.*|(?:public )?search audit|download csv|provided by .*|"
    r"(?:external )?organi[sz]ations? .*|last updated.*|transparency portal|page \d+.*|"
    r"https?://\S+)$",
    re.IGNORECASE,
)
"""Lines of a portal's page that are no partner's name; a printed list ends before one."""


def is_page(lines: list[str]) -> bool:
    """Tell whether lines are those of a portal's page: one heads a list of organizations."""
    return any(_OUTBOUND.match(line) or _INBOUND.match(line) for line in lines)


def _named_below(lines: list[str]) -> list[str]:
    """Return the names of the list that begins on these lines, below its heading."""
    start = next((i for i, line in enumerate(lines) if line), len(lines))
    below = list(takewhile(lambda line: bool(line) and not _HEADING.match(line), lines[start:]))
    if any(PIECES in line for line in below):
        return [n for line in below for n in line.split(PIECES)]
    return names.split_agencies(" ".join(below))


def owner_in_name(path: Path) -> str:
    """Return the name of the agency in a file's name, which stands before its date; of a file that
    is only called by a date, the name of its folder where that says an agency."""
    stem = before_date(path.name)
    if name := name_of_slug(re.sub(r"[_ ]+", "-", stem)):
        return name
    folder = path.resolve().parent.name
    name = name_of_slug(re.sub(r"[_ ]+", "-", folder.lower()))
    return name if names.kind_of(name) != "unknown" else ""


def page_record(lines: list[str], path: Path, day: str | None) -> Raw:
    """Read a transparency portal's page, line by line: headings, values, a list of partners.

    Parameters
    ----------
    lines
        Its lines, empty ones too; a list is one line of names with commas, several where the page
        was printed, or one with `PIECES` between the names.
    day
        Date of the file, before the one the page says.

    Raises
    ------
    InputError
        When neither the page nor the file's name says whose it is.
    """
    raw = Raw()
    updated = next((m for line in lines if (m := _UPDATED.match(line))), None)
    when = day or (_spoken_day(updated[1]) if updated else None)
    record = path.name
    own = owner_in_name(path)
    declared = None
    for number, line in enumerate(lines):
        below = next((v for v in lines[number + 1 :] if v), "")
        if re.match(r"^number of (?:lpr|alpr|license plate|cameras)", line, re.IGNORECASE):
            declared = parse_count(below)
        outbound, inbound = _OUTBOUND.match(line), _INBOUND.match(line)
        match = outbound or inbound
        if match is None:
            continue
        called = match.groupdict().get("name") or match.groupdict().get("own")
        own = called.strip() if called else own
        if named := _named_below(lines[number + 1 :]):
            direction = "outbound" if outbound else "inbound"
            raw.lists.append(Listed(own, direction, when, tuple(named), f"{record}#{direction}"))
    if not own:
        raise InputError(
            "the page does not say whose it is", where=path, fix="name it SLUG.DATE.txt"
        )
    raw.agencies.append(
        {"names": [own], "declared": declared, "declared_on": when, "record": record}
    )
    return raw


def _spoken_day(text: str) -> str | None:
    for form in ("%a %b %d %Y", "%b %d %Y", "%B %d, %Y", "%b %d, %Y"):
        try:
            return datetime.strptime(text.strip(), form).date().isoformat()
        except ValueError:
            continue
    return parse_date(text.strip())
