"""Finished parts of long work, kept in a folder, so that a run that was broken off goes on where it
stopped.

A part is named by a SHA-256 over everything it rests on: the program and its libraries, the tables
that went in, the settings. Changed input has another name, so an old part is never taken for it.
The file holds arrays and tables (a zip of .npy, .parquet and JSON, nothing that runs when read)
behind the SHA-256 of its own bytes: one that is cut or damaged is counted and made again. Which
parts are kept depends on the clock, what comes out of the work does not.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
import time
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field, is_dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from alprmap.errors import UsageError
from alprmap.store import whole as store

if TYPE_CHECKING:
    from numpy.typing import NDArray

EVERY_S = 10.0
"""Pieces of a loop are kept when this much time has passed since the last ones."""
WORTH_S = 1.0
"""What took less is done again: reading it back would take as long."""
_NAME = re.compile(r"[0-9a-f]{24}-[0-9a-f]{16}\.part")
_SEAL = 65
"""Bytes in front: the SHA-256 of all that follows, hex, and a line feed."""


@dataclass(slots=True)
class Counts:
    """Parts taken over from an earlier run, kept by this one, and found damaged."""

    taken: int = 0
    kept: int = 0
    damaged: int = 0


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts of one piece of work in `folder`.

    `salt` is the SHA-256 of what all of them rest on; `every_s` and `worth_s` are as `EVERY_S` and
    `WORTH_S`."""

    folder: Path
    salt: str
    every_s: float = EVERY_S
    worth_s: float = WORTH_S
    counts: Counts = field(default_factory=Counts)

    def of(self, *rests_on: Any) -> Parts:
        """Return the parts of work that rests on these tables, arrays and settings as well."""
        return replace(self, salt=digest(self.salt, *rests_on))

    def has(self, name: str) -> bool:
        """Tell whether there is a file for `name`, sound or not."""
        return self._path(name).exists()

    def get(self, name: str) -> dict[str, Any] | None:
        """Return what was kept under `name`; None where nothing was, or where the file is
        damaged.
        """
        if not self.has(name):
            return None
        try:
            found = _read(self._path(name), f"{self.salt} {name}")
        except Exception:
            # whatever is wrong with it, it is only a part: it is made again
            self.counts.damaged += 1
            return None
        self.counts.taken += 1
        return found

    def put(self, name: str, values: Mapping[str, Any]) -> None:
        """Keep arrays, tables and plain JSON values under `name`.

        Raises
        ------
        StorageError
            When the disk refuses.
        """
        with store.replacing(self._path(name)) as scratch:
            _write(scratch, f"{self.salt} {name}", values)
        self.counts.kept += 1

    def files(self) -> list[Path]:
        """Return the files of this work, pieces included."""
        return sorted(self.folder.glob(f"{digest(self.salt)[:24]}-*.part"))

    def drop(self, *, but: str) -> None:
        """Remove all parts of this work but one: those of which it is the sum."""
        for path in set(self.files()) - {self._path(but)}:
            with suppress(OSError):
                path.unlink()

    def _path(self, name: str) -> Path:
        return self.folder / f"{digest(self.salt)[:24]}-{digest(name)[:16]}.part"


class Pieces:
    """What a loop has found so far: arrays that are added one after another, kept every `every_s`
    seconds.

    Without `parts` nothing is kept.
    """

    def __init__(self, parts: Parts | None, name: str) -> None:
        self._parts, self._name = parts, name
        self._count = 0
        self._waiting: list[dict[str, NDArray[Any]]] = []
        self._last = time.monotonic()

    def saved(self) -> Iterator[dict[str, Any]]:
        """Yield what earlier runs kept; to be exhausted before anything is added."""
        while self._parts is not None and self._parts.has(f"{self._name} {self._count}"):
            found = self._parts.get(f"{self._name} {self._count}")
            self._count += 1
            if found is not None:
                yield found

    def add(self, **arrays: NDArray[Any]) -> None:
        """Add to every array; all calls give the same names."""
        if self._parts is None:
            return
        self._waiting.append(arrays)
        if time.monotonic() - self._last >= self._parts.every_s:
            self.flush()

    def flush(self) -> None:
        """Keep what was added since the last time."""
        if self._parts is not None and self._waiting:
            names = self._waiting[0]
            whole = {name: np.concatenate([w[name] for w in self._waiting]) for name in names}
            self._parts.put(f"{self._name} {self._count}", whole)
            self._count += 1
            self._waiting = []
        self._last = time.monotonic()


@contextmanager
def kept(folder: Path | None, salt: str) -> Iterator[Parts | None]:
    """Give the parts in `folder` to one run; they are removed when it succeeds and stay when it
    does not.

    Without a folder nothing is kept.

    Raises
    ------
    UsageError
        When `folder` is a file.
    BusyError
        When another run holds it.
    StorageError
        When it cannot be written.
    """
    if folder is None:
        yield None
        return
    if folder.exists() and not folder.is_dir():
        raise UsageError("is no folder", where=folder, fix="name a folder for the finished parts")
    with store.locked(folder):
        parts = Parts(Path(folder).absolute(), digest(salt), EVERY_S, WORTH_S)
        yield parts
        for path in folder.glob("*.part"):
            if _NAME.fullmatch(path.name):
                with suppress(OSError):
                    path.unlink()


