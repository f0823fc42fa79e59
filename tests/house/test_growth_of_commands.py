"""Every command on the shape that is worst for it: twice the input is about twice the work.

Calls and bytes are counted, not seconds: a busy machine changes nothing."""

from __future__ import annotations

import csv
import json
import math
import random
import sys
from collections.abc import Callable
from pathlib import Path

import growing
import pytest

from alprmap import merge, sources
from alprmap.cli import app, common

Words = list[str]
Point = tuple[float, float]
Shape = Callable[[Path, int], Words]
SHAPES: dict[str, tuple[Shape, int]] = {}


def shape(n: int) -> Callable[[Shape], Shape]:
    """Name the input of a command, and the least of its three sizes."""

    def named(make: Shape) -> Shape:
        SHAPES[make.__name__] = (make, n)
        return make

    return named


def cameras(path: Path, points: list[Point], agencies: int = 20) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(["id", "lat", "lon", "operator", "direction"])
        for i, (lat, lon) in enumerate(points):
            name = f"Alder{i % agencies} Police Department"
            rows.writerow([i, f"{lat:.6f}", f"{lon:.6f}", name, i * 37 % 360])


def crowd(n: int) -> list[Point]:
    """The center of a town with a little noise: all within the error of each other."""
    return [(30.3001 + (i % 100) * 1e-6, -97.70011 - (i // 100) * 1e-6) for i in range(n)]


def scattered(n: int) -> list[Point]:
    draw = random.Random(1)
    return [(28 + 4 * draw.random(), -100 + 4 * draw.random()) for _ in range(n)]


def town(n: int) -> list[Point]:
    """A crowd of n beside a few readers that count."""
    return [*crowd(n), *scattered(5)]


def roads(path: Path, nodes: dict[int, Point], ways: list[tuple[list[int], str]]) -> None:
    parts = ['<osm version="0.6">']
    parts += [f'<node id="{i}" lat="{a:.7f}" lon="{b:.7f}"/>' for i, (a, b) in nodes.items()]
    for i, (refs, name) in enumerate(ways, start=1):
        inner = "".join(f'<nd ref="{r}"/>' for r in refs)
        tags = f'<tag k="highway" v="primary"/><tag k="name" v="{name}"/>'
        parts.append(f'<way id="{i}">{inner}{tags}</way>')
    path.write_text("".join([*parts, "</osm>"]), encoding="utf-8")


def parallel(folder: Path, n: int) -> None:
    """So many roads between two junctions, all in the view of one reader."""
    nodes = {1: (30.3, -97.7), 2: (30.301, -97.7), 3: (30.302, -97.7)}
    roads(folder / "r.osm", nodes, [([1, 2, 3], f"S{i}") for i in range(n)])
    cameras(folder / "c.csv", [(30.30051, -97.70001)])


def star(folder: Path, n: int) -> None:
    """So many roads at one junction."""
    nodes = {1: (30.301, -97.7)}
    for i in range(n):
        turn = 2 * math.pi * i / n
        nodes[i + 2] = (30.301 + 0.01 * math.cos(turn), -97.7 + 0.01 * math.sin(turn))
    roads(folder / "r.osm", nodes, [([1, i + 2], f"S{i}") for i in range(n)])
    cameras(folder / "c.csv", [(30.30101, -97.70001)])


def chain(folder: Path, n: int) -> None:
    """A road with a junction every 55 m, and a reader on each piece."""
    nodes = {i: (30.3 + i * 0.0005, -97.7) for i in range(1, n + 2)}
    nodes |= {n + 10 + i: (30.3 + i * 0.0005, -97.6995) for i in range(1, n + 2)}
    ways = [([i, i + 1], "Main Street") for i in range(1, n + 1)]
    ways += [([i, n + 10 + i], "Side Street") for i in range(1, n + 2)]
    roads(folder / "r.osm", nodes, ways)
    places = [(30.3 + i * 0.0005 + 0.00025, -97.70002) for i in range(1, n + 1)]
    cameras(folder / "c.csv", places)


@shape(100)
def read_a_crowd(folder: Path, n: int) -> Words:
    cameras(folder / "c.csv", crowd(n))
    return ["read", "c.csv", "--out", "o.csv"]


@shape(100)
def read_records_of_different_keys(folder: Path, n: int) -> Words:
    records = [{"lat": 30.1 + i / 1e5, "lon": -97.2, f"k{i}": i} for i in range(n)]
    (folder / "c.json").write_text(json.dumps(records))
    return ["read", "c.json", "--out", "o.csv"]


@shape(100)
def merge_two_lists_of_a_crowd(folder: Path, n: int) -> Words:
    cameras(folder / "c.csv", town(n))
    cameras(folder / "d.csv", town(n))
    return ["merge", "c.csv", "d.csv", "--out", "o.csv"]


@shape(100)
def diff_of_a_crowd(folder: Path, n: int) -> Words:
    cameras(folder / "c.csv", town(n))
    (folder / "later").mkdir()
    cameras(folder / "later" / "c.csv", town(n + 1))
    return ["diff", "c.csv", "later/c.csv", "--out", "o.csv"]


@shape(100)
def reach_of_a_crowd(folder: Path, n: int) -> Words:
    cameras(folder / "c.csv", town(n))
    return ["reach", "c.csv", "--out", "o.csv"]


@shape(100)
def map_of_a_crowd(folder: Path, n: int) -> Words:
    cameras(folder / "c.csv", town(n))
    return ["map", "c.csv", "--out", "o.html"]


@shape(100)
def roads_of_a_star(folder: Path, n: int) -> Words:
    star(folder, n)
    return ["roads", "r.osm", "--out", "o.parquet"]


@shape(100)
def watch_of_parallel_roads(folder: Path, n: int) -> Words:
    parallel(folder, n)
    return ["watch", "c.csv", "--roads", "r.osm", "--out", "o.csv"]


@shape(50)
def route_along_a_chain_of_readers(folder: Path, n: int) -> Words:
    chain(folder, n)
    end = f"{30.3 + n * 0.0005 - 0.0001:.6f},-97.7"
    return ["route", "30.3006,-97.7", end, "--cameras", "c.csv", "--roads", "r.osm"]


@shape(5)
def merge_many_small_files(folder: Path, n: int) -> Words:
    for i in range(n):
        cameras(folder / f"l{i}.csv", [(lat + i / 100, lon) for lat, lon in scattered(5)])
    return ["merge", *(f"l{i}.csv" for i in range(n)), "--out", "o.csv"]


@shape(25)
def coverage_of_a_chain_of_readers(folder: Path, n: int) -> Words:
    chain(folder, n)
    return ["coverage", "c.csv", "--roads", "r.osm", "--out", "o"]


@shape(50)
def coverage_of_parallel_roads(folder: Path, n: int) -> Words:
    parallel(folder, n)
    return ["coverage", "c.csv", "--roads", "r.osm", "--out", "o"]


@shape(100)
def init_of_a_crowd(folder: Path, n: int) -> Words:
    cameras(folder / "c.csv", town(n))
    return ["init", "c.csv"]


@shape(10)
def init_of_many_files(folder: Path, n: int) -> Words:
    for i in range(n):
        cameras(folder / f"l{i}.csv", scattered(3))
    return ["init", "."]


@shape(50)
def start_of_a_crowd(folder: Path, n: int) -> Words:
    cameras(folder / "c.csv", [*town(n), *scattered(n)])
    return ["start", "c.csv", "--yes"]


@shape(50)
def report_of_many_agencies(folder: Path, n: int) -> Words:
    cameras(folder / "c.csv", scattered(n), agencies=n)
    (folder / "result").mkdir()
    merged = merge.merge(sources.read(folder / "c.csv").reports)
    merged.save(folder / "result" / "cameras.parquet")
    return ["report", "result", "--out", "o"]


def list_of_places(folder: Path, texts: list[str]) -> Words:
    rows = "".join(f"{i},{t}\n" for i, t in enumerate(texts))
    (folder / "l.csv").write_text("id,location\n" + rows)
    return [
        "locate",
        "--table",
        "l.csv",
        "--column",
        "location",
        "--roads",
        "r.osm",
        "--out",
        "o.csv",
    ]


@shape(50)
def locate_many_crossings_of_one_name(folder: Path, n: int) -> Words:
    chain(folder, n)
    return list_of_places(folder, ["Main Street at Side Street", "Main Street"])


@shape(50)
def locate_many_texts(folder: Path, n: int) -> Words:
    chain(folder, 10)
    return list_of_places(folder, [f"{i} Main Street at Side Street" for i in range(n)])


def shared(path: Path, pairs: list[tuple[str, str]]) -> None:
    rows = "".join(f"{a} TX PD,{b} TX PD,2026-01-01\n" for a, b in pairs)
    path.write_text("from,to,date\n" + rows, encoding="utf-8")


@shape(50)
def access_through_a_hub(folder: Path, n: int) -> Words:
    pairs = [(f"Alder{i}", "Austin") for i in range(n)]
    shared(folder / "s.csv", [*pairs, *((b, a) for a, b in pairs)])
    cameras(folder / "c.csv", scattered(50))
    return ["access", "c.csv", "--shares", "s.csv", "--to", "Austin TX PD", "--out", "o.csv"]


@shape(200)
def searches_of_many_agencies_and_reasons(folder: Path, n: int) -> Words:
    with (folder / "s.csv").open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["ID", "Org Name", "Total Networks Searched", "Reason", "Search Time"])
        for i in range(n):
            at = f"05/{1 + i // 1440 % 28:02}/2026, {1 + i // 60 % 12:02}:{i % 60:02}:00 AM UTC"
            rows.writerow(
                [f"{i:08x}-0000-4000-8000-000000000000", f"Alder{i} TX PD", i, f"r {i}", at]
            )
    return ["searches", "s.csv", "--out", "o.csv"]


@shape(100)
def completeness_of_a_crowd_and_many_declared(folder: Path, n: int) -> Words:
    cameras(folder / "c.csv", town(n))
    rows = "".join(f"Alder{i} TX PD,TX,40,2026-01-01,page\n" for i in range(n))
    (folder / "d.csv").write_text("agency,state,declared,date,source\n" + rows)
    return ["completeness", "c.csv", "--declared", "d.csv", "--out", "o.csv"]


@shape(50)
def sightings_of_a_street(folder: Path, n: int) -> Words:
    features = [
        {
            "type": "Feature",
            "geometry": {"type": "Point", "coordinates": [-97.7, 30.3 + i * 0.0002]},
            "properties": {"format": "alprmap-sighting/1", "note": "pole", "license": "CC0-1.0"},
        }
        for i in range(n)
    ]
    whole = {"type": "FeatureCollection", "features": features}
    (folder / "s.geojson").write_text(json.dumps(whole))
    return ["sighting", "check", "s.geojson"]


@pytest.mark.slow
@pytest.mark.parametrize("name", SHAPES)
def test_M2_the_work_of_a_command_grows_with_its_input(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    make, least = SHAPES[name]
    runs = iter(range(10))

    def run(n: int) -> None:
        folder = tmp_path / str(next(runs))
        folder.mkdir()
        words = make(folder, n)
        monkeypatch.chdir(folder)
        monkeypatch.setattr(sys, "argv", ["alprmap", "-q", *words])
        code = common.run(app)
        err = capsys.readouterr().err
        assert code in ((0, 1, 3) if words[0] == "sighting" else (0, 3)), err

    growing.grows_evenly(run, least)
