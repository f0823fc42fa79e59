"""What changed between two merges: added, removed, moved, changed; mapped told from installed (rule
M14).

The comparison runs on cameras, after the merge, and follows records: two cameras that became one,
one that became two, and one whose record was deleted and drawn again are neither removals nor
additions."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from alprmap import direction, geo, schema, steps
from alprmap.errors import UsageError
from alprmap.merge import Merged, merge
from alprmap.merge import Settings as MergeSettings
from alprmap.merge.records import losses, records_of, refuse_loss

MOVED_M = 25.0
"""Shifts up to this are the tidying of points on a map: 99.6 % of common OSM ids moved less in 116
days. """
FIELDS = ("operator", "vendor", "status", "setting", "device", "heading")
COLUMNS = (
    "change",
    "camera_id",
    "old_id",
    "lon",
    "lat",
    "distance_m",
    "field",
    "old",
    "new",
    "why",
)
INSTALLED, MAPPED, UNDATED = (
    "newly installed",
    "newly mapped",
    "newly mapped, no date of installation",
)


@dataclass(frozen=True)
class ChangeSettings:
    """`moved_m` is the shift from which a camera is reported as moved; `merge` has the loss limit,
    id spaces."""

    moved_m: float = MOVED_M
    merge: MergeSettings = field(default_factory=MergeSettings)


@dataclass(frozen=True)
class Changes:
    """The changes between two merges.

    `table` has one row per change (`COLUMNS`), `counts` the number of each, `losses` the records
    gone by source, `kept` how old cameras became new ones (old_id, camera_id).
    """

    table: pd.DataFrame
    counts: dict[str, int]
    losses: pd.DataFrame
    kept: pd.DataFrame


def diff(old: Merged, new: Merged, *, settings: ChangeSettings | None = None) -> Changes:
    """Return what changed from `old` to `new`.

    Parameters
    ----------
    old, new
        Two merges (`alprmap.merge.merge`, or `alprmap.merge.load_merge`).
    settings
        The distance that counts as moved, the loss that is refused.

    Raises
    ------
    InputError
        When a source lost more than `settings.merge.max_loss` of its records, unless its loss is
        accepted.
    UsageError
        When the distance is none.
    """
    settings = settings or ChangeSettings()
    if not 0 <= settings.moved_m < float("inf"):
        raise UsageError(f"{settings.moved_m:g} m is no distance", fix="give meters, 0 or more")
    part = steps.course("comparing", 4)
    before, now = records_of(old, settings.merge), records_of(new, settings.merge)
    identities = set(now["identity"])
    refuse_loss(before, identities, settings.merge)
    part()
    kept = _kept(old, new, before, now)
    part()
    kept = pd.concat([kept, _redrawn(old, new, kept, settings)], ignore_index=True)
    same = kept[kept["how"] != "split"].drop_duplicates("old_id")
    one = _one_to_one(same)
    part()
    tables = [
        _added(old, new, kept),
        _removed(old, kept),
        _became(kept, same, one, new),
        _moved(old, new, one, settings),
        _changed(old, new, one),
    ]
    table = pd.concat(tables, ignore_index=True).reindex(columns=list(COLUMNS))
    table = table.sort_values(["change", "camera_id", "old_id", "field"], ignore_index=True)
    part()
    return Changes(table, _counts(old, new, table), losses(before, identities), kept)


def _counts(old: Merged, new: Merged, table: pd.DataFrame) -> dict[str, int]:
    found = table["change"].value_counts()
    names = ("added", "removed", "moved", "changed", "merged", "split", "redrawn", "renamed")
    counts = {
        "old": len(old.cameras),
        "new": len(new.cameras),
        **{n: int(found.get(n, 0)) for n in names},
    }
    why = table.loc[table["change"] == "added", "why"].value_counts()
    counts["newly_installed"] = int(why.get(INSTALLED, 0))
    counts["newly_mapped"] = int(why.get(MAPPED, 0) + why.get(UNDATED, 0))
    counts["cameras_changed"] = int(table.loc[table["change"] == "changed", "camera_id"].nunique())
    return counts


def _kept(old: Merged, new: Merged, before: pd.DataFrame, now: pd.DataFrame) -> pd.DataFrame:
    """Return old_id, camera_id, how: by the records two cameras share, else by name, else by
    alias.
    """
    columns = ["old_id", "camera_id", "how"]
    left = before.dropna(subset="camera_id").rename(columns={"camera_id": "old_id"})
    right = now.dropna(subset="camera_id")[["identity", "camera_id"]]
    both = left.merge(right, on="identity")
    shared = both.groupby(["old_id", "camera_id"], as_index=False).agg(
        n=("identity", "size"), a=("anchor", "any")
    )
    shared = shared.sort_values(
        ["old_id", "n", "a", "camera_id"], ascending=[True, False, False, True]
    )
    shared["how"] = np.where(shared.duplicated("old_id"), "split", "record")
    named = pd.DataFrame({"old_id": old.cameras["camera_id"]})
    named = named[named["old_id"].isin(new.cameras["camera_id"])].assign(
        camera_id=lambda f: f["old_id"], how="name"
    )
    alias = new.aliases.rename(columns={"new_id": "camera_id"})[["old_id", "camera_id"]].assign(
        how="alias"
    )
    alias = alias[
        alias["old_id"].isin(old.cameras["camera_id"])
        & alias["camera_id"].isin(new.cameras["camera_id"])
    ]
    rest = pd.concat([named, alias])
    rest = rest[~rest["old_id"].isin(shared["old_id"])].drop_duplicates("old_id")
    return pd.concat([shared[columns], rest[columns]], ignore_index=True).astype("str")


def _redrawn(
    old: Merged, new: Merged, kept: pd.DataFrame, settings: ChangeSettings
) -> pd.DataFrame:
    """Match what seems removed with what seems added by the merge's own score (deleted and drawn
    again)."""
    gone = old.cameras[~old.cameras["camera_id"].isin(kept["old_id"])]
    come = new.cameras[~new.cameras["camera_id"].isin(kept["camera_id"])]
    if gone.empty or come.empty:
        return pd.DataFrame({c: pd.Series(dtype="str") for c in ("old_id", "camera_id", "how")})
    reports = pd.concat([as_reports(gone, old.views, "old"), as_reports(come, new.views, "new")])
    policy: MergeSettings = MergeSettings(
        same=settings.merge.same,
        review=settings.merge.review,
        duplicates={"old": "keep", "new": "keep"},
    )
    links = merge(reports, settings=policy).links
    side = links["report_id"].str.partition(":")
    links = links.assign(side=side[0], name=side[2])
    pairs = links[links["side"] == "old"].merge(
        links[links["side"] == "new"], on="camera_id", suffixes=("_old", "")
    )
    found = pd.DataFrame(
        {"old_id": pairs["name_old"], "camera_id": pairs["name"], "how": "redrawn"}
    )
    return found.astype("str").sort_values(["old_id", "camera_id"], ignore_index=True)


def as_reports(cameras: pd.DataFrame, views: pd.DataFrame, source: str) -> pd.DataFrame:
    """Return cameras as the reports of one source, their views as direction text."""
    frame = cameras.copy()
    frame["report_id"], frame["source_id"] = source + ":" + frame["camera_id"], source
    frame["source_record"] = frame["camera_id"]
    traffic = views["quality"] == direction.TRAVEL
    frame["direction_raw"] = frame["camera_id"].map(_directions(views[~traffic]))
    stated = views[traffic].drop_duplicates("camera_id").set_index("camera_id")["heading_deg"]
    frame["travel_deg"] = frame["camera_id"].map(stated)
    frame["evidence"] = "unknown"
    return schema.conform(frame[[c for c in schema.REPORTS.names if c in frame]], "reports")


def _directions(views: pd.DataFrame) -> pd.Series:
    """Return the views of each camera as one direction text, headings in order."""
    known = views.dropna(subset="heading_deg")
    # nearly every view is one of a few hundred, so each is written once
    key = list(
        zip(known["heading_deg"].tolist(), known["width_deg"].fillna(-1.0).tolist(), strict=True)
    )
    words = {k: _text(*k) for k in set(key)}
    text = pd.Series([words[k] for k in key], index=known.index, dtype="str")
    one = ~known["camera_id"].duplicated(keep=False)
    single = pd.Series(
        text[one].to_numpy(object), index=known.loc[one, "camera_id"].to_numpy(object), dtype="str"
    )
    several = text[~one].groupby(known.loc[~one, "camera_id"], sort=True).agg(";".join)
    return pd.concat([single, several]) if len(several) else single


def _text(heading_deg: float, width_deg: float) -> str:
    return direction.format_direction(
        [direction.View(heading_deg, None if width_deg < 0 else width_deg)]
    )


def _one_to_one(same: pd.DataFrame) -> pd.DataFrame:
    """Return one old camera for each new one (the one that kept its name, else the first)."""
    own = same.assign(other=same["old_id"] != same["camera_id"])
    return own.sort_values(["camera_id", "other", "old_id"]).drop_duplicates("camera_id")[
        ["old_id", "camera_id"]
    ]


def _added(old: Merged, new: Merged, kept: pd.DataFrame) -> pd.DataFrame:
    """Return the added cameras, and whether they are newly installed or only newly mapped.

    Newly installed needs a date the source vouches for, after everything in `old`; the date of an
    edit is none."""
    fresh = new.cameras[~new.cameras["camera_id"].isin(kept["camera_id"])]
    dates = pd.concat([old.cameras["last_seen"], old.cameras["first_seen"]]).dropna()
    known_to = max((_days(str(d))[1] for d in dates.unique()), default="")
    words = {d: _when(str(d), known_to) for d in fresh["first_seen"].dropna().unique()}
    why = fresh["first_seen"].map(words).astype("str").fillna(UNDATED)
    return fresh[["camera_id", "lon", "lat"]].assign(change="added", why=why)


def _when(first_seen: str, known_to: str) -> str:
    """Return the word for a date: only one that is wholly before or after the old data decides."""
    earliest, latest = _days(first_seen)
    if not known_to or earliest <= known_to < latest:
        return UNDATED
    return INSTALLED if earliest > known_to else MAPPED


def _days(date: str) -> tuple[str, str]:
    """Return the first and last day a date of any precision may mean.

    >>> _days("2025"), _days("2025-10")
    (('2025-01-01', '2025-12-31'), ('2025-10-01', '2025-10-31'))
    """
    return date + "-01-01"[len(date) - 4 :] if len(date) < 10 else date, date + "-12-31"[
        len(date) - 4 :
    ]


def _removed(old: Merged, kept: pd.DataFrame) -> pd.DataFrame:
    gone = old.cameras[~old.cameras["camera_id"].isin(kept["old_id"])]
    out = gone[["camera_id", "lon", "lat"]].rename(columns={"camera_id": "old_id"})
    return out.assign(change="removed", why="no source names it any more")


def _became(
    kept: pd.DataFrame, same: pd.DataFrame, one: pd.DataFrame, new: pd.DataFrame | Merged
) -> pd.DataFrame:
    """Return merges, splits, redrawn and renamed cameras: neither removals nor additions."""
    cameras = new.cameras if isinstance(new, Merged) else new
    merged = same[~same["old_id"].isin(one["old_id"])].assign(
        change="merged", why="is now part of another camera"
    )
    split = kept[(kept["how"] == "split") & ~kept["camera_id"].isin(same["camera_id"])]
    split = split.assign(change="split", why="was part of another camera")
    pairs = same.merge(one, on=["old_id", "camera_id"])
    redrawn = pairs[pairs["how"] == "redrawn"].assign(
        change="redrawn", why="record deleted and drawn again"
    )
    renamed = pairs[(pairs["how"] != "redrawn") & (pairs["old_id"] != pairs["camera_id"])]
    renamed = renamed.assign(change="renamed", why="same records under another name")
    rows = pd.concat([merged, split, redrawn, renamed]).drop(columns="how")
    return rows.merge(cameras[["camera_id", "lon", "lat"]], on="camera_id", how="left")


def _moved(old: Merged, new: Merged, one: pd.DataFrame, settings: ChangeSettings) -> pd.DataFrame:
    there = one.merge(new.cameras[["camera_id", "lon", "lat"]], on="camera_id")
    was = old.cameras.set_index("camera_id").loc[there["old_id"], ["lon", "lat"]]
    meters = geo.distance_m(was["lon"], was["lat"], there["lon"], there["lat"])
    there = there.assign(distance_m=meters.round(1), change="moved", why="its point was moved")
    there["old"] = [f"{y:.6f}, {x:.6f}" for x, y in zip(was["lon"], was["lat"], strict=True)]
    there["new"] = [f"{y:.6f}, {x:.6f}" for x, y in zip(there["lon"], there["lat"], strict=True)]
    return there[meters > settings.moved_m]


def _changed(old: Merged, new: Merged, one: pd.DataFrame) -> pd.DataFrame:
    """Return one row per field that differs, missing told from a value."""
    was, now = _fields(old), _fields(new)
    left, right = was.loc[one["old_id"]], now.loc[one["camera_id"]]
    rows = []
    for name in FIELDS:
        a, b = left[name].to_numpy(object), right[name].to_numpy(object)
        known_a, known_b = ~pd.isna(a), ~pd.isna(b)
        differs = np.flatnonzero((known_a != known_b) | (known_a & known_b & (a != b)))
        part = one.iloc[differs].assign(
            field=name, old=a[differs], new=b[differs], change="changed"
        )
        rows.append(
            part.assign(lon=right["lon"].to_numpy()[differs], lat=right["lat"].to_numpy()[differs])
        )
    return pd.concat(rows, ignore_index=True)


def _fields(merged: Merged) -> pd.DataFrame:
    table = merged.cameras.set_index("camera_id")
    return table.assign(heading=_directions(merged.views).reindex(table.index).to_numpy(object))
