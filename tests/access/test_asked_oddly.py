"""Odd ways to ask whose access it is, and the claims of doors (A3, A4)."""

from __future__ import annotations

from pathlib import Path

import pytest

from alprmap import access
from alprmap.errors import UsageError

CAMERAS = (
    "id,lat,lon,operator,vendor,state\n"
    "c1,40.012345,-83.012345,Alder Police Department,Flock Safety,OH\n"
    "c2,40.234567,-83.034567,Birch Police Department,Flock Safety,OH\n"
)
LIST = "Organization Name\nBirch OH PD\nFBI\nOhio Statewide Lookup\n"


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, list[Path]]:
    cameras = tmp_path / "cams.csv"
    cameras.write_text(CAMERAS)
    listed = tmp_path / "alder-oh-pd.2025-03-01.csv"
    listed.write_text(LIST)
    return cameras, [listed]


def test_A3_a_body_under_two_names_is_one(files: tuple[Path, list[Path]]) -> None:
    found = access.measure(*files, to=["Birch OH PD", "Birch Police Department (OH)"])
    assert found.target == "Birch OH PD"
    assert list(found.each) == ["Birch OH PD"]


def test_A3_a_kind_is_known_in_any_case(files: tuple[Path, list[Path]]) -> None:
    said, plain = (access.measure(*files, kind=k) for k in (" Federal ", "federal"))
    assert said.claims()["sentence"].tolist() == plain.claims()["sentence"].tolist()


@pytest.mark.parametrize("asked", [{"to": [""]}, {"to": [" "]}, {"kind": ""}])
def test_A3_nothing_asked_for_is_said(
    files: tuple[Path, list[Path]], asked: dict[str, object]
) -> None:
    with pytest.raises(UsageError, match="is empty"):
        access.measure(*files, **asked)  # type: ignore[arg-type]


def test_A4_every_door_printed_has_its_claim(files: tuple[Path, list[Path]]) -> None:
    found = access.measure(*files, to="Birch OH PD")
    claims = found.claims().set_index("claim_id")
    doors = found.doors.groupby("door")["agency_id"].nunique()
    assert {d: int(claims.loc[f"door-{d}", "figure"]) for d in doors.index} == doors.to_dict()
    assert claims.loc["door-front", "sentence"] == (
        "1 agency names Birch OH PD as a partner: the front door, on record as of 2025-03-01."
    )
    assert claims.loc["door-back", "sentence"].startswith("1 agency has a setting of the vendor")
