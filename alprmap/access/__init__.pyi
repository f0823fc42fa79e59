"""What the wing access hands on; each name is loaded on first use (SPEC 1)."""

from .by_district import access_by_district
from .onrecord import record_claims, record_owner
from .operators import Settings, camera_operators
from .paths import Accessed, access_sheet, active_shares, explain_access, reach_of
from .searches.result import Searches, SearchSettings, measure_searches
from .shares import Shared, read_shares

__all__ = [
    "Accessed",
    "SearchSettings",
    "Searches",
    "Settings",
    "Shared",
    "access_by_district",
    "access_sheet",
    "active_shares",
    "camera_operators",
    "explain_access",
    "measure_searches",
    "reach_of",
    "read_shares",
    "record_claims",
    "record_owner",
]
