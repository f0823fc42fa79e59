"""An account that a list marks as inactive is on record and opens nothing (A1)."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from alprmap import access

OWNER = "alder-creek-oh-pd"
PLAIN, MARKED = "Oak OH PD", "Oak OH PD [DEACTIVATED]"
# what each list names on its day, and on which days the partner can look, by hand
HISTORIES = {
    "never marked": ([[PLAIN], [PLAIN], [PLAIN]], [True, True, True]),
    "marked from the second list on": ([[PLAIN], [MARKED], [MARKED]], [True, False, False]),
    "marked once": ([[PLAIN], [MARKED], [PLAIN]], [True, False, True]),
    "marked from the first": ([[MARKED], [MARKED], [PLAIN]], [False, False, True]),
    "both on one list": ([[PLAIN, MARKED], [MARKED], []], [True, False, False]),
}


def lists(folder: Path, history: list[list[str]]) -> list[Path]:
    paths = []
    for month, held in enumerate(history, start=1):
        path = folder / f"{OWNER}.2026-0{month}-01.csv"
        path.write_text("\n".join(["Organization Name", "Birch OH PD", *held]), "utf-8")
        paths.append(path)
    return paths


def can_look(shared: access.Shared, month: int) -> bool:
    open_then = access.active_shares(shared.shares, as_of=f"2026-0{month}-01")
    return any(str(i).startswith("oak") for i in open_then["to_id"])


@pytest.mark.parametrize("name", HISTORIES)
def test_A1_who_is_marked_inactive_cannot_look(tmp_path: Path, name: str) -> None:
    history, expected = HISTORIES[name]
    paths = lists(tmp_path, history)
    for order in itertools.permutations(paths):
        found = access.read_shares(order)
        assert [can_look(found, month) for month in (1, 2, 3)] == expected
        oak = next(i for i in found.agencies["agency_id"] if i.startswith("oak"))
        stays = access.access_stays(found.shares, [oak])
        line = stays[stays["state"] == access.CAN]
        days = [f"2026-0{m}-01" for m in (1, 2, 3)]
        shown = [
            any(
                a <= day and (b != b or b >= day)
                for a, b in zip(line["from_day"], line["to_day"], strict=True)
            )
            for day in days
        ]
        assert shown == expected, stays
    named = access.named_shares(found.shares, as_of="2026-02-01")
    assert any(str(i).startswith("oak") for i in named["to_id"]), "it stays on record"


@pytest.mark.parametrize("ending", ["parquet", "csv"])
def test_A1_the_mark_comes_through_our_own_tables(tmp_path: Path, ending: str) -> None:
    found = access.read_shares(lists(tmp_path, HISTORIES["marked once"][0]))
    path = tmp_path / f"shares.{ending}"
    if ending == "csv":
        found.shares.to_csv(path, index=False)
    else:
        found.shares.to_parquet(path, index=False)
    again = access.read_shares([path])
    assert (
        sorted(again.shares["inactive"]) == sorted(found.shares["inactive"]) == [False] * 3 + [True]
    )
    for month in (1, 2, 3):
        assert can_look(again, month) == can_look(found, month)


def test_A1_a_single_record_of_an_inactive_account_opens_nothing(tmp_path: Path) -> None:
    path = tmp_path / "shares.csv"
    path.write_text(
        "from,to,since\nElm OH PD,USMS (Inactive),2026-01-01\nElm OH PD,FBI,2026-01-01\n"
    )
    found = access.read_shares([path])
    assert found.counts["shares_marked_inactive"] == 1
    open_then = access.active_shares(found.shares)
    names = found.agencies.set_index("agency_id")["name"]
    assert [names[i] for i in open_then["to_id"]] == ["Federal Bureau of Investigation"]


@pytest.mark.parametrize(
    ("header", "word"),
    [("inactive", "yes"), ("Status", "Inactive"), ("Account status", "Disabled")],
)
@pytest.mark.parametrize("source", ["portal", "news story"])
def test_A1_a_column_may_hold_the_mark(tmp_path: Path, header: str, word: str, source: str) -> None:
    path = tmp_path / "shares.csv"
    path.write_text(
        f"from,to,since,source,{header}\nElm OH PD,Oak OH PD,2026-01-01,{source},{word}\n"
        f"Elm OH PD,Fir OH PD,2026-01-01,{source},\n"
    )
    found = access.read_shares([path])
    open_then = access.active_shares(found.shares)
    assert [i.partition("-")[0] for i in open_then["to_id"]] == ["fir"]
    assert len(access.named_shares(found.shares)) == 2
