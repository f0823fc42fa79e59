"""Every door × every attack: whatever file an option names, what opens it answers in rows or in one
line.

The doors are the functions that the options reach, called here in one process. A new option that
names a file, or might, is found by looking through the command line, and must be given a door."""

from __future__ import annotations

import csv
import io
import json
import os
import pathlib
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import sighting_data
from pydantic import BaseModel
from typer.main import get_command

from alprmap import access, completeness, merge, sources
from alprmap.build import project
from alprmap.cli import app, locate
from alprmap.coverage import equity, flows, sensitive_spots, traffic
from alprmap.errors import AlprmapError
from alprmap.geography import areas, polygons, population
from alprmap.merge import decisions
from alprmap.reach import network
from alprmap.roads import door as roads
from alprmap.shipped import data_path
from alprmap.sightings import files as sightings
from alprmap.sightings import photos
from alprmap.text import is_seen

MOST_S = 12.0
"""Processor time of one cell; a quiet machine takes 0.01 s."""
CAMERAS = b"id,lat,lon,operator,notes\n1,29.81512,-101.90521,Claro PD,x\n2,29.81612,-101.90621,,y\n"
SQUARE = [[-102.0, 29.0], [-101.0, 29.0], [-101.0, 30.0], [-102.0, 30.0], [-102.0, 29.0]]


def shape(*rings: Any, name: Any = "A") -> bytes:
    features = [
        {
            "type": "Feature",
            "properties": {"name": name},
            "geometry": {"type": "Polygon", "coordinates": [ring]},
        }
        for ring in rings
    ]
    return json.dumps({"type": "FeatureCollection", "features": features}).encode()


def photo(**tags: Any) -> bytes:
    """Return a small JPEG whose GPS tags are the usual ones and `tags` (by number, g2=…)."""
    from PIL import Image

    exif = Image.Exif()
    place = {1: "N", 2: (29.0, 48.0, 54.0), 3: "W", 4: (101.0, 54.0, 18.7)}
    exif[0x8825] = place | {int(k[1:]): v for k, v in tags.items()}
    out = io.BytesIO()
    Image.new("RGB", (16, 12)).save(out, "JPEG", exif=exif)
    return out.getvalue()


AGENCIES = pd.DataFrame(
    {"agency_id": ["a"], "name": ["Claro Police Department"], "state": ["TX"], "kind": ["city"],
     "spellings": ["Claro Police Department"]}
)  # fmt: skip
DEMO = {name: data_path(f"demo/{name}").read_bytes() for name in ("shares.csv", "agencies.csv")}
LOG = b"Agency,Search Time,Reason,Total Networks Searched\nClaro TX PD,01/02/2026 10:00:00 AM UTC,stolen car,60\n"
POINTS = b"geocode,lat,lon\n1,29.815,-101.9052\n2,29.825,-101.906\n"
TRIPS = b"from_lon,from_lat,to_lon,to_lat,weight\n-101.9052,29.815,-101.906,29.825,1\n"


def _codes(path: Path) -> object:
    trips = path.with_name("trips-of-codes.csv")
    trips.write_bytes(b"h_geocode,w_geocode,S000\n1,2,3\n")
    return flows.read_pairs(trips, path)


