"""Pages printed by a browser: in its sandbox, the same bytes each time, without a look outside."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from alprmap.publish.report import printing

PAGE = """<!doctype html><meta charset="utf-8"><title>t</title><p>A <b>page</b> of two words."""


@pytest.fixture
def browser() -> None:
    if not any(map(shutil.which, printing.CHROMIUMS)):
        pytest.skip("no Chromium here")
    if printing.printed(PAGE) is None:
        pytest.skip("Chromium cannot have its sandbox here, and is not used without")


def test_P_the_sandbox_of_the_browser_is_never_turned_off(root: Path) -> None:
    for path in (root / "alprmap").rglob("*.py"):
        assert "no-sandbox" not in path.read_text("utf-8"), path


@pytest.mark.slow
@pytest.mark.usefixtures("browser")
def test_P_the_same_page_is_the_same_file() -> None:
    import io

    import pdfplumber

    one = printing.printed(PAGE)
    time.sleep(1.1)  # a date in it would differ
    assert one is not None
    assert one == printing.printed(PAGE)
    with pdfplumber.open(io.BytesIO(one)) as pdf:
        assert "two words" in pdf.pages[0].extract_text()


@pytest.mark.slow
@pytest.mark.usefixtures("browser")
@pytest.mark.skipif(not shutil.which("strace"), reason="no strace here")
def test_P_the_browser_asks_nobody(tmp_path: Path) -> None:
    code = (
        "import sys; from alprmap.publish.report import printing\n"
        "sys.exit(printing.printed(sys.argv[1]) is None)"
    )
    trace = tmp_path / "trace"
    subprocess.run(
        ["strace", "-f", "-qq", "-e", "trace=connect,bind,sendto,sendmsg,sendmmsg", "-o", trace,
         sys.executable, "-c", code, PAGE],
        check=True, timeout=120,
    )  # fmt: skip
    lines = trace.read_text().splitlines()
    asked = [x for x in lines if re.search(r"sa_family=AF_INET6?,.*= [\d]+$", x)]
    # UDP, nothing is sent: it asks the system for a route, where it has an interface at all
    assert [x for x in asked if "2001:4860:4860::8888" not in x] == []


@pytest.mark.skipif(sys.platform == "win32", reason="a shell script")
@pytest.mark.parametrize("what", ["exit 1", "exit 0", "sleep 600 & sleep 600"])
def test_P_a_browser_that_fails_or_hangs_is_no_browser(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    tmp_path.chmod(0o755)
    program = tmp_path / "browser"
    program.write_text(f"#!/bin/sh\n{what}\n")
    program.chmod(0o755)
    monkeypatch.setattr(printing, "CHROMIUMS", (str(program),))
    monkeypatch.setattr(printing, "PRINT_S", 1)
    start = time.monotonic()
    assert printing.printed(PAGE) is None
    assert time.monotonic() - start < 20
