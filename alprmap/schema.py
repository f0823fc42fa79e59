"""Every table of the house: columns, dtypes, units, vocabularies, an empty one, and a check at the
door.

A table is described once, here; docs/data.md is generated from it. ``str`` columns hold text or a
missing value, never ``""``; dates are ISO text of the precision known (``2025``, ``2025-10`` or
``2025-10-04``)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from alprmap.errors import InputError, NotFoundError, reason

if TYPE_CHECKING:
    import pandas as pd

Dtype = Literal["str", "float64", "int64", "bool", "geometry"]

LOCATED_BY = (
    "survey",  # a person stood there and placed a point on a map
    "photo",  # position of a photograph
    "coordinates",  # coordinates given by a record
    "crossing",  # two road names
    "ramp",  # a ramp or exit
    "block",  # a house number or block
    "milepost",  # a distance along a route
    "road",  # one road and a rough place on it
    "place",  # a town or area only
    "unlocated",
)
"""How a report's point was found; the typical error of each is in `alprmap.merge` and
docs/method.md (M2). """

EVIDENCE = ("survey", "photo", "record", "portal", "second-hand", "unknown")
STATUS = ("standing", "planned", "removed", "unknown")
"""Whether it stands; only `standing` and `unknown` are measured. """
DEVICE = ("alpr", "unknown", "red_light", "speed", "cctv", "gunshot", "toll", "other")
"""What a device does; `cctv` is any camera that only looks, a traffic camera too. """
DEVICE_NAMES = {
    "alpr": "plate reader",
    "unknown": "camera",
    "red_light": "red-light camera",
    "speed": "speed camera",
    "cctv": "CCTV camera",
    "gunshot": "gunshot detector",
    "toll": "toll reader",
    "other": "device that reads no plates",
}
"""What a sentence calls one device of each word. """
OPERATOR_KIND = (
    "federal",
    "state",
    "county",
    "city",
    "tribal",
    "school",
    "transit",
    "private",
    "homeowners",
    "vendor only",
    "unknown",
)
SETTING = ("port of entry", "checkpoint", "highway", "city street", "private lot", "unknown")
OUTCOME = ("matched", "record-only", "crowd-only", "crowd-only, not in the operator's list")
TRAVEL = ("forward", "backward")
FACING = ("rear", "front", "either")
LEVELS = ("low", "mid", "high")
VIEW_LEVELS = {"low": (30.0, 30.0), "mid": (60.0, 45.0), "high": (90.0, 70.0)}
"""W1: how far a camera reads, meters, and how wide it looks where no width is tagged, degrees, at
each level; where they come from stands in docs/method/watch.md."""
VIEW_LEVELS_TEXT = ", ".join(f"{k} {r:g} m {w:g}°" for k, (r, w) in VIEW_LEVELS.items())
BORDERS = ("mexico", "canada", "land", "coast", "external", "port")
ZONE_M = 5_000_000.0
"""Widest zone around a border: it takes ten seconds and covers the country from either."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its name (the unit is in the name), dtype, meaning, and the words it may hold."""

    name: str
    dtype: Dtype
    doc: str
    required: bool = True
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Table:
    """One table: what a row is, its columns in order, and the columns that name a row."""

    name: str
    row: str
    columns: tuple[Column, ...]
    key: tuple[str, ...] = field(default=())

    @property
    def names(self) -> list[str]:
        """Column names in order."""
        return [c.name for c in self.columns]


def _c(
    name: str, dtype: Dtype, doc: str, *, required: bool = True, words: tuple[str, ...] = ()
) -> Column:
    return Column(name, dtype, doc, required, words)


_LON = _c("lon", "float64", "degrees east of Greenwich, WGS 84; missing when not located")
_LAT = _c("lat", "float64", "degrees north, WGS 84; missing when not located")

