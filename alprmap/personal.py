"""Personal data in free text (S14, V6): one finder for what files hold and for what people write.

The table is data/aliases/personal.json: patterns of mail addresses, telephone and serial numbers,
prices, names with a rank, a home or a word like "contact" before them, and given names. In records
what is found is replaced by its kind in brackets; in a sighting it is named, and waits for a
person. `published` is the form in which reports may be handed on: the parsed place, not the text.
"""

from __future__ import annotations

import itertools
import json
import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

from alprmap import direction
from alprmap.roadname import is_a_crossing, reads_as_road
from alprmap.shipped import data_path
from alprmap.townname import reads_as_town

if TYPE_CHECKING:
    import pandas as pd

REDACTED = "[…]"
"""What stands in a note where something personal was taken out, or where a text was cut off."""
MOST_CHARS, LONGEST_RECORD = 2_000, 50_000
"""How much of a text is looked through: four times the longest note of a sighting; of a record as
much as a page of a contract holds ten times, and the rest of it is cut off."""
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_DASHES = dict.fromkeys(map(ord, "\u2010\u2011\u2012\u2013\u2014\u2212"), "-")
_SIDE = re.compile(
    r"\b(?P<way>(?:north|south)(?:[ -]?(?:east|west))?|east|west|[ns][ew]?|[ew])[ /-]?(?P<what>"
    r"corner|side|quadrant)\b",
    re.IGNORECASE,
)
_TRAVEL_NAMES = {0.0: "NB", 90.0: "EB", 180.0: "SB", 270.0: "WB"}


@dataclass(frozen=True, slots=True)
class Found:
    """Something personal: what kind, where in the text (start, end), whether there is no doubt."""

    kind: str
    start: int
    end: int
    sure: bool


@dataclass(frozen=True, slots=True)
class Pattern:
    """A line of the table: what it finds, where it is looked for, if in prose only, and whether
    a word like "attn" in it tells that a person follows."""

    kind: str
    sure: bool
    regex: re.Pattern[str]
    where: str
    prose: bool
    cue: bool


@cache
def data() -> dict[str, Any]:
    """Return data/aliases/personal.json."""
    loaded: dict[str, Any] = json.loads(data_path("aliases/personal.json").read_text("utf-8"))
    return loaded


@cache
def patterns() -> tuple[Pattern, ...]:
    """Return the patterns of the table, in its order."""
    return tuple(
        Pattern(
            p["kind"],
            p["sure"],
            re.compile(p["pattern"], re.IGNORECASE if "i" in p["flags"] else 0),
            p.get("in", "both"),
            p.get("prose", False),
            p.get("cue", False),
        )
        for p in data()["patterns"]
    )


@cache
def _given() -> frozenset[str]:
    """Return the given names of the census, but for those that are also names of towns or ordinary
    words: for texts that are a name and nothing else."""
    return frozenset(data_path("aliases/given_names.txt").read_text("utf-8").split())


@cache
def _names() -> tuple[frozenset[str], frozenset[str]]:
    return frozenset(data()["given_names"].split()), frozenset(data()["place_words"].split())


