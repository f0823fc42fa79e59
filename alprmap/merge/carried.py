"""M13: names of reports from before they were named by content, or from before a heading was known
that names them now, are carried over, once.

Until 2026-11 a record without an id of its own was named by its line (`list:row/2`), which another
line above it changed. A merge saved then, and a decision that names a line, are read under the
names by content (S13); `aliases` keeps the old name beside the new one.
"""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from alprmap.merge.ids import ALIASES, alias_table
from alprmap.merge.result import Merged
from alprmap.sources import kept_content_ids, named_by_content

NAMED_BY_CONTENT = "named by content"
READ_ANEW = "read anew"
"""The reasons of an alias that is a report's, not a camera's."""
BY_CONTENT = "content/"


def by_content(merged: Merged, reports: pd.DataFrame) -> Merged:
    """Return a merge saved earlier with the reports that go by their line named by content."""
    record = named_by_content(reports, kept_content_ids(reports))
    old = reports["report_id"]
    changed = record.ne(reports["source_record"]).fillna(False).astype(bool)
    if not changed.any():
        return merged
    new = reports["source_id"] + ":" + record
    pairs = pd.DataFrame(
        {"old": old, "new": new, "old_record": reports["source_record"], "new_record": record}
    )
    return _renamed(merged, pairs[changed], NAMED_BY_CONTENT)


def read_anew(merged: Merged, reports: pd.DataFrame) -> Merged:
    """Return an earlier merge with the reports that this version reads under another name, because
    it knows a heading that an earlier one did not: an operator, a direction, a key of the source.

    A name by content that no report has any more is the one of the report that nobody had, from
    the same source at the same point. Where several stand there their lines must be the same.
    """
    if merged.reports is None:
        return merged
    before = merged.reports[
        merged.reports["source_record"].str.startswith(BY_CONTENT).fillna(False)
    ]
    gone = before[~before["report_id"].isin(reports["report_id"])]
    fresh = reports[reports["source_id"].isin(gone["source_id"])]
    fresh = fresh[~fresh["report_id"].isin(merged.reports["report_id"])]
    if gone.empty or fresh.empty:
        return merged
    gone, fresh = _at_points(gone), _at_points(fresh)
    same = (
        gone.groupby("point")["row"]
        .agg(list)
        .to_frame("old")
        .join(fresh.groupby("point")["row"].agg(list).rename("new"), how="inner")
    )
    alone = (same["old"].str.len() == 1) & (same["new"].str.len() == 1)
    told = same.index[alone | (same["old"] == same["new"])]
    gone, fresh = gone[gone["point"].isin(told)], fresh[fresh["point"].isin(told)]
    if gone.empty:
        return merged
    columns = {"report_id": "old", "source_record": "old_record"}
    pairs = gone[[*columns]].rename(columns=columns).reset_index(drop=True)
    pairs["new"] = fresh["report_id"].tolist()
    pairs["new_record"] = fresh["source_record"].tolist()
    return _renamed(merged, pairs, READ_ANEW)


def _at_points(reports: pd.DataFrame) -> pd.DataFrame:
    """Return the reports that have a point, by source, point and line."""
    placed = reports[reports["lon"].notna() & reports["lat"].notna()]
    sources, lons, lats = (placed[name].tolist() for name in ("source_id", "lon", "lat"))
    points = [f"{s} {x:.6f} {y:.6f}" for s, x, y in zip(sources, lons, lats, strict=True)]
    lines = placed["row"].fillna("") if "row" in placed.columns else ""
    at = placed.assign(point=points, row=lines)
    return at.sort_values(["point", "row", "report_id"])


def _renamed(merged: Merged, pairs: pd.DataFrame, reason: str) -> Merged:
    """Return a merge with reports under new names: old, new, old_record, new_record."""
    names = dict(zip(pairs["old"].tolist(), pairs["new"].tolist(), strict=True))
    records = dict(zip(pairs["old_record"].tolist(), pairs["new_record"].tolist(), strict=True))
    cameras = merged.cameras.copy()
    at = merged.links.merge(merged.cameras, on="camera_id")
    own = at[at["report_id"].isin(list(names))].drop_duplicates("camera_id")
    mine = cameras["camera_id"].isin(own["camera_id"])
    cameras.loc[mine, "source_record"] = cameras.loc[mine, "source_record"].replace(records)
    aliases = pd.concat(
        [merged.aliases[ALIASES], alias_table([(o, n, reason) for o, n in names.items()])]
    )
    return replace(
        merged,
        cameras=cameras,
        links=merged.links.assign(report_id=merged.links["report_id"].replace(names)),
        review=merged.review.assign(
            report_id=merged.review["report_id"].replace(names),
            other_id=merged.review["other_id"].replace(names),
        ),
        aliases=alias_table(list(aliases.itertuples(index=False, name=None))),
    )


def decisions_by_content(
    decisions: pd.DataFrame, reports: pd.DataFrame, previous: Merged | None
) -> tuple[pd.DataFrame, list[tuple[str, str, str]]]:
    """Return decisions with reports named by a line under their names by content, and the aliases.

    What a line was is taken from the aliases of the previous merge; without one, from the lines of
    the files at hand. With a previous merge that does not know the line the decision stays as it
    is, and is counted as not used: the line may be another report's by now.
    """
    if decisions.empty:
        return decisions, []
    named = pd.concat([decisions["report_id"], decisions["other_id"]]).dropna()
    unknown = set(named) - set(reports["report_id"])
    if not unknown:
        return decisions, []
    if previous is not None:
        known = previous.aliases[previous.aliases["reason"].isin((NAMED_BY_CONTENT, READ_ANEW))]
        meant = dict(zip(known["old_id"].tolist(), known["new_id"].tolist(), strict=True))
    elif "row" in reports.columns:
        lines = reports[reports["row"].notna()]
        ids = lines["source_id"] + ":" + lines["row"]
        meant = dict(zip(ids.tolist(), lines["report_id"].tolist(), strict=True))
    else:
        meant = {}
    meant = {old: meant[old] for old in sorted(unknown) if old in meant}
    out = decisions.assign(
        report_id=decisions["report_id"].replace(meant),
        other_id=decisions["other_id"].replace(meant),
    )
    return out, [(old, new, NAMED_BY_CONTENT) for old, new in meant.items()]
