"""Without --force no command replaces a file, neither its --out nor one of those that go beside it."""

from __future__ import annotations

from pathlib import Path

import pytest

from alprmap.cli import app, common
from alprmap.errors import UsageError
from alprmap.store import whole as store

ONE = "id,lat,lon,operator\n1,27.51234,-99.51234,Laredo PD\n"
TWO = "id,lat,lon,operator\n1,27.51234,-99.51234,Laredo PD\n2,27.61234,-99.41234,Webb County\n"


@pytest.fixture
def alprmap(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> object:
    """A command, run in a folder that holds two lists."""
    monkeypatch.chdir(tmp_path)
    Path("one.csv").write_text(ONE, encoding="utf-8")
    Path("two.csv").write_text(TWO, encoding="utf-8")

    def run(*words: str) -> int:
        monkeypatch.setattr("sys.argv", ["alprmap", *words])
        return common.run(app)

    return run


def contents() -> dict[str, bytes]:
    return {p.as_posix(): p.read_bytes() for p in sorted(Path().rglob("*")) if p.is_file()}


@pytest.mark.parametrize(
    ("words", "first", "second", "kept"),
    [
        (["merge"], "c.parquet", "c.csv", "c.views.parquet"),
        (["read"], "r.parquet", "r.csv", "r.rejects.csv"),
        (["reach", "--border", "mexico"], "d.parquet", "d.csv", "d.statistics.csv"),
    ],
    ids=lambda v: v[0] if isinstance(v, list) else v,
)
def test_what_another_run_left_beside_is_kept(
    words: list[str],
    first: str,
    second: str,
    kept: str,
    alprmap: object,
    capsys: pytest.CaptureFixture[str],
) -> None:
    # c.csv is new, and c.views.parquet belongs to c.parquet: replaced, it would be of other cameras
    command, *options = words
    bad = "one.csv" if command != "read" else "bad.csv"
    Path("bad.csv").write_text(ONE + "2,no,place,X\n", encoding="utf-8")
    assert alprmap(command, bad, *options, "--out", first) in (0, 3)  # type: ignore[operator]
    before = contents()
    assert kept in before
    capsys.readouterr()
    assert alprmap(command, "two.csv", *options, "--out", second) == 2  # type: ignore[operator]
    said = capsys.readouterr().err
    assert "exists already" in said
    assert "--force" in said
    assert contents() == before
    assert alprmap(command, "two.csv", *options, "--out", second, "--force") in (0, 3)  # type: ignore[operator]
    assert contents()[kept] != before[kept]


def test_hand_outs_replace_no_list_of_the_user_s(
    alprmap: object, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("cameras.csv").write_text(TWO, encoding="utf-8")
    before = contents()
    assert alprmap("map", "cameras.csv", "--out", "m.html", "--hand-outs", ".") == 2  # type: ignore[operator]
    assert "cameras.csv: exists already" in capsys.readouterr().err
    assert contents() == before


def test_the_same_bytes_again_are_no_loss(tmp_path: Path) -> None:
    out = tmp_path / "x.osm"
    rules = tmp_path / "x.rules.txt"
    rules.write_text("as ever")
    store.keep(True)
    try:
        with store.together(out):
            store.write_text(out, "new")
            store.write_text(rules, "as ever")
        with pytest.raises(UsageError, match="exists already"), store.together(out):  # noqa: PT012
            store.write_text(out, "newer")
            store.write_text(rules, "otherwise")
    finally:
        store.release()
    assert (out.read_text(), rules.read_text()) == ("new", "as ever")
    with store.together(out):
        store.write_text(rules, "otherwise")
    assert rules.read_text() == "otherwise"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["x.osm", "x.rules.txt"]
