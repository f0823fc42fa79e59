"""W4 without a table of pairs: the same arcs stay, and a thousand roads at a junction are no matter."""

from __future__ import annotations

import tracemalloc
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from alprmap import geo
from alprmap.watch import reads


def pair_by_pair(arcs: pd.DataFrame, net: Any) -> pd.DataFrame:
    """W4 as it is defined: of every two arcs that follow each other, straight on, the better."""
    rows: list[Any] = list(arcs.itertuples(index=False))
    ends = [
        (net.u[r.segment], net.v[r.segment]) if r.forward else (net.v[r.segment], net.u[r.segment])
        for r in rows
    ]
    stay = [True] * len(rows)
    for i, a in enumerate(rows):
        for j, b in enumerate(rows):
            if i == j or a.view != b.view or ends[i][1] != ends[j][0]:
                continue
            turn = geo.angle_between_deg(np.array([a.bearing_deg]), np.array([b.bearing_deg]))[0]
            if turn <= reads.STRAIGHT_DEG:
                worse = max((i, j), key=lambda k: (-rows[k].score, k))
                stay[worse] = False
    return arcs[stay].reset_index(drop=True)


@pytest.mark.parametrize("seed", range(1, 40))
def test_W4_of_arcs_that_follow_each_other_the_best_stays(seed: int) -> None:
    rng = np.random.default_rng(seed)
    n = seed
    net: Any = SimpleNamespace(u=rng.integers(0, 4, 12), v=rng.integers(0, 4, 12))
    bearings = rng.uniform(0, 360, n) if seed % 2 else rng.integers(0, 24, n) * 15.0
    arcs = pd.DataFrame(
        {
            "view": rng.integers(0, 2, n),
            "segment": rng.integers(0, 12, n),
            "forward": rng.random(n) < 0.5,
            "bearing_deg": bearings,
            "score": np.round(rng.random(n), 1),  # ties
        }
    )
    pd.testing.assert_frame_equal(reads._one_place_per_road(arcs, net), pair_by_pair(arcs, net))


def test_W4_memory_grows_with_the_roads_at_a_junction() -> None:
    peaks = []
    for n in (500, 1_000, 2_000, 4_000):
        net: Any = SimpleNamespace(u=np.zeros(n, np.int64), v=np.ones(n, np.int64))
        one = pd.DataFrame(
            {
                "view": 0,
                "segment": np.arange(n),
                "forward": True,
                "bearing_deg": np.linspace(0, 40, n),
                "score": np.linspace(0.1, 0.9, n),
            }
        )
        both = pd.concat([one, one.assign(forward=False)])
        tracemalloc.start()
        reads._one_place_per_road(both, net)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[3] <= 2.6 * peaks[2] <= 2.6**2 * peaks[1]
