"""A small disk filled at every 4 kB step, for each format and set alprmap writes: all old or all
new, whole."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path[:0] = [str(Path(__file__).resolve().parent)]
from outputs import OUTPUTS, contents, names, put_old, state

from alprmap.errors import StorageError

STEP = 4_096
SIZE = 8 * 1024**2


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "disk"
    folder.mkdir()
    words = ["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", str(folder)]
    if subprocess.run(words, capture_output=True, check=False).returncode:
        pytest.skip("may not mount a small disk here")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


@pytest.mark.parametrize("name", OUTPUTS)
def test_every_step_of_a_filling_disk(name: str, disk: Path) -> None:
    output, filler = OUTPUTS[name], disk / "filler"
    output.write(disk)
    new = contents(disk, output)
    size = sum(map(len, new))
    put_old(disk, output)
    at = os.statvfs(disk)
    free = at.f_bavail * at.f_frsize
    left = sorted([*output.files, "filler"])
    refused = written = 0
    for room in range(0, 3 * size + 60 * STEP, STEP):
        filler.write_bytes(b"x" * max(0, free - room))
        try:
            output.write(disk)
        except StorageError as error:
            refused += 1
            assert "unchanged" in str(error) or "check permissions and free space" in str(error)
            assert state(disk, output, new) == "old"
        else:
            written += 1
            assert state(disk, output, new) == "new"
            filler.unlink()
            put_old(disk, output)
            filler.write_bytes(b"")
        assert names(disk) == left
        if written > 5:
            break
    print(f"{name}: {size} bytes, {refused} refused, {written} whole")
    assert refused
    assert written
