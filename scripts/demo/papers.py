"""The invented papers: the response to a public-records request, agencies, sharing records, population."""

from __future__ import annotations

from dataclasses import dataclass

from .cameras import Device, Sites
from .county import mi
from .geometry import Point, beside, lonlat
from .world import World

PC, SV = "Puente Claro", "Santa Vela"
PCPD, SVPD, SO = "Puente Claro PD", "Santa Vela PD", "Rio Claro Co SO"
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
    device: str | None
    kind: str
    comments: str = ""
    numbered: bool = True


RECORDS = [
    Paper("3rd St & Main St", "E/B", PC, PCPD, "Flock Safety", "03/11/2024", "3rd-main-e", "crossing"),
    Paper("W/B 3rd St/Main St", "", PC, PCPD, "Flock Safety", "03/11/2024", "3rd-main-w", "crossing"),
    Paper(
        "Main Street at 8th",
        "N/B and S/B",
        PC,
        PCPD,
        "Flock Group Inc",
        "3/12/2024",
        "8th-main",
        "crossing",
        "two heads",
    ),
    Paper("Saddle Ln @ 3rd St W/B", "", PC, PCPD, "Flock Safety", "03/12/2024", "3rd-saddle", "crossing"),
    Paper("N/B I-31 Frontage Rd at 6th St", "", PC, PCPD, "FLOCK", "06/02/2024", "front-nb-6th", "crossing"),
    Paper("6th St\u200b and Agave St", "WB", PC, PCPD, "Flock Safety", "06/02/2024", "6th-agave", "crossing"),
    Paper("Guadelupe St & 4th St", "NB", PC, PCPD, "Flock Safety", "2025-02-20", "4th-guadalupe", "crossing"),
    Paper(
        "** Main St & 5th St decommissioned 08/15/2025, pole struck **",
        "",
        "",
        "",
        "",
        "",
        "5th-main-gone",
        "crossing",
        numbered=False,
    ),
    Paper("I-31 N/B MM 12.2", "", "", SO, "Flock Safety", "09/30/2023", "i31-nb-mm12", "milepost"),
    Paper("FM 5210 at Pozo Hondo Rd", "W/B", "", SO, "Flock Safety", "09/30/2023", "5210-pozo", "crossing"),
    Paper(
        "IH 31 at CR 214 (bridge)",
        "N/B",
        "",
        SO,
        "Flock Safety",
        "10/02/2023",
        "cr214-nb",
        "crossing",
        "on overpass",
    ),
    Paper(
        "IH 31 at CR 214 (bridge)",
        "S/B",
        "",
        SO,
        "Flock Safety",
        "10/02/2023",
        "cr214-sb",
        "crossing",
        "on overpass",
    ),
    Paper("I-31 @ MM 36", "NB", "", SO, "Flock Safety", "10/02/2023", "mm36-nb", "milepost"),
    Paper("14 N/B I-31 Offramp to RM 5310", "", "", SO, "Flock Safety", "10/09/2023", "exit41-ramp", "ramp"),
    Paper("RM 5310 & TX-903", "E/B", "", SO, "Flock Safety", "10/09/2023", "5310-903", "crossing"),
    Paper("Hwy 903 at Arroyo Seco Bridge", "NB", "", SO, "Flock Safety", "", "arroyo-903", "crossing"),
    Paper("500 BLK OF MAIN ST", "N/S", SV, SVPD, "Flock Safety", "01/15/2025", "main-500", "block"),
    Paper("Commerce Av at Main St", "E/B", SV, SVPD, "Flock Safety", "01/15/2025", "commerce-main", "crossing"),
    Paper("W/B Mission Ave & Main St", "", SV, SVPD, "Flock Safety", "01/15/2025", "mission-main", "crossing"),
    Paper("3rd Av/St Anne St", "E/B", SV, SVPD, "Flock Safety", "01/16/2025", "3rd-anne", "crossing"),
    Paper("2nd Ave & Huisache St", "W/B", SV, SVPD, "Flock Safety", "01/16/2025", "2nd-huisache", "crossing"),
    Paper("Dr Elena Marsh Dr & 3rd Ave", "N/B", SV, SVPD, "Flock Safety", "02/03/2025", "elena-3rd", "crossing"),
    Paper("Mesa Dr north of Bluebonnet Ave", "N/B", SV, SVPD, "Flock Safety", "02/03/2025", "mesa-nb", "crossing"),
    Paper(
        "Commerce Ave east of Estrella Cir", "E/B", SV, SVPD, "Flock Safety", "02/04/2025", "circle-eb", "crossing"
    ),
    Paper("Cottonwood Ave & 14th St", "S/B", SV, SVPD, "Flock Safety", "02/04/2025", None, "unlocated"),
    Paper("I-31 S/B at MM 71", "", "", SO, "Flock Safety", "05/19/2025", "mm71-sb", "milepost"),
    Paper("I-31 N/B MM 104", "", "", SO, "Flock Safety", "05/19/2025", "mm104-nb", "milepost"),
    Paper(
        "I-31 Exit 106 N/B",
        "",
        "Tres Leguas",
        SO,
        "Flock Safety",
        "05/20/2025",
        "exit106-nb",
        "ramp",
        "on overpass",
    ),
    Paper("FM 5477 & Depot St", "W/B", "Tres Leguas", SO, "Flock Safety", "05/20/2025", "depot-w", "crossing"),
]


