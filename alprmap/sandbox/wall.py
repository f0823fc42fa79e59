"""The near side of the wall: a checked file is given to a child process, and messages come back
that hold no code.

A crash, a hang or a burst of memory inside a parser becomes one line that names the file. What
comes back is JSON and, where a reader sends tables, bytes of Arrow; the rooms that ask check what
it says."""

from __future__ import annotations

import atexit
import json
import os
import queue
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from alprmap.errors import AlprmapError, InputError, UsageError

_BOOT = "import sys; sys.path.insert(0, {root!r}); from alprmap.sandbox.child import serve; serve()"
_ROOT = str(Path(__file__).resolve().parents[2])
_AHEAD = 4
"""Messages kept ready for the reader; a child that is further ahead waits."""
HEAD = struct.Struct(">QQ")
"""Before each message: bytes of its JSON, bytes that follow it."""
MOST_TEXT = 96 * 1024**2
MOST_BYTES = 256 * 1024**2
"""What one message may hold; a child that says more is ended. The largest record of text is 4
million characters, twelve bytes each in JSON where they are outside the basic plane, in a batch of
as many."""
BASE_TEXT, BASE_BYTES = 256 * 1024**2, 1024**3
PER_BYTE = 250
PER_MESSAGE = 1024
"""What a child may say of one file in all, in text and in tables: so much, and so much for each
byte of the file (the ratio of a packed file). A message counts as so many bytes at least: to say
nothing for ever is talking."""
_ERRORS: dict[str, type[AlprmapError]] = {"UsageError": UsageError}
"""Errors the child may ask for by name; every other is an `InputError`."""
RETIRED_BYTES = 64 * 1024**2
"""After a file of this size the child goes, so that its memory does."""

Message = tuple[dict[str, Any], bytes]


@dataclass(frozen=True, slots=True)
class Limits:
    """What one file may cost: address space of the child, and seconds to begin with and per
    megabyte.

    `memory_bytes` is never passed; within it a reader may take, beyond the libraries it loads,
    `spare_bytes` and `per_byte` for each byte of the file.
    """

    memory_bytes: int = 4 * 1024**3
    base_s: float = 20.0
    per_mb_s: float = 4.0
    spare_bytes: int = 768 * 1024**2
    per_byte: int = 100

    def seconds(self, size: int) -> float:
        """Return how long a file of `size` bytes may take."""
        return self.base_s + self.per_mb_s * size / 1e6


LIMITS = Limits()


def sized(size: int, *, spare_bytes: int = 1024**3, per_byte: int = 100) -> Limits:
    """Return limits for files that may be large as such (roads, tables): the address space follows
    the file.

    It is rounded up to a power of two from 4 GB on, so that one child serves all small files.
    """
    wanted = 1024**3 + spare_bytes + per_byte * size
    return Limits(
        1 << max(32, (wanted - 1).bit_length()), spare_bytes=spare_bytes, per_byte=per_byte
    )


