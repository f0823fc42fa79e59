"""`alprmap merge` and `alprmap diff` from the outside: files, exit codes, stable keys."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from test_merge import report, scene

from alprmap.store import formats as tables
from alprmap.store import whole as store

KEYS = {
    "reports", "cameras", "views", "linked", "without_camera", "same_record", "matched_by_score", "uploaded_twice",
    "decided", "review", "renamed", "outcome_matched", "outcome_record_only", "outcome_crowd_only",
    "outcome_not_in_list", "unused_decisions", "standing_readers", "standing", "set_aside", "learned",
    "alarms",
}  # fmt: skip


@pytest.fixture
def call(alprmap_here: Any) -> Any:
    return alprmap_here


@pytest.fixture
def town(tmp_path: Path) -> Path:
    rows = [
        report("osm", f"node/{i}", north=300.0 * i, direction_raw="90", last_seen="2025-10-04")
        for i in range(30)
    ]
    rows += [
        report("list", str(i), north=300.0 * i + 12, evidence="record", operator="Laredo PD")
        for i in range(5)
    ]
    path = tmp_path / "reports.parquet"
    store.write_table(scene(*rows), path)
    return path


def test_merge_writes_its_files_and_prints_stable_keys(
    call: Any, town: Path, tmp_path: Path
) -> None:
    code, out, _ = call(
        "merge", str(town), "--out", "cameras.parquet", "--json", "--complete", "list=Laredo PD"
    )
    assert code == 0
    summary = json.loads(out)
    assert set(summary) == KEYS
    assert (summary["reports"], summary["cameras"], summary["outcome_matched"]) == (35, 30, 5)
    names = {p.name for p in tmp_path.iterdir()}
    assert {
        f"cameras.{n}"
        for n in ("parquet", "views.parquet", "links.parquet", "reports.parquet", "review.csv")
    } <= names
    assert len(tables.read_parquet(tmp_path / "cameras.parquet", "cameras")) == 30
    code, _, err = call("merge", str(town), "--out", "cameras.parquet")
    assert code == 2
    assert "--force" in err
    assert (
        call(
            "merge",
            str(town),
            "--out",
            "cameras.parquet",
            "--force",
            "--previous",
            "cameras.parquet",
        )[0]
        == 0
    )


def test_a_waiting_review_queue_is_exit_3_and_a_decision_empties_it(
    call: Any, tmp_path: Path
) -> None:
    rows = scene(report("a", "1", direction_raw="0"), report("b", "1", direction_raw="180"))
    store.write_table(rows, tmp_path / "r.parquet")
    code, _, err = call("merge", "r.parquet", "--out", "c.parquet")
    assert code == 3
    assert "1 question waits" in err
    (question,) = pd.read_csv(tmp_path / "c.review.csv").to_dict("records")
    line = f"different,{question['report_id']},{question['other_id']},kim,two poles\n"
    (tmp_path / "d.csv").write_text("verdict,report_id,other_id,by,why\n" + line, "utf-8")
    assert call("merge", "r.parquet", "--decisions", "d.csv")[0] == 0


def test_explain_tells_the_story_of_a_saved_camera(call: Any, town: Path, tmp_path: Path) -> None:
    call("merge", str(town), "--out", "c.parquet")
    links = tables.read_parquet(tmp_path / "c.links.parquet", "links")
    name = links.loc[links["rule"] == "M4", "camera_id"].iloc[0]
    code, out, _ = call("merge", "c.parquet", "--explain", name)
    assert code == 0
    assert out.startswith(name)
    assert "M4: matched by score" in out
    assert "operator: Laredo PD" in out
    before = sorted(p.name for p in tmp_path.iterdir())
    code, _, err = call("merge", str(town), "--explain", "cam-nobody", "--out", "other.parquet")
    assert (code, sorted(p.name for p in tmp_path.iterdir())) == (1, before)
    code, _, err = call("merge", "c.parquet", "--explain", "cam-nobody")
    assert code == 1
    assert "no camera is called cam-nobody" in err


def test_bad_words_are_usage_errors(call: Any, town: Path) -> None:
    assert call("merge", str(town), "--complete", "list")[0] == 2
    for words, says in (
        (["--duplicates", "osm=drop"], "one of merge, review, keep"),
        (["--date", "osm=soon"], "--date soon is no date"),
        # a name that no file has would do nothing, without a word
        (["--date", "oms=2026-01"], "no source is called oms; the files are list, osm"),
        (["--complete", "lists=Laredo PD"], "no source is called lists"),
        (["--same-ids", "a=city"], "no source is called a"),
        (["--duplicates", "o=keep"], "no source is called o"),
    ):
        code, _, err = call("merge", str(town), *words)
        assert code == 2
        assert says in err
    assert call("merge", "missing.csv")[0] == 1


def test_diff_counts_and_refuses_a_loss(call: Any, town: Path, tmp_path: Path) -> None:
    call("merge", str(town), "--out", "old.parquet")
    reports = tables.read_parquet(town, "reports")
    moved = reports["report_id"] == "osm:node/20"
    reports.loc[moved, "lat"] += 0.0005
    later = reports[reports["report_id"] != "osm:node/29"]
    store.write_table(later, tmp_path / "later.parquet")
    call("merge", "later.parquet", "--out", "new.parquet")
    code, out, _ = call("diff", "old.parquet", "new.parquet", "--json", "--out", "changes.csv")
    assert code == 0
    found = json.loads(out)
    assert set(found) == {
        "counts", "added", "removed", "moved", "changed", "merged", "split", "redrawn", "renamed", "losses",
    }  # fmt: skip
    assert (found["counts"]["removed"], found["counts"]["moved"]) == (1, 1)
    assert found["moved"][0]["distance_m"] == pytest.approx(55.4, abs=0.5)
    assert len(pd.read_csv(tmp_path / "changes.csv")) == 2
    store.write_table(reports.iloc[:20], tmp_path / "few.parquet")
    call("merge", "few.parquet", "--out", "few.cameras.parquet")
    code, _, err = call("diff", "old.parquet", "few.cameras.parquet")
    assert code == 1
    assert "--accept-loss" in err
    assert call("diff", "old.parquet", "few.cameras.parquet", "--accept-loss")[0] == 0
    code, _, err = call("merge", "few.parquet", "--previous", "old.parquet")
    assert code == 1
    assert "lost" in err


def test_M14_two_lists_are_two_days_of_one_whatever_they_are_called(
    call: Any, tmp_path: Path
) -> None:
    rows = [f"C-{k},29.{79475 + 40 * k},-98.7319,Boerne Police Department" for k in range(30)]
    head = "Camera ID,Latitude,Longitude,Agency\n"
    (tmp_path / "answer-march.csv").write_text(head + "\n".join(rows), "utf-8")
    new = [*rows[1:], "C-90,29.8501,-98.7319,Boerne Police Department"]
    (tmp_path / "second request.csv").write_text(head + "\n".join(new), "utf-8")
    call("merge", "second request.csv", "--out", "merged.parquet")
    for pair in (
        ("answer-march.csv", "second request.csv"),
        ("answer-march.csv", "merged.parquet"),
    ):
        code, out, err = call("diff", *pair, "--json")
        assert code == 0, err
        counts = json.loads(out)["counts"]
        assert (counts["added"], counts["removed"], counts["renamed"]) == (1, 1, 0)


def test_diff_reads_source_files_too(call: Any, tmp_path: Path) -> None:
    def collection(shift: float) -> str:
        features = [
            {"type": "Feature",
             "geometry": {"type": "Point", "coordinates": [-99.5, 27.5 + i / 100 + shift * (i == 3)]},
             "properties": {"@id": f"node/{i + 1}", "man_made": "surveillance", "surveillance:type": "ALPR"}}
            for i in range(8)
        ]  # fmt: skip
        return json.dumps({"type": "FeatureCollection", "features": features})

    (tmp_path / "a.geojson").write_text(collection(0.0), "utf-8")
    (tmp_path / "b.geojson").write_text(collection(0.001), "utf-8")
    code, out, _ = call("diff", "a.geojson", "b.geojson", "--json")
    assert code == 0
    assert json.loads(out)["counts"]["moved"] == 1


def test_an_operator_nobody_has_is_said(call: Any, town: Path) -> None:
    for operator, said in (("Laredo PD", False), ("*", False), ("Laredo Fire", True)):
        code, _, err = call("merge", str(town), "--complete", f"list={operator}")
        assert code in (0, 3)
        assert (f"no camera has the operator {operator}" in err) == said


@pytest.mark.parametrize("name", ["views", "links", "reports"])
@pytest.mark.parametrize("sort", ["folder", "dangling link"])
def test_what_stands_for_a_table_of_a_merge_and_is_no_file_is_refused(
    call: Any, town: Path, tmp_path: Path, name: str, sort: str
) -> None:
    call("merge", str(town), "--out", "m.parquet")
    beside = tmp_path / f"m.{name}.parquet"
    beside.unlink()
    if sort == "folder":
        beside.mkdir()
    else:
        beside.symlink_to(tmp_path / "nowhere.parquet")
    code, _, err = call("reach", "m.parquet", "--roads", "none")
    assert code == 1
    assert f"m.{name}.parquet: is no file; run `alprmap merge` again" in err
