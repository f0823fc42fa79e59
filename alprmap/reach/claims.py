"""The claims sheet: every headline figure with what must stand beside it (rule R5).

A claim is one row: the sentence, the figure with its low and high, n, the definition in words, the
hash of the inputs, where the ids behind it are (a file and the condition that picks them), and the
caveat without which the figure must not be quoted.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from alprmap import geo
from alprmap.claims import sheet
from alprmap.geography import BORDERS
from alprmap.text import percent

UNITS = {
    "mi": ("statute miles", geo.STATUTE_MILE_M),
    "nmi": ("nautical miles", 1852.0),
    "km": ("kilometres", 1000.0),
}
_MAPPED = (
    "Counts mapped cameras, not all there are: coverage of the map differs from town to town, so a"
    " share says where mapped cameras stand."
)
_ZONE = (
    "8 CFR 287.1 calls 100 air miles a reasonable distance from any external boundary (`external`);"
    " other borders are for comparison."
)
_CLASSES = (
    "The three classes are never added up, nor are one hop and two. A record shows access on its"
    " date, not use; what no record names may exist all the same."
)
_CHAIN = (
    "A chain shows that a car can be read again and again on its way inland, not that one was;"
    " readers that the map lacks would make chains longer, never shorter. Roads outside the extract"
    " are not known."
)
_PORT = "the nearest land port of entry"


def reach_claims(
    statistics: pd.DataFrame,
    *,
    ids_file: str,
    inputs: Mapping[str, str],
    people: pd.DataFrame | None = None,
    county_bounds: Mapping[str, tuple[float, float]] | None = None,
    zone: float = 100,
) -> pd.DataFrame:
    """Write the claims that rest on distances to borders.

    Parameters
    ----------
    statistics
        Rows of group `all` of `alprmap.reach.distances.statistics`.
    ids_file
        Name of the file with one row per camera and its distances.
    inputs
        SHA-256 of each input file by name.
    people
        As `alprmap.reach.distances.people_within` gives it: adds the baseline claim.
    county_bounds
        Per border the share within the zone at the ends of the county bootstrap.
    zone
        Radius of the headline, in the unit of the statistics.

    Returns
    -------
    DataFrame
        One row per claim, columns `alprmap.claims.COLUMNS`.
    """
    rows: list[dict[str, Any]] = []
    homes = {} if people is None else {str(h["border"]): h for h in people.to_dict("records")}
    for row in statistics.to_dict("records"):
        name = str(row["border"])
        what = _PORT if name == "port" else BORDERS[name]
        word, metres = UNITS[str(row["unit"])]
        base = {
            "n": row["n"],
            "definition": f"`{name}`: {what}; geodesic on WGS 84, {word}",
            "ids_file": ids_file,
        }
        found = _of_border(row, f"{zone:g}", word, zone * metres, (county_bounds or {}).get(name))
        if name in homes:
            found.append(_baseline(row, homes[name], f"{zone:g}", word, zone * metres))
        rows += [base | claim for claim in found]
    return sheet(rows, wing="reach", inputs=inputs)


def _of_border(
    row: Mapping[Any, Any], tag: str, word: str, metres: float, county: tuple[float, float] | None
) -> list[dict[str, Any]]:
    """Return count within, share beyond, median and farthest of one border."""
    name, unit, line = str(row["border"]), str(row["unit"]), _called(str(row["border"]))
    n, k, share = row["n"], row[f"within_{tag}"], row[f"share_{tag}"]
    # one county, or all of them alike, can be resampled for ever and will not differ
    county = county if county is not None and county[0] < county[1] else None
    low, high = county or (row[f"share_{tag}_low"], row[f"share_{tag}_high"])
    return [
        {
            "claim_id": f"within-{tag}-{unit}-{name}",
            "figure": k,
            "unit": "cameras",
            "sentence": (
                f"{k:,} of {n:,} mapped cameras ({percent(share)}) stand within {tag} {word} of"
                f" {line}."
            ),
            "low": row[f"within_{tag}_low"],
            "high": row[f"within_{tag}_high"],
            "caveat": _MAPPED,
            "bounds": "error of border data (95 %) and of camera positions",
            "ids_where": f"to_{name}_m <= {metres:.3f}",
        },
        {
            "claim_id": f"beyond-{tag}-{unit}-{name}",
            "figure": row["share_beyond"],
            "unit": "share",
            "sentence": (
                f"{percent(row['share_beyond'])} of {n:,} mapped cameras stand farther than {tag}"
                f" {word} from {line}."
            ),
            "low": 1 - high,
            "high": 1 - low,
            "caveat": f"{_MAPPED} {_ZONE}",
            "bounds": "counties resampled, 95 %" if county else "Clopper–Pearson, 95 %",
            "ids_where": f"to_{name}_m > {metres:.3f}",
        },
        {
            "claim_id": f"median-{unit}-{name}",
            "figure": row["median"],
            "unit": unit,
            "caveat": _MAPPED,
            "sentence": (
                f"Half of {n:,} mapped cameras stand farther than {row['median']:,.1f} {word} from "
                f"{line}."
            ),
            "low": row["median_low"],
            "high": row["median_high"],
            "bounds": "order statistics, 95 %",
            "ids_where": f"to_{name}_m is not missing",
        },
        {
            "claim_id": f"farthest-{unit}-{name}",
            "figure": row["farthest"],
            "unit": unit,
            "caveat": _MAPPED,
            "sentence": (
                f"The mapped camera farthest from {line} stands {row['farthest']:,.1f} {word} away."
            ),
            "low": row["farthest"],
            "high": row["farthest"],
            "bounds": "a single camera",
            "ids_where": f"camera_id == {row['farthest_camera_id']}",
        },
    ]


def _baseline(
    row: Mapping[Any, Any], home: Mapping[Any, Any], tag: str, word: str, metres: float
) -> dict[str, Any]:
    """Return the share of cameras beside the share of people (R6)."""
    name, share, people = str(row["border"]), row[f"share_{tag}"], home[f"people_share_{tag}"]
    ratio, low, high = (
        v / people if people else float("nan")
        for v in (share, row[f"share_{tag}_low"], row[f"share_{tag}_high"])
    )
    return {
        "claim_id": f"people-{tag}-{row['unit']}-{name}",
        "figure": ratio,
        "unit": "ratio of shares",
        "sentence": (
            f"{percent(share)} of mapped cameras and {percent(people)} of people are within {tag}"
            f" {word} of {_called(name)}."
        ),
        "low": low,
        "high": high,
        "bounds": "Clopper–Pearson, 95 %, of the cameras' share",
        "ids_where": f"to_{name}_m <= {metres:.3f}",
        "caveat": (
            f"{_MAPPED} People are counted at the middle of their unit ({home['n']:,} units, "
            f"{home['people']:,.0f} people)."
        ),
    }


def access_claims(
    summary: pd.DataFrame,
    *,
    target: str,
    records: int,
    as_of: str | None,
    ids_file: str,
    inputs: Mapping[str, str],
) -> pd.DataFrame:
    """Write the claims that rest on sharing records (A1–A3): each class and number of hops by
    itself, never a sum.

    Parameters
    ----------
    summary
        As `alprmap.access.paths.reach_of` gives it.
    target
        The body asked for, in words.
    records
        Sharing records that name it.
    as_of
        Date asked for, or None.
    """
    when = f"on record as of {as_of}" if as_of else "on record without a date"
    classes = {
        "known": "whose operator is tagged",
        "inferred": "whose operator is inferred from the town they stand in, not tagged,",
    }
    rows = []
    for row in summary[summary["state"] == "all"].to_dict("records"):
        sort, hops = str(row["class"]), int(row["hops"])
        path = {
            0: f"are run by {target} itself",
            1: f"are run by an agency that lets {target} search its readers, {when}",
            2: (
                f"are run by an agency that shares with one that lets {target} search its readers,"
                f" {when}: a possibility, not a fact"
            ),
        }[hops]
        rows.append(
            {
                "claim_id": f"access-{sort}-{hops}",
                "figure": row["n"],
                "unit": "cameras",
                "n": row["n"],
                "sentence": f"{row['n']:,} mapped cameras {classes[sort]} {path}.",
                "low": row["n_low"],
                "high": row["n_high"],
                "bounds": (
                    "inference at 4 and 12 km instead of 8 km" if sort == "inferred" else "counted"
                ),
                "definition": f"A2 class {sort}, A3 {hops} hops, {records:,} records name {target}",
                "caveat": _CLASSES,
                "ids_file": ids_file,
                "ids_where": f"class == {sort} and hops == {hops}",
            }
        )
    return sheet(rows, wing="access", inputs=inputs, data_date=as_of)


def corridor_claims(
    corridors: pd.DataFrame, *, unit: str, ids_file: str, inputs: Mapping[str, str]
) -> pd.DataFrame:
    """Write the claims of corridor reach (R4): per port and gap, how far inland a chain of readers
    goes.

    Parameters
    ----------
    corridors
        As `alprmap.reach.inland.corridors` gives it; ports whose first reader is farther than the
        gap are left out.
    unit
        `mi`, `nmi` or `km`.
    ids_file
        Name of the file of links.
    """
    word, metres = UNITS[unit]
    rows = []
    for row in corridors[corridors["n_cameras"] > 0].to_dict("records"):
        far = row["inland_m"] / metres
        rows.append(
            {
                "claim_id": f"corridor-{row['gap_km']:g}km-{row['port']}",
                "figure": far,
                "unit": unit,
                "n": row["n_cameras"],
                "low": far,
                "high": far,
                "bounds": "exact on the roads and cameras given",
                "sentence": (
                    f"From {row['port']}, readers no farther than {row['gap_km']:g} km of driving"
                    f" apart go {far:,.1f} {word} inland ({row['n_cameras']:,} cameras)."
                ),
                "definition": (
                    "R4: every reader within the gap of the port or of another such reader, along"
                    " the driving network; inland is the geodesic distance to the land border"
                ),
                "caveat": _CHAIN,
                "ids_file": ids_file,
                "ids_where": f"port == {row['port']!r} and gap_km == {row['gap_km']:g}",
            }
        )
    return sheet(rows, wing="reach", inputs=inputs)


def _called(name: str) -> str:
    return {
        "mexico": "the border with Mexico",
        "canada": "the border with Canada",
        "land": "a land border (Mexico or Canada)",
        "coast": "the shoreline, Great Lakes included",
        "external": "the external boundary (land border and 12-mile sea)",
        "port": "a land port of entry",
    }[name]
