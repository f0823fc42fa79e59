"""The roads of Rio Claro County, which does not exist: an interstate from the river, two towns,
ranch roads."""

from __future__ import annotations

import math
from itertools import pairwise

from .geometry import MILE_M, Dice, Line, Point, smooth
from .towns import puente_claro, santa_vela, tres_leguas
from .world import World, spaced

# where the interstate goes, kilometers east and north of the port
ROUTE_KM = [
    (0.0, 0.0), (0.03, 0.35), (0.02, 0.9), (-0.05, 1.6), (-0.04, 2.9), (0.25, 4.6), (1.5, 8.0), (4.8, 13.5),
    (8.2, 21.0), (9.0, 29.5), (11.8, 37.5), (15.8, 46.0), (17.3, 54.5), (22.0, 62.0), (29.0, 69.5), (33.0, 78.0),
    (34.6, 87.5), (36.4, 96.0), (38.2, 102.0), (42.5, 110.0), (50.5, 118.5), (55.5, 128.5), (57.0, 140.0),
    (60.5, 150.5), (64.5, 160.0), (66.0, 169.5), (71.0, 180.0), (79.5, 189.0), (83.5, 199.0), (86.5, 208.5),
    (92.5, 216.5), (97.3, 221.6),
]  # fmt: skip
HALF_MEDIAN_M = 13.0
START_M = 620.0
"""The interstate begins behind the inspection plaza; its mileposts count from the river."""
CHECKPOINT_MI = 30.2
END_MI = 150.0


def mi(miles: float) -> float:
    """Return meters."""
    return miles * MILE_M


EXIT_1, EXIT_2, EXIT_64 = mi(1.0), mi(1.8), mi(64.1)
DIAMONDS = {
    "18": mi(18.1),
    "41": mi(40.9),
    "66": mi(66.0),
    "87": mi(87.2),
    "106": mi(106.3),
    "131": mi(131.1),
}
"""Exits with four ramps to a road on a bridge; 64 is one too, but its road comes from the town."""
OVER = {"214": mi(24.4), "745": mi(118.6)}
"""County roads that cross on a bridge and have no ramp: the two roads share no junction."""
UNDER = {"118": mi(12.3), "688": mi(75.4)}
"""County roads that pass under a bridge of the interstate."""
MILESTONES = [*range(8, 41), *range(60, 71), *range(100, 111)]
RAMP_M, FRONTAGE_RAMP_M, FRONTAGE_SLIP_M = 520.0, 470.0, 190.0
FRONTAGE_OFF_M = 58.0


def route() -> Line:
    """Return the middle line of the interstate, ended exactly at its last mile."""
    line = Line(smooth([(x * 1000, y * 1000) for x, y in ROUTE_KM], 150.0))
    marks = [m for m in line.marks if m < mi(END_MI)]
    return Line([*line.points[: len(marks)], line.at(mi(END_MI))])


class Interstate:
    """The two carriageways, with a node wherever something joins, crosses or changes."""

    def __init__(self, world: World, line: Line) -> None:
        self.world, self.line = world, line
        self.north: dict[float, int] = {}
        self.south: dict[float, int] = {}
        self.ways: dict[tuple[str, float], int] = {}
        diamonds = [*DIAMONDS.values(), EXIT_64]
        self.joins = sorted(
            [s + d for s in diamonds for d in (-RAMP_M, RAMP_M)]
            + [s + d for s in (EXIT_1, EXIT_2) for d in (-FRONTAGE_RAMP_M, FRONTAGE_RAMP_M)]
            + [mi(CHECKPOINT_MI) + d for d in (-420.0, 420.0)]
        )
        self.breaks = sorted(
            [START_M, mi(END_MI), mi(3.2), mi(62.0), mi(68.0)]
            + [s + d for s in UNDER.values() for d in (-35.0, 35.0)]
            + [mi(CHECKPOINT_MI) + d for d in (-420.0, 420.0)]
        )

    def build(self) -> None:
        """Add the carriageways."""
        marks = set(self.joins) | set(self.breaks) | {mi(m) for m in MILESTONES}
        # a bend needs more points than a straight
        for a, b in pairwise(self.breaks):
            town = b < mi(4) or mi(61) < a < mi(69)
            marks.update(
                s
                for s in spaced(a, b, 260.0 if town else 620.0)
                if all(abs(s - m) > 60 for m in marks)
            )
        for s in sorted(marks):
            self.north[s] = self.world.node(self.line.at(s, HALF_MEDIAN_M))
            self.south[s] = self.world.node(self.line.at(s, -HALF_MEDIAN_M))
        for a, b in pairwise(self.breaks):
            tags = self._tags(a, b)
            part = [s for s in sorted(marks) if a <= s <= b]
            self.ways["N", a] = self.world.way([self.north[s] for s in part], tags)
            self.ways["S", a] = self.world.way([self.south[s] for s in reversed(part)], tags)
        for m in MILESTONES:
            self.world.tag(self.north[mi(m)], highway="milestone", distance=f"{m} mi", ref="I 31")
            self.world.tag(self.south[mi(m)], highway="milestone", distance=f"{m} mi", ref="I 31")

    def _tags(self, a: float, b: float) -> dict[str, str]:
        middle = (a + b) / 2
        tags = {"highway": "motorway", "ref": "I 31", "oneway": "yes", "lanes": "2"}
        if abs(middle - mi(CHECKPOINT_MI)) < 300:
            tags["maxspeed"] = "55 mph"
        else:
            tags["maxspeed"] = "65 mph" if b < mi(4) or mi(61) < middle < mi(69) else "80 mph"
        if b - a < 100:
            tags |= {"bridge": "yes", "layer": "1"}
        if mi(61) < middle < mi(69):
            tags["lanes"] = "3"
        return tags


