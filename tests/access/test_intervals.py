"""Shares that end (A1): dated lists, single records, any order of files."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from alprmap import access, agencies

NAMES = [f"{town} Police Department OH" for town in ("Birchfield", "Cedarville", "Dunmore")]


def on_record(shared: access.Shared, day: str | None = None) -> set[tuple[str, str]]:
    active = access.active_shares(shared.shares, as_of=day)
    return set(zip(active["from_id"], active["to_id"], strict=True))


def listing(folder: Path, day: str, partners: list[str]) -> Path:
    path = folder / f"alderton-oh-pd.{day}.csv"
    path.write_text("Organization Name\n" + "".join(f"{n}\n" for n in partners))
    return path


def test_A1_a_newer_list_ends_what_it_lacks(tmp_path: Path) -> None:
    files = [
        listing(tmp_path, "2024-04-01", NAMES[:2]),
        listing(tmp_path, "2026-04-01", NAMES[1:2]),
    ]
    shared = access.read_shares(files)
    numbers = [len(on_record(shared, d)) for d in ("2024-03-31", "2025-01-01", "2026-04-01", None)]
    assert numbers == [0, 2, 1, 1]
    ended = shared.shares.dropna(subset=["until"]).iloc[0]
    assert (ended["since"], ended["until"]) == ("2024-04-01", "2026-03-31")


def test_A1_a_single_record_ends_nothing(tmp_path: Path) -> None:
    files = [listing(tmp_path, "2024-04-01", NAMES)]
    news = tmp_path / "news-2026-05-01.csv"
    news.write_text(f"from,to\nAlderton OH PD,{NAMES[0]}\n")
    assert len(on_record(access.read_shares([*files, news]))) == 3
    listed = tmp_path / "shares-2026-05-01.csv"
    listed.write_text(news.read_text())
    assert len(on_record(access.read_shares([*files, listed]))) == 1
    assert len(on_record(access.read_shares(files, partial=[listed]))) == 3


DAYS = ["2023-01-01", "2024-01-01", "2025-01-01", "2026-01-01"]


@pytest.mark.slow
@settings(
    max_examples=40,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    st.lists(st.lists(st.sampled_from(NAMES), min_size=1, unique=True), min_size=2, max_size=4),
    st.randoms(use_true_random=False),
)
def test_A1_order_does_not_matter_and_an_older_list_changes_nothing_today(
    tmp_path: Path, held: list[list[str]], chance: object
) -> None:
    files = [listing(tmp_path, d, n) for d, n in zip(DAYS[-len(held) :], held, strict=True)]
    whole = access.read_shares(files)
    shuffled = list(files)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    pd.testing.assert_frame_equal(access.read_shares(shuffled).shares, whole.shares)
    assert on_record(access.read_shares(files[1:])) == on_record(whole)
    for day, partners in zip(DAYS[-len(held) :], held, strict=True):
        assert len(on_record(whole, day)) == len(partners)


def test_A1_names_with_commas_are_one(tmp_path: Path) -> None:
    line = "Albany CA PD, University of California, Berkeley, Acme, Inc."
    assert agencies.split_agencies(line) == [
        "Albany CA PD",
        "University of California, Berkeley",
        "Acme, Inc.",
    ]
    page = tmp_path / "belmont-ca-pd.2026-04-17.txt"
    page.write_text(f"Overview\n\nOrganizations granted access to Belmont CA PD data\n\n{line}\n")
    assert len(access.read_shares([page]).shares) == 3


@pytest.mark.parametrize("slug", ["belmont-ca-pd.2026-04-24", "vacaville-ca-pd.2026-04-08"])
def test_A1_page_and_list_of_one_portal_say_the_same(slug: str, shared: Path) -> None:
    folder = shared / "records/sharing-2026"
    page = access.read_shares([folder / f"pages/{slug}.txt"])
    listed = access.read_shares([folder / f"lists/{slug}.csv"])
    assert on_record(page) == on_record(listed)


def test_A1_the_vendors_export_gives_both_directions(shared: Path) -> None:
    folder = shared / "records/sharing-2026/okaloosa-county-fl-so"
    found = access.read_shares(
        [
            folder / "SharedNetworks_2025_December_29.csv",
            folder / "SYNTHETIC-SharedNetworks_2026_March_30.csv",
        ]
    )
    real = found.changes[~found.changes["renamed"]]
    assert real.groupby(["direction", "change"]).size().to_dict() == {
        ("inbound", "added"): 8,
        ("inbound", "dropped"): 40,
        ("outbound", "added"): 8,
        ("outbound", "dropped"): 60,
    }


@pytest.mark.slow
def test_A1_the_changes_of_the_real_portals(shared: Path) -> None:
    folder = shared / "records/sharing-2026"
    found = access.read_shares([folder / "portal-sharing-ca-2026-03-27_2026-04-29.csv.gz"]).changes
    expected = pd.read_csv(folder / "changes-expected.csv")
    ours = found[["owner", "from_date", "to_date", "change", "name"]].to_numpy().tolist()
    theirs = expected[["agency", "from_date", "to_date", "change", "name"]].to_numpy().tolist()
    assert {tuple(r) for r in ours} == {tuple(t.strip() for t in r) for r in theirs}
