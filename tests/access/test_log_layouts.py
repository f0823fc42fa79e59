"""A6: one log in the forms in which it is handed over says the same in each."""

from __future__ import annotations

import csv
import gzip
import io
import json
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import openpyxl
import pyarrow as pa
import pytest

from alprmap import access
from alprmap.access.searches import times
from alprmap.access.searches.columns import layout_of
from alprmap.errors import InputError

ORGS = ("Alderton OH PD", "Birchfield TX PD", "Cedar County OH SO")
WHY = ("ICE assist", "stolen vehicle", "", "test", "missing person")
Row = tuple[str, int, datetime, str, str]
ROWS: list[Row] = [
    (
        ORGS[i % 3],
        (1, 250, 6_000)[i % 3],
        datetime(2026, 3, 6, 1, 30, tzinfo=UTC) + timedelta(hours=7 * i, minutes=11 * i),
        WHY[i % 5],
        f"Placeholder {i % 4}",
    )
    for i in range(30)
]
NEW_YORK = ZoneInfo("America/New_York")  # clocks go forward on 8 March 2026, in the middle


def table(head: list[str], of: Callable[[Row], list[object]], mark: str = ",") -> str:
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=mark)
    writer.writerows([head, *(of(r) for r in ROWS)])
    return text.getvalue()


def _lower(text: str) -> str:
    return text.replace("AM", "a.m.").replace("PM", "p.m.")


FORMS: dict[str, Callable[[], str]] = {
    "iso.csv": lambda: table(
        ["Org Name", "Total Networks Searched", "Search Time", "Reason", "Name"],
        lambda r: [r[0], r[1], r[2].isoformat(), r[3], r[4]],
    ),
    "american.csv": lambda: table(
        ["Organization", "Networks", "Date/Time", "Search Reason", "User"],
        lambda r: [r[0], r[1], _lower(r[2].strftime("%m/%d/%Y %I:%M:%S %p")), r[3], r[4]],
    ),
    "short-year.csv": lambda: table(
        ["Agency", "# of Networks", "When", "Reason"],
        lambda r: [r[0], f"{r[1]:,}", r[2].strftime("%m/%d/%y %H:%M"), r[3]],
    ),
    "remark.csv": lambda: table(
        ["Agency", "Networks searched", "Timestamp (UTC)", "Reason for search", "Officer"],
        lambda r: [r[0], r[1], r[2].strftime("%Y-%m-%d %H:%M"), r[3], r[4]],
        ";",
    ),
    "epoch.tsv": lambda: table(
        ["org", "networks", "time", "purpose", "badge"],
        lambda r: [r[0], r[1], int(r[2].timestamp()), r[3], r[4]],
        "\t",
    ),
    "milliseconds.csv": lambda: table(
        ["org", "networks", "createdAt", "reason"],
        lambda r: [r[0], r[1], int(r[2].timestamp() * 1000), r[3]],
    ),
    "month-name.csv": lambda: (
        "Organization Audit\nMarch 2026\n\n"
        + table(
            ["Organization Name", "Networks", "Search Date", "Search Reason", "Case #"],
            lambda r: [r[0], r[1], r[2].strftime("%b %d, %Y, %I:%M:%S %p UTC"), r[3], "C-1"],
        )
    ),
    "long-date.csv": lambda: table(
        ["Agency", "Networks", "Searched at", "Reason"],
        lambda r: [r[0], r[1], r[2].strftime("%A, %B %d, %Y at %I:%M %p"), r[3]],
    ),
    "day-first.csv": lambda: table(
        ["Agency", "Networks", "Time", "Reason"],
        lambda r: [r[0], r[1], r[2].strftime("%d-%b-%Y %H:%M"), r[3]],
    ),
    "dotted.csv": lambda: table(
        ["Agency", "Networks", "Time", "Reason"],
        lambda r: [r[0], r[1], r[2].strftime("%d.%m.%Y %H:%M"), r[3]],
    ),
    "two-columns.csv": lambda: table(
        ["Agency", "Date", "Time", "Networks", "Reason"],
        lambda r: [r[0], r[2].strftime("%m/%d/%Y"), r[2].strftime("%I:%M %p"), r[1], r[3]],
    ),
    "search-date-and-time.csv": lambda: table(
        ["Agency", "Search Date", "Search Time", "Networks", "Reason"],
        lambda r: [r[0], r[2].strftime("%Y-%m-%d"), r[2].strftime("%H:%M:%S"), r[1], r[3]],
    ),
    "eastern.csv": lambda: table(
        ["Agency", "Search Time (Eastern)", "Networks", "Reason"],
        lambda r: [r[0], r[2].astimezone(NEW_YORK).strftime("%Y-%m-%d %H:%M:%S"), r[1], r[3]],
    ),
    "est.csv": lambda: table(
        ["Agency", "Date", "Time - EST", "Networks", "Reason"],
        lambda r: [r[0], *r[2].astimezone(NEW_YORK).strftime("%m/%d/%Y %H:%M").split(), r[1], r[3]],
    ),
    "records.json": lambda: json.dumps(
        [
            {"orgName": r[0], "totalNetworksSearched": r[1], "searchTime": r[2].isoformat(), "reason": r[3]}
            for r in ROWS
        ]
    ),
    "lines.ndjson": lambda: "\n".join(
        json.dumps({"org": r[0], "networks": r[1], "time": r[2].timestamp(), "reason": r[3]})
        for r in ROWS
    ),
}  # fmt: skip


