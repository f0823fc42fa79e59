"""What a reader of the report must know of each table of measures: a name, a sentence, and words
for its rows.

The sentences say in short what docs/method defines; a reader of a report need not have that page.
"""

from __future__ import annotations

import re

from alprmap import geo, schema

TABLES: dict[str, tuple[str, str]] = {
    "c1_corridors": (
        "Road near a reader (C1)",
        (
            "Road on which a vehicle has passed a reader within so many meters of travel (down), or"
            " comes to one (up); travel km count each direction, road km the road once."
        ),
    ),
    "c2_tracked": (
        "Road in tracked corridors (C2)",
        (
            "From a reader by the fastest way to the next one: a vehicle read at both ends and"
            " nowhere else has most likely driven it. Certainty 0: another way is as fast; 1: any"
            " other takes twice the time."
        ),
    ),
    "c2_limits": (
        "The longest corridor is an assumption (C2)",
        (
            "A corridor counts when the next reading follows within so many kilometers; half and"
            " twice as far stand beside what was asked for."
        ),
    ),
    "c3_routes": (
        "Numbered routes (C3)",
        "Readers in each direction of travel, and the longest stretch that none of them reads.",
    ),
    "c3_strands": (
        "Numbered routes, each stretch of road by itself (C3)",
        "Kilometers are counted from the start of the stretch in its direction of travel.",
    ),
    "c4_summary": (
        "What can be driven unread (C4)",
        (
            "Zones are the parts of the network within which one can drive from anywhere to"
            " anywhere and back without passing a reader. The same network without readers stands"
            " beside it: an extract falls into parts by itself."
        ),
    ),
    "c4_zones": ("Unread zones, largest first (C4)", "Travel km count each direction of a road."),
    "c5_cordons": (
        "Cordons (C5)",
        (
            "Of the roads that cross an outline or line, how many have a reader within so many"
            " meters of travel before or after. Crossings are counted, not traffic."
        ),
    ),
    "c5_border_cordons": (
        "Lines at a distance from a border (C5)",
        (
            "Of the roads that cross the line, towards the border (in) or away from it (out), how"
            " many have a reader within so many meters of travel before or after. Crossings are"
            " counted, not traffic."
        ),
    ),
    "c6_access": (
        "Who can look at the trips (C6)",
        (
            "A trip is seen by the body that runs a camera on its way and by those it shares with"
            " on record. Rows of class known and inferred are never to be added up; what nothing is"
            " known of stands in the rows unknown."
        ),
    ),
    "c6_operators": (
        "Trips by operator of the readers passed (C6)",
        "A trip can pass readers of several operators.",
    ),
    "c6_summary": (
        "Trips by length (C6)",
        (
            "Trips by the fastest way between places where people live, weighed by population and"
            " distance: every pair where that can be computed, else a sample, whose low and high"
            " are a 95 % bootstrap over origins."
        ),
    ),
    "c7_intervals": (
        "How sure the figures on roads are (C7)",
        (
            "What a camera reads is assumed: facing rule, range, width, errors of heading and"
            " position, route choice. Each draw varies all of them; low and high are 5 and 95 % of"
            " the draws, mid is the figure printed, which may lie outside."
        ),
    ),
    "c7_shares": (
        "What the spread is due to (C7)",
        "The spread that each assumption causes alone, and its share of the sum of variances.",
    ),
    "c7_positions": (
        "What a wrong position keeps (C7)",
        "Share of readings that stay when every camera stands so many meters off.",
    ),
    "c8_agencies": (
        "The same figures without the largest agency (C8)",
        (
            "Each figure without the readers of the agency that has most of those that read here,"
            " and how far it would move with other agencies, where there are enough to say."
        ),
    ),
    "c11_categories": (
        "Clinics, houses of worship, courts, schools and others, by category (C11)",
        (
            "How many cannot be driven to from half a mile away without passing a reader, the share"
            " of the roads leading to them that are read, and the share of trips from home to them"
            " that pass one; low and high are those of the settings. Categories with fewer than"
            " five places have no figures, and single places are not named: which one is watched"
            " best is of no use to a reader and of some to others."
        ),
    ),
    "low_mid_high": (
        "The same figures under three assumptions",
        (
            "What a camera reads rests on an assumption about its range and opening:"
            f" {schema.VIEW_LEVELS_TEXT}. Print mid with the other two beside it."
        ),
    ),
}
"""Name of a file without its suffix → caption, explanation."""

ACCESS: dict[str, tuple[str, str]] = {
    "agencies": (
        "Agencies whose cameras the body can look through",
        (
            "Declared is what the agency says it has; what the map lacks of that lies between"
            " unmapped at least and at most."
        ),
    ),
    "summary": ("Cameras by class and hops", "Medians and maxima are miles from the land border."),
    "bodies": (
        "The time line of the record, per body asked for",
        "Shares that name the body: on record on the day asked for, ever, and ended since.",
    ),
    "timeline": (
        "What each body could look through, from day to day",
        (
            "Agencies that let it search on record, and their mapped cameras by class; could:"
            " over another agency, in a search on its behalf, or by a setting of the vendor, which"
            " are possibilities. Nothing is added up."
        ),
    ),
    "laws": (
        "Laws on sharing, beside shares on record",
        (
            "Shares that a record names on a day on which the law held; whether one breaks the law,"
            " no record shows."
        ),
    ),
    "by_tag": (
        "Lists: agencies of the record on each",
        "What the agencies on a list run, and whose readers at least one of them may search (A5).",
    ),
    "inference": (
        "How often an inferred operator is right",
        (
            "Tested on cameras whose town police is tagged: how many the inference would have given"
            " to that police. Untagged cameras include private ones, so it is an upper bound."
        ),
    ),
}