def record_rows() -> list[list[str]]:
    """Return the cells of the response, titles and header included."""
    empty = [""] * (len(RECORDS_HEADER) - 1)
    rows = [*([t, *empty] for t in RECORDS_TITLE), ["", *empty], RECORDS_HEADER]
    number = 0
    for paper in RECORDS:
        number += paper.numbered
        serial = f"FKT-{4400 + 7 * number:05d}" if paper.numbered else ""
        rows.append([str(number) if paper.numbered else "", paper.location, paper.direction, paper.city, paper.agency,
                     paper.vendor, paper.installed, serial, "J. Example" if paper.numbered else "", paper.comments])  # fmt: skip
    return rows


AGENCIES_HEADER = ["agency_id", "name", "state", "kind", "declared_cameras", "aliases", "source_record"]
AGENCIES = [
    ["alta-mesa-state-highway-patrol-tx", "Alta Mesa State Highway Patrol", "TX", "state", "", "AMSHP", "demo roster 2025"],
    ["federal-frontier-service", "Federal Frontier Service", "", "federal", "", "FFS", "demo roster 2025"],
    ["llano-alto-fusion-center-tx", "Llano Alto Fusion Center", "TX", "state", "", "", "demo roster 2025"],
    ["mesa-home-supply-llc-tx", "Mesa Home Supply LLC", "TX", "private", "", "Mesa Home Supply", "demo roster 2025"],
    ["puente-claro-police-department-tx", "Puente Claro Police Department", "TX", "city", "9", "Puente Claro PD;Puente Claro TX PD", "portal 2026-01-10"],
    ["rio-claro-county-sheriffs-office-tx", "Rio Claro County Sheriff's Office", "TX", "county", "18", "Rio Claro Co SO;Rio Claro County TX SO", "portal 2026-01-10"],
    ["santa-vela-isd-police-department-tx", "Santa Vela Independent School District Police Department", "TX", "school", "2", "Santa Vela ISD PD;Santa Vela ISD Police Department", "portal 2026-01-10"],
    ["santa-vela-police-department-tx", "Santa Vela Police Department", "TX", "city", "16", "Santa Vela PD;Santa Vela TX PD", "portal 2026-01-10"],
]  # fmt: skip
SHARES_HEADER = ["from_id", "to_id", "direction", "since", "until", "source_record"]
SHARES = [
    # one hop to the federal body, on record from both sides
    ["rio-claro-county-sheriffs-office-tx", "federal-frontier-service", "outbound", "2024-03-01", "", "sheriff portal 2026-01-10"],
    ["rio-claro-county-sheriffs-office-tx", "federal-frontier-service", "inbound", "2024-03", "", "request 25-0177"],
    # one hop that ended
    ["puente-claro-police-department-tx", "federal-frontier-service", "outbound", "2023-06-15", "2025-05-31", "request 25-0131"],
    # what remains of it: two hops by way of the state
    ["puente-claro-police-department-tx", "alta-mesa-state-highway-patrol-tx", "outbound", "2023-06-15", "", "portal 2026-01-10"],
    ["alta-mesa-state-highway-patrol-tx", "federal-frontier-service", "outbound", "2024-01-09", "", "request 25-0160"],
    # two hops by way of a centre that runs no reader of its own
    ["santa-vela-police-department-tx", "llano-alto-fusion-center-tx", "outbound", "2024-09-20", "", "portal 2026-01-10"],
    ["llano-alto-fusion-center-tx", "federal-frontier-service", "inbound", "2022-11", "", "request 25-0160"],
    # three hops: not counted
    ["santa-vela-isd-police-department-tx", "santa-vela-police-department-tx", "outbound", "2025-02-03", "", "portal 2026-01-10"],
    # a private body that shares with a city, and agencies that share both ways
    ["mesa-home-supply-llc-tx", "santa-vela-police-department-tx", "outbound", "2025-04-11", "", "portal 2026-01-10"],
    ["puente-claro-police-department-tx", "rio-claro-county-sheriffs-office-tx", "outbound", "2023-06-15", "2024-12-31", "portal 2025-01-05"],
    ["santa-vela-police-department-tx", "rio-claro-county-sheriffs-office-tx", "outbound", "2025-12-15", "", "council minutes 2025-12-15"],
    ["rio-claro-county-sheriffs-office-tx", "santa-vela-police-department-tx", "outbound", "2025-12-15", "", "council minutes 2025-12-15"],
]  # fmt: skip
"""Dates matter: Santa Vela reached the federal body in two hops before 2025-12-15, by two ways after it."""


