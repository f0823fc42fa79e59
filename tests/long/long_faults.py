"""Every call that writes, syncs or renames fails once: ENOSPC and EIO at the Nth, by strace; kill -9 at will."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
KILLS = int(os.environ.get("ALPRMAP_FAULT_KILLS", "100"))
MOST = int(os.environ.get("ALPRMAP_FAULT_CALLS", "60"))
WRITER = """
import sys
sys.path[:0] = [sys.argv[2]]
from pathlib import Path
from test_faults import cameras
from alprmap import errors, store, tables
import pyarrow.parquet, geopandas, shapely
frame = cameras(300, 'new')
try:
    store.write_table(frame, Path(sys.argv[1]))
except errors.StorageError as error:
    sys.exit(4)
sys.exit(0)
"""


def allowed() -> bool:
    if not shutil.which("strace"):
        return False
    return (
        subprocess.run(["strace", "-qq", "-o", os.devnull, "true"], capture_output=True, check=False).returncode
        == 0
    )


@pytest.mark.skipif(not allowed(), reason="strace is not here or not allowed")
@pytest.mark.parametrize("suffix", [".parquet", ".csv", ".geojson"])
@pytest.mark.parametrize("fault", ["ENOSPC", "EIO"])
@pytest.mark.parametrize("call", ["write", "fsync", "rename", "fchmod,chmod,fchmodat", "ftruncate"])
def test_the_nth_call_fails(call: str, fault: str, suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"a{suffix}"
    calls = "rename,renameat,renameat2" if call == "rename" else call
    refused = 0
    for number in range(1, (MOST if call == "write" else 6) + 1):
        path.write_bytes(b"the old file")
        done = subprocess.run(
            ["strace", "-f", "-qq", "-o", str(tmp_path.parent / "trace"), "-e", f"trace={calls}",
             "-e", f"inject={calls}:error={fault}:when={number}",
             sys.executable, "-B", "-c", WRITER, str(path), str(ROOT / "tests")],
            capture_output=True, text=True, check=False, cwd=ROOT,
        )  # fmt: skip
        struck = "(INJECTED)" in (tmp_path.parent / "trace").read_text()
        content = path.read_bytes()
        assert [p.name for p in tmp_path.iterdir()] == [path.name], done.stderr
        if done.returncode == 0:
            # a success is one: the whole new file stands there
            assert len(content) > 1000
        else:
            # a fault of a folder's last sync comes after the rename: then it is the new file, whole
            assert content == b"the old file" or (call == "fsync" and len(content) > 1000), done.stderr
            refused += done.returncode == 4
        if not struck:
            break
    print(f"{call} {fault} {suffix}: {number} calls, {refused} refused")


def test_kill_at_random_moments_of_a_build(tmp_path: Path) -> None:
    """kill -9 of `alprmap demo`: the folder is the old result or the new one, and the next run tidies up."""
    out = tmp_path / "out"
    words = [sys.executable, "-m", "alprmap", "demo", "--out", str(out)]
    began = time.monotonic()
    assert subprocess.run(words, capture_output=True, check=False, cwd=tmp_path).returncode in (0, 3)
    long_s = time.monotonic() - began
    whole = _contents(out)
    chance = random.Random(7)
    new = 0
    for _ in range(KILLS):
        if out.exists():
            (out / "reach.csv").write_text("damaged")
        damaged = _contents(out)
        process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=tmp_path)
        time.sleep(chance.uniform(0.0, long_s))
        process.kill()
        process.wait()
        found = _contents(out)
        assert found in (damaged, whole)
        new += found == whole
    assert subprocess.run(words, capture_output=True, check=False, cwd=tmp_path).returncode in (0, 3)
    assert _contents(out) == whole
    assert [p.name for p in tmp_path.iterdir()] == ["out"]
    print(f"{KILLS} kills, {new} after the exchange")


def _contents(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}
