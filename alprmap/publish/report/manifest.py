"""The manifest of a result folder, of this version of alprmap or of another."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields
from pathlib import Path
from typing import Any

from alprmap import __version__
from alprmap.errors import AlprmapError, InputError
from alprmap.publish.map.data import Source
from alprmap.sandbox import json_of

REBUILD = "build it again: alprmap build alprmap.toml --out FOLDER"
_RENAMED = {"licence": "license"}
"""Keys of a source as an earlier version wrote them."""
_SHAPES: dict[str, type] = {"project": dict, "stages": dict, "versions": dict, "inputs": list}
_STATED: dict[str, type] = {"file": str, "sha256": str, "bytes": int}


def manifest_of(folder: Path) -> dict[str, Any]:
    """Return the manifest of a result folder, empty where it has none.

    Keys that are not known are left alone and keys that lack are not missed.

    Raises
    ------
    InputError
        When a key that is read holds what no version of alprmap writes there.
    """
    path = folder / "manifest.json"
    if not path.is_file():
        return {}
    found = json_of(path)
    if not isinstance(found, dict):
        raise unlike(folder, "it is no object")
    for key, shape in _SHAPES.items():
        if not isinstance(found.get(key, shape()), shape):
            raise unlike(folder, key, found)
    for i, one in enumerate(found.get("inputs", ()), start=1):
        if not isinstance(one, dict) or not all(
            isinstance(one.get(k), t) for k, t in _STATED.items()
        ):
            raise unlike(folder, f"inputs, entry {i}", found)
    for name, stage in found.get("stages", {}).items():
        if not isinstance(stage, dict) or not isinstance(stage.get("rows", {}), dict):
            raise unlike(folder, f"stages.{name}", found)
    return found


def sources_built(folder: Path, manifest: dict[str, Any]) -> list[Source]:
    """Return the sources that the build of a folder named.

    Raises
    ------
    InputError
        When one has no name, or a field of it is no text.
    """
    rows = manifest.get("stages", {}).get("report", {}).get("rows", {})
    stated = rows.get("sources", [])
    known = {f.name for f in fields(Source)}
    out = []
    for i, one in enumerate(stated if isinstance(stated, list) else [None], start=1):
        values = one if isinstance(one, dict) else {}
        named = {_RENAMED.get(k, k): v for k, v in values.items()}
        held = {k: v for k, v in named.items() if k in known}
        if "name" not in held or not all(isinstance(v, str) for v in held.values()):
            raise unlike(folder, f"stages.report.rows.sources, entry {i}", manifest)
        out.append(Source(**held))
    return out


@contextmanager
def as_built(folder: Path) -> Iterator[None]:
    """Read tables of a result folder: one that no build writes is refused, whatever is wrong.

    Raises
    ------
    InputError
        When a table or the manifest is not as this version writes it.
    """
    try:
        yield
    except AlprmapError:
        raise
    except (ValueError, TypeError, LookupError, AttributeError, OverflowError) as error:
        raise InputError(
            f"a table or the manifest in it is not as alprmap {__version__} writes it"
            f"{made_by(manifest_of(folder))}",
            where=folder,
            fix=REBUILD,
        ) from error


def unlike(folder: Path, what: str, manifest: dict[str, Any] | None = None) -> InputError:
    """Return the error about a manifest that is not as this version writes it: which part of it,
    and who made it."""
    return InputError(
        f"not as alprmap {__version__} writes it: {what}{made_by(manifest)}",
        where=folder / "manifest.json",
        fix=REBUILD,
    )


def made_by(manifest: dict[str, Any] | None) -> str:
    """Return in brackets which version made a result, empty where it is not stated."""
    maker = (manifest or {}).get("made_by")
    return f" (made by {maker[:40]})" if isinstance(maker, str) and maker else ""
