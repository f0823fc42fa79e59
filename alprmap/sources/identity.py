"""S13: a report keeps its name when its file is edited: names from the source's own key, else from
what the row says.

A row without a key of its own is named by a hash of its position, place, operator and direction.
Rows that say the same there are told apart by the rest of what they say, then by a counter, so that
a row inserted above, a row moved and a file sorted otherwise change no name.
"""

from __future__ import annotations

import hashlib

import pandas as pd

BY_ROW, BY_CONTENT = "row/", "content/"
"""How records without a key of their own begin: by line (before it is read whole, and in tables of
earlier versions), and by content."""
SAYS = ("lon", "lat", "place_raw", "operator_raw", "direction_raw")
"""What names a row. The rest may be filled in or corrected later without making it another."""
REST = (
    "road",
    "road_at",
    "vendor_raw",
    "device",
    "status",
    "first_seen",
    "last_seen",
    "setting",
    "note",
)
"""What tells rows apart that say the same."""
LETTERS = 12
"""Base-32 letters of a name: 60 bits; among a million rows two share one with a chance of 1 in 2
million, and then they are told apart by a counter."""


def content_ids(reports: pd.DataFrame) -> pd.Series:
    """Return the hash of what each report says (`SAYS`), index kept.

    >>> import pandas as pd
    >>> one = pd.DataFrame({"lon": [-99.5], "lat": [27.5], "place_raw": ["Main St"]})
    >>> content_ids(one).tolist()
    ['cpuxsoq26jsb']
    """
    texts = _joined(reports, SAYS)
    return pd.Series([_hash(t) for t in texts], index=reports.index, dtype="str")


def kept_content_ids(reports: pd.DataFrame) -> pd.Series:
    """Return the hash that each report came with, else that of what it says: a table whose words
    were taken out for publishing keeps the names of its reports."""
    made = content_ids(reports)
    if "content_id" not in reports.columns:
        return made
    return reports["content_id"].where(reports["content_id"].notna(), made)


def named_by_content(reports: pd.DataFrame, content: pd.Series) -> pd.Series:
    """Return `source_record` with each name by row replaced by one by content; others stay."""
    by_row = reports["source_record"].str.startswith(BY_ROW).fillna(False).astype(bool)
    if not by_row.any():
        return reports["source_record"]
    mine = reports[by_row]
    keys = pd.DataFrame({"id": content[by_row], "at": range(len(mine))}, index=mine.index)
    keys["turn"] = 1
    twice = keys["id"].duplicated(keep=False)
    if twice.any():
        keys.loc[twice, "rest"] = _joined(mine[twice.to_numpy()], REST)
        ranked = keys[twice].sort_values(["id", "rest", "at"])
        keys.loc[ranked.index, "turn"] = ranked.groupby("id").cumcount() + 1
    names = BY_CONTENT + keys["id"]
    names = names.where(keys["turn"] == 1, names + "#" + keys["turn"].astype("str"))
    return reports["source_record"].where(~by_row, names.reindex(reports.index))


def named_by_label(reports: pd.DataFrame) -> pd.Series:
    """Return `source_record` with the names by row replaced by the numbered labels of the column
    `label` ("Cam 2"), where every one of these rows has a label of its own; else as it is."""
    by_row = reports["source_record"].str.startswith(BY_ROW).fillna(False).astype(bool)
    labels = reports.loc[by_row, "label"]
    known = set(reports.loc[~by_row, "source_record"])
    if not len(labels) or labels.isna().any() or labels.duplicated().any() or known & set(labels):
        return reports["source_record"]
    return reports["source_record"].where(~by_row, reports["label"])


def _joined(reports: pd.DataFrame, columns: tuple[str, ...]) -> list[str]:
    parts = [_texts(reports[c]) if c in reports.columns else [""] * len(reports) for c in columns]
    return ["\x1f".join(row) for row in zip(*parts, strict=True)]


def _texts(values: pd.Series) -> list[str]:
    if values.dtype == "float64":
        # a decimeter: what a file written again may lose in its last digits names nothing else
        return ["" if v != v else f"{v:.6f}" for v in values.tolist()]
    return ["" if v is None or v != v else str(v).casefold() for v in values.tolist()]


def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
    first = int.from_bytes(digest[:8], "big") >> 64 - 5 * LETTERS
    return "".join([_PAIRS[first >> at & 1023] for at in range(5 * LETTERS - 10, -1, -10)])


_BASE32 = "abcdefghijklmnopqrstuvwxyz234567"
_PAIRS = [a + b for a in _BASE32 for b in _BASE32]
"""Two letters of base 32 (RFC 4648) by their ten bits."""
