"""The cameras door: whatever holds cameras is opened here, with one policy (S12).

Counted are plate readers that stand: status standing or unknown, device alpr or unknown. What is
planned, removed, another device, or outside the United States in a file about the United States,
is set aside with the reason, counted and listed, and taken in only on request. Every command, every
stage of `build` and the Python face open cameras here, so that one file has one number of cameras.
"""

from __future__ import annotations

import os
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from alprmap import schema
from alprmap.claims import ABROAD, ASIDE_NAMES, counted_sentence
from alprmap.errors import InputError
from alprmap.geography import UNITED_STATES, country_of
from alprmap.merge.directions import views_of, with_directions, without_directions
from alprmap.merge.engine import merge
from alprmap.merge.files import files_beside
from alprmap.merge.result import Merged
from alprmap.merge.review import ON_ONE_POINT, TOO_ROUGH, UNLOCATED
from alprmap.merge.saved import load_merge
from alprmap.merge.settings import Settings
from alprmap.results import Result
from alprmap.text import number_of, out_of, verb

if TYPE_CHECKING:
    from alprmap.sources import Read

STANDING = ("standing", "unknown")
"""Statuses that are measured: what a source does not call planned or removed is taken to stand."""
READERS = ("alpr", "unknown")
"""Devices that are measured: a list of cameras that does not say which sort is one of readers."""
STATUS_WORDS = (*schema.STATUS, "abroad")
"""What may be asked for: a status, or those that stand outside the United States as well."""
NO_POSITION, ROUGH, SHARED = "no_position", "too_rough", "shared_point"
IN_WORDS = (
    "places in words are found by `alprmap locate --table`, or by `alprmap build` with [roads]"
)


@dataclass(frozen=True)
class Cameras(Result):
    """What holds cameras, opened: those that are counted, and what was set aside and why.

    `table` and `views` are tables of `alprmap.schema`, of counted cameras alone. `set_aside` holds
    the rows that are not counted: cameras with their columns, and reports without a usable position
    (`report_id`, no `camera_id`), each with its `reason`. `merged` is the whole merge behind them
    and `reports` what went into it, missing where only cameras and views are at hand. `notes` are
    sentences a reader should see.
    """

    table: pd.DataFrame
    views: pd.DataFrame
    set_aside: pd.DataFrame
    reports: pd.DataFrame | None = None
    path: Path = field(default_factory=lambda: Path("cameras"))
    merged: Merged | None = None
    notes: tuple[str, ...] = ()
    all_views: pd.DataFrame = field(default_factory=pd.DataFrame, repr=False)

    @property
    def cameras(self) -> pd.DataFrame:
        """The counted cameras: the same as `table`."""
        return self.table

    @property
    def links(self) -> pd.DataFrame | None:
        """Why each report belongs to its camera, where the merge is at hand."""
        return None if self.merged is None else self.merged.links

    @property
    def review(self) -> pd.DataFrame | None:
        """The questions that wait for a person, where the merge is at hand."""
        return None if self.merged is None else self.merged.review

    def tables(self) -> dict[str, pd.DataFrame]:
        """Return the cameras, with points as geometry and where they look, then what stands beside
        them.
        """
        # the file of the cameras is handed on alone; without directions all would look all ways
        whole = with_directions(self.table, self.views)
        out = {"cameras": _with_points(whole), "views": self.views}
        out["set_aside"] = self.set_aside
        for name, table in (("links", self.links), ("review", self.review)):
            if table is not None:
                out[name] = table
        return out

    def set_aside_counts(self) -> dict[str, int]:
        """Return how many rows were set aside, by reason; the `set_aside` of printed JSON."""
        counted = self.set_aside["reason"].value_counts()
        order = [*ASIDE_NAMES, *sorted(set(counted.index) - set(ASIDE_NAMES))]
        return {str(r): int(counted[r]) for r in order if r in counted.index}

    def counts(self) -> dict[str, int]:
        """Return the counted cameras and what was set aside."""
        return {"standing_readers": len(self.table)} | {
            f"set_aside_{reason}": n for reason, n in self.set_aside_counts().items()
        }

    def sentence(self) -> str:
        """Return what is counted and what was set aside, the words beside every figure.

        >>> import pandas as pd
        >>> seen = pd.DataFrame({"camera_id": ["a", "b"], "lon": [-99.5, -99.6],
        ...     "lat": [27.5, 27.6], "status": ["standing", "removed"]})
        >>> open_cameras(seen).sentence()
        '1 standing reader; set aside: 1 removed'
        """
        return counted_sentence(len(self.table), self.set_aside_counts())

    def without(self, rows: pd.Series, reason: str | pd.Series) -> Cameras:
        """Return the cameras with those of `rows` (a mask over `table`) set aside for `reason`,
        one for all or one each (index of `table`)."""
        why = reason if isinstance(reason, str) else reason[rows.to_numpy(dtype=bool)]
        out = self.table[rows.to_numpy(dtype=bool)].assign(reason=why)
        stay = self.table[~rows.to_numpy(dtype=bool)].reset_index(drop=True)
        return replace(
            self,
            table=stay,
            views=_views_of(self.all_views, stay),
            set_aside=_stacked(self.set_aside, out),
        )


