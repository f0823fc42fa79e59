"""Larger extracts out of a real one: a city laid side by side many times (synthetic, ids
renumbered).

Each tile also gets square buildings, so that a file has about as many roads per megabyte as a real
extract has (12,000 segments; the city's own file holds little but roads).
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import numpy as np
import osmium
from osmium.osm import NODE, WAY

WEST, SOUTH, COLUMNS = -120.0, 28.0, 40
BUILDINGS = 55_000


def tiled(extract: Path, copies: int, out: Path) -> Path:
    """Write `copies` shifted copies of an extract as one sorted PBF and return `out` (kept where it
    exists)."""
    if out.exists():
        return out
    nodes, ways = _parse(extract)
    _add_buildings(nodes, ways)
    west, south = min(x for _, x, _ in nodes), min(y for _, _, y in nodes)
    width = max(x for _, x, _ in nodes) - west + 0.01
    height = max(y for _, _, y in nodes) - south + 0.01
    number = {node: i + 1 for i, (node, _, _) in enumerate(nodes)}
    local = [(tags, [number[r] for r in refs if r in number]) for tags, refs in ways]
    with tempfile.TemporaryDirectory(dir=out.parent) as folder:
        opl = Path(folder) / "tiles.opl"
        with opl.open("w") as file:
            for c in range(copies):
                dx, dy = (
                    WEST - west + (c % COLUMNS) * width,
                    SOUTH - south + (c // COLUMNS) * height,
                )
                first = c * len(nodes) + 1
                file.write(
                    "".join(
                        f"n{first + i} v1 x{x + dx:.7f} y{y + dy:.7f}\n"
                        for i, (_, x, y) in enumerate(nodes)
                    )
                )
            for c in range(copies):
                plus, first = c * len(nodes), c * len(ways) + 1
                file.write("".join(
                    f"w{first + i} v1 T{tags} N{','.join([f'n{r + plus}' for r in refs])}\n"
                    for i, (tags, refs) in enumerate(local)
                ))  # fmt: skip
        new = out.with_name(f"new-{out.name}")
        with (
            osmium.SimpleWriter(str(new), overwrite=True) as writer,
            osmium.io.Reader(str(opl)) as reader,
        ):
            osmium.apply(reader, writer)
        new.rename(out)
    return out


def _parse(extract: Path) -> tuple[list[tuple[int, float, float]], list[tuple[str, list[int]]]]:
    nodes = [
        (o.id, o.location.lon, o.location.lat) for o in osmium.FileProcessor(str(extract), NODE)
    ]
    ways = []
    for way in osmium.FileProcessor(str(extract), WAY):
        tags = ",".join(f"{_opl(t.k)}={_opl(t.v)}" for t in way.tags)
        ways.append((tags, [n.ref for n in way.nodes]))
    return nodes, ways


def _add_buildings(
    nodes: list[tuple[int, float, float]], ways: list[tuple[str, list[int]]]
) -> None:
    random = np.random.default_rng(7)
    west, south, east, north = (
        f(n[i] for n in nodes) for f, i in ((min, 1), (min, 2), (max, 1), (max, 2))
    )
    x, y = (
        random.uniform(west, east - 2e-4, BUILDINGS),
        random.uniform(south, north - 2e-4, BUILDINGS),
    )
    side = random.uniform(5e-5, 2e-4, BUILDINGS)
    last = max(n[0] for n in nodes)
    for i in range(BUILDINGS):
        corners = [last + 4 * i + k for k in (1, 2, 3, 4)]
        for k, (a, b) in enumerate(((0, 0), (0, 1), (1, 1), (1, 0))):
            nodes.append((corners[k], float(x[i] + a * side[i]), float(y[i] + b * side[i])))
        ways.append(("building=yes", [*corners, corners[0]]))


def _opl(text: str) -> str:
    return "".join(c if c.isalnum() and c.isascii() else f"%{ord(c):x}%" for c in text)


if __name__ == "__main__":
    source, count, target = sys.argv[1:]
    print(tiled(Path(source), int(count), Path(target)))
