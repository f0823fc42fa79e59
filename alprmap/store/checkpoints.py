"""Finished parts of long work, kept in a folder, so that a run that was broken off goes on where it
stopped.

A part is named by a SHA-256 over everything it rests on: the program and its libraries, the tables
that went in, the settings. Changed input has another name, so an old part is never taken for it.
The file holds arrays and tables (their bytes behind a list of them in JSON, nothing that runs when
read); the list has their digest and stands behind the seal of the user (`alprmap.store.seals`). One
that is cut, damaged or from somebody else is counted and made again, and no parser sees it. Which
parts are kept depends on the clock, what comes out of the work does not."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import re
import stat
import struct
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field, is_dataclass, replace
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from alprmap.errors import UsageError
from alprmap.sandbox import from_wkb, pack, unpack
from alprmap.store import seals
from alprmap.store import whole as store

if TYPE_CHECKING:
    from numpy.typing import NDArray

EVERY_S = 10.0
"""Pieces of a loop are kept when this much time has passed since the last ones."""
WORTH_S = 1.0
"""What took less is done again: reading it back would take as long."""
_NAME = re.compile(r"[0-9a-f]{24}-[0-9a-f]{16}\.part")
_SEAL = 65
"""Bytes in front: the seal of the list, hex, and a line feed."""
_SIZE = struct.Struct(">Q")
"""Before the list: its bytes."""
MOST_HEAD_BYTES = 16 * 1024**2
"""Of the list of a part's values: a stage of a hundred thousand files stays below it."""
_STEP = 64
"""Values begin at multiples of so many bytes, so that arrays are read where they lie."""
_PLAIN = "biufcmMSU"
"""Kinds of numpy's types that are values alone."""


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
        return os.path.lexists(self._path(name))

    def get(self, name: str) -> dict[str, Any] | None:
        """Return what was kept under `name`; None where nothing was, or where the file is
        damaged.
        """
        if not self.has(name):
            return None
        try:
            found = read_values(self._path(name), f"{self.salt} {name}", seals.new("part"))
        except Exception:
            # whatever is wrong with it, it is only a part: it is made again
            self.counts.damaged += 1
            return None
        self.counts.taken += 1
        return found

    def refuse(self) -> None:
        """Count the part that was got last as damaged: what it holds was not used."""
        self.counts.taken -= 1
        self.counts.damaged += 1

    def put(self, name: str, values: Mapping[str, Any]) -> None:
        """Keep arrays, tables and plain JSON values under `name`.

        Raises
        ------
        StorageError
            When the disk refuses.
        """
        with store.replacing(self._path(name), follow=False) as scratch:
            write_values(scratch, f"{self.salt} {name}", values, seals.new("part"))
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


def write_values(
    path: Path, key: str, values: Mapping[str, Any], seal: Any, compression: str | None = None
) -> None:
    """Write arrays, tables and plain values into a file, behind a list of them with their digest,
    behind the seal of that list.

    Parameters
    ----------
    path
        Where to.
    key
        What the values rest on; whoever reads them names it again.
    values
        By name.
    seal
        A new digest, as `hashlib` makes them.
    compression
        Of tables: None or `zstd`.
    """
    listed: list[dict[str, Any]] = []
    blobs: list[bytes | memoryview] = []
    whole, size = hashlib.sha256(), 0
    for name, value in values.items():
        about, blob = _packed(value, compression)
        listed.append({"name": name, "bytes": len(blob), **about})
        for data in (bytes(-size % _STEP), blob):
            whole.update(data)
            blobs.append(data)
            size += len(data)
    told = {"key": key, "values": listed, "bytes": size, "sha256": whole.hexdigest()}
    head = json.dumps(told, allow_nan=False).encode()
    if len(head) > MOST_HEAD_BYTES:
        raise ValueError(f"a part of {len(values):,} values has a list of {len(head):,} bytes")
    head = _SIZE.pack(len(head)) + head
    seal.update(head)
    with path.open("wb") as file:
        file.write(seal.hexdigest().encode() + b"\n" + head)
        for blob in blobs:
            file.write(blob)


def _packed(
    value: Any, compression: str | None = None
) -> tuple[dict[str, Any], bytes | memoryview]:
    """Return (what is said of a value, its bytes)."""
    if isinstance(value, pd.DataFrame):
        return _table_packed(value, compression)
    if isinstance(value, np.ndarray):
        if value.dtype.kind not in _PLAIN:
            raise TypeError(f"no part holds an array of {value.dtype}")
        whole = np.asarray(value, order="C")
        said = {"kind": "array", "type": whole.dtype.str, "shape": list(whole.shape)}
        return said, whole.reshape(-1).view(np.uint8).data if whole.size else b""
    return {"kind": "json"}, json.dumps(value, allow_nan=False).encode()


