"""A parser that misbehaves, for the child process: the first word of the file says how (see
test_wall.py).

It stands in for libosmium, GDAL or Arrow with a hole in them: whoever got in through it may say
anything."""

from __future__ import annotations

import ctypes
import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa

Message = tuple[dict[str, Any], bytes]


def load(job: dict[str, Any]) -> None:
    """Nothing to import."""


def answer(job: dict[str, Any]) -> Iterator[Message]:
    yield from WAYS[Path(job["path"]).read_text(encoding="utf-8").split()[0]](job)


def crash(job: dict[str, Any]) -> Iterator[Message]:
    ctypes.string_at(0)
    yield {}, b""


def abort(job: dict[str, Any]) -> Iterator[Message]:
    os.abort()
    yield {}, b""


def leave(job: dict[str, Any]) -> Iterator[Message]:
    os._exit(0)
    yield {}, b""


def hang(job: dict[str, Any]) -> Iterator[Message]:
    time.sleep(3600)
    yield {}, b""


def spin(job: dict[str, Any]) -> Iterator[Message]:
    while True:
        pass
    yield {}, b""


def grow(job: dict[str, Any]) -> Iterator[Message]:
    kept = []
    while True:
        kept.append(bytearray(64 * 1024**2))
    yield {}, b""


def fault(job: dict[str, Any]) -> Iterator[Message]:
    raise LookupError("a parser may raise\nanything " + "\x1b[2J" * 100)
    yield {}, b""


def silent(job: dict[str, Any]) -> Iterator[Message]:
    yield from ()


def stream(table: Any) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return sink.getvalue().to_pybytes()


def junk(job: dict[str, Any]) -> Iterator[Message]:
    yield {"table": 1, "ways": 1, "of": "names", "meta": {}}, b"junk" * 1000


def other(job: dict[str, Any]) -> Iterator[Message]:
    """A sound table of quite another kind."""
    yield {"table": 1, "ways": 1, "of": "exits"}, stream(pa.table({"a": [1], "b": ["x"]}))


def offsets(job: dict[str, Any]) -> Iterator[Message]:
    """Text whose offsets point far outside: the native reader on the other side must not follow
    them."""
    bent = pa.StringArray.from_buffers(
        2, pa.py_buffer(b"\0\0\0\0\xff\xff\xff\x7f\x02\0\0\0"), pa.py_buffer(b"ab")
    )
    yield {"meta": {}}, b""
    yield {"table": 2, "ways": 2, "of": "places"}, stream(pa.table({"highway": bent}))


def ways(job: dict[str, Any]) -> Iterator[Message]:
    """Ways whose nodes and places do not agree in number, then an end without what belongs to it."""
    from alprmap.roads.ways import SCHEMA

    values: dict[str, Any] = {name: [None] for name in SCHEMA.names}
    values |= {"way_id": [1], "flags": [3], "layer": [0], "lanes": [1.0], "maxspeed_kmh": [1.0]}
    values |= {"highway": ["road"], "refs": [[1, 2, 3]], "xy": [[0.0, 0.0]]}
    yield {"ways": 1}, stream(pa.table(values, schema=SCHEMA))
    yield {"restrictions": [[1, 2, 3]], "counts": [], "timestamp": {}}, b""


def promises(job: dict[str, Any]) -> Iterator[Message]:
    """A sound beginning and nonsense at the end."""
    yield (
        {
            "restrictions": [["x", {}, None, 2**80, 1]],
            "counts": {"ways": "many"},
            "timestamp": None,
        },
        b"",
    )


def classes(job: dict[str, Any]) -> Iterator[Message]:
    """A column of a type that a Python class stands for."""

    class Evil(pa.ExtensionType):
        def __init__(self) -> None:
            super().__init__(pa.int64(), "pandas.period")

        def __arrow_ext_serialize__(self) -> bytes:
            return b'{"freq": "D"}'

        @classmethod
        def __arrow_ext_deserialize__(cls, storage_type: Any, serialized: bytes) -> Any:
            return cls()

    column = pa.ExtensionArray.from_storage(Evil(), pa.array([1]))
    yield {"meta": {}}, b""
    yield {"table": 1, "ways": 1, "of": "names"}, stream(pa.table({"a": column}))


