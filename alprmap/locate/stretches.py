"""L7: a stretch of a road between two exits or two mileposts ("Between Exit 12 and Exit 14")."""

from __future__ import annotations

import re

from alprmap.locate.marks_in_text import BETWEEN, Draft

_SORT = r"(?:exits?|mile\s?(?:posts?|markers?)|mms?|mps?)\.?\s*#?\s*"
_NUMBER = r"\d{1,3}(?:\.\d+)?\s?[a-d]?\b(?!\.\d)"
_STRETCH = re.compile(
    rf"[,(]?\s*(?:\b(?P<lead>{BETWEEN}|from)\b\.?\s+)?\b(?P<sort>{_SORT})"
    rf"(?P<a>{_NUMBER})\s*(?:and|&|to|thru|through|-|–)\s*(?P<again>{_SORT})?(?P<b>{_NUMBER})"
    r"(?!\s*(?!on\b|along\b|of\b|[nsew]b\b)[a-z])\s*\)?(?:\s*(?:on|along|of)\b)?",
    re.IGNORECASE,
)


def take(draft: Draft) -> None:
    """Take the two ends of a stretch out of a text; "Exit 30 & 33" alone is one exit of two names.

    >>> draft = Draft("Between Exit 12 and Exit 14 on I-95")
    >>> take(draft)
    >>> draft.text, draft.exit_ref, draft.mark_to
    ('I-95', '12', '14')
    """
    found = _STRETCH.search(draft.text)
    if found is None or not (found["lead"] or found["again"]):
        return
    a, b = (found[n].replace(" ", "").upper() for n in ("a", "b"))
    if found["sort"][:1].lower() == "e":
        draft.exit_ref = a
    elif a[-1:].isdigit() and b[-1:].isdigit():
        draft.milepost_mi = float(a)
    else:
        return
    draft.mark_to = b
    draft.text = " ".join(f"{draft.text[: found.start()]} {draft.text[found.end() :]}".split())
