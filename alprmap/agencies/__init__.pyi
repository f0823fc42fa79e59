"""What the wing agencies hands on; each name is loaded on first use (SPEC 1)."""

from .commas import join_pieces, split_agencies
from .match import FUZZY_FROM, MARGIN, Match, Matcher, agreement, same_words
from .names import Name, kind_of, normalise_name, parse, plain, tidy
from .registry import AgencyList

__all__ = [
    "FUZZY_FROM",
    "MARGIN",
    "AgencyList",
    "Match",
    "Matcher",
    "Name",
    "agreement",
    "join_pieces",
    "kind_of",
    "normalise_name",
    "parse",
    "plain",
    "same_words",
    "split_agencies",
    "tidy",
]
