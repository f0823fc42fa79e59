"""A packed sharing list is unpacked in the fenced process: gzip and bzip2 are parsers too."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from alprmap.errors import InputError
from alprmap.sandbox import TEXT_BYTES, Message, ask, out_of_step
from alprmap.sources import check_file, unpacked

ROOM = "alprmap.access.unpacking"
_CHUNK = 4 * 1024**2


def load(job: dict[str, Any]) -> None:
    """Have nothing to make ready: what is needed is imported with this module."""


def answer(job: dict[str, Any]) -> Iterator[Message]:
    """Say the plain bytes of a packed file, some megabytes at a time."""
    checked = check_file(Path(job["path"]))
    size = 0
    with unpacked(checked) as stream:
        while data := stream.read(_CHUNK):
            size += len(data)
            if size > TEXT_BYTES:
                raise InputError(f"unpacks to more than {TEXT_BYTES // 1024**2} MB", fix="split it")
            yield {"bytes": len(data)}, data


def unpacked_text(path: Path) -> str:
    """Return the text of a gzip or bzip2 file, unpacked behind the wall under caps.

    Raises
    ------
    InputError
        When it is damaged, unpacks to more than a list holds, or is no text.
    """
    checked = check_file(path)
    job = {"path": str(checked.path.resolve())}
    parts = []
    for message, blob in ask(ROOM, job, where=path, size=checked.size):
        if message.get("bytes") != len(blob):
            raise out_of_step(path)
        parts.append(blob)
    raw = b"".join(parts)
    for encoding in ("utf-8-sig", "cp1252"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise InputError("is not UTF-8 text", where=path, fix="save it as UTF-8")
