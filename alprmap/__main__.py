"""`alprmap` and `python -m alprmap`: the command line, from its first moment on.

The command line itself takes a while to load; who presses Ctrl-C meanwhile gets the same answer as
later."""

from __future__ import annotations

import os
import signal


def main() -> None:
    """Run the command line and exit with the code of docs/cli.md."""
    # what was set to be ignored (nohup) stays so
    if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:
        signal.signal(signal.SIGINT, _leave)
    from alprmap.cli import main as run

    run()


def _leave(_number: int, _frame: object) -> None:
    """End at once: nothing was begun, and the interpreter's own way out would show where it was."""
    os.write(2, b"alprmap: interrupted; your existing files are unchanged\n")
    os._exit(130)


if __name__ == "__main__":
    main()
