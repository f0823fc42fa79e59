"""S14 with sixty made-up rows (`people.csv`: homes, owners, telephones, plates, badges, dates of
birth, in English and Spanish, in every order): none of their words in anything that is published,
while roads, bodies and towns keep their names."""

from __future__ import annotations

import csv
import gzip
import json
from collections.abc import Callable
from pathlib import Path
from xml.sax.saxutils import escape

import pandas as pd
import pytest
from test_private import _told as told_of

from alprmap import sources
from alprmap.personal import label, without_personal
from alprmap.roadname import reads_as_road
from alprmap.sources.fields.bodies import body_in

with (Path(__file__).parent / "people.csv").open(newline="", encoding="utf-8") as _file:
    ROWS = list(csv.DictReader(_file))
TOKENS = tuple(sorted({w for r in ROWS for w in r["words"].split("|") if len(w) > 4}))
ROADS = (
    "Martin Luther King Blvd", "John Glenn Ave", "Cesar Chavez St", "St. Mary's Rd", "US 83", "I-35", "FM 1472",
    "Dr. Martin Luther King Jr Way", "Harriet Tubman Hwy", "Susan B Anthony Dr", "Chief Joseph Hwy", "N 3rd St",
    "Calle Roble", "Avenida Cesar Chavez", "El Camino Real", "County Road 12", "Avenue K", "Broadway", "W Oak",
    "Sgt. York Memorial Pkwy", "O'Donnell Ln", "ORE217",
)  # fmt: skip
BODIES = (
    "St. Mary's County Sheriff's Office", "Martin County Sheriff's Office", "Ann Arbor Police Department",
    "Prince George's County Police Department", "Anne Arundel County Police Department", "O'Fallon (MO) PD",
    "John Jay College Department of Public Safety", "Port Authority of New York and New Jersey", "Kyle, TX PD",
    "Texas Department of Public Safety", "Alamogordo, City of", "Boerne TX, City of", "Lake Wildwood Association",
    "Red Roof Inn Detroit - Royal Oak/Madison Heights", "Spokane County Sherrif", "City of Houston - North Precinct",
    "Carmel/Putnam County Sheriff", "Baylor Scott & White Health", "JCPD", "Culver City", "Dublin GA", "PD1",
    "Alder TX PD", "Philadelphia Police Department [Inactive]", "University of Texas at Austin", "Home Depot",
    "Lowe's (retailer)", "Home Depot (hardware retailer)", "LT Security Incorporated", "Alder Bank (security company)",
)  # fmt: skip
Writer = Callable[[Path, list[dict[str, str]]], None]


def _rows() -> list[dict[str, str]]:
    kept = [
        {"location": f"{r} at Elm St", "agency": b} for r, b in zip(ROADS, BODIES, strict=False)
    ]
    every = [
        {k: r.get(k, "") for k in ("location", "notes", "direction", "agency")}
        for r in [*ROWS, *kept]
    ]
    return [
        r | {"id": f"k{i}", "lat": f"{41.012345 + i / 200:.6f}", "lon": "-84.01234"}
        for i, r in enumerate(every)
    ]


def table(path: Path, rows: list[dict[str, str]]) -> None:
    frame = pd.DataFrame(rows)
    frame.to_csv(path, index=False) if path.suffix == ".csv" else frame.to_excel(path, index=False)


def geojson(path: Path, rows: list[dict[str, str]]) -> None:
    shapes = [
        {"type": "Feature", "properties": {k: v for k, v in r.items() if k not in ("lat", "lon")},
         "geometry": {"type": "Point", "coordinates": [float(r["lon"]), float(r["lat"])]}}
        for r in rows
    ]  # fmt: skip
    path.write_text(json.dumps({"type": "FeatureCollection", "features": shapes}), "utf-8")


def kml(path: Path, rows: list[dict[str, str]]) -> None:
    def data(row: dict[str, str]) -> str:
        pairs = [(k, escape(row[k])) for k in ("agency", "direction", "id")]
        return "".join(f'<Data name="{k}"><value>{v}</value></Data>' for k, v in pairs)

    marks = "".join(
        f"<Placemark><name>{escape(r['location'])}</name><description>{escape(r['notes'])}"
        f"</description><ExtendedData>{data(r)}</ExtendedData><Point><coordinates>{r['lon']},"
        f"{r['lat']}</coordinates></Point></Placemark>"
        for r in rows
    )
    head = '<kml xmlns="http://www.opengis.net/kml/2.2"><Document>'
    path.write_text(f"{head}{marks}</Document></kml>", encoding="utf-8")