REPORTS = Table(
    "reports",
    "one claim by one source; never edited",
    (
        _c("report_id", "str", "source_id:source_record, unique"),
        _c("source_id", "str", "the source as the project file names it (file stem otherwise)"),
        _c(
            "source_record",
            "str",
            "the source's own id: node/123, way/123, or content/HASH of what the row says",
        ),
        _LON,
        _LAT,
        _c("position_error_m", "float64", "one standard deviation of the position, meters"),
        _c("located_by", "str", "how the point was found", words=LOCATED_BY),
        _c("place_raw", "str", "the place in words, as written"),
        _c("road", "str", "road the camera reads, where the text names it"),
        _c("road_at", "str", "the crossing road or mark, where the text names it"),
        _c("travel_deg", "float64", "direction of travel read, where stated (NB is 0), degrees"),
        _c("direction_raw", "str", "the direction as written (alprmap.direction.parse reads it)"),
        _c("operator_raw", "str", "operator as written"),
        _c("operator", "str", "operator after the alias tables"),
        _c("operator_kind", "str", "what sort of body it is", words=OPERATOR_KIND),
        _c("vendor_raw", "str", "maker as written"),
        _c("vendor", "str", "maker after the alias table"),
        _c("setting", "str", "where it stands, only where the data says so", words=SETTING),
        _c("device", "str", "what sort of camera", words=DEVICE),
        _c("first_seen", "str", "first date the source vouches for (installation, survey, list)"),
        _c("last_seen", "str", "last date the source vouches for"),
        _c("status", "str", "as the source says", words=STATUS),
        _c("evidence", "str", "class of evidence", words=EVIDENCE),
        _c("note", "str", "other text worth keeping"),
        _c("town", "str", "town the place lies in, where the source says", required=False),
        _c("county", "str", "county it lies in, where the source says", required=False),
        _c("state", "str", "state it lies in, as the source writes it", required=False),
        _c("changes", "str", "what was changed on the way in, one sentence each", required=False),
        _c("content_id", "str", "hash of what the row says (S13)", required=False),
        _c("row", "str", "where it stands in a file without ids: row/17", required=False),
        _c(
            "known_as",
            "str",
            "id of the camera, in a file of cameras that alprmap handed on (M13)",
            required=False,
        ),
    ),
    ("report_id",),
)

CAMERAS = Table(
    "cameras",
    "one device as we believe it stands",
    (
        _c("camera_id", "str", "stable over rebuilds"),
        _LON,
        _LAT,
        _c("position_error_m", "float64", "one standard deviation of the position, meters"),
        _c("located_by", "str", "how the point was found", words=LOCATED_BY),
        _c("operator", "str", "operator"),
        _c("operator_kind", "str", "what sort of body it is", words=OPERATOR_KIND),
        _c("vendor", "str", "maker"),
        _c("setting", "str", "where it stands, only where the data says so", words=SETTING),
        _c("device", "str", "what sort of camera", words=DEVICE),
        _c("status", "str", "as the better source says", words=STATUS),
        _c("first_seen", "str", "earliest date a source vouches for"),
        _c("last_seen", "str", "latest date a source vouches for"),
        _c("confidence", "float64", "0 to 1, from the evidence (docs/method.md, M10)"),
        _c("n_reports", "int64", "reports linked to it"),
        _c("n_sources", "int64", "independent sources among them"),
        _c("outcome", "str", "how crowd and records agree (M8)", words=OUTCOME, required=False),
        _c("sources", "str", "source ids, joined by a semicolon", required=False),
        _c("source_record", "str", "record of the report that names the camera", required=False),
        _c(
            "direction",
            "str",
            "its views as an OSM direction tag, in files handed on without `views`",
            required=False,
        ),
        _c(
            "direction_quality",
            "str",
            "quality of each view, joined by a semicolon, in files handed on",
            required=False,
        ),
    ),
    ("camera_id",),
)

VIEWS = Table(
    "views",
    "one way a camera looks; a camera of unknown heading has one row with a missing heading",
    (
        _c("camera_id", "str", "camera"),
        _c("heading_deg", "float64", "clockwise from true north, [0, 360); missing when unknown"),
        _c("width_deg", "float64", "opening angle where tagged; missing otherwise"),
        _c("quality", "str", "quality of the direction (alprmap.direction)"),
        _c("report_id", "str", "the report it comes from"),
    ),
    ("camera_id", "heading_deg"),
)

LINKS = Table(
    "links",
    "why a report belongs to a camera",
    (
        _c("report_id", "str", "report"),
        _c("camera_id", "str", "camera"),
        _c("rule", "str", "merge rule that linked it (M1 …)"),
        _c("score", "float64", "0 to 1; missing where the rule does not score"),
        _c("distance_m", "float64", "from the report's point to the camera, meters"),
        _c("p_position", "float64", "part of the score: position likelihood", required=False),
        _c("p_heading", "float64", "part of the score: heading agreement", required=False),
        _c("p_operator", "float64", "part of the score: operator agreement", required=False),
        _c("p_vendor", "float64", "part of the score: vendor agreement", required=False),
        _c("p_road", "float64", "part of the score: road and travel agreement", required=False),
    ),
    ("report_id",),
)

