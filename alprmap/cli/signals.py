"""Ctrl-C and its kin end a command the same way, whenever they come."""

from __future__ import annotations

import _thread
import signal
import sys
import time
from contextlib import suppress

SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")
_TWICE_S = 3.0
"""An impatient second Ctrl-C within this time must not cut the tidying short."""


def heed() -> None:
    """Take SIGTERM and SIGHUP as Ctrl-C, so that a run that is told to end tidies up; once, not
    twice in a row.
    """
    last = [-10.0]
    unraisable = sys.unraisablehook

    def stop(_number: int, _frame: object) -> None:
        if time.monotonic() - last[0] > _TWICE_S:
            last[0] = time.monotonic()
            raise KeyboardInterrupt

    def swallowed(what: sys.UnraisableHookArgs) -> None:
        if not issubclass(what.exc_type, KeyboardInterrupt):
            unraisable(what)
            return
        # it came while a callback of the interpreter ran, which lets nothing out: once more, then
        last[0] = -10.0
        _thread.interrupt_main()

    sys.unraisablehook = swallowed
    for name in SIGNALS:
        number = getattr(signal, name, None)
        # what was set to be ignored (nohup) stays so; only the main thread may ask
        if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
            with suppress(ValueError):
                signal.signal(number, stop)


def ignore() -> None:
    """Heed none of them any more: the interpreter still has to end, with the exit code that was
    chosen.
    """
    for name in SIGNALS:
        if hasattr(signal, name):
            with suppress(ValueError):
                signal.signal(getattr(signal, name), signal.SIG_IGN)
