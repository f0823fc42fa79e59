"""The first page of a report: five sentences with their intervals, the date, what is not known, how
to quote it.

Every number in a sentence is a figure, bound or n of a row of claims.csv; the words are data
(data/report.toml), so that a language is a table. A sentence whose claim is not there is left out,
and what is missing is said instead."""

from __future__ import annotations

import json
import math
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import pandas as pd

from alprmap import __version__, geo
from alprmap.errors import UsageError
from alprmap.publish.report.said import aside_text, day_text, source_text, title_text
from alprmap.shipped import data_path
from alprmap.text import any_of, percent

Claims = Mapping[str, Mapping[str, Any]]
BORDERS = ("mexico", "canada", "land", "external")
NARROW = 0.01
"""A share whose interval is wider than a hundredth is printed without decimals."""
FOOT_M = 0.3048


@dataclass(frozen=True, slots=True)
class Line:
    """One sentence: its text, the figure it turns on, and the claims whose numbers it quotes."""

    key: str
    text: str
    figure: str
    claims: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FirstPage:
    """What stands on the first page, in one language; `method` is the half page behind it."""

    language: str
    lines: tuple[Line, ...]
    unknown: tuple[str, ...]
    dates: tuple[str, ...]
    warnings: tuple[str, ...]
    quotes: tuple[str, ...]
    method: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class About:
    """Facts of a result that no claim holds.

    `place` names the area; `stages` are the counts of the build by stage; `set_aside` says what was
    not counted; `of_more` names what was measured of a larger area alone ("trips", "followed").
    """

    title: str
    place: str = ""
    cameras_date: str = ""
    roads_date: str = ""
    set_aside: str = ""
    stages: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    of_more: frozenset[str] = frozenset()


@cache
def _tables() -> dict[str, Any]:
    return tomllib.loads(data_path("report.toml").read_text(encoding="utf-8"))


def languages() -> list[str]:
    """Return the languages a report can be written in, English first."""
    return list(_tables())


def report_words(language: str = "en") -> dict[str, Any]:
    """Return the words of a report in a language.

    Raises
    ------
    UsageError
        When the language is none of `languages()`.
    """
    if language not in _tables():
        raise UsageError(
            f"no report can be written in {language!r}", fix=f"use {' or '.join(languages())}"
        )
    words: dict[str, Any] = _tables()[language]
    return words


def default_title(language: str = "en") -> str:
    """Return what a page or report is called that nobody gave a title, in its language."""
    return str(report_words(language)["default_title"])


def title_in(title: str, language: str) -> str:
    """Return a title in a language where it is one that `start` proposes; any other is its
    owner's."""
    return title_text(title, report_words(language)["titles"], report_words("en")["titles"])


def source_in(line: str, language: str) -> str:
    """Return the line of a source with our own words of it in a language."""
    return source_text(line, report_words(language)["notices"], report_words("en")["notices"])


def warning_text(warning: Mapping[str, Any], language: str = "en") -> str:
    """Return a warning that a stage of a build left, as a sentence."""
    values = {k: f"{v:,}" if isinstance(v, int) else str(v) for k, v in warning.items()}
    words, key = report_words(language), str(warning["warning"])
    alone = warning.get("n") == 1 and key in words["only"]
    return str(words["only" if alone else "warning"][key]).format(**values)


def first_page(claims: pd.DataFrame, about: About, language: str = "en") -> FirstPage:
    """Return the first page that the claims of a result allow.

    Parameters
    ----------
    claims
        All claims of the result (`alprmap.claims.COLUMNS`).
    about
        What no claim holds.
    language
        One of `languages()`.

    Raises
    ------
    UsageError
        When the language is unknown.
    """
    words = report_words(language)
    by_id: Claims = {
        str(r["claim_id"]): {str(k): v for k, v in r.items()} for r in claims.to_dict("records")
    }
    lines = [line for write in _LINES for line in write(by_id, about, words)]
    said = {line.key for line in lines}
    warnings = [
        warning_text(w, language)
        for stage in about.stages.values()
        for w in stage.get("warnings", ())
    ]
    date = data_date(by_id, about, words)
    quotes = [
        words["quote"].format(
            sentence=line.text,
            title=title_in(about.title, language),
            date=date,
            version=__version__,
            claims=", ".join(line.claims),
        )
        for line in lines[:1]
    ]
    return FirstPage(
        language,
        tuple(lines),
        tuple(_unknown(by_id, said, about, words)),
        tuple(_dates(by_id, about, words)),
        tuple(warnings),
        tuple(quotes),
        tuple(_method(by_id, about, words)),
    )


