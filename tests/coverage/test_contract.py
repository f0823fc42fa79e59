"""Contracting a matrix: the same cheapest ways between the nodes asked about, and the way back to
its entries."""

from __future__ import annotations

import itertools

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse
from scipy.sparse import csgraph

from alprmap.coverage.search.contract import Contracted, contract


def matrix_of(n: int, arcs: dict[tuple[int, int], int]) -> sparse.csr_array:
    tail, head = (np.array([a[i] for a in sorted(arcs)], dtype=np.int32) for i in (0, 1))
    cost = np.array([float(arcs[a]) for a in sorted(arcs)])
    return sparse.csr_array(
        (cost, head, np.searchsorted(tail, np.arange(n + 1)).astype(np.int32)), shape=(n, n)
    )


@st.composite
def networks(draw: st.DrawFn) -> tuple[sparse.csr_array, np.ndarray]:
    n = draw(st.integers(2, 12))
    pair = st.tuples(st.integers(0, n - 1), st.integers(0, n - 1)).filter(lambda p: p[0] != p[1])
    # few arcs make dead ends and chains, two-way ones as well as one-way ones
    one_way = draw(st.dictionaries(pair, st.integers(1, 9), max_size=n))
    both = draw(st.dictionaries(pair, st.integers(1, 9), max_size=n))
    arcs = one_way | both | {(b, a): c for (a, b), c in both.items()}
    return matrix_of(n, arcs), np.array(
        sorted(draw(st.sets(st.integers(0, n - 1), min_size=1, max_size=4)))
    )


def contracted(matrix: sparse.csr_array, ends: np.ndarray) -> Contracted:
    return contract(matrix, ends, 1.0 + np.arange(matrix.nnz))


def entries(made: Contracted, i: int) -> list[int]:
    return made.entry[made.first[i] : made.first[i + 1]].tolist()


@given(networks())
def test_costs_between_terminals_stay(network: tuple[sparse.csr_array, np.ndarray]) -> None:
    matrix, ends = network
    made = contracted(matrix, ends)
    whole = csgraph.dijkstra(matrix, indices=ends)[:, ends]
    assert np.array_equal(csgraph.dijkstra(made.matrix, indices=ends)[:, ends], whole)
    assert set(ends.tolist()) <= set(made.kept.tolist())


@given(networks())
def test_an_entry_is_a_way_through_the_matrix_it_stands_for(
    network: tuple[sparse.csr_array, np.ndarray],
) -> None:
    matrix, ends = network
    made = contracted(matrix, ends)
    tail, head = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr)), matrix.indices
    small_tail = np.repeat(np.arange(matrix.shape[0]), np.diff(made.matrix.indptr))
    for i, (a, b) in enumerate(zip(small_tail.tolist(), made.matrix.indices.tolist(), strict=True)):
        way = entries(made, i)[::-1]
        assert tail[way[0]] == a
        assert head[way[-1]] == b
        assert all(head[x] == tail[y] for x, y in itertools.pairwise(way))
        assert matrix.data[way].sum() == made.matrix.data[i]
        assert {a, b} <= set(made.kept.tolist())


def test_a_chain_is_one_entry_and_a_dead_end_none() -> None:
    # 0 - 1 - 2 - 3 with a cul-de-sac 1 - 4 - 5
    roads = [(0, 1), (1, 2), (2, 3), (1, 4), (4, 5)]
    made = contracted(
        matrix_of(6, {p: 1 for a, b in roads for p in ((a, b), (b, a))}), np.array([0, 3])
    )
    assert made.kept.tolist() == [0, 3]
    assert made.matrix.toarray()[[0, 3]][:, [0, 3]].tolist() == [[0, 3], [3, 0]]
    assert [len(entries(made, i)) for i in range(2)] == [3, 3]


def test_a_chain_against_a_one_way_street_is_closed() -> None:
    made = contracted(matrix_of(3, {(0, 1): 1, (1, 2): 1, (1, 0): 1}), np.array([0, 2]))
    assert made.matrix.toarray()[0, 2] == 2
    assert made.matrix.toarray()[2, 0] == 0
