"""A portal's page as text, as a web page, and printed says the same (A1)."""

from __future__ import annotations

import html
from pathlib import Path

import matplotlib as mpl
import pytest
from matplotlib.backends.backend_pdf import PdfPages
from matplotlib.figure import Figure

from alprmap import access
from alprmap.errors import InputError

NAMES = ["Albany CA PD", "University of California, Berkeley", "Sutter County CA SO", "O'Brien & Sons HOA",
         "Lodi CA PD (inactive)", "San José CA PD", "Statewide Lookup"]  # fmt: skip
HEAD = "Organizations granted access to Belmont CA PD data"


def pairs(path: Path) -> set[tuple[str, str, str]]:
    found = access.read_shares([path])
    called = found.agencies.set_index("agency_id")["name"]
    rows = found.shares
    return {
        (called[a], called[b], str(s))
        for a, b, s in zip(rows["from_id"], rows["to_id"], rows["since"], strict=True)
    }


def page(folder: Path, form: str, names: list[str], *, day: str = "2026-04-17") -> Path:
    """The page of one agency in a form, with what stands above and below its list."""
    path = folder / f"belmont-ca-pd.{day}.{form.partition('-')[0]}"
    above = ["Belmont CA PD", "Transparency Portal", "Number of LPR and other cameras", "41"]
    below = ["Vehicles detected in the last 30 days", "1,234,567", "Hotlists Alerted On", "NCMEC"]
    if form == "txt":
        lines = [x for a in above for x in (a, "")] + [HEAD, "", ", ".join(names), ""] + below
        path.write_text("\n".join(lines), encoding="utf-8")
    elif form.startswith("html"):
        said = [html.escape(n) for n in names]
        inner = {
            "html-line": f"<p>{', '.join(said)}</p>",
            "html-list": "<ul>" + "".join(f"<li>\n {n}</li>" for n in said) + "</ul>",
            "html-open": "<ul>" + "".join(f"<li><span>{n}</span>" for n in said) + "</ul>",
        }[form]
        body = "".join(f"<div>{html.escape(t)}</div>" for t in above) + f"<h3>{HEAD}</h3>{inner}"
        body += "".join(f"<div>{html.escape(t)}</div>" for t in below)
        path.write_text(
            f"<!DOCTYPE html><html><head><title>x</title><script>var a='{HEAD}';</script></head>"
            f"<body>{body}</body></html>",
            encoding="utf-8",
        )
    else:
        printed(path, [*above, HEAD, *wrapped(", ".join(names)), *below])
    return path


def wrapped(text: str, width: int = 60) -> list[str]:
    lines = [""]
    for word in text.split():
        if len(lines[-1]) + len(word) > width:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return lines


def printed(path: Path, lines: list[str]) -> None:
    """Lines on pages of a PDF, as a browser prints them."""
    with mpl.rc_context({"pdf.fonttype": 42}), PdfPages(path) as pages:
        for start in range(0, len(lines), 30):
            canvas = Figure(figsize=(8.5, 11))
            for place, text in enumerate(lines[start : start + 30]):
                canvas.text(0.08, 0.95 - 0.028 * place, text, fontsize=10)
            pages.savefig(canvas)


FORMS = ("html-line", "html-list", "html-open", "pdf")


@pytest.mark.parametrize("form", FORMS)
def test_A1_a_page_says_the_same_in_every_form(tmp_path: Path, form: str) -> None:
    told = pairs(page(tmp_path, "txt", NAMES))
    assert len(told) == len(NAMES) - 1
    path = page(tmp_path, form, NAMES)
    assert pairs(path) == told
    found = access.read_shares([path])
    assert found.switches["scope"].tolist() == ["statewide"]
    assert found.declared["declared_cameras"].tolist() == [41]


def test_A1_a_list_over_two_printed_pages_is_one(tmp_path: Path) -> None:
    many = [f"{w} {c} CA PD" for w in ("Alder", "Birch", "Cedar", "Elm") for c in
            ("Grove", "Falls", "Creek", "Bluff", "Ridge", "Valley", "Springs", "Hollow", "Point",
             "Harbor", "Meadow", "Canyon", "Mesa", "Lake", "Heights", "Park", "Glen", "Hills")]  # fmt: skip
    assert len(pairs(page(tmp_path, "pdf", many))) == len(many)


@pytest.mark.parametrize("form", ["html", "pdf"])
def test_A1_a_table_in_a_document_is_read_as_in_text(tmp_path: Path, form: str) -> None:
    rows = [("Organization Name", "Networks Shared With Me", "Networks I'm Sharing"),
            ("Lodi CA PD", "Lodi CA PD", "Belmont CA PD"), ("Acme, Inc.", "", "Belmont CA PD")]  # fmt: skip
    path = tmp_path / f"belmont-ca-pd.SharedNetworks.2026-04-17.{form}"
    if form == "html":
        cells = "".join(
            "<tr>" + "".join(f"<td>{html.escape(c)}</td>" for c in r) + "</tr>" for r in rows
        )
        path.write_text(f"<html><body><table>{cells}</table></body></html>")
    else:
        canvas = Figure(figsize=(8.5, 11))
        axes = canvas.add_subplot()
        axes.axis("off")
        axes.table([list(r) for r in rows], loc="center")
        with mpl.rc_context({"pdf.fonttype": 42}):
            canvas.savefig(path)
    found = access.read_shares([path])
    assert sorted(found.shares["direction"]) == ["inbound", "outbound", "outbound"]


@pytest.mark.parametrize("text", ["<html></html>", "<html><body><p>Hello</p></body></html>"])
def test_A1_a_document_that_says_nothing_of_sharing_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "a.2026-04-17.html"
    path.write_text(text)
    with pytest.raises(InputError, match=r"a\.2026-04-17\.html: (holds no text|neither a portal)"):
        access.read_shares([path])


@pytest.mark.parametrize("form", FORMS)
def test_A1_lists_in_several_forms_end_shares_like_any_list(tmp_path: Path, form: str) -> None:
    files = [
        page(tmp_path, "txt", NAMES[:3], day="2026-04-01"),
        page(tmp_path, form, NAMES[1:3], day="2026-04-17"),
    ]
    for order in (files, files[::-1]):
        ended = access.read_shares(order).shares.dropna(subset=["until"])
        assert ended["until"].tolist() == ["2026-04-16"]
