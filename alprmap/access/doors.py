"""Which door a path goes through: front, side, back, or two hops, each with its proof (rule A4).

*Front*: the body is a named partner. *Back*: a setting of the vendor, or a pilot, opens readers to
a whole scope without naming anybody. *Side*: an officer of a partner searches for the body; only
the reasons in search logs show it. Paths are listed, never added up.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache

import pandas as pd

from alprmap.access.paths import hops, newest_day
from alprmap.shipped import alias_rows

COLUMNS = ("agency_id", "door", "via_id", "since", "until", "source_record", "proof")


def access_doors(
    on_record: pd.DataFrame,
    switches: pd.DataFrame,
    agencies: pd.DataFrame,
    wanted: Iterable[str],
    *,
    as_of: str | None = None,
) -> pd.DataFrame:
    """Return one row per path from an agency's readers to the bodies asked for, and its door (A4).

    Parameters
    ----------
    on_record
        Shares on record on the day asked for (`active_shares`).
    switches
        As `Shared.switches`: statewide and nationwide settings, ended ones too.
    agencies
        Table `agencies`; a statewide setting opens readers to bodies of its own state only.
    wanted
        Ids of the bodies.
    as_of
        ISO day; settings seen later, or no longer on a newer list, are left out.

    Returns
    -------
    DataFrame
        `COLUMNS`, sorted: `door` is front, back or two hops; `via_id` the agency between; `proof`
        says in words what the record shows. A back door shows that readers are open to a scope the
        body may belong to, not that it is in.
    """
    aim = sorted(set(wanted))
    rows: list[tuple[object, ...]] = []
    named = on_record[on_record["to_id"].isin(aim) & ~on_record["from_id"].isin(aim)]
    for row in named.to_dict("records"):
        word = back_word(row["source_record"])
        proof = "named as a partner" if word is None else f"the record calls it a {word}"
        rows.append(
            (
                row["from_id"],
                "front" if word is None else "back",
                None,
                row["since"],
                row["until"],
                row["source_record"],
                proof,
            )
        )
    steps = hops(on_record, aim)
    for agency, step in steps[steps["hops"] == 2].iterrows():
        proof = f"shares with {int(step['n_via']):,} that share with the body: a possibility"
        rows.append(
            (
                agency,
                "two hops",
                step["via_id"],
                step["since"],
                None,
                step["source_record"],
                proof,
            )
        )
    rows += by_switch(switches, agencies, aim, as_of, as_of or newest_day(on_record))
    frame = pd.DataFrame(rows, columns=list(COLUMNS)).astype("str")
    return frame.drop_duplicates().sort_values(list(COLUMNS), ignore_index=True)


def by_switch(
    switches: pd.DataFrame,
    agencies: pd.DataFrame,
    aim: list[str],
    as_of: str | None = None,
    newest: str | None = None,
) -> list[tuple[object, ...]]:
    """Return the back doors that a statewide or nationwide setting opens, rows of `COLUMNS`: those
    begun by `as_of` and not ended before `newest`, all where neither is given."""
    state = agencies.set_index("agency_id")["state"]
    inside = {s for s in (state.get(i) for i in aim) if isinstance(s, str)}
    rows: list[tuple[object, ...]] = []
    for row in switches[switches["direction"] == "outbound"].to_dict("records"):
        agency, day = row["agency_id"], row["date"]
        late = as_of is not None and not (isinstance(day, str) and day <= as_of)
        ended = newest is not None and isinstance(row["until"], str) and row["until"] < newest
        local = row["scope"] == "statewide" and state.get(agency) not in inside
        if not aim or late or ended or local or agency in aim:
            continue
        setting = f"the setting “{row['as_written']}” opens its readers {row['scope']}"
        proof = f"{setting}; no list says who is in"
        rows.append((agency, "back", None, day, row["until"], row["source_record"], proof))
    return rows


def back_word(record: object) -> str | None:
    """Return the word by which a record calls a share a pilot or the vendor's own, if it does.

    >>> back_word("pilot with CBP, memo of 2025-05-01"), back_word("portal 2026-01-10")
    ('pilot', None)
    >>> back_word("pilot-point-tx-pd.2026-04-01.csv#row/3") is None
    True
    """
    text = str(record).casefold()
    return next((word for word, pattern in _back_words() if pattern.search(text)), None)


@cache
def _back_words() -> tuple[tuple[str, re.Pattern[str]], ...]:
    found = []
    for row in alias_rows("back_doors"):
        unless = rf"(?![\W_]+(?:{row['unless']})\b)" if row["unless"] else ""
        words = r"[\W_]+".join(map(re.escape, row["word"].split()))
        found.append((row["word"], re.compile(rf"(?<![a-z0-9]){words}(?![a-z0-9]){unless}")))
    return tuple(found)


def doors_of(records: pd.Series) -> str:
    """Return in words which doors records open that name a body: the front door, a back door.

    >>> doors_of(pd.Series(["portal", "pilot of 2025"]))
    'the front door, or the back door of a pilot'
    """
    words = records.map(back_word)
    front = bool(words.isna().any()) or not len(words)
    back = sorted(set(words.dropna()))
    parts = ["the front door"] if front else []
    parts += [f"the back door of a {' or '.join(back)}"] if back else []
    return ", or ".join(parts)
