"""Nearest point of a line on the ellipsoid: which point, whose line, how far, without any map
projection (R2).

The line is the chain of geodesics between its vertices. It is cut into short pieces whose ends go
into a k-d tree in earth-centered coordinates; for a point, the pieces at the few nearest ends are
compared by the foot of the perpendicular, and one geodesic to the best foot gives the distance. The
answer is kept only when no piece outside those few can be nearer (see `LineIndex.nearest`);
otherwise more are looked at. There is no seam at the antimeridian and no distortion far from a
central meridian."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy
import shapely
from numpy.typing import ArrayLike, NDArray

from alprmap import geo
from alprmap.errors import InputError
from alprmap.geo import FloatArray

IntArray = NDArray[np.int64]

STEP_M = 2000.0
"""Longest piece, meters. A chord of 2 km lies 8 cm under the ellipsoid, so a foot on it is a foot
on the line. """
TOLERANCE_M = 0.25
"""How much nearer than the answer an unseen piece may be, meters; the rule asks for 1 m."""
_FIRST_K = 4
_LEAF = 128
"""Vertices in a leaf of the tree: far points look at many leaves, and large ones are three times
faster there. """
_WIDEN = 4
_CELLS = 200_000
"""Point-candidate pairs worked on at once in one thread: about 50 MB."""
_THREADS = 8
_B_M = geo.WGS84_A_M * (1 - geo.WGS84_F)
_FLATTEST_M = geo.WGS84_A_M**2 / _B_M
"""Largest radius of curvature on WGS 84 (at the poles): a chord can be no shorter an arc than on
this circle. """
_FAR_M, _VERY_FAR_M = 1_200_000.0, 3_000_000.0
_ARC_ERROR_M = 0.03
"""Largest error of `_arc_m` at 1,000 km (20,000 random geodesics: 0.026 m); it grows with the fifth
power. """
_A2, _B2 = geo.WGS84_A_M**-2, _B_M**-2


@dataclass(frozen=True, slots=True)
class Nearest:
    """The nearest place of a line to each of n points; NaN (and line -1) where a point is
    unknown.
    """

    distance_m: FloatArray
    """Geodesic distance, meters, shape (n,); never negative, also for points beyond the line."""
    lon: FloatArray
    """Longitude of the nearest place, shape (n,)."""
    lat: FloatArray
    """Latitude of the nearest place, shape (n,)."""
    line: IntArray
    """Position, in the geometries given, of the one the place lies on, shape (n,)."""


class LineIndex:
    """An index of lines (or points, or outlines of polygons) that answers nearest-place questions.

    Parameters
    ----------
    shapes
        Array or list of shapely geometries in degrees (lon, lat), WGS 84. Polygons count with their
        outline.
    step_m
        Longest piece the lines are cut into, meters.

    Raises
    ------
    InputError
        When there is no vertex at all, or one is not a finite position.

    Examples
    --------
    >>> equator = LineIndex([shapely.linestrings([[179.0, 0.0], [181.0, 0.0]])])
    >>> near = equator.nearest([-179.5], [1.0])
    >>> round(float(near.distance_m[0])), near.lon.round(5).tolist()
    (110574, [-179.5])
    """

    def __init__(self, shapes: ArrayLike, *, step_m: float = STEP_M) -> None:
        corners = _vertices(np.atleast_1d(np.asarray(shapes, dtype=object)))
        lon, lat, line, joined = _densified(*corners, step_m)
        self.lon, self.lat, self.line = lon, lat, line
        self._xyz = geo.ecef(lon, lat)
        # piece i runs from vertex i to i + 1; where no piece starts, vertex i stands for itself
        self._next = np.arange(len(lon)) + joined
        self._before = np.maximum(np.arange(len(lon)) - np.concatenate([[0], joined[:-1]]), 0)
        steps = np.linalg.norm(self._xyz[self._next] - self._xyz, axis=1)
        self._half_m = float(steps.max()) / 2
        self._tree = scipy.spatial.cKDTree(self._xyz, leafsize=_LEAF)

    def __len__(self) -> int:
        """Return the number of vertices after densifying."""
        return len(self.lon)

    def nearest(
        self, lon: ArrayLike, lat: ArrayLike, *, progress: Callable[[int, int], None] | None = None
    ) -> Nearest:
        """Find the nearest place of the lines to each point.

        A piece that is not among the candidates has both ends at least `d_k` (the k-th nearest end)
        away, so its own chord is at least `sqrt(d_k² - half²)` and its arc at least that chord's
        arc on the flattest circle of the ellipsoid. While this bound does not exceed the answer
        less `TOLERANCE_M`, more ends are looked at; the error is therefore at most `TOLERANCE_M`,
        proven for each point and not sampled.

        Parameters
        ----------
        lon, lat
            Degrees, shape (n,); NaN gives NaN back.
        progress
            Called with (points done, points in all).

        Returns
        -------
        Nearest
            Arrays of shape (n,).
        """
        x = np.asarray(lon, dtype=np.float64).ravel()
        y = np.asarray(lat, dtype=np.float64).ravel()
        total = len(x)
        distance, at_lon, at_lat = (np.full(total, np.nan) for _ in range(3))
        line = np.full(total, -1, dtype=np.int64)
        open_rows = np.flatnonzero(np.isfinite(x) & np.isfinite(y))
        k, done = min(_FIRST_K, len(self)), total - len(open_rows)
        with ThreadPoolExecutor(max_workers=min(os.cpu_count() or 1, _THREADS)) as pool:
            while len(open_rows):
                size = max(1, _CELLS // k)
                chunks = [open_rows[i : i + size] for i in range(0, len(open_rows), size)]
                unproven: list[NDArray[np.int64]] = []
                # results come back in the order of the chunks, so threads do not change a digit;
                # one chunk needs none, and where memory is short a thread may never start
                each = pool.map if len(chunks) > 1 else map
                for rows, found in zip(
                    chunks, each(self._chunk, *self._cut(x, y, chunks, k)), strict=True
                ):
                    meters, foot_lon, foot_lat, owner, proven = found
                    ok = rows[proven]
                    distance[ok], line[ok] = meters[proven], self.line[owner[proven]]
                    at_lon[ok], at_lat[ok] = foot_lon[proven], foot_lat[proven]
                    unproven.append(rows[~proven])
                    done += len(ok)
                    if progress is not None:
                        progress(done, total)
                open_rows = np.concatenate(unproven)
                k = min(k * _WIDEN, len(self))
        return Nearest(distance, at_lon, at_lat, line)

    @staticmethod
    def _cut(x: FloatArray, y: FloatArray, chunks: list[IntArray], k: int) -> tuple[list[Any], ...]:
        return [x[rows] for rows in chunks], [y[rows] for rows in chunks], [k] * len(chunks)

    def _chunk(self, x: FloatArray, y: FloatArray, k: int) -> tuple[Any, ...]:
        """Return distance, foot (lon, lat), vertex its piece starts at, and whether no unseen piece
        is nearer."""
        foot, owner, bound = self._best(geo.ecef(x, y), k)
        foot_lon, foot_lat = _surface(foot)
        meters = geo.distance_m(x, y, foot_lon, foot_lat)
        return meters, foot_lon, foot_lat, owner, bound >= meters - TOLERANCE_M

    def _best(self, points: FloatArray, k: int) -> tuple[FloatArray, IntArray, FloatArray]:
        """Return the best foot (m, 3), the vertex its piece starts at, and the bound on all unseen
        pieces."""
        chord, near = self._tree.query(points, k=k)
        chord, near = (np.reshape(a, (len(points), k)) for a in (chord, near))
        if k == len(self):
            bound = np.full(len(points), np.inf)
        else:
            reach = np.sqrt(np.maximum(chord[:, -1] ** 2 - self._half_m**2, 0.0))
            bound = 2 * _FLATTEST_M * np.arcsin(np.minimum(reach / (2 * _FLATTEST_M), 1.0))
        first = np.concatenate([near, self._before[near]], axis=1)
        foot = _foot(points[:, None, :], self._xyz[first], self._xyz[self._next[first]])
        arc = _arc_m(points[:, None, :], foot)
        column = _settled(points, foot, arc)
        rows = np.arange(len(points))
        return foot[rows, column], first[rows, column], bound


def _settled(points: FloatArray, foot: FloatArray, arc: FloatArray) -> IntArray:
    """Return which candidate is nearest; far away, where arcs are too rough, by one geodesic per
    contender.

    The error of an arc turns with its direction, so candidates in nearly one direction rank rightly
    as they are; only those that look another way and are as near within the error need geodesics.
    """
    column: IntArray = np.argmin(arc, axis=1)
    rows = np.arange(len(arc))
    best = arc[rows, column]
    far = np.flatnonzero(best > _FAR_M)
    if len(far):
        slack = 2 * _ARC_ERROR_M * (best[far] / 1e6) ** 5
        apart = np.linalg.norm(foot[far] - foot[far, column[far]][:, None, :], axis=2)
        contends = (arc[far] <= (best[far] + slack)[:, None]) & (
            (apart > best[far, None] / 50) | (best[far, None] > _VERY_FAR_M)
        )
        contends[contends.any(axis=1), column[far][contends.any(axis=1)]] = True
        row, candidate = np.nonzero(contends)
        meters = np.where(np.arange(arc.shape[1]) == column[far, None], best[far, None], np.inf)
        meters[row, candidate] = geo.distance_m(
            *_surface(points[far[row]]), *_surface(foot[far[row], candidate])
        )
        column[far] = np.argmin(meters, axis=1)
    return column


def _foot(points: FloatArray, start: FloatArray, end: FloatArray) -> FloatArray:
    """Return the nearest place to `points` on the straight pieces `start`–`end` (last axis: x, y,
    z)."""
    along = end - start
    square = np.einsum("...i,...i->...", along, along)
    share = np.einsum("...i,...i->...", points - start, along)
    share = np.divide(share, square, out=np.zeros_like(share), where=square > 0)
    foot: FloatArray = start + np.clip(share, 0.0, 1.0)[..., None] * along
    return foot


def _arc_m(start: FloatArray, end: FloatArray) -> FloatArray:
    """Return the length along the ellipsoid between places on it, from their chord, meters.

    The chord of a quadric is conjugate to the diameter through its middle, so the curvature of the
    surface above the middle, in the chord's direction, gives the arc: within centimeters at 1,000
    km, which is enough to choose a foot (the distance reported is a geodesic). Chords alone would
    not do: at 1,000 km they are 1,017 to 1,038 m short, depending on direction.
    """
    chord, middle = end - start, start + end
    flat, up = chord[..., 0] ** 2 + chord[..., 1] ** 2, chord[..., 2] ** 2
    flat_m, up_m = middle[..., 0] ** 2 + middle[..., 1] ** 2, middle[..., 2] ** 2
    square = flat + up
    length = np.sqrt(square)
    # the twice-as-far middle: its length cancels between the two
    within = np.sqrt(flat_m * _A2 + up_m * _B2)
    normal = np.sqrt(flat_m * _A2**2 + up_m * _B2**2)
    bend = flat * _A2 + up * _B2
    with np.errstate(invalid="ignore", divide="ignore"):
        radius = np.where(bend > 0, normal * square / (within * bend), geo.WGS84_A_M)
    radius = np.maximum(radius, length / 2)
    arc: FloatArray = 2 * radius * np.arcsin(length / (2 * radius))
    return arc


def _surface(xyz: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return (lon, lat) of places on the ellipsoid (or millimeters under it), shape (n,) each."""
    lon = np.degrees(np.arctan2(xyz[:, 1], xyz[:, 0]))
    flat = np.hypot(xyz[:, 0], xyz[:, 1]) * (_B_M / geo.WGS84_A_M) ** 2
    return lon, np.degrees(np.arctan2(xyz[:, 2], flat))


