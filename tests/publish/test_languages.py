"""What the page says in other languages: no text of ours without an entry, no entry without a
text, and no number or name lost on the way (rule P)."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest

import alprmap
from alprmap import schema
from alprmap.publish.map.layers import BORDER_LABELS
from alprmap.publish.map.webmap import page_words
from alprmap.shipped import data_path

HOUSE = Path(alprmap.__file__).parent
SCRIPTS = {p.name: p.read_text("utf-8") for p in sorted((HOUSE / "publish/assets/js").glob("*.js"))}
FRAME = (HOUSE / "publish/assets/map.html").read_text("utf-8")
NUMBER = re.compile(r"\d(?:[\d,.]*\d)?")
HOLE = re.compile(r"#|\{\w+\}")
OUR_COLUMNS = ("operator_kind", "device", "setting", "status", "located_by")
"""Columns whose words are ours (`OURS` of words.js); those of other columns are names."""


class Frame(HTMLParser):
    """The texts of the page's frame: between tags, and in what is read aloud."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        del tag
        named = dict(attrs)
        self.texts |= {named.get(n) or "" for n in ("aria-label", "placeholder", "title")}

    def handle_data(self, data: str) -> None:
        self.texts.add(data.strip())


def calls(text: str) -> Iterator[str]:
    """The first argument of every `T(…)` of a script."""
    for start in (m.end() for m in re.finditer(r"(?<![\w.])T\(", text)):
        depth, at, quote = 0, start, ""
        while at < len(text):
            c = text[at]
            if quote:
                if c == "$" and text[at + 1] == "{" and quote == "`":
                    at = text.index("}", at)
                elif c == quote:
                    quote = ""
            elif c in '"`':
                quote = c
            elif c in "([{":
                depth += 1
            elif c == "," and not depth:
                break
            elif c in ")]}":
                if not depth:
                    break
                depth -= 1
            at += 1
        yield text[start:at]


def literals(code: str) -> Iterator[str]:
    """The texts that an expression may be: after a comparison stands no text of the page."""
    code = re.sub(r"[!=]==\s*\"[^\"]*\"", "", code)
    code = re.sub(r"\.\w+\([^()]*\)", "", code)
    # a choice inside a template is a hole; the choices inside are tried by its own entries
    yield from re.findall(r'"([^"]*)"', re.sub(r"`[^`]*`", "", code))
    yield from re.findall(r"`([^`]*)`", code)


def spoken() -> set[str]:
    """Every English text that the page says by itself; a hole of a template is ${…}."""
    frame = Frame()
    frame.feed(FRAME)
    texts = {t for t in frame.texts if re.search("[A-Za-z]{2}", t) and t != "@MAP@"}
    for script in SCRIPTS.values():
        for call in calls(script):
            texts |= {t for t in literals(call) if re.search("[A-Za-z]{2}", t)}
        for table in re.findall(
            r"\b(?:LABELS|QUALITY|HOPS|PLACES)\s*=\s*[\[{](.*?)[\]}]", script, re.S
        ):
            texts |= {t for t in re.findall(r'"([^"]*)"', table) if re.search("[A-Za-z]{2}", t)}
    texts |= set(BORDER_LABELS.values())
    words = {c.name: c.words for c in schema.CAMERAS.columns}
    texts |= {w for name in OUR_COLUMNS for w in words.get(name) or ()}
    return {t for t in texts if t}


def has_entry(text: str, table: dict[str, str]) -> bool:
    """Whether a table says a text: as it stands, with its numbers open, or with its holes filled."""
    form = re.sub(r"\$\{[^}]*\}", "\0", text)
    if "\0" not in form:
        return form in table or NUMBER.sub("#", form) in table
    pattern = re.compile(".+".join(re.escape(NUMBER.sub("#", p)) for p in form.split("\0")))
    return any(pattern.fullmatch(key) for key in table)


@pytest.mark.parametrize("language", page_words())
def test_P_every_text_of_the_page_has_an_entry(language: str) -> None:
    table = page_words()[language]
    assert sorted(t for t in spoken() if not has_entry(t, table)) == []


@pytest.mark.parametrize("language", page_words())
def test_P_every_entry_is_of_a_text_that_the_page_can_say(language: str) -> None:
    sources = [*SCRIPTS.values(), FRAME]
    sources += [p.read_text("utf-8") for p in HOUSE.rglob("*.py")]
    known = "\n".join(sources)
    # a text may be broken over lines of a source
    known += re.sub(r'"\s*\n\s*f?"', "", known)
    stale = []
    for key in page_words()[language]:
        parts = [p.strip() for p in HOLE.split(key)]
        if not all(p in known for p in parts if len(p) > 1):
            stale.append(key)
    # "front plates", "city street": words of our own that the page puts together
    spoken_forms = [re.sub(r"\$\{[^}]*\}", "\0", t) for t in spoken() if "${" in t]
    patterns = [re.compile(".+".join(map(re.escape, f.split("\0")))) for f in spoken_forms]
    assert [k for k in stale if not any(p.fullmatch(k) for p in patterns)] == []


@pytest.mark.parametrize("language", page_words())
def test_P_no_entry_loses_a_number_or_a_name(language: str) -> None:
    table = page_words()[language]
    lost = [k for k, v in table.items() if sorted(HOLE.findall(k)) != sorted(HOLE.findall(v))]
    assert lost == []


def leaves(value: object, path: str = "") -> Iterator[tuple[str, str]]:
    """Every text of a table of words with the way to it."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from leaves(inner, f"{path}.{key}")
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from leaves(inner, f"{path}.{number}")
    else:
        yield path, str(value)


@pytest.mark.parametrize("name", ["report.toml", "packet.toml"])
def test_P_reports_say_the_same_in_every_language(name: str) -> None:
    tables = tomllib.loads(data_path(name).read_text("utf-8"))
    english = dict(leaves(tables["en"]))
    for language, table in tables.items():
        texts = dict(leaves(table))
        assert texts.keys() == english.keys(), language
        for path, text in english.items():
            holes = sorted(set(re.findall(r"\{(\w+)", text)))
            assert sorted(set(re.findall(r"\{(\w+)", texts[path]))) == holes, (language, path)
