"""What may be printed of coverage: each sentence with its figure, interval and meaning (C1 to C7).

Sentences hold no figure that a table of the result does not: a test computes each one again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from alprmap import geo
from alprmap.claims import counted_sentence, sheet
from alprmap.coverage.sensitive_claims import sensitive_claims
from alprmap.coverage.whom_claims import whom_claims
from alprmap.text import number_of, percent, verb

Row = dict[str, Any]
LIKELY = "c2_likely_road_share"
UNREAD_ZONE = "zone in which one can drive from any place to any other without being read"


def coverage_claims(
    tables: Mapping[str, pd.DataFrame], about: Mapping[str, Any], settings: Mapping[str, Any]
) -> pd.DataFrame:
    """Return the claims of a coverage result (columns `alprmap.claims.COLUMNS`)."""
    headline = tables["summary"].set_index("measure")[str(about["level"])]
    rows = [
        *_counted(about),
        *_corridors(tables, headline, about),
        *_zones(tables),
        *_trips(tables, about),
        *_viewers(tables),
        *_positions(tables),
        *_agency(tables),
        *_cordons(tables),
        *sensitive_claims(tables),
        *whom_claims(tables),
    ]
    sure = _intervals(tables)
    rule = (
        f"facing rule {about['facing']}, range {about['range_m']:g} m, opening"
        f" {about['width_deg']:g} degrees where none is stated"
    )
    for row in rows:
        row["definition"] = f"{row['definition']}; {rule}"
        row.setdefault("bounds", "no interval: not among the drawn measures")
        row |= sure.get(str(row.pop("measure", "")), {})
        row.setdefault("n", int(about["cameras_in_area"]))
    outside = int(about["cameras_given"]) - int(about["cameras_in_area"])
    aside = (
        f"{counted_sentence(int(about['cameras_given']), dict(about.get('set_aside') or {}))};"
        f" {about['cameras_in_area']:,} of {number_of(about['cameras_given'], 'camera')}"
        f" {verb(about['cameras_in_area'], 'stands', 'stand')} on these roads,"
        f" {outside:,} elsewhere are left out; {about['cameras_reading_nothing']:,} of them read no"
        " road"
    )
    if "cameras_inside_area" in about:
        aside += f"; {about['cameras_inside_area']:,} stand inside the area, the others around it"
    caveat = "Mapped cameras and roads only; " + str(about["edge"])
    rows = [{"caveat": caveat, **row} for row in rows]
    return sheet(
        rows, wing="coverage", settings=settings, data_date=about["dates"], set_aside=aside
    )


def _counted(about: Mapping[str, Any]) -> Iterator[Row]:
    """How many of the cameras given these roads cover, and under which rule they read (C0)."""
    given, near = int(about["cameras_given"]), int(about["cameras_in_area"])
    reading = near - int(about["cameras_reading_nothing"])
    yield {
        "claim_id": "c0-cameras-here",
        "sentence": (
            f"{near:,} of {number_of(given, 'standing reader')}"
            f" ({percent(near / given if given else 0)})"
            f" {verb(near, 'stands', 'stand')} on these roads and {reading:,} of them"
            f" {verb(reading, 'reads', 'read')} a road, under the facing rule"
            f" {about['facing']}, a range of {about['range_m']:g} m and, where none is stated, an"
            f" opening of {about['width_deg']:g} degrees."
        ),
        "figure": near,
        "unit": "cameras",
        "n": given,
        "bounds": "a count under the stated rule; the figures below vary the rule",
        "definition": "cameras within about a kilometer of the box of the roads given (C0)",
    }


def _intervals(tables: Mapping[str, pd.DataFrame]) -> dict[str, Row]:
    """Return low, high and what the interval is, of each drawn measure; none of zero width."""
    out: dict[str, Row] = {}
    if "c7_intervals" not in tables:
        return out
    for row in tables["c7_intervals"].to_dict("records"):
        if not row["low"] < row["high"]:
            continue
        out[str(row["measure"])] = {
            "low": row["low"],
            "high": row["high"],
            "bounds": (
                f"5 to 95 % of {row['draws']} draws of the uncertainty model, median"
                f" {percent(row['median'])}; most of the spread is due to: {row['leads']}"
                + _beside(row["mid"], row["low"], row["high"])
            ),
        }
    return out


def _beside(figure: float, low: float, high: float) -> str:
    """Say where a figure stands that its interval does not hold; nothing where it does."""
    if low <= figure <= high:
        return ""
    side = "above" if figure > high else "below"
    return (
        f"; at mid, the map taken at its word, it is {percent(figure)}, {side} the interval:"
        " errors of the map mostly take readings away"
    )


def _corridors(
    tables: Mapping[str, pd.DataFrame], headline: pd.Series, about: Mapping[str, Any]
) -> Iterator[Row]:
    near = tables["c1_corridors"]
    for row in near[near["highway"] == "all"].to_dict("records"):
        km = row["radius_m"] / 1000
        yield {
            "claim_id": f"c1-road-{km:g}km",
            "measure": f"c1_road_share_{km:g}km",
            "sentence": (
                f"{percent(row['road_share'])} of the road lies within"
                f" {geo.miles_text(km)} of travel of a reader."
            ),
            "figure": row["road_share"],
            "unit": "share",
            "definition": "share of drivable road, center line, up- or downstream of a reader (C1)",
        }
    if LIKELY not in headline:
        return
    limit = about["corridor_km"]
    beside = [
        f"{percent(r[LIKELY])} with {geo.miles_text(r['limit_km'])}"
        for r in tables["c2_limits"].to_dict("records")
        if r["limit_km"] != limit and r[LIKELY] == r[LIKELY]
    ]
    yield {
        "claim_id": "c2-likely-road",
        "sentence": (
            f"{percent(headline[LIKELY])} of the road lies in corridors that a driver read at both"
            " ends most likely drove (certainty 0.5 or more), if the next reading follows within"
            f" {geo.miles_text(limit)}; that limit is an assumption: {', '.join(beside)}."
        ),
        "figure": headline[LIKELY],
        "unit": "share",
        "definition": (
            "share of drivable road in tracked corridors of certainty 0.5 or more: any other way"
            " without a reader takes at least half as long again (C2)"
        ),
    }


def _zones(tables: Mapping[str, pd.DataFrame]) -> Iterator[Row]:
    zone = tables["c4_summary"].set_index("network")
    read, free = (dict(zone.loc[name]) for name in ("as read", "without readers"))
    yield {
        "claim_id": "c4-unread-road",
        "measure": "c4_largest_unread_share",
        "sentence": (
            f"{percent(read['largest_share'])} of the road, counting each direction of travel"
            f" separately, lies in the largest {UNREAD_ZONE}; with no readers at all it would be"
            f" {percent(free['largest_share'])}."
        ),
        "figure": read["largest_share"],
        "unit": "share",
        "definition": "share of travel-km in the largest strongly connected unread part (C4)",
    }
    if "largest_people_share" in zone.columns:
        yield {
            "claim_id": "c4-unread-people",
            "measure": "c4_people_in_largest_share",
            "sentence": (
                f"{percent(read['largest_people_share'])} of the people live in the largest"
                f" {UNREAD_ZONE}; with no readers at all it would be"
                f" {percent(free['largest_people_share'])}."
            ),
            "figure": read["largest_people_share"],
            "unit": "share",
            "n": round(float(read["people"])),
            "definition": "share of people whose nearest junction lies in that zone (C4)",
        }


def _trips(tables: Mapping[str, pd.DataFrame], about: Mapping[str, Any]) -> Iterator[Row]:
    if "c6_summary" not in tables:
        return
    trip = tables["c6_summary"].iloc[0]
    every = "how" in tables["c6_summary"].columns
    what = (
        f"all {number_of(trip['trips'], 'pair')} of places at least {geo.miles_text(1)} apart"
        " (or as the table"
        " of pairs says)"
        if every
        else f"a sample of {number_of(trip['trips'], 'trip')}"
    )
    base: Row = {"unit": "share", "n": int(trip["trips"])}
    meaning = f"{what}, each by the fastest way, weighed by people and distance or by its weight"
    trips = "trips"
    if "trips_mean" in about:
        # flows by code are workers' and no other trips: sentence and definition say so
        trips, meaning = "workers' trips from home to work", str(about["trips_mean"])
    bounds: Row = {}
    if not every and trip["share_read_1_low"] < trip["share_read_1_high"]:
        bounds = {
            "low": trip["share_read_1_low"],
            "high": trip["share_read_1_high"],
            "bounds": "sampling only: 95 %, bootstrap over origins",
        }
    yield (
        base
        | bounds
        | {
            "claim_id": "c6-trips-read",
            "measure": "c6_share_read_1",
            "sentence": f"{percent(trip['share_read_1'])} of {trips} pass at least one reader.",
            "figure": trip["share_read_1"],
            "definition": f"share of trips with a reading (C6): {meaning}",
        }
    )
    yield base | {
        "claim_id": "c6-unread-possible",
        "sentence": (
            f"{percent(trip['share_unread_possible'])} of {trips} could be driven some way"
            " without passing a reader."
        ),
        "figure": trip["share_unread_possible"],
        "definition": f"share of trips with an unread way, however long (C6): {meaning}",
    }
    if trip["extra_minutes_read"] == trip["extra_minutes_read"]:
        yield base | {
            "claim_id": "c6-extra-minutes",
            "sentence": (
                f"Of the trips that are read, the least-read way takes"
                f" {trip['extra_minutes_read']:.2f} minutes more on average"
                f" ({trip['extra_minutes']:.2f} over all trips, read or not)."
            ),
            "figure": trip["extra_minutes_read"],
            "unit": "minutes",
            "definition": (
                "mean extra minutes of the least-read way over trips that pass a reader (C6), at"
                f" four fifths of the signed limit or a speed by class (G1): {meaning}"
            ),
        }


def _viewers(tables: Mapping[str, pd.DataFrame]) -> Iterator[Row]:
    """Who can look at trips, as far as the sharing record says: all, and the agencies that can look
    at most, each class by itself.
    """
    seen = tables.get("c6_access", pd.DataFrame())
    if not len(seen):
        return
    whole = seen[seen["level"].isin(("all", "unknown"))]
    most = seen[seen["level"] == "agency"].groupby("class", sort=False).head(5)
    for number, row in enumerate([*whole.to_dict("records"), *most.to_dict("records")]):
        share = f"{percent(row['share'])} of trips"
        day, first, last = (
            None if row[c] != row[c] else row[c] for c in ("as_of", "since_first", "since_last")
        )
        when = f"by records dated {first} to {last}" if first else "by records without a date"
        when = f"{when}, as of {day}" if day else when
        body = "somebody" if row["level"] == "all" else row["viewer"]
        yield {
            "claim_id": f"c6-seen-by-{number:03d}",
            "sentence": (
                f"{share}: {row['viewer']}."
                if row["level"] == "unknown"
                else f"{share} can be looked at by {body}, {when} (the agency of the cameras is"
                f" {row['class']})."
            ),
            "figure": row["share"],
            "unit": "share",
            "definition": (
                "share of trips read by a camera that the record lets this body search, classes"
                " never added up (C6, A2)"
            ),
        }


def _positions(tables: Mapping[str, pd.DataFrame]) -> Iterator[Row]:
    """What a position so far off keeps of the readings (C7)."""
    if "c7_positions" not in tables:
        return
    for row in tables["c7_positions"].to_dict("records"):
        same, road, cameras = (percent(row[name]) for name in ("kept", "kept_road", "kept_cameras"))
        feet = row["error_m"] / geo.STATUTE_MILE_M * 5280
        yield {
            "claim_id": f"c7-position-{row['error_m']:g}m",
            "sentence": (
                f"A position {row['error_m']:g} m ({feet:,.0f} feet) off keeps {same} of the"
                f" readings (camera, segment, direction), {road} on the same road; {cameras} of the"
                " cameras still read a road."
            ),
            "figure": row["kept"],
            "unit": "share",
            "bounds": "mean of random directions",
            "definition": "share of readings that stay when each camera stands so far off (C7)",
        }


def _agency(tables: Mapping[str, pd.DataFrame]) -> Iterator[Row]:
    """What the share of trips owes to the agency with most readers (C8)."""
    table = tables.get("c8_agencies", pd.DataFrame())
    if not len(table):
        return
    for row in table[table["measure"] == "c6_share_read_1"].to_dict("records"):
        kind, name = str(row["largest"]).split(" ", 1)
        if kind != "operator" or row["agencies"] < 2:
            # who is unknown is no agency to be named, and of a single one nothing is left
            continue
        given = row["low"] == row["low"]
        yield {
            "claim_id": "c8-without-largest",
            "sentence": (
                f"Without the {number_of(row['largest_cameras'], 'reader')} of {name}, the most"
                " of one agency"
                f" of {row['agencies']:,}, {percent(row['without_largest'])} of trips pass a"
                " reader."
            ),
            "figure": row["without_largest"],
            "unit": "share",
            "n": int(row["agencies"]),
            "bounds": (
                f"with other agencies the share of trips that are read would lie within"
                f" {percent(row['low'])} to {percent(row['high'])}: {row['bounds']}"
                if given
                else str(row["bounds"])
            ),
            "definition": (
                "share of trips with a reading (C6) when the readers of the agency with most of"
                " those that read here are left out (C8)"
            ),
        }


def _cordons(tables: Mapping[str, pd.DataFrame]) -> Iterator[Row]:
    for name in ("c5_cordons", "c5_border_cordons"):
        if name not in tables:
            continue
        table = tables[name]
        for number, row in enumerate(table[table["highway"] == "all"].to_dict("records")):
            km = float(row["within_m"]) / 1000
            yield {
                "claim_id": f"{name.replace('_', '-')}-{number:03d}",
                "sentence": (
                    f"{row['read']:,} of {number_of(row['crossings'], 'crossing')} of"
                    f" {row['cordon']} ({row['way']}) {verb(row['read'], 'is', 'are')} read within"
                    f" {geo.miles_text(km)} of travel."
                ),
                "figure": row["read"],
                "unit": "crossings",
                "n": int(row["crossings"]),
                "definition": (
                    "roads over the line, each direction of travel apart, with a reader within that"
                    " travel before or after it (C5)"
                ),
            }
