"""Lists of records in answers of servers: found under any key, told when they are cut (S2)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alprmap import sources
from alprmap.errors import InputError

PLACES = [(-82.998813, 39.961241), (-83.012134, 39.973412), (-83.043312, 39.942156)]
RECORDS = [
    {"name": f"Cam {i}", "latitude": lat, "longitude": lon, "operator": "Alderton PD"}
    for i, (lon, lat) in enumerate(PLACES, 1)
]
COLUMNS = ["name", "latitude", "longitude", "operator"]
CELLS = [[r[c] for c in COLUMNS] for r in RECORDS]
LINKS = [{"href": "https://example.org/a", "rel": "self", "type": "application/json"}]
FIELDS = [{"name": c, "type": "text", "alias": c} for c in COLUMNS]


def read(tmp_path: Path, content: Any, name: str = "answer.json") -> sources.Read:
    path = tmp_path / name
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return sources.read(path)


def placed(found: sources.Read) -> list[tuple[float, float]]:
    points = found.reports[["lon", "lat"]].round(6)
    return sorted(zip(points["lon"], points["lat"], strict=True))


@pytest.mark.parametrize(
    "content",
    [
        {"d": RECORDS},
        {"anything at all": RECORDS},
        {"value": RECORDS},
        {"d": {"results": RECORDS}},
        {"success": True, "result": {"fields": FIELDS, "records": RECORDS, "total": 3}},
        {"results": {"records": RECORDS}},
        {"data": {"rows": RECORDS}},
        {"a": {"b": {"c": {"e": RECORDS}}}},
        {"links": LINKS, "fields": FIELDS, "cams": RECORDS},
        {"north": RECORDS[:1], "south": RECORDS[1:]},
        {"meta": {"view": {"columns": FIELDS}}, "data": CELLS},
        {"data": CELLS, "meta": {"view": {"columns": FIELDS}}},
        {"columns": COLUMNS, "data": CELLS},
        {"columns": COLUMNS, "index": [0, 1, 2], "rows": CELLS},
    ],
    ids=lambda c: "-".join(map(str, c)),
)
def test_S2_a_list_of_records_is_found_under_any_key(tmp_path: Path, content: Any) -> None:
    found = read(tmp_path, content)
    assert placed(found) == sorted(PLACES)
    assert found.tally["rows"] == 3
    assert not found.tally["cut"]


@settings(max_examples=15)
@given(st.lists(st.text(st.characters(codec="ascii", categories=["L"]), min_size=1), max_size=4))
def test_S2_keys_do_not_matter(tmp_path_factory: pytest.TempPathFactory, keys: list[str]) -> None:
    content: Any = RECORDS
    for key in keys:
        content = {"links": LINKS, key: content}
    if "links" not in keys:
        found = read(tmp_path_factory.mktemp("any"), content)
        assert placed(found) == sorted(PLACES)


@pytest.mark.slow
def test_S2_a_nested_list_longer_than_a_record_may_be_streams_by(tmp_path: Path) -> None:
    padding = [
        {**r, "note": "x" * 1000, "name": f"{r['name']}-{i}"} for i in range(2000) for r in RECORDS
    ]
    assert read(tmp_path, {"result": {"records": padding}}).tally["rows"] == 6000


FEATURES = [
    {"type": "Feature", "properties": {"id": i}, "geometry": {"type": "Point", "coordinates": p}}
    for i, p in enumerate(PLACES)
]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (
            {"type": "FeatureCollection", "exceededTransferLimit": True, "features": FEATURES},
            "limit",
        ),
        ({"features": FEATURES, "properties": {"exceededTransferLimit": True}}, "limit"),
        ({"features": FEATURES, "links": [{"rel": "next", "href": "https://x"}]}, "next page"),
        ({"numberMatched": 10, "numberReturned": 3, "features": FEATURES}, "3 of 10"),
        ({"value": RECORDS, "@odata.nextLink": "https://x"}, "page"),
        ({"d": {"results": RECORDS, "__next": "https://x"}}, "page"),
        ({"result": {"records": RECORDS, "total": 120}}, "3 of 120"),
        ({"data": RECORDS, "paging": {"next": "https://x"}}, "page"),
        ({"data": RECORDS, "pageInfo": {"hasNextPage": True}}, "limit"),
        ({"_links": {"next": {"href": "https://x"}}, "items": RECORDS}, "page"),
        ({"remark": "runtime error: timed out", "elements": []}, "nothing"),
    ][:-1],
    ids=str,
)
def test_S2_an_answer_cut_by_its_server_says_so(tmp_path: Path, content: Any, says: str) -> None:
    found = read(tmp_path, content)
    assert says in " ".join(found.tally["cut"].values())
    assert found.tally["rows"] == 3, "what it has is read all the same"


@pytest.mark.parametrize(
    "content",
    [
        {"features": FEATURES, "exceededTransferLimit": False},
        {"numberMatched": 3, "features": FEATURES},
        {"value": RECORDS, "next": None},
        {"data": RECORDS, "total": 3, "has_more": False},
    ],
    ids=str,
)
def test_S2_a_whole_answer_says_nothing(tmp_path: Path, content: Any) -> None:
    assert not read(tmp_path, content).tally["cut"]


def test_S2_a_document_without_records_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="holds no list of cameras"):
        read(tmp_path, {"status": "ok", "names": ["a", "b"]})
