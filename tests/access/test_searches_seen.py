"""Searches meet cameras (A10): every figure is counted again from logs, shares and cameras."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from alprmap.access import Seen, Zone, measure_searches, read_shares, read_tags, searches_seen
from alprmap.cli import app
from alprmap.errors import NotFoundError, UsageError

NUMBER = re.compile(r"\d[\d,]*")
ORGS = ("Birch OH PD", "Cedar County OH SO", "Elm OH PD", "Nowhere ZZ Unit")
LISTED = "agency,state,signed\nBirch Police Department,OH,2026-03-10\nElm Police Department,OH,\n"
SHARES = """from,to,since,until
Alder TX PD,Birch OH PD,2026-01-05,
Alder TX PD,Elm OH PD,2026-01-05,2026-02-10
Fir TX PD,Birch OH PD,2026-03-01,
Fir TX PD,Cedar County OH SO,2026-01-01,
"""


def rows(seed: int, orgs: tuple[str, ...], n: int = 60) -> list[dict[str, Any]]:
    rng = np.random.default_rng(seed)
    return [
        {
            "ID": f"{seed}-{i}",
            "Org Name": orgs[rng.integers(len(orgs))],
            "Total Networks Searched": int(rng.choice([1, 7, 6_000])),
            "Reason": rng.choice(["ICE assist", "theft", "immigration", ""]),
            "Search Time": f"2026-0{rng.integers(1, 5)}-1{rng.integers(10)}T1{rng.integers(10)}:00:00Z",
        }
        for i in range(n)
    ]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("seen")
    logged, own = rows(1, ORGS), rows(2, ("Birch OH PD",))
    pd.DataFrame(logged).to_csv(folder / "alder-tx-pd-network-audit-2026.csv", index=False)
    pd.DataFrame(own).to_csv(folder / "birch-oh-pd-org-audit-2026.csv", index=False)
    (folder / "shares.csv").write_text(SHARES)
    (folder / "287g.csv").write_text(LISTED)
    lines = ["camera_id,lat,lon,operator,vendor"]
    # five near the Rio Grande, two far inland
    for i in range(7):
        who = "Alder PD" if i < 3 else "Fir PD"
        lat = 27.60123 + i * 0.01357 if i < 5 else 33.01231 + i * 0.01357
        lines.append(f"c{i},{lat},-99.41237,{who},Flock Safety")
    (folder / "cameras.csv").write_text("\n".join(lines) + "\n")
    logs = sorted(folder.glob("*audit*.csv"))
    shared = read_shares([folder / "shares.csv"])
    tags = read_tags([f"287(g)={folder / '287g.csv'}"], shared.agencies)
    found = measure_searches(logs)
    seen = searches_seen(found, folder / "cameras.csv", shared, tags=tags, zone=Zone("mexico", 100))
    return {"folder": folder, "logs": logs, "logged": logged, "own": own, "seen": seen,
            "names": shared.agencies.set_index("agency_id")["name"]}  # fmt: skip


def test_A10_each_pair_and_month_is_counted_again(made: dict[str, Any]) -> None:
    seen: Seen = made["seen"]
    names = made["names"]
    logged, own = pd.DataFrame(made["logged"]), pd.DataFrame(made["own"])
    for row in seen.seen.to_dict("records"):
        agency, who, month = names[row["agency_id"]].split()[0], row["searcher"], row["month"]
        every = [
            f[(f["Org Name"] == who) & (f["Search Time"].str[:7] == month)] for f in (logged, own)
        ]
        if row["proof"] == "in the log":
            assert agency == "Alder"
            assert row["searches"] == len(every[0])
            immigration = every[0]["Reason"].isin(["ICE assist", "immigration"])
            assert row["for_immigration"] == immigration.sum()
        else:
            wide = [int((f["Total Networks Searched"] > 1).sum()) for f in every]
            assert row["searches"] == max(wide)
            assert {("Alder", "Birch OH PD"), ("Alder", "Elm OH PD"), ("Fir", "Birch OH PD"),
                    ("Fir", "Cedar County OH SO")} >= {(agency, who)}  # fmt: skip
            assert not (who == "Elm OH PD" and month > "2026-02")
            assert not (agency == "Fir" and who == "Birch OH PD" and month < "2026-03")
        assert ("287(g)" in row["tags"]) == (
            who == "Elm OH PD" or (who == "Birch OH PD" and month >= "2026-03")
        )
    assert set(seen.seen["proof"]) == {"in the log", "on record"}
    assert seen.unnamed == 1


def test_A10_the_sentence_about_the_border_is_counted_again(made: dict[str, Any]) -> None:
    seen: Seen = made["seen"]
    claims = seen.claims()
    assert len(claims) == len(seen.zone) > 0
    inside = seen.cameras[seen.cameras["in_zone"]]
    assert len(inside) == 5
    by_id = claims.set_index("claim_id")
    for row in seen.zone.to_dict("records"):
        proof = row["proof"].split()[-1]
        claim = by_id.loc[f"zone-{row['class']}-{proof}-{row['tag'] or 'all'}-{row['month']}"]
        some = seen.seen[
            (seen.seen["proof"] == row["proof"]) & (seen.seen["month"] == row["month"])
        ]
        if row["tag"]:
            some = some[some["tags"].str.split("; ").map(lambda t, tag=row["tag"]: tag in t)]
        mine = inside[inside["class"] == row["class"]]
        some = some[some["agency_id"].isin(set(mine["agency_id"]))]
        met = mine[mine["agency_id"].isin(set(some["agency_id"]))]
        wanted = [len(mine), 100, met["agency_id"].nunique(), len(met), some["searcher"].nunique()]
        sentence = claim["sentence"].replace("287(g)", "").replace(row["month"], "")
        assert [int(n.replace(",", "")) for n in NUMBER.findall(sentence)] == wanted
        assert claim["figure"] == wanted[2]
        assert ("with a 287(g) agreement" in claim["sentence"]) == (row["tag"] == "287(g)")
        assert ("a possibility" in claim["sentence"]) == (row["proof"] == "on record")


def test_A10_a_camera_has_the_searches_of_its_agency(made: dict[str, Any]) -> None:
    seen: Seen = made["seen"]
    for row in seen.cameras.to_dict("records"):
        some = seen.seen[seen.seen["agency_id"] == row["agency_id"]]
        for proof, word in (("in the log", "in_log"), ("on record", "on_record")):
            part = some[some["proof"] == proof]
            assert row[f"searches_{word}"] == part["searches"].sum()
            assert row[f"searchers_{word}"] == part["searcher"].nunique()
    alder, fir = (next(g["camera_id"].iloc[0] for a, g in seen.cameras.groupby("agency_id")
                       if made["names"][a].startswith(w)) for w in ("Alder", "Fir"))  # fmt: skip
    one, both = seen.over([alder]), seen.over([alder, fir])
    assert set(map(tuple, both[["searcher", "month"]].to_numpy())) <= set(
        map(tuple, one[["searcher", "month"]].to_numpy())
    )
    # nobody but Birch is let in by both
    assert set(both["searcher"]) == {"Birch OH PD", "Cedar County OH SO"}
    with pytest.raises(NotFoundError, match="has the id nope"):
        seen.over(["nope"])


def test_A10_the_command_prints_and_saves_it(made: dict[str, Any], tmp_path: Path) -> None:
    folder = made["folder"]
    args = ["searches", *map(str, made["logs"]), "--cameras", str(folder / "cameras.csv"), "--shares",
            str(folder / "shares.csv"), "--tag", f"287(g)={folder / '287g.csv'}", "--zone", "mexico:100",
            "--camera", made["seen"].cameras["camera_id"].iloc[0]]  # fmt: skip
    done = CliRunner().invoke(app, [*args, "--out", str(tmp_path / "s.csv"), "--json"])
    assert done.exit_code == 0, done.stderr
    said = json.loads(done.stdout)
    claims = pd.read_csv(tmp_path / "s.seen.claims.csv")
    assert claims["sentence"].tolist() == [c["sentence"] for c in said["seen_claims"]]
    assert (tmp_path / "s.seen.cameras.csv").exists()
    for wrong, why in ((["--shares", "x"], "--cameras"), (["--cameras", "x"], "no record"), (["--zone", "moon:3"], "no border")):  # fmt: skip
        refused = CliRunner().invoke(app, ["searches", str(made["logs"][0]), *wrong])
        assert isinstance(refused.exception, UsageError)
        assert why in str(refused.exception)


def test_A10_cameras_of_no_agency_are_empty_tables_and_no_fault(tmp_path: Path) -> None:
    pd.DataFrame(rows(3, ORGS, 5)).to_csv(tmp_path / "log.csv", index=False)
    (tmp_path / "c.csv").write_text("id,lat,lon\n1,29.81523,-101.90541\n")
    (tmp_path / "shares.csv").write_text(SHARES)
    record = read_shares([tmp_path / "shares.csv"])
    found = searches_seen(measure_searches([tmp_path / "log.csv"]), tmp_path / "c.csv", record)
    assert (len(found.cameras), len(found.agencies)) == (0, 0)
    assert found.cameras["agency_id"].dtype == "str"


def test_A10_a_list_where_nothing_was_searched_is_no_fault(tmp_path: Path) -> None:
    # of no row the answers were no mask, and the command ended with a fault of its own
    files = {
        "log.csv": "Agency,Search Time,Reason,Total Networks Searched\nElsewhere PD,01/02/2026 10:00:00 AM UTC,stolen car,60\n",
        "cameras.csv": "id,lat,lon,operator\n1,29.81512,-101.90521,Claro Police Department\n",
        "shares.csv": "from,to,direction\nClaro Police Department,Federal Frontier Service,outbound\n",
        "tag.csv": "agency,state\nClaro Police Department,TX\n",
    }  # fmt: skip
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    log, cameras, shares, tag = (str(tmp_path / name) for name in files)
    done = CliRunner().invoke(
        app, ["searches", log, "--cameras", cameras, "--shares", shares, "--tag", tag, "--json"]
    )
    assert done.exit_code == 0, done.exception
    assert json.loads(done.stdout)["zone"] == []
