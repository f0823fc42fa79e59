"""Fixtures of the browser tests: the system's Chromium, pages opened from disk, requests and
messages noted."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from alprmap.publish.map import webmap

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip


@dataclass
class Opened:
    """A page, what it asked for and what it said."""

    page: Any
    path: Path
    requests: list[str] = field(default_factory=list)
    messages: list[str] = field(default_factory=list)
    dialogs: list[str] = field(default_factory=list)

    def text(self, selector: str) -> str:
        return str(self.page.inner_text(selector))

    def count(self) -> int:
        """The number of cameras that the panel says are shown."""
        return int(self.text("#count").split()[0].replace(",", ""))

    def wait(self, expression: str) -> None:
        """Wait until a JavaScript expression holds (the page's own policy forbids waiting inside
        the page)."""
        for _ in range(100):
            if self.page.evaluate(expression):
                return
            self.page.wait_for_timeout(50)
        raise AssertionError(f"never true: {expression}")

    def check(self) -> None:
        """The page has asked for nothing but itself and has said nothing."""
        assert [r for r in self.requests if r.split("#")[0] != self.path.as_uri()] == []
        assert len(self.requests) == 1
        assert self.messages == []
        assert self.dialogs == []


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    path = (
        os.environ.get("ALPRMAP_CHROMIUM")
        or shutil.which("chromium")
        or shutil.which("chromium-browser")
    )
    if not path:
        pytest.skip("no Chromium on this system (apt-get install chromium)")
    with sync_api.sync_playwright() as play:
        browser = play.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def opened(chromium: Any, tmp_path: Path) -> Iterator[Callable[..., Opened]]:
    """Opens a MapData (or an HTML file) in a fresh context; at the end each page must have kept
    silent."""
    contexts: list[Any] = []
    pages: list[Opened] = []

    def open_page(
        data: webmap.MapData | Path,
        hash_: str = "",
        *,
        embed: bool = False,
        ready: bool = True,
        **context: Any,
    ) -> Opened:
        path = data if isinstance(data, Path) else tmp_path / f"page{len(pages)}.html"
        if not isinstance(data, Path):
            webmap.write_map(data, path, embed=embed)
        made = chromium.new_context(
            **{"viewport": {"width": 1200, "height": 800}, "accept_downloads": True, **context}
        )
        contexts.append(made)
        page = made.new_page()
        it = Opened(page, path)
        page.on(
            "request",
            lambda r: it.requests.append(r.url) if not r.url.startswith("blob:") else None,
        )
        page.on("console", lambda m: it.messages.append(f"{m.type}: {m.text}"))
        page.on("pageerror", lambda e: it.messages.append(f"error: {e}"))
        page.on("dialog", lambda d: (it.dialogs.append(d.message), d.dismiss()))
        page.goto(path.as_uri() + hash_)
        if ready and context.get("java_script_enabled", True):
            page.wait_for_selector("html.ready", state="attached")
        pages.append(it)
        return it

    yield open_page
    for it in pages:
        it.check()
    for made in contexts:
        made.close()


@pytest.fixture(scope="session")
def axe() -> str:
    """The text of axe-core's script; `.ci/run` fetches it and names it in ALPRMAP_AXE."""
    path = os.environ.get("ALPRMAP_AXE", "")
    if not path or not Path(path).is_file():
        pytest.skip("axe-core is not here (npm pack axe-core, then ALPRMAP_AXE=…/axe.min.js)")
    return Path(path).read_text("utf-8")
