"""S1: small made-up inputs of the kinds that were once read or located wrongly, run as a user runs
them; each folder of `cases` says what is expected and why."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from case_runner import folders, hold


@pytest.mark.parametrize("case", folders(__file__), ids=lambda p: p.name)
def test_S1_a_case_comes_out_as_its_user_expects(
    case: Path, tmp_path: Path, alprmap_here: Any
) -> None:
    hold(case, tmp_path, alprmap_here)
