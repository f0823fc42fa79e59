"""What an extract knows beside its roads: exits, mileposts, house numbers, towns, further names of
roads.

Locating works without it; with it, "Exit 93A", "MM 18" and "4124 W Foster Ave" find their place.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from alprmap.locate.words import tokens
from alprmap.roads import (
    ADDRESS_COLUMNS,
    EXIT_COLUMNS,
    MILESTONE_COLUMNS,
    MOST_BYTES,
    TOWN_COLUMNS,
    read_signs,
)
from alprmap.roads import milepost_miles as miles
from alprmap.sandbox import out_of_step, regular_file

__all__ = ["Gazetteer", "miles"]


@dataclass(frozen=True)
class Gazetteer:
    """Names and marks of an extract.

    names
        Further names by way id.
    exits
        Motorway junctions and signed ramps: node_id, ref, to (where the sign points), lon, lat.
    milestones
        mile (miles), ref (route, may be missing), lon, lat.
    addresses
        number, street, lon, lat.
    places
        Towns: name, lon, lat, kind (city, town, …), people (0 where the extract does not say).
    """

    names: dict[int, tuple[str, ...]] = field(default_factory=dict)
    exits: pd.DataFrame = field(default_factory=lambda: _frame([], EXIT_COLUMNS))
    milestones: pd.DataFrame = field(default_factory=lambda: _frame([], MILESTONE_COLUMNS))
    addresses: pd.DataFrame = field(default_factory=lambda: _frame([], ADDRESS_COLUMNS))
    places: pd.DataFrame = field(default_factory=lambda: _frame([], TOWN_COLUMNS))

    @staticmethod
    def read(path: Path | str) -> Gazetteer:
        """Read an OSM extract.

        Raises
        ------
        InputError
            When the file is missing or broken.
        """
        path = regular_file(path, most_bytes=MOST_BYTES)
        taken = read_signs(path)
        try:
            frames = (
                _frame(taken.exits, EXIT_COLUMNS),
                _frame(taken.milestones, MILESTONE_COLUMNS),
                _frame(taken.addresses, ADDRESS_COLUMNS),
                _frame(taken.places, TOWN_COLUMNS),
            )
        except (ValueError, TypeError):  # not what our reader would say
            raise out_of_step(path) from None
        return Gazetteer(dict(sorted(taken.names.items())), *frames)

    @cached_property
    def _towns(self) -> dict[str, list[tuple[float, float]]]:
        found: dict[str, list[tuple[float, float]]] = {}
        for name, lon, lat in self.places[["name", "lon", "lat"]].itertuples(index=False):
            found.setdefault(town_key(name), []).append((lon, lat))
        return found

    def towns(self, name: str) -> list[tuple[float, float]]:
        """Return (lon, lat) of the towns of that name ("St. Cloud" is Saint Cloud), maybe none."""
        return self._towns.get(town_key(name), [])


def _frame(rows: list[tuple[Any, ...]], columns: tuple[str, ...]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=list(columns))
    kinds = {
        "node_id": "int64",
        "number": "int64",
        "mile": "float64",
        "lon": "float64",
        "lat": "float64",
        "people": "int64",
    }
    frame = frame.astype({c: kinds.get(c, "str") for c in columns})
    return frame.sort_values(list(columns), ignore_index=True)


def town_key(name: str) -> str:
    said = ["saint" if w in ("st", "ste") else w for w in tokens(name)]
    return " ".join(
        w for w in said if w not in ("city", "town", "township", "village", "of", "twp")
    )
