"""A search as a number of 64 bits, so that its repeats are known without keeping what it says.

The number is keyed by a value drawn anew for every run and is never written: nobody can go back
from it to a plate or an id, nor compare it with another run.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

WORD = 8
MOST = 96
"""Bytes of a cell that count; ids and names are shorter."""
_ODD = np.uint64(0x9E3779B97F4A7C15)
_SHIFT = np.uint64(29)


def keys(columns: list[Any], secret: int) -> NDArray[np.uint64]:
    """Return one number per row over binary columns, the same for the same cells, shape (n,).

    Parameters
    ----------
    columns
        Arrow arrays of bytes, none missing, of one length.
    secret
        64 bits that key the numbers of this run.
    """
    parts = [pc.binary_slice(c, 0, MOST) for c in columns]
    joined = pc.binary_join_element_wise(*parts, b"\x1f") if len(parts) > 1 else parts[0]
    joined = joined.combine_chunks() if isinstance(joined, pa.ChunkedArray) else joined
    count = len(joined)
    if not count:
        return np.zeros(0, np.uint64)
    _, offsets, data = joined.buffers()
    ends = np.frombuffer(offsets, np.int32, count + 1, joined.offset * 4).astype(np.int64)
    start, size = ends[:-1], np.diff(ends)
    raw = np.zeros(int(ends[-1]) + 2 * WORD, np.uint8)
    if data is not None:
        raw[: int(ends[-1])] = np.frombuffer(data, np.uint8, int(ends[-1]))
    words = np.ndarray((len(raw) - WORD + 1,), dtype="<u8", buffer=raw, strides=(1,))
    found = np.full(count, np.uint64(secret), np.uint64)
    odd = _ODD ^ (np.uint64(secret) << np.uint64(1))
    for at in range(0, int(size.max()) + 1, WORD):
        left = np.clip(size - at, 0, WORD)
        word = words[np.minimum(start + at, len(words) - 1)]
        # bytes beyond the cell belong to the next one
        word = word & np.where(
            left == WORD,
            ~np.uint64(0),
            (np.uint64(1) << (8 * left).astype(np.uint64)) - np.uint64(1),
        )
        mixed = (found ^ word) * odd
        mixed ^= mixed >> _SHIFT
        found = np.where(left > 0, mixed, found)
    found = (found ^ size.astype(np.uint64)) * _ODD
    return found ^ (found >> _SHIFT)
