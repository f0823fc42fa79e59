"""M13: a list's camera that a later merge leaves open between several keeps its name as an alias."""

from __future__ import annotations

import pandas as pd
import pytest
from test_merge import report, scene

from alprmap.merge import Merged, merge
from alprmap.merge.explain import explain_camera as explain

PAIRS = 40


def rows(doubles: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return a list of records far from each other, and readers that stand two meters north of
    each; beside the last `doubles` of them stands a second one, as near."""
    listed, mapped = [], []
    for k in range(PAIRS):
        north = 700.0 * k
        listed.append(
            report("list", f"r{k}", north=north, evidence="record", located_by="coordinates")
        )
        mapped.append(report("osm", f"node/{k}", north=north + 2.0))
        if k >= PAIRS - doubles:
            mapped.append(report("osm", f"node/9{k}", north=north - 2.0))
    return scene(*listed), scene(*mapped)


@pytest.fixture(scope="module")
def both() -> tuple[Merged, Merged, pd.DataFrame]:
    listed, mapped = rows(doubles=3)
    first = merge(listed)
    whole = pd.concat([listed, mapped], ignore_index=True)
    return first, merge(whole, previous=first), whole


def test_M13_every_old_name_leads_to_a_camera(both: tuple[Merged, Merged, pd.DataFrame]) -> None:
    first, later, _ = both
    old = set(first.cameras["camera_id"])
    now = set(later.cameras["camera_id"])
    alias = later.aliases.set_index("old_id")["new_id"]
    assert old - now <= set(alias.index)
    assert set(alias[sorted(old - now)]) <= now


def test_M13_the_alias_of_who_waits_says_so(both: tuple[Merged, Merged, pd.DataFrame]) -> None:
    first, later, whole = both
    waiting = {f"list:r{k}" for k in range(PAIRS - 3, PAIRS)} - set(later.links["report_id"])
    assert waiting, "a record between two readers as near waits"
    named = first.links.set_index("report_id")["camera_id"]
    for report_id in waiting:
        row = later.aliases[later.aliases["old_id"] == named[report_id]]
        assert row["reason"].tolist() == ["left open between several, the likeliest"]
        assert "left open between several" in explain(later, whole, str(named[report_id]))
