"""Several extracts become one: the same way twice is one way, halves of a way are joined (rule N7).

Extracts of neighboring states overlap at their edge, or cut their ways there. What is said of a
way is what its newest version says; where the files carry no versions, what the newest file says.
Which file is named first makes no difference.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from alprmap import geo
from alprmap.roads.interleave import contiguous, interleave, overlap
from alprmap.roads.ways import TEXTS, Ways

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]

JOIN_GAP_M = 5_000.0
"""N7: the edge that an extract's border cuts is no longer than this. In the Columbus extract the
longest edge between two nodes of a road has 1.9 km, on straight desert roads some have 4 km."""
NODE_MOVED_M = 1_000.0
"""N7: a mapper moves a node by meters; one that stands farther off in another file is another node,
and the files do not number alike."""
PLAIN = ("layer", "lanes", "maxspeed_kmh")


@dataclass(frozen=True)
class _Pile:
    """The ways of all extracts one behind the other, the newest extract first."""

    owner: IntArray
    way_id: IntArray
    version: IntArray
    start: IntArray
    size: IntArray
    refs: IntArray
    xy: FloatArray
    plain: dict[str, NDArray[Any]]
    flags: NDArray[np.uint8]
    texts: dict[str, Any]
    counts: Counter[str] = field(default_factory=Counter)

    def says(self, way: int) -> tuple[Any, ...]:
        """Return what tells one road from another: class and name."""
        return tuple(self.texts[name][way].as_py() for name in ("highway", "name"))


def join_extracts(extracts: Sequence[Ways]) -> Ways:
    """Return the ways of several extracts as those of one (rule N7).

    Parameters
    ----------
    extracts
        The newest first; where dates are equal, in an order that does not depend on the user.

    Returns
    -------
    Ways
        Sorted by way id. Its `counts` tell `ways_in_several` (given more than once), `ways_joined`
        (of two halves), `ways_numbered_alike` and `nodes_numbered_alike` (one number for two
        things, which got numbers of their own below zero).
    """
    pile = _pile(extracts)
    apart = _nodes_numbered_alike(pile)
    _place_nodes(pile)
    rows, nodes, renumbered = _one_of_each(pile)
    made = _ways(pile, rows, nodes, renumbered)
    made.restrictions = _restrictions(extracts, apart, renumbered)
    for one in extracts:
        made.counts += one.counts
    made.counts += pile.counts
    return made


def _pile(extracts: Sequence[Ways]) -> _Pile:
    size = np.concatenate([np.frombuffer(w.size, dtype=np.int64) for w in extracts])
    plain = {name: np.concatenate([np.array(getattr(w, name)) for w in extracts]) for name in PLAIN}
    texts = {
        name: pa.concat_arrays(
            [chunk for w in extracts for chunk in w.text(name).chunks] or [_no_text()]
        )
        for name in TEXTS
    }
    return _Pile(
        owner=np.repeat(np.arange(len(extracts)), [len(w.way_id) for w in extracts]),
        way_id=np.concatenate([np.array(w.way_id, dtype=np.int64) for w in extracts]),
        version=np.concatenate([np.array(w.version, dtype=np.int64) for w in extracts]),
        start=np.cumsum(size) - size,
        size=size,
        refs=np.concatenate([np.array(w.refs, dtype=np.int64) for w in extracts]),
        xy=np.concatenate([part for w in extracts for part in w.xy] or [np.zeros((0, 2))]),
        plain=plain,
        flags=np.concatenate([np.frombuffer(bytes(w.flags), dtype=np.uint8) for w in extracts]),
        texts=texts,
    )


def _no_text() -> Any:
    return pa.array([], type=pa.large_string())


def _nodes_numbered_alike(pile: _Pile) -> dict[tuple[int, int], int]:
    """Give nodes that bear one number at two places numbers of their own; return those by (extract,
    number)."""
    owner = np.repeat(pile.owner, pile.size)
    known = np.flatnonzero(np.isfinite(pile.xy[:, 0]))
    order = known[np.lexsort((owner[known], pile.refs[known]))]
    refs = pile.refs[order]
    fresh = np.r_[True, refs[1:] != refs[:-1]] if len(refs) else np.zeros(0, dtype=bool)
    newest = order[np.flatnonzero(fresh)[np.cumsum(fresh) - 1]]
    moved = (pile.xy[order] != pile.xy[newest]).any(axis=1)
    order, newest = order[moved], newest[moved]
    off = geo.distance_m(*pile.xy[order].T, *pile.xy[newest].T)
    far = order[off > NODE_MOVED_M]
    apart = {
        (file, ref): below_zero(file, ref)
        for file, ref in zip(owner[far].tolist(), pile.refs[far].tolist(), strict=True)
    }
    for (file, ref), number in apart.items():
        pile.refs[(owner == file) & (pile.refs == ref)] = number
    pile.counts["nodes_numbered_alike"] = len(apart)
    return apart


def below_zero(file: int, number: int) -> int:
    """Return a number of its own, below zero, for what `file` calls `number`."""
    return -(((2 * file + (number < 0) + 1) << 40) + abs(number))


def _place_nodes(pile: _Pile) -> None:
    """Put each node where the newest extract that knows its place has it."""
    known = np.flatnonzero(np.isfinite(pile.xy[:, 0]))
    # the first of each number is that of the newest extract: they lie in that order
    refs, first = np.unique(pile.refs[known], return_index=True)
    if not len(refs):
        return
    at = np.minimum(np.searchsorted(refs, pile.refs), len(refs) - 1)
    has = refs[at] == pile.refs
    pile.xy[has] = pile.xy[known[first[at[has]]]]


def _one_of_each(pile: _Pile) -> tuple[list[int], list[IntArray], dict[tuple[int, int], int]]:
    """Return for each way that stays its row, its nodes (places in the pile), and new numbers by
    (extract, number)."""
    order = np.lexsort((pile.owner, -pile.version, pile.way_id))
    ids = pile.way_id[order]
    starts = np.flatnonzero(np.r_[True, ids[1:] != ids[:-1]]) if len(ids) else np.zeros(0, int)
    rows: list[int] = []
    nodes: list[IntArray] = []
    renumbered: dict[tuple[int, int], int] = {}
    for copies in np.split(order, starts[1:]):
        if not len(copies):
            continue
        parts = _merged(pile, copies.tolist())
        for number, (row, at) in enumerate(parts):
            if number:
                file, way = int(pile.owner[row]), int(pile.way_id[row])
                renumbered[file, way] = below_zero(file, way)
            rows.append(row)
            nodes.append(at)
    return rows, nodes, renumbered


def _nodes_of(pile: _Pile, row: int) -> IntArray:
    return np.arange(pile.start[row], pile.start[row] + pile.size[row])


def _merged(pile: _Pile, copies: list[int]) -> list[tuple[int, IntArray]]:
    """Return the ways that copies of one number are, the newest first: one, unless files number
    their ways alike by chance."""
    parts = [(copies[0], _nodes_of(pile, copies[0]))]
    for row in copies[1:]:
        at = _nodes_of(pile, row)
        if not any(np.array_equal(pile.refs[at], pile.refs[other]) for _, other in parts):
            parts.append((row, at))
    pile.counts["ways_in_several"] += len(copies) > 1
    joined = False
    again = len(parts) > 1
    while again:
        again = False
        for i, j in combinations(range(len(parts)), 2):
            one = _joined(pile, parts[i], parts[j])
            if one is not None:
                joined |= len(one) > max(len(parts[i][1]), len(parts[j][1]))
                parts[i] = (parts[i][0], one)
                del parts[j]
                again = len(parts) > 1
                break
    pile.counts["ways_joined"] += joined
    pile.counts["ways_numbered_alike"] += len(parts) - 1
    return parts


def _joined(
    pile: _Pile, newer: tuple[int, IntArray], older: tuple[int, IntArray]
) -> IntArray | None:
    """Return the nodes of the way that two copies are of; None where they are of two ways."""
    a, b = pile.refs[newer[1]], pile.refs[older[1]]
    versions = pile.version[newer[0]], pile.version[older[0]]
    if not np.intersect1d(a, b).size:
        edited = versions[0] != versions[1]
        if not edited and pile.says(newer[0]) != pile.says(older[0]):
            return None
        return interleave(newer[1], older[1], pile.xy, JOIN_GAP_M)
    whole = overlap(a, b, newer[1], older[1])
    if whole is not None:
        return whole
    if versions[0] != versions[1]:
        return newer[1]
    # of one version the longer one is less cut; where none is told they may be two editions
    if contiguous(a, b) or (versions[0] > 0 and len(b) > len(a)):
        return older[1]
    return newer[1]


def _ways(
    pile: _Pile, rows: list[int], nodes: list[IntArray], renumbered: dict[tuple[int, int], int]
) -> Ways:
    take = np.array(rows, dtype=np.int64)
    at = np.concatenate(nodes) if nodes else np.zeros(0, np.int64)
    way_id = pile.way_id[take]
    seen: set[int] = set()
    for place, row in enumerate(rows):
        key = int(pile.owner[row]), int(pile.way_id[row])
        if key[1] in seen:
            way_id[place] = renumbered[key]
        seen.add(key[1])
    made = Ways()
    made.way_id.frombytes(way_id.tobytes())
    made.version.frombytes(pile.version[take].tobytes())
    made.size.frombytes(np.array([len(n) for n in nodes], dtype=np.int64).tobytes())
    made.refs.frombytes(pile.refs[at].tobytes())
    made.xy.append(pile.xy[at])
    for name in PLAIN:
        getattr(made, name).frombytes(pile.plain[name][take].tobytes())
    made.flags += pile.flags[take].tobytes()
    for name in TEXTS:
        made.told[name].append(pile.texts[name].take(pa.array(take)))
    return made


def _restrictions(
    extracts: Sequence[Ways],
    nodes: dict[tuple[int, int], int],
    ways: dict[tuple[int, int], int],
) -> list[tuple[int, str, int, int, int]]:
    """Return turn restrictions as the newest version of each relation has them."""
    best: dict[int, tuple[int, int]] = {}
    for file, one in enumerate(extracts):
        for relation, version in one.relation_version.items():
            best[relation] = min(best.get(relation, (-version, file)), (-version, file))
    rows: Iterable[tuple[int, tuple[int, str, int, int, int]]] = (
        (file, row) for file, one in enumerate(extracts) for row in one.restrictions
    )
    return [
        (
            relation,
            kind,
            ways.get((file, start), start),
            nodes.get((file, via), via),
            ways.get((file, end), end),
        )
        for file, (relation, kind, start, via, end) in rows
        if best.get(relation, (0, file))[1] == file
    ]
