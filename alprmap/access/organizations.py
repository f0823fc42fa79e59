"""What may stand for an organization in our tables: its name, never somebody's (rules A1, A6, S14).

Sharing lists, lists of agencies and logs of searches name bodies, and at times a person: a contact
beside the body, or somebody in the column of partners. Every name goes through here before anything
is made of it.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache

from alprmap import agencies
from alprmap.access.layouts import name_of_slug
from alprmap.personal import data, is_a_given_name, is_a_person, without_personal
from alprmap.shipped import alias_rows
from alprmap.sources import body_in

UNSAID = "(organization not said)"
HIDDEN = "(not the name of an organization)"
_REPLACED = re.compile(r"[(<]?\[[a-z -]+\][)>]?")
"""What the gate of operators and that of texts leave where they took something out."""
_PLATE = re.compile(
    r"(?<![\w-])(?:(?=\w*[A-Za-z])(?=(?:\w*\d){3})(?!\w*911)\w{5,9})(?![\w-])"
    r"|^\W*(?:[A-Z]{1,3}[ -]?\d{3,4}[A-Z]?|\d{1,4}[ -]?[A-Z]{2,3}\d{0,4})\W*$"
)
"""A license plate, or the number of a case or a badge: in no name of a body of the record."""


@cache
def _of_a_state() -> re.Pattern[str]:
    """Return the pattern of the state behind a name: "Toluca Lake (CA)", "Birch PD OH"."""
    codes = "|".join(r["code"] for r in alias_rows("states"))
    return re.compile(rf"[\s-]+(?:(?:{codes})|\((?:{codes})\))\W*$")


def organization_name(cell: str, owner: str | None) -> str:
    """Return what stands for an organization of a log in our tables: its name, the owner of the
    log, or that it is unsaid; never what may be a person's data.

    The name goes through the gate of operators (S14): what no table knows and no body is called is
    nobody's business, and of a body with somebody beside it the body stays.

    >>> organization_name("Alder PD - Wilbur Snickersby", None), organization_name("ZQX4471", None)
    ('Alder PD', '(not the name of an organization)')
    """
    text = " ".join(cell.split())
    if not text:
        return owner or UNSAID
    if without_personal(text, of="body")[1] or _is_a_number(text):
        return HIDDEN
    return _body_of(text)


@lru_cache(maxsize=65_536)
def partner_name(text: str) -> str:
    """Return the name of an agency on a list of agencies as it may be told, "" where it is none:
    of a body with somebody or a telephone beside it the body stays.

    As `organization_name`, but what only lists have is known: networks of communities of homes
    with their state, notes in brackets, hyphens before the state.

    >>> partner_name("Birch OH PD, Sgt. John Smith (555) 010-0199"), partner_name("John Smith")
    ('Birch OH PD', '')
    >>> partner_name("Mendocino County SO-CA"), partner_name("Toluca Lake (CA)")
    ('Mendocino County SO-CA', 'Toluca Lake (CA)')
    """
    if re.fullmatch(r"[a-z0-9]+(?:-[a-z0-9]+)+", text):  # an id of our own tables
        called = re.sub(r" ([A-Z]{2})$", r" (\1)", name_of_slug(text))
        return text if partner_name(called) in (called, name_of_slug(text)) else ""
    bare, found = without_personal(text, of="beside")
    if found:
        return _shown(_body_of(" ".join(bare.split())), text)
    if _is_a_number(text) or _is_turned(text):
        return ""
    # a state makes no body of a name: "Wilbur Snickersby OH"
    home = _of_a_state().sub("", text)
    forms = dict.fromkeys((home, re.sub(r"^The ", "", home)))
    if any(body_in(form) == form for form in forms) and not _is_turned(home):
        return text
    if not any(is_a_given_name(w) for w in re.findall(r"[^\W\d_]+", text)):
        words = agencies.plain(home).split()
        titled = not set(words).isdisjoint(str(data()["titles"]).split())
        if home != text and len(words) > 1 and not titled and not is_a_person(home):
            return text
        # a unit of a body ("California State Parks - Inland Empire"), or letters: "SEMRECC MA"
        if not titled and (agencies.kind_of(home) != "unknown" or _is_an_acronym(home)):
            return text
        if _beside_a_slash(text):
            return text
    if home != text and _body_of(home) == HIDDEN:
        return ""
    return _shown(_body_of(text), text)


def _shown(body: str, text: str) -> str:
    """Return the body left of a name with the mark of an account that is no longer in use."""
    if body == HIDDEN:
        return ""
    lost = agencies.is_marked_inactive(text) and not agencies.is_marked_inactive(body)
    return f"{body} (inactive)" if lost else body


def _is_an_acronym(text: str) -> bool:
    """Tell whether a text is one word of capitals, as centers of several bodies are called."""
    return bool(re.fullmatch(r"[A-Z]{4,}", text))


def _is_turned(text: str) -> bool:
    """Tell whether a text is a person's name, family name first: "SMITH, JOHN A"."""
    family, comma, given = text.partition(", ")
    words = given.split()
    turned = bool(comma and words) and len(words) <= 2 and len(family.split()) <= 2
    return turned and is_a_given_name(words[0]) and agencies.kind_of(text) == "unknown"


def source_text(text: str) -> str:
    """Return what a record says of its source without what is about a person.

    >>> source_text("news, Sgt. John Smith (555) 010-0199"), source_text("a.csv#row/7")
    ('news, [name] [telephone number]', 'a.csv#row/7')
    """
    words = " ".join(re.split(r"[-_+. ]+", text)).strip()
    return "[name]" if is_a_person(words) else without_personal(text)[0]


def _is_a_number(text: str) -> bool:
    """Tell whether a text is a plate, a case or another number, or has hardly a letter of ours."""
    letters = re.search(r"[A-Za-z]{2}", text)
    return bool(_PLATE.search(text) or not letters or re.search(r"\d{5,}|@|^\W*$", text))


def _body_of(text: str) -> str:
    """Return the body that a text names without what the gate of operators takes out."""
    shown = body_in(text)
    if shown == text and not _REPLACED.search(text):
        return text
    left = _REPLACED.sub(" ", shown).strip(" ,;:|/()[]-\u2013\u2014")
    left = " ".join(left.split())
    for opened, closed in ("()", "[]"):
        left += closed * (left.count(opened) - left.count(closed))
    known = agencies.kind_of(left) != "unknown" and body_in(left) == left
    return left if known else HIDDEN


def _beside_a_slash(text: str) -> bool:
    """Tell whether a text is two places before their one body: "Harpers Ferry/Bolivar PD"."""
    joined = re.sub(r"(?<=\w)/(?=\w)", " ", text)
    return joined != text and body_in(joined) == joined
