"""One body is one body: in the record, on cameras, in logs and on lists (S10, A2, A5, A9)."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pyproj
import pytest

from alprmap import access
from alprmap.access.inference import KM, SIZES, inference_accuracy
from alprmap.agencies import Identity

REGISTRY = [
    # name, state, ORI, aliases, parent
    ("Alder Creek Police Department", "OH", "OH0010100", "ACPD Alder Creek", ""),
    ("Birch County Sheriff's Office", "OH", "OH0020000", "", ""),
    ("Birch County Drug Task Force", "OH", "", "", "Birch County Sheriff's Office"),
    ("Cedar Bluff Police Department", "AL", "AL0030300", "", ""),
    ("University of California, Berkeley", "CA", "CA0040400", "", ""),
    ("O'Fallon Police Department", "MO", "MO0050500", "", ""),
    ("Fort Elm Independent School District Police Department", "TX", "TX0060600", "", ""),
]
SPELLED = {
    # in the sharing record, on a camera, in a log, on a list (with its ORI or not)
    "Alder Creek Police Department": ("Alder Creek OH PD", "Alder Creek Police Dept.", "ALDER CREEK OH PD", ("Alder Creek PD", "")),
    "Birch County Sheriff's Office": ("Birch County OH SO", "Birch County Sheriff", "Birch Co OH SO", ("Sheriff of Birch", "OH-002-0000")),
    "Cedar Bluff Police Department": ("Cedar Bluff AL PD", "Cedar Bluff Police", "Cedar Bluff Police Department, AL", ("CBPD", "AL0030300")),
    "O'Fallon Police Department": ("O’Fallon MO PD", "O'Fallon PD", "OFallon MO PD", ("O'Fallon Police Department", "")),
    "Fort Elm Independent School District Police Department": ("Fort Elm ISD TX PD", "Fort Elm ISD Police", "Ft Elm ISD TX PD", ("Fort Elm ISD Police Department", "")),
}  # fmt: skip


def write(path: Path, rows: list[list[str]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
    return path


@pytest.fixture
def record(tmp_path: Path) -> access.Shared:
    registry = [["name", "state", "ori", "aliases", "parent", "declared_cameras"]]
    registry += [[n, s, o, a, p, "9"] for n, s, o, a, p in REGISTRY]
    shares = [["from", "to", "since"]]
    shares += [
        [said[0], "Federal Bureau of Investigation", "2026-01-05"] for said in SPELLED.values()
    ]
    return access.read_shares(
        [write(tmp_path / "registry.csv", registry), write(tmp_path / "shares.csv", shares)]
    )


def test_S10_a_spelling_of_the_record_is_the_agency_of_the_registry(record: access.Shared) -> None:
    known = Identity(record.agencies)
    for name, (share, *_) in SPELLED.items():
        assert known.of(share)[0] == known.of(name, state=state_of(name))[0] is not None, share
    # no row more than the registry and the bureau
    assert len(record.agencies) == len(REGISTRY) + 1


def state_of(name: str) -> str:
    return next(state for n, state, *_ in REGISTRY if n == name)


def test_S10_camera_log_list_and_record_mean_the_same_body(
    record: access.Shared, tmp_path: Path
) -> None:
    known = Identity(record.agencies)
    wanted = {n: known.of(n, state=state_of(n))[0] for n in SPELLED}
    # cameras, by their tag and the state they stand in
    fleet = pd.DataFrame(
        {
            "camera_id": list(SPELLED),
            "operator": [said[1] for said in SPELLED.values()],
            "lon": -83.0,
            "lat": 40.0,
            "vendor": None,
        }
    ).astype({"vendor": "str"})
    states = pd.Series([state_of(n) for n in SPELLED])
    run = access.camera_operators(fleet, record.agencies, state=states)
    assert dict(zip(SPELLED, run["agency_id"], strict=True)) == wanted
    # logs
    rows = [["id", "Org Name", "Search Time", "Total Networks Searched", "Reason"]]
    rows += [
        [str(i), said[2], "2026-05-01T10:00:00Z", "9", "theft"]
        for i, said in enumerate(SPELLED.values())
    ]
    logs = access.measure_searches(
        [write(tmp_path / "network-audit.csv", rows)], network="Elm OH PD"
    )
    met = known.ids(logs.made["organizations"]["organization"])
    assert {met[said[2]] for said in SPELLED.values()} == set(wanted.values())
    # lists, by ORI or by name with the state
    rows = [["agency", "state", "ori"]]
    rows += [[said[3][0], state_of(n), said[3][1]] for n, said in SPELLED.items()]
    tags = access.read_tags([f"list={write(tmp_path / 'list.csv', rows)}"], record.agencies)
    assert set(tags.rows["agency_id"].dropna()) == set(wanted.values())


def test_S10_a_task_force_works_under_its_county(record: access.Shared) -> None:
    about = record.agencies.set_index("agency_id")
    (force,) = [i for i in about.index if "task" in i]
    county = Identity(record.agencies).of("Birch County OH SO")[0]
    assert about.loc[force, "parent_id"] == county
    assert about["parent_id"].notna().sum() == 1


def town(name: str, lon: float, lat: float, cameras: int) -> dict[str, object]:
    about = {"id": name, "name": f"{name} OH PD", "state": "OH", "type": "pd", "cameras": cameras,
             "connectionCount": 3, "geocodeMethod": "place"}  # fmt: skip
    return {"type": "Feature", "properties": about,
            "geometry": {"type": "Point", "coordinates": [lon, lat]}}  # fmt: skip


def test_A2_the_accuracy_of_the_inference_is_counted_again_camera_by_camera(tmp_path: Path) -> None:
    chance = np.random.default_rng(20261129)
    named = ["Alder", "Birch", "Cedar", "Elm", "Fir", "Oak", "Pine", "Willow"]
    spots = chance.uniform((-83.4, 39.8), (-82.8, 40.2), (len(named), 2))
    towns = [town(n, *spots[i], int(chance.integers(1, 400))) for i, n in enumerate(named)]
    path = tmp_path / "network.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": towns}))
    shared = access.read_shares([path])
    whose = chance.integers(0, len(named), 600)
    at = spots[whose] + chance.normal(0, 0.05, (600, 2))
    fleet = pd.DataFrame(
        {
            "camera_id": [f"c{i}" for i in range(600)],
            "lon": at[:, 0],
            "lat": at[:, 1],
            "operator": [f"{named[w]} Police Department" for w in whose],
            "vendor": "Flock Safety",
        }
    )
    run = access.camera_operators(fleet, shared.agencies, state=pd.Series("OH", index=fleet.index))
    assert run["class"].eq("known").all()
    geod = pyproj.Geod(ellps="WGS84")
    rows = []
    for i, (lon, lat) in enumerate(at):
        _, _, far = geod.inv([lon] * len(named), [lat] * len(named), spots[:, 0], spots[:, 1])
        near = int(np.argmin(far))
        rows.append((far[near] / 1000, near == whose[i], towns[near]["properties"]["cameras"]))
    given = pd.DataFrame(rows, columns=["km", "right", "declared"])
    given = given[given["km"] <= KM[-1]]
    table = inference_accuracy(fleet, shared.agencies, run)
    whole = table[table["by"] == "all"].iloc[0]
    assert (whole["tested"], whole["right"]) == (len(given), given["right"].sum())
    assert 0 < whole["right"] < whole["tested"]
    sizes = pd.cut(given["declared"], [*SIZES, np.inf], right=False)
    for by, groups in (("distance", pd.cut(given["km"], KM, include_lowest=True)), ("size", sizes)):
        part = table[(table["by"] == by) & (table["group"] != "no declared count")]
        counted = given.groupby(groups, observed=False)["right"].agg(["size", "sum"])
        assert part["tested"].tolist() == counted["size"].tolist()
        assert part["right"].tolist() == counted["sum"].tolist()
