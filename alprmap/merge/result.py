"""What a merge hands back."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from alprmap.merge.ids import alias_table
from alprmap.results import Result


@dataclass(frozen=True)
class Merged(Result):
    """The result of a merge; every report of the input is in one row of `links` or in `review`
    without a camera.

    `aliases` maps the names a camera had in earlier builds (old_id, new_id, reason), `outcomes`
    counts M8 by operator, `unused` are decisions about reports that are not here, `learned` says
    what each source's own data say about it (`alprmap.merge.learn.COLUMNS`, `matched`, `alarm`),
    `reports` are the reports themselves, where the merge was made here.
    """

    cameras: pd.DataFrame
    views: pd.DataFrame
    links: pd.DataFrame
    review: pd.DataFrame
    aliases: pd.DataFrame = field(default_factory=lambda: alias_table([]))
    outcomes: pd.DataFrame = field(default_factory=pd.DataFrame)
    unused: pd.DataFrame = field(default_factory=pd.DataFrame)
    learned: pd.DataFrame = field(default_factory=pd.DataFrame)
    reports: pd.DataFrame | None = None

    def tables(self) -> dict[str, pd.DataFrame]:
        """Return every table by name, the cameras first."""
        names = ("cameras", "views", "links", "review", "aliases", "outcomes", "learned")
        return {n: getattr(self, n) for n in names}

    def counts(self) -> dict[str, int]:
        """Return reports in, cameras out, questions, and what is no camera and why."""
        open_ = self.review[self.review["camera_id"].isna()]
        waits = open_.loc[open_["other_id"].notna(), "report_id"].nunique()
        alone = int(open_["other_id"].isna().sum())
        return {
            "cameras": len(self.cameras),
            "reports_linked": len(self.links),
            "questions": self.questions(),
            "questions_about_one_report": alone,
            **({"reports_one_of_several": waits} if waits else {}),
        }

    def questions(self) -> int:
        """Return how many answers the review asks for: one for each pair or report, and one for all
        reports of a source that stand on points which many share."""
        from alprmap.merge.review import ON_ONE_POINT

        if self.review.empty:
            return 0
        shared = self.review["reason"] == ON_ONE_POINT
        lists = self.review.loc[shared, "report_id"].str.extract("^([^:]*)", expand=False)
        return int((~shared).sum()) + int(lists.nunique())

    def sources(self) -> list[str]:
        """Return the names of the lists that the reports come from, sorted."""
        ids = pd.concat([self.links["report_id"], self.review["report_id"]])
        return sorted(ids.str.extract("^([^:]*)", expand=False).dropna().unique())

    def learned_counts(self) -> dict[str, int]:
        """Return how many sources were shifted, turned or asked about, and the alarms; without
        zeros."""
        if self.learned.empty or "facing" not in self.learned:
            return {}
        table = self.learned.drop_duplicates("source_id")
        turned = table["facing"].isin(["opposite", "travel"])
        counts = {
            "sources_shifted": int(table["shift_removed"].sum()),
            "sources_turned": int(turned.sum()),
            "sources_alarmed": len(self.alarms()),
        }
        return {k: n for k, n in counts.items() if n}

    def alarms(self) -> list[str]:
        """Return the warnings about sources that agree on far fewer cameras than they should."""
        from alprmap.merge.alarm import alarms_of

        return alarms_of(self.learned)

    def claims(self) -> pd.DataFrame:
        """Return the sentences that may be printed (`alprmap.claims`)."""
        from alprmap.merge.claims import merge_claims

        return merge_claims(self)

    def save(self, path: str | Path) -> list[Path]:
        """Write the cameras to `path` and everything else beside it; all or none.

        Raises
        ------
        StorageError
            When the disk refuses; files that were there stay as they were.
        """
        from alprmap.merge.files import save_merge

        return save_merge(self, self.reports, Path(path))