def in_text(text: str, *, where: str = "sightings", of: str = "text") -> list[Found]:
    """Find personal data in free text, in order of place; what lies inside a longer find is not
    named twice.

    Parameters
    ----------
    text
        One value; of a sighting the first `MOST_CHARS` characters are looked through.
    where
        ``"sightings"`` or ``"records"``: which lines of the table are looked for.
    of
        What it is: ``"text"``; a ``"place"``, in which names of persons are looked for unless it is
        named after them ("Chief Joseph Hwy"); a ``"body"``, in which no names are looked for; or a
        body with what stands ``"beside"`` it ("Alder PD, attn Jane Doe"), in which names are looked
        for behind a comma, a bracket or such a word.

    >>> [f.kind for f in in_text("ask ann@example.org or 956-555-0134, near FM 1472")]
    ['e-mail', 'phone']
    >>> in_text("on US 83 @ Mines Rd, 2 heads, pole 12") == []
    True
    """
    # look-alike digits and letters are folded, one character for one, so that places in the text
    # stay true
    most = MOST_CHARS if where == "sightings" else LONGEST_RECORD
    plain = "".join(_folded(c) for c in text[:most]) if not text.isascii() else text[:most]
    found = [
        Found(p.kind, m.start(), m.end(), p.sure)
        for p in patterns()
        if p.where in ("both", where) and not (p.prose and of == "body")
        for m in p.regex.finditer(plain)
        if not (p.prose and of == "beside" and not _stands_beside(plain, m, cue=p.cue))
        if not (p.prose and of == "place" and _named_after(plain, m.end(), m[0]))
    ]
    if of == "text":
        found += _named(plain)
    kept: list[Found] = []
    for one in sorted(found, key=lambda f: (not f.sure, f.start - f.end, f.start, f.kind)):
        if not any(one.start < k.end and k.start < one.end for k in kept):
            kept.append(one)
    return sorted(kept, key=lambda f: f.start)


def _folded(char: str) -> str:
    if char.isascii():
        return char
    folded = unicodedata.normalize("NFKC", char).translate(_DASHES)
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


_APART = re.compile(r"(?:[,;:(/|]|(?<!\w)[-\u2013\u2014])\s*$")
"""What parts a body from a person beside it: "Alder PD, Sgt. A. Nobody", "Alder PD (Chief Doe)"."""


def _stands_beside(text: str, match: re.Match[str], *, cue: bool) -> bool:
    """Tell whether what looks like a person stands beside the name of a body, or is all there is,
    and is no part of that name ("Sheriff Office", "Chief Logan Police Department").
    """
    if _named_after(text, match.end(), match[0]):
        return False
    alone = match.start() == 0 and match.end() == len(text)
    return alone or cue or bool(_APART.search(text, 0, match.start()))


def _named_after(text: str, end: int, name: str) -> bool:
    """Tell whether a place is named after a person: "Chief Joseph Hwy", "Sgt. York Memorial"."""
    following = _WORD.match(text[end:].lstrip(" ."))
    words = [*_WORD.findall(name), *([following[0]] if following else [])]
    return any(w.lower() in _names()[1] for w in words)


def _bare(word: str) -> str:
    """Return a word in lower case without accents."""
    parts = unicodedata.normalize("NFD", word.lower())
    return "".join(c for c in parts if not unicodedata.combining(c))


def redact(text: str) -> str:
    """Return the text of a sighting with everything personal that was found in it taken out.

    >>> redact("call 956-555-0134 first")
    'call […] first'
    """
    for found in reversed(in_text(text)):
        text = text[: found.start] + REDACTED + text[found.end :]
    return text


@lru_cache(maxsize=16_384)
def without_personal(text: str, *, of: str = "text") -> tuple[str, tuple[str, ...]]:
    """Return a text with what looks like a person's data replaced, and the kinds of it, one each.

    Of a ``"body"`` names stay ("Sheriff Office"), of a ``"place"`` those it is named after ("Chief
    Joseph Hwy"); whose home it is goes (see `in_text`).

    >>> without_personal("Requested by Ofc. Jane Placeholder, call 614-555-0199")
    ('Requested by [name], [telephone number]', ('name', 'telephone number'))
    >>> without_personal("NE corner of 1200 Main St, US 59 MP 12.5")
    ('NE corner of 1200 Main St, US 59 MP 12.5', ())
    >>> without_personal("home of John Smith 5551234567", of="body")[0]
    '[name] [telephone number]'
    >>> without_personal("Alder County Sheriff's Office (Sgt. Ann O'Brien-Doe)", of="beside")[0]
    "Alder County Sheriff's Office ([name])"
    """
    written = data()["written"]
    found = in_text(text, where="records", of=of)
    if len(text) > LONGEST_RECORD:
        text = text[:LONGEST_RECORD] + REDACTED
    for one in reversed(found):
        text = f"{text[: one.start]}[{written[one.kind]}]{text[one.end :]}"
    return text, tuple(written[one.kind] for one in found)


