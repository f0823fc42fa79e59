"""Which single arc, once closed, takes most road out of a strongly connected part: exact, by
dominators.

From a node s of the part, an arc that every way from s to some nodes goes through is a bridge of
the ways out; likewise for the ways back. Closing arc e leaves s connected, both ways, with all
nodes but those behind e in one sense or the other (Italiano, Laura & Santaroni 2012, strong
bridges), so two dominator trees weigh every arc."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import rustworkx
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse import csgraph

from alprmap.coverage.search.rooted import preorder, subtree_sums
from alprmap.roads import Graph

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]


@dataclass(frozen=True)
class _Part:
    """The part as arcs between numbered vertices; `length` is 0 on the short arcs that lead twins
    together."""

    n: int
    tail: IntArray
    head: IntArray
    length: FloatArray
    arc: IntArray


@dataclass(frozen=True)
class _Tree:
    """A dominator tree: `pre … last` are the places of the vertex's subtree in preorder."""

    parent: IntArray
    pre: IntArray
    last: IntArray

    def below(self, top: IntArray, vertex: IntArray) -> BoolArray:
        """Whether each vertex lies in the subtree of each top."""
        return (self.pre[vertex] >= self.pre[top]) & (self.pre[vertex] <= self.last[top])


def worst_cuts(graph: Graph, closed: BoolArray, zone: IntArray, top: int) -> pd.DataFrame:
    """Return the arcs of a zone whose closing costs the zone most: `arc` (own number), `cut_m`,
    largest first.

    Parameters
    ----------
    graph, closed
        The network and the arcs already closed.
    zone
        Own arcs of one strongly connected part; none gives no row.
    top
        How many.

    Returns
    -------
    `cut_m` is the length of the zone less the length of the largest part that is left, the arc
    itself included; arcs that cost no more than themselves are listed after all others.
    """
    if not len(zone):
        # every road is read, or none leads back: nothing to be cut is a result and no error
        return pd.DataFrame({"arc": np.array([], np.int64), "cut_m": np.array([], np.float64)})
    part = _vertices(graph, closed, zone)
    total = float(part.length.sum())
    ways = _ways(part)
    busiest = int(np.bincount(part.tail, minlength=part.n).argmax())
    root = _middle(part, _dominators(ways, busiest))
    out = _dominators(ways, root)
    ways.reverse()
    back = _dominators(ways, root)
    behind = _bridge_weight(part, out, part.tail, part.head)
    before = _bridge_weight(part, back, part.head, part.tail)
    real = part.length > 0
    bound = np.where(real, part.length + behind + before, -1.0)
    order = np.lexsort((part.arc, -bound))
    rows: list[tuple[int, float]] = []
    for e in order:
        if not real[e] or (len(rows) >= top and bound[e] < sorted(v for _, v in rows)[-top] - 2e-3):
            break
        cut = float(bound[e])
        if behind[e] > 0 and before[e] > 0:
            both = out.below(part.head[e], part.tail) & back.below(part.tail[e], part.head)
            cut -= float(part.length[both].sum())
        if total - cut < total / 2:
            # the root sits in the smaller part: ask directly which part is largest
            cut = total - _largest_left(part, int(e))
        # to the millimeter: what differs by rounding alone is a tie
        rows.append((int(part.arc[e]), round(cut, 3)))
    frame = pd.DataFrame(rows, columns=["arc", "cut_m"])
    return frame.sort_values(["cut_m", "arc"], ascending=[False, True], ignore_index=True).head(top)


