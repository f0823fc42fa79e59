"""Plane geometry of the demo county: meters east and north of the port of entry, turned into
degrees at the end.

Plain arithmetic only, so that the same bytes come out on every machine and with every library
version."""

from __future__ import annotations

import math
from bisect import bisect_right
from itertools import pairwise

Point = tuple[float, float]

PORT_LON, PORT_LAT = -101.9085, 29.7990
"""Where the invented bridge meets the real river line (a stretch without any road, Terrell County,
Texas). """
MILE_M = 1609.344
_A, _E2 = 6378137.0, 0.0066943799901413165  # WGS 84


def _meridian(lat: float) -> float:
    e2, e4, e6 = _E2, _E2**2, _E2**3
    return _A * (
        (1 - e2 / 4 - 3 * e4 / 64 - 5 * e6 / 256) * lat
        - (3 * e2 / 8 + 3 * e4 / 32 + 45 * e6 / 1024) * math.sin(2 * lat)
        + (15 * e4 / 256 + 45 * e6 / 1024) * math.sin(4 * lat)
        - (35 * e6 / 3072) * math.sin(6 * lat)
    )


def lonlat(x: float, y: float) -> Point:
    """Return degrees (lon, lat), 7 decimals, of a place x meters east and y meters north of the
    port.

    A transverse Mercator around the port's meridian (Snyder 1987, equations 8-17 to 8-25), true to
    scale within
    0.02 % over the whole county.
    """
    start = math.radians(PORT_LAT)
    target, foot = _meridian(start) + y, start
    for _ in range(8):
        foot += (target - _meridian(foot)) / (
            _A * (1 - _E2) / (1 - _E2 * math.sin(foot) ** 2) ** 1.5
        )
    n1 = _A / math.sqrt(1 - _E2 * math.sin(foot) ** 2)
    r1 = _A * (1 - _E2) / (1 - _E2 * math.sin(foot) ** 2) ** 1.5
    t, c, d = math.tan(foot) ** 2, _E2 / (1 - _E2) * math.cos(foot) ** 2, x / n1
    lat = foot - n1 * math.tan(foot) / r1 * (d**2 / 2 - (5 + 3 * t + 10 * c) * d**4 / 24)
    lon = math.radians(PORT_LON) + (d - (1 + 2 * t + c) * d**3 / 6) / math.cos(foot)
    return round(math.degrees(lon), 7), round(math.degrees(lat), 7)


def true_heading(a: Point, b: Point) -> float:
    """Return the bearing from a to b, a short way, in degrees clockwise from true north (not from
    grid north)."""
    (lon1, lat1), (lon2, lat2) = lonlat(*a), lonlat(*b)
    middle = math.radians((lat1 + lat2) / 2)
    stretch = 1 - _E2 * math.sin(middle) ** 2
    east = math.radians(lon2 - lon1) * math.cos(middle) / math.sqrt(stretch)
    north = math.radians(lat2 - lat1) * (1 - _E2) / stretch**1.5
    return math.degrees(math.atan2(east, north)) % 360


def heading(a: Point, b: Point) -> float:
    """Return the bearing from a to b on the plane, degrees clockwise from grid north."""
    return math.degrees(math.atan2(b[0] - a[0], b[1] - a[1])) % 360


def beside(at: Point, bearing_deg: float, right_m: float, ahead_m: float = 0.0) -> Point:
    """Return the place `right_m` to the right of and `ahead_m` beyond `at`, seen along the bearing."""
    s, c = math.sin(math.radians(bearing_deg)), math.cos(math.radians(bearing_deg))
    return at[0] + ahead_m * s + right_m * c, at[1] + ahead_m * c - right_m * s


def smooth(controls: list[Point], step_m: float) -> list[Point]:
    """Return a centripetal Catmull-Rom curve through the control points, a point about every
    `step_m`."""
    first, last = controls[0], controls[-1]
    ends = [(2 * first[0] - controls[1][0], 2 * first[1] - controls[1][1])]
    tail = [(2 * last[0] - controls[-2][0], 2 * last[1] - controls[-2][1])]
    p = ends + controls + tail
    out = [first]
    for i in range(1, len(p) - 2):
        out += _span(p[i - 1], p[i], p[i + 1], p[i + 2], step_m)
    return out