def share(claim: Mapping[str, Any], key: str = "figure") -> str:
    """Return a share in per cent with the precision its interval allows."""
    low, high = float(claim["low"]), float(claim["high"])
    value = float(claim[key])
    if math.isfinite(high - low) and high > low:
        return percent(value, 0 if high - low >= NARROW else 1)
    return percent(value, 1 if value < 0.1 else 0)


def _between(claim: Mapping[str, Any], words: Mapping[str, Any], form: str = "share") -> str:
    low, high = float(claim["low"]), float(claim["high"])
    if not (math.isfinite(low) and math.isfinite(high) and low < high):
        return ""
    if form == "share":
        low_text, text, high_text = (share(claim, k) for k in ("low", "figure", "high"))
    else:
        low_text, text, high_text = (f"{float(claim[k]):,.0f}" for k in ("low", "figure", "high"))
    if low_text == high_text:
        return ""
    # errors of the map mostly take readings away, so that a figure may lie beside its interval; a
    # figure that is printed like a bound lies in it for whoever reads it
    figure = low if text in (low_text, high_text) else float(claim["figure"])
    key = "less" if figure > high else "more" if figure < low else "between"
    return str(words[key]).format(low=low_text, high=high_text)


def _place(about: About, words: Mapping[str, Any]) -> str:
    if not about.place:
        return str(words["place_none"])
    key = "place_within" if about.place.startswith("within ") else "place_in"
    return str(words[key]).format(name=about.place)


def _readers(by_id: Claims, about: About, words: Mapping[str, Any]) -> list[Line]:
    if "cameras-standing" not in by_id:
        return []
    count = by_id["cameras-standing"]
    values = {"n": f"{count['n']:,}", "place": _place(about, words)}
    known, largest = by_id.get("cameras-operator-known"), by_id.get("cameras-operator-largest")
    if known is None or largest is None:
        return [
            Line(
                "readers",
                _say(words, "readers", count["n"]).format(**values),
                values["n"],
                ("cameras-standing",),
            )
        ]
    named = str(largest["ids_where"]).partition("== ")[2].strip("'\"")
    values |= {
        "known": f"{known['figure']:,.0f}",
        "known_share": percent(known["figure"] / max(known["n"], 1), 0),
        "operator": named,
        "most": f"{largest['figure']:,.0f}",
    }
    ids = ("cameras-standing", "cameras-operator-known", "cameras-operator-largest")
    form = _readers_key(count["n"], known["figure"], largest["figure"])
    return [Line("readers", _say(words, form, count["n"]).format(**values), values["n"], ids)]


def _readers_key(n: float, known: float, most: float) -> str:
    """Return which sentence says who runs the readers: no count is said twice, and of operators
    with one reader each none is the largest."""
    if n == 1 or known != most:
        return "readers_each" if 1 == most < known else "readers_named"
    return "readers_all" if n == most else "readers_same"


def nearest_border(by_id: Claims) -> str:
    """Return the border that a first page speaks of; empty where none was measured.

    Of the neighbors with cameras within 100 miles it is the one most asked about: Mexico, then
    Canada. Where there is none within 100 miles, it is the external boundary if cameras stand so
    near to it, else the neighbor that is nearest by the median.
    """
    known = [b for b in BORDERS if f"median-mi-{b}" in by_id and f"within-100-mi-{b}" in by_id]
    # the land border is Mexico or Canada under another name, and says less
    named = [b for b in known if b in ("mexico", "canada")]
    near = [b for b in named if by_id[f"within-100-mi-{b}"]["figure"] > 0]
    if not near and "external" in known and by_id["within-100-mi-external"]["figure"] > 0:
        return "external"
    if near:
        return near[0]
    pool = named or known
    return min(pool, key=lambda b: float(by_id[f"median-mi-{b}"]["figure"])) if pool else ""


def _distance(by_id: Claims, about: About, words: Mapping[str, Any]) -> list[Line]:
    del about
    border = nearest_border(by_id)
    if not border:
        return []
    within, median = by_id[f"within-100-mi-{border}"], by_id[f"median-mi-{border}"]
    values = {
        "n": f"{within['n']:,}",
        "within": f"{within['figure']:,.0f}",
        "share": percent(within["figure"] / max(within["n"], 1), 0),
        "border": words["border"][border],
        "median": f"{median['figure']:,.0f}",
        "between": _between(median, words, "miles"),
    }
    key = "far" if not within["figure"] else "near"
    key = "all_near" if within["figure"] == within["n"] else key
    figure = values["within"] if key != "far" else f"{values['median']} mi"
    ids = (f"within-100-mi-{border}", f"median-mi-{border}")
    # one reader has a distance and no half; one of several has a verb of its own
    count = within["figure"] if key == "near" else within["n"]
    return [Line("distance", _say(words, key, count).format(**values), figure, ids)]


