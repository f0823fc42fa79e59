"""What `completeness.measure` hands back (rules K1 to K6)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pandas as pd

from alprmap.completeness.claims import completeness_claims
from alprmap.completeness.settings import DEFAULT_SETTINGS, Settings
from alprmap.results import Result

if TYPE_CHECKING:
    from alprmap.completeness.mapped import Belonging
    from alprmap.merge import Cameras

ORDER = (
    "places",
    "agencies",
    "pooled",
    "told",
    "strata",
    "assumptions",
    "growth",
    "installed",
)


@dataclass(frozen=True)
class Completeness(Result):
    """How many readers stand that the map lacks.

    made
        Tables by name: `places` (K6), with declared counts `agencies`, `pooled`, `told` (K1) and
        `growth` (K5), with two or three lists `strata` (K2, K3) and `assumptions` (K4), and
        `installed` (K5).
    lists
        Names of the lists that were compared.
    day
        The day of the map that declared counts are held against.
    belonging
        How surely an untagged camera in a town is its police's own.
    why
        What cannot be told, and why, by table.
    left_out
        Rows of declared counts that are none, by reason.
    """

    cameras: Cameras
    made: Mapping[str, pd.DataFrame]
    lists: tuple[str, ...] = ()
    day: str | None = None
    belonging: Belonging | None = None
    why: Mapping[str, str] = field(default_factory=dict)
    left_out: Mapping[str, int] = field(default_factory=dict)
    settings: Settings = DEFAULT_SETTINGS
    inputs: Mapping[str, str] = field(default_factory=dict)

    def tables(self) -> dict[str, pd.DataFrame]:
        """Return every table by name, the places first."""
        return {name: self.made[name] for name in ORDER if name in self.made}

    def counts(self) -> dict[str, int]:
        """Return cameras counted and set aside, agencies that declare, rows left out."""
        out = dict(self.cameras.counts())
        if "agencies" in self.made:
            out["agencies_that_declare"] = len(self.made["agencies"])
            out |= {f"declared_left_out: {why}": n for why, n in self.left_out.items()}
        return out

    def claims(self) -> pd.DataFrame:
        """Return the sentences that may be printed, each with its figure and interval."""
        return completeness_claims(self)
