"""Coverage-guided fuzzing of the readers with atheris: only our own errors may leave them.

python tests/long/fuzz.py [--seconds 300] [--corpus DIR] [KIND…]

Each kind runs in a process of its own, the reader inside it (not behind the wall), from the seeds of
tests/test_sources_fuzz.py. What was found is kept in the corpus folder. atheris is no dependency:
install it first.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
KINDS = ["kml", "gpx", "json", "csv", "xlsx", "gpkg", "parquet", "zip", "wkb", "direction"]
SEEDS = {
    "json": b'{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"id":1},'
            b'"geometry":{"type":"Point","coordinates":[-99.5,27.5]}}]}',
    "csv": b'id,lat,lon,operator\n1,27.5,-99.5,"Laredo, PD"\n',
    "wkb": bytes.fromhex("0101000000000000000000f03f000000000000f03f"),
    "direction": b"0-45;180-225",
}  # fmt: skip


def one(kind: str, seconds: int, corpus: Path) -> None:
    """Fuzz one kind in this process."""
    import atheris

    sys.path[:0] = [str(ROOT), str(ROOT / "tests")]
    with atheris.instrument_imports(include=["alprmap"]):
        from alprmap import direction
        from alprmap.errors import AlprmapError
        from alprmap.sources import archives, intake, readers, wkb

    folder = Path(tempfile.mkdtemp())
    path = folder / f"fuzz.{kind}"

    def read(data: bytes) -> None:
        if kind == "wkb":
            wkb.middle(data)
            return
        if kind == "direction":
            direction.parse(data.decode("utf-8", "replace"))
            return
        path.write_bytes(data)
        checked = intake.check(path)
        if checked.kind == "zip":
            with archives.members(checked):
                return
        tables = readers.within(checked, {}) if checked.kind in readers.ISOLATED else readers.read(checked, {})
        for table in tables:
            for number, _ in enumerate(table.rows):
                if number > 5000:
                    break

    def test(data: bytes) -> None:
        try:
            read(data)
        except (AlprmapError, RecursionError, MemoryError):
            return

    corpus.mkdir(parents=True, exist_ok=True)
    if kind in SEEDS:
        (corpus / "seed").write_bytes(SEEDS[kind])
    else:
        import test_sources_fuzz

        (corpus / "seed").write_bytes(test_sources_fuzz._seed(kind, folder))
    words = [
        f"-max_total_time={seconds}",
        "-rss_limit_mb=4096",
        "-max_len=65536",
        f"-artifact_prefix={corpus}/found-",
    ]
    atheris.Setup([sys.argv[0], *words, str(corpus)], test)
    atheris.Fuzz()


def main() -> int:
    """Fuzz the kinds named, all by default; exit 1 when one of them fell."""
    parser = argparse.ArgumentParser()
    parser.add_argument("kinds", nargs="*")
    parser.add_argument("--seconds", type=int, default=300)
    parser.add_argument("--corpus", type=Path, default=ROOT / ".fuzz")
    parser.add_argument("--here", action="store_true", help="one kind, in this process")
    given = parser.parse_args()
    if given.here:
        one(given.kinds[0], given.seconds, given.corpus / given.kinds[0])
        return 0
    fallen = []
    for kind in given.kinds or KINDS:
        words = [
            sys.executable,
            __file__,
            "--here",
            kind,
            "--seconds",
            str(given.seconds),
            "--corpus",
            str(given.corpus),
        ]
        done = subprocess.run(words, capture_output=True, text=True, check=False)
        last = [line for line in done.stderr.splitlines() if line.strip()][-1:]
        print(f"{kind}: {'fell' if done.returncode else 'held'}  {last[0] if last else ''}", flush=True)
        if done.returncode:
            fallen.append(kind)
            print(done.stderr[-3000:])
    return bool(fallen)


if __name__ == "__main__":
    sys.exit(main())
