"""Finished tiles of a result: the next build takes over those whose inputs did not change.

They lie in the result itself, so that its manifest vouches for them: a build lends them to the
stage that wrote them (`alprmap.build.engine`), which takes what it can use and lets the rest go. A
tile is named by a SHA-256 over all it rests on, what it holds depends on nothing else, and the same
inputs give the same bytes, whether a tile was made now or taken over."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from alprmap.store import whole as store
from alprmap.store.checkpoints import Parts, digest, read_values, write_values

SUFFIX = ".tile"


class Finished:
    """The tiles of one stage in `folder`; `salt` is what all of them rest on beside their names.

    What is made is also put into the `parts` of this run, where there are any: a build that is
    broken off leaves no result."""

    def __init__(self, folder: Path, salt: str, parts: Parts | None = None) -> None:
        self._folder, self._salt = Path(folder), digest(salt)
        self._parts = parts
        self._used: set[Path] = set()
        self.taken = self.made = 0

    def get(self, name: str) -> dict[str, Any] | None:
        """Return what was kept under `name`; None where nothing was."""
        path = self._path(name)
        if not path.is_file():
            return self._of_this_run(name)
        try:
            found = read_values(path, f"{self._salt} {name}", hashlib.sha256())
        except Exception:
            # whatever is wrong with it, it is only a tile: it is made again
            path.unlink()
            return None
        self._used.add(path)
        self.taken += 1
        return found

    def put(self, name: str, values: Mapping[str, Any]) -> None:
        """Keep tables and plain JSON values under `name`.

        Raises
        ------
        StorageError
            When the disk refuses.
        """
        self._write(name, values)
        if self._parts is not None:
            self._parts.put(name, values)

    def _of_this_run(self, name: str) -> dict[str, Any] | None:
        found = None if self._parts is None else self._parts.get(name)
        if found is not None:
            self._write(name, found)
        return found

    def _write(self, name: str, values: Mapping[str, Any]) -> None:
        path = self._path(name)
        with store.replacing(path, follow=False) as scratch:
            write_values(scratch, f"{self._salt} {name}", values, hashlib.sha256(), "zstd")
        self._used.add(path)
        self.made += 1

    def sweep(self) -> None:
        """Remove the tiles that were neither taken nor made."""
        for path in set(self._folder.glob(f"*{SUFFIX}")) - self._used:
            with suppress(OSError):
                path.unlink()

    def _path(self, name: str) -> Path:
        return self._folder / f"{digest(self._salt, name)[:40]}{SUFFIX}"


@contextmanager
def finished(folder: Path, salt: str, parts: Parts | None = None) -> Iterator[Finished]:
    """Give the finished tiles of a stage; those it did not use are gone afterwards."""
    tiles = Finished(folder, salt, parts)
    yield tiles
    tiles.sweep()