def _vertices(
    shapes: NDArray[np.object_],
) -> tuple[FloatArray, FloatArray, IntArray, NDArray[np.bool_]]:
    """Return lon, lat and shape of every vertex, and whether the next vertex continues the same
    line."""
    areas = np.isin(shapely.get_type_id(shapes), (3, 6))
    outlines = np.where(areas, shapely.boundary(shapes), shapes)
    parts, shape_of = shapely.get_parts(outlines, return_index=True)
    parts, inner = shapely.get_parts(parts, return_index=True)  # collections hold multi-parts
    shape_of = shape_of[inner]
    coords, part_of = shapely.get_coordinates(parts, return_index=True)
    if not len(coords):
        raise InputError("the line has no vertices", fix="give at least one line or point")
    if not np.isfinite(coords).all():
        raise InputError(
            "the line has a vertex that is not a finite position",
            fix="remove vertices that are NaN or infinite",
        )
    joined = np.concatenate([part_of[1:] == part_of[:-1], [False]])
    return coords[:, 0], coords[:, 1], shape_of[part_of].astype(np.int64), joined


def _densified(
    lon: FloatArray, lat: FloatArray, line: IntArray, joined: NDArray[np.bool_], step_m: float
) -> tuple[FloatArray, FloatArray, IntArray, IntArray]:
    """Cut every piece into equal geodesic steps of at most `step_m`; `joined` comes back as 0 or
    1.
    """
    after = np.minimum(np.arange(len(lon)) + 1, len(lon) - 1)
    azimuth, meters = geo.inverse(lon, lat, lon[after], lat[after])
    pieces = np.where(joined, np.maximum(np.ceil(meters / step_m), 1), 1).astype(np.int64)
    origin = np.repeat(np.arange(len(lon)), pieces)
    number = np.arange(len(origin)) - np.repeat(np.cumsum(pieces) - pieces, pieces)
    new_lon, new_lat = lon[origin], lat[origin]
    inner = number > 0
    share = number[inner] / pieces[origin[inner]]
    new_lon[inner], new_lat[inner] = geo.destination(
        lon[origin[inner]],
        lat[origin[inner]],
        azimuth[origin[inner]],
        meters[origin[inner]] * share,
    )
    return new_lon, new_lat, line[origin], joined[origin].astype(np.int64)
