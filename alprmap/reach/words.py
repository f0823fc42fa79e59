"""The numbers of reach under stable keys, for `--json` (docs/method/reach.md)."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from alprmap.claims import ABROAD
from alprmap.geo import UNIT_M
from alprmap.geography import BORDERS
from alprmap.reach.settings import Settings
from alprmap.results import plain

if TYPE_CHECKING:
    import pandas as pd

    from alprmap.reach.result import Reach

PLAIN = (
    "n",
    "n_unknown",
    "n_clusters",
    "median",
    "median_low",
    "median_high",
    "median_bounds",
    "farthest",
    "farthest_camera_id",
    "beyond",
    "share_beyond",
    "share_bounds",
)
"""Columns of a row of statistics that are handed on as they are."""


def summary(result: Reach, written: Iterable[Path] = ()) -> dict[str, Any]:
    """Return the numbers of a result; `written` are the files that hold what is behind them."""
    settings = result.settings
    rows = result.statistics.to_dict("records")
    names = {path.name for path in written}
    ends = {key: end for key, (end, _) in result.files().items()} | {"claims": ".claims.csv"}
    out: dict[str, Any] = {
        "unit": settings.unit,
        "unit_m": UNIT_M[settings.unit],
        "cameras": len(result.reach),
        "outside": sum(result.cameras.set_aside_counts().get(r, 0) for r in ABROAD.values()),
        "set_aside": result.cameras.set_aside_counts(),
        "unlocated": int(result.reach["lon"].isna().sum()),
        "data_date": result.data_date,
        "inputs": result.inputs,
        "borders": {str(r["border"]): _border(r, settings) for r in rows},
        "notice": result.notice,
        "files": {k: n for k, end in ends.items() for n in names if n.endswith(end)},
    }
    if result.by_group is not None:
        groups = [
            {"group": r["group"], "border": r["border"]} | _numbers(r, settings)
            for r in result.by_group.to_dict("records")
        ]
        out["by"] = {"column": result.by, "groups": groups}
    if result.people_within is not None:
        out["population"] = {
            str(r["border"]): _people(r, settings) for r in result.people_within.to_dict("records")
        }
    if result.corridors is not None:
        out["roads"] = result.network
        out["ports"] = result.ports or "ports of entry that ship with alprmap"
        out["corridors"] = _rows(result.corridors)
    if result.areas is not None:
        out["areas"] = _rows(result.areas)
    return out


def _rows(table: pd.DataFrame) -> list[dict[str, Any]]:
    return [plain(r) for r in table.drop(columns="geometry").to_dict("records")]


def _border(row: dict[Any, Any], settings: Settings) -> dict[str, Any]:
    name = str(row["border"])
    what = BORDERS.get(name, "the nearest land port of entry that ships with alprmap")
    return {"definition": what} | _numbers(row, settings)


def _numbers(row: dict[Any, Any], settings: Settings) -> dict[str, Any]:
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
    return {k: row[k] for k in PLAIN} | {"within": within, "quantiles": quantiles}


def _people(row: dict[Any, Any], settings: Settings) -> dict[str, Any]:
    within = {
        f"{r:g}": {"people": row[f"people_{r:g}"], "share": row[f"people_share_{r:g}"]}
        for r in settings.radii
    }
    return {k: row[k] for k in ("n", "people", "median")} | {
        "share_beyond": row["people_share_beyond"],
        "within": within,
    }
