"""A small made-up town as an OSM extract: a street grid, a freeway with an interchange, numbers
along the roads.

Streets stand 200 m apart. North-south: Main Street (x 0), Elm Avenue (1), Oak Boulevard (2, also US
33), St. Clair Avenue (3), Martin Luther King Jr Drive (4). East-west: 1st to 5th Street (y 0 to 4);
Saint Mary Road (y -1). The I 70 runs east-west at y 8, one carriageway 40 m north of the other,
over the streets without a node. Elm Avenue has ramps to it. River Road meets Main Street twice, 3
km apart."""

from __future__ import annotations

from pathlib import Path

LON0, LAT0, STEP_M = -90.0, 40.0, 200.0
PER_LON_M, PER_LAT_M = 85_394.0, 111_035.0


def at(x: float, y: float) -> tuple[float, float]:
    """Return (lon, lat) of a place `x` blocks east and `y` blocks north of 1st and Main."""
    return LON0 + x * STEP_M / PER_LON_M, LAT0 + y * STEP_M / PER_LAT_M


class Town:
    """Collects nodes and ways and writes them as OPL."""

    def __init__(self) -> None:
        self.nodes: dict[tuple[float, float, str], int] = {}
        self.tags: dict[int, str] = {}
        self.ways: list[str] = []

    def node(self, x: float, y: float, level: str = "", tags: str = "") -> int:
        """Return the node at a place and level, made when new."""
        number = self.nodes.setdefault((x, y, level), len(self.nodes) + 1)
        if tags:
            self.tags[number] = tags
        return number

    def way(self, tags: str, *places: tuple[float, float], level: str = "") -> None:
        """Add a way through `places`."""
        refs = ",".join(f"n{self.node(x, y, level)}" for x, y in places)
        self.ways.append(f"w{len(self.ways) + 1} v1 T{tags} N{refs}")

    def opl(self) -> str:
        """Return the town as OPL text."""
        lines = []
        for (x, y, _), number in sorted(self.nodes.items(), key=lambda item: item[1]):
            lon, lat = at(x, y)
            lines.append(f"n{number} v1 T{self.tags.get(number, '')} x{lon:.7f} y{lat:.7f}")
        return "\n".join([*lines, *self.ways]) + "\n"


def _tags(**values: str) -> str:
    return ",".join(f"{k.replace('__', ':')}={v.replace(' ', '%20%')}" for k, v in values.items())


def build() -> Town:
    """Return the town."""
    town = Town()
    rows = [-1.0, 0.0, 1.0, 2.0, 3.0, 4.0]
    avenues = [
        "Main Street",
        "Elm Avenue",
        "Oak Boulevard",
        "St. Clair Avenue",
        "Martin Luther King Jr Drive",
    ]
    for x, name in enumerate(avenues):
        extra = {"ref": "US 33"} if name == "Oak Boulevard" else {}
        north = [(float(x), y) for y in (*rows, 6.0, 10.0)]
        town.way(_tags(highway="secondary" if extra else "residential", name=name, **extra), *north)
    for y, name in zip(
        rows,
        ["Saint Mary Road", *(f"{n} Street" for n in ("1st", "2nd", "3rd", "4th", "5th"))],
        strict=True,
    ):
        town.way(_tags(highway="residential", name=name), *[(float(x), y) for x in range(5)])
    _freeway(town)
    # River Road touches Main Street south of the town and 3 km further on
    town.way(
        _tags(highway="residential", name="Main Street"), (0.0, -1.0), (0.0, -5.0), (0.0, -20.0)
    )
    town.way(
        _tags(highway="tertiary", name="River Road"),
        (-1.0, -5.0),
        (0.0, -5.0),
        (3.0, -12.0),
        (0.0, -20.0),
        (-1.0, -20.0),
    )
    for x, number in ((0.2, 102), (0.6, 106), (1.3, 210), (3.9, 398)):
        town.node(x, 0.1, "house", _tags(addr__housenumber=str(number), addr__street="1st Street"))
    for x, y, number, street in (
        (0, 0.5, 150, "Main Street"),
        (1, 1.5, 250, "Elm Avenue"),
        (1, 2.5, 350, "Elm Avenue"),
    ):
        town.node(x + 0.1, y, "house", _tags(addr__housenumber=str(number), addr__street=street))
    town.node(2.0, 2.0, "place", _tags(place="town", name="Gridley"))
    town.node(0.0, -20.5, "place", _tags(place="village", name="St. Anne"))
    return town


def _freeway(town: Town) -> None:
    """Add the I 70: two carriageways over the streets, ramps to Elm Avenue, mileposts and numbered
    exits."""
    east = [(-30.0, 8.0), (0.5, 8.0), (1.8, 8.0), (30.0, 8.0)]
    west = [(30.0, 8.2), (1.8, 8.2), (0.5, 8.2), (-30.0, 8.2)]
    road = _tags(highway="motorway", ref="I 70", oneway="yes", bridge="yes", layer="1")
    town.way(road, *east, level="up")
    town.way(road, *west, level="up")
    ramp = _tags(highway="motorway_link", oneway="yes")
    for ends in (
        ("0.5 8.0 up", "1 6"),
        ("1 6", "1.8 8.0 up"),
        ("1.8 8.2 up", "1 10"),
        ("1 10", "0.5 8.2 up"),
    ):
        refs = []
        for end in ends:
            x, y, *level = end.split()
            refs.append(f"n{town.node(float(x), float(y), level[0] if level else '')}")
        town.ways.append(f"w{len(town.ways) + 1} v1 T{ramp} N{','.join(refs)}")
    town.node(
        0.5,
        8.0,
        "up",
        _tags(highway="motorway_junction", ref="18", exit_to="Elm Avenue;Swan Island"),
    )
    for mile, x in ((16, -15.0), (18, 1.0), (20, 17.0)):
        town.node(x, 8.3, "sign", _tags(highway="milestone", distance=str(mile)))


def write(path: Path) -> Path:
    """Write the town as an .opl file."""
    path.write_text(build().opl(), encoding="utf-8")
    return path
