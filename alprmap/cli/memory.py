"""A limit of memory that was set from outside (`ulimit -v`, a job scheduler): said, and never a
fault.

Libraries answer a refused allocation in their own ways: a module that cannot be mapped, a thread
that cannot start, `std::bad_alloc`, an error without a type.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

LEAST_BYTES = 900_000_000
"""Address space below which numpy, GEOS and Arrow cannot all be loaded; OpenBLAS then waits for
ever.
"""
NEAR = 0.8
"""Part of the limit that a process has used when an unknown error is taken for want of memory."""
SHORT = "out of memory; cut the area or split the input"
_SIGNS = (
    "bad_alloc",
    "failed to map segment",
    "cannot allocate memory",
    "can't start new thread",
    "out of memory",
    "unable to allocate",
    "malloc of size",
)
_QUIET = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS")


def limit_bytes() -> int | None:
    """Return the address space this process may use, bytes; None where there is no limit."""
    try:
        import resource
    except ImportError:  # Windows has no such limit
        return None
    soft = resource.getrlimit(resource.RLIMIT_AS)[0]
    return None if soft == resource.RLIM_INFINITY else soft


def prepare() -> None:
    """Where a limit is set, let no library set memory aside for threads that will not be used."""
    if limit_bytes() is not None:
        for name in _QUIET:
            os.environ.setdefault(name, "1")
        os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")


def too_little() -> str | None:
    """Return why no command that measures can run here; None where it can."""
    limit = limit_bytes()
    if limit is None or limit >= LEAST_BYTES:
        return None
    return (
        f"this process may use {limit / 1e6:,.0f} MB of memory (ulimit -v), and the libraries alone"
        f" take {LEAST_BYTES / 1e6:,.0f} MB; raise the limit"
    )


def is_short(error: BaseException) -> bool:
    """Tell whether an error comes from want of memory, whatever its type."""
    for each in _chain(error):
        text = str(each).lower()
        if isinstance(each, MemoryError) or any(sign in text for sign in _SIGNS):
            return True
    limit, peak = limit_bytes(), _peak_bytes()
    return limit is not None and peak is not None and peak > NEAR * limit


def _chain(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    at: BaseException | None = error
    while at is not None and id(at) not in seen:
        seen.add(id(at))
        yield at
        at = at.__cause__ or at.__context__


def _peak_bytes() -> int | None:
    """Return the most address space this process had, bytes; None where the system does not
    tell.
    """
    try:
        lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmPeak:"))
    except (OSError, ValueError, StopIteration):
        return None
