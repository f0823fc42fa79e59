"""What the wing agencies hands on; each name is loaded on first use (SPEC 1)."""

from .commas import join_pieces, split_agencies
from .identity import Identity, under
from .match import FUZZY_FROM, MARGIN, Match, Matcher, agreement, same_words
from .names import Name, kind_of, normalize_name, parse, plain, tidy
from .registry import AgencyList, plain_ori

__all__ = [
    "FUZZY_FROM",
    "MARGIN",
    "AgencyList",
    "Identity",
    "Match",
    "Matcher",
    "Name",
    "agreement",
    "join_pieces",
    "kind_of",
    "normalize_name",
    "parse",
    "plain",
    "plain_ori",
    "same_words",
    "split_agencies",
    "tidy",
    "under",
]