def _trips(by_id: Claims, about: About, words: Mapping[str, Any]) -> list[Line]:
    del about
    read, unread = by_id.get("c6-trips-read"), by_id.get("c6-unread-possible")
    if read is not None and unread is not None:
        text = words[_trips_key(read)].format(
            read=share(read), unread=share(unread), between=_between(read, words)
        )
        return [Line("trips", text, share(read), ("c6-trips-read", "c6-unread-possible"))]
    near = by_id.get("c1-road-1km")
    if near is None:
        return []
    text = words["road"].format(
        share=share(near), miles=f"{1 / geo.MILE_KM:.1f}", between=_between(near, words)
    )
    return [Line("road", text, share(near), ("c1-road-1km",))]


def _trips_key(read: Mapping[str, Any]) -> str:
    """Return whose trips the sentence is about: flows by code are workers' trips alone (C9)."""
    return "trips_work" if "(C9" in str(read.get("definition")) else "trips"


def _followed(by_id: Claims, about: About, words: Mapping[str, Any]) -> list[Line]:
    del about
    for key, claim_id, name in (
        ("followed", "c2-likely-road", "followed"),
        ("zone", "c4-unread-road", "largest"),
    ):
        claim = by_id.get(claim_id)
        if claim is not None and not math.isnan(float(claim["figure"])):
            values = {name: share(claim), "between": _between(claim, words)}
            text = words["followed_none" if key == "followed" and not claim["figure"] else key]
            return [Line(key, text.format(**values), share(claim), (claim_id,))]
    return []


def _look(by_id: Claims, about: About, words: Mapping[str, Any]) -> list[Line]:
    del about
    standing = by_id.get("cameras-standing")
    out = []
    if standing is not None:
        for claim_id, key in (("access-known-1", "searched"), ("access-known-0", "own")):
            if claim_id in by_id and by_id[claim_id]["figure"] > 0:
                out.append(_counted(by_id[claim_id], key, words, int(standing["n"])))
                break
    for claim_id, key in (
        ("record-out", "record_out"),
        ("record-in", "record_in"),
        ("record-federal", "record_federal"),
        ("record-asked", "record_asked"),
        ("record-kind", "record_kind"),
    ):
        if claim_id in by_id and (standing is None or not out):
            out.append(_counted(by_id[claim_id], key, words))
    return out


def _say(words: Mapping[str, Any], key: str, count: float, n: float = math.nan) -> str:
    """Return a sentence in the number that its count asks for; `n` are those it is a part of."""
    if n == 1 and key in words["only"]:
        return str(words["only"][key])
    return str(words["one"].get(key, words[key]) if count == 1 else words[key])


def _counted(claim: Mapping[str, Any], key: str, words: Mapping[str, Any], n: int = 0) -> Line:
    settings = json.loads(str(claim["settings"])) if claim["settings"] == claim["settings"] else {}
    figure = f"{claim['figure']:,.0f}"
    asked = any_of(settings["any_of"], words["or"]) if "any_of" in settings else ""
    agency = words["kind"].get(settings.get("kind"), asked or settings.get("agency", ""))
    values = {"figure": figure, "agency": agency, "n": f"{n:,}"}
    ids = [str(claim["claim_id"]), *(["cameras-standing"] if n else [])]
    text = _say(words, key, float(claim["figure"]), n).format(**values)
    return Line("who", text, figure, tuple(ids))


def _searched(by_id: Claims, about: About, words: Mapping[str, Any]) -> list[Line]:
    del about
    count, wide = by_id.get("searches"), by_id.get("multi-network")
    if count is None or not count["figure"]:
        return []
    figure = f"{count['figure']:,.0f}"
    if wide is None:
        text = _say(words, "searches", count["figure"]).format(figure=figure)
        return [Line("searches", text, figure, ("searches",))]
    text = _say(words, "searches_wide", count["figure"]).format(figure=figure, share=share(wide))
    return [Line("searches", text, figure, ("searches", "multi-network"))]


_LINES: tuple[Callable[[Claims, About, Mapping[str, Any]], list[Line]], ...] = (
    _readers,
    _distance,
    _trips,
    _followed,
    _look,
    _searched,
)


