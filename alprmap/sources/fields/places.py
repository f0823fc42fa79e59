"""The place in words of a row: which text it is, what it says of roads and travel, and the setting
it names."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import Any

from alprmap import direction
from alprmap.locate import PlaceText, parse_place
from alprmap.sources.fields import anywhere, coordinates, dates, geometry_text, vocabulary
from alprmap.sources.fields.numbers import parse_decimal as decimal
from alprmap.text import as_text, clean

_WORDS = re.compile(r"[a-z0-9]+")
_MARK_KINDS = ("crossing", "ramp", "between", "block", "address", "milepost", "exit", "road")
"""Kinds of `alprmap.locate.grammar` that name a road; of the others no road is taken."""
LARGEST_ERROR_M = 100_000.0
"""Beyond it a stated error says no more than which state: it is taken as a slip."""


_LABEL = re.compile(r"(?P<word>[A-Za-z#][A-Za-z .#_:-]{0,30})\d{1,6}[A-Za-z]?", re.ASCII)
_TAIL = r"(?:\s*(?:on\s+)?[\d/.-]{4,10}(?![\w/]))?"
_HELPERS = r"(?:(?:camera|device|reader|was|has been|is|now)\s+){0,3}"


@lru_cache(maxsize=8192)
def label(name: Any) -> str | None:
    """Return a name that only numbers its camera, so that it can be the source's own key (S13).

    >>> label("Cam 2"), label("LPR #014"), label("US 59"), label("12 Main St")
    ('Cam 2', 'LPR #014', None, None)
    """
    found = _LABEL.fullmatch(clean(as_text(name))[0]) if name is not None else None
    word = "" if found is None else found["word"].strip(" -_:.#") or "#"
    return found[0] if found is not None and vocabulary.word("label", word) else None


@cache
def _notes() -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Return the patterns of a note on the status before and behind a place, from
    data/aliases/statuses.csv."""
    known = {p.words for p in vocabulary.phrases("statuses") if p.where == "row"}
    longest = sorted(known, key=lambda w: (-len(w), w))
    note = r"\b(?:" + "|".join(w.replace(" ", r"[\s_-]+") for w in longest) + r")\b"
    before = r"^[\s(\[*]*(?P<note>" + note + _TAIL + r")[\s)\]*:,;–-]+(?:(?:from|at)\s+)?(?=\S)"
    behind = r"[\s,;:(\[*–-](?P<note>" + _HELPERS + note + r".*)$"
    alone = r"\s*[(\[](?P<note>[^()\[\]]{3,60})[)\]]\s*$"
    return (
        re.compile(before, re.IGNORECASE),
        re.compile(rf"{behind}|{alone}".replace("(?P<note>[^", "(?P<aside>[^"), re.IGNORECASE),
    )


@lru_cache(maxsize=16_384)
def without_status(text: str) -> tuple[str, str | None]:
    """Return (a place in words without asterisks and without a note on its status, that note).

    >>> without_status("** Main St & 5th St decommissioned 08/15/2025, pole struck **")
    ('Main St & 5th St', 'decommissioned 08/15/2025, pole struck')
    >>> without_status("OUT OF SERVICE - I-31 N/B MM 12.2"), without_status("*Main St*")
    (('I-31 N/B MM 12.2', 'OUT OF SERVICE'), ('Main St', None))
    """
    plain = text.strip(" *")  # a list marks what it has to say with asterisks
    for pattern in _notes():
        found = pattern.search(plain)
        aside = found.groupdict().get("aside") if found else None
        if aside and vocabulary.status_in(aside) is None:
            continue
        rest = found and (plain[: found.start()] + plain[found.end() :]).rstrip(" *,;:([–-").lstrip(
            " *,;:)]–-"
        )
        if found and rest:
            return rest, (found["note"] or aside or "").strip(" *,;:()[]–-")
    return plain or text, None


@lru_cache(maxsize=65_536)
def _parsed(text: str) -> PlaceText:
    return parse_place(text)