def osm(path: Path, rows: list[dict[str, str]]) -> None:
    quote = {'"': "&quot;", "\n": "&#10;"}
    nodes = []
    for i, r in enumerate(rows, start=1):
        tags = {"man_made": "surveillance", "surveillance:type": "ALPR", "note": r["notes"],
                "description": r["location"], "name": r["location"], "operator": r["agency"],
                "direction": r["direction"]}  # fmt: skip
        inner = "".join(f'<tag k="{k}" v="{escape(v, quote)}"/>' for k, v in tags.items() if v)
        nodes.append(f'<node id="{i}" lat="{r["lat"]}" lon="{r["lon"]}">{inner}</node>')
    path.write_text(f'<osm version="0.6">{"".join(nodes)}</osm>', encoding="utf-8")


WRITERS: dict[str, Writer] = {
    "list.csv": table,
    "list.xlsx": table,
    "list.geojson": geojson,
    "list.kml": kml,
    "list.osm": osm,
}


@pytest.mark.parametrize("name", WRITERS)
def test_S14_nothing_that_is_published_names_any_of_sixty_persons(
    name: str, tmp_path: Path, alprmap_here: Callable[..., tuple[int, str, str]]
) -> None:
    WRITERS[name](tmp_path / name, _rows())
    out = tmp_path / "out"
    out.mkdir()
    for words in (
        ["merge", tmp_path / name, "--out", out / "cameras.parquet"],
        ["merge", tmp_path / name, "--out", out / "cameras.csv"],
        ["map", tmp_path / name, "--out", out / "map.html"],
    ):
        code, said, err = alprmap_here(*words)
        assert code in (0, 3), err
        assert not [t for t in TOKENS if t in said + err]
    told = {p.name: told_of(p, TOKENS) for p in out.iterdir() if p.is_file()}
    assert {n: t for n, t in told.items() if t} == {}
    whole = pd.read_parquet(out / "cameras.reports.parquet").to_csv()
    assert [b for b in ("Ann Arbor Police Department", "St. Mary's County") if b not in whole] == []
    if name != "list.osm":
        assert [r for r in ROADS[:6] if r not in whole] == []


@pytest.mark.parametrize("road", ROADS)
def test_S14_roads_named_after_persons_are_roads(road: str) -> None:
    assert reads_as_road(road)
    assert reads_as_road(road.upper())


@pytest.mark.parametrize(
    "text",
    [
        "Quillfeather", "tenant P. Quillfeather", "Ann's garage", "snickersby's place", "Mayor Bartholomule's street",
        "daughter of Ottoline Grumbley Oak St", "VIN 1HGCM82633A004352", "qbx77", "330", "44 9982", "", "Mrs Doe",
        "YEVGENIA & OAK ST", "propietario: Urruzmendi", "@snickersby_k", "DOB 03", "facebook.com/x st", "Unit 77121",
    ],
)  # fmt: skip
def test_S14_what_stands_between_two_separators_is_no_road(text: str) -> None:
    assert not reads_as_road(text)


@pytest.mark.parametrize("body", BODIES)
def test_S14_the_names_of_bodies_stay_whole(body: str) -> None:
    assert without_personal(body_in(body), of="beside") == (body, ())


def test_S14_no_body_of_the_national_map_is_taken_for_a_person(shared: Path) -> None:
    rows = json.loads(gzip.decompress((shared / "cameras" / "us-2026-01.json.gz").read_bytes()))
    told = {row.get(key) for row in rows for key in ("operator", "manufacturer")}
    bodies = sorted(t for t in told if t and "@" not in t)
    assert len(bodies) > 1_000
    taken = [b for b in bodies if without_personal(body_in(b), of="beside")[1]]
    assert taken == []


def test_S14_an_operator_is_a_body_in_every_row() -> None:
    reports = sources.read(pd.DataFrame(_rows())).reports
    text = reports[["operator", "operator_raw"]].to_csv()
    assert [t for t in TOKENS if t in text] == []


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Yevgeniy_Brattlestone", None), ("kathlyn-brattlestone", "[name]"), ("us-2026-01", "us-2026-01"),
        ("Columbus Ohio Cameras", "Columbus Ohio Cameras"), ("Austin Readers", "Austin Readers"), ("Sheet1", "Sheet1"),
        ("Kathlyn Brattlestone", "[name]"), ("Rosalva_Urruzmendi", "[name]"), ("Alder County", "Alder County"),
    ],
)  # fmt: skip
def test_S14_a_name_of_the_census_is_no_name_of_a_file(text: str, shown: str | None) -> None:
    if shown is not None:
        assert label(text) == shown
