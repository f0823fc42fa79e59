"""The marks in a place text: ids, notes, directions of travel, mileposts, blocks, offsets, taken
out one by one.

Each stage finds one kind of mark, writes it into the draft and takes it out of the text; what a
later step still needs in its place (which road an "E/B" stood beside) stays behind as one
private-use character."""

from __future__ import annotations

import html
import re
import unicodedata
from dataclasses import dataclass, field

from alprmap import geo
from alprmap.locate.words import COMPASS_DEG, is_route, looks_like_road, tokens, words

TRAVEL_MARKS = "".join(chr(0xE100 + i) for i in range(8))
"""One character per 45°, left where a direction of travel stood."""
OFFSET_MARKS = "".join(chr(0xE200 + i) for i in range(8))
"""The n-th offset ("500 ft west of") stood here; it separates two roads."""
ALIAS = chr(0xE300)
"""What follows is another name of the road before."""
MILE_M = geo.STATUTE_MILE_M
FOOT_M, YARD_M, BLOCK_M = MILE_M / 5280, MILE_M / 1760, 100.0
"""International foot, mile and yard; a block has no length of its own: 100 m is the common 1/16
mile. """

_HIDDEN = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u202a-\u202e"
    "\u2060-\u206f\ufe00-\ufe0f\ufeff\ue000-\uf8ff]"
)
_PLAIN = {0x2010: "-", 0x2011: "-", 0x2044: "/", 0x2018: "'", 0x2019: "'", 0x201C: '"', 0x201D: '"'}
BETWEEN = r"(?:between|btwn|btw|betw|bet|b/w|b/t)"
"""The word and how clerks shorten it; a pattern."""
_DIR = (
    r"(?P<dir>north\s?east|north\s?west|south\s?east|south\s?west"
    r"|north|south|east|west|ne|nw|se|sw|n|s|e|w)"
)


@dataclass(slots=True)
class Draft:
    """What is known while a text is taken apart; `text` shrinks as marks are taken out of it."""

    text: str
    notes: list[str] = field(default_factory=list)
    travels: list[float] = field(default_factory=list)
    offsets: list[tuple[float, float | None]] = field(default_factory=list)
    side_deg: float | None = None
    facing_deg: float | None = None
    block: bool = False
    house_number: int | None = None
    milepost_mi: float | None = None
    exit_ref: str | None = None
    mark_to: str | None = None
    ramp: str | None = None
    town: str | None = None
    county: str | None = None
    state: str | None = None
    maybe_town: str | None = None
    postmile_mi: float | None = None
    town_by_comma: bool = False
    number: str | None = None
    count: int | None = None

    def note(self, text: str) -> None:
        """Keep `text` as a note unless it is empty."""
        kept = " ".join(strip_marks(text).split()).strip(" ,;:-")
        if kept:
            self.notes.append(kept)


_PRIVATE = re.compile("[\ue000-\uf8ff]")


def strip_marks(text: str) -> str:
    """Return `text` without the private-use characters."""
    return _PRIVATE.sub(" ", text)


def clean(text: str) -> str:
    """Return `text` on one line: invisible characters and doubled blanks gone, dashes and quotes
    plain.

    >>> clean("\\u200bNaples Street NE\\xa0and\\nLovell  Road")
    'Naples Street NE and Lovell Road'
    """
    if "&" in text:
        # as web pages and exports write it; twice where they were escaped twice
        text = html.unescape(html.unescape(text))
    plain = unicodedata.normalize(
        "NFKC", _HIDDEN.sub("", text.replace("½", " 1/2").replace("¼", " 1/4"))
    )
    plain = _HIDDEN.sub("", plain).translate(_PLAIN)
    return " ".join("".join(c if c.isprintable() and c != "_" else " " for c in plain).split())


def heading(word: str) -> float:
    """Return the heading of a written direction, degrees: "S", "south", "north east"."""
    key = re.sub(r"[\s.]", "", word.lower())
    return COMPASS_DEG[key if key in COMPASS_DEG else words().direction[key]]