def ramp(world: World, start: int, end: int, bend: Point | None, **tags: str) -> int:
    """Add a one-way ramp from node to node, by way of a bend."""
    nodes = world.path([start, *([bend] if bend else []), end])
    return world.way(nodes, {"highway": "motorway_link", "oneway": "yes", "lanes": "1", **tags})


def diamond(
    world: World, road: Interstate, s: float, exit_ref: str, towards: str, half_m: float = 150.0
) -> dict[str, int]:
    """Add the ramps of a diamond interchange and return the nodes of the crossing road, west to
    east."""
    line = road.line
    ends = {name: world.node(line.at(s, off)) for name, off in
            (("west", -half_m), ("west_bridge", -36.0), ("east_bridge", 36.0), ("east", half_m))}  # fmt: skip
    for name in ("west", "east"):
        world.tag(ends[name], highway="stop")
    n_off, n_on = road.north[s - RAMP_M], road.north[s + RAMP_M]
    s_off, s_on = road.south[s + RAMP_M], road.south[s - RAMP_M]
    world.tag(n_off, highway="motorway_junction", ref=exit_ref)
    world.tag(s_off, highway="motorway_junction", ref=exit_ref)
    ramp(
        world,
        n_off,
        ends["east"],
        line.at(s - 190, half_m * 0.62),
        destination=towards,
        junction__ref=exit_ref,
    )
    ramp(world, ends["east"], n_on, line.at(s + 190, half_m * 0.62), destination__ref="I 31 North")
    ramp(
        world,
        s_off,
        ends["west"],
        line.at(s + 190, -half_m * 0.62),
        destination=towards,
        junction__ref=exit_ref,
    )
    ramp(world, ends["west"], s_on, line.at(s - 190, -half_m * 0.62), destination__ref="I 31 South")
    return ends


def crossing_road(
    world: World, ends: dict[str, int], west: list[int], east: list[int], tags: dict[str, str]
) -> None:
    """Add a road over the interstate: the western arm, the bridge, the eastern arm."""
    world.way([*west, ends["west"]], tags)
    world.way([ends["west"], ends["west_bridge"]], tags)
    world.way([ends["west_bridge"], ends["east_bridge"]], {**tags, "bridge": "yes", "layer": "1"})
    world.way([ends["east_bridge"], ends["east"]], tags)
    world.way([ends["east"], *east], tags)


def between(
    world: World, start: int, places: list[Point], end: int | None = None, step_m: float = 900.0
) -> list[int]:
    """Return the nodes of a smooth road from a node through places (meters), to a node if given."""
    stops = [world.at(start), *places, *([] if end is None else [world.at(end)])]
    inner = smooth(stops, step_m)[1:]
    return [
        start,
        *world.path(list(inner if end is None else inner[:-1])),
        *([] if end is None else [end]),
    ]


def off(road: Interstate, *marks: Point) -> list[Point]:
    """Return places given as (mile of the interstate, kilometers to its right)."""
    return [road.line.at(mi(m), km * 1000) for m, km in marks]


STATE = {"highway": "secondary", "ref": "TX 903", "maxspeed": "70 mph", "lanes": "2"}
US = {"highway": "primary", "ref": "US 588", "maxspeed": "70 mph", "lanes": "2"}
FARM = {"highway": "tertiary", "maxspeed": "60 mph"}
COUNTY = {"highway": "unclassified", "surface": "gravel"}


