"""How a camera may stand and look, given what the map shows of it (C7).

Place and heading on the map are off. A draw moves and turns each camera by errors of the stated
size, and is kept where as many of its views read a road as might where the map puts it: a plate
reader is set up to read a road, so a place from which it reads none is ruled out. That is the
posterior of place and heading under a prior that is flat wherever the camera reads and nothing
elsewhere; no share of the error is left out by hand.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from alprmap import geo
from alprmap.roads import Roads
from alprmap.watch import Carriageways, Facing, watch_levels, watches_of, watches_on
from alprmap.watch import Settings as WatchSettings

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]
OFF_M = (10.0, 20.0)
"""C7: wrong positions whose effect is printed."""


@dataclass(frozen=True, slots=True)
class Errors:
    """How far the map is off.

    heading_sd_deg
        Error of a heading, one standard deviation: half of the 22.5 degrees from one of sixteen
        compass points to the next. Rounding to them alone is 6.5; the rest is a working assumption
        for reading an angle off a picture.
    position_m
        Error of a position, root mean square, where the table of cameras has none.
    tries
        Further draws of a camera that must read and does not; after them it is left where the map
        puts it.
    """

    heading_sd_deg: float = 11.25
    position_m: float = 10.0
    tries: int = 20


@dataclass(frozen=True, slots=True)
class Drawn:
    """One draw of what cameras read: watch settings, errors, and seeds (None leaves positions or
    headings as they are mapped).
    """

    watch: WatchSettings
    errors: Errors
    position: int | None = None
    heading: int | None = None


def reading_views(
    net: Carriageways, cameras: pd.DataFrame, views: pd.DataFrame, facing: Facing
) -> pd.Series:
    """Return how many views of each camera could read a road where the map puts it, at the widest
    setting, by `camera_id`; cameras that could read none are not in it.
    """
    found = watches_on(net, cameras, views, watch_levels("high", facing=facing))
    count: pd.Series = found.groupby("camera_id")["heading_deg"].nunique(dropna=False)
    return count


def drawn_watches(
    net: Carriageways, cameras: pd.DataFrame, views: pd.DataFrame, needed: pd.Series, draw: Drawn
) -> pd.DataFrame:
    """Return table `watches` as it may be in truth, given the errors of the map (C7).

    `needed` is what `reading_views` gives. A camera that is not in it is moved and turned as drawn:
    it may look at a road the extract lacks, or at none.
    """
    return next(all_drawn(net, cameras, views, {draw.watch.facing: needed}, [draw]))


AT_ONCE = 100_000
"""Views, of all draws, that are laid over the roads together (memory: about 2 kB each)."""


def all_drawn(
    net: Carriageways,
    cameras: pd.DataFrame,
    views: pd.DataFrame,
    needed: Mapping[Facing, pd.Series],
    draws: Sequence[Drawn],
) -> Iterator[pd.DataFrame]:
    """Yield what `drawn_watches` gives for each draw, in order; `needed` by facing rule.

    Many draws are laid over the roads together, as jobs of one table: in a small town the calls
    cost more than the arithmetic.
    """
    town = _Mapped.of_tables(net, cameras, views)
    size = max(1, AT_ONCE // max(len(cameras), len(views), 1))
    for first in range(0, len(draws), size):
        yield from _some_drawn(town, needed, draws[first : first + size])


def _some_drawn(
    town: _Mapped, needed: Mapping[Facing, pd.Series], draws: Sequence[Drawn]
) -> Iterator[pd.DataFrame]:
    chance = [
        [None if seed is None else np.random.default_rng(seed) for seed in (d.position, d.heading)]
        for d in draws
    ]
    need = {facing: town.by_camera(count) for facing, count in needed.items()}
    every = np.ones(len(town.lon), dtype=bool)
    made = town.laid(
        [j for d, r in zip(draws, chance, strict=True) for j in town.jobs(every, d, r)]
    )
    reads = town.views_read(made, len(draws))
    wrong = np.array([d.position is not None or d.heading is not None for d in draws])
    wanted = np.array([need[d.watch.facing] for d in draws])
    short = wrong[:, None] & (reads < wanted)
    # all further tries at once: each a job of its own, of which the first that reads stands
    again = np.flatnonzero(short.any(axis=1)).tolist()
    tries = [town.jobs(short[i], draws[i], chance[i], draws[i].errors.tries) for i in again]
    number = [(i, t) for i, jobs in zip(again, tries, strict=True) for t in range(len(jobs))]
    of, order = np.array(number, dtype=np.int64).reshape(-1, 2).T
    tried = town.laid([job for jobs in tries for job in jobs])
    enough = (town.views_read(tried, len(of)) >= wanted[of]) & short[of]
    first = np.full(short.shape, NEVER)
    at, camera = np.nonzero(enough)
    np.minimum.at(first, (of[at], camera), order[at])
    left = town.laid(
        [
            job
            for i, d in enumerate(draws)
            for job in town.jobs(short[i] & (first[i] == NEVER), d, (None, None))
        ]
    )
    job = tried["job"].to_numpy()
    stands = order[job] == first[of[job], town.rows(tried)]
    parts = [
        made[~short[made["job"].to_numpy(), town.rows(made)]].assign(rank="", part=0),
        # tries in the order of their numbers as text, as seeds have always met them
        tried[stands].assign(
            job=of[job[stands]], rank=order[job[stands]].astype(str).astype(object), part=1
        ),
        left.assign(rank="", part=2),
    ]
    table = pd.concat(parts, ignore_index=True)
    table = table.iloc[np.lexsort((table["rank"], table["part"], table["job"]))]
    ends = np.searchsorted(table["job"].to_numpy(), np.arange(len(draws) + 1))
    table = table.drop(columns=["job", "rank", "part"])
    for low, high in zip(ends[:-1].tolist(), ends[1:].tolist(), strict=True):
        yield table.iloc[low:high].reset_index(drop=True)


NEVER = np.iinfo(np.int64).max
"""Number of the first try that reads, where none does."""


@dataclass(frozen=True)
class _Job:
    """Cameras and views (rows of the tables) as they stand in one job, and its watch settings."""

    watch: WatchSettings
    camera: IntArray
    lon: FloatArray
    lat: FloatArray
    view: IntArray
    heading_deg: FloatArray


@dataclass(frozen=True)
class _Mapped:
    """Cameras and views as the map has them; `of` is the row of the camera of each view, -1 where
    it is not among them.
    """

    net: Carriageways
    cameras: pd.DataFrame
    views: pd.DataFrame
    lon: FloatArray
    lat: FloatArray
    error_m: FloatArray
    heading_deg: FloatArray
    index: pd.Index
    of: IntArray

    @staticmethod
    def of_tables(net: Carriageways, cameras: pd.DataFrame, views: pd.DataFrame) -> _Mapped:
        """Return the tables with the columns that draws change as arrays."""
        columns = [c for c in ("camera_id", "position_error_m") if c in cameras.columns]
        error = np.full(len(cameras), np.nan)
        if "position_error_m" in cameras.columns:
            error = cameras["position_error_m"].to_numpy(dtype=np.float64)
        index = pd.Index(cameras["camera_id"])
        looks = [c for c in ("camera_id", "width_deg", "quality") if c in views.columns]
        return _Mapped(
            net,
            cameras[columns],
            views[looks],
            cameras["lon"].to_numpy(dtype=np.float64),
            cameras["lat"].to_numpy(dtype=np.float64),
            error,
            views["heading_deg"].to_numpy(dtype=np.float64),
            index,
            index.get_indexer(pd.Index(views["camera_id"])),
        )

    def by_camera(self, count: pd.Series) -> IntArray:
        """Return a count by `camera_id` as an array by row, 0 where there is none."""
        return count.reindex(self.index, fill_value=0).to_numpy(dtype=np.int64)

    def rows(self, watches: pd.DataFrame) -> IntArray:
        """Return the row of the camera of each watch."""
        return np.asarray(self.index.get_indexer(pd.Index(watches["camera_id"])), dtype=np.int64)

    def jobs(
        self,
        which: BoolArray,
        draw: Drawn,
        chance: Sequence[np.random.Generator | None],
        count: int = 1,
    ) -> list[_Job]:
        """Return some cameras `count` times, moved and turned by chance: first all places are
        drawn, camera by camera and try by try, then all headings.
        """
        camera = np.flatnonzero(which)
        view = np.flatnonzero((self.of >= 0) & which[self.of])
        if which.all():
            view = np.arange(len(self.of))
        place, turn = chance
        lon, lat = (np.broadcast_to(x[camera], (count, len(camera))) for x in (self.lon, self.lat))
        heading = np.broadcast_to(self.heading_deg[view], (count, len(view)))
        if place is not None:
            error = np.where(np.isfinite(self.error_m), self.error_m, draw.errors.position_m)
            # one whose error is a large part of the range is left: watch widens the range by it
            error = np.where(error > draw.watch.range_m / 2, 0.0, error)[camera]
            by = place.normal(size=(count, len(camera), 2))
            lon, lat = _moved(lon, lat, error[:, None] * by / np.sqrt(2))
        if turn is not None:
            by = turn.normal(0.0, draw.errors.heading_sd_deg, (count, len(view)))
            heading = geo.wrap_deg(heading + by)
        return [_Job(draw.watch, camera, lon[i], lat[i], view, heading[i]) for i in range(count)]

    def laid(self, jobs: Sequence[_Job]) -> pd.DataFrame:
        """Return table `watches` of jobs, each row with its `job`."""

        def tall(name: str) -> NDArray[Any]:
            parts = [getattr(job, name) for job in jobs]
            return np.concatenate(parts) if parts else np.zeros(0, dtype=np.int64)

        number = np.arange(len(jobs))
        cameras = self.cameras.iloc[tall("camera")].assign(
            lon=tall("lon"),
            lat=tall("lat"),
            job=np.repeat(number, [len(job.camera) for job in jobs]),
        )
        views = self.views.iloc[tall("view")].assign(
            heading_deg=tall("heading_deg"),
            job=np.repeat(number, [len(job.view) for job in jobs]),
        )
        return watches_of(self.net, cameras, views, [job.watch for job in jobs])

    def views_read(self, watches: pd.DataFrame, jobs: int) -> IntArray:
        """Return how many views of each camera read a road in each job, shape (jobs, cameras)."""
        wide = len(self.lon)
        key = watches["job"].to_numpy(dtype=np.int64) * wide + self.rows(watches)
        # headings that are not known are one view
        seen = pd.DataFrame({"key": key, "heading": watches["heading_deg"].to_numpy()})
        key = seen.drop_duplicates()["key"].to_numpy(dtype=np.int64)
        return np.bincount(key, minlength=jobs * wide).reshape(jobs, wide)


def _moved(lon: FloatArray, lat: FloatArray, by_m: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return places moved by meters east and north, shape (…, 2)."""
    per_lon, per_lat = geo.degree_m(lat)
    return lon + by_m[..., 0] / per_lon, lat + by_m[..., 1] / per_lat


