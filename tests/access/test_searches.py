"""Search logs become searches (A6–A9): every row counted, nothing about a person anywhere."""

from __future__ import annotations

import csv
import gzip
import io
import json
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from alprmap.access import Searches, SearchSettings, measure_searches
from alprmap.access.searches import reasons, times
from alprmap.access.searches.columns import layout_of
from alprmap.access.searches.keys import keys
from alprmap.access.searches.tally import medians, tally
from alprmap.cli import app
from alprmap.errors import InputError, UsageError

AUDITS = "records/audit-2026"
TOTALED = ("reasons", "organizations", "months", "hours", "networks", "files")


def log(path: Path, rows: list[dict[str, Any]], **how: Any) -> Path:
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\r\n", **how)
    writer.writeheader()
    writer.writerows(rows)
    path.write_text("\ufeff" + text.getvalue(), encoding="utf-8", newline="")
    return path


def row(i: int, **more: Any) -> dict[str, Any]:
    """A row of the present network audit, 14 columns."""
    at = datetime(2026, 5, 1, tzinfo=UTC) + timedelta(minutes=37 * i)
    said = "%m/%d/%Y, %I:%M:%S %p UTC"
    return {
        "ID": f"{i:08x}-0000-4000-8000-000000000000",
        "Name": "J. Placeholder",
        "Org Name": ["Alderton OH PD", "Birchfield TX PD"][i % 2],
        "Total Networks Searched": [1, 840, 6_600][i % 3],
        "Total Devices Searched": 100,
        "Time Frame": f"{(at - timedelta(days=[1, 40][i % 2])).strftime(said)}\n{at.strftime(said)}",
        "License Plate": "ZZZ0000",
        "Reason": "Theft",
        "Case #": "C-1",
        "Filters": "",
        "Search Time": at.strftime(said),
        "Search Type": "lookup",
        "Text Prompt": "",
        "Moderation": "",
    } | more


def sums_hold(found: Searches) -> None:
    for name in TOTALED:
        table = found.made[name]
        assert table["rows"].sum() == found.rows_read, name
        if name != "networks":
            assert table["searches"].sum() == len(found.searches), name
    counts = found.counts()
    assert counts["searches"] + counts["repeats"] + counts["unreadable"] == counts["rows_read"]


def claim(found: Searches, name: str) -> Any:
    return found.claims().set_index("claim_id").loc[name]


# the real and made-up logs


def test_A8_the_log_of_okaloosa_has_its_figures(shared: Path) -> None:
    found = measure_searches([shared / AUDITS / "okaloosa-county-fl-so-org-audit-2025-11.csv"])
    sums_hold(found)
    line = found.made["organizations"].iloc[0]
    assert (found.rows_read, line["multi_network"], line["over_30_days"]) == (7_273, 3_406, 463)
    assert line["most_networks"] == 6_709
    assert "46.8%" in claim(found, "multi-network")["sentence"]


def test_A6_the_portals_of_california_have_seven_layouts(shared: Path) -> None:
    files = sorted((shared / AUDITS / "portals").glob("*-ca-*.csv"))
    found = measure_searches(files)
    sums_hold(found)
    assert found.rows_read == 15_688
    assert found.made["files"]["layout"].nunique() == 7
    # Oakland's two downloads overlap
    ids = [
        {r["id"] for r in csv.DictReader(io.StringIO(f.read_text()))}
        for f in files
        if f.name.startswith("oakland")
    ]
    assert found.repeats == len(ids[0] & ids[1]) > 0


def test_A8_the_log_that_counts_cameras_has_its_rows(shared: Path) -> None:
    found = measure_searches([shared / AUDITS / "portals" / "eugene-or-pd.2025-06_2025-12.csv"])
    sums_hold(found)
    assert found.rows_read == 4_294
    assert found.made["files"]["time_without_zone"].iloc[0] == 4_294
    assert found.made["organizations"]["networks_said"].iloc[0] == 0
    assert "multi-network" not in set(found.claims()["claim_id"])


