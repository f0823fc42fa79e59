"""Who can look at a trip: trips (C6) joined to the sharing record (A1–A3).

A trip is seen by whoever may search a camera that reads it: the agency that runs the camera, and
those it shares with on record (one hop; two hops are a possibility, not a fact, and are left to
`alprmap access`). Cameras whose agency is tagged (`known`) and cameras it is inferred for
(`inferred`) are counted apart (A2). Where the record says nothing, nothing is known: that is not
the same as nobody."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from alprmap.access import active_shares, camera_operators, read_shares
from alprmap.coverage.trips import Trips
from alprmap.reach import reach_table

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
CLASSES = ("known", "inferred")
NO_AGENCY = "unknown: the camera's agency is not in the record"
NO_SHARES = "unknown: the camera's agency is in the record, whom it shares with is not"
COLUMNS = (
    "level",
    "viewer",
    "viewer_id",
    "kind",
    "class",
    "cameras",
    "agencies",
    "trips",
    "share",
    "own_trips",
    "since_first",
    "since_last",
    "as_of",
)


@dataclass(frozen=True)
class Sight:
    """Who may search each camera.

    cameras
        `camera_id`, `agency_id` (missing where the record does not name the operator), `class`.
    agencies
        Table `agencies`.
    shares
        `from_id`, `to_id`, `since`: the shares on record on the date asked for.
    as_of
        That date; None takes every share that has not ended, undated ones too.
    """

    cameras: pd.DataFrame
    agencies: pd.DataFrame
    shares: pd.DataFrame
    as_of: str | None = None


def read_viewers(cameras: pd.DataFrame, files: list[Path], *, as_of: str | None = None) -> Sight:
    """Read sharing records and find the agency of every camera (A1, A2).

    Parameters
    ----------
    cameras
        Table `cameras`; those without a position have no state to settle a name by.
    files
        As `alprmap.access.shares.read` takes them.
    as_of
        ISO date.

    Raises
    ------
    InputError
        When a file is not of a known shape.
    """
    shared = read_shares(files)
    where = reach_table(cameras, borders=("land",), places=False).set_index("camera_id")["state"]
    run = camera_operators(cameras, shared.agencies, state=cameras["camera_id"].map(where))
    at = cameras[["camera_id"]].join(run[["agency_id", "class"]]).reset_index(drop=True)
    return Sight(at, shared.agencies, active_shares(shared.shares, as_of=as_of), as_of)


def trips_seen(trips: Trips, sight: Sight) -> pd.DataFrame:
    """Count the trips each body can see by the fastest way (C6, A1–A3).

    Returns
    -------
    DataFrame
        One row per `level` (`all`: anybody on record, `unknown`, `kind`: any body of a kind,
        `agency`), viewer and `class` of the cameras (`known`, `inferred`: never to be added up),
        most trips first: `cameras` that read a trip and may be searched, `agencies` that run them,
        `trips`, their `share` of all trips, `own_trips` (read by the viewer's own cameras), the
        first and last date of the shares it rests on, and `as_of`.
    """
    driven = trips.passes[trips.passes["way"] == "fastest"]
    weight = trips.weights()
    total = float(weight.sum())
    pairs = driven[["trip", "camera_id"]].merge(sight.cameras, on="camera_id", how="left")
    rows = _unknown(pairs, sight, weight, total)
    for sort in CLASSES:
        some = pairs[(pairs["class"] == sort) & pairs["agency_id"].notna()]
        if len(some):
            rows += _seen(some, sight, sort, weight, total)
    frame = pd.DataFrame(rows, columns=list(COLUMNS)).assign(as_of=sight.as_of)
    for name in (
        "level",
        "viewer",
        "viewer_id",
        "kind",
        "class",
        "since_first",
        "since_last",
        "as_of",
    ):
        frame[name] = frame[name].astype("str")
    rank = frame["level"].map({"all": 0, "unknown": 1, "kind": 2, "agency": 3})
    order = ["_rank", "trips", "cameras", "viewer", "viewer_id", "class"]
    up = [True, False, False, True, True, False]
    return (
        frame.assign(_rank=rank)
        .sort_values(order, ascending=up, ignore_index=True)
        .drop(columns="_rank")
    )


def _unknown(
    pairs: pd.DataFrame, sight: Sight, weight: pd.Series, total: float
) -> list[dict[str, object]]:
    """Rows of what the record does not tell."""
    lost = ~pairs["class"].isin(CLASSES) | pairs["agency_id"].isna()
    silent = ~lost & ~pairs["agency_id"].isin(sight.shares["from_id"])
    rows: list[dict[str, object]] = []
    for name, which in ((NO_AGENCY, lost), (NO_SHARES, silent)):
        part = pairs[which]
        if len(part):
            trips = float(weight.reindex(part["trip"].unique()).sum())
            rows.append(
                {
                    "level": "unknown",
                    "viewer": name,
                    "class": "unknown",
                    "cameras": part["camera_id"].nunique(),
                    "agencies": part["agency_id"].nunique(),
                    "trips": round(trips),
                    "share": trips / total,
                }
            )
    return rows


def _seen(
    pairs: pd.DataFrame, sight: Sight, sort: str, weight: pd.Series, total: float
) -> list[dict[str, object]]:
    """Rows of everybody who may search some cameras; who sees what is a product of two yes-no
    matrices."""
    owner, owners = pd.factorize(pairs["agency_id"], sort=True)
    trip, trips = pd.factorize(pairs["trip"])
    many = weight.reindex(trips).to_numpy(np.float64)
    camera, cameras = pd.factorize(pairs["camera_id"])
    given = sight.shares[sight.shares["from_id"].isin(owners)][["from_id", "to_id", "since"]]
    viewers = np.unique(
        np.r_[np.asarray(owners, dtype=object), given["to_id"].to_numpy(object)].astype(str)
    )
    own = np.searchsorted(viewers, np.asarray(owners, dtype=str))
    giver = pd.Index(owners).get_indexer(given["from_id"])
    taker = np.searchsorted(viewers, given["to_id"].to_numpy(object).astype(str))
    size = (len(owners), len(viewers))
    may = _yes(np.r_[np.arange(len(owners)), giver], np.r_[own, taker], size)
    its = _yes(np.arange(len(owners)), own, size)
    on_trip = _yes(trip, owner, (len(trips), len(owners)))
    of = _yes(camera, owner, (len(cameras), len(owners)))
    who = sight.agencies.set_index("agency_id")[["name", "kind"]].reindex(viewers)
    kinds, kind = np.unique(
        who["kind"].fillna("unknown").to_numpy(object).astype(str), return_inverse=True
    )
    dates = given.assign(viewer=viewers[taker], kind=kinds[kind][taker])
    groups = (
        ("all", "anybody on record", np.zeros(len(viewers), np.int64), np.array(["all"])),
        ("kind", "any of kind ", kind, kinds),
        ("agency", "", np.arange(len(viewers)), viewers),
    )
    rows: list[dict[str, object]] = []
    for level, word, group, labels in groups:
        into = _yes(np.arange(len(viewers)), group, (len(viewers), len(labels)))
        counts = {"trips": _count(on_trip @ may @ into, many), "cameras": _count(of @ may @ into)}
        counts |= {"own_trips": _count(on_trip @ its @ into, many), "agencies": _count(may @ into)}
        since = dates.groupby("viewer" if level == "agency" else "kind")["since"].agg(
            ["min", "max"]
        )
        for i, label in enumerate(labels):
            first = (
                since.reindex([label]).iloc[0]
                if level != "all"
                else dates["since"].agg(["min", "max"])
            )
            known = who.loc[label] if level == "agency" else pd.Series({"name": None, "kind": None})
            named = {"agency": known["name"], "kind": f"{word}{label}", "all": word}[level]
            rows.append(
                {
                    "level": level,
                    "viewer": named if isinstance(named, str) else label,
                    "viewer_id": label if level == "agency" else None,
                    "kind": {"agency": known["kind"], "kind": label, "all": None}[level],
                    "class": sort,
                    **{name: round(float(values[i])) for name, values in counts.items()},
                    "share": counts["trips"][i] / total,
                    "since_first": first["min"],
                    "since_last": first["max"],
                }
            )
    return rows


def _yes(row: IntArray, column: IntArray, shape: tuple[int, int]) -> sparse.csr_array:
    return sparse.csr_array((np.ones(len(row), dtype=np.int64), (row, column)), shape=shape)


def _count(matrix: sparse.csr_array, weight: FloatArray | None = None) -> FloatArray:
    """Rows with anything in it, per column, each with its weight (1 where none is given)."""
    entry = matrix.tocoo()
    many = np.ones(matrix.shape[0]) if weight is None else weight
    total = np.bincount(entry.col, many[entry.row], minlength=matrix.shape[1])
    return np.asarray(total, dtype=np.float64)
