"""What a late stage would refuse by the project file and its inputs alone is refused before any
stage runs."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from alprmap.build import build, load_project, plan_stages
from alprmap.errors import AlprmapError

SHARES = (
    "from,to,since\n"
    "Alder OH PD,Birch IL PD,2026-01-05\n"
    "Birch IL PD,Birch OH PD,2026-01-05\n"
    "Alder OH PD,FBI,2026-01-05\n"
)
CAMERAS = "id,lat,lon\n1,39.96123,-82.99876\n"


def plan(base: Path, access: str, shares: str = SHARES) -> list[Any]:
    (base / "cameras.csv").write_text(CAMERAS)
    (base / "shares.csv").write_text(shares)
    file = base / "alprmap.toml"
    source = '[[sources]]\nid = "list"\npath = "cameras.csv"\n'
    named = f'[access]\nshares = "shares.csv"\n{access}\n'
    file.write_text(f'[project]\nname = "town"\ntitle = "Town"\n{source}{named}')
    project = load_project(file)
    return list(plan_stages(project, base))


@pytest.mark.parametrize(
    ("access", "shares", "words"),
    [
        ('to = "Birch Police Department"', SHARES, "access.to: Birch Police Department may be"),
        ('to = ["FBI", "Birch Police Department"]', SHARES, "name one by its id: birch-"),
        ('to = "Zzyzx Burger Palace"', SHARES, "access.to: no agency is called Zzyzx"),
        ('kind = "federale"', SHARES, "'federale' is no kind"),
        ('kind = "federal"\nas_of = "soon"', SHARES, "access.as_of: must be a date"),
        ('kind = "federal"', "a,b\n1,2\n", "shares.csv"),
    ],
)
def test_A1_who_is_asked_for_is_looked_up_before_any_stage_runs(
    tmp_path: Path, access: str, shares: str, words: str
) -> None:
    out = tmp_path / "out"
    ran: list[str] = []

    def built() -> None:
        stages = plan(tmp_path, access, shares)
        counted = [replace(s, run=lambda _, name=s.name: ran.append(name) or {}) for s in stages]
        build(counted, out, about={})

    with pytest.raises(AlprmapError) as told:
        built()
    assert words in str(told.value)
    assert "\n" not in str(told.value)
    assert ran == []
    assert not out.exists()


def test_A1_a_result_that_is_up_to_date_reads_no_record_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # without the pages and what describes the tables, which take seconds
    stages = plan(tmp_path, 'to = ["FBI", "birch-police-department-il"]')[:-4]
    first = build(stages, tmp_path / "out", about={})
    assert "access" in first.ran
    calls: list[int] = []
    watched = [replace(s, check=lambda: calls.append(1)) for s in stages]
    assert build(watched, tmp_path / "out", about={}).ran == ()
    assert calls == []
