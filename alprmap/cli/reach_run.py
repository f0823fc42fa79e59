"""What `alprmap reach` puts together: measures once, then tables, files and JSON of the same
numbers."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from alprmap import schema
from alprmap.cli import common
from alprmap.errors import InputError
from alprmap.geography import (
    BORDERS,
    assign_places,
    border_zones,
    data_notice,
    read_population,
    zone_by_state,
)
from alprmap.geography import ports as geography_ports
from alprmap.reach import (
    DEFAULTS,
    UNIT_M,
    UNIT_NAME,
    InlandSettings,
    border_distances,
    corridor_claims,
    county_interval,
    gaps,
    inland_table,
    people_within,
    ports_on,
    reach_claims,
    reach_table,
    road_to_port,
)
from alprmap.reach import Settings as ReachSettings
from alprmap.reach import corridors as reach_corridors
from alprmap.reach import distribution as reach_distribution
from alprmap.reach import groups as reach_groups
from alprmap.reach import statistics as reach_statistics
from alprmap.sources import us_boxes
from alprmap.store import SUFFIXES, read_csv, sha256, together, write_table
from alprmap.text import clean_column, percent


@dataclass(frozen=True, slots=True)
class Asked:
    """The options of the command."""

    cameras: Path
    borders: tuple[str, ...]
    by: str | None
    population: Path | None
    roads: Path | None
    ports: Path | None
    gaps_km: tuple[float, ...]
    zones: tuple[float, ...]
    settings: ReachSettings

    @property
    def names(self) -> tuple[str, ...]:
        """The borders asked for, all when none was named."""
        return self.borders or schema.BORDERS


@dataclass(slots=True)
class Found:
    """Everything measured; `ids_file` is the name of --out once written."""

    asked: Asked
    reach: pd.DataFrame
    statistics: pd.DataFrame
    by: pd.DataFrame | None
    county: dict[str, tuple[float, float]]
    people: pd.DataFrame | None
    home: pd.DataFrame | None
    corridors: gpd.GeoDataFrame | None
    links: pd.DataFrame | None
    inputs: dict[str, str]
    ids_file: str = "(pass --out)"
    files: dict[str, str] = field(default_factory=dict)

    @property
    def outside(self) -> int:
        """Placed cameras that stand in no state or territory; they are counted with their
        distance.
        """
        return int((self.reach["state"].isna() & self.reach["lon"].notna()).sum())

    def claims(self) -> pd.DataFrame:
        """Return the claims sheet."""
        found = reach_claims(
            self.statistics,
            ids_file=self.ids_file,
            inputs=self.inputs,
            people=self.home,
            county_bounds=self.county,
            zone=self.asked.settings.zone,
        )
        if self.corridors is None:
            return found
        # the name of --out once it is known; `save` writes the links beside it
        known = self.ids_file.endswith(SUFFIXES["table"])
        links = f"{Path(self.ids_file).stem}.corridor-links.csv" if known else self.ids_file
        unit = self.asked.settings.unit
        chains = corridor_claims(self.corridors, unit=unit, ids_file=links, inputs=self.inputs)
        return pd.concat([found, chains], ignore_index=True)

    def distribution(self) -> pd.DataFrame:
        """Return the empirical distribution of each border, people beside."""
        names = [n for n in schema.BORDERS if n in self.asked.names]
        return reach_distribution(
            self.reach, borders=names, people=self.people, settings=self.asked.settings
        )

    def draw(self, path: Path) -> None:
        """Draw the distribution."""
        from alprmap.reach import distribution_figure

        notice = data_notice([n for n in schema.BORDERS if n in self.asked.names])
        distribution_figure(
            self.distribution(),
            path,
            zone=self.asked.settings.zone,
            source=f"Cameras: {self.asked.cameras.name}. Borders: {notice}",
            title=f"How far from a border {int(self.statistics['n'].max()):,} mapped cameras stand",
        )

    def save(self, out: Path) -> list[Path]:
        """Write the table of cameras and everything beside it; return the paths."""
        self.ids_file = out.name
        plan: dict[str, tuple[str, pd.DataFrame]] = {
            "statistics": (".statistics.csv", self.statistics),
            "distribution": (".distribution.csv", self.distribution()),
            "claims": (".claims.csv", self.claims()),
        }
        if self.by is not None:
            plan["by"] = (f".by-{self.asked.by}.csv", self.by)
        if self.corridors is not None and self.links is not None:
            plan |= {
                "corridors": (".corridors.geojson", self.corridors),
                "links": (".corridor-links.csv", self.links),
            }
        if self.asked.zones:
            drawn = self._zones()
            plan |= {"zones": (".zones.geojson", drawn)}
            plan |= {
                "zones_by_state": (
                    ".zones-by-state.csv",
                    zone_by_state(drawn, people=self._people_placed()),
                )
            }
        with together(out):
            write_table(self.reach, out)
            written = [out]
            for key, (suffix, frame) in plan.items():
                path = out.with_name(out.stem + suffix)
                write_table(frame, path)
                self.files[key] = path.name
                written.append(path)
        return written

    def _zones(self) -> gpd.GeoDataFrame:
        unit = UNIT_M[self.asked.settings.unit]
        names = [n for n in schema.BORDERS if n in self.asked.names]
        return border_zones(names, [z * unit for z in self.asked.zones])

    def _people_placed(self) -> pd.DataFrame | None:
        if self.people is None:
            return None
        if "state" in self.people.columns:
            return self.people
        where = assign_places(self.people["lon"].to_numpy(), self.people["lat"].to_numpy())
        return self.people.assign(state=where["state"].to_numpy())

    def shown(self) -> dict[str, pd.DataFrame]:
        """Return the tables for the screen by title."""
        unit = self.asked.settings.unit
        tag = f"{self.asked.settings.zone:g}"
        keep = [
            "border",
            "n",
            *(f"within_{r:g}" for r in self.asked.settings.radii),
            "median",
            "farthest",
        ]
        table = self.statistics[keep].copy()
        table["share"] = [percent(s) for s in self.statistics[f"share_{tag}"]]
        if self.home is not None:
            table["people"] = [percent(s) for s in self.home[f"people_share_{tag}"]]
        names = {"share": f"cameras within {tag}", "people": f"people within {tag}"}
        shown = {
            f"Cameras within a distance of each border, {UNIT_NAME[unit]}": table.rename(
                columns=names
            )
        }
        if self.by is not None:
            title = (
                f"By {self.asked.by}: cameras, and those within {tag} {UNIT_NAME[unit]} of each"
                " border"
            )
            shown[title] = self._by_wide(tag)
        if self.corridors is not None:
            wide = inland_table(self.corridors, unit_m=UNIT_M[unit])
            shown[f"How far inland a chain of readers goes from each port, {UNIT_NAME[unit]}"] = (
                wide
            )
        return shown

    def _by_wide(self, tag: str) -> pd.DataFrame:
        """Return one row per group, the largest first, and one column per border."""
        assert self.by is not None
        wide = self.by.pivot(index="group", columns="border", values=f"within_{tag}")
        wide = wide[[n for n in schema.BORDERS if n in wide.columns]].rename_axis(columns=None)
        wide.insert(0, "n", self.by.groupby("group")["n"].max())
        wide = wide.reset_index()
        return wide.sort_values(["n", "group"], ascending=[False, True], ignore_index=True)

    def json(self) -> dict[str, Any]:
        """Return the numbers with the stable keys of docs/method/reach.md."""
        rows = self.statistics.to_dict("records")
        out: dict[str, Any] = {
            "unit": self.asked.settings.unit,
            "unit_m": UNIT_M[self.asked.settings.unit],
            "cameras": len(self.reach),
            "outside": self.outside,
            "unlocated": int(self.reach["lon"].isna().sum()),
            "inputs": self.inputs,
            "borders": {
                str(r["border"]): _border_json(r, self.asked.settings, self.county) for r in rows
            },
            "notice": data_notice([str(r["border"]) for r in rows]),
            "files": self.files,
        }
        if self.by is not None:
            groups = [
                {"group": r["group"], "border": r["border"]} | _numbers(r, self.asked.settings)
                for r in self.by.to_dict("records")
            ]
            out["by"] = {"column": self.asked.by, "groups": groups}
        if self.home is not None:
            out["population"] = {
                str(r["border"]): _home_json(r, self.asked.settings)
                for r in self.home.to_dict("records")
            }
        if self.corridors is not None:
            out["corridors"] = common.records(self.corridors)
        return out


def _border_json(
    row: dict[Any, Any], settings: ReachSettings, county: dict[str, tuple[float, float]]
) -> dict[str, Any]:
    name = str(row["border"])
    what = "the nearest land port of entry" if name == "port" else BORDERS[name]
    low, high = county.get(name, (None, None))
    more = {"share_low_counties": low, "share_high_counties": high}
    return {"definition": what} | _numbers(row, settings) | more


def _numbers(row: dict[Any, Any], settings: ReachSettings) -> dict[str, Any]:
    plain = (
        "n",
        "n_unknown",
        "median",
        "median_low",
        "median_high",
        "farthest",
        "farthest_camera_id",
        "beyond",
        "share_beyond",
    )
    within = {}
    for radius in settings.radii:
        tag = f"{radius:g}"
        within[tag] = {
            "n": row[f"within_{tag}"],
            "n_low": row[f"within_{tag}_low"],
            "n_high": row[f"within_{tag}_high"],
            "share": row[f"share_{tag}"],
            "share_low": row[f"share_{tag}_low"],
            "share_high": row[f"share_{tag}_high"],
        }
    quantiles = {f"{q:g}": row[f"q{round(q * 100):02d}"] for q in settings.quantiles}
    return {k: row[k] for k in plain} | {"within": within, "quantiles": quantiles}


def _home_json(row: dict[Any, Any], settings: ReachSettings) -> dict[str, Any]:
    within = {
        f"{r:g}": {"people": row[f"people_{r:g}"], "share": row[f"people_share_{r:g}"]}
        for r in settings.radii
    }
    return {k: row[k] for k in ("n", "people", "median")} | {
        "share_beyond": row["people_share_beyond"],
        "within": within,
    }


def run(asked: Asked, progress: common.Progress) -> Found:
    """Read, measure, and put the numbers together."""
    data = common.read_cameras(asked.cameras)
    table = reach_table(data.cameras, borders=asked.names, progress=progress)
    corridors, links = None, None
    if asked.roads is not None:
        table, corridors, links = _by_road(asked, data, table)
    error = table["camera_id"].map(data.cameras.set_index("camera_id")["position_error_m"])
    names = [n for n in schema.BORDERS if n in asked.names]
    people, home = None, None
    if asked.population is not None:
        read = read_population(asked.population)
        _at_home(read, asked.population)
        people = pd.concat([read, border_distances(read, borders=names, progress=progress)], axis=1)
        home = people_within(people, borders=names, settings=asked.settings)
    by = None
    if asked.by is not None:
        group = reach_groups(table, data.cameras, asked.by)
        by = reach_statistics(
            table, borders=names, by=group, error_m=error, settings=asked.settings
        )
    return Found(
        asked,
        table,
        reach_statistics(table, borders=names, error_m=error, settings=asked.settings),
        by,
        {n: county_interval(table, n, settings=asked.settings) for n in names},
        people,
        home,
        corridors,
        links,
        _hashes(asked),
    )


def _at_home(people: pd.DataFrame, path: Path) -> None:
    """Refuse people who all live elsewhere, and say how many do: a share of them is no baseline."""
    lon, lat = people["lon"].to_numpy(), people["lat"].to_numpy()
    away = ~np.any(
        [(w <= lon) & (lon <= e) & (s <= lat) & (lat <= n) for w, s, e, n in us_boxes()], axis=0
    )
    if away.all():
        raise InputError(
            "nobody of this table lives in the United States",
            where=path,
            fix="check its columns lon and lat",
        )
    if away.any():
        common.note(
            f"{away.sum():,} of {len(people):,} places of {path.name} lie outside the United States"
        )


def _by_road(
    asked: Asked, data: common.Cameras, table: pd.DataFrame
) -> tuple[pd.DataFrame, gpd.GeoDataFrame, pd.DataFrame]:
    """Add the drive to the nearest port (R3) and find the chains of readers from each (R4)."""
    from alprmap.roads import Graph
    from alprmap.watch import watch as watch_watch

    assert asked.roads is not None
    roads = common.read_roads(asked.roads)
    graph = Graph.from_segments(roads.segments, roads.restrictions)
    settings = InlandSettings(gaps_km=gaps(asked.gaps_km)) if asked.gaps_km else DEFAULTS
    ports = ports_on(roads, graph, _ports(asked.ports), settings=settings)
    if ports.empty:
        common.note(
            "no port of entry lies on the roads given: no road distance and no chain; --ports adds"
            " your own"
        )
    drive = road_to_port(table, roads, graph=graph, ports=ports, settings=settings)
    table = schema.conform(pd.concat([table, drive], axis=1), "reach")
    watches = watch_watch(data.cameras, data.views, roads).watches
    to_land = table.set_index("camera_id")
    if "to_land_m" not in to_land.columns:
        to_land = to_land.join(border_distances(to_land, borders=["land"]))
    corridors, links = reach_corridors(
        watches, to_land["to_land_m"], roads, graph=graph, ports=ports, settings=settings
    )
    return table, corridors, links


def _ports(path: Path | None) -> pd.DataFrame:
    """Return the ports of entry that ship with alprmap, or the user's own table."""
    if path is None:
        return pd.DataFrame(geography_ports().drop(columns="geometry"))
    table = read_csv(path)
    if not {"name", "lon", "lat"} <= set(table.columns):
        raise InputError(
            "the table of ports lacks name, lon or lat",
            where=path,
            fix="write a CSV of name, lon, lat",
        )
    table["name"], _ = clean_column(table["name"])
    for name, most in (("lon", 180), ("lat", 90)):
        table[name] = pd.to_numeric(table[name], errors="coerce").astype("float64")
        bad = ~table[name].abs().le(most)
        if bad.any():
            raise InputError(
                f"{name} is no number of degrees",
                where=path,
                row=int(bad.to_numpy().argmax()) + 1,
                fix="write it like -99.5123",
            )
    return table


def _hashes(asked: Asked) -> dict[str, str]:
    paths = [asked.cameras, asked.population, asked.roads, asked.ports]
    return {p.name: sha256(p) for p in paths if p is not None and str(p) != "-" and p.is_file()}
