"""What comes back of each table from each format: the table in docs/hand-outs.md, each cell a test.

A cell names what holds, by a letter: C count, D direction, S status, I ids, L license, and date
inside the file. A letter that is missing there, or one too many, fails.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from test_round_trips import FORMATS, as_text, license_of, read_back, some_cameras, town

from alprmap import merge, roads, schema, shipped, sources, store, watch
from alprmap.credits import SIDECAR, Credits
from alprmap.merge import with_directions
from alprmap.publish import write_hand_outs

PAGE = Path(__file__).resolve().parents[2] / "docs" / "hand-outs.md"
DIRECTION = ("direction", "direction_quality", "heading_deg", "width_deg", "quality", "travel", "travel_deg", "direction_raw", "forward", "backward")  # fmt: skip
STATUS = ("status", "device", "first_seen", "last_seen", "winner")
CREDIT = Credits("A table", "One row: a thing.", "ODbL-1.0", "© OpenStreetMap contributors", "2026-01-28")  # fmt: skip


def tables() -> dict[str, pd.DataFrame]:
    views = pd.DataFrame(
        {"camera_id": ["a", "a"], "heading_deg": [90.0, 270.5], "width_deg": [45.0, None], "quality": ["range", "exact"]}
    )  # fmt: skip
    cameras = with_directions(some_cameras(), schema.conform(views, "views"))
    made = town()
    made["sightings"] = made["sightings"].assign(direction_raw=["90", "180-225"], device=["alpr", "unknown"])  # fmt: skip
    return {"cameras": store.with_points(cameras), **made}


def cells() -> dict[tuple[str, str], str]:
    """(suffix, table) → the letters of the page."""
    lines = re.findall(r"^\|.*\|$", PAGE.read_text("utf-8"), re.M)
    rows = [[c.strip().strip("`") for c in line.strip("|").split("|")] for line in lines]
    start = next(i for i, row in enumerate(rows) if row[0] == "format")
    head = rows[start][1:]
    found = {}
    for row in rows[start + 2 :]:
        if not row[0].startswith("."):
            break
        found |= {(row[0], name): cell for name, cell in zip(head, row[1:], strict=True)}
    return found


def held(table: pd.DataFrame, path: Path) -> str:
    """Return the letters of what a written file holds of its table."""
    rows, _ = read_back(path)
    key = table.columns[0]
    mine = {as_text(r[key]): r for r in table.drop(columns="geometry").to_dict("records")}
    back: dict[Any, dict[str, Any]] = {as_text(r[key]): r for r in rows}

    def same(columns: list[str]) -> bool:
        return bool(columns) and all(
            as_text(back.get(k, {}).get(c)) == as_text(row[c]) for k, row in mine.items() for c in columns
        )  # fmt: skip

    names = [str(c) for c in table.columns]
    text = license_of(path)
    letters = {
        "C": len(rows) == len(table),
        "D": same([c for c in names if c in DIRECTION]),
        "S": same([c for c in names if c in STATUS]),
        "I": same([c for c in names if c.endswith("_id") or c in ("source_record", "u", "v")]),
        "L": all(part in text for part in (CREDIT.license, CREDIT.attribution, CREDIT.date, "One row")),
    }  # fmt: skip
    return " ".join(letter for letter, holds in letters.items() if holds)


def test_S12_the_page_has_a_cell_for_every_format_and_table() -> None:
    assert set(cells()) == {(suffix, name) for suffix in FORMATS for name in tables()}


@pytest.mark.parametrize("suffix", FORMATS)
@pytest.mark.parametrize("name", tables())
def test_S12_a_cell_of_the_page_is_what_the_file_holds(
    tmp_path: Path, name: str, suffix: str
) -> None:
    table = tables()[name]
    path = tmp_path / f"t{suffix}"
    store.write_table(table, path, credit=CREDIT)
    assert path.with_name(path.name + SIDECAR).exists() == (suffix == ".csv")
    if suffix == ".csv" and name == "cameras":
        # cameras have their place in lon and lat there
        frame = pd.read_csv(path, keep_default_na=False).assign(geometry="POINT EMPTY")
        frame.to_csv(path, index=False)
    assert held(table, path) == cells()[suffix, name]


@pytest.mark.slow
def test_S12_the_demo_has_the_same_watches_from_every_exported_form(tmp_path: Path) -> None:
    demo = shipped.data_path("demo")
    net = roads.read(demo / "roads.osm.pbf")
    merged = merge.merge(sources.read(demo / "cameras.geojson").reports, roads=net)
    opened = merge.open_cameras(merged)
    keys = ["camera_id", "heading_deg", "segment_id", "travel", "winner"]
    wanted = watch.watch(opened.table, opened.views, net).watches[keys]
    assert len(wanted) > 50
    forms = [tmp_path / f"c{suffix}" for suffix in FORMATS]
    for path in forms:
        store.hand_on(with_directions(merged.cameras, merged.views), path)
    folder = tmp_path / "hand-outs"
    write_hand_outs(merged.cameras, folder, title="Demo", views=merged.views)
    forms += [p for p in sorted(folder.glob("cameras.*")) if p.suffix != ".json"]
    # what a result writes of itself, taken away from what stands beside it
    for suffix in FORMATS:
        for name, thing in (("opened", opened), ("merged", merged)):
            thing.save(tmp_path / name / f"c{suffix}")
            forms.append(tmp_path / f"{name}{suffix}")
            (tmp_path / name / f"c{suffix}").rename(forms[-1])
    for path in forms:
        back = merge.open_cameras(path)
        again = watch.watch(back.table, back.views, net).watches[keys]
        pd.testing.assert_frame_equal(again, wanted, obj=path.name)
    assert len(forms) == 22


def test_S12_every_file_of_cameras_in_a_result_folder_reads_the_same_roads(
    tmp_path: Path, demo_town: Path
) -> None:
    net = roads.read(shipped.data_path("demo") / "roads.osm.pbf")
    keys = ["camera_id", "heading_deg", "segment_id", "travel", "winner"]
    wanted = pd.read_parquet(demo_town / "watches.parquet")[keys]
    suffixes = {".parquet", *FORMATS}
    forms = [p for p in demo_town.rglob("cameras.*") if p.name == f"cameras{p.suffix}"]
    # access/cameras.csv is which agencies see a camera, by its id
    forms = [p for p in forms if p.suffix in suffixes and p.parent.name != "access"]
    assert len(forms) == 7
    assert len(wanted) > 80
    for path in forms:
        alone = tmp_path / f"{path.parent.name}-{path.name}"
        alone.write_bytes(path.read_bytes())
        back = merge.open_cameras(alone)
        # as its project file asks for
        as_built = watch.watch_levels("mid", facing="either")
        again = watch.watch(back.table, back.views, net, settings=as_built).watches[keys]
        pd.testing.assert_frame_equal(again, wanted, obj=str(path))