def label(text: str) -> str:
    """Return the name of a file, a sheet or a layer as it may stand in ids that are published.

    >>> label("John Smith 512-555-0199"), label("us-2026-01")
    ('[name] [telephone number]', 'us-2026-01')
    """
    spaced = re.sub(r"[_+]+", " ", text)
    if is_a_person(re.sub(r"[-.]+", " ", spaced).strip()):
        return "[name]"
    bare, found = without_personal(spaced)
    return bare if found else text


_COUNTED_ID = re.compile(r"[A-Za-z]{0,4}[-_ #./]?\d{1,18}[A-Za-z]?", re.ASCII)


def record_id(text: str) -> str:
    """Return the id that a source gives a record, or its kind where it is a person's name or mail
    address; numbers stay, whatever they look like.

    >>> record_id("cam-12"), record_id("5125550199"), record_id("j.q@example.org")
    ('cam-12', '5125550199', '[mail address]')
    """
    if _COUNTED_ID.fullmatch(text):
        return text  # what most lists have: letters and a number name nobody
    if is_a_person(re.sub(r"[_+.-]+", " ", text).strip()):
        return "[name]"
    kinds = {f.kind for f in in_text(text, where="records")}
    return without_personal(text)[0] if kinds & {"e-mail", "name of a person"} else text


def is_a_person(text: str) -> bool:
    """Tell whether a text is a person's name and nothing else.

    >>> is_a_person("John Q. Smith"), is_a_person("St. Joseph County Sheriff's Office")
    (True, False)
    """
    words = _WORD.findall(text)
    long = [w for w in words if len(w) > 1]
    if len(text.split()) != len(words) or not 2 <= len(long) <= 3:
        return False
    if any(f.start == 0 and f.end <= len(text) for f in _named(_initials(text))):
        return True
    body = frozenset(f"{data()['body_words']} {data()['beside_words']}".split())
    other = {_bare(w) for w in long} & (_names()[1] | body)
    return is_a_given_name(long[0]) and not other


def is_a_given_name(word: str) -> bool:
    """Tell whether a word is a given name of the census, in whatever case, and no town's."""
    return _bare(word) in _given()


def _initials(text: str) -> str:
    return re.sub(r"(?<=\w) [A-Z]\.?(?= )", "", text)


def published(
    reports: pd.DataFrame, *, is_a_place: Callable[[str], bool] | None = None
) -> pd.DataFrame:
    """Return reports as they may be published: `place_raw` is the parsed place (roads, side,
    travel, town), not the text of the source, and there are no notes.

    Of roads only what reads as one is published (`alprmap.roadname`); of a town
    only what `is_a_place` knows (`alprmap.geography.is_a_place`) or, in a column of towns, what
    reads as one (`alprmap.townname`). A direction that
    cannot be read as one is left out; `changes` keeps what was changed, without the value.
    """
    out = reports.copy()
    if "town" in out.columns:
        pairs = zip(_cells(reports, "town"), _cells(reports, "place_raw"), strict=True)
        out["town"] = _column([_town(v, raw, is_a_place) for v, raw in pairs], out)
    if "vendor_raw" in out.columns:
        both = map(_maker, _cells(reports, "vendor_raw"), _cells(reports, "vendor"))
        out["vendor_raw"] = _column(list(both), out)
    if "place_raw" in out.columns:
        columns = ("place_raw", "road", "road_at", "travel_deg", "town")
        parts = zip(*(_cells(out, name) for name in columns), strict=True)
        out["place_raw"] = _column([_place(*part) for part in parts], out)
    for name in ("road", "road_at"):
        if name in out.columns:
            pairs = zip(_cells(reports, name), _cells(reports, "place_raw"), strict=True)
            out[name] = _column([_shown_road(v, raw) for v, raw in pairs], out)
    if "note" in out.columns:
        out["note"] = _column([None] * len(out), out)
    if "direction_raw" in out.columns:
        texts = _cells(out, "direction_raw")
        pairs = zip(texts, direction.parse_column(texts), strict=True)
        shown = [_shown_direction(str(t), d.views) for t, d in pairs]
        out["direction_raw"] = _column(shown, out)
    if "changes" in out.columns:
        out["changes"] = _column([v and _groups(v) for v in _cells(out, "changes")], out)
    return out


