"""The two towns and the hamlet: streets laid over slightly bent coordinates, so that no block is
like the next."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import TYPE_CHECKING

from .geometry import Dice, Line, Point, beside, heading, smooth
from .world import World

if TYPE_CHECKING:
    from .county import Interstate

Place = Callable[[float, float], Point]
Grid = list[list[int]]
Gaps = tuple[tuple[int, int], ...]
HOME = {"highway": "residential", "maxspeed": "30 mph"}


def grid(
    world: World, place: Place, us: list[float], vs: list[float], dice: Dice, shake_m: float = 5.0
) -> Grid:
    """Return nodes[i][j] of the crossings of the i-th and the j-th street."""
    return [
        [world.node(place(u + dice.shake(shake_m), v + dice.shake(shake_m))) for v in vs]
        for u in us
    ]


def street(
    world: World,
    nodes: list[int],
    tags: dict[str, str],
    *,
    without: Gaps = (),
    cut: int | None = None,
) -> list[int]:
    """Add a street along nodes, without the blocks never built, in two ways where it is cut; return
    its ways."""
    runs, run = [], [nodes[0]]
    for a, b in pairwise(nodes):
        if (a, b) in without:
            runs.append(run)
            run = []
        elif a == cut:
            runs.append(run)
            run = [a]
        run.append(b)
    runs.append(run)
    return [world.way(r, tags) for r in runs if len(r) > 1]


def puente_claro(world: World, road: Interstate, dice: Dice, plaza: int) -> dict[str, int]:
    """Draw the border town, east of the interstate, with its frontage roads; return the gates of
    the town."""
    from .county import EXIT_1, EXIT_2, FRONTAGE_OFF_M

    line = road.line

    def place(u: float, v: float) -> Point:
        return line.at(v + 0.07 * (u - 58), u)

    ew = [EXIT_1 - 215, EXIT_1 - 95, EXIT_1, *[EXIT_1 + (EXIT_2 - EXIT_1) * k / 7 + d for k, d in
          ((1, 12), (2, -9), (3, 6), (4, -7), (5, 10), (6, -4))], EXIT_2]  # fmt: skip
    ns = [188.0, 302.0, 411.0, 527.0, 640.0, 762.0, 905.0]
    nodes = grid(world, place, ns, ew, dice)
    names_ew = [
        f"{n} Street"
        for n in ("1st", "2nd", "3rd", "4th", "5th", "6th", "7th", "8th", "9th", "10th")
    ]
    names_ns = [
        "Ocotillo Street",
        "Guadalupe Street",
        "Main Street",
        "Saint Brigid Street",
        "Mesquite Street",
        "Agave Street",
        "Saddle Lane",
    ]
    # the plaza, the school ground, and the arroyo at the north-eastern edge
    holes = {
        (nodes[3][4], nodes[3][5]),
        (nodes[5][7], nodes[5][8]),
        (nodes[5][8], nodes[5][9]),
        (nodes[6][8], nodes[6][9]),
        (nodes[6][0], nodes[6][1]),
    }
    holes |= {(nodes[5][8], nodes[6][8]), (nodes[4][1], nodes[5][1]), (nodes[5][0], nodes[6][0])}
    for i, name in enumerate(names_ns):
        main = {"highway": "secondary", "name": name, "maxspeed": "30 mph", "lanes": "2"}
        street(
            world,
            nodes[i],
            main if name == "Main Street" else {**HOME, "name": name},
            without=tuple(holes),
        )
    front = _frontage(world, road, FRONTAGE_OFF_M)
    for j, name in enumerate(names_ew):
        row = [nodes[i][j] for i in range(len(ns))]
        if j in (2, 5, 9):
            row = [front["N", ew[j]], *row]
        tags = {**HOME, "name": name}
        if j == 2:
            tags = {"highway": "tertiary", "name": name, "maxspeed": "30 mph"}
        if j == 9:
            tags = {"highway": "secondary", "name": name, "ref": "TX 903", "maxspeed": "40 mph"}
        street(world, row, tags, without=tuple(holes))
    border = [
        plaza,
        *world.path(
            [
                line.at(478, 70),
                line.at(500, 150),
                line.at(570, 214),
                line.at(700, 244),
                line.at(900, 262),
                line.at(1120, 285),
            ]
        ),
        nodes[1][0],
    ]
    world.way(border, {"highway": "secondary", "name": "Border Street", "maxspeed": "25 mph"})
    for j in (2, 9):
        world.tag(nodes[2][j], highway="traffic_signals")
    _over(
        world,
        road,
        front,
        ew[2],
        {"highway": "tertiary", "name": "3rd Street", "maxspeed": "30 mph"},
    )
    _over(
        world,
        road,
        front,
        ew[9],
        {"highway": "secondary", "name": "10th Street", "ref": "TX 903", "maxspeed": "40 mph"},
    )
    _west_side(world, road, front["S", ew[2]], dice)
    # a ranch road out of town to the east ends at a gate
    vega = world.path([place(1200, ew[5] - 60), place(1750, ew[5] + 190), place(2600, ew[5] + 80)])
    world.way(
        [nodes[6][5], *vega], {"highway": "unclassified", "name": "Vega Road", "surface": "gravel"}
    )
    world.node(
        place(480, ew[5]), place="town", name="Puente Claro", population="4200", fictional="yes"
    )
    # the old road along the river, to a ranch gate
    river = smooth(
        [world.at(border[3]), (640, 640), (1350, 820), (2300, 1010), (2950, 1580), (3900, 1890)],
        220.0,
    )
    river_road = [border[3], *world.path(list(river[1:]))]
    world.way(
        river_road, {"highway": "unclassified", "name": "Old River Road", "surface": "gravel"}
    )
    return {"903": front["S", ew[9]]}


def _frontage(world: World, road: Interstate, off: float) -> dict[tuple[str, float], int]:
    from .county import EXIT_1, EXIT_2, FRONTAGE_RAMP_M, FRONTAGE_SLIP_M, ramp

    line = road.line
    step = (EXIT_2 - EXIT_1) / 7
    crossings = [EXIT_1, EXIT_1 + 3 * step + 6, EXIT_2]
    ends = [EXIT_1 - FRONTAGE_SLIP_M, EXIT_2 + FRONTAGE_SLIP_M]
    slips = [EXIT_1 + FRONTAGE_SLIP_M, EXIT_2 - FRONTAGE_SLIP_M]
    marks = sorted({*crossings, *ends, *slips})
    tags = {
        "highway": "tertiary",
        "name": "Interstate 31 Frontage Road",
        "oneway": "yes",
        "lanes": "2",
        "maxspeed": "45 mph",
    }
    found = {}
    for side, sign in (("N", 1.0), ("S", -1.0)):
        for s in marks:
            found[side, s] = world.node(line.at(s, sign * off))
    world.way([found["N", s] for s in marks], tags)
    world.way([found["S", s] for s in reversed(marks)], tags)
    for exit_ref, s in (("1", EXIT_1), ("2", EXIT_2)):
        before, after = s - FRONTAGE_RAMP_M, s + FRONTAGE_RAMP_M
        for node in (road.north[before], road.south[after]):
            world.tag(node, highway="motorway_junction", ref=exit_ref)
        ramp(
            world,
            road.north[before],
            found["N", s - FRONTAGE_SLIP_M],
            None,
            junction__ref=exit_ref,
            destination="Puente Claro",
        )
        ramp(
            world,
            found["N", s + FRONTAGE_SLIP_M],
            road.north[after],
            None,
            destination__ref="I 31 North",
        )
        ramp(
            world,
            road.south[after],
            found["S", s + FRONTAGE_SLIP_M],
            None,
            junction__ref=exit_ref,
            destination="Puente Claro",
        )
        ramp(
            world,
            found["S", s - FRONTAGE_SLIP_M],
            road.south[before],
            None,
            destination__ref="I 31 South",
        )
    return found


def _over(
    world: World,
    road: Interstate,
    front: dict[tuple[str, float], int],
    s: float,
    tags: dict[str, str],
) -> None:
    west, east = world.node(road.line.at(s, -30)), world.node(road.line.at(s, 30))
    world.way([front["S", s], west], tags)
    world.way([west, east], {**tags, "bridge": "yes", "layer": "1"})
    world.way([east, front["N", s]], tags)


def _west_side(world: World, road: Interstate, gate: int, dice: Dice) -> None:
    # a small estate whose streets end in turning circles
    s = road.line.nearest(world.at(gate))[0]

    def place(u: float, v: float) -> Point:
        return road.line.at(s + v, -u)

    spine = [gate, *world.path([place(190, 15), place(310, 45), place(430, 95), place(545, 180)])]
    world.way(spine, {**HOME, "name": "Vista Drive"})
    for root, name, stops in (
        (1, "Vista Court", [(205, 120), (215, 190)]),
        (2, "Sotol Court", [(330, -60), (325, -150)]),
        (3, "Zorro Court", [(460, -20), (520, -70)]),
    ):
        nodes = [spine[root], *world.path([place(u + dice.shake(6), v) for u, v in stops])]
        world.tag(nodes[-1], highway="turning_circle")
        world.way(nodes, {**HOME, "name": name, "noexit": "yes"})


def santa_vela(world: World, road: Interstate, dice: Dice) -> dict[str, int]:
    """Draw the county seat, west of the interstate: one-way pair, roundabout, school; return the
    gates."""
    from .county import EXIT_64

    line = road.line

    def place(u: float, v: float) -> Point:
        return line.at(EXIT_64 + v + 0.09 * (u - 1100) + 0.00002 * (u - 1100) ** 2, -u)

    us = [1690.0, 1558.0, 1421.0, 1297.0, 1180.0, 1049.0, 918.0, 770.0, 625.0]
    vs = [-520.0, -405.0, -287.0, -70.0, 58.0, 190.0, 309.0, 432.0, 578.0]
    nodes = grid(world, place, us, vs, dice, 6.0)
    ns = [
        "Cenizo Street", "Huisache Street", "Live Oak Street", "Main Street", "Courthouse Street",
        "Palo Verde Street", "Saint Anne Street", "Railroad Street", "Dr. Elena Marsh Drive",
    ]  # fmt: skip
    ew = [
        "1st Avenue", "2nd Avenue", "3rd Avenue", "Commerce Avenue", "Mission Avenue", "4th Avenue", "5th Avenue",
        "6th Avenue", "Bluebonnet Avenue",
    ]  # fmt: skip
    # blocks that were never built: the courthouse square, the school, the stock yards
    gaps = [
        (4, 6, 4, 7),
        (7, 0, 7, 1),
        (8, 0, 8, 1),
        (7, 0, 8, 0),
        (1, 6, 1, 7),
        (0, 7, 0, 8),
        (0, 8, 1, 8),
        (6, 5, 6, 6),
    ]
    holes = tuple((nodes[i][j], nodes[k][m]) for i, j, k, m in gaps)
    for i, name in enumerate(ns):
        tags = (
            {"highway": "tertiary", "name": name, "maxspeed": "30 mph"}
            if i in (3, 6)
            else {**HOME, "name": name}
        )
        street(world, nodes[i], tags, without=holes, cut=nodes[3][4])
    found: dict[str, int] = {"square": nodes[4][4]}
    y_west, y_east = world.node(place(1830, -4)), world.node(place(470, -10))
    gate = world.node(place(300, 0))
    pair = {
        "highway": "primary",
        "ref": "US 588",
        "oneway": "yes",
        "lanes": "2",
        "maxspeed": "30 mph",
    }
    for j, name in enumerate(ew):
        row = [nodes[i][j] for i in range(len(us))]
        if name == "Commerce Avenue":
            found["commerce"] = world.way([y_west, *row, y_east], {**pair, "name": name})
        elif name == "Mission Avenue":
            street(world, [y_east, *reversed(row), y_west], {**pair, "name": name}, cut=nodes[3][4])
        else:
            street(world, row, {**HOME, "name": name}, without=holes)
    for i in (3, 6):
        for j in (3, 4):
            world.tag(nodes[i][j], highway="traffic_signals")
    _no_left_turn(world, nodes[3][4])
    _roundabout(world, place, y_west, found)
    _house_numbers(world, Line([world.at(n) for n in nodes[3]]), nodes[3])
    _lots(world, place, nodes, found)
    bends = [place(585, 690), place(545, 900), place(540, 1200), place(610, 1650), place(640, 2200)]
    mesa = [nodes[8][8], *world.path(smooth([world.at(nodes[8][8]), *bends], 90.0)[1:])]
    world.way(mesa, {"highway": "tertiary", "name": "Mesa Drive", "maxspeed": "40 mph"})
    _estate(world, place, nodes[5][8], mesa[5], dice)
    world.node(
        place(1180, 60), place="town", name="Santa Vela", population="11900", fictional="yes"
    )
    found |= {"y_east": y_east, "gate": gate, "mesa": mesa[-1]}
    return found


def _estate(world: World, place: Place, south: int, east: int, dice: Dice) -> None:
    # the newer houses: one loop and the courts off it
    bends = [
        place(1050, 760),
        place(1120, 930),
        place(1010, 1070),
        place(830, 1085),
        place(690, 990),
    ]
    loop = [south, *world.path(smooth([world.at(south), *bends, world.at(east)], 75.0)[1:-1]), east]
    world.way(loop, {**HOME, "name": "Encino Loop"})
    for root, name, u, v in (
        (4, "Encino Court", 985, 890),
        (8, "Bellota Court", 930, 960),
        (11, "Garza Court", 760, 1200),
    ):
        middle = beside(
            world.at(loop[root]), heading(world.at(loop[root]), place(u, v)), dice.shake(9), 55.0
        )
        court = [loop[root], *world.path([middle, place(u, v)])]
        world.tag(court[-1], highway="turning_circle")
        world.way(court, {**HOME, "name": name, "noexit": "yes"})


def _no_left_turn(world: World, via: int) -> None:
    # westbound traffic on Mission Avenue may not turn left into Main Street, southward
    mission = next(
        w for w, (n, t) in world.ways.items() if n[-1] == via and t.get("name") == "Mission Avenue"
    )
    main = next(
        w for w, (n, t) in world.ways.items() if n[-1] == via and t.get("name") == "Main Street"
    )
    world.restrict("no_left_turn", mission, via, main)


def _roundabout(world: World, place: Place, y_west: int, found: dict[str, int]) -> None:
    middle, radius = place(2060, -8), 21.0
    # anticlockwise, as traffic goes where one drives on the right
    ring = [world.node(beside(middle, bearing, 0.0, radius)) for bearing in range(90, -270, -30)]
    east, north, west, south = ring[0], ring[3], ring[6], ring[9]
    tags = {
        "highway": "primary",
        "junction": "roundabout",
        "oneway": "yes",
        "name": "Estrella Circle",
        "maxspeed": "20 mph",
    }
    world.way([*ring, ring[0]], tags)
    world.way(
        [east, y_west],
        {"highway": "primary", "ref": "US 588", "name": "Commerce Avenue", "maxspeed": "35 mph"},
    )
    airport = smooth(
        [world.at(north), place(2075, 300), place(2190, 720), place(2460, 1030)], 110.0
    )
    world.way(
        [north, *world.path(airport[1:])],
        {"highway": "tertiary", "name": "Airport Road", "maxspeed": "45 mph"},
    )
    found |= {"roundabout_w": west, "roundabout_s": south}


def _house_numbers(world: World, line: Line, nodes: list[int]) -> None:
    # block by block, a hundred numbers each, even ones to the east
    for block, (a, b) in enumerate(pairwise(nodes), start=1):
        start, end = line.nearest(world.at(a))[0], line.nearest(world.at(b))[0]
        for k, share in ((8, 0.18), (36, 0.5), (62, 0.8)):
            for side, parity in ((13.0, 0), (-13.0, 1)):
                number = str(100 * block + k + parity)
                door = world.node(
                    line.at(start + (end - start) * share, side), addr__housenumber=number
                )
                world.tag(
                    door, addr__street="Main Street", addr__city="Santa Vela", fictional="yes"
                )


def _lots(world: World, place: Place, nodes: Grid, found: dict[str, int]) -> None:
    # the shop's car park south of the eastern end of Commerce Avenue, and the school
    way_id = found["commerce"]
    line = world.ways[way_id][0]
    enter = world.node(place(545, -52))
    line.insert(len(line) - 1, enter)
    aisle = world.path([place(540, -105), place(538, -185)])
    world.way([enter, *aisle], {"highway": "service", "access": "customers"})
    lot = world.path([place(610, -190), place(612, -110)])
    world.way([aisle[1], *lot, aisle[0]], {"highway": "service", "service": "parking_aisle"})
    world.node(place(575, -150), shop="hardware", name="Mesa Home Supply", fictional="yes")
    corners = world.path([place(1400, 330), place(1320, 330), place(1320, 410), place(1400, 410)])
    school = {"amenity": "school", "name": "Santa Vela High School"}
    world.way([*corners, corners[0]], school)
    lane = world.path([place(1360, 318), place(1358, 372)])
    world.way([lane[0], lane[1]], {"highway": "service", "name": "Bus Lane", "access": "private"})
    world.node(
        place(1110, 370), amenity="courthouse", name="Rio Claro County Courthouse", fictional="yes"
    )


def tres_leguas(world: World, road: Interstate, dice: Dice) -> None:
    """Draw the hamlet at mile 106: one exit, a truck stop, a handful of streets."""
    from .county import DIAMONDS, between, crossing_road, diamond

    s, line = DIAMONDS["106"], road.line

    def place(u: float, v: float) -> Point:
        return line.at(s + v - 0.05 * u, u)

    ends = diamond(world, road, s, "106", "Tres Leguas")
    tags = {
        "highway": "tertiary",
        "name": "Farm to Market Road 5477",
        "ref": "FM 5477",
        "maxspeed": "50 mph",
    }
    row = [world.node(place(u + dice.shake(8), dice.shake(6))) for u in (330, 450, 575, 700)]
    out = between(world, row[-1], [place(2600, 300), place(9000, -1800), place(17000, 900)])
    west = between(
        world,
        ends["west"],
        [place(-900, 60), place(-2600, 250), place(-9500, 1900), place(-16000, 700)],
    )
    crossing_road(world, ends, list(reversed(west[1:])), [*row, *out[1:]], tags)
    upper = [
        world.node(place(u + dice.shake(8), 130 + dice.shake(8))) for u in (330, 450, 575, 700)
    ]
    lower = [world.node(place(u + dice.shake(8), -120 + dice.shake(8))) for u in (450, 575, 700)]
    world.way(upper, {**HOME, "name": "Cantera Street"})
    world.way(lower, {**HOME, "name": "Gin Street"})
    for i, name in enumerate(("Depot Street", "Chapel Street", "Well Street", "Tank Street")):
        column = [row[i], upper[i]] if i == 0 else [lower[i - 1], row[i], upper[i]]
        world.way(column, {**HOME, "name": name})
    pumps = world.path([place(255, -45), place(250, -120), place(300, -125), place(305, -50)])
    lane = world.node(place(252, -4))
    arm = world.ways[
        next(w for w, (n, _) in world.ways.items() if n[0] == ends["east"] and row[0] in n)
    ][0]
    arm.insert(arm.index(row[0]), lane)
    world.way([lane, *pumps, pumps[0]], {"highway": "service", "name": "Tres Leguas Truck Stop"})
    world.node(
        place(520, 10), place="hamlet", name="Tres Leguas", population="240", fictional="yes"
    )
    world.node(place(278, -85), amenity="fuel", name="Tres Leguas Truck Stop", fictional="yes")
