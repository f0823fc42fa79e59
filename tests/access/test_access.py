"""Who can look: sharing files of every shape, names settled, classes and hops apart (A1–A3)."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from alprmap import sources
from alprmap.access import operators as camera_agencies
from alprmap.access import paths as access
from alprmap.access import shares
from alprmap.access.claims import access_claims
from alprmap.agencies.registry import AgencyList
from alprmap.errors import InputError, NotFoundError, UsageError
from alprmap.shipped import data_path
from alprmap.store import whole as store


def write(path: Path, content: object) -> Path:
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return path


@pytest.fixture
def town_record(tmp_path: Path) -> shares.Shared:
    """Laredo shares with the Border Patrol, Austin with Laredo, Waco with nobody on record."""
    portals = [
        {
            "crawled_slug": "laredo-tx-pd", "crawled_name": "Laredo TX PD", "archived_date": "2026-04-01",
            "camera_count": 10, "sharing_outbound": ["U.S. Border Patrol", "Austin TX PD"], "sharing_inbound": [],
        },
        {
            "crawled_slug": "austin-tx-pd", "crawled_name": None, "archived_date": "2026-04-02",
            "camera_count": 3, "sharing_outbound": ["Laredo PD"], "sharing_inbound": ["Waco TX PD"],
        },
        {
            "crawled_slug": "el-paso-tx-pd", "crawled_name": "El Paso TX PD", "archived_date": "2026-04-02",
            "camera_count": 0, "sharing_outbound": [], "sharing_inbound": [],
        },
    ]  # fmt: skip
    registry = [
        {
            "slug": "laredo-tx-pd", "flock_names": ["Laredo TX PD"], "display_name": None, "agency_role": "police",
            "agency_type": "city", "geo": {"kind": "place", "state": "TX", "lat": 27.5306, "lng": -99.4803},
        },
        {"slug": "t", "flock_names": ["Test"], "agency_role": "test", "agency_type": "test", "geo": None},
    ]  # fmt: skip
    return shares.read_shares(
        [write(tmp_path / "portals.json", portals), write(tmp_path / "registry.json", registry)]
    )


def cameras(*rows: tuple[str, float, float, str | None, str | None]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["camera_id", "lon", "lat", "operator", "vendor"])
    return frame.astype({"operator": "str", "vendor": "str"})


FLEET = cameras(
    ("c1", -99.48, 27.53, "Laredo Police Department", "Flock Safety"),
    ("c2", -99.49, 27.54, None, "Flock Safety"),  # in Laredo, untagged
    ("c3", -97.74, 30.27, "Austin Police Department", "Flock Safety"),
    ("c4", -97.15, 31.55, "Waco PD", "Motorola Solutions"),
    ("c5", -99.48, 27.52, None, "Genetec"),  # untagged, another maker: not inferred
    ("c6", -99.47, 27.50, "United States Border Patrol", None),
    ("c7", -99.48, 27.53, "Lowe's", "Flock Safety"),
)


def test_A2_A3_classes_and_hops_are_kept_apart(town_record: shares.Shared) -> None:
    found = access.reach_of(
        FLEET, town_record.agencies, town_record.shares, to="U.S. Border Patrol"
    )
    by_id = found.cameras.set_index("camera_id")
    assert by_id["class"].to_dict() == {
        "c1": "known", "c2": "inferred", "c3": "known", "c4": "known", "c5": "none", "c6": "known", "c7": "none",
    }  # fmt: skip
    hops = by_id["hops"].fillna(-1).astype(int)
    # Waco lets Austin in, Austin lets Laredo in, Laredo the Border Patrol: Waco would be three hops
    assert hops.to_dict() == {"c1": 1, "c2": 1, "c3": 2, "c4": -1, "c5": -1, "c6": 0, "c7": -1}
    assert by_id.loc["c3", "via_id"] == "laredo-police-department-tx"
    assert by_id.loc["c1", ["since", "source_record"]].tolist() == [
        "2026-04-01",
        "portals.json#laredo-tx-pd",
    ]
    whole = found.summary[found.summary["state"] == "all"].set_index(["class", "hops"])["n"]
    assert whole.to_dict() == {
        ("known", 0): 1, ("known", 1): 1, ("known", 2): 1,
        ("inferred", 0): 0, ("inferred", 1): 1, ("inferred", 2): 0,
    }  # fmt: skip
    assert found.counts["class"] == {"inferred": 1, "known": 4, "none": 2}


def test_declared_but_unmapped_is_per_agency_and_bounded(town_record: shares.Shared) -> None:
    found = access.reach_of(
        FLEET, town_record.agencies, town_record.shares, to="U.S. Border Patrol"
    )
    laredo = found.agencies.set_index("agency_id").loc["laredo-police-department-tx"]
    assert laredo[["declared_cameras", "known", "inferred"]].tolist() == [10, 1, 1]
    assert laredo[["unmapped_at_least", "unmapped_at_most"]].tolist() == [8, 9]


def test_inference_stops_at_what_the_agency_declares(town_record: shares.Shared) -> None:
    crowd = cameras(
        *((f"c{i:02d}", -99.48 + i / 1000, 27.53, None, "Flock Safety") for i in range(14))
    )
    run = camera_agencies.camera_operators(crowd, town_record.agencies)
    assert run["class"].value_counts().to_dict() == {"inferred": 10, "none": 4}
    assert (
        run.loc[run["class"] == "inferred", "within_m"].max()
        <= run.loc[run["class"] == "none", "within_m"].fillna(np.inf).min()
    )


def test_the_three_settings_of_the_inference(town_record: shares.Shared) -> None:
    # 3, 6 and 11 km north of the middle of Laredo
    crowd = cameras(
        *((f"c{km}", -99.4803, 27.5306 + km / 110.8, None, "Flock Safety") for km in (3, 6, 11, 15))
    )
    found = access.reach_of(
        crowd, town_record.agencies, town_record.shares, to="U.S. Border Patrol"
    )
    row = found.summary[(found.summary["class"] == "inferred") & (found.summary["hops"] == 1)].iloc[
        0
    ]
    assert row[["n_low", "n", "n_high"]].tolist() == [1, 2, 3]


def test_time_shares_on_record_as_of_a_date(town_record: shares.Shared) -> None:
    ask = {"to": "U.S. Border Patrol"}
    early = access.reach_of(
        FLEET, town_record.agencies, town_record.shares, as_of="2026-03-31", **ask
    )
    assert early.counts["records_to_target"] == 0
    assert early.cameras["hops"].max() == 0  # its own remains
    later = access.reach_of(
        FLEET, town_record.agencies, town_record.shares, as_of="2026-04-01", **ask
    )
    assert later.cameras.set_index("camera_id").loc["c1", "hops"] == 1
    ended = town_record.shares.assign(until="2026-04").astype({"until": "str"})
    assert len(access.active_shares(ended, as_of="2026-04-30")) == len(ended)
    assert len(access.active_shares(ended, as_of="2026-05-01")) == 0
    undated = town_record.shares.assign(since=None).astype({"since": "str"})
    assert len(access.active_shares(undated)) == len(undated)
    assert len(access.active_shares(undated, as_of="2026-05-01")) == 0


def test_explain_gives_every_step_its_record(town_record: shares.Shared) -> None:
    found = access.reach_of(
        FLEET, town_record.agencies, town_record.shares, to="U.S. Border Patrol"
    )
    path = access.explain_access(found, town_record.agencies, town_record.shares, "c3")
    assert path["hops"] == 2
    assert [s["to"] for s in path["paths"][0]] == ["Laredo Police Department", "U.S. Border Patrol"]
    assert all(s["source_record"] and s["since"] for s in path["paths"][0])
    assert (
        access.explain_access(found, town_record.agencies, town_record.shares, "c7")["agency_id"]
        is None
    )
    with pytest.raises(NotFoundError, match="c99"):
        access.explain_access(found, town_record.agencies, town_record.shares, "c99")


def test_a_portal_that_names_nobody_is_unknown_not_none(town_record: shares.Shared) -> None:
    run = camera_agencies.camera_operators(FLEET, town_record.agencies)
    sheet = access.access_sheet(
        run, town_record.agencies, town_record.shares, ["El Paso PD", "Laredo PD"]
    )
    assert sheet["shares_with"].fillna(-1).tolist() == [-1, 2]
    assert np.isnan(sheet.loc[0, "declared_cameras"])  # a 0 on a portal is no count
    assert (
        town_record.counts["files"]["portals.json"]["notes"][
            "portals that name nobody under sharing_outbound"
        ]
        == 1
    )
    assert town_record.counts["files"]["registry.json"]["left_out"] == {"a test account": 1}


def test_whom_must_be_clear(town_record: shares.Shared) -> None:
    with pytest.raises(UsageError, match="whom"):
        access.access_targets(town_record.agencies)
    with pytest.raises(NotFoundError, match="Zzyzx"):
        access.access_targets(town_record.agencies, to="Zzyzx Burger Palace")
    # a federal body that no record names is an answer, not an error
    assert access.access_targets(town_record.agencies, to="FBI") == []
    assert access.access_targets(town_record.agencies, kind="federal") == ["u-s-border-patrol"]


def test_names_settle_the_same_in_any_order() -> None:
    spelled = [
        "Laredo TX PD",
        "Laredo ISD PD",
        "Lakewood WA PD",
        "Lakewood OH PD",
        "Lakewood PD",
        "LAREDO PD",
    ]
    ids = []
    for order in (spelled, spelled[::-1]):
        known = AgencyList()
        for name in order:
            known.mention(name)
        known.close()
        ids.append({n: known.id_of(n) for n in spelled})
    assert ids[0] == ids[1]
    assert ids[0]["LAREDO PD"] == ids[0]["Laredo TX PD"] != ids[0]["Laredo ISD PD"]
    assert (
        len({ids[0][n] for n in spelled if n.startswith("Lakewood")}) == 3
    )  # the stateless one is neither


def test_plain_tables_and_dates(tmp_path: Path) -> None:
    access_table = write(
        tmp_path / "agency-access-2024-04-26.csv",
        "src_agency,external_agency,src_agency_id,external_agency_id\n"
        + "Sylvania OH PD,FBI,1,2\n" * 2,
    )
    two = write(tmp_path / "list.csv", "from,to\nWaco TX PD,FBI\n,FBI\nWaco TX PD,Waco PD\n")
    counts = write(tmp_path / "counts.csv", "name,state,declared_cameras\nWaco PD,TX,12\n")
    found = shares.read_shares([access_table, two, counts])
    # the row that stands twice is one share, said twice
    assert found.shares["since"].fillna("-").tolist() == ["2024-04-26", "-"]
    assert found.counts["shares_said_twice"] == 1
    assert found.shares["source_record"].tolist()[0] == "agency-access-2024-04-26.csv#row/1"
    assert found.counts["shares_undated"] == 1
    assert found.counts["shares_with_itself"] == 1
    assert found.counts["files"]["list.csv"]["left_out"] == {"a row without both names": 1}
    assert (
        found.agencies.set_index("agency_id").loc["waco-police-department-tx", "declared_cameras"]
        == 12
    )
    dated = shares.read_shares([two], dates={"list.csv": "2025-06"})
    assert dated.shares["since"].tolist() == ["2025-06"]


def test_names_are_one_clean_line_and_rows_are_what_csv_says(tmp_path: Path) -> None:
    path = tmp_path / "shares.csv"
    path.write_text(
        'from,to\n"Alpha\nPD","Beta\u2028 PD"\n\u202eGamma PD,Alpha PD\n\u200b,Beta PD\n', "utf-8"
    )
    found = shares.read_shares([path])
    assert sorted(found.agencies["name"]) == [
        f"{town} Police Department" for town in ("Alpha", "Beta", "Gamma")
    ]
    assert len(found.shares) == 2
    told = found.counts["files"][path.name]
    assert told["left_out"] == {"a row without both names": 1}
    assert told["notes"] == {"invisible characters removed": 3}


def test_our_own_tables_come_back_as_they_were(town_record: shares.Shared, tmp_path: Path) -> None:
    paths = [tmp_path / "agencies.parquet", tmp_path / "shares.parquet"]
    for path, frame in zip(paths, (town_record.agencies, town_record.shares), strict=True):
        store.write_table(frame.drop(columns=["lon", "lat"], errors="ignore"), path)
    again = shares.read_shares(paths)
    assert again.agencies["agency_id"].tolist() == town_record.agencies["agency_id"].tolist()
    assert again.agencies["declared_cameras"].equals(town_record.agencies["declared_cameras"])
    pd.testing.assert_frame_equal(again.shares, town_record.shares)
    # the tables in the other order say the same
    pd.testing.assert_frame_equal(shares.read_shares(paths[::-1]).shares, again.shares)


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("a.json", "{", "not readable JSON"),
        ("a.json", "[" * 100_000, "not readable JSON"),
        ("a.json", '{"some": "thing"}', "known shape"),
        ("a.csv", "a,b\n1,2\n", "who shares with whom"),
        ("a.csv", "from,to\n", "no shares"),
        ("a.csv", "from,to,direction\nA,B,sideways\n", "write outbound or inbound"),
        ("a.csv", "name,declared_cameras\nWaco PD,many\n", "no number"),
        ("a.csv", "name,kind,declared_cameras\nWaco PD,spies,3\n", "one of federal, state"),
    ],
)
def test_files_that_are_no_sharing_record_are_refused(
    tmp_path: Path, name: str, content: str, says: str
) -> None:
    with pytest.raises(InputError, match=says):
        shares.read_shares([write(tmp_path / name, content)])


@pytest.mark.slow
def test_san_diego_chula_vista_el_cajon_as_read_by_eye(shared: Path) -> None:
    """Literal numbers of the three portal pages in the file, and of the map, counted by hand."""
    found = shares.read_shares([shared / "records/flock-portals-ca-2026-04.json"])
    reports = sources.read(shared / "cameras/us-2026-01.json.gz").reports
    tagged = reports.assign(camera_id=reports["source_record"])
    run = camera_agencies.camera_operators(
        tagged, found.agencies, state=pd.Series("CA", index=tagged.index)
    )
    of = ["San Diego CA PD", "Chula Vista CA PD", "El Cajon CA PD"]
    sheet = access.access_sheet(run, found.agencies, found.shares, of).set_index("name")
    # the portal pages of 20, 26 and 29 April 2026 declare 500, 150 and 102 readers
    assert sheet["declared_cameras"].tolist() == [500, 150, 102]
    assert sheet["declared_on"].tolist() == ["2026-04-20", "2026-04-26", "2026-04-29"]
    # operator "San Diego Police Department" 497 times, "Chula Vista Police Department" 29; El Cajon
    # is only tagged "City of El Cajon", 15 times, which is an inference
    assert sheet["known"].tolist()[1:] == [29, 0]
    assert 497 <= sheet["known"].iloc[0] <= 499  # two misspellings more
    assert (
        run["why"].eq("the city's own police")
        & run["agency_id"].eq("el-cajon-police-department-ca")
    ).sum() == 15
    # San Diego's page names nobody; Chula Vista names 313; El Cajon's 683 names are 682 bodies: the
    # Arizona Department of Public Safety stands there twice, once "[Inactive]"
    assert np.isnan(sheet["shares_with"].iloc[0])
    assert sheet["shares_with"].tolist()[1:] == [313, 682]
    rows = json.loads((shared / "records/flock-portals-ca-2026-04.json").read_text("utf-8"))
    listed = {r["_slug"]: len(r["sharing_outbound"]) for r in rows}
    assert [listed[s] for s in ("san-diego-ca-pd", "chula-vista-ca-pd", "-el-cajon-pd-ca")] == [
        0,
        313,
        683,
    ]


@pytest.mark.slow
def test_federal_access_in_the_real_record(shared: Path) -> None:
    names = ("flock-portals-ca-2026-04.json", "agency-registry-2026-04.json",
             "sharing-network-agencies-2026-04.geojson", "agency-access-2024-04-26.csv")  # fmt: skip
    found = shares.read_shares([shared / "records" / n for n in names])
    left_out = sum(
        told["notes"].get(
            "names that are no organization's: a person's, or one that no table knows", 0
        )
        for told in found.counts["files"].values()
        if told["shares"]
    )
    # of 37,099: a person, three demonstrations, an account's letters, a unit of a park
    assert found.counts["files"]["agency-access-2024-04-26.csv"]["shares"] == 37_093
    # every record is accounted for: those of one unbroken stay make one share
    pieces = sum(
        told["notes"].get("pieces of a name with a comma put together", 0)
        for told in found.counts["files"].values()
    )
    assert found.counts["records"] + pieces + left_out == 45_113 + 37_099
    assert left_out + pieces + int(found.shares["n_records"].sum()) + found.counts[
        "shares_with_itself"
    ] + found.counts["shares_said_twice"] == (45_113 + 37_099)
    federal = found.agencies[found.agencies["kind"] == "federal"]
    assert {"u-s-postal-inspection-service", "federal-bureau-of-investigation"} <= set(
        federal["agency_id"]
    )
    # no record names the Border Patrol or Customs: its own tagged cameras are all that can be said
    raw = json.loads(gzip.decompress((shared / "cameras/us-2026-01.json.gz").read_bytes()))
    fleet = pd.DataFrame({
        "camera_id": [f"{r['osmType']}/{r['osmId']}" for r in raw], "lon": [r["lon"] for r in raw],
        "lat": [r["lat"] for r in raw], "operator": pd.Series([r.get("operator") for r in raw], dtype="str"),
        "vendor": pd.Series([r.get("brand") for r in raw], dtype="str"),
    })  # fmt: skip
    border = access.reach_of(fleet, found.agencies, found.shares, to="U.S. Border Patrol")
    assert border.counts["records_to_target"] == 0
    assert border.cameras["hops"].value_counts().to_dict() == {0.0: 4}
    postal = access.reach_of(fleet, found.agencies, found.shares, to="US Postal Inspection Service")
    # 110 rows of the table of 26 April 2024 name it; 16 were dropped from newer lists of the giver
    assert postal.counts["records_to_target"] == 94
    then = access.active_shares(found.shares, as_of="2024-04-26")
    assert then["to_id"].isin(postal.targets).sum() == 110
    assert postal.counts["inference"]["right"] / postal.counts["inference"]["tested"] > 0.65


def test_a_share_that_has_ended_is_no_access_today() -> None:
    demo = data_path("demo")
    read = shares.read_shares([demo / "agencies.csv", demo / "shares.csv"])
    federal, puente = "federal-frontier-service", "puente-claro-police-department-tx"
    # docs/demo.md: in one hop until 2025-05-31, since then in two
    for day, hops in ((None, 2), ("2025-05-31", 1), ("2025-06-01", 2), ("2026-01-10", 2)):
        found = access.hops(access.active_shares(read.shares, as_of=day), [federal])
        assert found.loc[puente, "hops"] == hops, day
    # an end that lies after everything the record knows of is still to come
    later = read.shares.assign(
        until=read.shares["until"].where(read.shares["until"].isna(), "2027")
    )
    assert len(access.active_shares(later)) == len(later)
    sheet = access.access_sheet(
        camera_agencies.camera_operators(FLEET, read.agencies), read.agencies, read.shares, [puente]
    ).iloc[0]
    assert (sheet["shares_with"], sheet["shares_with_ever"]) == (1, 3)


def test_A1_a_body_of_a_kind_that_no_record_names_runs_its_own(
    town_record: shares.Shared,
) -> None:
    nobody = town_record.shares.iloc[:0]
    known = town_record.agencies[town_record.agencies["kind"] != "federal"]
    found = access.reach_of(FLEET, known, nobody, kind="federal")
    own = found.summary.query("`class` == 'known' and hops == 0 and state == 'all'")["n"].item()
    assert own == (found.cameras["hops"] == 0).sum() == 1


def test_A_one_camera_is_run_and_several_are() -> None:
    for n, said in (
        (1, "1 mapped camera whose operator is tagged (known) is run by"),
        (2, "are run by"),
    ):
        row = {"state": "all", "class": "known", "hops": 1, "body": "ICE", "agencies": 1,
               "n": n, "n_low": n, "n_high": n}  # fmt: skip
        table = access_claims(
            pd.DataFrame([row]),
            records={"ICE": pd.DataFrame({"source_record": ["a.csv#row/1"]})},
            as_of=None,
            ids_file="cameras.csv",
            inputs={},
        )
        assert said in table["sentence"].iloc[0]
