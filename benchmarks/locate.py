"""How well texts are located, on any table with a text and true coordinates, beside a plain script.

    python benchmarks/locate.py               # Columbus and Portland, where ../shared/data is
    python benchmarks/locate.py --table F --text C --lon X --lat Y --roads R
    python benchmarks/locate.py --many 10000  # how long so many different texts take

The plain script is what one writes first: split at "at", "&", "/", spell out St and N, take the
geometries of the two exact names with geopandas and intersect them. Both run on the same loaded
network; the last lines are ratios."""

from __future__ import annotations

import argparse
import random
import re
import time
from pathlib import Path

import numpy as np
import pandas as pd

from alprmap import geo
from alprmap.cli.locate import read_table
from alprmap.locate.gazetteer import Gazetteer
from alprmap.locate.names import SAME
from alprmap.locate.point import Locator, open_locator
from alprmap.roads import door, network

SHARED = Path(__file__).resolve().parent.parent.parent / "shared" / "data"
KNOWN = (
    (
        "records/columbus-traffic-cameras.csv",
        "description",
        "lon",
        "lat",
        "roads/columbus-oh.osm.pbf",
    ),
    (
        "records/portland-traffic-cameras.csv",
        "description",
        "lon",
        "lat",
        "roads/portland-or.osm.pbf",
    ),
)
LOW = 0.5
SPELLED = {"st": "street", "ave": "avenue", "av": "avenue", "rd": "road", "blvd": "boulevard", "dr": "drive",
           "ln": "lane", "pkwy": "parkway", "hwy": "highway", "n": "north", "s": "south", "e": "east", "w": "west",
           "sr": "sr", "ore": "or"}  # fmt: skip


def plain_script(roads: network.Roads, texts: pd.Series) -> pd.DataFrame:
    """Locate texts as a first script would: exact names, geopandas intersection, mean of the
    points."""
    segments = roads.segments
    lowered = {c: segments[c].fillna("").str.lower() for c in ("name", "ref")}

    def road(name: str) -> object:
        words = [SPELLED.get(w, w) for w in re.sub(r"[^a-z0-9]+", " ", name.lower()).split()]
        wanted = " ".join(words)
        hit = (lowered["name"] == wanted) | lowered["ref"].str.split(";").map(
            lambda refs: wanted in refs
        )
        return segments[hit].geometry.union_all() if hit.any() else None

    rows = []
    for text in texts.fillna("").astype(str):
        parts = re.split(
            r"\s+at\s+|\s*[@&/]\s*|\s+and\s+", text.split(".  ")[0].strip(" ."), maxsplit=1
        )
        shapes = [road(p) for p in parts] if len(parts) == 2 else [None, None]
        met = shapes[0].intersection(shapes[1]) if all(s is not None for s in shapes) else None
        rows.append(
            (met.centroid.x, met.centroid.y)
            if met is not None and not met.is_empty
            else (np.nan, np.nan)
        )
    return pd.DataFrame(rows, columns=["lon", "lat"], index=texts.index)


def both_known(locator: Locator, text: str) -> bool:
    """Tell whether the text names at least two roads that the network has (or one road and a mark
    on it)."""
    sides = locator.locate(text).place.sides
    found = [
        any(r.cost < SAME for prong in locator.streets.of_side(s) for r in prong) for s in sides
    ]
    return sum(found) >= 2


def figures(found: pd.DataFrame, off_m: pd.Series, known: pd.Series) -> dict[str, object]:
    """Return the figures of one run."""
    located = found["lon"].notna()
    off, sure = off_m[located], found.get("confidence", pd.Series(1.0, index=found.index))[located]
    out: dict[str, object] = {
        "rows": len(found),
        "both roads in the extract": int(known.sum()),
        "of these located": f"{(located & known).sum() / max(known.sum(), 1):.1%}",
        "located": int(located.sum()),
        "median off": f"{off.median():.0f} m",
        "within 150 m": f"{(off <= 150).mean():.1%}",
        "within 400 m": f"{(off <= 400).mean():.1%}",
        "past 2 km, confidence 0.5 or more": int(((off > 2000) & (sure >= LOW)).sum()),
        "past 2 km, low confidence": int(((off > 2000) & (sure < LOW)).sum()),
        "confidence below 0.5": int((sure < LOW).sum()),
    }
    if "position_error_m" in found.columns:
        error = found.loc[located, "position_error_m"]
        out["truth within position_error_m"] = f"{(off <= error).mean():.1%}"
        out["median position_error_m"] = f"{error.median():.0f} m"
    return out


