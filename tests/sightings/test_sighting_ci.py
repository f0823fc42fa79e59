"""The continuous-integration example of docs/ does what it says: its steps are run in a repository
made here."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import pytest
import sighting_data as data

from alprmap.sightings import canonical, files

ROOT = Path(__file__).resolve().parents[2]
PARTS = (ROOT / "docs" / "sighting-ci.yml").read_text("utf-8").split("      - name: ")[1:]
STEPS = [(part.split("\n", 1)[0], part.split("        run: |\n", 1)[1]) for part in PARTS]
"""Name and script of the steps, which are the last ones of the file."""


def run(folder: Path, *words: str, **more: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False, **more)


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    here = tmp_path / "repo"
    here.mkdir()
    run(here, "git", "init", "-q", "-b", "main")
    canonical.add_sightings(
        [files.read_sightings(data.write(tmp_path / "base.geojson", data.feature()))],
        here / "sightings",
    )
    commit(here)
    return here


def commit(here: Path) -> str:
    run(here, "git", "add", "-A")
    run(
        here, "git", "-c", "user.name=t", "-c", "user.email=t@example.invalid", "commit", "-qm", "x"
    )
    return run(here, "git", "rev-parse", "HEAD").stdout.strip()


def steps(here: Path, base: str) -> dict[str, subprocess.CompletedProcess[str]]:
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    env = {**os.environ, "BASE": base, "PATH": path}
    return {
        name: run(here, "bash", "-e", "-c", textwrap.dedent(script), env=env)
        for name, script in STEPS
    }


@pytest.mark.parametrize(
    ("change", "passes"),
    [
        ({"lat": 29.83}, (True, True, True)),
        ({"lat": 29.83, "direction": "0"}, (True, True, True)),
        ({"lat": 29.70}, (True, False, True)),
    ],
)
def test_a_pull_request(
    repo: Path, tmp_path: Path, change: dict[str, Any], passes: tuple[bool, ...]
) -> None:
    base = commit(repo) or run(repo, "git", "rev-parse", "HEAD").stdout.strip()
    source = data.write(tmp_path / "in.geojson", data.feature(**change))
    canonical.add_sightings([files.read_sightings(source)], repo / "sightings")
    commit(repo)
    done = steps(repo, base)
    assert tuple(d.returncode == 0 for d in done.values()) == passes, {
        n: d.stdout + d.stderr for n, d in done.items()
    }
    if "direction" in change:
        assert "::warning file=sightings/" in done["Check them"].stdout


def test_what_is_no_sighting_or_not_in_its_form_fails(repo: Path) -> None:
    base = run(repo, "git", "rev-parse", "HEAD").stdout.strip()
    (repo / "Makefile").write_text("all:\n")
    data.write(repo / "sightings" / "mine.geojson", data.feature(lat=29.83, user="ann"))
    commit(repo)
    done = steps(repo, base)
    assert [d.returncode != 0 for d in done.values()] == [True, True, True]
    assert "Makefile" in done["Only sightings may change"].stdout
    assert "author" in done["Check them"].stdout
