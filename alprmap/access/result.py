"""Who can look: one call, one result (rules A1–A3)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from os import PathLike
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd

from alprmap import steps
from alprmap.access.by_district import access_by_district
from alprmap.access.claims import access_claims, door_claims, side_door_claims, time_line_claims
from alprmap.access.doors import COLUMNS as DOOR_COLUMNS
from alprmap.access.doors import access_doors, by_switch
from alprmap.access.inference import inference_accuracy
from alprmap.access.laws import shares_beside_laws
from alprmap.access.onrecord import bodies_on_record
from alprmap.access.operators import Settings, camera_operators
from alprmap.access.paths import (
    Accessed,
    access_sheet,
    active_shares,
    declared_unmapped,
    explain_access,
    named_shares,
    newest_day,
    reach_of,
    usable_shares,
)
from alprmap.access.searches.result import Searches
from alprmap.access.shares import Shared, read_shares
from alprmap.access.side import side_doors
from alprmap.access.tagged import tag_claims, tag_statistics
from alprmap.access.tags import Tags, read_tags, tag_path
from alprmap.access.timeline import access_intervals, access_stays, time_line
from alprmap.claims import together
from alprmap.errors import UsageError
from alprmap.merge import Cameras, open_cameras
from alprmap.reach import reach_table
from alprmap.results import Result
from alprmap.store import hashes
from alprmap.text import any_of

NOBODY = "nobody asked for"


@dataclass(frozen=True)
class Access(Result):
    """Who can look through the cameras, by class and by hops, and on which record.

    cameras
        One row per camera (`alprmap.access.Accessed`); of several bodies asked for, the fewest hops
        to any, and `body`, whose they are.
    agencies, summary
        As in `Accessed`; `summary` has the column `body`, and with several bodies rows for each and
        for any of them.
    bodies
        One row per agency of the record that was asked for: how many shares on record name it, and
        from when to when.
    doors
        Every path to the bodies with its door and proof (`access_doors`), never added up.
    declared
        Every agency with a declared count: what of it is mapped, and the date of the count.
    inference
        How often the inference of A2 is right, by distance and by size of the agency.
    sheet
        What each agency of `of` declares and shares, None where none was asked.
    areas
        Cameras by class and hops in each polygon (`access_by_district`), None where none was given.
    record
        The sharing record that was read.
    tags, by_tag
        Lists joined to the agencies of the record (`Tags.rows`), and what their agencies run and
        may search (`tag_statistics`); None where no list was given.
    laws
        State laws on sharing beyond the state, and the shares on record beside them
        (`shares_beside_laws`).
    each, openings
        What each body asked for reaches by itself; and, per body, the doors that no partner's name
        opens, on whatever day (settings, searches on its behalf).
    lines
        Per body and stay between two days of change, how many agencies' readers it can look
        through (`time_line`).
    """

    target: str
    as_of: str | None
    cameras: pd.DataFrame
    agencies: pd.DataFrame
    summary: pd.DataFrame
    bodies: pd.DataFrame
    declared: pd.DataFrame
    inference: pd.DataFrame
    doors: pd.DataFrame
    sheet: pd.DataFrame | None
    areas: gpd.GeoDataFrame | None
    record: Shared
    records: Mapping[str, pd.DataFrame]
    found: Accessed | None
    asked_day: str | None = None
    asked_kind: str | None = None
    inputs: Mapping[str, str] = field(default_factory=dict)
    settings: Settings = field(default_factory=Settings)
    set_aside: str | None = None
    ids_file: str = "(pass --out)"
    tags: Tags | None = None
    by_tag: pd.DataFrame | None = None
    laws: pd.DataFrame | None = None
    each: Mapping[str, Accessed] = field(default_factory=dict)
    openings: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    lines: pd.DataFrame | None = None

    def tables(self) -> dict[str, pd.DataFrame]:
        """Return every table by name; the cameras first, or the sheet where nobody was asked
        for."""
        if self.found is None:
            head = {} if self.sheet is None else {"sheet": self.sheet}
            head |= {} if self.areas is None else {"areas": self.areas}
            head |= self._of_lists()
            return head | {"shares": self.record.shares, "declared": self.declared}
        head = {
            "cameras": self.cameras,
            "agencies": self.agencies,
            "summary": self.summary,
            "bodies": self.bodies,
            "doors": self.doors,
        }
        head |= {} if self.lines is None else {"timeline": self.lines}
        more = {"shares": self.record.shares, "declared": self.declared}
        asked = {} if self.sheet is None else {"sheet": self.sheet}
        asked |= {} if self.areas is None else {"areas": self.areas}
        asked |= self._of_lists()
        return head | asked | more | {"inference": self.inference}

    def _of_lists(self) -> dict[str, pd.DataFrame]:
        out = {} if self.laws is None else {"laws": self.laws}
        if self.tags is None or self.by_tag is None:
            return out
        return out | {"by_tag": self.by_tag, "tags": self.tags.rows}

    def counts(self) -> dict[str, int]:
        """Return cameras by class, and agencies and shares of the record."""
        known = self.cameras["class"].value_counts() if len(self.cameras) else pd.Series(dtype=int)
        return {
            "cameras": len(self.cameras),
            "shares": len(self.record.shares),
            "agencies": len(self.record.agencies),
            **{str(k): int(v) for k, v in sorted(known.items())},
        }

    def claims(self) -> pd.DataFrame:
        """Return the sentences that may be printed, each with its figure; none where neither a
        body nor a list was asked for."""
        parts = []
        if self.found is not None:
            parts.append(self._of_bodies())
        if self.lines is not None:
            parts.append(self._of_days())
        file = self._beside("doors")
        if len(self.doors):
            of = (self.doors, self.target, file, self.inputs)
            parts.append(door_claims(*of, as_of=self.as_of))
        if (self.doors["door"] == "side").any():
            parts.append(side_door_claims(self.doors, self.target, file, self.inputs))
        if self.by_tag is not None:
            parts.append(
                tag_claims(
                    self.by_tag,
                    as_of=self.as_of,
                    ids_file=self._beside("tags"),
                    inputs=self.inputs,
                )
            )
        return together(parts) if parts else super().claims()

    def _beside(self, name: str) -> str:
        """Return the file of a further table: in a folder under its own name, else beside."""
        path = Path(self.ids_file)
        if path.parent == Path():
            return f"{path.stem}.{name}.csv"
        return (path.parent / f"{name}.csv").as_posix()

    def _of_days(self) -> pd.DataFrame:
        assert self.lines is not None
        settings = {"as_of": self.asked_day, **self._asked}
        return time_line_claims(
            self.lines, ids_file=self._beside("timeline"), inputs=self.inputs, settings=settings
        )

    @property
    def _asked(self) -> dict[str, Any]:
        """Whose access a claim speaks of; of several, any of them, whom a page names one by one."""
        several = {"any_of": list(self.each)} if len(self.each) > 1 else {}
        return {"agency": self.target, **several}

    def _of_bodies(self) -> pd.DataFrame:
        km = self.settings.inferred_km
        return access_claims(
            self.summary,
            records=self.records,
            as_of=self.as_of,
            ids_file=self.ids_file,
            inputs=self.inputs,
            settings={
                "as_of": self.asked_day,
                "inferred_km": km,
                "vendor": self.settings.vendor,
                **self._asked,
                **({"kind": self.asked_kind} if self.asked_kind and len(self.each) == 1 else {}),
            },
            set_aside=self.set_aside,
        )

    def timeline(self, body: str | None = None) -> pd.DataFrame:
        """Return from when to when a body asked for can look through each camera, and by which
        path: the data of a map with a time slider (`access_intervals`).

        Parameters
        ----------
        body
            One of the bodies asked for, as in the column `body`; None takes any of them.

        Raises
        ------
        UsageError
            When nobody was asked for, or not this one.
        """
        if self.found is None:
            raise UsageError("a time line is of somebody", fix="say who looks")
        if body is not None and body not in self.each and body != self.target:
            raise UsageError(f"{body} was not asked for", fix=f"name one of {', '.join(self.each)}")
        found = self.each.get(body or self.target, self.found)
        more = self.openings.get(body or self.target)
        return access_intervals(found.cameras, self.record.shares, found.targets, openings=more)

    def timelines(self) -> dict[str, pd.DataFrame]:
        """Return `timeline` of each body asked for, and of any of them where they are several."""
        return {name: self.timeline(name) for name in self.asked}

    @property
    def asked(self) -> list[str]:
        """The bodies asked for, by name; any of them first, where they are several."""
        return list(self.each) if len(self.each) < 2 else [self.target, *self.each]

    def explain(self, camera_id: str) -> dict[str, Any]:
        """Return the path from one camera to the body asked for, each step with its record.

        Raises
        ------
        UsageError, NotFoundError
            When nobody was asked for, or there is no such camera.
        """
        if self.found is None:
            raise UsageError("a path leads to somebody", fix="say to whom")
        on_record = active_shares(self.record.shares, as_of=self.asked_day)
        return explain_access(self.found, self.record.agencies, on_record, camera_id)

    def save(self, path: str | Path) -> list[Path]:
        """Write the main table to `path` and the others beside it; see `Result.save`."""
        return Result.save(replace(self, ids_file=Path(path).name), path)


def measure(
    cameras: str | PathLike[str] | pd.DataFrame | Cameras,
    record: Shared | Sequence[str | PathLike[str]],
    *,
    to: str | Sequence[str] | None = None,
    kind: str | None = None,
    of: Sequence[str] = (),
    as_of: str | None = None,
    areas: str | PathLike[str] | gpd.GeoDataFrame | None = None,
    tags: Sequence[str] = (),
    searches: Searches | None = None,
    reach: pd.DataFrame | None = None,
    settings: Settings | None = None,
) -> Access:
    """Find who can look through the cameras: known, inferred, declared but unmapped; by hops.

    Parameters
    ----------
    cameras
        Anything `alprmap.merge.open_cameras` opens.
    record
        Files of agencies and shares in any order, or what `read_shares` made of them.
    to, kind
        The bodies that look: names or agency ids, and all bodies of a kind such as `federal`. Of
        several, each is answered by itself and all together.
    of
        Agencies whose own declared counts and shares are asked for.
    as_of
        ISO day; None takes all that have not ended (`active_shares`).
    areas
        Polygons, as `alprmap.geography.open_areas` takes them: cameras counted in each.
    tags
        Lists of agencies as PATH or NAME=PATH (`read_tags`).
    searches
        Logs that were read (`measure_searches`): their reasons show side doors.
    reach
        Table `reach` of these cameras with the land border; measured here where it is not given.

    Raises
    ------
    UsageError
        When neither a body nor an agency is asked for, or a word is none of its kind.
    NotFoundError
        When a name fits several agencies, or nothing known at all.
    InputError
        When a file cannot be used.
    """
    bodies = list(dict.fromkeys([to] if isinstance(to, str) else to or []))
    kind = None if kind is None else kind.strip().lower()
    if not bodies and kind is None and not of and areas is None and not tags:
        raise UsageError("say whom", fix="pass a body, a kind, or an agency")
    settings = settings or Settings()
    inputs = {} if isinstance(record, Shared) else hashes([Path(p) for p in record])
    if isinstance(cameras, (str, PathLike)):
        inputs = hashes([Path(cameras)]) | inputs
    opened = open_cameras(cameras)
    part = steps.course("who can look", 5)
    shared = record if isinstance(record, Shared) else read_shares([Path(p) for p in record])
    if reach is None:
        reach = reach_table(opened.table, borders=("land",), places=False)
    part()
    state = opened.table["camera_id"].map(reach.set_index("camera_id")["state"])
    run = camera_operators(opened.table, shared.agencies, state=state, settings=settings)
    day = as_of or newest_day(active_shares(shared.shares))
    part()
    common: dict[str, Any] = {"as_of": as_of, "reach": reach, "settings": settings, "run": run}
    each = _each(bodies, kind, opened.table, shared, common)
    part()
    on_record = active_shares(shared.shares, as_of=as_of)
    whole = _any_of(each, opened.table, shared, common) if each else None
    target = any_of(list(each)) or NOBODY
    by = run.assign(camera_id=opened.table["camera_id"]) if whole is None else whole.cameras
    wanted = [] if whole is None else whole.targets
    lists = read_tags(tags, shared.agencies) if tags else None
    doors = access_doors(on_record, shared.switches, shared.agencies, wanted, as_of=as_of)
    if searches is not None and each:
        side = side_doors(searches, on_record, shared.agencies, wanted, list(each), as_of=as_of)
        doors = pd.concat([doors, side]).sort_values(list(doors.columns), ignore_index=True)
    part()
    inputs |= _more_inputs(tags, searches)
    found = Access(
        target=target,
        as_of=day,
        cameras=opened.table.iloc[:0] if whole is None else _whose(whole.cameras, each),
        agencies=shared.agencies.iloc[:0] if whole is None else whole.agencies,
        summary=_summaries(each, whole, target),
        bodies=bodies_on_record(wanted, shared, on_record),
        declared=declared_unmapped(run, shared.agencies),
        inference=inference_accuracy(opened.table, shared.agencies, run),
        doors=doors,
        sheet=_sheet(run, shared, of, as_of),
        areas=None if areas is None else access_by_district(opened.table, by, areas),
        record=shared,
        records=_naming({**each, target: whole}, on_record),
        found=whole,
        asked_day=as_of,
        asked_kind=kind,
        inputs=inputs,
        settings=settings,
        set_aside=opened.sentence() if len(opened.set_aside) else None,
        laws=shares_beside_laws(on_record, shared.agencies),
        tags=lists,
        by_tag=None if lists is None else tag_statistics(lists, by, on_record, day=as_of),
        each=each,
    )
    part()
    return _with_time(found, searches) if each else found


def _more_inputs(tags: Sequence[str], searches: Searches | None) -> dict[str, str]:
    """Return the hashes of lists and search logs by file name."""
    logs = {} if searches is None else dict(searches.inputs)
    return hashes([tag_path(t) for t in tags]) | logs


def _with_time(found: Access, searches: Searches | None) -> Access:
    """Return the result with what opens readers beside shares, and its time lines."""
    called = {found.target: list(found.each)} | {name: [name] for name in found.each}
    whole = {} if found.found is None else {found.target: found.found}
    openings = {
        name: _openings(found.record, one.targets, called[name], searches)
        for name, one in (whole | dict(found.each)).items()
    }
    found = replace(found, openings=openings)
    return replace(found, lines=_lines(found))


def _openings(
    shared: Shared, wanted: Sequence[str], names: Sequence[str], searches: Searches | None
) -> pd.DataFrame:
    """Return the doors to a body that no partner's name opens, on whatever day."""
    rows = by_switch(shared.switches, shared.agencies, list(wanted))
    frame = pd.DataFrame(rows, columns=list(DOOR_COLUMNS)).astype("str")
    if searches is None:
        return frame
    usable = usable_shares(shared.shares)
    side = side_doors(searches, usable, shared.agencies, wanted, names)
    return pd.concat([frame, side], ignore_index=True)


