"""Lists as tags, side doors, laws (A4, A5): each number is counted again from the tables."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from alprmap.access import active_shares, measure, measure_searches, read_shares
from alprmap.access.laws import laws, shares_beside_laws
from alprmap.access.side import reasons_for, side_doors
from alprmap.access.tags import read_tags
from alprmap.errors import InputError
from alprmap.shipped import data_path

LIST = """STATE,LAW ENFORCEMENT AGENCY,COUNTY,SUPPORT TYPE,SIGNED,MOA
OHIO,Birch Police Department,X,Task Force Model,2026-01-05,link
OHIO,Cedar County Sheriff's Office,Cedar,Jail Enforcement Model,2026-03-05,link
Texas,Birch Police Department,X,Task Force Model,2026-01-05,link
OH,"Nowhere Police Dept.",X,Task Force Model,,link
"""
SHARES = """from,to,since
Alder OH PD,Birch OH PD,2026-02-01
Alder OH PD,Cedar County OH SO,2026-02-01
Elm CA PD,Birch OH PD,2026-02-01
Elm CA PD,Fir CA PD,2026-02-01
Elm CA PD,FBI,2026-02-01
"""
LOG = """id,Org Name,Total Networks Searched,Reason,Search Time
1,Birch OH PD,5,ICE assist,2026-02-03T10:00:00Z
2,Birch OH PD,1,assist HSI,2026-02-03T11:00:00Z
3,Birch OH PD,9,theft,2026-02-03T12:00:00Z
4,Cedar County OH SO,2,for the FBI,2026-03-03T12:00:00Z
5,Elsewhere OH PD,7,border patrol,2026-03-03T12:00:00Z
"""


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path]:
    out = {}
    for name, text in (("287g.csv", LIST), ("shares.csv", SHARES), ("log.csv", LOG)):
        out[name] = tmp_path / name
        out[name].write_text(text)
    return out


def test_A5_a_list_joins_by_name_and_state(files: dict[str, Path]) -> None:
    shared = read_shares([files["shares.csv"]])
    tags = read_tags([str(files["287g.csv"])], shared.agencies)
    (line,) = tags.counts.to_dict("records")
    assert line["tag"] == "287(g)"
    assert (line["rows"], line["names"], line["in_the_record"]) == (4, 4, 2)
    assert line["in_the_record"] + line["may_be_several"] + line["not_in_the_record"] == 4
    by_name = shared.agencies.set_index("agency_id")["name"]
    assert {by_name[i] for i in tags.ids("287(g)")} == {
        "Birch Police Department", "Cedar County Sheriff's Office",
    }  # fmt: skip
    # the second agreement was signed later
    assert len(tags.ids("287(g)", day="2026-02-01")) == 1
    named = read_tags([f"mine={files['287g.csv']}"], shared.agencies)
    assert named.names == ["mine"]
    with pytest.raises(InputError, match="names no agencies"):
        read_tags([str(files["log.csv"].with_name("shares.csv"))], shared.agencies)


def test_A5_an_ori_joins_whatever_the_name(tmp_path: Path) -> None:
    (tmp_path / "agencies.csv").write_text(
        "name,state,ori,parent\nAlder PD,OH,OH0250000,\nCentral Task Force,OH,,Alder OH PD\n"
        "Village of Alder Marshal,OH,oh-025-0000,\n"
    )
    shared = read_shares([tmp_path / "agencies.csv"])
    # two rows of one ORI are one agency, and the task force works under it
    assert len(shared.agencies) == 2
    about = shared.agencies.set_index("agency_id")
    force = about[about["parent_id"].notna()]
    assert force["parent_id"].iloc[0] == about.index[about["ori"] == "OH0250000"][0]
    (tmp_path / "list.csv").write_text("agency,state,ori\nSomething else,OH,OH0250000\n")
    tags = read_tags([f"x={tmp_path / 'list.csv'}"], shared.agencies)
    assert tags.rows["rule"].tolist() == ["same ORI"]


def test_A5_snapshots_of_a_list_end_what_the_newest_lacks(tmp_path: Path) -> None:
    (tmp_path / "287g-x.csv").write_text(
        "date,state,agency,type\n2026-01-01 am,OHIO,birch police,T\n2026-01-01 am,OHIO,oak police,T\n"
        "2026-02-01,OHIO,oak police,T\n2026-03-01,OHIO,oak police,T\n"
    )
    (tmp_path / "a.csv").write_text("from,to\nOak OH PD,Birch OH PD\n")
    shared = read_shares([tmp_path / "a.csv"])
    rows = read_tags([str(tmp_path / "287g-x.csv")], shared.agencies).rows.set_index("name")
    assert rows.loc["birch police", "until"] == "2026-01-01"
    assert rows.loc["oak police", "since"] == "2026-01-01"
    assert pd.isna(rows.loc["oak police", "until"])


def demo(**asked: Any) -> Any:
    folder = data_path("demo")
    record = [folder / "agencies.csv", folder / "shares.csv"]
    return measure(folder / "cameras.geojson", record, **asked)


def test_A5_every_number_of_a_list_is_counted_again(tmp_path: Path) -> None:
    agencies = demo(kind="federal").record.agencies
    some = agencies[agencies["kind"] != "federal"].iloc[::2]
    listed = tmp_path / "task force.csv"
    some[["name", "state"]].rename(columns={"name": "agency"}).to_csv(listed, index=False)
    found = demo(tags=[f"T={listed}"])
    (line,) = found.by_tag.to_dict("records")
    ids = set(found.tags.ids("T"))
    assert line["in_the_record"] == found.tags.rows["agency_id"].notna().sum()
    # known cameras of agencies that let one of the list search, and are not on it
    whole = demo(to=sorted(ids))
    one = whole.cameras[(whole.cameras["hops"] == 1) & (whole.cameras["class"] == "known")]
    assert line["one_hop_known"] == len(one)
    own = whole.cameras[(whole.cameras["hops"] == 0) & (whole.cameras["class"] == "known")]
    assert line["own_known"] == len(own)
    for claim in found.claims().to_dict("records"):
        numbers = [
            int(n.replace(",", "")) for n in re.findall(r"\b\d[\d,]*\b(?!-)", claim["sentence"])
        ]
        assert int(claim["figure"]) == numbers[0]
        assert claim["ids_where"] == "tag == T"


def test_A4_a_side_door_is_a_reason_of_a_partner(files: dict[str, Path]) -> None:
    logs = measure_searches([files["log.csv"]], network="Alder OH PD")
    cameras = data_path("demo") / "cameras.geojson"
    found = measure(cameras, [files["shares.csv"]], to="U.S. Border Patrol", searches=logs)
    side = found.doors[found.doors["door"] == "side"]
    by_name = found.record.agencies.set_index("agency_id")["name"]
    told = {(by_name[r["agency_id"]], r["proof"].split(" by ")[0]) for r in side.to_dict("records")}
    # Alder's log shows both of Birch's and that of an agency that no share names; Elm lets Birch in
    assert told == {
        ("Alder Police Department", "2 searches"),
        ("Alder Police Department", "1 search"),
        ("Elm Police Department", "1 search"),
    }
    assert len(side)
    assert set(side["since"]) <= {"2026-02", "2026-03"}
    early = measure(cameras, [files["shares.csv"]], to="U.S. Border Patrol", searches=logs, as_of="2026-02-28")  # fmt: skip
    assert "2026-03" not in set(early.doors["since"])


@pytest.mark.parametrize(
    ("name", "sorts"),
    [
        ("ICE", ["immigration_assist"]), ("U.S. Customs and Border Protection", ["immigration_assist"]),
        ("HSI", ["immigration_assist"]), ("FBI", ["federal_assist"]), ("US Marshals Service", ["federal_assist"]),
        ("Oakland CA PD", []), ("Traffic Bureau", []),
    ],
)  # fmt: skip
def test_A4_the_table_of_reasons_says_which_reasons_speak_of_a_body(
    name: str, sorts: list[str]
) -> None:
    assert reasons_for([name]) == sorts


def test_A5_laws_have_a_day_and_a_citation(files: dict[str, Path]) -> None:
    for law in laws():
        assert re.fullmatch(r"\d{4}-\d\d-\d\d", law["since"])
        assert law["citation"]
        assert law["says"]
        assert law["subject"] in ("out_of_state", "immigration")
        assert law["source"].startswith("https")
        assert law["compared"] in ("statute", "bill", "summary")
        assert law["since"] <= law["checked"]
    held = [(law["state"], law["subject"]) for law in laws()]
    assert len(held) == len(set(held))
    assert held == sorted(held)
    shared = read_shares([files["shares.csv"]])
    (line,) = shares_beside_laws(shared.shares, shared.agencies).to_dict("records")
    # Elm shares with Ohio and with the FBI; Fir is of California
    assert (line["state"], line["agencies"], line["shares_beyond"]) == ("CA", 1, 2)
    old = shared.shares.assign(since="2015-01-01", last_seen="2015-01-01")
    assert shares_beside_laws(old, shared.agencies)["shares_beyond"].tolist() == [0]


@pytest.mark.parametrize("head", ["agency,declared", "agency,state,declared,date,source", "name,declared_cameras"])  # fmt: skip
def test_A2_a_table_of_declared_counts_keeps_the_newest_with_its_date(
    tmp_path: Path, head: str
) -> None:
    values = {"agency": "Alder OH PD", "name": "Alder OH PD", "state": "OH", "source": "portal"}
    lines = [head]
    for count, day in ((12, "2025-06-11"), (30, "2026-04-29"), (0, "2026-05-01")):
        row = values | {"declared": str(count), "declared_cameras": str(count), "date": day}
        lines.append(",".join(row[c] for c in head.split(",")))
    (tmp_path / "declared-cameras.csv").write_text("\n".join(lines) + "\n")
    shared = read_shares([tmp_path / "declared-cameras.csv"])
    (agency,) = shared.agencies.to_dict("records")
    # a count of 0 is none
    assert agency["declared_cameras"] == 30
    assert sorted(shared.declared["declared_cameras"]) == [12, 30]
    if "date" in head:
        assert agency["declared_on"] == "2026-04-29"
    (tmp_path / "bad.csv").write_text("agency,declared\nAlder OH PD,many\n")
    with pytest.raises(InputError, match="row 1: the declared count is no number"):
        read_shares([tmp_path / "bad.csv"])


def workbook(path: Path, rows: int, blank: int) -> Path:
    """A sheet as ICE publishes it: below its last agreement stand formatted, empty lines."""
    import openpyxl
    from openpyxl.styles import Font

    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["STATE", "LAW ENFORCEMENT AGENCY", "COUNTY", "SUPPORT TYPE", "SIGNED", "MOA"])
    for i in range(rows):
        sheet.append(["OHIO", f"Town {i} Police Department", "X", "Task Force Model", None, "link"])
    for i in range(blank):
        sheet.cell(rows + 2 + i, 9).font = Font(bold=True)
    book.save(path)
    return path


def test_A5_empty_lines_of_a_sheet_are_no_agreements(tmp_path: Path) -> None:
    import openpyxl

    path = workbook(tmp_path / "participatingAgencies.xlsx", 20, 7)
    shared = read_shares([_shares(tmp_path)])
    assert read_tags([str(path)], shared.agencies).counts["rows"].tolist() == [20]
    assert openpyxl.load_workbook(path).active.max_row - 1 == 27


def _shares(folder: Path) -> Path:
    path = folder / "shares.csv"
    path.write_text(SHARES)
    return path


def test_A5_the_sheet_of_july_2025_has_832_agreements_in_905_lines(tmp_path: Path) -> None:
    import openpyxl

    path = Path(__file__).parents[3] / "shared/data/agencies/participatingAgencies07182025pm.xlsx"
    if not path.is_file():
        pytest.skip("the sheet of 18 July 2025 is not here")
    sheet = openpyxl.load_workbook(path, read_only=False).active
    assert sheet is not None
    lines = list(sheet.iter_rows(min_row=2, values_only=True))
    blank = sum(all(c in (None, "") for c in line) for line in lines)
    # nothing is hidden: the used range of the sheet ends with 73 formatted lines that hold nothing
    assert (len(lines), blank) == (905, 73)
    tags = read_tags([str(path)], read_shares([_shares(tmp_path)]).agencies)
    assert tags.names == ["287(g)"]
    assert tags.counts["rows"].tolist() == [905 - 73]


def test_A4_a_side_door_is_seen_in_a_real_log(tmp_path: Path) -> None:
    folder = Path(__file__).parents[3] / "shared/data/records"
    log = folder / "audit-2026/portals/stockton-ca-pd.2026-04-25.csv"
    if not log.is_file():
        pytest.skip("the portal audit of Stockton is not here")
    named = "sharing-2026/portal-sharing-ca-2026-03-27_2026-04-29.csv.gz"
    record = pd.read_csv(folder / named, dtype=str)
    few = record[record["shares_with"] == "Stockton CA PD"]
    few.to_csv(tmp_path / "portals.csv", index=False)
    shared = read_shares([tmp_path / "portals.csv"])
    on_record = active_shares(shared.shares)
    logs = measure_searches([log])
    doors = side_doors(logs, on_record, shared.agencies, [], ["FBI"])
    # 63 searches give help to a federal body as their reason, all over several networks
    assert set(doors["door"]) == {"side"}
    assert doors["proof"].str.startswith("63 searches by Stockton CA PD").all()
    assert doors["proof"].str.endswith("a possibility").all()
    assert set(doors["agency_id"]) == set(on_record["from_id"])
    assert (doors["since"].min(), doors["until"].max()) == ("2026-03", "2026-04")
    # no reason in it speaks of immigration enforcement
    assert side_doors(logs, on_record, shared.agencies, [], ["U.S. Border Patrol"]).empty