def build() -> World:
    """Draw the county and return it."""
    world, dice = World(), Dice(31)
    road = Interstate(world, route())
    road.build()
    plaza = _port(world, road)
    south = puente_claro(world, road, dice, plaza)
    middle = santa_vela(world, road, dice)
    _checkpoint(world, road)
    _state_route(world, road, south["903"], middle)
    _us_route(world, road, middle)
    _farm_roads(world, road, middle)
    _county_roads(world, road, middle)
    tres_leguas(world, road, dice)
    _north_end(world, road)
    _ranch_roads(world, road)
    _not_for_cars(world, road)
    return world


def _port(world: World, road: Interstate) -> int:
    line = road.line
    river = world.node(
        (0.0, 0.0), barrier="border_control", name="Puente Claro Port of Entry", fictional="yes"
    )
    mid = world.node(line.at(330.0))
    plaza = world.node(line.at(470.0), barrier="border_control", note="fictional")
    world.way([river, mid], {"highway": "trunk", "name": "Puente Claro International Bridge", "bridge": "yes",
                             "layer": "1", "lanes": "2", "maxspeed": "25 mph"})  # fmt: skip
    world.way(
        [mid, plaza], {"highway": "trunk", "name": "Port Plaza", "lanes": "4", "maxspeed": "15 mph"}
    )
    link = {"highway": "trunk", "ref": "I 31", "oneway": "yes", "lanes": "2", "maxspeed": "30 mph"}
    world.way([plaza, world.node(line.at(545.0, 9.0)), road.north[START_M]], link)
    world.way([road.south[START_M], world.node(line.at(545.0, -9.0)), plaza], link)
    return plaza


def _checkpoint(world: World, road: Interstate) -> None:
    s, line = mi(CHECKPOINT_MI), road.line
    lane = [road.north[s - 420.0], *world.path([line.at(s - 230, 46), line.at(s - 120, 62)]),
            world.node(line.at(s, 64), barrier="border_control", name="Mile 30 Checkpoint", fictional="yes"),
            *world.path([line.at(s + 120, 62), line.at(s + 230, 46)]), road.north[s + 420.0]]  # fmt: skip
    world.way(lane, {"highway": "motorway_link", "name": "Mile 30 Inspection Lane", "oneway": "yes", "lanes": "2",
                     "maxspeed": "15 mph"})  # fmt: skip


def _state_route(world: World, road: Interstate, start: int, town: dict[str, int]) -> None:
    # the old road: it keeps to the west of the interstate and reaches Santa Vela at its roundabout
    south = [
        (1.83, -0.3), (2.2, -0.62), (3.4, -1.7), (6, -4.6), (10, -8.4), (15.5, -10.2), (20.5, -8.8), (26, -12.4),
        (32, -16.8), (37.5, -15.6),
    ]  # fmt: skip
    far = between(world, start, off(road, *south))
    world.way(far, STATE)
    bridge = between(world, far[-1], off(road, (37.7, -15.4)), step_m=2000)
    world.way(bridge, {**STATE, "bridge": "yes", "layer": "1", "name": "Arroyo Seco Bridge"})
    north = [(42, -12.5), (47, -14.6), (52, -12.2), (57, -7.8), (61, -4.4), (63.1, -2.5)]
    rest = between(world, bridge[-1], off(road, *north), town["roundabout_s"])
    world.way(rest, STATE)
    ranch = {**COUNTY, "name": "County Road 101", "ref": "CR 101"}
    world.way(between(world, far[24], off(road, (15, -14), (17, -19), (16, -26))), ranch)
    world.way(
        between(world, rest[12], off(road, (49, -22), (51, -27), (57, -31))),
        {**COUNTY, "name": "Rancho Quieto Road"},
    )
    town |= {"state_13": far[21], "state_18": far[30], "state_24": far[38], "state_41": rest[8]}