_SENTENCE = re.compile(r"[.;!]\s+(?=([A-Z][a-z]+)\b)")
_TAIL = re.compile(
    r"\s*(?:\bdecommission\w*.*|\bscreenshot\b.*|\b\S+\.(?:png|jpe?g|pdf)\b.*|\b[PC]#?\d{3}\b.*|\s\*+.*"
    r"|,?\s*(?:\b(?:north|south|east|west|central)\s+)?\bentrance\s*#?\s*\d+.*"
    r"|(?<!exit )(?<!hwy )(?<!road )#\s?\d+\s*(?:[-(].*)?)$",
    re.IGNORECASE,
)


_LABEL = re.compile(
    r"\s*(?:(?:cam(?:era)?|flock|falcon|sparrow|alpr|lpr|anpr|unit|site|device|location|pole)\s*)*",
    re.IGNORECASE,
)
"""What stands before "#12 - Main St & Oak St": the number is the list's, and the place follows."""


_COUNTER = re.compile(r"(?<!exit)(?<!hwy)(?<!road)\s#\s?\d{1,2}(?=,\s*[A-Z])", re.IGNORECASE)
"""Which of several devices at a place, in front of its town: "Main St & Oak St #2, Columbus"."""


def take_sentences(draft: Draft) -> None:
    """Move what follows the place to the notes: whole sentences ("This is a …"), serials,
    decommission notes."""
    draft.text = _COUNTER.sub("", draft.text)
    for match in _SENTENCE.finditer(draft.text):
        rest = draft.text[match.end() :]
        said = {w.strip(".,").lower() for w in rest.split()[:12]}
        if (
            match.group(1).lower() in words().sentences
            and (said - {match.group(1).lower()}) & words().verbs
        ):
            draft.note(rest)
            draft.text = draft.text[: match.start()]
            break
    tail = _TAIL.search(draft.text)
    if tail and not _LABEL.fullmatch(draft.text[: tail.start()]):
        draft.note(tail.group(0))
        draft.text = draft.text[: tail.start()]


_NUMBER = re.compile(
    r"^\s*(?:(?:cam(?:era)?|flock(?: cam(?:era)?)?|falcon|sparrow|alpr|lpr|anpr|unit|site|device"
    r"|loc(?:ation)?|id|no|pole)\b\.?"
    r"\s*[#:\-]?\s*(?:no\.?\s*)?[a-z]{0,3}-?(?P<a>\d+[a-z]?)\s*(?:[:.)\-–—]\s*|\s+)"
    r"|\#\s*(?P<b>\d+)\s*[:.)\-]?\s*|(?P<c>\d{1,4})\s*[.):]\s+|(?P<d>\d{1,4})\s*(?=[NSEW]\s?/\s?B\b|[NSEW]B\b)"
    # "55Fashion Island", "5431st Av": an id glued to the street; no street is numbered past 999
    r"|(?P<h>\d{2})(?=\d{2,3}(?:st|nd|rd|th)\b)(?!\d?00th)|(?P<e>\d{1,4})(?!(?:st|nd|rd|th)\b)(?=(?-i:[A-Z][a-z]))|(?P<f>[A-Z]{0,4}\d[A-Z0-9]{7,})\s*[:\-]?\s+"
    r"|(?P<g>\d{1,4})\s+-\s+)",
    re.IGNORECASE,
)
_CODE = re.compile(r"^(?P<code>(?=[\w-]*\d)[A-Za-z]{2,}[\w-]*)\s*:\s+(?=\S)")
"""A code with a number in it and a colon: "GDOT-CAM-123: I-75 at Delk Rd", but not "SR 520: 84th
Ave". """
_DEVICES = (
    r"(?:(?:lpr|alpr|anpr|flock|fixed|license[ -]plate)\s+)?"
    r"(?:devices?|cameras?|cams?|readers?|units?|lprs?|alprs?|heads?)"
)
_COUNT = re.compile(
    rf"^(?P<n>\d{{1,2}}|[a-z]+)\s+{_DEVICES}\s*(?:\b(?:at|on|near)\s+|[-–—:,@]\s*)"
    r"|^(?P<x>\d{1,2})\s?[x×]\s+(?=[^\W\d_])",
    re.IGNORECASE,
)
_COUNT_ALONE = re.compile(
    rf"(?P<n>\d{{1,2}}|[a-z]+)\s+{_DEVICES}|x\s?(?P<x>\d{{1,2}})|(?P<y>\d{{1,2}})\s?x",
    re.IGNORECASE,
)
_COUNT_END = re.compile(
    rf"\s*(?:[-–—:,;]\s*(?P<n>\d{{1,2}}|[a-z]+)\s+{_DEVICES}|\sx\s?(?P<x>\d{{1,2}}))\s*$",
    re.IGNORECASE,
)


