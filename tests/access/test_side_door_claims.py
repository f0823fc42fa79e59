"""The sentence about searches on a body's behalf, recomputed from the doors it quotes (A4)."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from alprmap import access

CAMERAS = pd.DataFrame(
    {
        "id": ["a", "b", "c"],
        "lat": [39.96123, 39.97123, 39.98123],
        "lon": [-83.00123, -83.01123, -83.02123],
        "direction": [90, 180, 270],
        "operator": ["Alder OH PD", "Alder OH PD", "Birch OH PD"],
    }
)
LIST = "Organization Name\nBirch OH PD\nCedar TX PD\n"
LOG = """Org Name,Total Networks Searched,Search Time,Reason
Cedar TX PD,300,2026-02-11 10:00,Border Patrol request
Cedar TX PD,1,2026-02-12 10:00,homicide
Birch OH PD,5,2026-{month}-12 11:00,{reason}
"""


@pytest.mark.parametrize(
    ("month", "reason", "wanted"),
    [
        ("02", "HSI task force", "2 organizations made searches with the reason {why} in February 2026"),
        ("03", "CBP", "2 organizations made searches with the reason {why} from February 2026 to March 2026"),
        ("03", "stolen vehicle", "1 organization made searches with the reason {why} in February 2026"),
    ],
)  # fmt: skip
def test_A4_searches_on_behalf_are_said(
    tmp_path: Path, month: str, reason: str, wanted: str
) -> None:
    record, log = tmp_path / "alder-oh-pd.2026-02-01.csv", tmp_path / "log.csv"
    record.write_text(LIST)
    log.write_text(LOG.format(month=month, reason=reason))
    found = access.measure(
        CAMERAS, [record], to=["Border Patrol"], searches=access.measure_searches([log])
    )
    claim = found.claims().set_index("claim_id").loc["door-side"]
    why = "“help to ICE, HSI, CBP or the Border Patrol”"
    assert claim["sentence"] == (
        f"{wanted.format(why=why)}; these went, or could go, over the readers of 1 agency: the"
        " side door to Border Patrol."
    )
    side = found.doors[found.doors["door"] == "side"]
    assert claim["figure"] == side["agency_id"].nunique() == 1
    assert claim["n"] == len(side)


def test_A4_without_such_a_search_nothing_is_said(tmp_path: Path) -> None:
    record, log = tmp_path / "alder-oh-pd.2026-02-01.csv", tmp_path / "log.csv"
    record.write_text(LIST)
    log.write_text("\n".join(LOG.splitlines()[:1] + LOG.splitlines()[2:3]))
    found = access.measure(
        CAMERAS, [record], to=["Border Patrol"], searches=access.measure_searches([log])
    )
    assert "door-side" not in set(found.claims()["claim_id"])