def endless(job: dict[str, Any]) -> Iterator[Message]:
    blob = stream(pa.table({"a": pa.nulls(1_000_000, pa.int64())}))
    while True:
        yield {"table": 1, "ways": 1, "of": "names"}, blob


def shout(job: dict[str, Any]) -> Iterator[Message]:
    """No message at all: bytes into the channel, a head that promises 16 exabytes."""
    for number in range(3, 64):
        try:
            if os.fstat(number).st_mode & 0o170000 == 0o010000:
                os.write(number, b"\xff" * 65_536)
        except OSError:
            continue
    yield {}, b""


def write(job: dict[str, Any]) -> Iterator[Message]:
    """Do to the files beside it what Python can."""
    folder = Path(job["path"]).parent
    kept, new = folder / "kept.txt", folder / "new"
    acts: list[Callable[[], object]] = [
        lambda: new.write_text("x"), lambda: kept.write_text("x"), kept.unlink, lambda: kept.rename(new),
        new.mkdir,
        lambda: new.symlink_to(kept), lambda: new.hardlink_to(kept), lambda: os.truncate(kept, 0), new.touch,
        lambda: kept.chmod(0o777), lambda: os.utime(kept, (0, 0)), lambda: os.kill(os.getppid(), 0),
        lambda: os.execv("/bin/touch", ["touch", str(new)]), lambda: os.system(f"touch {new}"),
    ]  # fmt: skip
    for number, act in enumerate(acts):
        try:
            act()
        except OSError:
            continue
        raise LookupError(f"act {number} was let through")
    raise ValueError("nothing was let through")
    yield {}, b""


def native(job: dict[str, Any]) -> Iterator[Message]:
    """The same by code that Python does not see."""
    libc = ctypes.CDLL(None)
    folder = Path(job["path"]).parent
    kept, new = (os.fsencode(folder / name) for name in ("kept.txt", "new"))
    acts = [
        ("creat", new, 0o600), ("open", kept, os.O_RDWR), ("unlink", kept), ("rename", kept, new),
        ("mkdir", new, 0o700),
        ("symlink", kept, new), ("link", kept, new), ("truncate", kept, ctypes.c_long(0)), ("mkfifo", new, 0o600),
        ("kill", os.getppid(), 0), ("execl", b"/bin/touch", b"touch", new, None),
    ]  # fmt: skip
    done = [name for name, *given in acts if getattr(libc, name)(*given) >= 0]
    raise ValueError(f"{done[0]} was let through" if done else "nothing was let through")
    yield {}, b""


TABLE = {"table": {"format": "CSV (utf-8-sig)", "name": "", "origin": "table"}}


def no_name(job: dict[str, Any]) -> Iterator[Message]:
    yield {"table": {"format": 7, "name": None}}, b""


def no_shapes(job: dict[str, Any]) -> Iterator[Message]:
    yield TABLE, b""
    yield {"shapes": [["a"], 5, {}]}, b""


def no_order(job: dict[str, Any]) -> Iterator[Message]:
    yield TABLE, b""
    yield {"shapes": [[["lat", "lon"], [[27.5, -99.5]]]], "order": [0, 0, 9, "x"]}, b""


def no_end(job: dict[str, Any]) -> Iterator[Message]:
    yield TABLE, b""
    yield {"shapes": [[["lat", "lon"], [[27.5, -99.5]]]]}, b""


def nested(job: dict[str, Any]) -> Iterator[Message]:
    """Rows that hold more than text and numbers: each is a refused row, the sound one is taken."""
    yield TABLE, b""
    rows = [[27.5, -99.5], [[27.5], -99.5], [27.5, {"a": {}}], [27.5], "x", None]
    yield {"shapes": [[["lat", "lon"], rows]]}, b""
    yield {"hints": {"set_aside": ["x"]}}, b""


WAYS: dict[str, Callable[[dict[str, Any]], Iterator[Message]]] = {
    name: made
    for name, made in vars(sys.modules[__name__]).items()
    if callable(made) and getattr(made, "__annotations__", {}).get("return") == "Iterator[Message]"
}
