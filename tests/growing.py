"""How the work of a command grows with its input: counted in calls and in bytes, not in seconds."""

from __future__ import annotations

import cProfile
import pstats
import tracemalloc
from collections.abc import Callable

TWICE = 2.7
"""Twice the input may take so much more; a square law takes four times."""
CALLS, BYTES = 40_000, 6_000_000
"""What may come on top: tables that are loaded once, blocks that are read whole."""


def work_of(run: Callable[[], None]) -> tuple[int, int]:
    """Return the calls of Python functions and the most bytes held at once."""
    profile = cProfile.Profile()
    tracemalloc.start()
    try:
        profile.runcall(run)
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    total: int = pstats.Stats(profile).total_calls  # type: ignore[attr-defined]
    return total, most


def grows_evenly(run: Callable[[int], None], n: int) -> None:
    """Refuse a command whose calls or bytes grow faster than its input, from 2 n to 4 n.

    It is run with n first, which loads what is loaded once.
    """
    run(n)
    one, other = work_of(lambda: run(2 * n)), work_of(lambda: run(4 * n))
    assert other[0] <= TWICE * one[0] + CALLS, (one, other)
    assert other[1] <= TWICE * one[1] + BYTES, (one, other)
