"""What the wing access hands on; each name is loaded on first use (SPEC 1)."""

from .inference import inference_accuracy
from .operators import camera_operators
from .paths import Accessed, access_sheet, active_shares, explain_access, reach_of
from .result import Access, measure
from .searches.result import Searches, SearchSettings, measure_searches
from .shares import Shared, read_shares

__all__ = [
    "Access",
    "Accessed",
    "SearchSettings",
    "Searches",
    "Shared",
    "access_sheet",
    "active_shares",
    "camera_operators",
    "explain_access",
    "inference_accuracy",
    "measure",
    "measure_searches",
    "reach_of",
    "read_shares",
]