REVIEW = Table(
    "review",
    "a question for a person: two reports that may be one camera, or a report nobody could place",
    (
        _c("report_id", "str", "report in question"),
        _c("other_id", "str", "the other report; missing where the question is about one"),
        _c(
            "camera_id",
            "str",
            "camera the report stands as meanwhile; missing where it stands as none",
        ),
        _c("score", "float64", "0 to 1"),
        _c("distance_m", "float64", "between the two, meters"),
        _c("reason", "str", "the question in one sentence"),
    ),
    ("report_id", "other_id"),
)

SEGMENTS = Table(
    "segments",
    "road between two junctions",
    (
        _c("segment_id", "int64", "position in the table, sorted by way and place along it"),
        _c("way_id", "int64", "OSM way (or the source's edge id)"),
        _c("u", "int64", "node at the start of the geometry"),
        _c("v", "int64", "node at its end"),
        _c("highway", "str", "OSM class"),
        _c("name", "str", "street name"),
        _c("ref", "str", "route numbers, joined by a semicolon"),
        _c("length_m", "float64", "geodesic, meters"),
        _c("forward", "bool", "may be driven from u to v"),
        _c("backward", "bool", "may be driven from v to u"),
        _c("layer", "int64", "OSM layer, 0 where untagged", required=False),
        _c("bridge", "bool", "on a bridge", required=False),
        _c("tunnel", "bool", "in a tunnel", required=False),
        _c("lanes", "float64", "lanes, missing where untagged", required=False),
        _c("maxspeed_kmh", "float64", "signed limit, km/h, missing where untagged", required=False),
        _c("geometry", "geometry", "LineString, EPSG:4326, from u to v"),
    ),
    ("segment_id",),
)

WATCHES = Table(
    "watches",
    "a view reads one direction of travel on one segment",
    (
        _c("camera_id", "str", "camera"),
        _c("heading_deg", "float64", "of the view; missing when unknown"),
        _c("segment_id", "int64", "segment"),
        _c("travel", "str", "direction of travel read, along the segment's geometry", words=TRAVEL),
        _c("offset_m", "float64", "watched place: meters along the geometry from u"),
        _c("start_m", "float64", "watched stretch: from, meters along the geometry"),
        _c("end_m", "float64", "watched stretch: to"),
        _c("range_m", "float64", "camera to the watched place, meters"),
        _c("score", "float64", "0 to 1 within the camera's view"),
        _c("winner", "bool", "the one clear best arc of the view"),
        _c("rule", "str", "W rules applied"),
    ),
    ("camera_id", "heading_deg", "segment_id", "travel"),
)

REACH = Table(
    "reach",
    "distances of one camera",
    (
        _c("camera_id", "str", "camera"),
        _LON,
        _LAT,
        _c("state", "str", "postal abbreviation of the state it stands in", required=False),
        _c("county_geoid", "str", "five-digit FIPS code of the county", required=False),
        _c("county", "str", "county name", required=False),
        *(
            _c(
                f"to_{name}_m",
                "float64",
                f"geodesic distance to `{name}`, meters (R1, R2)",
                required=False,
            )
            for name in BORDERS
        ),
        _c(
            "road_to_port_m",
            "float64",
            "road distance to the nearest port of entry (R3)",
            required=False,
        ),
        _c("road_to_port_s", "float64", "driving time to it, seconds", required=False),
    ),
    ("camera_id",),
)

AGENCIES = Table(
    "agencies",
    "a body that operates readers or searches them",
    (
        _c("agency_id", "str", "stable slug of name and state"),
        _c("name", "str", "full name"),
        _c("state", "str", "postal abbreviation; missing for federal bodies"),
        _c("kind", "str", "what sort of body", words=OPERATOR_KIND),
        _c(
            "declared_cameras",
            "float64",
            "count on its own portal, missing where unknown",
            required=False,
        ),
        _c("source_record", "str", "where it is named", required=False),
    ),
    ("agency_id",),
)

SHARES = Table(
    "shares",
    "one agency lets another search its readers",
    (
        _c("from_id", "str", "agency whose readers are searched"),
        _c("to_id", "str", "agency that may search"),
        _c(
            "direction",
            "str",
            "as stated: outbound (by the owner) or inbound (by the searcher)",
            words=("outbound", "inbound"),
        ),
        _c("since", "str", "first date on record"),
        _c("until", "str", "last date on record; missing when still on record"),
        _c("source_record", "str", "the record that says so"),
    ),
    ("from_id", "to_id", "direction", "source_record"),
)

