"""A search log of many million rows, made by repeating the vendor's layout: seconds, memory, sums.

    python benchmarks/searches.py [--rows 17000000] [--log FILE] [--keep FILE]

The log is the made-up network audit of 20,000 rows and 14 columns, repeated with new ids, so that
every row is a search of its own. Printed: seconds by the clock and of both processors (reader and
parent), the largest memory of each, and whether every table adds up to the rows read."""

from __future__ import annotations

import argparse
import gzip
import resource
import tempfile
import threading
import time
from pathlib import Path

from alprmap.access import Searches, measure_searches

ROOT = Path(__file__).resolve().parent.parent
LOG = ROOT.parent / "shared/data/records/audit-2026/SYNTHETIC-network-audit-2026-05.csv.gz"
TOTALED = ("reasons", "organizations", "months", "hours", "networks", "network_months", "files")
ID = 8
"""Characters of an id that are replaced by a running number."""


def write_log(source: Path, target: Path, rows: int) -> None:
    """Write a log of `rows` rows with the layout and the values of `source`, ids all different."""
    text = gzip.decompress(source.read_bytes()).decode("utf-8-sig")
    head, _, rest = text.partition("\r\n")
    # a record ends at CRLF; the line break inside a time frame is a bare LF
    tails = [line[ID:] for line in rest.split("\r\n") if line]
    with target.open("w", encoding="utf-8", newline="") as file:
        file.write(f"\ufeff{head}\r\n")
        for start in range(0, rows, len(tails)):
            some = tails[: rows - start]
            file.write("".join([f"{start + i:0{ID}x}{tail}\r\n" for i, tail in enumerate(some)]))


def used() -> tuple[float, float, float]:
    """Return seconds of all processors so far, and the peak memory of parent and reader in GiB."""
    own, child = (resource.getrusage(w) for w in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    seconds = own.ru_utime + own.ru_stime + child.ru_utime + child.ru_stime
    return seconds, own.ru_maxrss / 1024**2, child.ru_maxrss / 1024**2


class Together(threading.Thread):
    """Looks twenty times a second how much memory parent and reader hold at once."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.most_gib = 0.0
        self.ended = threading.Event()

    def run(self) -> None:
        """Keep the largest sum until told to end."""
        import psutil

        own = psutil.Process()
        while not self.ended.wait(0.05):
            try:
                both = [own, *own.children(recursive=True)]
                held = sum(p.memory_info().rss for p in both) / 1024**3
            except psutil.Error:  # a child that ended meanwhile
                continue
            self.most_gib = max(self.most_gib, held)


def sums(found: Searches) -> dict[str, int]:
    """Return what each table adds up to."""
    return {name: int(found.made[name]["rows"].sum()) for name in TOTALED}


def main() -> None:
    """Write the log, read it, print what it took."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rows", type=int, default=17_000_000)
    options.add_argument("--log", type=Path, default=LOG)
    options.add_argument("--keep", type=Path, help="leave the written log there, or take it")
    asked = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = asked.keep or Path(folder) / "alder-oh-pd-network-audit-2026-05.csv"
        if not path.exists():
            write_log(asked.log, path, asked.rows)
        before, start = used()[0], time.perf_counter()
        together = Together()
        together.start()
        found = measure_searches([path])
        together.ended.set()
        clock = time.perf_counter() - start
        # the reader's use is told once it has ended
        from alprmap.sandbox import close_child

        close_child()
        after, parent, child = used()
        print(f"{found.rows_read:,} rows, {path.stat().st_size / 1e9:.1f} GB")
        print(f"{clock:.1f} s by the clock, {after - before:.1f} s of processors")
        print(
            f"peak memory {parent:.2f} GiB (parent), {child:.2f} GiB (reader),"
            f" {together.most_gib:.2f} GiB of both at once"
        )
        wrong = {k: v for k, v in sums(found).items() if v != found.rows_read}
        print(f"tables that do not add up to the rows read: {wrong or 'none'}")


if __name__ == "__main__":
    main()