def _book() -> bytes:
    book = openpyxl.Workbook()
    for line in (["Audit log"], ["Agency", "Networks Searched", "When", "Reason", "Searched by"]):
        book.active.append(line)
    for r in ROWS:
        book.active.append([r[0], r[1], r[2].replace(tzinfo=None), r[3], r[4]])
    data = io.BytesIO()
    book.save(data)
    return data.getvalue()


HOURS = Counter(f"{row[2].hour}" for row in ROWS)
REASONS = {"immigration_assist": 6, "vehicle_theft": 6, "empty": 6, "test": 6, "missing_person": 6}


@pytest.mark.parametrize("name", [*FORMS, "book.xlsx", "packed.csv.gz"])
def test_A6_a_log_says_the_same_in_every_form(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    if name == "book.xlsx":
        path.write_bytes(_book())
    elif name == "packed.csv.gz":
        path.write_bytes(gzip.compress(FORMS["iso.csv"]().encode()))
    else:
        path.write_text(FORMS[name](), "utf-8")
    found = access.measure_searches([path])
    hours = found.made["hours"].set_index("hour")["searches"]
    assert {str(h): n for h, n in hours.items() if n} == HOURS
    by = found.made["organizations"].set_index("organization")["searches"]
    assert by.to_dict() == dict.fromkeys(ORGS, 10)
    reasons = found.made["reasons"].set_index("reason")["searches"]
    assert {r: n for r, n in reasons.items() if n} == REASONS


@pytest.mark.parametrize(
    "head",
    [
        "id,date,lat,lon",
        "ID,Install Date,Latitude,Longitude",
        "name,date,reason,lat,lon",
        "Date,ID",
    ],
)
def test_A6_a_list_with_a_date_is_no_log(head: str) -> None:
    with pytest.raises(InputError, match="no header of a search log"):
        layout_of(f"{head}\n1,2026-01-01,41.0,-83.0\n")


@pytest.mark.parametrize(
    "text",
    [
        "Mayor 3, 2026 10:00",
        "13/13/2026 10:00",
        "31.04.2026 10:00",
        "2026-02-30 10:00",
        "10:00",
        "3600",
    ],
)
def test_A6_what_is_no_time_is_none(text: str) -> None:
    found, _ = times.seconds(pa.array([text]))
    assert found.tolist() == [times.NONE]
