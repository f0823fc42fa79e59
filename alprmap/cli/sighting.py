"""`alprmap sighting`: hand in a camera, check what was handed in, add it, make the form, export."""

from __future__ import annotations

import re
import sys
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from alprmap.cli import common
from alprmap.cli.grammar import Command, Commands
from alprmap.errors import InputError, UsageError, one_line
from alprmap.text import number_of

if TYPE_CHECKING:
    from alprmap.sightings import Feature, Said

app = typer.Typer(
    cls=Commands,
    help=(
        "Hand in a plate reader you saw, without an account and without a trace; check and merge"
        " what came in."
    ),
    no_args_is_help=True,
    rich_markup_mode=None,
)

CamerasOpt = Annotated[
    list[Path] | None,
    typer.Option(
        "--cameras",
        readable=False,
        help="Known cameras: cameras.parquet or any file `read` reads; may be repeated.",
    ),
]
OthersOpt = Annotated[
    list[Path] | None,
    typer.Option(
        "--others",
        readable=False,
        help="Known devices that read no plates (red light, speed, traffic); may be repeated.",
    ),
]
SightingsArg = Annotated[
    list[Path],
    typer.Argument(readable=False, help="Sighting files, or folders of them; - is stdin."),
]


@app.command(cls=Command, short_help="Write a sighting, from coordinates, words or photos.")
def new(
    photos: Annotated[
        list[Path] | None,
        typer.Argument(readable=False, help="Further photos, so that --photo *.jpg works."),
    ] = None,
    at: Annotated[
        str | None,
        typer.Option(
            "--at", help='Place: "27.5, -99.5", a map link, or with --roads "I-35 @ Mines Rd".'
        ),
    ] = None,
    roads: common.RoadsOpt = None,
    photo: Annotated[
        list[Path] | None,
        typer.Option(
            "--photo",
            readable=False,
            help="Photos: position, direction and month are read from them.",
        ),
    ] = None,
    photo_shows: Annotated[
        str,
        typer.Option(
            "--photo-shows", help="What the photos show of the camera: front, back or unknown."
        ),
    ] = "unknown",
    keep_photos: Annotated[
        Path | None,
        typer.Option(
            "--keep-photos",
            readable=False,
            help="Folder for the photos without metadata; left out otherwise.",
        ),
    ] = None,
    direction: Annotated[
        str | None,
        typer.Option("--direction", help="Where it looks, degrees from true north (north is 360)."),
    ] = None,
    manufacturer: Annotated[
        str | None, typer.Option("--manufacturer", "--vendor", help="Its maker.")
    ] = None,
    operator: Annotated[str | None, typer.Option("--operator", help="Who runs it.")] = None,
    mount: Annotated[
        str | None, typer.Option("--mount", help="What it hangs on: pole, wall, gantry …")
    ] = None,
    evidence: Annotated[
        str | None, typer.Option("--evidence", help="seen, photo, record or second-hand.")
    ] = None,
    date: Annotated[
        str | None, typer.Option("--date", help="Day or month, 2026-01-15 or 2026-01.")
    ] = None,
    to_day: Annotated[
        bool, typer.Option("--to-day", help="Keep the day of a photo, not only its month.")
    ] = False,
    note: Annotated[str | None, typer.Option("--note", help="What else helps to find it.")] = None,
    licence: Annotated[str, typer.Option("--license", help="CC0-1.0 or ODbL-1.0.")] = "CC0-1.0",
    out: common.Out = None,
    force: common.Force = False,
) -> None:
    """Write a sighting as GeoJSON, from coordinates, a place in words, or photos; asks when in a
    terminal."""
    from alprmap.sightings import SHOWS, at_text, sighting_text
    from alprmap.sightings import Said as SightingsSaid
    from alprmap.store import together, write_text

    if photo_shows not in SHOWS:
        raise UsageError(f"--photo-shows {photo_shows!r}", fix=f"one of {', '.join(SHOWS)}")
    if (
        direction is not None
        and re.fullmatch(r"\s*\d+(\.\d+)?\s*", direction)
        and float(direction) > 360
    ):
        raise UsageError(
            f"--direction {direction} is no direction", fix="give degrees from true north, 0 to 360"
        )
    common.refuse_overwrite(out, force)
    said = SightingsSaid(
        direction, manufacturer, operator, mount, evidence, date, note, licence, photo_shows, to_day
    )
    pictures = [*(photo or []), *(photos or [])]
    if at is None and not pictures:
        if not sys.stdin.isatty():
            raise UsageError("no place was given", fix="pass --at or --photo")
        at, said = _ask(said)
    with nullcontext() if keep_photos is None else together(keep_photos):
        features = [_from_photo(p, said, keep_photos) for p in pictures]
    if at is not None:
        features.append(at_text(at, said, roads, warn=common.note))
    _warn(features)
    text = sighting_text(features)
    if out is None:
        common.out(text.rstrip("\n"))
    else:
        write_text(out, text)
        common.note(
            f"wrote {out}: {len(features)} sighting{'s' if len(features) > 1 else ''}, license"
            f" {licence}"
        )


