"""What `reach.measure` hands back: every table, every claim, every file of the wing (R1–R6)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import pandas as pd

from alprmap import schema
from alprmap.claims import together as claims_together
from alprmap.geo import UNIT_M
from alprmap.geography import data_notice
from alprmap.reach.claims import corridor_claims, reach_claims
from alprmap.reach.inland import inland_table
from alprmap.reach.settings import UNIT_NAME, Settings
from alprmap.reach.totals import distribution
from alprmap.reach.words import summary
from alprmap.results import Result
from alprmap.store import SUFFIXES, hand_on, together, write_table
from alprmap.text import number_of, percent, verb

if TYPE_CHECKING:
    from alprmap.merge import Cameras

NO_FILE = "(pass --out)"


@dataclass(frozen=True)
class Reach(Result):
    """How far the cameras stand from the named borders, and all that follows from it.

    `cameras` are those that were measured, with what was set aside; `reach` one row per camera
    (table `reach`); `statistics` one row per border; `by_group` one per group and border. `people`
    are the population points with their distances and `people_within` what they add up to.
    `corridors` and `links` are chains of readers on `network`, missing where no roads were wanted.
    """

    cameras: Cameras
    reach: pd.DataFrame
    statistics: pd.DataFrame
    borders: tuple[str, ...]
    settings: Settings
    by: str | None = None
    by_group: pd.DataFrame | None = None
    people: pd.DataFrame | None = field(default=None, repr=False)
    people_within: pd.DataFrame | None = None
    corridors: gpd.GeoDataFrame | None = None
    links: pd.DataFrame | None = None
    network: str | None = None
    ports: str | None = None
    zones: gpd.GeoDataFrame | None = None
    zones_by_state: pd.DataFrame | None = None
    areas: gpd.GeoDataFrame | None = None
    inputs: dict[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @cached_property
    def distribution(self) -> pd.DataFrame:
        """The empirical distribution of distances to each border, people beside."""
        return distribution(
            self.reach, borders=self.borders, people=self.people, settings=self.settings
        )

    def tables(self) -> dict[str, pd.DataFrame]:
        """Return every table by name, the cameras first, with points as geometry."""
        points = gpd.points_from_xy(self.reach["lon"], self.reach["lat"])
        found: dict[str, Any] = {
            "reach": gpd.GeoDataFrame(self.reach.copy(), geometry=points, crs="EPSG:4326"),
            "statistics": self.statistics,
            "distribution": self.distribution,
            "by_group": self.by_group,
            "people_within": self.people_within,
            "corridors": self.corridors,
            "links": self.links,
            "zones": self.zones,
            "zones_by_state": self.zones_by_state,
            "areas": self.areas,
            "set_aside": self.cameras.set_aside,
        }
        return {name: table for name, table in found.items() if table is not None}

    def counts(self) -> dict[str, int]:
        """Return the cameras measured, and those set aside by reason."""
        return self.cameras.counts()

    def claims(self, *, ids_file: str = NO_FILE) -> pd.DataFrame:
        """Return the sentences that may be printed, each with its figure.

        Parameters
        ----------
        ids_file
            Name of the file the cameras are written to; the links stand beside it.
        """
        common: dict[str, Any] = {
            "inputs": self.inputs,
            "data_date": self.data_date,
            "set_aside": self.cameras.sentence(),
        }
        made = [
            reach_claims(
                self.statistics,
                ids_file=ids_file,
                people=self.people_within,
                zone=self.settings.zone,
                settings={"unit": self.settings.unit, "seed": self.settings.seed},
                **common,
            )
        ]
        if self.corridors is not None and self.network is not None:
            known = ids_file.endswith(SUFFIXES["table"])
            made.append(
                corridor_claims(
                    self.corridors,
                    unit=self.settings.unit,
                    ids_file=f"{Path(ids_file).stem}.corridor-links.csv" if known else ids_file,
                    ports=self.ports,
                    on=self.network,
                    **common,
                )
            )
        return claims_together(made)

    @property
    def data_date(self) -> str | None:
        """The newest date on which a source saw one of the cameras."""
        table = self.cameras.table
        seen = table["last_seen"].dropna() if "last_seen" in table.columns else pd.Series([])
        return str(seen.max()) if len(seen) else None

    def files(self) -> dict[str, tuple[str, pd.DataFrame]]:
        """Return what is written beside the main table: name → (ending of the file, table)."""
        plan: dict[str, tuple[str, Any]] = {
            "statistics": (".statistics.csv", self.statistics),
            "distribution": (".distribution.csv", self.distribution),
            "by": (f".by-{self.by}.csv", self.by_group),
            "people": (".people.csv", self.people_within),
            "corridors": (".corridors.geojson", self.corridors),
            "links": (".corridor-links.csv", self.links),
            "zones": (".zones.geojson", self.zones),
            "zones_by_state": (".zones-by-state.csv", self.zones_by_state),
            "areas": (".areas.geojson", self.areas),
            "set_aside": (
                ".set-aside.csv",
                self.cameras.set_aside if len(self.cameras.set_aside) else None,
            ),
        }
        return {k: (end, table) for k, (end, table) in plan.items() if table is not None}

    def save(self, path: str | Path) -> list[Path]:
        """Write the table of cameras to `path` and the rest beside it; all or none.

        Raises
        ------
        StorageError
            When the disk refuses; files that were there stay as they were.
        """
        path = Path(path)
        beside = self.files() | {"claims": (".claims.csv", self.claims(ids_file=path.name))}
        written = [path]
        with together(path):
            hand_on(self.reach, path)
            for end, table in beside.values():
                written.append(path.with_name(path.stem + end))
                write_table(table, written[-1])
        return written

    def draw(self, path: Path) -> None:
        """Draw the distribution of distances as a picture (.png, .svg, .pdf)."""
        from alprmap.reach.figure import distribution_figure

        most = int(self.statistics["n"].max())
        distribution_figure(
            self.distribution,
            path,
            zone=self.settings.zone,
            source=f"Cameras: {self.cameras.path.name}. Borders: {self.notice}",
            title=f"How far from a border {number_of(most, 'mapped camera')}"
            f" {verb(most, 'stands', 'stand')}",
        )

    @property
    def notice(self) -> str:
        """The credit that must stand beside these tables."""
        layers = [*self.borders, *(["highways"] if self.corridors is not None else [])]
        return data_notice(layers)

    def shown(self) -> dict[str, pd.DataFrame]:
        """Return the tables for a screen, by title."""
        unit, tag = UNIT_NAME[self.settings.unit], f"{self.settings.zone:g}"
        radii = [f"within_{r:g}" for r in self.settings.radii]
        table = self.statistics[["border", "n", *radii, "median", "farthest"]].copy()
        table[f"cameras within {tag}"] = [percent(s) for s in self.statistics[f"share_{tag}"]]
        table["95 %"] = [
            f"{percent(a)} to {percent(b)}" if a == a else "–"
            for a, b in zip(
                self.statistics[f"share_{tag}_low"],
                self.statistics[f"share_{tag}_high"],
                strict=True,
            )
        ]
        if self.people_within is not None:
            shares = self.people_within[f"people_share_{tag}"]
            table[f"people within {tag}"] = [percent(s) for s in shares]
        found = {f"Cameras within a distance of each border, {unit}": table}
        if self.by_group is not None:
            title = f"By {self.by}: cameras, and those within {tag} {unit} of each border"
            found[title] = self._wide(tag)
        if self.areas is not None:
            plain = pd.DataFrame(self.areas.drop(columns="geometry")).sort_values("rank")
            ranks = plain[["rank", "rank_low", "rank_high"]].astype("object")
            found["By area"] = plain.assign(**ranks.where(ranks.notna(), None))
        if self.corridors is not None and (self.corridors["n_cameras"] > 0).any():
            own = "port" if self.ports is None else f"place of {self.ports}"
            label = f"{unit} ({self.network})"
            title = f"How far inland a chain of readers goes from each {own}, {label}"
            met = self.corridors.groupby("port")["n_cameras"].transform("max") > 0
            found[title] = inland_table(self.corridors[met], unit_m=UNIT_M[self.settings.unit])
        return found

    def _wide(self, tag: str) -> pd.DataFrame:
        """Return one row per group, the largest first, and one column per border."""
        assert self.by_group is not None
        wide = self.by_group.pivot(index="group", columns="border", values=f"within_{tag}")
        wide = wide[[n for n in schema.BORDERS if n in wide.columns]].rename_axis(columns=None)
        wide.insert(0, "n", self.by_group.groupby("group")["n"].max())
        wide = wide.reset_index()
        return wide.sort_values(["n", "group"], ascending=[False, True], ignore_index=True)

    def summary(self, written: Iterable[Path] = ()) -> dict[str, Any]:
        """Return the numbers with the stable keys of docs/method/reach.md, for `--json`.

        Parameters
        ----------
        written
            What `save` wrote.
        """
        return summary(self, written)
