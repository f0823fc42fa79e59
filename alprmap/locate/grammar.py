"""The place grammar: a place in words becomes roads, relation, direction of travel, mark and notes.
Pure text.

"14 S/B Hwy 101 Onramp from E/B 4th Av" names two roads, a ramp and a direction; nothing here knows
where they are (that is `alprmap.locate.point`). A text that can be split in more than one way has
several `readings`, best first; whoever knows the names of the streets chooses among them. Rules L1
to L3 of docs/method/locate.md."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Literal

from alprmap.locate import marks_in_text as placemarks
from alprmap.locate.marks_in_text import ALIAS, BETWEEN, OFFSET_MARKS, TRAVEL_MARKS, Draft
from alprmap.locate.towns_in_text import STAGES
from alprmap.locate.words import is_route, looks_like_road, tokens, words

Kind = Literal[
    "crossing",
    "ramp",
    "between",
    "block",
    "address",
    "milepost",
    "exit",
    "road",
    "place",
    "withheld",
    "empty",
]


@dataclass(frozen=True, slots=True)
class Side:
    """One of the roads a text names.

    `label` is what to show, `names` the spellings to look up (a fork such as "Broad St/US-40" has
    two). An offset ("500 ft west of") and a direction of travel belong to the side they stand
    beside."""

    label: str
    names: tuple[str, ...]
    travel_deg: float | None = None
    offset_deg: float | None = None
    offset_m: float | None = None


@dataclass(frozen=True, slots=True)
class PlaceText:
    """A place in words, taken apart.

    `sides[0]` is the road the camera reads; the others cross it or bound it. `travel_deg` is the
    direction of travel (NB is 0) where the text gives exactly one, `travels_deg` holds all;
    `facing_deg` is where a camera is said to look. `side_deg` tells twin crossings apart ("SE
    side"). `number` is the list's own id in front, `count` the devices it states.
    """

    raw: str
    text: str
    kind: Kind
    sides: tuple[Side, ...] = ()
    relation: str | None = None
    travel_deg: float | None = None
    travels_deg: tuple[float, ...] = ()
    facing_deg: float | None = None
    side_deg: float | None = None
    house_number: int | None = None
    milepost_mi: float | None = None
    exit_ref: str | None = None
    ramp: str | None = None
    town: str | None = None
    number: str | None = None
    count: int | None = None
    notes: tuple[str, ...] = ()
    county: str | None = None
    state: str | None = None
    maybe_town: str | None = None
    postmile_mi: float | None = None
    mark_to: str | None = None

    @property
    def road(self) -> str | None:
        """The road the camera reads, or None."""
        return self.sides[0].label if self.sides else None

    @property
    def road_at(self) -> str | None:
        """The crossing road or the mark ("2000 block", "MP 18", "Exit 93A"), or None."""
        if len(self.sides) > 1:
            return " & ".join(s.label for s in self.sides[1:])
        to = f" to {self.mark_to}" if self.mark_to else ""
        if self.milepost_mi is not None:
            return f"MP {self.milepost_mi:g}{to}"
        if self.postmile_mi is not None:
            return f"postmile {self.postmile_mi:g}"
        if self.exit_ref is not None:
            return f"Exit {self.exit_ref}{to}"
        if self.house_number is not None:
            return f"{self.house_number} block" if self.kind == "block" else str(self.house_number)
        return None

    @property
    def mark(self) -> str | None:
        """The exit or milepost the text names, in words, or None."""
        to = f" to {self.mark_to}" if self.mark_to else ""
        if self.exit_ref is not None:
            return f"exit {self.exit_ref}{to}"
        return None if self.milepost_mi is None else f"mile {self.milepost_mi:g}{to}"

    @property
    def offset_deg(self) -> float | None:
        """Which way from the crossing the camera stands ("west of" is 270), or None."""
        return next((s.offset_deg for s in self.sides if s.offset_deg is not None), None)

    @property
    def offset_m(self) -> float | None:
        """How far from the crossing it stands, meters, or None where the text does not say."""
        return next((s.offset_m for s in self.sides if s.offset_m is not None), None)

    @property
    def note(self) -> str | None:
        """What else the text says, in one line, or None."""
        return "; ".join(self.notes) or None


# separators, strongest first: a weaker one is looked for only where no stronger one stands
def _between_roads(phrases: tuple[str, ...]) -> str:
    """Return the pattern of words that part two roads, with blanks around them."""
    said = "|".join(re.escape(p).replace("\\ ", r"\s+") for p in phrases)
    return rf"(?:^|\s+)(?:{said})\s+(?=\S)"


_AT = rf"\s*@\s*|{_between_roads(words().at)}|\s*[{OFFSET_MARKS}]\s*"
_RAMP_AT = re.compile(_AT + r"|(?:^|\s+)(?:from|to|onto)\s+(?=\S)", re.IGNORECASE)
_PLAIN_AT = re.compile(_AT, re.IGNORECASE)
_AT_LAST = re.compile(_between_roads(words().at_last), re.IGNORECASE)
_AND = re.compile(r"\s*&\s*|\s+(?:and|with|w/|y)\s+|\s*\+\s*", re.IGNORECASE)
_SLASH = re.compile(r"\s*[/\\|]\s*")
_SPACED_DASH = re.compile(r"\s+[-–—]+\s*|\s*[-–—]+\s+|\s*[–—]\s*")
_DASH = re.compile(
    r"(?<=[A-Za-z.])-(?=[A-Za-z]|\d+(?:st|nd|rd|th)\b)|(?<=\d(?:st|nd|rd|th))-(?=\w)|(?<=\d)-(?=[a-z]{3,})",
    re.IGNORECASE,
)
_COMMA = re.compile(r"\s*[,;]\s*")
_COLON = re.compile(r"\s*:\s*")
_WEAKER = (_AND, _SLASH, _COLON, _SPACED_DASH, _DASH, _COMMA)
_BETWEEN_FIRST = re.compile(
    rf"{BETWEEN}\b\.?\s+(?P<ends>.+?)\s*,?\s+(?:on|along)\s+(?P<road>.+)",
    re.IGNORECASE,
)
_BETWEEN = re.compile(rf"\s*,?\s+{BETWEEN}\b\.?\s+", re.IGNORECASE)
_FROM_TO = re.compile(r"\s*,?\s+from\s+(?P<a>.+?)\s+to\s+(?P<b>.+)$", re.IGNORECASE)
_STRUCTURE = frozenset(
    {
        "overpass",
        "underpass",
        "bridge",
        "interchange",
        "roundabout",
        "tunnel",
        "intersection",
        "viaduct",
        "exit",
        "entrance",
        "crossing",
        "circle",
        "bypass",
    }
)
"""What stands at a crossing and is named after one of its roads: "Camelot Court Overpass"."""


LONGEST = 1000
"""Characters of a text that are taken apart; a place is never longer, and no text may hold the
reader up. """


def parse_place(text: str) -> PlaceText:
    """Take a place text apart: the best reading of it.

    Parameters
    ----------
    text
        A place in words, as a record has it.

    Returns
    -------
    PlaceText
        Always; a text without a road has kind "empty", "withheld" or "place".

    >>> p = parse_place("14 S/B Hwy 101 Onramp from E/B 4th Av")
    >>> p.number, p.road, p.road_at, p.ramp, p.travel_deg
    ('14', 'Hwy 101', '4th Av', 'on', 180.0)
    >>> p = parse_place("Becker CSAH 14 west of U.S. Hwy 59 in Detroit Lakes")
    >>> p.road, p.road_at, p.offset_deg, p.town
    ('Becker CSAH 14', 'U.S. Hwy 59', 270.0, 'Detroit Lakes')
    """
    return readings(text)[0]


def readings(text: str) -> tuple[PlaceText, ...]:
    """Return every sensible way to take `text` apart, the best first, at least one.

    >>> [[s.label for s in r.sides] for r in readings("Martin and Lewis Rd")]
    [['Martin', 'Lewis Rd'], ['Martin and Lewis Rd']]
    """
    raw = str(text)
    clean = placemarks.clean(raw)
    if clean.lower().strip(" .") in words().empty or not any(c.isalnum() for c in clean):
        return (PlaceText(raw, clean, "empty"),)
    if any(word in clean.lower() for word in words().withheld):
        return (PlaceText(raw, clean, "withheld", notes=(clean,)),)
    draft = Draft(_plainer(clean[:LONGEST]))
    for stage in STAGES:
        stage(draft)
    ways = _ways(draft)
    if len(ways) == 1 and len(ways[0][1]) == 1 and ALIAS in ways[0][1][0]:
        # "Main St (Oak St)": the brackets hold another name of the road, or the road it meets
        ways.append(("at", [p for p in ways[0][1][0].split(ALIAS) if strip(p)]))
    found = [_finish(raw, clean, draft, relation, parts) for relation, parts in ways]
    if draft.town and draft.town_by_comma and len(ways[0][1]) == 1:
        both = [*ways[0][1], draft.town]
        found.append(replace(_finish(raw, clean, draft, "and", both), town=None))
        ends = _split(_DASH, draft.town)
        if len(ends) == 2:  # "Main St, Elm-Oak" is a stretch where these are roads
            stretch = _finish(raw, clean, draft, "between", [*ways[0][1], *ends])
            found.append(replace(stretch, town=None))
    behind = _BEHIND_DASH.fullmatch(clean)
    if behind and draft.town is None and not looks_like_road(behind["town"]):
        before = readings(behind["place"])[0]
        if len(before.sides) > 1:
            found.append(replace(before, raw=raw, town=before.town or behind["town"]))
    return tuple(found)


_BEHIND_DASH = re.compile(r"(?P<place>.+\S)\s+[-–]\s+(?P<town>[A-Z][a-z.' ]+(?:[A-Z][a-z.' ]+)*)")
"""Two roads and perhaps their town: "Main St & Oak St - New Ulm"."""


_FREEWAY = re.compile(
    r"(?P<before>^|[@&/,(]\s*|\b(?:at|and|on|near|of|the|[nsew]\s?/?\s?b)\s+)"
    r"(?P<number>\d{1,3})\s+(?:fwy|freeway|frwy)\b\.?",
    re.IGNORECASE,
)
"""A freeway by its number: "the 405 Fwy" is no house."""
_GRID = re.compile(
    r"(?P<a>\d{2,5})\s*(?P<da>[NSEW])\.?\s*,?\s*(?P<b>\d{2,5})\s*(?P<db>[NSEW])\.?", re.IGNORECASE
)
"""Two streets of a grid counted from the middle of the town, as in Utah: "3300 S 700 E"."""


_APART = re.compile(r"\b(?P<system>I|IH|US|SR|SH)(?:\s+-\s*|-\s+)(?=\d)")
"""A route written with blanks around its dash: "I - 71"."""


def _plainer(text: str) -> str:
    """Write out what would be taken for a house number."""
    grid = _GRID.fullmatch(text.strip())
    if grid and (grid["da"].upper() in "NS") != (grid["db"].upper() in "NS"):
        return f"{grid['a']} {grid['da'].upper()} @ {grid['b']} {grid['db'].upper()}"
    text = _APART.sub(r"\g<system>-", text)
    return _FREEWAY.sub(r"\g<before>Hwy \g<number>", text)


def _ways(draft: Draft) -> list[tuple[str | None, list[str]]]:
    """Split by the strongest separator there is; the whole as one name is the second choice."""
    text = _shielded(draft.text.strip(" ,.;:-"))
    if (
        (first := _BETWEEN_FIRST.fullmatch(text))
        and len(ends := _ends(first["ends"])) == 2
        and (all(any(map(str.isalnum, end)) for end in ends))
    ):
        return [("between", [first["road"], *ends])]
    for splitter in (_BETWEEN, _FROM_TO):
        match = splitter.search(text)
        if (
            match is None
            or not text[: match.start()].strip()
            or (draft.ramp and splitter is _FROM_TO)
        ):
            continue
        ends = [match["a"], match["b"]] if splitter is _FROM_TO else _ends(text[match.end() :])
        if len(ends) == 2:
            return [("between", [text[: match.start()], *ends])]
    dispatch = _COLON.split(text)
    if len(dispatch) == 2 and _SLASH.search(dispatch[0]) and all(map(strip, dispatch)):
        # "A / B : C" of dispatch systems: the first two are names of one road, or town and road
        return [("at", dispatch)]
    listed = _LISTED.fullmatch(text)
    stretch = [listed[n] for n in ("road", "a", "b")] if listed else []
    ways = _by_separator(text, draft)
    return [("between", stretch), *ways] if stretch else ways


_LISTED = re.compile(r"(?P<road>[^,@&/]+), *(?P<a>[^,@&/–—-]+?) ?[–—-] ?(?P<b>[^,@&/–—-]+)")
"""A street and the two it lies between: "Main St, Elm-Oak"."""


def _by_separator(text: str, draft: Draft) -> list[tuple[str | None, list[str]]]:
    """Split at the strongest separator there is; the whole as one name is the last choice."""
    strong = _RAMP_AT if draft.ramp else _PLAIN_AT
    for level in (strong, *_WEAKER, _AT_LAST):
        parts = _split(level, text)
        if len(parts) > 1 and (level is not _AT_LAST or len(parts) == 2):
            relation = "at" if level is strong else "and"
            whole = [] if level is strong else [(None, [text])]
            return [(relation, parts), *_joined(level, parts), *whole]
    return [(None, [text] if strip(text) else [])]


def _joined(level: re.Pattern[str], parts: list[str]) -> list[tuple[str | None, list[str]]]:
    """Return the ways in which two neighbors of several parts are one name: "Main St & L & A Rd"
    may be the L & A Rd."""
    if level is not _AND or not 3 <= len(parts) <= 4:
        return []
    pairs = range(len(parts) - 1)
    return [("and", [*parts[:i], f"{parts[i]} & {parts[i + 1]}", *parts[i + 2 :]]) for i in pairs]


def _ends(text: str) -> list[str]:
    for level in (_AND, _SLASH, _SPACED_DASH, re.compile(r"\s+to\s+", re.IGNORECASE)):
        parts = _split(level, text)
        if len(parts) > 1:
            return parts
    return [text]


def _split(pattern: re.Pattern[str], text: str) -> list[str]:
    """Split; each part keeps, in front, the offset mark that separated it; marks alone are joined
    on."""
    found = list(pattern.finditer(text))
    if not found:
        return [text] if strip(text) else []
    parts: list[str] = []
    begin, lead = 0, ""
    for match in [*found, None]:
        end = match.start() if match else len(text)
        piece = text[begin:end].strip(" ,.;:-")
        if strip(piece):
            parts.append(lead + piece)
            lead = ""
        elif piece and parts:
            parts[-1] += piece
        elif piece:
            lead += piece
        if match:
            lead += "".join(c for c in match.group(0) if c in OFFSET_MARKS)
            begin = match.end()
    if lead and parts:
        parts[-1] += lead
    return parts


def strip(text: str) -> str:
    """Return `text` without marks and edge punctuation."""
    return " ".join(placemarks.strip_marks(text).split()).strip(" ,.;:-/&")


_TENS = re.compile(
    r"\b(?:twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety)-(?=[a-z])", re.IGNORECASE
)
_SPACE, _AMP, _STROKE, _HYPHEN = "\ue400", "\ue401", "\ue402", "\ue403"
_HIDE = str.maketrans({" ": _SPACE, "&": _AMP, "/": _STROKE, "-": _HYPHEN})
_SHOW = str.maketrans({_SPACE: " ", _AMP: "&", _STROKE: "/", _HYPHEN: "-"})


def _shielded(text: str) -> str:
    """Hide the separators inside phrases that are one name ("Park and Ride")."""
    lower = text.lower()
    for phrase in (p for p in words().whole if p in lower):
        text = re.sub(
            re.escape(phrase), lambda m: m.group(0).translate(_HIDE), text, flags=re.IGNORECASE
        )
    return _TENS.sub(lambda m: m.group(0).translate(_HIDE), text)


def _side(part: str, draft: Draft) -> Side:
    part = part.translate(_SHOW)
    travel = next((TRAVEL_MARKS.index(c) * 45.0 for c in part if c in TRAVEL_MARKS), None)
    offset = next(
        (draft.offsets[OFFSET_MARKS.index(c)] for c in part if c in OFFSET_MARKS), (None, None)
    )
    given = [s for s in (strip(p) for p in part.split(ALIAS)) if s]
    names: list[str] = []
    for name in given:
        names += [n for n in _spellings(name) if n not in names]
    return Side("/".join(given), tuple(names), travel, *offset)


def _spellings(name: str) -> list[str]:
    """Return the ways to look a name up: whole, the prongs of a fork, and each without "Overpass"
    and the like."""
    found = [name]
    for level in _WEAKER:
        prongs = _split(level, name)
        if level is _DASH and not all(map(looks_like_road, prongs)):
            # "Dublin-Granville Rd" is one name
            continue
        if len(prongs) > 1:
            # "US 12/18" is two US routes, "75/85" two of whatever the network has
            first = tokens(prongs[0])
            prefix = " ".join(first[:-1]) if is_route(first) else ""
            found += [f"{prefix} {p}" if p.isdigit() and prefix else p for p in prongs]
            break
    for spelling in list(found):
        parts = spelling.split()
        if len(parts) > 1 and parts[-1].lower().strip(".") in _STRUCTURE:
            found.append(" ".join(parts[:-1]))
    return found


def _kind(draft: Draft, relation: str | None, sides: tuple[Side, ...]) -> Kind:
    if relation == "between" and len(sides) > 2:
        return "between"
    if draft.ramp and sides:
        return "ramp"
    if len(sides) > 1:
        return "crossing"
    if (draft.milepost_mi is not None or draft.postmile_mi is not None) and sides:
        return "milepost"
    if draft.exit_ref is not None and sides:
        return "exit"
    if draft.house_number is not None and sides:
        return "block" if draft.block else "address"
    return "road" if sides and looks_like_road(sides[0].names[0]) else "place"


def _finish(
    raw: str, clean: str, draft: Draft, relation: str | None, parts: list[str]
) -> PlaceText:
    sides = tuple(s for s in (_side(p, draft) for p in parts) if s.names)
    # "500 ft north of Main St on High St": the road stands behind its mark
    if len(sides) == 2 and sides[0].offset_deg is not None:
        sides = sides[::-1]
    kind = _kind(draft, relation, sides)
    number, house = draft.number, draft.house_number
    # a small number in front of a crossing is the list's, "8 3rd Av/Humboldt St"
    if (
        kind in ("crossing", "ramp")
        and house is not None
        and not draft.block
        and number is None
        and house < 100
    ):
        number, house = str(house), None
    travels = tuple(draft.travels)
    stated = {s.travel_deg for s in sides if s.travel_deg is not None}
    one = travels[0] if len(travels) == 1 else None
    # two roads with a direction each: the camera reads the first
    if (
        one is None
        and sides
        and sides[0].travel_deg is not None
        and len(stated) == len(travels) > 1
    ):
        one = sides[0].travel_deg
    return PlaceText(
        raw,
        clean,
        kind,
        sides,
        relation,
        one,
        travels,
        draft.facing_deg,
        draft.side_deg,
        house,
        draft.milepost_mi,
        draft.exit_ref,
        draft.ramp,
        draft.town,
        number,
        draft.count,
        tuple(draft.notes),
        draft.county,
        draft.state,
        draft.maybe_town,
        draft.postmile_mi,
        draft.mark_to,
    )
