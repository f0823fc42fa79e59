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
from alprmap.geo import UNIT_M
from alprmap.geography import BORDERS
from alprmap.reach.intervals import NONE, RESAMPLED
from alprmap.reach.settings import UNIT_NAME, border_error_m
from alprmap.text import number_of, percent, verb

_MAPPED = (
    "Counts mapped cameras, not all there are: coverage of the map differs from town to town, so a"
    " share says where mapped cameras stand."
)
_ZONE = (
    "8 CFR 287.1 calls 100 air miles a reasonable distance from any external boundary (`external`);"
    " other borders are for comparison."
)
_CHAIN = (
    "A chain shows that a car can be read again and again on its way inland, not that one was;"
    " readers that the map lacks would make chains longer, never shorter. Roads outside the extract"
    " are not known."
)
_PORT = "the nearest land port of entry that ships with alprmap"
_SHARE = "95 %, clusters (operator; county where unknown or local) resampled"
_EXACT = "95 %, exact (Clopper–Pearson)"
_NO_INTERVAL = "no interval: too few independent groups of cameras"


def reach_claims(
    statistics: pd.DataFrame,
    *,
    ids_file: str,
    inputs: Mapping[str, str],
    people: pd.DataFrame | None = None,
    zone: float = 100,
    settings: Mapping[str, Any] | None = None,
    data_date: str | None = None,
    set_aside: str | None = None,
) -> pd.DataFrame:
    """Write the claims that rest on distances to borders.

    Parameters
    ----------
    statistics
        Rows of group `all` of `alprmap.reach.statistics`.
    ids_file
        Name of the file with one row per camera and its distances.
    inputs
        SHA-256 of each input file by name.
    people
        As `alprmap.reach.people_within` gives it: adds the baseline claim.
    zone
        Radius of the headline, in the unit of the statistics.
    settings, data_date, set_aside
        As `alprmap.claims.sheet` takes them: settings in force, date of the cameras, what is not
        counted and why.

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
        word, meters = UNIT_NAME[str(row["unit"])], UNIT_M[str(row["unit"])]
        base = {
            "n": row["n"],
            "definition": (
                f"`{name}`: {what}; geodesic on WGS 84, {word}; counted are standing plate readers"
                " on the map, in the United States (states, territories, 12-mile sea)"
            ),
            "ids_file": ids_file,
        }
        if not row["n"]:
            continue
        made = [*_counts(row, f"{zone:g}", word, zone * meters), *_lengths(row, word, meters)]
        if name in homes:
            made.append(_baseline(row, homes[name], f"{zone:g}", word, zone * meters))
        rows += [base | claim for claim in made]
    return sheet(
        rows,
        wing="reach",
        inputs=inputs,
        settings=settings,
        data_date=data_date,
        set_aside=set_aside or "nothing",
    )


def _counts(row: Mapping[Any, Any], tag: str, word: str, meters: float) -> list[dict[str, Any]]:
    """Return how many stand within the zone and which share beyond, of one border."""
    name, unit, line = str(row["border"]), str(row["unit"]), border_called(str(row["border"]))
    n, k, share = row["n"], row[f"within_{tag}"], row[f"share_{tag}"]
    fewest, most = row[f"within_{tag}_low"], row[f"within_{tag}_high"]
    doubt = float(border_error_m(name, meters))
    error = f"error of the border line here ({doubt:,.0f} m, 95 %) and of camera positions"
    within = {
        "claim_id": f"within-{tag}-{unit}-{name}",
        "figure": k,
        "unit": "cameras",
        "sentence": (
            f"{k:,} of {number_of(n, 'mapped camera')} ({percent(share)})"
            f" {verb(k, 'stands', 'stand')} within {tag} {word} of {line}."
        ),
        "caveat": _MAPPED,
        "ids_where": f"to_{name}_m <= {meters:.3f}",
    }
    if fewest < most:
        within |= {"low": fewest, "high": most, "bounds": error}
    else:
        within |= {"bounds": f"counted; no camera stands within the {error}"}
    beyond = {
        "claim_id": f"beyond-{tag}-{unit}-{name}",
        "figure": row["share_beyond"],
        "unit": "share",
        "sentence": (
            f"{percent(row['share_beyond'])} of {number_of(n, 'mapped camera')}"
            f" {verb(n, 'stands', 'stand')} farther than {tag}"
            f" {word} from {line}."
        ),
        "low": 1 - row[f"share_{tag}_high"],
        "high": 1 - row[f"share_{tag}_low"],
        "caveat": f"{_MAPPED} {_ZONE}",
        "bounds": _kind(row.get("share_bounds")),
        "ids_where": f"to_{name}_m > {meters:.3f}",
    }
    return [within, beyond]


def _lengths(row: Mapping[Any, Any], word: str, meters: float) -> list[dict[str, Any]]:
    """Return the median and the farthest of one border."""
    name, unit, line = str(row["border"]), str(row["unit"]), border_called(str(row["border"]))
    kind = row.get("median_bounds")
    far = float(row["farthest"])
    doubt = float(border_error_m(name, far * meters)) / meters
    return [
        {
            "claim_id": f"median-{unit}-{name}",
            "figure": row["median"],
            "unit": unit,
            "caveat": _MAPPED,
            "sentence": (
                f"Half of {number_of(row['n'], 'mapped camera')}"
                f" {verb(row['n'], 'stands', 'stand')} farther than {row['median']:,.1f}"
                f" {word} from {line}."
            ),
            "low": row["median_low"],
            "high": row["median_high"],
            "bounds": _kind(kind).replace("Clopper–Pearson", "order statistics"),
            "ids_where": f"to_{name}_m is not missing",
        },
        {
            "claim_id": f"farthest-{unit}-{name}",
            "figure": far,
            "unit": unit,
            "caveat": _MAPPED,
            "sentence": f"The mapped camera farthest from {line} stands {far:,.1f} {word} away.",
            "low": max(far - doubt, 0.0),
            "high": far + doubt,
            "bounds": "a single camera; error of the border line (95 %)",
            "ids_where": f"camera_id == {row['farthest_camera_id']}",
        },
    ]


def _kind(bounds: Any) -> str:
    """Return what an interval is, in the words of a claim."""
    if bounds == RESAMPLED:
        return _SHARE
    return _NO_INTERVAL if bounds == NONE else f"{_EXACT}, {bounds}" if bounds else _EXACT


def _baseline(
    row: Mapping[Any, Any], home: Mapping[Any, Any], tag: str, word: str, meters: float
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
            f" {word} of {border_called(name)}."
        ),
        "low": low,
        "high": high,
        "bounds": f"{_kind(row.get('share_bounds'))}, of the cameras' share",
        "ids_where": f"to_{name}_m <= {meters:.3f}",
        "caveat": (
            f"{_MAPPED} People are counted at the middle of their unit"
            f" ({number_of(home['n'], 'unit')}, "
            f"{home['people']:,.0f} people)."
        ),
    }


def corridor_claims(
    corridors: pd.DataFrame,
    *,
    unit: str,
    ids_file: str,
    inputs: Mapping[str, str],
    ports: str | None = None,
    on: str = "",
    data_date: str | None = None,
    set_aside: str | None = None,
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
    ports
        Name of the user's own table of starting places; None for the ports of entry that ship
        with alprmap.
    on
        What the roads are, where they are not all roads, such as "highways only".
    """
    word, meters = UNIT_NAME[unit], UNIT_M[unit]
    begins = (
        "a land port of entry that ships with alprmap" if ports is None else f"a row of {ports}"
    )
    own = "" if ports is None else f" (a starting place of {ports})"
    net = f", {on}," if on else ""
    rows = []
    for row in corridors[corridors["n_cameras"] > 0].to_dict("records"):
        far = row["inland_m"] / meters
        rows.append(
            {
                "claim_id": f"corridor-{row['gap_km']:g}km-{row['port']}",
                "figure": far,
                "unit": unit,
                "n": row["n_cameras"],
                "bounds": "exact on the roads and cameras given; no interval",
                "sentence": (
                    f"From {row['port']}{own}{net} readers no farther than"
                    f" {geo.miles_text(row['gap_km'])} of driving apart go {far:,.1f} {word} inland"
                    f" ({number_of(row['n_cameras'], 'camera')})."
                ),
                "definition": (
                    f"R4, beginning at {begins}{net or ','} every reader within the gap of the port"
                    " or of another such reader, along the driving network; inland is the geodesic"
                    " distance to the land border"
                ),
                "caveat": _CHAIN,
                "ids_file": ids_file,
                "ids_where": f"port == {row['port']!r} and gap_km == {row['gap_km']:g}",
            }
        )
    return sheet(
        rows,
        wing="reach",
        inputs=inputs,
        data_date=data_date,
        set_aside=set_aside or "nothing",
    )


def border_called(name: str) -> str:
    """Return what a border is called in a sentence."""
    return {
        "mexico": "the border with Mexico",
        "canada": "the border with Canada",
        "land": "a land border (Mexico or Canada)",
        "coast": "the shoreline, Great Lakes included",
        "external": "the external boundary (land border and 12-mile sea)",
        "port": "a land port of entry",
    }[name]
