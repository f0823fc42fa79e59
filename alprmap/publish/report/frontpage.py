"""How the first page of a report looks: as HTML that prints on one sheet, and as Markdown."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from alprmap.publish.map import page
from alprmap.publish.report.figures import Figure
from alprmap.publish.report.firstpage import FirstPage, report_words

Draw = Callable[[Figure], str]


def front_html(
    front: FirstPage,
    *,
    title: str,
    subtitle: str,
    fictional: bool,
    figure: str,
    named: Sequence[str],
    with_method: bool = True,
) -> list[str]:
    """Return the markup of the first page and of the half page of method behind it.

    `figure` is markup already; every text of data is escaped.
    """
    t, words = page.page_text, report_words(front.language)
    body = ['<section class="first">', f"<header><h1>{t(title)}</h1>"]
    if fictional:
        body.append(f'<p class="badge">{t(words["fictional"])}</p>')
    if subtitle:
        body.append(f"<p class='lead'>{t(subtitle)}</p>")
    body.append(f"<p class='soft'>{t(' · '.join(front.dates))}</p></header>")
    if front.warnings:
        items = "".join(f"<p>{t(w)}</p>" for w in front.warnings)
        name = t(words["warning_title"])
        body.append(f'<div class="warning" role="note"><h2>{name}</h2>{items}</div>')
    body.append('<ol class="said">')
    for line in front.lines:
        source = words["figure_source"].format(claims=", ".join(line.claims))
        body.append(
            f"<li><span class='figure' aria-hidden='true'>{t(line.figure)}</span>"
            f"<p>{t(line.text)} <span class='soft'>{t(source)}</span></p></li>"
        )
    body += ["</ol>", figure, '<div class="two">']
    for key, texts in (("unknown_title", front.unknown), ("quote_title", front.quotes)):
        if texts:
            items = "".join(f"<li>{t(text)}</li>" for text in texts)
            body.append(f"<div><h2>{t(words[key])}</h2><ul>{items}</ul></div>")
    body.append("</div>")
    body.append(f"<p class='soft credit'>{t(' · '.join(named))}</p></section>")
    if not with_method:
        return body
    method = "".join(f"<li>{t(text)}</li>" for text in front.method)
    body.append(
        f'<section class="method"><h2>{t(words["method_title"])}</h2><ul>{method}</ul></section>'
    )
    return body


def front_markdown(
    front: FirstPage,
    *,
    title: str,
    subtitle: str,
    fictional: bool,
    picture: str,
    escape: Callable[[object], str],
) -> list[str]:
    """Return the lines of the first page and the method as Markdown; `picture` is markup."""
    words = report_words(front.language)
    out = [f"# {escape(title)}", ""]
    if fictional:
        out += [f"**{words['fictional']}**", ""]
    out += [escape(subtitle), ""] if subtitle else []
    out += [f"- {escape(text)}" for text in front.dates]
    if front.warnings:
        out += ["", f"**{words['warning_title']}**", ""]
        out += [f"- {escape(text)}" for text in front.warnings]
    out += [""]
    for number, line in enumerate(front.lines, start=1):
        source = words["figure_source"].format(claims=", ".join(line.claims))
        out.append(f"{number}. {escape(line.text)} ({escape(source)})")
    out += ["", picture, ""] if picture else [""]
    for key, texts in (
        ("unknown_title", front.unknown),
        ("quote_title", front.quotes),
        ("method_title", front.method),
    ):
        if texts:
            out += [f"## {words[key]}", "", *[f"- {escape(text)}" for text in texts], ""]
    return out
