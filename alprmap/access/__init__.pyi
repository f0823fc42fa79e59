"""What the wing access hands on; each name is loaded on first use (SPEC 1)."""

from .by_district import access_by_district
from .claims import time_line_claims
from .doors import access_doors
from .onrecord import record_claims
from .operators import Settings, camera_operators
from .paths import (
    Accessed,
    access_sheet,
    access_targets,
    active_shares,
    explain_access,
    named_shares,
    reach_of,
)
from .result import Access, measure
from .searches.columns import is_search_log, refuse_untimed
from .searches.result import Searches, SearchSettings, measure_searches
from .searches.seen import Seen, Zone, searches_seen
from .searches.stored import keep_searches, kept_searches
from .shares import Shared, read_shares
from .tags import Tags, read_tags, tag_lists
from .timeline import CAN, COULD, DOORS, NO_RECORD, access_intervals, access_stays, time_line

__all__ = [
    "CAN",
    "COULD",
    "DOORS",
    "NO_RECORD",
    "Access",
    "Accessed",
    "SearchSettings",
    "Searches",
    "Seen",
    "Settings",
    "Shared",
    "Tags",
    "Zone",
    "access_by_district",
    "access_doors",
    "access_intervals",
    "access_sheet",
    "access_stays",
    "access_targets",
    "active_shares",
    "camera_operators",
    "explain_access",
    "is_search_log",
    "keep_searches",
    "kept_searches",
    "measure",
    "measure_searches",
    "named_shares",
    "reach_of",
    "read_shares",
    "read_tags",
    "record_claims",
    "refuse_untimed",
    "searches_seen",
    "tag_lists",
    "time_line",
    "time_line_claims",
]
