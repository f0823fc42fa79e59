"""Every call that opens, writes, syncs, renames or closes fails once: ENOSPC and EIO at the Nth, by
strace; kills.

Run as a program (``python long_faults.py FOLDER OUTPUT``) it is the driver: for each fault it forks
a writer that waits, lets strace take hold of it, and lets it go.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

sys.path[:0] = [str(Path(__file__).resolve().parent)]
ROOT = Path(__file__).resolve().parents[2]
KILLS = int(os.environ.get("ALPRMAP_FAULT_KILLS", "100"))
MOST = int(os.environ.get("ALPRMAP_FAULT_CALLS", "300"))
CALLS = {
    "open": "openat,open",
    "write": "write,pwrite64,writev,pwritev",
    "fsync": "fsync,fdatasync",
    "rename": "rename,renameat,renameat2",
    "link": "link,linkat",
    "chmod": "chmod,fchmod,fchmodat",
    "truncate": "ftruncate,truncate",
    "close": "close",
}
NAMES = (
    "parquet", "csv", "geojson", "spreadsheet", "json", "gpkg", "kmz", "html", "roads", "png", "svg", "set",
    "hand-outs",
)  # fmt: skip
"""As in `outputs`, which is heavy to import and differs in no worker."""


def allowed() -> bool:
    if not shutil.which("strace"):
        return False
    words = ["strace", "-qq", "-o", os.devnull, "true"]
    return subprocess.run(words, capture_output=True, check=False).returncode == 0


def driver(base: Path, name: str) -> dict[str, dict[str, int]]:
    """Strike every call of writing one output once, with either error."""
    import outputs
    from outputs import OUTPUTS, names, put_old, state

    output = OUTPUTS[name]
    base.mkdir()
    # what is imported on first use is imported now
    output.write(base)
    new = outputs.contents(base, output)
    told: dict[str, dict[str, int]] = {}
    for call in CALLS:
        for fault in ("ENOSPC", "EIO"):
            count: Counter[str] = Counter()
            for number in range(1, MOST + 1):
                put_old(base, output)
                code, struck = struck_writer(base, output, call, fault, number)
                if not struck:
                    break
                found = state(base, output, new)
                where = f"{name}: {call} {fault} at {number}: exit {code}, {found}, {names(base)}"
                # 0 new; 4 old; 44 a file was put in place and the folder not flushed; 45 the lock
                # was refused
                assert (code, found) in ((0, "new"), (4, "old"), (44, "new"), (45, "old")), where
                # a lock file that could not be removed goes with the next run
                assert [n for n in names(base) if not n.endswith(".lock")] == sorted(
                    output.files
                ), where
                count["refused" if code else "written all the same"] += 1
            output.write(base)
            assert names(base) == sorted(output.files)
            told[f"{call} {fault}"] = dict(count)
    return told


def struck_writer(
    base: Path, output: object, call: str, fault: str, number: int
) -> tuple[int, bool]:
    """Write in a child whose call `number` of a kind fails; return its exit code and whether the
    call came."""
    pid = os.fork()
    if pid == 0:
        os.kill(os.getpid(), signal.SIGSTOP)
        os._exit(attempt(base, output))
    os.waitpid(pid, os.WUNTRACED)
    trace = base.parent / "trace"
    words = ["strace", "-f", "-o", str(trace), "-p", str(pid), "-e", f"trace={CALLS[call]}",
             "-e", f"inject={CALLS[call]}:error={fault}:when={number}"]  # fmt: skip
    with subprocess.Popen(words, stderr=subprocess.PIPE, text=True) as strace:
        assert strace.stderr is not None
        line = strace.stderr.readline()
        assert "attached" in line, line
        os.kill(pid, signal.SIGCONT)
        _, status = os.waitpid(pid, 0)
        strace.stderr.read()
    return os.waitstatus_to_exitcode(status), "(INJECTED)" in trace.read_text()


def attempt(base: Path, output: object) -> int:
    """Write; return 0, 4 (unchanged), 44 (written, not confirmed), 45 (no lock), 1 for any other
    error."""
    from alprmap import errors

    try:
        output.write(base)  # type: ignore[attr-defined]
    except errors.StorageError as error:
        if "does not confirm" in str(error):
            return 44
        return 4 if "unchanged" in str(error) else 45
    except BaseException as error:
        os.write(2, f"{type(error).__name__}: {error}\n".encode())
        return 1
    return 0


@pytest.mark.skipif(not allowed(), reason="strace is not here or not allowed")
@pytest.mark.parametrize("name", NAMES)
def test_the_nth_call_fails(name: str, tmp_path: Path) -> None:
    words = [sys.executable, "-B", __file__, str(tmp_path / "here"), name]
    done = subprocess.run(words, capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    for call, count in told.items():
        print(f"{name}: {call}: {count}")
    assert told["write ENOSPC"]["refused"]
    assert told["rename EIO"]["refused"]


def contents(folder: Path) -> dict[str, bytes]:
    return {
        p.relative_to(folder).as_posix(): p.read_bytes()
        for p in sorted(folder.rglob("*"))
        if p.is_file()
    }


def run(words: list[str], folder: Path) -> int:
    return subprocess.run(words, capture_output=True, check=False, cwd=folder).returncode


def rows_of(n: int) -> str:
    """A list of `n` readers, one on each corner of a grid."""
    rows = (
        f"{i},{27.5 + i % 71 / 500:.4f},{-99.5 + i // 71 / 500:.4f},{i % 360}\n" for i in range(n)
    )
    return "id,lat,lon,direction\n" + "".join(rows)


def kill_at(words: list[str], folder: Path, after_s: float) -> None:
    process = subprocess.Popen(
        words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=folder
    )
    time.sleep(after_s)
    process.kill()
    process.wait()


def test_kill_at_random_moments_of_a_build(tmp_path: Path) -> None:
    """kill -9 of `alprmap demo`: the folder is the old result or the new one, and the next run
    tidies up."""
    out = tmp_path / "out"
    words = [sys.executable, "-m", "alprmap", "demo", "--out", str(out)]
    began = time.monotonic()
    assert run(words, tmp_path) in (0, 3)
    long_s = time.monotonic() - began
    whole = contents(out)
    chance = random.Random(7)
    new = 0
    for _ in range(KILLS):
        (out / "reach.csv").write_text("damaged")
        damaged = contents(out)
        kill_at(words, tmp_path, chance.uniform(0.0, long_s))
        found = contents(out)
        assert found in (damaged, whole)
        new += found == whole
    assert run(words, tmp_path) in (0, 3)
    assert contents(out) == whole
    assert [p.name for p in tmp_path.iterdir()] == ["out"]
    print(f"demo: {KILLS} kills, {new} after the exchange")


def test_kill_at_random_moments_of_a_merge(tmp_path: Path) -> None:
    """kill -9 of `alprmap merge --out`: a reader finds one whole set, the next run leaves no trace
    of it."""
    lists = []
    for k in range(2):
        lists.append(tmp_path / f"in{k}.csv")
        lists[k].write_text(rows_of(3000 + 500 * k))
    folder = tmp_path / "here"
    folder.mkdir()
    words = [
        sys.executable,
        "-m",
        "alprmap",
        "merge",
        "--out",
        str(folder / "a.parquet"),
        "--force",
    ]
    sets = []
    began = time.monotonic()
    for path in lists:
        assert run([*words, str(path)], tmp_path) in (0, 3)
        sets.append(contents(folder))
    long_s = (time.monotonic() - began) / 2
    show = [sys.executable, "-c", "import sys, pathlib; from alprmap.merge import files; "
            "files.load_merge(pathlib.Path(sys.argv[1]))", str(folder / "a.parquet")]  # fmt: skip
    chance = random.Random(7)
    torn = new = 0
    for number in range(KILLS):
        before = contents(folder)
        # most of the moments near the end, where the writing is
        after_s = long_s * (chance.uniform(0.6, 1.02) if number % 4 else chance.uniform(0.0, 1.0))
        kill_at([*words, str(lists[number % 2])], tmp_path, after_s)
        torn += {k: v for k, v in contents(folder).items() if not k.startswith(".")} not in sets
        assert run(show, tmp_path) == 0
        found = {k: v for k, v in contents(folder).items() if not k.startswith(".")}
        assert found in sets
        new += found != before
    assert run([*words, str(lists[0])], tmp_path) in (0, 3)
    assert contents(folder) == sets[0]
    print(f"merge: {KILLS} kills, {new} left the new set, {torn} between two renames")


@pytest.mark.skipif(not allowed(), reason="strace is not here or not allowed")
def test_kill_at_every_rename_of_a_merge(tmp_path: Path) -> None:
    """kill -9 at the Nth rename, by strace: whatever stands there, a reader finds one whole set."""
    source, folder = tmp_path / "in.csv", tmp_path / "here"
    folder.mkdir()
    words = [
        sys.executable,
        "-B",
        "-m",
        "alprmap",
        "merge",
        str(source),
        "--out",
        str(folder / "a.parquet"),
        "--force",
    ]
    sets = []
    for rows in (3, 5):
        source.write_text(rows_of(rows))
        assert run(words, tmp_path) in (0, 3)
        sets.append(contents(folder))
    show = [sys.executable, "-c", "import sys, pathlib; from alprmap.merge import files; "
            "files.load_merge(pathlib.Path(sys.argv[1]))", str(folder / "a.parquet")]  # fmt: skip
    torn = points = 0
    for number in range(1, 40):
        source.write_text(rows_of((3, 5)[number % 2]))
        renames = CALLS["rename"]
        code = run(["strace", "-f", "-qq", "-o", os.devnull, "-e", f"trace={renames}",
                    "-e", f"inject={renames}:signal=SIGKILL:when={number}", *words], tmp_path)  # fmt: skip
        torn += {k: v for k, v in contents(folder).items() if not k.startswith(".")} not in sets
        assert run(show, tmp_path) == 0
        found = {k: v for k, v in contents(folder).items() if not k.startswith(".")}
        assert found in sets
        if code in (0, 3):
            break
        points += 1
    assert run(words, tmp_path) in (0, 3)
    assert contents(folder) in sets
    print(f"merge: killed at each of {points} renames, {torn} times between two of one set")
    assert torn > 4


@pytest.mark.skipif(not allowed(), reason="strace is not here or not allowed")
@pytest.mark.parametrize("fault", ["ENOSPC", "EIO"])
@pytest.mark.parametrize("call", ["fsync", "rename", "link", "chmod"])
def test_the_command_ends_with_4(call: str, fault: str, tmp_path: Path) -> None:
    """`alprmap read --out` with the Nth call refused: exit 4 and the old files, or 0 and the new
    ones."""
    source, folder = tmp_path / "in.csv", tmp_path / "here"
    folder.mkdir()
    words = [
        sys.executable,
        "-B",
        "-m",
        "alprmap",
        "read",
        str(source),
        "--force",
        "--out",
        str(folder / "r.geojson"),
    ]
    sets = []
    for rows in (3, 5):
        source.write_text(rows_of(rows))
        assert run(words, tmp_path) == 0
        sets.append(contents(folder))
    refused = 0
    for number in range(1, 40):
        source.write_text(rows_of((3, 5)[number % 2]))
        assert run(words, tmp_path) == 0
        assert contents(folder) == sets[number % 2]
        source.write_text(rows_of((5, 3)[number % 2]))
        trace = tmp_path / "trace"
        strace = ["strace", "-f", "-qq", "-o", str(trace), "-e", f"trace={CALLS[call]}",
                  "-e", f"inject={CALLS[call]}:error={fault}:when={number}"]  # fmt: skip
        done = subprocess.run(
            [*strace, *words], capture_output=True, text=True, check=False, cwd=tmp_path
        )
        assert done.returncode in (0, 4), done.stderr
        assert contents(folder) == sets[number % 2 if done.returncode else 1 - number % 2]
        assert not done.returncode or "your existing files are unchanged" in done.stderr
        refused += done.returncode == 4
        if "(INJECTED)" not in trace.read_text():
            break
    print(f"read --out: {call} {fault}: {refused} refused with exit 4")
    assert refused or call == "link"


def test_eight_commands_at_once(tmp_path: Path) -> None:
    """Eight runs with one --out: one or more write, the others are told so; the set is whole."""
    folder = tmp_path / "here"
    folder.mkdir()
    runs = []
    for k in range(8):
        source = tmp_path / f"in{k}.csv"
        source.write_text(rows_of(10 + k))
        words = [
            sys.executable,
            "-m",
            "alprmap",
            "merge",
            str(source),
            "--out",
            str(folder / "a.parquet"),
            "--force",
        ]
        runs.append(subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
    codes = Counter(r.wait() for r in runs)
    assert set(codes) <= {0, 3, 5}
    assert codes[0] + codes[3]
    from alprmap.merge import files
    from alprmap.store import formats as tables

    merged = files.load_merge(folder / "a.parquet")
    reports = tables.read_parquet(folder / "a.reports.parquet", "reports")
    assert len(reports) in range(10, 18)
    assert len(merged.links) + merged.review["camera_id"].isna().sum() == len(reports)
    assert not [n for n in contents(folder) if n.startswith(".")]
    print(f"eight at once: {dict(codes)}")


if __name__ == "__main__":
    sys.stdout.write(json.dumps(driver(Path(sys.argv[1]), sys.argv[2])) + "\n")
