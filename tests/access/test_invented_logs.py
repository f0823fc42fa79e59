"""Twelve made-up logs in layouts met nowhere else: every row counted, nobody named (A6)."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import openpyxl
import pyarrow as pa
import pytest

from alprmap import access
from alprmap.access.searches import times
from alprmap.errors import InputError

ORGS = ("Alder OH PD", "Birch County MI SO", "Cedar Falls OH PD")
REASONS = ("stolen vehicle", "assist ICE", "", "missing juvenile", "zzz qqq")
N = 40
START = datetime(2025, 11, 3, 2, 15, 9, tzinfo=UTC)
WHEN = [START + timedelta(hours=13 * i, minutes=7 * i) for i in range(N)]
SECRET = ("Xandra", "Vorblequist", "ZQX4471", "99-0417", "Brambleswick")
PACIFIC = ZoneInfo("America/Los_Angeles")
Cells = list[object]


def row(i: int, when: object) -> dict[str, object]:
    return {
        "when": when,
        "org": ORGS[i % 3],
        "why": REASONS[i % 5],
        "who": f"{SECRET[0]} {SECRET[1]} {i}",
        "plate": SECRET[2],
        "case": SECRET[3],
        "n": (1, 12, 6_001)[i % 3],
    }


def text(head: list[str], keys: list[str], form: Callable[[datetime], object], mark: str = ",",
         above: tuple[str, ...] = (), below: tuple[str, ...] = ()) -> str:  # fmt: skip
    out = io.StringIO(newline="")
    out.writelines(f"{line}\r\n" for line in above)
    writer = csv.writer(out, delimiter=mark)
    writer.writerow(head)
    for i, when in enumerate(WHEN):
        said = form(when)
        several = said if isinstance(said, tuple) else (said,)
        cells: Cells = []
        for key in keys:
            cells += several if key == "when" else [row(i, said)[key]]
        writer.writerow(cells)
    out.writelines(f"{line}\r\n" for line in below)
    return out.getvalue()


def serial(when: datetime) -> str:
    return f"{(when - datetime(1899, 12, 30, tzinfo=UTC)) / timedelta(days=1):.6f}"


SHORT = ["when", "org", "n", "why"]
LONG = ["case", "who", "why", "plate", "when", "n", "org"]
LOGS: dict[str, Callable[[], str]] = {
    "pst.csv": lambda: text(
        ["Search Time", "Agency", "Networks Searched", "Reason"], SHORT,
        lambda w: w.astimezone(PACIFIC).strftime("%m/%d/%Y %I:%M:%S %p %Z")),
    "zone-in-name.csv": lambda: text(
        ["Case #", "Officer", "Search Reason", "Plate", "Searched At", "Network Count", "Department"], LONG,
        lambda w: f"{w.astimezone(PACIFIC):%Y-%m-%d %H:%M:%S} America/Los_Angeles"),
    "offset.csv": lambda: text(
        ["Timestamp", "Org Name", "# of Networks", "Purpose"], SHORT,
        lambda w: w.astimezone(PACIFIC).isoformat()),
    "postgres.tsv": lambda: text(
        ["created_at", "organization", "networks", "reason"], SHORT,
        lambda w: w.strftime("%Y-%m-%d %H:%M:%S.123456+00"), "\t"),
    "serial.csv": lambda: text(["Time", "Org", "Networks", "Reason"], SHORT, serial),
    "epoch.csv": lambda: text(["Time", "Org", "Networks", "Reason"], SHORT, lambda w: int(w.timestamp())),
    "words.csv": lambda: text(
        ["Date and Time", "Requesting Agency", "Number of Networks", "Justification"], SHORT,
        lambda w: w.strftime("%b %d, %Y %H:%M")),
    "two-columns.csv": lambda: text(
        ["Search Date", "Search Time", "Agency Name", "Networks", "Reason"], SHORT,
        lambda w: (w.strftime("%m-%d-%Y"), w.strftime("%I:%M %p"))),
    "military.csv": lambda: text(
        ["Date Searched", "Time Searched", "Agency Name", "Networks", "Reason"], SHORT,
        lambda w: (w.strftime("%m/%d/%Y"), w.strftime("%H%M hrs"))),
    "day-first.csv": lambda: text(
        ["Time", "Organisation", "Networks", "Reason"], SHORT, lambda w: w.strftime("%d/%m/%Y %H:%M")),
    "preamble.csv": lambda: text(
        ["Case Number", "User", "Reason", "License Plate", "Search Time", "Total Networks Searched", "Org Name"],
        LONG, lambda w: w.strftime("%m/%d/%Y, %I:%M:%S %p UTC"),
        above=("Network audit", "Prepared by Lt. Vorblequist, 614-555-0199", ""), below=("Total,,,,,40,", "")),
    "javascript.csv": lambda: text(
        ["Time", "Organization", "Networks", "Reason"], SHORT,
        lambda w: w.astimezone(PACIFIC).strftime("%a %b %d %Y %H:%M:%S GMT%z (Pacific Standard Time)"), ";"),
}  # fmt: skip


def right(when: datetime) -> tuple[str, int]:
    return when.date().isoformat(), when.hour


@pytest.mark.parametrize("name", LOGS)
def test_A6_a_log_in_a_form_of_its_own_is_read_whole(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(LOGS[name]().encode())
    found = access.measure_searches([path])
    lost = 1 if "preamble" in name else 0
    assert (found.rows_read, found.unreadable) == (N + lost, lost)
    said = found.searches[["date", "hour"]].astype({"date": str})
    assert list(said.itertuples(index=False, name=None)) == [right(w) for w in WHEN]
    _sums_and_silence(found, tmp_path, N + lost)


def test_A6_a_workbook_with_titles_and_a_total_is_read_whole(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["Portal audit, prepared by Xandra Vorblequist"])
    sheet.append([])
    sheet.append(["Reason", "Search Time", "Networks", "Org Name", "Name"])
    for i, when in enumerate(WHEN):
        one = row(i, when.replace(tzinfo=None))
        sheet.append([one[k] for k in ("why", "when", "n", "org", "who")])
    sheet.append(["Total", None, N, None, None])
    book.create_sheet("Xandra Vorblequist").append(["notes of Brambleswick"])
    path = tmp_path / "audit.xlsx"
    book.save(path)
    found = access.measure_searches([path])
    assert (found.rows_read, found.unreadable) == (N + 1, 1)
    assert [str(d) for d in found.searches["date"]] == [right(w)[0] for w in WHEN]
    _sums_and_silence(found, tmp_path, N + 1)


def _sums_and_silence(found: access.Searches, folder: Path, rows: int) -> None:
    sums = {n: int(t["rows"].sum()) for n, t in found.made.items() if "rows" in t}
    assert set(sums.values()) == {rows}, sums
    # 8 of 40 reasons are empty, 8 say nothing that a word tells
    reasons = found.made["reasons"].set_index("reason")["searches"]
    assert reasons["empty"] == reasons["unclear"] == N // 5
    out = folder / "out" / "searches.csv"
    out.parent.mkdir()
    for path in found.save(out):
        written = path.read_text("utf-8", errors="replace").casefold()
        assert not [s for s in (*SECRET, "614-555", "zzz qqq") if s.casefold() in written], path


def test_A6_times_in_both_orders_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "alder-oh-pd-audit.csv"
    lines = [f"{d}/11/2025 10:00,3" for d in range(1, 29)] + [
        f"11/{d}/2025 10:00,3" for d in range(1, 29)
    ]
    path.write_text("Time,Networks\n" + "\n".join(lines) + "\n")
    with pytest.raises(InputError, match="begin with the day"):
        access.measure_searches([path])


SAME = ["2025-11-03 14:15 UTC-08:00", "20251103T221500Z", "03-NOV-25 10.15.00 PM", "22:15 11/03/2025",
        "Mon Nov 03 22:15:00 UTC 2025", "2025-11-03T22:15:00Z[UTC]", "11/03/2025 2:15 PM (PST)",
        "11/03/2025 2:15 PM Pacific", "11/03/2025 4:15 PM CT", "/Date(1762208100000)/",
        "11/03/2025 | 10:15 PM", "2025.11.03 22h15"]  # fmt: skip


@pytest.mark.parametrize("said", SAME)
def test_A6_a_time_in_a_further_form(said: str) -> None:
    read, _ = times.seconds(pa.array([said], pa.string()))
    assert read[0] == datetime(2025, 11, 3, 22, 15, tzinfo=UTC).timestamp()


@pytest.mark.parametrize("said", ["Nov 3 2025", "13/13/2025 10:00", "2025-307", "11/03/2025 2460",
                                  "45964", "case 20251103", "11/03/2025 2:15 PM Mars/Olympus"])  # fmt: skip
def test_A6_what_is_no_time_is_none(said: str) -> None:
    assert times.seconds(pa.array([said], pa.string()))[0][0] == times.NONE
