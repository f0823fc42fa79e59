"""Fit how sure a located place is, and how wide its radius must be (rule L9).

    python scripts/calibrate_locate.py                 # writes data/locate_calibration.toml

Two lists of traffic cameras have both a text and surveyed coordinates (Columbus and Portland, see
../shared/data/SOURCES.md); for a few of the questions that matter they are too short. So texts are
made up on true crossings of three networks as well (Columbus, Portland, downtown Denver): spelled
in full and in short, turned round, with a suffix or direction left out, with another suffix, with a
letter wrong, and with a second road that only another city has, which no answer can be right about.
In a city with a list the list weighs as much as what is made up.

The radius is the 90 % quantile of the distance over the engine's own error, per kind of place, in
the city that fits worst; of streets it is at least that of plate readers on the map, which stand
back from the crossing they are named after. The confidence is an isotonic regression of "the true
place lies within the radius" on the engine's score; what the engine asks about stays below one half. The
table printed is cross-validated by city: each city is judged by a fit without it.
"""

from __future__ import annotations

import argparse
import random
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from scipy.optimize import isotonic_regression

from alprmap import geo
from alprmap.locate import open_locator
from alprmap.locate.calibration import (
    BANDS,
    MOST_OF_A_QUESTION,
    NUMBER_FACTOR,
    STRETCH_FACTOR,
    WIDE,
    kind_of,
)
from alprmap.locate.choose import LOW, Settings
from alprmap.locate.crossings import find
from alprmap.locate.point import Locator

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared" / "data"
CITIES = {
    "Columbus": ("roads/columbus-oh.osm.pbf", "records/columbus-traffic-cameras.csv"),
    "Portland": ("roads/portland-or.osm.pbf", "records/portland-traffic-cameras.csv"),
    "Denver": ("roads/denver-osmnx/osmnx_drive_graph.graphml", None),
}
READERS = "cameras/us-2026-01.json.gz"
AT_CROSSING_M = 200.0
"""A reader on the map this near a crossing of named roads may be named after it (two blocks)."""
MADE_UP = 600
PRIOR = 10
"""Texts that the engine's own score counts as much as, where its confidence is fitted."""
RIGHT_M = 1000.0
"""Farther than this from the truth an answer is another place, not an error of the radius."""
SHORT = {"Street": "St", "Avenue": "Ave", "Boulevard": "Blvd", "Road": "Rd", "Drive": "Dr",
         "North": "N", "South": "S", "East": "E", "West": "W", "Southwest": "SW",
         "Northwest": "NW", "Southeast": "SE", "Northeast": "NE"}  # fmt: skip
SUFFIXES = ("Street", "Avenue", "Boulevard", "Road", "Drive", "Lane", "Court", "Place")
DIRECTIONS = ("North", "South", "East", "West", "Southwest", "Northwest", "Southeast", "Northeast")
KINDS = (("full", 0.15), ("short", 0.2), ("bare", 0.15), ("turned", 0.1), ("suffix", 0.08),
         ("other", 0.08), ("letter", 0.07), ("absent", 0.17))  # fmt: skip
"""How texts are made up, and how often. One in four names a road that is not there: one of another
city (absent), or one called like a road here but for its suffix (other), as often as a suffix is a
slip of the pen; nothing in the text tells the two apart."""


@dataclass(frozen=True)
class Sample:
    """One text located: the engine's score and error, its kind, and how far it is off (missing
    where no answer can be right)."""

    city: str
    real: bool
    score: float
    error_m: float
    kind: str
    off_m: float


def _spelled(name: str, how: str, rng: random.Random) -> str:
    words = name.split()
    if how == "short":
        return " ".join(SHORT.get(w, w) for w in words)
    if how == "bare":
        bare = [w for w in words if w not in SUFFIXES and w not in DIRECTIONS]
        return " ".join(bare) or name
    if how in ("suffix", "other") and words[-1] in SUFFIXES:
        others = [s for s in SUFFIXES if s != words[-1]]
        return " ".join([*words[:-1], rng.choice(others)])
    if how == "letter" and len(name) > 6:
        at = rng.randrange(1, len(words[0])) if len(words[0]) > 3 else len(name) - 1
        return name[:at] + rng.choice("aeiourstln") + name[at + 1 :]
    return name


