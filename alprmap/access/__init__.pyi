"""What the wing access hands on; each name is loaded on first use (SPEC 1)."""

from .by_district import access_by_district
from .doors import access_doors
from .onrecord import record_claims
from .operators import Settings, camera_operators
from .paths import Accessed, access_sheet, active_shares, explain_access, reach_of
from .result import Access, measure
from .searches.result import Searches, SearchSettings, measure_searches
from .searches.seen import Seen, Zone, searches_seen
from .shares import Shared, read_shares
from .tags import Tags, read_tags
from .timeline import CAN, COULD, DOORS, NO_RECORD, access_intervals, time_line

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
    "active_shares",
    "camera_operators",
    "explain_access",
    "measure",
    "measure_searches",
    "reach_of",
    "read_shares",
    "read_tags",
    "record_claims",
    "searches_seen",
    "time_line",
]
