"""scripts/release.py: what goes with a release, and what it says where it could not look."""

from __future__ import annotations

import importlib.util
import json
import re
import subprocess
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest


@pytest.fixture
def release(root: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("release", root / "scripts" / "release.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ([{"name": "a", "version": "1", "vulns": []}], "knows no weakness of 1 libraries"),
        ([{"name": "a", "skip_reason": "not found"}], "could not ask about 1 of 1"),
        (
            [{"name": "a", "skip_reason": "x"}, {"name": "b", "version": "1", "vulns": []}],
            "could not ask about 1 of 2 libraries\npip-audit knows no weakness of 1",
        ),
        (None, "does not reach its database"),
    ],
)
def test_an_audit_calls_sound_only_what_it_could_ask_about(
    release: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
    answer: Any, said: str,
) -> None:  # fmt: skip
    text = "" if answer is None else json.dumps({"dependencies": answer})
    done = subprocess.CompletedProcess([], 1, text, "")
    monkeypatch.setattr(release, "has", lambda _module: True)
    monkeypatch.setattr(release.subprocess, "run", lambda *_words, **_more: done)
    release.audit()
    assert said in capsys.readouterr().out


def test_an_audit_ends_a_release_with_a_known_weakness(
    release: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    weak = [{"name": "a", "version": "1", "vulns": [{"id": "CVE-1"}]}]
    done = subprocess.CompletedProcess([], 1, json.dumps({"dependencies": weak}), "")
    monkeypatch.setattr(release, "has", lambda _module: True)
    monkeypatch.setattr(release.subprocess, "run", lambda *_words, **_more: done)
    with pytest.raises(SystemExit, match="a 1: CVE-1"):
        release.audit()


def test_the_notes_are_those_of_the_release(
    release: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(release, "ROOT", tmp_path)
    (tmp_path / "pyproject.toml").write_text('[project]\nversion = "0.2.0"\n')
    log = tmp_path / "CHANGELOG.md"
    log.write_text("# C\n\n## Unreleased\n\nnew\n\n## 0.2.0\n\ntwo\n\n## 0.1.0\n\none\n")
    assert release.notes() == "new\n"
    log.write_text("# C\n\n## Unreleased\n\n## [0.2.0] 2026-12-01\n\ntwo\n\n## 0.1.0\n\none\n")
    assert release.notes() == "two\n"
    log.write_text("# C\n\n## 0.1.0\n\none\n")
    with pytest.raises(SystemExit, match=r"0\.2\.0"):
        release.notes()


def test_the_sdist_takes_every_file_that_is_no_map(release: ModuleType, root: Path) -> None:
    """What is kept in git goes into the sdist, so that its own tests run from it."""
    import tomllib

    project = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))
    patterns = project["tool"]["hatch"]["build"]["targets"]["sdist"]["include"]
    if not (root / ".git").exists():
        pytest.skip("not a clone")
    words = ["git", "ls-files"]
    names = subprocess.run(words, cwd=root, capture_output=True, text=True, check=True).stdout
    left = {
        name
        for name in names.split("\n")
        if name and not any(Path(name).match(p) or name.split("/")[0] == p for p in patterns)
    }
    assert {name.split("/")[0] for name in left} <= {"maps", ".gitignore", "pyproject.toml"}
    assert set(release.NEEDED) <= set(names.split("\n"))


def test_the_bill_of_materials_is_the_lock(release: ModuleType, root: Path) -> None:
    bill = json.loads(release.bill_of_materials())
    lock = (root / "requirements.lock").read_text("utf-8")
    pins = {
        line.split()[0].split(";")[0] for line in lock.splitlines() if "==" in line.split("#")[0]
    }
    listed = {f"{c['name']}=={c['version']}" for c in bill["components"]}
    assert listed == {p.rstrip("\\").strip() for p in pins}
    assert len(listed) > 15
    hashes = [h for c in bill["components"] for h in c["externalReferences"][0]["hashes"]]
    assert len(hashes) == lock.count("--hash=sha256:")
    assert all(c["externalReferences"][0]["hashes"] for c in bill["components"])
    assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.5")
    assert release.bill_of_materials() == release.bill_of_materials()


def test_the_notice_names_every_library_of_the_lock(release: ModuleType) -> None:
    """By name: the version is the installed one, which a job with the newest or oldest may change."""
    notice = release.third_parties()
    named = {line.split()[0] for line in notice.split("=" * 78)[0].splitlines() if ": " in line}
    brought = {re.sub(r"[-_.]+", "-", n.lower()) for n in named}
    pinned = {re.sub(r"[-_.]+", "-", name.lower()) for name, _, _ in release.pinned()}
    # the lock also pins what builds the wheel and is not brought along, and what other systems need
    from test_licenses import needed

    elsewhere = {*needed(("build",)), "colorama", "tzdata", "pywin32"}
    assert pinned - brought - elsewhere == set()
    assert {"numpy", "pandas", "pyarrow", "shapely"} <= brought & pinned
    assert "GEOS" in notice
    assert "certifi" in notice
