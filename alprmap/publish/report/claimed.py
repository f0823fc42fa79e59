"""What a result folder claims, put together once: for the report, the page and the press sheet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd

from alprmap import schema
from alprmap.claims import COLUMNS, together
from alprmap.merge import Cameras, open_cameras
from alprmap.publish.report.counted import counted_claims
from alprmap.publish.report.firstpage import (
    About,
    FirstPage,
    default_title,
    first_page,
    title_in,
)
from alprmap.publish.report.manifest import as_built, manifest_of
from alprmap.publish.report.report import ReportData
from alprmap.reach import reach_claims
from alprmap.reach import statistics as reach_statistics
from alprmap.store import read_csv, sha256

RADIUS = 100
"""Statute miles of the headline: the zone of 8 CFR 287.1(a)(2)."""


CLAIMS = (
    "coverage/claims.csv",
    "access/claims.csv",
    "searches/claims/searches.csv",
    "searches/claims/seen.csv",
    "completeness/claims.csv",
    "areas/claims.csv",
    "watches.claims.csv",
    "cameras.claims.csv",
    "located.claims.csv",
    "segments.claims.csv",
)
"""Claims of the wings as `build` leaves them, beside the count and those of reach."""


def cameras_of(folder: Path) -> Cameras | None:
    """Return the cameras of a result folder, None where it has none."""
    path = folder / "cameras.parquet"
    return open_cameras(path) if path.is_file() else None


def claims_of_folder(folder: Path, opened: Cameras | None) -> pd.DataFrame:
    """Return all claims of a result folder: the count first, then reach, then the other wings.

    What `build` claimed is quoted; distances without claims are claimed here. `opened` is what
    `cameras_of` returns.
    """
    sheets = [csv_of(folder / name) for name in CLAIMS]
    if opened is not None:
        counted = counted_claims(opened.table, set_aside=opened.sentence())
        sheets = [counted, _distances(folder), *sheets]
    return together([s.reindex(columns=list(COLUMNS)) for s in sheets if s is not None])


def _distances(folder: Path) -> pd.DataFrame | None:
    sheet = csv_of(folder / "reach_claims.csv")
    if sheet is not None:
        return sheet
    statistics = csv_of(folder / "reach_statistics.csv")
    if statistics is None:
        table = csv_of(folder / "reach.csv")
        if table is None:
            return None
        # distances alone, as `alprmap reach --out` leaves them: the same figures are made here
        statistics = reach_statistics(schema.conform(table, "reach"))
    inputs = {str(i["file"]): str(i["sha256"]) for i in manifest_of(folder).get("inputs", [])}
    inputs = inputs or {"cameras.parquet": sha256(folder / "cameras.parquet")}
    whole = statistics[statistics["group"] == "all"]
    return reach_claims(whole, ids_file="reach.csv", inputs=inputs, zone=RADIUS)


def front_of_folder(folder: Path, *, language: str = "en") -> FirstPage:
    """Return the first page of a result folder, without drawing anything.

    Raises
    ------
    InputError
        When a table in it is not as a build writes it.
    """
    with as_built(folder):
        title = str(manifest_of(folder).get("project", {}).get("title") or default_title(language))
        opened = cameras_of(folder)
        claims = claims_of_folder(folder, opened)
        return first_page(claims, _about(title, claims, folder, opened), language)


def front_of_cameras(
    opened: Cameras,
    title: str,
    *,
    measured: Sequence[pd.DataFrame] = (),
    language: str = "en",
) -> FirstPage:
    """Return the first page of cameras and of what a command measured of them, without a folder.

    Parameters
    ----------
    measured
        Claims of wings (`alprmap.claims.COLUMNS`).
    """
    return first_page_of(claims_of_cameras(opened, measured), opened, title, language)


def claims_of_cameras(opened: Cameras, measured: Sequence[pd.DataFrame] = ()) -> pd.DataFrame:
    """Return the count of cameras as claims, then what wings claim that measured them."""
    counted = counted_claims(opened.table, set_aside=opened.sentence())
    return together([s.reindex(columns=list(COLUMNS)) for s in (counted, *measured)])


def first_page_of(
    claims: pd.DataFrame, opened: Cameras, title: str, language: str = "en"
) -> FirstPage:
    """Return the first page that claims of cameras allow, without a folder of a build."""
    about = About(title, cameras_date=_newest(opened), set_aside=opened.sentence(), stages={})
    return first_page(claims, about, language)


def with_first_page(
    data: ReportData, folder: Path, opened: Cameras | None, language: str
) -> ReportData:
    """Return a report with its first page in a language, from the claims it holds."""
    if data.claims is None:
        return data
    about = _about(data.title, data.claims, folder, opened)
    first = first_page(data.claims, about, language)
    return replace(data, title=title_in(data.title, language), first=first)


def _about(title: str, claims: pd.DataFrame, folder: Path, opened: Cameras | None) -> About:
    manifest = manifest_of(folder)
    area = manifest.get("project", {}).get("area")
    counted = claims.set_index("claim_id")["set_aside"]
    return About(
        title,
        place=area if isinstance(area, str) else "",
        cameras_date=_newest(opened),
        roads_date=_roads_date(folder, manifest),
        set_aside=str(counted.get("cameras-standing", "")),
        stages={k: v.get("rows", {}) for k, v in manifest.get("stages", {}).items()},
    )


def _newest(opened: Cameras | None) -> str:
    """Return the newest date of the cameras, empty where none carries one."""
    if opened is None:
        return ""
    dated = opened.table["last_seen"].dropna()
    return str(dated.max()) if len(dated) else ""


def _roads_date(folder: Path, manifest: dict[str, Any]) -> str:
    rows = manifest.get("stages", {}).get("report", {}).get("rows", {})
    dates = rows.get("dates")
    stated = str((dates if isinstance(dates, dict) else {}).get("Roads", "date not stated"))
    if stated != "date not stated":
        return stated
    claims = csv_of(folder / "coverage" / "claims.csv")
    if claims is None or not len(claims):
        return ""
    told = str(claims["data_date"].iloc[0]).partition(";")[0].removeprefix("roads of ")
    return "" if told in ("unknown date", "nan", "None") else told


def csv_of(path: Path) -> pd.DataFrame | None:
    """Return a table of a result folder, None where it is not there or has no column."""
    if not path.is_file():
        return None
    found = read_csv(path, dtype={"county_geoid": "str"})
    return found if len(found.columns) else None
