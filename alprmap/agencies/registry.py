"""One list of agencies out of many spellings: names that say the same body become one row with a
stable id.

Two spellings are one agency when place, role and numbers agree (`alprmap.agencies.parse`) and the
state does; a name that says no state joins the only agency of its name, and stays on its own where
several states have one. No near spellings are joined here: a wrong join would invent a share.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field

import pandas as pd

from alprmap import agencies, schema

_Key = tuple[tuple[str, ...], str, tuple[str, ...]]
_Node = tuple[_Key, str | None]
_CODE = re.compile(r"\b(?:CO|SD|DE|LA|OR|ME|HI|OK|PA|MA|IN|ID)\b")
_FEDERAL = re.compile(r"\[\s*federal\s*\]", re.IGNORECASE)


@dataclass(slots=True)
class _Facts:
    spellings: Counter[str] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)
    declared: list[tuple[str, float, str]] = field(default_factory=list)
    points: list[tuple[int, str, float, float, str]] = field(default_factory=list)
    records: set[str] = field(default_factory=set)
    oris: Counter[str] = field(default_factory=Counter)
    parents: Counter[str] = field(default_factory=Counter)


class AgencyList:
    """Collects spellings and facts, then settles them once; see the module for the rule."""

    def __init__(self) -> None:
        self._parent: dict[_Node, _Node] = {}
        self._facts: dict[_Node, _Facts] = {}
        self._loose: Counter[str] = Counter()
        self._ids: dict[_Node, str] = {}
        self._node_of: dict[str, _Node] = {}
        self._by_ori: dict[str, _Node] = {}
        self.ambiguous = 0
        """Names without a state that several states have an agency of."""

    def add(
        self,
        names: list[str],
        *,
        state: str | None = None,
        kind: str | None = None,
        declared: float | None = None,
        declared_on: str | None = None,
        point: tuple[float, float] | None = None,
        place_kind: str | None = None,
        record: str | None = None,
        ori: str | None = None,
        parent: str | None = None,
    ) -> None:
        """Add one row of a file: an agency under one or more spellings, with what the file says of
        it. Rows with one ORI (the FBI's number of an agency) are one agency whatever they call
        it; `parent` names the body it works under (a county's task force)."""
        spelled = [n.strip() for n in names if n and n.strip()]
        if not spelled:
            return
        state = state or next((s for n in spelled if (s := agencies.parse(n).state)), None)
        nodes = [(_key(n), agencies.parse(n).state or state) for n in spelled]
        first = nodes[0]
        for name, node in zip(spelled, nodes, strict=True):
            self._join(first, node)
            self._node_of.setdefault(name, node)
        facts = self._facts.setdefault(first, _Facts())
        facts.spellings.update(spelled)
        if kind:
            facts.kinds[kind] += 2
        if declared is not None:
            facts.declared.append((declared_on or "", declared, record or ""))
        if point is not None:
            exact = 0 if place_kind in ("place", "county", "place_variant") else 1
            facts.points.append((exact, record or "", *point, place_kind or ""))
        if record:
            facts.records.add(record)
        if ori and (code := plain_ori(ori)):
            facts.oris[code] += 1
            self._join(first, self._by_ori.setdefault(code, first))
        if parent and parent.strip():
            facts.parents[parent.strip()] += 1
            self.mention(parent.strip())

    def mention(self, name: str) -> None:
        """Add a name met in a share."""
        self._loose[name] += 1

    def close(self) -> None:
        """Settle every name met in a share and give every agency its id."""
        homes: dict[_Key, set[str | None]] = {}
        names = sorted(n for n in self._loose if n not in self._node_of)
        for key, state in [*self._parent, *((_key(n), agencies.parse(n).state) for n in names)]:
            homes.setdefault(key, set()).add(state)
        for name in names:
            key, state = _key(name), agencies.parse(name).state
            placed = sorted(s for s in homes[key] if s is not None)
            # "Jefferson County CO SO": a code that was not settled as a state forbids a guess
            if state is None and len(placed) == 1 and not _CODE.search(name):
                state = placed[0]
            elif state is None and len(placed) > 1:
                self.ambiguous += 1
            node = (key, state)
            self._join(node, node)
            self._node_of[name] = node
            self._facts.setdefault(node, _Facts()).spellings[name] += 1
        self._number()

    def id_of(self, name: str) -> str:
        """Return the id of the agency a name met before stands for."""
        return self._ids[self._root(self._node_of[name])]

    def frame(self) -> pd.DataFrame:
        """Return table `agencies`, sorted by id, with `spellings`, `lon`, `lat`, `place_kind`,
        `declared_on`."""
        rows = []
        for root, members in self._groups().items():
            facts = _merged([self._facts[m] for m in members if m in self._facts])
            name, kind = _display(facts)
            day, declared, record = max(facts.declared, default=("", float("nan"), ""))
            at = min(facts.points, default=(0, "", float("nan"), float("nan"), ""))
            states = sorted({m[1] for m in members if m[1] is not None})
            rows.append(
                {
                    "agency_id": self._ids[root],
                    "name": name,
                    "state": states[0] if states else None,
                    "kind": kind,
                    "declared_cameras": declared,
                    "source_record": record or min(facts.records, default=None),
                    "declared_on": day or None,
                    "lon": at[2],
                    "lat": at[3],
                    "place_kind": at[4] or None,
                    "ori": next(iter(facts.oris)) if len(facts.oris) == 1 else None,
                    "parent_id": self._parent_id(root, _most(facts.parents)),
                    "spellings": "\n".join(sorted(facts.spellings)),
                }
            )
        columns = [
            *schema.AGENCIES.names,
            "declared_on",
            "lon",
            "lat",
            "place_kind",
            "ori",
            "parent_id",
            "spellings",
        ]
        frame = pd.DataFrame(rows, columns=columns).sort_values("agency_id", ignore_index=True)
        text = dict.fromkeys(("declared_on", "place_kind", "ori", "parent_id", "spellings"), "str")
        return schema.conform(frame.astype(text | {"lon": "float64", "lat": "float64"}), "agencies")

    def _parent_id(self, root: _Node, parent: str | None) -> str | None:
        """Return the id of the agency that stands above one, None where none does."""
        above = None if parent is None else self.id_of(parent)
        return None if above == self._ids[root] else above

    def _number(self) -> None:
        taken: Counter[str] = Counter()
        labeled = []
        for root, members in self._groups().items():
            facts = _merged([self._facts[m] for m in members if m in self._facts])
            states = sorted({m[1] for m in members if m[1] is not None})
            slug = "-".join(agencies.plain(_display(facts)[0]).split()) or "agency"
            labeled.append((f"{slug}-{states[0].lower()}" if states else slug, str(root), root))
        for slug, _, root in sorted(labeled, key=lambda row: row[:2]):
            taken[slug] += 1
            self._ids[root] = slug if taken[slug] == 1 else f"{slug}-{taken[slug]}"

    def _groups(self) -> dict[_Node, list[_Node]]:
        groups: dict[_Node, list[_Node]] = {}
        for node in self._parent:
            groups.setdefault(self._root(node), []).append(node)
        return groups

    def _root(self, node: _Node) -> _Node:
        while self._parent[node] != node:
            self._parent[node] = self._parent[self._parent[node]]
            node = self._parent[node]
        return node

    def _join(self, a: _Node, b: _Node) -> None:
        for node in (a, b):
            self._parent.setdefault(node, node)
        roots = sorted((self._root(a), self._root(b)), key=str)
        # the same root whatever the order of the files
        self._parent[roots[1]] = roots[0]


def plain_ori(text: str) -> str | None:
    """Return an ORI (two letters of the state, seven letters or digits) in its plain form.

    >>> plain_ori("al0200000 "), plain_ori("CA-019-4200"), plain_ori("none")
    ('AL0200000', 'CA0194200', None)
    """
    code = re.sub(r"[\s-]", "", text).upper()
    return code if re.fullmatch(r"[A-Z]{2}[A-Z0-9]{7}", code) else None


def _most(counts: Counter[str]) -> str | None:
    return min(counts, key=lambda v: (-counts[v], v)) if counts else None


def _key(name: str) -> _Key:
    key = agencies.parse(name).key
    return key if key[0] else ((agencies.plain(name),), key[1], key[2])


def _merged(parts: list[_Facts]) -> _Facts:
    total = _Facts()
    for part in parts:
        total.spellings += part.spellings
        total.kinds += part.kinds
        total.declared += part.declared
        total.points += part.points
        total.records |= part.records
        total.oris += part.oris
        total.parents += part.parents
    return total


def _display(facts: _Facts) -> tuple[str, str]:
    """Return (full name without its state, kind) from the spellings, the commonest first, then by
    alphabet."""
    full: Counter[str] = Counter()
    kinds = Counter(facts.kinds)
    for spelling, times in facts.spellings.items():
        full[re.sub(r" \([A-Z]{2}\)$", "", agencies.normalize_name(spelling))] += times
        if _FEDERAL.search(spelling):
            kinds["federal"] += 1000
        elif (kind := agencies.parse(spelling).kind) != "unknown":
            kinds[kind] += 1
    name = min(full.items(), key=lambda item: (-item[1], item[0]))[0]
    kind = min(kinds.items(), key=lambda item: (-item[1], item[0]))[0] if kinds else "unknown"
    return name, kind
