"""S14: what a column of operators, makers or towns holds and no table knows is somebody's name:
one gate for the three, which real operators, makers and towns pass."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pandas as pd
import pytest

from alprmap import sources
from alprmap.geography import is_a_place
from alprmap.personal import handed_on, published
from alprmap.sources.fields.bodies import body_in, maker_in, maker_of
from alprmap.townname import reads_as_town


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("Kowalczyk", "[name]"), ("KOWALSKI", "[name]"), ("Muriel", "[name]"), ("Tessaly Oglethwaite", "[name]"),
        ("JOAN ABERNATHYZ", "[name]"), ("joan abernathyq", "[name]"), ("call Nguyenth", "call [name]"),
        ("installed by Pemberlyn", "installed by [name]"), ("juvenile T.Q. Wimpleby", "juvenile [name]"),
        ("PD / Thibodeauxe", "PD / [name]"), ("Kowalczyk (private)", "[name] (private)"),
        ("Thibodeauxe/Laredo PD, Doe", "Thibodeauxe/Laredo PD, [name]"), ("Laredo PD/Thibodeauxe", "Laredo PD/[name]"),
        ("Laredo PD 03/09/1961", "Laredo PD [number]"), ("Laredo PD - 1961-03-09", "Laredo PD - [number]"),
        ("Lakewood HOA pres. Lucindra", "Lakewood HOA pres. [name]"), ("Joan/Laredo PD", "[name]/Laredo PD"),
        # what stays: businesses, places, bodies, makers, retailers, words that say nothing
        ("Hortensia's Kennels", "Hortensia's Kennels"), ("Vanderhoofd LLC", "Vanderhoofd LLC"), ("Private", "Private"),
        ("The Corners of Brookfield", "The Corners of Brookfield"), ("Greeleyville", "Greeleyville"),
        ("Laredo", "Laredo"), ("PulteGroup", "PulteGroup"), ("UTTyler", "UTTyler"), ("Lowe's", "Lowe's"),
        ("Unknown", "Unknown"), ("NETHOA", "NETHOA"), ("Alamogordo, City of", "Alamogordo, City of"), ("LCRA", "LCRA"),
    ],
)  # fmt: skip
def test_S14_an_operator_is_known_or_called_as_a_body_is(written: str, shown: str) -> None:
    assert body_in(written) == shown


@pytest.mark.parametrize(
    ("written", "shown", "maker"),
    [
        ("Flock (Bartlebury)", "Flock ([name])", "Flock Safety"), ("Abernathyx, Joan", "[name]", None),
        ("Motorola - Oglethwaite", "Motorola - [name]", "Motorola Solutions"), ("Pemberlyn", "[name]", None),
        ("Flock / Thibodeauxe", "Flock / [name]", "Flock Safety"), ("JOAN ABERNATHYZ", "[name]", None),
        ("Flock Safety Bartlebury", "Flock Safety [name]", "Flock Safety"),
        ("Flock Safety Falcon", "Flock Safety Falcon", "Flock Safety"), ("Neology, Inc.", "Neology, Inc.", "Neology"),
        ("Kapsch VRX-350x", "Kapsch VRX-350x", "Kapsch"), ("Acme Technologies", "Acme Technologies", "Acme Technologies"),
    ],
)  # fmt: skip
def test_S14_a_maker_is_known_or_called_as_one_is(
    written: str, shown: str, maker: str | None
) -> None:
    assert (maker_in(written), maker_of(written)) == (shown, maker)


@pytest.mark.parametrize(
    ("written", "town"),
    [
        ("Laredo", True), ("Laredo, TX", True), ("Brick Township", True), ("Cass Lake", True), ("Alderton", True),
        ("Greeleyville", True), ("Xochitlan", False), ("Wojciechowski", False), ("Oglethwaite, Laredo", False),
        ("Muriel", False), ("Laredo, Oglethwaite", False), ("Oglethwaite", False),
    ],
)  # fmt: skip
def test_S14_a_town_is_known_or_made_as_one_is(written: str, town: bool) -> None:
    assert reads_as_town(written, is_a_place) is town
    frame = pd.DataFrame({"Location": ["Main St & Oak St"], "City": [written]})
    reports = sources.read(frame).reports
    for made in (published, handed_on):
        shown = made(reports, is_a_place=is_a_place)
        assert shown["town"].notna().tolist() == [town]
        assert town or "Oglethwaite" not in shown.to_csv()


def test_S14_what_the_gate_withholds_is_counted() -> None:
    frame = pd.DataFrame({"Location": ["Main St & Oak St"], "Agency": ["Laredo PD"]})
    read = sources.read(frame.assign(Vendor="Flock (Bartlebury)")).reports.iloc[0]
    assert (read["vendor"], read["vendor_raw"]) == ("Flock Safety", "Flock ([name])")
    assert "personal data replaced: name" in read["changes"]
    plain = sources.read(frame.assign(Vendor="Flock")).reports.iloc[0]
    assert "personal data" not in str(plain["changes"])


def test_S14_every_operator_and_maker_of_the_national_map_passes_the_gate(shared: Path) -> None:
    rows = json.loads(gzip.decompress((shared / "cameras" / "us-2026-01.json.gz").read_bytes()))
    operators = {r.get("operator") for r in rows} - {None, ""}
    makers = {r.get(k) for r in rows for k in ("brand", "manufacturer")} - {None, ""}
    assert len(operators) > 1_000
    assert len(makers) > 50
    assert [o for o in operators if "@" not in o and body_in(o) != o] == []
    assert [m for m in makers if "@" not in m and maker_in(m) != m] == []