def _counted(match: re.Match[str] | None) -> int | None:
    """Return the number of devices that a text states, in digits or in words."""
    if match is None:
        return None
    text = next((g for g in match.groupdict().values() if g), "")
    text = words().cardinal.get(text.lower(), text)
    return int(text) if text.isdigit() and 0 < int(text) < 50 else None


def take_number(draft: Draft) -> None:
    """Take the list's own id from the front ("14 S/B …", "Cam 3: …") and a stated count of
    devices.
    """
    match = _COUNT.match(draft.text)
    if match and (number := _counted(match)):
        draft.count, draft.text = number, draft.text[match.end() :]
    match = _COUNT_END.search(draft.text)
    if match and (number := _counted(match)):
        draft.count, draft.text = number, draft.text[: match.start()]
    match = _CODE.match(draft.text)
    if match and not is_route(tokens(match["code"])):
        draft.number, draft.text = match["code"], draft.text[match.end() :]
        return
    match = _NUMBER.match(draft.text)
    if match and draft.text[match.end() :].strip():
        draft.number = next(g for g in match.groups() if g is not None)
        draft.text = draft.text[match.end() :]


_TRAVEL = re.compile(
    r"(?<![\w/])(?:(?:traveling|travelling|heading)\s+)?(?:(?P<w>north-?east|north-?west|south-?east|south-?west|north|south|east|west)"
    r"[\s-]?(?:bound|bd)"
    r"|(?P<s>[NSEW])\s?/\s?B|(?P<d>[NSEW])\.?\s?B\.?(?=\W|$)|(?P<t>[NSEW])-bound)(?!\w)\.?"
    r"(?:\s+(?:lanes?|traffic|direction)\b)?"
    r"|(?<!\w)(?:traveling|travelling|heading)\s+(?P<h>north|south|east|west)\b",
    re.IGNORECASE,
)
_FACING = re.compile(
    rf"[,(]?\s*\b(?:facing|looking|pointing|aimed)\s+{_DIR}(?:ward)?\b\)?", re.IGNORECASE
)
_BOTH = re.compile(r"\b(?:both|all) directions\b", re.IGNORECASE)
_JOINED = re.compile(
    f"(?<=[{TRAVEL_MARKS}])\\s*(?:and|&|/|,|\\+|-|or)\\s*(?=[{TRAVEL_MARKS}])", re.IGNORECASE
)


def take_travel(draft: Draft) -> None:
    """Read directions of travel ("N/B", "SB", "eastbound"); a mark stays where each stood. NB is 0
    degrees."""

    def mark(match: re.Match[str]) -> str:
        deg = heading(next(g for g in match.groups() if g))
        if deg not in draft.travels:
            draft.travels.append(deg)
        return f" {TRAVEL_MARKS[int(deg // 45)]} "

    def facing(match: re.Match[str]) -> str:
        draft.facing_deg = heading(match["dir"])
        draft.note(match.group(0).strip(" ,()"))
        return " "

    for match in _BOTH.finditer(draft.text):
        draft.note(match.group(0))
    text = _TRAVEL.sub(mark, _FACING.sub(facing, _BOTH.sub(" ", draft.text)))
    draft.text = " ".join(_JOINED.sub(" ", text).split())


