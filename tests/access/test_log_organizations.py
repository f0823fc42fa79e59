"""The column of organizations holds persons too: only what is a body passes (A6, A9, S14)."""

from __future__ import annotations

import csv
import random
from pathlib import Path

import pytest

from alprmap.access import measure_searches
from alprmap.access.organizations import HIDDEN, organization_name

BODIES = (
    "Alderton PD", "Brant County Sheriff's Office", "Texas DPS", "HSI", "FBI - San Diego",
    "Flock Safety", "NCMEC", "Troop 5 State Police", "Harris County Pct. 3", "Laredo",
)  # fmt: skip
PERSONS = (
    "J. Quillfeather", "Quillfeather, Bram", "Sgt. Brambleswick #77413", "Brambleswick",
    "Xochipilli Wrenfield", "XOCHIPILLI WRENFIELD", "Ødegaardsen", "陳小明", "ZQX4471", "ZQX-4471",
    "8KJD221", "case 26-0099417", "512-555-0101", "qfeather@example.com", "D1234567Z",
    "ask Brambleswick", "qfeather77", "Quillfeather/Wrenfield",
)  # fmt: skip
BESIDE = {
    "Alderton PD - Bram Quillfeather": "Alderton PD",
    "Alderton PD (Brambleswick)": "Alderton PD",
    "Laredo TX PD Wrenfield": "Laredo TX PD",
}
TOKENS = ("quill", "bram", "brambles", "xochi", "wren", "degaard", "陳", "4471", "8kjd", "00994",
          "0101", "qfeather", "1234567")  # fmt: skip


@pytest.mark.parametrize("name", BODIES)
def test_A9_a_body_keeps_its_name(name: str) -> None:
    assert organization_name(name, None) == name


@pytest.mark.parametrize("text", PERSONS)
def test_A9_what_is_no_body_is_never_written(text: str) -> None:
    assert organization_name(text, "Alderton PD") == HIDDEN


@pytest.mark.parametrize("text", BESIDE)
def test_A9_of_a_body_with_somebody_beside_it_the_body_stays(text: str) -> None:
    assert organization_name(text, None) == BESIDE[text]


HEADINGS = {
    "Org Name": (*BODIES, *PERSONS, *BESIDE),
    "Search Time": ("1/{}/2026 14:05", "{} Jan 2026 14:05", "2026/01/{} 14:05:10", "2026-01-{}T14:05Z"),
    "Name": PERSONS,
    "License Plate": ("ZQX4471", "8KJD221"),
    "Reason": ("stln veh Quillfeather", "ICE asst Brambleswick", "", "陳小明 missing"),
    "Total Networks Searched": ("1", "840", "6,709"),
    "Quillfeather notes": PERSONS,
}  # fmt: skip


@pytest.mark.parametrize("seed", range(3))
def test_A6_no_byte_of_a_log_with_shuffled_columns_names_a_person(
    seed: int, tmp_path: Path
) -> None:
    rng = random.Random(seed)
    heads = rng.sample(list(HEADINGS), len(HEADINGS))
    times = rng.choice(HEADINGS["Search Time"])
    log = tmp_path / "log.csv"
    with log.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter=rng.choice(",;\t"))
        writer.writerow(heads)
        for i in range(200):
            row = {h: rng.choice(HEADINGS[h]) for h in heads}
            row["Search Time"] = times.format(f"{i % 28 + 1:02d}")
            writer.writerow([row[h] for h in heads])
    found = measure_searches([log])
    sums = {n: t["rows"].sum() for n, t in found.tables().items() if "rows" in t}
    assert set(sums.values()) == {200}, sums
    (tmp_path / "out").mkdir()
    found.save(tmp_path / "out" / "s.csv")
    for path in (tmp_path / "out").iterdir():
        text = path.read_bytes().decode("utf-8").lower()
        assert [t for t in TOKENS if t in text] == [], path.name
