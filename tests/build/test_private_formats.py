"""S14 for each format: made-up names, numbers and addresses in every field that holds words, in the
name of the file, of a sheet, a layer and a member; none of them in anything that is published."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import pytest
import test_formats_by_field as formats
from test_private import _told as told_of

PEOPLE = {
    "Agency": "Alderton Police Department, attn Wendell Thackeray-Ollsen",
    "Location": "Main St & Oak St, ask Philippa McGrindlewald at 937-555-0142",
    "Notes": "Sgt. Barnaby Crumplehorn approved; key under mat at 14 Larkspur Ct; pw hunter-two",
    "Description": "home of Patricia O'Frobisher-Gale, octavia.f@example.net, S/N KXR-77120",
    "Site Name": "Philippa McGrindlewald's driveway",
    "Direction": "90 (toward Crumplehorn's barn)",
    "Contact": "Patricia O'Frobisher-Gale",
    "Phone": "9375550142",
}
TAGS = {
    "man_made": "surveillance", "surveillance:type": "ALPR", "direction": "90",
    "operator": "Alderton Police Department, attn Wendell Thackeray-Ollsen",
    "note": PEOPLE["Notes"], "description": PEOPLE["Description"], "name": PEOPLE["Site Name"],
    "contact:phone": "+1 937 555 0142", "addr:full": PEOPLE["Location"],
}  # fmt: skip
TOKENS = (
    "Ollsen", "Gale",     "Thackeray", "Grindlewald", "Crumplehorn", "Frobisher", "octavia.f", "5550142", "555-0142",
    "555 0142", "hunter-two", "Larkspur", "KXR-77120", "under mat",
)  # fmt: skip
PLACE = formats.PLACE


def gpx(path: Path, system: bool) -> None:
    path.write_text(
        '<gpx version="1.1" creator="x" xmlns="http://www.topografix.com/GPX/1/1"><metadata>'
        "<author><name>Patricia O'Frobisher-Gale</name></author></metadata>"
        f'<wpt lat="{PLACE[1]}" lon="{PLACE[0]}"><name>{PEOPLE["Site Name"]}</name>'
        f"<desc>{PEOPLE['Description']}</desc><cmt>{PEOPLE['Notes']}</cmt></wpt></gpx>",
        encoding="utf-8",
    )


def kmz(path: Path, system: bool) -> None:
    plain = path.with_suffix(".kml")
    escaped(formats.kml)(plain, system)
    with zipfile.ZipFile(path, "w") as packed:
        packed.write(plain, "Patricia O'Frobisher-Gale.kml")
    plain.unlink()


def workbook(path: Path, system: bool) -> None:
    formats.table(system).to_excel(path, index=False, sheet_name="Patricia O'Frobisher-Gale")


def layers(path: Path, system: bool) -> None:
    for name in ("Patricia O'Frobisher-Gale", "Kenneth McGrindlewald"):
        formats._geo(system).to_file(path, driver="GPKG", layer=name)


def escaped(writer: Callable[[Path, bool], None]) -> Callable[[Path, bool], None]:
    """Write XML with its texts quoted."""

    def write(path: Path, system: bool) -> None:
        plain = formats.WORDS, formats.TAGS
        formats.WORDS, formats.TAGS = ({k: escape(str(v)) for k, v in t.items()} for t in plain)
        try:
            writer(path, system)
        finally:
            formats.WORDS, formats.TAGS = plain

    return write


def archive(path: Path, system: bool) -> None:
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr(
            "Patricia O'Frobisher-Gale 937-555-0142/list.csv",
            formats.table(system).to_csv(index=False),
        )


def member(path: Path, system: bool) -> None:
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr("Patricia O'Frobisher-Gale.csv", formats.table(system).to_csv(index=False))


MORE: dict[str, tuple[str, Callable[[Path, bool], Any]]] = {
    "GPX": ("a.gpx", gpx),
    "KMZ": ("a.kmz", kmz),
    "sheet": ("a.xlsx", workbook),
    "layers": ("a.gpkg", layers),
    "folder in a zip": ("a.zip", archive),
    "member of a zip": ("a.zip", member),
}
WRITERS = formats.WRITERS | MORE
for _name in ("KML", "OSM XML"):
    WRITERS[_name] = (WRITERS[_name][0], escaped(WRITERS[_name][1]))


@pytest.fixture
def written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Path]:
    """Write a list in a format, under the name of a person."""
    monkeypatch.setattr(formats, "WORDS", PEOPLE | {"Device Type": "ALPR"})
    monkeypatch.setattr(formats, "TAGS", TAGS)

    def write(name: str) -> Path:
        folder = tmp_path / "lists"
        folder.mkdir(exist_ok=True)
        file, writer = WRITERS[name]
        made = folder / file
        writer(made, False)
        for part in folder.glob("a.*"):
            part.rename(folder / f"Patricia O'Frobisher-Gale 937-555-0142{part.suffix}")
        return folder / f"Patricia O'Frobisher-Gale 937-555-0142{made.suffix}"

    return write


def told(folder: Path) -> dict[str, list[str]]:
    """Return the tokens of every file below a folder, its name too."""
    files = [p for p in folder.rglob("*") if p.is_file()]
    assert files
    named = {
        str(p.relative_to(folder)): told_of(p, TOKENS)
        + [t for t in TOKENS if t in str(p.relative_to(folder))]
        for p in files
    }
    # rejected rows are a working file: the patterns went over them, prose without a sign stays
    plain = {"Crumplehorn", "hunter-two", "Larkspur", "under mat"}
    for name in [n for n in named if n.endswith(".rejects.csv")]:
        named[name] = [t for t in named[name] if t not in plain]
    return {name: tokens for name, tokens in named.items() if tokens}


@pytest.mark.parametrize("name", WRITERS)
def test_S14_what_read_and_merge_write_of_a_format_names_nobody(
    name: str,
    written: Callable[[str], Path],
    alprmap_here: Callable[..., tuple[int, str, str]],
    tmp_path: Path,
) -> None:
    path = written(name)
    out = tmp_path / "out"
    out.mkdir()
    for words in (
        ["read", path, "--out", out / "read.csv"],
        ["merge", path, "--out", out / "cameras.parquet"],
        ["merge", path, "--out", out / "cameras.geojson"],
    ):
        code, _, err = alprmap_here(*words)
        assert code in (0, 3), err
    assert told(out) == {}
