"""Which value of a row is its latitude, operator or maker: names → fields, once per shape of
row.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from alprmap.errors import UsageError
from alprmap.sources.fields import (
    axes,
    composed,
    coordinates,
    dates,
    geometry_text,
    lifted,
    numbers,
    quantity,
    short_names,
    vocabulary,
)
from alprmap.sources.formats.rows import Row
from alprmap.text import as_text

DROPPED = ("drop_serial", "drop_person")
"""Fields thrown away at the door: device serials and personal names do not enter a report."""
SEVERAL = ("travel", "vendor", "place", "agency_names", "first_seen", "note")
"""Fields of which more than one column may be used; the others take the best-ranked value that is
there. """
MOST_UNUSED = 200
"""Unused columns that are named; a hostile file may give each row its own names."""
FIELDS = frozenset(f for f, _ in vocabulary.fields().values()) | {"ignore"}


@dataclass(slots=True)
class Plan:
    """Field → the names that hold it, best first; and the names that no field wants or that are
    dropped."""

    sources: tuple[tuple[str, tuple[str, ...]], ...]
    dropped: tuple[str, ...]
    rest: tuple[str, ...]
    lifecycle: tuple[tuple[str, str], ...] = ()
    dated: tuple[tuple[str, str], ...] = ()
    """Names that are dates, and the dates, ISO."""
    mapped: bool = False
    """True for an object of OpenStreetMap, whose tags are not columns somebody filled for us."""
    together: composed.Composed | None = None
    system: str | None = None
    """The coordinate system that the headings of x and y name."""


@dataclass(slots=True)
class Picker:
    """Picks the fields of rows, remembering the plan of each row shape.

    `columns` is the user's own mapping of names to fields; it wins over the table.
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    plans: dict[tuple[str, ...], Plan] = field(default_factory=dict)
    dropped: Counter[str] = field(default_factory=Counter)
    unused: dict[str, None] = field(default_factory=dict)
    """Columns that hold something and that no field wants, each once, in the order they came."""
    taken: set[str] = field(default_factory=set)
    """Columns that no field wants and that held a position or a date all the same."""

    def __post_init__(self) -> None:
        for name, wanted in self.columns.items():
            if wanted not in FIELDS:
                raise UsageError(
                    f"{wanted} is no field (column {name})",
                    fix=f"one of {', '.join(sorted(FIELDS))}",
                )

    def plan(self, names: Sequence[str]) -> Plan:
        """Return the plan for rows with these names."""
        key = tuple(names)
        found = self.plans.get(key)
        if found is None:
            if len(self.plans) > 20_000:
                self.plans.clear()  # a hostile file may give each row its own names
            found = self.plans[key] = _plan(key, self.columns)
        return found

    def pick(self, row: Row) -> dict[str, Any]:
        """Return field → value (a list for the fields of `SEVERAL`), only those that hold
        something."""
        plan = self.plan(tuple(row))
        out: dict[str, Any] = {}
        for name, keys in plan.sources:
            if len(keys) == 1:  # as most fields have it
                if (value := row[keys[0]]) is not None and value != "":
                    out[name] = [value] if name in SEVERAL else value
                continue
            values = [v for k in keys if (v := row[k]) is not None and v != ""]
            if len(values) > 1:
                # a word for nothing in the better column hides no value in the next (S5)
                values = [v for v in values if not _says_nothing(v)] or values
                if name in ("lat", "lon"):
                    self._elsewhere(row, keys, values[0])
                elif name == "place" and len(values) > 1 and not plan.mapped:
                    self._beside(row, keys, values)
            if values:
                out[name] = values if name in SEVERAL else values[0]
        if plan.system is not None:
            out.setdefault("crs", plan.system)
        if plan.together is not None:
            self._use(composed.fill(plan.together, row, out))
        if len(self.unused) < MOST_UNUSED:
            for name in plan.rest:
                if (
                    name not in self.unused
                    and name not in self.taken
                    and row[name] not in (None, "")
                ):
                    self.unused[name] = None
        for name in plan.dropped:
            if row[name] not in (None, ""):
                self.dropped[name] += 1
        for prefix, name in plan.lifecycle:
            if row[name] not in (None, ""):
                out["lifecycle"] = prefix
        _by_value(out)
        return out

    def _elsewhere(self, row: Row, keys: tuple[str, ...], used: Any) -> None:
        """Name as not used the columns of another position that a row has beside its own."""
        own = numbers.parse_decimal(used)
        for key in keys if own is not None else ():
            other = numbers.parse_decimal(row[key])
            if other and abs(other) <= 180 and abs(other - (own or 0.0)) > _ANOTHER_DEG:
                self.unused[key] = None

    def _use(self, names: set[str]) -> None:
        """Take columns as used that no field wants."""
        self.taken |= names
        for name in names:
            self.unused.pop(name, None)

    def _beside(self, row: Row, keys: tuple[str, ...], values: list[Any]) -> None:
        """Name as not used the other columns of places that say something else than the one that
        is used: words that neither it nor a position holds."""
        used = next((t for v in values if not _is_position(t := as_text(v).strip())), None)
        for key in keys if used else ():
            if key in self.unused or key in self.taken or len(self.unused) >= MOST_UNUSED:
                continue
            text = as_text(row[key] or "").strip()
            if text and text != used and not _says_nothing(text) and not _is_position(text):
                self.unused[key] = None