def fill(
    picked: dict[str, Any], out: dict[str, Any], done: list[str], *, record: bool = False
) -> None:
    """Put `place_raw`, `road`, `road_at`, `travel_deg`, `town`, `county` and `state` of a row into
    `out`, and what else it says into `place_note`.

    In a `record`, a direction column may name the traffic ("E/B")."""
    for name, column in (("town", "city"), ("county", "county"), ("state", "state")):
        out[name] = _text(picked.get(column), done)
    notes: list[str] = []
    given = [
        t
        for v in picked.get("place", ())
        if (t := _text(anywhere.on_one_line(v), done))
        and coordinates.parse_point(t) is None
        and geometry_text.read(t) is None
    ]
    place = next(iter(given), None) or _place_in_prose(picked, done)
    road = _text(picked.get("road"), done)
    if place and road is None and _CROSSED & picked.keys() and _parsed(place).kind == "road":
        place, road = None, place  # "Location" holds the road, the next column what crosses it
    place, road = _of_roads(picked, out, place, road, done)
    if place and road is None and (across := _text(picked.get("road_at"), done)):
        notes.append(f"cross street: {across}")
    if place:
        words, gone = without_status(anywhere.behind(place)[0])
        parsed = _parsed(words)
        if gone:
            notes.append(gone)
        if not road and parsed.kind in _MARK_KINDS:
            out["road"], out["road_at"] = parsed.road, parsed.road_at
        out["travel_deg"], out["town"] = parsed.travel_deg, out["town"] or parsed.town
        if parsed.number and "id" not in picked:
            picked["id"] = parsed.number
        if parsed.kind != "withheld":
            notes.extend(parsed.notes)
        else:
            notes.append("location withheld by the source")
        out["place_count"] = parsed.count
    out["place_raw"] = place
    _travel(picked, out, notes, done)
    if record and "travel" not in picked:
        _traffic(picked, out, notes)
    out["place_note"] = "; ".join(notes) or None


def where(picked: dict[str, Any]) -> tuple[str, str]:
    """Return (town, state) that the words of a row's place end in, empty where they name none.

    >>> where({"place": ["5th Ave & W 34th St, New York, NY"]}), where({"place": ["12 Main St"]})
    (('New York', 'NY'), ('', ''))
    """
    for value in picked.get("place", ()):
        if isinstance(value, str) and "," in value:
            told = _parsed(clean(anywhere.on_one_line(value))[0])
            if told.town or told.state:
                return told.town or "", told.state or ""
    return "", ""


_CROSSED = frozenset(["road_at", "milepost", "road_from", "road_to"])
"""Fields of what a road crosses, or of where on it."""


def _of_roads(
    picked: dict[str, Any],
    out: dict[str, Any],
    place: str | None,
    road: str | None,
    done: list[str],
) -> tuple[str | None, str | None]:
    """Return (place, road) of a row whose place stands in several columns: a road with its
    crossing, milepost, block, number or stretch; fill `road` and `road_at`."""
    texts = {
        name: t
        for name in ("road_at", "milepost", "road_from", "road_to", "block", "house_number")
        if (t := _text(picked.get(name), done))
    }
    if road is None and (marked := _text(picked.get("highway"), done)) and " " in marked + " ":
        # a column "highway" of a list, not the tag of OpenStreetMap
        road = marked if "man_made" not in picked and _parsed(marked).kind == "road" else None
    if road is None:
        return place, None
    at, post = texts.get("road_at"), texts.get("milepost")
    if place is None and not texts and _parsed(road).kind in ("crossing", "between", "exit"):
        return road, None  # a column "street" that holds whole crossings
    if post:
        post = post if post[:1].isalpha() else f"MP {post}"
    ends = [texts.get(n) for n in ("road_from", "road_to")]
    ends = [e for e in ends if e and dates.parse_date(e) is None]
    if place is None and not at and not post:
        number, block = texts.get("house_number"), texts.get("block")
        if len(ends) == 2:
            return f"{road} between {ends[0]} and {ends[1]}", None
        if number and number[:1].isdigit():
            return f"{number} {road}", None
        if block and block[:1].isdigit():
            return f"{block.split()[0]} block of {road}", None
        at = ends[0] if ends else None
    out["road"], out["road_at"] = road, at or post
    return place or (f"{road} at {out['road_at']}" if out["road_at"] else road), road


def _place_in_prose(picked: dict[str, Any], done: list[str]) -> str | None:
    """Return a description or name that the place grammar reads as a crossing, ramp, milepost …,
    else None."""
    for name in ("description", "name"):
        text = _text(picked.get(name), done)
        if text and _parsed(text).kind in _MARK_KINDS and _parsed(text).kind != "road":
            return text
    return None