def run(table: Path, text: str, lon: str, lat: str, roads_path: Path, verbose: bool) -> None:
    """Run both on one table and print the figures side by side."""
    frame = read_table(table, text)
    roads = door.read(roads_path)
    is_extract = str(roads_path).endswith(network.EXTRACT_SUFFIXES)
    began = time.perf_counter()
    locator = Locator(roads, gazetteer=Gazetteer.read(roads_path) if is_extract else None)
    ready = time.perf_counter()
    ours = locator.locate_column(frame[text])
    done = time.perf_counter()
    theirs = plain_script(roads, frame[text])
    plain_s = time.perf_counter() - done
    truth = [pd.to_numeric(frame[c], errors="coerce") for c in (lon, lat)]
    known = frame[text].fillna("").map(lambda t: both_known(locator, str(t)))
    offs = [
        pd.Series(geo.distance_m(f["lon"], f["lat"], *truth), index=f.index) for f in (ours, theirs)
    ]
    columns = {
        "alprmap": figures(ours, offs[0], known),
        "plain script": figures(theirs, offs[1], known),
    }
    print(f"\n{table.name} on {roads_path.name}")
    print(pd.DataFrame(columns).fillna("–").to_string())
    print(
        f"{'ready in':34s}{ready - began:.2f} s, {len(frame)} texts in {done - ready:.2f} s; "
        f"plain script {plain_s:.2f} s"
    )
    good = [int((o <= 150).sum()) for o in offs]
    print(
        f"{'within 150 m, ours : plain':34s}{good[0]} : {good[1]} = {good[0] / max(good[1], 1):.2f}"
    )
    print(f"{'time per text, plain : ours':34s}{plain_s / max(done - ready, 1e-9):.1f}")
    if verbose:
        shown = pd.concat(
            [frame[text].str.slice(0, 60), ours, offs[0].rename("off_m").round(0)], axis=1
        )
        print(shown[~(offs[0] <= 150)].drop(columns=["lon", "lat"]).to_string())


def many(count: int, roads_path: Path) -> None:
    """Time so many different texts, made up of the names of one network; most of them do not
    meet."""
    locator = open_locator(roads_path)
    names = [n for n in locator.streets.index.names if " " in n]
    rng = random.Random(19)
    texts = {f"{rng.choice(names)} at {rng.choice(names)}": None for _ in range(2 * count)}
    column = pd.Series(list(texts)[:count])
    began = time.perf_counter()
    found = locator.locate_column(column)
    took = time.perf_counter() - began
    print(
        f"{len(column):,} texts on {roads_path.name} in {took:.1f} s,"
        f" {1000 * took / len(column):.2f} ms each; {found['lon'].notna().sum():,} located"
    )


def main() -> None:
    """Parse the options and run."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--table", type=Path)
    parser.add_argument("--text", default="description")
    parser.add_argument("--lon", default="lon")
    parser.add_argument("--lat", default="lat")
    parser.add_argument("--roads", type=Path)
    parser.add_argument(
        "--verbose", action="store_true", help="print the texts that are off or not located"
    )
    parser.add_argument("--many", type=int, help="only time so many texts")
    given = parser.parse_args()
    if given.many:
        many(given.many, given.roads or SHARED / KNOWN[0][-1])
        return
    if given.table is not None and given.roads is not None:
        run(given.table, given.text, given.lon, given.lat, given.roads, given.verbose)
        return
    for table, text, lon, lat, roads in KNOWN:
        run(SHARED / table, text, lon, lat, SHARED / roads, given.verbose)


if __name__ == "__main__":
    main()