def _lines(found: Access) -> pd.DataFrame:
    """Return the time line of each body asked for, and of any of them where they are several."""
    parts = []
    for name in found.asked:
        one = found.each.get(name, found.found)
        assert one is not None
        more = found.openings.get(name)
        stays = access_stays(found.record.shares, one.targets, openings=more)
        line = time_line(stays, one.cameras[one.cameras["hops"] != 0])
        line.insert(0, "body", name)
        parts.append(line)
    return pd.concat(parts, ignore_index=True)


def _of_kind(kind: str) -> str:
    return f"a {kind} body (by name or on record)"


def _each(
    bodies: Sequence[str],
    kind: str | None,
    cameras: pd.DataFrame,
    shared: Shared,
    common: Mapping[str, Any],
) -> dict[str, Accessed]:
    """Return what each body asked for can look through, and any of a kind, by what it is called:
    a body asked for under two names is one."""
    record = cameras, shared.agencies, shared.shares
    each: dict[str, Accessed] = {}
    for name in steps.each(bodies, "bodies that look"):
        found = reach_of(*record, to=name, **common)
        if not found.targets or all(found.targets != e.targets for e in each.values()):
            each[name] = found
    if kind is not None:
        each[_of_kind(kind)] = reach_of(*record, kind=kind, **common)
    return each


