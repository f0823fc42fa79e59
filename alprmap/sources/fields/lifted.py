"""S1, S3: what a cell says of several fields is lifted into its row: the tags of an object in one
cell, "Label: value" lines of a description, values that an answer wraps in their type.

A cell is read so whatever the format it came in: a table, a layer, a JSON record, a placemark.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from alprmap.sources.fields import vocabulary
from alprmap.sources.formats.rows import Row, outer

_DEEPEST = 4
"""Objects within objects that are gone into."""
_MOST = 20_000
"""Characters of a cell that are looked through."""
_HSTORE = re.compile(r'"((?:[^"\\]|\\.){1,200})"\s*=>\s*(?:"((?:[^"\\]|\\.)*)"|NULL)')
_TAG = re.compile(r"<[^<>]{0,2000}>")
_CELLS = re.compile(
    r"<t[dh][^>]*>(.*?)</t[dh]>\s*<t[dh][^>]*>(.*?)</t[dh]>", re.IGNORECASE | re.DOTALL
)
_ENDS = re.compile(r"<\s*(?:br|/p|/li|/div|/tr|/h\d|/dd|hr)\b[^<>]{0,200}>|[\r\n]+", re.IGNORECASE)
_LABELED = re.compile(r"\s*(?P<label>[^\W\d_][^:=]{0,38}?)\s*[:=]\s*(?P<value>\S.*?)\s*", re.DOTALL)


@lru_cache(maxsize=20_000)
def cells_of(names: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    """Return (name, "tags" or "described") of the columns that may hold several fields in a cell,
    by the list of that name in data/aliases/words.csv."""
    out = []
    for name in names:
        if name[:1] != "$":
            plain = vocabulary.header(name)
            out += [(name, w) for w in ("tags", "described") if plain in vocabulary.words(w)]
    return tuple(out)


def lift(row: Row) -> Row:
    """Return a row with what one of its cells says of several fields as fields of its own; the
    row itself where no cell does.

    >>> lift({"other_tags": '"surveillance:type"=>"ALPR","direction"=>"45"'})
    {'surveillance:type': 'ALPR', 'direction': '45'}
    >>> lift({"description": "Status: Removed<br>near the school"})
    {'description': 'near the school', 'Status': 'Removed'}
    >>> lift({"description": "Note: the pole leans"})
    {'description': 'Note: the pole leans'}
    """
    for name, sort in cells_of(tuple(row)):
        cell = row[name]
        if cell.__class__ is not str or len(cell) < 3:
            continue
        if sort == "tags":
            if tags := _tags(cell):
                row = {k: v for k, v in row.items() if k != name} | tags
        elif "<" in cell or ":" in cell or "=" in cell:
            found = described(cell)
            rest = found.pop(name, found.pop("description", None))
            row = row | {k: v for k, v in found.items() if row.get(k) in (None, "")} | {name: rest}
    return row


def _tags(cell: str) -> Row:
    text = cell[:_MOST].strip()
    if text[:1] == "{":
        try:
            read = json.loads(text)
        except (ValueError, RecursionError):
            return {}
        pairs = list(read.items()) if isinstance(read, dict) else []
    else:
        pairs = [(_unescaped(k), _unescaped(v)) for k, v in _HSTORE.findall(text)]
        if _HSTORE.sub("", text).strip(" ,\n"):
            return {}
    return {outer(k): v for k, v in pairs if isinstance(v, (str, int, float))}


def _unescaped(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text)


def described(text: str) -> Row:
    """Return the fields that a description tells: the rows of an HTML table (ArcGIS, Google), or
    its lines "Label: value" whose label is a heading alprmap knows; the rest as `description`.

    >>> described("<table><tr><td>Status</td><td>Removed</td></tr></table>")
    {'Status': 'Removed'}
    >>> described("<b>Heading:</b> 270<br>Pole: 7<br>by the gate")
    {'Heading': '270', 'description': 'Pole: 7 by the gate'}
    """
    text = text[: _MOST * 10]
    pairs = [(bare(k), bare(v)) for k, v in _CELLS.findall(text)]
    fields: Row = {outer(k): v for k, v in pairs if k and len(k) < 60}
    if fields:
        return fields
    rest = []
    for line in _ENDS.split(text):
        plain = bare(line)
        found = _LABELED.fullmatch(plain)
        if found and _is_field(found["label"]) and found["label"] not in fields:
            fields[found["label"]] = found["value"]
        elif plain:
            rest.append(plain)
    if rest or not fields:
        fields["description"] = " ".join(rest)
    return fields


def _is_field(label: str) -> bool:
    """Tell whether a label is a heading; "Note: …" and "Location: …" are prose as often."""
    wanted = vocabulary.fields().get(vocabulary.header(label), ("", 0))[0]
    return wanted not in ("", "ignore", "note", "description", "name", "id", "ref", "type")


def bare(text: str) -> str:
    """Return a text without markup, on one line."""
    return " ".join(html.unescape(_TAG.sub(" ", text)).split())


def without_types(value: Any, depth: int = 0) -> Any:
    """Return a record whose values an answer has wrapped in their types (Firestore, DynamoDB,
    MongoDB) with the plain values.

    >>> without_types({"lat": {"doubleValue": 43.6}, "at": {"$date": "2024-05-01"}, "n": {"x": 1}})
    {'lat': 43.6, 'at': '2024-05-01', 'n': {'x': 1}}
    >>> without_types({"c": [{"$numberDouble": "-82.5"}], "at": {"$date": {"$numberLong": "1"}}})
    {'c': ['-82.5'], 'at': '1'}
    """
    if isinstance(value, list) and depth < _DEEPEST:
        return [without_types(v, depth + 1) if v.__class__ in (dict, list) else v for v in value]
    if not isinstance(value, Mapping) or depth > _DEEPEST:
        return value
    if len(value) == 1:
        (name, inner), *_ = value.items()
        if name in vocabulary.words("type of a value"):
            inner = without_types(inner, depth + 1)
            if not isinstance(inner, (dict, list)):
                return inner
    return {k: without_types(v, depth + 1) for k, v in value.items()}


def is_wrapper(steps: Sequence[str]) -> bool:
    """Tell whether objects only hold the fields of their record ("attributes", "properties"), by
    the list of data/aliases/words.csv, so that a status in them is the record's."""
    known = vocabulary.words("wrapper")
    return all(step in known for step in steps)
