"""Finished tiles under numbers of their own: a road keeps what is known of it when a road elsewhere
is added and all numbers after it move (rule N9)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from alprmap.store import Finished, digest

IntArray = NDArray[np.int64]


def numberless(segments: pd.DataFrame) -> str:
    """Return a digest of some segments in their order, whatever their numbers are."""
    ordered = segments.sort_values("segment_id", kind="stable")
    return digest(ordered.drop(columns="segment_id"))


class Renumbered:
    """Finished tiles whose column `segment_id` is, while they are kept, the rank among the roads of
    the tile.

    Parameters
    ----------
    kept
        Where they are kept.
    names
        Of the tiles, each of which says nothing of numbers.
    numbers
        Of each tile: the numbers of its roads in the whole, rising.
    """

    def __init__(self, kept: Finished, names: Sequence[str], numbers: Sequence[IntArray]) -> None:
        self._kept = kept
        self._numbers = dict(zip(names, numbers, strict=True))

    def get(self, name: str) -> dict[str, Any] | None:
        """Return what was kept of a tile, with the numbers of today; None where nothing was."""
        found, numbers = self._kept.get(name), self._numbers[name]
        return None if found is None else _changed(found, lambda rank: numbers[rank])

    def put(self, name: str, values: Mapping[str, Any]) -> None:
        """Keep what was made of a tile.

        Raises
        ------
        StorageError
            When the disk refuses.
        """
        numbers = self._numbers[name]
        self._kept.put(name, _changed(values, lambda number: np.searchsorted(numbers, number)))


def _changed(values: Mapping[str, Any], change: Any) -> dict[str, Any]:
    out = dict(values)
    for key, table in values.items():
        if not isinstance(table, pd.DataFrame) or "segment_id" not in table.columns:
            continue
        old = table["segment_id"]
        known = old.notna().to_numpy()
        new = old.copy()
        new[known] = np.asarray(change(old[known].to_numpy(dtype=np.int64)), dtype=np.int64)
        out[key] = table.assign(segment_id=new)
    return out
