"""`alprmap map`: one self-contained page, and on request a picture and hand-outs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from alprmap.cli import common
from alprmap.cli.joins import warned
from alprmap.errors import InputError, UsageError
from alprmap.text import clean, out_of

if TYPE_CHECKING:
    from alprmap.publish import MapData, MapPage

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
        str,
        typer.Option("--title", help="Title; License plate readers, in --lang, when left out."),
    ] = "",
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
    from alprmap.publish import HAND_OUTS, Source

    if (
        hand_outs
        and not force
        and (there := [f for n in HAND_OUTS if (f := hand_outs / n).exists()])
    ):
        raise UsageError(
            "exists already", where=there[0], fix="pass --force, or name another folder"
        )
    read = common.read_cameras(cameras, status=status)
    warnings: list[dict[str, Any]] = []
    page = _page(
        read,
        roads,
        border,
        warnings,
        embed=embed,
        title=title,
        subtitle=subtitle,
        language=lang,
        color_by=color_by,
        fictional=fictional,
        dates=_dates(date, read),
        sources=[Source(s, credit=s) for s in _sources(source, read)],
        **({"zones": _zones(zone)} if zone else {}),
        **({"diff": _changes(before, read)} if before is not None else {}),
    )
    data = page.data
    written = [*page.save(out), *([] if png is None else page.save(png))]
    written += _handed_out(data, hand_outs)
    for path in written:
        common.note(f"wrote {path}")
    said = warned(warnings)
    common.result(
        {
            "page": str(out),
            "bytes": out.stat().st_size,
            **page.counts(),
            **common.counted(read),
            "files": [str(p) for p in written],
            **({"sentences": page.sentences(), "warnings": said} if as_json else {}),
        },
        as_json=as_json,
    )
    if not as_json:
        for text in page.sentences():
            common.line(f"- {text}")


def _page(
    read: common.Cameras,
    roads: list[Path] | None,
    border: Names,
    warnings: list[dict[str, Any]],
    **about: Any,
) -> MapPage:
    """Return the page with what is measured for it; `warnings` takes what hardly meets."""
    from alprmap.build import border_join, road_join
    from alprmap.publish import map_page
    from alprmap.reach import NO_ROADS, measure
    from alprmap.results import Result

    names = ["mexico", "canada"] if border is None else [b for b in border if b != "none"]
    results: list[Result] = []
    if roads is not None:
        from alprmap.watch import watch as watch_watch

        network = common.read_roads(roads)
        watched = watch_watch(read.cameras, read.views, network)
        reading = int(watched.watches["camera_id"].nunique())
        warnings += road_join(read.cameras, network.segments, reading)
        results += [network, watched]
    lines = [b for b in names if b in ("mexico", "canada")]
    if lines and read.table["lon"].notna().any():
        reach = measure(read, borders=lines, roads=NO_ROADS)
        warnings += border_join(reach.statistics)
        results.append(reach)
    return map_page(read, *results, borders=names, **about)


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
            f"{out_of(dated, total, 'camera', 'carries', 'carry')} a date; pass --date to say how"
            " old the file is"
        )
    return dates_of(read.cameras)


def _sources(source: Names, read: common.Cameras) -> list[str]:
    if source:
        return source
    is_osm = read.cameras.get("source_record")
    if is_osm is not None and is_osm.str.match(r"(node|way)/\d", na=False).any():
        return ["© OpenStreetMap contributors (ODbL 1.0)"]
    return [clean(read.path.name)[0]]


def _handed_out(data: MapData, hand_outs: Path | None) -> list[Path]:
    if hand_outs is None:
        return []
    from alprmap.publish import layers_of, write_hand_outs

    return write_hand_outs(
        data.cameras,
        hand_outs,
        title=data.title,
        views=data.views,
        layers=layers_of(data),
        sources=data.sources,
        notices=data.notices,
        fictional=data.fictional,
    )