def read_values(path: Path, key: str, seal: Any) -> dict[str, Any]:
    """Return the values of a file of `write_values`. Its bytes are read once, so that what was
    sealed is what is looked at, and only where the seal holds: a file from elsewhere takes no
    memory, however large it is.

    Raises
    ------
    ValueError
        When it is damaged, of other work, or sealed otherwise.
    """
    flags = (
        os.O_RDONLY
        | getattr(os, "O_NOFOLLOW", 0)
        | getattr(os, "O_NONBLOCK", 0)
        | getattr(os, "O_BINARY", 0)
    )
    with os.fdopen(os.open(path, flags), "rb") as file:
        info = os.fstat(file.fileno())
        if not stat.S_ISREG(info.st_mode):
            raise ValueError("no regular file")
        head = _head(file, seal)
        if head["key"] != key:
            raise ValueError("the part is of other work")
        if info.st_size != file.tell() + head["bytes"]:
            raise ValueError("the part is not as long as it says")
        data = memoryview(bytearray(head["bytes"]))
        got = file.readinto(data)
    if got != len(data) or hashlib.sha256(data).hexdigest() != head["sha256"]:
        raise ValueError("the part is damaged")
    found: dict[str, Any] = {}
    at = 0
    for about in head["values"]:
        at += -at % _STEP
        found[about["name"]] = _unpacked(about, data[at : at + about["bytes"]])
        at += about["bytes"]
    return found


def _head(file: IO[bytes], seal: Any) -> dict[str, Any]:
    """Return what a part says of itself, read only as far as that, where the seal holds."""
    said, size = file.read(_SEAL), file.read(_SIZE.size)
    if len(size) < _SIZE.size or _SIZE.unpack(size)[0] > MOST_HEAD_BYTES:
        raise ValueError("no part")
    text = file.read(_SIZE.unpack(size)[0])
    seal.update(size + text)
    if not hmac.compare_digest(said, seal.hexdigest().encode() + b"\n"):
        raise ValueError("the part is damaged, or not of this user")
    head: dict[str, Any] = json.loads(text)
    return head


def _unpacked(about: Mapping[str, Any], data: memoryview) -> Any:
    if about["kind"] == "table":
        return _table(about, data)
    if about["kind"] == "array":
        kind = np.dtype(str(about["type"]))
        if kind.kind not in _PLAIN:
            raise ValueError("no array of values")
        return np.frombuffer(data, dtype=kind).reshape(about["shape"])
    return json.loads(bytes(data))


def _table_packed(frame: pd.DataFrame, compression: str | None) -> tuple[dict[str, Any], bytes]:
    """Return a table as an Arrow stream, its shapes as well-known binary."""
    import geopandas as gpd
    import pyarrow as pa

    about: dict[str, Any] = {"kind": "table"}
    if isinstance(frame, gpd.GeoDataFrame):
        columns = [str(c) for c in frame.columns if str(frame[c].dtype) == "geometry"]
        crs = None if frame.crs is None else frame.crs.to_json()
        about |= {"geometry": frame.geometry.name, "shapes": columns, "crs": crs}
        frame = pd.DataFrame(frame.to_wkb())
    return about, pack(pa.Table.from_pandas(frame), compression)


def _table(about: Mapping[str, Any], data: memoryview) -> pd.DataFrame:
    frame: pd.DataFrame = unpack(bytes(data), "a finished part").to_pandas()
    if "geometry" not in about:
        return frame
    import geopandas as gpd

    for name in about["shapes"]:
        frame[name] = gpd.GeoSeries(from_wkb(frame[name]), index=frame.index, crs=about["crs"])
    drawn: pd.DataFrame = gpd.GeoDataFrame(frame, geometry=about["geometry"], crs=about["crs"])
    return drawn


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


def _text_bytes(column: pd.Series) -> bytes:
    """Return the lengths of texts, -1 for what is missing, and the texts one after the other."""
    import pyarrow as pa
    import pyarrow.compute as pc

    text = pa.array(column, type=pa.large_string(), from_pandas=True)
    whole = pa.concat_arrays(text.chunks) if isinstance(text, pa.ChunkedArray) else text
    size = np.asarray(pc.fill_null(pc.binary_length(whole), -1), dtype=np.int64)
    if not len(whole):
        return b""
    filled = pc.fill_null(whole, "")
    _, places, data = filled.buffers()
    ends = np.frombuffer(places, dtype=np.int64)[filled.offset : filled.offset + len(filled) + 1]
    text_bytes = b"" if data is None else memoryview(data)[ends[0] : ends[-1]]
    return size.tobytes() + bytes(text_bytes)


def _bytes(column: pd.Series) -> bytes:
    """Return the values of a column as bytes that differ where the values do."""
    if isinstance(column.dtype, np.dtype) and column.dtype.kind in "iufb":
        return np.ascontiguousarray(column.to_numpy()).tobytes()
    if str(column.dtype) == "geometry":
        import shapely

        wkb = shapely.to_wkb(column.to_numpy())
        size = np.array([-1 if w is None else len(w) for w in wkb], dtype=np.int64)
        return size.tobytes() + b"".join(w for w in wkb if w is not None)
    if isinstance(column.dtype, pd.StringDtype):
        return _text_bytes(column)
    gone = column.isna().to_numpy()
    words = (repr(None if missing else v) for v, missing in zip(column.tolist(), gone, strict=True))
    return "\n".join(words).encode("utf-8", "backslashreplace")
