"""The invented cameras: where each stands, what it watches, and what a volunteer wrote down about
it.

A device is put beside the place it watches: `back` meters before it in the direction of travel,
`right` meters to the right, so that it reads the rear plates of vehicles that drive away (rule W2,
`rear`)."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace

from .county import OVER, mi, route
from .geometry import MILE_M, Line, Point, beside, heading, true_heading
from .world import FIRST_ID, World

COMPASS = {"N": 0.0, "E": 90.0, "S": 180.0, "W": 270.0}
FLOCK = {"manufacturer": "Flock Safety", "manufacturer:wikidata": "Q108485435"}
MOTOROLA = {"manufacturer": "Motorola"}
VIGILANT = {"brand": "Vigilant Solutions"}
GENETEC = {"manufacturer": "Genetec AutoVu"}
LEONARDO = {"manufacturer": "ELSAG"}
REKOR = {"surveillance:brand": "Rekor"}
NOBODY: dict[str, str] = {}
SHERIFF = {"operator": "Rio Claro County Sheriff's Office"}
PCPD = {"operator": "Puente Claro Police Department"}
SVPD = {"operator": "Santa Vela PD"}
SCHOOL = {"operator": "Santa Vela ISD Police Department"}
PATROL = {"operator": "Alta Mesa State Highway Patrol"}
FEDERAL = {"operator": "Federal Frontier Service"}
SHOP = {"operator": "Mesa Home Supply LLC"}
STOP = {"operator": "Tres Leguas Truck Stop LLC"}
PARKING = {"surveillance:zone": "parking"}
HOA = {"operator": "Vista Estates HOA"}
MAKER = {"operator": "Flock Safety"}

# towns, to tell equal street names apart: a place within 4 km of it
TOWNS = {"PC": mi(1.4), "SV": mi(64.1), "TL": mi(106.3)}


@dataclass(frozen=True)
class Spot:
    """A watched place: a way, a place along it, and the bearing of travel there."""

    way_id: int
    place: Point
    bearing: float

    def travel_deg(self) -> float:
        """Return the bearing of travel from true north."""
        return true_heading(self.place, beside(self.place, self.bearing, 0.0, 20.0))

    def travel(self, world: World) -> str:
        """Return the direction of travel along the way."""
        line = world.line(self.way_id)
        along = line.nearest(self.place)[0]
        ahead, behind = line.at(min(along + 5, line.length_m)), line.at(max(along - 5, 0.0))
        turn = (heading(behind, ahead) - self.bearing + 180) % 360 - 180
        return "forward" if abs(turn) < 90 else "backward"


@dataclass(frozen=True)
class Device:
    """One camera as it stands in the invented world."""

    key: str
    place: Point
    spots: tuple[Spot, ...]
    direction: str | None = None
    tags: dict[str, str] = field(default_factory=dict)
    crowd: tuple[int, ...] = ()
    looks_deg: float | None = None
    """Where it looks, for a camera that watches no road."""

    def headings(self) -> list[float]:
        """Return the true bearing from the camera to each watched place."""
        return [round(true_heading(self.place, s.place), 1) for s in self.spots]


class Sites:
    """Finds places on the invented map by the names of its roads."""

    def __init__(self, world: World) -> None:
        self.world, self.line = world, route()

    def near(self, p: Point, within: float = 40.0, **tags: str) -> tuple[int, float]:
        """Return (way, meters along it) of the nearest way with these tags."""
        found = self.world.ways_near(p, within, **tags)
        if not found:
            raise ValueError(f"no road {tags} at {p}")
        return found[0][1], found[0][2]

    def motorway(
        self, miles: float, bound: str, ahead: float = 0.0, lane: str = "motorway"
    ) -> Spot:
        """Return a place on a carriageway of the interstate."""
        side = 1.0 if bound == "N" else -1.0
        s = mi(miles) + side * ahead
        p = self.line.at(s, side * 13.0)
        way, along = self.near(p, 12.0, ref="I 31")
        bearing = (self.line.bearing(s) + (0 if side > 0 else 180)) % 360
        return Spot(way, self.world.line(way).at(along), bearing)

    def crossing(self, town: str, road: str, at: str) -> int:
        """Return the node two named roads share, in or near a town."""
        center = self.line.at(TOWNS[town])
        by_name: dict[str, set[int]] = {road: set(), at: set()}
        for nodes, tags in self.world.ways.values():
            for name in (road, at):
                if name in (tags.get("name"), tags.get("ref")):
                    by_name[name].update(nodes)
        both = by_name[road] & by_name[at]
        if not both:
            raise ValueError(f"{road} and {at} do not meet near {town}")
        return min(both, key=lambda n: (math.dist(self.world.at(n), center), n))

    def street(self, town: str, road: str, at: str, toward: str, ahead: float = 22.0) -> Spot:
        """Return the place `ahead` meters beyond a crossing, on a named road, driving toward N, E,
        S or W."""
        node = self.crossing(town, road, at)
        start = self.world.at(node)
        arms: list[tuple[float, int, Point, float]] = []
        for way_id, (nodes, tags) in self.world.ways.items():
            if node not in nodes or road not in (tags.get("name"), tags.get("ref")):
                continue
            for i, n in enumerate(nodes):
                if n != node:
                    continue
                for j in (i - 1, i + 1):
                    if 0 <= j < len(nodes):
                        way = Line([start, self.world.at(nodes[j])])
                        bearing = heading(*way.points)
                        turn = abs((bearing - COMPASS[toward] + 180) % 360 - 180)
                        arms.append((turn, way_id, way.at(min(ahead, way.length_m * 0.8)), bearing))
        _, way_id, place, bearing = min(arms)
        return Spot(way_id, place, bearing)

    def on(self, p: Point, bearing: float, **tags: str) -> Spot:
        """Return the place on a road with these tags nearest to p, driven roughly along a bearing."""
        way, along = self.near(p, 400.0, **tags)
        line = self.world.line(way)
        along = min(max(along, 1.0), line.length_m - 1.0)
        ahead = heading(line.at(along - 1), line.at(along + 1))
        turn = abs((ahead - bearing + 180) % 360 - 180)
        return Spot(way, line.at(along), ahead if turn < 90 else (ahead + 180) % 360)


def beside_road(spot: Spot, right: float = 9.0, back: float = 27.0) -> Point:
    """Return where a pole stands that watches a spot."""
    return beside(spot.place, spot.bearing, right, -back)


def ranged(middle: float, width: int = 45) -> str:
    """Return a tag such as 338-23."""
    start = round(middle - width / 2) % 360
    return f"{start}-{(start + width) % 360}"


def devices(world: World) -> list[Device]:
    """Return every camera of the invented world, in a fixed order."""
    sites = Sites(world)
    found = [
        *_port_and_border_town(sites),
        *_open_road(sites),
        *_county_seat(sites),
        *_north(sites),
    ]
    numbered, number = [], FIRST_ID + 900_000
    for device in found:
        copies = 0 if device.tags.get("only") == "records" else int(device.tags.get("copies", "1"))
        ids = tuple(range(number, number + copies))
        number += copies
        numbered.append(replace(device, crowd=ids))
    return numbered


def _one(
    key: str,
    spot: Spot,
    direction: str | None,
    *tags: dict[str, str],
    right: float = 9.0,
    back: float = 27.0,
) -> Device:
    merged: dict[str, str] = {}
    for part in tags:
        merged |= part
    place = beside_road(spot, right, back)
    if direction == "true":
        direction = f"{true_heading(place, spot.place):.0f}"
    elif direction == "range":
        direction = ranged(true_heading(place, spot.place))
    return Device(key, place, (spot,), direction, merged)


def _port_and_border_town(sites: Sites) -> list[Device]:
    world, line = sites.world, sites.line
    poe = {"surveillance:zone": "border crossing", "description": "Puente Claro Port of Entry"}
    inbound = Spot(sites.near(line.at(400.0), 10)[0], line.at(400.0), line.bearing(400.0))
    outbound = Spot(inbound.way_id, line.at(395.0), (line.bearing(395.0) + 180) % 360)
    out = [
        _one("poe-in", inbound, "range", FEDERAL, VIGILANT, poe, right=8, back=30),
        _one("poe-out", outbound, "true", FEDERAL, VIGILANT, poe, right=8, back=30),
        # points almost north, and the volunteer wrote 0
        _one("i31-nb-exit1", sites.motorway(0.93, "N"), "0", FLOCK, right=5, back=34),
        _one("i31-sb-3rd", sites.motorway(1.0, "S", 24), "SB", PATROL, GENETEC, right=0, back=24),
        _one(
            "front-nb-6th",
            sites.street("PC", "Interstate 31 Frontage Road", "6th Street", "N"),
            "338-23",
            PCPD,
            FLOCK,
        ),
        _one("border-st", sites.on(line.at(900.0, 262.0), 0.0, name="Border Street"), "N", FLOCK),
    ]
    east, west = (
        sites.street("PC", "3rd Street", "Main Street", "E"),
        sites.street("PC", "3rd Street", "Main Street", "W"),
    )
    corner = beside(world.at(sites.crossing("PC", "3rd Street", "Main Street")), 45, 9)
    out.append(
        Device(
            "3rd-main-e", corner, (east,), f"{true_heading(corner, east.place):.0f}", PCPD | FLOCK
        )
    )
    out.append(
        Device(
            "3rd-main-w", corner, (west,), f"{true_heading(corner, west.place):.0f}", PCPD | FLOCK
        )
    )
    north, south = (
        sites.street("PC", "Main Street", "8th Street", "N"),
        sites.street("PC", "Main Street", "8th Street", "S"),
    )
    pole = beside(world.at(sites.crossing("PC", "Main Street", "8th Street")), 100, 8)
    both = f"{true_heading(pole, north.place):.0f};{true_heading(pole, south.place):.0f}"
    out.append(Device("8th-main", pole, (north, south), both, PCPD | FLOCK))
    out += [
        _one(
            "vega-rd", sites.street("PC", "Vega Road", "6th Street", "E", 60), None, NOBODY, FLOCK
        ),
        _one(
            "6th-agave",
            sites.street("PC", "6th Street", "Agave Street", "W"),
            "270230",
            PCPD,
            FLOCK,
        ),
        _one(
            "vista-dr",
            sites.street("PC", "Vista Drive", "Vista Court", "E", 60),
            "85°",
            HOA,
            FLOCK,
            right=7,
        ),
        _one("903-out", sites.street("PC", "10th Street", "Ocotillo Street", "W"), "true", MAKER),
        _one(
            "3rd-saddle",
            sites.street("PC", "3rd Street", "Saddle Lane", "W"),
            "true",
            PCPD,
            FLOCK,
            {"copies": "2"},
        ),
        _one(
            "5th-main-gone",
            sites.street("PC", "Main Street", "5th Street", "S"),
            "true",
            PCPD,
            FLOCK,
            {"lifecycle": "removed"},
        ),
        _one(
            "4th-guadalupe",
            sites.street("PC", "Guadalupe Street", "4th Street", "N"),
            None,
            PCPD,
            FLOCK,
            {"only": "records"},
        ),
        _one(
            "2nd-mesquite",
            sites.street("PC", "Mesquite Street", "2nd Street", "N"),
            "northwest",
            NOBODY,
            REKOR,
        ),
    ]
    return out


def _open_road(sites: Sites) -> list[Device]:
    cr = OVER["214"] / MILE_M
    check = {"surveillance:zone": "checkpoint"}
    lane = sites.on(
        sites.line.at(mi(30.2), 64.0), sites.line.bearing(mi(30.2)), name="Mile 30 Inspection Lane"
    )
    return [
        _one("i31-nb-mm12", sites.motorway(12.25, "N"), "NB", SHERIFF, FLOCK),
        # mounted on the overpass, above the carriageway it reads
        _one("exit18-nb", sites.motorway(18.1, "N", 30), "true", PATROL, GENETEC, right=0, back=30),
        _one("exit18-sb", sites.motorway(18.1, "S", 30), "true", PATROL, GENETEC, right=0, back=30),
        _one(
            "5210-pozo",
            sites.street("PC", "FM 5210", "Pozo Hondo Road", "W", 40),
            "W",
            SHERIFF,
            FLOCK,
        ),
        _one("cr214-nb", sites.motorway(cr, "N", 30), "range", SHERIFF, FLOCK, right=0, back=30),
        _one("cr214-sb", sites.motorway(cr, "S", 30), "range", SHERIFF, FLOCK, right=0, back=30),
        _one("check-lane-1", lane, "range", FEDERAL, LEONARDO, check, right=8, back=25),
        _one("check-lane-2", lane, "true", FEDERAL, LEONARDO, check, right=-8, back=25),
        _one(
            "check-all",
            sites.motorway(30.2, "N", 0),
            "0-360",
            FEDERAL,
            LEONARDO,
            check,
            right=14,
            back=4,
        ),
        _one("mm30-sb", sites.motorway(30.2, "S"), "true", PATROL, GENETEC),
        _one("mm36-nb", sites.motorway(36.0, "N"), None, SHERIFF, FLOCK, {"only": "records"}),
        _one(
            "arroyo-903",
            sites.on(sites.line.at(mi(37.6), -15_500), 10.0, name="Arroyo Seco Bridge"),
            "true",
            SHERIFF,
            FLOCK,
        ),
        _one(
            "exit41-ramp",
            sites.on(sites.line.at(mi(40.9) - 200, 90.0), 20.0, highway="motorway_link"),
            "true",
            SHERIFF,
            FLOCK,
        ),
        _one("5310-903", sites.street("PC", "RM 5310", "TX 903", "E", 30), None, SHERIFF, FLOCK),
        _one(
            "903-5210",
            sites.on(sites.line.at(mi(21), -8_800), 0.0, ref="TX 903"),
            "forward",
            NOBODY,
            REKOR,
        ),
    ]


def _county_seat(sites: Sites) -> list[Device]:
    world = sites.world

    def st(road: str, at: str, toward: str, ahead: float = 22.0) -> Spot:
        return sites.street("SV", road, at, toward, ahead)

    # in the middle of the 500 block, on the eastern curb, one head each way
    south, middle, north = (
        st("Main Street", "4th Avenue", "S", ahead) for ahead in (94.0, 68.0, 42.0)
    )
    views = (Spot(north.way_id, north.place, (north.bearing + 180) % 360), south)
    pole = beside(middle.place, middle.bearing, -9.0)
    tag = ";".join(f"{true_heading(pole, s.place):.0f}" for s in views)
    block = Device("main-500", pole, views, tag, SVPD | FLOCK)
    lot = next(p for p, t in world.nodes.values() if t.get("shop"))
    return [
        _one("circle-eb", st("Commerce Avenue", "Estrella Circle", "E", 70), "true", SVPD, FLOCK),
        _one(
            "588-gate-wb",
            sites.on(sites.line.at(mi(64.1), -420.0), 285.0, ref="US 588"),
            "true",
            SVPD,
            FLOCK,
        ),
        _one("commerce-main", st("Commerce Avenue", "Main Street", "E"), "true", SVPD, FLOCK),
        _one("mission-main", st("Mission Avenue", "Main Street", "W"), "true", SVPD, FLOCK),
        block,
        _one("3rd-anne", st("3rd Avenue", "Saint Anne Street", "E"), "105, 105", SVPD, FLOCK),
        _one(
            "2nd-huisache",
            st("2nd Avenue", "Huisache Street", "W"),
            None,
            SVPD,
            FLOCK,
            {"only": "records"},
        ),
        _one("school-oak", st("Live Oak Street", "5th Avenue", "N", 40), "true", SCHOOL, MOTOROLA),
        _one("school-6th", st("6th Avenue", "Live Oak Street", "E", 40), "range", SCHOOL, MOTOROLA),
        Device(
            "shop-lot", beside(lot, 90, 12, -4), (), "200", SHOP | FLOCK | PARKING, looks_deg=200.0
        ),
        _one("mesa-nb", st("Mesa Drive", "Bluebonnet Avenue", "N", 60), "true", SVPD, FLOCK),
        _one("exit64-nb", sites.motorway(64.1, "N", 30), "true", PATROL, GENETEC, right=0, back=30),
        _one("exit64-sb", sites.motorway(64.1, "S", 30), "SSW", PATROL, GENETEC, right=0, back=30),
        # never set: the editor's default of 0, while the camera looks south
        _one(
            "airport-rd",
            sites.on(sites.line.at(mi(64.1) + 700, -2150), 190.0, name="Airport Road"),
            "0",
            SVPD,
            FLOCK,
        ),
        _one(
            "railroad-6th",
            st("Railroad Street", "6th Avenue", "S"),
            "true",
            SVPD,
            FLOCK,
            {"lifecycle": "disused"},
        ),
        _one(
            "elena-3rd",
            st("Dr. Elena Marsh Drive", "3rd Avenue", "N"),
            None,
            SVPD,
            FLOCK,
            {"only": "records"},
        ),
        _one("4th-palo", st("4th Avenue", "Palo Verde Street", "E"), "true", SVPD, FLOCK),
    ]


def _north(sites: Sites) -> list[Device]:
    world = sites.world
    stop = next(p for p, t in world.nodes.values() if t.get("amenity") == "fuel")
    end = world.at(_end(world))
    return [
        _one("mm71-sb", sites.motorway(71.0, "S"), "true", SHERIFF, FLOCK),
        _one("exit87-nb", sites.motorway(87.2, "N", 30), "22.5", PATROL, GENETEC, right=0, back=30),
        _one("mm104-nb", sites.motorway(104.0, "N"), None, SHERIFF, FLOCK, {"only": "records"}),
        _one("exit106-nb", sites.motorway(106.3, "N", 30), "true", SHERIFF, FLOCK, right=0, back=30),
        _one("exit106-sb", sites.motorway(106.3, "S", 30), "true", SHERIFF, FLOCK, right=0, back=30),
        Device("truck-stop", beside(stop, 45, 20), (), "180-225", STOP | REKOR | PARKING, looks_deg=202.5),
        _one("depot-w", sites.street("TL", "FM 5477", "Depot Street", "W", 20), "-60", SHERIFF, FLOCK),
        _one("cr745-sb", sites.motorway(118.6, "S", 30), "range", PATROL, GENETEC, right=0, back=30),
        _one("exit131-nb", sites.motorway(131.1, "N", 30), "900", NOBODY, FLOCK, right=0, back=30),
        _one("mm148-sb", sites.motorway(148.0, "S"), "true", PATROL, GENETEC),
        _one("677-west", sites.on((end[0] - 220, end[1] + 90), 290.0, ref="US 677"), "WB", NOBODY, FLOCK),
    ]  # fmt: skip


def _end(world: World) -> int:
    return next(
        n for n, (_, t) in reversed(world.nodes.items()) if t.get("highway") == "traffic_signals"
    )
