"""A made-up grid of roads as an OSM extract: each of some roads crosses each of the others once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

STEP = 0.01
Road = tuple[str, str, str]
"""name, ref, highway"""


@dataclass(frozen=True)
class Grid:
    """Roads from west to east and from south to north, a hundredth of a degree apart.

    `exits` marks crossings (number of the road north-south, of the road east-west) as exits."""

    south: float
    west: float
    north_south: Sequence[Road]
    east_west: Sequence[Road]
    exits: Mapping[tuple[int, int], str] = field(default_factory=dict)

    def at(self, one: str, other: str) -> tuple[float, float]:
        """Return lon, lat where two roads cross, whichever of them runs north-south."""
        for a, b in ((one, other), (other, one)):
            i = next((k for k, road in enumerate(self.north_south) if a in road[:2]), None)
            j = next((k for k, road in enumerate(self.east_west) if b in road[:2]), None)
            if i is not None and j is not None:
                return self.west + i * STEP, self.south + j * STEP
        raise AssertionError(f"{one} and {other} are no crossing of the grid")

    def write(self, folder: Path) -> Path:
        """Write the grid into a folder as OPL and return the file."""
        wide, high = len(self.north_south), len(self.east_west)
        number = {(i, j): 1 + i * high + j for i in range(wide) for j in range(high)}
        lines = []
        for (i, j), n in number.items():
            ref = self.exits.get((i, j))
            mark = "" if ref is None else f" Thighway=motorway_junction,ref={ref}"
            lines.append(f"n{n} x{self.west + i * STEP} y{self.south + j * STEP}{mark}")
        roads = [(r, [number[i, j] for j in range(high)]) for i, r in enumerate(self.north_south)]
        roads += [(r, [number[i, j] for i in range(wide)]) for j, r in enumerate(self.east_west)]
        lines += [_way(w, road, nodes) for w, (road, nodes) in enumerate(roads, start=1)]
        path = folder / "roads.opl"
        path.write_text("\n".join(lines) + "\n")
        return path


def _way(number: int, road: Road, nodes: list[int]) -> str:
    name, ref, highway = road
    named = [*([f"name={name}"] if name else []), *([f"ref={ref}"] if ref else [])]
    tags = ",".join([f"highway={highway}", *named]).replace(" ", "%20%")
    return f"w{number} T{tags} N{','.join(f'n{n}' for n in nodes)}"