@pytest.mark.parametrize(
    ("name", "rows", "organizations"), [("2026-05", 20_000, 1_372), ("2025-01", 4_000, 1_027)]
)
def test_A6_whole_network_audits_are_read(
    shared: Path, name: str, rows: int, organizations: int
) -> None:
    found = measure_searches([shared / AUDITS / f"SYNTHETIC-network-audit-{name}.csv.gz"])
    sums_hold(found)
    assert found.rows_read == rows
    # two of the invented names are one agency's, told apart only by blanks
    assert abs(found.counts()["organizations"] - organizations) <= 1
    assert found.made["files"]["kind"].tolist() == ["network audit"]


# rows and repeats


def test_A6_the_order_of_files_does_not_matter(tmp_path: Path) -> None:
    files = [
        log(
            tmp_path / f"alderton-oh-pd.2026-0{n}-01.csv", [row(i) for i in range(5 * n, 5 * n + 9)]
        )
        for n in (3, 1, 2)
    ]
    one, other = measure_searches(files), measure_searches(files[::-1])
    for name, table in one.tables().items():
        pd.testing.assert_frame_equal(table, other.tables()[name])
    assert one.repeats == 8
    sums_hold(one)


def test_A6_a_log_without_ids_knows_its_repeats_by_all_cells(tmp_path: Path) -> None:
    rows = [{k: v for k, v in row(i).items() if k != "ID"} for i in (0, 1, 2, 2, 1)]
    rows.append(rows[0] | {"License Plate": "AAA1111"})
    found = measure_searches([log(tmp_path / "a.csv", rows)])
    assert (len(found.searches), found.repeats) == (4, 2)
    sums_hold(found)


def test_A6_every_row_that_cannot_be_read_is_counted(tmp_path: Path) -> None:
    path = log(tmp_path / "a.csv", [*(row(i) for i in range(4)), row(9, **{"Search Time": "soon"})])
    with path.open("a", encoding="utf-8") as file:
        file.write("too,few,cells\r\n")
    found = measure_searches([path])
    assert (found.rows_read, found.unreadable) == (6, 2)
    sums_hold(found)


def test_A9_outside_organizations_of_a_network(tmp_path: Path) -> None:
    path = log(tmp_path / "alderton-oh-pd-network-audit-2026-05.csv", [row(i) for i in range(10)])
    found = measure_searches([path])
    table = found.made["networks"].set_index("organization")
    assert table["outside"].to_dict() == {"Alderton OH PD": "no", "Birchfield TX PD": "yes"}
    said = claim(found, "outside-Alderton OH PD")["sentence"]
    assert said.startswith(
        "5 of 10 searches (50.0%) of the network of Alderton OH PD were made by 1"
    )
    # one search on two networks is one search, and stands under both
    twice = log(tmp_path / "cedar-oh-pd-network-audit-2026-05.csv", [row(i) for i in range(10)])
    both = measure_searches([path, twice])
    assert (len(both.searches), both.repeats) == (10, 10)
    assert both.made["networks"].groupby("network")["searches"].sum().tolist() == [10, 10]
    sums_hold(both)


def test_A8_every_figure_of_a_sentence_is_that_of_its_rows(tmp_path: Path) -> None:
    found = measure_searches([log(tmp_path / "a.csv", [row(i) for i in range(60)])])
    table = found.searches
    wanted = {
        "multi-network": (table["networks"] > 1).mean(),
        "nationwide": (table["networks"] >= 5_000).mean(),
        "over-30-days": (table["days_back"] > 30).mean(),
        "reason-theft": (table["reason"] == "theft").mean(),
        "searches": len(table),
    }
    claims = found.claims().set_index("claim_id")
    assert claims["figure"].to_dict() == pytest.approx(wanted)
    by_hour = table.groupby("hour").size()
    hours = found.made["hours"].set_index("hour")["searches"]
    assert hours[hours > 0].tolist() == by_hour.tolist()