def _is_position(text: str) -> bool:
    return coordinates.parse_point(text) is not None or geometry_text.read(text) is not None


def _by_value(out: dict[str, Any]) -> None:
    """Settle by their values the columns whose names mean two things ("Estado" is a state and a
    status, "Dirección" an address and a direction): no value is both (S7).
    """
    counted = out.get("quantity", out.get("declared_cameras"))
    if isinstance(counted, str) and (ways := quantity.by_way(counted)):
        out["quantity"] = sum(number for number, _ in ways)
        if "direction" not in out and "travel" not in out:
            out["direction"] = "; ".join(way for number, way in ways for _ in range(number))
    cell = out.get("point") if not {"x", "y"} & out.keys() else None
    if isinstance(cell, str) and (pair := numbers.grid_pair(cell)):
        out["x"], out["y"] = pair
        del out["point"]
    status, state = out.get("status"), out.get("state")
    if isinstance(status, str) and "state" not in out and vocabulary.is_state(status):
        out["state"] = out.pop("status")
    elif isinstance(state, str) and "status" not in out and _is_status(state):
        out["status"] = out.pop("state")
    if "direction" not in out and len(places := out.get("place", ())) > 0:
        looks = [p for p in places if isinstance(p, str) and vocabulary.is_point(p)]
        if looks:
            out["direction"] = looks[0]
            out["place"] = [p for p in places if p not in looks]
            if not out["place"]:
                del out["place"]


def _is_status(text: str) -> bool:
    return not vocabulary.is_state(text) and vocabulary.status(text) not in (None, "unknown")


def _says_nothing(value: Any) -> bool:
    return isinstance(value, str) and vocabulary.is_missing(value)


def _plan(names: tuple[str, ...], columns: Mapping[str, str]) -> Plan:
    own = {vocabulary.header(k): v for k, v in columns.items()}
    parts = composed.of_angles([n for n in names if vocabulary.header(n) not in own])
    ranked: dict[str, list[tuple[int, int, str]]] = {}
    dropped, rest, lifecycle = [], [], []
    for position, name in enumerate(names):
        if name.startswith("$") or name in parts:
            continue
        plain = vocabulary.header(name)
        wanted, rank = (own[plain], 0) if plain in own else _known(plain)
        if wanted in DROPPED:
            dropped.append(name)
        elif wanted and wanted != "ignore":
            ranked.setdefault(wanted, []).append((rank, position, name))
        elif not vocabulary.word("lifecycle", plain):  # disused=yes: `tags_of_osm` reads it
            rest.append(name)
        prefix, _, tail = plain.partition(":")
        if tail in ("man made", "surveillance:type", "surveillance") and vocabulary.word(
            "lifecycle", prefix
        ):
            lifecycle.append((prefix, name))
            if name in rest:
                rest.remove(name)
    if not parts and not {"lat", "lon", "x", "y"} & ranked.keys():
        for wanted, name in axes.pair(rest):
            ranked[wanted] = [(_PAIRED, 0, name)]
            rest.remove(name)
    mapped = bool({"osm_id", "man_made"} & ranked.keys())
    sources = tuple((f, tuple(n for *_, n in sorted(found))) for f, found in ranked.items())
    together = composed.columns(list(parts), () if mapped else rest) if parts or rest else None
    grid = [n for f in ("x", "y") for *_, n in ranked.get(f, ())]
    return Plan(
        sources,
        tuple(dropped),
        tuple(rest),
        tuple(lifecycle),
        _dated(rest),
        mapped,
        together,
        composed.system_of(grid),
    )


_PAIRED = 15
"""Rank of two columns that are latitude and longitude because their names differ in that alone."""