def population(world: World) -> list[tuple[float, float, int]]:
    """Return (lat, lon, people) of invented census places: blocks of the towns, ranches, the open country."""
    line = Sites(world).line
    found: list[tuple[Point, int]] = []
    for i, u in enumerate((230, 440, 660, 840)):
        found += [(line.at(v, u), 210 + 17 * ((3 * i + k) % 7)) for k, v in enumerate((1560, 1880, 2230, 2640))]
    found.append((line.at(mi(1), -370), 168))
    for i, u in enumerate((-1610, -1380, -1130, -860, -680)):
        found += [
            (line.at(mi(64.1) + v, u), 385 + 23 * ((2 * i + k) % 9))
            for k, v in enumerate((-430, -150, 120, 370, 560))
        ]
    found += [(line.at(mi(106.3) + v, u), n) for v, u, n in ((70, 500, 131), (-60, 610, 109))]
    ranches = [(6, 3, 22), (13, -12, 9), (18, 2, 41), (24, -6, 12), (29, 19, 33), (36, -16, 8), (41, 5, 27), (47, -14, 16),
               (54, 25, 38), (59, -6, 64), (64, 6, 120), (68, -20, 18), (72, -41, 7), (76, 8, 11), (87, -7, 26), (95, 2, 6),
               (106, -12, 15), (119, 9, 8), (131, -8, 13), (140, 3, 5), (149.5, 4, 44)]  # fmt: skip
    found += [(beside(line.at(mi(m)), line.bearing(mi(m)), km * 1000), people) for m, km, people in ranches]
    out = []
    for place, people in found:
        lon, lat = lonlat(*place)
        out.append((round(lat, 5), round(lon, 5), people))
    return out


def truth_rows(found: list[Device]) -> list[list[str]]:
    """Return, for each row of the response, the device it means and where that truly stands."""
    by_key = {d.key: d for d in found}
    rows, number = [], 0
    for paper in RECORDS:
        number += paper.numbered
        device = by_key.get(paper.device or "")
        lon, lat = lonlat(*device.place) if device else ("", "")
        crowd = ";".join(f"node/{n}" for n in device.crowd) if device else ""
        rows.append([str(number) if paper.numbered else "", paper.location, paper.direction, paper.city, paper.kind,
                     paper.device or "", str(lon), str(lat), crowd])  # fmt: skip
    return rows