# nothing about a person

SECRETS = (
    "QQPLATE7", "Zebulon", "Quackenbush", "badge77123", "CASE-9911-X", "deadbeef-1111", "red truck",
)  # fmt: skip
LAYOUTS: dict[str, list[str]] = {
    "vendor-14": list(row(0)),
    "vendor-11": [c for c in row(0) if c not in ("ID", "Text Prompt", "Moderation")],
    "portal": ["id", "userId", "searchDate", "networkCount", "reason", "caseNumber", "offenseType"],
    "cameras": ["id", "userId", "searchDate", "cameraCount", "reason"],
    "free": ["Search Date", "Officer", "Plate", "Notes", "Reason", "Networks"],
}


def personal(header: list[str], n: int, rng: random.Random) -> list[dict[str, Any]]:
    """Rows in which every cell that may be a person's is full of them."""
    text = "theft by Zebulon Quackenbush, red truck QQPLATE7, CASE-9911-X, badge77123"
    out = []
    for i in range(n):
        known = row(i)
        line: dict[str, Any] = {}
        for column in header:
            small = "".join(c for c in column.casefold() if c.isalnum())
            if small in ("searchtime", "searchdate"):
                line[column] = known["Search Time"] if " " in column else "2026-05-01T01:02:03.4Z"
            elif "network" in small or "devices" in small or small == "cameracount":
                line[column] = rng.choice([1, 900, 6_000])
            elif small == "orgname":
                line[column] = known["Org Name"]
            elif small == "timeframe":
                line[column] = known["Time Frame"]
            elif small == "id":
                line[column] = f"deadbeef-1111-4000-8000-{i:012x}"
            else:
                line[column] = text
        out.append(line)
    return out


def everything(folder: Path) -> str:
    """All that the files of a folder say, packed ones unpacked."""
    said = []
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        said.append(path.name + path.read_bytes().decode("utf-8", "replace"))
        if path.suffix == ".parquet":
            said.append(pd.read_parquet(path).to_csv())
            said.append(str(pa.parquet.read_metadata(path).metadata))
    return "\n".join(said)