def open_cameras(
    source: str | os.PathLike[str] | pd.DataFrame | Merged | Cameras,
    *,
    status: Collection[str] | str = STANDING,
    device: Collection[str] | str = READERS,
    views: pd.DataFrame | None = None,
    shown: str | os.PathLike[str] | None = None,
    source_id: str | None = None,
) -> Cameras:
    """Open whatever holds cameras, and set aside what is not counted (S12).

    Parameters
    ----------
    source
        The cameras.parquet of `merge` with its files beside it; any file `alprmap.sources.read`
        reads, merged by itself; a table of cameras or of reports; any other (Geo)DataFrame with
        places; a merge; or what this function returned earlier.
    status, device
        Words of `alprmap.schema` that are counted, or ``"all"``; ``"abroad"`` among the statuses
        counts what stands outside the United States too (see `why_abroad`).
    views
        Table `views` of a table of cameras; without it their headings are unknown.
    shown
        The name of the file in messages, where `source` is a copy of it.
    source_id
        The name of the source where `source` is a file that is read here; its own name without.

    Raises
    ------
    InputError
        When the file cannot be used, holds no camera that has a position, or none that is counted:
        zeros would be taken for a result.
    """
    statuses = _words(status, STATUS_WORDS, "status")
    devices = _words(device, schema.DEVICE, "device")
    whole = _whole(source, views, None if shown is None else Path(shown), source_id)
    return _chosen(whole, statuses, devices)


def why_set_aside(
    cameras: pd.DataFrame,
    *,
    status: Collection[str] = STANDING,
    device: Collection[str] = READERS,
) -> pd.Series:
    """Return why each camera is not counted, missing for those that are (S12); index kept.

    Parameters
    ----------
    cameras
        Columns `status`, `device`, `lon`, `lat`.
    status, device
        As in `open_cameras`.
    """
    stated, sort = cameras["status"].fillna("unknown"), cameras["device"].fillna("unknown")
    reason = stated.where(~stated.isin(status))
    reason = reason.fillna(sort.where(~sort.isin(device)))
    if "abroad" in status:
        return reason
    return reason.fillna(why_abroad(cameras[reason.isna()]))


def why_abroad(cameras: pd.DataFrame) -> pd.Series:
    """Return the reason of each camera outside the United States, missing for the others (S12).

    A list with cameras in the United States is one about the United States: what stands in
    another country is a slip, or somebody else's. A list with none in it is about another country
    and is counted as it is; a border of the United States refuses it (R2).

    Parameters
    ----------
    cameras
        Columns `lon`, `lat`, degrees.
    """
    country = pd.Series(
        country_of(cameras["lon"].to_numpy(float), cameras["lat"].to_numpy(float)),
        cameras.index,
        dtype="str",
    )
    if not country.eq(UNITED_STATES).any():
        return pd.Series(None, cameras.index, dtype="str")
    return country.map(ABROAD)


def status_words(text: str) -> tuple[str, ...]:
    """Return the statuses that a `--status` names: words parted by commas, `abroad` among them, or
    ``all``.

    Raises
    ------
    InputError
        When a word is no status.
    """
    return _words([w.strip() for w in text.split(",")], STATUS_WORDS, "status")


def _words(given: Collection[str] | str, known: tuple[str, ...], what: str) -> tuple[str, ...]:
    words = (given,) if isinstance(given, str) else tuple(given)
    if "all" in words:
        return known
    if strange := [w for w in words if w not in known]:
        raise InputError(f"{what} {strange[0]} is not known", fix=f"one of {', '.join(known)}, all")
    if what == "status" and "standing" in words:
        return tuple(dict.fromkeys((*words, "unknown")))
    return words


def is_merge(path: str | os.PathLike[str]) -> bool:
    """Tell whether a file is one that a merge or a build wrote, with its tables beside it."""
    file = Path(path)
    return file.suffix == ".parquet" and _beside(file, "views.parquet") is not None