def _unknown(by_id: Claims, said: set[str], about: About, words: Mapping[str, Any]) -> list[str]:
    text = words["unknown"]
    out = []
    if "readers" in said:
        out.append(text["unmapped"])
        known = by_id.get("cameras-operator-known")
        if known is not None and known["figure"] < known["n"]:
            unknown = f"{known['n'] - known['figure']:,.0f}"
            none = "operator" if known["figure"] else "operator_none"
            said_of = words["only"]["operator"] if known["n"] == 1 else text[none]
            out.append(said_of.format(unknown=unknown, n=f"{known['n']:,}"))
    else:
        out.append(text["positions"])
    if "readers" in said and "trips" not in said:
        out.append(text["trips_whole" if "trips" in about.of_more else "trips"])
    if "readers" in said and not said & {"followed", "zone"}:
        out.append(text["followed_whole" if "followed" in about.of_more else "followed"])
    if "who" not in said:
        alone = by_id.get("cameras-standing", {}).get("n") == 1
        out.append((words["only"] if alone else text)["who"])
    return [*out, text["retention"]]


def data_date(by_id: Claims, about: About, words: Mapping[str, Any]) -> str:
    """Return the date of the data as it is quoted."""
    if about.cameras_date:
        return day_text(about.cameras_date, words)
    dates = [str(c["data_date"]) for k, c in by_id.items() if k.startswith("record-")]
    known = [d for d in dates if d not in ("nan", "None", "")]
    return day_text(known[0], words) if known else str(words["undated"])


def _dates(by_id: Claims, about: About, words: Mapping[str, Any]) -> list[str]:
    out = []
    if "cameras-standing" in by_id:
        out.append(words["cameras_of"].format(date=data_date(by_id, about, words)))
    if any(k.startswith("c1-") for k in by_id):
        when = day_text(about.roads_date, words) if about.roads_date else words["undated"]
        out.append(words["roads_of"].format(date=when))
    record = [c for k, c in by_id.items() if k.startswith("record-")]
    if record:
        day = str(record[0]["data_date"])
        known = day not in ("nan", "None", "")
        out.append(
            words["record_of"].format(date=day_text(day, words) if known else words["undated"])
        )
    return out


def _method(by_id: Claims, about: About, words: Mapping[str, Any]) -> list[str]:
    text = words["method"]
    out = []
    if "cameras-standing" in by_id:
        out.append(text["merge"].format(set_aside=aside_text(about.set_aside, words)))
    if any(k.startswith("median-") for k in by_id):
        out.append(text["distance"])
    near = next((c for k, c in by_id.items() if k.startswith("c1-")), None)
    if near is not None:
        settings = json.loads(str(near["settings"]))
        facing = str(settings.get("facing", "rear"))
        out.append(
            text["watch"].format(
                range=f"{float(settings.get('range_m', 0)) / FOOT_M:,.0f}",
                width=f"{float(settings.get('width_deg', 0)):g}",
                facing=facing,
                facing_words=words["facing"].get(facing, facing),
            )
        )
        watch = about.stages.get("watch", {})
        if watch:
            values = {
                "reading": f"{watch['reading_a_road']:,}",
                "n": f"{watch['cameras']:,}",
                "none": f"{watch['reading_no_road']:,}",
            }
            out.append(text["covered"].format(**values))
    if "c6-trips-read" in by_id:
        out.append(text[_trips_key(by_id["c6-trips-read"])])
    if any(k.startswith(("record-", "access-")) for k in by_id):
        out.append(text["record"])
    return [*out, text["rules"]]


def press_text(page: FirstPage, *, title: str, named: Sequence[str]) -> str:
    """Return the first page as plain text of lines up to 72 characters, for a press release."""
    import textwrap

    words = report_words(page.language)

    def wrapped(text: str, first: str = "") -> str:
        return textwrap.fill(
            text,
            72,
            initial_indent=first,
            subsequent_indent=" " * len(first),
            break_on_hyphens=False,
            break_long_words=False,
        )

    out = [wrapped(title.upper()), wrapped("; ".join(page.dates)), ""]
    if page.warnings:
        out += [words["warning_title"].upper(), *[wrapped(t, "- ") for t in page.warnings], ""]
    for line in page.lines:
        out += [wrapped(line.text, "- "), ""]
    for name, lines in (("unknown_title", page.unknown), ("quote_title", page.quotes)):
        out += [str(words[name]).upper(), *[wrapped(t, "- ") for t in lines], ""]
    out += [str(words["sources_title"]).upper(), *[wrapped(t, "- ") for t in named], ""]
    return "\n".join([*out, wrapped(words["claims_note"])]) + "\n"