TABLES = {
    t.name: t
    for t in (REPORTS, CAMERAS, VIEWS, LINKS, REVIEW, SEGMENTS, WATCHES, REACH, AGENCIES, SHARES)
}


def table(name: str) -> Table:
    """Return the description of table `name`.

    Raises
    ------
    NotFoundError
        When there is no such table.
    """
    try:
        return TABLES[name]
    except KeyError:
        raise NotFoundError(
            f"no table is called {name}", fix=f"one of {', '.join(TABLES)}"
        ) from None


def empty(name: str) -> pd.DataFrame:
    """Return table `name` without rows, every column in its dtype (a GeoDataFrame where it has a
    geometry)."""
    import pandas as pd

    return conform(pd.DataFrame({c: [] for c in table(name).names}), name)


def conform(frame: pd.DataFrame, name: str) -> pd.DataFrame:
    """Return `frame` as table `name`: known columns in order and dtype first, further columns kept
    behind.

    Optional columns that are absent stay absent; required ones that are absent are filled with
    missing values only for nullable dtypes, otherwise the frame is refused.

    Raises
    ------
    InputError
        When a required int, bool or geometry column is absent, or a column cannot hold its dtype.
    """
    import pandas as pd

    spec = table(name)
    out: dict[str, pd.Series] = {}
    for col in spec.columns:
        if col.name in frame.columns:
            out[col.name] = _cast(frame[col.name], col, name)
        elif col.required:
            if col.dtype not in ("str", "float64"):
                raise InputError(
                    f"table {name} lacks its column {col.name}",
                    fix="docs/data.md says what each table holds",
                )
            missing = float("nan") if col.dtype == "float64" else None
            out[col.name] = _cast(pd.Series([missing] * len(frame), index=frame.index), col, name)
    rest = {c: frame[c] for c in frame.columns if c not in out}
    result = pd.DataFrame({**out, **rest}, index=frame.index)
    if any(c.dtype == "geometry" for c in spec.columns):
        import geopandas as gpd

        located: pd.DataFrame = gpd.GeoDataFrame(result, geometry="geometry", crs="EPSG:4326")
        return located
    return result


def _cast(values: pd.Series, col: Column, name: str) -> pd.Series:
    if col.dtype == "geometry" or str(values.dtype) == col.dtype:
        return values
    try:
        return values.astype(col.dtype)
    except (ValueError, TypeError) as error:
        raise InputError(
            f"column {col.name} of table {name} is not {col.dtype}: {reason(error)}",
            fix="docs/data.md says what each table holds",
        ) from None


def check(frame: pd.DataFrame, name: str) -> None:
    """Refuse a `frame` that is not table `name`: columns, dtypes, vocabularies, unique key,
    headings in range.

    Raises
    ------
    InputError
        Naming the first column at fault and an example of what is wrong.
    """
    spec = table(name)
    for col in spec.columns:
        if col.name not in frame.columns:
            if col.required:
                raise InputError(
                    f"table {name} lacks its column {col.name}",
                    fix="docs/data.md says what each table holds",
                )
            continue
        values = frame[col.name]
        if col.dtype != "geometry" and str(values.dtype) != col.dtype:
            raise InputError(
                f"column {col.name} of table {name} is {values.dtype}, not {col.dtype}",
                fix="docs/data.md says what each table holds",
            )
        if col.words:
            strange = values[values.notna() & ~values.isin(col.words)]
            if len(strange):
                raise InputError(
                    f"column {col.name} of table {name} holds {strange.iloc[0]!r}",
                    fix=f"one of {', '.join(col.words)}",
                )
    _check_values(frame, spec)


def _check_values(frame: pd.DataFrame, spec: Table) -> None:
    if spec.key and frame.duplicated(list(spec.key)).any():
        twice = frame.loc[frame.duplicated(list(spec.key)), list(spec.key)].iloc[0].to_dict()
        raise InputError(
            f"table {spec.name} holds the key {twice} twice", fix="give every row a name of its own"
        )
    ranges = {"lon": (-180.0, 180.0), "lat": (-90.0, 90.0), "heading_deg": (0.0, 360.0)}
    for name, (low, high) in ranges.items():
        if name in frame.columns:
            values = frame[name].dropna()
            bad = values[
                (values < low) | (values > high) | ((name == "heading_deg") & (values == 360.0))
            ]
            if len(bad):
                raise InputError(
                    f"column {name} of table {spec.name} holds {bad.iloc[0]}, outside its range",
                    fix="docs/data.md says what each table holds",
                )
