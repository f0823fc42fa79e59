"""What an extract knows beside its roads: exits, mileposts, house numbers, towns, further names of
roads.

Locating works without it; with it, "Exit 93A", "MM 18" and "4124 W Foster Ave" find their place.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from alprmap.locate.words import tokens
from alprmap.roads import (
    ADDRESS_COLUMNS,
    EXIT_COLUMNS,
    EXTRACT_SUFFIXES,
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
    def read(path: Path | str | Sequence[Path]) -> Gazetteer:
        """Read an OSM extract, or several: what two of them hold counts once.

        Raises
        ------
        InputError
            When the file is missing or broken.
        """
        if not isinstance(path, (str, Path)):
            return _together([Gazetteer.read(one) for one in sorted(path)])
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

    @staticmethod
    def of(paths: Iterable[Path | str]) -> Gazetteer | None:
        """Read what the extracts among road files know; None where there is none among them.

        Raises
        ------
        InputError
            When an extract is missing or broken.
        """
        extracts = [Path(p) for p in paths if str(p).endswith(EXTRACT_SUFFIXES)]
        return Gazetteer.read(extracts) if extracts else None

    @cached_property
    def _towns(self) -> dict[str, list[tuple[float, float]]]:
        found: dict[str, list[tuple[float, float]]] = {}
        for name, lon, lat in self.places[["name", "lon", "lat"]].itertuples(index=False):
            found.setdefault(town_key(name), []).append((lon, lat))
        return found

    def towns(self, name: str) -> list[tuple[float, float]]:
        """Return (lon, lat) of the towns of that name ("St. Cloud" is Saint Cloud), maybe none."""
        return self._towns.get(town_key(name), [])


def _together(parts: list[Gazetteer]) -> Gazetteer:
    if len(parts) == 1:
        return parts[0]
    names: dict[int, tuple[str, ...]] = {}
    for part in parts:
        for way, some in part.names.items():
            names[way] = tuple(dict.fromkeys((*names.get(way, ()), *some)))
    frames = [
        pd.concat([getattr(part, name) for part in parts]).drop_duplicates(ignore_index=True)
        for name in ("exits", "milestones", "addresses", "places")
    ]
    return Gazetteer(dict(sorted(names.items())), *frames)


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
    """Return what spellings of one town have in common: "City of St. Cloud" is "saint cloud"."""
    spelled = ["saint" if w in ("st", "ste") else w for w in tokens(name)]
    return " ".join(
        w for w in spelled if w not in ("city", "town", "township", "village", "of", "twp")
    )
