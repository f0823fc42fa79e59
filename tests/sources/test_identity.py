"""S13: a report is named by its source's key, else by what its row says."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alprmap import merge, sources

PLACES = st.sampled_from(["Broad & High", "Main & Oak", "Elm & Pine", "I-70 at Exit 5", ""])
ROWS = st.lists(
    st.tuples(
        st.integers(0, 40), st.integers(0, 40), PLACES, st.sampled_from(["NB", "SB", ""]),
        st.sampled_from(["A PD", "B PD"]), st.sampled_from(["pole", "mast arm", ""]),
    ),
    min_size=1, max_size=12,
)  # fmt: skip


def read(rows: list[tuple[int, int, str, str, str, str]]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["x", "y", "Location", "Direction", "Agency", "Notes"])
    frame["Latitude"] = 39.901234 + frame.pop("y") / 100
    frame["Longitude"] = -83.045678 + frame.pop("x") / 100
    return sources.read(frame, source_id="list").reports


def says(reports: pd.DataFrame) -> dict[str, tuple[object, ...]]:
    columns = ["lon", "lat", "place_raw", "direction_raw", "operator_raw", "note"]
    values = reports[columns].astype(object).where(reports[columns].notna(), None)
    return dict(zip(reports["report_id"], values.itertuples(index=False, name=None), strict=True))


@pytest.mark.slow
@settings(max_examples=60)
@given(rows=ROWS, data=st.data())
def test_S13_a_row_moved_or_a_file_sorted_otherwise_keeps_every_name(
    rows: list[tuple[int, int, str, str, str, str]], data: st.DataObject
) -> None:
    other = data.draw(st.permutations(rows))
    assert says(read(rows)) == says(read(other))


@pytest.mark.slow
@settings(max_examples=60)
@given(rows=ROWS, at=st.integers(0, 12))
def test_S13_a_row_inserted_anywhere_changes_no_other_name(
    rows: list[tuple[int, int, str, str, str, str]], at: int
) -> None:
    before = read(rows)
    after = read([*rows[:at], (60, 60, "New & Road", "EB", "A PD", ""), *rows[at:]])
    assert set(before["report_id"]) < set(after["report_id"])
    assert len(after) == len(before) + 1
    assert before["report_id"].is_unique


def test_S13_the_source_s_own_key_names_the_report() -> None:
    frame = pd.DataFrame(
        {"SiteID": ["S1", "S2"], "Latitude": [39.90123, 39.91234], "Longitude": [-83.0456, -83.06]}
    )
    assert sources.read(frame, source_id="s").reports["report_id"].tolist() == ["s:S1", "s:S2"]


def test_S13_a_merge_saved_by_line_and_a_decision_by_line_are_carried_over_once(
    tmp_path: Path,
) -> None:
    rows = [(i, i, f"Main & {i}th", "NB", "A PD", "") for i in range(4)]
    reports = read(rows)
    old = reports.assign(source_record=reports["row"], report_id="list:" + reports["row"]).drop(
        columns=["row", "content_id"]
    )
    saved = tmp_path / "cameras.parquet"
    merge.save_merge(merge.merge(old), old, saved)
    before = merge.load_merge(saved)
    assert set(before.links["report_id"]) == set(reports["report_id"])
    decision = pd.DataFrame(
        {"verdict": ["removed"], "report_id": ["list:row/2"], "other_id": [None],
         "by": ["reviewer"], "why": ["gone"]}
    )  # fmt: skip
    now = read([(50, 50, "New & Road", "EB", "A PD", ""), *rows])
    merged = merge.merge(now, previous=before, decisions=decision)
    assert merged.unused.empty
    assert set(before.cameras["camera_id"]) < set(merged.cameras["camera_id"])
    gone = merged.cameras[merged.cameras["status"] == "removed"]
    assert gone["lat"].round(6).tolist() == [round(39.901234 + 0.01, 6)]


@pytest.mark.parametrize(
    ("before", "now"),
    [
        ("Opertr,Looks", "Operator,Direction"),
        ("Operator,Looks", "Operator,Direction"),
        ("Opertr,Direction", "Camera ID,Direction"),
    ],
)
@pytest.mark.parametrize("saved", [False, True])
def test_S13_a_heading_that_a_new_version_knows_renames_no_camera_and_loses_no_decision(
    tmp_path: Path, before: str, now: str, saved: bool
) -> None:
    # a key of the source leaves no lines by which two at one point could be told apart
    at_one = 1 if "ID" in now else 2
    lines = [f"{39.9 + i // at_one * 0.01:.5f},-83.00001,A{i},{i % 2 * 180}" for i in range(6)]
    table = tmp_path / "list.csv"

    def read_by(names: str) -> pd.DataFrame:
        table.write_text(f"lat,lon,{names}\n" + "\n".join(lines) + "\n")
        return sources.read(table).reports

    old, new = read_by(before), read_by(now)
    assert not set(old["report_id"]) & set(new["report_id"])
    previous = merge.merge(old)
    if saved:
        merge.save_merge(previous, old, tmp_path / "cameras.parquet")
        previous = merge.load_merge(tmp_path / "cameras.parquet")
    decision = pd.DataFrame(
        {"verdict": ["removed"], "report_id": [old["report_id"][4]], "other_id": [None],
         "by": ["reviewer"], "why": ["gone"]}
    )  # fmt: skip
    merged = merge.merge(new, previous=previous, decisions=decision)
    assert merged.unused.empty
    assert set(merged.cameras["camera_id"]) == set(previous.cameras["camera_id"])
    gone = merged.cameras[merged.cameras["status"] == "removed"]
    assert gone["lat"].round(5).tolist() == [round(39.9 + 4 // at_one * 0.01, 5)]
    again = merge.merge(new, previous=merged, decisions=decision)
    assert again.unused.empty
    assert set(again.cameras["camera_id"]) == set(merged.cameras["camera_id"])


def test_S13_a_line_that_no_earlier_merge_knows_is_not_guessed() -> None:
    rows = [(i, i, f"Main & {i}th", "NB", "A PD", "") for i in range(4)]
    before = merge.merge(read(rows))
    decision = pd.DataFrame(
        {"verdict": ["removed"], "report_id": ["list:row/2"], "other_id": [None],
         "by": ["reviewer"], "why": ["gone"]}
    )  # fmt: skip
    merged = merge.merge(read(rows), previous=before, decisions=decision)
    assert merged.unused["report_id"].tolist() == ["list:row/2"]
    alone = merge.merge(read(rows), decisions=decision)
    assert alone.unused.empty
    assert alone.aliases["reason"].tolist() == [merge.NAMED_BY_CONTENT]


@pytest.mark.parametrize(
    ("names", "records"),
    [
        (["Cam 1", "Cam 2"], ["Cam 1", "Cam 2"]),
        (["LPR #014", "LPR #2"], ["LPR #014", "LPR #2"]),
        (["Cam 1", "Cam 1"], None),
        (["Cam 1", ""], None),
        (["US 59", "FM 1472"], None),
    ],
)
def test_S13_numbered_names_are_the_source_s_key_where_each_has_its_own(
    names: list[str], records: list[str] | None
) -> None:
    frame = pd.DataFrame({"Name": names, "lat": [39.90123, 39.91234], "lon": [-83.0456, -83.06]})
    found = sources.read(frame).reports["source_record"].tolist()
    assert found == records if records else all(f.startswith("content/") for f in found)


@pytest.mark.parametrize(
    "points",
    [
        [(-83.000045, 39.961241), (-83.012134, 39.973412), (-83.043312, 40.052156)],
        [(-97.743057, 30.267153), (-95.369804, 29.760427), (-98.493629, 29.424122)],
        [(-112.074037, 33.448377), (-110.974711, 32.222607), (-111.651302, 35.198284)],
    ],
)
@pytest.mark.parametrize("height", ["", ",0"])
def test_S3_a_kml_with_decimal_commas_is_read_or_refused(
    tmp_path: Path, points: list[tuple[float, float]], height: str
) -> None:
    marks = "".join(
        f"<Placemark><name>Camera {i}</name><Point><coordinates>"
        f"{x:.6f}".replace(".", ",") + f",{y:.6f}".replace(".", ",")
        + f"{height}</coordinates></Point></Placemark>"
        for i, (x, y) in enumerate(points, 1)
    )  # fmt: skip
    path = tmp_path / "places.kml"
    path.write_text(
        f'<kml xmlns="http://www.opengis.net/kml/2.2"><Document>{marks}</Document></kml>'
    )
    reports = sources.read(path).reports
    assert reports["source_record"].tolist() == ["Camera 1", "Camera 2", "Camera 3"]
    assert list(zip(reports["lon"], reports["lat"], strict=True)) == points
