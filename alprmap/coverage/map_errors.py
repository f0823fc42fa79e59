"""How a camera may stand and look, given what the map shows of it (C7).

Place and heading on the map are off. A draw moves and turns each camera by errors of the stated
size, and is kept where as many of its views read a road as might where the map puts it: a plate
reader is set up to read a road, so a place from which it reads none is ruled out. That is the
posterior of place and heading under a prior that is flat wherever the camera reads and nothing
elsewhere; no share of the error is left out by hand.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from alprmap import geo
from alprmap.roads import Roads
from alprmap.watch import Carriageways, Facing, watch_levels, watches_on
from alprmap.watch import Settings as WatchSettings

FloatArray = NDArray[np.float64]
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
    return _views_read(watches_on(net, cameras, views, watch_levels("high", facing=facing)))


def drawn_watches(
    net: Carriageways, cameras: pd.DataFrame, views: pd.DataFrame, needed: pd.Series, draw: Drawn
) -> pd.DataFrame:
    """Return table `watches` as it may be in truth, given the errors of the map (C7).

    `needed` is what `reading_views` gives. A camera that is not in it is moved and turned as drawn:
    it may look at a road the extract lacks, or at none.
    """
    if draw.position is None and draw.heading is None:
        return watches_on(net, cameras, views, draw.watch)
    place, turn = (
        None if seed is None else np.random.default_rng(seed)
        for seed in (draw.position, draw.heading)
    )
    made = watches_on(net, _moved(cameras, draw, place), _turned(views, draw, turn), draw.watch)
    short = needed.index[_views_read(made).reindex(needed.index, fill_value=0) < needed]
    if not len(short):
        return made
    # all further tries at once: each a camera of its own, of which the first that reads stands
    again = _copies(cameras, short, draw.errors.tries), _copies(views, short, draw.errors.tries)
    tried = watches_on(
        net, _moved(again[0], draw, place), _turned(again[1], draw, turn), draw.watch
    )
    camera, number = _original(tried["camera_id"])
    reads = _views_read(tried)
    of, order = _original(reads.index.to_series())
    enough = pd.DataFrame({"camera": of.to_numpy(), "number": order.to_numpy()})
    enough = enough[reads.to_numpy() >= needed.reindex(of.to_numpy()).to_numpy()]
    first = enough.groupby("camera")["number"].min()
    chosen = (number == camera.map(first)).to_numpy(dtype=bool)
    left = cameras[cameras["camera_id"].isin(short.difference(first.index))]
    parts = [
        made[~made["camera_id"].isin(short)],
        tried[chosen].assign(camera_id=camera[chosen]),
        watches_on(net, left, views, draw.watch),
    ]
    return pd.concat(parts, ignore_index=True)


def _copies(table: pd.DataFrame, cameras: pd.Index, count: int) -> pd.DataFrame:
    """Return the rows of some cameras `count` times, each copy under a name of its own."""
    some = table[table["camera_id"].isin(cameras)]
    parts = [some.assign(camera_id=f"{i} " + some["camera_id"].astype("str")) for i in range(count)]
    return pd.concat(parts, ignore_index=True)


def _original(name: pd.Series) -> tuple[pd.Series, pd.Series]:
    """Return camera and number of each copy."""
    parts = name.astype("str").str.extract(r"(?s)^(\d+) (.*)$")
    return parts[1], parts[0].astype("int64")


def _views_read(watches: pd.DataFrame) -> pd.Series:
    """Return how many views of each camera read a road."""
    return watches.groupby("camera_id")["heading_deg"].nunique(dropna=False)


def _moved(cameras: pd.DataFrame, draw: Drawn, rng: np.random.Generator | None) -> pd.DataFrame:
    """Return cameras moved by an error each; one whose error is a large part of the range is left,
    because watch widens the range by it (W1).
    """
    if rng is None:
        return cameras
    error = np.full(len(cameras), draw.errors.position_m)
    if "position_error_m" in cameras.columns:
        own = cameras["position_error_m"].to_numpy(dtype=np.float64)
        error = np.where(np.isfinite(own), own, error)
    error = np.where(error > draw.watch.range_m / 2, 0.0, error)
    return moved(cameras, error[:, None] * rng.normal(size=(len(cameras), 2)) / np.sqrt(2))


def _turned(views: pd.DataFrame, draw: Drawn, rng: np.random.Generator | None) -> pd.DataFrame:
    if rng is None:
        return views
    turn = rng.normal(0.0, draw.errors.heading_sd_deg, len(views))
    heading = views["heading_deg"].to_numpy(dtype=np.float64)
    return views.assign(heading_deg=geo.wrap_deg(heading + turn))


def moved(cameras: pd.DataFrame, by_m: FloatArray) -> pd.DataFrame:
    """Return cameras moved by metres east and north, shape (n, 2)."""
    per_lon, per_lat = geo.degree_m(cameras["lat"].to_numpy(dtype=np.float64))
    lon, lat = cameras["lon"] + by_m[:, 0] / per_lon, cameras["lat"] + by_m[:, 1] / per_lat
    return cameras.assign(lon=lon, lat=lat)


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
    rows = []
    for error in OFF_M:
        shares = []
        for i in range(repeats):
            rng = np.random.default_rng((seed, int(error), i))
            angle = rng.uniform(0, 2 * np.pi, len(cameras))
            off = moved(cameras, error * np.c_[np.sin(angle), np.cos(angle)])
            shares.append(_same(right, watches_on(net, off, views, watch), name))
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
