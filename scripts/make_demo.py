"""Write the demo county: `python scripts/make_demo.py [DIR]` fills data/demo and the truth tables
under tests/.

Everything in it is invented. The same bytes come out of every run; `tests/build/test_demo_data.py`
checks that the files in the repository are what this script writes.
"""

from __future__ import annotations

import csv
import io
import json
import sys
from pathlib import Path

from demo import cameras, county, papers
from demo.geometry import PORT_LAT, PORT_LON, lonlat
from demo.world import World

ROOT = Path(__file__).resolve().parent.parent
STATIC = Path(__file__).resolve().parent / "demo" / "static"
"""Files written by hand and copied as they are: the agencies, who shares with whom, the project
file, a README. """


def main(demo: Path, truth: Path) -> None:
    """Write every file of the demo into `demo` and the truth tables into `truth`."""
    demo.mkdir(parents=True, exist_ok=True)
    world = county.build()
    devices = cameras.devices(world)
    world.write(demo / "roads.osm.pbf")
    _text(demo / "cameras.geojson", crowd(devices))
    _csv(demo / "records.csv", papers.record_rows())
    people = [[str(cell) for cell in row] for row in papers.population(world)]
    _csv(demo / "population.csv", [["lat", "lon", "people"], *people])
    port = ["Puente Claro (fictional)", "TX", "mexico", f"{PORT_LON}", f"{PORT_LAT}"]
    _csv(demo / "ports.csv", [["name", "state", "border", "lon", "lat"], port])
    for path in sorted(STATIC.iterdir()):
        (demo / path.name).write_bytes(path.read_bytes())
    head = ["row", "location", "direction", "city", "located_by", "device", "lon", "lat", "crowd"]
    _csv(truth / "demo_truth.csv", [head, *papers.truth_rows(devices)])
    _csv(truth / "demo_truth_views.csv", [VIEW_HEAD, *view_rows(world, devices)])


def crowd(devices: list[cameras.Device]) -> str:
    """Return the volunteers' sightings as an OSM-like export, one feature per line."""
    features = []
    for device in devices:
        for copy, number in enumerate(device.crowd):
            # a second upload of the same camera stands a hand's breadth away
            lon, lat = lonlat(device.place[0] + 0.06 * copy, device.place[1] - 0.05 * copy)
            features.append({
                "type": "Feature",
                "geometry": {"type": "Point", "coordinates": [lon, lat]},
                "properties": {"id": number, "type": "node", "tags": _tags(device)},
            })  # fmt: skip
    lines = ",\n".join(json.dumps(f, ensure_ascii=False, separators=(",", ":")) for f in features)
    head = {"type": "FeatureCollection", "generator": "alprmap demo (fictional)",
            "note": "FICTIONAL: every camera, place and agency in this file is invented"}  # fmt: skip
    return json.dumps(head)[:-1] + ', "features": [\n' + lines + "\n]}\n"


def _tags(device: cameras.Device) -> dict[str, str]:
    tags = {k: v for k, v in device.tags.items() if k not in ("copies", "lifecycle", "only")}
    life = device.tags.get("lifecycle")
    tags[f"{life}:man_made" if life else "man_made"] = "surveillance"
    tags |= {
        "surveillance:type": "ALPR",
        "camera:type": "fixed",
        "camera:mount": "pole",
        "fictional": "yes",
    }
    if device.direction is not None:
        tags[
            "camera:direction" if device.key in ("8th-main", "mm30-sb", "4th-palo") else "direction"
        ] = device.direction
    tags.setdefault("surveillance:zone", "traffic")
    if device.key in ("commerce-main", "cr214-nb"):
        tags["check_date"] = "2026-01-04"
    if device.key == "exit64-nb":
        tags["start_date"] = "2024-11"
    return dict(sorted(tags.items()))


VIEW_HEAD = [
    "device", "source_record", "lon", "lat", "direction", "heading_deg", "way_id", "road", "travel", "travel_deg",
    "watched_lon", "watched_lat",
]  # fmt: skip


def view_rows(world: World, devices: list[cameras.Device]) -> list[list[str]]:
    """Return one row per true view: where it looks, what it watches (empty where a camera watches
    no road)."""
    rows = []
    for device in devices:
        lon, lat = lonlat(*device.place)
        names = ";".join(f"node/{n}" for n in device.crowd)
        start = [device.key, names, str(lon), str(lat), device.direction or ""]
        if not device.spots:
            rows.append([*start, f"{device.looks_deg}", "", "", "", "", "", ""])
        for heading, spot in zip(device.headings(), device.spots, strict=True):
            tags = world.ways[spot.way_id][1]
            road = tags.get("name") or tags.get("ref") or tags["highway"]
            seen = lonlat(*spot.place)
            travel = [spot.travel(world), f"{spot.travel_deg():.1f}"]
            rows.append(
                [*start, str(heading), str(spot.way_id), road, *travel, str(seen[0]), str(seen[1])]
            )
    return rows


def _csv(path: Path, rows: list[list[str]]) -> None:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(rows)
    _text(path, out.getvalue())


def _text(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else None
    main(target or ROOT / "data" / "demo", target or ROOT / "tests")
