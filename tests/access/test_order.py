"""The order of files does not matter, and adding an older list never changes today (A1)."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from alprmap import access

TOWNS = ("Waco TX PD", "Austin TX PD", "Laredo TX PD", "FBI", "El Paso TX PD")
DAYS = tuple(f"2026-0{m}-15" for m in range(1, 7))
LISTS = st.dictionaries(
    st.sampled_from(DAYS), st.sets(st.sampled_from(TOWNS), min_size=1), min_size=2
)


def read(lists: dict[str, set[str]], order: list[str]) -> access.Shared:
    with tempfile.TemporaryDirectory() as folder:
        paths = []
        for day in order:
            path = Path(folder) / f"tyler-tx-pd.{day}.csv"
            path.write_text("Organization Name\n" + "\n".join(sorted(lists[day])) + "\n")
            paths.append(path)
        return access.read_shares(paths)


@settings(max_examples=25)
@given(LISTS, st.randoms())
def test_A1_order_does_not_matter_and_an_older_list_changes_nothing_today(
    lists: dict[str, set[str]], shuffle: object
) -> None:
    days = sorted(lists)
    mixed = sorted(days, key=lambda _: shuffle.random())  # type: ignore[attr-defined]
    whole = read(lists, days)
    pd.testing.assert_frame_equal(whole.shares, read(lists, mixed).shares)
    newer = read(lists, days[1:])

    def today(shared: access.Shared) -> set[str]:
        return set(access.active_shares(shared.shares, as_of=days[-1])["to_id"])

    assert today(whole) == today(newer)
    assert len(today(whole)) == len(lists[days[-1]])
