"""Roads from the network, only when a person asks with `--online`: OSMnx fetches, we take what it
brings."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from alprmap.errors import InputError, UsageError, reason
from alprmap.geography import Area
from alprmap.roads.network import NOTICE, Roads


def fetch_extract(*, place: str | None = None, area: Area | None = None) -> Roads:
    """Fetch the drivable network of a place or an area through `osmnx.graph_from_*`.

    The servers asked (Nominatim for a place, Overpass for the roads) learn the place and the
    address of the machine that asks.

    Parameters
    ----------
    place
        Name that Nominatim finds, such as "Laredo, Texas"; used where no area is given.
    area
        A box or polygon; `near:` areas have no outline to ask for.

    Raises
    ------
    UsageError
        When neither is given, or the area has no outline.
    InputError
        When OSMnx is not installed, or nothing came.
    """
    if area is None and not place:
        raise UsageError(
            "--online needs a place or an --area", fix='such as --online "Laredo, Texas"'
        )
    if area is not None and area.polygon is None:
        raise UsageError(
            "a near: area cannot be fetched", fix="give a box or a polygon, cut to near: afterwards"
        )
    try:
        import osmnx
    except ImportError:
        raise InputError("OSMnx is not installed", fix="pip install 'alprmap[osmnx]'") from None
    asked = area.text if area is not None else str(place)
    options: dict[str, Any] = {
        "network_type": "drive",
        "simplify": True,
        "retain_all": True,
        "truncate_by_edge": True,
    }
    with _nothing_kept(osmnx):
        try:
            if area is not None:
                graph = osmnx.graph_from_polygon(area.polygon, **options)
            else:
                graph = osmnx.graph_from_place(str(place), **options)
        except Exception as error:
            # requests, Overpass and OSMnx fail in a dozen ways of their own
            raise InputError(
                f"nothing came from the network ({reason(error)})",
                where=asked,
                fix="check the connection, or hand in an OSM extract",
            ) from None
    roads = Roads.from_osmnx(graph, source=asked)
    return Roads(roads.segments, roads.restrictions, {**roads.meta, "notice": NOTICE})


@contextmanager
def _nothing_kept(osmnx: Any) -> Iterator[None]:
    """Keep OSMnx from leaving answers in a cache folder of the working directory."""
    before = osmnx.settings.use_cache
    osmnx.settings.use_cache = False
    try:
        yield
    finally:
        osmnx.settings.use_cache = before
