"""The stages of a project, from files to a page: what each reads, calls and writes.

A stage reads the tables earlier stages left in the result folder, calls one room, writes its tables
there and returns row counts that add up: what goes in comes out, or is counted with a reason and
written to a file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from alprmap.build import cameras, described, districts, inputs, measures, pages, searches, sharing
from alprmap.build.engine import Progress, Stage
from alprmap.build.project import Project
from alprmap.store import Parts


def plan_stages(
    project: Project,
    base: Path,
    *,
    parts: Parts | None = None,
    progress: Progress | None = None,
    workers: int | None = None,
) -> list[Stage]:
    """Return the stages of `project`, whose paths are relative to the folder `base`.

    Long stages report to `progress`, and keep what they have finished in `parts` where there are
    any. `workers` processes work in tiles, or as many as the project says.

    Raises
    ------
    InputError
        When a file the project names is not there.
    """
    if not project.sources:
        alone = [sharing.sharing_stage(project, base)] if project.access else []
        alone += [searches.searches_stage(project, base, progress)] if project.searches else []
        alone.append(pages.record_stage(project, tuple(s.name for s in alone)))
        return _described(project, alone)
    found = [inputs.read_stage(s, base, project) for s in project.sources]
    if project.roads:
        found.append(inputs.roads_stage(project, base))
    found += [inputs.reports_stage(project, base), cameras.merge_stage(project, base)]
    many = project.run.workers if workers is None else workers
    if project.roads:
        found += [
            cameras.watch_stage(project, many, parts),
            measures.coverage_stage(project, base, parts, progress, many),
        ]
    found.append(measures.reach_stage(project, base))
    if project.searches:
        found.append(searches.searches_stage(project, base, progress))
    if project.access:
        found.append(measures.access_stage(project, base))
    if project.access and project.searches:
        found.append(searches.seen_stage(project, base))
    if project.completeness:
        found.append(districts.completeness_stage(project, base))
    if project.areas:
        found.append(districts.areas_stage(project, base))
    before = tuple(s.name for s in found)
    last = (pages.map_stage, pages.report_stage, pages.hand_outs_stage)
    return _described(project, [*found, *(stage(project, before) for stage in last)])


def _described(project: Project, stages: list[Stage]) -> list[Stage]:
    """Return the stages with the one behind them that says what their tables are."""
    return [*stages, described.described_stage(project, tuple(s.name for s in stages))]


SELDOM = frozenset({"more_than_one_a_row", "about_agencies", "located", "unlocated"})
"""Counts of a stage that are told where there are any."""


def stage_lines(manifest: dict[str, Any]) -> list[str]:
    """Return one line per stage of a manifest: its name and its counts."""
    lines = []
    for name, stage in manifest["stages"].items():
        counts = ", ".join(
            f"{key.replace('_', ' ')} {value:,}"
            for key, value in stage["rows"].items()
            if isinstance(value, int) and (value or key not in SELDOM)
        )
        lines.append(f"{name}: {counts}")
    return lines
