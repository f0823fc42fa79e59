"""Who can look at trips (C6 with A1–A3): by hand, by force, and what no record tells."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import small_nets as nets
from hypothesis import given, settings
from hypothesis import strategies as st

from alprmap.access import paths as access
from alprmap.coverage import readers, trips
from alprmap.coverage import trips_seen_by as viewers
from alprmap.roads.graph import Graph
from alprmap.roads.network import Roads

# Main Street from west to east past three readers
NODES = {0: (0, 0), 1: (400, 0), 2: (800, 0), 3: (1200, 0)}
READ = [
    ("a", 0, "forward", 100.0),
    ("b", 1, "forward", 100.0),
    ("c", 1, "forward", 200.0),
    ("d", 2, "forward", 9.0),
]
SHARES = pd.DataFrame(
    [("A", "X", "2025-01"), ("A", "B", "2025-02-03"), ("B", "X", "2026-03"), ("Z", "A", "2025-01")],
    columns=["from_id", "to_id", "since"],
).assign(until=None)
AGENCIES = pd.DataFrame(
    [("A", "Alpha Police", "city"), ("B", "Beta Police", "city"), ("X", "Bureau X", "federal"),
     ("D", "Delta Sheriff", "county"), ("Z", "Zeta Police", "city")], columns=["agency_id", "name", "kind"],
)  # fmt: skip
CAMERAS = pd.DataFrame({
    "camera_id": ["a", "b", "c", "d"], "agency_id": ["A", "B", None, "D"],
    "class": ["known", "inferred", "none", "known"],
})  # fmt: skip


def driven() -> trips.Trips:
    """0→3 passes all four; 0→1 passes a; 1→2 passes b and c; 3→0 passes nobody."""
    net = nets.roads(NODES, [(0, 1), (1, 2), (2, 3)])
    places = readers.place_readers(nets.watches(READ), Graph.from_segments(net.segments))
    ends = [(0, 3), (0, 1), (1, 2), (3, 0)]
    frame = pd.DataFrame(ends, columns=["origin", "destination"]).assign(trip=range(4), crow_km=1.0)
    return trips.drive(frame, places, least=False)


def rows(as_of: str | None = None) -> dict[tuple[str, str], dict[str, Any]]:
    sight = viewers.Sight(CAMERAS, AGENCIES, access.active_shares(SHARES, as_of=as_of), as_of)
    found = viewers.trips_seen(driven(), sight)
    assert list(found.columns) == list(viewers.COLUMNS)
    keys = ["viewer", "class"]
    assert not found.duplicated(keys).any()
    return {(r["viewer"], r["class"]): r for r in found.to_dict("records")}


def test_who_sees_the_trips_of_main_street() -> None:
    found = rows()
    told = {
        key: (r["trips"], r["cameras"], r["agencies"], r["own_trips"]) for key, r in found.items()
    }
    assert told == {
        ("anybody on record", "known"): (2, 2, 2, 2), ("anybody on record", "inferred"): (2, 1, 1, 2),
        (viewers.NO_AGENCY, "unknown"): (2, 1, 0, pytest.approx(np.nan, nan_ok=True)),
        (viewers.NO_SHARES, "unknown"): (1, 1, 1, pytest.approx(np.nan, nan_ok=True)),
        # A's camera a is on 0→3 and 0→1; B may search it, and X; D keeps to itself
        ("any of kind city", "known"): (2, 1, 1, 2), ("any of kind federal", "known"): (2, 1, 1, 0),
        ("any of kind county", "known"): (1, 1, 1, 1),
        ("Alpha Police", "known"): (2, 1, 1, 2), ("Beta Police", "known"): (2, 1, 1, 0),
        ("Bureau X", "known"): (2, 1, 1, 0), ("Delta Sheriff", "known"): (1, 1, 1, 1),
        # B's camera b is on 0→3 and 1→2
        ("any of kind city", "inferred"): (2, 1, 1, 2), ("any of kind federal", "inferred"): (2, 1, 1, 0),
        ("Beta Police", "inferred"): (2, 1, 1, 2), ("Bureau X", "inferred"): (2, 1, 1, 0),
    }  # fmt: skip
    assert all(r["share"] == r["trips"] / 4 for r in found.values())
    x = found["Bureau X", "known"]
    assert (x["level"], x["viewer_id"], x["kind"]) == ("agency", "X", "federal")
    assert (x["since_first"], x["since_last"]) == ("2025-01", "2025-01")
    whole = found["anybody on record", "known"]
    assert (whole["since_first"], whole["since_last"]) == ("2025-01", "2025-02-03")
    assert pd.isna(found["Delta Sheriff", "known"]["since_first"])


def test_on_a_date_only_what_was_on_record_by_then() -> None:
    found = rows("2025-01-31")
    assert {r["as_of"] for r in found.values()} == {"2025-01-31"}
    assert ("Bureau X", "inferred") not in found
    assert ("Beta Police", "known") not in found
    assert found["Bureau X", "known"]["trips"] == 2
    # whom B shares with is not told then, which is not that it shares with nobody
    silent = found[viewers.NO_SHARES, "unknown"]
    assert (silent["trips"], silent["cameras"], silent["agencies"]) == (2, 2, 2)


def test_what_is_unknown_comes_before_what_is_small() -> None:
    sight = viewers.Sight(CAMERAS, AGENCIES, access.active_shares(SHARES))
    level = viewers.trips_seen(driven(), sight)["level"]
    assert level.tolist() == sorted(level, key=["all", "unknown", "kind", "agency"].index)
    nobody = viewers.trips_seen(
        driven(), viewers.Sight(CAMERAS.iloc[:0], AGENCIES, access.active_shares(SHARES))
    )
    assert nobody["viewer"].tolist() == [viewers.NO_AGENCY]
    assert nobody["trips"].tolist() == [3]


AT = st.lists(
    st.tuples(st.sampled_from(["P", "Q", "R", None]), st.booleans()), min_size=5, max_size=5
)


@settings(max_examples=30)
@given(
    nets.towns(cameras=5), AT, st.sets(st.tuples(st.sampled_from("PQR"), st.sampled_from("PQRST")))
)
def test_it_equals_brute_force(
    town: tuple[Roads, pd.DataFrame], at: list[tuple[str | None, bool]], pairs: set[tuple[str, str]]
) -> None:
    net, read = town
    graph = Graph.from_segments(net.segments)
    n = graph.n_base
    frame = pd.DataFrame(
        {"trip": np.arange(n), "origin": 0, "destination": np.arange(n), "crow_km": 1.0}
    )
    made = trips.drive(frame, readers.place_readers(read, graph), least=False)
    ids = [f"c{i}" for i in range(5)]
    classes = ["none" if a is None else "known" if sure else "inferred" for a, sure in at]
    cameras = pd.DataFrame({"camera_id": ids, "agency_id": [a for a, _ in at], "class": classes})
    shares = pd.DataFrame(
        [(a, b, "2026") for a, b in sorted(pairs) if a != b], columns=["from_id", "to_id", "since"]
    )
    agencies = pd.DataFrame(
        {
            "agency_id": list("PQRST"),
            "name": list("PQRST"),
            "kind": ["city", "city", *["state"] * 3],
        }
    )
    found = viewers.trips_seen(made, viewers.Sight(cameras, agencies, shares.astype("str")))
    run = {c: (a, sort) for c, (a, _), sort in zip(ids, at, classes, strict=True)}
    may = {(a, a) for a in "PQR"} | {(a, b) for a, b in pairs}
    passes = list(made.passes[["trip", "camera_id"]].itertuples(index=False, name=None))
    total = int(made.table["km"].notna().sum())

    def check(
        viewer: str, sort: str, sees: Callable[[str], bool], owns: Callable[[str], bool]
    ) -> None:
        mine = [(t, c) for t, c in passes if run[c][1] == sort and sees(run[c][0])]
        row = found[(found["viewer"] == viewer) & (found["class"] == sort)]
        assert len(row) == bool(mine)
        if mine:
            assert row["trips"].iloc[0] == len({t for t, _ in mine})
            assert row["cameras"].iloc[0] == len({c for _, c in mine})
            assert row["agencies"].iloc[0] == len({run[c][0] for _, c in mine})
            assert row["own_trips"].iloc[0] == len(
                {t for t, c in passes if run[c][1] == sort and owns(run[c][0])}
            )
            assert row["share"].iloc[0] == row["trips"].iloc[0] / total

    for sort in viewers.CLASSES:
        check("anybody on record", sort, lambda _: True, lambda _: True)
        for v in "PQRST":
            check(v, sort, lambda o, v=v: (o, v) in may, lambda o, v=v: o == v)
        for kind, of in (("city", "PQ"), ("state", "RST")):
            check(
                f"any of kind {kind}",
                sort,
                lambda o, of=of: any((o, v) in may for v in of),
                lambda o, of=of: o in of,
            )
    unknown = {t for t, c in passes if run[c][0] is None}
    told = found[found["viewer"] == viewers.NO_AGENCY]["trips"].tolist()
    assert told == ([len(unknown)] if unknown else [])


Done = tuple[int, str, str]


@pytest.fixture
def command(alprmap_here: Callable[..., Done]) -> Callable[..., Done]:
    return alprmap_here


@pytest.mark.slow
def test_the_command_tells_who_can_look(root: Path, command: Callable[..., Done]) -> None:
    demo = root / "data" / "demo"
    words = ["coverage", demo / "cameras.geojson", "--roads", demo / "roads.osm.pbf", "--no-certainty", "--draws", "0", "--trips",
             "60", "--facing", "either"]  # fmt: skip
    record = ["--shares", demo / "shares.csv", "--agencies", demo / "agencies.csv"]
    assert command(*words, *record)[0] == 2
    words += ["--population", demo / "population.csv"]
    assert command(*words, "--as-of", "2026-01-01")[0] == 2
    assert command(*words, *record, "--as-of", "soon")[0] == 2
    done = command(*words, *record, "--json")
    assert done[0] == 0, done[2]
    told = json.loads(done[1])
    assert told["about"]["sharing_record"] == ["agencies.csv", "shares.csv"]
    seen = {(r["viewer"], r["class"]): r for r in told["c6_access"]}
    state = seen["any of kind state", "known"]
    assert 0 < state["trips"] <= seen["anybody on record", "known"]["trips"] <= 60
    assert state["own_trips"] == 0
    shown = command(*words, *record)
    assert "can be looked at by" in shown[1]
    before = json.loads(command(*words, *record, "--as-of", "1999-01-01", "--json")[1])["c6_access"]
    assert all(r["own_trips"] == r["trips"] for r in before if r["class"] != "unknown")
    assert before[0]["as_of"] == "1999-01-01"
