"""S2, S3: columns that only together say one thing: degrees, minutes and seconds in columns of
their own, a mark under each direction of traffic, and the system that headings of x and y name.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from alprmap import direction
from alprmap.sources.fields import headings, vocabulary
from alprmap.sources.fields.numbers import parse_count
from alprmap.sources.formats.rows import Row
from alprmap.text import as_text

_HUMP = re.compile(r"([a-z])([A-Z])")
_WORDS = re.compile(r"[a-z0-9]+")
_SHORT = re.compile(r"(lat|lon|long|lng)(d|deg|m|min|s|sec|ns|ew|dir)")
_MARKS = ("°", "'", '"', "")
_UNITS = {
    word: at
    for at, words in enumerate(
        (
            "d deg degs degree degrees grados",
            "m min mins minute minutes minutos",
            "s sec secs second seconds segundos",
            "dir direction ns ew hem hemi hemisphere",
        )
    )
    for word in words.split()
}
"""Words of a heading → degrees, minutes, seconds, hemisphere."""
_ZONE = re.compile(
    r"(?<=\butm)[ _-]?(?:zone)?[ _-]?(?P<zone>\d{1,2}) ?(?P<band>[ns]?)(?=[^a-z0-9]|$)"
)
_CODE = re.compile(r"[ (\[]*\bepsg[: ]{0,2}(?P<code>\d{4,6})\b[)\]]*")
MOST_OF_ONE = 9
"""The largest number under a direction that counts the cameras of one place."""

Angle = tuple[str, tuple[str | None, ...]]


@dataclass(frozen=True, slots=True)
class Composed:
    """What columns of a table say together.

    `angles`: lat and lon, each with the columns of its degrees, minutes, seconds and hemisphere;
    `towards`: columns that are called by a direction, and that direction.
    """

    angles: tuple[Angle, ...] = ()
    towards: tuple[tuple[str, str], ...] = ()

    def names(self) -> frozenset[str]:
        """Return the columns of the angles, which mean nothing by themselves."""
        return frozenset(n for _, parts in self.angles for n in parts if n is not None)


def of_angles(names: Sequence[str]) -> frozenset[str]:
    """Return the columns among `names` that are angles in parts."""
    return Composed(_angles(names)).names()


def columns(names: Sequence[str], rest: Sequence[str]) -> Composed | None:
    """Return what columns say together, None where none do.

    Parameters
    ----------
    names
        All columns of the table.
    rest
        Those that mean nothing by themselves.

    >>> columns(["Lat Deg", "Lat Min", "Lon Deg", "Lon Min"], []).angles
    (('lat', ('Lat Deg', 'Lat Min', None, None)), ('lon', ('Lon Deg', 'Lon Min', None, None)))
    >>> columns(["NB", "Southbound", "Lat Deg"], ["NB", "Southbound"]).towards
    (('NB', 'NB'), ('Southbound', 'Southbound'))
    >>> columns(["Lat Deg", "Lon Deg"], []) is None
    True
    """
    towards = tuple((n, n.strip()) for n in rest if _is_direction(n))
    found = Composed(_angles(names), towards if len(towards) > 1 else ())
    return found if found.angles or found.towards else None


def _angles(names: Sequence[str]) -> tuple[Angle, ...]:
    parts: dict[str, list[str | None]] = {}
    for name in names:
        words = _WORDS.findall(vocabulary.header(_HUMP.sub(r"\1 \2", name)))
        if words and (short := _SHORT.fullmatch(words[-1])):
            words[-1:] = short.groups()
        unit = _UNITS.get(words[-1]) if len(words) > 1 else None
        axes = {vocabulary.word("axis", w) for w in words[:-1]} & {"lat", "lon"}
        if unit is None or len(axes) != 1:
            continue
        cells = parts.setdefault(str(axes.pop()), [None] * 4)
        if cells[unit] is not None:
            return ()  # two columns of one kind: which is meant is not told
        cells[unit] = name
    if parts.keys() != {"lat", "lon"} or not all(p[0] and p[1] for p in parts.values()):
        return ()
    return tuple((axis, tuple(parts[axis])) for axis in ("lat", "lon"))


def _is_direction(name: str) -> bool:
    views = direction.parse(name).views if not any(map(str.isdigit, name)) else ()
    known = (direction.CARDINAL, direction.TRAVEL)
    return len(name) <= 12 and len(views) == 1 and views[0].quality in known


def fill(together: Composed, row: Row, out: dict[str, Any]) -> set[str]:
    """Put what the columns of a row say together into its fields; return the columns used."""
    used: set[str] = set()
    for axis, parts in together.angles:
        texts = [as_text(row[n]).strip() if n and row[n] is not None else "" for n in parts]
        if texts[0]:
            out[axis] = " ".join(t + m for t, m in zip(texts, _MARKS, strict=True) if t)
    marked = [(n, way) for n, way in together.towards if headings.marks(row[n]) or _few(row[n])]
    if not marked or "direction" in out or "travel" in out:
        return used
    numbers = [_few(row[n]) for n, _ in marked]
    ways = [way for (_, way), n in zip(marked, numbers, strict=True) for _ in range(n or 1)]
    out["direction"] = "; ".join(ways)
    if all(numbers) and "quantity" not in out:
        out["quantity"] = len(ways)
    return {n for n, _ in marked}


def _few(value: Any) -> int:
    """Return the number of cameras that a cell under a direction counts, 0 where it counts none."""
    number = parse_count(value) if value not in (None, "") else None
    return int(number) if number is not None and 1 <= number <= MOST_OF_ONE else 0


def system_of(names: Sequence[str]) -> str | None:
    """Return the coordinate system that the headings of x and y name, None where they name none or
    different ones.

    >>> system_of(["Easting (UTM 17N)", "Northing (UTM 17N)"]), system_of(["X EPSG:2239", "Y"])
    ('EPSG:26917', 'EPSG:2239')
    """
    found: set[str] = set()
    for name in map(vocabulary.header, names):
        if code := _CODE.search(name):
            found.add(f"EPSG:{code['code']}")
        elif (zone := _ZONE.search(name)) and 1 <= (number := int(zone["zone"])) <= 60:
            south = zone["band"] == "s"
            # NAD83 is defined for zones 1 to 23, and within 2 m of WGS 84
            base = 32700 if south else 26900 if number <= 23 else 32600
            found.add(f"EPSG:{base + number}")
    return found.pop() if len(found) == 1 else None


def without_system(plain: str) -> str:
    """Return a heading without the system it names ("utm17n e" is "utm e").

    >>> without_system("utm17n e"), without_system("x (epsg:2239)"), without_system("utm zone")
    ('utm e', 'x', 'utm zone')
    """
    return _ZONE.sub("", _CODE.sub("", plain)).strip()
