"""Who runs a camera is a body: what else a column of operators holds is nobody's business (S14).

The text is taken apart at its separators. A part stays when it names a body (by the tables of
alprmap.agencies, or a word like "Association"), a place of the United States, a maker, or a part
of a body ("North Precinct", "inactive"). Anything else beside a body is somebody: a contact, an
owner, whoever filled the form in. Where no part names a body, the text stays unless it looks like a
person.
"""

from __future__ import annotations

import difflib
import re
from functools import cache, lru_cache

from alprmap import agencies, geography
from alprmap.personal import data, is_a_person
from alprmap.sources.fields import vocabulary

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
    """Return the pattern of what `alprmap.personal` leaves where it took something out."""
    return re.compile("|".join(re.escape(f"[{w}]") for w in data()["written"].values()))


@cache
def _separators() -> re.Pattern[str]:
    cues = "|".join(re.escape(w) for w in data()["cues"].split(", "))
    return re.compile(
        rf"\s*[,;:|/()\[\]]\s*|\s+[-\u2013\u2014]+\s+|\s+(?:{cues})(?!\w)\.?\s+", re.I
    )


def _plain(text: str) -> list[str]:
    return agencies.plain(text).split()


def _is_body_word(word: str) -> bool:
    plain = agencies.plain(word).replace(" ", "")
    if plain in _words("body_words"):
        return True
    if re.search(r"police|sheriff|department|[a-z]pd$", plain) or _misspelled(plain):
        return True
    return word.isupper() and word.isalpha() and len(word) <= 5


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
    marks: list[str] = []

    def hidden(match: re.Match[str]) -> str:
        marks.append(match[0])
        return f"\ue000{len(marks) - 1}\ue001"

    masked = _marks().sub(hidden, text)
    parts = _split(masked)
    bodies = [bool(t) and names_a_body(t) for t, _ in parts]
    if any(bodies):
        bare = any(b and _is_bare(t) for (t, _), b in zip(parts, bodies, strict=True))
        shown = []
        for (part, gap), body in zip(parts, bodies, strict=True):
            if body:
                shown.append(_body_alone(part) + gap)
            elif not part or "\ue000" in part or _goes_with_a_body(part):
                shown.append(part + gap)
            elif gap == "/" and len(_plain(part)) == 1:
                shown.append(part + gap)  # "Carmel/Putnam County Sheriff": a place before its body
            elif bare and len(_plain(part)) <= 2 and not _is_somebody(part, gap):
                shown.append(part + gap)  # "Alamogordo, City of": the place of the body
                bare = False
            else:
                shown.append(_kind(part) + gap)
        out = "".join(shown)
    else:
        out = NAME if _is_somebody(masked, "") else masked
    return re.sub("\ue000(\\d+)\ue001", lambda m: marks[int(m[1])], out)


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


def _is_somebody(text: str, gap: str) -> bool:
    """Tell whether a text without a body looks like a person."""
    words = _plain(text)
    if not words or (len(words) == 1 and text.isalnum()) or geography.is_a_place(text):
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