def _vertices(graph: Graph, closed: BoolArray, zone: IntArray) -> _Part:
    """Number the nodes of a zone; an arc with twins gets a vertex of its own that all of them lead
    to."""
    own = np.zeros(graph.n_arcs, dtype=bool)
    own[zone] = True
    arcs = np.flatnonzero(own[graph.twin] & ~closed)
    many = np.bincount(graph.twin[arcs], minlength=graph.n_arcs)[graph.twin[arcs]] > 1
    single, multiple = arcs[~many], arcs[many]
    heads = np.unique(graph.twin[multiple])
    middle = graph.n_nodes + np.searchsorted(heads, graph.twin[multiple])
    tail = np.r_[graph.tail[single], graph.tail[multiple], graph.n_nodes + np.arange(len(heads))]
    head = np.r_[graph.head[single], middle, graph.head[heads]]
    length = np.r_[graph.length_m[single], np.zeros(len(multiple)), graph.length_m[heads]]
    arc = np.r_[graph.twin[single], graph.twin[multiple], heads]
    # only what is connected both ways belongs: copies beside the zone fall away
    n = graph.n_nodes + len(heads)
    ones = sparse.csr_array((np.ones(len(tail)), (tail, head)), shape=(n, n))
    ones.sum_duplicates()
    _, label = csgraph.connected_components(ones, connection="strong")
    same = label[tail] == label[head]
    weight = np.bincount(label[tail[same]], length[same])
    keep = same & (label[tail] == weight.argmax())
    names, flat = np.unique(np.r_[tail[keep], head[keep]], return_inverse=True)
    half = int(keep.sum())
    return _Part(len(names), flat[:half], flat[half:], length[keep], arc[keep])


def _ways(part: _Part) -> rustworkx.PyDiGraph[None, None]:
    ways: rustworkx.PyDiGraph[None, None] = rustworkx.PyDiGraph(multigraph=True)
    ways.add_nodes_from([None] * part.n)
    ways.add_edges_from_no_data(list(zip(part.tail.tolist(), part.head.tolist(), strict=True)))
    return ways


def _dominators(ways: rustworkx.PyDiGraph[None, None], root: int) -> _Tree:
    """Return the tree of dominators of all that is reached from `root` (Cooper, Harvey & Kennedy
    2006, by rustworkx)."""
    parent = rustworkx.immediate_dominators(ways, root)
    up = np.array([parent[vertex] for vertex in range(ways.num_nodes())], dtype=np.int64)
    pre, last = preorder(up, root)
    return _Tree(up, pre, last)


def _middle(part: _Part, tree: _Tree) -> int:
    """Return the last vertex that more than half of the road lies behind: few cuts leave it in the
    smaller part.

    From such a root nearly every cut is read off the trees; any root would give the same figures.
    """
    root = int(np.flatnonzero(tree.pre == 0)[0])
    road = subtree_sums(tree.parent, root, np.bincount(part.tail, part.length, part.n))
    heavy = np.flatnonzero(road > road[root] / 2)
    # they follow each other down the tree
    return int(heavy[tree.pre[heavy].argmax()]) if len(heavy) else root


def _bridge_weight(part: _Part, tree: _Tree, tail: IntArray, head: IntArray) -> FloatArray:
    """Length of the arcs that leave the vertices behind each arc; 0 where the arc is no bridge."""
    root = int(np.flatnonzero(tree.pre == 0)[0])
    leaving = subtree_sums(tree.parent, root, np.bincount(tail, part.length, part.n))
    # the one way in: the arc from the dominator, with every other way into the head coming from
    # behind it
    straight = (tree.parent[head] == tail) & (head != root)
    other = np.bincount(head[~tree.below(head, tail)], minlength=part.n)
    bridge = straight & (other[head] == 1)
    return np.where(bridge, leaving[head], 0.0)


def _largest_left(part: _Part, without: int) -> float:
    keep = np.arange(len(part.tail)) != without
    tail, head, length = part.tail[keep], part.head[keep], part.length[keep]
    ones = sparse.csr_array((np.ones(len(tail)), (tail, head)), shape=(part.n, part.n))
    ones.sum_duplicates()
    _, label = csgraph.connected_components(ones, connection="strong")
    same = label[tail] == label[head]
    return float(np.bincount(label[tail[same]], length[same], part.n).max()) if same.any() else 0.0
