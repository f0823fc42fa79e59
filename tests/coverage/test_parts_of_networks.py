"""Parts of a large network are cut out at the cost of what they hold, and are what scipy cuts."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from alprmap.coverage.search.exposure import Near, _Grid, part_of


@settings(max_examples=60)
@given(st.integers(1, 40), st.integers(0, 2**32 - 1))
def test_C2_a_part_of_a_matrix_is_what_slicing_gives(n: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    whole = sparse.csr_array(sparse.random_array((n, n), density=0.3, rng=rng))
    whole.sort_indices()
    nodes = np.flatnonzero(rng.uniform(size=n) < 0.6)
    room = np.full(n, -1, dtype=np.int32)
    (part, entries), sliced = part_of(whole, nodes, room), whole[nodes][:, nodes]
    assert np.array_equal(whole.data[entries], part.data)
    assert part.shape == sliced.shape
    for name in ("data", "indices", "indptr"):
        assert np.array_equal(getattr(part, name), getattr(sliced, name)), name
    assert (room == -1).all()


@settings(max_examples=60)
@given(st.integers(0, 200), st.integers(0, 2**32 - 1), st.floats(0.001, 2.0))
def test_C2_a_box_of_a_grid_holds_what_a_scan_finds(n: int, seed: int, tall: float) -> None:
    rng = np.random.default_rng(seed)
    # rounded, so that points lie on the edges too
    lon, lat = np.round(rng.uniform(-3, 3, n), 1), np.round(rng.uniform(-3, 3, n), 1)
    west, east = np.sort(np.round(rng.uniform(-3, 3, 2), 1))
    south, north = np.sort(np.round(rng.uniform(-3, 3, 2), 1))
    box, graph = (west, south, east, north), SimpleNamespace(lon=lon, lat=lat, n_nodes=n)
    near: Near = Near(graph, box, _Grid.of(lon, lat, tall))  # type: ignore[arg-type]
    found = near.nodes
    wanted = (lon >= west) & (lon <= east) & (lat >= south) & (lat <= north)
    assert np.array_equal(found, np.flatnonzero(wanted))
    # a few are asked about without gathering the others
    assert np.array_equal(near.holds(np.arange(n)), wanted)
    whole = Near(graph)  # type: ignore[arg-type]
    assert whole.holds(found).all()
    assert np.array_equal(whole.nodes, np.arange(n))
