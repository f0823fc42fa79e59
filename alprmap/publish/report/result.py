"""The report as a result of the house: what it holds, what may be quoted from it, where it goes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from alprmap import claims as claim_sheets
from alprmap.publish.map.data import Source
from alprmap.publish.report.report import ReportData, report_html, write_report
from alprmap.publish.report.sections import report_of_folder
from alprmap.results import Result, framed

FRAME_PX = 700
"""Height of the report in a notebook."""


@dataclass(frozen=True)
class Report(Result):
    """A report: its first page, its sections with their tables and figures, its claims.

    `data` is all that it holds, as `report_html` and `write_report` take it.
    """

    data: ReportData

    def tables(self) -> dict[str, pd.DataFrame]:
        """Return the claims, then the tables of the report by their captions."""
        shown = {t.caption: t.frame for s in self.data.sections for t in s.tables}
        return {"claims": self.claims(), **shown}

    def counts(self) -> dict[str, int]:
        """Return how many sentences, sections, tables and claims the report has."""
        return {
            "sentences": len(self.sentences()),
            "sections": len(self.data.sections),
            "tables": sum(len(s.tables) for s in self.data.sections),
            "claims": len(self.claims()),
        }

    def claims(self) -> pd.DataFrame:
        """Return every claim behind the report, as its claims.csv has them."""
        if self.data.claims is None:
            return claim_sheets.sheet([], wing="publish")
        return self.data.claims

    def sentences(self) -> list[str]:
        """Return the sentences of the first page, in its language."""
        return [] if self.data.first is None else [line.text for line in self.data.first.lines]

    def html(self) -> str:
        """Return the report as text: one page without script, figures inside."""
        return report_html(self.data)

    def save(self, path: str | Path) -> list[Path]:
        """Write report.html, report.md, press.txt, claims.csv and figures into the folder `path`,
        all or none; return what was written.

        Raises
        ------
        StorageError
            When the disk refuses; files that were there stay as they were.
        BusyError
            When another run writes there.
        """
        return write_report(Path(path), self.data)

    def _repr_html_(self) -> str:
        """Show the report itself in a notebook, in a frame in which nothing may run."""
        return framed(self.html(), self.data.title, height_px=FRAME_PX)


def report_on(
    folder: str | Path,
    *,
    language: str = "en",
    sources: Sequence[Source] = (),
    notices: Sequence[str] = (),
    dates: Mapping[str, str] | None = None,
) -> Report:
    """Return the report of a result folder, as `alprmap build` or `alprmap merge` left it.

    Parameters
    ----------
    folder
        See `report_of_folder`.
    language
        Of the first page: one of `languages()`; tables stay in English.
    sources, notices, dates
        Named in the report; the dates of the cameras where `dates` is left out.

    Raises
    ------
    UsageError
        When no report can be written in the language.
    InputError
        When the folder holds no cameras, or a table in it is broken.
    BusyError
        When another run is writing it.
    """
    data = report_of_folder(Path(folder), sources=sources, notices=notices, language=language)
    return Report(data if dates is None else replace(data, dates=dates))