class _Child:
    """A running child with a thread that takes its messages in."""

    def __init__(self, memory_bytes: int) -> None:
        self.memory_bytes = memory_bytes
        quiet = {k: v for k, v in os.environ.items() if not k.lower().endswith("_proxy")}
        # GDAL: no drivers that follow other paths or the network, no sidecar hunting
        quiet |= {
            "GDAL_SKIP": _SKIP,
            "OGR_SKIP": _SKIP,
            "CPL_VSIL_CURL_ALLOWED_EXTENSIONS": ".none",
        }
        quiet |= {
            "GDAL_DISABLE_READDIR_ON_OPEN": "EMPTY_DIR",
            "OMP_NUM_THREADS": "1",
            "OPENBLAS_NUM_THREADS": "1",
        }
        # libraries with threads of their own would reserve 64 MB of address space for each
        quiet |= {"MALLOC_ARENA_MAX": "2", "ARROW_IO_THREADS": "1"}
        # Arrow's own allocator sets a gigabyte of addresses aside
        quiet["ARROW_DEFAULT_MEMORY_POOL"] = "system"
        self.process = subprocess.Popen(
            [sys.executable, "-I", "-c", _BOOT.format(root=_ROOT)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=quiet,
        )
        self.messages: queue.Queue[tuple[bytes, bytes] | None] = queue.Queue(_AHEAD)
        threading.Thread(target=self._pump, daemon=True).start()
        self.send({"memory_bytes": memory_bytes})

    def _pump(self) -> None:
        out: IO[bytes] | None = self.process.stdout
        with suppress(OSError, ValueError):  # closed by `stop`
            while out is not None and len(head := out.read(HEAD.size)) == HEAD.size:
                text, more = HEAD.unpack(head)
                if text > MOST_TEXT or more > MOST_BYTES:
                    break
                said, blob = out.read(text), out.read(more) if more else b""
                if len(said) < text or len(blob) < more:
                    break
                self.messages.put((said, blob))
        self.messages.put(None)

    def send(self, message: dict[str, Any]) -> None:
        if self.process.stdin is None:
            return
        # it may have died; the next read says so
        with suppress(OSError):
            self.process.stdin.write(json.dumps(message).encode() + b"\n")
            self.process.stdin.flush()

    def stop(self) -> None:
        self.process.kill()
        # the pump may wait for room in the queue
        while self.process.poll() is None:
            try:
                self.messages.get(timeout=0.05)
            except queue.Empty:
                continue
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                with suppress(OSError):
                    pipe.close()


_SKIP = (
    "OGR_VRT,VRT,WFS,OAPIF,OGCAPI,CSW,HTTP,EEDA,Elasticsearch,Carto,AmigoCloud,PLSCENES,NGW,ADBC,GDALG,GMLAS,GML,"
    "LIBKML,KML,GPX,OSM,SQLite,PDF,XLSX,ODS,CSV,GeoJSON,GeoJSONSeq,ESRIJSON,TopoJSON,JSONFG,MVT,PMTiles,MBTiles,DXF"
)
"""Drivers of GDAL that no reader of ours needs: they follow other paths, or have a reader of their
own here. """
_RUNNING: list[_Child] = []
_BUSY: set[int] = set()
_LOCK = threading.Lock()


def _child(memory_bytes: int) -> _Child:
    """Return an idle child with this limit, marked busy; a new one is started where there is
    none.
    """
    with _LOCK:
        for child in [c for c in _RUNNING if id(c) not in _BUSY]:
            if child.process.poll() is not None:
                _RUNNING.remove(child)
                child.stop()
            elif child.memory_bytes == memory_bytes:
                break
        else:
            child = _Child(memory_bytes)
            _RUNNING.append(child)
        _BUSY.add(id(child))
        return child


def _done(child: _Child, *, healthy: bool) -> None:
    with _LOCK:
        _BUSY.discard(id(child))
        if not healthy and child in _RUNNING:
            _RUNNING.remove(child)
            child.stop()


@atexit.register
def close_child() -> None:
    """End the child process, if one runs."""
    while _RUNNING:
        _RUNNING.pop().stop()


def warm_child(*rooms: str) -> None:
    """Start a child that loads these readers while this process still loads its own libraries."""
    child = _child(LIMITS.memory_bytes)
    child.send({"load": list(rooms)})
    _done(child, healthy=True)


def ask(
    room: str,
    job: dict[str, Any],
    *,
    where: str | os.PathLike[str],
    size: int,
    limits: Limits = LIMITS,
    smaller: str = "split it or save it as CSV",
) -> Iterator[Message]:
    """Yield what `answer(job)` of a room says in the child process, until its end.

    Parameters
    ----------
    room
        Dotted name of the module; `load(job)` of it is called first, to import what the file itself
        shall not pay.
    where
        The file, as errors name it.
    size
        Its bytes, which the limits follow.
    smaller
        What the user can do where it takes too long or too much memory.

    Raises
    ------
    InputError
        When the reader refuses the file, or dies, or takes longer or more memory than it may, or
        says more.
    """
    child = _child(limits.memory_bytes)
    seconds = limits.seconds(size)
    child.send(
        {
            "room": room,
            "job": job,
            "cpu_s": seconds,
            "growth_bytes": limits.spare_bytes + limits.per_byte * size,
        }
    )
    spent, answered, quota = 0.0, False, _Quota(size)
    patience = _Patience(child.process.pid, seconds)
    try:
        while True:
            # what is done with a message after `yield` is not the reader's time; taking it in is
            began = time.monotonic()
            try:
                got = child.messages.get(timeout=max(1.0, seconds - spent))
            except queue.Empty:
                spent += time.monotonic() - began
                if patience.is_over(spent):
                    raise _too_long(seconds, where, smaller) from None
                continue
            if got is not None and not quota.takes(*got):
                raise out_of_step(where)
            message = None if got is None else _object(got[0])
            if got is None or message is None:
                raise died(child.process, where)
            spent += time.monotonic() - began
            if patience.is_over(spent):
                raise _too_long(seconds, where, smaller)
            answered = "end" in message or "error" in message
            if "error" in message:
                raise _refusal(message, where, smaller)
            if answered:
                return
            yield message, got[1]
    finally:
        _done(child, healthy=answered and size < RETIRED_BYTES)


BUSY = 5.0
"""On a busy machine a reader that works, and gets little of the processor, is waited for so many
times as long; one that sleeps is not."""
AT_WORK = 0.02
"""A reader that works takes at least this share of the time, whatever else runs."""


class _Patience:
    """How long a reader is waited for: so many seconds of the processor, by its own clock where the
    system shows it."""

    def __init__(self, process: int, seconds: float) -> None:
        self.process, self.seconds = process, seconds
        self.began_s = self._processor_s()

    def _processor_s(self) -> float | None:
        try:
            stat = Path(f"/proc/{self.process}/stat").read_bytes()
        except OSError:  # no such file on macOS and Windows: seconds are those of the wall
            return None
        ticks = stat.rpartition(b")")[2].split()[11:13]
        return sum(int(t) for t in ticks) / os.sysconf("SC_CLK_TCK")

    def is_over(self, spent: float) -> bool:
        """Say whether a reader has had its time, after `spent` seconds of waiting."""
        if spent <= self.seconds:
            return False
        now = self._processor_s()
        if now is None or self.began_s is None or spent > BUSY * self.seconds:
            return True
        had = now - self.began_s
        return had < AT_WORK * spent or had > 0.9 * self.seconds


class _Quota:
    """What a child may still say of a file of `size` bytes."""

    def __init__(self, size: int) -> None:
        self.text = BASE_TEXT + PER_BYTE * size
        self.bytes = BASE_BYTES + PER_BYTE * size

    def takes(self, text: bytes, blob: bytes) -> bool:
        """Count one message; false where it is one too many."""
        self.text -= max(len(text), PER_MESSAGE)
        self.bytes -= len(blob)
        return self.text >= 0 and self.bytes >= 0


def _too_long(seconds: float, where: str | os.PathLike[str], smaller: str) -> InputError:
    return InputError(
        f"takes longer than {seconds:.0f} s to read and was given up", where=where, fix=smaller
    )


def _object(text: bytes) -> dict[str, Any] | None:
    try:
        message = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return message if isinstance(message, dict) else None


def _refusal(message: dict[str, Any], where: str | os.PathLike[str], smaller: str) -> AlprmapError:
    row, fix, said = message.get("row"), message.get("fix"), message["error"]
    error = _ERRORS.get(str(message.get("sort")), InputError)
    return error(
        said if isinstance(said, str) else "cannot be read, and its parser could not say why",
        where=where,
        row=row if isinstance(row, (int, str)) else None,
        fix=smaller if message.get("too_large") else fix if isinstance(fix, str) else None,
    )


def died(process: subprocess.Popen[bytes], where: str | os.PathLike[str]) -> InputError:
    """Return why a child is gone, or talks nonsense, as the refusal of its file."""
    try:
        code = process.wait(timeout=2)
    except subprocess.TimeoutExpired:
        process.kill()  # it lives, and what it said was no message
        code = 0
    # SIGXCPU and SIGKILL come from the limits, the others from inside the parser
    reason = {-24: "used up its time", -9: "was stopped"}.get(
        code, f"ended the parser (code {code})"
    )
    return InputError(
        f"{reason}: the file is damaged or made to do harm",
        where=where,
        fix="open and save it again with the program it comes from",
    )


def out_of_step(where: str | os.PathLike[str]) -> InputError:
    """Return the refusal of a file whose reader says what no reader of ours would say."""
    return InputError(
        "ended the parser (what it said makes no sense): the file is damaged or made to do harm",
        where=where,
        fix="open and save it again with the program it comes from",
    )
