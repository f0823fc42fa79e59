"""The near side of the wall: gives a checked file to the child process and takes plain, validated rows back.

A crash, a hang or a memory burst inside a parser becomes one line that names the file.
"""

from __future__ import annotations

import atexit
import json
import os
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any

from alprmap.errors import InputError
from alprmap.sources.intake import Checked
from alprmap.sources.rows import Row, Table

_BOOT = "import sys; sys.path.insert(0, {root!r}); from alprmap.sources.child import serve; serve()"
_ROOT = str(Path(__file__).resolve().parents[2])
_LINE_AHEAD = 8


@dataclass(frozen=True, slots=True)
class Limits:
    """What one file may cost: address space of the child, and seconds to begin with and per megabyte."""

    memory_bytes: int = 4 * 1024**3
    base_s: float = 20.0
    per_mb_s: float = 4.0

    def seconds(self, size: int) -> float:
        """Return how long a file of `size` bytes may take."""
        return self.base_s + self.per_mb_s * size / 1e6


LIMITS = Limits()


class _Child:
    """A running child with a thread that takes its lines in."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        quiet = {k: v for k, v in os.environ.items() if not k.lower().endswith("_proxy")}
        # GDAL: no drivers that follow other paths or the network, no sidecar hunting
        quiet |= {"GDAL_SKIP": _SKIP, "OGR_SKIP": _SKIP, "CPL_VSIL_CURL_ALLOWED_EXTENSIONS": ".none"}
        quiet |= {"GDAL_DISABLE_READDIR_ON_OPEN": "EMPTY_DIR", "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
        # libraries with threads of their own would reserve 64 MB of address space for each
        quiet["MALLOC_ARENA_MAX"] = "2"
        self.process = subprocess.Popen(
            [sys.executable, "-I", "-c", _BOOT.format(root=_ROOT)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=quiet,
        )  # fmt: skip
        self.lines: queue.Queue[bytes] = queue.Queue(_LINE_AHEAD)
        threading.Thread(target=self._pump, daemon=True).start()
        self.send({"memory_bytes": limits.memory_bytes})

    def _pump(self) -> None:
        out: IO[bytes] | None = self.process.stdout
        for line in out or ():
            self.lines.put(line)
        self.lines.put(b"")

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
                self.lines.get(timeout=0.05)
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
"""Drivers of GDAL that no reader of ours needs: they follow other paths, or have a reader of their own here."""
_RUNNING: list[_Child] = []
_BUSY: set[int] = set()
_LOCK = threading.Lock()


def _child(limits: Limits) -> _Child:
    """Return an idle child with these limits, marked busy; a new one is started where there is none."""
    with _LOCK:
        for child in [c for c in _RUNNING if id(c) not in _BUSY]:
            if child.process.poll() is None and child.limits == limits:
                break
            _RUNNING.remove(child)
            child.stop()
        else:
            child = _Child(limits)
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
def close() -> None:
    """End the child process, if one runs."""
    while _RUNNING:
        _RUNNING.pop().stop()


def tables(checked: Checked, options: dict[str, Any], *, limits: Limits = LIMITS) -> Iterator[Table]:
    """Yield the tables of a file read in the child process; each table's rows must be taken before the next.

    Raises
    ------
    InputError
        When the reader refuses the file, or dies, or takes longer or more memory than it may.
    """
    child = _child(limits)
    seconds = limits.seconds(checked.size)
    child.send(
        {"path": str(checked.path.resolve()), "kind": checked.kind, "packing": checked.packing,
         "size": checked.size, "caps": asdict(checked.caps), "options": options, "cpu_s": seconds}
    )  # fmt: skip
    messages = _Messages(child, checked, seconds)
    finished = False
    try:
        while (table := messages.next_table()) is not None:
            yield Table(messages.rows(), **table)
            for _ in messages.rows():  # what the caller left, so that the channel stays in step
                pass
        finished = True
    except InputError:
        finished = messages.answered
        raise
    finally:
        _done(child, healthy=finished)


class _Messages:
    def __init__(self, child: _Child, checked: Checked, seconds: float) -> None:
        self.child, self.checked, self.seconds = child, checked, seconds
        self.pending: dict[str, Any] | None = None
        self.answered, self.waited = False, 0.0

    def _take(self) -> dict[str, Any]:
        if self.pending is not None:
            message, self.pending = self.pending, None
            return message
        began = time.monotonic()
        try:
            line = self.child.lines.get(timeout=max(0.0, self.seconds - self.waited))
            self.waited += time.monotonic() - began
        except queue.Empty:
            raise InputError(
                f"takes longer than {self.seconds:.0f} s to read and was given up", where=self.checked.path,
                fix="split it or save it as CSV",
            ) from None  # fmt: skip
        if not line:
            raise self._died()
        try:
            message = json.loads(line)
        except ValueError:
            raise self._died() from None
        if not isinstance(message, dict):
            raise self._died()
        if "error" in message:
            self.answered = True
            raise InputError(
                str(message["error"]), where=self.checked.path, row=message.get("row"), fix=message.get("fix")
            )
        return message

    def _died(self) -> InputError:
        code = self.child.process.wait(timeout=10)
        # SIGXCPU and SIGKILL come from the limits, the others from inside the parser
        reason = {-24: "used up its time", -9: "was stopped"}.get(code, f"ended the parser (code {code})")
        return InputError(
            f"{reason}: the file is damaged or made to do harm", where=self.checked.path,
            fix="open and save it again with the program it comes from",
        )  # fmt: skip

    def next_table(self) -> dict[str, Any] | None:
        message = self._take()
        if message.get("end"):
            return None
        table = message.get("table")
        if not isinstance(table, dict):
            raise self._died()
        return {k: table[k] for k in ("format", "name", "origin", "hints")}

    def rows(self) -> Iterator[Row]:
        while True:
            message = self._take()
            if "rows" not in message:
                self.pending = message
                return
            yield from validated(message.get("keys"), message["rows"])


_PLAIN = (str, int, float, bool, type(None))


def validated(keys: Any, rows: Any) -> Iterator[Row]:
    """Yield rows of one shape that hold text, numbers and missing values only; anything else is a refused row."""
    sound = isinstance(keys, list) and all(isinstance(k, str) for k in keys) and isinstance(rows, list)
    for values in rows if sound else [None]:
        if not isinstance(values, list) or len(values) != len(keys):
            yield {"$refuse": "the reader gave no record"}
        elif all(type(v) in _PLAIN for v in values):
            yield dict(zip(keys, values, strict=True))
        else:
            yield {"$refuse": "the reader gave something else than text and numbers"}
