"""One history of one agency's partners, written in every layout, says the same (A1)."""

from __future__ import annotations

import csv
import io
import json
import random
from pathlib import Path

import openpyxl
import pytest

from alprmap import access
from alprmap.errors import InputError

OWNER, SLUG = "Alder Creek OH PD", "alder-creek-oh-pd"
DAYS = ("2025-11-03", "2026-02-14", "2026-04-01")
HELD = {
    "2025-11-03": ["Birch OH PD", "Acme, Inc.", "St. Mary's OH PD", "Statewide Lookup", "Elm OH PD", "Elm OH PD"],
    "2026-02-14": ["Birch Police Department, OH", "Acme, Inc.", "Fir \"Old Town\" OH PD", "Statewide Lookup"],
    "2026-04-01": ["BIRCH OH PD", "Fir \"Old Town\" OH PD", "Nationwide Lookup", "Oak OH PD (inactive)"],
}  # fmt: skip
ENDS = {"acme": "2026-03-31", "st": "2026-02-13", "elm": "2026-02-13"}
"""By hand: the first word of a partner, and the last day it can have been let in."""


def table(rows: list[list[str]], mark: str = ",") -> str:
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=mark).writerows(rows)
    return text.getvalue()


def write(folder: Path, form: str, day: str) -> Path:
    """Write one list in a layout."""
    held = HELD[day]
    path = folder / f"{SLUG}.{day}.{form.partition('-')[2]}"
    head = [["Organization Name"]]
    if form == "folder-csv":
        path = folder / SLUG / f"{day}.csv"
        path.parent.mkdir(exist_ok=True)
        path.write_text(table(head + [[n] for n in held]), "utf-8")
    elif form == "one-csv":
        path.write_text(table(head + [[n] for n in held]), "utf-8-sig")
    elif form == "shares-csv":
        rows = [["agency", "shares_with", "archived_date"], *([OWNER, n, day] for n in held)]
        path.write_text(table(rows), "utf-8")
    elif form == "fromto-tsv":
        rows = [
            ["from", "to", "since", "source_record"],
            *([OWNER, n, day, "portal"] for n in held),
        ]
        path.write_text(table(rows, "\t"), "utf-8")
    elif form == "networks-csv":
        rows = [["Organization Name", "Networks Shared With Me", "Networks I'm Sharing"],
                *([n, "", OWNER] for n in held)]  # fmt: skip
        path.write_text(table(rows), "utf-8")
    elif form == "sheet-xlsx":
        book = openpyxl.Workbook()
        for row in [["Shared networks"], [], *head, *([n] for n in held)]:
            book.active.append(row)
        book.create_sheet("Notes").append(["printed by the clerk", "2026"])
        book.save(path)
    elif form == "portal-json":
        path.write_text(json.dumps({"crawled_slug": SLUG, "archived_date": day, "sharing_outbound": held, "camera_count": 7}))  # fmt: skip
    elif form == "listing-json":
        path.write_text(json.dumps([{"agency": OWNER, "date": day, "shares_with": held}]))
    elif form == "page-html":
        items = "".join(f"<li>{n.replace(chr(34), '&quot;')}</li>" for n in held)
        path.write_text(f"<html><body><h2>Organizations granted access to {OWNER} data</h2><ul>{items}</ul></body></html>")  # fmt: skip
    return path


FORMS = ("one-csv", "folder-csv", "shares-csv", "fromto-tsv", "networks-csv", "sheet-xlsx",
         "portal-json", "listing-json", "page-html")  # fmt: skip


def ends(found: access.Shared) -> dict[str, str]:
    ended = found.shares.dropna(subset=["until"])
    return {
        str(b).split("-")[0]: str(u) for b, u in zip(ended["to_id"], ended["until"], strict=True)
    }


def on(found: access.Shared, day: str) -> set[str]:
    return {str(i) for i in access.active_shares(found.shares, as_of=day)["to_id"]}


@pytest.mark.parametrize("form", FORMS)
def test_A1_a_history_says_the_same_in_every_layout(tmp_path: Path, form: str) -> None:
    files = [write(tmp_path, form, day) for day in DAYS]
    found = access.read_shares(files)
    assert ends(found) == ENDS
    # a renamed partner and one under two spellings stay; twice on a list is once; an account marked
    # inactive is on record and opens nothing
    assert {i.split("-")[0] for i in on(found, "2026-04-01")} == {"birch", "fir"}
    named = access.named_shares(found.shares, as_of="2026-04-01")
    assert {str(i).split("-")[0] for i in named["to_id"]} == {"birch", "fir", "oak"}
    assert found.switches.set_index("scope")["until"].to_dict()["statewide"] == "2026-03-31"
    assert found.switches["scope"].tolist() == ["nationwide", "statewide"]
    notes = [note for f in found.counts["files"].values() for note in f["notes"].items()]
    assert [n for word, n in notes if "marks inactive" in word] == [1]
    # the last day of a stay is in it, and so is the first
    assert any(i.startswith("elm") for i in on(found, "2026-02-13"))
    assert not any(i.startswith("elm") for i in on(found, "2026-02-14"))
    assert not on(found, "2025-11-02")
    assert any(i.startswith("fir") for i in on(found, "2026-02-14"))


@pytest.mark.parametrize("seed", range(6))
def test_A1_layouts_may_be_mixed_in_any_order(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    files = [write(tmp_path, chance.choice(FORMS), day) for day in DAYS]
    today = access.read_shares(files[1:])
    chance.shuffle(files)
    found = access.read_shares(files)
    assert ends(found) == ENDS
    # the oldest list changes nothing of today
    assert on(found, "2026-04-02") == on(today, "2026-04-02")


def test_A1_two_lists_of_one_day_are_one_and_an_undated_one_ends_nothing(tmp_path: Path) -> None:
    (tmp_path / "more").mkdir()
    first = tmp_path / f"{SLUG}.2026-02-14.csv"
    first.write_text(table([["Organization Name"], ["Birch OH PD"]]))
    second = tmp_path / "more" / f"{SLUG}.2026-02-14.csv"
    second.write_text(table([["Organization Name"], ["Elm OH PD"]]))
    found = access.read_shares([first, second])
    assert found.shares["until"].isna().all()
    assert len(found.shares) == 2
    undated = tmp_path / f"{SLUG}.csv"
    undated.write_text(table([["Organization Name"], ["Fir OH PD"]]))
    found = access.read_shares([first, second, undated])
    assert found.shares["until"].isna().all()
    assert found.counts["shares_undated"] == 1


def test_A1_a_folder_that_names_no_agency_is_not_taken_for_one(tmp_path: Path) -> None:
    path = tmp_path / "downloads" / "2026-02-14.csv"
    path.parent.mkdir()
    path.write_text(table([["Organization Name"], ["Birch OH PD"]]))
    with pytest.raises(InputError, match="whose it is"):
        access.read_shares([path])
