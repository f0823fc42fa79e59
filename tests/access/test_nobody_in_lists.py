"""A1, A5: of sharing lists and lists of agencies only organizations are told, never somebody."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from typer.testing import CliRunner

from alprmap import access
from alprmap.access.organizations import partner_name
from alprmap.cli import app
from alprmap.errors import AlprmapError

PEOPLE = (
    "Sgt. John Smith (555) 010-0199",
    "Wilbur Snickersby",
    "SNICKERSBY, WILBUR",
    "Ofc. Quixley",
    "w.snickersby@alder.example",
    "(555) 010-0199",
    "ZQX4471",
    "Quixley",
    "Ofc. Quixley OH",
    "Wilbur Snickersby (OH)",
)
TOKENS = ("Smith", "SNICKERSBY", "Quixley", "Wilbur", "0199", "ZQX4471", "alder.example")
BESIDE = {
    "Birch OH PD, Sgt. John Smith (555) 010-0199": "Birch OH PD",
    "Birch OH PD - Wilbur Snickersby": "Birch OH PD",
    "Birch OH PD <w.snickersby@alder.example>": "Birch OH PD",
    "Birch OH PD Det. Quixley 8144": "Birch OH PD",
    "Lt. Quixley - Birch OH PD": "Birch OH PD",
    "Birch OH PD c/o Wilbur Snickersby (inactive)": "Birch OH PD (inactive)",
}
BODIES = (
    "Mendocino County SO-CA", "Toluca Lake (CA)", "Acme, Inc.",
    "The Palo Alto (CA) Police Department", "University of California, Berkeley", "el-paso-co-so",
    "Grand Beach/Michiana MI PD", "U.S. Border Patrol", "Elm OH PD [DEACTIVATED]", "Lowe's",
)  # fmt: skip


@pytest.mark.parametrize("text", PEOPLE)
def test_A1_what_is_no_organization_is_no_partner(text: str) -> None:
    assert partner_name(text) == ""


@pytest.mark.parametrize("text", BESIDE)
def test_A1_of_an_organization_with_somebody_beside_it_the_organization_stays(text: str) -> None:
    assert partner_name(text) == BESIDE[text]


@pytest.mark.parametrize("text", BODIES)
def test_A1_what_only_lists_call_organizations_stays_as_written(text: str) -> None:
    assert partner_name(text) == text


def _quoted(text: str) -> str:
    return f'"{text}"'


NAMES = ["Birch OH PD", "Elm OH PD", "U.S. Border Patrol", *PEOPLE, *BESIDE]


def _book() -> bytes:
    book, out = openpyxl.Workbook(), io.BytesIO()
    for row in (["Organization Name", "Contact"], *([n, PEOPLE[0]] for n in NAMES)):
        book.active.append(row)
    book.save(out)
    return out.getvalue()


SHARES: dict[str, Callable[[], str | bytes]] = {
    "alder-oh-pd.2025-03-01.csv": lambda: "\n".join(["Organization Name", *map(_quoted, NAMES)]),
    "alder-oh-pd.2025-04-01.csv": lambda: (
        "Organization Name,State,Contact,Phone\n"
        + "".join(f'"{n}",OH,"{PEOPLE[0]}",555-010-0199\n' for n in NAMES)
    ),
    "alder-oh-pd.2025-05-01.xlsx": _book,
    "alder-oh-pd.2025-06-01.json": lambda: json.dumps(
        [{"crawled_slug": "alder-oh-pd", "archived_date": "2025-06-01", "camera_count": 9,
          "crawled_name": "Wilbur Snickersby", "sharing_outbound": NAMES}]
    ),
    "alder-oh-pd.2025-07-01.txt": lambda: (
        "Overview\nOrganizations granted access to Alder OH PD data\n" + ", ".join(NAMES[:4])
    ),
    "table.csv": lambda: "from,to,date,source,contact\n" + "".join(
        f'Alder OH PD,"{n}",2025-08-01,"told by {PEOPLE[0]}","{PEOPLE[1]}"\n'
        f'"{n}",Alder OH PD,2025-08-01,"{PEOPLE[1]}",\n' for n in NAMES
    ),
    "counts.csv": lambda: "agency,cameras,source,parent\n" + "".join(
        f'"{n}",9,"{PEOPLE[0]}","{PEOPLE[1]}"\n' for n in NAMES
    ),
    "tagged.csv": lambda: "agency,state,support type,signed,contact\n" + "".join(
        f'"{n}",OH,"{PEOPLE[0]}",2025-02-02,"{PEOPLE[1]}"\n' for n in NAMES
    ),
}  # fmt: skip


def _told(text: str) -> list[str]:
    return [t for t in TOKENS if t.casefold() in text.casefold()]


def _write(folder: Path) -> list[Path]:
    for name, made in SHARES.items():
        content = made()
        (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    return [folder / n for n in SHARES if n != "tagged.csv"]


def test_A1_no_table_of_shares_names_a_person(tmp_path: Path) -> None:
    found = access.read_shares(_write(tmp_path))
    for what in ("agencies", "shares", "changes", "switches", "declared"):
        frame: pd.DataFrame = getattr(found, what)
        assert not _told(frame.to_csv()), what
    assert not _told(json.dumps(found.counts))
    tags = access.read_tags([str(tmp_path / "tagged.csv")], found.agencies)
    assert not _told(tags.rows.to_csv() + tags.counts.to_csv())
    birch = next(i for i in found.agencies["agency_id"] if i.startswith("birch"))
    assert {"birch", "elm"} <= {i.split("-")[0] for i in found.shares["to_id"]}
    assert birch in tags.ids("287(g)")


def test_A1_what_was_left_out_is_told(tmp_path: Path) -> None:
    paths = _write(tmp_path)[:1]
    [counts] = access.read_shares(paths).counts["files"].values()
    said = json.dumps(counts)
    assert "names that are no organization's" in said
    assert "only the organization was kept" in said


@pytest.mark.parametrize("out", ["who.csv", "who.parquet"])
def test_A1_no_byte_of_access_names_a_person(tmp_path: Path, out: str) -> None:
    given = tmp_path / "in"
    given.mkdir()
    paths = _write(given)
    cameras = given / "cameras.csv"
    cameras.write_text(
        "id,latitude,longitude,operator\nc1,41.12345,-83.12345,Alder OH PD\nc2,41.23456,-83.23456,Birch OH PD\n"
    )
    args = ["access", str(cameras), "--to", "U.S. Border Patrol"]
    args += [a for p in paths for a in ("--shares", str(p))]
    args += ["--tag", str(given / "tagged.csv"), "--out", str(tmp_path / "out" / out)]
    (tmp_path / "out").mkdir()
    result = CliRunner().invoke(app, args)
    assert not _told(result.output)
    assert result.exit_code == 0, result.output
    for path in (tmp_path / "out").rglob("*"):
        if path.suffix == ".parquet":
            assert not _told(pd.read_parquet(path).to_csv()), path.name
        elif path.is_file():
            assert not _told(path.read_bytes().decode("utf-8", "replace")), path.name


@pytest.mark.parametrize(
    "text",
    [
        "from,to,direction\nAlder OH PD,Birch OH PD,Wilbur Snickersby\n",
        "from,to,date\nAlder OH PD,Birch OH PD,Wilbur Snickersby\n",
        "agency,cameras,kind\nAlder OH PD,3,Wilbur Snickersby\n",
        "agency,cameras\nAlder OH PD,Wilbur Snickersby\n",
        "Wilbur Snickersby,ZQX4471\nOfc. Quixley,x\n",
        "Organization Name\nWilbur Snickersby\n",
    ],
)
def test_A1_no_error_quotes_a_person(tmp_path: Path, text: str) -> None:
    path = tmp_path / "table.csv"
    path.write_text(text)
    try:
        found = access.read_shares([path])
    except AlprmapError as error:
        assert not _told(str(error))
    else:
        assert not _told(found.agencies.to_csv() + json.dumps(found.counts))
