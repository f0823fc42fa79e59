"""Nothing about a person leaves a log (A6): made-up logs through every command and every format."""

from __future__ import annotations

import bz2
import csv
import gzip
import io
import json
import random
import string
import tempfile
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pyarrow.parquet as pq
import pytest
from matplotlib.figure import Figure
from typer.testing import CliRunner

from alprmap.cli import app
from alprmap.shipped import data_path

HEADER = (
    "ID", "Name", "Org Name", "Total Networks Searched", "Total Devices Searched", "Time Frame",
    "License Plate", "Reason", "Case #", "Filters", "Search Time", "Search Type", "Text Prompt",
    "Moderation",
)  # fmt: skip
PORTAL = ("id", "userId", "searchDate", "networkCount", "reason", "caseNumber", "offenseType")
KEEPS = {
    "Org Name": "Alderton OH PD", "Total Networks Searched": 840, "networkCount": 3,
    "Total Devices Searched": 900, "Search Time": "05/01/2026, 12:02:44 AM UTC",
    "searchDate": "2026-03-26T02:24:37.136Z", "Search Type": "lookup",
    "Time Frame": "04/30/2026, 10:16:24 PM UTC\n05/01/2026, 12:16:24 AM UTC",
}  # fmt: skip
TEXT = (
    "csv",
    "semicolon.csv",
    "tsv",
    "csv.gz",
    "csv.bz2",
    "utf-16.csv",
    "json",
    "ndjson",
    "json.gz",
)
PACKED = ("xlsx", "zip", "json.zip", "xlsx.zip")
FORMATS = (*TEXT, *PACKED)
REFUSED = ("parquet", "pdf", "html", "xml")
"""Forms that no log is read from: they are refused, and not quoted either."""


class Made:
    """A log in which every cell that may be about a person holds a token met nowhere else."""

    def __init__(self, seed: object, header: tuple[str, ...], n: int = 12) -> None:
        self.rng, self.tokens = random.Random(str(seed)), list[str]()
        self.rows = [{c: KEEPS.get(c) or self.words() for c in header} for _ in range(n)]

    def token(self) -> str:
        letters = self.rng.choices(string.ascii_uppercase, k=9)
        self.tokens.append("".join(letters))
        return self.tokens[-1]

    def words(self) -> str:
        """Free text of the kinds that stand in logs: a name, a plate, a case, a badge."""
        a, b = self.token(), self.token()
        forms = ("theft by {} {}", "{}, plate {}", "case {}-{}", "Ofc. {} badge {}", "{} {}")
        return self.rng.choice(forms).format(a.capitalize(), b)

    def write(self, folder: Path, form: str) -> Path:
        """Write the log in a format; names of sheets and members are a person's too."""
        path = folder / f"log.{form}"
        head, name = list(self.rows[0]), self.token()
        table = io.StringIO(newline="")
        mark = {"tsv": "\t", "semicolon.csv": ";"}.get(form, ",")
        writer = csv.DictWriter(table, head, lineterminator="\r\n", delimiter=mark)
        writer.writeheader()
        writer.writerows(self.rows)
        text = table.getvalue()
        records = json.dumps(self.rows)
        if form.startswith("xlsx"):
            book = openpyxl.Workbook()
            book.active.title = name
            for row in [head, *(list(r.values()) for r in self.rows)]:
                book.active.append(row)
            book.create_sheet(self.token()).append([self.words(), self.words()])
            raw = io.BytesIO()
            book.save(raw)
            content = raw.getvalue()
        elif form in REFUSED:
            content = self.refused(form)
        elif form == "ndjson":
            content = "\n".join(map(json.dumps, self.rows)).encode()
        elif form.startswith("json"):
            content = records.encode()
        else:
            content = text.encode("utf-16" if form.startswith("utf-16") else "utf-8-sig")
        if form.endswith("zip"):
            suffix = form.removesuffix("zip").strip(".") or "csv"
            with zipfile.ZipFile(path, "w") as archive:
                archive.writestr(f"{name}.{suffix}", content)
        elif form.endswith("gz"):
            path.write_bytes(gzip.compress(content))
        elif form.endswith("bz2"):
            path.write_bytes(bz2.compress(content))
        else:
            path.write_bytes(content)
        return path

    def refused(self, form: str) -> bytes:
        """Return the log in a form that no log is read from."""
        frame = pd.DataFrame(self.rows).astype(str)
        if form == "parquet":
            return frame.to_parquet()
        if form == "html":
            return f"<html><body>{frame.to_html()}</body></html>".encode()
        if form == "xml":
            rows = ("".join(f"<c>{v}</c>" for v in r.values()) for r in self.rows)
            return f"<rows>{''.join(f'<r>{r}</r>' for r in rows)}</rows>".encode()
        canvas, raw = Figure(figsize=(17, 11)), io.BytesIO()
        axes = canvas.add_subplot()
        axes.axis("off")
        axes.table(
            [list(self.rows[0]), *(list(map(str, r.values())) for r in self.rows)], loc="center"
        )
        canvas.savefig(raw, format="pdf")
        return raw.getvalue()


