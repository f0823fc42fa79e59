"""Who can look: from a camera to its agency, from the agency to those it shares with (rules A1–A3).

A1: a body reaches a camera through a dated, cited sharing record of the agency that runs it, not by
owning it. A2: three classes that are never added up: `known` (the operator is tagged and is an
agency of the record), `inferred` (untagged, but it stands where one agency of the record works),
and, per agency, `declared but unmapped`. A3: one hop is a fact on record; two hops are a
possibility; they are shown apart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from alprmap import agencies as names
from alprmap import geo, schema
from alprmap.access.intervals import first_day
from alprmap.access.operators import Settings, inference_check
from alprmap.access.operators import camera_operators as operators
from alprmap.errors import NotFoundError, UsageError

DEFAULTS = Settings()
COUNTED = (
    "agency_id",
    "name",
    "state",
    "declared_cameras",
    "declared_on",
    "known",
    "inferred",
    "unmapped_at_least",
    "unmapped_at_most",
)
"""What an agency declares and what the map has of it."""


@dataclass(frozen=True, slots=True)
class Accessed:
    """What `reach_of` finds.

    `cameras`: one row per camera (`camera_id`, `agency_id`, `class` known / inferred / none, `why`,
    `hops` 0, 1, 2 or missing, `via_id`, `since`, `source_record`). `agencies`: one row per agency
    whose readers the target reaches (`hops`, `known`, `inferred`, `declared_cameras`,
    `unmapped_at_least`, `unmapped_at_most`). `summary`: class × hops × state with inland
    statistics. `targets`: agency ids of the body asked for."""

    cameras: pd.DataFrame
    agencies: pd.DataFrame
    summary: pd.DataFrame
    targets: list[str]
    counts: dict[str, Any]


def access_sheet(
    run: pd.DataFrame, agencies: pd.DataFrame, shares: pd.DataFrame, of: list[str]
) -> pd.DataFrame:
    """Return what each named agency declares, what the map has of it, and how many it shares with.

    Parameters
    ----------
    run
        As `operators` gives it.
    of
        Names or ids of agencies.

    Returns
    -------
    DataFrame
        `agency_id`, `name`, `state`, `declared_cameras`, `declared_on`, `known`, `inferred`,
        `unmapped_at_least`, `unmapped_at_most`, `shares_with` (agencies its newest record names,
        accounts marked inactive among them; missing where it names nobody, which is not proof of
        none), `shares_with_ever` (in all
        records), `named_by` (agencies that say it shares with them), `source_record`.
    """
    ids = [i for name in of for i in _must(access_targets(agencies, to=name), name)]
    none = pd.DataFrame(index=pd.Index([], name="agency_id"), columns=["hops"])
    frame = _unmapped(run, agencies, none.reindex(ids)).set_index("agency_id").loc[ids]
    every = shares[shares["direction"] == "outbound"]
    out = named_shares(shares)[lambda s: s["direction"] == "outbound"]
    seen = out["last_seen"] if "last_seen" in out.columns else out["since"]
    seen = seen.fillna(out["since"]).fillna("")
    newest = seen == seen.groupby(out["from_id"]).transform("max")
    frame["shares_with"], frame["shares_with_ever"] = (
        _distinct(s, frame.index) for s in (out[newest], every)
    )
    frame["named_by"] = _distinct(shares[shares["direction"] == "inbound"], frame.index)
    return _dated(frame.reset_index(), agencies)[
        [*COUNTED, "shares_with", "shares_with_ever", "named_by", "source_record"]
    ]


def _distinct(shares: pd.DataFrame, ids: pd.Index) -> pd.Series:
    return shares.groupby("from_id")["to_id"].nunique().reindex(ids).astype("float64")


def _must(ids: list[str], name: str) -> list[str]:
    if not ids:
        raise NotFoundError(f"no record names {name}", fix="check the spelling")
    return ids


def access_targets(
    agencies: pd.DataFrame, *, to: str | None = None, kind: str | None = None
) -> list[str]:
    """Return the ids of the body asked for by name, or of all of a kind; empty when no record names
    it. Of a federal body its offices on record are the body too ("ATF Nashville" is the ATF).

    Raises
    ------
    UsageError
        When neither or both are given, or the kind is no word of `schema.OPERATOR_KIND`.
    NotFoundError
        When the name fits several agencies, or nothing known at all.
    """
    if (to is None) == (kind is None):
        raise UsageError("say whom: either a name or a kind", fix="pass --to NAME or --kind KIND")
    if not (to or kind or "").strip():
        raise UsageError("whose access is asked for is empty", fix="pass --to NAME or --kind KIND")
    if kind is not None:
        kind = kind.strip().lower()
        if kind not in schema.OPERATOR_KIND:
            raise UsageError(
                f"no kind is called {kind}", fix=f"use one of {', '.join(schema.OPERATOR_KIND)}"
            )
        return agencies.loc[agencies["kind"] == kind, "agency_id"].tolist()
    assert to is not None
    if to in set(agencies["agency_id"]):
        return [to]
    if (asked := names.federal_body(to)) and not asked.office:
        return [
            str(one)
            for one, spellings in zip(agencies["agency_id"], agencies["spellings"], strict=True)
            if any(_is_of(asked.body, spelling) for spelling in spellings.split("\n"))
        ]
    known = names.Matcher(
        agencies["spellings"].tolist(),
        [s if isinstance(s, str) else None for s in agencies["state"]],
    )
    match = known.match(to)
    if match.index is not None:
        return [str(agencies["agency_id"].iloc[match.index])]
    if match.review:
        near = ", ".join(str(agencies["agency_id"].iloc[i]) for i, _ in match.review[:5])
        raise NotFoundError(f"{to} may be several agencies", fix=f"name one by its id: {near}")
    if names.kind_of(to) == "unknown":
        raise NotFoundError(f"no agency is called {to}", fix="check the spelling, or use --kind")
    return []


def _is_of(body: str, spelling: str) -> bool:
    said = names.federal_body(spelling)
    return said is not None and said.body == body


def active_shares(shares: pd.DataFrame, *, as_of: str | None = None) -> pd.DataFrame:
    """Return the shares that open readers on a date: on record then (`named_shares`), and no side's
    account marked as inactive."""
    return usable_shares(named_shares(shares, as_of=as_of))


def usable_shares(shares: pd.DataFrame) -> pd.DataFrame:
    """Leave out shares of an account that the record marks as inactive: named, but no access."""
    return shares[~shares["inactive"]] if "inactive" in shares.columns else shares


def named_shares(shares: pd.DataFrame, *, as_of: str | None = None) -> pd.DataFrame:
    """Return the shares on record on a date: first seen by then, and not ended before.

    Dates are ISO text of any precision: a share on record since 2024-04 counts from the first of
    that month, one until 2024-04 to its last day. A share without a date counts only when no date
    is asked for. Without one, what has ended by the newest date that the record knows of is left
    out: it is no longer a fact that can be told."""
    since = shares["since"].map(first_day, na_action="ignore").astype("str")
    until = (shares["until"] + "-99-99").str[:10]
    begun = since <= as_of if as_of is not None else pd.Series(True, index=shares.index)
    day = as_of or newest_day(shares) or ""
    return shares[begun & (until.isna() | (until >= day))]


def newest_day(shares: pd.DataFrame) -> str | None:
    """Return the newest day any record of the shares speaks of, None where none is dated."""
    columns = [c for c in ("since", "last_seen") if c in shares.columns]
    days = pd.concat([shares[c] for c in columns]).dropna()
    return max((first_day(d) for d in days), default=None)


def hops(shares: pd.DataFrame, wanted: list[str]) -> pd.DataFrame:
    """Return how many hops each agency's readers are from the body asked for (A3).

    Returns
    -------
    DataFrame
        Index agency id; `hops` 0 (its own), 1 (a share on record) or 2 (shares with one that
        shares), `via_id` (the agency between, first by id, for 2), `n_via`, and `since`,
        `source_record` of the first share of the path by date.
    """
    aim = set(wanted)
    order = shares.sort_values(["since", "source_record", "from_id", "to_id"], na_position="last")
    one = order[order["to_id"].isin(aim) & ~order["from_id"].isin(aim)].drop_duplicates("from_id")
    two = order[
        order["to_id"].isin(set(one["from_id"])) & ~order["from_id"].isin(set(one["from_id"]) | aim)
    ]
    n_via = two.groupby("from_id")["to_id"].nunique()
    two = two.sort_values(["to_id", "since"]).drop_duplicates("from_id")
    parts = [
        pd.DataFrame({"agency_id": wanted, "hops": 0}),
        one.rename(columns={"from_id": "agency_id"})[
            ["agency_id", "since", "source_record"]
        ].assign(hops=1),
        two.rename(columns={"from_id": "agency_id", "to_id": "via_id"})[
            ["agency_id", "via_id", "since", "source_record"]
        ].assign(hops=2),
    ]
    found = pd.concat(parts, ignore_index=True).set_index("agency_id").sort_index()
    found["n_via"] = n_via.reindex(found.index)
    return found.reindex(columns=["hops", "via_id", "n_via", "since", "source_record"])


def reach_of(
    cameras: pd.DataFrame,
    agencies: pd.DataFrame,
    shares: pd.DataFrame,
    *,
    to: str | None = None,
    kind: str | None = None,
    as_of: str | None = None,
    reach: pd.DataFrame | None = None,
    settings: Settings = DEFAULTS,
    run: pd.DataFrame | None = None,
    ids: list[str] | None = None,
    own: pd.Series | None = None,
) -> Accessed:
    """Find the cameras a body can look through, by class and by hops (A1–A3).

    Parameters
    ----------
    cameras
        Table `cameras`.
    agencies, shares
        As `alprmap.access.shares.read` gives them.
    to, kind
        The body: a name or agency id, or all of a kind such as `federal`.
    as_of
        ISO date: only shares on record then; None takes all that have not ended (see
        `active_shares`).
    reach
        Table `reach`, for the state of each camera and its distance to the land border.
    run
        What `camera_operators` gives for these cameras, where it is at hand.
    ids, own
        The body by its agency ids in place of `to` and `kind`, and which cameras it runs itself.

    Raises
    ------
    UsageError, NotFoundError
        As `access_targets`.
    """
    wanted = access_targets(agencies, to=to, kind=kind) if ids is None else ids
    at = cameras[["camera_id"]].copy()
    if reach is not None:
        rows = reach.set_index("camera_id")
        for column in ("state", "to_land_m"):
            if column in rows.columns:
                at[column] = at["camera_id"].map(rows[column])
    if run is None:
        run = operators(cameras, agencies, state=at.get("state"), settings=settings)
    on_record = active_shares(shares, as_of=as_of)
    steps = hops(on_record, wanted)
    table = at.join(run).join(steps, on="agency_id")
    own = own if own is not None else _own(cameras, table, wanted, to, kind)
    table.loc[own & (table["class"] == "none"), "class"] = "known"
    why = "the body itself" if kind is None else "a body of this kind"
    table.loc[own & table["agency_id"].isna(), "why"] = f"operator tagged: {why}"
    table.loc[own, "hops"] = 0
    high = run["agency_high_id"] if "agency_high_id" in run.columns else run["agency_id"]
    table["hops_high"] = table["hops"].fillna(high.map(steps["hops"]))
    counts = {
        "cameras": len(cameras),
        "operator_tagged": int(cameras["operator"].notna().sum()),
        "class": table["class"].value_counts().sort_index().to_dict(),
        "why": table["why"].value_counts().sort_index().to_dict(),
        "inference": inference_check(cameras, agencies, run, settings=settings),
        "shares_on_record": len(on_record),
        "targets": len(wanted),
        "records_to_target": int(on_record["to_id"].isin(wanted).sum()),
        "as_of": as_of or newest_day(on_record),
    }
    body = _unmapped(table, agencies, steps)
    return Accessed(
        table.drop(columns=["agency_high_id"], errors="ignore").sort_values(
            "camera_id", ignore_index=True
        ),
        body,
        _summary(table, settings),
        wanted,
        counts,
    )


def _own(
    cameras: pd.DataFrame,
    table: pd.DataFrame,
    wanted: list[str],
    to: str | None,
    kind: str | None,
) -> pd.Series:
    """Return which cameras carry the body as their operator though no record names it: a body that
    no record names may still run cameras of its own."""
    by_name = cameras["operator"].where(cameras["operator"].notna(), None)
    if kind is not None:
        of_kind = {o: names.kind_of(o) == kind for o in set(by_name.dropna())}
        return (table["class"] == "none") & by_name.map(of_kind).fillna(False).astype(bool)
    if to is not None and not wanted:
        same = {o: names.agreement(o, to) == 1.0 for o in set(by_name.dropna())}
        return by_name.map(same).fillna(False).astype(bool)
    return pd.Series(False, index=cameras.index)


def declared_unmapped(run: pd.DataFrame, agencies: pd.DataFrame) -> pd.DataFrame:
    """Return every agency with a declared count, the date of the count, and what the map has (A2).

    Returns
    -------
    DataFrame
        `agency_id`, `name`, `state`, `declared_cameras`, `declared_on` (the newest count),
        `known`, `inferred`, `unmapped_at_least`, `unmapped_at_most`, `mapped_beyond_declared`,
        `source_record`; the largest gap first. Agencies may declare one camera twice, so no sum is
        made.
    """
    told = agencies[agencies["declared_cameras"].notna()]
    steps = pd.DataFrame(index=pd.Index(told["agency_id"], name="agency_id"))
    frame = _unmapped(run, agencies, steps)
    frame = _dated(frame, agencies)
    columns = [*COUNTED, "mapped_beyond_declared", "source_record"]
    order = ["unmapped_at_least", "agency_id"]
    return frame.sort_values(order, ascending=[False, True], ignore_index=True)[columns]


def _unmapped(table: pd.DataFrame, agencies: pd.DataFrame, steps: pd.DataFrame) -> pd.DataFrame:
    """Return, per agency reached, what it declares against what the map has: never added up."""
    count = table.groupby(["agency_id", "class"]).size().unstack(fill_value=0)
    frame = agencies[agencies["agency_id"].isin(steps.index)].set_index("agency_id")
    frame = frame[["name", "state", "kind", "declared_cameras"]].join(steps)
    for name in ("known", "inferred"):
        frame[name] = (
            count[name].reindex(frame.index).fillna(0).astype("int64")
            if name in count.columns
            else 0
        )
    short = frame["declared_cameras"] - frame["known"]
    frame["unmapped_at_most"] = short.clip(lower=0)
    frame["unmapped_at_least"] = (short - frame["inferred"]).clip(lower=0)
    frame["mapped_beyond_declared"] = (-short).clip(lower=0)
    return frame.reset_index()


def _dated(frame: pd.DataFrame, agencies: pd.DataFrame) -> pd.DataFrame:
    """Return agencies with the day and the record of what each declares."""
    more = agencies.set_index("agency_id").reindex(frame["agency_id"])
    day = more["declared_on"].to_numpy() if "declared_on" in more.columns else None
    return frame.assign(declared_on=day, source_record=more["source_record"].to_numpy())


def _summary(table: pd.DataFrame, settings: Settings) -> pd.DataFrame:
    """Return one row per class, hops and state ("all" first), with inland statistics of the cameras
    in it."""
    rows = []
    for sort in ("known", "inferred"):
        for step in (0, 1, 2):
            part = table[(table["class"] == sort) & (table["hops"] == step)]
            whole = {"class": sort, "hops": step, "state": "all"} | _inland(part, settings)
            if sort == "inferred":
                near = part["within_m"].isna() | (
                    part["within_m"] <= settings.inferred_km[0] * 1000
                )
                far = (
                    (table["class"] == "none")
                    & table["within_m"].notna()
                    & (table["hops_high"] == step)
                )
                whole |= {"n_low": int(near.sum()), "n_high": len(part) + int(far.sum())}
            rows.append(whole)
            if "state" in part.columns and len(part):
                for state, some in part.groupby(
                    part["state"].astype("str").fillna("unknown"), sort=True
                ):
                    rows.append(
                        {"class": sort, "hops": step, "state": state} | _inland(some, settings)
                    )
    frame = pd.DataFrame(rows)
    for name in ("n_low", "n_high"):
        frame[name] = frame[name].fillna(frame["n"]) if name in frame.columns else frame["n"]
    return frame.astype({"n_low": "int64", "n_high": "int64"})


def _inland(part: pd.DataFrame, settings: Settings) -> dict[str, Any]:
    row: dict[str, Any] = {"n": len(part), "agencies": int(part["agency_id"].nunique())}
    if "to_land_m" not in part.columns:
        return row
    far = part["to_land_m"].dropna()
    miles = far / geo.STATUTE_MILE_M
    row |= {"median_to_land_mi": float(miles.median()) if len(far) else np.nan}
    row |= {"farthest_to_land_mi": float(miles.max()) if len(far) else np.nan}
    ids = part.loc[far.index, "camera_id"].to_numpy()
    row["farthest_camera_id"] = ids[int(np.argmax(far.to_numpy()))] if len(far) else None
    return row | {"beyond_zone": int((far > settings.zone_m).sum())}


def explain_access(
    found: Accessed,
    agencies: pd.DataFrame,
    shares: pd.DataFrame,
    camera_id: str,
    *,
    limit: int = 20,
) -> dict[str, Any]:
    """Return the path from one camera to the body asked for, each step with its record and date.

    Raises
    ------
    NotFoundError
        When there is no such camera.
    """
    row = found.cameras[found.cameras["camera_id"] == camera_id]
    if row.empty:
        raise NotFoundError(
            f"no camera has the id {camera_id}", fix="take an id from the table of --out"
        )
    at = row.iloc[0]
    said = agencies.set_index("agency_id")["name"]
    out: dict[str, Any] = {
        "camera_id": camera_id,
        "class": at["class"],
        "why": at["why"],
        "paths": [],
    }
    out["agency_id"] = at["agency_id"] if isinstance(at["agency_id"], str) else None
    out["agency"] = said.get(out["agency_id"]) if out["agency_id"] else None
    out["hops"] = None if pd.isna(at["hops"]) else int(at["hops"])
    if out["agency_id"] is None or out["hops"] in (None, 0):
        return out
    first = shares[shares["from_id"] == out["agency_id"]]
    aim = set(found.targets)
    if out["hops"] == 1:
        steps = [[s] for s in first[first["to_id"].isin(aim)].to_dict("records")]
    else:
        second = shares[shares["to_id"].isin(aim)]
        both = first.merge(second, left_on="to_id", right_on="from_id", suffixes=("", "_2"))
        own = list(shares.columns)
        steps = [
            [{c: r[c] for c in own}, {c: r[f"{c}_2"] for c in own}] for r in both.to_dict("records")
        ]
    out["n_paths"] = len(steps)
    out["paths"] = [
        [s | {"from": said.get(s["from_id"]), "to": said.get(s["to_id"])} for s in path]
        for path in steps[:limit]
    ]
    return out