DOORS: dict[str, tuple[str, bytes, Callable[[Path], object]]] = {
    "reports": ("x.csv", CAMERAS, sources.read),
    "cameras": ("x.csv", CAMERAS, merge.open_cameras),
    "previous": ("x.parquet", b"PAR1", merge.load_merge),
    "area": ("x.geojson", shape(SQUARE), lambda p: areas.parse_area(str(p))),
    "areas": ("x.geojson", shape(SQUARE), areas.open_areas),
    "polygons": ("x.geojson", shape(SQUARE), polygons.read_polygons),
    "people": ("x.csv", b"lat,lon,people\n29.8,-101.9,210\n", population.read_population),
    "decisions": (
        "x.csv",
        b"verdict,report_id,other_id,by,why\nsame,c:1,c:2,me,because\n",
        decisions.read_decisions,
    ),
    "ports": ("x.csv", b"name,state,border,lon,lat\nClaro,TX,mexico,-101.9,29.8\n", network.open_ports),
    "agencies": ("x.csv", DEMO["agencies.csv"], lambda p: access.read_shares([p])),
    "shares": ("x.csv", DEMO["shares.csv"], lambda p: access.read_shares([p])),
    "tag": ("x.csv", b"agency,state\nClaro Police Department,TX\n",
            lambda p: access.read_tags([str(p)], AGENCIES)),
    "log": ("x.csv", LOG, lambda p: access.measure_searches([p])),
    "declared": ("x.csv", b"agency,state,declared,date\nClaro PD,TX,30,2026-01-01\n",
                 lambda p: completeness.read_declared([p])),
    "pairs": ("x.csv", TRIPS, flows.read_pairs),
    "pair points": ("x.csv", POINTS, _codes),
    "traffic": ("x.csv", b"way_id,aadt\n5,1200\n",
                lambda p: traffic.read_traffic(p, pd.DataFrame({"way_id": [5]}))),
    "hours": ("x.csv", b"hour,share\n" + b"".join(b"%d,1\n" % h for h in range(24)),
              traffic.read_hours),
    "groups": ("x.csv", b"lat,lon,total,a,b\n29.8,-101.9,100,40,60\n", equity.read_groups),
    "sensitive": ("x.csv", b"name,category,lat,lon\nClaro,clinic,29.8,-101.9\n",
                  lambda p: sensitive_spots.read_sensitive([p])),
    "table": ("x.csv", b"id,location,city\n1,3rd St & Main St,Claro\n",
              lambda p: locate.read_table(p, "location")),
    "sightings": ("x.geojson", json.dumps(sighting_data.collection(sighting_data.feature())).encode(),
                  sightings.read_sightings),
    "photo": ("x.jpg", photo(), photos.read_photo),
    "photo kept": ("x.jpg", photo(), photos.pixels_alone),
    "project": ("x.toml", b'[project]\nname = "x"\ntitle = "T"\n[[sources]]\nid = "c"\npath = "c.csv"\n',
                project.load_project),
    "roads": ("x.osm.pbf", b"", roads.read),
}  # fmt: skip
"""What opens the file that an option names: its name, one that is fine, and the function."""

FOLDERS = "a folder: tests/store/test_seals.py, tests/store/test_foreign_parts.py, tests/publish/test_packet.py"
WRITTEN = "written: tests/store/test_links.py, tests/cli/test_refusals.py"
BY_OPTION = {
    "files": "reports", "extracts": "roads", "cameras": "cameras", "old": "cameras",
    "new": "cameras", "before": "cameras", "others": "cameras", "previous": "previous",
    "logs": "log", "searches": "log", "roads": "roads", "area": "area", "areas": "areas",
    "population": "people", "places": "polygons", "pairs": "pairs", "pair_points": "pair points",
    "traffic": "traffic", "hours": "hours", "groups": "groups", "sensitive": "sensitive",
    "agencies": "agencies", "shares": "shares", "tag": "tag", "declared": "declared",
    "ports": "ports", "decisions": "decisions", "table": "table", "photos": "photo",
    "photo": "photo", "paths": "sightings", "to": "sightings", "project": "project",
    "out": WRITTEN, "png": WRITTEN, "figure": WRITTEN, "plot_out": WRITTEN,
    "keep_photos": WRITTEN, "hand_outs": WRITTEN, "repair": WRITTEN, "folder": FOLDERS, "resume": FOLDERS,
}  # fmt: skip
"""The door of each option that names a file."""
TEXTS = {
    "agency", "as_of", "at", "border", "by", "camera", "color_by",
    "column", "complete", "corridor", "crs", "date", "device", "direction", "duplicates",
    "encoding", "end", "evidence", "explain", "facing", "gap", "kind", "lang",
    "language", "licence", "listed", "manufacturer", "margin", "mount", "network", "note",
    "of", "online", "operator", "pair_weight", "photo_shows", "place", "plot", "radii", "same_ids",
    "scheduler", "source", "source_id", "start", "state", "status", "subtitle", "text",
    "timezone", "title", "to_bodies", "unit", "zone",
}  # fmt: skip
"""Options of text that name no file."""

WORDS = {"=1+1": '=HYPERLINK("http://x")', "page": "<img src=x onerror=alert(1)>",
         "terminal": "a\x1b]0;t\x07\u202eb\u2066c\r::error::d\x9b31m", "long": "x" * 131_073,
         "path": "../../../x", "person": "home of John Q. Smith (512) 555-0199"}  # fmt: skip