def no_secret_in(text: str) -> None:
    for secret in SECRETS:
        assert secret.casefold() not in text.casefold(), secret


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("damage", ["none", "no header", "open quote", "stray cells", "shifted", "utf-16", "cut off"])  # fmt: skip
def test_A6_nothing_about_a_person_is_written_anywhere(
    tmp_path: Path, layout: str, damage: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = random.Random(f"{layout} {damage}")
    path = log(tmp_path / "in" / "log.csv", personal(LAYOUTS[layout], 30, rng)) if (
        (tmp_path / "in").mkdir() or True
    ) else tmp_path  # fmt: skip
    text = path.read_text("utf-8-sig")
    if damage == "no header":
        text = text.partition("\r\n")[2]
    elif damage == "open quote":
        text = text.replace("theft by", '"theft "by', 3)
    elif damage == "stray cells":
        text = text.replace("Zebulon Quackenbush,", 'Zebulon",Quackenbush,"', 4)
    elif damage == "shifted":
        text = "\r\n".join([text.splitlines()[0], *("Zebulon Quackenbush," + r for r in text.splitlines()[1:])])  # fmt: skip
    path.write_text(text, encoding="utf-16" if damage == "utf-16" else "utf-8", newline="")
    if damage == "cut off":
        packed = gzip.compress(path.read_bytes())
        path.write_bytes(packed[: len(packed) * 2 // 3])
    monkeypatch.chdir(tmp_path)
    out = tmp_path / "out"
    out.mkdir()
    said = ""
    for args in (
        ["searches", str(path), "--out", str(out / "s.parquet"), "-v"],
        ["searches", str(path), "--out", str(out / "s.csv"), "--json"],
        ["--debug", "searches", str(path), "--agency", "Alderton OH PD", "--timezone", "America/Chicago"],
    ):  # fmt: skip
        done = CliRunner().invoke(app, args)
        said += done.output + (done.stderr or "") + repr(done.exception)
    no_secret_in(said)
    no_secret_in(everything(out))
    if damage in ("none", "utf-16"):
        assert (out / "s.parquet").exists()


@pytest.mark.parametrize("command", [["read"], ["access", "--to", "A PD", "--shares"], ["merge"], ["reach"]])  # fmt: skip
def test_A6_a_log_given_to_another_command_is_refused_without_quoting_it(
    tmp_path: Path, command: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = log(tmp_path / "log.csv", personal(LAYOUTS["vendor-14"], 5, random.Random(1)))
    monkeypatch.chdir(tmp_path)
    args = [command[0], str(path), *command[1:], *([str(path)] if len(command) > 1 else [])]
    done = CliRunner().invoke(app, args)
    assert done.exit_code != 0
    no_secret_in(done.output + (done.stderr or "") + repr(done.exception))


@pytest.mark.parametrize("cell", ["555-123-4567", "j.doe@example.org", "1234567", "Unit 8675309"])
def test_A9_what_is_no_organization_is_not_written(tmp_path: Path, cell: str) -> None:
    path = log(tmp_path / "a.csv", [row(0), row(1, **{"Org Name": cell})])
    found = measure_searches([path])
    assert cell not in found.made["organizations"].to_csv()


# parts


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("11/13/2025, 10:00:17 PM UTC", "2025-11-13T22:00:17"),
        ("1/5/2026, 12:00:00 AM UTC", "2026-01-05T00:00:00"),
        ("1/5/2026 12:30 PM", "2026-01-05T12:30:00"),
        ("01/05/2026 14:30:15", "2026-01-05T14:30:15"),
        ("01/05/2026, 06:30:15 PM CST", "2026-01-06T00:30:15"),
        ("2026-03-26T02:24:37.136Z", "2026-03-26T02:24:37"),
        ("2025-06-18 00:02:04.789", "2025-06-18T00:02:04"),
        ("2026-03-26T02:24:37-05:00", "2026-03-26T07:24:37"),
        ("2026-03-26 02:24", "2026-03-26T02:24:00"),
        ("02/30/2026, 01:00:00 AM UTC", None),
        ("13/01/2026, 01:00:00 AM UTC", None),
        ("yesterday", None),
        ("", None),
    ],
)
def test_A6_a_time_in_every_form(text: str, iso: str | None) -> None:
    found, _ = times.seconds(pa.array([text, "11/13/2025, 10:00:17 PM UTC"]))
    wanted = times.NONE if iso is None else int(np.datetime64(iso, "s").astype("int64"))
    assert found[0] == wanted


DAYS = [("2026-03-26", "2026-03-26"), ("3/26/2026", "2026-03-26"), ("03/26/2026", "2026-03-26"), ("2026-3-6", "2026-03-06"),
        ("2026-02-30", None), ("26/13/2026", None), ("March", None), ("", None)]  # fmt: skip


@pytest.mark.parametrize(("text", "iso"), DAYS)
def test_A6_a_day_without_a_time_is_a_day(text: str, iso: str | None) -> None:
    wanted = times.NONE if iso is None else int(np.datetime64(iso, "s").astype("int64"))
    assert times.days(pa.array([text, "11/13/2025, 10:00:17 PM UTC"])).tolist() == [wanted, times.NONE]  # fmt: skip


@pytest.mark.parametrize("timezone", ["UTC", "America/Los_Angeles", "Asia/Tokyo"])
def test_A6_a_log_of_days_is_read_and_its_hours_are_not_said(tmp_path: Path, timezone: str) -> None:
    path = tmp_path / "alderton-oh-pd.2026-05-01.csv"
    said = ["2026-03-26", "2026-03-26", "3/27/2026", "2026-03-28T02:00:00Z", "soon"]
    lines = [f"{i},{when},3,theft" for i, when in enumerate(said)]
    path.write_text("\n".join(["id,searchDate,networkCount,reason", *lines]))
    found = measure_searches([path], settings=SearchSettings(timezone=timezone))
    assert found.counts() | {"organizations": 1} == {
        "rows_read": 5, "searches": 4, "repeats": 0, "unreadable": 1, "organizations": 1,
    }  # fmt: skip
    # a day is a day in every time zone
    assert found.searches["date"].astype("str").tolist()[:3] == ["2026-03-26"] * 2 + ["2026-03-27"]
    assert found.searches["hour"].tolist()[:3] == [-1] * 3
    hours = found.made["hours"].set_index("hour")["searches"]
    assert hours["(only the day is said)"] == 3
    assert hours.drop("(only the day is said)").sum() == 1
    assert all(table["rows"].sum() == 5 for table in found.made.values())


@settings(max_examples=60)
@given(
    st.datetimes(datetime(1990, 1, 1), datetime(2050, 1, 1)).map(lambda t: t.replace(microsecond=0))
)
def test_A6_the_vendors_time_comes_back(at: datetime) -> None:
    said = at.strftime("%m/%d/%Y, %I:%M:%S %p UTC")
    plain = f"{at.month}/{at.day}/{at.year} {at:%I:%M:%S} {at:%p}"
    found, _ = times.seconds(pa.array([said, at.isoformat(), plain]))
    assert found.tolist() == [int(at.replace(tzinfo=UTC).timestamp())] * 3


@pytest.mark.parametrize("join", ["\n", "\r\n", " ", " - ", " – ", " to "])
def test_A8_a_time_frame_in_every_form(join: str) -> None:
    for one, two in (
        ("12/31/2024, 12:05:13 AM UTC", "01/01/2025, 12:05:13 AM UTC"),
        ("2024-12-31T00:05:13Z", "2025-01-01T00:05:13Z"),
        ("12/31/2024, 12:05:13 AM", "1/1/2025, 12:05:13 AM"),
    ):
        start = times.frame_starts(pa.array([f"{one}{join}{two}", ""]))
        assert start.to_pylist() == [one, ""]


@settings(max_examples=80)
@given(
    st.lists(st.tuples(st.binary(max_size=40), st.binary(max_size=12)), min_size=1, max_size=60),
    st.integers(0, 2**64 - 1),
)
def test_A6_two_rows_have_one_number_when_all_cells_are_alike(
    rows: list[tuple[bytes, bytes]], secret: int
) -> None:
    rows = [(a.replace(b"\x1f", b""), b.replace(b"\x1f", b"")) for a, b in rows]
    found = keys([pa.array([r[i] for r in rows], pa.binary()) for i in (0, 1)], secret)
    assert len(set(found.tolist())) == len(set(rows))
    whole = pa.array([rows[0][0], *(r[0] for r in rows)], pa.binary())
    # a slice, and the same cells elsewhere in a batch, say the same
    assert keys([whole.slice(1)], secret).tolist() == keys([pa.array([r[0] for r in rows], pa.binary())], secret).tolist()  # fmt: skip


@settings(max_examples=60)
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 9_000_000), st.booleans()), max_size=80))  # fmt: skip
def test_A8_counts_and_medians_are_those_of_pandas(rows: list[tuple[int, int, bool]]) -> None:
    frame = pd.DataFrame(rows, columns=["g", "v", "m"]).astype({"g": int, "v": int, "m": bool})
    for by in (["g"], ["g", "v"]):
        found = tally({c: frame[c].to_numpy() for c in by}, {"m": frame["m"].to_numpy()})
        wanted = frame.groupby(by)["m"].agg(["size", "sum"]).reset_index()
        assert found.to_numpy().tolist() == wanted.to_numpy().tolist()
    found = medians(frame["g"].to_numpy(), frame["v"].to_numpy(), frame["m"].to_numpy())
    wanted = frame[frame["m"]].groupby("g")["v"].agg(["median", "max"])
    assert found.to_numpy().tolist() == wanted.to_numpy().tolist()


