"""Pages of the states of a nation: the page of the whole draws corridors coarsely, the page of each
state beside it has all of them, with its roads, and every page opens from disk."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import shapely

from alprmap.build.project import Project

if TYPE_CHECKING:
    from alprmap.publish import Layer, MapData

FOLDER = "states"
WHOLE = "index.html"
MOST_SEGMENTS = 150_000
"""Segments of a page that opens quickly, some 15 MB: roads of more states than one get a page for
each state beyond it, and of a page's own roads the small ones are left out."""
BY_RANK = ("motorway", "trunk", "primary", "secondary", "tertiary", "unclassified", "residential")
"""Classes of roads, those that a page drops last first; links go with their class."""


def wants_states(project: Project, data: MapData) -> bool:
    """Tell whether a result has a page for each state: as the project says, else where its roads
    are more than one page holds and its cameras stand in more than one state."""
    if data.segments is None or data.reach is None or "state" not in data.reach.columns:
        return False
    if project.project.pages is not None:
        return project.project.pages == "states"
    return len(data.segments) > MOST_SEGMENTS and data.reach["state"].nunique() > 1


def linked_states(data: MapData) -> list[Any]:
    """Return the links to the pages of the states in which cameras stand, by name."""
    from alprmap.geography import states
    from alprmap.publish import LinkedPage

    assert data.reach is not None
    placed = data.reach.dropna(subset=["state", "lon", "lat"])
    count = placed["state"].value_counts()
    known = states().set_index("state")
    pages = []
    for state in sorted(set(count.index) & set(known.index), key=lambda s: known.loc[s, "name"]):
        west, south, east, north = known.loc[state, "geometry"].bounds
        href = f"{FOLDER}/{state.lower()}.html"
        box = (float(west), float(south), float(east), float(north))
        pages.append(LinkedPage(str(known.loc[state, "name"]), href, state, int(count[state]), box))
    return pages


def whole_page(data: MapData) -> MapData:
    """Return what the page of the nation draws: all cameras, coarse corridors, no roads, and the
    links to the states."""
    from alprmap.publish import coarse_layers

    return replace(
        data,
        segments=None,
        watches=None,
        roads=None,
        corridors=coarse_layers(data.corridors),
        pages=linked_states(data),
    )


def write_states(here: Path, data: MapData) -> int:
    """Write the page of each state in which cameras stand; return how many.

    Raises
    ------
    StorageError
        When the disk refuses.
    """
    from alprmap.publish import LinkedPage, write_map

    back, parts = LinkedPage("The whole country", f"../{WHOLE}"), _Parts(data)
    pages = linked_states(data)
    for page in pages:
        # the finding of the whole is not that of a state
        one = replace(parts.of(page.state), title=f"{data.title}: {page.name}", back=back)
        write_map(replace(one, story=(), story_in={}), here / page.href)
    return len(pages)


class _Parts:
    """The tables of a result by state: a road is of the state that it begins in, a line of those
    that it begins or ends in."""

    def __init__(self, data: MapData) -> None:
        assert data.segments is not None
        self._data = data
        self._road = _states_at(data.segments.geometry.to_numpy(), 0)
        self._lines = {
            name: (_states_at(layer.frame.geometry.to_numpy(), 0),
                   _states_at(layer.frame.geometry.to_numpy(), -1))
            for name, layer in data.corridors.items()
        }  # fmt: skip

    def of(self, state: str) -> MapData:
        """Return what the page of a state draws."""
        data = self._data
        assert data.reach is not None
        assert data.segments is not None
        own = set(data.reach.loc[data.reach["state"] == state, "camera_id"])
        cameras = data.cameras[data.cameras["camera_id"].isin(own)]
        watches = None if data.watches is None else _of(data.watches, own)
        read = set() if watches is None else set(watches["segment_id"])
        # a camera beside the state line may read a road of the next state
        inside = (self._road == state) | data.segments["segment_id"].isin(read).to_numpy()
        segments, left_out = drawn_roads(data.segments[inside], read)
        notes = [f"Roads smaller than {left_out} are left out of this page."] if left_out else []
        return replace(
            data,
            cameras=cameras,
            views=_of(data.views, own),
            links=_of(data.links, own),
            reach=_of(data.reach, own),
            access=_of(data.access, own),
            segments=segments,
            watches=watches,
            roads=None if data.roads is None or left_out else _cut(data.roads, segments),
            corridors=self._corridors(state),
            timeline=None,
            review=None,
            districts=None,
            notices=[*data.notices, *notes],
            bbox=None,
        )

    def _corridors(self, state: str) -> dict[str, Layer]:
        found = {}
        for name, layer in self._data.corridors.items():
            begins, ends = self._lines[name]
            # a cordon runs through many states: each page has it
            mine = (begins == state) | (ends == state) | (layer.style == "cordon")
            if mine.any():
                found[name] = replace(layer, frame=layer.frame[mine])
        return found


def _of(table: Any, cameras: set[str]) -> Any:
    return None if table is None else table[table["camera_id"].isin(cameras)]


def _cut(roads: Any, segments: gpd.GeoDataFrame) -> Any:
    """Return a network of some of its segments, with the turn restrictions between them."""
    ways = set(segments["way_id"])
    turns = roads.restrictions
    kept = turns["from_way"].isin(ways) & turns["to_way"].isin(ways)
    frame = segments.reset_index(drop=True)
    return replace(roads, segments=frame, restrictions=turns[kept].reset_index(drop=True))


def _states_at(lines: Any, vertex: int) -> Any:
    """Return the state in which each line has its first (0) or last (-1) vertex, none at sea and
    abroad; areas their first."""
    from alprmap.geography import assign_places

    parts = shapely.get_geometry(lines, 0)
    parts = np.where(shapely.get_dimensions(parts) == 2, shapely.get_exterior_ring(parts), parts)
    point = shapely.get_point(parts, vertex)
    x, y = shapely.get_x(point), shapely.get_y(point)
    return assign_places(x, y)["state"].fillna("").to_numpy(dtype=object)


def drawn_roads(
    segments: gpd.GeoDataFrame, read: set[int], most: int = MOST_SEGMENTS
) -> tuple[gpd.GeoDataFrame, str]:
    """Return the roads that a page draws, and the smallest class it still has where it does not
    have all: those that are read, then class by class, the large ones first.

    Parameters
    ----------
    segments
        Table `segments`.
    read
        Segments that cameras read: they are drawn whatever their class.
    most
        How many a page holds.
    """
    if len(segments) <= most:
        return segments, ""
    kind = segments["highway"].astype("str").str.removesuffix("_link")
    place: Mapping[str, int] = {name: i for i, name in enumerate(BY_RANK)}
    rank = kind.map(place).fillna(len(BY_RANK)).to_numpy(dtype=np.int64)
    rank[segments["segment_id"].isin(read).to_numpy()] = -1
    count = np.cumsum(np.bincount(rank + 1, minlength=len(BY_RANK) + 2))
    # motorways are drawn however many they are
    last = max(int(np.searchsorted(count, most, side="right")) - 2, 0)
    drawn = rank <= last
    return segments[drawn], BY_RANK[max(int(rank[drawn].max(initial=0)), 0)]
