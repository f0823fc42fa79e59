"""L6: small made-up inputs of the kinds that were once read or located wrongly, run as a user runs
them; each folder of `cases` says what is expected and why."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from case_runner import folders, hold

from alprmap.cli import app, common


@pytest.mark.parametrize("case", folders(__file__), ids=lambda p: p.name)
def test_L6_a_case_comes_out_as_its_user_expects(
    case: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)

    def call(*words: str) -> tuple[int, str, str]:
        monkeypatch.setattr("sys.argv", ["alprmap", *words])
        code: Any = common.run(app)
        said = capsys.readouterr()
        return int(code), said.out, said.err

    hold(case, tmp_path, call)