def unknown_heading(watches: pd.DataFrame) -> NDArray[np.bool_]:
    """Return which watches are of views whose heading the map does not know (W3)."""
    rule = watches["rule"].astype("str")
    return rule.str.contains(r"\bW3\b|zero-unset", regex=True).to_numpy(dtype=bool)


def one_carriageway(watches: pd.DataFrame, seed: int, facing: str) -> pd.DataFrame:
    """Let each view of unknown heading read one road only, drawn by score (C7): it looks one way,
    and the map does not say which. Under `either` both directions of that road are read.
    """
    unknown = unknown_heading(watches)
    some = watches[unknown]
    rng = np.random.default_rng(seed)
    # the least of exponential waiting times falls on each with its chance
    wait = rng.exponential(size=len(some)) / np.maximum(some["score"].to_numpy(), 1e-9)
    view = some.groupby(["camera_id", "heading_deg"], dropna=False, sort=False).ngroup().to_numpy()
    order = np.lexsort((wait, view))
    first = order[np.r_[True, np.diff(view[order]) > 0]] if len(order) else order
    segment = some["segment_id"].to_numpy()
    chosen = np.full(int(view.max(initial=-1)) + 1, -1, dtype=np.int64)
    chosen[view[first]] = segment[first]
    if facing == "either":
        keep = segment == chosen[view]
    else:
        keep = np.zeros(len(some), dtype=bool)
        keep[first] = True
    whole = np.ones(len(watches), dtype=bool)
    whole[np.flatnonzero(unknown)[~keep]] = False
    return watches[whole].reset_index(drop=True)


