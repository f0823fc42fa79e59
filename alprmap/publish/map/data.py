"""What a page is made of: plain tables in one frozen record, so that callers need nothing of how it
is drawn."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import pandas as pd

from alprmap.text import verb

if TYPE_CHECKING:
    from alprmap.roads import Roads


@dataclass(frozen=True, slots=True)
class Source:
    """One source of data as the page names it."""

    name: str
    license: str = ""
    url: str = ""
    date: str = ""
    credit: str = ""
    """The line its license asks for, such as "© OpenStreetMap contributors"."""


def credit_lines(sources: Iterable[Source]) -> list[str]:
    """Return the line that each source asks for, else its name, each once and in order.

    >>> credit_lines([Source("OSM", credit="© OpenStreetMap contributors"), Source("list.csv")])
    ['© OpenStreetMap contributors', 'list.csv']
    """
    return list(dict.fromkeys(s.credit or s.name for s in sources))


@dataclass(frozen=True, slots=True)
class Layer:
    """One more layer of lines, areas or points.

    `style` is one of ``watched reader tracked unread cordon route border zone review port`` (or
    ``other``); further columns of `frame` travel along.
    """

    label: str
    frame: gpd.GeoDataFrame
    style: str = "other"
    shown: bool = True
    note: str = ""


@dataclass(frozen=True, slots=True)
class LinkedPage:
    """Another page of the same result, by a path relative to this one; `box` is what it shows
    (west, south, east, north)."""

    name: str
    href: str
    state: str = ""
    cameras: int = 0
    box: tuple[float, float, float, float] | None = None


def dates_of(cameras: pd.DataFrame) -> dict[str, str]:
    """Return the newest date of the cameras as a page shows it, with how many carry one where not
    all do.

    >>> dates_of(pd.DataFrame({"last_seen": ["2026-01-02", None, None]}))
    {'Cameras': 'newest date 2026-01-02, 1 of 3 carries one'}
    """
    dated, total = cameras["last_seen"].dropna(), len(cameras)
    if not len(dated):
        return {}
    newest = str(dated.max())
    carry = verb(len(dated), "carries", "carry")
    return {
        "Cameras": newest
        if len(dated) == total
        else f"newest date {newest}, {len(dated):,} of {total:,} {carry} one"
    }


@dataclass(frozen=True, slots=True)
class MapData:
    """What a map page is made of; only `title` and `cameras` are needed.

    Parameters
    ----------
    title, subtitle
        Plain text.
    cameras
        Table `cameras`; further columns (`change`, `access_class` …) are shown on the card, and
        those the page knows can be colored and filtered by.
    views, reports, links, reach
        The tables of those names.
    access
        Rows `camera_id` and whatever the access room says of it; shown on the card, one line a row.
    access_to
        The body whose access that is, by name.
    timeline
        Who can look, day by day, as `publish.timeline_layer` gives it: a slider on the page.
    diff
        Rows `camera_id`, `change` (added, removed, moved, changed …); cameras that are gone need
        `lon`, `lat`.
    segments, watches
        Roads and what is read of them.
    roads
        The same roads with their turn restrictions: with them two clicks on the page give a trip.
    corridors, zones
        Name → `Layer` of lines, name → `Layer` of areas.
    borders
        Name → lines.
    ports, review
        Points with `lon`, `lat`, `name`.
    states, counties, land
        Polygons for the ground.
    districts
        Polygons with `area` and figures of `measure_districts`: shaded on the map.
    dates
        What → date, as shown under the title ("Cameras": "2026-01-28").
    color_by
        Column whose classes color and shape the cameras at first; the page chooses where it is
        empty.
    story
        The finding the page opens on: (figure, sentence), as the report says them.
    story_in
        Language → the same finding in it.
    pages, back
        Pages of parts of this one in more detail (states of a nation), and the page this one is a
        part of.
    language
        What the page speaks at first: one of `publish.languages()`; a button changes it.
    bbox
        First view (west, south, east, north); the extent of the cameras otherwise.
    """

    title: str
    cameras: pd.DataFrame
    subtitle: str = ""
    views: pd.DataFrame | None = None
    reports: pd.DataFrame | None = None
    links: pd.DataFrame | None = None
    reach: pd.DataFrame | None = None
    access: pd.DataFrame | None = None
    access_to: str = ""
    timeline: Mapping[str, Any] | None = None
    diff: pd.DataFrame | None = None
    segments: gpd.GeoDataFrame | None = None
    watches: pd.DataFrame | None = None
    roads: Roads | None = None
    corridors: Mapping[str, Layer] = field(default_factory=dict)
    zones: Mapping[str, Layer] = field(default_factory=dict)
    borders: Mapping[str, gpd.GeoDataFrame] = field(default_factory=dict)
    ports: pd.DataFrame | None = None
    review: pd.DataFrame | None = None
    states: gpd.GeoDataFrame | None = None
    counties: gpd.GeoDataFrame | None = None
    land: gpd.GeoDataFrame | None = None
    districts: gpd.GeoDataFrame | None = None
    dates: Mapping[str, str] = field(default_factory=dict)
    sources: Sequence[Source] = ()
    notices: Sequence[str] = ()
    fictional: bool = False
    color_by: str = ""
    bbox: tuple[float, float, float, float] | None = None
    story: Sequence[tuple[str, str]] = ()
    story_in: Mapping[str, Sequence[tuple[str, str]]] = field(default_factory=dict)
    pages: Sequence[LinkedPage] = ()
    back: LinkedPage | None = None
    language: str = "en"
