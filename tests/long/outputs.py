"""Every format and every kind of set that alprmap writes, small, and how each is told to be whole."""

from __future__ import annotations

import sys
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pyogrio
from PIL import Image

sys.path[:0] = [str(Path(__file__).resolve().parents[1])]
import map_data
import small_nets

from alprmap.publish.exports import exports
from alprmap.publish.map import webmap
from alprmap.reach import figure as reach_figures
from alprmap.roads.network import Roads
from alprmap.store import formats as tables
from alprmap.store import whole as store

ROWS = 400
DATA = map_data.town(ROWS)
NET = small_nets.roads(
    {i: (i * 100.0, i % 7 * 50.0) for i in range(301)}, [(i, i + 1) for i in range(300)]
)
SPREAD = pd.DataFrame(
    {
        "unit": "mi",
        "border": "mexico",
        "distance": np.linspace(1, 400, 300),
        "share": np.linspace(0, 1, 300),
    }
)


@dataclass(frozen=True)
class Output:
    """One thing that is written: its files below a folder, how, and whether they are whole."""

    files: tuple[str, ...]
    write: Callable[[Path], object]
    whole: Callable[[Path], bool]


def table(path: Path) -> bool:
    """A table that reads back with all its rows."""
    return tables.count_rows(path) == ROWS


def picture(path: Path) -> bool:
    """A PNG that decodes."""
    with Image.open(path) as image:
        image.load()
    return True


def xml(path: Path) -> bool:
    """An SVG that parses."""
    return ElementTree.parse(path).getroot() is not None


def archive(path: Path) -> bool:
    """A KMZ whose members add up."""
    with zipfile.ZipFile(path) as opened:
        return opened.testzip() is None


def layers(path: Path) -> bool:
    """A GeoPackage with all its cameras."""
    return bool(pyogrio.read_info(path, layer="cameras")["features"] == ROWS)


def ends(tail: str) -> Callable[[Path], bool]:
    """A text that ends as it should."""
    return lambda path: path.read_text("utf-8-sig").rstrip().endswith(tail)


def one(name: str, write: Callable[[Path], object], whole: Callable[[Path], bool]) -> Output:
    """An output of one file."""
    return Output((name,), lambda base: write(base / name), lambda base: whole(base / name))


def beside(base: Path) -> None:
    """Three tables with one name, as `merge --out` writes."""
    with store.together(base / "a.parquet"):
        store.write_table(DATA.cameras, base / "a.more.csv")
        store.write_table(DATA.cameras, base / "a.places.geojson")
        store.write_table(DATA.cameras, base / "a.parquet")


HAND_OUTS = tuple(f"out/cameras.{kind}" for kind in ("csv", "geojson", "gpkg", "kmz"))
OUTPUTS = {
    **{
        suffix[1:]: one(f"a{suffix}", lambda path: store.write_table(DATA.cameras, path), table)
        for suffix in store.SUFFIXES["table"]
    },
    "spreadsheet": one(
        "a.csv", lambda path: exports.csv_for_spreadsheets(DATA.cameras, path), table
    ),
    "json": one(
        "a.json",
        lambda path: store.write_json(path, {"rows": DATA.cameras["camera_id"].tolist() * 20}),
        ends("}"),
    ),
    "gpkg": one(
        "a.gpkg",
        lambda path: exports.geopackage({"cameras": tables.with_points(DATA.cameras)}, path),
        layers,
    ),
    "kmz": one("a.kmz", lambda path: exports.kmz(DATA.cameras, path, title="x"), archive),
    "html": one("a.html", lambda path: webmap.write_map(DATA, path), ends("</html>")),
    "roads": one("a.parquet", NET.save, lambda path: len(Roads.load(path).segments) == 300),
    **{
        kind: one(
            f"a.{kind}",
            lambda path: reach_figures.distribution_figure(SPREAD, path, title="x", source="drawn"),
            whole,
        )
        for kind, whole in (("png", picture), ("svg", xml))
    },
    "set": Output(
        ("a.parquet", "a.more.csv", "a.places.geojson"),
        beside,
        lambda base: all(table(base / n) for n in ("a.parquet", "a.more.csv", "a.places.geojson")),
    ),
    "hand-outs": Output(
        (*HAND_OUTS, "out/datapackage.json"),
        lambda base: exports.write_hand_outs(DATA.cameras, base / "out", title="x"),
        lambda base: (
            layers(base / HAND_OUTS[2])
            and archive(base / HAND_OUTS[3])
            and table(base / HAND_OUTS[1])
        ),
    ),
}
OLD = b"the old file"


def put_old(base: Path, output: Output) -> None:
    """Put old files where the output goes."""
    for name in output.files:
        (base / name).parent.mkdir(exist_ok=True)
        (base / name).write_bytes(OLD)


def contents(base: Path, output: Output) -> list[bytes]:
    """Return the bytes of every file of an output."""
    return [(base / name).read_bytes() for name in output.files]


def state(base: Path, output: Output, new: list[bytes]) -> str:
    """Return "old" when all files are the old ones, "new" when all are `new`, to the byte, else
    "torn"."""
    found = contents(base, output)
    if all(content == OLD for content in found):
        return "old"
    return "new" if found == new and output.whole(base) else "torn"


def names(base: Path) -> list[str]:
    """Return every file below a folder."""
    return sorted(p.relative_to(base).as_posix() for p in base.rglob("*") if p.is_file())
