"""The doctor prints the versions that decide a number or read a stranger's file, and fails on
unsafe ones."""

from __future__ import annotations

import re
import sys
import tomllib

import pytest
from typer.testing import CliRunner

from alprmap import doctor, sandbox
from alprmap.cli import app
from alprmap.errors import InputError
from alprmap.geography.borders import sources as data_sources
from alprmap.shipped import data_path

LISTED = tomllib.loads(data_path("known_bad.toml").read_text("utf-8"))
BAD = LISTED["bad"]


def test_what_is_installed_here_is_safe() -> None:
    found = doctor.versions()
    assert {"GDAL", "GEOS", "PROJ", "expat", "SQLite", "zlib", "pillow", "pyarrow"} <= found.keys()
    assert doctor.known_bad(found) == []


@pytest.mark.parametrize("bad", BAD, ids=lambda b: f"{b['name']}-{b['below']}")
def test_each_entry_is_about_something_the_doctor_sees(bad: dict[str, str]) -> None:
    assert bad["name"] in doctor.versions()
    assert doctor.known_bad({bad["name"]: bad["below"]}) == []
    assert bad["why"] in doctor.known_bad({bad["name"]: bad.get("from", "0.0.1")})[0]


@pytest.mark.parametrize(
    ("version", "numbers"),
    [
        ("3.12.1", (3, 12, 1)),
        ("3.12.0dev-CAPI-1.18", (3, 12, 0)),
        ("missing", ()),
        ("", ()),
        ("20251107", (20251107,)),
    ],
)
def test_versions_are_compared_as_numbers(version: str, numbers: tuple[int, ...]) -> None:
    assert doctor._numbers(version) == numbers
    assert not doctor._between("2.10", "0", "2.9")
    assert doctor._between("2.9", "2.9", "2.10")


def test_an_unsafe_version_is_exit_1_after_the_facts(monkeypatch: pytest.MonkeyPatch) -> None:
    facts = doctor.facts() | {"expat": "2.2.0"}
    monkeypatch.setattr(doctor, "facts", lambda: facts)
    done = CliRunner().invoke(app, ["doctor", "--json"])
    assert isinstance(done.exception, InputError)
    assert done.exception.exit_code == 1
    assert "expat 2.2.0: entities may grow" in str(done.exception)
    assert '"GDAL"' in done.stdout


def test_a_version_whose_faults_are_held_is_said_and_no_failure(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert {m["name"] for m in LISTED["mind"]} <= doctor.versions().keys()
    for version, said in (("2.5.0", True), ("2.7.2", False)):
        facts = doctor.facts() | {"expat": version}
        monkeypatch.setattr(doctor, "facts", lambda facts=facts: facts)
        done = CliRunner().invoke(app, ["doctor"])
        assert done.exit_code == 0
        assert (
            "better renewed: expat 2.5.0: a hostile file can cost it time" in done.stderr
        ) == said


def test_the_dates_of_the_shipped_data_are_printed() -> None:
    shipped = {name: text for name, text in doctor.facts().items() if name.startswith("data/")}
    assert shipped.keys() == {f"data/{name}" for name in data_sources()}
    assert all(re.search(r"\b(?:19|20)\d\d\b", text) for text in shipped.values())
    done = CliRunner().invoke(app, ["doctor"])
    assert "2016 plotly-geo" in done.stdout


def test_the_wall_of_this_machine_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    for held, said in ((True, "by the system"), (False, "by Python only"), ("x", "by Python only")):
        answer = iter([({"held": {"network": held, "files": held, "memory": held}}, b"")])
        monkeypatch.setattr(sandbox, "ask", lambda *_, answer=answer, **__: answer)
        told = doctor.walls()
        assert list(told) == ["wall, network", "wall, files", "wall, memory"]
        assert told["wall, files"] == f"no file written ({said})"
    monkeypatch.undo()
    if sys.platform == "linux":
        assert doctor.walls()["wall, memory"] == "memory limited (by the system)"
