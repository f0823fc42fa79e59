"""`alprmap watch`: which direction of which road each camera reads."""

from __future__ import annotations

import tempfile
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from alprmap.cli import common
from alprmap.cli.joins import warned
from alprmap.cli.resume import ResumeOpt, resumed
from alprmap.cli.roads import AreaOpt, wanted_area
from alprmap.errors import NotFoundError, UsageError
from alprmap.schema import VIEW_LEVELS_TEXT

if TYPE_CHECKING:
    import pandas as pd

    from alprmap.geography import Area
    from alprmap.store import Parts
    from alprmap.watch import Settings, Watched

RoadsArg = Annotated[list[Path], typer.Option("--roads", readable=False, help=common.ROADS_HELP)]


class Level(StrEnum):
    """How far a camera reads and how wide it looks: `schema.VIEW_LEVELS`."""

    low = "low"
    mid = "mid"
    high = "high"


class Facing(StrEnum):
    """Which vehicles a camera reads: those that drive away, those that come, or both (W2)."""

    rear = "rear"
    front = "front"
    either = "either"


def watch(
    cameras: common.CamerasArg,
    roads: RoadsArg,
    out: common.Out = None,
    level: Annotated[
        Level, typer.Option(help=f"Range and opening: {VIEW_LEVELS_TEXT}.")
    ] = Level.mid,
    facing: Annotated[
        Facing, typer.Option(help="Vehicles that drive away (rear), come (front), or either.")
    ] = Facing.rear,
    range_m: Annotated[
        float | None, typer.Option("--range", help="Range in meters, instead of the level's.")
    ] = None,
    width_deg: Annotated[
        float | None,
        typer.Option(
            "--width", help="Opening in degrees where none is tagged, instead of the level's."
        ),
    ] = None,
    area: AreaOpt = None,
    workers: common.WorkersOpt = None,
    scheduler: common.SchedulerOpt = None,
    resume: ResumeOpt = None,
    plot: Annotated[str | None, typer.Option("--plot", help="Draw this CAMERA_ID.")] = None,
    plot_out: Annotated[
        Path | None,
        typer.Option("--plot-out", readable=False, help="Picture of --plot: .png, .svg or .pdf."),
    ] = None,
    force: common.Force = False,
    as_json: common.Json = False,
) -> None:
    """Find the direction of travel on the roads that each camera reads (W1-W6).

    Writes OUT and, beside it, OUT.unread.csv: cameras that read nothing, with the nearest road
    (W5)."""
    common.warm("alprmap.roads.behind", "alprmap.roads.ways")
    from alprmap.build import road_join
    from alprmap.store import DRAWN, hand_on, together, write_table
    from alprmap.watch import data_dates, watch_levels

    settings = _settings(watch_levels(level.value, facing=facing.value), range_m, width_deg)
    common.check_workers(roads, area, scheduler)
    picture = _picture(plot, plot_out)
    unread = out.with_name(f"{out.stem}.unread.csv") if out else None
    for path, kind in ((out, "table"), (unread, "table"), (picture, "picture")):
        common.refuse_overwrite(path, force, kind=kind)
    found = common.read_cameras(cameras)
    shown = None if plot is None else _camera(plot, found.cameras)
    drawn = shown is not None or (out is not None and out.suffix in DRAWN)
    with resumed(resume, out) as parts:
        spread = Spread(workers, scheduler, whole=drawn, parts=parts)
        watched, net = _watched(found, roads, wanted_area(area), settings, spread)
    watched = replace(watched, set_aside=found.set_aside_counts())
    if net is not None:
        reading = int(watched.watches["camera_id"].nunique())
        warned(road_join(found.cameras, net.segments, reading, refuse=False))
    if out is not None and unread is not None:
        table = watched.watches
        if out.suffix in DRAWN:
            from alprmap.watch import camera_places as places

            table = places(watched.watches, net)
        with together(out):
            stated = None if net is None else net.meta.get("data_timestamp")
            hand_on(table, out, date=data_dates(found.cameras, stated))
            write_table(watched.unread, unread)
    if shown is not None and picture is not None:
        from alprmap.watch import plot_camera as draw

        draw(
            shown,
            found.cameras,
            found.views,
            net,
            watched.watches,
            picture,
            settings=settings,
            force=force,
        )
        common.note(f"drew {picture}")
    common.result(summary(watched), as_json=as_json)


