"""Coverage-guided fuzzing of every reader with atheris: only our own errors may leave them.

python tests/long/fuzz.py [--seconds 300] [--corpus DIR] [--keep] [KIND…]

Each kind of `tests/fuzz_targets.py` runs in a process of its own, the reader inside it (not behind
the wall), from the seeds made by code and those kept in tests/seeds. A fault that Python can catch
is noted once with its input and the run goes on; after a crash, a hang of 60 s or 2 GB it starts
again for the time that is left. `--keep` writes small inputs of the corpus into tests/seeds, some
kB for each kind; with `--seconds 0` only that."""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import logging
import os
import re
import subprocess
import sys
import tempfile
import time
import traceback
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests"), str(ROOT / "tests" / "sources")]
SLOW_S = 5.0
"""Processor time one input may take: more is a finding (readers get 20 s and 4 s for each MB)."""
HANG_S, MOST_MB, MOST_BYTES = 60, 2_048, 131_072
MOST_STARTS = 20
KEEP_BYTES = 6_000
"""Characters of tests/seeds kept for each kind."""
KEEP_ONE = 600


def one(kind: str, words: list[str], found: Path) -> None:
    """Fuzz one kind in this process; faults go to the folder `found`, one file each and a line in
    its index."""
    import atheris

    with atheris.instrument_imports(
        include=["alprmap", "pdfplumber", "pdfminer", "networkx.readwrite"]
    ):
        import fuzz_targets

        from alprmap.errors import AlprmapError
        from alprmap.sandbox import wall
        from alprmap.sources.formats import readers

        os.environ |= {
            "GDAL_SKIP": wall._SKIP,
            "OGR_SKIP": wall._SKIP,
            "GDAL_DISABLE_READDIR_ON_OPEN": "EMPTY_DIR",
        }
        for room in readers.ISOLATED:
            readers.load({"kind": room})
        notes = Notes(found)
        test = fuzz_targets.target(kind, Path(tempfile.mkdtemp()), lambda error: notes.weak(error))
    logging.disable()

    def run(data: bytes) -> None:
        began = time.process_time()
        notes.data = data
        try:
            test(data)
        except AlprmapError as error:
            if "\n" in str(error):
                notes.fault(error, "more than one line")
        except Exception as error:
            notes.fault(error, "not our own")
        if time.process_time() - began > SLOW_S:
            notes.fault(TimeoutError(f"{time.process_time() - began:.1f} s"), "slow")

    atheris.Setup([sys.argv[0], *words], run)
    atheris.Fuzz()


