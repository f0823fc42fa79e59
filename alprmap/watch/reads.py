"""Which direction of which road does each camera read (rules W1–W6).

A view is laid over the network as a wedge; every carriageway it meets is a candidate arc with a
score from distance, angle, class and level. `watch` keeps what a view can read, best flagged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from alprmap import claims, geo, schema, steps
from alprmap.errors import InputError
from alprmap.results import Result
from alprmap.roads import Roads
from alprmap.text import number_of, percent, verb
from alprmap.watch.carriageways import Carriageways
from alprmap.watch.near_road import road_near
from alprmap.watch.places import data_dates
from alprmap.watch.settings import Each, Settings
from alprmap.watch.wedge import Hits, Views

IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]

ALL_AROUND_DEG = 180.0
"""W3: an opening this wide or wider says nothing of the direction of travel: it is read as looking
all around. """
CROSSWISE_DEG = 75.0
"""W2: a road that crosses the axis at more than this may be read either way: front and rear look
alike from there. A plate turned 75° away shows a quarter of its width."""
COARSE_SHARE = 0.5
"""W1: a position less certain than this share of the range makes a wedge meaningless; the range
grows by the error and only the course of the road is compared with the heading."""
OTHER_LEVEL, UNDERGROUND = 0.4, 0.1
"""W6: weight of an arc on another level than the road the camera stands at, and of a tunnel seen
from outside. """
STRAIGHT_DEG = 45.0
"""W4: arcs that meet at less than this turn are one road going on."""
CHUNK_VIEWS = 20_000


@dataclass(frozen=True)
class Watched(Result):
    """What cameras read: table `watches`, and the cameras that read nothing (W5).

    `unread` has one row per such camera: camera_id, segment_id of the nearest road (missing beyond
    2 km), distance_m, reason. `cameras` is how many were looked at, `settings` what it rests on,
    `set_aside` how many rows were no standing readers, by reason, as the cameras door counts them,
    `dates` of which dates cameras and roads are, in words.
    """

    watches: pd.DataFrame
    unread: pd.DataFrame
    cameras: int
    settings: Settings
    set_aside: Mapping[str, int] = field(default_factory=dict)
    dates: str | None = None

    def tables(self) -> dict[str, pd.DataFrame]:
        """Return `watches` and `unread`."""
        return {"watches": self.watches, "unread": self.unread}

    def counts(self) -> dict[str, int]:
        """Return cameras, those that read a road, watches, clear winners, the rest by reason, and
        what was set aside before, by reason.
        """
        reasons = self.unread["reason"].value_counts().to_dict()
        return {
            "cameras": self.cameras,
            "reading": int(self.watches["camera_id"].nunique()),
            "watches": len(self.watches),
            "clear_winners": int(self.watches["winner"].sum()),
            **{f"unread: {reason}": int(n) for reason, n in sorted(reasons.items())},
            **{f"set_aside: {reason}": int(n) for reason, n in self.set_aside.items()},
        }

    def claims(self) -> pd.DataFrame:
        """Return the one sentence of this wing: how many cameras read a road (W1–W5)."""
        counts, settings = self.counts(), self.settings
        if not self.cameras:
            return claims.sheet([], wing="watch")
        n = counts["reading"]
        row = {
            "claim_id": "watch-reading",
            "sentence": (
                f"{n:,} of {number_of(self.cameras, 'camera')} ({percent(n / self.cameras)})"
                f" {verb(n, 'reads', 'read')} a road, {number_of(counts['watches'], 'direction')}"
                f" of travel in all, under the facing rule {settings.facing}, range"
                f" {settings.range_m:g} m and, where none is stated, an opening of"
                f" {settings.width_deg:g} degrees."
            ),
            **{"figure": n, "unit": "cameras", "n": self.cameras},
            "bounds": "a count under the stated rule; the rules are varied in coverage",
            "definition": "cameras whose view meets a drivable direction of a road (W1 to W5)",
            "caveat": "What a camera may read under a stated rule, not what it has read.",
        }
        return claims.sheet(
            [row],
            wing="watch",
            settings=asdict(settings),
            data_date=self.dates,
            set_aside=claims.counted_sentence(self.cameras, self.set_aside),
        )


def watch(
    cameras: pd.DataFrame, views: pd.DataFrame, roads: Roads, *, settings: Settings | None = None
) -> Watched:
    """Find the arcs every view reads (rules W1–W6).

    Parameters
    ----------
    cameras
        Table `cameras`; rows without a position read nothing and are listed so.
    views
        Table `views`; a camera without a row counts as one of unknown heading.
    roads
        The network.
    settings
        Mid settings, rear-facing, by default.

    Returns
    -------
    `Watched`; rows sorted by camera, heading, score (highest first), segment.
    """
    settings = settings or Settings()
    net = Carriageways.of(roads.segments)
    watches = watches_on(net, cameras, views, settings)
    unread = _unread(cameras, watches, net, settings)
    dates = data_dates(cameras, roads.meta.get("data_timestamp"))
    return Watched(watches, unread, len(cameras), settings, dates=dates)


def watches_on(
    net: Carriageways, cameras: pd.DataFrame, views: pd.DataFrame, settings: Settings
) -> pd.DataFrame:
    """Return table `watches` on carriageways made once: for many settings on one network."""
    found = watches_of(net, cameras.assign(job=0), views.assign(job=0), [settings])
    return found.drop(columns="job")


def watches_of(
    net: Carriageways, cameras: pd.DataFrame, views: pd.DataFrame, settings: Sequence[Settings]
) -> pd.DataFrame:
    """Return table `watches` of many jobs at once, with the number of the `job` in front.

    Parameters
    ----------
    cameras, views
        As `watch` takes them, each row with its `job`; a camera stands once in a job.
    settings
        Of each job.

    Returns
    -------
    DataFrame
        Sorted by job; the rows of a job are those that `watches_on` gives for it alone.
    """
    looks = _prepare(cameras, views)
    located = looks[np.isfinite(looks["lon"]) & np.isfinite(looks["lat"])].reset_index(drop=True)
    parts = []
    for first in steps.each(range(0, len(located), CHUNK_VIEWS), "views on roads"):
        chunk = located.iloc[first : first + CHUNK_VIEWS].reset_index(drop=True)
        part = _watch_chunk(chunk, net, Each.of(settings, chunk["job"].to_numpy()))
        parts.append(part.assign(look=part["look"] + first))
    if not parts:
        return schema.empty("watches").assign(job=0)[["job", *schema.empty("watches").columns]]
    found = _unique(pd.concat(parts, ignore_index=True), located)
    table = schema.conform(_worded(found, located), "watches")
    table.insert(0, "job", located["job"].to_numpy(dtype=np.int64)[found["look"]])
    return table


def _prepare(cameras: pd.DataFrame, views: pd.DataFrame) -> pd.DataFrame:
    """One row per view with the place of its camera; cameras without views get one of unknown
    heading."""
    if cameras.duplicated(["job", "camera_id"]).any():
        raise InputError("a camera_id stands twice in the cameras", fix="merge the cameras first")
    place = cameras[["job", "camera_id", "lon", "lat"]].assign(
        error_m=cameras["position_error_m"] if "position_error_m" in cameras.columns else np.nan
    )
    looks = place.merge(
        views.drop(columns=["report_id", "lon", "lat"], errors="ignore"),
        on=["job", "camera_id"],
        how="left",
    )
    looks["quality"] = looks["quality"].fillna("missing") if "quality" in looks.columns else "exact"
    keys = ["job", "camera_id", "heading_deg"]
    return looks.sort_values(keys, kind="stable", ignore_index=True)


def _watch_chunk(looks: pd.DataFrame, net: Carriageways, each: Each) -> pd.DataFrame:
    heading = looks["heading_deg"].to_numpy(dtype=np.float64)
    width = looks["width_deg"].to_numpy(dtype=np.float64)
    error = np.nan_to_num(looks["error_m"].to_numpy(dtype=np.float64))
    quality = looks["quality"].to_numpy(dtype=object)
    wide = np.nan_to_num(width) >= ALL_AROUND_DEG
    known = np.isfinite(heading) & ~wide
    coarse = error > COARSE_SHARE * each.range_m
    stated = quality == "travel"
    round_about = ~known | coarse | stated
    half = np.where(round_about, np.nan, np.where(np.isfinite(width), width, each.width_deg) / 2)
    reach = each.range_m + np.where(coarse, error, 0.0)
    shape = Views(looks["lon"].to_numpy(), looks["lat"].to_numpy(), heading, half, reach)
    arcs = _candidates(shape, net, each.facing, known=known, stated=stated)

    # an exact 0 may mean north or "never set": north is believed where a road in the wedge runs
    # that way (W3)
    zero = known & (quality == "zero")
    if zero.any():
        believed = np.zeros(len(looks), dtype=bool)
        believed[arcs.loc[arcs["turn_deg"] <= CROSSWISE_DEG, "view"]] = True
        doubt = np.flatnonzero(zero & ~believed)
        known[doubt] = False
        again = Views(shape.lon, shape.lat, heading, np.where(known, half, np.nan), reach).take(
            doubt
        )
        facing = each.facing[doubt]
        more = _candidates(again, net, facing, known=known[doubt], stated=stated[doubt])
        arcs = pd.concat(
            [arcs[~np.isin(arcs["view"], doubt)], more.assign(view=doubt[more["view"]])]
        )
    arcs = _choose(_one_place_per_road(arcs, net), each, known)
    marks = {"known": known, "coarse": coarse, "stated": stated, "zero": zero}
    return _table(arcs, net, _rules(arcs, each.facing, marks))


def _candidates(
    shape: Views,
    net: Carriageways,
    facing: NDArray[np.object_],
    *,
    known: BoolArray,
    stated: BoolArray,
) -> pd.DataFrame:
    """Every arc a view could read, with its score (W1, W2, W6)."""
    hits = net.meet(shape)
    level_weight = _level_weights(hits, net)
    arcs = pd.concat([_arcs(hits, net, True), _arcs(hits, net, False)], ignore_index=True)
    row = arcs["hit"].to_numpy()
    arcs["level_weight"] = level_weight[row]
    turn = geo.angle_between_deg(shape.heading_deg[hits.view[row]], arcs["bearing_deg"])
    facing = np.where(stated, "rear", facing)[hits.view[row]]
    turn = np.where(
        facing == "front",
        180.0 - turn,
        np.where(facing == "either", np.minimum(turn, 180 - turn), turn),
    )
    arcs["turn_deg"] = np.where(known[hits.view[row]], turn, np.nan)
    arcs["view"] = hits.view[row]
    keep = ~known[hits.view[row]] | (turn <= 180.0 - CROSSWISE_DEG)
    return _scored(arcs[keep].reset_index(drop=True), hits, shape, net)


def _arcs(hits: Hits, net: Carriageways, forward: bool) -> pd.DataFrame:
    open_way = (net.forward if forward else net.backward)[hits.segment]
    row = np.flatnonzero(open_way)
    bearing = hits.bearing_deg[row]
    return pd.DataFrame(
        {
            "hit": row,
            "segment": hits.segment[row],
            "forward": forward,
            "bearing_deg": bearing if forward else geo.wrap_deg(bearing + 180.0),
        }
    )


def _scored(arcs: pd.DataFrame, hits: Hits, shape: Views, net: Carriageways) -> pd.DataFrame:
    """Score = distance x axis x course x class x level, each in (0, 1]; axis and course only where
    known."""
    row = arcs["hit"].to_numpy()
    reach, half = shape.range_m[hits.view[row]], shape.half_deg[hits.view[row]]
    distance = 1.0 / (1.0 + (hits.near_m[row] / (0.5 * reach)) ** 2)
    axis = 1.0 - 0.5 * np.minimum(hits.off_axis_deg[row] / np.maximum(half, 1.0), 1.0) ** 2
    turn = arcs["turn_deg"].to_numpy()
    # cos² of the turn; a crosswise road keeps the little it has at the limit
    course = np.cos(np.radians(np.minimum(turn, CROSSWISE_DEG))) ** 2
    score = (
        distance * np.where(np.isfinite(half), axis, 1.0) * np.where(np.isfinite(turn), course, 0.5)
    )
    score = score * net.class_weight[arcs["segment"]] * arcs["level_weight"].to_numpy()
    return arcs.assign(
        # to the ninth place: arcs that meet in one spot tie, whatever the last bits say
        score=np.round(score, 9),
        near_m=hits.near_m[row],
        range_m=hits.range_m[row],
        offset_m=hits.offset_m[row],
        start_m=hits.start_m[row],
        end_m=hits.end_m[row],
    )


def _level_weights(hits: Hits, net: Carriageways) -> NDArray[np.float64]:
    """W6: weigh down what lies on another level than the road beside the camera, and tunnels seen
    from outside."""
    own = hits.beside[hits.view]
    own_layer, own_tunnel = net.layer[own], net.tunnel[own]
    layer, tunnel = net.layer[hits.segment], net.tunnel[hits.segment]
    weight = np.where(layer != own_layer, OTHER_LEVEL, 1.0)
    return np.where(tunnel & ~own_tunnel, UNDERGROUND, weight)


def _one_place_per_road(arcs: pd.DataFrame, net: Carriageways) -> pd.DataFrame:
    """W4: of arcs that follow each other along one road a view reads the best; the rest are the
    same passage."""
    arcs = arcs.reset_index(drop=True)
    u, v = net.u[arcs["segment"]], net.v[arcs["segment"]]
    forward = arcs["forward"].to_numpy()
    view = arcs["view"].to_numpy()
    ends = pd.DataFrame(
        {
            "view": np.r_[view, view],
            "node": np.r_[np.where(forward, v, u), np.where(forward, u, v)],
        }
    )
    junction: Any = ends.groupby(["view", "node"], sort=False).ngroup().to_numpy(dtype=np.int64)
    head: IntArray = junction[: len(arcs)]
    tail: IntArray = junction[len(arcs) :]
    order = np.argsort(-arcs["score"].to_numpy(), kind="stable")
    rank = np.empty(len(arcs), dtype=np.int64)
    rank[order] = np.arange(len(arcs))
    bearing = np.rint(arcs["bearing_deg"].to_numpy() * 1e6).astype(np.int64)
    ahead = _best_straight_on(head, tail, bearing, rank)
    behind = _best_straight_on(tail, head, bearing, rank)
    return arcs[(ahead >= rank) & (behind >= rank)].reset_index(drop=True)


_TURN = 360_000_000
"""A whole turn in millionths of a degree: bearings as whole numbers compare alike everywhere."""


def _best_straight_on(at: IntArray, among: IntArray, bearing: IntArray, rank: IntArray) -> IntArray:
    """Return for each arc the least rank of those whose junction `among` is its junction `at` and
    whose bearing is that of its own within `STRAIGHT_DEG`; the number of arcs where there is none.

    No table of pairs: a junction where a thousand roads meet has a million of them.
    """
    near = int(STRAIGHT_DEG * 1e6)
    bearing = bearing % _TURN
    # what lies just across north stands a second time, beyond the other end of the circle
    low, high = bearing <= near, bearing >= _TURN - near
    key = np.r_[
        among * 3 * _TURN + bearing,
        among[low] * 3 * _TURN + bearing[low] + _TURN,
        among[high] * 3 * _TURN + bearing[high] - _TURN,
    ]
    order = np.argsort(key, kind="stable")
    key, best = key[order], np.r_[rank, rank[low], rank[high]][order]
    middle = at * 3 * _TURN + bearing
    first = np.searchsorted(key, middle - near, "left")
    after = np.searchsorted(key, middle + near, "right")
    least = np.full(len(at), len(rank), dtype=np.int64)
    # the least of a stretch is that of two stretches of a power of two which cover it
    for power in range(int((after - first).max(initial=0)).bit_length()):
        wide = 1 << power
        rows = np.flatnonzero((after - first >= wide) & (after - first < 2 * wide))
        least[rows] = np.minimum(best[first[rows]], best[after[rows] - wide])
        best = np.minimum(best[:-wide], best[wide:])
    return least


def _choose(arcs: pd.DataFrame, each: Each, known: BoolArray) -> pd.DataFrame:
    """Drop what the best of the view leaves far behind, and flag the one clear winner."""
    arcs = arcs.sort_values(
        ["view", "score", "segment", "forward"],
        ascending=[True, False, True, False],
        ignore_index=True,
    )
    by_view = arcs.groupby("view", sort=False)
    best = by_view["score"].transform("max")
    top = by_view["segment"].transform("first") == arcs["segment"]
    rank = by_view.cumcount()
    # under `either` the two directions of one road are one answer, otherwise they are rivals
    view = arcs["view"].to_numpy()
    of_view = each.take(view)
    own = np.where(of_view.facing == "either", top, rank == 0)
    rival = arcs["score"].where(~own, 0.0).groupby(arcs["view"], sort=False).transform("max")
    arcs["winner"] = own & (rival < of_view.clear_share * best)
    kept: pd.DataFrame = arcs[(arcs["score"] >= of_view.min_share * best) | ~known[view]]
    return kept


_SIDES = ("W1 W3", "W1 W2:rear", "W1 W2:front", "W1 W2:either", "W1 W2:stated")
_MARKS = (" zero", " zero-unset", " coarse", " crosswise", " W6")


def _rules(
    arcs: pd.DataFrame, facing: NDArray[np.object_], marks: dict[str, BoolArray]
) -> IntArray:
    """Return the rules behind each row, for a person to filter by, as a number that `_rule_names`
    puts in words: which of `_SIDES`, and a bit for each of `_MARKS`."""
    view = arcs["view"].to_numpy()
    known, coarse, stated, zero = (marks[k][view] for k in ("known", "coarse", "stated", "zero"))
    crosswise = np.nan_to_num(arcs["turn_deg"].to_numpy()) > CROSSWISE_DEG
    side = np.zeros(len(facing), dtype=np.int64)
    for number, name in enumerate(("rear", "front", "either"), start=1):
        side[facing == name] = number
    code = np.where(known, side[view], 0)
    code[stated & known] = _SIDES.index("W1 W2:stated")
    level = arcs["level_weight"].to_numpy() < 1
    for bit, mark in enumerate((zero & known, zero & ~known, coarse, crosswise, level)):
        code += mark * (len(_SIDES) << bit)
    return np.asarray(code, dtype=np.int64)


def _rule_names(code: IntArray) -> Any:
    """Return the words of rules; they are few, the rows many."""
    kinds, at = np.unique(code, return_inverse=True)
    words = []
    for kind in kinds.tolist():
        bits, side = divmod(kind, len(_SIDES))
        marks = [mark for bit, mark in enumerate(_MARKS) if bits >> bit & 1]
        words.append("".join([_SIDES[side], *marks]))
    return pd.Series(words, dtype="str").array.take(at)


def _table(arcs: pd.DataFrame, net: Carriageways, rules: IntArray) -> pd.DataFrame:
    """Return the rows as numbers; `look` is the row of the view."""
    segment = arcs["segment"].to_numpy()
    columns: dict[str, Any] = {
        "look": arcs["view"].to_numpy(),
        "segment_id": net.segment_id[segment],
        "forward": arcs["forward"].to_numpy(),
    }
    for name in ("offset_m", "start_m", "end_m", "range_m"):
        columns[name] = np.round(arcs[name].to_numpy(), 2)
    columns |= {
        "score": np.round(arcs["score"].to_numpy(), 4),
        "winner": arcs["winner"].to_numpy(),
        "rule": rules,
    }
    return pd.DataFrame(columns, copy=False)


def _unique(found: pd.DataFrame, looks: pd.DataFrame) -> pd.DataFrame:
    """Sort, and where two views of a camera share a heading keep the better reading of an arc."""
    # views are sorted by job, camera and heading: those alike in all three share a group
    same = np.zeros(len(looks), dtype=bool)
    same[1:] = True
    for name in ("job", "camera_id", "heading_deg"):
        values = looks[name].to_numpy()
        same[1:] &= (values[1:] == values[:-1]) | (pd.isna(values[1:]) & pd.isna(values[:-1]))
    group = np.cumsum(~same)[found["look"].to_numpy()]
    segment, forward = found["segment_id"].to_numpy(), found["forward"].to_numpy()
    # "backward" sorts before "forward"
    order = np.lexsort((forward, segment, -found["score"].to_numpy(), group))
    found = found.iloc[order].reset_index(drop=True)
    key = pd.DataFrame({"group": group[order], "arc": 2 * segment[order] + forward[order]})
    return found[~key.duplicated().to_numpy()].reset_index(drop=True)


def _worded(found: pd.DataFrame, looks: pd.DataFrame) -> pd.DataFrame:
    """Return table `watches` of rows that are numbers."""
    look = found["look"].to_numpy()
    travel = pd.Series(["backward", "forward"], dtype="str").array
    columns = {
        "camera_id": looks["camera_id"].astype("str").array.take(look),
        "heading_deg": looks["heading_deg"].to_numpy(dtype=np.float64)[look],
        "segment_id": found["segment_id"],
        "travel": travel.take(found["forward"].to_numpy().astype(np.int64)),
        **{n: found[n] for n in ("offset_m", "start_m", "end_m", "range_m", "score", "winner")},
        "rule": _rule_names(found["rule"].to_numpy()),
    }
    return pd.DataFrame(columns, copy=False)


def _unread(
    cameras: pd.DataFrame, watches: pd.DataFrame, net: Carriageways, settings: Settings
) -> pd.DataFrame:
    """W5: cameras that read nothing, with the nearest road and its distance."""
    # by Arrow: pandas looks at each text in Python
    ids, reading = (pa.array(table["camera_id"].astype("str")) for table in (cameras, watches))
    reads = np.asarray(pc.is_in(ids, value_set=reading.cast(ids.type)))
    rest = cameras.loc[~reads, ["camera_id", "lon", "lat"]]
    rest = rest.sort_values("camera_id", ignore_index=True)
    near = road_near(
        rest["lon"].to_numpy(dtype=np.float64), rest["lat"].to_numpy(dtype=np.float64), net
    )
    located = np.isfinite(rest["lon"].to_numpy(dtype=np.float64))
    reason = np.where(near[1] <= settings.range_m, "no road in its view", "no road in range")
    ids = np.where(near[0] >= 0, net.segment_id[near[0]] if len(net.segment_id) else 0, -1)
    return pd.DataFrame(
        {
            "camera_id": rest["camera_id"],
            "segment_id": pd.Series(ids).astype("Int64").mask(near[0] < 0),
            "distance_m": np.round(near[1], 2),
            "reason": np.where(
                located, np.where(near[0] < 0, "no road within 2 km", reason), "no position"
            ),
        }
    )
