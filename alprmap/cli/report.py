"""`alprmap report`: what a result folder says, for reading, printing and quoting."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from alprmap.cli import common
from alprmap.errors import UsageError


def report(
    folder: Annotated[
        Path,
        typer.Argument(
            readable=False, help="Result folder of `alprmap build`, or any with cameras.parquet."
        ),
    ],
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            readable=False,
            help="Folder to write into; FOLDER-report beside FOLDER otherwise.",
        ),
    ] = None,
    lang: Annotated[
        str, typer.Option("--lang", help="Language of the first page and press sheet: en, es.")
    ] = "en",
    place: Annotated[
        str | None,
        typer.Option(
            "--for", help='Two pages on a town or county, for its council: "Laredo, Texas".'
        ),
    ] = None,
    areas: Annotated[
        str | None,
        typer.Option(
            "--areas",
            help="Two pages on each polygon: a GeoJSON, places by name, or counties of Ohio.",
        ),
    ] = None,
    force: common.Force = False,
    as_json: common.Json = False,
) -> None:
    """Write report.html, report.md, press.txt, figures and claims.csv."""
    # beside FOLDER, not into it: a build replaces its folder whole, and refuses one that holds more
    # than it made
    named = folder if folder.name not in ("", "..") else folder.resolve()
    target = out or named.with_name(f"{named.name}-{'packet' if place or areas else 'report'}")
    if place is not None and areas is not None:
        raise UsageError("--for names one place and --areas many", fix="pass one of them")
    if areas is not None:
        _packets(folder, areas, target, force=force, as_json=as_json)
        return
    if place is not None:
        _packet(folder, place, target, force=force, as_json=as_json)
        return
    common.refuse_overwrite(target / "report.md", force)
    from alprmap.publish import report_on

    made = report_on(folder, language=lang)
    written = made.save(target)
    data = made.data
    for path in written:
        common.note(f"wrote {path}")
    lines = {line.label: line.figure for line in data.headlines}
    first = data.first.lines if data.first is not None else ()
    opened = common.counted_in(folder)
    if as_json:
        files = [str(p) for p in written]
        sentences = [{"text": line.text, "claims": line.claims} for line in first]
        told = {"files": files, "headlines": lines, "sentences": sentences}
        common.result(told | common.counted(opened), as_json=True)
        return
    for line in first:
        common.line(f"- {line.text}")
    if not first:
        common.result(lines)
    common.say_counted(opened)


def _packets(folder: Path, areas: str, target: Path, *, force: bool, as_json: bool) -> None:
    """Write a folder of two pages for each polygon in which a camera stands."""
    from alprmap.publish import area_packets

    if not force and target.is_dir() and any(target.iterdir()):
        raise UsageError("exists already", where=target, fix="pass --force, or name another folder")
    written: dict[str, list[str]] = {}
    empty: list[str] = []
    taken: set[str] = set()
    for name, packet in area_packets(folder, areas):
        if packet is None:
            empty.append(name)
            continue
        slug = packet.slug or f"area-{len(written) + 1}"
        # two names may differ in signs alone
        while slug in taken:
            slug += f"-{len(written) + 1}"
        taken.add(slug)
        files = packet.save(target / slug)
        written[name] = [str(p) for p in files]
        common.note(f"wrote {len(files)} files to {target / slug}")
        if not as_json:
            common.line(f"- {name}: {packet.fronts['en'].lines[0].text}")
    if empty:
        shown = ", ".join(empty[:5]) + (f" and {len(empty) - 5} more" if len(empty) > 5 else "")
        common.note(f"no camera stands in {shown}: no pages on them")
    if as_json:
        common.result({"files": written, "without_cameras": empty}, as_json=True)


def _packet(folder: Path, place: str, target: Path, *, force: bool, as_json: bool) -> None:
    """Write the two pages on a place, English and Spanish, HTML and PDF."""
    common.refuse_overwrite(target / "claims.csv", force)
    from alprmap.publish import city_packet

    packet = city_packet(folder, place)
    written = packet.save(target)
    for path in written:
        common.note(f"wrote {path}")
    lines = packet.fronts["en"].lines
    if as_json:
        sentences = [{"text": line.text, "claims": line.claims} for line in lines]
        common.result({"files": [str(p) for p in written], "sentences": sentences}, as_json=True)
        return
    for line in lines:
        common.line(f"- {line.text}")