NUMBERS = (
    "9" * 400,
    "1e999",
    "NaN",
    "-Infinity",
    "-1",
    "0",
    "1e300",
    "9223372036854775807",
    "١",
    "",
)
RINGS: dict[str, Any] = {
    "bow": [[0, 0], [2, 2], [2, 0], [0, 2], [0, 0]],
    "world": [[-180, -90], [180, -90], [180, 90], [-180, 90], [-180, -90]],
    "antimeridian": [[170, 20], [-170, 20], [-170, 40], [170, 40], [170, 20]],
    "past it": [[170, 20], [190, 20], [190, 40], [170, 40], [170, 20]],
    "giant": [[-1e9, 0], [1e9, 0], [1e9, 1e9], [-1e9, 0]],
    "a point": [[0, 0]] * 4, "one": [[0, 0]], "none": [], "words": [["a", "b"]] * 4,
    "spike": [[-102, 29], [-101, 29], [-101, 30], [-101, 29], [-102, 29]],
    "infinite": [[float("inf"), 0], [1, 1], [1, 0], [float("inf"), 0]],
}  # fmt: skip
Attack = Callable[[Path, bytes], Any]


def _write(make: Callable[[bytes], bytes]) -> Attack:
    return lambda path, fine: path.write_bytes(make(fine))


def _each(text: str, fine: bytes) -> bytes:
    """Put `text` for each word of a table, or of a JSON."""
    if fine[:1] == b"{":
        kept = {"Feature", "FeatureCollection", "Polygon", "Point"}
        return re.sub(
            rb': "([^"]*)"',
            lambda m: m[0] if m[1].decode() in kept else b": " + json.dumps(text).encode(),
            fine,
        )
    if fine.startswith(b"[project"):
        return fine.replace(b'"T"', json.dumps(text).encode())
    out = io.StringIO()
    head, *rows = csv.reader(io.StringIO(fine.decode("latin-1")))
    table = [[text if re.search("[A-Za-z]", cell) else cell for cell in row] for row in rows]
    csv.writer(out).writerows([head, *table])
    return out.getvalue().encode()


def _heading(text: str, fine: bytes) -> bytes:
    lines = fine.split(b"\n")
    more = ("," + '"' + text.replace('"', '""') + '"').encode()
    return b"\n".join([lines[0] + more, *(line + b",1" for line in lines[1:] if line)])


def _numbers(number: str, fine: bytes) -> bytes:
    head, mark, rest = fine.partition(b"\n") if fine[:1] != b"{" else (b"", b"", fine)
    return head + mark + re.sub(rb"(?<![\w.:\"])-?\d+(\.\d+)?(?![\w.:\"-])", number.encode(), rest)