_SIDE_WORD = (
    r"(?:(?:side )?of"
    r" intersection|side|leg|end|intersection|approach|corner|crossing|junction|location)"
)
_SIDE = re.compile(rf"^{_DIR}\.?(?:\s+{_SIDE_WORD})?$", re.IGNORECASE)
_OPEN_SIDE = re.compile(
    rf"[,\-]?\s*\b{_DIR}\.?\s+(?:side|leg|end|corner)\b(?!\s+(?:of|st|street|ave|rd)\b)",
    re.IGNORECASE,
)
_CORNER = re.compile(
    r"(?<![\w/])(?P<ns>[NS])\s?/\s?(?P<ew>[EW])(?![\w/])(?:\s+(?:corner|camera|cam)\b)?",
    re.IGNORECASE,
)
_CORNER_IN_SHORT = re.compile(
    r"(?<![\w/-])(?P<at>[NS][EW])(?:C|\s[Cc](?:or|OR))\b\.?(?!\s*\d)(?P<of>\s+(?i:of)\b)?"
)
"""NEC, SWC: how engineers write "NE corner"; "Sec 12" is a section."""
_SIDE_IN_SHORT = re.compile(r"(?<![\w/])(?P<at>[NSEW])\s?/?\s?S\.? of\b", re.IGNORECASE)
"""Main St NS of Oak St: its north side."""
_FAR_SIDE = re.compile(
    r"[,-]?\s*\b(?:far|near)[\s-]?side\b(?:\s+(?P<of>of)\b|(?!\s+(?:st|rd|ave|dr|ln)\b))",
    re.IGNORECASE,
)
_PLACED = re.compile(
    rf"(?:@|at\b|near\b|just\b|{BETWEEN}\b|exit\s*#?\d)\s*\S"
    rf"|from\b.+\bto\b|(?:\d[\d./]*\s*\w+\s+)?{_DIR}\.?\s*(?:of\b|/\s?o\b)",
    re.IGNORECASE,
)
"""In brackets, but part of the place: "(N of Hwy 55)", "(at 5th St)"."""
_FROM_TO = re.compile(
    r"(?P<a>(?!toward)\w[^()]*?)\s+(?:to|thru|through)\s+(?P<b>\w[^()]*)", re.IGNORECASE
)
"""In brackets, a stretch: "(Elm St to Oak St)"."""
_TOWN_NAME = re.compile(r"[A-Z][a-z.'’-]+(?: [A-Z][a-z.'’-]+){0,2}")
"""In brackets at the end, perhaps a town: "(New Ulm)"."""
_WHITHER = re.compile(r"(?:towards?|to|from|leaving|near)\b", re.IGNORECASE)


def take_parens(draft: Draft) -> None:
    """Read what stands in brackets: a count, a side, another name, a direction; the rest becomes a
    note."""

    def inside(match: re.Match[str]) -> str:
        said = match.group(1).strip()
        bare = strip_marks(said).strip(" ,")
        kept = "".join(c for c in said if c in TRAVEL_MARKS)
        if bare.isdigit() and int(bare) < 50:
            draft.count = int(bare)
        elif number := _counted(_COUNT_ALONE.fullmatch(bare)):
            draft.count = number
        elif side := _SIDE.match(bare):
            draft.side_deg = heading(side["dir"])
            draft.note(bare)
        elif stretch := _FROM_TO.fullmatch(bare):
            return f" between {stretch['a']} and {stretch['b']} {kept} "
        elif _PLACED.match(bare) or _MILEPOST.fullmatch(bare):
            return f" {said} "
        elif looks_like_road(bare) and not _WHITHER.match(bare):
            return f" {ALIAS}{bare} {kept}"
        else:
            if _TOWN_NAME.fullmatch(bare) and not draft.text[match.end() :].strip():
                draft.maybe_town = bare
            draft.note(bare)
        return f" {kept} "

    def side(match: re.Match[str]) -> str:
        draft.side_deg = heading(
            match["dir"] if "dir" in match.groupdict() else match["ns"] + match["ew"]
        )
        draft.note(match.group(0))
        return " "

    def corner(match: re.Match[str]) -> str:
        behind = "" if match.start() or match["of"] else " of"
        return f"{match['at']} corner{match['of'] or behind}"

    text = _SIDE_IN_SHORT.sub(r"\g<at> side of", _CORNER_IN_SHORT.sub(corner, draft.text))
    text = _FAR_SIDE.sub(lambda m: " at " if m["of"] else " ", text)
    text = re.sub(r"\(([^()]*)(?:\)|$)", inside, text)
    text = re.sub(r"\[([^\[\]]*)(?:\]|$)", inside, text)
    draft.text = " ".join(_OPEN_SIDE.sub(side, _CORNER.sub(side, text)).split())