def positions_kept(
    net: Carriageways,
    roads: Roads,
    cameras: pd.DataFrame,
    views: pd.DataFrame,
    watch: WatchSettings,
    *,
    repeats: int,
    seed: int,
) -> pd.DataFrame:
    """Measure what of the readings a wrong position keeps (C7).

    Returns
    -------
    DataFrame
        One row per error: `error_m`; `kept`, the share of readings (camera, segment, direction of
        travel) that are the same; `kept_road`, the share where the camera still reads that road
        (its name, its way where it has none), whichever piece and direction of it; and
        `kept_cameras`, the share of cameras that still read any road.
    """
    name = _road_names(roads)
    right = watches_on(net, cameras, views, watch)
    town = _Mapped.of_tables(net, cameras, views)
    (mapped,) = town.jobs(np.ones(len(cameras), dtype=bool), Drawn(watch, Errors()), (None, None))
    rows = []
    for error in OFF_M:
        jobs = []
        for i in range(repeats):
            rng = np.random.default_rng((seed, int(error), i))
            angle = rng.uniform(0, 2 * np.pi, len(cameras))
            off = error * np.c_[np.sin(angle), np.cos(angle)]
            lon, lat = _moved(mapped.lon, mapped.lat, off)
            jobs.append(replace(mapped, lon=lon, lat=lat))
        size = max(1, AT_ONCE // max(len(cameras), len(views), 1))
        shares = []
        for first in range(0, repeats, size):
            some = jobs[first : first + size]
            wrong = town.laid(some)
            shares += [_same(right, wrong[wrong["job"] == i], name) for i in range(len(some))]
        kept = np.mean(shares, axis=0)
        rows.append({"error_m": error, **dict(zip(KEPT, kept.tolist(), strict=True))})
    return pd.DataFrame(rows)


KEPT = ("kept", "kept_road", "kept_cameras")


def _road_names(roads: Roads) -> pd.Series:
    """Return the name of the road of each segment id, its way where it has none."""
    table = roads.segments
    name = table["name"].astype("str") if "name" in table.columns else pd.Series(None, table.index)
    named = name.where(name.notna(), "way " + table["way_id"].astype("str"))
    return named.set_axis(table["segment_id"])


def _same(right: pd.DataFrame, wrong: pd.DataFrame, name: pd.Series) -> tuple[float, ...]:
    """Return the shares of `KEPT`; missing where nothing is read."""
    both = [w.assign(road=name.reindex(w["segment_id"]).to_numpy()) for w in (right, wrong)]
    shares = []
    for keys in (["camera_id", "segment_id", "travel"], ["camera_id", "road"], ["camera_id"]):
        a, b = (pd.MultiIndex.from_frame(w[keys].drop_duplicates()) for w in both)
        shares.append(float(a.isin(b).mean()) if len(a) else np.nan)
    return tuple(shares)