def commands(log: str, cameras: str) -> dict[str, list[list[str]]]:
    """Every command, given the log wherever it takes a file."""
    return {
        "demo": [],
        "start": [["start", log, "--out", "made"]],
        "init": [["init", log]],
        "build": [["build", log]],
        "read": [["read", log, "--out", "r.csv"], ["read", log, "--column", "Name=operator"]],
        "locate": [["locate", log, "--roads", log]],
        "merge": [["merge", cameras, log, "--out", "m.csv"]],
        "roads": [["roads", log, "--out", "r.parquet"]],
        "watch": [["watch", cameras, "--roads", log], ["watch", log, "--roads", log]],
        "coverage": [["coverage", log, "--roads", log], ["coverage", cameras, "--roads", log]],
        "route": [["route", "40,-83", "40.1,-83", "--roads", log, "--cameras", log]],
        "reach": [["reach", log]],
        "access": [
            ["access", log, "--shares", log, "--to", "FBI"],
            ["access", cameras, "--shares", log, "--to", "FBI", "--out", "a.csv"],
            ["access", cameras, "--agencies", log, "--kind", "federal", "--out", "b.csv"],
        ],
        "searches": [
            ["searches", log, "--out", "s.csv", "-v"],
            ["searches", log, "--out", "s.parquet", "--json", "--agency", "Alderton OH PD"],
            ["--debug", "searches", log, "--timezone", "America/Chicago"],
        ],
        "completeness": [["completeness", cameras, "--declared", log]],
        "diff": [["diff", log, cameras], ["diff", cameras, log]],
        "map": [["map", log, "--out", "m.html"]],
        "report": [["report", log], ["report", str(Path(log).parent)]],
        "doctor": [["doctor"]],
        "sighting": [["sighting", "check", log]],
    }


READERS = ("start", "read", "access", "searches")
"""Commands that take a stranger's tables in; the others open cameras and roads by doors of these."""


def said_in(folder: Path) -> str:
    """Return all that the files of a folder hold, tables as text too."""
    parts = []
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        parts.append(path.name + path.read_bytes().decode("utf-8", "replace"))
        if path.suffix == ".parquet":
            parts.append(pd.read_parquet(path).to_csv() + str(pq.read_metadata(path).metadata))
    return "\n".join(parts)


