"""Start a Dask scheduler and workers as separate processes on this machine, until interrupted.

    python scripts/local_cluster.py 2
    alprmap watch cameras.parquet --roads roads --scheduler tcp://127.0.0.1:8786

The first line on stdout is the address. Nothing listens beyond this machine, no dashboard is
served. On many machines run `dask scheduler` and `dask worker` there, with Dask's TLS certificates
(docs/scale.md).
"""

from __future__ import annotations

import argparse
import json
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HOST = "127.0.0.1"
PATIENCE_S = 300.0


def _address(file: Path, scheduler: subprocess.Popen[bytes]) -> str:
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end and scheduler.poll() is None:
        try:
            return str(json.loads(file.read_text(encoding="utf-8"))["address"])
        except (OSError, ValueError, KeyError):
            time.sleep(0.1)
    raise SystemExit("the scheduler did not start")


def main() -> None:
    """Start, say the address, wait."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("workers", type=int, nargs="?", default=2)
    parser.add_argument("--port", type=int, default=8786, help="0 for any free one")
    wanted = parser.parse_args()
    # a shell that starts this in the background has SIGINT ignored, which would be inherited
    for ends in (signal.SIGINT, signal.SIGTERM):
        signal.signal(ends, signal.default_int_handler)
    dask = [sys.executable, "-m", "dask"]
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "scheduler.json"
        listen = [
            "--host",
            HOST,
            "--port",
            str(wanted.port),
            "--no-dashboard",
            "--dashboard-address",
            f"{HOST}:0",
        ]
        started = [subprocess.Popen([*dask, "scheduler", *listen, "--scheduler-file", str(file)])]
        try:
            address = _address(file, started[0])
            worker = [*dask, "worker", address, "--host", HOST, "--nthreads", "1"]
            for number in range(wanted.workers):
                scratch = Path(folder) / str(number)
                started.append(
                    subprocess.Popen([*worker, "--no-dashboard", "--local-directory", str(scratch)])
                )
            print(address, flush=True)
            started[0].wait()
        except KeyboardInterrupt:
            pass
        finally:
            for process in reversed(started):
                process.terminate()
            for process in started:
                process.wait()


if __name__ == "__main__":
    main()
