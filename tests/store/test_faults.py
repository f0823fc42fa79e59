"""Writes under fire: a file that may not grow, a full disk, a killed writer, eight writers at once.

After each, the target is the old file or the new one, whole, nothing is left beside it, and no
failure was called a success. The environment variables ALPRMAP_FAULT_STEPS and ALPRMAP_FAULT_KILLS
make the sweeps longer."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pytest

from alprmap import schema
from alprmap.errors import StorageError
from alprmap.store import formats as tables
from alprmap.store import whole as store

STEPS = int(os.environ.get("ALPRMAP_FAULT_STEPS", "6"))
KILLS = int(os.environ.get("ALPRMAP_FAULT_KILLS", "8"))
SUFFIXES = store.SUFFIXES["table"]

pytestmark = pytest.mark.skipif(
    os.name != "posix", reason="needs resource limits and signals of POSIX"
)


def cameras(n: int, name: str = "old") -> pd.DataFrame:
    frame = pd.DataFrame(
        {
            "camera_id": [f"cam-{i:06d}" for i in range(n)],
            "lon": [-99.0 + i / 1e4 for i in range(n)],
            "lat": [27.0 + i / 1e4 for i in range(n)],
            "operator": [f"{name} {i * 7919 % 104729}" for i in range(n)],
            "n_reports": [1] * n,
            "n_sources": [1] * n,
        }
    )
    return schema.conform(frame, "cameras")


def only(folder: Path) -> list[str]:
    return sorted(p.name for p in folder.iterdir())


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_file_that_may_not_grow_leaves_the_old_one(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"c{suffix}"
    store.write_table(cameras(2000, "new"), path)
    size = path.stat().st_size
    store.write_table(cameras(3), path)
    before = path.read_bytes()
    code = (
        "import sys, resource, signal; sys.path[:0] = [sys.argv[3]]\n"
        "from pathlib import Path\n"
        "from test_faults import cameras\n"
        "from alprmap import store, errors\n"
        "frame = cameras(2000, 'new')\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "for limit in map(int, sys.argv[2].split(',')):\n"
        "    hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]\n"
        "    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, hard))\n"
        "    try:\n"
        "        store.write_table(frame, Path(sys.argv[1]))\n"
        "    except errors.StorageError as error:\n"
        "        assert 'unchanged' in str(error), error\n"
        "    else:\n"
        "        sys.exit(f'{limit} bytes were called a success')\n"
    )
    limits = ",".join(str(size * k // (STEPS + 1)) for k in range(STEPS + 1))
    done = subprocess.run(
        [sys.executable, "-c", code, str(path), limits, str(Path(__file__).parent)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert path.read_bytes() == before
    assert only(tmp_path) == [path.name]


@pytest.fixture
def small_disk(tmp_path: Path) -> Path:
    """A disk of 256 kB, where this system lets us mount one."""
    disk = tmp_path / "disk"
    disk.mkdir()
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(disk)],
        capture_output=True,
        check=False,
    )
    if done.returncode:
        pytest.skip("may not mount a small disk here")
    try:
        yield disk
    finally:
        subprocess.run(["umount", str(disk)], check=True)


@pytest.mark.slow
@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_full_disk_leaves_the_old_file(small_disk: Path, suffix: str) -> None:
    path = small_disk / f"c{suffix}"
    store.write_table(cameras(3), path)
    before = path.read_bytes()
    filler = small_disk / "filler"
    refused, room = 0, 224_000 - len(before) // 4_096 * 4_096
    for step in range(STEPS):
        filler.write_bytes(b"x" * (room - 8_192 * (step % 24)))
        try:
            store.write_table(cameras(4000, f"new{step}"), path)
        except StorageError:
            refused += 1
            assert path.read_bytes() == before
        else:
            assert tables.count_rows(path) == 4000
            store.write_table(cameras(3), path)
        assert only(small_disk) == [path.name, "filler"]
    assert refused, "the disk was never full"


@pytest.mark.slow
def test_a_killed_writer_leaves_one_whole_file(tmp_path: Path) -> None:
    path = tmp_path / "c.parquet"
    code = (
        "import sys; sys.path[:0] = [sys.argv[2]]\n"
        "from pathlib import Path\n"
        "from test_faults import cameras\n"
        "from alprmap import store\n"
        "frames = [cameras(n, 'x') for n in (500, 1500)]\n"
        "print('go', flush=True)\n"
        "for i in range(100000): store.write_table(frames[i % 2], Path(sys.argv[1]))\n"
    )
    chance = random.Random(7)
    for _ in range(KILLS):
        writer = subprocess.Popen(
            [sys.executable, "-c", code, str(path), str(Path(__file__).parent)],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert writer.stdout is not None
        writer.stdout.readline()
        time.sleep(chance.uniform(0.05, 0.3))
        writer.send_signal(signal.SIGKILL)
        writer.wait()
        writer.stdout.close()
        if path.exists():
            assert len(tables.read_parquet(path, "cameras")) in (500, 1500)


@pytest.mark.slow
def test_eight_writers_at_once_leave_the_file_of_one(tmp_path: Path) -> None:
    path = tmp_path / "c.csv"
    code = (
        "import sys; sys.path[:0] = [sys.argv[2]]\n"
        "from pathlib import Path\n"
        "from test_faults import cameras\n"
        "from alprmap import store\n"
        "for _ in range(5): store.write_table(cameras(800, 'w' + sys.argv[3]), Path(sys.argv[1]))\n"
    )
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", code, str(path), str(Path(__file__).parent), str(k)]
        )
        for k in range(8)
    ]
    assert [w.wait() for w in writers] == [0] * 8
    frame = pd.read_csv(path)
    assert len(frame) == 800
    assert frame["operator"].str.split(" ").str[0].nunique() == 1
    assert only(tmp_path) == ["c.csv"]


def test_no_permission_is_said_and_nothing_is_left(tmp_path: Path) -> None:
    if os.geteuid() == 0:
        target = Path("/proc/alprmap/c.csv")
    else:
        tmp_path.chmod(0o500)
        target = tmp_path / "c.csv"
    with pytest.raises(StorageError, match="unchanged"):
        store.write_table(cameras(3), target)
