"""Which door a path goes through, each with its proof, never added up (A4)."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from alprmap import access
from alprmap.access.doors import access_doors, back_word

RECORD = """from,to,direction,since,until,source_record
Laredo TX PD,U.S. Border Patrol,outbound,2025-03-01,,portal 2025-03-01
Waco TX PD,U.S. Border Patrol,outbound,2025-05-01,,memo on the CBP pilot 2025-05-01
Austin TX PD,Laredo TX PD,outbound,2025-02-01,,portal 2025-02-01
Denver CO PD,Nationwide Lookup,outbound,2025-04-01,,portal 2025-04-01
El Paso TX PD,Statewide Lookup,outbound,2025-04-01,,portal 2025-04-01
"""


def read(tmp_path: Path) -> access.Shared:
    path = tmp_path / "record.csv"
    path.write_text(RECORD)
    return access.read_shares([path])


def doors(shared: access.Shared, to: str, as_of: str | None = None) -> dict[str, str]:
    on_record = access.active_shares(shared.shares, as_of=as_of)
    ids = shared.agencies["agency_id"]
    found = access_doors(
        on_record, shared.switches, shared.agencies, ids[ids.str.startswith(to)], as_of=as_of
    )
    assert found["proof"].str.len().min() > 0
    assert found["source_record"].notna().all()
    return {
        "-".join(str(i).split("-")[:1]): str(d)
        for i, d in zip(found["agency_id"], found["door"], strict=True)
    }


def test_A4_a_partner_is_front_a_pilot_and_a_switch_are_back(tmp_path: Path) -> None:
    shared = read(tmp_path)
    assert doors(shared, "u-s-border-patrol") == {
        "laredo": "front", "waco": "back", "austin": "two hops", "denver": "back",
    }  # fmt: skip
    # a statewide setting opens to bodies of its own state only
    assert doors(shared, "laredo")["el"] == "back"


def test_A4_a_door_that_opened_later_is_not_there_before(tmp_path: Path) -> None:
    shared = read(tmp_path)
    assert doors(shared, "u-s-border-patrol", "2025-03-01") == {
        "laredo": "front",
        "austin": "two hops",
    }


PLACES = ("pilot-point-tx-pd.2026-04-01.csv#row/3", "Pilot Mountain NC PD portal", "copilot-notes.csv", "portal")  # fmt: skip
BACK = ("memo on the CBP pilot", "Pilot program, 2025", "cbp-pilot.2025.csv", "the vendor's default setting")  # fmt: skip


@pytest.mark.parametrize("record", PLACES)
def test_A4_a_place_called_pilot_is_no_back_door(record: str) -> None:
    assert back_word(record) is None


@pytest.mark.parametrize("record", BACK)
def test_A4_a_pilot_is_a_back_door(record: str) -> None:
    assert back_word(record) is not None


@pytest.mark.parametrize(("which", "said"), [("Laredo", "the front door)"), ("Waco", "the back door of a pilot)"),
                                            ("", "the front door, or the back door of a pilot)")])  # fmt: skip
def test_A4_a_sentence_names_the_door_its_record_opens(
    tmp_path: Path, which: str, said: str
) -> None:
    head, *rows = RECORD.splitlines()
    path = tmp_path / "record.csv"
    path.write_text("\n".join([head, *(r for r in rows if r.startswith(which))]) + "\n")
    fleet = pd.DataFrame({"camera_id": ["a", "b"], "lon": [-99.48123, -97.15123], "lat": [27.53123, 31.55123],
                          "operator": ["Laredo TX PD", "Waco TX PD"]})  # fmt: skip
    fleet.to_csv(tmp_path / "cameras.csv", index=False)
    found = access.measure(tmp_path / "cameras.csv", [path], to="U.S. Border Patrol")
    claims = found.claims().set_index("claim_id")["sentence"]
    assert f"(one hop, {said}" in claims["access-known-1"]
