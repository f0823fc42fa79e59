"""`start` takes logs and records that a build can use, and refuses others before it writes."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from alprmap.access import access_targets
from alprmap.build import load_project, project_text, propose_project, recognize_files
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


SHARES = "from,to,since\n"


@pytest.mark.parametrize(
    ("rows", "to", "kind"),
    [
        (["Alder OH PD,U.S. Border Patrol", "Birch OH PD,FBI"], "U.S. Border Patrol", None),
        (
            ["Alder OH PD,FBI", "Birch OH PD,Alder OH PD", "Cedar OH PD,Birch OH PD"],
            None,
            "federal",
        ),
        (["Alder OH PD,ATF Nashville", "Alder OH PD,Birch OH PD"], None, "federal"),
        # a federal body that only lets others in can look through nothing by this record
        (["FBI,Alder OH PD", "Birch OH PD,Alder OH PD"], "Alder Police Department", None),
        (
            ["Alder OH PD,Birch OH PD", "Alder OH PD,Cedar OH PD"],
            "Alder Police Department",
            None,
        ),
    ],
)
def test_A1_start_asks_for_federal_bodies_where_a_record_lets_one_in(
    tmp_path: Path, rows: list[str], to: str | None, kind: str | None
) -> None:
    file = tmp_path / "shares.csv"
    file.write_text(SHARES + "".join(f"{row},2026-01-05\n" for row in rows))
    plan = propose_project(recognize_files([file]))
    assert (plan.to, plan.kind) == (to, kind)
    (tmp_path / "alprmap.toml").write_text(project_text(plan, tmp_path))
    asked = load_project(tmp_path / "alprmap.toml").access
    assert asked is not None
    assert (asked.first, asked.kind) == (to, kind)


def test_A1_start_names_an_agency_so_that_it_is_the_only_one(tmp_path: Path) -> None:
    file = tmp_path / "shares.csv"
    rows = ["Alder OH PD,Birch OH PD", "Alder OH PD,Cedar OH PD", "Birch OH PD,Alder IL PD"]
    file.write_text(SHARES + "".join(f"{row},2026-01-05\n" for row in rows))
    known = recognize_files([file])
    plan = propose_project(known)
    agencies = known[0].table
    assert agencies is not None
    assert plan.to is not None
    assert access_targets(agencies, to=plan.to) == ["alder-police-department-oh"]


def test_A1_a_record_of_many_agencies_is_not_titled_by_one_of_them(tmp_path: Path) -> None:
    file = tmp_path / "shares.csv"
    pairs = ["Alder,Birch", "Birch,Cedar", "Cedar,Dogwood", "Dogwood,Elder", "Elder,Fir"]
    lines = [f"{a} OH PD,{b} OH PD,2026-01-05\n" for a, b in (p.split(",") for p in pairs)]
    file.write_text(SHARES + "".join(lines))
    assert (
        propose_project(recognize_files([file])).title
        == "Who can look through license plate readers"
    )


@pytest.mark.parametrize(
    ("lang", "words"),
    [
        ("en", "2 organizations let a federal body"),
        ("es", "2 organizaciones permiten a un organismo federal"),
    ],
)
def test_A1_a_record_alone_says_how_many_let_a_federal_body_look(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lang: str, words: str
) -> None:
    monkeypatch.chdir(tmp_path)
    rows = ["Alder OH PD,FBI", "Birch OH PD,ATF Nashville", "Birch OH PD,Alder OH PD"]
    Path("shares.csv").write_text(SHARES + "".join(f"{row},2026-01-05\n" for row in rows), "utf-8")
    done = CliRunner().invoke(app, ["start", "shares.csv", "--yes", "--lang", lang])
    assert done.exit_code == 0, done.output + done.stderr
    assert words in done.output
