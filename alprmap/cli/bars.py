"""What a person at a terminal sees while a command works: bars with a rate and what is left.

`alprmap.cli.guard` puts every command under `shown`, so that whatever the wings tell
(`alprmap.steps`) is seen, and a new command has nothing to remember.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from alprmap import steps
from alprmap.errors import one_line

AFTER_S = 1.0
"""Work that ends sooner shows nothing: a bar that flashes says nothing."""
_NOW: list[Bars] = []
"""The bars of the command that runs, if it shows any."""


def rate_of(speed: float | None) -> str:
    """Return how fast a step follows the other, as a bar says it.

    >>> rate_of(1234.5), rate_of(0.25), rate_of(None)
    ('1,234/s', '4.0 s each', '')
    """
    if not speed:
        return ""
    return f"{speed:,.0f}/s" if speed >= 1 else f"{1 / speed:,.1f} s each"


def is_seen() -> bool:
    """Tell whether a person sees stderr."""
    return sys.stderr.isatty()


@contextmanager
def shown(command: str, *, quiet: bool) -> Iterator[None]:
    """Show on a terminal's stderr what is told inside, with rate and what is left; nothing
    elsewhere or where it is to be quiet."""
    if quiet or not is_seen():
        yield
        return
    bars = Bars()
    _NOW.append(bars)
    try:
        with steps.heard(bars.report):
            bars.report(command, 0, 0)
            yield
    finally:
        _NOW.remove(bars)
        bars.close()


def aside() -> None:
    """Take the bars off the screen, before something is printed or asked; what is told next brings
    them back."""
    for bars in _NOW:
        bars.hide()


class Bars:
    """The bars of one command: they come up when it has worked for `AFTER_S`, and leave nothing."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._tasks: dict[str, Any] = {}
        self._bar: Any = None
        self._due = self._wanted = False
        self._timer = threading.Timer(AFTER_S, self._begin)
        self._timer.daemon = True
        if AFTER_S > 0:
            self._timer.start()
        else:
            self._begin()

    def report(self, what: str, done: int, total: int) -> None:
        """Take what was told: (what, done, total); total 0 when it is not known."""
        with self._lock:
            self._bar = self._bar or _made()
            if what not in self._tasks:
                self._tidy()
                label = one_line(what).replace("[", "(")
                self._tasks[what] = self._bar.add_task(label, total=total or None)
            task = self._tasks[what]
            self._bar.update(task, completed=done, total=total or None, visible=True)
            self._wanted = True
            if self._due:
                self._bar.start()

    def hide(self) -> None:
        """Leave the screen until more is told."""
        with self._lock:
            self._wanted = False
            if self._bar is not None:
                self._bar.stop()

    def close(self) -> None:
        """Leave the screen for good."""
        self._timer.cancel()
        self._due = False
        self.hide()

    def _begin(self) -> None:
        with self._lock:
            self._due = True
            if self._wanted:
                self._bar.start()

    def _tidy(self) -> None:
        """Take away the lines of what is over: a step that is done, or one that had no count."""
        for task in self._bar.tasks:
            if task.finished or task.total is None:
                self._bar.update(task.id, visible=False)


def _made() -> Any:
    from rich.console import Console
    from rich.progress import Progress, ProgressColumn, Task, TimeElapsedColumn
    from rich.text import Text

    class Rate(ProgressColumn):
        """Steps in a second, or seconds a step where they take longer."""

        def render(self, task: Task) -> Text:
            return Text(rate_of(task.finished_speed or task.speed))

    columns = (*Progress.get_default_columns(), TimeElapsedColumn(), Rate())
    # what is printed goes where it is sent: rich would turn stdout to this terminal
    return Progress(
        *columns,
        console=Console(stderr=True, force_terminal=True),
        transient=True,
        redirect_stdout=False,
        redirect_stderr=False,
    )