def _dated(names: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """Return the names that are dates; one alone says nothing of the others, so two are wanted."""
    order = dates.order_of(names)
    read = [(n, day) for n in names if (day := dates.parse_date(n.strip(), order))]
    return tuple(read) if len(read) > 1 else ()


def field_of(name: str) -> tuple[str, int]:
    """Return (field, rank) of a heading; no field where it means nothing to alprmap."""
    return _known(vocabulary.header(name))


def _known(plain: str) -> tuple[str, int]:
    """Return the field of a heading, with or without its blanks, else by how it ends."""
    if "›" in plain:
        return _inner(plain)
    exact = vocabulary.fields().get(plain)
    if exact is None and len(plain) > 4:
        exact = vocabulary.squeezed().get(plain.replace(" ", ""))
    return exact or _guess(plain)


_ANOTHER_DEG = 0.001
"""Some 350 ft: a second latitude that differs by more is that of another place."""
_OF_THE_ROW = frozenset(
    ["id", "osm_id", "osm_type", "type", "agency_id", "name", "ref", "status", "device", "standing"]
)
"""Fields that a value within an object does not fill, unless the object is but a wrapper: it is the
id or name of something else."""


def _inner(plain: str) -> tuple[str, int]:
    """Return the field of a value within an object of a JSON record: by both names together
    ("camera › direction"), else by its own."""
    steps = [s.strip() for s in plain.split("›")]
    for mark in (":", " "):
        whole = vocabulary.fields().get(mark.join(steps[-2:]))
        if whole is not None:
            return whole[0], whole[1] + 10
    wanted, rank = _known(steps[-1])
    elsewhere = wanted in _OF_THE_ROW and not lifted.is_wrapper(steps[:-1])
    return ("", 99) if elsewhere else (wanted, rank + 20)


_ENDINGS = (
    ("latitude", "lat", 6),
    ("longitude", "lon", 6),
    (" direction", "direction", 8),
    (" serial number", "drop_serial", 2),
    (" serial", "drop_serial", 2),
    (" email", "drop_person", 2),
    (" phone", "drop_person", 2),
    (" date installed", "first_seen", 5),
    (" install date", "first_seen", 5),
    (" intersection", "place", 4),
    (" address", "place", 5),
    (" location", "place", 6),
)


_HEADS = r"(?:cameras|cams|lprs|alprs|anprs|units|devices|readers|heads|installs)"
_COUNTED = re.compile(
    r"(?:(?:#|no|nbr|num|number|count|total|qty|quantity|sum)(?: #)?(?: of)?|of)(?: [a-z/]+){0,3}"
    rf" {_HEADS}|(?:[a-z/]+ ){{0,2}}(?:{_HEADS}|camera|cam|lpr|alpr|unit|device|reader|head)"
    r" (?:count|qty|quantity|total|totals)|(?:qty|quantity)(?: installed| deployed| #)?"
)
"""Headings of a number of cameras; "camera number" and "unit #" are names of one."""


_OF_A_CAMERA = re.compile(
    r"(?:cam|camera|lpr|alpr|anpr|reader|device|unit|flock(?: safety)?)s? (?P<what>.+)"
)
_TOLD_OF_ONE = frozenset(
    [
        "status",
        "direction",
        "travel",
        "first_seen",
        "last_seen",
        "end_date",
        "vendor",
        "device",
        "operator",
        "place",
    ]
)
"""Fields that "Cam Status" or "LPR owner" holds as "Status" and "owner" do."""
_SQUARE = re.compile(r"\[([^\[\]]*)\]$")
"""A unit in square brackets behind a heading, which means what one in round ones does."""


def _guess(plain: str) -> tuple[str, int]:
    """Return the field of a longer heading by how it ends ("Camera Site Latitude"), ("", 99) when
    none."""
    plain = _SQUARE.sub(r"(\1)", plain)
    if (bare := composed.without_system(plain)) != plain and bare in vocabulary.fields():
        return vocabulary.fields()[bare]
    base = plain.split(" (")[0] if plain.endswith(")") and not plain.startswith("(") else plain
    if base != plain and (axis := vocabulary.word("axis", plain[len(base) + 2 : -1])):
        return axis, 6  # "Camera Location (Lat)"
    table = vocabulary.fields()
    if base != plain and base in table:
        return table[base][0], table[base][1] + 10
    if "/" in plain or "?" in plain or " or " in plain:
        # "Manufacturer / Vendor", "In service?"
        parts = [p.strip() for p in plain.rstrip("?").replace(" or ", "/").split("/")]
        meant = {table.get(p, ("", 0))[0] for p in parts}
        if len(meant) == 1 and "" not in meant:
            return next(iter(meant)), max(table[p][1] for p in parts)
    if _COUNTED.fullmatch(plain):
        return "quantity", 9
    for tail, wanted, rank in _ENDINGS:
        if plain.endswith(tail):
            return wanted, rank
    if found := _OF_A_CAMERA.fullmatch(plain):
        for name, add in ((f"camera {found['what']}", 0), (found["what"], 5)):
            wanted, rank = table.get(name, ("", 99))
            if wanted in _TOLD_OF_ONE:
                return wanted, rank + add
    whole = short_names.full(plain)
    return table.get(whole or "", ("", 99))
