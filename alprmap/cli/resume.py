"""`--resume FOLDER`: long work keeps what it has finished, so that a run that was broken off can go
on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from alprmap.cli import common
from alprmap.errors import UsageError
from alprmap.text import number_of

if TYPE_CHECKING:
    from alprmap.store import Parts

ResumeOpt = Annotated[
    Path | None,
    typer.Option(
        "--resume",
        readable=False,
        help=(
            "Keep finished parts in this folder; run again with the same one to go on where it"
            " stopped; emptied when the run succeeds."
        ),
    ),
]


@contextmanager
def resumed(folder: Path | None, out: Path | None) -> Iterator[Parts | None]:
    """Give a command the parts of earlier runs, and tell the person what became of them."""
    if folder is None:
        yield None
        return
    if out is not None and folder.absolute() == out.absolute():
        raise UsageError(
            "--resume and --out are the same folder", fix="keep the finished parts elsewhere"
        )
    from alprmap.build import program
    from alprmap.store import kept

    with kept(folder, program()) as found:
        assert found is not None
        try:
            yield found
        except BaseException:
            if found.counts.kept or found.counts.taken:
                common.note(
                    f"finished parts are in {folder}; run again with --resume {folder} to go on"
                )
            raise
        finally:
            if found.counts.damaged:
                damaged = number_of(found.counts.damaged, "damaged part")
                common.note(f"not used: {damaged} in {folder}")
    if found.counts.taken:
        common.note(f"took over {number_of(found.counts.taken, 'finished part')}")