def _from_photo(path: Path, said: Said, keep: Path | None) -> Feature:
    from alprmap.sightings import at_photo, pixels_alone
    from alprmap.store import write_bytes

    feature = at_photo(path, said)
    if keep is not None:
        write_bytes(keep / f"{feature.id}.jpg", pixels_alone(path))
    return feature


def _warn(features: list[Feature]) -> None:
    from alprmap.sightings import left_over

    for feature in features:
        properties = feature.properties
        if properties.direction_reference == "magnetic":
            common.note(f"{feature.id}: the photo's direction is from magnetic north")
        if properties.photo_direction is not None and properties.direction == "unknown":
            looked = f"the photographer looked towards {properties.photo_direction:.0f}°"
            common.note(
                f"{feature.id}: {looked}; --photo-shows front or back makes that the camera's"
                " direction"
            )
        if left := left_over(feature):
            common.note(
                f"{feature.id}: it may hold personal data ({left}); take it out before you hand"
                " it in"
            )


def _ask(said: Said) -> tuple[str, Said]:
    """Ask for what was not given; an empty answer is "not known"."""
    from dataclasses import replace

    from alprmap.sightings import EVIDENCE, LICENCES, MOUNTS

    def ask(what: str, default: str = "") -> str | None:
        answer = common.prompt(what, default=default, show_default=bool(default))
        return answer.strip() or None

    at = ask("Place (latitude, longitude, or a map link)")
    if at is None:
        raise UsageError(
            "no place was given",
            fix='pass --at "latitude, longitude", or a photo that holds its place',
        )
    direction = said.direction or ask(
        "Where does it look, degrees from true north (north is 360)", "unknown"
    )
    maker = said.manufacturer or ask("Maker, if you know it")
    mount = said.mount or ask(f"What does it hang on ({', '.join(MOUNTS)})")
    evidence = said.evidence or ask(f"How do you know ({', '.join(EVIDENCE)})", "seen")
    date = said.date or ask("Day or month you saw it (2026-01)")
    note = said.note or ask("Note (no names, no plates, no time of day)")
    choice = "; ".join(f"{k}: {v}" for k, v in LICENCES.items())
    licence = ask(f"License ({choice})", said.licence) or said.licence
    return at, replace(
        said,
        direction=direction,
        manufacturer=maker,
        mount=mount,
        evidence=evidence,
        date=date,
        note=note,
        licence=licence,
    )


@app.command(cls=Command, short_help="Check sightings: format, place, duplicates, personal data.")
def check(
    paths: SightingsArg,
    cameras: CamerasOpt = None,
    others: OthersOpt = None,
    roads: common.RoadsOpt = None,
    anywhere: Annotated[
        bool, typer.Option("--anywhere", help="Do not ask for a place in the country.")
    ] = False,
    annotate: Annotated[
        bool,
        typer.Option("--annotate", help="Print the findings as annotations of a pull request."),
    ] = False,
    as_json: common.Json = False,
) -> None:
    """Check sightings: format, place, duplicates, personal data; exit 0 fine, 1 a problem, 3 a
    question."""
    from alprmap.sightings import SightingSettings, check_files, ci_lines

    given = _read(paths)
    checked = check_files(
        given,
        cameras=cameras or (),
        others=others or (),
        roads=roads,
        settings=SightingSettings(anywhere=anywhere),
    ).checked
    if as_json:
        common.result(checked.as_dict(), as_json=True)
    elif annotate:
        for line in ci_lines(checked):
            common.out(line)
    else:
        _show(checked)
    raise typer.Exit(checked.exit_code)


def _show(checked: Any) -> None:
    frame = checked.frame()
    if len(frame):
        frame["where"] = [
            f"{Path(f).name}:{n}" for f, n in zip(frame["file"], frame["line"], strict=True)
        ]
        for row in frame.itertuples(index=False):
            fix = f"  ({row.fix})" if row.fix else ""
            common.out(
                one_line(f"{row.severity:8}  {row.rule:3}  {row.where}  {row.what}{fix}", limit=400)
            )
    c = checked.counts
    words = (
        ("problem", "with a problem"),
        ("question", "with a question"),
        ("note", "with a note"),
        ("clean", "fine"),
    )
    told = ", ".join(f"{c[k]:,} {said}" for k, said in words if c[k])
    common.out(f"{checked.sightings:,} sighting{'s' if checked.sightings != 1 else ''}: {told}")