_OWN_NOTES = re.compile(
    r"the source names \d+ cameras here|reads [NSEWB, \d.°]+|location withheld by the source"
)
"""What alprmap itself writes into notes: nobody's words."""
MOST_WORDS = 12
"""A place of more words is prose ("NB US 59 frontage road just south of Loop 12" has 10)."""
_SENTENCE = re.compile(r"[a-z]{3,}[.!?]\s+[A-Z]|[!?;]|\n")


def handed_on(
    reports: pd.DataFrame, *, is_a_place: Callable[[str], bool] | None = None
) -> pd.DataFrame:
    """Return reports as `read` writes them where its user says: as `published`, but the words of a
    place stay where they name a place and nothing else, and of notes what alprmap wrote itself.

    Shapes and index as given.
    """
    out = published(reports, is_a_place=is_a_place)
    if "place_raw" in out.columns:
        pairs = zip(_cells(reports, "place_raw"), _cells(out, "place_raw"), strict=True)
        out["place_raw"] = _column(
            [raw if _names_a_place(raw) else bare for raw, bare in pairs], out
        )
    if "note" in out.columns:
        out["note"] = _column([_own_note(v) for v in _cells(reports, "note")], out)
    return out


@lru_cache(maxsize=16_384)
def _names_a_place(raw: Any) -> bool:
    """Tell whether a text is a place in words or a label, and no prose.

    >>> _names_a_place("Site 1"), _names_a_place("11 W/B 3rd Av/Humboldt St"), _names_a_place(
    ...     "Main St, ask Jane at the desk")
    (True, True, False)
    """
    text = "" if raw is None else str(raw)
    if not text or len(text.split()) > MOST_WORDS or _SENTENCE.search(text):
        return False
    if _asides_alone().search(text) or is_a_person(text):
        return False
    return not in_text(text, where="records", of="place")


def _own_note(note: Any) -> str | None:
    if note is None:
        return None
    parts = [p for p in str(note).split("; ") if _OWN_NOTES.fullmatch(p)]
    side = _SIDE.search(str(note))
    return "; ".join([*([side[0]] if side else []), *parts]) or None


def _cells(frame: pd.DataFrame, name: str) -> list[Any]:
    if name not in frame.columns:
        return [None] * len(frame)
    return [None if v is None or v != v else v for v in frame[name].tolist()]


def _column(values: list[str | None], frame: pd.DataFrame) -> pd.Series:
    import pandas as pd

    return pd.Series(values, index=frame.index, dtype="str")


def _safe(value: Any) -> str | None:
    return None if value is None else without_personal(str(value), of="place")[0]


@cache
def _asides() -> re.Pattern[str]:
    return re.compile(rf"\s*(?:[,;:(\[]|{_aside_words()}).*", re.I | re.S)


@cache
def _aside_words() -> str:
    """Return the pattern of words behind which a text is no longer a place, unless one of them
    begins the name of a place ("Home Ave", "Key Bridge")."""
    words = "|".join(map(re.escape, data()["asides"].split(", ")))
    places = "|".join(map(re.escape, sorted(_names()[1], key=lambda w: (-len(w), w))))
    return rf"(?<!\w)(?:{words})\b(?! (?:{places})\b)"


@cache
def _asides_alone() -> re.Pattern[str]:
    return re.compile(_aside_words(), re.I)


@lru_cache(maxsize=16_384)
def _road(value: Any, crossing: bool = False) -> str | None:
    """Return the name of a road alone: what stands behind a comma, or after a word like "ask" or
    "behind", is no part of it; None for what does not read as a road, unless it is one of two names
    that cross.

    >>> _road("Oak St, ask Jane"), _road("Mill Rd gate code 4411"), _road("Ask Jane")
    ('Oak St', 'Mill Rd', None)
    """
    if value is None:
        return None
    bare = _safe(_asides().sub("", str(value)).strip() or None)
    return bare if bare and (crossing or reads_as_road(bare)) else None


