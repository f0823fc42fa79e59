"""Zip archives (and KMZ): members are taken out to a private folder under caps, each then read like
any file.

Directories are read and members unpacked in the child process, which writes no file: this side
does."""

from __future__ import annotations

import lzma
import re
import shutil
import struct
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path, PurePosixPath
from typing import Any

from alprmap.errors import InputError, reason
from alprmap.sandbox import Message, ask, out_of_step
from alprmap.sources.intake import Caps, Checked, unpacked

ROOM = "alprmap.sources.formats.archives"
_KINDS = ("xlsx", "ods", "kmz", "zip")
_OURS = re.compile(r"member\d{4,}(\.[a-z0-9]{1,9})?", re.ASCII)
"""Names of files taken out: never the archive's own."""
_OFFICE = {"xl/workbook.xml": "xlsx", "content.xml": "ods", "xl/workbook.bin": "xlsx"}
_SIDECARS = (
    ".shx",
    ".dbf",
    ".prj",
    ".cpg",
    ".sbn",
    ".sbx",
    ".qpj",
    ".qix",
    ".shp.xml",
    ".html",
    ".css",
    ".pdf.xml",
)
_PICTURES = (".png", ".gif", ".svg")
_CHUNK = 1 << 20


def kind(checked: Checked) -> str:
    """Return what a zip is: ``xlsx``, ``ods``, ``kmz`` or ``zip``.

    Raises
    ------
    InputError
        When the archive is damaged.
    """
    told = [message.get("kind") for message, _ in _ask(checked, "kind")]
    if told and told[0] in _KINDS:
        return str(told[0])
    raise out_of_step(checked.path)


def _kind(checked: Checked) -> str:
    with opened(checked) as archive:
        names = set(archive.namelist())
        for member, office in _OFFICE.items():
            if member in names and (office != "ods" or "mimetype" in names):
                return office
        if "word/document.xml" in names:
            raise InputError(
                "is a Word document", where=checked.path, fix="save it as PDF, or its table as CSV"
            )
        return "kmz" if any(n.lower().endswith(".kml") for n in names) else "zip"


@contextmanager
def opened(checked: Checked) -> Iterator[zipfile.ZipFile]:
    """Give the archive open for reading; damage becomes our own error.

    Raises
    ------
    InputError
        When the archive or a member is damaged, encrypted, or packed in a way Python does not know.
    """
    try:
        with zipfile.ZipFile(checked.path) as archive:
            yield archive
    except (
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        NotImplementedError,
        RuntimeError,
        ValueError,
        OSError,
        LookupError,  # a member without a name
        struct.error,
        lzma.LZMAError,
    ) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(
            f"the archive cannot be unpacked ({reason(error)})",
            where=checked.path,
            fix="download or copy it again",
        ) from None


@contextmanager
def members(checked: Checked) -> Iterator[list[tuple[str, Path]]]:
    """Give (name, file) of each member worth reading, taken out to a private folder that goes away
    afterwards.

    Names are ours (numbers), so that no member can choose where it lands; parts of a Shapefile stay
    together.

    Raises
    ------
    InputError
        When there are too many members, a member is an archive again, or they unpack to more than
        the caps.
    """
    folder = Path(tempfile.mkdtemp(prefix="alprmap-"))
    try:
        found: list[tuple[str, Path]] = []
        for file, message in _taken_out(checked, "members", folder):
            if isinstance(name := message.get("name"), str):
                found.append((name, file))
        yield found
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def unpack(checked: Checked, plain: Path) -> None:
    """Write the plain file of a packed one (gzip, bzip2) to `plain`, in a private folder.

    Raises
    ------
    InputError
        When the packing is cut off or damaged, or grows beyond its caps.
    """
    made = {file for file, _ in _taken_out(checked, "unpack", plain.parent)}
    if len(made) != 1:
        raise out_of_step(checked.path)
    made.pop().rename(plain)


def _taken_out(checked: Checked, what: str, folder: Path) -> Iterator[tuple[Path, dict[str, Any]]]:
    """Write what the child unpacks to files in `folder`; yield each file and what was said with a
    part of it."""
    left, made = checked.most_plain, set()
    for message, blob in _ask(checked, what):
        name = message.get("file")
        made.add(name if isinstance(name, str) and _OURS.fullmatch(name) else None)
        left -= len(blob)
        if None in made or left < 0 or len(made) > checked.caps.members:
            raise out_of_step(checked.path)
        with (folder / str(name)).open("ab") as out:
            out.write(blob)
        yield folder / str(name), message


def _ask(checked: Checked, what: str) -> Iterator[Message]:
    job = {
        "what": what,
        "path": str(checked.path.resolve()),
        "kind": checked.kind,
        "packing": checked.packing,
        "size": checked.size,
        "caps": asdict(checked.caps),
    }
    return ask(ROOM, job, where=checked.path, size=checked.size)


def load(job: dict[str, Any]) -> None:
    """Nothing more to import."""


def answer(job: dict[str, Any]) -> Iterator[Message]:
    """Say what a zip is, or what is in its members or in the one packed file (in the child
    process)."""
    checked = Checked(
        Path(job["path"]), job["kind"], job["packing"], job["size"], Caps(**job["caps"])
    )
    if job["what"] == "kind":
        yield {"kind": _kind(checked)}, b""
    elif job["what"] == "members":
        with opened(checked) as archive:
            yield from _extract(archive, checked)
    else:
        with unpacked(checked) as stream:
            while chunk := stream.read(_CHUNK):
                yield {"file": "member0000"}, chunk


def _extract(archive: zipfile.ZipFile, checked: Checked) -> Iterator[Message]:
    infos = [i for i in archive.infolist() if not i.is_dir() and not _is_litter(i.filename)]
    if len(infos) > checked.caps.members:
        raise InputError(f"holds {len(infos)} files", where=checked.path, fix="pack only the data")
    stems: dict[str, str] = {}
    files: set[str] = set()
    left = checked.most_plain
    for info in infos:
        path = PurePosixPath(info.filename.replace("\\", "/"))
        stem = stems.setdefault(str(path.with_suffix("")).casefold(), f"member{len(stems):04d}")
        file = f"{stem}{_safe_suffix(path.suffix)}"
        if file in files:
            raise InputError(
                f"holds {path.name} twice",
                where=checked.path,
                fix="unpack it and pass the right one",
            )
        files.add(file)
        beside = str(path).lower().endswith((*_SIDECARS, *_PICTURES))
        yield {"file": file} if beside else {"file": file, "name": str(path)}, b""
        with archive.open(info) as source:
            while chunk := source.read(_CHUNK):
                left -= len(chunk)
                if left < 0:
                    raise InputError(
                        f"unpacks to far more than its {checked.size / 1e6:.1f} MB",
                        where=checked.path,
                        fix=(
                            "a file of cameras is never so dense; it is refused as a decompression"
                            " bomb"
                        ),
                    )
                yield {"file": file}, chunk


def _is_litter(name: str) -> bool:
    base = PurePosixPath(name).name
    return name.startswith("__MACOSX/") or base.startswith(("._", ".DS_Store", "Thumbs.db"))


def _safe_suffix(suffix: str) -> str:
    plain = suffix.lower()
    return plain if plain[1:].isalnum() and plain.isascii() and len(plain) <= 10 else ""
