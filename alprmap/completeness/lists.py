"""Which camera is on which list, and how sure each match is: what recapture counts (K2).

A list is one source or several taken together; a camera is on it when one of its reports is. Two
reports of different lists that the merge holds for one device are so with the probability of
their link, and two that wait in the review are one device with theirs: both are drawn.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from alprmap.completeness.settings import Settings
from alprmap.errors import UsageError
from alprmap.merge import Cameras

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]
MOST_LISTS = 3
CROWD = ("survey", "photo")
RECORDS = ("record", "portal")
SURE = 0.999
"""A link of this probability is not drawn."""


@dataclass(frozen=True)
class Lists:
    """Cameras by list.

    `names` of the lists; `code` per camera, one bit for each list it is on; `loose` are matches
    that may be wrong: (camera row, bit, probability); `waiting` pairs that may be one device:
    (camera row, camera row, probability). `matches` is every match across lists with `distance_m`
    and `score`. `days` are the dates of each list, as far as it has any. `unsure` says whether
    probabilities were at hand.
    """

    names: tuple[str, ...]
    code: IntArray
    loose: tuple[IntArray, IntArray, FloatArray]
    waiting: tuple[IntArray, IntArray, FloatArray]
    matches: pd.DataFrame
    days: Mapping[str, pd.Series] = field(default_factory=dict)
    unsure: bool = True

    def drawn(self, settings: Settings) -> list[tuple[IntArray, IntArray]]:
        """Return draws of (code, camera row of its place) of all devices (K2)."""
        row = np.arange(len(self.code))
        if not len(self.loose[0]) and not len(self.waiting[0]):
            return [(self.code, row)]
        rng = np.random.default_rng(settings.seed)
        return [self._draw(rng, row) for _ in range(settings.imputations)]

    def _draw(self, rng: np.random.Generator, row: IntArray) -> tuple[IntArray, IntArray]:
        code = self.code.copy()
        at, bit, p = self.loose
        wrong = rng.random(len(p)) >= p
        # the report of a wrong match is a device of its own, on its list alone
        np.bitwise_and.at(code, at[wrong], ~bit[wrong])
        lone = bit[wrong]
        a, b, chance = self.waiting
        joined = rng.random(len(chance)) < chance
        for i, j in zip(a[joined], b[joined], strict=True):
            if code[i] and code[j] and not code[i] & code[j]:
                code[i] |= code[j]
                code[j] = 0
        whole = np.r_[code, lone]
        place = np.r_[row, at[wrong]]
        return whole[whole > 0], place[whole > 0]


def lists_of(cameras: Cameras, wanted: Mapping[str, Sequence[str]] | None = None) -> Lists | None:
    """Return which camera is on which list; None where all are on one.

    Parameters
    ----------
    cameras
        Opened cameras; with a merge behind them the links say how sure each match is.
    wanted
        Sources by name of list; without it reports of people (survey, photo) are one list and
        records (record, portal) the other, or each source is one where evidence does not tell.

    Raises
    ------
    UsageError
        When a source is not there, stands in two lists, or there are more than three lists.
    """
    pairs = _reports(cameras)
    pairs["list"] = _named(pairs, wanted)
    pairs = pairs[pairs["list"].notna()]
    names = tuple(wanted) if wanted else tuple(sorted(pairs["list"].unique()))
    if len(names) < 2:
        return None
    if len(names) > MOST_LISTS:
        raise UsageError(
            f"{len(names)} lists ({', '.join(names)}); two or three are compared",
            fix="put sources together: --list crowd=a,b --list records=c",
        )
    number = pd.Series(range(len(cameras.table)), index=cameras.table["camera_id"])
    row = pairs["camera_id"].map(number)
    pairs = pairs[row.notna()].assign(row=row.dropna().astype("int64"))
    pairs["bit"] = pairs["list"].map({n: 1 << i for i, n in enumerate(names)}).astype("int64")
    code = np.zeros(len(cameras.table), dtype=np.int64)
    np.bitwise_or.at(code, pairs["row"].to_numpy(), pairs["bit"].to_numpy())
    matches, loose = _loose(pairs)
    waiting = _waiting(cameras, pairs, code)
    days = {n: pairs.loc[pairs["list"] == n, "last_seen"].dropna() for n in names}
    return Lists(names, code, loose, waiting, matches, days, cameras.links is not None)


def _reports(cameras: Cameras) -> pd.DataFrame:
    """Return one row per report of a camera: `source_id`, `evidence`, `score`, `rule` …"""
    columns = ["camera_id", "report_id", "source_id", "evidence", "last_seen", "first_seen"]
    links = cameras.links
    if links is None:
        table = cameras.table
        if "sources" not in table.columns:
            return pd.DataFrame(columns=[*columns, "rule", "score", "distance_m"])
        every = table[["camera_id", "sources"]].dropna()
        every = every.assign(source_id=every["sources"].str.split(";")).explode("source_id")
        every["source_id"] = every["source_id"].str.strip()
        return every.reindex(columns=[*columns, "rule", "score", "distance_m"])
    out = links[["report_id", "camera_id", "rule", "score", "distance_m"]].copy()
    reports = cameras.reports
    if reports is None:
        out["source_id"] = out["report_id"].str.split(":").str[0]
        return out.reindex(columns=[*columns, "rule", "score", "distance_m"])
    more = reports.set_index("report_id")[["source_id", "evidence", "last_seen", "first_seen"]]
    return out.join(more, on="report_id")


def _named(pairs: pd.DataFrame, wanted: Mapping[str, Sequence[str]] | None) -> pd.Series:
    """Return the list of each report."""
    source = pairs["source_id"]
    if not wanted:
        sort = pd.Series(None, index=pairs.index, dtype=object)
        sort[pairs["evidence"].isin(CROWD)] = "crowd"
        sort[pairs["evidence"].isin(RECORDS)] = "records"
        return sort if sort.notna().any() else source
    of: dict[str, str] = {}
    there = set(source.dropna())
    for name, members in wanted.items():
        for member in members:
            if member not in there:
                raise UsageError(
                    f"no source is called {member}",
                    fix=f"name one of {', '.join(sorted(there)[:8])}",
                )
            if of.setdefault(member, name) != name:
                raise UsageError(
                    f"{member} stands in the lists {of[member]} and {name}",
                    fix="a source is on one list",
                )
    return source.map(of)


Loose = tuple[IntArray, IntArray, FloatArray]


def _loose(pairs: pd.DataFrame) -> tuple[pd.DataFrame, Loose]:
    """Return the matches across lists, and those that may be wrong."""
    wide = pairs.groupby("row")["bit"].nunique() > 1
    across = pairs[pairs["row"].map(wide).astype(bool) & pairs["score"].notna()]
    if not len(across):
        none = np.zeros(0, dtype=np.int64)
        return across, (none, none, np.zeros(0))
    # a list whose other report in the camera is sure stays on it
    best = across.groupby(["row", "bit"])["score"].max()
    firm = pairs[pairs["score"].isna()].set_index(["row", "bit"]).index
    best = best[~best.index.isin(firm) & (best < SURE)]
    index = best.index
    return across, (
        index.get_level_values(0).to_numpy(np.int64),
        index.get_level_values(1).to_numpy(np.int64),
        best.to_numpy(np.float64),
    )


def _waiting(cameras: Cameras, pairs: pd.DataFrame, code: IntArray) -> Loose:
    """Return pairs of the review that lie across lists and may be one device."""
    none = np.zeros(0, dtype=np.int64)
    review = cameras.review
    if review is None or not len(review):
        return none, none, np.zeros(0)
    row = pairs.drop_duplicates("report_id").set_index("report_id")["row"]
    two = review[review["other_id"].notna() & review["score"].notna()]
    a, b = two["report_id"].map(row), two["other_id"].map(row)
    fine = a.notna() & b.notna()
    x, y = a[fine].to_numpy(np.int64), b[fine].to_numpy(np.int64)
    apart = (x != y) & ((code[x] & code[y]) == 0)
    return x[apart], y[apart], two.loc[fine, "score"].to_numpy(np.float64)[apart].clip(0, 1)