_MILEPOST = re.compile(
    r"[,@\-]?\s*(?:\b(?:at|near)\s+)?\b(?:mile\s?(?:post|marker|mark|pt)|mile(?=\s+\d)|mm|mp|m\.p\.|mrm)\.?"
    r"\s*[#:]?\s*(?P<a>\d+(?:\.\d+)?)\b"
    r"|[,@\-]?\s*(?:\bat\s+)?(?<![\w-])(?P<b>\d+(?:\.\d+)?)\s*(?:mm|mile\s?(?:marker|post))\b(?!\s*#?\s*\d)",
    re.IGNORECASE,
)
_EXIT = re.compile(
    r"[,@\-]?\s*(?:\b(?:at|near)\s+)?\b(?:exit|ext?\.?(?=\s*#?\d))\s*(?:no\.?|#)?\s*(?P<ref>\d+\s?[a-d]?)\b"
    r"(?!\s*(?:st|nd|rd|th)\b)(?:\s?(?:[&;/–-]|and)\s?(?:\d{1,3}\s?[a-d]?|[a-d])\b(?!\s*(?:st|nd|rd|th)\b))*",
    re.IGNORECASE,
)
"""The first of several exits is taken: "Exit 30&33", "6A-B-C"."""
_BLOCK = re.compile(
    r"\b(?P<n>\d{1,6})(?:\s*-\s*\d+)?(?:th)?\s*(?:block|blk|blck|bk)s?\b\.?\s*(?:of\s+)?",
    re.IGNORECASE,
)
_RAMP = re.compile(
    r"\b(?:(?P<kind>on|off|exit|entrance|entry|access)[\s-]*)?ramps?\b|(?-i:\b(?P<short>[EX])R\b)",
    re.IGNORECASE,
)
"""ER and XR are the entrance and exit ramps of Chicago's lists."""
_ADDRESS = re.compile(
    r"^(?P<mark>[\ue100-\ue107\s]*)(?P<n>\d{1,6})(?:-\d+|\s+1/2|-?[A-Z](?=\s))?\s+(?=[A-Za-z0-9\ue100-\ue107])"
)
_PLAIN_SUFFIXES = frozenset(
    {"ave", "st", "hwy", "blvd", "rd", "ln", "dr", "ct", "pl", "ter", "way"}
)


def take_marks(draft: Draft) -> None:
    """Take out milepost, exit, block, ramp and house number."""
    for pattern, write in (
        (_MILEPOST, _milepost),
        (_EXIT, _exit),
        (_BLOCK, _block),
        (_RAMP, _ramp),
    ):
        match = pattern.search(draft.text)
        if match:
            write(draft, match)
            before, behind = draft.text[: match.start()], draft.text[match.end() :]
            # "I-695 at Exit 17 Security Blvd": what stands on both sides of a mark is two roads
            apart = (
                write in (_milepost, _exit)
                and strip_marks(before).strip()
                and re.search(r"[A-Za-z]", behind)
            )
            draft.text = " ".join(
                (f"{before} @ {behind}" if apart else f"{before} {behind}").split()
            )
    match = _ADDRESS.match(draft.text)
    if match and not draft.block and not _numbered_street(draft.text[match.start("n") :]):
        draft.house_number, draft.text = int(match["n"]), match["mark"] + draft.text[match.end() :]


def _milepost(draft: Draft, match: re.Match[str]) -> None:
    draft.milepost_mi = float(match["a"] or match["b"])


def _exit(draft: Draft, match: re.Match[str]) -> None:
    draft.exit_ref = match["ref"].replace(" ", "").upper()


def _block(draft: Draft, match: re.Match[str]) -> None:
    draft.block, draft.house_number = True, int(match["n"])


def _ramp(draft: Draft, match: re.Match[str]) -> None:
    said = (match["kind"] or {"E": "on", "X": "off"}.get(match["short"], "")).lower()
    draft.ramp = {"on": "on", "entrance": "on", "entry": "on", "off": "off", "exit": "off"}.get(
        said, "ramp"
    )


def _numbered_street(text: str) -> bool:
    """Tell "103 Avenue NE" and "8 Mile Rd" (streets) from "8124 Highway 7" and "10 Court St"
    (addresses)."""
    behind = [
        t
        for t in tokens(re.split(r"[/&@,]|\band\b|\bat\b", text)[0])[1:]
        if t not in words().direction
    ]
    if not behind or behind[0] == "mile" or behind[0] == "points":
        return True
    return len(behind) == 1 and words().suffix.get(behind[0]) in _PLAIN_SUFFIXES


