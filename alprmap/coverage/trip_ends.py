"""The two ends of trips, as a table of a user's gives them (C6)."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from alprmap.errors import InputError

FloatArray = NDArray[np.float64]


def degrees(table: pd.DataFrame) -> pd.DataFrame:
    """Return from_lon, from_lat, to_lon, to_lat of a table of pairs as degrees.

    Raises
    ------
    InputError
        Naming the column that is missing, or the row that holds no number of degrees.
    """
    most = {"from_lon": 180.0, "from_lat": 90.0, "to_lon": 180.0, "to_lat": 90.0}
    missing = [c for c in most if c not in table.columns]
    if missing:
        raise InputError(
            f"the table of pairs has no column {missing[0]}", fix=f"it needs {', '.join(most)}"
        )
    return pd.DataFrame({name: _degrees(table[name], limit) for name, limit in most.items()})


def _degrees(values: pd.Series, most: float) -> FloatArray:
    """Return a column as degrees; an empty cell is unknown."""
    degrees = pd.to_numeric(values, errors="coerce").to_numpy(np.float64)
    bad = values.notna().to_numpy() & ~(np.abs(degrees) <= most)
    if bad.any():
        row = int(bad.argmax()) + 1
        raise InputError(
            f"{values.name} is no number of degrees", row=row, fix="write it like -99.5123"
        )
    return degrees