@app.command(cls=Command, short_help="Add sightings to a file or folder, identity scrubbed.")
def add(
    paths: SightingsArg,
    to: Annotated[
        Path,
        typer.Option(
            "--to", readable=False, help="A folder (one file per sighting) or one sorted .geojson."
        ),
    ] = Path("sightings"),
    redact: Annotated[
        bool, typer.Option("--redact", help="Take personal data out of notes.")
    ] = False,
    as_json: common.Json = False,
) -> None:
    """Add sightings in their one form: identity scrubbed, sorted, ids from the content."""
    from alprmap.sightings import add_sightings

    done = add_sightings(_read(paths), to, redact=redact)
    if as_json:
        common.result(
            {
                "new": done.new,
                "known": done.known,
                "removed": dict(sorted(done.removed.items())),
                "waiting": done.waiting,
                "to": str(to),
            },
            as_json=True,
        )
    else:
        common.line(f"{len(done.new):,} added to {to}, {len(done.known):,} known already")
        for name, count in sorted(done.removed.items()):
            common.line(f"taken out of {count:,}: {name}")
    for line in done.waiting:
        common.note(f"not added, holds personal data: {line} (take it out, or pass --redact)")
    if done.waiting:
        raise typer.Exit(common.EXIT_REVIEW)


@app.command(cls=Command, short_help="Write the form: one offline page to make a sighting with.")
def form(
    out: Annotated[
        Path, typer.Option("--out", readable=False, help="The page; ends in .html.")
    ] = Path("sighting-form.html"),
    cameras: CamerasOpt = None,
    others: OthersOpt = None,
    roads: common.RoadsOpt = None,
    area: Annotated[
        str | None,
        typer.Option("--area", help='Part of the map: "Dayton, Ohio", w,s,e,n or a GeoJSON.'),
    ] = None,
    title: Annotated[
        str | None, typer.Option("--title", help="Name of the project or town.")
    ] = None,
    language: Annotated[
        str, typer.Option("--language", help="Language it opens in: en or es.")
    ] = "en",
    force: common.Force = False,
) -> None:
    """Write the form: one offline page on which anyone makes a sighting; nothing is stored or
    sent.
    """
    from alprmap.geography import parse_area
    from alprmap.sightings import FormData, devices, form_html
    from alprmap.store import write_text

    if out.suffix.lower() not in (".html", ".htm"):
        raise UsageError(
            "the form's name must end in .html", where=out, fix="--out sighting-form.html"
        )
    common.refuse_overwrite(out, force)
    box = parse_area(area).bounds if area else None
    stands = devices(cameras or (), others or ())
    data = FormData(
        title=title or "",
        cameras=stands.readers,
        others=stands.decoys,
        segments=None if roads is None else common.read_roads(roads, box).segments,
        bbox=box,
        language=language,
    )
    write_text(out, form_html(data))
    common.note(f"wrote {out}: open it in a browser, or hand it on; it needs no network")


@app.command(cls=Command, short_help="Export sightings for JOSM, OpenStreetMap, DeFlock, a phone.")
def export(
    paths: SightingsArg,
    out: Annotated[
        Path,
        typer.Option(
            "--out",
            readable=False,
            help=".osm (JOSM), .osc, .gpx, or .geojson with DeFlock's tags.",
        ),
    ],
    force: common.Force = False,
) -> None:
    """Export sightings for JOSM, OpenStreetMap, DeFlock or a phone, with OpenStreetMap's rules
    beside them."""
    from alprmap.sightings import RULES, WRITERS, all_features, left_over, ready
    from alprmap.store import together, write_text

    writer = WRITERS.get(out.suffix.lstrip("."))
    if writer is None:
        raise UsageError(
            "not a format for sightings", where=out, fix=".osm, .osc, .gpx or .geojson"
        )
    common.refuse_overwrite(out, force)
    features = [ready(file, raw).feature for file, raw in all_features(_read(paths))]
    if held := [f"{f.id} ({left})" for f in features if (left := left_over(f))]:
        raise InputError(
            f"{len(held)} of the sightings hold personal data: {held[0]}",
            fix="`alprmap sighting add --redact` first",
        )
    made = writer(features)
    with together(out):
        write_text(out, made.text)
        write_text(out.with_name(f"{out.stem}.rules.txt"), RULES)
    common.note(f"wrote {out}: {made.kept:,} of {number_of(len(features), 'sighting')}")
    common.note(f"read {out.stem}.rules.txt before anything of it goes into a map")
    if made.left_out:
        common.note(
            f"left out: {made.left_out:,} that nobody saw or photographed (evidence record,"
            " second-hand)"
        )


def _read(paths: list[Path]) -> list[Any]:
    from alprmap.sightings import read_sightings, sighting_paths

    out = []
    for path in sighting_paths(paths):
        with common.stdin_as_file(path) as file:
            out.append(read_sightings(file, name="stdin" if str(path) == "-" else str(path)))
    return out
