"""The figures that the method pages print for real data are those of the code; skipped without the
data."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from alprmap import reach, sources
from alprmap.access import paths as access
from alprmap.access import shares
from alprmap.cli import common
from alprmap.geography import in_united_states
from alprmap.merge import merge
from alprmap.text import percent


@pytest.fixture(scope="module")
def cameras(shared: Path) -> pd.DataFrame:
    """The points of January 2026 in the United States, each a camera."""
    return common.read_cameras(shared / "cameras" / "us-2026-01.json.gz").cameras


@pytest.fixture(scope="module")
def land(cameras: pd.DataFrame) -> pd.DataFrame:
    return reach.reach_table(cameras, borders=["land"])


def page(root: Path, name: str) -> str:
    return " ".join((root / "docs" / "method" / name).read_text("utf-8").split())


def test_the_page_of_reach_says_where_the_farthest_camera_stands(
    root: Path, land: pd.DataFrame
) -> None:
    at_home = in_united_states(land["lon"], land["lat"])
    row = reach.statistics(land[at_home]).iloc[0]
    last = land.set_index("camera_id").loc[row["farthest_camera_id"]]
    said = page(root, "reach.md")
    assert last["state"] == "FL"
    assert (
        f"the farthest, in Florida north of Fort Lauderdale, {row['farthest']:,.0f} miles" in said
    )
    assert f"farther than {row['median']:.1f} miles from a land border" in said
    near = f"{row['within_100']:,} ({percent(row['share_100'], sign=' %')})"
    assert f"| `land` | the nearer of these two | {near} |" in said
    assert not land["state"].isin(["AK", "HI", "PR"]).any()


@pytest.mark.slow
def test_the_page_of_access_has_the_figures_of_its_four_files(
    root: Path, shared: Path, cameras: pd.DataFrame, land: pd.DataFrame
) -> None:
    names = ("agency-registry-2026-04.json", "sharing-network-agencies-2026-04.geojson",
             "flock-portals-ca-2026-04.json", "agency-access-2024-04-26.csv")  # fmt: skip
    read = shares.read_shares([shared / "records" / n for n in names])
    found = access.reach_of(cameras, read.agencies, read.shares, kind="federal", reach=land)
    said = page(root, "access.md")
    why = pd.Series(found.counts["why"])
    known, town = found.counts["class"]["known"], why["the city's own police"]
    tagged = found.counts["operator_tagged"]
    others = why[why.index.str.startswith("operator tagged, not in the record")].sum()
    assert known + town + others == tagged
    part = percent(known / tagged, 0, sign=" %")
    assert (
        f"{tagged:,} of {len(cameras):,} cameras carry an operator; {known:,} of them ({part})"
        in said
    )
    assert (
        f"{others:,} are not (shops, toll roads, cities without a portal), {town} are a town itself"
        in said
    )
    assert (
        f"The inference gives {why['stands in the town of this police, untagged']:,} more" in said
    )
    test = found.counts["inference"]
    assert f"on the {test['tested']:,} cameras of tagged town police" in said
    assert (
        f"would have given {test['right']:,}"
        f" ({percent(test['right'] / test['tested'], 0, sign=' %')})" in said
    )
    one = {
        (r["class"], r["hops"]): r for r in found.summary.to_dict("records") if r["state"] == "all"
    }
    tag, guess = one["known", 1], one["inferred", 1]
    assert (
        f"{found.counts['records_to_target']} records open readers to a body known to be federal"
        in said
    )
    assert f"{tag['n']} tagged cameras of {tag['agencies']} agencies one hop away" in said
    assert (
        f"{guess['n']:,} inferred ({guess['n_low']:,} to {guess['n_high']:,}) of"
        f" {guess['agencies']} more" in said
    )
    assert (
        f"two hops away {one['known', 2]['n']:,} tagged and {one['inferred', 2]['n']:,} inferred"
        in said
    )


@pytest.mark.slow
def test_the_page_of_merge_says_how_many_were_uploaded_twice(root: Path, shared: Path) -> None:
    merged = merge(sources.read(shared / "cameras" / "us-2026-01.json.gz").reports)
    twice = int((merged.links["rule"] == "M11").sum())
    said = page(root, "merge.md")
    assert len(merged.cameras) + twice == 61_768
    assert f"{twice} of 61,768 reports are joined to another" in said
    assert f"{len(merged.review)} questions; the {len(merged.cameras):,} cameras" in said
