"""`alprmap reach`: how far inland the cameras stand, by named border (R1–R6)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from alprmap.cli import common
from alprmap.cli.joins import warned
from alprmap.errors import UsageError

if TYPE_CHECKING:
    import pandas as pd

    from alprmap.reach import Settings

Names = list[str] | None


def reach(
    cameras: common.CamerasArg,
    border: Annotated[
        Names,
        typer.Option(
            "--border",
            help="mexico, canada, land, coast, external or port; all when not given (R1).",
        ),
    ] = None,
    by: Annotated[
        str | None,
        typer.Option(
            "--by",
            help="state, county, operator, operator_kind, vendor, setting, source, status or year.",
        ),
    ] = None,
    population: Annotated[
        Path | None,
        typer.Option(
            "--population",
            readable=False,
            help="People at points (CenPop file, CSV, Parquet): the baseline (R6).",
        ),
    ] = None,
    roads: Annotated[
        list[Path] | None,
        typer.Option(
            "--roads",
            readable=False,
            help=f"{common.ROADS_HELP} National highways when not given; none for no drives.",
        ),
    ] = None,
    area: Annotated[
        str | None,
        typer.Option(
            "--area",
            help='Only cameras in it: "Franklin County, Ohio", a city, a state, w,s,e,n or a'
            " GeoJSON; several by semicolons.",
        ),
    ] = None,
    areas: common.AreasOpt = None,
    ports: Annotated[
        Path | None,
        typer.Option(
            "--ports",
            readable=False,
            help="Your own ports of entry: a CSV of name, lon, lat (R3, R4).",
        ),
    ] = None,
    gap: Annotated[
        Names,
        typer.Option(
            "--gap", help="Longest drive without a reader, 15mi or 25km, for chains (R4)."
        ),
    ] = None,
    zone: Annotated[
        Names,
        typer.Option(
            "--zone", help="Draw the zone NAME:MILES (mexico:100, land:100km), beside --out."
        ),
    ] = None,
    unit: Annotated[str, typer.Option("--unit", help="mi (statute), nmi (nautical) or km.")] = "mi",
    claims: Annotated[
        bool, typer.Option("--claims", help="Print the claims sheet; F.claims.csv beside --out.")
    ] = False,
    figure: Annotated[
        Path | None,
        typer.Option("--figure", readable=False, help="Draw the distribution (.png, .svg, .pdf)."),
    ] = None,
    workers: common.WorkersOpt = None,
    scheduler: common.SchedulerOpt = None,
    out: common.Out = None,
    force: common.Force = False,
    as_json: common.Json = False,
) -> None:
    """Measure how far every camera stands from the named borders (R1-R6)."""
    common.refuse_overwrite(out, force, kind="table")
    common.refuse_overwrite(figure, force, kind="picture")
    if zone and out is None:
        raise UsageError("zones are polygons, which need a file", fix="pass --out")
    no_drives = [str(path) for path in roads or ()] == ["none"]
    if ports and no_drives:
        raise UsageError("--ports are where drives begin (R3, R4)", fix="leave --roads none out")
    common.check_workers(roads or [], None, scheduler)
    from alprmap.build import border_join
    from alprmap.reach import measure

    settings = _settings(unit)
    gaps = [common.length_m(text, "--gap") / 1000 for text in gap or ()]
    result = measure(
        common.read_cameras(cameras),
        borders=border,
        zones=_zones(zone or (), border or (), settings),
        population=population,
        roads="none" if no_drives else roads or None,
        ports=ports,
        area=area,
        areas=areas,
        by=by,
        gaps_km=gaps,
        settings=settings,
        workers=workers,
        scheduler=scheduler,
    )
    for text in result.notes:
        common.note(text)
    warned(border_join(result.statistics))
    written = [] if out is None else result.save(out)
    if figure is not None:
        result.draw(figure)
    for path in [*written, *([figure] if figure else [])]:
        common.note(f"wrote {path}")
    if out is None:
        common.note("pass --out F.csv to keep the camera ids behind these numbers")
    sheet = result.claims(ids_file=out.name if out else "(pass --out)") if claims else None
    told = common.counted(result.cameras)
    _show(sheet, result.shown(), lambda: result.summary(written) | told, as_json=as_json)
    if not as_json:
        common.say_counted(result.cameras)


def _zones(texts: Sequence[str], borders: Sequence[str], settings: Settings) -> list[Any]:
    """Return the zones; a bare number, as `--zone` once took it, stands for each --border."""
    from alprmap import schema
    from alprmap.geography import parse_zone

    found = []
    for text in texts:
        if text.replace(".", "", 1).isdigit():
            common.note("--zone 100 is the old form; write --zone NAME:MILES, such as mexico:100")
            names = [n for n in schema.BORDERS if n in borders] or list(schema.BORDERS)
            found += [parse_zone(f"{n}:{text}{settings.unit}") for n in names]
        else:
            found.append(parse_zone(text))
    return found


def _settings(unit: str) -> Settings:
    from alprmap.geo import UNIT_M
    from alprmap.reach import Settings as ReachSettings

    if unit not in UNIT_M:
        raise UsageError(f"no unit is called {unit}", fix=f"use one of {', '.join(UNIT_M)}")
    return ReachSettings(unit=unit)  # type: ignore[arg-type]


def _show(
    sheet: pd.DataFrame | None, tables: dict[str, pd.DataFrame], plain: Any, *, as_json: bool
) -> None:
    if as_json:
        common.result(plain(), as_json=True)
        return
    for title, table in tables.items():
        common.out(f"{title}\n")
        common.result(table)
        common.out("")
    if sheet is not None:
        from alprmap.claims import interval

        for caveat, some in sheet.groupby("caveat", sort=False):
            for row in some.to_dict("records"):
                common.line(f"- {row['sentence']} [{interval(row)}]")
            common.out(f"  Must stand beside: {caveat}\n")
