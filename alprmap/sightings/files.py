"""Sighting files as they come in: strict JSON, each Feature with its number and the line it begins
on.

Strict means what RFC 8259 and RFC 7946 ask: UTF-8, no NaN, no name twice in one object. The line is
for annotations in a pull request.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from alprmap.errors import InputError, reason
from alprmap.sandbox import refuse_values
from alprmap.sources import regular

MAX_BYTES = 64 * 1024 * 1024
"""Largest sighting file: 10,000 sightings take 5 MB, so this is a hundred thousand."""
MAX_SIGHTINGS = 100_000
MAX_VALUES = 2_000_000
"""Twenty for each of them."""
MAX_ODD = 1_000
"""A file of which so many items are no Feature at all is given up: each of them would be a finding.
"""
_WS = " \t\r\n"
_SPACE = re.compile(f"[{_WS}]*")


@dataclass(frozen=True, slots=True)
class Raw:
    """One Feature as the file has it: nothing checked but that it is JSON."""

    value: Any
    number: int
    line: int


@dataclass(frozen=True, slots=True)
class SightingFile:
    """A file: its Features, and what else stands at its top (`type`, `format`, members we do not
    know)."""

    name: str
    features: tuple[Raw, ...]
    members: dict[str, Any] = field(default_factory=dict)


def read_sightings(path: Path, *, name: str | None = None) -> SightingFile:
    """Read a sighting file.

    Parameters
    ----------
    path
        A regular local file of at most `MAX_BYTES`.
    name
        What to call it in messages, when it is a copy of standard input.

    Raises
    ------
    InputError
        When it is no such file, not UTF-8, not JSON, or neither a FeatureCollection nor a Feature.
    """
    shown = name or str(path)
    local = regular(path)
    if local.stat().st_size > MAX_BYTES:
        raise InputError(
            "is larger than 64 MB, too large for sightings", where=shown, fix="split it"
        )
    try:
        text = local.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(
            f"is not UTF-8 (byte {error.start})",
            where=shown,
            fix="save it as UTF-8, as RFC 7946 asks",
        ) from None
    refuse_values(text, shown, MAX_VALUES)
    try:
        members, features = _document(text)
    except RecursionError:
        raise InputError(
            "is nested too deeply to be a sighting",
            where=shown,
            fix="write it with `alprmap sighting new` or the form",
        ) from None
    except InputError as error:
        raise InputError(error.what, where=shown, fix=error.fix) from None
    except ValueError as error:
        raise InputError(
            f"is not JSON: {reason(error)}", where=shown, fix="check it with a JSON editor"
        ) from None
    return _sorted_out(shown, members, features)


def sighting_paths(given: list[Path]) -> list[Path]:
    """Return the sighting files that `given` names: files as they are, folders by their
    ``*.geojson``, sorted.

    Raises
    ------
    InputError
        When a folder holds none.
    """
    out: list[Path] = []
    for path in given:
        if not path.is_dir():
            out.append(path)
            continue
        found = sorted(p for p in path.rglob("*.geojson") if p.is_file())
        if not found:
            raise InputError(
                "is a folder without .geojson files",
                where=path,
                fix="name the folder that holds the sightings",
            )
        out += found
    return out


def _sorted_out(shown: str, members: dict[str, Any], features: list[Raw] | None) -> SightingFile:
    kind = members.get("type")
    if kind == "Feature":
        return SightingFile(shown, (Raw(members, 1, 1),), {"type": "Feature"})
    if kind != "FeatureCollection" or features is None:
        raise InputError(
            "is neither a FeatureCollection nor a Feature",
            where=shown,
            fix="start with `alprmap sighting new`",
        )
    if not features:
        raise InputError(
            "holds no sighting",
            where=shown,
            fix="a sighting is a GeoJSON Feature or FeatureCollection",
        )
    return SightingFile(shown, tuple(features), members)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    out = dict(pairs)
    if len(out) != len(pairs):
        twice = next(name for name, times in Counter(k for k, _ in pairs).items() if times > 1)
        raise ValueError(f"the name {twice[:100]!r} stands twice in one object")
    return out


def _number(text: str) -> Any:
    raise ValueError(f"{text} is no number in JSON")


def _finite(text: str) -> float:
    value = float(text)
    if value in (float("inf"), float("-inf")):
        raise ValueError(f"{text[:20]} is beyond all bounds")
    return value


_DECODER = json.JSONDecoder(object_pairs_hook=_once, parse_constant=_number, parse_float=_finite)


def _document(text: str) -> tuple[dict[str, Any], list[Raw] | None]:
    """Return the members of the object in `text`; the items of its `features` apart, with their
    lines."""
    at = _skip(text, 0)
    if text[at : at + 1] != "{":
        raise ValueError("it does not begin with {")
    pairs: list[tuple[str, Any]] = []
    features: list[Raw] | None = None
    at = _skip(text, at + 1)
    while text[at : at + 1] != "}":
        key, at = _DECODER.raw_decode(text, at)
        at = _expect(text, at, ":")
        if key == "features" and text[at : at + 1] == "[":
            features, at = _items(text, at)
            pairs.append((key, None))
        else:
            value, at = _DECODER.raw_decode(text, at)
            pairs.append((key, value))
        at = _next(text, at, "}")
    if text[at + 1 :].strip(_WS):
        raise ValueError("something stands behind the end")
    members = _once(pairs)
    if features is not None:
        members.pop("features")
    return members, features


def _items(text: str, at: int) -> tuple[list[Raw], int]:
    out: list[Raw] = []
    line, counted, odd = text.count("\n", 0, at) + 1, at, 0
    at = _skip(text, at + 1)
    while text[at : at + 1] != "]":
        line, counted = line + text.count("\n", counted, at), at
        value, at = _DECODER.raw_decode(text, at)
        out.append(Raw(value, len(out) + 1, line))
        odd += not (isinstance(value, dict) and value.get("type") == "Feature")
        if odd > MAX_ODD or len(out) > MAX_SIGHTINGS:
            what = (
                f"{MAX_ODD:,} items that are no Feature"
                if odd > MAX_ODD
                else f"{MAX_SIGHTINGS:,} sightings"
            )
            raise InputError(f"holds more than {what}", fix="split it, or look at what it is")
        at = _next(text, at, "]")
    return out, at + 1


def _skip(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found else at


def _expect(text: str, at: int, wanted: str) -> int:
    at = _skip(text, at)
    if text[at : at + 1] != wanted:
        raise ValueError(f"line {text.count(chr(10), 0, at) + 1}: {wanted} expected")
    return _skip(text, at + 1)


def _next(text: str, at: int, end: str) -> int:
    """Step over a comma to the next item, or stay on the `end` of the list."""
    at = _skip(text, at)
    if text[at : at + 1] == end:
        return at
    at = _expect(text, at, ",")
    if text[at : at + 1] == end:
        raise ValueError(f"line {text.count(chr(10), 0, at) + 1}: a comma too many")
    return at


def all_features(read_files: list[SightingFile]) -> Iterator[tuple[SightingFile, Raw]]:
    """Yield every Feature of several files with its file."""
    for file in read_files:
        for raw in file.features:
            yield file, raw
