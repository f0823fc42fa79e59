"""Truth by construction: a second source made of real cameras with known noise, and how a merge did
against it.

`second_source` makes a records list of the cameras of a crowdsourced one: positions moved by the
stated error, headings turned, operators dropped, some cameras missing and some extra, two-headed
poles written as one row, and twins two meters away. `pairwise` and `greedy` measure a merge and the
baseline to beat."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.spatial import cKDTree

from alprmap import direction, geo, schema


@dataclass(frozen=True)
class Noise:
    """How much worse the second source is; `error_m` is one standard deviation per axis."""

    error_m: float = 40.0
    located_by: str = "crossing"
    turn_deg: float = 20.0
    no_operator: float = 0.5
    no_heading: float = 0.0
    missing: float = 0.08
    extra: float = 0.05
    poles: float = 0.03
    twins: float = 0.01


LOW = Noise(error_m=10.0, located_by="coordinates")
MID = Noise()
HIGH = Noise(error_m=60.0, located_by="ramp", no_heading=0.3)


def first_heading(texts: pd.Series) -> np.ndarray:
    """Return the first heading of every direction text, NaN where there is none."""
    words = texts.astype("object").where(texts.notna(), None)
    table = {w: direction.parse(w).views for w in set(words.tolist())}
    return np.asarray([table[w][0].heading_deg if table[w] else np.nan for w in words.tolist()])


def without_doubles(reports: pd.DataFrame) -> pd.DataFrame:
    """Return the reports without rows that repeat place and direction: nobody knows whether these
    are two."""
    return reports.drop_duplicates(["lon", "lat", "direction_raw"]).reset_index(drop=True)


def with_twins(crowd: pd.DataFrame, noise: Noise, seed: int) -> pd.DataFrame:
    """Return the crowd source with a twin two meters away, facing the other way, beside some of its
    cameras."""
    rng = np.random.default_rng(seed)
    heading = first_heading(crowd["direction_raw"])
    some = np.flatnonzero((rng.random(len(crowd)) < noise.twins) & np.isfinite(heading))
    twin = crowd.iloc[some].copy()
    twin["lon"], twin["lat"] = geo.destination(
        twin["lon"], twin["lat"], rng.random(len(some)) * 360, 2.0
    )
    twin["direction_raw"] = [f"{(h + 180) % 360:g}" for h in heading[some]]
    twin["source_record"] = "twin/" + twin["source_record"]
    twin["report_id"] = twin["source_id"] + ":" + twin["source_record"]
    return pd.concat([crowd, twin], ignore_index=True)


def second_source(
    crowd: pd.DataFrame, noise: Noise, seed: int
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return (reports of a records list, truth pairs crowd_id–record_id) made of the cameras of
    `crowd`."""
    rng = np.random.default_rng(seed)
    n = len(crowd)
    kept = np.flatnonzero(rng.random(n) >= noise.missing)
    source = crowd.iloc[kept]
    heading = first_heading(source["direction_raw"])
    extra = round(noise.extra * n)
    near = rng.integers(0, n, extra)
    # an extra camera stands up to 500 m from a known one, as unmapped cameras do
    far = 500.0 * np.sqrt(rng.random(extra))
    ex, ey = geo.destination(
        crowd["lon"].to_numpy()[near], crowd["lat"].to_numpy()[near], rng.random(extra) * 360, far
    )
    lon, lat = np.concatenate([source["lon"], ex]), np.concatenate([source["lat"], ey])
    step = noise.error_m * np.hypot(rng.normal(size=len(lon)), rng.normal(size=len(lon)))
    lon, lat = geo.destination(lon, lat, rng.random(len(lon)) * 360, step)
    turned = np.mod(
        np.concatenate([heading, rng.random(extra) * 360]) + _turns(rng, len(lon), noise), 360
    )
    turned[rng.random(len(lon)) < noise.no_heading] = np.nan
    operator = np.concatenate(
        [source["operator"].to_numpy(object), np.full(extra, None, dtype=object)]
    )
    operator[rng.random(len(lon)) < noise.no_operator] = None
    order = rng.permutation(len(lon))
    record = pd.DataFrame(
        {
            "source_record": [f"row/{i}" for i in range(len(lon))],
            "lon": lon[order],
            "lat": lat[order],
            "direction_raw": [None if np.isnan(h) else f"{h:.0f}" for h in turned[order]],
            "operator": operator[order],
            "truth": np.concatenate(
                [source["report_id"].to_numpy(object), np.full(extra, None, object)]
            )[order],
        }
    )
    record["device"], record["evidence"], record["located_by"] = "alpr", "record", noise.located_by
    record["source_id"], record["report_id"] = "records", "records:" + record["source_record"]
    record = _poles(record, crowd, noise, rng)
    truth = record.loc[record["truth"].notna(), ["truth", "report_id"]]
    truth.columns = pd.Index(["crowd_id", "record_id"])
    return schema.conform(record.drop(columns="truth"), "reports"), truth


