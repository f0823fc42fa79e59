"""Who runs a camera, who made it, what it is and since when: the fields of a row that the tables
settle."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from alprmap import agencies
from alprmap.sources.fields import bodies, dates, places, vocabulary
from alprmap.sources.settings import Settings
from alprmap.text import as_text, clean


def who(picked: dict[str, Any], out: dict[str, Any], done: list[str], settings: Settings) -> None:
    """Fill operator, its kind and vendor; a maker named as operator is the maker (S5)."""
    vendor_raw = next((t for v in picked.get("vendor", ()) if (t := _known(v, done))), None)
    operator_raw = text_of(picked.get("operator"), done)
    operator = None if operator_raw is None or vocabulary.is_missing(operator_raw) else operator_raw
    vendor = None if vendor_raw is None else bodies.maker_of(vendor_raw)
    kind = "unknown"
    if operator is not None:
        maker = vocabulary.vendor(operator)
        if maker is not None and maker.never_operator:
            done.append(f"the maker stood as operator: {operator}")
            vendor, operator, kind = vendor or maker.name, None, "vendor only"
        else:
            operator, kind = agencies.tidy(operator), agencies.kind_of(operator)
            if operator != operator_raw:
                done.append("operator name written in full")
    elif settings.operator:
        operator, kind = settings.operator, agencies.kind_of(settings.operator)
    if vendor is None and (known := picked.get("vendor_wikidata")):
        maker = vocabulary.vendor(as_text(known))
        vendor = maker.name if maker else None
    out.update(
        operator_raw=operator_raw,
        operator=operator,
        operator_kind=kind,
        vendor_raw=vendor_raw,
        vendor=vendor,
    )


def what(
    picked: dict[str, Any],
    out: dict[str, Any],
    settings: Settings,
    device_hint: str | None,
    *,
    mapped: bool,
) -> None:
    """Fill device, setting and status; what is `mapped` without a lifecycle prefix is taken as
    standing (S7)."""
    named = text_of(picked.get("device"), [])
    device = vocabulary.device(named) if named else None
    if device is None and isinstance(kind := picked.get("type"), str):
        # a column "type" may tell anything; the bare word "camera" tells nothing
        device = vocabulary.device(kind.casefold().replace("camera", " "))
    if device in (None, "unknown"):
        device = _device_in(picked) or device
    out["device"] = settings.device or device or device_hint or "unknown"
    out["setting"] = places.setting(picked, out.get("place_raw"))
    status = "unknown"
    if "lifecycle" in picked:
        status = vocabulary.word("lifecycle", picked["lifecycle"]) or "unknown"
    elif picked.get("status") is not None:
        written = clean(as_text(picked["status"]))[0]
        status = vocabulary.status(written) or "unknown"
        if status == "removed" and (day := dates.find(written)) and "end_date" not in picked:
            picked["end_date"] = day
    elif mapped:
        status = "standing"
    if status == "unknown":
        status = _answered(picked) or status
    out["status"] = settings.status if status == "unknown" and settings.status else status


def _answered(picked: dict[str, Any]) -> str | None:
    """Return the status that a column which asks whether a device stands ("In service?"), or was
    installed, answers, or a folder it lies in is called by."""
    if picked.get("standing") is not None:
        text = clean(as_text(picked["standing"]))[0]
        answer = vocabulary.word("yes no", text)
        return {"yes": "standing", "no": "removed"}.get(answer or "") or vocabulary.status(text)
    for value in picked.get("first_seen", ()):
        text = clean(as_text(value))[0]
        answer = vocabulary.word("yes no", text)
        if found := {"yes": "standing", "no": "planned"}.get(answer or ""):
            return found
        if dates.parse_date(text) is None and (stated := vocabulary.status(text)):
            return stated
    text = clean(as_text(picked.get("layer", "")))[0]
    folders = [vocabulary.status(name.strip()) for name in reversed(text.split("/"))]
    for stated in (vocabulary.status_in(text), *folders):
        if stated in ("removed", "planned"):
            return stated
    return None


def _device_in(picked: dict[str, Any]) -> str | None:
    """Return the other device that a name or a description says it is; a plate reader is only what
    a column of devices calls one."""
    for name in ("name", "description"):
        text = picked.get(name)
        found = vocabulary.device_in(text) if isinstance(text, str) and len(text) <= 60 else None
        if found:
            return found
    return None


def when(
    picked: dict[str, Any],
    out: dict[str, Any],
    done: list[str],
    settings: Settings,
    orders: Mapping[str, str] = MappingProxyType({}),
) -> None:
    """Fill first_seen and last_seen from dates the source vouches for; an edit's time is none
    (S6). `orders` says of each field what its numbers mean (`dates.order_of`).
    """
    for name in ("first_seen", "last_seen"):
        values = picked.get(name)
        if values is None:
            out[name] = None
            continue
        values = values if isinstance(values, list) else [values]
        order = orders.get(name, dates.MONTH_FIRST)
        read = [d for v in values if (d := _date(v, order, done))]
        out[name] = min(read) if read else None
    standing = picked.get("standing")
    if (
        out["first_seen"] is None
        and standing is not None
        and (day := dates.parse_date(as_text(standing)))
    ):
        out["first_seen"] = day  # a column "live" that says since when
    end = picked.get("end_date")
    if end is not None:
        text = as_text(end)
        order = orders.get("end_date", dates.MONTH_FIRST)
        removed = dates.parse_date(end, order) or dates.find(text)
        stated = vocabulary.status(text) == "removed" or vocabulary.word("yes no", text) == "yes"
        if removed or stated:
            out["status"] = "removed"
            out["last_seen"] = out["last_seen"] or removed
    if end is None and picked.get("man_made") is None and out["status"] in ("unknown", "standing"):
        _noted(picked, out, done)
    out["last_seen"] = out["last_seen"] or settings.date


def text_of(value: Any, done: list[str]) -> str | None:
    """Return a value (the first of a list) as clean text, None when it holds none; notes what
    cleaning did."""
    if value is None:
        return None
    if isinstance(value, list):
        value = next((v for v in value if v not in (None, "")), "")
    text, change = clean(as_text(value))
    if change:
        done.append(change)
    return text or None


def _known(value: Any, done: list[str]) -> str | None:
    text = text_of(value, done)
    return None if text is None or vocabulary.is_missing(text) else text


def _date(value: Any, order: str, done: list[str]) -> str | None:
    if isinstance(value, str):
        value = clean(value)[0]
        if vocabulary.is_missing(value):
            return None
    read = dates.parse_date(value, order) if isinstance(value, (str, int, float)) else None
    says = isinstance(value, str) and (vocabulary.word("yes no", value) or vocabulary.status(value))
    if read is None and not says:
        known = order == dates.UNSURE and dates.parse_date(value)
        why = f" ({order}?)" if known else ""
        done.append(f"date not readable: {as_text(value)[:40]}{why}")
    return read


_NOTED = frozenset(["note", "description", "ref"])
_SAYING = frozenset(["note", "place", "name", "description"])
_SHORT = 60
"""Characters of a description that says one thing; a longer one may speak of another pole."""


def note(picked: dict[str, Any], out: dict[str, Any], done: list[str]) -> str | None:
    """Return other text worth keeping: notes, reference numbers, what the place text said beside
    the place."""
    if not (out.get("place_note") or picked.keys() & _NOTED):
        return None
    parts = [text_of(v, done) for v in picked.get("note", ())]
    described = text_of(picked.get("description"), done)
    if described and described != out.get("place_raw"):
        parts.append(described)
    parts += [text_of(picked.get("ref"), done), out.get("place_note")]
    kept = list(dict.fromkeys(p for p in parts if p))
    return "; ".join(kept) or None


def _noted(picked: dict[str, Any], out: dict[str, Any], done: list[str]) -> None:
    """Take the status that a note, or a word beside a place, states."""
    if not picked.keys() & _SAYING:
        return
    described = as_text(picked.get("description") or "")
    said = (*picked.get("note", ()), *picked.get("place", ()), picked.get("name", ""))
    for value in (*said, described if len(described) <= _SHORT else ""):
        text = as_text(value)
        stated = vocabulary.status_in(text)
        if stated in ("removed", "planned"):
            out["status"] = stated
            if stated == "removed":
                out["last_seen"] = out["last_seen"] or dates.find(text)
            done.append(f"status taken from its note: {stated}")
            return