@pytest.mark.parametrize(
    ("reason", "category"),
    [
        ("ICE assist", "immigration_assist"), ("HSI", "immigration_assist"),
        ("assist border patrol", "immigration_assist"), ("ICE+ERO", "immigration_assist"),
        ("Immigration (administrative)", "immigration"), ("undocumented", "immigration"),
        ("traffic accident black ice", "traffic"), ("police", "investigation"),
        ("office theft", "theft"), ("Motor Vehicle Theft/Stolen", "vehicle_theft"),
        ("10851(a)CVC", "vehicle_theft"), ("PC 211", "robbery"), ("211PC", "robbery"),
        ("664/187(a)PC", "homicide"), ("1211PC", "code"), ("Missing person 27-527074", "missing_person"),
        ("Missing/Endangered Person/Runaway", "missing_person"), ("welfare check", "welfare"),
        ("inv", "investigation"), ("Invest.", "investigation"), ("In Progress Investigation", "investigation"),
        ("Person+Crime", "violence"), ("Test", "test"), ("protest", "protest"), ("contest", "unclear"),
        ("Abortion", "reproductive_care"), ("", "empty"), ("  - ", "empty"), ("n/a", "empty"),
        ("52645", "code"), ("462l-hf-9974828", "code"), ("xylophone", "unclear"),
        ("Usms case", "federal_assist"), ("agency assist", "agency_assist"), ("BOLO", "lookout"),
        ("warrants", "wanted"), ("hit and run", "traffic"), ("Flee/elude", "traffic"),
    ],
)  # fmt: skip
def test_A7_a_reason_has_its_category(reason: str, category: str) -> None:
    names = reasons.categories().names
    assert names[reasons.category_codes(pa.array([reason]))[0]] == category