def _turns(rng: np.random.Generator, n: int, noise: Noise) -> np.ndarray:
    return rng.uniform(-noise.turn_deg, noise.turn_deg, n)


def _poles(
    record: pd.DataFrame, crowd: pd.DataFrame, noise: Noise, rng: np.random.Generator
) -> pd.DataFrame:
    """Write some poles as one row with two headings: the second is a head that the crowd did not
    map."""
    some = (rng.random(len(record)) < noise.poles) & record["direction_raw"].notna()
    also = pd.to_numeric(record.loc[some, "direction_raw"]).add(180).mod(360)
    record.loc[some, "direction_raw"] = (
        record.loc[some, "direction_raw"] + ";" + also.map("{:.0f}".format)
    )
    return record


def pairs_of(links: pd.DataFrame, one: str, other: str) -> pd.DataFrame:
    """Return every pair of a report of source `one` and one of `other` that share a camera."""
    source = links["report_id"].str.partition(":")[0]
    left, right = (links.loc[source == s, ["report_id", "camera_id"]] for s in (one, other))
    both = left.merge(right, on="camera_id", suffixes=("", "_other"))
    return both[["report_id", "report_id_other"]].set_axis(["crowd_id", "record_id"], axis=1)


def pairwise(found: pd.DataFrame, truth: pd.DataFrame) -> dict[str, float]:
    """Return precision, recall and F1 over pairs of reports (crowd_id, record_id)."""
    right = len(found.merge(truth))
    precision, recall = right / max(len(found), 1), right / max(len(truth), 1)
    f1 = 2 * precision * recall / max(precision + recall, 1e-12)
    return {"precision": precision, "recall": recall, "f1": f1}


def greedy(crowd: pd.DataFrame, record: pd.DataFrame, *, meters: float = 150.0) -> pd.DataFrame:
    """Return the pairs of the best published merge: the nearest free point within 150 m, in file
    order."""
    tree = cKDTree(geo.ecef(crowd["lon"], crowd["lat"]))
    place = geo.ecef(record["lon"], record["lat"])
    near = tree.query_ball_point(place, meters)
    free, pairs = np.ones(len(crowd), dtype=bool), []
    ids, names = crowd["report_id"].to_numpy(), record["report_id"].to_numpy()
    for i, around in enumerate(near):
        around = [a for a in around if free[a]]
        if around:
            best = min(around, key=lambda a: float(((tree.data[a] - place[i]) ** 2).sum()))
            free[best] = False
            pairs.append((ids[best], names[i]))
    return pd.DataFrame(pairs, columns=["crowd_id", "record_id"])


def densest(reports: pd.DataFrame, *, side_deg: float = 0.5) -> pd.DataFrame:
    """Return the reports in the half-degree cell with the most of them (a county where none is at
    hand)."""
    cell = (
        np.floor(reports["lon"] / side_deg) * 10_000 + np.floor(reports["lat"] / side_deg)
    ).astype(int)
    return reports[cell == cell.value_counts().idxmax()].reset_index(drop=True)
