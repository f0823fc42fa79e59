"""S5, S7, S14: what the words of many rows say alike is settled once: a list repeats its makers,
operators, devices and statuses, and only their places differ."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from alprmap.personal import without_personal
from alprmap.sources.fields import bodies, vocabulary, who
from alprmap.sources.settings import Settings
from alprmap.text import as_text, clean

_PLAIN = frozenset([str, type(None)])
_MOST_KEPT = 20_000
"""Combinations that are remembered; a hostile list may have as many as rows."""
_WHAT = (
    "device",
    "type",
    "name",
    "description",
    "ref",
    "setting",
    "zone_tag",
    "lifecycle",
    "status",
    "standing",
    "layer",
)
"""Fields that tell what a device is, where it stands and whether (`who.what`)."""


class Once:
    """Settles the fields of rows by `who`, each combination of texts once."""

    def __init__(self, settings: Settings, device: str | None) -> None:
        self.settings, self.device = settings, device
        self._whose: dict[tuple[Any, ...], tuple[dict[str, Any], tuple[str, ...]]] = {}
        self._whats: dict[tuple[Any, ...], tuple[str, ...]] = {}
        self._bared: dict[tuple[Any, ...], tuple[dict[str, str], tuple[str, ...]]] = {}

    def who(self, picked: dict[str, Any], out: dict[str, Any], done: list[str]) -> None:
        """Fill operator, its kind and maker."""
        key = (picked.get("operator"), *picked.get("vendor", ()), picked.get("vendor_wikidata"))
        if not _PLAIN.issuperset(map(type, key)):
            who.who(picked, out, done, self.settings)
            return
        hit = self._whose.get(key)
        if hit is None:
            told: dict[str, Any] = {}
            said: list[str] = []
            who.who(picked, told, said, self.settings)
            hit = told, tuple(said)
            if len(self._whose) < _MOST_KEPT:
                self._whose[key] = hit
        out.update(hit[0])
        done.extend(hit[1])

    def what(self, picked: dict[str, Any], out: dict[str, Any], *, mapped: bool) -> None:
        """Fill device, setting and status; a status that says when is read row by row, for it fills
        in a date as well."""
        key = (mapped, out.get("place_raw"), *map(picked.get, _WHAT))
        dated = "first_seen" in picked and (picked.get("status") is None or "lifecycle" in picked)
        dated = dated and not mapped
        if dated or not _PLAIN.issuperset(map(type, key[1:])):
            who.what(picked, out, self.settings, self.device, mapped=mapped)
            return
        hit = self._whats.get(key)
        if hit is None:
            before = picked.get("end_date")
            who.what(picked, out, self.settings, self.device, mapped=mapped)
            alike = "first_seen" not in picked or mapped or _says_status(picked["status"])
            if alike and picked.get("end_date") == before and len(self._whats) < _MOST_KEPT:
                self._whats[key] = (out["device"], out["setting"], out["status"])
            return
        out["device"], out["setting"], out["status"] = hit

    def without_personal_data(self, out: dict[str, Any], done: list[str]) -> None:
        """Replace what looks like a person's data in the words of a report, and count it (S14)."""
        key = tuple(map(out.get, _TEXTS))
        hit = self._bared.get(key)
        if hit is None:
            hit = _without_personal_data(out)
            if len(self._bared) < _MOST_KEPT:
                self._bared[key] = hit
        out.update(hit[0])
        done.extend(hit[1])


_TEXTS = (
    "note",
    "place_raw",
    "road",
    "road_at",
    "town",
    "operator_raw",
    "operator",
    "vendor_raw",
    "vendor",
    "direction_raw",
)
"""What a report keeps of the words of its source."""
_BESIDE = ("place_raw", "operator_raw", "operator", "vendor_raw", "vendor", "direction_raw")
"""In which a person may be named beside the body or place that they tell."""


_GATES = {"operator": bodies.body_in, "vendor": bodies.maker_in}
"""Columns in which only what is known, or called as its kind is, stays."""


def _says_status(written: Any) -> bool:
    """Tell whether a status column says it, so that no other column is asked."""
    return vocabulary.status(clean(as_text(written))[0]) not in (None, "unknown")


def _without_personal_data(out: dict[str, Any]) -> tuple[dict[str, str], tuple[str, ...]]:
    """Return the words of a report that are others without personal data, and what was found."""
    changed: dict[str, str] = {}
    kinds: dict[str, None] = {}
    for name in _TEXTS:
        text = out.get(name)
        if not text:
            continue
        prose = name == "note" or (name == "place_raw" and not out.get("road"))
        of = "text" if prose else "beside" if name in _BESIDE else "body"
        bare, found = _bare(text, of, name.removesuffix("_raw"))
        if found:
            changed[name] = bare
            kinds.update(dict.fromkeys(found))
    # the same words may stand in two columns: they are counted once in each report
    return changed, tuple(f"personal data replaced: {kind}" for kind in kinds)


@lru_cache(maxsize=16_384)
def _bare(text: str, of: str, column: str) -> tuple[str, tuple[str, ...]]:
    """Return a text without personal data and what was replaced; lists say the same again and
    again."""
    bare, found = without_personal(text, of=of)
    gate = _GATES.get(column)
    if gate is not None and (shown := gate(bare)) != bare:
        return shown, (*found, "name")
    return bare, found