def test_A7_every_category_has_words_that_reach_it() -> None:
    names = reasons.categories().names
    assert len(names) == len(set(names))
    assert set(reasons.categories().says) == set(names)


def test_A6_a_header_below_titles_and_other_marks() -> None:
    text = "Search audit\r\nAlderton\r\nid;searchDate;networkCount;reason\r\n1;2026-01-01;1;x\r\n"
    found = layout_of(text)
    assert (found.mark, found.skip, found.width) == (";", 3, 4)
    with pytest.raises(InputError, match="no header of a search log"):
        layout_of("Zebulon,QQPLATE7,theft\n1,2,3\n")


def test_A6_the_clock_is_that_of_the_time_zone(tmp_path: Path) -> None:
    path = log(tmp_path / "a.csv", [row(0)])
    at = measure_searches([path], settings=SearchSettings(timezone="America/Chicago")).searches
    assert (at["date"].astype("str").iloc[0], at["hour"].iloc[0]) == ("2026-04-30", 19)
    with pytest.raises(UsageError, match="no time zone"):
        measure_searches([path], settings=SearchSettings(timezone="Mars/Olympus"))


def test_A6_the_printed_numbers_are_those_of_the_files(tmp_path: Path) -> None:
    path = log(tmp_path / "alderton-oh-pd.2026-05-01.csv", [row(i) for i in range(12)])
    done = CliRunner().invoke(
        app, ["searches", str(path), "--json", "--out", str(tmp_path / "s.csv")]
    )
    assert done.exit_code == 0, done.output
    said = json.loads(done.stdout)
    assert said["counts"]["rows_read"] == 12
    assert len(pd.read_csv(tmp_path / "s.csv")) == said["counts"]["searches"]
    claims = pd.read_csv(tmp_path / "s.claims.csv")
    assert set(claims["sentence"]) == {c["sentence"] for c in said["claims"]}
