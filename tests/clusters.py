"""A scheduler and two workers as separate processes of this machine, for tests."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SCRIPT = Path(__file__).parents[1] / "scripts" / "local_cluster.py"
PATIENCE_S = 300.0


@contextmanager
def local_cluster() -> Iterator[tuple[str, int]]:
    """The address of the scheduler, and the process above it and its workers. Whatever happens,
    the end is reached: what does not stop when asked is killed."""
    words = [sys.executable, str(SCRIPT), "2", "--port", "0"]
    started = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert started.stdout is not None
    try:
        yield started.stdout.readline().strip(), started.pid
    finally:
        started.send_signal(signal.SIGINT)
        try:
            started.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            started.kill()
            started.wait()
            raise
        finally:
            started.stdout.close()