def _us_route(world: World, road: Interstate, town: dict[str, int]) -> None:
    west = between(
        world,
        town["roundabout_w"],
        off(road, (64.6, -3.6), (67.5, -10.5), (66.5, -19), (70, -29), (72, -42)),
    )
    world.way(list(reversed(west)), US)
    ends = diamond(world, road, EXIT_64, "64", "Santa Vela")
    inner = between(world, ends["east"], off(road, (64.2, 0.7), (63.9, 1.9)), step_m=400)[1:]
    crossing_road(
        world,
        ends,
        [town["y_east"], town["gate"]],
        inner,
        {**US, "maxspeed": "45 mph", "lanes": "4"},
    )
    east = between(world, inner[-1], off(road, (63.2, 8), (65.8, 18), (62.2, 30), (64, 44)))
    world.way(east, US)
    town["us_east"] = east[20]
    ranch = {**COUNTY, "name": "Loma Parda Ranch Road"}
    world.way(between(world, east[32], off(road, (57, 33), (53, 31), (49, 36))), ranch)


def _farm_roads(world: World, road: Interstate, town: dict[str, int]) -> None:
    tags = {**FARM, "name": "Farm to Market Road 5210", "ref": "FM 5210"}
    ends = diamond(world, road, DIAMONDS["18"], "18", "FM 5210")
    west = between(world, ends["west"], off(road, (18.1, -0.8), (19.2, -4.0)), town["state_18"])
    ranches = [
        (18.0, 0.8),
        (17.2, 5),
        (18, 12),
        (23, 18.5),
        (30, 21),
        (37, 24),
        (45, 24.5),
        (53, 19),
    ]
    east = between(world, ends["east"], off(road, *ranches), town["us_east"])
    crossing_road(world, ends, list(reversed(west[1:])), east[1:], tags)
    world.way(
        between(world, east[18], off(road, (15, 21), (14, 28))),
        {**COUNTY, "name": "Pozo Hondo Road"},
    )
    tags = {**FARM, "name": "Ranch to Market Road 5310", "ref": "RM 5310"}
    ends = diamond(world, road, DIAMONDS["41"], "41", "RM 5310")
    west = between(world, ends["west"], off(road, (40.9, -0.8), (43.5, -5.5)), town["state_41"])
    east = between(world, ends["east"], off(road, (40.8, 0.8), (39, 6), (40.5, 12)), None)
    crossing_road(world, ends, list(reversed(west[1:])), east[1:], tags)
    down = next(
        w
        for w, (n, t) in world.ways.items()
        if n[-1] == ends["west"] and t["highway"] == "motorway_link"
    )
    arm = next(
        w for w, (n, t) in world.ways.items() if n[-1] == ends["west"] and t.get("ref") == "RM 5310"
    )
    world.restrict("only_right_turn", down, ends["west"], arm)
    tags = {"highway": "tertiary", "name": "Mesa Drive", "maxspeed": "45 mph"}
    ends = diamond(world, road, DIAMONDS["66"], "66", "Mesa Drive")
    west = between(world, ends["west"], off(road, (66.0, -0.4)), town["mesa"], step_m=200)
    east = between(world, ends["east"], off(road, (66.1, 0.6), (67, 2.2), (68.8, 3.0)), step_m=400)
    crossing_road(world, ends, list(reversed(west[1:])), east[1:], tags)


ARMS: dict[str, tuple[list[Point], list[Point]]] = {
    "501": (
        [(87.2, -1), (88.5, -8), (87, -14), (83.5, -19)],
        [(87.3, 1), (86, 7), (89, 14), (88, 23)],
    ),
    "902": ([(131.2, -1), (130, -8), (133, -16), (132, -25)], [(131.0, 1), (132.5, 7), (130, 16)]),
    "214": ([(24.6, -1), (23.4, -6)], [(24.3, 1), (25.5, 7), (29, 12), (28.5, 17)]),
    "745": ([(118.5, -1), (117, -8), (119.5, -15), (116, -24)], [(118.8, 1), (120, 9), (125, 15)]),
    "118": ([(12.2, -1), (13.6, -5)], [(12.3, 1), (11, 7), (12, 13), (8.5, 19)]),
    "688": ([(75.3, -1), (76.5, -7)], [(75.4, 1), (74.2, 8), (76.5, 16), (73, 24)]),
}
"""The western and eastern arm of each county road, as (mile of the interstate, kilometers to its
right). """


