"""S10: federal bodies under every name they go by, and names that are none of theirs."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from alprmap import access, agencies
from alprmap.shipped import alias_rows

NAMES = {
    "U.S. Customs and Border Protection": (
        "CBP", "US Customs & Border Protection", "Customs and Border Protection (CBP)", "DHS - CBP",
        "CBP - Customs and Border Protection", "United States Customs and Border Protection", "U.S. CBP",
        "[Federal] Customs & Border Protection", "customs and border patrol", "DHS/Customs and Border Protection",
    ),
    "U.S. Border Patrol": (
        "USBP", "Border Patrol", "U.S. Border Patrol (USBP)", "CBP - Border Patrol", "Border Patrol (CBP)",
        "DHS CBP Border Patrol", "United States Border Patrol", "US Border Patrol [Inactive]",
    ),
    "U.S. Immigration and Customs Enforcement": (
        "ICE", "US Immigration & Customs Enforcement", "Immigration and Customs Enforcement (ICE)", "U.S. ICE",
        "DHS-ICE", "ICE - Immigration and Customs Enforcement", "I.C.E.",
    ),
    "Homeland Security Investigations": ("HSI", "ICE HSI", "DHS HSI", "ICE/HSI", "Homeland Security Investigations (HSI)", "US HSI"),
    "ICE Enforcement and Removal Operations": ("ERO", "ICE ERO", "Enforcement and Removal Operations", "DHS ICE ERO"),
    "Drug Enforcement Administration": ("DEA", "US DEA", "Drug Enforcement Administration (DEA)", "Drug Enforcement Agency"),
    "Bureau of Alcohol, Tobacco, Firearms and Explosives": ("ATF", "US ATF", "Bureau of Alcohol Tobacco Firearms & Explosives (ATF)"),
    "Federal Bureau of Investigation": ("FBI", "U.S. FBI", "Federal Bureau of Investigation (FBI)", "DOJ FBI"),
    "U.S. Marshals Service": ("USMS", "US Marshals", "United States Marshals Service", "U.S. Marshal Service"),
    "U.S. Postal Inspection Service": ("USPIS", "US Postal Inspection Service (USPIS)", "Postal Inspection Service"),
    "U.S. Secret Service": ("USSS", "US Secret Service", "Secret Service"),
    "U.S. Department of Homeland Security": ("DHS", "Department of Homeland Security", "US Dept of Homeland Security (DHS)"),
}  # fmt: skip
OFFICES = {
    "ATF Nashville": "Bureau of Alcohol, Tobacco, Firearms and Explosives",
    "Border Patrol, Del Rio Sector": "U.S. Border Patrol",
    "El Paso Border Patrol": "U.S. Border Patrol",
    "USBP - Laredo North Station": "U.S. Border Patrol",
    "CBP Laredo": "U.S. Customs and Border Protection",
    "ICE Dallas Field Office": "U.S. Immigration and Customs Enforcement",
    "HSI Detroit": "Homeland Security Investigations",
    "FBI Cleveland [Federal]": "Federal Bureau of Investigation",
}
OTHERS = (
    "Ice House Apartments", "Federal Way WA PD", "Arizona Department of Homeland Security", "Oregon Department of Justice",
    "Ozarks Drug Enforcement Team MO", "MEDWAY Drug Enforcement Agency OH PD", "Alabama Drug Enforcement Task Force Region G",
    "Marshall TX PD", "Amo IN PD", "Borderland Patrol", "Custom House HOA", "Coastal Guard Co", "Icerman PD", "",
)  # fmt: skip


@pytest.mark.parametrize(
    ("body", "name"), [(b, n) for b, all_ in NAMES.items() for n in (b, *all_)]
)
def test_S10_a_federal_body_is_one_under_all_its_names(body: str, name: str) -> None:
    assert agencies.tidy(name) == body or "[" in name
    assert agencies.kind_of(name) == "federal"
    known = agencies.AgencyList()
    known.mention(body)
    known.mention(name)
    known.close()
    assert known.id_of(name) == known.id_of(body)


@pytest.mark.parametrize("name", OFFICES)
def test_S10_an_office_is_of_its_body_and_not_the_body(name: str) -> None:
    said = agencies.federal_body(name)
    assert said is not None
    assert said.body == OFFICES[name]
    assert said.office
    assert agencies.kind_of(name) == "federal"


@pytest.mark.parametrize("name", OTHERS)
def test_S10_what_only_sounds_federal_is_not(name: str) -> None:
    assert agencies.federal_body(name) is None
    assert agencies.kind_of(name) != "federal"


def test_S10_every_name_of_the_table_says_its_own_body_and_no_other() -> None:
    for row in alias_rows("federal_bodies"):
        for column in ("name", "short", "alone", "words", "behind"):
            for name in filter(None, row[column].split("|") if column != "name" else [row["name"]]):
                said = agencies.federal_body(name)
                assert said == agencies.Federal(row["name"], ()), name


@pytest.mark.parametrize("asked", ["CBP", "Customs and Border Protection", "DHS - CBP"])
def test_A1_whatever_a_record_and_the_question_call_it(tmp_path: Path, asked: str) -> None:
    for i, name in enumerate(NAMES["U.S. Customs and Border Protection"]):
        path = tmp_path / f"alder-oh-pd.2026-0{i % 9 + 1}-01.csv"
        path.write_text(f"Organization Name\nBirch OH PD\n{name}\n", "utf-8")
        found = access.read_shares([path])
        ids = access.access_targets(found.agencies, to=asked)
        assert len(ids) == 1, name
        assert set(ids) <= set(access.active_shares(found.shares)["to_id"])


def test_A3_offices_on_record_are_the_body(tmp_path: Path) -> None:
    names = ["U.S. Border Patrol", "Border Patrol Del Rio Sector", "CBP"]
    for some in itertools.chain(*(itertools.combinations(names, n) for n in (1, 2, 3))):
        path = tmp_path / "alder-oh-pd.2026-01-01.csv"
        path.write_text("\n".join(["Organization Name", "Birch OH PD", *some]), "utf-8")
        found = access.read_shares([path])
        asked = access.access_targets(found.agencies, to="Border Patrol")
        assert len(asked) == sum("Border Patrol" in name for name in some)
