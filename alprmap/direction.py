"""The direction grammar: the text of a direction tag becomes headings and widths, and back.

Degrees run clockwise from true north. The rules (docs/method/direction.md has the evidence for
each):

D1 cleaning: outer space, case, a list of dash, space, zero-width and degree characters; at most 200
characters;
   any other character that is not ASCII (full-width digits too) makes the text junk.
D2 a number: at most three digits before the point. D3 an exact 0 is kept as north and flagged
`zero`. D4 360 is a deliberate north; -360..-1 and 361..450 are brought into the circle
(`repaired`); the rest is junk. D5 `a-b` (`a to b`) runs clockwise from a to b: heading is the
middle, width the opening. D6 ends one whole turn apart are a full circle (heading 0, width 360). D7
equal ends give a heading without width. D8 `;` separates heads; empty items are no heads. D9 a
comma separates heads unless it is a decimal comma. D10 32 compass points, letters or words. D11
letters with `-` are a range (`N-E`), words a name (`north-west`). D12 NB, S/B, eastbound name the
direction of traffic (`travel`). D13 forward, both … are relative to the way. D14 an empty text,
null or unknown is missing. D15 everything else is junk: no heading, and a reason. D16 the same
heading and width twice is one head. D17 an unreadable item spoils only itself (`partial`). D18
values are kept to 1e-6 of a degree, and `format_direction` writes what `parse` reads back
unchanged. D19 a sentence that says where the camera looks (`facing west`, `NW corner looking SE`,
`W 270`) is that direction; one that says which traffic it reads (`northbound lanes`) is `travel`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache
from math import isinf, isnan
from numbers import Real
from typing import NamedTuple

from alprmap.errors import InputError, one_line

EXACT, RANGE, FULL_CIRCLE, CARDINAL = "exact", "range", "full_circle", "cardinal"
TRAVEL, REPAIRED, DOUBTFUL, ZERO = "travel", "repaired", "doubtful", "zero"
PARTIAL, RELATIVE, MISSING, JUNK = "partial", "relative", "missing", "junk"

#: Qualities a view can have, the most trustworthy first; a text takes the last of its views'.
VIEW_QUALITIES = (EXACT, RANGE, FULL_CIRCLE, CARDINAL, TRAVEL, REPAIRED, DOUBTFUL, ZERO)
#: Qualities of a whole text: those of its views, `partial` (D17), and three that have no view.
QUALITIES = (*VIEW_QUALITIES, PARTIAL, RELATIVE, MISSING, JUNK)

# the longest tag seen has 59 characters (eight ranges); three times that is plenty, more is hostile
MAX_LENGTH = 200
# D4: in the wild the overshoots lie at 361..400, then come typing slips spread evenly up to 999
LOWEST_DEG, HIGHEST_DEG = -360.0, 450.0
_DECIMALS = 6


@dataclass(frozen=True, slots=True)
class View:
    """Hold one way a camera looks: `heading_deg` in [0, 360), `width_deg` in (0, 360] or None when
    unknown.

    Values are rounded to 1e-6 of a degree and a full circle has heading 0 (D6, D18). `quality` (one
    of `VIEW_QUALITIES`, filled in from the geometry when left out) takes no part in comparisons.
    Raises `InputError` for values outside the circle.

    >>> View(90.0) == View(90.0, quality=REPAIRED), View(0.5, 45).quality
    (True, 'range')
    """

    heading_deg: float
    width_deg: float | None = None
    quality: str = field(default="", compare=False)

    def __post_init__(self) -> None:
        heading = round(float(self.heading_deg), _DECIMALS)
        width = None if self.width_deg is None else round(float(self.width_deg), _DECIMALS)
        if heading == 360.0 and self.heading_deg < 360.0:
            heading = 0.0
        if not 0.0 <= heading < 360.0:
            raise InputError(
                f"heading_deg {self.heading_deg} is not in [0, 360)", fix="bring it into the circle"
            )
        if width is not None and not 0.0 < width <= 360.0:
            raise InputError(
                f"width_deg {self.width_deg} is not in (0, 360]", fix="use None where it is unknown"
            )
        quality = self.quality or _plain_quality(heading, width)
        if quality not in VIEW_QUALITIES:
            raise InputError(
                f"unknown view quality {quality!r}", fix=f"use one of {', '.join(VIEW_QUALITIES)}"
            )
        object.__setattr__(self, "heading_deg", 0.0 if width == 360.0 else heading + 0.0)
        object.__setattr__(self, "width_deg", width)
        object.__setattr__(self, "quality", quality)


@dataclass(frozen=True, slots=True)
class Direction:
    """Hold what one tag value says: its views, a quality of `QUALITIES`, a reason and the rules
    applied.

    `reason` is one sentence on whatever was refused, repaired or left out, and empty where the text
    was read as it stands. `rule` lists rule ids in order, for example `("D2", "D8")`.
    """

    views: tuple[View, ...]
    quality: str
    reason: str
    rule: tuple[str, ...]


class _Read(NamedTuple):
    """What one item of a list gave: a view, or a quality that says why there is none."""

    view: View | None
    quality: str
    reason: str
    rules: tuple[str, ...]


_DASHES = "\u2010\u2011\u2012\u2013\u2014\u2015\u2212"
# zero-width characters become a space too: taken out, they would join two numbers into one
_SPACES = "\u00a0\u2002\u2003\u2007\u2009\u200a\u202f\u200b\u200c\u200d\u2060\ufeff"
_CLEAN = {
    **{ord(c): "-" for c in _DASHES},
    **{ord(c): " " for c in _SPACES},
    **{ord(c): " degrees" for c in "\u00b0\u00ba\u02da"},
}
_UNIT = re.compile(r"(?<=[0-9]) ?(?:degrees?|deg)\b\.?(?![. ]*[0-9])")
_NUM = r"[0-9]{1,3}(?:\.[0-9]{1,20})?"
_NUMBER = re.compile(rf"[+-]?{_NUM}")
_RANGE = re.compile(rf"([+-]?{_NUM}|[a-z]{{1,20}})(?: ?- ?| to )({_NUM}|[a-z]{{1,20}})")
_DECIMAL_COMMA = re.compile(r"[+-]?[0-9]{1,3}(,[0-9]{1,2})?(?: ?- ?[0-9]{1,3}(,[0-9]{1,2})?)?")
_COMMA_NUMBER = re.compile(r"([0-9]{1,3}),([0-9]{1,2})")
_NAMES_ONLY = re.compile(r"[a-z./& -]{1,200}")
_TRAVEL = re.compile(r"(n|s|e|w|ne|nw|se|sw) ?[/-]? ?b")
_BOUND = re.compile(r"((?:north|south)?[ -]?(?:east|west)?|[nsew]|[ns][ew])[ -]?bound")

_ROSE = """
n nbe nne nebn ne nebe ene ebn e ebs ese sebe se sebs sse sbe
s sbw ssw swbs sw swbw wsw wbs w wbn wnw nwbw nw nwbn nnw nbw"""
_WORD_OF = {"n": "north", "e": "east", "s": "south", "w": "west", "b": "by"}
_ABBREVIATIONS = {name: i * 11.25 for i, name in enumerate(_ROSE.split())}
_WORDS = {"".join(_WORD_OF[c] for c in name): deg for name, deg in _ABBREVIATIONS.items()}
# D10 in Spanish, French and Portuguese; single letters are left out, for O is west there
_OTHERS = """
norte 0 nord 0 noreste 45 nordeste 45 nordest 45 este 90 est 90 leste 90 sureste 135 sudeste 135
sudest 135 sur 180 sud 180 suroeste 225 sudoeste 225 sudouest 225 oeste 270 ouest 270 noroeste 315
nordouest 315"""
_NAMES, _DEGREES = _OTHERS.split()[::2], map(float, _OTHERS.split()[1::2])
_WORDS |= dict(zip(_NAMES, _DEGREES, strict=True))
_UNKNOWN = "null none nil nan na n/a n.a. <na> unknown unk undefined unset missing ? ?? - -- ."
_MISSING_WORDS = frozenset(_UNKNOWN.split())
_ALONG = """
forward forwards backward backwards both opposite reverse left right front rear back ahead up down
inbound outbound inward outward entering exiting clockwise anticlockwise counterclockwise"""
_RELATIVE_WORDS = frozenset(_ALONG.split())
_LOOKS = (
    "fac(?:es?|ing)|look(?:s|ing)?|point(?:s|ed|ing)?|aim(?:s|ed|ing)?|orient(?:ed|ing)"
    "|view(?:s|ing)?"
)
_UNCLEAR = re.compile(rf"\b(?:not|away|opposite|{_LOOKS})\b")
_LOOKING = re.compile(
    rf"(?P<before>.*\b)?(?:{_LOOKS})[ :=]+(?:(?:is|to|towards?|at|due|the) )*(?P<at>.+)"
)
_FACED = re.compile(
    r"(?P<at>[a-z][a-z -]*?)(?:[ -]?(?:facing|looking|view)|wards?|erly)(?: camera| lens)?"
)
_PLAINLY = re.compile(
    r"(?:(?:to|towards?|due|the) )+(?P<at>[a-z -]+)|(?:heading|bearing|azimuth)[ :=]+(?P<deg>.+)"
)
_TRAFFIC = re.compile(
    r"(?:(?:for|reads?|reading|captur(?:es?|ing)|cover(?:s|ing)?|monitor(?:s|ing)?|all|the|facing)"
    r" )*"
    r"(?:(?P<bound>[a-z/ -]+?) (?:traffic|lanes?|travel|vehicles|approach)"
    r"|traffic (?:heading|going|traveling|travelling|bound|to)(?: the)? (?P<going>[a-z -]+))"
)
_BOTH_WAYS = re.compile(
    rf"(?P<name>[a-z][a-z. -]*?)[ :(]+(?P<deg>[+-]?{_NUM})\)?"
    rf"|(?P<deg2>[+-]?{_NUM})[ (]+(?P<name2>[a-z. -]+?)\)?"
)
_SLASH_BOUND = re.compile(r"\b([ns]?[ew]?)/b(?= )")
_AGREE_DEG = 22.5
"""Half of an eighth: a point named beside a number rounds it to no less than the eight winds."""


def parse(text: object) -> Direction:
    """Read one tag value (text, number or nothing) into views in degrees clockwise from true north
    (D1–D18).

    Never raises: what cannot be read comes back without views, with quality `missing`, `relative`
    or `junk` and a reason. Numbers follow the same rules as their text; NaN and None are missing, a
    bool is junk.

    >>> parse("338-23").views
    (View(heading_deg=0.5, width_deg=45.0, quality='range'),)
    >>> [(v.heading_deg, v.width_deg) for v in parse("0-45;180-225").views]
    [(22.5, 45.0), (202.5, 45.0)]
    >>> [v.heading_deg for v in parse("SE;NW").views], parse("NB").quality, parse("0").quality
    ([135.0, 315.0], 'travel', 'zero')
    >>> parse("270230").views, parse("270230").reason
    ((), "'270230' has more than three digits: headings run together, or a slip of the keyboard.")
    >>> parse("90;what")
    Direction(views=(View(heading_deg=90.0, width_deg=None, quality='exact'),), quality='partial',
              reason="'what' is not a direction.", rule=('D2', 'D8', 'D15', 'D17'))
    """
    if isinstance(text, str):
        return _parse_text(text)
    if text is None or type(text).__name__ in ("NAType", "NaTType"):
        return _summary([_missing()])
    if isinstance(text, bool) or not isinstance(text, (Real, Decimal)):
        return _summary([_junk(f"A value of type {type(text).__name__} is not a direction.")])
    try:
        number = float(text)
    except (OverflowError, ValueError):
        return _summary([_junk("A number beyond all bounds is not a direction.")])
    if isnan(number):
        return _summary([_missing()])
    shown = "a number beyond all bounds" if isinf(number) else f"{number:g}"
    return _summary([_number(number, shown)])


def parse_column(texts: Iterable[object]) -> list[Direction]:
    """Read a column of tag values, each distinct one once (61,768 values in about a tenth of a
    second).

    Parameters: `texts`, any iterable (list, Series, Arrow column as Python values). Returns one
    `Direction` per value, in order; equal values share one object. Rules as in `parse`.

    >>> [d.quality for d in parse_column(["90", "NB", None, "90"])]
    ['exact', 'travel', 'missing', 'exact']
    """
    return [parse(text) for text in texts]


def format_direction(views: Iterable[View]) -> str:
    """Write views as the text of an OSM `direction` tag, so that `parse` reads the same views back
    (D18).

    A view with a width becomes a clockwise range, several are joined by `;`, the same view twice is
    written once, no view gives an empty text. Qualities are not written: a heading of 0 reads back
    as `zero`.

    >>> format_direction([View(0.5, 45), View(180.0), View(0, 360)])
    '338-23;180;0-360'
    """
    return ";".join(dict.fromkeys(_format_view(view) for view in views))


def _format_view(view: View) -> str:
    if view.width_deg is None:
        return _digits(view.heading_deg)
    if view.width_deg == 360.0:
        return "0-360"
    # half a width lies on a grid of 5e-7, so one decimal more than is kept writes both ends without
    # loss
    start = round((view.heading_deg - view.width_deg / 2) % 360.0, _DECIMALS + 1) % 360.0
    end = round((start + view.width_deg) % 360.0, _DECIMALS + 1) % 360.0
    return f"{_digits(start)}-{_digits(end or 360.0)}"


def _digits(value: float) -> str:
    return f"{value:.{_DECIMALS + 1}f}".rstrip("0").rstrip(".")


def _plain_quality(heading: float, width: float | None) -> str:
    if width is None:
        return ZERO if heading == 0.0 else EXACT
    return FULL_CIRCLE if width == 360.0 else RANGE


@lru_cache(maxsize=8192)
def _parse_text(raw: str) -> Direction:
    if len(raw) > MAX_LENGTH:
        reason = (
            f"The text has {len(raw)} characters, more than the {MAX_LENGTH} a direction may have."
        )
        return _summary([_Read(None, JUNK, reason, ("D1", "D15"))])
    text = raw.translate(_CLEAN)
    # an ASCII test before lower(): Unicode case folding would turn look-alikes into letters (D1)
    if not text.isascii():
        reason = f"{_quote(raw)} holds a character that no direction is written with."
        return _summary([_Read(None, JUNK, reason, ("D1", "D15"))])
    text = _SLASH_BOUND.sub(r"\1b", _UNIT.sub("", " ".join(text.lower().split())))
    if text == "" or text in _MISSING_WORDS:
        return _summary([_missing()])
    pieces = list(_split(text))
    reads = [_item(piece) for piece in pieces if piece and piece not in _MISSING_WORDS]
    empty = len(pieces) - len(reads)
    found = _summary(reads or [_missing()], several=";" in text, comma="," in text)
    if empty and found.views:
        note = f"{empty} empty item{'s' if empty > 1 else ''} in the list left out."
        return Direction(found.views, found.quality, f"{found.reason} {note}".strip(), found.rule)
    return found


def _split(text: str) -> Iterator[str]:
    """Cut a cleaned text into items: at `;` (D8), at separating commas (D9), and between names at /
    & and."""
    for item in text.split(";"):
        for piece in _split_commas(item.strip()):
            if not _NAMES_ONLY.fullmatch(piece):
                yield piece
                continue
            for name in re.split(r" ?& ?| and ", piece):
                whole = (
                    "/" not in name or _TRAVEL.fullmatch(_undotted(name)) or name in _MISSING_WORDS
                )
                yield from [name.strip()] if whole else [part.strip() for part in name.split("/")]


def _split_commas(item: str) -> list[str]:
    """Tell a separating comma from a decimal one (D9): a space makes it a separator."""
    if "," not in item:
        return [item]
    pieces: list[str] = []
    for piece in re.split(r" ?, | ,", item):
        parts = piece.split(",")
        if "," in piece and _DECIMAL_COMMA.fullmatch(piece) and _is_decimal(piece):
            pieces.append(piece.replace(",", "."))
        elif len(parts) > 2 and any(re.fullmatch("[0-9]", part) for part in parts[1:]):
            # 22,5,67,5 is two decimals or four heads: leave it whole, and it will be refused
            pieces.append(piece)
        else:
            pieces.extend(parts)
    return pieces


def _is_decimal(piece: str) -> bool:
    """Hold when every comma has one digit behind it, or makes a multiple of 11.25 degrees (a
    compass point)."""
    return all(
        len(tail) == 1 or float(f"{head}.{tail}") % 11.25 == 0.0
        for head, tail in _COMMA_NUMBER.findall(piece)
    )


def _item(item: str) -> _Read:
    """Read one item of the list."""
    if _NUMBER.fullmatch(item):
        return _number(float(item), item)
    name = _undotted(item)
    point = _point(name)
    if point is not None:
        return _Read(View(point, quality=CARDINAL), CARDINAL, "", ("D10",))
    travel = _TRAVEL.fullmatch(name) or _BOUND.fullmatch(name)
    point = _point(travel[1]) if travel else None
    if point is not None:
        return _Read(View(point, quality=TRAVEL), TRAVEL, "", ("D12",))
    if name.replace("-", "").replace(" ", "") in _RELATIVE_WORDS:
        reason = f"{_quote(item)} is relative to the way, it gives no heading."
        return _Read(None, RELATIVE, reason, ("D13",))
    ends = _RANGE.fullmatch(name if name[:1].isalpha() else item)
    if ends and all(_point(end) is not None for end in ends.groups() if end.isalpha()):
        return _range(ends[1], ends[2], item)
    stated = _sentence(item)
    if stated is not None:
        return stated
    if re.fullmatch(r"[+-]?[0-9]{4,}(?:\.[0-9]*)?", item):
        return _junk(
            f"{_quote(item)} has more than three digits: headings run together, or a slip of the"
            " keyboard."
        )
    if "," in item:
        return _junk(f"{_quote(item)} can be read with decimal commas or as a list.")
    return _junk(f"{_quote(item)} is not a direction.")


def _sentence(item: str) -> _Read | None:
    """Read a sentence about where a camera looks, or about the traffic it reads (D19)."""
    traffic = _TRAFFIC.fullmatch(item)
    if traffic:
        name = _undotted(traffic["going"] or traffic["bound"])
        bound = _TRAVEL.fullmatch(name) or _BOUND.fullmatch(name)
        point = _point(bound[1] if bound else name)
        if point is not None:
            return _Read(View(point, quality=TRAVEL), TRAVEL, "", ("D12", "D19"))
        return None
    pair = _BOTH_WAYS.fullmatch(item)
    point = _point(_undotted(pair["name"] or pair["name2"])) if pair else None
    if pair and point is not None:
        number = float(pair["deg"] or pair["deg2"])
        if abs((number - point + 180.0) % 360.0 - 180.0) > _AGREE_DEG:
            return _Read(None, JUNK, f"{_quote(item)} contradicts itself.", ("D15", "D19"))
        stated = _number(number, item)
        return stated._replace(rules=(*stated.rules, "D19"))
    looking = _LOOKING.fullmatch(item)
    if looking and _UNCLEAR.search(looking["before"] or ""):
        return None
    for found in (looking, _FACED.fullmatch(item), _PLAINLY.fullmatch(item)):
        words = found.groupdict() if found else {}
        rest = (words.get("at") or words.get("deg") or "").strip()
        if rest and not re.search(_LOOKS, rest):
            inner = _item(rest)
            if inner.view is not None and not (words.get("deg") and rest.isalpha()):
                return inner._replace(rules=(*inner.rules, "D19"))
    return None


def _point(name: str) -> float | None:
    """Look up a compass point: letters as they stand, words also joined by hyphen or space
    (D10).
    """
    found = _ABBREVIATIONS.get(name)
    return _WORDS.get(name.replace("-", "").replace(" ", "")) if found is None else found


def _undotted(item: str) -> str:
    """Take the dots out of `n.w.`, but never out of a number."""
    return item if any(c.isdigit() for c in item) else item.replace(".", "")


def _number(value: float, shown: str) -> _Read:
    """Read a single number (D2–D4)."""
    if not LOWEST_DEG <= value <= HIGHEST_DEG:
        return _Read(
            None, JUNK, f"{_quote(shown)} lies outside -360 to 450 degrees.", ("D4", "D15")
        )
    heading = round(value, _DECIMALS) % 360.0
    if value == 0.0:
        # kept apart: 0 is also what an editor leaves when nobody set it
        return _Read(View(0.0, quality=ZERO), ZERO, "", ("D2", "D3"))
    if 0.0 < value <= 360.0:
        rules = ("D2", "D4") if value == 360.0 else ("D2",)
        return _Read(View(heading, quality=EXACT), EXACT, "", rules)
    reason = f"{_quote(shown)} was brought into the circle as {_digits(heading)}."
    return _Read(View(heading, quality=REPAIRED), REPAIRED, reason, ("D2", "D4"))


def _range(first: str, last: str, item: str) -> _Read:
    """Read a range, clockwise from its first end to its last (D5–D7, D11)."""
    start, end = (_point(end) or 0.0 if end.isalpha() else float(end) for end in (first, last))
    if min(start, end) < LOWEST_DEG or max(start, end) > HIGHEST_DEG:
        return _Read(
            None,
            JUNK,
            f"{_quote(item)} has an end outside -360 to 450 degrees.",
            ("D4", "D5", "D15"),
        )
    names = first.isalpha() and last.isalpha()
    rules = ("D5", "D11") if first.isalpha() or last.isalpha() else ("D5",)
    opening = round(end - start, _DECIMALS)
    if abs(opening) == 360.0:
        return _Read(View(0.0, 360.0), FULL_CIRCLE, "", (*rules, "D6"))
    width = round(opening % 360.0, _DECIMALS) % 360.0
    if width == 0.0:
        heading = round(start % 360.0, _DECIMALS) % 360.0
        reason = f"{_quote(item)} has equal ends: the heading was kept, the width is unknown."
        return _Read(
            View(heading, quality=REPAIRED if heading else ZERO), "", reason, (*rules, "D7")
        )
    quality, reason = RANGE, ""
    if min(start, end) < 0.0 or max(start, end) > 360.0:
        quality, reason, rules = (
            REPAIRED,
            f"{_quote(item)} was brought into the circle.",
            (*rules, "D4"),
        )
    elif names and width >= 180.0:
        # the wiki reads N-W clockwise through east and south; whoever wrote it hardly meant 270
        # degrees
        quality, reason = (
            DOUBTFUL,
            f"{_quote(item)} read clockwise is {_digits(width)} degrees wide.",
        )
    return _Read(View((start + width / 2) % 360.0, width, quality), quality, reason, rules)


def _summary(reads: list[_Read], *, several: bool = False, comma: bool = False) -> Direction:
    """Put the items of one text together (D8, D9, D16, D17)."""
    every = [read.view for read in reads if read.view is not None]
    # of two equal views the better quality stays, so that 0;360 and 360;0 say the same
    best: dict[View, View] = {}
    for view in every:
        best[view] = min(best.get(view, view), view, key=lambda v: VIEW_QUALITIES.index(v.quality))
    views = tuple(best.values())
    refused = {read.quality for read in reads if read.view is None} - {MISSING}
    rules = {rule for read in reads for rule in read.rules}
    rules |= {"D8"} if several else set()
    rules |= {"D9"} if comma else set()
    rules |= {"D16"} if len(views) < len(every) else set()
    if views and refused:
        quality = PARTIAL
        rules.add("D17")
    elif views:
        quality = max((view.quality for view in views), key=VIEW_QUALITIES.index)
    else:
        quality = JUNK if JUNK in refused else RELATIVE if refused else MISSING
    reason = " ".join(dict.fromkeys(read.reason for read in reads if read.reason))
    return Direction(views, quality, reason, tuple(sorted(rules, key=lambda rule: int(rule[1:]))))


def _missing() -> _Read:
    return _Read(None, MISSING, "No direction is given.", ("D14",))


def _junk(reason: str) -> _Read:
    return _Read(None, JUNK, reason, ("D15",))


def _quote(text: str) -> str:
    return f"'{one_line(text, limit=40)}'"
