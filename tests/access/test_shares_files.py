"""Files about who shares with whom, from strangers: values of the wrong kind are left out, no fault
of ours."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from alprmap import schema
from alprmap.access import shares
from alprmap.errors import AlprmapError, InputError
from alprmap.store import whole as store

WRONG: list[Any] = [
    None,
    True,
    3,
    2.5,
    float("nan"),
    10**400,
    "",
    "x" * 300,
    [],
    [[]],
    [None, 1, "A PD"],
    {},
    {"a": 1},
]
PORTAL = {"crawled_slug": "a-tx-pd", "crawled_name": "A TX PD", "archived_date": "2025-01-02", "camera_count": 12,
          "sharing_outbound": ["B TX PD"], "sharing_inbound": []}  # fmt: skip
REGISTRY = {"flock_names": ["A TX PD"], "display_name": "A", "slug": "a-tx-pd", "agency_type": "city",
            "agency_role": "police", "geo": {"state": "TX", "lng": -99.5, "lat": 27.5, "kind": "place"},
            }  # fmt: skip
NETWORK = {"connectionCount": 1, "id": 7, "name": "A TX PD", "aliases": ["A P.D."], "state": "TX", "type": "city",
           "cameras": 12, "geocodeMethod": "place", "isJunk": False}  # fmt: skip


def read(path: Path, content: Any) -> shares.Shared:
    path.write_text(json.dumps(content), encoding="utf-8")
    found = shares.read_shares([path])
    schema.check(found.agencies, "agencies")
    schema.check(found.shares, "shares")
    assert found.agencies[["lon", "lat"]].dropna().abs().max().fillna(0).le(180).all()
    return found


def feature(properties: Any, at: Any = (-99.5, 27.5)) -> dict[str, Any]:
    return {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": at},
        "properties": properties,
    }


@pytest.mark.parametrize("which", range(len(WRONG)))
def test_no_field_of_a_record_is_trusted_to_be_of_its_kind(which: int, tmp_path: Path) -> None:
    path, wrong = tmp_path / "a.json", WRONG[which]
    for name in PORTAL:
        if name != "sharing_outbound" or wrong is not None:
            read(path, [{**PORTAL, name: wrong}])
    for name in REGISTRY:
        read(path, [{**REGISTRY, name: wrong}])
    for name in ("state", "lng", "lat", "kind"):
        read(path, [{**REGISTRY, "geo": {**REGISTRY["geo"], name: wrong}}])  # type: ignore[dict-item]
    for name in NETWORK:
        read(path, {"type": "FeatureCollection", "features": [feature({**NETWORK, name: wrong})]})
    for at in (wrong, [wrong, 27.5], [-99.5, wrong], [wrong]):
        found = read(path, {"type": "FeatureCollection", "features": [feature(NETWORK, at)]})
        assert len(found.agencies) == 1


def test_what_is_right_is_taken(tmp_path: Path) -> None:
    portal = read(tmp_path / "p.json", [PORTAL])
    assert portal.agencies["declared_cameras"].max() == 12
    assert len(portal.shares) == 1
    for content in ([REGISTRY], {"type": "FeatureCollection", "features": [feature(NETWORK)]}):
        row = read(tmp_path / "r.json", content).agencies.iloc[0]
        assert (row["lon"], row["lat"], row["state"], row["place_kind"]) == (
            -99.5,
            27.5,
            "TX",
            "place",
        )


def test_a_row_without_a_name_is_counted(tmp_path: Path) -> None:
    features = [feature(NETWORK), feature({**NETWORK, "name": None, "aliases": None})]
    found = read(tmp_path / "a.json", {"type": "FeatureCollection", "features": features})
    assert found.counts["files"]["a.json"]["left_out"] == {"a row without a name": 1}


JSONS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.sampled_from([*PORTAL, *REGISTRY, *NETWORK, "type", "features", "properties", "geometry",
                                       "coordinates"]), inner, max_size=5),
    max_leaves=12,
)  # fmt: skip


@settings(
    max_examples=80,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(JSONS, st.sampled_from([PORTAL, REGISTRY]))
def test_any_json(tmp_path: Path, value: Any, good: dict[str, Any]) -> None:
    for content in (value, [value, good], [good | (value if isinstance(value, dict) else {})]):
        try:
            read(tmp_path / "a.json", content)
        except AlprmapError:
            continue


@pytest.mark.parametrize(
    ("text", "words"),
    [("from,to\n" + "a" * 200_000 + ",b\n", "not a readable CSV"),
     ("name,declared_cameras\nA PD,1e999\n", "no number"), ("name,declared_cameras\nA PD,nan\n", "no number"),
     ("from,to\n,\n", "no shares"), ("", "empty"), ("a,b\n", "who shares with whom")],
)  # fmt: skip
def test_tables_in_text(text: str, words: str, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(text)
    with pytest.raises(InputError, match=words):
        shares.read_shares([tmp_path / "a.csv"])


def test_another_table_in_parquet_is_no_table_of_shares(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    frame = pd.DataFrame({"camera_id": ["a"], "highway": ["primary"]})
    frame.to_parquet(path)
    with pytest.raises(InputError, match="neither table agencies nor table shares"):
        shares.read_shares([path])
    ours = pd.DataFrame(
        {"from_id": ["a-pd", None], "to_id": ["b-pd", "c-pd"], "direction": ["outbound"] * 2}
    )
    store.write_table(schema.conform(ours, "shares"), path)
    found = shares.read_shares([path])
    assert len(found.shares) == 1
    assert found.counts["files"]["a.parquet"]["left_out"] == {"a row without both names": 1}
    path.write_bytes(b"PAR1 and nothing else PAR1")
    with pytest.raises(InputError, match="not a readable Parquet"):
        shares.read_shares([path])


@pytest.mark.parametrize(
    ("head", "said"),
    [
        (b"PK\x03\x04", "the archive cannot be unpacked"),
        (b"\xd0\xcf\x11\xe0", "(is|cannot) "),
        (b"%PDF", "is no readable PDF.*; open it and print it to a new PDF"),
    ],
)
def test_what_is_no_text_is_named(head: bytes, said: str, tmp_path: Path) -> None:
    path = tmp_path / "portals.xlsx"
    path.write_bytes(head + bytes(60))
    with pytest.raises(InputError, match=rf"portals\.xlsx: {said}"):
        shares.read_shares([path])
