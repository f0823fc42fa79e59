"""Ramps, and walking along a road: what lies beside a crossing (rules L6, L7)."""

from __future__ import annotations

import heapq
import math
from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import shapely

from alprmap import geo
from alprmap.locate.crossings import IntArray, Net
from alprmap.roads import share_at

OWN_RAMPS_M = 700.0
"""Ramps within this distance of a crossing belong to its own interchange."""
NEXT_RAMPS_M = 400.0
"""Ramps must lie this far past the last own one to be the next interchange's."""
FARTHEST_M = 5000.0


@dataclass(frozen=True)
class Ramp:
    """A chain of link segments from one road to another: segments in order of driving, length,
    middle, ends."""

    segments: tuple[int, ...]
    length_m: float
    lon: float
    lat: float
    first_node: int
    last_node: int


@dataclass(frozen=True)
class Walk:
    """Where a walk along a road ended, and how far it went."""

    lon: float
    lat: float
    meters: float


class Ramps:
    """The link roads of a network as a small directed graph."""

    def __init__(self, net: Net) -> None:
        self.net = net

    @cached_property
    def _from(self) -> dict[int, list[tuple[int, int]]]:
        found: dict[int, list[tuple[int, int]]] = defaultdict(list)
        net = self.net
        for at in np.flatnonzero(net.link).tolist():
            if net.forward[at]:
                found[int(net.u[at])].append((at, int(net.v[at])))
            if net.backward[at]:
                found[int(net.v[at])].append((at, int(net.u[at])))
        return found

    def between(self, a: IntArray, b: IntArray, *, most_m: float) -> list[Ramp]:
        """Return the ramps that lead from road `a` to road `b`, at most `most_m` long, one per
        place left."""
        starts = np.unique(np.concatenate([self.net.u[a], self.net.v[a]]))
        goals = set(np.concatenate([self.net.u[b], self.net.v[b]]).tolist())
        found = []
        for node in starts.tolist():
            if node in self._from:
                ramp = self._shortest(node, goals, most_m)
                if ramp:
                    found.append(ramp)
        return found

    def _shortest(self, start: int, goals: set[int], most_m: float) -> Ramp | None:
        queue: list[tuple[float, int, tuple[int, ...]]] = [(0.0, start, ())]
        seen: set[int] = set()
        while queue:
            meters, node, path = heapq.heappop(queue)
            if node in goals and path:
                return self._ramp(path, meters, start, node)
            if node in seen:
                continue
            seen.add(node)
            for at, other in self._from.get(node, ()):
                total = meters + float(self.net.length_m[at])
                if total <= most_m and other not in seen:
                    heapq.heappush(queue, (total, other, (*path, at)))
        return None

    def _ramp(self, path: tuple[int, ...], meters: float, first: int, last: int) -> Ramp:
        half, gone = meters / 2, 0.0
        for at in path:
            length = float(self.net.length_m[at])
            if gone + length >= half:
                lon, lat = self.net.place(at, half - gone)
                return Ramp(path, meters, lon, lat, first, last)
            gone += length
        raise AssertionError("a path is at least half as long as itself")

    def heading_at(self, node: int, road: IntArray) -> float | None:
        """Return the heading of the one-way segment of `road` that leaves `node`, or reaches it."""
        for here in (self.net.u[road] == node, self.net.v[road] == node):
            deg = self.net.oneway_deg[road[here]]
            known = deg[np.isfinite(deg)]
            if len(known):
                return float(known[0])
        return None


class Path:
    """A walk along one road from a point, towards a heading, up to `farthest_m`."""

    def __init__(
        self,
        net: Net,
        road: IntArray,
        lon: float,
        lat: float,
        heading_deg: float,
        *,
        farthest_m: float = FARTHEST_M,
    ) -> None:
        self.net = net
        self.farthest_m = farthest_m
        self._touching: dict[int, list[int]] = defaultdict(list)
        for at in road.tolist():
            self._touching[int(net.u[at])].append(at)
            self._touching[int(net.v[at])].append(at)
        self.steps = self._steps(net.foot(road, lon, lat)[0], lon, lat, heading_deg)

    def _steps(
        self, start: int, lon: float, lat: float, heading_deg: float
    ) -> list[tuple[int, float, float]]:
        """Return (segment, from part, to part) in order."""
        net = self.net
        at = float(share_at(net.lines[[start]], np.array([lon]), np.array([lat]))[0])
        ends = [shapely.get_point(net.lines[start], i) for i in (-1, 0)]
        turns = [_turn(lon, lat, end, heading_deg) for end in ends]
        forward = turns[0] <= turns[1]
        steps = [(start, at, 1.0 if forward else 0.0)]
        gone = abs(steps[0][2] - at) * float(net.length_m[start])
        node = int(net.v[start] if forward else net.u[start])
        used = {start}
        while gone < self.farthest_m:
            onward = [s for s in self._touching[node] if s not in used]
            if not onward:
                break
            # at a fork of carriageways the straighter one is the road
            came = self._bearing(steps[-1][0], away=steps[-1][2] > steps[-1][1])
            best = min(
                onward,
                key=lambda s: (_apart(came, self._bearing(s, away=int(net.u[s]) == node)), s),
            )
            used.add(best)
            onto = int(net.u[best]) == node
            steps.append((best, 0.0 if onto else 1.0, 1.0 if onto else 0.0))
            node = int(net.v[best] if onto else net.u[best])
            gone += float(net.length_m[best])
        return steps

    def _bearing(self, at: int, *, away: bool) -> float:
        line = self.net.lines[at]
        one, other = shapely.get_point(line, 0), shapely.get_point(line, -1)
        if not away:
            one, other = other, one
        return float(geo.azimuth_deg(one.x, one.y, other.x, other.y))

    def after(self, meters: float) -> Walk:
        """Return the point `meters` along, or the end of the road."""
        gone = 0.0
        for at, begin, end in self.steps:
            length = abs(end - begin) * float(self.net.length_m[at])
            if gone + length >= meters and length:
                part = begin + (end - begin) * (meters - gone) / length
                return Walk(*self.net.place(at, part * float(self.net.length_m[at])), meters)
            gone += length
        at, _, end = self.steps[-1]
        return Walk(*self.net.place(at, end * float(self.net.length_m[at])), gone)

    def interchanges(self) -> tuple[float, float] | None:
        """Return where this interchange's ramps end and the next one's begin, meters along; None
        without next."""
        links = np.concatenate([self.net.u[self.net.link], self.net.v[self.net.link]])
        link_nodes = set(links.tolist())
        gone, marks = 0.0, []
        for at, begin, end in self.steps:
            gone += abs(end - begin) * float(self.net.length_m[at])
            if int(self.net.v[at] if end > begin else self.net.u[at]) in link_nodes:
                marks.append(gone)
        own = max((m for m in marks if m <= OWN_RAMPS_M), default=0.0)
        later = [m for m in marks if m > own + NEXT_RAMPS_M]
        return (own, later[0]) if later else None


def _turn(lon: float, lat: float, end: shapely.Point, heading_deg: float) -> float:
    if (lon, lat) == (end.x, end.y):
        return 90.0
    return _apart(float(geo.azimuth_deg(lon, lat, end.x, end.y)), heading_deg)


def _apart(a: float, b: float) -> float:
    return abs((a - b + 180.0) % 360.0 - 180.0) if math.isfinite(a) and math.isfinite(b) else 90.0
