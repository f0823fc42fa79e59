"""Which agency of the sharing record runs a camera, and how surely (rule A2).

`known`: the operator is tagged and names an agency of the record. `inferred`: it is not tagged, but
the camera stands where one town police of the record works, or the tag names the town itself.
`none`: all others, with the reason.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import scipy

from alprmap import agencies as names
from alprmap import geo

_POLICE = ("police", "public safety")
_PLACED = ("place", "place_variant", "manual")


@dataclass(frozen=True, slots=True)
class Settings:
    """What the inference of A2 rests on."""

    inferred_km: tuple[float, float, float] = (4.0, 8.0, 12.0)
    """Low, mid, high: how far from the middle of its town an untagged camera is taken for the town
    police's own. Of 7,221 tagged cameras of town police (January 2026) 56 % stand within 4 km, 82 %
    within 8, 91 % within 12."""
    vendor: str = "Flock Safety"
    """Only cameras of this maker are inferred: the sharing lists in circulation are of its
    customers. """
    zone_m: float = 100 * geo.STATUTE_MILE_M


def camera_operators(
    cameras: pd.DataFrame,
    agencies: pd.DataFrame,
    *,
    state: pd.Series | None = None,
    settings: Settings = Settings(),
) -> pd.DataFrame:
    """Find the agency of the record that runs each camera, or say why none is named (A2).

    Parameters
    ----------
    cameras
        Table `cameras`.
    agencies
        Table `agencies` with `spellings`, and `lon`, `lat`, `place_kind` where known
        (`alprmap.access.shares`).
    state
        Postal abbreviation of the state each camera stands in: "Lakewood Police Department" is one
        of several.

    Returns
    -------
    DataFrame
        Same index: `agency_id`, `class` (known, inferred, none), `why`, and `within_m`, the
        distance on which an inference rests.
    """
    out = pd.DataFrame(index=cameras.index)
    out["agency_id"], out["class"], out["why"], out["within_m"] = (
        None,
        "none",
        "no operator tagged",
        np.nan,
    )
    where = (
        pd.Series(None, index=cameras.index, dtype=object)
        if state is None
        else state.astype(object)
    )
    pairs = pd.DataFrame(
        {"operator": cameras["operator"], "state": where.where(where.notna(), None)}
    )
    pairs = pairs[cameras["operator"].notna()]
    found = _by_name(pairs.drop_duplicates(), agencies)
    keys = list(zip(pairs["operator"], pairs["state"], strict=True))
    for column in ("agency_id", "class", "why"):
        out.loc[pairs.index, column] = [found[k][column] for k in keys]
    return _infer(out, cameras, agencies, settings)


def _by_name(
    pairs: pd.DataFrame, agencies: pd.DataFrame
) -> dict[tuple[str, str | None], dict[str, Any]]:
    """Settle each (operator, state) by the rules of `alprmap.agencies`."""
    ids = agencies["agency_id"].tolist()
    known = names.Matcher(
        agencies["spellings"].tolist(),
        [s if isinstance(s, str) else None for s in agencies["state"]],
    )
    found = {}
    for operator, state in zip(pairs["operator"], pairs["state"], strict=True):
        match = known.match(operator, state=state)
        if match.index is not None:
            row = {
                "agency_id": ids[match.index],
                "class": "known",
                "why": f"operator tagged: {match.rule}",
            }
        else:
            row = {
                "agency_id": None,
                "class": "none",
                "why": f"operator tagged, not in the record: {match.rule}",
            }
            said = names.parse(operator)
            if said.role == "government":
                # "City of X" runs them; its police is whom the record names, so this is an
                # inference
                police = known.match(
                    f"{' '.join(said.core)} Police Department", state=state or said.state
                )
                if police.index is not None and police.rule == "same name":
                    row = {
                        "agency_id": ids[police.index],
                        "class": "inferred",
                        "why": "the city's own police",
                    }
        found[operator, state] = row
    return found


def _infer(
    out: pd.DataFrame, cameras: pd.DataFrame, agencies: pd.DataFrame, settings: Settings
) -> pd.DataFrame:
    """Give untagged cameras of the maker to the nearest town police of the record, up to what it
    declares."""
    town = town_police(agencies)
    free = out.index[
        (out["why"] == "no operator tagged")
        & (cameras["vendor"] == settings.vendor)
        & cameras["lon"].notna()
    ]
    if town.empty or free.empty:
        return out
    tree = scipy.spatial.cKDTree(geo.ecef(town["lon"], town["lat"]))
    meters, at = tree.query(geo.ecef(cameras.loc[free, "lon"], cameras.loc[free, "lat"]), k=1)
    near = pd.DataFrame(
        {"agency_id": town["agency_id"].to_numpy()[at], "within_m": meters}, index=free
    )
    near = near[near["within_m"] <= settings.inferred_km[2] * 1000]
    near["camera_id"] = cameras["camera_id"]
    taken = out.loc[out["class"] != "none", "agency_id"].value_counts()
    declared = town.set_index("agency_id")["declared_cameras"]
    room = (near["agency_id"].map(declared) - near["agency_id"].map(taken).fillna(0)).fillna(np.inf)
    rank = (
        near.sort_values(["within_m", "camera_id"])
        .groupby("agency_id")
        .cumcount()
        .reindex(near.index)
    )
    fits = rank < room
    out.loc[near.index[~fits], "why"] = (
        "no operator tagged; the town's police already has all it declares"
    )
    near = near[fits]
    mid = near["within_m"] <= settings.inferred_km[1] * 1000
    out.loc[near.index, "within_m"] = near["within_m"]
    out.loc[near.index, "agency_id"] = near["agency_id"].where(mid, None)
    out.loc[near.index[mid], "class"] = "inferred"
    out.loc[near.index[mid], "why"] = "stands in the town of this police, untagged"
    # beyond the middle setting it counts only in the high figure
    out.loc[near.index[~mid], "why"] = "stands near the town of a police of the record, untagged"
    out["agency_high_id"] = out["agency_id"]
    out.loc[near.index, "agency_high_id"] = near["agency_id"]
    return out


def town_police(agencies: pd.DataFrame) -> pd.DataFrame:
    """Return the town police of the record whose town has a point (A2)."""
    if "lon" not in agencies.columns:
        return agencies.iloc[:0]
    police = agencies["spellings"].map(lambda s: names.parse(s.split("\n")[0]).role in _POLICE)
    police = police.astype(bool)  # of no agency it would be a column of texts
    return agencies[agencies["place_kind"].isin(_PLACED) & agencies["lon"].notna() & police]


def inference_check(
    cameras: pd.DataFrame,
    agencies: pd.DataFrame,
    run: pd.DataFrame,
    *,
    settings: Settings = Settings(),
) -> dict[str, int]:
    """Test the inference on cameras whose town police is tagged: how many it would have given to
    that police.

    Returns
    -------
    dict
        `tested` (tagged cameras of town police of the record, near any town within the middle
        setting) and `right`. Untagged cameras include private ones, so the share right is an upper
        bound for them.
    """
    town = town_police(agencies)
    tagged = run.index[
        (run["class"] == "known")
        & run["agency_id"].isin(town["agency_id"])
        & cameras["lon"].notna()
    ]
    if town.empty or tagged.empty:
        return {"tested": 0, "right": 0}
    tree = scipy.spatial.cKDTree(geo.ecef(town["lon"], town["lat"]))
    meters, at = tree.query(geo.ecef(cameras.loc[tagged, "lon"], cameras.loc[tagged, "lat"]))
    near = meters <= settings.inferred_km[1] * 1000
    right = town["agency_id"].to_numpy()[at] == run.loc[tagged, "agency_id"].to_numpy()
    return {"tested": int(np.sum(near)), "right": int(np.sum(near & right))}
