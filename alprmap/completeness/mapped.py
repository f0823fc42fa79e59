"""Declared against mapped: of what an agency says it has, how much is on the map (K1).

A camera counts for an agency when its operator is tagged (known) or when it is untagged and
stands in the agency's town (inferred, rule A2). Not every untagged camera there is the agency's
own: the tagged ones in such places tell how many are, town by town, and that is drawn.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from alprmap import agencies as names
from alprmap import geo
from alprmap.access import Settings as AccessSettings
from alprmap.access import camera_operators
from alprmap.completeness.declared import TOWN_ROLES
from alprmap.completeness.settings import Settings

FloatArray = NDArray[np.float64]
ACCESS = AccessSettings()
SIZES = (0.0, 2.5, 9.5, 29.5, np.inf)
"""K1: mapped cameras that part small towns from large ones when totals are told from the map."""
KNOWN_ONLY = "known only: its untagged cameras cannot be told from those of others"
BOTH = "known, and untagged ones in its town"
NOTHING = "cannot be estimated: no camera is tagged with it, and it has no town"


@dataclass(frozen=True)
class Belonging:
    """How surely an untagged camera in a town is its police's own.

    `tested` tagged cameras near the middle of a town, `own` of them run by its police; `mean`
    share, and `rho`, how much towns differ in it (0: not at all, 1: all or nothing).
    """

    tested: int
    own: int
    mean: float
    rho: float
    by_town: pd.DataFrame


def attribute(cameras: pd.DataFrame, agencies: pd.DataFrame, state: pd.Series) -> pd.DataFrame:
    """Return which agency runs each camera (A2), without the limit of what an agency declares.

    Parameters
    ----------
    cameras
        Table `cameras`.
    agencies
        As `read_declared` gives them.
    state
        Postal code of each camera, same index.
    """
    free = agencies.assign(declared_cameras=np.nan)
    run = camera_operators(cameras, free, state=state)
    return run.assign(camera_id=cameras["camera_id"])


def belonging(
    cameras: pd.DataFrame,
    agencies: pd.DataFrame,
    run: pd.DataFrame,
    *,
    access: AccessSettings = ACCESS,
) -> Belonging:
    """Test the inference on tagged cameras: how many near a town are run by its police (K1).

    All tagged cameras of the maker count, also those of stores and of other agencies, since an
    untagged camera may be one of theirs.
    """
    town = town_police(agencies)
    tagged = cameras["operator"].notna() & cameras["lon"].notna()
    tagged &= cameras["vendor"] == access.vendor
    empty = pd.DataFrame({"n": [], "own": []})
    if town.empty or not tagged.any():
        return Belonging(0, 0, np.nan, 0.0, empty)
    tree = cKDTree(geo.ecef(town["lon"], town["lat"]))
    meters, at = tree.query(geo.ecef(cameras.loc[tagged, "lon"], cameras.loc[tagged, "lat"]))
    near = meters <= access.inferred_km[1] * 1000
    nearest = town["agency_id"].to_numpy()[at[near]]
    own = nearest == run.loc[tagged, "agency_id"].to_numpy()[near]
    frame = pd.DataFrame({"agency_id": nearest, "own": own})
    by_town: pd.DataFrame = frame.groupby("agency_id")["own"].agg(["size", "sum"])
    by_town = by_town.set_axis(["n", "own"], axis=1)
    if not len(by_town):
        return Belonging(0, 0, np.nan, 0.0, empty)
    n, k = (by_town[c].to_numpy(np.float64) for c in ("n", "own"))
    mean = float(k.sum() / n.sum())
    return Belonging(int(n.sum()), int(k.sum()), mean, _rho(n, k, mean), by_town)


def _rho(n: FloatArray, k: FloatArray, mean: float) -> float:
    """Return the correlation within towns by moments (Kleinman 1973, JASA 68:46)."""
    if len(n) < 2 or not 0 < mean < 1:
        return 0.0
    size = n.sum() - (n**2).sum() / n.sum()
    spread = float((n * (k / n - mean) ** 2).sum())
    chance = mean * (1 - mean)
    rho = (spread - chance * (len(n) - 1)) / (chance * (size - (len(n) - 1)))
    return float(np.clip(rho, 0.0, 0.95))


def town_police(agencies: pd.DataFrame) -> pd.DataFrame:
    """Return the town police whose town has a point: those of whom A2 can infer."""
    role = agencies["spellings"].map(lambda s: names.parse(str(s).split("\n")[0]).role)
    placed = agencies["place_kind"].isin(("place", "place_variant", "manual"))
    return agencies[placed & agencies["lon"].notna() & role.isin(TOWN_ROLES)]


def against_declared(
    counts: pd.DataFrame,
    agencies: pd.DataFrame,
    run: pd.DataFrame,
    test: Belonging,
    *,
    settings: Settings,
) -> tuple[pd.DataFrame, FloatArray]:
    """Return one row per agency that declares, and draws of what is mapped of it (K1).

    Returns
    -------
    (DataFrame, array of shape (draws, agencies))
        `agency_id`, `name`, `state`, `declared`, `date`, `days_apart`, `known`, `inferred`,
        `mapped` (known and the inferred that belong, expected), `mapped_low`, `mapped_high`,
        `mapped_share` with bounds (above 1 more is mapped than declared), `missing` with bounds,
        `basis`, `lon`, `lat`, `source_record`. Where untagged cameras cannot be told to be its
        own there are no bounds, and `mapped_share` is at least what it says.
    """
    about = agencies.set_index("agency_id").reindex(counts["agency_id"]).reset_index()
    frame = counts.reset_index(drop=True).copy()
    for column in ("name", "state", "lon", "lat"):
        frame[column] = about[column]
    for sort in ("known", "inferred"):
        each = run.loc[run["class"] == sort, "agency_id"].value_counts()
        frame[sort] = frame["agency_id"].map(each).fillna(0).astype("int64")
    town = frame["agency_id"].isin(town_police(agencies)["agency_id"]).to_numpy()
    draws = _drawn(frame, test, settings)
    sure = town & (test.tested >= settings.fewest_tagged)
    frame["basis"] = np.where(
        sure, BOTH, np.where(frame["known"] + frame["inferred"] > 0, KNOWN_ONLY, NOTHING)
    )
    share = 0.0 if not test.tested else test.mean
    frame["mapped"] = frame["known"] + np.where(sure, frame["inferred"] * share, 0.0)
    none = frame["basis"] == NOTHING
    frame.loc[none, "mapped"] = np.nan
    for name, q in (("low", settings.low), ("high", settings.high)):
        bound = np.quantile(draws, q, axis=0) if len(frame) else np.zeros(0)
        frame[f"mapped_{name}"] = np.where(sure, bound, np.nan)
    for end in ("", "_low", "_high"):
        frame[f"mapped_share{end}"] = frame[f"mapped{end}"] / frame["declared"]
    frame["missing"] = (frame["declared"] - frame["mapped"]).clip(lower=0)
    frame["missing_low"] = (frame["declared"] - frame["mapped_high"]).clip(lower=0)
    frame["missing_high"] = (frame["declared"] - frame["mapped_low"]).clip(lower=0)
    return frame, np.where(sure, draws, np.nan)


def _drawn(frame: pd.DataFrame, test: Belonging, settings: Settings) -> FloatArray:
    """Draw what is mapped of each agency: known, and the inferred that belong."""
    rng = np.random.default_rng(settings.seed)
    known, inferred = (frame[c].to_numpy(np.int64) for c in ("known", "inferred"))
    shape = (settings.draws, len(frame))
    if not test.tested:
        return np.broadcast_to(known.astype(np.float64), shape).copy()
    n, k = (test.by_town[c].to_numpy(np.float64) for c in ("n", "own"))
    # which towns are tagged is chance as well
    pick = rng.integers(0, len(n), (settings.draws, len(n)))
    if 0 < test.mean < 1:
        mean = k[pick].sum(axis=1) / n[pick].sum(axis=1)
    else:
        # all or none: the towns drawn again would be sure of it, however few they are (Jeffreys'
        # prior, each town once, since its cameras go together)
        yes = len(n) * test.mean
        mean = rng.beta(yes + 0.5, len(n) - yes + 0.5, settings.draws)
    mean = np.clip(mean, 1e-3, 1 - 1e-3)[:, None]
    if test.rho > 0:
        size = (1 - test.rho) / test.rho
        chance = rng.beta(mean * size, (1 - mean) * size, shape)
    else:
        chance = np.broadcast_to(mean, shape)
    return np.asarray(known + rng.binomial(inferred, np.clip(chance, 0, 1)), dtype=np.float64)


def pooled(
    frame: pd.DataFrame, draws: FloatArray, group: Any, *, settings: Settings
) -> pd.DataFrame:
    """Sum agencies up by a group: the share of what they declare that is mapped (K1).

    Only agencies whose untagged cameras can be told are summed; the others are counted.

    Returns
    -------
    DataFrame
        `group`, `agencies`, `agencies_not_estimable`, `declared`, `mapped`, `mapped_share` with
        bounds, `basis`.
    """
    sure = np.isfinite(draws[0]) if len(draws) else np.zeros(len(frame), bool)
    names_ = pd.Series(np.asarray(group, dtype=object))
    rows = []
    for name in sorted(names_.dropna().unique(), key=str):
        inside = (names_ == name).to_numpy()
        use = np.flatnonzero(inside & sure)
        declared = float(frame["declared"].to_numpy()[use].sum())
        row: dict[str, Any] = {
            "group": name,
            "agencies": len(use),
            "agencies_not_estimable": int((inside & ~sure).sum()),
            "declared": declared,
            "mapped": float(frame["mapped"].to_numpy()[use].sum()),
        }
        row["mapped_share"] = row["mapped"] / declared if declared else np.nan
        total = draws[:, use].sum(axis=1) / declared if declared else np.full(1, np.nan)
        row["mapped_share_low"] = float(np.quantile(total, settings.low))
        row["mapped_share_high"] = float(np.quantile(total, settings.high))
        row["basis"] = (
            "declared counts"
            if declared
            else "cannot be estimated: no town police here publishes a count"
        )
        rows.append(row)
    columns = [
        "group",
        "agencies",
        "agencies_not_estimable",
        "declared",
        "mapped",
        "mapped_share",
        "mapped_share_low",
        "mapped_share_high",
        "basis",
    ]
    return pd.DataFrame(rows, columns=columns)


def told_from_the_map(
    towns: pd.DataFrame, declared: pd.Series, *, settings: Settings
) -> pd.DataFrame:
    """Tell how many cameras a town police has from what is mapped of it alone (K1).

    The ratio of declared to mapped in other towns of about the same mapped size, and its spread
    over them, are applied; a town's own declared count is left out of its own estimate, so that
    the two may be held against one another.

    Parameters
    ----------
    towns
        `agency_id`, `mapped` of town police, those that declare and those that do not.
    declared
        Declared count by agency_id.

    Returns
    -------
    DataFrame
        `agency_id`, `told`, `told_low`, `told_high`, `n_towns` (it rests on), `why` where there is
        no estimate, `declared`, `held` (whether the declared count lies within the bounds).
    """
    mapped = towns["mapped"].to_numpy(np.float64)
    truth = towns["agency_id"].map(declared).to_numpy(np.float64)
    # one more on both sides keeps towns of which nothing is mapped in the comparison
    ratio = (truth + 1) / (mapped + 1)
    size = np.digitize(mapped, SIZES[1:-1])
    usable = np.isfinite(ratio) & np.isfinite(mapped)
    told = np.full((len(towns), 3), np.nan)
    count = np.zeros(len(towns), dtype=np.int64)
    for i in range(len(towns)):
        others = usable & (size == size[i])
        others[i] = False
        count[i] = others.sum()
        if np.isfinite(mapped[i]) and count[i] >= settings.fewest_towns:
            at = np.quantile(ratio[others], [0.5, settings.low, settings.high])
            told[i] = np.maximum(at * (mapped[i] + 1) - 1, mapped[i] * np.array([1, 0, 1]))
    out = towns[["agency_id"]].copy()
    for j, name in enumerate(("told", "told_low", "told_high")):
        out[name] = told[:, j]
    out["n_towns"] = count
    few = f"cannot be estimated: fewer than {settings.fewest_towns} like towns declare"
    out["why"] = pd.Series(few, out.index, dtype="str").where(~np.isfinite(told[:, 0]))
    out["declared"] = truth
    held = (truth >= told[:, 1]) & (truth <= told[:, 2])
    out["held"] = pd.array(
        [
            bool(h) if np.isfinite(t) and np.isfinite(e) else None
            for h, t, e in zip(held, truth, told[:, 0], strict=True)
        ],
        dtype="boolean",
    )
    return out
