"""`alprmap map`: one self-contained page, and on request a picture and hand-outs."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from alprmap.cli import common
from alprmap.cli.joins import warned
from alprmap.errors import InputError, UsageError
from alprmap.text import clean

if TYPE_CHECKING:
    from alprmap.publish import MapData

Names = list[str] | None
COLORS = ("operator_kind", "vendor", "outcome", "confidence", "device", "setting", "change")
"""Columns whose classes the page knows how to draw."""
_CALLED = {
    "mexico": "Mexico",
    "canada": "Canada",
    "land": "a land border",
    "coast": "the coast",
    "external": "the external boundary",
    "port": "a port of entry",
}
"""Borders as the legend of a page names them."""


def map_(
    cameras: common.CamerasArg,
    out: Annotated[
        Path, typer.Option("--out", readable=False, help="Where the page goes; ends in .html.")
    ],
    roads: common.RoadsOpt = None,
    title: Annotated[
        str, typer.Option("--title", help="Title of the page.")
    ] = "License plate readers",
    subtitle: Annotated[str, typer.Option("--subtitle", help="One line under the title.")] = "",
    border: Annotated[
        Names, typer.Option("--border", help="Border line to draw; none for no line.")
    ] = None,
    zone: Annotated[
        Names,
        typer.Option(
            "--zone", help="BORDER:MILES to shade, such as mexico:100; may be given again."
        ),
    ] = None,
    before: Annotated[
        Path | None,
        typer.Option(
            "--before",
            readable=False,
            help="Earlier cameras: shows what was added, removed, moved.",
        ),
    ] = None,
    color_by: Annotated[
        str,
        typer.Option("--color-by", help=f"{', '.join(COLORS)}; chosen when left out."),
    ] = "",
    source: Annotated[
        Names, typer.Option("--source", help="Name of a source, as it is to be credited.")
    ] = None,
    date: Annotated[
        str, typer.Option("--date", help="Date of the cameras; their newest date when left out.")
    ] = "",
    lang: Annotated[
        str, typer.Option("--lang", help="What the page speaks at first: en, es.")
    ] = "en",
    fictional: Annotated[
        bool, typer.Option("--fictional", help="Label the page as a fictional example.")
    ] = False,
    embed: Annotated[
        bool, typer.Option("--embed", help="A page under 1 MB for an <iframe>.")
    ] = False,
    png: Annotated[
        Path | None,
        typer.Option("--png", readable=False, help="Write the map as a picture here too."),
    ] = None,
    hand_outs: Annotated[
        Path | None,
        typer.Option(
            "--hand-outs",
            readable=False,
            help="Folder for GeoPackage, KMZ, GeoJSON, CSV, datapackage.json.",
        ),
    ] = None,
    status: common.StatusOpt = None,
    force: common.Force = False,
    as_json: common.Json = False,
) -> None:
    """Draw cameras on one self-contained page that opens from disk and asks no server for
    anything.
    """
    _asked(out, png, date, color_by, border)
    for target in (out, png):
        common.refuse_overwrite(target, force)
    common.refuse_overwrite(hand_outs / "datapackage.json" if hand_outs else None, force)
    from alprmap.publish import HAND_OUTS, Source, write_map

    if (
        hand_outs
        and not force
        and (there := [f for n in HAND_OUTS if (f := hand_outs / n).exists()])
    ):
        raise UsageError(
            "exists already", where=there[0], fix="pass --force, or name another folder"
        )
    read = common.read_cameras(cameras, status=status)
    data = _data(
        read,
        roads,
        border,
        zone,
        before,
        about={
            "title": title,
            "subtitle": subtitle,
            "color_by": color_by,
            "fictional": fictional,
            "language": lang,
            "dates": _dates(date, read),
            "sources": [Source(s, credit=s) for s in _sources(source, read)],
        },
    )
    warnings = [] if data.roads is None else _road_join(data)
    data, sentences = _told(data, read, warnings)
    with common.working("Map"):
        write_map(data, out, embed=embed)
        written = [out, *_more(data, png, hand_outs)]
    for path in written:
        common.note(f"wrote {path}")
    said = warned(warnings)
    common.result(
        {
            "page": str(out),
            "bytes": out.stat().st_size,
            "cameras": len(data.cameras),
            "drawn": int(data.cameras["lon"].notna().sum()),
            **common.counted(read),
            "files": [str(p) for p in written],
            **({"sentences": sentences, "warnings": said} if as_json else {}),
        },
        as_json=as_json,
    )
    if not as_json:
        for text in sentences:
            common.line(f"- {text}")


def _road_join(data: MapData) -> list[dict[str, Any]]:
    """Return how well the roads cover the cameras, as a build does."""
    from alprmap.build import road_join

    assert data.watches is not None
    return road_join(data.cameras, data.segments, int(data.watches["camera_id"].nunique()))


def _told(
    data: MapData, read: common.Cameras, warnings: list[dict[str, Any]]
) -> tuple[MapData, list[str]]:
    """Return the page with the finding it opens on, in each language, and its sentences."""
    from alprmap.build import border_join
    from alprmap.publish import front_of_cameras, languages
    from alprmap.reach import NO_ROADS, measure

    measured = []
    lines = [b for b in data.borders if b in ("mexico", "canada")]
    if lines and read.table["lon"].notna().any():
        result = measure(read, borders=lines, roads=NO_ROADS)
        warnings += border_join(result.statistics)
        measured = [result.claims(ids_file="(alprmap reach --out)")]
    told = {
        language: [
            (line.figure, line.text)
            for line in front_of_cameras(
                read, data.title, measured=measured, language=language
            ).lines
        ]
        for language in languages()
    }
    sentences = [text for _, text in told[data.language]] if data.language in told else []
    return replace(data, story=told.pop("en"), story_in=told), sentences


def _asked(out: Path, png: Path | None, date: str, color_by: str, border: Names) -> None:
    """Refuse what the page would take without a word and not show, or show without a check."""
    from alprmap.geography import LINES
    from alprmap.sources import parse_date

    if out.suffix.lower() not in (".html", ".htm"):
        raise UsageError("the page's name must end in .html", where=out, fix="--out map.html")
    if png is not None and png.suffix.lower() != ".png":
        raise UsageError("the picture's name must end in .png", where=png, fix="--png map.png")
    if date and parse_date(date) is None:
        raise UsageError(f"--date {date} is no date", fix="write it like 2026-01-28, or 2026-01")
    if color_by and color_by not in COLORS:
        raise UsageError(
            f"cameras cannot be colored by {color_by}", fix=f"use one of {', '.join(COLORS)}"
        )
    for name in border or ():
        if name not in (*LINES, "none"):
            raise UsageError(
                f"no line is called {name}", fix=f"use one of {', '.join(LINES)}, or none"
            )


def _data(
    read: common.Cameras,
    roads: list[Path] | None,
    border: Names,
    zone: Names,
    before: Path | None,
    *,
    about: dict[str, Any],
) -> MapData:
    from alprmap.geography import counties, data_notice, land_polygons, load_border, ports, states
    from alprmap.publish import MapData as PublishMapData

    names = ["mexico", "canada"] if border is None else [b for b in border if b != "none"]
    more: dict[str, Any] = {"borders": {name: load_border(name) for name in names}}
    ground = [*names, "states", "counties"]
    if not about["fictional"]:
        ground += ["land_polygons", "places", "interstates"]
        more |= {"states": states(), "counties": counties(), "ports": ports()}
        more |= {"land": land_polygons()}
    if roads is not None:
        from alprmap.watch import watch as watch_watch

        network = common.read_roads(roads)
        found = watch_watch(read.cameras, read.views, network)
        more |= {"segments": network.segments, "watches": found.watches, "roads": network}
    if zone:
        more["zones"] = _zones(zone)
    if before is not None:
        more["diff"] = _changes(before, read)
    if read.reports is not None and read.merged is not None:
        more |= {"reports": read.reports, "links": read.merged.links}
    return PublishMapData(
        cameras=read.cameras, views=read.views, notices=[data_notice(ground)], **about, **more
    )


def _zones(wanted: list[str]) -> dict[str, Any]:
    from alprmap import geo
    from alprmap.geography import LINES, border_zone
    from alprmap.publish import Layer

    found = {}
    for text in wanted:
        name, _, miles = text.partition(":")
        try:
            radius_m = float(miles) * geo.STATUTE_MILE_M
        except ValueError:
            raise UsageError(
                f"--zone {text} is not BORDER:MILES", fix="such as --zone mexico:100"
            ) from None
        if name not in (known := (*LINES, "port")):
            raise UsageError(f"no border is called {name}", fix=f"use one of {', '.join(known)}")
        found[text] = Layer(
            f"{miles} miles of {_CALLED.get(name, name)}", border_zone(name, radius_m), "zone"
        )
    return found


def _changes(before: Path, read: common.Cameras) -> Any:
    """Return what changed since the earlier cameras (M14), one row per camera; the gone keep their
    place."""
    import pandas as pd

    from alprmap.merge import ChangeSettings, Settings, diff, open_cameras

    old = open_cameras(before, status="all", device="all")
    if old.merged is None or read.merged is None:
        raise InputError(
            "lacks its links, so changes cannot be told",
            where=before,
            fix="run `alprmap merge` again",
        )
    found = diff(old.merged, read.merged, settings=ChangeSettings(merge=Settings(accept_loss=True)))
    table = found.table[found.table["change"].isin(["added", "removed", "moved"])]
    gone = old.cameras[
        old.cameras["camera_id"].isin(table.loc[table["change"] == "removed", "old_id"])
    ]
    kept = table.loc[table["change"] != "removed", ["camera_id", "change"]].drop_duplicates(
        "camera_id"
    )
    return pd.concat([kept, gone.assign(change="removed")], ignore_index=True)


def _dates(date: str, read: common.Cameras) -> dict[str, str]:
    """Return the date shown: the one given, or the newest of the cameras."""
    from alprmap.publish import dates_of

    if date:
        return {"Cameras": date}
    dated, total = int(read.cameras["last_seen"].notna().sum()), len(read.cameras)
    if 0 < dated < total:
        common.note(
            f"{dated:,} of {total:,} cameras carry a date; pass --date to say how old the file is"
        )
    return dates_of(read.cameras)


def _sources(source: Names, read: common.Cameras) -> list[str]:
    if source:
        return source
    is_osm = read.cameras.get("source_record")
    if is_osm is not None and is_osm.str.match(r"(node|way)/\d", na=False).any():
        return ["© OpenStreetMap contributors (ODbL 1.0)"]
    return [clean(read.path.name)[0]]


def _more(data: MapData, png: Path | None, hand_outs: Path | None) -> list[Path]:
    from alprmap.store import write_bytes

    written: list[Path] = []
    if png is not None:
        from alprmap.publish import draw_static

        write_bytes(png, draw_static(data).png)
        written.append(png)
    if hand_outs is not None:
        from alprmap.publish import layers_of, write_hand_outs

        written += write_hand_outs(
            data.cameras,
            hand_outs,
            title=data.title,
            views=data.views,
            layers=layers_of(data),
            sources=data.sources,
            notices=data.notices,
            fictional=data.fictional,
        )
    return written
