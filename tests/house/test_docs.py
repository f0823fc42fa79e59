"""Documentation that fails when it goes stale: sessions are run, links resolve, generated pages are
current.

A ```console block is a session: `$ ` lines are run one after another in one folder, and what
follows must be what they print; a line `…` stands for any lines, `…` within a line for any text. A
block after `<!-- needs ../shared/data -->` is run only where the real inputs are. A ```python
block is run after the sessions of its page, in the same folder, and must print something.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")])
PAGES = [p for p in PAGES if p.is_file()]
BLOCK = re.compile(r"(<!-- needs \.\./shared/data -->\s*)?^```console\n(.*?)^```$", re.S | re.M)
PYTHON = re.compile(r"^```python\n(.*?)^```$", re.S | re.M)
NOT_RUN = ("make ", "git ", "cd ", "pip ", "python3 ")


def sessions(page: Path) -> list[tuple[bool, str]]:
    return [(bool(m.group(1)), m.group(2)) for m in BLOCK.finditer(page.read_text("utf-8"))]


def steps(block: str) -> list[tuple[str, str]]:
    """(command, expected output) of a session."""
    found: list[tuple[str, list[str]]] = []
    for line in block.splitlines():
        if line.startswith("$ "):
            found.append((line[2:], []))
        elif found:
            found[-1][1].append(line)
    return [(command, "\n".join(lines).strip()) for command, lines in found]


def pattern(expected: str) -> re.Pattern[str]:
    parts = []
    for line in expected.splitlines():
        parts.append(
            r"(?:.*\n)*?" if line.strip() == "…" else re.escape(line).replace("…", ".*") + r"[ ]*\n"
        )
    return re.compile("".join(parts))


@pytest.mark.slow
@pytest.mark.parametrize(
    "page", [p for p in PAGES if sessions(p)], ids=lambda p: p.relative_to(ROOT).as_posix()
)
def test_sessions_print_what_the_page_says(page: Path, tmp_path: Path) -> None:
    here = tmp_path / "main"
    here.mkdir()
    for name in ("examples", "data"):
        (here / name).symlink_to(ROOT / name)
    if (ROOT.parent / "shared").is_dir():
        (tmp_path / "shared").symlink_to(ROOT.parent / "shared")
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    run = partial(
        subprocess.run,
        cwd=here,
        env={**os.environ, "PATH": path, "COLUMNS": "100", "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        timeout=1000,
        check=False,
    )
    for needs_shared, block in sessions(page):
        if needs_shared and not (tmp_path / "shared").exists():
            continue
        for command, expected in steps(block):
            if command.startswith(NOT_RUN):
                continue
            done = run(command, shell=True)
            printed = done.stdout.rstrip() + "\n" if done.stdout.strip() else ""
            assert done.returncode in (0, 3), f"$ {command}\n{done.stderr}"
            assert pattern(expected).fullmatch(printed), (
                f"$ {command}\nprinted:\n{printed}\nthe page says:\n{expected}"
            )
    for block in PYTHON.findall(page.read_text("utf-8")):
        done = run([sys.executable, "-c", block])
        assert done.returncode == 0, f"{block}\n{done.stderr}"
        assert done.stdout.strip(), block


def test_generated_pages_are_current() -> None:
    done = subprocess.run(
        [sys.executable, "scripts/make_docs.py", "--check"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(page: Path) -> None:
    text = re.sub(r"```.*?```", "", page.read_text("utf-8"), flags=re.S)
    for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", text):
        if not target.startswith(("http:", "https:", "mailto:")):
            assert (page.parent / target).exists(), (
                f"{page.name} links to {target}, which is not there"
            )


def test_the_kept_demo_page_says_what_the_readme_says() -> None:
    kept = ROOT / "maps" / "demo" / "index.html"
    if not kept.is_file():
        pytest.skip("the demo page is kept in a clone, not in a source archive")
    session = (ROOT / "README.md").read_text("utf-8").split("## Session 2", 1)[0]
    said = [line[2:] for line in session.splitlines() if line.startswith("- ")]
    assert len(said) == 5
    page = kept.read_text("utf-8")
    assert [line for line in said if line not in page] == []


def test_every_wing_has_a_page_under_its_own_name() -> None:
    wings = {p.parent.name for p in (ROOT / "alprmap").glob("*/__init__.pyi")}
    without = wings - {"cli", "sandbox", "store"}  # the ground: docs/trust.md and docs/data.md
    assert sorted(w for w in without if not (ROOT / f"docs/method/{w}.md").is_file()) == []


def test_rooms_that_a_page_names_are_where_it_says() -> None:
    rooms = [str(p.relative_to(ROOT)) for p in ROOT.glob("[a-z]*/**/*.py")]
    named = 0
    for page in [*ROOT.glob("docs/*.md"), *ROOT.glob("docs/method/*.md"), ROOT / "README.md"]:
        text = page.read_text("utf-8")
        for room in re.findall(r"`(?:python )?([\w/.-]+\.py)\b", text):
            assert any(f"/{r}".endswith(f"/{room}") for r in rooms), f"{page.name} names {room}"
        # in the head of a page, a name without its folder lies in the wing of the page
        head = re.search(r"^Rooms: .*?(?=Commands?:|\n\n)", text, re.M | re.S)
        for room in re.findall(r"`([\w/]+\.py)`", head[0] if head else ""):
            path = room if room.startswith("alprmap/") else f"alprmap/{page.stem}/**/{room}"
            assert list(ROOT.glob(path)), f"{page.name} names {room}"
            named += 1
    assert named > 40


def test_the_container_is_made_of_files_that_are_there_and_let_in() -> None:
    text = (ROOT / "Containerfile").read_text("utf-8")
    let_in = (ROOT / ".containerignore").read_text("utf-8").split()
    copied = [n for line in re.findall(r"^COPY (?!--)(.+) \S+$", text, re.M) for n in line.split()]
    assert copied
    for name in copied:
        path = name.removeprefix("./")
        assert (ROOT / path).exists(), name
        assert f"!{path}" in let_in, name


def test_the_site_names_the_colors_of_its_theme() -> None:
    # a color that Material for MkDocs does not know is drawn as indigo, unreadable on a dark ground
    known = {
        "red", "pink", "purple", "deep purple", "indigo", "blue", "light blue", "cyan", "teal", "green", "light green",
        "lime", "yellow", "amber", "orange", "deep orange", "brown", "grey", "blue grey", "black", "white", "custom",
    }  # fmt: skip
    named = re.findall(
        r"^ +(?:primary|accent): (.+)$", (ROOT / "mkdocs.yml").read_text("utf-8"), re.M
    )
    assert named
    assert set(named) <= known
