"""The far side of the wall: a process that parses strangers' files under limits; no network,
nothing written.

It is started by `alprmap.sandbox.wall`, serves one file after another, reads requests as JSON lines
on stdin and writes messages (JSON, and bytes where a reader sends a table) on stdout. Nothing it
says is trusted."""

from __future__ import annotations

import importlib
import json
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

from alprmap.sandbox.wall import HEAD, Message

NEW_NETWORK = 0x40000000
NEW_USER = 0x10000000
"""CLONE_NEWNET and CLONE_NEWUSER of linux/sched.h."""
CLOSED = frozenset(
    [
        f"socket.{act}"
        for act in ("connect", "bind", "sendto", "sendmsg", "getaddrinfo", "gethostbyname")
    ]
    + [
        "subprocess.Popen",
        *(f"os.{act}" for act in ("system", "exec", "posix_spawn", "spawn", "fork", "forkpty")),
    ]
    + [
        f"os.{act}"
        for act in (
            "remove",
            "rename",
            "rmdir",
            "mkdir",
            "link",
            "symlink",
            "truncate",
            "chmod",
            "chown",
        )
    ]
    + [f"os.{act}" for act in ("kill", "killpg", "utime", "setxattr", "removexattr")]
)
"""Audit events of Python that no reader of files has a use for."""
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
LANDLOCK_CREATE, LANDLOCK_RESTRICT, NO_NEW_PRIVILEGES = 444, 446, 38
"""Numbers of system calls (the same on every architecture) and PR_SET_NO_NEW_PRIVS of
linux/prctl.h. """
HELD: dict[str, bool] = {}
"""What the system itself holds back from this process, native code included, once `serve` has
begun. """


def load(job: dict[str, Any]) -> None:
    """Nothing to import."""


def answer(job: dict[str, Any]) -> Iterator[Message]:
    """Say how tightly this process is held (asked by `alprmap doctor`)."""
    yield {"held": HELD}, b""


def serve() -> None:
    """Read requests until stdin closes; answer each with messages and an end or an error."""
    # Ctrl-C goes to the whole group; the parent decides, and ends this process
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    out = os.fdopen(os.dup(1), "wb")
    # a library that prints must not speak into the channel
    os.dup2(2, 1)
    limits = json.loads(sys.stdin.readline())
    HELD["network"] = _close_network()
    HELD["files"] = _close_files()
    HELD["memory"] = _limit_memory(int(limits["memory_bytes"]))
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
    from alprmap.errors import AlprmapError, reason

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
        say(error=f"cannot be read ({reason(error)})")


def _limit_memory(memory_bytes: int) -> bool:
    """Limit the address space for good; return whether the system knows such a limit."""
    try:
        import resource
    except ImportError:  # Windows has no rlimits; the parent's time limit holds there
        return False
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # macOS knows the limit but refuses to set it
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    return resource.getrlimit(resource.RLIMIT_AS)[0] == memory_bytes


def _limit_growth(more_bytes: int | None) -> None:
    """Let the address space grow by so much from where it stands, up to the hard limit of
    `_limit_memory`."""
    try:
        import resource

        pages = int(Path("/proc/self/statm").read_text(encoding="utf-8").split()[0])
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


def _close_network() -> bool:
    """Leave the network, by an empty namespace where the system allows (then true), by refusing
    sockets anyway."""
    left = False
    if sys.platform == "linux":
        import ctypes

        libc = ctypes.CDLL(None, use_errno=True)
        # with the right to do so the user stays itself; otherwise a namespace of our own gives that
        # right
        left = bool(libc.unshare(NEW_NETWORK) == 0 or libc.unshare(NEW_USER | NEW_NETWORK) == 0)

    def refuse(event: str, given: tuple[Any, ...]) -> None:
        if event in CLOSED or (
            event == "open" and isinstance(given[2], int) and given[2] & WRITING
        ):
            raise PermissionError(f"{event} is closed to readers of files")

    sys.addaudithook(refuse)
    return left


def _close_files() -> bool:
    """Give up writing, changing and starting files for good; return whether the system sees to it.

    It does on Linux with Landlock: the rights are those of linux/landlock.h, as many as the kernel
    knows, all but reading; no TCP port, no abstract socket, no signal to others. Elsewhere native
    code could still empty or remove a file, but not make one grow.
    """
    with suppress(ImportError, ValueError, OSError):
        import resource

        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    if sys.platform != "linux":
        return False
    import ctypes

    libc = ctypes.CDLL(None, use_errno=True)
    known = libc.syscall(LANDLOCK_CREATE, None, ctypes.c_size_t(0), ctypes.c_uint32(1))
    if known < 1:
        return False
    # execute, write, and from the fourth on remove and make; later kernels know refer, truncate and
    # devices, too
    count = {1: 13, 2: 14, 3: 15, 4: 15}.get(known, 16)
    reading = 0b1100
    rules = (ctypes.c_uint64 * 3)((1 << count) - 1 & ~reading, 0b11, 0b11)
    size = 8 if known < 4 else 16 if known < 6 else 24
    rule = libc.syscall(LANDLOCK_CREATE, rules, ctypes.c_size_t(size), ctypes.c_uint32(0))
    if rule < 0:
        return False
    libc.prctl(NO_NEW_PRIVILEGES, 1, 0, 0, 0)
    closed: bool = libc.syscall(LANDLOCK_RESTRICT, rule, ctypes.c_uint32(0)) == 0
    os.close(rule)
    return closed