def _made_up(city: str, locator: Locator, foreign: list[str]) -> list[Sample]:
    rng = random.Random(f"{city} 19")
    streets = locator.streets
    names = [n for n in streets.index.names if len(n.split()) > 1 and "/" not in n and "&" not in n]
    known = set(names)
    absent = [n for n in foreign if n not in known]
    touching = _neighbors(locator)
    out: list[Sample] = []
    while len(out) < MADE_UP:
        a = rng.choice(names)
        near = [n for n in touching.get(a, ()) if n in known]
        if not near:
            continue
        b = rng.choice(near)
        how = rng.choices([k for k, _ in KINDS], [w for _, w in KINDS])[0]
        truth = None
        if how == "absent":
            text = f"{a} & {rng.choice(absent)}"
        else:
            met = [c for c in find(streets.net, streets.bearing(a), streets.bearing(b))
                   if c.kind != "near"]  # fmt: skip
            if not met:
                continue
            truth = None if how == "other" else rng.choice(met)
            pair = (b, a) if how == "turned" else (a, b)
            # a slip of the pen is in one of the names
            slip = rng.randrange(2) if how in ("suffix", "other", "letter") else None
            text = rng.choice((" & ", " at ", "/")).join(
                n if slip is not None and i != slip else _spelled(n, how, rng)
                for i, n in enumerate(pair)
            )
        answer = locator.locate(text)
        if answer.located_by == "unlocated":
            continue
        off = (
            float("nan")
            if truth is None
            else float(geo.distance_m(answer.lon, answer.lat, truth.lon, truth.lat))
        )
        kind = kind_of(answer.located_by, answer.how, answer.freeway)
        out.append(Sample(city, False, answer.score, answer.error_m, kind, off))
    return out


def _neighbors(locator: Locator) -> dict[str, list[str]]:
    """Return, per name, the names of other roads that share a node with it."""
    net = locator.streets.net
    at: dict[int, set[str]] = {}
    for name in locator.streets.index.names:
        own = locator.streets.bearing(name)
        for node in np.union1d(net.u[own], net.v[own]).tolist():
            at.setdefault(node, set()).add(name)
    touching: dict[str, set[str]] = {}
    for names in at.values():
        for name in names:
            touching.setdefault(name, set()).update(names)
    return {name: sorted(others - {name}) for name, others in touching.items()}


def _real(city: str, locator: Locator, table: str) -> list[Sample]:
    rows = pd.read_csv(SHARED / table)
    out = []
    for text, lon, lat in rows[["description", "lon", "lat"]].itertuples(index=False):
        answer = locator.locate(text)
        if answer.located_by == "unlocated":
            continue
        off = float(geo.distance_m(answer.lon, answer.lat, lon, lat))
        kind = kind_of(answer.located_by, answer.how, answer.freeway)
        out.append(Sample(city, True, answer.score, answer.error_m, kind, off))
    return out


def factors(table: pd.DataFrame, readers_m: float) -> dict[str, float]:
    """Return, per kind of place, the 90 % quantile of distance over error among right answers, of
    the city where it is largest; of streets at least that of the readers on the map."""
    right = table[table["real"] & (table["off_m"] <= RIGHT_M) & (table["score"] >= 0.5)]
    ratio = (right["off_m"] / right["error_m"]).groupby([right["kind"], right["city"]])
    worst = ratio.quantile(0.9).groupby(level=0).max()
    at_least = {"street": readers_m / Settings().street_error_m, "freeway": 0.0}
    return {kind: round(max(float(worst[kind]), low), 2) for kind, low in at_least.items()}


def readers_off_m(locators: dict[str, Locator]) -> float:
    """Return the distance within which 90 % of the readers on the map at a crossing of named roads
    stand from it, meters."""
    readers = pd.read_json(SHARED / READERS, compression="gzip")[["lon", "lat"]]
    near: list[float] = []
    for locator in locators.values():
        west, south, east, north = locator.streets.bounds
        inside = readers["lon"].between(west, east) & readers["lat"].between(south, north)
        crossing = _named_crossings(locator)
        for lon, lat in readers[inside].itertuples(index=False):
            near.append(float(geo.distance_m(lon, lat, crossing[:, 0], crossing[:, 1]).min()))
    off = np.array(near)
    return float(np.quantile(off[off <= AT_CROSSING_M], 0.9))


def _named_crossings(locator: Locator) -> NDArray[np.float64]:
    net, names = locator.streets.net, locator.streets.index.names
    at: dict[int, set[str]] = {}
    place: dict[int, NDArray[np.float64]] = {}
    for name in names:
        for row in locator.streets.bearing(name).tolist():
            if net.link[row]:
                continue
            ends = shapely.get_coordinates(net.lines[row])[[0, -1]]
            for node, xy in zip((int(net.u[row]), int(net.v[row])), ends, strict=True):
                at.setdefault(node, set()).add(name)
                place[node] = xy
    return np.array([place[node] for node, said in at.items() if len(said) > 1])