def _beside(file: Path, name: str) -> Path | None:
    """Return the table of a merge beside its cameras, None where there is none.

    Raises
    ------
    InputError
        When something stands there that is no file: it is not passed over as if it were absent.
    """
    beside = files_beside(file, name)
    if beside.is_file():
        return beside
    if os.path.lexists(beside):
        raise InputError("is no file", where=beside, fix="run `alprmap merge` again")
    return None


def _whole(
    source: Any, views: pd.DataFrame | None, shown: Path | None, source_id: str | None
) -> Cameras:
    """Return everything a source holds as cameras, nothing set aside yet but what has no place."""
    if isinstance(source, Cameras):
        cameras = source.set_aside["camera_id"].notna()
        table = _stacked(source.table, source.set_aside[cameras].drop(columns="reason"))
        return replace(source, table=table, set_aside=source.set_aside[~cameras])
    if isinstance(source, Merged):
        return _of_merge(source, None, shown or Path("merge"))
    if isinstance(source, pd.DataFrame):
        return _of_frame(source, views, shown or Path("table"))
    return _of_file(Path(source), shown or Path(source), source_id)


def _of_frame(frame: pd.DataFrame, views: pd.DataFrame | None, shown: Path) -> Cameras:
    if "camera_id" in frame.columns:
        return _of_tables(_as_cameras(frame), views, shown)
    if {"report_id", "source_id"} <= set(frame.columns):
        reports = schema.conform(frame, "reports")
        return _of_merge(_alone(reports), reports, shown)
    from alprmap import sources

    return _of_read(sources.read(frame, source_id=shown.stem), shown)


def _of_file(file: Path, shown: Path, source_id: str | None) -> Cameras:
    from alprmap import sources
    from alprmap.store import steady

    if is_merge(file):
        return steady(file, lambda: _of_saved(file, shown))
    return _of_read(sources.read(file, source_id=source_id), shown)


def _of_saved(file: Path, shown: Path) -> Cameras:
    from alprmap.store import read_parquet

    beside = _beside(file, "reports.parquet")
    reports = None if beside is None else read_parquet(beside, "reports")
    if _beside(file, "links.parquet") is not None:
        return _of_merge(load_merge(file), reports, shown)
    views = read_parquet(files_beside(file, "views.parquet"), "views")
    return _of_tables(without_directions(read_parquet(file, "cameras")), views, shown)


def _of_tables(cameras: pd.DataFrame, views: pd.DataFrame | None, shown: Path) -> Cameras:
    if views is None:
        views = views_of(cameras)
        cameras = without_directions(cameras)
    nothing = _unplaced(None)
    return Cameras(cameras, views, nothing, path=shown, all_views=schema.conform(views, "views"))


def _of_merge(merged: Merged, reports: pd.DataFrame | None, shown: Path) -> Cameras:
    aside = _unplaced(merged.review)
    return Cameras(merged.cameras, merged.views, aside, reports, shown, merged, (), merged.views)


def _of_read(read: Read, shown: Path) -> Cameras:
    counts = read.tally
    agencies, reports = int(counts.get("about_agencies", 0)), int(counts.get("reports", 0))
    if agencies and not reports:
        raise InputError(
            f"is about agencies ({number_of(agencies, 'row')}) and holds no camera",
            where=shown,
            fix="hand it to `alprmap access` as --agencies or --shares, beside a file of cameras",
        )
    if len(read.cameras) == reports > 0:
        # cameras that alprmap wrote: they are what they were, and nothing is merged again
        return _of_tables(_as_cameras(read.cameras), None, shown)
    whole = _of_merge(_alone(read.reports), read.reports, shown)
    notes = [
        f"{shown}: {number_of(n, 'row')} rejected: {reason}" for reason, n in counts["why"].items()
    ]
    notes += [f"{shown}: {hint}" for hint in counts.get("hints", ())]
    aside = whole.set_aside_counts()
    if whole.table["lon"].notna().any():
        if waiting := aside.get(NO_POSITION):
            notes.append(
                f"{shown}: {out_of(waiting, reports, 'report', 'has', 'have')} no position and"
                f" {verb(waiting, 'is', 'are')} not counted; {IN_WORDS}"
            )
        if rough := aside.get(ROUGH):
            notes.append(
                f"{shown}: {out_of(rough, reports, 'report', 'is', 'are')} {TOO_ROUGH};"
                f" {verb(rough, 'it is', 'they are')} not counted"
            )
        if shared := aside.get(SHARED):
            notes.append(
                f"{shown}: {out_of(shared, reports, 'report', 'stands', 'stand')} on a point that"
                " many share, a place without a position; they are not counted"
            )
    return replace(whole, notes=tuple(notes))


