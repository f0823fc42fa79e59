"""The door: is this a regular local file, what is it by its content, and how large may it become?

Nothing here parses; a reader gets a `Checked` file (or bytes of one) and hands plain rows back.
"""

from __future__ import annotations

import bz2
import gzip
import io
import os
import re
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from alprmap.errors import WHOLE, InputError, reason
from alprmap.sandbox import MOST_BYTES, regular_file

_HEAD_BYTES = 65_536


@dataclass(frozen=True, slots=True)
class Caps:
    """How large an input may be; each a refusal, never a silent cut."""

    file_bytes: int = MOST_BYTES
    plain_bytes: int = 16 * 1024**3
    ratio: int = 250
    ratio_from_bytes: int = 64 * 1024**2
    members: int = 2_000
    rows: int = 5_000_000
    record_chars: int = 4 * 1024**2
    cell_chars: int = 1_000_000
    columns: int = 4_096
    sheet_cells: int = 40_000_000
    rejects: int = 100_000
    pages: int = 5_000
    pixels: int = 200_000_000


CAPS = Caps()


@dataclass(frozen=True, slots=True)
class Checked:
    """A local file that passed the door: where it is, what it is, and how it is packed."""

    path: Path
    kind: str
    packing: str = ""
    size: int = 0
    caps: Caps = field(default=CAPS)

    @property
    def format(self) -> str:
        """The kind as shown to people: `geojson.gz` where it is packed."""
        return f"{self.kind}.{self.packing}" if self.packing else self.kind

    @property
    def most_plain(self) -> int:
        """Bytes it may unpack to."""
        return min(
            self.caps.plain_bytes, max(self.caps.ratio_from_bytes, self.caps.ratio * self.size)
        )


def check_file(path: str | os.PathLike[str], *, caps: Caps = CAPS) -> Checked:
    """Return `path` as a checked local file with its kind told from its content.

    Raises
    ------
    InputError
        When it is a URL or virtual path, missing, not a regular file, empty, too large, or of no
        known kind.
    """
    local = regular(path, caps=caps)
    size = local.stat().st_size
    with local.open("rb") as file:
        head = file.read(_HEAD_BYTES)
    packing = _packing(head)
    if packing:
        with unpacked(Checked(local, "", packing, size, caps)) as stream:
            head = _read_some(stream, local)
    if not head.strip():
        raise InputError("the file is empty", where=local, fix=WHOLE)
    return Checked(local, kind_of(head, local), packing, size, caps)


def regular(path: str | os.PathLike[str], *, caps: Caps = CAPS) -> Path:
    """Return `path` when it names a regular local file; anything else is refused.

    Raises
    ------
    InputError
        For URLs, GDAL's virtual paths, folders, devices, pipes, missing, unreadable, empty and
        oversized files.
    """
    return regular_file(path, most_bytes=caps.file_bytes)


def _packing(head: bytes) -> str:
    if head.startswith(b"\x1f\x8b"):
        return "gz"
    if head.startswith(b"BZh"):
        return "bz2"
    return ""


@contextmanager
def unpacked(checked: Checked) -> Iterator[IO[bytes]]:
    """Give the plain bytes of a checked file as a stream: gzip (all members) and bzip2 opened, caps
    kept.

    Raises
    ------
    InputError
        While reading: when the packing is cut off or damaged, or grows beyond its caps.
    """
    with checked.path.open("rb") as raw:
        if checked.packing == "gz":
            inner: Any = gzip.GzipFile(fileobj=raw)  # GzipFile goes on to the next member by itself
        elif checked.packing == "bz2":
            inner = bz2.BZ2File(raw)
        else:
            yield raw
            return
        yield io.BufferedReader(_Capped(inner, checked), 1 << 20)


class _Capped(io.RawIOBase):
    """A reading stream that counts, and turns damage into our own error."""

    def __init__(self, inner: IO[bytes], checked: Checked) -> None:
        super().__init__()
        self._inner, self._checked, self._count = inner, checked, 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        checked = self._checked
        try:
            data = self._inner.read(len(buffer))
        except EOFError:
            raise InputError(
                f"the {checked.packing} file is cut off",
                where=checked.path,
                fix="download or copy it again",
            ) from None
        except (OSError, zlib.error, ValueError) as error:
            raise InputError(
                f"the {checked.packing} file is damaged ({reason(error)})",
                where=checked.path,
                fix="download or copy it again",
            ) from None
        self._count += len(data)
        if self._count > checked.most_plain:
            raise InputError(
                f"unpacks to more than {self._count / 1e6:.0f} MB from {checked.size / 1e6:.1f} MB",
                where=checked.path,
                fix="a file of cameras is never so dense; it is refused as a decompression bomb",
            )
        buffer[: len(data)] = data
        return len(data)


def _read_some(stream: IO[bytes], path: Path) -> bytes:
    head = stream.read(_HEAD_BYTES)
    if not head:
        raise InputError(
            "holds nothing but its packing", where=path, fix="check that it was packed completely"
        )
    return head