def _county_roads(world: World, road: Interstate, town: dict[str, int]) -> None:
    last: dict[str, tuple[int, int]] = {}
    for exit_ref, number in (("87", "501"), ("131", "902")):
        tags = {**COUNTY, "name": f"County Road {number}", "ref": f"CR {number}"}
        ends = diamond(world, road, DIAMONDS[exit_ref], exit_ref, tags["ref"])
        west_arm = between(world, ends["west"], off(road, *ARMS[number][0]))
        east_arm = between(world, ends["east"], off(road, *ARMS[number][1]))
        crossing_road(world, ends, list(reversed(west_arm[1:])), east_arm[1:], tags)
        last[number] = west_arm[12], east_arm[-1]
    # each of these meets another road far from the interstate, so that no place is cut off
    meets = {"214": (town["state_24"], None), "745": (None, last["902"][1]), "118": (town["state_13"], None),
             "688": (last["501"][0], None)}  # fmt: skip
    for number, s in {**OVER, **UNDER}.items():
        tags = {**COUNTY, "name": f"County Road {number}", "ref": f"CR {number}"}
        west, east = (world.node(road.line.at(s, side)) for side in (-38.0, 38.0))
        bridge = {"bridge": "yes", "layer": "1"} if number in OVER else {}
        world.way(
            list(reversed(between(world, west, off(road, *ARMS[number][0]), meets[number][0]))),
            tags,
        )
        world.way([west, east], {**tags, **bridge})
        world.way(between(world, east, off(road, *ARMS[number][1]), meets[number][1]), tags)


def _north_end(world: World, road: Interstate) -> None:
    s, line = mi(END_MI), road.line
    end = world.node((line.at(s)[0] + 420, line.at(s)[1] + 430), highway="traffic_signals")
    world.way(
        [road.north[s], end],
        {"highway": "motorway_link", "ref": "I 31", "oneway": "yes", "maxspeed": "45 mph"},
    )
    world.way(
        [end, road.south[s]],
        {"highway": "motorway_link", "ref": "I 31", "oneway": "yes", "maxspeed": "45 mph"},
    )
    tags = {"highway": "primary", "ref": "US 677", "name": "Llano Highway", "maxspeed": "75 mph"}
    x, y = world.at(end)
    west = between(world, end, [(x - 5200, y + 2600), (x - 16000, y + 3900)])
    east = between(world, end, [(x + 6000, y - 2300), (x + 17000, y - 1200)])
    world.way([*reversed(west[1:]), *east], tags)


RANCHES: list[tuple[str, str, list[Point]]] = [
    ("TX 903", "Tinaja Road", [(33, -17.2), (33.5, -21), (30.5, -26), (31.5, -33)]),
    ("US 588", "Sierra Parda Road", [(67, -13), (71, -13.5), (74.5, -17.5), (80, -17)]),
    ("US 588", "Molino Viejo Road", [(64.6, 13), (68, 14), (71, 11.5), (73, 14.5)]),
    ("FM 5210", "Gallo Tank Road", [(37, 24), (38.5, 29), (36, 34), (37.5, 39)]),
    ("FM 5477", "Cerro Solo Road", [(106, -10), (102, -11.5), (99.5, -16.5), (95, -17.5)]),
    ("FM 5477", "Nogalito Road", [(105.5, 11), (109, 13), (110.5, 18)]),
    ("CR 902", "Yegua Road", [(131, -10.5), (136, -11.5), (139, -8.5), (144, -10)]),
    ("US 677", "Llano Alto Road", [(149.5, 8.5), (145, 9.5), (142, 13.5), (138, 13)]),
]
"""Ranch roads: the road they leave, their name, and where they go, as (mile, kilometers to its
right). """


def _ranch_roads(world: World, road: Interstate) -> None:
    for ref, name, marks in RANCHES:
        first, *rest = off(road, *marks)
        known = sorted(
            {n for nodes, tags in world.ways.values() if tags.get("ref") == ref for n in nodes}
        )
        start = min(known, key=lambda n: math.dist(world.at(n), first))
        world.way(between(world, start, rest), {**COUNTY, "name": name})


def _not_for_cars(world: World, road: Interstate) -> None:
    # what a reader of roads has to leave out: a railway, a footway, a track, a road not built yet
    rail = off(
        road,
        (52.0, -24),
        (58, -12),
        (62.9, -3.2),
        (64.1, -1.95),
        (66.2, -1.2),
        (70, -4),
        (80, -9),
        (92, -7),
    )
    world.way(
        world.path(list(smooth(rail, 1500.0))),
        {"railway": "rail", "name": "Llano and Rio Claro Railway"},
    )
    world.way(
        world.path(off(road, (64.02, -1.25), (64.06, -1.1), (64.1, -1.08))), {"highway": "footway"}
    )
    world.way(
        world.path(list(smooth(off(road, (40.5, 12), (42, 16), (41, 21)), 900.0))),
        {"highway": "track"},
    )
    world.way(
        world.path(off(road, (150, 1.2), (152, 3.0))),
        {"highway": "proposed", "proposed": "motorway", "ref": "I 31"},
    )
