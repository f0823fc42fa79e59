"""One call, one result: every number of every sentence is counted again from its table (A1–A3)."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from alprmap import access
from alprmap.access.claims import access_claims
from alprmap.agencies import kind_of
from alprmap.errors import UsageError
from alprmap.shipped import data_path

NUMBER = re.compile(r"\d[\d,]*")
DATES = re.compile(r"\b\d{4}(?:-\d\d){0,2}\b")


def demo(**asked: object) -> access.Access:
    folder = data_path("demo")
    record = [folder / "agencies.csv", folder / "shares.csv"]
    return access.measure(folder / "cameras.geojson", record, **asked)  # type: ignore[arg-type]


ASKED: list[dict[str, object]] = [
    {"to": "Federal Frontier Service"},
    {"to": ["Federal Frontier Service", "Alta Mesa State Highway Patrol"]},
    {"kind": "federal"},
    {"kind": "state", "to": "Santa Vela PD", "as_of": "2025-05-31"},
    {"to": "Federal Frontier Service", "as_of": "2023-06-14"},
    {"to": "FBI"},
]


def recount(found: access.Access, body: str, sort: str, hops: int) -> list[int]:
    """The numbers a sentence may hold, from the tables of the result and the shares alone."""
    asked = found.summary["body"].unique()
    whole = body == found.target
    if whole or len(asked) == 1:
        rows = found.cameras[(found.cameras["class"] == sort) & (found.cameras["hops"] == hops)]
    else:
        alone = (
            {"kind": body.split()[1]}
            if body.startswith("a ") and body.endswith("record)")
            else {"to": body}
        )
        rows = demo(**alone, as_of=found.asked_day).cameras
        rows = rows[(rows["class"] == sort) & (rows["hops"] == hops)]
    shares = access.active_shares(found.record.shares, as_of=found.asked_day)
    ids = set(found.records[body]["to_id"])
    named = shares[shares["to_id"].isin(ids)]
    agencies = rows["agency_id"].nunique()
    return [len(rows)] + ([agencies, len(named)] if hops else [])


@pytest.mark.slow
@pytest.mark.parametrize("asked", ASKED, ids=str)
def test_A3_every_number_of_every_sentence_is_counted_again(asked: dict[str, object]) -> None:
    found = demo(**asked)
    claims = found.claims()
    days = claims["claim_id"].str.startswith("timeline-")
    assert days.sum() == 3 * found.lines["body"].nunique()
    claims = claims[~days]
    at_doors = claims["claim_id"].str.startswith("door-")
    assert at_doors.sum() <= 3 * found.summary["body"].nunique()
    claims = claims[~at_doors]
    assert len(claims) == 6 * found.summary["body"].nunique()
    for row in found.summary[found.summary["state"] == "all"].to_dict("records"):
        body, sort, hops = row["body"], row["class"], int(row["hops"])
        tail = "" if body == found.target else f"-{body}"
        (claim,) = claims[claims["claim_id"] == f"access-{sort}-{hops}{tail}"].to_dict("records")
        sentence = str(claim["sentence"])
        assert body in sentence
        assert ("(known)" in sentence) == (sort == "known")
        assert ("inferred" in sentence) == (sort == "inferred")
        assert f"as of {found.as_of}" in sentence or "without a date" in sentence
        assert {0: "(no hop)", 1: "(one hop, the front door)", 2: "(two hops)"}[hops] in sentence
        # the names of bodies and files hold numbers of their own
        bare = DATES.sub("", re.sub(r", from .*?\)", ")", sentence.replace(body, "")))
        numbers = [int(n.replace(",", "")) for n in NUMBER.findall(bare)]
        wanted = recount(found, body, sort, hops)
        wanted = [
            n for i, n in enumerate(wanted) if i < 2 or n
        ]  # "no share names it" has no number
        assert numbers == wanted, sentence
        assert claim["figure"] == claim["n"] == wanted[0]
        assert claim["data_date"] == found.as_of or claim["data_date"] is None


@pytest.mark.parametrize("asked", ASKED[:5], ids=str)
def test_A3_every_number_of_the_time_line_is_counted_again(asked: dict[str, object]) -> None:
    found = demo(**asked)
    claims = found.claims().set_index("claim_id")
    shares = found.record.shares
    assert found.lines is not None
    for body, part in found.lines.groupby("body"):
        tail = "" if body == found.lines["body"].iloc[0] else f"-{body}"
        ids = set(found.records[str(body)]["to_id"]) or set(found.each[str(body)].targets)
        for name, day in (("most", None), ("now", part["from_day"].iloc[-1])):
            claim = claims.loc[f"timeline-{name}{tail}"]
            day = day or re.findall(r"\d{4}-\d\d-\d\d", str(claim["sentence"]))[-1]
            # who lets it search on that day, from the shares alone
            stands = (shares["since"].isna() | (shares["since"] <= day)) & (
                shares["until"].isna() | (shares["until"] >= day)
            )
            named = shares[stands & shares["to_id"].isin(ids) & ~shares["from_id"].isin(ids)]
            assert claim["figure"] == named["from_id"].nunique()
            assert f"{int(claim['figure']):,} agenc" in str(claim["sentence"])
        at_most = max(part["agencies"])
        assert claims.loc[f"timeline-most{tail}", "figure"] == at_most


def test_A3_two_bodies_are_each_answered_and_both_together() -> None:
    bodies = ["Federal Frontier Service", "Alta Mesa State Highway Patrol"]
    both, alone = demo(to=bodies), [demo(to=b) for b in bodies]
    for body, one in zip(bodies, alone, strict=True):
        part = both.summary[both.summary["body"] == body].reset_index(drop=True)
        pd.testing.assert_frame_equal(part, one.summary)
    hops = [f.cameras.set_index("camera_id")["hops"] for f in alone]
    least = np.fmin(hops[0], hops[1])
    pd.testing.assert_series_equal(both.cameras.set_index("camera_id")["hops"], least)
    assert len(demo(to=bodies[::-1]).cameras.merge(both.cameras)) == len(both.cameras)
    assert demo(to=[bodies[0], bodies[0]]).target == bodies[0]


def test_A2_accuracy_is_shown_by_distance_and_by_size() -> None:
    frame = demo(kind="federal").inference
    whole = frame[frame["by"] == "all"].iloc[0]
    for by in ("distance", "size"):
        part = frame[frame["by"] == by]
        assert part["tested"].sum() == whole["tested"]
        assert part["right"].sum() == whole["right"]


def test_A2_declared_counts_carry_their_date_and_bounds() -> None:
    found = demo(kind="federal")
    told = found.record.agencies[found.record.agencies["declared_cameras"].notna()]
    assert sorted(found.declared["agency_id"]) == sorted(told["agency_id"])
    short = found.declared["declared_cameras"] - found.declared["known"]
    assert (found.declared["unmapped_at_most"] == short.clip(lower=0)).all()
    assert (found.declared["unmapped_at_least"] <= found.declared["unmapped_at_most"]).all()


def test_A1_a_result_is_saved_whole_and_nobody_asked_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="say whom"):
        demo()
    paths = demo(to="Federal Frontier Service", of=["Puente Claro PD"]).save(tmp_path / "a.csv")
    assert paths[0].name == "a.csv"
    assert tmp_path / "a.claims.csv" in paths
    claims = pd.read_csv(tmp_path / "a.claims.csv")
    rows = pd.read_csv(tmp_path / "a.csv")
    for claim in claims.to_dict("records"):
        # the filter that the claim names gives its figure from its file
        if claim["claim_id"].startswith("timeline-"):
            part = pd.read_csv(tmp_path / claim["ids_file"])
            day = claim["ids_where"].rpartition(" == ")[2]
            column = claim["definition"].split()[1]
            assert part.loc[part["from_day"] == day, column].tolist() == [claim["figure"]]
            continue
        if claim["claim_id"].startswith("door-"):
            door = claim["ids_where"].removeprefix("door == ")
            part = pd.read_csv(tmp_path / claim["ids_file"])
            part = part[part["door"] == door]
            assert (part["agency_id"].nunique(), len(part)) == (claim["figure"], claim["n"])
            continue
        sort, hops = claim["ids_where"].removeprefix("class == ").split(" and hops == ")
        assert claim["ids_file"] == "a.csv"
        assert ((rows["class"] == sort) & (rows["hops"] == int(hops))).sum() == claim["figure"]
    only = demo(of=["Puente Claro PD"])
    assert len(only.tables()["sheet"]) == 1
    assert only.claims().empty


def test_A3_claims_never_add_classes() -> None:
    summary = pd.DataFrame(
        {
            "body": "the Frontier Service", "class": ["known", "inferred", "known"],
            "hops": [1, 1, 2], "state": "all", "n": [5, 7, 9], "agencies": [1, 2, 3],
            "n_low": [5, 3, 9], "n_high": [5, 12, 9],
        }
    )  # fmt: skip
    named = pd.DataFrame({"source_record": ["a.csv#row/1"]})
    sheet = access_claims(
        summary,
        records={"the Frontier Service": named},
        as_of="2026-01-01",
        ids_file="a.csv",
        inputs={},
    )
    assert sheet["figure"].tolist() == [7, 5, 9]
    assert not {12, 14, 21} & set(sheet["figure"])
    assert all("never added up" in c for c in sheet["caveat"])
    last = sheet.set_index("claim_id").loc["access-known-2", "sentence"]
    assert last.endswith("a possibility, not a fact.")


@pytest.mark.parametrize(
    "name",
    [
        "US Secret Service", "FBI Dallas TX", "DEA Houston", "US Capitol Police", "DHS HSI",
        "Bureau of Land Management", "ICE ERO", "HSI", "CBP", "ATF Nashville TN", "USPIS",
        "[Federal] USMS (Inactive)", "Joint Base Lewis McChord",
    ],
)  # fmt: skip
def test_A1_a_federal_body_is_told_by_its_name(name: str) -> None:
    assert kind_of(name) == "federal"


@pytest.mark.parametrize(
    "name", ["Federal Way WA PD", "Federal Heights CO PD", "Marshals Office Tombstone AZ",
             "Wisconsin State Capitol Police", "Iceland Village PD", "Fort Collins PD"]
)  # fmt: skip
def test_A1_a_town_is_no_federal_body(name: str) -> None:
    assert kind_of(name) != "federal"