def run(args: list[str]) -> tuple[int, str]:
    done = CliRunner().invoke(app, args)
    return done.exit_code, done.output + done.stderr + repr(done.exception)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An own folder, cache and temporary folder, so that everything written is looked at."""
    work = tmp_path / "work"
    (work / "scratch").mkdir(parents=True)
    monkeypatch.chdir(work)
    monkeypatch.setenv("XDG_CACHE_HOME", str(work / "cache"))
    monkeypatch.setattr(tempfile, "tempdir", str(work / "scratch"))
    (tmp_path / "in").mkdir()
    return tmp_path


def no_token_of(made: Made, place: Path, command: str, form: str) -> None:
    log = made.write(place / "in", form)
    for args in commands(str(log), str(data_path("demo") / "cameras.geojson"))[command]:
        said = run(args)[1]
        assert "a fault of alprmap" not in said, args
        everything = (said + said_in(place / "work")).upper()
        assert [t for t in made.tokens if t in everything] == [], args


def test_A6_every_command_is_given_a_log() -> None:
    known = set(commands("log", "cameras"))
    assert known == {str(c.name or c.callback.__name__) for c in app.registered_commands} | {
        str(g.name) for g in app.registered_groups
    }


@pytest.mark.parametrize("command", [c for c in commands("", "") if c not in READERS])
def test_A6_no_command_writes_what_a_log_says(place: Path, command: str) -> None:
    no_token_of(Made(command, HEADER), place, command, "csv")


@pytest.mark.parametrize("form", [*FORMATS, *REFUSED])
@pytest.mark.parametrize("command", READERS)
def test_A6_no_format_lets_a_person_through(place: Path, command: str, form: str) -> None:
    no_token_of(Made((command, form), HEADER), place, command, form)


RECORD = (
    "from,to,since\nAlderton OH PD,Birch OH PD,2026-01-05\nBirch OH PD,Alderton OH PD,2026-01-05\n"
)
AGREEMENTS = """STATE,LAW ENFORCEMENT AGENCY,SUPPORT TYPE,SIGNED
OHIO,Alderton Police Department,Task Force Model,2026-01-05
"""


@pytest.mark.slow
def test_A6_a_build_with_cameras_record_lists_and_log_holds_no_token(place: Path) -> None:
    made = Made("build", HEADER)
    log = made.write(place / "in", "csv.gz").rename(
        place / "in" / "alderton-oh-pd-org-audit.csv.gz"
    )
    for name, text in (("shares.csv", RECORD), ("287g.csv", AGREEMENTS)):
        (place / "in" / name).write_text(text)
    spots = [[-83.000123, 40.000321], [-83.010123, 40.010321], [-83.020123, 40.020321]]
    pd.DataFrame(spots, columns=["lon", "lat"]).assign(operator="Alderton OH PD").to_csv(
        place / "in" / "cameras.csv", index=False
    )
    files = [str(place / "in" / n) for n in ("cameras.csv", "shares.csv", "287g.csv", log.name)]
    code, said = run(["start", *files, "--yes", "--out", "made"])
    assert code in (0, 3), said
    everything = (said + said_in(place / "work")).upper()
    assert [t for t in made.tokens if t in everything] == []
    claims = pd.read_csv("made/claims.csv").set_index("claim_id")
    assert claims.loc["searches", "figure"] == len(made.rows)
    report = Path("made/report.md").read_text("utf-8")
    for word in ("Searches", "287(g)", "Who searched", "from day to day"):
        assert word in report, word
    # built again, nothing is made anew; the kept parts hold no token either
    code, said = run(["build", "alprmap.toml", "--out", "made"])
    assert "nothing changed" in said or "unchanged" in said


@pytest.mark.parametrize("form", FORMATS)
def test_A6_a_log_says_the_same_in_every_format(place: Path, form: str) -> None:
    for header in (HEADER, PORTAL):
        made = Made("same", header)
        plain, other = made.write(place / "in", "csv"), made.write(place / "in", form)
        if form == "xlsx.zip":
            assert "unpack it" in run(["searches", str(other)])[1]
            continue
        said = [json.loads(run(["searches", str(p), "--json"])[1].rpartition("}")[0] + "}")
                for p in (plain, other)]  # fmt: skip
        for table in ("counts", "reasons", "organizations", "months", "hours", "networks"):
            assert said[0][table] == said[1][table], table
        assert said[1]["files"][0]["lines_of_other_sheets"] == int(form == "xlsx")


def secret_cells(made: Made, damage: str, raw: bytes) -> bytes:
    """Damage a log so that readers complain, and perhaps quote."""
    lines = raw.decode("utf-8-sig").split("\r\n")
    return {
        "no header": "\r\n".join(lines[1:]),
        "an open quote": "\r\n".join(lines).replace("theft by", '"theft "by'),
        "a row too wide": "\r\n".join([*lines[:-1], ",".join([made.words()] * 40)]),
        "only a header": lines[0],
        "cut off": "\r\n".join(lines)[: len(raw) // 2],
        "a token as header": "\r\n".join([made.words() + "," + lines[0], *lines[1:]]),
    }[damage].encode()


DAMAGES = ("no header", "an open quote", "a row too wide", "only a header", "cut off", "a token as header")  # fmt: skip


@pytest.mark.parametrize("damage", DAMAGES)
def test_A6_a_damaged_log_is_not_quoted(place: Path, damage: str) -> None:
    made = Made(damage, HEADER)
    path = made.write(place / "in", "csv")
    path.write_bytes(secret_cells(made, damage, path.read_bytes()))
    with zipfile.ZipFile(place / "in" / "log.zip", "w") as archive:
        archive.writestr(f"{made.token()}.csv", path.read_bytes())
    for file in (path, place / "in" / "log.zip"):
        said: Any = "".join(run(a)[1] for a in commands(str(file), "none")["searches"])
        everything = (said + said_in(place / "work")).upper()
        assert [t for t in made.tokens if t in everything] == []
