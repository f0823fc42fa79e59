"""What a file says of itself wherever it goes: its license, whom to name, its date, what a row is.

A table that leaves alprmap is handed on alone, so all of this stands inside the file: GeoJSON has
it as top-level members, GeoPackage and FlatGeobuf as metadata, KML as the description of the
document, Parquet as metadata of the schema; a CSV has it beside itself, in the form of the W3C's
CSV on the Web (``NAME.csv-metadata.json``), and a folder of them one file for all
(``csv-metadata.json``).
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Any

from alprmap import schema
from alprmap.shipped import data_path

if TYPE_CHECKING:
    import pandas as pd

ODBL_NAME = "ODbL-1.0"
ODBL_TITLE = "Open Data Commons Open Database License 1.0"
ODBL_URL = "https://opendatacommons.org/licenses/odbl/1-0/"
OSM_CREDIT = "© OpenStreetMap contributors"
ODBL_NOTICE = (
    "Contains information from OpenStreetMap, made available under the Open Database License (ODbL)"
    f" 1.0; {OSM_CREDIT}. A database made from it must be offered under the same license."
)
THEIRS = "as its sources have it"
"""License of a table whose sources name none."""
NOT_ABSENT = "Cameras as mapped; absence of a row is not absence of a camera."
FICTIONAL = "FICTIONAL EXAMPLE: none of this exists."
"""What every hand-out of an invented project says of itself, for `start` to know it again."""
SIDECAR = "-metadata.json"
"""Ending of the file beside a CSV (Metadata Vocabulary for Tabular Data, W3C 2015, section 5.3)."""
FOLDER_SIDECAR = "csv-metadata.json"
"""The same for every CSV of a folder that has none of its own (there, too, section 5.3)."""
_CONTEXT = "http://www.w3.org/ns/csvw"
_OSM_RECORD = r"(?:node|way|relation)/\d"
_ROAD_COLUMNS = frozenset({"segment_id", "way_id"})
"""Columns of tables that rest on roads; those come from OpenStreetMap unless their maker says
otherwise."""
_WHAT = (
    ({"camera_id", "n_reports", "n_sources"}, "cameras"),
    ({"segment_id", "travel", "camera_id"}, "watches"),
    ({"camera_id", "heading_deg", "quality"}, "views"),
    ({"segment_id", "way_id", "highway"}, "segments"),
    ({"report_id", "source_id", "source_record"}, "reports"),
    ({"report_id", "other_id", "reason"}, "review"),
    ({"report_id", "camera_id", "rule", "p_position"}, "links"),
)
"""Columns by which a table is known → its name in `alprmap.schema`."""
_ROWS = (
    (
        {"segment_id", "travel", "radius_m"},
        "road within a distance of travel of a reader (rule C1)",
    ),
    ({"corridor", "from_camera_id"}, "a way from one reader to the next (rule C2)"),
    ({"from_place", "min_certainty"}, "a road on which readers follow one another (rule C2)"),
    ({"segment_id", "travel", "cut_km"}, "a road whose reading would cut most off (rule C4)"),
    ({"zone", "name", "geometry"}, "road of an area in which one can move unread (rule C4)"),
    ({"trip", "crow_km", "origin"}, "a trip that is driven (rule C6)"),
    ({"cordon", "since_m"}, "a road that crosses an outline or a line (rule C5)"),
)
"""Columns by which a table of no schema is known → what a row of it is."""


@dataclass(frozen=True, slots=True)
class Credits:
    """What a file says of itself: plain text, each part may be empty but `license`."""

    title: str = ""
    definition: str = ""
    license: str = THEIRS
    attribution: str = ""
    date: str = ""
    notices: tuple[str, ...] = ()

    @property
    def license_url(self) -> str:
        """The address of the license where it is one that has a fixed text."""
        return ODBL_URL if ODBL_NAME in self.license else ""

    def members(self) -> dict[str, str]:
        """Return the parts that say something, by name, as a file's metadata has them."""
        parts = {
            "title": self.title,
            "definition": self.definition,
            "license": self.license,
            "license_url": self.license_url,
            "attribution": self.attribution,
            "date": self.date,
            "notice": " ".join(self.notices),
        }
        return {name: _one_line(text) for name, text in parts.items() if text}

    def text(self) -> str:
        """Return the same as sentences, for files that have one field of text for it.

        >>> Credits("Cameras", license="ODbL-1.0", date="2026-01-28").text()
        'Cameras. License: ODbL-1.0 (https://opendatacommons.org/licenses/odbl/1-0/). Date:
        2026-01-28.'
        """
        parts = self.members()
        said = [parts[n].rstrip(".") + "." for n in ("title", "definition", "notice") if n in parts]
        address = f" ({parts['license_url']})" if "license_url" in parts else ""
        said.insert(min(len(said), 2), f"License: {parts['license']}{address}.")
        for name in ("attribution", "date"):
            if name in parts:
                said.append(f"{name.capitalize()}: {parts[name].rstrip('.')}.")
        return " ".join(said)

    def csvw(self, url: str, columns: Iterable[str]) -> dict[str, Any]:
        """Return the metadata of a CSV called `url` as CSV on the Web has it."""
        return {"@context": _CONTEXT, **self._described(url, columns)}

    def _described(self, url: str, columns: Iterable[str]) -> dict[str, Any]:
        known = {c.name: c.doc for t in schema.TABLES.values() for c in t.columns}
        fields = []
        for name in columns:
            field = {"titles": str(name)}
            if name in known:
                field["dc:description"] = known[name]
            fields.append(field)
        return {
            "url": url,
            **{f"dc:{_DUBLIN.get(n, n)}": text for n, text in self.members().items()},
            "tableSchema": {"columns": fields},
        }

    def of_folder(self, place: str, tables: Mapping[str, Iterable[str]]) -> dict[str, Any]:
        """Return the metadata of the CSVs of a folder, for its `FOLDER_SIDECAR`.

        Parameters
        ----------
        place
            The folder's path within its result, empty for the result itself.
        tables
            Names of the CSVs and their columns. What they all share (license, attribution, date,
            notices) is that of `self`.
        """
        described = []
        for url, columns in sorted(tables.items()):
            name = f"{place}/{url}".removeprefix("/").removesuffix(".csv")
            about = replace(self, title=name, definition=row_of_file(name))
            described.append(about._described(url, columns))
        return {"@context": _CONTEXT, "tables": described}


