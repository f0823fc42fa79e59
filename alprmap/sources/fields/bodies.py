"""Who runs a camera is a body: what else a column of operators holds is nobody's business (S14).

The text is taken apart at its separators. A part stays when it names a body (by the tables of
alprmap.agencies, or a word like "Association"), a place of the United States, a maker, or a part
of a body ("North Precinct", "inactive"). Anything else beside a body is somebody: a contact, an
owner, whoever filled the form in. Where no part names a body, each part stays that says nothing, or
is called as a business or a place is ("Mellody Farms"); one word that no table knows, and two or
three without such a word, are a person's name as well as any. A column of makers goes through the
same gate (`maker_in`): there known makers, models and devices stay.
"""

from __future__ import annotations

import difflib
import re
from functools import cache, lru_cache

from alprmap import agencies, geography
from alprmap.personal import data, is_a_given_name, is_a_person
from alprmap.shipped import alias_rows
from alprmap.sources.fields import vocabulary
from alprmap.townname import has_a_towns_form

NAME, NUMBER = "[name]", "[number]"
_LONG_NUMBER = re.compile(r"#?\d{1,4}(?:[./-]\d+)+|#?\d{5,}")
_ADDRESS = re.compile(
    r"://|\bwww\.|^@|\b[\w.-]+\.(?:com|org|net)\b|\bat \w+ dot \w+", re.IGNORECASE
)
_INITIALS = re.compile(
    r"(?:[A-Z](?:\. ?| )){1,2}[A-Z][\w’'-]{2,}|[A-Z][\w’'-]{2,},? (?:[A-Z]\.){1,2}"
)
_BOUND = frozenset({"of", "for", "to", "at", "in", "and", "&", "the", "de", "del", "la"})


@cache
def _words(name: str) -> frozenset[str]:
    return frozenset(str(data()[name]).split())


@cache
def _marks() -> re.Pattern[str]:
    """Return the pattern of what `alprmap.personal` leaves where it took something out, and of
    dates: a day beside a body is somebody's birthday or a matter of the list."""
    left = "|".join(re.escape(f"[{w}]") for w in data()["written"].values())
    return re.compile(
        rf"{left}|(?<![\w./-])(?:\d{{1,2}}[./-]\d{{1,2}}[./-]\d{{2,4}}|\d{{4}}[./-]\d{{1,2}}[./-]\d{{1,2}})(?![\w/-])"
    )


@cache
def _separators() -> re.Pattern[str]:
    cues = "|".join(re.escape(w) for w in data()["cues"].split(", "))
    return re.compile(
        rf"\s*[,;:|/()\[\]]\s*|\s+[-\u2013\u2014]+\s+|(?:\s+|^)(?:{cues})(?!\w)\.?\s+", re.I
    )


@cache
def _state_codes() -> frozenset[str]:
    """Return the codes of states, which alone are no body ("Rainbow Hills (CA)"); short for a
    sheriff's department or a county, two of them may be one."""
    return frozenset(r["code"] for r in alias_rows("states")) - {"SD", "CO"}


def _plain(text: str) -> list[str]:
    return agencies.plain(text).split()


def _is_body_word(word: str) -> bool:
    plain = agencies.plain(word).replace(" ", "")
    if plain in _words("body_words"):
        return True
    if re.search(r"police|sheriff|department|[a-z](?:pd|hoa)$", plain) or _misspelled(plain):
        return True
    return word.isupper() and word.isalpha() and len(word) <= 5 and not is_a_given_name(word)


@lru_cache(maxsize=16_384)
def _misspelled(word: str) -> bool:
    """Tell whether a word is one of a body, written in a hurry: "Sherrif", "Deptment"."""
    return bool(difflib.get_close_matches(word, ("sheriff", "department", "police"), cutoff=0.72))


@lru_cache(maxsize=16_384)
def names_a_body(text: str) -> bool:
    """Tell whether a text names a body: by the tables, or by a word that only bodies have.

    >>> [names_a_body(t) for t in ("Laredo PD", "Lake of the Pines Association", "Snickersby")]
    [True, True, False]
    """
    if agencies.kind_of(text) != "unknown" or vocabulary.vendor(text) is not None:
        return True
    return any(_is_body_word(w) for w in text.split())


