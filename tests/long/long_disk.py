"""A small disk filled at every 4 kB step, for each format alprmap writes: the old file or the new one, whole."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyogrio
import pytest

sys.path[:0] = [str(Path(__file__).resolve().parents[1])]
import map_data

from alprmap import store, tables
from alprmap.errors import StorageError
from alprmap.publish import exports, webmap

STEP = 4_096
DATA = map_data.town(400)


def _layers() -> dict[str, Any]:
    return {"cameras": tables.with_points(DATA.cameras)}


FORMATS: dict[str, Callable[[Path], None]] = {
    **{suffix: (lambda path: store.write_table(DATA.cameras, path)) for suffix in store.TABLE_SUFFIXES},
    ".gpkg": lambda path: exports.geopackage(_layers(), path),
    ".kmz": lambda path: exports.kmz(DATA.cameras, path, title="x"),
    ".html": lambda path: webmap.write(DATA, path),
    ".json": lambda path: store.write_json(path, {"rows": DATA.cameras["camera_id"].tolist() * 20}),
}


def whole(path: Path) -> bool:
    """Open a written file again with another program than the writer where there is one."""
    if path.suffix == ".gpkg":
        return bool(pyogrio.read_info(path, layer="cameras")["features"] == len(DATA.cameras))
    if path.suffix == ".kmz":
        with zipfile.ZipFile(path) as archive:
            return archive.testzip() is None
    if path.suffix == ".html":
        return path.read_text("utf-8").rstrip().endswith("</html>")
    if path.suffix == ".json":
        return path.read_text("utf-8").endswith("}\n")
    return tables.count_rows(path) == len(DATA.cameras)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "disk"
    folder.mkdir()
    words = ["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(folder)]
    if subprocess.run(words, capture_output=True, check=False).returncode:
        pytest.skip("may not mount a small disk here")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


@pytest.mark.parametrize("suffix", FORMATS)
def test_every_step_of_a_filling_disk(suffix: str, disk: Path) -> None:
    path, filler = disk / f"a{suffix}", disk / "filler"
    FORMATS[suffix](path)
    size = path.stat().st_size
    path.write_bytes(b"the old file")
    free = 8 * 1024**2 - STEP
    refused = written = 0
    steps = range(0, 3 * size + 30 * STEP, STEP)
    for room in steps:
        filler.write_bytes(b"x" * max(0, free - room))
        try:
            FORMATS[suffix](path)
        except StorageError as error:
            refused += 1
            said = str(error)
            assert "unchanged" in said
            assert path.read_bytes() == b"the old file"
        else:
            written += 1
            assert whole(path)
            path.write_bytes(b"the old file")
        assert sorted(p.name for p in disk.iterdir()) == [path.name, "filler"]
        if written > 5:
            break
    print(f"{suffix}: {size} bytes, {refused} refused, {written} whole")
    assert refused
    assert written