def _within(table: pd.DataFrame, factor: dict[str, float]) -> NDArray[np.float64]:
    """Return how likely the true place lies within the radius: known for the lists; of what is made
    up nine tenths where the crossing is the right one, for a camera stands beside it."""
    every = {**factor, "stretch": STRETCH_FACTOR, "number": NUMBER_FACTOR}
    radius = table["error_m"] * table["kind"].map(every)
    inside = (table["off_m"] <= radius).to_numpy(dtype=float)
    return np.where(table["real"], inside, 0.9 * inside)


def _weights(table: pd.DataFrame) -> NDArray[np.float64]:
    size = table.groupby(["city", "real"])["score"].transform("size")
    return np.asarray(1000.0 / size, dtype=float)


def confidence(table: pd.DataFrame, factor: dict[str, float]) -> tuple[list[float], list[float]]:
    """Return scores and the confidence of each, by isotonic regression."""
    data = pd.DataFrame(
        {"score": table["score"], "y": _within(table, factor), "w": _weights(table)}
    )
    data["yw"] = data["y"] * data["w"]
    per = data.groupby("score")[["yw", "w"]].sum()
    fit = isotonic_regression((per["yw"] / per["w"]).to_numpy(), weights=per["w"].to_numpy())
    # a score that few texts have says little of itself: it is drawn towards the engine's own
    score, n = per.index.to_numpy(), data.groupby("score").size().to_numpy()
    sure = (n * fit.x + PRIOR * score) / (n + PRIOR)
    # nothing is surer than a 90 % radius can be, and what the engine asks about stays a question
    sure = np.where(score < LOW, np.minimum(sure, MOST_OF_A_QUESTION), np.clip(sure, LOW, 0.9))
    sure = np.maximum.accumulate(np.where(score < WIDE, np.minimum(sure, WIDE), sure))
    return [float(s) for s in per.index], [round(float(v), 3) for v in sure]


def held_out(table: pd.DataFrame, readers_m: float) -> pd.DataFrame:
    """Return the samples with the confidence and radius of a fit without their city."""
    parts = []
    for city in sorted(set(table["city"])):
        rest, own = table[table["city"] != city], table[table["city"] == city].copy()
        factor = factors(rest, readers_m)
        scores, sure = confidence(rest, factor)
        own["confidence"] = np.interp(own["score"], scores, sure)
        own["within"] = _within(own, factor)
        own["w"] = _weights(own)
        parts.append(own)
    return pd.concat(parts, ignore_index=True)


def main() -> None:
    """Fit, print the reliability of each band, and write the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=ROOT / "data" / "locate_calibration.toml")
    given = parser.parse_args()
    locators = {city: open_locator(SHARED / roads) for city, (roads, _) in CITIES.items()}
    names = {c: [n for n in x.streets.index.names if " " in n] for c, x in locators.items()}
    samples: list[Sample] = []
    for city, (_, records) in CITIES.items():
        foreign = [n for other in CITIES if other != city for n in names[other]]
        samples += _made_up(city, locators[city], foreign)
        if records:
            samples += _real(city, locators[city], records)
    table = pd.DataFrame(samples)
    readers_m = readers_off_m(locators)
    factor = factors(table, readers_m)
    scores, sure = confidence(table, factor)
    judged = held_out(table, readers_m)
    band = pd.cut(judged["confidence"], BANDS, right=False, include_lowest=True)
    judged["yw"], judged["cw"] = judged["within"] * judged["w"], judged["confidence"] * judged["w"]
    grouped = judged.groupby(band, observed=True)
    shown = pd.DataFrame(
        {
            "n": grouped.size(),
            "of lists": grouped["real"].sum(),
            "stated": grouped["cw"].sum() / grouped["w"].sum(),
            "within radius": grouped["yw"].sum() / grouped["w"].sum(),
            "over 1 km": grouped["off_m"].agg(lambda v: int((v > RIGHT_M).sum())),
            "no right answer": grouped["off_m"].agg(lambda v: int(v.isna().sum())),
        }
    )
    print(f"readers on the map: 90 % within {readers_m:.0f} m of a crossing")
    print(shown.round(3).to_string())
    counts = table.groupby("score").size()
    lines = [
        "# Made by scripts/calibrate_locate.py; docs/method/locate.md says from what (L9).",
        "",
    ]
    lines += ["[radius]", *(f"{kind} = {value}" for kind, value in sorted(factor.items())), ""]
    lines += ["[confidence]", f"score = {scores}", f"confidence = {sure}"]
    lines += [f"n = {counts.tolist()}"]
    given.out.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(f"wrote {given.out}")


if __name__ == "__main__":
    main()