def _span(p0: Point, p1: Point, p2: Point, p3: Point, step_m: float) -> list[Point]:
    t0 = 0.0
    t1 = t0 + math.sqrt(math.dist(p0, p1))
    t2 = t1 + math.sqrt(math.dist(p1, p2))
    t3 = t2 + math.sqrt(math.dist(p2, p3))
    count = max(1, round(math.dist(p1, p2) / step_m))
    out = []
    for k in range(1, count + 1):
        t = t1 + (t2 - t1) * k / count
        a1, a2, a3 = _mix(p0, p1, t0, t1, t), _mix(p1, p2, t1, t2, t), _mix(p2, p3, t2, t3, t)
        b1, b2 = _mix(a1, a2, t0, t2, t), _mix(a2, a3, t1, t3, t)
        out.append(_mix(b1, b2, t1, t2, t))
    return out


def _mix(a: Point, b: Point, ta: float, tb: float, t: float) -> Point:
    w = (t - ta) / (tb - ta)
    return a[0] + (b[0] - a[0]) * w, a[1] + (b[1] - a[1]) * w


class Line:
    """A polyline one can walk along: place and bearing at so many meters from its start."""

    def __init__(self, points: list[Point]) -> None:
        self.points = points
        self.marks = [0.0]
        for a, b in pairwise(points):
            self.marks.append(self.marks[-1] + math.dist(a, b))

    @property
    def length_m(self) -> float:
        """Length."""
        return self.marks[-1]

    def at(self, along_m: float, right_m: float = 0.0) -> Point:
        """Return the place `along_m` from the start, `right_m` to the right of the line."""
        i = min(max(bisect_right(self.marks, along_m) - 1, 0), len(self.points) - 2)
        a, b = self.points[i], self.points[i + 1]
        w = (along_m - self.marks[i]) / (self.marks[i + 1] - self.marks[i])
        x, y = a[0] + (b[0] - a[0]) * w, a[1] + (b[1] - a[1]) * w
        return beside((x, y), self.bearing(along_m), right_m) if right_m else (x, y)

    def bearing(self, along_m: float) -> float:
        """Return the bearing of the line at `along_m`, taken over 60 m so that it turns gently."""
        return heading(self._plain(along_m - 30), self._plain(along_m + 30))

    def _plain(self, along_m: float) -> Point:
        i = min(max(bisect_right(self.marks, along_m) - 1, 0), len(self.points) - 2)
        a, b = self.points[i], self.points[i + 1]
        w = (along_m - self.marks[i]) / (self.marks[i + 1] - self.marks[i])
        return a[0] + (b[0] - a[0]) * w, a[1] + (b[1] - a[1]) * w

    def nearest(self, p: Point) -> tuple[float, float]:
        """Return (meters along the line, distance) of the place of the line nearest to p."""
        best = (0.0, math.inf)
        for i, (a, b) in enumerate(pairwise(self.points)):
            dx, dy = b[0] - a[0], b[1] - a[1]
            span = dx * dx + dy * dy
            w = (
                0.0
                if span == 0
                else min(1.0, max(0.0, ((p[0] - a[0]) * dx + (p[1] - a[1]) * dy) / span))
            )
            far = math.dist(p, (a[0] + w * dx, a[1] + w * dy))
            if far < best[1]:
                best = (self.marks[i] + w * math.sqrt(span), far)
        return best


class Dice:
    """Small repeatable unevenness (a linear congruential generator: no library, no seed of the
    day)."""

    def __init__(self, seed: int) -> None:
        self.state = seed

    def shake(self, size: float) -> float:
        """Return a number between -size and size."""
        self.state = (self.state * 1103515245 + 12345) % 2**31
        return (self.state / 2**30 - 1) * size