def _travel(picked: dict[str, Any], out: dict[str, Any], notes: list[str], done: list[str]) -> None:
    """Read the columns that state a direction of travel; more than one goes to the note, for a cell
    holds one."""
    stated = []
    for value in picked.get("travel", ()):
        text = _text(value, done)
        if text is None:
            continue
        words = [
            w
            for w in text.replace(",", " ").replace("/", " ").replace("&", " ").split()
            if w.casefold() not in vocabulary.words("travel filler")
        ]
        whole = vocabulary.word("travel", text)
        known = [whole] if whole else [_heading(w) for w in words]
        if all(known):
            stated += [k for k in known if k]
        else:
            notes.append(f"travel: {text}")
    _reads([float(s) for s in stated], out, notes)


def _heading(word: str) -> str | None:
    """Return the direction of a word of travel, or of a compass point in any language."""
    if known := vocabulary.word("travel", word):
        return known
    return f"{direction.parse(word).views[0].heading_deg:g}" if vocabulary.is_point(word) else None


def _traffic(picked: dict[str, Any], out: dict[str, Any], notes: list[str]) -> None:
    """Take the directions of traffic that a direction column names: lists of records mean the
    traffic by it.

    The text stays in `direction_raw` too: merge reads the same direction from it (quality `travel`)
    and takes `travel_deg` first, so that nothing counts twice.
    """
    value = picked.get("direction")
    if isinstance(value, str):
        views = direction.parse(clean(value)[0]).views
        if views and all(v.quality == direction.TRAVEL for v in views):
            _reads([v.heading_deg for v in views], out, notes)


def _reads(stated: list[float], out: dict[str, Any], notes: list[str]) -> None:
    """Put one direction of travel into `travel_deg`, several into the notes, for a cell holds
    one.
    """
    stated = list(dict.fromkeys(stated))
    if len(stated) == 1:
        out["travel_deg"] = stated[0]
    elif stated:
        names = {0.0: "NB", 90.0: "EB", 180.0: "SB", 270.0: "WB"}
        notes.append("reads " + ", ".join(names.get(s, f"{s:g}°") for s in stated))


def error_m(picked: dict[str, Any], done: list[str]) -> float | None:
    """Return the position error that a row states itself, meters, None when it states none in (0,
    100 km]."""
    value = picked.get("error_m")
    if value is None:
        return None
    stated = decimal(value)
    if stated is not None and 0.0 < stated <= LARGEST_ERROR_M:
        return stated
    done.append(f"position error not readable: {as_text(value)[:40]}")
    return None


def located_by(picked: dict[str, Any], out: dict[str, Any]) -> None:
    """Set how a point was found, where the row says so itself or, in a sighting, says from which
    words (V1)."""
    if "lon" not in out or not ("evidence" in picked or "located_by" in picked):
        return
    evidence = word_of(picked.get("evidence"), "evidence")
    stated = word_of(picked.get("located_by"), "located by")
    if stated is None and evidence is not None and picked.get("man_made") == "surveillance":
        if out.get("place_raw"):
            stated = vocabulary.word("located by kind", _parsed(out["place_raw"]).kind)
        elif evidence in ("record", "second-hand"):
            stated = "coordinates"  # nobody stood there
    out["located_by"] = stated or out["located_by"]


def word_of(value: Any, which: str) -> str | None:
    """Return the word that a cell stands for in list `which` of data/aliases/words.csv, None when
    it has none."""
    return vocabulary.word(which, clean(value)[0]) if isinstance(value, str) else None


def _text(value: Any, done: list[str]) -> str | None:
    if value is None:
        return None
    text, change = clean(as_text(value))
    if change:
        done.append(change)
    return None if not text or vocabulary.is_missing(text) else text


def setting(picked: dict[str, Any], place: str | None) -> str:
    """Return where the camera stands, only where a field or a place in words says so by the tables
    (S8)."""
    for field, words in (("setting", "setting"), ("zone_tag", "setting zone")):
        value = picked.get(field)
        if isinstance(value, str) and (known := vocabulary.word(words, clean(value)[0])):
            return known
    texts = [place, *(picked.get(f) for f in ("name", "description", "ref"))]
    for text in texts:
        if isinstance(text, str) and (found := _said(text[:400])):
            return found
    return (vocabulary.word("setting kind", _parsed(place).kind) if place else None) or "unknown"


@lru_cache(maxsize=65_536)
def _said(text: str) -> str | None:
    plain = f" {' '.join(_WORDS.findall(text.casefold()))} "
    return next(
        (v for words, v in vocabulary.words("setting text").items() if f" {words} " in plain), None
    )
