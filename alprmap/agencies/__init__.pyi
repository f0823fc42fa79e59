"""What the wing agencies hands on; each name is loaded on first use (SPEC 1)."""

from .commas import join_pieces, split_agencies
from .federal import Federal, federal_body
from .identity import Identity, under
from .match import Match, Matcher, agreement
from .names import Name, is_marked_inactive, kind_of, normalize_name, parse, tidy
from .registry import AgencyList
from .words import plain

__all__ = [
    "AgencyList",
    "Federal",
    "Identity",
    "Match",
    "Matcher",
    "Name",
    "agreement",
    "federal_body",
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
