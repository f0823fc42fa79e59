"""Every number of every printed sentence, computed again from the tables of a result folder (R5).

What is printed is compared number by number; names, dates and files that a sentence quotes are taken
out first, since their digits are no figures."""

from __future__ import annotations

import json
import re
from functools import cached_property
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from alprmap import schema
from alprmap.text import percent

MILE_M = 1609.344
NUMBER = re.compile(r"[<>]?\d+(?:,\d{3})*(?:\.\d+)?%?")
DATE = re.compile(r"\d{4}-\d\d-\d\d")


def numbers(text: str, *names: str) -> list[str]:
    """Return the numbers of a sentence in order, those of names and dates left out."""
    for name in sorted(names, key=len, reverse=True):
        text = text.replace(name, "")
    return NUMBER.findall(DATE.sub("", text).replace("12-mile sea", ""))


class Folder:
    """The tables of a result folder."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def csv(self, name: str) -> pd.DataFrame:
        return pd.read_csv(self.path / name)

    @cached_property
    def about(self) -> dict[str, Any]:
        return dict(json.loads((self.path / "coverage" / "about.json").read_text("utf-8")))

    @cached_property
    def segments(self) -> gpd.GeoDataFrame:
        return gpd.read_parquet(self.path / "segments.parquet")

    @cached_property
    def watches(self) -> pd.DataFrame:
        return pd.read_parquet(self.path / "watches.parquet")

    @cached_property
    def cameras(self) -> pd.DataFrame:
        """Those that are counted."""
        every = pd.read_parquet(self.path / "cameras.parquet")
        return every[~every["camera_id"].isin(self.csv("cameras.set-aside.csv")["camera_id"])]

    def road_share(self, km: float) -> float:
        """Centre line within so many km of travel of a reader, from the stretches themselves."""
        near = gpd.read_parquet(self.path / "coverage" / "c1_stretches.parquet")
        near = near[near["radius_m"] <= 1000 * km]
        total = 0.0
        for _, part in near.groupby("segment_id"):
            end = 0.0
            for low, high in sorted(zip(part["start_m"], part["end_m"], strict=True)):
                total += max(0.0, high - max(low, end))
                end = max(end, high)
        return total / float(self.segments["length_m"].sum())


def expected(row: dict[str, Any], folder: Folder) -> tuple[list[str], list[str]]:
    """Return (the numbers a claim must print, names in it whose digits are no figures)."""
    wing, name = str(row["wing"]), str(row["claim_id"])
    if name.startswith("record-"):
        return _record(name, folder), []
    if wing == "publish":
        return _standing(name, folder)
    if wing == "coverage":
        return _coverage(name, folder)
    if wing == "reach":
        return _reach(name, folder), []
    if wing == "access":
        return _access(name, folder, str(row["sentence"]))
    return _counts(name, folder)


def _standing(name: str, folder: Folder) -> tuple[list[str], list[str]]:
    count = len(folder.cameras)
    named = folder.cameras[folder.cameras["operator_kind"] != "vendor only"]["operator"].dropna()
    if name == "cameras-standing":
        return [f"{count:,}"], []
    if name == "cameras-operator-known":
        return [f"{len(named):,}", f"{count:,}", percent(len(named) / count)], []
    assert name == "cameras-operator-largest", f"no test computes the claim {name} again"
    sizes = named.value_counts()
    return [f"{int(sizes.max()):,}"], [str(n) for n in sizes.index]


def _record(name: str, folder: Folder) -> list[str]:
    """Who lets the body search on record, of the table of shares."""
    shares = folder.csv("access/shares.csv")
    agencies = folder.csv("access/agencies.csv")
    assert name == "record-in", f"no test computes the claim {name} again"
    assert len(agencies)
    shares = shares[shares["until"].isna()]
    to = shares["to_id"].str.startswith("federal-frontier-service")
    return [f"{shares.loc[to, 'from_id'].nunique():,}"]


def _access(name: str, folder: Folder, sentence: str) -> tuple[list[str], list[str]]:
    """Who can look, of the table of cameras; and the shares that name the body."""
    if name.startswith("timeline-"):
        return _days_of_change(name.removeprefix("timeline-"), folder)
    if name == "door-side":
        doors = folder.csv("access/doors.csv")
        side = doors[doors["door"] == "side"]
        months = [str(m)[:4] for m in (side["since"].min(), side["until"].max())]
        wanted = [f"{side['via_id'].nunique():,}", *dict.fromkeys(months)]
        return [*wanted, f"{side['agency_id'].nunique():,}"], []
    if name.startswith("door-"):
        doors = folder.csv("access/doors.csv")
        at = doors[doors["door"] == name.removeprefix("door-").replace("-", " ")]
        return [f"{at['agency_id'].nunique():,}"], re.findall(r"\d{4}-\d\d-\d\d", sentence)
    _, sort, hops = name.split("-")
    cameras, shares = folder.csv("access/cameras.csv"), folder.csv("access/shares.csv")
    some = cameras[(cameras["class"] == sort) & (cameras["hops"] == int(hops))]
    wanted = [f"{len(some):,}"]
    if hops == "0":
        return wanted, []
    body = "federal-frontier-service"
    named = shares[
        shares["until"].isna() & ((shares["from_id"] == body) | (shares["to_id"] == body))
    ]
    return [*wanted, f"{some['agency_id'].nunique():,}", f"{len(named):,}"], list(
        named["source_record"]
    )


def _days_of_change(which: str, folder: Folder) -> tuple[list[str], list[str]]:
    """The most, the last and the possible, of the table of days."""
    days = folder.csv("access/timeline.csv")
    column = "could_agencies" if which == "could" else "agencies"
    at = int(days[column].to_numpy().argmax()) if which == "most" else len(days) - 1
    return [f"{days[column].iloc[at]:,}"], [str(days["from_day"].iloc[at])]


def headline_faults(line: str, claims: pd.DataFrame) -> list[str]:
    """Return the numbers of a line of the first page that no claim it names holds."""
    text, _, ids = line.rpartition("(claims.csv: ")
    named = claims[claims["claim_id"].isin(ids.rstrip(")").split(", "))]
    assert len(named) == len(ids.split(", ")), line
    values: list[float] = []
    words: set[str] = set()
    for row in named.to_dict("records"):
        figures = [float(row[c]) for c in ("figure", "low", "high") if row[c] == row[c]]
        values += [*figures, float(row["n"]), *(100 * v for v in figures)]
        values += [100 * v / float(row["n"]) for v in figures if row["unit"] != "share"]
        words |= set(numbers(str(row["sentence"])))
    return [n for n in numbers(text) if n not in words and not _shows(n, values)]


def _shows(printed: str, values: list[float]) -> bool:
    """Whether a number is one of the values, rounded as it is printed."""
    plain = printed.strip("<>%").replace(",", "")
    digits = len(plain.partition(".")[2])
    return any(abs(float(plain) - v) <= 0.5 * 10**-digits + 1e-9 for v in values)


def _counts(name: str, folder: Folder) -> tuple[list[str], list[str]]:
    if name == "roads.miles":
        miles = folder.segments["length_m"].sum() / MILE_M
        return [f"{miles:,.0f}"], ["roads.osm.pbf"]
    if name == "locate-located":
        table = folder.csv("private/located.csv")
        point = table["lon"].notna()
        doubtful = int((point & (table["confidence"] < 0.5)).sum())
        sure = int(point.sum()) - doubtful
        return [
            f"{sure:,}", f"{len(table):,}", percent(sure / len(table)), f"{doubtful:,}",
            f"{int((~point).sum()):,}",
        ], []  # fmt: skip
    if name == "cameras.standing":
        return [f"{len(folder.cameras):,}"], []
    if name == "merge.cameras":
        links = pd.read_parquet(folder.path / "cameras.links.parquet")
        every = pd.read_parquet(folder.path / "cameras.parquet")
        pairs = int(folder.csv("cameras.review.csv")["other_id"].notna().sum())
        return [f"{links['report_id'].nunique():,}", f"{len(every):,}", f"{pairs:,}"], []
    assert name == "watch-reading", f"no test computes the claim {name} again"
    reading, standing = folder.watches["camera_id"].nunique(), len(folder.cameras)
    return [
        f"{reading:,}", f"{standing:,}", percent(reading / standing), f"{len(folder.watches):,}",
        *_rule(),
    ], []  # fmt: skip


def _rule() -> list[str]:
    range_m, width_deg = schema.VIEW_LEVELS["mid"]
    return [f"{range_m:g}", f"{width_deg:g}"]


def _miles(km: float) -> list[str]:
    return [f"{1000 * km / MILE_M:.1f}", f"{km:g}"]


def _coverage(name: str, folder: Folder) -> tuple[list[str], list[str]]:
    def csv(stem: str) -> pd.DataFrame:
        return folder.csv(f"coverage/{stem}.csv")

    if name == "c0-cameras-here":
        west, south, east, north = folder.segments.total_bounds
        at = folder.cameras
        here = at["lon"].between(west - 0.01, east + 0.01)
        here &= at["lat"].between(south - 0.01, north + 0.01)
        reading = folder.watches["camera_id"].nunique()
        values = [f"{int(here.sum()):,}", f"{len(at):,}", percent(here.mean()), f"{reading:,}"]
        return [*values, *_rule()], []
    if name.startswith("c1-road-"):
        km = float(name.removeprefix("c1-road-").removesuffix("km"))
        return [percent(folder.road_share(km)), *_miles(km)], []
    if name == "c2-likely-road":
        tracked, limits = csv("c2_tracked"), csv("c2_limits").set_index("limit_km")
        likely = tracked[(tracked["highway"] == "all") & (tracked["min_certainty"] == 0.5)]
        beside = limits["c2_likely_road_share"]
        assert likely["road_share"].iloc[0] == beside[10.0]
        others = [text for far in (5.0, 20.0) for text in (percent(beside[far]), *_miles(far))]
        return [percent(beside[10.0]), "0.5", *_miles(10.0), *others], []
    if name in ("c4-unread-road", "c4-unread-people"):
        zone = csv("c4_summary").set_index("network")
        column = "largest_people_share" if name.endswith("people") else "largest_share"
        return [percent(zone.loc[n, column]) for n in ("as read", "without readers")], []
    if name.startswith("c5-"):
        stem, number = name.replace("-", "_").rsplit("_", 1)
        table = csv(stem)
        own = table[table["highway"] == "all"].iloc[int(number)]
        classes = table[
            (table["cordon"] == own["cordon"])
            & (table["way"] == own["way"])
            & (table["within_m"] == own["within_m"])
            & (table["highway"] != "all")
        ]
        km = own["within_m"] / 1000
        crossed = [f"{classes[column].sum():,}" for column in ("read", "crossings")]
        return [*crossed, *_miles(km)], [str(own["cordon"])]
    return _trips(name, csv)


def _trips(name: str, csv: Any) -> tuple[list[str], list[str]]:
    trip = csv("c6_summary").iloc[0]
    if name in ("c6-trips-read", "c6-unread-possible"):
        columns = {"c6-trips-read": "share_read_1", "c6-unread-possible": "share_unread_possible"}
        return [percent(trip[columns[name]])], []
    if name == "c6-extra-minutes":
        return [f"{trip['extra_minutes_read']:.2f}", f"{trip['extra_minutes']:.2f}"], []
    if name.startswith("c6-seen-by-"):
        seen = csv("c6_access")
        whole = seen[seen["level"].isin(("all", "unknown"))]
        most = seen[seen["level"] == "agency"].groupby("class", sort=False).head(5)
        own = pd.concat([whole, most]).iloc[int(name[-3:])]
        return [percent(own["share"])], [str(own["viewer"])]
    if name.startswith("c7-position-"):
        meters = float(name.removeprefix("c7-position-").removesuffix("m"))
        own = csv("c7_positions").set_index("error_m").loc[meters]
        shares = [percent(own[c]) for c in ("kept", "kept_road", "kept_cameras")]
        return [f"{meters:g}", f"{meters / 0.3048:,.0f}", *shares], []
    assert name == "c8-without-largest", f"no test computes the claim {name} again"
    own = csv("c8_agencies").set_index("measure").loc["c6_share_read_1"]
    largest = str(own["largest"]).split(" ", 1)[1]
    counts = [f"{own['largest_cameras']:,}", f"{own['agencies']:,}"]
    return [*counts, percent(own["without_largest"])], [largest]


def _reach(name: str, folder: Folder) -> list[str]:
    kind, border = name.split("-", 1)[0], name.rsplit("-", 1)[1]
    table = folder.csv("reach.csv")
    miles = table[f"to_{border}_m"].dropna().to_numpy() / MILE_M
    n, near = len(miles), int((miles <= 100).sum())
    if kind == "within":
        return [f"{near:,}", f"{n:,}", percent(near / n), "100"]
    if kind == "beyond":
        return [percent((n - near) / n), f"{n:,}", "100"]
    if kind == "median":
        return [f"{n:,}", f"{np.median(miles):,.1f}"]
    if kind == "farthest":
        return [f"{miles.max():,.1f}"]
    assert kind == "people", f"no test computes the claim {name} again"
    people = folder.csv("people_within.csv").set_index("border").loc[border]
    return [percent(near / n), percent(people["people_100"] / people["people"]), "100"]
