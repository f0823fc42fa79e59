"""What an editor of the map should look at: questions with their evidence, for the editor (K7).

Nothing is uploaded and nothing is edited: each row is a question that a person answers by looking.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pandas as pd
from scipy.spatial import cKDTree

from alprmap import geo, steps
from alprmap.claims import sheet
from alprmap.completeness.declared import Declared
from alprmap.completeness.mapped import ACCESS, Belonging, attribute, belonging
from alprmap.geography import assign_places, open_areas, points_in
from alprmap.results import Result
from alprmap.roads import away_m
from alprmap.text import number_of, percent
from alprmap.watch import Settings as WatchSettings
from alprmap.watch import watch as watch_watch
from alprmap.watch import watch_levels

if TYPE_CHECKING:
    from alprmap.merge import Cameras
    from alprmap.roads import Roads

SAME_M, SAME_DEG = 0.3, 10.0
"""K7: two nodes on one spot (a foot) whose headings agree within so much may be one. Nodes two to
six feet apart are no question: of 20 pairs drawn from the country the 4 that stood so were each
made in one edit, a reader for each lane."""
LEAST_BELONG = 0.5
"""K7: an operator is offered where at least so many tagged cameras of such places are its own."""
EDGE_M = 300.0
"""K7: nearer to the edge of the roads than this a road may be missing from the extract."""
MISSING_M = 200.0
"""K7: farther from every road than this the extract lacks the roads, not the map the reader: in
Columbus 40 of 43 such cameras stood where the extract has a hole or ends. Where no small road
(`SMALL`) lies within it, the roads given lack those that a reader at a store faces."""
SMALL = ("service", "track")
"""K7: classes of the small roads that a reader at a store or a gate faces."""
AGREE, AGREE_M = 2, 804.672
"""K7: an operator is offered where so many of the nearest tagged readers, within half a mile, are
its own. Of 1,593 tagged readers of January 2026 in 113 towns that the rule would ask about were
their own tag unknown, it names the right one in 98 %; by the town alone in 86 %."""
POLE_M = 30.0
"""K7: tagged readers nearer than this were mapped together with the camera, and say nothing new."""
OSM_RECORD = r"(?:node|way|relation)/\d+"
KINDS = {
    "no road near": "The camera reads no road: is it at the right place, or is a road missing?",
    "faces no road": "It looks away from every road in range: is that right, or is one missing?",
    "removed on a list": "A list says this reader was taken down: does it still stand?",
    "listed, not mapped": "A list has a reader here that the map lacks: is there one?",
    "twice": "Two nodes on one spot look the same way: one reader mapped twice, or two?",
    "no operator": "The operator is not tagged: is it the one that works here?",
}
"""K7: kinds of tasks and the question of each."""
COLUMNS = (
    "task_id",
    "kind",
    "question",
    "evidence",
    "lon",
    "lat",
    "osm",
    "other_osm",
    "camera_id",
    "likely_operator",
)


@dataclass(frozen=True)
class Repairs(Result):
    """Tasks for an editor, one row each (`COLUMNS`), and how many cameras were not looked at."""

    table: pd.DataFrame
    not_looked_at: dict[str, int] = field(default_factory=dict)
    data_date: str | None = None

    def tables(self) -> dict[str, pd.DataFrame]:
        """Return the tasks."""
        return {"repair": self.table}

    def counts(self) -> dict[str, int]:
        """Return the tasks by kind, and what was not looked at."""
        kinds = self.table["kind"].value_counts()
        return {k: int(kinds.get(k, 0)) for k in KINDS} | {
            f"not looked at: {why}": n for why, n in self.not_looked_at.items()
        }

    def claims(self) -> pd.DataFrame:
        """Return one sentence per kind of task."""
        rows = [
            {
                "claim_id": f"k7-{kind.replace(' ', '-').replace(',', '')}",
                "sentence": f"{number_of(n, 'question')} for editors of the map: {KINDS[kind]}",
                "figure": float(n),
                "unit": "questions",
                "n": n,
                "bounds": "a count of questions, not of mistakes",
                "definition": "rows of the repair list of this kind (K7)",
                "caveat": "a question is not a mistake: each is answered by looking",
                "ids_file": "repair.csv",
            }
            for kind in KINDS
            if (n := int((self.table["kind"] == kind).sum()))
        ]
        return sheet(rows, wing="completeness", data_date=self.data_date)


def repair_list(
    cameras: Cameras,
    *,
    roads: Roads | None = None,
    told: Declared | None = None,
    areas: Any = None,
    data_date: str | None = None,
) -> Repairs:
    """Return what an editor of the map should look at (K7).

    Parameters
    ----------
    cameras
        Opened cameras; a merge with a list behind them gives what is on the list and not mapped,
        and the reverse.
    roads
        The network, best with service roads (a reader at a store faces a parking aisle); without
        it no question about directions is asked.
    told
        Agencies (`read_agencies`), for the likely operator; without it none is offered.
    areas
        Polygons (`alprmap.geography.open_areas`): only questions inside them are asked.
    """
    table = cameras.table.reset_index(drop=True)
    part = steps.course("questions to editors", 5)
    rows: list[dict[str, Any]] = []
    skipped: dict[str, int] = {}
    osm = _osm_of(cameras, table)
    part()
    if roads is not None:
        found, skipped = _roads(table, cameras.views, roads, osm)
        rows += found
    part()
    rows += _lists(cameras, table, osm)
    part()
    rows += _twice(table, cameras.views, osm)
    part()
    if told is not None:
        rows += _operators(table, told, osm)
    part()
    for row in rows:
        row["question"] = KINDS[row["kind"]]
        row["task_id"] = _name(row)
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    order = {kind: i for i, kind in enumerate(KINDS)}
    frame = frame.drop_duplicates("task_id").reset_index(drop=True)
    if areas is not None:
        frame = frame.iloc[sorted(set(points_in(open_areas(areas).geometry.to_numpy(), frame)[1]))]
    frame = frame.sort_values(
        ["kind", "task_id"], key=lambda s: s.map(order) if s.name == "kind" else s
    )
    text = [c for c in COLUMNS if c not in ("lon", "lat")]
    frame = frame.astype(dict.fromkeys(text, "str")).reset_index(drop=True)
    return Repairs(frame, skipped, data_date)


def _name(row: dict[str, Any]) -> str:
    what = "|".join(str(row.get(k)) for k in ("kind", "osm", "other_osm", "camera_id"))
    return "task-" + hashlib.sha256(what.encode()).hexdigest()[:10]


def _osm_of(cameras: Cameras, table: pd.DataFrame) -> pd.Series:
    """Return the OSM record of each camera by camera_id, from its reports where they are."""
    own = table.set_index("camera_id").get("source_record", pd.Series(dtype="str"))
    own = own.where(own.astype("str").str.match(OSM_RECORD))
    if cameras.links is None or cameras.reports is None:
        return own
    record = cameras.reports.set_index("report_id")["source_record"].astype("str")
    made = cameras.links.assign(record=cameras.links["report_id"].map(record))
    made = made[made["record"].str.match(OSM_RECORD).fillna(False).astype(bool)]
    return made.drop_duplicates("camera_id").set_index("camera_id")["record"]


def _row(kind: str, at: Any, osm: pd.Series, evidence: str, **more: Any) -> dict[str, Any]:
    record = osm.get(at["camera_id"])
    return {
        "kind": kind,
        "evidence": evidence,
        "lon": float(at["lon"]),
        "lat": float(at["lat"]),
        "camera_id": at["camera_id"],
        "osm": record if isinstance(record, str) else None,
        "other_osm": None,
        "likely_operator": None,
    } | more


def _roads(
    table: pd.DataFrame, views: pd.DataFrame, roads: Roads, osm: pd.Series
) -> tuple[list[dict[str, Any]], dict[str, int]]:
    """Ask about cameras that read no road, away from the edge of the network."""
    settings: WatchSettings = watch_levels("high", facing="either")
    west, south, east, north = roads.segments.total_bounds
    per_lon, per_lat = (float(v) for v in geo.degree_m((south + north) / 2))
    dx, dy = EDGE_M / per_lon, EDGE_M / per_lat
    inside = table["lon"].between(west + dx, east - dx)
    inside &= table["lat"].between(south + dy, north - dy)
    some = table[inside].reset_index(drop=True)
    out: list[dict[str, Any]] = []
    skipped = {"not on these roads": int((~inside).sum())}
    if not len(some):
        return out, skipped
    mine = views[views["camera_id"].isin(some["camera_id"])]
    found = watch_watch(some, mine, roads, settings=settings)
    by_id = some.set_index("camera_id", drop=False)
    heads = mine.groupby("camera_id")["heading_deg"].apply(lambda s: s.dropna().tolist())
    street = roads.segments.set_index("segment_id")
    far_off = bare = 0
    small = _small_near(some, roads)
    for row in found.unread.to_dict("records"):
        if row["reason"] == "no position" or not row["distance_m"] <= MISSING_M:
            far_off += 1
            continue
        if row["camera_id"] not in small:
            bare += 1
            continue
        at = by_id.loc[row["camera_id"]]
        name = street["name"].get(row["segment_id"]) if pd.notna(row["segment_id"]) else None
        road = f"{name}" if isinstance(name, str) else "an unnamed road"
        feet = row["distance_m"] / 0.3048
        if row["reason"] == "no road in range":
            text = f"the nearest road, {road}, is {feet:,.0f} feet away"
            out.append(_row("no road near", at, osm, text))
            continue
        told = heads.get(row["camera_id"], [])
        if not told:
            continue
        way = _bearing(at, street.geometry.get(row["segment_id"]))
        looks = " and ".join(f"{h:.0f}° ({geo.compass(h)})" for h in told)
        text = (
            f"it looks {looks}; the nearest road, {road}, lies {way:.0f}° ({geo.compass(way)}) of"
            f" it, {feet:,.0f} feet away, and none within"
            f" {settings.range_m / 0.3048:,.0f} feet lies in its view on either side"
        )
        out.append(_row("faces no road", at, osm, text))
    return out, skipped | {
        "where the roads given have none": far_off,
        "where the roads given have no aisles or drives": bare,
    }


def _small_near(cameras: pd.DataFrame, roads: Roads) -> set[str]:
    """Return the cameras near which the roads given hold aisles, drives or other small roads.

    Where they do not, a reader that seems to face nothing faces an aisle that is not in them.
    """
    import numpy as np
    import shapely

    lines = roads.segments.geometry.to_numpy()[roads.segments["highway"].isin(SMALL).to_numpy()]
    tree = shapely.STRtree(lines)
    lon, lat = (cameras[c].to_numpy(np.float64) for c in ("lon", "lat"))
    per_lon, per_lat = geo.degree_m(lat)
    dx, dy = MISSING_M / per_lon, MISSING_M / per_lat
    near, line = tree.query(shapely.box(lon - dx, lat - dy, lon + dx, lat + dy))
    close = away_m(lines[line], lon[near], lat[near]) <= MISSING_M
    return set(cameras["camera_id"].to_numpy(object)[np.unique(near[close])])


def _bearing(at: Any, line: Any) -> float:
    import shapely

    if line is None:
        return 0.0
    spot = shapely.Point(at["lon"], at["lat"])
    foot = shapely.line_interpolate_point(line, shapely.line_locate_point(line, spot))
    return float(geo.azimuth_deg([spot.x], [spot.y], [foot.x], [foot.y])[0]) % 360


def _lists(cameras: Cameras, table: pd.DataFrame, osm: pd.Series) -> list[dict[str, Any]]:
    """Ask about what a list has removed and the map has not, and what it has and the map lacks."""
    out = []
    aside = cameras.set_aside
    gone = aside[aside["reason"] == "removed"] if len(aside) else aside
    removers = _removers(cameras)
    for at in gone.to_dict("records"):
        record, who = osm.get(at["camera_id"]), removers.get(str(at["camera_id"]))
        if isinstance(record, str) and pd.notna(at.get("lon")) and who:
            since = at.get("last_seen")
            when = f" by {since}" if isinstance(since, str) else ""
            out.append(_row("removed on a list", at, osm, f"removed{when} according to {who}"))
    if "outcome" in table.columns:
        alone = table[(table["outcome"] == "record-only") & table["lon"].notna()]
        for at in alone.to_dict("records"):
            feet = at["position_error_m"] / 0.3048
            near = f", to about {feet:,.0f} feet" if feet == feet else ""
            owner = f" of {at['operator']}" if isinstance(at["operator"], str) else ""
            text = f"{at.get('sources')} has a reader{owner} here{near} ({at['located_by']})"
            out.append(
                _row("listed, not mapped", at, osm, text, likely_operator=_text(at["operator"]))
            )
    return out


def _removers(cameras: Cameras) -> dict[str, str]:
    """Return which lists say of a camera that it was removed; what the map says of itself is no
    question.
    """
    if cameras.links is None or cameras.reports is None:
        return {}
    about = cameras.reports.set_index("report_id")[["source_id", "source_record", "status"]]
    told = cameras.links[["report_id", "camera_id"]].join(about, on="report_id")
    mapped = told["source_record"].astype("str").str.match(OSM_RECORD).fillna(False).astype(bool)
    told = told[(told["status"] == "removed") & ~mapped]
    each = told.groupby("camera_id")["source_id"].agg(lambda s: ", ".join(sorted(set(s))))
    return {str(k): str(v) for k, v in each.items()}


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _twice(table: pd.DataFrame, views: pd.DataFrame, osm: pd.Series) -> list[dict[str, Any]]:
    """Ask about pairs of nodes on one spot that look the same way."""
    placed = table[table["lon"].notna() & table["camera_id"].isin(osm.dropna().index)]
    if len(placed) < 2:
        return []
    placed = placed.reset_index(drop=True)
    heads = views.groupby("camera_id")["heading_deg"].apply(
        lambda s: tuple(sorted(s.dropna().tolist()))
    )
    tree = cKDTree(geo.ecef(placed["lon"].to_numpy(), placed["lat"].to_numpy()))
    out: list[dict[str, Any]] = []
    later: set[int] = set()
    for i, j in sorted(tree.query_pairs(SAME_M)):
        if j in later:
            continue
        a, b = (placed.iloc[k] for k in (i, j))
        x, y = (heads.get(p["camera_id"], ()) for p in (a, b))
        if len(x) != len(y) or not x:
            continue
        apart = [float(geo.angle_between_deg([p], [q])[0]) for p, q in zip(x, y, strict=True)]
        makers = {str(p["vendor"]) for p in (a, b) if isinstance(p["vendor"], str)}
        if max(apart) > SAME_DEG or len(makers) > 1:
            continue
        # of three on one spot the second and the third are each asked about once
        later.add(j)
        spot = ([p["lon"]] for p in (a, b)), ([p["lat"]] for p in (a, b))
        (x1, x2), (y1, y2) = spot
        feet = float(geo.distance_m(x1, y1, x2, y2)[0]) / 0.3048
        looks = ", ".join(f"{h:.0f}°" for h in x)
        text = f"{feet:.1f} feet apart, both look {looks}"
        out.append(_row("twice", a, osm, text, other_osm=osm.get(b["camera_id"])))
    return out


def _operators(table: pd.DataFrame, told: Declared, osm: pd.Series) -> list[dict[str, Any]]:
    """Ask about untagged cameras in a town whose police runs most of the tagged ones there, and
    those nearest by."""
    where = assign_places(table["lon"].to_numpy(), table["lat"].to_numpy())
    run = attribute(table, told.agencies, where["state"])
    test = belonging(table, told.agencies, run)
    name = told.agencies.set_index("agency_id")["name"]
    guess = run[(run["class"] == "inferred") & run["camera_id"].isin(osm.dropna().index)]
    agree = _neighbors(table, run)
    out = []
    for row, at in zip(
        guess.to_dict("records"), table.loc[guess.index].to_dict("records"), strict=True
    ):
        share, many = _own_share(test, row["agency_id"])
        if many < 3 or share < LEAST_BELONG or not agree(at, row["agency_id"]):
            continue
        who = str(name.get(row["agency_id"]))
        text = (
            f"{who} runs {percent(share)} of {number_of(many, 'tagged reader')} of this maker"
            " nearest to the"
            f" middle of its town, and the {AGREE} tagged ones nearest to this"
        )
        if row["within_m"] == row["within_m"]:
            miles = row["within_m"] / geo.STATUTE_MILE_M
            text += f"; it is {miles:.1f} miles from the middle"
        out.append(_row("no operator", at, osm, text, likely_operator=who))
    return out


def _neighbors(table: pd.DataFrame, run: pd.DataFrame) -> Callable[[Any, str], bool]:
    """Return what tells whether the tagged readers nearest to a camera are all of one agency."""
    import numpy as np

    tagged = table["operator"].notna() & table["lon"].notna()
    tagged &= table["vendor"] == ACCESS.vendor
    some, who = table[tagged], run.loc[tagged, "agency_id"].to_numpy(object)
    if some.empty:
        return lambda at, agency: False
    xyz = geo.ecef(some["lon"].to_numpy(np.float64), some["lat"].to_numpy(np.float64))
    tree = cKDTree(xyz)

    def agree(at: Any, agency: str) -> bool:
        spot = geo.ecef(np.array([at["lon"]]), np.array([at["lat"]]))[0]
        near = np.array(tree.query_ball_point(spot, AGREE_M), dtype=np.int64)
        meters = np.linalg.norm(xyz[near] - spot, axis=1)
        order = near[np.argsort(meters, kind="stable")][np.sort(meters) > POLE_M][:AGREE]
        return len(order) == AGREE and all(who[i] == agency for i in order)

    return agree


def _own_share(test: Belonging, agency: str) -> tuple[float, int]:
    if agency not in test.by_town.index:
        return 0.0, 0
    own, many = (int(test.by_town[c].to_dict()[agency]) for c in ("own", "n"))
    return own / many, many


Escape = Callable[[str], str]


def osm_lines(table: pd.DataFrame, escape: Escape) -> list[str]:
    """Return the tasks as the lines of a file that JOSM opens: new nodes, marked never to upload.

    The nodes of the map are named in a tag and not repeated: a layer of notes beside the data.
    """
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<osm version="0.6" generator="alprmap" upload="never" download="never">',
    ]
    for number, row in enumerate(table.to_dict("records"), start=1):
        tags = {
            "fixme": row["question"],
            "alprmap:task": row["task_id"],
            "alprmap:kind": row["kind"],
            "alprmap:evidence": row["evidence"],
            "alprmap:object": row["osm"],
            "alprmap:other_object": row["other_osm"],
            "alprmap:likely_operator": row["likely_operator"],
        }
        at = f'lat="{row["lat"]:.7f}" lon="{row["lon"]:.7f}"'
        lines.append(f'  <node id="-{number}" action="modify" visible="true" {at}>')
        lines += [
            f'    <tag k="{key}" v="{escape(value[:255])}"/>'
            for key, value in tags.items()
            if isinstance(value, str)
        ]
        lines.append("  </node>")
    return [*lines, "</osm>"]


def maproulette_lines(table: pd.DataFrame) -> list[str]:
    """Return the tasks as line-by-line GeoJSON, one FeatureCollection a line behind a record
    separator (RFC 8142), as MapRoulette takes challenges.
    """
    import json

    lines = []
    for row in table.to_dict("records"):
        properties = {k: v for k, v in row.items() if isinstance(v, str)}
        feature = {
            "type": "Feature",
            "id": row["task_id"],
            "geometry": {
                "type": "Point",
                "coordinates": [round(row["lon"], 7), round(row["lat"], 7)],
            },
            "properties": properties,
        }
        whole = {"type": "FeatureCollection", "features": [feature]}
        lines.append("\x1e" + json.dumps(whole, ensure_ascii=True, separators=(",", ":")))
    return lines


def save_repairs(found: Repairs, folder: Any) -> Sequence[Any]:
    """Write repair.osm, repair.maproulette.geojson and repair.csv into a folder; all or none."""
    from pathlib import Path
    from xml.sax.saxutils import escape

    from alprmap.store import together, write_table, write_text, xml_text

    out = Path(folder)
    names = ("repair.csv", "repair.osm", "repair.maproulette.geojson")
    targets = [out / name for name in names]
    with together(out):
        write_table(found.table, targets[0])
        lines = osm_lines(found.table, lambda text: escape(xml_text(text), {'"': "&quot;"}))
        write_text(targets[1], "\n".join(lines) + "\n")
        write_text(targets[2], "\n".join(maproulette_lines(found.table)) + "\n")
    return targets