def _alone(reports: pd.DataFrame) -> Merged:
    """Merge a file by itself: what is in it is counted, double uploads are joined by `merge`."""
    keep: Any = dict.fromkeys(reports["source_id"].dropna().unique(), "keep")
    return merge(reports, settings=Settings(duplicates=keep))


def _unplaced(review: pd.DataFrame | None) -> pd.DataFrame:
    """Return the reports that are no camera for want of a usable position, with the reason."""
    columns = ["report_id", "camera_id", "reason"]
    if review is None:
        return pd.DataFrame({c: pd.Series(dtype="str") for c in columns})
    why = review["reason"].map({UNLOCATED: NO_POSITION, TOO_ROUGH: ROUGH, ON_ONE_POINT: SHARED})
    rows = review.assign(reason=why)[review["camera_id"].isna() & why.notna()]
    return rows[columns].drop_duplicates("report_id").astype("str").reset_index(drop=True)


def _chosen(whole: Cameras, statuses: tuple[str, ...], devices: tuple[str, ...]) -> Cameras:
    """Set aside what is not of these statuses and devices."""
    table, shown = whole.table, whole.path
    if not table["lon"].notna().any():
        raise _nowhere(whole)
    reason = why_set_aside(table, status=statuses, device=devices)
    out = reason.notna()
    stay = table[~out].reset_index(drop=True)
    aside = _stacked(whole.set_aside, table[out].assign(reason=reason[out]))
    opened = replace(whole, table=stay, views=_views_of(whole.all_views, stay), set_aside=aside)
    if not stay["lon"].notna().any():
        raise InputError(
            f"holds no standing plate reader: {opened.sentence()}",
            where=shown,
            fix="pass --status all to count what is planned or removed too, or read the file with"
            " --device alpr where its devices are plate readers",
        )
    return opened


def _nowhere(whole: Cameras) -> InputError:
    shown, aside = whole.path, whole.set_aside_counts()
    reports = 0 if whole.reports is None else len(whole.reports)
    if rough := aside.get(ROUGH):
        # cameras that were merged before come without their reports
        rows = reports or len(whole.table) + len(whole.set_aside)
        what = f"no camera counts: {out_of(rough, rows, 'report', 'is', 'are')} {TOO_ROUGH}"
        fix = "give positions with five decimals; `alprmap locate` finds places in words"
        return InputError(what, where=shown, fix=fix)
    if whole.reports is None:
        return InputError("no camera has a position", where=shown, fix=IN_WORDS)
    check = "check that this is the file of cameras (`alprmap read FILE` tells)"
    return InputError(
        f"no camera has a position ({number_of(reports, 'report')} read)",
        where=shown,
        fix=IN_WORDS if reports else check,
    )


def _views_of(views: pd.DataFrame, cameras: pd.DataFrame) -> pd.DataFrame:
    mine = views["camera_id"].isin(cameras["camera_id"])
    return views if mine.all() else views[mine].reset_index(drop=True)


def _stacked(above: pd.DataFrame, below: pd.DataFrame) -> pd.DataFrame:
    """Return two tables as one; an empty one gives only its columns."""
    if below.empty or above.empty:
        full, other = (above, below) if below.empty else (below, above)
        more = [c for c in other.columns if c not in full.columns]
        return (
            full.reindex(columns=[*full.columns, *more])
            .astype({c: other[c].dtype for c in more if other[c].dtype in ("str", "float64")})
            .reset_index(drop=True)
        )
    return pd.concat([above, below], ignore_index=True)


def _as_cameras(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a (Geo)DataFrame of cameras as the table; points of its geometry become lon, lat."""
    if "geometry" in frame.columns and not {"lon", "lat"} <= set(frame.columns):
        points: Any = frame.geometry.to_crs("EPSG:4326")
        frame = frame.assign(lon=points.x, lat=points.y)
    plain = pd.DataFrame(frame.drop(columns="geometry", errors="ignore"))
    counts = {"n_reports": 1, "n_sources": 1}
    for name, value in counts.items():
        if name not in plain.columns:
            plain[name] = value
    table = schema.conform(plain, "cameras").reset_index(drop=True)
    schema.check(table, "cameras")
    return table


def _with_points(table: pd.DataFrame) -> pd.DataFrame:
    import geopandas as gpd

    points = gpd.points_from_xy(table["lon"], table["lat"])
    made: pd.DataFrame = gpd.GeoDataFrame(table.copy(), geometry=points, crs="EPSG:4326")
    return made
