"""Compiled kernels where numba is installed (the extra `speed`); the same functions in plain Python
where it is not.

A kernel is compiled once and kept beside the code, or in the user's cache where that may not be
written. Nothing is compiled, and numba is not even loaded, for work that scipy has done before
numba is up: results are the same either way.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import cache
from importlib.util import find_spec
from typing import Any, TypeVar

Function = TypeVar("Function", bound=Callable[..., Any])
LEAST_WORK = 5_000_000
"""Nodes to be searched (sources times nodes), from which on kernels are worth loading: scipy takes
a second or so for as many, numba to load."""


@cache
def available() -> bool:
    """Return whether kernels can be compiled here."""
    return find_spec("numba") is not None


def worth(nodes: float) -> bool:
    """Return whether so many nodes to be searched are to be left to kernels."""
    return nodes >= LEAST_WORK and available()


def _njit() -> Callable[..., Any]:
    # numba looks whether a module `coverage` is there, and takes any folder of that name for it
    beside = sys.modules.get("coverage")
    sys.modules["coverage"] = None  # type: ignore[assignment]
    try:
        from numba import njit
    finally:
        del sys.modules["coverage"]
        if beside is not None:
            sys.modules["coverage"] = beside
    made: Callable[..., Any] = njit
    return made


def kernel(function: Function) -> Function:
    """Compile a function when it is first called; leave it as it is without numba."""
    if not available():
        return function
    njit = _njit()
    try:
        made: Function = njit(cache=True)(function)
    except RuntimeError:  # no folder to keep compiled code in
        made = njit(function)
    return made
