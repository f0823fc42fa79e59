"""Where a place is said to be: town, county and state in the text, and the county of a Caltrans
postmile (rules L2, L8)."""

from __future__ import annotations

import re
from collections.abc import Callable

from alprmap.locate import stretches
from alprmap.locate.marks_in_text import (
    TRAVEL_MARKS,
    Draft,
    strip_marks,
    take_lead_in,
    take_marks,
    take_number,
    take_offsets,
    take_parens,
    take_sentences,
    take_travel,
)
from alprmap.locate.words import TOWNISH, looks_like_road, tokens, words

_POSTMILE = re.compile(
    r"(?:\b\d{1,2}[-\s])?\b(?!(?:SR|US|CA|SH|HWY|RTE)\b)(?P<county>[A-Z]{2,3})[-\s](?P<route>\d{1,3})[-\s]+(?:PM[-\s]*)?"
    r"(?P<mark>[A-Z]?)(?P<mile>\d{1,3}\.\d{1,3})\b"
    r"|\b(?P<bare>(?:SR|I|US|CA|Hwy|Route)[-\s]?\d{1,3})[,\s]+(?:PM|postmile)[-\s]*[A-Z]?(?P<mile2>\d{1,3}(?:\.\d{1,3})?)\b",
)
"""Caltrans: district, county code, route, postmile with a letter for a rebuilt stretch."""


def take_postmile(draft: Draft) -> None:
    """Read a Caltrans postmile ("04-ALA-880-R12.34"): miles from the county line, not from the
    state's."""
    match = _POSTMILE.search(draft.text)
    if match is None:
        return
    code = match["county"]
    if code is not None and code not in words().postmile_counties:
        return
    draft.postmile_mi = float(match["mile"] or match["mile2"])
    if code is not None:
        draft.county, draft.state = words().postmile_counties[code], "CA"
    road = match["bare"] or f"Hwy {match['route']}"
    draft.text = f"{draft.text[: match.start()]} {road} {draft.text[match.end() :]}".strip()


_IN_TOWN = re.compile(
    r"\s+in\s+(?P<town>(?:(?!\b(?:at|and|of|near)\b)[^\d,&/@])+?)\s*$", re.IGNORECASE
)
_COMMA_TOWN = re.compile(
    r"\s*,\s*(?P<town>[A-Z][A-Za-z.' \-]*?)(?:\s*,\s*[A-Z]{2}\b\.?)?(?:\s+\d{5}(?:-\d{4})?)?\s*$"
)
_AREA = re.compile(r"^(?P<town>[A-Za-z.' ]+?)(?:\s+-\s+|\s*:\s*)(?=\S)")
_RELATION = re.compile(r"@|&|/|\b(?:at|and|near|between)\b|[\ue200-\ue207]", re.IGNORECASE)
_STATE = re.compile(
    r"(?P<before>,\s*|\s)(?P<code>[A-Z]{2}|[A-Z][a-z]+(?: [A-Z][a-z]+)?)\.?"
    r"(?:\s+\d{5}(?:-\d{4})?)?\s*$"
)
_DANGLING = re.compile(r"\s*(?:\b(?:at|and|near)|[@&/,])\s*$", re.IGNORECASE)
"""The second road is missing: "Main St at"."""
_COUNTY = re.compile(r"^(?P<name>.+?)\s+(?:county|co\.?|parish)$", re.IGNORECASE)
_DISPATCH = re.compile(r"^\s*(?P<town>[^/:@&]+?)\s*/\s*[^:]*\S\s*:\s*\S")
_ZIP = re.compile(r",?\s*\b[A-Z]{2}\s+\d{5}(?:-\d{4})?\s*$|,\s*[A-Z]{2}\s*$")


def take_town(draft: Draft) -> None:
    """Take the town: "in Detroit Lakes", ", St. Paul" at the end, "Portland - " in front of a
    crossing."""
    kept = "".join(c for c in draft.text if c in TRAVEL_MARKS)
    trailing = draft.text.rstrip(TRAVEL_MARKS + " ,")
    tail = draft.text[len(trailing) :] if kept else ""
    trailing = _take_state(draft, trailing)
    trailing = _ZIP.sub("", trailing)
    if dangling := _DANGLING.search(trailing):
        trailing = trailing[: dangling.start()]
    for pattern, by_comma in ((_IN_TOWN, False), (_COMMA_TOWN, True), (_COMMA_TOWN, True)):
        match = pattern.search(trailing)
        if match and trailing[: match.start()].strip() and not _is_roadlike(match["town"]):
            draft.town = " ".join(strip_marks(match["town"]).split()) or None
            draft.town_by_comma = by_comma
            trailing = trailing[: match.start()]
            county = _COUNTY.match(draft.town or "")
            if county is None:
                break
            # "Pharr, Hidalgo County": what stands before may be the town
            draft.town, draft.county = None, county["name"]
    match = _AREA.match(trailing)
    if (
        match
        and draft.town is None
        and not _is_roadlike(match["town"])
        and not _RELATION.search(match["town"])
    ):
        rest = trailing[match.end() :]
        if _RELATION.search(rest):
            draft.town, trailing = " ".join(strip_marks(match["town"]).split()), rest
    draft.text = f"{trailing} {tail}".strip()