_LENGTH = (
    r"(?P<n>\d+(?:\.\d+)?|\d?\s?1/2|\d?\s?1/4|\d?\s?3/4|half an?|one|two|a)\s*"
    r"(?P<u>feet|foot|ft|'|miles?|mi|met(?:er|re)s?|m|yards?|yds?|km|kilomet(?:er|re)s?|blocks?|blks?)\.?"
)
_OFFSET = re.compile(
    rf"[,;]?\s*(?:\b(?:at|on|is)\s+)?(?:\b(?:about|approx\.?|approximately)\s+)?(?:{_LENGTH}\s+)?"
    rf"(?:\b(?:the|just|immediately)\s+)?\b{_DIR}\.?\s*(?P<side>\b(?:side|corner|leg|end)\s+)?(?:/\s?o\b\.?|\bof\b|\bfrom\b)\s*"
    rf"|[,;]?\s*{_LENGTH.replace('?P<n>', '?P<n2>').replace('?P<u>', '?P<u2>')}\s+"
    rf"{_DIR.replace('dir', 'dir2')}\.?\s*$",
    re.IGNORECASE,
)
_BEHIND = re.compile(rf"\s*,\s*(?:about\s+|approx\.?\s+)?{_LENGTH}\s*$", re.IGNORECASE)
_PART = {"half": 0.5, "one": 1.0, "two": 2.0, "an": 0.0}


def take_offsets(draft: Draft) -> None:
    """Read "west of", "N/O", "500 ft south of"; a mark stays between the two roads it separates."""

    def mark(match: re.Match[str]) -> str:
        if match["side"]:
            draft.side_deg = heading(match["dir"])
            return " at "
        if len(draft.offsets) == len(OFFSET_MARKS):
            return " "
        number, unit = match["n"] or match["n2"], match["u"] or match["u2"]
        draft.offsets.append(
            (heading(match["dir"] or match["dir2"]), _meters(number, unit) if number else None)
        )
        return f" {OFFSET_MARKS[len(draft.offsets) - 1]} "

    text = _OFFSET.sub(mark, draft.text)
    behind = _BEHIND.search(text)
    if behind and draft.offsets and draft.offsets[-1][1] is None:
        draft.offsets[-1] = (draft.offsets[-1][0], _meters(behind["n"], behind["u"]))
        text = text[: behind.start()]
    draft.text = " ".join(text.split())


def _meters(number: str, unit: str) -> float:
    value = 0.0
    for part in number.lower().split():
        top, _, bottom = part.partition("/")
        if top[0].isdigit():
            value += float(top) / float(bottom or 1)
        else:
            # "half a mile" is a half, "a mile" is one
            value += _PART.get(part, 0.0 if value else 1.0)
    unit = unit.lower()
    scale = (
        MILE_M
        if unit.startswith("mi")
        else (
            FOOT_M
            if unit[0] in "f'"
            else (
                YARD_M
                if unit[0] == "y"
                else 1000.0
                if unit[0] == "k"
                else BLOCK_M
                if unit[0] == "b"
                else 1.0
            )
        )
    )
    return value * scale


_LEAD = re.compile(r"^(?:on|at|along|near|off(?:\s+of)?)\s+(?=\S)", re.IGNORECASE)


_SUFFIXES = frozenset({"ave", "blvd", "dr", "ln", "pkwy", "rd", "road", "st", "street", "way", "&"})


def take_lead_in(draft: Draft) -> None:
    """Drop "intersection of", "corner of", "located at" from the front."""
    for _ in range(3):
        lower = draft.text.lower()
        found = next((p for p in words().lead_ins if lower.startswith((p + " ", p + ". "))), None)
        rest = draft.text[len(found) :].strip(" .:-") if found else ""
        suffixed = rest.lower().split(" ")[0].strip(".,") in _SUFFIXES
        if found is None or not rest or (suffixed and " " not in found):
            break  # "Corner Rd" is a road, "pole at St. Clair Ave" is not
        draft.text = rest
    draft.text = _LEAD.sub("", draft.text)
