"""What long work tells while it runs: which step, and how many of how many.

The work does not know who listens: a terminal, a notebook, nobody. A function that takes longer
than two seconds on the cameras of a nation tells its steps here; the command line listens to all of
it, so that a command needs to hand nothing down.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sized
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeVar

T = TypeVar("T")
Progress = Callable[[str, int, int], None]
"""What is told: (what, done, total); total 0 when it is not known."""


def silent(_what: str, _done: int, _total: int) -> None:
    """Listen to nothing."""


_LISTENER: ContextVar[Progress] = ContextVar("alprmap_steps", default=silent)


def tell(what: str, done: int = 0, total: int = 0) -> None:
    """Tell whoever listens that `done` of `total` steps of `what` are done.

    Parameters
    ----------
    what
        A few words; what is told under the same words is the same step.
    done, total
        Counts of whatever is counted (rows, cameras, polygons); total 0 when it is not known.
    """
    _LISTENER.get()(what, done, total)


@contextmanager
def heard(listener: Progress) -> Iterator[None]:
    """Hand what is told inside to `listener`, a function of (what, done, total).

    Parameters
    ----------
    listener
        Called from the thread that works; what it raises ends the work.

    >>> said = []
    >>> with heard(lambda *told: said.append(told)):
    ...     for name in each(["a", "b"], "reading"):
    ...         pass
    >>> said
    [('reading', 0, 2), ('reading', 1, 2), ('reading', 2, 2)]
    """
    before = _LISTENER.set(listener)
    try:
        yield
    finally:
        _LISTENER.reset(before)


def each(things: Iterable[T], what: str, total: int | None = None) -> Iterator[T]:
    """Yield `things` one by one, and tell how many are done.

    Parameters
    ----------
    things
        Whatever is worked through.
    what
        The name of the step.
    total
        How many there are; their length where they have one, else unknown.
    """
    known = len(things) if isinstance(things, Sized) else 0
    many = known if total is None else total
    done = 0
    for done, thing in enumerate(things):
        tell(what, done, many)
        yield thing
        done += 1
    tell(what, done, many)


def course(what: str, total: int) -> Callable[[], None]:
    """Return a function that tells that one more of `total` parts of a step is done.

    For work that is no loop: a line of arithmetic on whole tables after another.

    >>> said = []
    >>> with heard(lambda *told: said.append(told)):
    ...     part = course("merging", 2)
    ...     part()
    ...     part()
    >>> said
    [('merging', 0, 2), ('merging', 1, 2), ('merging', 2, 2)]
    """
    done = 0

    def part() -> None:
        nonlocal done
        done += 1
        tell(what, min(done, total), total)

    tell(what, 0, total)
    return part
