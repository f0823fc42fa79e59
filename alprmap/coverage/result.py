"""Where a driver is followed: one call, one result (rules C1 to C7)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pandas as pd

from alprmap.coverage import by_agency, edges, uncertainty
from alprmap.coverage.claims import coverage_claims
from alprmap.coverage.scenarios import Wanted, levels, uncrossed, wanted_trips
from alprmap.results import Result
from alprmap.roads import Roads, column_parts
from alprmap.store import Parts, Shelf
from alprmap.watch import Facing, data_dates, watch_levels
from alprmap.watch import Settings as WatchSettings


@dataclass(frozen=True)
class Coverage(Result):
    """Where a driver is followed.

    headline
        The figures at low, mid and high, by level and name.
    made
        All tables of the level asked for, by name (`c1_corridors` … `c7_draws`), `watches`,
        `reads_no_road`, and `c6_left_out` (counts). Of a folder of tiles `c1_stretches`, and
        `c4_unread` of a large network, is a `Shelf`: `.load()` gives the table, `.pieces()` a part
        at a time; it is not among `tables()`.
    about
        What the figures rest on: facing rule, range, width, dates of cameras and of roads, how many
        cameras the extract covers.
    uncrossed
        Outlines and lines that no road crosses (C5).
    """

    headline: Mapping[str, Mapping[str, float]]
    made: Mapping[str, Any]
    about: Mapping[str, Any]
    uncrossed: tuple[str, ...] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)

    def tables(self) -> dict[str, pd.DataFrame]:
        """Return `summary` (low, mid, high side by side), then every table by name."""
        rows = pd.DataFrame({k: dict(v) for k, v in self.headline.items()})
        summary = rows.rename_axis("measure").reset_index().astype({"measure": "str"})
        tables = {k: v for k, v in self.made.items() if isinstance(v, pd.DataFrame)}
        return {"summary": summary, **tables}

    def counts(self) -> dict[str, int]:
        """Return cameras on these roads, those that read and those that read nothing, and trips
        left out by reason.
        """
        left = self.made.get("c6_left_out") or {}
        return {
            "cameras": int(self.about["cameras_in_area"]),
            "reading": int(self.made["watches"]["camera_id"].nunique()),
            "reading_no_road": int(self.about["cameras_reading_nothing"]),
            **{f"trips left out: {why}": int(n) for why, n in left.items()},
        }

    def claims(self) -> pd.DataFrame:
        """Return the sentences that may be printed, each with its figure and interval."""
        return coverage_claims(self.tables(), self.about, self.settings)


def measure(
    cameras: pd.DataFrame,
    views: pd.DataFrame,
    roads: Roads,
    wanted: Wanted,
    *,
    level: str = "mid",
    facing: Facing = "rear",
    clear_only: bool = False,
    draws: int = uncertainty.DRAWS,
    cameras_given: int | None = None,
    set_aside: Mapping[str, int] | None = None,
    parts: Parts | None = None,
    progress: Any = None,
) -> Coverage:
    """Measure where a driver is followed (C1 to C6), and how sure each figure is (C7).

    Parameters
    ----------
    cameras, views, roads
        What reads, where it looks, and the network; cameras elsewhere read nothing.
    wanted
        People, places, trips, cordons and limits.
    level, facing, clear_only
        Settings of the tables; low and high stand beside them whatever the level.
    draws
        Draws of the uncertainty model; 0 leaves it out.
    cameras_given
        How many cameras there were before those off these roads were left out.
    set_aside
        Rows that are no standing readers, by reason, as the cameras door counts them.

    Raises
    ------
    UsageError, InputError
        As the rules do.
    """
    given = len(cameras) if cameras_given is None else cameras_given
    headline, made = levels(
        cameras,
        views,
        roads,
        wanted,
        level=level,
        facing=facing,
        clear_only=clear_only,
        parts=parts,
        progress=progress,
    )
    settings = watch_levels(level, facing=facing)
    if draws:
        made = made | _sure(cameras, views, roads, wanted, settings, draws, made, progress)
    counted = {
        "standing_readers": given,
        "set_aside": sum((set_aside or {}).values()),
        "standing_readers_on_these_roads": len(cameras),
    }
    headline = {name: counted | dict(row) for name, row in headline.items()}
    about = _about(cameras, views, roads, made, given) | {
        "set_aside": dict(set_aside or {}),
        "level": level,
        "facing": facing,
        "range_m": settings.range_m,
        "width_deg": settings.width_deg,
        "clear_only": clear_only,
        "corridor_km": wanted.corridor_km,
        "draws": draws,
    }
    return Coverage(headline, made, about, tuple(uncrossed(made, wanted)), _settings(about))


def _sure(
    cameras: pd.DataFrame,
    views: pd.DataFrame,
    roads: Roads,
    wanted: Wanted,
    settings: WatchSettings,
    draws: int,
    made: Mapping[str, Any],
    progress: Any,
) -> dict[str, pd.DataFrame]:
    """Return the tables of C7 and C8."""
    graph = roads.graph()
    asked = wanted_trips(wanted, graph)
    town = uncertainty.Town(
        cameras,
        views,
        roads,
        graph,
        None if asked is None else asked.demand,
        wanted.people,
        wanted.radii_m,
        sampled=asked is not None and asked.drawn is not None,
    )
    drawn = replace(uncertainty.Settings(), draws=draws)
    sure = uncertainty.measure_draws(town, settings, settings=drawn, progress=progress)
    return {
        "c7_intervals": sure.table,
        "c7_shares": sure.shares,
        "c7_draws": sure.draws,
        "c7_positions": sure.positions,
        "c8_agencies": by_agency.without_agencies(town, made["watches"], progress=progress),
    }


def _settings(about: Mapping[str, Any]) -> dict[str, Any]:
    names = ("level", "facing", "range_m", "width_deg", "clear_only", "corridor_km", "draws")
    return {name: about[name] for name in names}


def _about(
    cameras: pd.DataFrame,
    views: pd.DataFrame,
    roads: Roads,
    made: Mapping[str, Any],
    cameras_given: int,
) -> dict[str, Any]:
    """What the figures rest on: dates, cameras that read nothing, how far the area is mapped."""
    seen = cameras["last_seen"].dropna() if "last_seen" in cameras.columns else pd.Series([])
    known = views[views["heading_deg"].notna()]["camera_id"].nunique()
    count = len(cameras)
    operator = cameras["operator"] if "operator" in cameras.columns else pd.Series([None] * count)
    return {
        "no_data_is_not_no_camera": (
            "cameras and roads are what volunteers and records have put on the map"
        ),
        "edge": edges.NO_AREA,
        "dates": data_dates(cameras, roads.meta.get("data_timestamp")),
        "cameras_given": cameras_given,
        "cameras_in_area": count,
        "cameras_reading_nothing": int(made["reads_no_road"]["camera_id"].nunique()),
        "cameras_last_seen_from": seen.min() if len(seen) else None,
        "cameras_last_seen_to": seen.max() if len(seen) else None,
        "cameras_with_heading_share": round(known / count, 4) if count else None,
        "cameras_with_operator_share": round(float(operator.notna().mean()), 4) if count else None,
        "roads_source": roads.meta.get("source"),
        "roads_date": roads.meta.get("data_timestamp"),
        "roads_notice": roads.meta.get("notice"),
        **_mapped(roads),
    }


def _mapped(roads: Roads) -> dict[str, float]:
    """Return the share of road that has a name, lanes and a speed limit on the map."""
    sums: dict[str, float] = {}
    whole = 0.0
    for part in column_parts(roads, ("length_m", "name", "lanes", "maxspeed_kmh")):
        whole += float(part["length_m"].sum())
        for name in part.columns.drop("length_m"):
            known = float(part["length_m"][part[name].notna()].sum())
            sums[name] = sums.get(name, 0.0) + known
    return {f"roads_with_{name}_share": round(known / whole, 4) for name, known in sums.items()}


def save_folder(result: Coverage, out: Path) -> int:
    """Write every table of a result into a folder, all or none; return how many files.

    What a person opens in a map is GeoJSON, what is large GeoParquet, the rest CSV.
    """
    from alprmap.credits import FOLDER_SIDECAR, credits_of
    from alprmap.results import plain
    from alprmap.store import together, write_json, write_table

    tables = {**result.tables(), "claims": result.claims()}
    dates = str(result.about.get("dates") or "")
    left = result.made.get("c6_left_out")
    plain_texts: dict[str, list[str]] = {}
    with together(out):
        for name, table in tables.items():
            suffix, credit = ".csv", None
            if "geometry" in table.columns:
                credit = credits_of(table, drawn_on_roads=True, date=dates)
                large = name in ("c1_stretches", "c2_corridors", "c4_unread")
                suffix = ".parquet" if large else ".geojson"
            elif name in ("watches", "c6_trips"):
                suffix, credit = ".parquet", credits_of(table, drawn_on_roads=True, date=dates)
            else:
                plain_texts[f"{name}.csv"] = [str(c) for c in table.columns]
            write_table(table, out / f"{name}{suffix}", credit=credit)
        shelves = {k: v for k, v in result.made.items() if isinstance(v, Shelf)}
        for name, shelf in shelves.items():
            piece = next(shelf.pieces(), None)
            piece = shelf.load() if piece is None else piece
            credit = credits_of(piece, drawn_on_roads=True, date=dates)
            shelf.write(out / f"{name}.parquet", credit=credit)
        # its tables rest on roads and say so, as the shapes do
        credit = credits_of(pd.DataFrame(), drawn_on_roads=True, date=dates)
        write_json(out / FOLDER_SIDECAR, credit.of_folder("coverage", plain_texts))
        about = dict(result.about) | ({"c6_left_out": left} if left else {})
        write_json(out / "about.json", plain(about))
    return len(tables) + len(shelves) + 2