@lru_cache(maxsize=16_384)
def body_in(text: str) -> str:
    """Return the name of an operator with what is neither a body nor a place replaced by its kind.

    >>> body_in("Alder PD - Wilbur Snickersby"), body_in("Alder PD (TX)"), body_in("Doe, Wilbur")
    ('Alder PD - [name]', 'Alder PD (TX)', '[name]')
    """
    masked, marks = _masked(" ".join(text.split()))
    parts = _split(masked)
    bodies = [bool(t) and t not in _state_codes() and names_a_body(t) for t, _ in parts]
    if any(bodies):
        bare = any(b and _is_bare(t) for (t, _), b in zip(parts, bodies, strict=True))
        shown = []
        behind = (*bodies[1:], False)
        for (part, gap), body, next_is in zip(parts, bodies, behind, strict=True):
            if body:
                shown.append(_body_alone(part) + gap)
            elif not part or "\ue000" in part or _goes_with_a_body(part):
                shown.append(part + gap)
            elif gap == "/" and next_is and len(_plain(part)) == 1 and not is_a_given_name(part):
                shown.append(part + gap)  # "Carmel/Putnam County Sheriff": a place before its body
            elif bare and gap.strip() == "," and len(_plain(part)) <= 2 and not _is_somebody(part):
                shown.append(part + gap)  # "Alamogordo, City of": the place of the body
                bare = False
            else:
                shown.append(_kind(part) + gap)
        out = "".join(shown)
    elif _is_somebody(masked):
        out = NAME
    else:
        out = "".join((t if _may_stay(t) else _kind(t)) + gap for t, gap in parts)
    return _unmasked(out, marks)


@lru_cache(maxsize=16_384)
def maker_in(text: str) -> str:
    """Return what a column of makers says with what is no maker, model or device replaced by its
    kind.

    >>> maker_in("Flock (Snickersby)"), maker_in("Kapsch VRX-350x"), maker_in("Snickersby")
    ('Flock ([name])', 'Kapsch VRX-350x', '[name]')
    """
    if vocabulary.is_a_makers_name(text):
        return text
    masked, marks = _masked(" ".join(text.split()))
    parts = _split(masked)
    if len(parts) > 1 and _is_somebody(masked) and not any(map(_made, (t for t, _ in parts))):
        return NAME
    shown = [_maker_alone(part) + gap for part, gap in parts]
    return _unmasked("".join(shown), marks)


def maker_of(text: str) -> str | None:
    """Return the maker that a text names: by its name in the table, as written where no table
    knows it, None where it may as well be a person.

    >>> maker_of("Flock (Snickersby)"), maker_of("Acme Technologies"), maker_of("Snickersby")
    ('Flock Safety', 'Acme Technologies', None)
    """
    known = vocabulary.vendor(text)
    if known is not None:
        return known.name
    shown = maker_in(text)
    if shown == text:
        return text
    found = {m.name for part, _ in _split(text) if (m := _made(part))}
    return found.pop() if len(found) == 1 else None


def _made(part: str) -> vocabulary.Vendor | None:
    """Return the maker that a part names, or begins with."""
    words = part.split()
    heads = (vocabulary.vendor(" ".join(words[:n])) for n in range(len(words), 0, -1))
    return next((m for m in heads if m), None)


def _maker_alone(part: str) -> str:
    words = part.split()
    sizes = range(len(words), 0, -1)
    count = next((n for n in sizes if vocabulary.is_a_makers_name(" ".join(words[:n]))), 0)
    rest = words[count:]
    if all("\ue000" in w or _says_a_model(w) for w in rest) or (not count and _may_stay(part)):
        return part
    return " ".join([*words[:count], _kind(" ".join(rest))])


def _says_a_model(word: str) -> bool:
    plain = _plain(word)
    known = _words("model_words") | _words("body_words") | _words("beside_words") | _BOUND
    return all(w in known or len(w) == 1 or re.search(r"\d", w) for w in plain)


def _masked(text: str) -> tuple[str, list[str]]:
    """Return a text with what was taken out before, and dates, hidden; and what stands there."""
    marks: list[str] = []

    def hidden(match: re.Match[str]) -> str:
        marks.append(match[0] if match[0].startswith("[") else NUMBER)
        return f"\ue000{len(marks) - 1}\ue001"

    return _marks().sub(hidden, text), marks