ANY: dict[str, Attack] = {
    "device": lambda p, _: p.symlink_to("/dev/zero"), "pipe": lambda p, _: os.mkfifo(p),
    "ring": lambda p, _: p.symlink_to(p.name), "folder": lambda p, _: p.mkdir(),
    "missing": lambda p, _: None, "memory": lambda p, _: p.symlink_to("/proc/self/mem"),
    "empty": _write(lambda _: b""), "blank": _write(lambda _: b"\n \n"),
    "zeros": _write(lambda _: b"\0" * 5000), "cut": _write(lambda b: b[: len(b) * 2 // 3]),
    "head": _write(lambda b: b[:7]), "one line": _write(lambda b: b.split(b"\n")[0] + b"\n"),
    "utf-16": _write(lambda b: b.decode("latin-1").encode("utf-16")),
    "not utf-8": _write(lambda b: b.replace(b"Claro", b"Cl\xe1\xed\xa0\x80\xff") + b"\xff\xfe\n"),
    "nested": _write(lambda _: b"[" * 100_000), "nested objects": _write(lambda _: b'{"a":' * 50_000),
    "a number": _write(lambda _: b"5"), "null": _write(lambda _: b"null"),
    "a text": _write(lambda _: b'"x"'), "a list": _write(lambda _: b'[{}, [], 1, "x", null]'),
    "a zip": _write(lambda _: b"PK\x03\x04" + b"\0" * 100),
    "a gzip": _write(lambda _: b"\x1f\x8b\x08" + b"\0" * 100),
    "a database": _write(lambda _: b"SQLite format 3\0" + b"\0" * 100),
    "a workbook": _write(lambda _: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600),
    "a parquet": _write(lambda _: b"PAR1" + b"\xff" * 100 + b"PAR1"),
    "a heic": _write(lambda _: b"\0\0\0\x18ftypheic" + b"\0" * 100),
}  # fmt: skip
TABLE: dict[str, Attack] = {
    "columns": _write(lambda b: b"\n".join(row + b",x" * 5_000 for row in b.split(b"\n"))),
    "ragged": _write(lambda b: b + b"1,2,3,4,5,6,7,8,9,10,11,12\n1\n,,\n"),
    "open quote": _write(lambda b: b + b'"' + b"x" * 200_000),
    "headings twice": _write(lambda b: b"\n".join(r + b"," + r for r in b.split(b"\n"))),
    "empty rows": _write(lambda b: b + b"\n,,,," * 2_000),
    **{f"heading {k}": _write(partial(_heading, v)) for k, v in WORDS.items()},
}
TEXT = {f"words {k}": _write(partial(_each, v)) for k, v in WORDS.items()}
NUMBER = {f"numbers {n[:9]}": _write(partial(_numbers, n)) for n in NUMBERS}
SHAPES: dict[str, Attack] = {
    **{f"ring {k}": _write(lambda _, ring=ring: shape(ring)) for k, ring in RINGS.items()},
    **{f"name {n!r:.12}": _write(lambda _, n=n: shape(SQUARE, SQUARE, name=n))
       for n in ({"a": [1]}, [1], 10**400, True, None, "..", "a/b", "a\0b", "CON", "\ud800")},
    "deep geometry": _write(lambda _: shape(json.loads("[" * 400 + "]" * 400))),
}  # fmt: skip
LOOP = b"Exif\0\0II*\0\x08\0\0\0\x01\0\x25\x88\x04\0\x01\0\0\0\x08\0\0\0\x08\0\0\0"
"""EXIF whose next directory, and whose GPS, is itself."""


def jpeg(exif: bytes) -> bytes:
    size = (len(exif) + 2).to_bytes(2, "big")
    return b"\xff\xd8\xff\xe1" + size + exif + photo()[2:]


PHOTOS: dict[str, Attack] = {
    "a loop": _write(lambda _: jpeg(LOOP)), "an offset": _write(lambda _: jpeg(LOOP.replace(b"\x08\0\0\0\x08", b"\xff\xff\xff\xff\x08"))),
    "many tags": _write(lambda _: jpeg(b"Exif\0\0II*\0\x08\0\0\0\xff\xff" + b"\x25\x88\x04\0\x01\0\0\0\x08\0\0\0" * 5_000)),
    "cut exif": _write(lambda _: jpeg(b"Exif\0\0II*")), "no tiff": _write(lambda _: jpeg(b"Exif\0\0\0")),
    "zeros below": _write(lambda _: photo().replace(b"\x1d\0\0\0\x01\0\0\0", b"\x1d\0\0\0\0\0\0\0").replace(b"\0\0\0\x1d\0\0\0\x01", b"\0\0\0\x1d\0\0\0\0")),
    "no letters": _write(lambda _: photo(g1="", g3="\0")), "a letter of bytes": _write(lambda _: photo(g1="\u202e")),
    "four parts": _write(lambda _: photo(g2=(1.0, 2.0, 3.0, 4.0))),
    "a day of controls": _write(lambda _: photo(g29="\x1b]0;t\x07")),
    "huge": _write(lambda b: b[:-2] + b"\xff\xc0\0\x11\x08\xff\xff\xff\xff\x03\x01\x22\0\x02\x11\x01\x03\x11\x01\xff\xd9"),
}  # fmt: skip
PROJECTS: dict[str, Attack] = {
    "nested": _write(lambda b: b + b"x = " + b"[" * 3_000 + b"]" * 3_000),
    "keys": _write(lambda b: b"a." * 3_000 + b"b = 1\n" + b),
    "digits": _write(lambda b: b"x = " + b"9" * 5_000 + b"\n" + b),
    "a date": _write(lambda b: b.replace(b'"c.csv"', b'"c.csv"\ndate = 9999-99-99')),
    "a real date": _write(lambda b: b.replace(b'"c.csv"', b'"c.csv"\ndate = 2026-01-01')),
    "numbers": _write(lambda b: b + b"[coverage]\nradii_m = [1e308, inf, nan]\n"),
    "an area": _write(lambda b: b.replace(b'"T"', b'"T"\narea = [nan, inf, 1e400, 9]')),
    "a key": _write(lambda b: b.replace(b'"T"', b'"T"\n"\\u001b]0;t\\u0007\\u202e" = 1')),
    "a heading": _write(lambda b: b + b'["\\u001b]0;\\u202e\\n::error::x"]\nx = 1\n'),
    "a path of nothing": _write(lambda b: b.replace(b"c.csv", b"\\u0000")),
    "a word": _write(lambda b: b.replace(b'"T"', b'"T"\nlanguage = "\\u001b[31m\\u202e"')),
}


def attacks(door: str) -> dict[str, Attack]:
    """Return what is tried at a door, by the sort of its file."""
    name = DOORS[door][0]
    some = dict(ANY)
    if name.endswith(".csv"):
        some |= TABLE | TEXT | NUMBER
    if name.endswith(".geojson"):
        some |= TEXT | NUMBER | SHAPES
    if name.endswith(".jpg"):
        some |= PHOTOS
    if name.endswith(".toml"):
        some |= PROJECTS | TEXT
    return some


OF_PEOPLE = {"log", "reports", "cameras", "sightings", "photo", "photo kept"}
"""Doors whose files hold words about persons: no line repeats them. Where a column takes one of a
few words, the line names the one that is none of them."""
AS_THEY_ARE = {"sightings"}
"""Doors that give what was written, since what follows judges it: `sighting check` names what is not
seen (tests/sightings)."""
BAD = re.compile(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def _texts(found: Any) -> Iterator[str]:
    """Yield the texts of what a door gives: frames, projects, tuples and tables of them."""
    if isinstance(found, str):
        yield found
    elif isinstance(found, pd.DataFrame):
        yield from map(str, found.columns)
        for at in range(found.shape[1]):
            if found.dtypes.iloc[at].kind not in "iufb":
                yield from (v for v in found.iloc[:, at].tolist() if isinstance(v, str))
    elif isinstance(found, dict):
        for key, value in found.items():
            yield from (*_texts(key), *_texts(value))
    elif isinstance(found, (list, tuple)):
        for value in found:
            yield from _texts(value)
    elif isinstance(found, BaseModel):
        yield from _texts(found.model_dump())
    elif is_dataclass(found):
        for part in fields(found):
            if part.name not in ("raw", "inputs"):
                yield from _texts(getattr(found, part.name))


@pytest.mark.skipif(os.name != "posix", reason="pipes and devices with names are of POSIX")
@pytest.mark.parametrize("door", DOORS)
def test_a_door_answers_each_attack_in_rows_or_in_one_line(door: str, tmp_path: Path) -> None:
    name, fine, opened = DOORS[door]
    wrong = []
    for n, (attack, make) in enumerate(attacks(door).items()):
        folder = tmp_path / str(n)
        folder.mkdir()
        path = folder / name
        make(path, fine)
        began, said, rows = time.process_time(), None, None
        try:
            rows = opened(path)
        except AlprmapError as error:
            said = str(error)
        except Exception as error:
            wrong.append(f"{attack}: {type(error).__name__}: {str(error)[:200]}")
        told = said is not None and door in OF_PEOPLE and "555-0199" in said
        if said is not None and (BAD.search(said) or len(said) > 700 or told):
            wrong.append(f"{attack}: said {said!r:.300}")
        elif (
            said is None
            and door not in AS_THEY_ARE
            and any(not is_seen(text) for text in _texts(rows))
        ):
            wrong.append(f"{attack}: a text is taken that drives a terminal")
        if said is None and attack in ("device", "pipe", "ring", "missing", "memory", "empty"):
            wrong.append(f"{attack}: was taken")
        if time.process_time() - began > MOST_S:
            wrong.append(f"{attack}: took {time.process_time() - began:.0f} s")
    assert not wrong, "\n".join(wrong)
    left = {p.name for p in tmp_path.rglob("*") if not p.parent.samefile(tmp_path)}
    assert left <= {name, "trips-of-codes.csv"}


@pytest.mark.parametrize("door", [d for d in DOORS if d not in ("previous", "roads")])
def test_a_file_that_is_fine_passes_its_door(door: str, tmp_path: Path) -> None:
    name, fine, opened = DOORS[door]
    (tmp_path / name).write_bytes(fine)
    opened(tmp_path / name)


def _options() -> list[tuple[str, str, str]]:
    """Return every option and argument that takes a path or a text: command, name, what it takes."""
    found = []

    def walk(command: Any, place: str) -> None:
        for name, below in getattr(command, "commands", {}).items():
            walk(below, f"{place} {name}".strip())
        for param in command.params if not hasattr(command, "commands") else []:
            takes = getattr(param.type_descriptor, "annotation", None)
            words = str(takes)
            if takes in (str, pathlib.Path) or "Path" in words or "str" in words:
                found.append((place, param.name, "path" if "Path" in words else "text"))

    walk(get_command(app), "")
    return found


def test_every_option_that_may_name_a_file_has_a_door() -> None:
    options = _options()
    assert len(options) > 150
    for command, name, takes in options:
        if takes == "path":
            assert name in BY_OPTION, f"give --{name} of {command} a door in this file"
        assert name in BY_OPTION or name in TEXTS, (
            f"say in this file whether --{name} of {command} names a file"
        )
    names = {name for _, name, _ in options}
    assert names >= set(BY_OPTION) | TEXTS, "an option of the table is none any more"
    assert set(BY_OPTION.values()) - {WRITTEN, FOLDERS} <= set(DOORS)
