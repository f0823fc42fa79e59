"""What the wing access hands on; each name is loaded on first use (SPEC 1)."""

from .operators import camera_operators
from .paths import Accessed, access_sheet, active_shares, explain_access, reach_of
from .shares import Shared, read_shares

__all__ = [
    "Accessed",
    "Shared",
    "access_sheet",
    "active_shares",
    "camera_operators",
    "explain_access",
    "reach_of",
    "read_shares",
]