class Notes:
    """Faults met, each kind of fault once: what, where in our code, and the input."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.data = folder, b""
        folder.mkdir(parents=True, exist_ok=True)
        self.met: set[str] = set()

    def weak(self, error: BaseException) -> None:
        """Note what the child process turns into a refusal: no fault, but worth a look."""
        self.fault(error, "caught by the wall")

    def fault(self, error: BaseException, what: str) -> None:
        """Note a fault unless one of the same kind at the same line is there."""
        ours = [f for f in traceback.extract_tb(error.__traceback__) if "/alprmap/" in f.filename]
        place = f"{Path(ours[-1].filename).name}:{ours[-1].lineno}" if ours else "-"
        key = f"{what}|{type(error).__name__}|{place}"
        if key in self.met:
            return
        self.met.add(key)
        name = hashlib.sha256(key.encode()).hexdigest()[:12]
        (self.folder / name).write_bytes(self.data)
        told = {
            "key": key,
            "file": name,
            "says": str(error)[:300],
            "trace": traceback.format_exception(error)[-4:],
        }
        with (self.folder / "index.jsonl").open("a") as out:
            out.write(json.dumps(told) + "\n")


def campaign(kind: str, seconds: int, home: Path) -> dict[str, Any]:
    """Fuzz one kind for so long in child processes; return runs, coverage and what was found."""
    import fuzz_targets

    corpus, found = home / kind, home / f"{kind}.found"
    corpus.mkdir(parents=True, exist_ok=True)
    found.mkdir(exist_ok=True)
    (found / "index.jsonl").unlink(missing_ok=True)
    for data in fuzz_targets.seeds(kind):
        (corpus / hashlib.sha1(data).hexdigest()).write_bytes(data)
    result: dict[str, Any] = {
        "kind": kind,
        "seconds": 0,
        "runs": 0,
        "starts": 0,
        "edges": 0,
        "died": [],
    }
    ends = time.monotonic() + seconds
    while (left := int(ends - time.monotonic())) > 5 and result["starts"] < MOST_STARTS:
        words = [f"-max_total_time={left}", f"-rss_limit_mb={MOST_MB}", f"-timeout={HANG_S}"]
        words += [f"-max_len={MOST_BYTES}", f"-artifact_prefix={found}/", str(corpus)]
        began = time.monotonic()
        log = home / f"{kind}.{result['starts']}.log"
        with log.open("w") as out:
            command = [
                sys.executable,
                __file__,
                "--here",
                kind,
                "--found",
                str(found),
                "--",
                *words,
            ]
            code = subprocess.run(command, stdout=out, stderr=out, check=False).returncode
        text = log.read_text(errors="replace")
        result["starts"] += 1
        result["seconds"] += round(time.monotonic() - began)
        result["runs"] += int((re.findall(r"^#(\d+)\s", text, re.M) or ["0"])[-1])
        result["edges"] = max([result["edges"], *map(int, re.findall(r" cov: (\d+)", text))])
        if code:
            said = [line for line in text.splitlines() if "ERROR" in line or "Error" in line]
            result["died"].append((said or text.splitlines()[-1:] or ["?"])[-1][:200])
    index = found / "index.jsonl"
    result["found"] = (
        [json.loads(line) for line in index.read_text().splitlines()] if index.exists() else []
    )
    return result


def keep(kind: str, home: Path) -> int:
    """Write inputs of the corpus, each of which reached something new, into tests/seeds; return how
    many.

    Of those that are small, as many as have room, spread evenly over their sizes.
    """
    import fuzz_targets

    inputs = sorted({p.read_bytes() for p in (home / kind).iterdir()}, key=lambda d: (len(d), d))
    lines = [base64.b64encode(d).decode() for d in inputs if 0 < len(d) <= KEEP_ONE]
    step = 1
    while sum(map(len, lines[::step])) > KEEP_BYTES:
        step += 1
    fuzz_targets.SEEDS.mkdir(exist_ok=True)
    (fuzz_targets.SEEDS / f"{kind}.txt").write_text("".join(f"{line}\n" for line in lines[::step]))
    return len(lines[::step])


def main() -> int:
    """Fuzz the kinds named, all by default; exit 1 when something but our own errors came of it."""
    if "--here" in sys.argv:
        at = sys.argv.index("--here")
        one(sys.argv[at + 1], sys.argv[at + 5 :], Path(sys.argv[at + 3]))
        return 0
    import fuzz_targets

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kinds", nargs="*", help=", ".join(fuzz_targets.KINDS))
    parser.add_argument("--seconds", type=int, default=300)
    parser.add_argument("--corpus", type=Path, default=Path(tempfile.gettempdir()) / "alprmap-fuzz")
    parser.add_argument("--keep", action="store_true", help="keep small inputs in tests/seeds")
    given = parser.parse_args()
    fallen = False
    for kind in given.kinds or fuzz_targets.KINDS:
        if given.seconds <= 0:
            print(f"{kind}: kept {keep(kind, given.corpus)} seeds", flush=True)
            continue
        done = campaign(kind, given.seconds, given.corpus)
        (given.corpus / f"{kind}.json").write_text(json.dumps(done, indent=1))
        hard = [f for f in done["found"] if not f["key"].startswith("caught")]
        fallen |= bool(hard or done["died"])
        line = f"{kind}: {done['runs']:,} inputs in {done['seconds']} s, {done['edges']:,} edges, "
        print(
            line
            + (
                f"{len(hard)} faults, {len(done['died'])} deaths"
                if hard or done["died"]
                else "held"
            ),
            flush=True,
        )
        for fault in done["found"]:
            print(f"    {fault['key']}: {fault['says'][:120]}  [{fault['file']}]", flush=True)
        for death in done["died"]:
            print(f"    died: {death}", flush=True)
        if given.keep:
            print(f"    kept {keep(kind, given.corpus)} seeds", flush=True)
    return int(fallen)


if __name__ == "__main__":
    sys.exit(main())
