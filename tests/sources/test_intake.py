"""The door's own rules: what counts as a local file, what a head says, and each cap on both sides
of its edge."""

from __future__ import annotations

import bz2
import dataclasses
import gzip
import io
import json
import os
import random
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from alprmap import sources
from alprmap.errors import InputError
from alprmap.sources import intake
from alprmap.sources.formats import archives, workbook
from alprmap.sources.intake import CAPS, Caps, Checked

HEADS = {
    "pdf": b"%PDF-1.7\n",
    "parquet": b"PAR1",
    "gpkg": b"SQLite format 3\x00",
    "fgb": b"fgb\x03fgb\x00",
    "xls": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
    "zip": b"PK\x03\x04",
    "shp": b"\x00\x00\x27\x0a",
    "osm.pbf": b"\x00\x00\x00\x0d\x0a\x09OSMHeader\x18\x7c",
    "json": b'\xef\xbb\xbf \n{"a": 1}',
    "csv": b"lat,lon\n1,2\n",
    "kml": b'<?xml version="1.0"?>\n<kml xmlns="x">',
    "gpx": b"<gpx>",
    "osm": b"<osm version='0.6'>",
    "osc": b"<osmChange>",
}


@pytest.mark.parametrize("kind", HEADS)
def test_a_kind_is_told_by_content_whatever_the_name(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "anything.txt"
    path.write_bytes(HEADS[kind])
    found = intake.check_file(path)
    assert (found.kind, found.packing, found.format) == (kind, "", kind)
    assert found.size == len(HEADS[kind])


@pytest.mark.parametrize(
    "head",
    [b"\xff\xd8\xff\xe0", b"II*\x00", b"MM\x00*", b"\x89PNG\r\n\x1a\n", b"\0\0\0\x18ftypheic"],
)
def test_photos(head: bytes, tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(head + b"x" * 20)
    assert intake.check_file(path).kind == "photo"


@pytest.mark.parametrize(("pack", "name"), [(gzip.compress, "gz"), (bz2.compress, "bz2")])
def test_a_packed_file_is_known_by_what_is_in_it(pack: Any, name: str, tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(pack(b"<kml></kml>"))
    found = intake.check_file(path)
    assert (found.kind, found.packing, found.format) == ("kml", name, f"kml.{name}")
    with intake.unpacked(found) as stream:
        assert stream.read() == b"<kml></kml>"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "the file is empty"),
        (b" \n\t", "the file is empty"),
        (b"\x00\x01\x02" * 50, "of no format"),
        (b"ARROW1\0\0", "Feather"),
        (b"<html>", "web page"),
        (b"<a/>", "neither OSM"),
        (gzip.compress(b"", mtime=0), "nothing but"),
        (b"<!-- <OGRVRTDataSource> --><kml>", "virtual dataset"),
        (gzip.compress(b"lat,lon\n1,2\n" * 999, mtime=0)[:40], "cut off"),
    ],
)
def test_what_the_door_refuses(content: bytes, words: str, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(content)
    with pytest.raises(InputError, match=words) as caught:
        intake.check_file(path)
    assert str(caught.value).startswith(str(path))


def test_size_is_capped_to_the_byte(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"lat,lon\n")
    assert intake.check_file(path, caps=Caps(file_bytes=8)).size == 8
    with pytest.raises(InputError, match="larger than"):
        intake.check_file(path, caps=Caps(file_bytes=7))


def _packed(tmp_path: Path, size: int, caps: Caps) -> Checked:
    path = tmp_path / "a.gz"
    path.write_bytes(gzip.compress(b"a" * size))
    return Checked(path, "csv", "gz", path.stat().st_size, caps)


def test_unpacking_is_capped_by_size_and_by_ratio(tmp_path: Path) -> None:
    enough = Caps(plain_bytes=5_000_000, ratio=10, ratio_from_bytes=10**9)
    with intake.unpacked(_packed(tmp_path, 5_000_000, enough)) as stream:
        assert len(stream.read()) == 5_000_000
    for caps in (
        replace(enough, plain_bytes=4_999_999),
        replace(enough, ratio_from_bytes=1_000_000),
    ):
        with (
            intake.unpacked(_packed(tmp_path, 5_000_000, caps)) as stream,
            pytest.raises(InputError, match="bomb"),
        ):
            stream.read()
    # a dense file below the size from which the ratio counts is let through
    small = replace(enough, ratio_from_bytes=5_000_000)
    with intake.unpacked(_packed(tmp_path, 5_000_000, small)) as stream:
        assert len(stream.read()) == 5_000_000


def test_members_and_names_of_an_archive(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    names = [
        "a.csv",
        "__MACOSX/a.csv",
        "._b.csv",
        "sub/",
        "sub/CON.csv",
        "x" * 200 + ".csv",
        "sub/a.prj",
        "é\u202e.csv",
    ]
    with zipfile.ZipFile(path, "w") as archive:
        for name in names:
            archive.writestr(name, b"" if name.endswith("/") else b"lat,lon\n27.5,-99.5\n")
    checked = intake.check_file(path)
    with archives.members(checked) as found:
        files = [f for _, f in found]
        assert [n for n, _ in found] == ["a.csv", "sub/CON.csv", "x" * 200 + ".csv", "é\u202e.csv"]
        assert all(
            f.parent == files[0].parent and f.name.startswith("member") and f.name.isascii()
            for f in files
        )
        folder = files[0].parent
    assert not folder.exists()
    with (
        pytest.raises(InputError, match="holds 5 files"),
        archives.members(replace(checked, caps=Caps(members=4))),
    ):
        pass


def test_rows_are_capped(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("lat,lon\n" + "27.5,-99.5\n" * 30)
    assert len(sources.read(path, caps=Caps(rows=30)).reports) == 30
    with pytest.raises(InputError, match="more than 29 rows"):
        sources.read(path, caps=Caps(rows=29))


def test_a_file_of_which_nothing_can_be_used_is_given_up(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("lat,lon\n" + "u,v\n" * 30 + "27.5,-99.5\n")
    assert len(sources.read(path, caps=Caps(rejects=30)).rejects) == 30
    (tmp_path / "b.csv").write_text("lat,lon\n" + "u,v\n" * 31)
    with pytest.raises(InputError, match="not one in a hundred"):
        sources.read(tmp_path / "b.csv", caps=Caps(rejects=30))
    # one good row in ten is a list with many faults, and every fault is kept
    (tmp_path / "c.csv").write_text("lat,lon\n" + ("u,v\n" * 9 + "27.5,-99.5\n") * 10)
    found = sources.read(tmp_path / "c.csv", caps=Caps(rejects=30))
    assert (len(found.reports), len(found.rejects)) == (10, 90)


def test_more_rows_than_bytes_is_a_bomb(tmp_path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    path = tmp_path / "a.parquet"
    pq.write_table(
        pa.table({"lat": [27.5] * 20_000, "lon": [-99.5] * 20_000}), path, compression="zstd"
    )
    assert path.stat().st_size < 20_000
    assert len(sources.read(path).reports) == 20_000
    with pytest.raises(InputError, match="unpacks to more than"):
        sources.read(path, caps=Caps(rejects=100))


def test_fields_and_lines_are_capped(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text(json.dumps([{"lat": 27.5, "lon": -99.5, **{f"k{i}": 1 for i in range(10)}}]))
    with pytest.raises(InputError, match="fields"):
        sources.read(path, caps=Caps(columns=9))
    wide = tmp_path / "a.csv"
    wide.write_text("lat,lon,note\n27.5,-99.5," + "a" * 100 + "\n")
    assert len(sources.read(wide, caps=Caps(record_chars=200)).reports) == 1
    with pytest.raises(InputError, match="one line is longer than 100"):
        sources.read(wide, caps=Caps(record_chars=100))


def test_sheets_may_be_large_but_not_empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import openpyxl

    monkeypatch.setattr(workbook, "SPARSE_CELLS", 1_000)
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for _ in range(200):
        sheet.append([27.5, -99.5, "a"])
    path = tmp_path / "a.xlsx"
    book.save(path)
    checked = replace(intake.check_file(path), kind="xlsx")
    workbook.check(checked)
    sheet["CA2000"] = 1
    book.save(path)
    with pytest.raises(InputError, match="spans 2000 by 79 cells and fills 601"):
        workbook.check(replace(checked, size=path.stat().st_size))


def test_the_caps_are_what_the_pages_say() -> None:
    assert CAPS.ratio == 250
    assert CAPS.rows == 5_000_000


def test_every_cap_is_what_the_pages_say() -> None:
    assert dataclasses.asdict(Caps()) == {
        "file_bytes": 8 * 1024**3, "plain_bytes": 16 * 1024**3, "ratio": 250, "ratio_from_bytes": 64 * 1024**2,
        "members": 2_000, "rows": 5_000_000, "record_chars": 4 * 1024**2, "cell_chars": 1_000_000,
        "columns": 4_096, "sheet_cells": 40_000_000, "rejects": 100_000, "pages": 5_000, "pixels": 200_000_000,
    }  # fmt: skip
    assert Caps() == CAPS


@pytest.mark.parametrize(
    "path",
    ["http://a/b", "WFS:http://a", "a1+b-c.d:x", "/vsizip/a.zip", "/vsimem", "HTTPS://A/B.csv"],
)
def test_what_names_no_local_file(path: str) -> None:
    with pytest.raises(InputError, match=r"^\S+: only local files are read; download it first"):
        intake.regular(path)


def test_a_name_with_a_colon_is_a_file_where_there_is_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("us:2026.csv").write_text("lat,lon\n", encoding="utf-8")
    assert intake.regular("us:2026.csv") == Path("us:2026.csv")
    with pytest.raises(InputError, match="no such file"):
        intake.regular("1:2026.csv")  # no scheme begins with a digit
    with pytest.raises(InputError, match="no such file"):
        intake.regular("x.csv")


NULL = "not a regular file" if os.name == "posix" else r"not a regular file|no such file"


def test_folders_devices_and_files_that_may_not_be_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(InputError, match="is a folder"):
        intake.regular(tmp_path)
    with pytest.raises(InputError, match=NULL):
        intake.regular(os.devnull)
    with pytest.raises(InputError, match="holds a NUL"):
        intake.regular("a\0b")
    with pytest.raises(InputError) as caught:
        intake.regular("a" * 5_000)
    assert caught.value.what.startswith("cannot be opened: ")
    (tmp_path / "a").write_text("x")
    monkeypatch.setattr(intake.os, "access", lambda *_: False)
    with pytest.raises(InputError, match="permission denied"):
        intake.regular(tmp_path / "a")


def test_messages_state_sizes_in_the_units_of_disks(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"x")
    os.truncate(path, 3_000_000_001)
    with pytest.raises(InputError, match="is larger than 3 GB; split it"):
        intake.regular(path, caps=Caps(file_bytes=3_000_000_000))
    packed = _packed(tmp_path, 5_000_000, Caps(plain_bytes=1_000_000))
    with (
        intake.unpacked(packed) as stream,
        pytest.raises(InputError, match=r"more than [1-5] MB from 0\.0 MB"),
    ):
        stream.read()


@pytest.mark.parametrize(
    ("head", "kind"),
    [(b"\x00\x00\x00\x0d\x0a\x09OSMHeader\x18\x7c", "osm.pbf"),
     (b"\x00" * 6 + b"OSMHeader", None),
     (b"\x00" * 4 + b"OSMHeader", "osm.pbf"), (b"\x00" * 5 + b"OSMHeader" + b"x" * 9, "osm.pbf"),
     (b"\x00" * 8 + b"\x0a\x09OSMHeader", "osm.pbf"), (b"\x00" * 40 + b"\x0a\x09OSMHeader", None),
     (b"\x00" * 21 + b"\x0a\x09OSMHeader", "osm.pbf"), (b"\x00" * 22 + b"\x0a\x09OSMHeader", None),
     (b"\0\0\0\x18ftypmif1", "photo"), (b"\0\0\0\x18ftypheic", "photo"), (b"\0\0\0\x18ftypmp42\0\0", None),
     (b"ARROW", "csv"), (b"PK\x05\x06" + b"\0" * 18, "zip"), (b"\xff\xfea\0,\0b\0", "csv"),
     (b"\xfe\xff\0a\0,\0b", "csv"), (b"a\0b\0c\0d\0e", "csv"), (b"a\0b\0c\0d\0e\0", None),
     (b"a" * 4092 + b"\0" * 9, "csv"), (b"a" * 4091 + b"\0" * 5, None), (b"\x1e{}", "json"), (b" [1]", "json"),
     (b"<!-- <kml> --><osm", "osm"), (b"<?xml?><OSM>", "osm"), (b"<!DOCTYPE HTML>", None),
     (b"<osmChange/>", "osc")],
)  # fmt: skip
def test_what_a_head_says(head: bytes, kind: str | None, tmp_path: Path) -> None:
    try:
        found: str | None = intake.kind_of(head, tmp_path / "a.bin")
    except InputError:
        found = None
    assert found == kind


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("a.opl", "opl"),
        ("a.OPL", "opl"),
        ("a.opl.gz", "opl"),
        ("a.opl.bz2", "opl"),
        ("a.txt", "csv"),
        ("opl", "csv"),
    ],
)
def test_only_between_forms_of_text_the_name_decides(name: str, kind: str) -> None:
    assert intake.kind_of(b"n1 v1 x1 y2", Path(name)) == kind
    assert intake.kind_of(b"{}", Path(name)) == "json"


@pytest.mark.parametrize(
    "damage",
    [
        lambda d: d[:-9] + b"\0" * 9,
        lambda d: d[:60] + b"\xff" * 9 + d[69:],
        lambda d: d[: len(d) // 2],
    ],
)
@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress])
def test_damaged_packing_is_said_once(pack: Any, damage: Any, tmp_path: Path) -> None:
    path = tmp_path / "a"
    whole = pack(bytes(range(256)) * 40)
    path.write_bytes(damage(whole))
    stream = intake.unpacked(
        Checked(path, "csv", "gz" if pack is gzip.compress else "bz2", len(whole))
    )
    with stream as plain, pytest.raises(InputError, match=r"is (damaged|cut off)"):
        plain.read()


def test_a_plain_file_is_given_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"abc")
    with intake.unpacked(Checked(tmp_path / "a", "csv", "", 3)) as stream:
        assert stream.read() == b"abc"
    capped = intake._Capped(io.BytesIO(b"abc"), Checked(tmp_path / "a", "csv", "gz", 3))
    assert capped.readable()
    assert capped.readall() == b"abc"


def test_a_file_of_one_member_after_the_other_is_read_whole(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(gzip.compress(b"lat,lon\n") + gzip.compress(b"27.5,-99.5\n"))
    with intake.unpacked(intake.check_file(path)) as stream:
        assert stream.read() == b"lat,lon\n27.5,-99.5\n"


def test_a_head_is_no_longer_than_it_needs_to_be(tmp_path: Path) -> None:
    """The kind of a text is looked for in the first 64 kB, packed or not."""
    for size, ours in ((65_536 - 4, True), (65_536 - 3, False)):
        text = b"<a>" + b" " * (size - 3) + b"<kml>"
        for made in (text, gzip.compress(text)):
            (tmp_path / "a").write_bytes(made)
            if ours:
                assert intake.check_file(tmp_path / "a").kind == "kml"
            else:
                with pytest.raises(InputError, match="is XML"):
                    intake.check_file(tmp_path / "a")


def test_a_file_that_hardly_shrank_is_no_bomb(tmp_path: Path) -> None:
    path = tmp_path / "a.gz"
    noise = random.Random(7).randbytes(100_000)
    path.write_bytes(gzip.compress(noise))
    for ratio, taken in ((2, True), (1, True), (0, False)):
        checked = Checked(
            path, "csv", "gz", path.stat().st_size, Caps(ratio=ratio, ratio_from_bytes=1_000)
        )
        with intake.unpacked(checked) as stream:
            if taken:
                assert stream.read() == noise
            else:
                with pytest.raises(InputError, match="bomb"):
                    stream.read()


@pytest.mark.parametrize(("size", "taken"), [(500, True), (499, False), (1, False), (0, False)])
def test_the_ratio_is_kept_to_the_byte(size: int, taken: bool, tmp_path: Path) -> None:
    path = tmp_path / "a.gz"
    plain = b"a" * (5_000 if size > 1 else 11)
    path.write_bytes(gzip.compress(plain))
    checked = Checked(path, "csv", "gz", size, Caps(ratio=10, ratio_from_bytes=1))
    with intake.unpacked(checked) as stream:
        if taken:
            assert stream.read() == plain
        else:
            with pytest.raises(InputError, match="bomb"):
                stream.read()