@dataclass(frozen=True)
class Spread:
    """Where the work is done, and whether the whole network is wanted beside the result."""

    workers: int | None
    scheduler: str | None
    whole: bool
    parts: Parts | None = None
    """Where finished tiles are kept."""

    @property
    def wanted(self) -> bool:
        """Whether it is done in tiles: by other processes, or to go on where it stopped."""
        return self.parts is not None or self.scheduler is not None or (self.workers or 1) > 1


def _watched(
    found: common.Cameras, roads: list[Path], area: Area | None, settings: Settings, spread: Spread
) -> tuple[Watched, Any]:
    """Return what is read, and the network where it was loaded."""
    from alprmap.roads import is_tiles, save_tiles
    from alprmap.roads import read as read_roads
    from alprmap.watch import watch as watch_watch
    from alprmap.watch import watch_tiles

    tiles = roads[0] if len(roads) == 1 and area is None and is_tiles(roads[0]) else None
    net: Any = None
    with tempfile.TemporaryDirectory(prefix="alprmap-") as scratch:
        if tiles is None or spread.whole:
            net = read_roads(roads, area)
            common.on_roads(found.cameras, net, found.path)
        if tiles is None and not spread.wanted:
            return watch_watch(found.cameras, found.views, net, settings=settings), net
        where: Any = net if tiles is None else tiles.resolve()
        if tiles is None and spread.parts is None:
            where = Path(scratch) / "roads"
            save_tiles(net, where, graph=False)
        watched = watch_tiles(
            found.cameras,
            found.views,
            where,
            settings=settings,
            workers=spread.workers,
            scheduler=spread.scheduler,
            parts=spread.parts,
        )
    return watched, net


def _settings(settings: Settings, range_m: float | None, width_deg: float | None) -> Settings:
    if range_m is not None:
        if not 0 < range_m <= 1000:
            raise UsageError(
                f"--range {range_m:g} is no range", fix="give meters above 0, up to 1000"
            )
        settings = replace(settings, range_m=range_m)
    if width_deg is not None:
        if not 0 < width_deg < 180:
            raise UsageError(
                f"--width {width_deg:g} is no opening", fix="give degrees above 0 and below 180"
            )
        settings = replace(settings, width_deg=width_deg)
    return settings


def _camera(name: str, cameras: pd.DataFrame) -> str:
    """Return the camera_id that --plot names, itself or by the record it comes from (node/123)."""
    if (cameras["camera_id"] == name).any():
        return name
    if "source_record" in cameras.columns:
        same = cameras.loc[cameras["source_record"] == name, "camera_id"]
        if len(same):
            return str(same.iloc[0])
    raise NotFoundError(
        f"no camera is called {name}", fix="take a camera_id or source_record of the cameras"
    )


def _picture(camera_id: str | None, path: Path | None) -> Path | None:
    if camera_id is None:
        if path is not None:
            raise UsageError(
                "--plot-out without --plot", fix="name the camera with --plot CAMERA_ID"
            )
        return None
    return path or Path(camera_id.replace("/", "-").replace(":", "-") + ".png")


def summary(watched: Watched) -> dict[str, Any]:
    """Return the counts of a watch run and the settings they rest on."""
    counts = watched.counts()
    reading = counts["reading"]
    each = round(counts["watches"] / reading, 2) if reading else None
    first = ("cameras", "reading", "watches", "clear_winners")
    rest = {k: v for k, v in counts.items() if k not in first and not k.startswith("set_aside: ")}
    return {
        "standing": watched.cameras,
        "set_aside": dict(watched.set_aside),
        **{name: counts[name] for name in first},
        "arcs_per_reading_camera": each,
        **rest,
        "dates": watched.dates,
        **asdict(watched.settings),
    }
