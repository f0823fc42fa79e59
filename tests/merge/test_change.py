"""What changed between two merges, on small scenes."""

from __future__ import annotations

from typing import Any

import pytest
from test_merge import report, scene

from alprmap.errors import InputError
from alprmap.merge import Merged, Settings, change, merge
from alprmap.merge.change import diff

OLD, NEW = "2025-10-04", "2026-01-28"
LAX = change.ChangeSettings(merge=Settings(accept_loss=True))


def merged(*rows: dict[str, Any], **options: Any) -> Merged:
    return merge(scene(*rows), **options)


def osm(number: int, *, north: float, seen: str = OLD, **more: Any) -> dict[str, Any]:
    return report("osm", f"node/{number}", north=north, last_seen=seen, direction_raw="90", **more)


def rows(found: change.Changes, what: str) -> list[dict[str, Any]]:
    return found.table[found.table["change"] == what].to_dict("records")


def test_M14_nothing_changed() -> None:
    old = merged(osm(1, north=0), osm(2, north=500))
    found = diff(old, merged(osm(1, north=0, seen=NEW), osm(2, north=500, seen=NEW)))
    assert found.table.empty
    assert found.counts["old"] == found.counts["new"] == 2
    assert found.losses.to_dict("records") == [
        {"space": "osm", "records": 2, "lost": 0, "share": 0.0}
    ]


def test_M14_added_removed_moved_changed_and_what_a_shift_is() -> None:
    many = [osm(i, north=600.0 * i) for i in range(10, 40)]
    old = merged(*many, osm(1, north=0), osm(2, north=200), osm(3, north=400), osm(4, north=-300))
    new = merged(
        *many, osm(2, north=240), osm(3, north=410), osm(4, north=-300, operator="Laredo PD", vendor="Rekor"),
        osm(5, north=-900),
    )  # fmt: skip
    found = diff(old, new)
    name_old, name_new = (m.links.set_index("report_id")["camera_id"] for m in (old, new))
    (gone,), (come,), (moved,) = rows(found, "removed"), rows(found, "added"), rows(found, "moved")
    assert gone["old_id"] == name_old["osm:node/1"]
    assert come["camera_id"] == name_new["osm:node/5"]
    assert (moved["camera_id"], moved["distance_m"]) == (
        name_new["osm:node/2"],
        pytest.approx(40.0, abs=0.1),
    )
    changed = {(r["camera_id"], r["field"]): r["new"] for r in rows(found, "changed")}
    four = name_new["osm:node/4"]
    assert changed == {(four, "operator"): "Laredo PD", (four, "vendor"): "Rekor"}
    assert diff(old, new, settings=change.ChangeSettings(moved_m=5.0)).counts["moved"] == 2


@pytest.mark.parametrize(
    ("first_seen", "word"),
    [
        (None, change.UNDATED),  # the day it was drawn is not the day it was built
        ("2025-12-01", change.INSTALLED),
        ("2026", change.INSTALLED),
        ("2019-05", change.MAPPED),
        (OLD, change.MAPPED),
        ("2025", change.UNDATED),  # before or after: the year does not say
    ],
)
def test_M14_newly_mapped_is_told_from_newly_installed(first_seen: str | None, word: str) -> None:
    old = merged(osm(1, north=0))
    new = merged(osm(1, north=0, seen=NEW), osm(2, north=900, seen=NEW, first_seen=first_seen))
    found = diff(old, new)
    assert [r["why"] for r in rows(found, "added")] == [word]
    assert found.counts["newly_installed"] == int(word == change.INSTALLED)
    assert found.counts["newly_installed"] + found.counts["newly_mapped"] == 1


def test_M14_a_merge_is_not_a_removal_and_a_split_not_an_addition() -> None:
    apart = merged(osm(1, north=0), osm(2, north=60))
    joined = merged(osm(1, north=0), osm(2, north=0.1))
    found = diff(apart, joined)
    assert (found.counts["merged"], found.counts["removed"], found.counts["added"]) == (1, 0, 0)
    back = diff(joined, apart)
    assert (back.counts["split"], back.counts["removed"], back.counts["added"]) == (1, 0, 0)


def test_M14_a_point_deleted_and_drawn_again_is_neither() -> None:
    old, new = merged(osm(1, north=0)), merged(osm(99, north=6))
    found = diff(old, new, settings=LAX)
    assert (found.counts["redrawn"], found.counts["removed"], found.counts["added"]) == (1, 0, 0)
    turned = merged({**osm(99, north=6), "direction_raw": "270"})
    assert diff(old, turned, settings=LAX).counts["redrawn"] == 0


def test_M14_a_camera_that_was_renamed_by_a_new_anchor_is_followed() -> None:
    old = merged(report("rec", "7", evidence="record"))
    new = merged(report("rec", "7", evidence="record"), osm(1, north=3))
    found = diff(old, new)
    assert (found.counts["renamed"], found.counts["added"], found.counts["removed"]) == (1, 0, 0)
    kept = diff(old, merged(report("rec", "7", evidence="record"), osm(1, north=3), previous=old))
    assert kept.counts["renamed"] == 0


def test_M14_losing_a_source_is_refused() -> None:
    old = merged(*[osm(i, north=300.0 * i) for i in range(10)])
    new = merged(*[osm(i, north=300.0 * i) for i in range(9)])
    with pytest.raises(InputError, match=r"source osm lost 1 of 10 records.*--accept-loss"):
        diff(old, new)
    assert diff(old, new, settings=LAX).counts["removed"] == 1


def test_M14_order_of_the_reports_is_nothing() -> None:
    first = [osm(i, north=37.0 * i) for i in range(12)]
    then = [osm(i, north=37.0 * i + 30) for i in range(3, 15)]
    one = diff(merged(*first), merged(*then), settings=LAX).table
    other = diff(merged(*first[::-1]), merged(*then[::-1]), settings=LAX).table
    assert one.equals(other)
