"""`alprmap report`: what a result folder says, for reading, printing and quoting."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from alprmap.cli import common


def report(
    folder: Annotated[
        Path,
        typer.Argument(
            readable=False, help="Result folder of `alprmap build`, or any with cameras.parquet."
        ),
    ],
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            readable=False,
            help="Folder to write into; FOLDER-report beside FOLDER otherwise.",
        ),
    ] = None,
    force: common.Force = False,
    as_json: common.Json = False,
) -> None:
    """Write report.md, report.html, figures and claims.csv."""
    # beside FOLDER, not into it: a build replaces its folder whole, and refuses one that holds more
    # than it made
    named = folder if folder.name not in ("", "..") else folder.resolve()
    target = out or named.with_name(f"{named.name}-report")
    common.refuse_overwrite(target / "report.md", force)
    from alprmap.publish import report_of_folder, write_report

    data = report_of_folder(folder)
    written = write_report(target, data)
    for path in written:
        common.note(f"wrote {path}")
    lines = {line.label: line.figure for line in data.headlines}
    common.result(
        {"files": [str(p) for p in written], "headlines": lines} if as_json else lines,
        as_json=as_json,
    )
