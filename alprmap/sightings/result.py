"""Sightings and everything a check says of them, as one result (DESIGN §1)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd

from alprmap.errors import InputError
from alprmap.results import Result
from alprmap.roads import read as read_roads
from alprmap.sightings import known
from alprmap.sightings.canonical import faults
from alprmap.sightings.check import SightingSettings, check_sightings
from alprmap.sightings.files import SightingFile, read_sightings, sighting_paths
from alprmap.sightings.findings import Checked
from alprmap.sightings.known import Known
from alprmap.sightings.sighting import names

NEAR_DEG = 0.02
"""Roads are read so far around the sightings: two kilometers, wider than any reach of V3."""


@dataclass(frozen=True)
class Sightings(Result):
    """The files that were given and what their check found."""

    files: tuple[SightingFile, ...]
    checked: Checked

    def tables(self) -> dict[str, pd.DataFrame]:
        """Return `sightings` (those whose form is right, a point each, EPSG:4326, with the
        properties of the format) and `findings`.
        """
        return {"sightings": _as_frame(self.files), "findings": self.checked.frame()}

    def counts(self) -> dict[str, int]:
        """Return how many sightings were given, and how many by the worst finding of each."""
        return {"sightings": self.checked.sightings, **self.checked.counts}


@dataclass(frozen=True)
class Devices:
    """What stands already: plate readers, and devices that read no plates."""

    readers: Known
    decoys: Known


def devices(cameras: Iterable[Path] = (), others: Iterable[Path] = ()) -> Devices:
    """Read the known devices; a file of cameras may name others too, and the other way round."""
    mapped = known.together([known.read_known(p) for p in cameras])
    rest = known.together([known.read_known(p) for p in others])
    return Devices(
        known.only(mapped, ("alpr", "unknown")),
        known.together([known.only(mapped, known.OTHERS), rest]),
    )


def check_files(
    given: Sequence[SightingFile | Path],
    *,
    cameras: Iterable[Path] = (),
    others: Iterable[Path] = (),
    roads: Any = None,
    settings: SightingSettings | None = None,
    progress: Callable[[str, int, int], None] | None = None,
) -> Sightings:
    """Check sightings against their form, the roads and what stands already (V1–V7).

    Parameters
    ----------
    given
        Sighting files, folders of them, or files that were read.
    cameras, others
        Files of known plate readers (V4) and of devices that read no plates (V5).
    roads
        What `alprmap.roads.read` takes, for V3; only what is near the sightings is read.
    settings
        Distances and angles.
    progress
        Called with (what, done, total).

    Raises
    ------
    InputError
        When a file is none of sightings, of cameras or of roads.
    """
    files = tuple(
        file
        for entry in given
        for file in (
            [entry]
            if isinstance(entry, SightingFile)
            else [read_sightings(path) for path in sighting_paths([Path(entry)])]
        )
    )
    stands = devices(cameras, others)
    checked = check_sightings(
        files,
        cameras=stands.readers,
        others=stands.decoys,
        roads=None if roads is None else _roads_near(roads, files),
        settings=settings,
        progress=progress,
    )
    return Sightings(files, checked)


def _roads_near(roads: Any, files: Sequence[SightingFile]) -> gpd.GeoDataFrame | None:
    """Return the roads around the sightings; None where no sighting has a place."""
    points = [point for file in files for raw in file.features if (point := _point(raw.value))]
    if not points:
        return None
    lons, lats = zip(*points, strict=True)
    box = (
        min(lons) - NEAR_DEG,
        min(lats) - NEAR_DEG,
        max(lons) + NEAR_DEG,
        max(lats) + NEAR_DEG,
    )
    from alprmap import schema

    try:
        return read_roads(roads, box).segments
    except InputError as error:
        # an extract without a road near the sightings is an answer, not a fault
        if error.what.startswith("no drivable road"):
            return schema.empty("segments")
        raise


def _point(value: Any) -> tuple[float, float] | None:
    try:
        lon, lat = (float(v) for v in value["geometry"]["coordinates"][:2])
    except (TypeError, KeyError, ValueError, OverflowError):
        return None
    return (lon, lat) if -180 <= lon <= 180 and -90 <= lat <= 90 else None


def _as_frame(files: Sequence[SightingFile]) -> gpd.GeoDataFrame:
    """Return the sightings whose form is right as points with their properties."""
    rows: list[dict[str, Any]] = []
    for file in files:
        for raw in file.features:
            feature = faults(raw.value)[1]
            if feature is not None:
                properties = feature.properties.model_dump(by_alias=True, mode="json")
                lon, lat = feature.geometry.coordinates
                rows.append({"id": feature.id, **properties, "lon": lon, "lat": lat})
    table = pd.DataFrame(rows, columns=["id", *names(), "lon", "lat"])
    points = gpd.points_from_xy(table["lon"], table["lat"])
    return gpd.GeoDataFrame(table.drop(columns=["lon", "lat"]), geometry=points, crs="EPSG:4326")
