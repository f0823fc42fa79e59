"""The far side of the wall: a process that parses strangers' files under limits and without a network.

It is started by `alprmap.wall`, serves one file after another, reads requests as JSON lines on stdin and writes
messages (JSON, and bytes where a reader sends a table) on stdout. Nothing it says is trusted.
"""

from __future__ import annotations

import importlib
import json
import os
import signal
import sys
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

from alprmap.wall import HEAD

NEW_NETWORK = 0x40000000
NEW_USER = 0x10000000
"""CLONE_NEWNET and CLONE_NEWUSER of linux/sched.h."""
CLOSED = frozenset(
    [f"socket.{act}" for act in ("connect", "bind", "sendto", "sendmsg", "getaddrinfo", "gethostbyname")]
    + ["subprocess.Popen", *(f"os.{act}" for act in ("system", "exec", "posix_spawn", "spawn", "fork", "forkpty"))]
)
"""Audit events of Python that no reader of files has a use for."""


def serve() -> None:
    """Read requests until stdin closes; answer each with messages and an end or an error."""
    # Ctrl-C goes to the whole group; the parent decides, and ends this process
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    out = os.fdopen(os.dup(1), "wb")
    # a library that prints must not speak into the channel
    os.dup2(2, 1)
    limits = json.loads(sys.stdin.readline())
    _close_network()
    _limit_memory(int(limits["memory_bytes"]))
    for line in sys.stdin:
        request = json.loads(line)
        if "load" in request:
            for room in request["load"]:
                with suppress(Exception):  # the file that needs it will tell
                    importlib.import_module(room)
            continue
        _limit_cpu(int(request["cpu_s"]))
        _answer(request, out)


def _answer(request: dict[str, Any], out: IO[bytes]) -> None:
    from alprmap.errors import AlprmapError

    def say(blob: bytes = b"", /, **message: Any) -> None:
        text = json.dumps(message, allow_nan=True, default=str).encode()
        out.write(HEAD.pack(len(text), len(blob)))
        out.write(text)
        out.write(blob)
        out.flush()

    try:
        _limit_growth(None)
        room = importlib.import_module(request["room"])
        room.load(request["job"])
        _limit_growth(int(request["growth_bytes"]))
        for message, blob in room.answer(request["job"]):
            say(blob, **message)
        say(end=True)
    except AlprmapError as error:
        say(error=error.what, sort=type(error).__name__, row=error.row, fix=error.fix)
    except MemoryError:
        say(error="needs more memory to read than a file of its size should", too_large=True)
    except RecursionError:
        say(error="is nested too deeply to be data")
    except Exception as error:  # a parser may raise anything; the parent names the file
        say(error=f"cannot be read ({type(error).__name__}: {str(error)[:200]})")


def _limit_memory(memory_bytes: int) -> None:
    try:
        import resource
    except ImportError:  # Windows has no rlimits; the parent's time limit holds there
        return
    # macOS knows the limit but refuses to set it
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _limit_growth(more_bytes: int | None) -> None:
    """Let the address space grow by so much from where it stands, up to the hard limit of `_limit_memory`."""
    try:
        import resource

        pages = int(Path("/proc/self/statm").read_text().split()[0])
    except (ImportError, OSError, ValueError):  # only Linux tells; the hard limit holds elsewhere
        return
    hard = resource.getrlimit(resource.RLIMIT_AS)[1]
    wanted = hard if more_bytes is None else pages * resource.getpagesize() + more_bytes
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_AS, (wanted if hard < 0 else min(wanted, hard), hard))


def _limit_cpu(cpu_s: int) -> None:
    try:
        import resource
    except ImportError:
        return
    used = resource.getrusage(resource.RUSAGE_SELF)
    limit = int(used.ru_utime + used.ru_stime) + cpu_s
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_CPU, (limit, resource.getrlimit(resource.RLIMIT_CPU)[1]))


def _close_network() -> None:
    """Leave the network: an empty namespace where the system allows, and no sockets from Python anywhere."""
    if sys.platform == "linux":
        import ctypes

        libc = ctypes.CDLL(None, use_errno=True)
        # with the right to do so the user stays itself; otherwise a namespace of our own gives that right
        if libc.unshare(NEW_NETWORK) != 0:
            libc.unshare(NEW_USER | NEW_NETWORK)

    def refuse(event: str, _: Any) -> None:
        if event in CLOSED:
            raise PermissionError(f"{event} is closed to readers of files")

    sys.addaudithook(refuse)
