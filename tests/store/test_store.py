"""Files are the old one or the new one; tables come back as they went; bytes are the same each
time."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import filelock
import geopandas as gpd
import pandas as pd
import pytest
import shapely

from alprmap import schema
from alprmap.errors import BusyError, InputError, StorageError, UsageError
from alprmap.store import formats as tables
from alprmap.store import locks
from alprmap.store import whole as store


@pytest.fixture
def cameras() -> pd.DataFrame:
    frame = pd.DataFrame(
        {
            "camera_id": ["cam-a", "cam-b"],
            "lon": [-99.50000049, float("nan")],
            "lat": [27.5, float("nan")],
            "operator": ["Lake & Sons \"<b>\"", None],
            "n_reports": [1, 2],
            "n_sources": [1, 1],
        }
    )  # fmt: skip
    return schema.conform(frame, "cameras")


def test_parquet_round_trip(cameras: pd.DataFrame, tmp_path: Path) -> None:
    store.write_table(cameras, tmp_path / "c.parquet")
    back = tables.read_parquet(tmp_path / "c.parquet", "cameras")
    assert back["lon"].iloc[0] == -99.5  # six decimals are kept
    pd.testing.assert_frame_equal(back.drop(columns="lon"), cameras.drop(columns="lon"))
    assert len(gpd.read_parquet(tmp_path / "c.parquet").geometry.dropna()) == 1


@pytest.mark.parametrize("suffix", store.SUFFIXES["table"])
def test_same_bytes_each_time(cameras: pd.DataFrame, tmp_path: Path, suffix: str) -> None:
    for name in ("one", "two"):
        store.write_table(cameras, tmp_path / f"{name}{suffix}")
    assert (tmp_path / f"one{suffix}").read_bytes() == (tmp_path / f"two{suffix}").read_bytes()


def test_a_geopackage_counts_no_commits(cameras: pd.DataFrame, tmp_path: Path) -> None:
    # before, 53 of 300 files of the same rows had another counter
    path = tmp_path / "c.gpkg"
    store.write_table(cameras, path)
    header = path.read_bytes()[:100]
    assert header[24:28] == header[92:96] == (1).to_bytes(4, "big")
    with sqlite3.connect(path) as db:
        assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    db.close()


def test_geojson_is_rfc_7946(cameras: pd.DataFrame, tmp_path: Path) -> None:
    store.write_table(cameras, tmp_path / "c.geojson")
    features = json.loads((tmp_path / "c.geojson").read_text("utf-8"))["features"]
    assert [f["geometry"] for f in features] == [
        {"type": "Point", "coordinates": [-99.5, 27.5]},
        None,
    ]
    assert features[0]["properties"]["operator"] == 'Lake & Sons "<b>"'
    assert "operator" not in features[1]["properties"]


def test_segments_keep_their_geometry(tmp_path: Path) -> None:
    line = shapely.LineString([(-99.5, 27.5), (-99.4, 27.6)])
    row = {
        "segment_id": 0,
        "way_id": 1,
        "u": 1,
        "v": 2,
        "length_m": 1.0,
        "forward": True,
        "backward": False,
    }
    frame = schema.conform(
        gpd.GeoDataFrame([{**row, "geometry": line}], crs="EPSG:4326"), "segments"
    )
    store.write_table(frame, tmp_path / "s.parquet")
    back = tables.read_parquet(tmp_path / "s.parquet", "segments")
    assert back.geometry.iloc[0].equals(line)
    store.write_table(frame, tmp_path / "s.csv")
    assert "LINESTRING" in (tmp_path / "s.csv").read_text()


def test_a_failed_write_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    store.write_json(path, {"a": 1})
    with pytest.raises(ValueError, match="JSON"):
        store.write_json(path, {"a": float("nan")})

    def full_disk() -> None:
        with store.replacing(path) as scratch:
            scratch.write_text("half")
            raise OSError(28, "No space left on device")

    with pytest.raises(StorageError, match="existing files are unchanged"):
        full_disk()
    assert json.loads(path.read_text()) == {"a": 1}
    assert [p.name for p in tmp_path.iterdir()] == ["x.json"]


def test_only_table_formats_are_written(cameras: pd.DataFrame, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="not a table format"):
        store.write_table(cameras, tmp_path / "c.docx")
    assert list(tmp_path.iterdir()) == []


def test_a_csv_holds_no_formula_and_the_parquet_the_text_itself(tmp_path: Path) -> None:
    frame = pd.DataFrame({
        "text": ["=1+1", "-12.5", "+1 555", None, "\t@x", "\uff1d1+1"], "mixed": ["-x", 1, None, 2.5, "=a", "b"],
        "=b": [1.0, -2.0, 3.0, 4.0, 5.0, -6.0],
    })  # fmt: skip
    store.write_table(frame.assign(mixed="x"), tmp_path / "t.parquet")
    assert pd.read_parquet(tmp_path / "t.parquet")["text"][0] == "=1+1"
    store.write_table(frame, tmp_path / "t.csv")
    back = pd.read_csv(tmp_path / "t.csv", dtype=str, keep_default_na=False)
    assert list(back.columns) == ["text", "mixed", "'=b"]
    assert back["text"].tolist() == ["'=1+1", "-12.5", "'+1 555", "", "'\t'@x", "'\uff1d1+1"]
    assert back["mixed"].tolist() == ["'-x", "1", "", "2.5", "'=a", "b"]
    assert back["'=b"].astype(float).tolist() == frame["=b"].tolist()


@pytest.mark.parametrize("text", [b"", b"PAR1", b"camera_id,lon\n"])
def test_a_broken_parquet_is_one_line(tmp_path: Path, text: bytes) -> None:
    (tmp_path / "c.parquet").write_bytes(text)
    with pytest.raises(
        InputError, match=r"c\.parquet: (not a readable Parquet file|the file is empty)"
    ):
        tables.read_parquet(tmp_path / "c.parquet", "cameras")


def test_another_table_is_refused(tmp_path: Path, cameras: pd.DataFrame) -> None:
    store.write_table(cameras, tmp_path / "c.parquet")
    with pytest.raises(InputError, match="lacks its column"):
        tables.read_parquet(tmp_path / "c.parquet", "segments")


def test_one_writer_at_a_time(tmp_path: Path) -> None:
    with store.locked(tmp_path / "out"), pytest.raises(BusyError), store.locked(tmp_path / "out"):
        pass
    with store.locked(tmp_path / "out"):
        pass
    assert list(tmp_path.iterdir()) == []


def test_rows_are_counted_after_writing(tmp_path: Path) -> None:
    frame = pd.DataFrame({"a": ["x\ny", None, 'q,"z"', "n" * 300_000], "b": [None] * 4})
    store.write_table(frame, tmp_path / "x.csv")
    assert tables.count_rows(tmp_path / "x.csv") == 4
    assert pd.read_csv(tmp_path / "x.csv")["a"].tolist()[0] == "x\ny"
    (tmp_path / "cut.geojson").write_text('{"type":"FeatureCollection","features":[')
    with pytest.raises(OSError, match="cut off"):
        tables.count_rows(tmp_path / "cut.geojson")


def test_a_writer_that_lies_is_caught(
    cameras: pd.DataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.write_table(cameras, tmp_path / "c.csv")
    before = (tmp_path / "c.csv").read_bytes()
    monkeypatch.setitem(
        tables.WRITERS, ".csv", lambda _frame, path, _credit: path.write_text("camera_id\n")
    )
    with pytest.raises(StorageError, match="unchanged"):
        store.write_table(cameras, tmp_path / "c.csv")
    assert (tmp_path / "c.csv").read_bytes() == before


def test_what_a_killed_writer_left_is_cleared_and_a_live_one_s_kept(tmp_path: Path) -> None:
    here = store._here()
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    left = tmp_path / f".new-{dead.pid}-{here}-a.csv"
    mine = tmp_path / f".new-{os.getpid()}-{here}-b.csv"
    other, old = tmp_path / ".new-1-ffffffff-c.csv", tmp_path / ".new-1-ffffffff-d.csv"
    strange = tmp_path / ".new-thing.csv"
    for path in (left, mine, other, old, strange):
        path.write_text("x")
    os.utime(old, (0, 0))
    store.write_text(tmp_path / "t.txt", "new")
    assert {p.name for p in tmp_path.iterdir()} == {mine.name, other.name, strange.name, "t.txt"}


@pytest.mark.skipif(os.name != "posix", reason="rights and links of POSIX")
def test_rights_and_links_are_kept(tmp_path: Path) -> None:
    path, link = tmp_path / "t.txt", tmp_path / "link.txt"
    mask = os.umask(0o077)
    try:
        store.write_text(path, "one")
        assert path.stat().st_mode & 0o777 == 0o600
        path.chmod(0o640)
        link.symlink_to(path)
        store.write_text(link, "two")
    finally:
        os.umask(mask)
    assert link.is_symlink()
    assert path.read_text() == "two"
    assert path.stat().st_mode & 0o777 == 0o640


@pytest.mark.skipif(os.name != "posix", reason="devices of POSIX")
def test_a_device_is_not_replaced(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="no regular file"):
        store.write_text(Path("/dev/null"), "x")
    assert Path("/dev/null").is_char_device()
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(StorageError, match="no regular file"):
        store.write_text(tmp_path / "pipe", "x")


def test_a_lock_whose_file_was_removed_is_no_lock(tmp_path: Path) -> None:
    """A second run that locked the file of a run which then ended and removed it must not think it
    holds it."""
    path = tmp_path / ".out.lock"
    first = filelock.FileLock(path)
    first.acquire()
    path.unlink()
    assert not locks.is_at(first, path)
    path.write_text("")
    assert not locks.is_at(first, path)
    with store.locked(tmp_path / "out"), pytest.raises(BusyError):
        store.locked(tmp_path / "out").__enter__()
    first.release()
