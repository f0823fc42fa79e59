"""K1, K2 on real lists: agencies of Minnesota, which the law makes publish their readers, and
cities for which two counts are published apart (docs/method/completeness.md)."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from alprmap.agencies import parse
from alprmap.completeness import HISTORIES, chapman, log_linear
from alprmap.geography import assign_places

Agencies = set[tuple[tuple[str, ...], str]]


def law(names: pd.Series) -> Agencies:
    """Police departments and sheriffs among names, as place and role."""
    parsed = [parse(str(name)) for name in names.dropna().unique()]
    return {(p.core, p.role) for p in parsed if p.role in ("police", "sheriff")}


@pytest.fixture(scope="module")
def minnesota(shared: Path) -> dict[str, Agencies]:
    """Four lists of agencies with readers, made by four hands: mappers, a vendor's pages, a
    newsroom's atlas, and the state's statutory list."""
    map_ = pd.read_json(shared / "cameras" / "us-2026-01.json.gz")
    map_ = map_[map_["lat"].between(43, 50) & map_["lon"].between(-98, -89)]
    where = assign_places(map_["lon"].to_numpy(), map_["lat"].to_numpy())
    counts = pd.read_csv(shared / "declared" / "declared-cameras.csv")
    atlas = pd.read_csv(shared / "records" / "Atlas_of_Surveillance-20201007.csv")
    readers = atlas["Technology"].str.contains("Plate", na=False) & (atlas["State"] == "MN")
    listed = json.loads((shared / "records" / "minnesota-bca-2025-12-06.json").read_text("utf-8"))
    return {
        "map": law(map_.loc[(where["state"] == "MN").to_numpy(), "operator"]),
        "pages": law(counts.loc[counts["state"] == "MN", "agency"]),
        "atlas": law(atlas.loc[readers, "Agency"]),
        "statute": law(pd.Series(list(listed))),
    }


def test_K2_three_real_lists_of_agencies_hold_the_statutory_count(
    minnesota: dict[str, Agencies],
) -> None:
    lists = [minnesota[name] for name in ("map", "pages", "atlas")]
    anyone = set().union(*lists)
    history = [tuple(int(one in some) for some in lists) for one in anyone]
    made = log_linear([history.count(h) for h in HISTORIES])
    # those of the statute, and those who publish a count and are not on it
    truth = len(minnesota["statute"] | minnesota["pages"])
    assert (len(minnesota["statute"]), truth) == (85, 91)
    assert made.estimate.low < truth < made.estimate.high
    assert [round(v) for v in (made.estimate.total, made.estimate.low, made.estimate.high)] == [
        113,
        86,
        173,
    ]


def test_K4_the_real_lists_that_depend_are_told(minnesota: dict[str, Agencies]) -> None:
    """Pages of a vendor and an atlas older than its sales: that pair errs, and is the one that
    the likelihood ratio names."""
    lists = [minnesota[name] for name in ("map", "pages", "atlas")]
    history = [tuple(int(one in some) for some in lists) for one in set().union(*lists)]
    p = log_linear([history.count(h) for h in HISTORIES]).p_independent
    assert min(p, key=lambda pair: p[pair]) == (1, 2)
    assert p[1, 2] < 0.05
    truth = len(minnesota["statute"] | minnesota["pages"])
    held = {}
    for a, b in (("map", "pages"), ("map", "atlas"), ("pages", "atlas")):
        one, two = minnesota[a], minnesota[b]
        made = chapman(len(one), len(two), len(one & two))
        held[a, b] = made.low < truth < made.high
    assert held == {("map", "pages"): True, ("map", "atlas"): True, ("pages", "atlas"): False}
