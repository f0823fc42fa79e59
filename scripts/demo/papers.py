"""The invented papers: the response to a public-records request, population, and what each row
means."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

from .cameras import Device, Sites
from .county import mi
from .geometry import Point, beside, lonlat
from .world import World

RECORDS_HEADER = ["No.", "Location", "Direction", "City", "Agency", "Vendor", "Date Installed", "Device Serial",
                  "Installed By", "Comments"]  # fmt: skip
RECORDS_TITLE = [
    "RIO CLARO COUNTY (FICTIONAL) - RESPONSE TO PUBLIC INFORMATION REQUEST 25-0131",
    "Fixed license plate reader locations as of 11/30/2025; invented for the alprmap demo",
]


@dataclass(frozen=True)
class Paper:
    """One row of the response and what it truly means."""

    location: str
    direction: str
    city: str
    agency: str
    vendor: str
    installed: str
    device: str
    located_by: str
    comments: str

    @property
    def numbered(self) -> bool:
        """A note between the rows has no number of its own."""
        return bool(self.agency)


def records() -> list[Paper]:
    """Return the rows of the response with their meaning, from `records.csv` beside this file."""
    with (Path(__file__).parent / "records.csv").open(encoding="utf-8", newline="") as file:
        return [Paper(**row) for row in csv.DictReader(file)]


def record_rows() -> list[list[str]]:
    """Return the cells of the response, titles and header included."""
    empty = [""] * (len(RECORDS_HEADER) - 1)
    rows = [*([t, *empty] for t in RECORDS_TITLE), ["", *empty], RECORDS_HEADER]
    number = 0
    for paper in records():
        number += paper.numbered
        serial = f"FKT-{4400 + 7 * number:05d}" if paper.numbered else ""
        cells = [
            paper.location,
            paper.direction,
            paper.city,
            paper.agency,
            paper.vendor,
            paper.installed,
        ]
        head, by = (str(number), "J. Example") if paper.numbered else ("", "")
        rows.append([head, *cells, serial, by, paper.comments])
    return rows


def population(world: World) -> list[tuple[float, float, int]]:
    """Return (lat, lon, people) of invented census places: blocks of the towns, ranches, the open
    country."""
    line = Sites(world).line
    found: list[tuple[Point, int]] = []
    for i, u in enumerate((230, 440, 660, 840)):
        found += [
            (line.at(v, u), 210 + 17 * ((3 * i + k) % 7))
            for k, v in enumerate((1560, 1880, 2230, 2640))
        ]
    found.append((line.at(mi(1), -370), 168))
    for i, u in enumerate((-1610, -1380, -1130, -860, -680)):
        found += [
            (line.at(mi(64.1) + v, u), 385 + 23 * ((2 * i + k) % 9))
            for k, v in enumerate((-430, -150, 120, 370, 560))
        ]
    found += [(line.at(mi(106.3) + v, u), n) for v, u, n in ((70, 500, 131), (-60, 610, 109))]
    ranches = [
        (6, 3, 22), (13, -12, 9), (18, 2, 41), (24, -6, 12), (29, 19, 33), (36, -16, 8), (41, 5, 27),
        (47, -14, 16), (54, 25, 38), (59, -6, 64), (64, 6, 120), (68, -20, 18), (72, -41, 7), (76, 8, 11),
        (87, -7, 26), (95, 2, 6), (106, -12, 15), (119, 9, 8), (131, -8, 13), (140, 3, 5), (149.5, 4, 44),
    ]  # fmt: skip
    found += [
        (beside(line.at(mi(m)), line.bearing(mi(m)), km * 1000), people)
        for m, km, people in ranches
    ]
    out = []
    for place, people in found:
        lon, lat = lonlat(*place)
        out.append((round(lat, 5), round(lon, 5), people))
    return out


def truth_rows(found: list[Device]) -> list[list[str]]:
    """Return, for each row of the response, the device it means and where that truly stands."""
    by_key = {d.key: d for d in found}
    rows = []
    for number, paper in enumerate(records(), start=1):
        device = by_key.get(paper.device)
        lon, lat = lonlat(*device.place) if device else ("", "")
        crowd = ";".join(f"node/{n}" for n in device.crowd) if device else ""
        head = [str(number), paper.location, paper.direction, paper.city]
        rows.append([*head, paper.located_by, paper.device, str(lon), str(lat), crowd])
    return rows