def _unmasked(text: str, marks: list[str]) -> str:
    return re.sub("\ue000(\\d+)\ue001", lambda m: marks[int(m[1])], text)


def _split(text: str) -> list[tuple[str, str]]:
    """Return the parts of a text, each with what separates it from the next."""
    parts, start = [], 0
    for match in _separators().finditer(text):
        parts.append((text[start : match.start()], match[0]))
        start = match.end()
    parts.append((text[start:], ""))
    return parts


def _is_bare(part: str) -> bool:
    """Tell whether a part is a body without a name of its own: "City of", "Police Department"."""
    return all(w in _words("body_words") or w in _BOUND or w == "city" for w in _plain(part))


def _goes_with_a_body(part: str) -> bool:
    if geography.is_a_place(part):
        return True
    words = _plain(part)
    return all(w in _words("beside_words") or w in _BOUND or _short_number(w) for w in words)


def _short_number(word: str) -> bool:
    return bool(re.fullmatch(r"[a-z]{0,3}\d{1,4}[a-z]?|\d{1,4}(?:st|nd|rd|th)", word))


def _kind(part: str) -> str:
    return NAME if re.search(r"[^\W\d_]{2}", part) else NUMBER


def _body_alone(part: str) -> str:
    """Return a part that names a body without what follows the body: "Alder PD Wilbur Doe"."""
    words = part.split()
    last = max((i for i, w in enumerate(words) if _is_body_word(w)), default=len(words) - 1)
    rest = words[last + 1 :]
    if rest and rest[0].lower() in _BOUND:
        rest = []
    tail = " ".join(rest)
    first_is_body = _is_body_word(words[0]) and not any(_LONG_NUMBER.fullmatch(w) for w in rest)
    known = agencies.kind_of(" ".join(words[: last + 1])) == "unknown"
    if not rest or first_is_body or known or "\ue000" in tail or _goes_with_a_body(tail):
        return part
    return " ".join([*words[: last + 1], _kind(tail)])


_APART = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_WIKIDATA = re.compile(r"Q\d+")
_LONGEST_NAME = 3
"""Words of a person's name; a longer text is a title ("The Corners of Brookfield")."""
_TOWN_LETTERS = 5
"""Letters of a town's name by which a text of two or three words is told to be no person's: shorter
ones ("Van", "Dale") are parts of names."""


def _may_stay(part: str) -> bool:
    """Tell whether a text without a body is nobody's name: it says nothing, or is called as a
    business or a place is."""
    if not re.search(r"[^\W\d_]{2}", part) or "\ue000" in part or vocabulary.is_missing(part):
        return True
    if _goes_with_a_body(part) or _WIKIDATA.fullmatch(part):
        return True
    said = _plain(_APART.sub(" ", part))
    if len(said) > 1 and len(_plain(part)) == 1:  # "PulteGroup", "BrookhavenTown"
        return names_a_body(_APART.sub(" ", part))
    if len(said) < 2:
        return has_a_towns_form(part)
    business = any(w in _words("business_words") for w in said) or has_a_towns_form(part)
    if business or len(said) > _LONGEST_NAME:
        return not _is_somebody(part)
    spans = (said[i:j] for i in range(len(said)) for j in range(i + 1, len(said) + 1))
    names = (" ".join(s) for s in spans)
    return any(len(n) >= _TOWN_LETTERS and geography.is_a_place(n) for n in names)


def _is_somebody(text: str) -> bool:
    """Tell whether a text without a body looks like a person."""
    words = _plain(text)
    if not words or geography.is_a_place(text):
        return False
    if _ADDRESS.search(text) or is_a_person(text) or _INITIALS.fullmatch(text.strip()):
        return True
    if len(words) > 1 and (words[0] in _words("titles") or words[-1] in _words("home_words")):
        return True
    if words[-1] in ("jr", "sr", "phd", "esq", "iii"):
        return True
    parts = [p for p, _ in _split(text)]
    if len(parts) == 1:
        return False
    # "DOE, WILBUR": two names and a comma; a place has a state or a county there
    named = [p for p in parts if p and not _goes_with_a_body(p)]
    return "," in text and len(named) == len(parts) == 2 and all(len(_plain(p)) <= 2 for p in named)
