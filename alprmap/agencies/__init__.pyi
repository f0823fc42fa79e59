"""What the wing agencies hands on; each name is loaded on first use (SPEC 1)."""

from .commas import join_pieces, split_agencies
from .identity import Identity, under
from .match import Match, Matcher, agreement
from .names import Name, is_marked_inactive, kind_of, normalize_name, parse, plain, tidy
from .registry import AgencyList

__all__ = [
    "AgencyList",
    "Identity",
    "Match",
    "Matcher",
    "Name",
    "agreement",
    "is_marked_inactive",
    "join_pieces",
    "kind_of",
    "normalize_name",
    "parse",
    "plain",
    "split_agencies",
    "tidy",
    "under",
]