def _any_of(
    each: Mapping[str, Accessed], cameras: pd.DataFrame, shared: Shared, common: Mapping[str, Any]
) -> Accessed:
    """Return what any of the bodies can look through: itself, where there is one."""
    if len(each) == 1:
        return next(iter(each.values()))
    wanted = sorted({i for found in each.values() for i in found.targets})
    own = pd.Series(False, index=cameras.index)
    for found in each.values():
        runs = found.cameras.loc[found.cameras["hops"] == 0, "camera_id"]
        own |= cameras["camera_id"].isin(runs)
    return reach_of(cameras, shared.agencies, shared.shares, ids=wanted, own=own, **common)


def _whose(cameras: pd.DataFrame, each: Mapping[str, Accessed]) -> pd.DataFrame:
    """Return the cameras with `body`: the bodies that reach each in its fewest hops."""
    out = cameras.copy()
    names = pd.Series("", index=out.index, dtype=object)
    for name, found in each.items():
        hops = out["camera_id"].map(found.cameras.set_index("camera_id")["hops"])
        here = out["hops"].notna() & (hops == out["hops"])
        names[here] = names[here].map(lambda text, name=name: f"{text}; {name}" if text else name)
    out["body"] = names.where(names != "", None).astype("str")
    return out


def _summaries(each: Mapping[str, Accessed], whole: Accessed | None, target: str) -> pd.DataFrame:
    parts = [found.summary.assign(body=name) for name, found in each.items()]
    if whole is not None and len(each) > 1:
        parts.append(whole.summary.assign(body=target))
    if not parts:
        return pd.DataFrame({"body": pd.Series(dtype="str")})
    frame = pd.concat(parts, ignore_index=True)
    return frame[["body", *(c for c in frame.columns if c != "body")]]


def _naming(
    each: Mapping[str, Accessed | None], on_record: pd.DataFrame
) -> dict[str, pd.DataFrame]:
    """Return per body the shares on record that name it."""
    return {
        name: on_record[on_record["to_id"].isin(found.targets)]
        for name, found in each.items()
        if found is not None
    }


def _sheet(
    run: pd.DataFrame, shared: Shared, of: Sequence[str], as_of: str | None
) -> pd.DataFrame | None:
    if not of:
        return None
    told = shared.shares if as_of is None else named_shares(shared.shares, as_of=as_of)
    return access_sheet(run, shared.agencies, told, list(of))
