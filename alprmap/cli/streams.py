"""Standard input as a file: every reader opens one by its name, and may want to go back in it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alprmap.errors import AlprmapError, InputError
from alprmap.sandbox import MOST_BYTES


@contextmanager
def stdin_as_file(path: Path) -> Iterator[Path]:
    """Give `path`, or for ``-`` a temporary copy of standard input."""
    if str(path) != "-":
        yield path
        return
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "stdin"
        with copy.open("wb") as file:
            while chunk := sys.stdin.buffer.read(1 << 20):
                file.write(chunk)
                if file.tell() > MOST_BYTES:
                    raise InputError("standard input is larger than 8 GB", fix="split it")
        try:
            yield copy
        except AlprmapError as error:
            if error.where is None or Path(error.where) != copy:
                raise
            raise type(error)(
                error.what, where="standard input", row=error.row, fix=error.fix
            ) from None
