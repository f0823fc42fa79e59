"""Counting many millions of rows by a few columns, a million at a time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

STEP = 1 << 20
"""Rows at a time: what is made on the way stays small however long the log."""
_DENSE, _ROOMY = 4_000_000, 4
"""Cells up to which every combination has a place of its own, where they are no more than so many
for each row."""


def tally(by: Mapping[str, Any], marks: Mapping[str, Any]) -> pd.DataFrame:
    """Return how many rows there are, and of how many each mark holds, by the columns of `by`.

    Parameters
    ----------
    by
        Whole numbers from 0 on, shape (n,) each.
    marks
        Booleans, shape (n,) each.

    Returns
    -------
    DataFrame
        The columns of `by`, `rows` and those of `marks`, sorted by the former; only combinations
        that occur.
    """
    columns = [np.asarray(c) for c in by.values()]
    sizes = [int(c.max()) + 1 if len(c) else 1 for c in columns]
    cells = int(np.prod([float(s) for s in sizes]))
    dense = cells <= min(_DENSE, _ROOMY * len(columns[0]) + STEP // 16)
    parts = []
    for start in range(0, len(columns[0]), STEP):
        piece = slice(start, start + STEP)
        code = np.zeros(len(columns[0][piece]), np.int64)
        for column, size in zip(columns, sizes, strict=True):
            code = code * size + column[piece]
        some = {name: np.asarray(mark)[piece] for name, mark in marks.items()}
        parts.append(_counts(code, some, cells if dense else None))
    names = ["rows", *marks]
    if not parts:
        return pd.DataFrame(columns=[*by, *names], dtype="int64")
    if dense:
        whole = np.add.reduce(parts)
        met = np.flatnonzero(whole[0])
        found = pd.DataFrame(dict(zip(names, whole[:, met], strict=True)), index=met)
    else:
        every = pd.DataFrame(np.concatenate(parts, axis=1).T, columns=["code", *names])
        found = every.groupby("code", sort=True).sum()
    left = found.index.to_numpy()
    split: dict[str, NDArray[np.int64]] = {}
    for name, size in zip(reversed(list(by)), reversed(sizes), strict=True):
        left, split[name] = np.divmod(left, size)
    return pd.concat(
        [pd.DataFrame({n: split[n] for n in by}), found.reset_index(drop=True)], axis=1
    ).astype("int64")


def _counts(code: NDArray[np.int64], marks: dict[str, Any], cells: int | None) -> NDArray[np.int64]:
    """Return counts of one piece: of every cell, or with the codes that occur as first row."""
    if cells is not None:
        lines = [np.bincount(code, minlength=cells)]
        lines += [np.bincount(code[m], minlength=cells) for m in marks.values()]
        return np.stack(lines)
    met, at = np.unique(code, return_inverse=True)
    lines = [met, np.bincount(at, minlength=len(met))]
    lines += [np.bincount(at[m], minlength=len(met)) for m in marks.values()]
    return np.stack(lines)


def medians(group: Any, value: Any, wanted: Any) -> pd.DataFrame:
    """Return the exact median and the largest of a whole number by group, over the rows `wanted`.

    Parameters
    ----------
    group, value
        Whole numbers from 0 on, shape (n,).
    wanted
        Booleans, shape (n,).

    Returns
    -------
    DataFrame
        Index group; `median`, `largest`.
    """
    counts = tally({"group": group, "value": np.maximum(value, 0)}, {"n": wanted})
    counts = counts[counts["n"] > 0]
    n = counts.groupby("group")["n"].transform("sum").to_numpy()
    upto = counts.groupby("group")["n"].cumsum().to_numpy()
    before = upto - counts["n"].to_numpy()
    low = counts[(before <= (n - 1) // 2) & ((n - 1) // 2 < upto)].set_index("group")["value"]
    high = counts[(before <= n // 2) & (n // 2 < upto)].set_index("group")["value"]
    largest = counts.groupby("group")["value"].max()
    return pd.DataFrame({"median": (low + high) / 2, "largest": largest.astype("float64")})