_MAGIC: tuple[tuple[int, bytes, str], ...] = (
    (0, b"%PDF-", "pdf"),
    (0, b"PAR1", "parquet"),
    (0, b"SQLite format 3\x00", "gpkg"),
    (0, b"fgb\x03", "fgb"),
    (0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "xls"),
    (0, b"PK\x03\x04", "zip"),
    (0, b"PK\x05\x06", "zip"),
    (0, b"\x00\x00\x27\x0a", "shp"),
    (0, b"\xff\xd8\xff", "photo"),
    (0, b"II*\x00", "photo"),
    (0, b"MM\x00*", "photo"),
    (0, b"\x89PNG\r\n\x1a\n", "photo"),
    (4, b"ftyphe", "photo"),
    (4, b"ftypavif", "photo"),
    (4, b"ftypmif1", "photo"),
    (0, b"ARROW1", "feather"),
)
_KNOWN_NOT_READ = {"feather": "an Arrow/Feather file"}


def kind_of(head: bytes, path: Path) -> str:
    """Return what a file is from its first bytes (its name decides only between text formats).

    Raises
    ------
    InputError
        When it is none of the formats alprmap reads.
    """
    for offset, magic, kind in _MAGIC:
        if head[offset : offset + len(magic)] == magic:
            if kind in _KNOWN_NOT_READ:
                raise InputError(
                    f"is {_KNOWN_NOT_READ[kind]}", where=path, fix="save it as Parquet or CSV"
                )
            return kind
    if head[4:14].find(b"OSMHeader") >= 0 or b"\x0a\x09OSMHeader" in head[:32]:
        return "osm.pbf"
    text = _as_text(head)
    if text is None:
        raise InputError(
            "is of no format alprmap reads",
            where=path,
            fix=(
                "pass GeoJSON, CSV, Excel, GeoPackage, KML, GPX, OSM, Parquet, PDF or a zip of"
                " these"
            ),
        )
    return _text_kind(text, path)


def _as_text(head: bytes) -> str | None:
    wide = wide_encoding(head)
    text = head.decode(wide or "utf-8-sig", "replace")
    # binary data has NUL bytes early; a text file has at most a stray one
    return None if text[:4096].count("\0") > 4 else text


def wide_encoding(head: bytes) -> str | None:
    """Return the UTF-16 encoding of a text by its first bytes, None when it is none: by its byte
    order mark, else where every other byte is mostly zero and those between hardly ever are.

    >>> wide_encoding("name,lat".encode("utf-16-le")), wide_encoding(b"name,lat")
    ('utf-16-le', None)
    """
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    first = head[: min(len(head), WIDE_BYTES) // 2 * 2]
    if len(first) < _FEW_BYTES:
        return None
    even, odd = (first[at::2].count(0) / (len(first) / 2) for at in (0, 1))
    if odd > _MOSTLY and even < 1 - _MOSTLY:
        return "utf-16-le"
    return "utf-16-be" if even > _MOSTLY and odd < 1 - _MOSTLY else None


WIDE_BYTES, _FEW_BYTES, _MOSTLY = 4_096, 16, 0.9
"""First bytes that tell UTF-16 without a mark, the fewest that can, and the share of zeros."""
_SCRIPT = re.compile(
    r"""(?:(?:export\s+)?(?:var|let|const)\s+[\w$]{1,80}\s*=|export\s+default\b
    |(?:window|module|self|globalThis)\.[\w$.]{1,80}\s*=|[\w$.]{1,80}\s*=\s*[\[{]
    |(?:/\*[^*]{0,80}\*/\s*)?(?:typeof\s[^;]{1,200}&&\s*)?[\w$.]{1,80}\(\s*[\[{])""",
    re.VERBOSE,
)
"""How JavaScript around JSON begins: a name that is given a value, or a call with one."""
_MARKUP = re.compile(r"<(?:(?P<root>osmchange|osm|kml|gpx|html)(?![\w.-])|!doctype\s+html\b)")
"""The first element that says what a file of markup is; "<osmand:color>" within a GPX does not."""
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_ROOTS = {"osmchange": "osc", "osm": "osm", "kml": "kml", "gpx": "gpx"}


def _text_kind(text: str, path: Path) -> str:
    start = text.lstrip(" \t\r\n\x1e\ufeff")
    lower = start.casefold()
    if start[:1] in "{[":
        return "json"
    if start.startswith("<"):
        # GDAL would open a virtual dataset wherever its tag stands, so that one is looked for first
        if "<ogrvrt" in lower:
            return _refuse_markup("vrt", path)
        found = _MARKUP.search(_COMMENT.sub("", lower))
        kind = _ROOTS.get(found["root"], "html") if found else "xml"
        return _refuse_markup(kind, path)
    if _SCRIPT.match(start):
        raise InputError(
            "is JavaScript around data, not the data alone",
            where=path,
            fix="keep what stands from the first [ or { to its closing bracket, as a .json file",
        )
    if path.name.lower().removesuffix(".gz").removesuffix(".bz2").endswith(".opl"):
        return "opl"
    return "csv"


def _refuse_markup(kind: str, path: Path) -> str:
    reasons = {
        "vrt": "is a GDAL virtual dataset, which points at other files",
        "html": "is a web page, not data (often an error page saved in place of the download)",
        "xml": "is XML, but neither OSM, KML nor GPX",
    }
    if kind in reasons:
        raise InputError(reasons[kind], where=path, fix="pass the data file itself")
    return kind
