"""From recognized files to a project: the area by name, what can be made, what is missing and
where to get it, and the text of alprmap.toml."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pandas as pd
import shapely

from alprmap import geo, schema
from alprmap.build.recognize import KINDS, Recognized, getting
from alprmap.build.whom import body_of, records_elsewhere, title_of
from alprmap.errors import AlprmapError, InputError, UsageError
from alprmap.geography import (
    Area,
    assign_places,
    counties,
    find_place,
    parse_area,
    place_labels,
    states,
)
from alprmap.reach import border_index
from alprmap.sources import is_iso_date
from alprmap.text import number_of, out_of, verb

SAME_AREA = 0.5
"""A county or town is the area of an extract where they share so much of what both cover."""
MOST_OF = 0.9
"""The area of cameras is the county or state that holds so many of them."""
_DATE_IN_NAME = re.compile(r"(?<!\d)(20\d\d)[-_](\d\d)(?:[-_](\d\d))?(?!\d)")
_OSM = re.compile(r"(?:node|way|relation)/\d+$")


@dataclass(frozen=True)
class Proposal:
    """A project that the files allow.

    `area` is its text, None for all cameras; `inside` counts the located reports in it; `to` is the
    body whose access is asked for, or `kind` its kind; `date` is that of the files which tell none.
    """

    files: Sequence[Recognized]
    area: str | None
    why: str
    title: str
    states: tuple[str, ...] = ()
    located: int = 0
    inside: int = 0
    to: str | None = None
    kind: str | None = None
    borders: tuple[str, ...] = ()
    notes: tuple[str, ...] = field(default=())
    date: str = ""

    def of(self, kind: str) -> list[Recognized]:
        """Return the files of a kind, the first given first."""
        return [f for f in self.files if kind in f.kinds]


def propose_project(files: Sequence[Recognized], *, area: str | None = None) -> Proposal:
    """Return the project that fits the files.

    Parameters
    ----------
    area
        A text of `--area`; found from the roads, else from the cameras, where it is left out.

    Raises
    ------
    InputError
        When neither cameras nor shares are there, or no camera is in the area.
    UsageError
        When `area` is none.
    """
    cameras = [f for f in files if "cameras" in f.kinds]
    shares = [f for f in files if "sharing" in f.kinds and f.shares is not None and len(f.shares)]
    logs = [f for f in files if "searches" in f.kinds]
    if not cameras and not shares and not logs:
        had = "; ".join(f"{f.path.name}: {', '.join(f.kinds) or f.note}" for f in files)
        others = " ".join(_spare(files))
        # what to look for is known where roads or people say which ground is meant
        ground = parse_area(area, files=False) if area is not None else _ground(files)
        raise InputError(
            f"nothing to show without cameras or a sharing record ({had})",
            fix=f"{others} cameras: ".lstrip() + " ".join(_filled("cameras", ground, ()).split()),
        )
    lon, lat = _positions(cameras)
    text, why = (area, "as given") if area is not None else _area(files, lon, lat)
    chosen = None if text is None else parse_area(text, files=False)
    inside = np.ones(len(lon), bool) if chosen is None else chosen.contains(lon, lat)
    if len(lon) and not inside.any():
        raise InputError(
            f"none of the {number_of(len(lon), 'camera')} with a position stands in"
            f" {_spoken(text, why)}{_elsewhere(lon, lat)}",
            fix="name another --area, or cameras of this one"
            if area is not None
            else "name roads of where the cameras stand, or cameras of these roads",
        )
    _refuse_far_roads(files, chosen, text)
    of = _states(chosen, lon[inside], lat[inside])
    return Proposal(
        files,
        text,
        why,
        _title(cameras, shares, _in(text, why)),
        of,
        len(lon),
        int(inside.sum()),
        *body_of(shares),
        _borders(lon[inside], lat[inside]),
        tuple(_notes(files, chosen)),
    )


def _ground(files: Sequence[Recognized]) -> Area | None:
    """Return the box of the roads, else of the people, that are given without a camera."""
    boxes = [f.bounds for f in files if f.bounds is not None]
    for f in files:
        if not boxes and "people" in f.kinds and f.table is not None:
            known = f.table[["lon", "lat"]].dropna()
            ends = (known.min(), known.max())
            boxes = [(ends[0].lon, ends[0].lat, ends[1].lon, ends[1].lat)]
    if not boxes:
        return None
    west, south, east, north = shapely.union_all([shapely.box(*b) for b in boxes]).bounds
    return parse_area(f"{west:.4f},{south:.4f},{east:.4f},{north:.4f}", files=False)


def _title(cameras: Sequence[Recognized], shares: Sequence[Recognized], place: str) -> str:
    if cameras:
        return f"License plate readers{place}"
    return title_of(shares) if shares else "Searches of license plate readers"


def _spoken(text: str | None, why: str) -> str:
    """Return an area as one says it: a box by its town."""
    if text is None or not re.fullmatch(r"[-\d., ]+", text):
        return str(text)
    return why if why.startswith("the extent") else f"the box {text}"


def _elsewhere(lon: np.ndarray, lat: np.ndarray) -> str:
    """Return in which states positions lie, most first; empty where they lie in none."""
    held = assign_places(lon, lat)["state"].dropna().value_counts()
    if not len(held):
        return ""
    names = states().set_index("state")["name"]
    named = [str(names.get(code, code)) for code in held.index[:3]]
    more = f" and {len(held) - 3} more" if len(held) > 3 else ""
    return f": {'they stand' if len(lon) != 1 else 'it stands'} in {', '.join(named)}{more}"


def _refuse_far_roads(files: Sequence[Recognized], area: Area | None, text: str | None) -> None:
    """Refuse an area in which no road of the extracts can lie, before anything is written.

    Raises
    ------
    InputError
        When none of the extents of roads meets the box of the area.
    """
    boxes = [shapely.box(*f.bounds) for f in files if f.bounds is not None]
    if area is None or not boxes:
        return
    if not shapely.intersects(shapely.box(*area.bounds), boxes).any():
        had = ", ".join(f.path.name for f in files if f.bounds is not None)
        raise InputError(
            f"the roads of {had} lie outside {text}",
            fix="name another --area, or roads of this one",
        )


def _positions(cameras: Sequence[Recognized]) -> tuple[np.ndarray, np.ndarray]:
    tables = [f.table for f in cameras if f.table is not None]
    if not tables:
        return np.empty(0), np.empty(0)
    known = pd.concat([t[["lon", "lat"]] for t in tables], ignore_index=True).dropna()
    return known["lon"].to_numpy(np.float64), known["lat"].to_numpy(np.float64)


def _area(files: Sequence[Recognized], lon: np.ndarray, lat: np.ndarray) -> tuple[str | None, str]:
    """Return the area of the roads, else of the cameras, and in words why."""
    boxes = [shapely.box(*f.bounds) for f in files if f.bounds is not None]
    if boxes:
        extent = shapely.union_all(boxes)
        named = _named(extent)
        if named is not None:
            return named, "the area of the roads"
        west, south, east, north = (round(float(v), 4) for v in extent.bounds)
        towns = place_labels((west, south, east, north), most=1)
        around = f", around {towns['name'][0]}, {towns['state'][0]}" if len(towns) else ""
        return f"{west:g},{south:g},{east:g},{north:g}", f"the extent of the roads{around}"
    if not len(lon):
        return None, "no position yet"
    places = assign_places(lon, lat)
    for column, kind in (("county_geoid", "county"), ("state", "state")):
        values = places[column].dropna()
        if len(values) and values.value_counts().iloc[0] >= MOST_OF * len(lon):
            return _called(kind, str(values.value_counts().index[0])), f"most cameras in one {kind}"
    return None, "cameras in several states"


def _named(extent: shapely.Geometry) -> str | None:
    """Return the state, county or large town that covers the same ground as `extent`."""
    best: tuple[float, str] = (SAME_AREA, "")
    for kind, table in (("county", counties()), ("state", states())):
        near = table[shapely.intersects(table.geometry.to_numpy(), extent)]
        for row in near.itertuples():
            key = row.geoid if kind == "county" else row.state
            both = float(row.geometry.intersection(extent).area)
            share = both / float(row.geometry.area + extent.area - both)
            best = max(best, (share, _called(kind, str(key))))
    return best[1] or None


def _called(kind: str, key: str) -> str:
    """Return a county (GEOID) or state (postal code) as `--area` takes it."""
    names = states().set_index("state")["name"]
    if kind == "state":
        return str(names[key])
    row = counties().set_index("geoid").loc[key]
    for word in ("County", "Parish", "Borough", "Census Area", "Municipality", "City", "Municipio"):
        text = f"{row['name']} {word}, {names.get(row['state'], row['state'])}"
        try:
            place = find_place(text)
        except AlprmapError:
            continue
        if place.kind == "county" and place.shape.equals(row.geometry):
            return text
    west, south, east, north = row.geometry.bounds
    return f"{west:.4f},{south:.4f},{east:.4f},{north:.4f}"


def _in(text: str | None, why: str) -> str:
    if text is None:
        return ""
    if re.fullmatch(r"[-\d., ]+", text):
        return why.partition(",")[2].rstrip() if ", around " in why else ""
    return f" in {text}" if not text.startswith("within") else f" {text}"


def _states(area: Area | None, lon: np.ndarray, lat: np.ndarray) -> tuple[str, ...]:
    if area is not None and not len(lon):
        center = shapely.box(*area.bounds).centroid
        lon, lat = np.array([center.x]), np.array([center.y])
    if not len(lon):
        return ()
    found = assign_places(lon, lat)["state"].dropna()
    return tuple(str(s) for s in found.value_counts().index)


def _borders(lon: np.ndarray, lat: np.ndarray) -> tuple[str, ...]:
    """Return the borders worth measuring: a line no camera is near says nothing."""
    if not len(lon):
        return schema.BORDERS
    spots = slice(None, None, max(1, len(lon) // 500))
    far = {
        name: float(border_index(name).nearest(lon[spots], lat[spots]).distance_m.min())
        for name in ("mexico", "canada")
    }
    return tuple(b for b in schema.BORDERS if far.get(b, 0.0) <= FAR_BORDER_M)


FAR_BORDER_M = 600 * geo.STATUTE_MILE_M
"""A border farther than this from every camera is left out of a proposal (600 statute miles)."""


def _notes(files: Sequence[Recognized], area: Area | None) -> list[str]:
    """Return what a person should know before the build: files that do not meet."""
    notes = [f"{f.path.name} is left out: {f.note}" for f in files if not f.kinds]
    notes += [f"{f.path.name}: {f.note}" for f in files if f.kinds and f.note]
    for f in files:
        if "cameras" in f.kinds and f.table is not None and area is not None:
            known = f.table[["lon", "lat"]].dropna()
            away = len(known) - int(area.contains(known["lon"], known["lat"]).sum())
            if known.size and away > (1 - MOST_OF) * len(known):
                notes.append(
                    f"{f.path.name}: {out_of(away, len(known), 'position', 'stands', 'stand')}"
                    f" outside this area and {verb(away, 'is', 'are')} not counted"
                )
        if "people" in f.kinds and area is not None and f.table is not None:
            here = area.contains(f.table["lon"], f.table["lat"])
            if not here.any():
                notes.append(f"{f.path.name}: nobody in it lives in this area; trips need people")
        if "cameras" in f.kinds and f.bounds is None and f.table is not None:
            words = int(f.table["lon"].isna().sum())
            if words and not any("roads" in g.kinds for g in files):
                notes.append(
                    f"{f.path.name}: {number_of(words, 'place')} in words cannot be found without"
                    " roads"
                )
    lon, lat = _positions([f for f in files if "cameras" in f.kinds])
    inside = np.ones(len(lon), bool) if area is None else area.contains(lon, lat)
    notes += records_elsewhere(files, _states(None, lon[inside], lat[inside]))
    notes += _spare(files)
    return notes


def _spare(files: Sequence[Recognized]) -> list[str]:
    """Return which files a build has no use for, and the command that has."""
    notes = []
    for kind, command in getting()["command"].items():
        names = [f.path.name for f in files if kind in f.kinds]
        if names:
            notes.append(f"{', '.join(names)}: a build has no use for {kind}; {command}")
    record = any(f.shares is not None and len(f.shares) for f in files)
    lists = [f.path.name for f in files if "lists" in f.kinds]
    if lists and not record:
        notes.append(f"{', '.join(lists)}: a list joins a sharing record, and none is here")
    people = [f.path.name for f in files if "people" in f.kinds]
    if len(people) > 1:
        notes.append(f"{', '.join(people[1:])}: only the people of {people[0]} are counted")
    return notes


def missing(plan: Proposal) -> dict[str, str]:
    """Return where each kind that is missing can be had, for the area of the proposal."""
    area = None if plan.area is None else parse_area(plan.area, files=False)
    useful = ["cameras", "roads", "people", "sharing"]
    return {k: _filled(k, area, plan.states) for k in useful if not plan.of(k)}


def _filled(kind: str, area: Area | None, codes: Sequence[str]) -> str:
    words = getting()
    if kind in words["country"] and (len(codes) > 3 or not codes):
        return str(words["country"][kind])
    west, south, east, north = (-125.0, 24.0, -66.5, 49.5) if area is None else area.bounds
    box = f"{south:.3f},{west:.3f},{north:.3f},{east:.3f}"
    lines = []
    names = states().set_index("state")["name"]
    ids = counties().drop_duplicates("state").set_index("state")["geoid"].str[:2]
    for code in list(codes) or [""]:
        name = str(names.get(code, code))
        slug = name.lower().replace(" ", "-")
        text = str(words["missing"][kind])
        for mark, value in (
            ("{state}", name),
            ("{slug}", slug),
            ("{fips}", str(ids.get(code, ""))),
            ("{box}", box),
        ):
            text = text.replace(mark, value)
        lines.append(text.strip())
    return "\n".join(dict.fromkeys(lines))


def project_text(plan: Proposal, folder: Path, *, schema_file: str = "") -> str:
    """Return the text of an alprmap.toml for the proposal, paths relative to `folder`.

    With `schema_file`, its first line tells editors where the JSON schema lies that they complete
    and check it by.
    """
    say = json.dumps
    name = re.sub(r"[^a-z0-9]+", "-", plan.title.lower().replace("license plate ", "")).strip("-")
    out = [
        *([f"#:schema ./{schema_file}"] if schema_file else []),
        "# An alprmap project, written by `alprmap start`. Change what you like, then run:",
        "#   alprmap build alprmap.toml",
        "# Paths are relative to this file. A key with a typo is refused by name.",
        "",
        "[project]",
        f"name = {say(name[:40].strip('-') or 'readers')}   # the result goes to NAME-map/",
        f"title = {say(plan.title, ensure_ascii=False)}",
        *["fictional = true   # a file says so"][: any(f.fictional for f in plan.files)],
    ]
    if not plan.of("cameras"):
        pass
    elif plan.area is not None and re.fullmatch(r"[-\d., ]+", plan.area):
        out.append(f"area = [{', '.join(plan.area.split(','))}]   # {plan.why}")
    elif plan.area is not None:
        out.append(f"area = {say(plan.area, ensure_ascii=False)}   # {plan.why}")
    for f in plan.of("cameras"):
        out += ["", *_source(f, plan, folder)]
    if plan.of("roads"):
        paths = [_relative(f.path, folder) for f in plan.of("roads")]
        out += ["", "[roads]", f"path = {_one_or_more(paths)}"]
    if plan.of("people"):
        out += ["", "[population]", f"path = {say(_relative(plan.of('people')[0].path, folder))}"]
    if plan.of("cameras"):
        out += ["", "[reach]   # distances to these lines", f"borders = {say(list(plan.borders))}"]
    if plan.of("searches"):
        paths = [_relative(f.path, folder) for f in plan.of("searches")]
        out += ["", "[searches]   # who searched; nothing about a person leaves a log"]
        out += [f"logs = {_one_or_more(paths)}", '# timezone = "America/Chicago"   # of the hours']
    if plan.to is not None or plan.kind is not None:
        out += _access(plan, folder)
    return "\n".join(out) + "\n"


def _access(plan: Proposal, folder: Path) -> list[str]:
    say = json.dumps
    record = [f for f in plan.of("sharing") if f.shares is not None and len(f.shares)]
    more = [f for f in plan.of("sharing") if f.shares is not None and not len(f.shares)]
    out = ["", "[access]   # who can look, as far as sharing records say"]
    out.append(f"shares = {_one_or_more([_relative(f.path, folder) for f in record])}")
    if more:
        out.append(f"agencies = {_one_or_more([_relative(f.path, folder) for f in more])}")
    lists = [_relative(f.path, folder) for f in plan.of("lists")]
    if lists:
        out.append(f"tags = {say(lists, ensure_ascii=False)}   # lists of agencies")
    if plan.kind is not None:
        say_kind = f"kind = {say(plan.kind)}   # whose access is asked for: every body of this kind"
        return [*out, say_kind, '# to = "Name of an agency"   # one body by name, or with the kind']
    return [*out, f"to = {say(plan.to, ensure_ascii=False)}   # whose access is asked for"]


def _ids(paths: Sequence[Path]) -> dict[Path, str]:
    """Return the id of each list by its path, all of them distinct: its name, with its number where
    an earlier one is called so."""
    found: dict[Path, str] = {}
    for number, path in enumerate(paths, start=1):
        words = re.sub(r"[^a-z0-9]+", "-", path.name.partition(".")[0].lower())
        stem = words[:50].strip("-") or "list"
        twice = stem in found.values()
        found[path] = f"{stem}-{number}" if twice else stem
        while twice and found[path] in [i for p, i in found.items() if p != path]:
            found[path] += f"-{number}"
    return found


def _source(f: Recognized, plan: Proposal, folder: Path) -> list[str]:
    say = json.dumps
    out = ["[[sources]]", f"id = {say(_ids([g.path for g in plan.of('cameras')])[f.path])}"]
    out.append(f"path = {say(_relative(f.path, folder), ensure_ascii=False)}")
    day = _date(f) or (plan.date if _is_undated(f) else "")
    out.append(
        f"date = {say(day)}   # of the data" if day else '# date = "2026-01"   # of the data'
    )
    records = pd.Series([], dtype="str") if f.table is None else f.table.get("source_record")
    if records is not None and len(records) and records.str.contains(_OSM).mean() > 0.5:
        out += [
            'title = "OpenStreetMap"',
            'license = "ODbL-1.0"',
            'citation = "© OpenStreetMap contributors"',
        ]
    else:
        out.append(f"title = {say(f.path.name, ensure_ascii=False)}")
    return out


def undated_files(plan: Proposal) -> list[str]:
    """Return the names of the camera files that tell no date, by name or in any row."""
    return [f.path.name for f in plan.of("cameras") if _is_undated(f)]


def _is_undated(f: Recognized) -> bool:
    dated = f.table is not None and f.table[["first_seen", "last_seen"]].notna().any(axis=None)
    return _date(f) is None and not dated


def with_date(plan: Proposal, date: str) -> Proposal:
    """Return the proposal with a date for the files that tell none.

    Raises
    ------
    UsageError
        When it is no date.
    """
    if date and not is_iso_date(date):
        raise UsageError(f"{date[:40]!r} is no date", fix="write 2026, 2026-01 or 2026-01-28")
    return replace(plan, date=date)


def _date(f: Recognized) -> str | None:
    """Return the date in a file's name; that of its rows speaks for itself."""
    if (told := _DATE_IN_NAME.search(f.path.name)) is None:
        return None
    year, month, day = told.groups()
    if not 1 <= int(month) <= 12 or (day and not 1 <= int(day) <= 31):
        return None
    return "-".join(t for t in (year, month, day) if t)


def _relative(path: Path, folder: Path) -> str:
    try:
        return Path(os.path.relpath(path.resolve(), folder.resolve())).as_posix()
    except ValueError:
        # another drive of Windows has no way from here
        return path.resolve().as_posix()


def _one_or_more(paths: list[str]) -> str:
    return json.dumps(paths[0] if len(paths) == 1 else paths, ensure_ascii=False)


def can(plan: Proposal) -> list[str]:
    """Return in words what the files allow."""
    words = getting()["use"]
    lost = not plan.located and not plan.of("roads")
    return [str(words["unplaced" if lost and k == "cameras" else k]) for k in KINDS if plan.of(k)]