def _write(path: Path, key: str, values: Mapping[str, Any]) -> None:
    with path.open("wb+") as file:
        file.write(b"0" * (_SEAL - 1) + b"\n")
        with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as pack:
            pack.writestr("key", key)
            for name, value in values.items():
                if isinstance(value, pd.DataFrame):
                    pack.writestr(f"{name}.parquet", _parquet(value))
                elif isinstance(value, np.ndarray):
                    with pack.open(f"{name}.npy", "w", force_zip64=True) as member:
                        np.lib.format.write_array(member, value, allow_pickle=False)
                else:
                    pack.writestr(f"{name}.json", json.dumps(value, allow_nan=False))
        seal = _hash(file)
        file.seek(0)
        file.write(seal.encode())


def _hash(file: io.BufferedRandom | io.BufferedReader) -> str:
    file.seek(_SEAL)
    found = hashlib.sha256()
    while chunk := file.read(1 << 22):
        found.update(chunk)
    return found.hexdigest()


def _read(path: Path, key: str) -> dict[str, Any]:
    with path.open("rb") as file:
        seal = file.read(_SEAL)
        if seal.decode("ascii") != f"{_hash(file)}\n":
            raise ValueError("the part is damaged")
        with zipfile.ZipFile(file) as pack:
            if pack.read("key").decode() != key:
                raise ValueError("the part is of other work")
            found: dict[str, Any] = {}
            for member in pack.namelist()[1:]:
                name, _, kind = member.rpartition(".")
                data = pack.read(member)
                if kind == "parquet":
                    found[name] = _table(data)
                elif kind == "npy":
                    found[name] = np.lib.format.read_array(io.BytesIO(data), allow_pickle=False)
                else:
                    found[name] = json.loads(data)
    return found


def _parquet(frame: pd.DataFrame) -> bytes:
    made = io.BytesIO()
    frame.to_parquet(made)
    return made.getvalue()


def _table(data: bytes) -> pd.DataFrame:
    import geopandas as gpd
    import pyarrow.parquet as pq

    meta = pq.read_schema(io.BytesIO(data)).metadata or {}
    return (
        gpd.read_parquet(io.BytesIO(data)) if b"geo" in meta else pd.read_parquet(io.BytesIO(data))
    )


def digest(*what: Any) -> str:
    """Return the SHA-256 over values: text, numbers, sequences, mappings, settings, arrays, tables.

    >>> (digest("a", 1) == digest("a", 1), digest("a", 1) == digest("a", 1.0),
    ...  digest(["a"], 1) == digest("a", 1))
    (True, False, False)
    """
    found = hashlib.sha256()
    for value in what:
        _feed(found, value)
    return found.hexdigest()


def _feed(found: Any, value: Any) -> None:
    if isinstance(value, pd.DataFrame):
        found.update(
            f"table {type(value).__name__} {len(value)} {list(map(str, value.columns))}\n".encode()
        )
        for name in value.columns:
            _feed(found, value[name])
    elif isinstance(value, pd.Series):
        found.update(f"column {value.dtype} {len(value)}\n".encode())
        _feed(found, _bytes(value))
    elif isinstance(value, np.ndarray):
        found.update(f"array {value.dtype} {value.shape}\n".encode())
        _feed(found, _bytes(pd.Series(value.ravel())))
    elif isinstance(value, Mapping):
        found.update(f"mapping {len(value)}\n".encode())
        for name in value:
            _feed(found, str(name))
            _feed(found, value[name])
    elif isinstance(value, (list, tuple)):
        found.update(f"sequence {len(value)}\n".encode())
        for each in value:
            _feed(found, each)
    elif is_dataclass(value) and not isinstance(value, type):
        _feed(found, [type(value).__name__, asdict(value)])
    elif isinstance(value, bytes):
        found.update(f"bytes {len(value)}\n".encode() + value)
    elif value is None or isinstance(value, (str, int, float, np.generic)):
        text = repr(value)
        found.update(
            f"{type(value).__name__} {len(text)} {text}\n".encode("utf-8", "backslashreplace")
        )
    else:
        raise TypeError(f"no digest of {type(value).__name__}")


def _bytes(column: pd.Series) -> bytes:
    """Return the values of a column as bytes that differ where the values do."""
    if isinstance(column.dtype, np.dtype) and column.dtype.kind in "iufb":
        return np.ascontiguousarray(column.to_numpy()).tobytes()
    if str(column.dtype) == "geometry":
        import shapely

        wkb = shapely.to_wkb(column.to_numpy())
        size = np.array([-1 if w is None else len(w) for w in wkb], dtype=np.int64)
        return size.tobytes() + b"".join(w for w in wkb if w is not None)
    gone = column.isna().to_numpy()
    words = (repr(None if missing else v) for v, missing in zip(column.tolist(), gone, strict=True))
    return "\n".join(words).encode("utf-8", "backslashreplace")