def _take_state(draft: Draft, text: str) -> str:
    """Take the state behind a town ("…, Pharr TX", "…, Pharr, Texas 78577")."""
    dispatch = _DISPATCH.match(text)
    if dispatch and not _is_roadlike(dispatch["town"]):
        draft.maybe_town = strip_marks(dispatch["town"]).strip()
    match = _STATE.search(text)
    if match is None:
        return text
    bare = _TOWN_AND_ZIP.fullmatch(text)
    if bare and bare["code"].upper() in words().states:
        parts = bare["before"].split()
        cut = next((i for i in range(len(parts), 0, -1) if _ends_road(parts[:i])), 0)
        plain = bare["zip"] or _is_plain_state(bare["code"], parts[cut:])
        if _RELATION.search(bare["before"]) and 0 < len(parts) - cut <= 3 and cut and plain:
            draft.state = bare["code"].upper()
            draft.town = strip_marks(" ".join(parts[cut:])).strip()
            marks = "".join(c for p in parts[cut:] for c in p if c in TRAVEL_MARKS)
            return " ".join([*parts[:cut], *marks])
    state = words().states.get(match["code"]) or words().states.get(match["code"].casefold())
    behind_town = text[: match.start()].rpartition(",")
    town = behind_town[2].strip()
    spoken = match["before"].startswith(",")
    if state is None or (not spoken and (not behind_town[1] or not town or _is_roadlike(town))):
        return text
    if not spoken and match["code"].casefold() in words().direction:
        return text
    draft.state = state
    return text[: match.start()]


_TOWN_AND_ZIP = re.compile(
    r"(?P<before>[^,]+?)\s+(?P<code>[A-Z]{2})(?P<zip>\s+\d{5}(?:-\d{4})?)?\s*"
)
"""An address without commas: "MAIN ST AND OAK ST AUSTIN TX 78701"."""


def _is_plain_state(code: str, town: list[str]) -> bool:
    """Tell whether two letters at the end are a state without a postal code behind them: they are
    no direction and no suffix of a road, and one word or more without "and" stands before them."""
    low = code.lower()
    plain = low not in words().direction and low not in words().suffix
    return (
        plain
        and not _RELATION.search(" ".join(town))
        and all(w[:1].isupper() for w in map(strip_marks, town) if w.strip())
    )


def _ends_road(parts: list[str]) -> bool:
    """Tell whether the last word is the suffix or the direction of a road."""
    last = parts[-1].lower().strip(".")
    return (last in words().suffix and last not in TOWNISH) or last in words().direction


_CODE = re.compile(r"\d{5}(?:-\d{4})?")
_MOST_WORDS = 3
"""Words of the name of a town."""


def town_behind(text: str, knows: Callable[[str], bool]) -> tuple[str, str, str | None] | None:
    """Return (road, town, state or None) of a road behind whose suffix or direction a town stands
    without a comma, None where nothing that `knows` stands there.

    >>> town_behind("28th St Denver CO", {"Denver"}.__contains__)
    ('28th St', 'Denver', 'CO')
    >>> town_behind("Main St St Paul", {"St Paul"}.__contains__)
    ('Main St', 'St Paul', None)
    >>> town_behind("Maple Avenue Court", {"Denver"}.__contains__) is None
    True
    """
    parts = text.split()
    if len(parts) > 1 and _CODE.fullmatch(parts[-1]):
        parts = parts[:-1]
    state = None
    for count in (2, 1):
        name = " ".join(parts[-count:])
        code = words().states.get(name) or words().states.get(name.casefold())
        if code and len(parts) > count + 2 and name.lower() not in words().suffix:
            state, parts = code, parts[:-count]
            break
    for cut in range(len(parts) - 1, max(1, len(parts) - _MOST_WORDS - 1), -1):
        town = " ".join(parts[cut:])
        if _ends_road(parts[:cut]) and knows(town):
            return " ".join(parts[:cut]), town, state
    return None


_PREMISES = frozenset({"entrance", "entrances", "exit", "inc", "lot", "garage", "ramp", "gate"})


def _is_roadlike(text: str) -> bool:
    return looks_like_road(text) or (tokens(text) or [""])[-1] in _PREMISES


STAGES: tuple[Callable[[Draft], None], ...] = (
    stretches.take,
    take_sentences,
    take_postmile,
    take_number,
    take_travel,
    take_parens,
    take_lead_in,
    take_offsets,
    take_marks,
    take_town,
    take_lead_in,
)
"""The order matters: notes hide everything else, a direction glued to an id must lose the id first.
"""