SEARCHES: dict[str, tuple[str, str]] = {
    "files": ("Logs that were read", "Rows of each log, and what became of them."),
    "hours": ("Searches by hour of the day", "On the clock the build was given (UTC, if none)."),
    "organizations": (
        "Who searched",
        (
            "Searches by organization: how many networks, how many nationwide, how far back. A name"
            " that is not an organization's is never written."
        ),
    ),
    "reasons": (
        "What searches were said to be for",
        "A reason is what somebody typed; its category rests on words, and it can be false.",
    ),
}
SEEN: dict[str, tuple[str, str]] = {
    "agencies": (
        "Whose readers were searched, or could be",
        (
            "In log: searches in the network's own log. On record: searches over more than one"
            " network by one that a share on record lets in, a possibility. Never added up (A10)."
        ),
    ),
    "zone": (
        "Readers near the border, and who searched them",
        "By class, proof, list and month (A10).",
    ),
}

TEXT: dict[str, tuple[str, ...]] = {
    "searches": (
        (
            "What logs of searches show. Searches by agencies whose logs are not here are not in"
            " it. Nothing about a person leaves a log: plates, names, cases and the words of"
            " reasons are dropped while it is read (A6)."
        ),
    ),
    "coverage": (
        (
            "What the mapped cameras could read on the mapped roads, from where they stand and"
            " which way they look. It says nothing about what was searched."
        ),
    ),
    "access": (
        (
            "Which cameras the body asked for can look through, as far as sharing records say."
            " Class: known (the operator is tagged and in the record) or inferred (from the town it"
            " stands in). Hops: 0 its own, 1 the operator shares with it on record, 2 a possibility"
            " and not a fact. Rows are never to be added up (rules A1 to A3)."
        ),
    ),
}
"""Folder of measures → what stands over its tables."""

ROW_BY_ROW = (
    "cameras",
    "shares",
    "doors",
    "declared",
    "claims",
    "c6_origins",
    "c7_draws",
    "months",
    "network_months",
    "networks",
    "seen",
    "tags",
    "c11_places",
    "c11_approaches",
)
"""Tables of single cameras, records and draws, and the claims: for a file, not for a report. Nor
does a report say which clinic or mosque is watched best (C11)."""

_MEASURES = (
    (r"standing_readers", "plate readers that stand, everywhere in the files"),
    (r"set_aside", "cameras and reports set aside: removed, planned, other devices, no position"),
    (r"standing_readers_on_these_roads", "of the plate readers, those on these roads"),
    (r"cameras_reading", "cameras that read a road"),
    (r"c1_road_share_(.+)km", r"road within \1 km of travel of a reader (C1)"),
    (r"c2_likely_road_km", "road most likely driven between two readings, km (C2)"),
    (r"c2_likely_road_share", "road most likely driven between two readings (C2)"),
    (r"c2_possible_road_km", "road in tracked corridors of any certainty, km (C2)"),
    (r"c2_possible_road_share", "road in tracked corridors of any certainty (C2)"),
    (r"c4_largest_unread_share", "travel km in the largest unread zone (C4)"),
    (r"c4_people_in_largest_share", "people in the largest unread zone (C4)"),
    (r"c6_share_read_1", "trips read once or more (C6)"),
    (r"c6_share_read_(\d+)", r"trips read \1 times or more (C6)"),
    (r"c6_share_unread_possible", "trips that could go unread (C6)"),
    (r"c6_readers_per_trip", "readers per trip (C6)"),
    (r"c6_readers_per_km", "readers per km of trip (C6)"),
    (r"c6_extra_minutes_read", "minutes the least-read way costs, over trips that are read (C6)"),
    (r"c6_extra_minutes", "minutes the least-read way costs (C6)"),
)


def measure(name: str) -> str:
    """Return a measure in words; one that is not known here as it is.

    >>> measure("c1_road_share_0.5km"), measure("c9_new")
    ('road within 0.3 miles (0.5 km) of travel of a reader (C1)', 'c9_new')
    """
    for pattern, words in _MEASURES:
        if found := re.fullmatch(pattern, name):
            text = found.expand(words)
            return re.sub(r"([\d.]+) km\b", lambda m: geo.miles_text(float(m[1])), text)
    return name


def caption(folder: str, stem: str) -> tuple[str, str]:
    """Return the caption of a table and what it shows; of a table not known here its name alone.

    >>> caption("coverage", "c9_new_things")
    ('C9 new things', '')
    """
    of = {"access": ACCESS, "searches": SEARCHES, "searches/seen": SEEN}
    known = of.get(folder, TABLES)
    return known.get(stem, (stem.replace("_", " ").capitalize(), ""))