_HOUSE = re.compile(r"#?\d{2,6}[A-Za-z]?\s+(?!(?:st|nd|rd|th)\b)(?=[^\W\d])")


def _at_a_home(raw: Any) -> bool:
    """Tell whether a text about a place speaks of whoever lives there."""
    text = str(raw or "")
    left = any(f"[{word}]" in text for word in data()["written"].values())
    return left or bool(_asides_alone().search(text) or in_text(text, where="records"))


def _shown_road(value: Any, raw: Any) -> str | None:
    """Return the name of a road as it may be published; without the number of a house where the
    text around it speaks of a person."""
    whole = str(raw or "")
    road = _road(value, is_a_crossing(whole) and not in_text(whole, where="records"))
    return None if road and _HOUSE.match(road) and _at_a_home(raw) else road


def _maker(raw: str | None, known: str | None) -> str | None:
    """Return the maker as written, and a word beside it (what it is called there); of a text that
    says more, or speaks of a person, the maker alone."""
    most = 4 if known is None else len(str(known).split()) + 1
    personal = _at_a_home(raw) or is_a_person(str(raw or ""))
    return known if raw and (personal or len(str(raw).split()) > most) else raw


def _town(value: Any, raw: Any, is_a_place: Callable[[str], bool] | None) -> str | None:
    """Return the name of a town: words and no number, nobody's, and a known one, or one that reads
    as a town's where a column says so."""
    # in brackets a state; anything else there is no part of the name
    text = re.sub(r"\s*[(\[](?![A-Z]{2}[)\]]).*", "", "" if value is None else str(value))
    if (
        is_a_place is not None
        and text
        and not (is_a_place(text) if text in str(raw or "") else reads_as_town(text, is_a_place))
    ):
        return None
    plain = re.fullmatch(r"[^\W\d_][\w .,'’()-]{0,60}", text) and not re.search(r"\d", text)
    personal = _asides_alone().search(text) or is_a_person(text)
    return text if plain and not personal and not in_text(text, where="records") else None


_WAY_WORDS = re.compile(
    r"(?:[nesw]|north|south|east|west|(?:nort|sout)h(?:ea|we)st|[ns][ew]|[ns][ns][ew]|[ew][ns][ew]"
    r"|[nsew]/?b|\w+bound|bound|facing|degrees?|deg|traffic|lanes?|all|both|true|rear|front|heading"
    r"|ward|to|toward|towards|and|from|the|t|away)",
    re.IGNORECASE,
)


def _shown_direction(text: str, views: tuple[direction.View, ...]) -> str | None:
    """Return a direction as it may be published: as written where every word is one of a
    direction, else what was read of it."""
    if not views:
        return None
    if all(_WAY_WORDS.fullmatch(w) for w in re.findall(r"[^\W\d_]+(?:/[^\W\d_])?", text)):
        return _safe(text)
    return direction.format_direction(views)


def _place(raw: Any, road: Any, road_at: Any, travel: Any, town: Any) -> str | None:
    """Return the parsed place in words: only what a road, a side, traffic or a town is called."""
    found = _SIDE.search(str(raw)) if raw is not None else None
    side = f"{found['way']} {found['what']}".lower() if found else None
    mark = _TRAVEL_NAMES.get(travel) if travel is not None else None
    first, other = _shown_road(road, raw), _shown_road(road_at, raw)
    road, road_at = first or other, other if first else None
    roads = f"{road} at {road_at}" if road and road_at else road
    parts = [roads, side, mark, town]
    return _safe(", ".join(str(p) for p in parts if p) or None)


def _groups(changes: Any) -> str:
    return "; ".join(dict.fromkeys(c.split(": ")[0] for c in str(changes).split("; ")))