@cache
def _rows_of_files() -> dict[str, Any]:
    return tomllib.loads(data_path("rows.toml").read_text(encoding="utf-8"))


def row_of_file(name: str) -> str:
    """Return what a row of a CSV of a result is, by its folder and name without suffix; empty where
    that is not known.

    >>> row_of_file("coverage/c4_zones"), row_of_file("new")
    ('One row: an area in which one can move unread: its roads and people (rule C4).', '')
    """
    known = _rows_of_files()
    row = known["claims"] if _CLAIMS.search(name) else known["rows"].get(name, "")
    return f"One row: {row}." if row else ""


_CLAIMS = re.compile(r"(?:^|[/._])claims(?:$|/[^/]+$)")


_DUBLIN = {
    "definition": "description",
    "license_url": "rights",
    "attribution": "creator",
    "notice": "abstract",
}
"""Our names → those of the Dublin Core that the CSV on the Web uses."""


def _one_line(text: str) -> str:
    return " ".join(text.replace("\x00", "\ufffd").split())


def table_name(columns: Iterable[str]) -> str:
    """Return the name in `alprmap.schema` of a table with these columns, empty where it is none.

    >>> table_name(["camera_id", "segment_id", "travel", "score"]), table_name(["a"])
    ('watches', '')
    """
    names = set(columns)
    return next((name for needed, name in _WHAT if needed <= names), "")


def is_osm(frame: pd.DataFrame) -> bool:
    """Tell whether rows of a table come from OpenStreetMap: by the records they name, or because
    they lie on its roads."""
    if _ROAD_COLUMNS & set(frame.columns):
        return True
    for column in ("source_record", "report_id"):
        if column in frame.columns and frame[column].dtype.kind not in "iufb":
            known = frame[column].dropna().astype("str")
            if bool(known.str.contains(_OSM_RECORD, regex=True).any()):
                return True
    return False


def credits_of(
    frame: pd.DataFrame, title: str = "", *, drawn_on_roads: bool = False, date: str = ""
) -> Credits:
    """Return what a table says of itself, from its own columns: sources, newest date, what a row
    is.

    Where rows come from OpenStreetMap the license is the ODbL; otherwise that of its sources, which
    are named. Shapes that are `drawn_on_roads` come from it, whatever their columns are. `date` is
    that of the data where no column tells it.
    """
    columns = set(map(str, frame.columns))
    name = table_name(columns)
    spec = schema.TABLES.get(name)
    row = next((row for needed, row in _ROWS if needed <= columns), "")
    row = row if spec is None else spec.row
    definition = f"One row: {row}." if row else ""
    osm = drawn_on_roads or is_osm(frame)
    named = _sources(frame)
    credit = [OSM_CREDIT] if osm else []
    credit += [f"sources: {', '.join(named)}"] if named else []
    notices = [*[NOT_ABSENT] * (name == "cameras"), *[ODBL_NOTICE] * osm]
    return Credits(
        title=title or name,
        definition=definition,
        license=ODBL_NAME if osm else THEIRS,
        attribution="; ".join(credit),
        date=_date(frame) or date,
        notices=tuple(notices),
    )


def beside(frame: pd.DataFrame, main: Credits) -> Credits:
    """Return what a table says of itself that was made of another and is written beside it: its own
    definition, and the license, sources and date of the other, which `main` tells."""
    own = credits_of(frame)
    osm = ODBL_NAME in (own.license, main.license)
    return replace(
        own,
        license=ODBL_NAME if osm else main.license,
        attribution=main.attribution or own.attribution,
        date=own.date or main.date,
        notices=tuple(dict.fromkeys([*own.notices, *[ODBL_NOTICE] * osm])),
    )


def _sources(frame: pd.DataFrame) -> list[str]:
    for column in ("sources", "source_id"):
        if column in frame.columns:
            words = frame[column].dropna().astype("str")
            names = {part.strip() for text in words.unique() for part in re.split("[;]", text)}
            return sorted(n for n in names if n)[:50]
    return []


def _date(frame: pd.DataFrame) -> str:
    for column in ("last_seen", "data_date"):
        if column in frame.columns:
            dates = frame[column].dropna().astype("str")
            if len(dates):
                return str(dates.max())
    return ""
