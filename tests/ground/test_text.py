"""Text from strangers: taken over, or replaced by rule and counted; it never drives the terminal."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alprmap import sources, text
from alprmap.cli import common
from alprmap.errors import InputError, one_line
from alprmap.store import whole as store

HOSTILE = {
    "control": "a\x01\x02\x1fb",
    "nul": "a\0b",
    "escape": "a\x1b[2J\x1b]0;owned\x07b",
    "c1": "a\x9b31mb",
    "bidi": "a\u202eb\u2066c\u2069",
    "zero width": "a\u200bb\u200dc\ufeff",
    "tags": "a\U000e0041b",
    "surrogate": "a\ud800b\udfff",
    "lines": "a\r\nb\u2028c\u2029d\x0be\x85f",
    "decomposed": "Cafe\u0301",
    "kept": "Zürich 東京 مرحبا 🚓 Ñandú",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_done_to_text_is_said(name: str) -> None:
    clean, done = text.clean(HOSTILE[name])
    assert "\n" not in clean
    assert clean == unicodedata.normalize("NFC", clean)
    assert all(unicodedata.category(c) not in ("Cc", "Cs") for c in clean)
    assert not set(clean) & set(
        "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200b\ufeff"
    )
    clean.encode("utf-8")
    assert bool(done) == (name not in ("kept", "decomposed", "lines")) or name == "lines"
    assert text.clean(clean) == (clean, "")
    if name == "kept":
        assert clean == HOSTILE[name]


@given(st.text(alphabet=st.characters(exclude_categories=[]), max_size=60))
def test_any_text_comes_out_clean_and_stays_so(value: str) -> None:
    clean, _ = text.clean(value)
    clean.encode("utf-8")
    assert text.clean(clean) == (clean, "")
    line = one_line(value)
    assert line.isprintable()
    assert len(line) <= 500


def test_a_long_value_is_cut_aloud() -> None:
    clean, done = text.clean("a" * 100_000)
    assert len(clean) == text.LONGEST
    assert "longer than" in done


def test_hostile_text_is_counted_and_comes_back_from_every_format(tmp_path: Path) -> None:
    rows = [
        {"id": str(i), "lat": 27.51 + i / 1000, "lon": -99.51234, "operator": f"{name} {value} PD"}
        for i, (name, value) in enumerate(HOSTILE.items())
    ]
    path = tmp_path / "a.json"
    path.write_text(json.dumps(rows))  # ASCII: surrogates travel as \\ud800
    found = sources.read(path)
    assert len(found.reports) == len(rows)
    assert sum(found.tally["changes"].values()) >= 7
    for suffix in store.SUFFIXES["table"]:
        store.write_table(found.reports, tmp_path / f"out{suffix}")
        if suffix in {".parquet", ".gpkg", ".fgb", ".kmz"}:
            continue  # packed bytes may be any
        again = (tmp_path / f"out{suffix}").read_bytes()
        assert b"\x1b" not in again
        assert "\u202e".encode() not in again
    with (tmp_path / "out.csv").open(encoding="utf-8", newline="") as file:
        assert [r["operator_raw"] for r in csv.DictReader(file)] == found.reports[
            "operator_raw"
        ].tolist()


def test_what_is_rejected_is_shown_without_harm(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text(json.dumps([{"lat": "x\x1b[31m\u202e\ud800", "lon": 1, "note": "\x07"}]))
    found = sources.read(path)
    store.write_table(found.rejects, tmp_path / "rejects.csv")
    content = (tmp_path / "rejects.csv").read_bytes()
    assert b"\x1b" not in content
    assert b"\x07" not in content
    assert "\u202e" not in found.rejects["reason"].iloc[0]


@pytest.mark.parametrize(
    "name",
    ["a\x1b[2Jb.csv", "a\u202etxt.csv", "-rf.csv", "a b;c.csv", "CON.csv", "é" * 100 + ".csv"],
)
def test_a_hostile_file_name_is_one_harmless_line(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_text("nothing here\n")
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "alprmap",
            "read",
            "--out",
            str(tmp_path / "r.csv"),
            "--",
            str(path),
        ],
        capture_output=True,
        check=False,
        timeout=1000,
    )
    assert done.returncode == 1
    said = done.stderr.decode("utf-8")
    assert len(said.splitlines()) == 1
    assert said.strip().isprintable()


def test_a_table_on_the_terminal_is_harmless(capsys: pytest.CaptureFixture[str]) -> None:
    import pandas as pd

    common.result(pd.DataFrame({"operator": [v for k, v in HOSTILE.items() if k != "surrogate"]}))
    shown = capsys.readouterr().out
    assert "\x1b" not in shown
    assert "\x9b" not in shown
    assert "\u202e" not in shown
    assert len(shown.splitlines()) == len(HOSTILE)


def test_json_on_the_terminal_is_harmless(capsys: pytest.CaptureFixture[str]) -> None:
    common.result(dict(HOSTILE), as_json=True)
    shown = capsys.readouterr().out
    assert json.loads(shown) == HOSTILE
    assert not set(shown) & set("\x1b\x9b\x07\u202e\u2066\ud800")


def test_a_stream_that_lacks_letters_shows_them_escaped(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr(sys, "stdout", stream)
    common._speak_plainly()
    common.out("– Zürich \ud800")
    stream.flush()
    assert stream.buffer.getvalue() == b"\\u2013 Z\\xfcrich \\ud800\n"  # type: ignore[attr-defined]


def test_our_own_errors_hold_no_control_characters() -> None:
    error = InputError("x\x1b[2J", where="a\nb\u202e", row="\x00", fix="\x9b")
    assert str(error).isprintable()


@given(st.integers(1, 10**6).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_a_share_in_per_cent_is_the_exact_one_rounded_half_up(pair: tuple[int, int]) -> None:
    part, whole = pair
    tenths = (2000 * part + whole) // (2 * whole)  # exact, halves up
    said = text.percent(part / whole)
    if 0 < part < whole and tenths in (0, 1000):
        assert said == ("<0.1%" if tenths == 0 else ">99.9%")
    else:
        assert said == f"{tenths // 10}.{tenths % 10}%"
