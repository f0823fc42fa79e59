"""Invented dated lists with the right answer by hand at three dates (A1)."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest

from alprmap import access

HEAD = "Organization Name\n"
A = "alder-oh-pd"
"""By hand: what stands in the files, and who may look into whose readers on three days
("giver>taker", by the first word of each); `switch`, the settings on record on the last day."""

SETS: dict[str, tuple[dict[str, str], dict[str, str]]] = {
    "a name with a comma, quoted and bare": (
        {
            f"{A}.2025-03-01.csv": HEAD + '"Acme, Inc."\nBirch OH PD\n',
            f"{A}.2025-06-01.csv": HEAD + "Acme, Inc.\nBirch OH PD\n",
            f"{A}.2025-09-01.csv": HEAD + "Birch OH PD\n",
        },
        {
            "2025-03-01": "alder>acme alder>birch",
            "2025-08-31": "alder>acme alder>birch",
            "2025-09-01": "alder>birch",
        },
    ),
    "a university with a comma, once as pieces": (
        {
            f"{A}.2025-03-01.json": json.dumps(
                [{"agency": "Alder OH PD", "date": "2025-03-01",
                  "shares_with": ["University of California", "Berkeley", "Elm OH PD"]}]
            ),
            f"{A}.2025-06-01.csv": HEAD + 'University of California, Berkeley\n',
        },
        {
            "2025-02-28": "",
            "2025-05-31": "alder>university alder>elm",
            "2025-06-01": "alder>university",
        },
    ),
    "a partner renamed": (
        {
            f"{A}.2025-03-01.csv": HEAD + "Birch OH PD\nElm County OH SO\n",
            f"{A}.2025-06-01.csv": HEAD + "Birch Police Department (OH)\nElm County Sheriff's Office - OH\n",
            f"{A}.2025-09-01.csv": HEAD + "BIRCH P.D., OH\n",
        },
        {
            "2025-03-01": "alder>birch alder>elm",
            "2025-08-31": "alder>birch alder>elm",
            "2025-09-01": "alder>birch",
        },
    ),
    "the owner renamed": (
        {
            "from-to.csv": "from,to,date\nAlder Police Department OH,Birch OH PD,2025-03-01\n"
            "Alder Police Department OH,Elm OH PD,2025-03-01\n"
            "ALDER OH PD,Birch OH PD,2025-06-01\n",
        },
        {
            "2025-03-01": "alder>birch alder>elm",
            "2025-05-31": "alder>birch alder>elm",
            "2025-06-01": "alder>birch",
        },
    ),
    "both directions end by themselves": (
        {
            f"{A}.2025-03-01.csv": "Organization Name,Networks Shared With Me,Networks I'm Sharing\n"
            "Birch OH PD,Birch OH PD,Alder OH PD\nElm OH PD,Elm OH PD,Alder OH PD\n",
            f"{A}.2025-06-01.csv": "Organization Name,Networks Shared With Me,Networks I'm Sharing\n"
            "Birch OH PD,Birch OH PD,\nElm OH PD,,Alder OH PD\n",
        },
        {
            "2025-03-01": "alder>birch birch>alder alder>elm elm>alder",
            "2025-05-31": "alder>birch birch>alder alder>elm elm>alder",
            "2025-06-01": "birch>alder alder>elm",
        },
    ),
    "a list of one direction ends nothing of the other": (
        {
            "from-to.csv": "from,to,direction,date\n"
            "Alder OH PD,Birch OH PD,outbound,2025-03-01\n"
            "Elm OH PD,Alder OH PD,inbound,2025-03-01\n"
            "Fir OH PD,Alder OH PD,inbound,2025-06-01\n",
        },
        {
            "2025-03-01": "alder>birch elm>alder",
            "2025-05-31": "alder>birch elm>alder",
            "2025-06-01": "alder>birch fir>alder",
        },
    ),
    "switches are no partners, and end": (
        {
            f"{A}.2025-03-01.csv": HEAD + "Birch OH PD\nOhio Statewide Lookup\nNationwide Lookup\n",
            f"{A}.2025-06-01.csv": HEAD + "Birch OH PD\nStatewide Lookup (opt-in)\n",
        },
        {
            "2025-02-28": "",
            "2025-03-01": "alder>birch switch:nationwide switch:statewide",
            "2025-06-01": "alder>birch switch:statewide",
        },
    ),
    "a news story ends nothing": (
        {
            f"{A}.2025-03-01.csv": HEAD + "Birch OH PD\nElm OH PD\n",
            "news-2025-06-01.csv": "from,to\nAlder OH PD,Fir OH PD\n",
        },
        {
            "2025-03-01": "alder>birch alder>elm",
            "2025-05-31": "alder>birch alder>elm",
            "2025-06-01": "alder>birch alder>elm alder>fir",
        },
    ),
    "a row that cites a story brings a partner back on its day": (
        {
            f"{A}.2025-03-01.csv": HEAD + "Birch OH PD\nElm OH PD\n",
            f"{A}.2025-06-01.csv": HEAD + "Birch OH PD\n",
            "more.csv": "from,to,date,source\nAlder OH PD,Elm OH PD,2025-08-01,The Alder Herald\n",
        },
        {
            "2025-05-31": "alder>birch alder>elm",
            "2025-07-31": "alder>birch",
            "2025-08-01": "alder>birch alder>elm",
        },
    ),
    "one row of an audit ends nothing": (
        {
            f"{A}.2025-03-01.csv": HEAD + "Birch OH PD\nElm OH PD\n",
            "network-audit-2025-06-01.csv": "from,to\nAlder OH PD,Elm OH PD\n",
            f"{A}.2025-09-01.csv": HEAD + "Elm OH PD\n",
        },
        {
            "2025-06-01": "alder>birch alder>elm",
            "2025-08-31": "alder>birch alder>elm",
            "2025-09-01": "alder>elm",
        },
    ),
    "two lists of one day that disagree are one": (
        {
            f"{A}.2025-03-01.csv": HEAD + "Birch OH PD\nElm OH PD\n",
            f"{A}-pd-portal.2025-06-01.csv".replace("-pd-pd", "-pd"): "agency,shares_with\n"
            "Alder OH PD,Birch OH PD\n",
            f"{A}.2025-06-01.csv": HEAD + "Fir OH PD\n",
            f"{A}.2025-09-01.csv": HEAD + "Fir OH PD\n",
        },
        {
            "2025-05-31": "alder>birch alder>elm",
            "2025-06-01": "alder>birch alder>fir",
            "2025-09-01": "alder>fir",
        },
    ),
    "a list without a date ends nothing and is on no day": (
        {
            f"{A}.csv": HEAD + "Birch OH PD\nElm OH PD\n",
            f"{A}.2025-06-01.csv": HEAD + "Birch OH PD\n",
        },
        {"2025-05-31": "", "2025-06-01": "alder>birch", "": "alder>birch alder>elm"},
    ),
    "dates of names of files": (
        {
            f"{A}_20250301.csv": HEAD + "Birch OH PD\nElm OH PD\nFir OH PD\nOak OH PD\n",
            f"{A} 04-01-2025.csv": HEAD + "Birch OH PD\nElm OH PD\nFir OH PD\n",
            f"{A} May 1, 2025.csv": HEAD + "Birch OH PD\nElm OH PD\n",
            f"{A}_1_June_2025.csv": HEAD + "Birch OH PD\n",
        },
        {
            "2025-03-31": "alder>birch alder>elm alder>fir alder>oak",
            "2025-04-30": "alder>birch alder>elm alder>fir",
            "2025-06-01": "alder>birch",
        },
    ),
    "dates of headings": (
        {
            f"{A}.first.csv": "Shared networks as of March 1, 2025\n\n" + HEAD + "Birch OH PD\nElm OH PD\n",
            f"{A}.second.csv": "Exported: 06/01/2025\n" + HEAD + "Birch OH PD\n",
        },
        {"2025-02-28": "", "2025-05-31": "alder>birch alder>elm", "2025-06-01": "alder>birch"},
    ),
    "dates of columns, in several forms": (
        {
            "lists.csv": "Agency,Shares With,As Of\n"
            "Alder OH PD,Birch OH PD,3/1/2025\nAlder OH PD,Elm OH PD,3/1/2025\n"
            'Alder OH PD,Birch OH PD,"June 1, 2025"\n',
        },
        {"2025-02-28": "", "2025-05-31": "alder>birch alder>elm", "2025-06-01": "alder>birch"},
    ),
    "a gap: gone, and there again": (
        {
            f"{A}.2025-03-01.csv": HEAD + "Birch OH PD\nElm OH PD\n",
            f"{A}.2025-06-01.csv": HEAD + "Birch OH PD\n",
            f"{A}.2025-09-01.csv": HEAD + "Elm OH PD\nBirch OH PD\n",
        },
        {
            "2025-05-31": "alder>birch alder>elm",
            "2025-08-31": "alder>birch",
            "2025-09-01": "alder>birch alder>elm",
        },
    ),
    "an empty newer list of a portal ends nothing": (
        {
            f"{A}.2025-03-01.json": json.dumps({"crawled_slug": A, "archived_date": "2025-03-01",
                                                "sharing_outbound": ["Birch OH PD"]}),
            f"{A}.2025-06-01.json": json.dumps({"crawled_slug": A, "archived_date": "2025-06-01",
                                                "sharing_outbound": []}),
        },
        {"2025-02-28": "", "2025-03-01": "alder>birch", "2025-06-01": "alder>birch"},
    ),
    "a month is its first day": (
        {
            "lists.csv": "agency,shares_with,date\nAlder OH PD,Birch OH PD,2025-03\n"
            "Alder OH PD,Elm OH PD,2025-03\nAlder OH PD,Elm OH PD,2025-04\n",
        },
        {
            "2025-02-28": "",
            "2025-03-31": "alder>birch alder>elm",
            "2025-04-01": "alder>elm",
        },
    ),
    "a stated end": (
        {
            "ends.csv": "from,to,since,until\nAlder OH PD,Birch OH PD,2025-03-01,2025-05-31\n"
            "Alder OH PD,Elm OH PD,2025-03-01,\n",
        },
        {
            "2025-03-01": "alder>birch alder>elm",
            "2025-05-31": "alder>birch alder>elm",
            "2025-06-01": "alder>elm",
        },
    ),
    "a name without its state, and a town in two states": (
        {
            f"{A}.2025-03-01.csv": HEAD + "Birch OH PD\nElm OH PD\nElm MI PD\n",
            f"{A}.2025-06-01.csv": HEAD + "Birch Police Department\nElm MI PD\n",
        },
        {
            "2025-03-01": "alder>birch alder>elm alder>elm",
            "2025-05-31": "alder>birch alder>elm alder>elm",
            "2025-06-01": "alder>birch alder>elm",
        },
    ),
    "a list with more columns than one": (
        {
            f"{A}.2025-03-01.csv": "Organization Name,State,Type\nBirch PD,OH,Police\nElm PD,MI,Police\n",
            f"{A}.2025-06-01.csv": HEAD + "Birch OH PD\n",
        },
        {"2025-02-28": "", "2025-05-31": "alder>birch alder>elm", "2025-06-01": "alder>birch"},
    ),
    "semicolons, a mark of bytes, and no end of line": (
        {
            f"{A}.2025-03-01.csv": "\ufeffagency;shares_with\r\nAlder OH PD;Birch OH PD\r\n"
            "Alder OH PD;Elm OH PD",
            f"{A}.2025-06-01.csv": "\ufeffagency;shares_with\r\nAlder OH PD;Birch OH PD",
        },
        {"2025-02-28": "", "2025-05-31": "alder>birch alder>elm", "2025-06-01": "alder>birch"},
    ),
    "a federal body under three names": (
        {
            f"{A}.2025-03-01.csv": HEAD + "U.S. Border Patrol\nBirch OH PD\n",
            f"{A}.2025-06-01.csv": HEAD + "United States Border Patrol\nBirch OH PD\n",
            f"{A}.2025-09-01.csv": HEAD + "Birch OH PD\n",
        },
        {
            "2025-03-01": "alder>border alder>birch",
            "2025-08-31": "alder>border alder>birch",
            "2025-09-01": "alder>birch",
        },
    ),
    "when a share began is no list": (
        {
            "table.csv": "from,to,since\nAlder OH PD,Birch OH PD,2025-03-01\n"
            "Alder OH PD,Elm OH PD,2025-06-01\n",
            f"{A}.2025-09-01.csv": "Organization,State,Date Shared\nElm PD,OH,6/1/2025\n"
            "Fir PD,OH,8/1/2025\n",
        },
        {
            "2025-05-31": "alder>birch",
            "2025-08-31": "alder>birch alder>elm alder>fir",
            "2025-09-01": "alder>elm alder>fir",
        },
    ),
    "days before months, told by the column": (
        {
            "lists.csv": "agency,shares_with,date\nAlder OH PD,Birch OH PD,05/04/2025\n"
            "Alder OH PD,Elm OH PD,05/04/2025\nAlder OH PD,Elm OH PD,25/05/2025\n",
        },
        {
            "2025-04-04": "",
            "2025-04-05": "alder>birch alder>elm",
            "2025-05-25": "alder>elm",
        },
    ),
    "lists of two agencies end only their own": (
        {
            f"{A}.2025-03-01.csv": HEAD + "Birch OH PD\nElm OH PD\n",
            "birch-oh-pd.2025-06-01.csv": HEAD + "Fir OH PD\n",
            "elm-oh-pd.2025-06-02.csv": HEAD + "Alder OH PD\n",
        },
        {
            "2025-03-01": "alder>birch alder>elm",
            "2025-06-01": "alder>birch alder>elm birch>fir",
            "2025-06-02": "alder>birch alder>elm birch>fir elm>alder",
        },
    ),
}  # fmt: skip


def write(folder: Path, files: dict[str, str]) -> list[Path]:
    out = []
    for name, text in files.items():
        (folder / name).write_bytes(text.encode())
        out.append(folder / name)
    return out


def on(found: access.Shared, day: str) -> str:
    active = access.active_shares(found.shares, as_of=day or None)
    # an undated record is a row of its own beside a dated one of the same share
    pairs = sorted(set(zip(active["from_id"], active["to_id"], strict=True)))
    said = [f"{a.split('-')[0]}>{_first(b)}" for a, b in pairs]
    for row in found.switches.to_dict("records"):
        until = row["until"] if isinstance(row["until"], str) else "9999"
        if row["date"] <= (day or "9998") <= until:
            said.append(f"switch:{row['scope']}")
    return " ".join(sorted(said))


def _first(name: str) -> str:
    return next(w for w in name.split("-") if w not in ("u", "s", "us"))


@pytest.mark.parametrize("what", SETS)
def test_A1_invented_lists_say_what_they_say_by_hand(tmp_path: Path, what: str) -> None:
    files, right = SETS[what]
    paths = write(tmp_path, files)
    random.Random(what).shuffle(paths)
    found = access.read_shares(paths)
    said = {day: on(found, day) for day in right}
    assert said == {day: " ".join(sorted(pairs.split())) for day, pairs in right.items()}
