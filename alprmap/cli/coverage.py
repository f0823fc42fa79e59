"""`alprmap coverage`: where on a road network a driver is followed (rules C1-C6)."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from alprmap.cli import common
from alprmap.cli import coverage_whom as whom
from alprmap.cli.access import refuse_no_day
from alprmap.cli.joins import warned
from alprmap.cli.resume import ResumeOpt, resumed
from alprmap.cli.roads import AreaOpt, wanted_area
from alprmap.cli.watch import Facing, Level, RoadsArg
from alprmap.errors import InputError, UsageError
from alprmap.text import clean, percent

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

    from alprmap.coverage import Coverage, Tiled
    from alprmap.geography import Area
    from alprmap.merge import Cameras
    from alprmap.roads import Roads

RADII = "0.5km,1km,2km,5km"

PopulationOpt = Annotated[
    Path | None,
    typer.Option(
        "--population",
        readable=False,
        help="People (lon, lat, people): CenPop, CSV or Parquet; for C4, C6.",
    ),
]
PlacesOpt = Annotated[
    Path | None,
    typer.Option(
        "--places",
        readable=False,
        help="GeoJSON of polygons with a name: places (C4) and cordons (C5).",
    ),
]
ZoneOpt = Annotated[
    list[str] | None,
    typer.Option(
        "--zone", help="C5: the outer line of the zone NAME:MILES (mexico:100) is a cordon."
    ),
]
PairsOpt = Annotated[
    Path | None,
    typer.Option(
        "--pairs",
        readable=False,
        help="C6: a CSV of trips: from_lon, from_lat, to_lon, to_lat, perhaps weight; or LODES.",
    ),
]
AgenciesOpt = Annotated[
    list[Path] | None,
    typer.Option(
        "--agencies", readable=False, help="C6: agency lists, as `access` reads them; repeatable."
    ),
]
SharesOpt = Annotated[
    list[Path] | None,
    typer.Option(
        "--shares",
        readable=False,
        help="C6: who shares with whom: tells who can look at the trips; repeatable.",
    ),
]
AsOfOpt = Annotated[
    str | None, typer.Option("--as-of", help="C6: only shares on record on this date (ISO).")
]
MarginOpt = Annotated[
    str,
    typer.Option(
        "--margin", help="Roads and readers are kept so far around --area; measured is inside."
    ),
]


def coverage(
    cameras: common.CamerasArg,
    roads: RoadsArg,
    population: PopulationOpt = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", readable=False, help="Folder for all tables and geometry."),
    ] = None,
    level: Annotated[
        Level, typer.Option(help="Watch settings of the tables and of --out.")
    ] = Level.mid,
    facing: Annotated[Facing, typer.Option(help="Which side of a vehicle is read.")] = Facing.rear,
    clear_only: Annotated[
        bool, typer.Option("--clear-only", help="Count only the one clear best arc of each view.")
    ] = False,
    radii: Annotated[
        str, typer.Option("--radii", help="C1: lengths of travel, comma-separated.")
    ] = RADII,
    places: PlacesOpt = None,
    zone: ZoneOpt = None,
    trips: Annotated[
        int | None,
        typer.Option(
            "--trips", help="C6: draw so many trips of --population. [default: every pair, weighed]"
        ),
    ] = None,
    pairs: PairsOpt = None,
    pair_points: whom.PairPointsOpt = None,
    pair_weight: whom.PairWeightOpt = None,
    traffic: whom.TrafficOpt = None,
    hours: whom.HoursOpt = None,
    groups: whom.GroupsOpt = None,
    sensitive: whom.SensitiveOpt = None,
    places_list: whom.PlacesListOpt = False,
    corridor: Annotated[
        str,
        typer.Option(
            "--corridor", help="C2: longest corridor; a minute is allowed for each kilometer."
        ),
    ] = "10km",
    certainty: Annotated[
        bool,
        typer.Option(
            "--certainty/--no-certainty", help="C2: also look for the best alternative of each."
        ),
    ] = True,
    agencies: AgenciesOpt = None,
    shares: SharesOpt = None,
    as_of: AsOfOpt = None,
    draws: Annotated[
        int,
        typer.Option("--draws", min=0, max=100_000, help="C7: draws of the assumptions; 0: none."),
    ] = 100,
    areas: common.AreasOpt = None,
    area: AreaOpt = None,
    margin: MarginOpt = "10km",
    workers: common.WorkersOpt = None,
    scheduler: common.SchedulerOpt = None,
    resume: ResumeOpt = None,
    force: common.Force = False,
    as_json: common.Json = False,
) -> None:
    """Where a driver is followed: corridors, routes, unread zones, cordons, trips (C1-C6), low, mid
    and high."""
    from alprmap.geography import parse_zone

    common.refuse_overwrite(out, force)
    _check_trips(trips, population)
    radii_m, borders = _radii(radii), tuple(parse_zone(text).line for text in zone or ())
    corridor_km = common.length_m(corridor, "--corridor") / 1000
    margin_km = common.length_m(margin, "--margin", zero=True) / 1000
    record = _record([*(agencies or []), *(shares or [])], as_of, population or pairs)
    common.check_workers(roads, area, scheduler)
    with resumed(resume, out) as parts:
        from alprmap.build import people_join, road_join
        from alprmap.coverage import Wanted, Whom, measure, read_viewers, with_whom
        from alprmap.geography import read_population

        found = common.read_cameras(cameras)
        people = None if population is None else read_population(population)
        shapes = None if places is None else _places(places)
        drives, pairs_left = whom.read_drives(pairs, pair_points, pair_weight)
        within = wanted_area(area)
        by_code, lists = pair_points is not None, tuple(sensitive or ())
        net, people = _roads_and_people(roads, within, margin_km, people)
        near = common.on_roads(found.cameras, net, found.path)
        views = found.views[found.views["camera_id"].isin(near["camera_id"])]
        warnings = people_join(people)
        people = None if warnings else people
        asked = Whom(traffic, hours, groups, areas, people, lists, places_list, by_code, pairs_left)
        sight = read_viewers(near, record, as_of=as_of) if record else None
        wanted = Wanted(
            radii_m,
            people,
            shapes,
            trips,
            drives,
            corridor_km,
            certainty,
            sight,
            borders,
            _tiled(net, roads, within, workers, scheduler),
        )
        result = measure(
            near,
            views,
            net,
            wanted,
            level=level.value,
            facing=facing.value,
            clear_only=clear_only,
            draws=draws,
            cameras_given=len(found.cameras),
            set_aside=found.set_aside_counts(),
            parts=parts,
        )
        reading = result.about["cameras_in_area"] - result.about["cameras_reading_nothing"]
        inside = near if within is not None else found.cameras
        warnings = road_join(inside, net, reading) + warnings
        about = _about(found.path, near, net, within, margin_km) | _record_used(record, as_of)
        result = replace(result, about={**result.about, **about})
        result = with_whom(result, near, views, net, asked)
        _finished(result, out)
    _print(found, result, as_json, warned(warnings))


def _finding(found: Cameras, result: Coverage) -> None:
    """Print the finding as the first page of a report has it, and what was counted."""
    from alprmap.publish import front_of_cameras

    for line in front_of_cameras(found, "", measured=[result.claims()]).lines:
        common.line(f"- {line.text}")
    common.say_counted(found)


def _roads_and_people(
    roads: list[Path],
    within: Area | None,
    margin_km: float,
    people: pd.DataFrame | None,
) -> tuple[Roads, pd.DataFrame | None]:
    """Return the roads of the area and its margin, measured inside it, and the people on them.

    Of a folder of tiles only the outline is loaded, or with an area the roads around it.
    """
    from alprmap.coverage import grown, measured_inside, people_inside, people_on
    from alprmap.roads import has_graph, read_outline
    from alprmap.roads import read as read_roads

    if len(roads) == 1 and within is None and has_graph(roads[0]):
        outline = read_outline(roads[0].resolve())
        return outline, None if people is None else people_on(people, outline)
    around = None if within is None else grown(within, margin_km)
    net = read_roads(roads, around)
    people = None if people is None else people_on(people, net)
    if within is None:
        return net, people
    inside = None if people is None else people_inside(people, within)
    return measured_inside(net, within), inside


def _about(
    cameras: Path, near: pd.DataFrame, net: Roads, within: Area | None, margin_km: float
) -> dict[str, Any]:
    """Return what the result says of its cameras file and its edge."""
    from alprmap.coverage import edge_sentence

    about: dict[str, Any] = {
        "cameras_file": clean(cameras.name)[0],
        "edge": edge_sentence(net, within, margin_km),
    }
    if within is not None:
        own = within.contains(near["lon"], near["lat"])
        about |= {"margin_km": margin_km, "cameras_inside_area": int(own.sum())}
    return about


def _record_used(record: list[Path], as_of: str | None) -> dict[str, Any]:
    """Return which sharing record stands behind who can look."""
    if not record:
        return {}
    return {"sharing_record": [p.name for p in record], "shares_as_of": as_of}


def _finished(result: Coverage, out: Path | None) -> None:
    """Say what no road crosses, and write the folder that was asked for."""
    from alprmap.coverage import save_folder

    for line in result.uncrossed:
        common.note(f"no road of these crosses {line}, so nothing is said of it (C5)")
    if out is not None:
        common.note(f"wrote {save_folder(result, out)} files to {out}")


def _tiled(
    net: Roads, roads: list[Path], within: Area | None, workers: int | None, scheduler: str | None
) -> Tiled | None:
    """Return the roads in tiles where several processes are to work: C1 and C5."""
    if scheduler is None and (workers or 1) <= 1:
        return None
    from alprmap.coverage import Tiled
    from alprmap.roads import is_tiles

    folder = len(roads) == 1 and within is None and is_tiles(roads[0])
    return Tiled(roads[0].resolve() if folder else net, workers=workers, scheduler=scheduler)


def _record(files: list[Path], as_of: str | None, trips: Path | None) -> list[Path]:
    """Check what is asked of the sharing record and return its files."""
    refuse_no_day(as_of)
    if as_of is not None and not files:
        raise UsageError("--as-of is about a sharing record", fix="pass --shares FILE")
    if files and trips is None:
        raise UsageError(
            "who can look is told of trips", fix="pass --population or --pairs with --shares"
        )
    return files


def _check_trips(trips: int | None, population: Path | None) -> None:
    if trips is not None and trips < 1:
        raise UsageError(
            f"--trips {trips} is no number of trips", fix="give a whole number, such as 2000"
        )
    if trips is not None and population is None:
        raise UsageError("--trips are drawn from where people live", fix="pass --population")


def _radii(text: str) -> tuple[float, ...]:
    """Return the radii of C1 in meters; a bare list such as 0.5,1,2 is kilometers."""
    parts = [part.strip() for part in text.split(",")]
    if all(part.replace(".", "", 1).isdigit() for part in parts):
        common.note(
            f"--radii {text} means kilometers; from the next release on write {parts[0]}km,…"
        )
        parts = [f"{part}km" for part in parts]
    return tuple(common.length_m(part, "--radii") for part in parts)


def _places(path: Path) -> gpd.GeoDataFrame:
    import geopandas as gpd

    from alprmap.geography import read_polygons

    features = read_polygons(path)
    shapes = [shape for shape, _ in features]
    names = [str(p.get("name") or p.get("NAME") or i) for i, (_, p) in enumerate(features, start=1)]
    if not features or any(s is None for s in shapes):
        raise InputError(
            "not all features are polygons",
            where=path,
            fix="a place is a Polygon or MultiPolygon with a name",
        )
    return gpd.GeoDataFrame({"name": names}, geometry=shapes, crs="EPSG:4326")


SHOWN = (
    "c9_traffic",
    "c9_hours",
    "c10_groups",
    "c11_categories",
    "c11_places",
    "areas",
    "c1_corridors",
    "c2_tracked",
    "c2_limits",
    "c3_routes",
    "c4_summary",
    "c4_places",
    "c5_cordons",
    "c5_border_cordons",
    "c6_summary",
    "c6_operators",
    "c6_access",
    "c7_intervals",
    "c7_shares",
    "c7_positions",
    "c8_agencies",
)


def _print(found: Cameras, result: Coverage, as_json: bool, said: list[str]) -> None:
    import pandas as pd

    tables = result.tables()
    strongest = tables["c2_strongest"].drop(columns="geometry")
    if as_json:
        parts = {name: common.records(tables[name]) for name in SHOWN if name in tables}
        common.result(
            {
                "about": dict(result.about),
                "standing": result.about["cameras_given"],
                "set_aside": result.about["set_aside"],
                "headline": result.headline,
                "warnings": said,
                **parts,
                "c2_strongest": common.records(strongest),
                "c4_chokepoints": common.records(tables["c4_chokepoints"]),
                "claims": common.records(result.claims()),
            },
            as_json=True,
        )
        return
    frame = pd.DataFrame({"measure": list(result.headline["mid"])})
    for name, values in result.headline.items():
        frame[name] = [_shown(key, values[key]) for key in frame["measure"]]
    common.result(frame)
    if "c7_intervals" in tables:
        _print_intervals(tables["c7_intervals"], tables["c7_shares"])
    common.out("")
    for text in strongest["text"].head(10):
        common.line(str(text))
    for text in result.about.get("c10_in_words", ()):
        common.line(str(text))
    if "c9_traffic" in tables:
        common.result(tables["c9_traffic"])
    for name in ("c11_categories", "c11_places"):
        if name in tables:
            common.out("")
            common.result(whom.shown_places(tables[name]))
    if "areas" in tables:
        common.out("")
        common.result(pd.DataFrame(tables["areas"].drop(columns="geometry")))
    common.out("")
    for sentence in result.claims()["sentence"]:
        common.line(str(sentence))
    about = result.about
    common.note(
        f"{about['cameras_in_area']} of {about['cameras_given']} cameras stand on these roads,"
        f" {about['cameras_reading_nothing']} of them read no road; facing {about['facing']}, range"
        f" {about['range_m']:g} m, opening {about['width_deg']:g} degrees; roads of"
        f" {about['roads_date'] or 'unknown date'}; {about['edge']}; no data is not no camera"
    )
    _finding(found, result)


def _print_intervals(intervals: pd.DataFrame, shares: pd.DataFrame) -> None:
    """Print how sure the figures are (C7): median, 5-95 %, and what the spread is due to."""
    import pandas as pd

    by = shares.pivot(index="measure", columns="assumption", values="share")
    rows = []
    for row in intervals.to_dict("records"):
        name = row["measure"]
        due = by.loc[name].sort_values(ascending=False, kind="stable").head(3)
        rows.append(
            {
                "how sure (C7)": name,
                "median": _shown(name, row["median"]),
                "5 %": _shown(name, row["low"]),
                "95 %": _shown(name, row["high"]),
                "spread due to": ", ".join(
                    f"{what} {percent(part, sign=' %')}" for what, part in due.items() if part > 0
                ),
            }
        )
    common.out("")
    common.result(pd.DataFrame(rows))


def _shown(key: str, value: float) -> str:
    if "share" in key or value != value:
        return percent(value, sign=" %")
    return f"{value:,.0f}" if value == int(value) else f"{value:,.2f}"
