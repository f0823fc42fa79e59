"""M13: names of reports from before they were named by content are carried over, once.

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
"""The reason of an alias that is a report's, not a camera's."""


def by_content(merged: Merged, reports: pd.DataFrame) -> Merged:
    """Return a merge saved earlier with the reports that go by their line named by content."""
    record = named_by_content(reports, kept_content_ids(reports))
    old = reports["report_id"]
    changed = record.ne(reports["source_record"]).fillna(False).astype(bool)
    if not changed.any():
        return merged
    new = (reports["source_id"] + ":" + record).where(changed, old)
    names = dict(zip(old[changed].tolist(), new[changed].tolist(), strict=True))
    records = dict(
        zip(reports["source_record"][changed].tolist(), record[changed].tolist(), strict=True)
    )
    cameras = merged.cameras.copy()
    at = merged.links.merge(merged.cameras, on="camera_id")
    own = at[at["report_id"].isin(list(names))].drop_duplicates("camera_id")
    mine = cameras["camera_id"].isin(own["camera_id"])
    cameras.loc[mine, "source_record"] = cameras.loc[mine, "source_record"].replace(records)
    aliases = pd.concat(
        [merged.aliases[ALIASES], alias_table([(o, n, NAMED_BY_CONTENT) for o, n in names.items()])]
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
        known = previous.aliases[previous.aliases["reason"] == NAMED_BY_CONTENT]
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
