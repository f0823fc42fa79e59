"""A report: headline figures with their definitions, tables, figures, method, limits, sources, how
it was made.

``write(folder, ReportData(...))`` writes report.md, report.html (one file, no script, no request),
figures/*.svg and *.png, and claims.csv. A report is a list of sections: a new measure brings its
own and needs no change here."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from alprmap import __version__, steps
from alprmap.credits import FICTIONAL
from alprmap.publish.map import page
from alprmap.publish.map.data import Source, credit_lines
from alprmap.publish.report import explained
from alprmap.publish.report.figures import Figure
from alprmap.publish.report.firstpage import FirstPage, press_text, report_words, source_in
from alprmap.publish.report.frontpage import front_html, front_markdown
from alprmap.publish.report.said import day_text
from alprmap.store import together, write_bytes, write_text
from alprmap.text import number_of, percent

ROWS_SHOWN = 60
"""Rows of a table in a report; the file named in its note has all."""
_MARKDOWN = re.compile(r"([\`*_{}\[\]|<>~$&@]|!(?=\[)|^[-+#=]|:(?=//)|(?<=www)\.)")
_DEGREES = re.compile(r"(?:^|_)(?:lon|lat)$")
_BLANK = re.compile(r"\s+")
LIMITS = (
    (
        "Counts are of mapped cameras. Where nobody has looked, nothing is on the map: absence of a"
        " dot is not absence of a camera, and a difference between places may be a difference"
        " between mappers."
    ),
    "The time of the last edit of a map is not the time of installation.",
    "Distances are geodesic on WGS 84; each border is named and none is implied.",
)


@dataclass(frozen=True, slots=True)
class Headline:
    """One figure with what must stand beside it."""

    label: str
    figure: str
    definition: str
    low: str = ""
    high: str = ""
    caveat: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """A table with its caption; `about` says what it shows, `note` where all rows are."""

    caption: str
    frame: pd.DataFrame
    note: str = ""
    digits: int = 1
    about: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """One part of a report: paragraphs, then figures, then tables."""

    title: str
    text: Sequence[str] = ()
    figures: Sequence[Figure] = ()
    tables: Sequence[Table] = ()


@dataclass(frozen=True, slots=True)
class ReportData:
    """All that a report holds.

    Parameters
    ----------
    title, subtitle
        Plain text.
    headlines
        Shown large at the top.
    sections
        In order.
    method, limits
        Paragraphs; `limits` come after our own that hold for every report.
    sources, notices
        As on the map page.
    manifest
        Facts of how it was made (versions, settings, SHA-256 of the inputs), shown as a table.
    claims
        All claims, written as claims.csv.
    first, picture
        The first page and the map on it; with them the headlines are not shown again.
    """

    title: str
    subtitle: str = ""
    headlines: Sequence[Headline] = ()
    sections: Sequence[Section] = ()
    method: Sequence[str] = ()
    limits: Sequence[str] = ()
    sources: Sequence[Source] = ()
    notices: Sequence[str] = ()
    dates: Mapping[str, str] = field(default_factory=dict)
    manifest: Mapping[str, str] = field(default_factory=dict)
    claims: pd.DataFrame | None = None
    fictional: bool = False
    first: FirstPage | None = None
    picture: Figure | None = None


def write_report(folder: Path, data: ReportData) -> list[Path]:
    """Write report.md, report.html, figures and claims.csv into `folder`, all or none; return their
    paths.

    Raises
    ------
    StorageError
        When the disk refuses; existing files are unchanged.
    BusyError
        When another run writes there.
    """
    folder = Path(folder)
    with together(folder):
        return _write(folder, data)


def _write(folder: Path, data: ReportData) -> list[Path]:
    paths = []
    for figure in steps.each(_figures(data), "writing figures"):
        for kind, content in (("svg", figure.svg), ("png", figure.png)):
            paths.append(folder / "figures" / f"{figure.name}.{kind}")
            write_bytes(paths[-1], content)
    if data.claims is not None:
        from alprmap.publish.exports.exports import csv_for_spreadsheets

        paths.append(folder / "claims.csv")
        csv_for_spreadsheets(data.claims, paths[-1])
    texts = {"report.md": markdown(data), "report.html": report_html(data)}
    if data.first is not None:
        named = _source_lines(data)
        texts["press.txt"] = press_text(data.first, title=data.title, named=named)
    for name, text in steps.each(texts.items(), "writing texts"):
        paths.append(folder / name)
        write_text(paths[-1], text)
    return paths


def _figures(data: ReportData) -> list[Figure]:
    drawn = [figure for section in data.sections for figure in section.figures]
    return drawn if data.picture is None else [data.picture, *drawn]


def cell(value: Any, digits: int = 1) -> str:
    """Return one value of a table as text: missing as a dash, thousands parted, `digits` decimals.

    >>> cell(61768), cell(float("nan")), cell(0.13861), cell("a  b")
    ('61,768', '–', '0.1', 'a b')
    """
    if value is None or (isinstance(value, float) and value != value) or value is pd.NA:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:,.{digits}f}"
    return " ".join(str(value).split())


def rows_of(table: Table) -> list[list[str]]:
    """Return the rows shown of a table as text.

    Shares are in per cent, degrees have five decimals (a meter), columns of whole numbers none,
    columns of small numbers two or three, so that 0.07 readers per km do not read as 0.1. A table
    with a row per `measure` holds figures of several kinds: there the row says what a number is,
    not the column."""
    columns = []
    shown = table.frame.head(ROWS_SHOWN)
    measures = shown["measure"].astype(str).tolist() if "measure" in shown.columns else None
    for name in shown.columns:
        values = shown[name]
        if values.dtype.kind == "f" and measures is not None:
            columns.append(
                [_figure_of(m, v) for m, v in zip(measures, values.tolist(), strict=True)]
            )
        elif values.dtype.kind == "f" and "share" in str(name):
            columns.append([percent(v) for v in values.tolist()])
        elif values.dtype.kind == "f" and _DEGREES.search(str(name)):
            columns.append([cell(v, 5) for v in values.tolist()])
        elif name == "measure":
            columns.append([explained.measure(str(v)) for v in values.tolist()])
        else:
            digits = _digits(values, table.digits)
            columns.append([cell(v, digits) for v in values.tolist()])
    return [list(row) for row in zip(*columns, strict=True)]


def _digits(values: pd.Series, least: int) -> int:
    if values.dtype.kind != "f" or (values.dropna() % 1 == 0).all():
        return 0
    largest = values.abs().max()
    return max(least, 3 if largest < 1 else 2 if largest < 10 else 1)


def _figure_of(measure: str, value: float) -> str:
    if "share" in measure:
        return percent(value)
    return cell(value, 0 if value % 1 == 0 else 2 if abs(value) >= 1 else 3)


def md(value: object) -> str:
    """Return text for Markdown in which nothing is markup.

    >>> md("a|b <i> [x](y)")
    'a\\\\|b \\\\<i\\\\> \\\\[x\\\\](y)'
    """
    line = _BLANK.sub(
        " ", "".join(c if c.isprintable() or c.isspace() else "\ufffd" for c in str(value))
    )
    return _MARKDOWN.sub(r"\\\1", line)


def markdown(data: ReportData) -> str:
    """Return the report as Markdown."""
    language = "en" if data.first is None else data.first.language
    words = report_words(language)
    out = _markdown_front(data)
    if data.headlines and data.first is None:
        out += ["", "## Headline figures", ""]
        for line in data.headlines:
            between = f" (between {md(line.low)} and {md(line.high)})" if line.low else ""
            out.append(f"- **{md(line.figure)}**{between} {md(line.label)}  ")
            out.append(
                f"  Definition: {md(line.definition)}"
                + (f"  \n  {md(line.caveat)}" if line.caveat else "")
            )
    for section in data.sections:
        out += ["", f"## {md(section.title)}", ""]
        for paragraph in section.text:
            out += [md(paragraph), ""]
        for figure in section.figures:
            out += [f"![{md(figure.alt)}](figures/{figure.name}.png)", ""]
        for table in section.tables:
            out += _markdown_table(table)
    if data.first is None:
        out += ["", "## Method", "", *_bullets(data.method)]
    out += ["", f"## {words['limits_title']}", "", *_bullets([*LIMITS, *data.limits])]
    out += ["", f"## {words['sources_title']}", "", *_bullets(_source_lines(data))]
    out += ["", f"## {words['made_title']}", ""]
    out += [
        "| what | value |",
        "|---|---|",
        *(f"| {md(k)} | {md(v)} |" for k, v in _made(data).items()),
    ]
    if data.claims is not None:
        out += [
            "",
            (
                "Every figure with its bounds, definition, caveat and the ids behind it:"
                " [claims.csv](claims.csv)."
            ),
        ]
    return "\n".join(out) + "\n"


def _markdown_front(data: ReportData) -> list[str]:
    if data.first is not None:
        drawn = data.picture
        picture = "" if drawn is None else f"![{md(drawn.alt)}](figures/{drawn.name}.png)"
        words = report_words(data.first.language)
        front = front_markdown(
            data.first,
            title=data.title,
            subtitle=data.subtitle,
            fictional=data.fictional,
            picture=picture,
            escape=md,
        )
        return [*front, f"# {words['appendix_title']}", "", words["tables_language"]]
    out = [f"# {md(data.title)}", ""]
    if data.fictional:
        out += [f"**{FICTIONAL}**", ""]
    if data.subtitle:
        out += [md(data.subtitle), ""]
    return out + [f"- {md(k)}: {md(v)}" for k, v in data.dates.items()]


def _bullets(lines: Sequence[str]) -> list[str]:
    return [f"- {md(line)}" for line in lines]


def _source_lines(data: ReportData) -> list[str]:
    language = "en" if data.first is None else data.first.language
    words = report_words(language)
    lines = [
        ", ".join(t for t in (s.name, day_text(s.date, words), s.license, s.credit, s.url) if t)
        for s in data.sources
    ]
    # two files of one source are one source
    return [source_in(line, language) for line in dict.fromkeys((*lines, *data.notices))]


def _made(data: ReportData) -> dict[str, str]:
    return {
        "made by": f"alprmap {__version__}",
        **{str(k): str(v) for k, v in data.manifest.items()},
    }


def _markdown_table(table: Table) -> list[str]:
    names = [md(str(c).replace("_", " ")) for c in table.frame.columns]
    rule = ["---:" if table.frame[c].dtype.kind in "iuf" else "---" for c in table.frame.columns]
    out = [f"**{md(table.caption)}**", ""]
    out += [md(table.about), ""] if table.about else []
    out += [f"| {' | '.join(names)} |", f"|{'|'.join(rule)}|"]
    out += [f"| {' | '.join(md(v) for v in row)} |" for row in rows_of(table)]
    return [*out, "", *([md(line) for line in [_more(table)] if line]), ""]


def _more(table: Table) -> str:
    rest = len(table.frame) - ROWS_SHOWN
    return " ".join(
        t
        for t in (f"Left out here: {number_of(rest, 'more row')}." if rest > 0 else "", table.note)
        if t
    )


def report_html(data: ReportData) -> str:
    """Return the report as one HTML page without script: figures inside, light and dark."""
    t = page.page_text
    language = "en" if data.first is None else data.first.language
    words = report_words(language)
    body = ['<main class="report">', *_front(data)]
    for section in data.sections:
        body.append(f"<section><h2>{t(section.title)}</h2>")
        body += [f"<p>{t(paragraph)}</p>" for paragraph in section.text]
        body += [figure_html(figure) for figure in section.figures]
        body += [_table(table) for table in section.tables]
        body.append("</section>")
    for title, lines in (
        ("Method", data.method if data.first is None else []),
        (words["limits_title"], [*LIMITS, *data.limits]),
        (words["sources_title"], _source_lines(data)),
    ):
        if lines:
            items = "".join(f"<li>{t(line)}</li>" for line in lines)
            body.append(f"<section><h2>{title}</h2><ul>{items}</ul></section>")
    rows = "".join(
        f'<tr><th scope="row">{t(k)}</th><td>{t(v)}</td></tr>' for k, v in _made(data).items()
    )
    claims = (
        '<p><a href="claims.csv">claims.csv</a> has every figure with bounds, definition and'
        " caveat.</p>"
    )
    body.append(
        f'<section class="made"><h2>{words["made_title"]}</h2><div class="scroll" tabindex="0"'
        f' role="group" '
        f'aria-label="{words["made_title"]}"><table><tbody>{rows}</tbody></table></div>'
        f"{claims if data.claims is not None else ''}</section></main>"
    )
    return page.html_document(
        title=data.title,
        description=data.subtitle,
        body="\n".join(body),
        styles=[page.page_look(), page.asset("css/report.css")],
        pictures=True,
        language=language,
    )


def _front(data: ReportData) -> list[str]:
    t = page.page_text
    if data.first is not None:
        words = report_words(data.first.language)
        told = credit_lines(data.sources)
        named = told or list(data.notices)
        front = front_html(
            data.first,
            title=data.title,
            subtitle=data.subtitle,
            fictional=data.fictional,
            figure="" if data.picture is None else figure_html(data.picture),
            named=[source_in(line, data.first.language) for line in named],
        )
        head = f"<h2>{t(words['appendix_title'])}</h2>"
        if words["tables_language"]:
            head += f"<p class='soft'>{t(words['tables_language'])}</p>"
        return [*front, f'<section class="appendix">{head}</section>'] if data.sections else front
    body = ['<p class="badge">Fictional example</p>'] if data.fictional else []
    dates = " · ".join(f"{k}: {v}" for k, v in data.dates.items())
    body.append(f"<header><h1>{t(data.title)}</h1><p class='lead'>{t(data.subtitle)}</p>")
    body.append(f"<p class='soft'>{t(dates)}</p></header>")
    if data.headlines:
        body.append('<section class="headlines" aria-label="Headline figures">')
        body += [_headline(line) for line in data.headlines]
        body.append("</section>")
    return body


def _headline(line: Headline) -> str:
    t = page.page_text
    between = f"<p class='between'>between {t(line.low)} and {t(line.high)}</p>" if line.low else ""
    caveat = f"<p class='soft'>{t(line.caveat)}</p>" if line.caveat else ""
    return (
        "<div class='headline'><p"
        f" class='figure'>{t(line.figure)}</p>{between}<p>{t(line.label)}</p><p"
        f" class='soft'>{t(line.definition)}</p>{caveat}</div>"
    )


def figure_html(figure: Figure) -> str:
    """Return the markup of a figure, its picture inside."""
    picture = base64.b64encode(figure.svg if len(figure.svg) < 400_000 else figure.png).decode(
        "ascii"
    )
    kind = "svg+xml" if len(figure.svg) < 400_000 else "png"
    return (
        "<figure><div class='picture' tabindex='0' role='group' aria-label='Figure'>"
        f"<img alt='{page.page_text(figure.alt)}' src='data:image/{kind};base64,{picture}'></div>"
        f"<figcaption class='soft'>{page.page_text(figure.alt)}</figcaption></figure>"
    )


def _table(table: Table) -> str:
    t = page.page_text
    numeric = [table.frame[c].dtype.kind in "iuf" for c in table.frame.columns]
    head = "".join(
        f"<th scope='col'{_num(right)}>{t(str(c).replace('_', ' '))}</th>"
        for c, right in zip(table.frame.columns, numeric, strict=True)
    )
    rows = []
    for row in rows_of(table):
        cells = "".join(
            f"<td{_num(right)}>{t(v)}</td>" for v, right in zip(row, numeric, strict=True)
        )
        rows.append(f"<tr>{cells}</tr>")
    more = _more(table)
    # a caption scrolls with its table: what has to be read stands over both
    above = (
        f"<h3>{t(table.caption)}</h3><p class='soft'>{t(table.about)}</p>\n" if table.about else ""
    )
    named = "" if table.about else f"<caption>{t(table.caption)}</caption>"
    return (
        f"{above}<div class='scroll' tabindex='0' role='group'"
        f" aria-label='{t(table.caption)}'><table>{named}<thead><tr>{head}</tr></thead><tbody>\n"
        + "\n".join(rows)
        + f"\n</tbody></table></div>{f'<p class=soft>{t(more)}</p>' if more else ''}"
    )


def _num(right: bool) -> str:
    return " class='num'" if right else ""
