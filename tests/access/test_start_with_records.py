"""`start` takes logs and records that a build can use, and refuses others before it writes."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from alprmap.build import project_text, propose_project, recognize_files
from alprmap.cli import app

HEAD = "id,searchDate,networkCount,reason\n"
REGISTRY = "name,declared_cameras,state\n{},12,OH\n"


@pytest.mark.parametrize(
    ("rows", "taken"),
    [
        (["1,2026-03-26,3,theft"], True),
        (["1,3/26/2026,3,theft"], True),
        (["1,2026-03-26T02:24:37Z,3,theft"], True),
        (["1,soon,3,theft", "2,2026-03-26,3,theft"], True),
        (["1,soon,3,theft"] * 20, False),
        (["1,,3,theft"], False),
        ([], False),
    ],
)
def test_A6_start_refuses_a_log_without_a_time_and_writes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rows: list[str], *, taken: bool
) -> None:
    monkeypatch.chdir(tmp_path)
    log = tmp_path / "alderton-oh-pd.2026-05-01.csv"
    log.write_text(HEAD + "\n".join(rows))
    done = CliRunner().invoke(app, ["start", str(log), "--yes", "--no-build"])
    assert (done.exit_code == 0) == taken, done.output + done.stderr
    assert Path("alprmap.toml").exists() == taken
    if not taken:
        said = done.output + done.stderr + str(done.exception)
        assert "time of search that can be read" in said
        assert "soon" not in said


def test_A1_every_file_of_agencies_goes_into_the_project(tmp_path: Path) -> None:
    (tmp_path / "shares.csv").write_text("from,to,since\nAlder OH PD,Birch OH PD,2026-01-05\n")
    for name in ("a", "b"):
        (tmp_path / f"{name}.csv").write_text(REGISTRY.format(f"{name.upper()}lder OH PD"))
    plan = propose_project(recognize_files(sorted(tmp_path.glob("*.csv"))))
    assert 'agencies = ["a.csv", "b.csv"]' in project_text(plan, tmp_path)
