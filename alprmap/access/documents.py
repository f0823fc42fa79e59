"""A portal page saved as HTML or PDF is read in the fenced process: its tables and its lines."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from alprmap.errors import WHOLE, InputError
from alprmap.sandbox import Message, ask, out_of_step
from alprmap.sources import Caps, Checked, regular, text_within

ROOM = "alprmap.access.documents"
PIECES = "\x1f"
"""Stands between the items of a list that a page itself keeps apart: no comma of a name cuts it."""
_HTML = (b"<!doctype html", b"<html")
_HEAD = 1_024
_AT_ONCE = 2_000
_HIDDEN = frozenset({"script", "style", "template", "noscript", "svg", "head"})
_BLOCKS = frozenset({
    "address", "article", "aside", "blockquote", "br", "button", "caption", "dd", "div", "dl", "dt",
    "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "label", "li",
    "legend", "main", "nav", "ol", "p", "pre", "section", "summary", "table", "td", "th", "title",
    "tr", "ul",
})  # fmt: skip
_LISTS = frozenset({"ul", "ol"})


def document_kind(path: Path) -> str | None:
    """Return "pdf" or "html" where a file's first bytes say so, else None."""
    with path.open("rb") as file:
        head = file.read(_HEAD)
    if head.startswith(b"%PDF"):
        return "pdf"
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    return "html" if start.startswith(_HTML) else None


def document_text(path: Path, *, caps: Caps) -> tuple[list[list[str]], list[str]]:
    """Return the rows of the tables of a web page or PDF and its lines, read behind the wall.

    Items of a list on a web page are one line, with `PIECES` between them.

    Raises
    ------
    InputError
        When it is damaged, too large, or holds no text.
    """
    local = regular(path, caps=caps)
    job = {"path": str(local.resolve()), "kind": document_kind(local), "caps": asdict(caps)}
    out: dict[str, list[Any]] = {"rows": [], "lines": []}
    for message, _ in ask(ROOM, job, where=path, size=local.stat().st_size):
        for name, parts in out.items():
            some = message.get(name, [])
            cells = some if name == "lines" else [c for row in some for c in row]
            if not isinstance(some, list) or not all(isinstance(c, str) for c in cells):
                raise out_of_step(path)
            parts.extend(some)
    if not out["lines"]:
        raise InputError(
            "holds no text (a scan, or a page that a program fills)",
            where=path,
            fix="copy the text of the page to a .txt file, named AGENCY.DATE.txt",
        )
    return out["rows"], out["lines"]


def load(job: dict[str, Any]) -> None:
    """Have nothing to make ready: what is needed is imported with this module."""


def answer(job: dict[str, Any]) -> Iterator[Message]:
    """Say the rows and the lines of a document, some thousands at a time."""
    path = Path(job["path"])
    checked = Checked(path, str(job["kind"]), "", path.stat().st_size, Caps(**job["caps"]))
    if checked.kind == "pdf":
        ruled, found = text_within(checked)
        rows = [[str(c) for c in cells] for _, cells in ruled]
        lines = [" ".join(line.cells) for line in found]
    else:
        page = _Page()
        page.feed(_decoded(path.read_bytes()))
        page.close()
        page.end_line()
        rows, lines = page.rows, page.lines
    for name, parts in (("rows", rows), ("lines", lines)):
        for start in range(0, len(parts), _AT_ONCE):
            yield {name: parts[start : start + _AT_ONCE]}, b""


def _decoded(raw: bytes) -> str:
    if not raw.strip():
        raise InputError("the file is empty", fix=WHOLE)
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return raw.decode("cp1252", "replace")


class _Page(HTMLParser):
    """The lines of a page as one reads them, its lists, and the rows of its tables."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.rows: list[list[str]] = []
        self.lines: list[str] = []
        self._text: list[str] = []
        self._items: list[str] | None = None
        self._cells: list[str] | None = None
        self._hidden = 0

    def end_line(self) -> None:
        """Close the line begun: an item of a list, a cell of a table, or a line of the page."""
        text = " ".join("".join(self._text).replace(PIECES, " ").split())
        self._text.clear()
        if self._items is not None:
            self._items += [text] if text else []
        elif self._cells is not None:
            self._cells.append(text)
        elif text:
            self.lines.append(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Begin a line, a list or a row where a tag says so."""
        self._hidden += tag in _HIDDEN
        if tag in _BLOCKS and tag not in ("td", "th"):
            self.end_line() if self._text else None
        if tag in _LISTS and self._items is None:
            self._items = []
        elif tag == "tr":
            self._cells = []
        elif tag in ("td", "th"):
            self._text.clear()

    def handle_endtag(self, tag: str) -> None:
        """Close what a tag closes."""
        self._hidden = max(0, self._hidden - (tag in _HIDDEN))
        if tag in ("td", "th"):
            self.end_line()
        elif tag == "tr" and self._cells is not None:
            if any(self._cells):
                self.rows.append(self._cells)
                self.lines.append(" ".join(c for c in self._cells if c))
            self._cells = None
        elif tag in _BLOCKS and self._text:
            self.end_line()
        if tag in _LISTS and self._items is not None:
            if self._items:
                self.lines.append(PIECES.join(self._items))
            self._items = None

    def handle_data(self, data: str) -> None:
        """Take the text that is shown."""
        if not self._hidden:
            self._text.append(data)
