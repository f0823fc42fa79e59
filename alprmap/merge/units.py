"""Reports become units: one row per record of a source, its snapshots together (M1), ready for
arithmetic."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from alprmap import direction, geo
from alprmap.merge.grids import Rounded, rounded
from alprmap.merge.settings import LEAST_ERROR_M, Settings

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Texts = NDArray[np.object_]

OSM = "osm"
OSM_RECORD = r"^(?:node|way|relation)/[0-9]+$"
"""Records of this form are OpenStreetMap's, whichever file they come in: one numbering (M1)."""
DATE_IN_NAME = r"(?<![0-9])((?:19|20)[0-9]{2}-[01][0-9](?:-[0-3][0-9])?)(?![0-9])"
WIDE_DEG = 270.0
"""A view this wide sees every way, so its heading says nothing."""
MOST_HEADS = 16
MOST_ON_A_SPOT = 24
"""Records of one source in one square (four decimals, some 11 m) beyond which it is a place without
a position, such as the center of a town that a list gives for all its cameras, to the bit or with a
little noise. No square of 61,768 cameras of January 2026 has more than eight; a gantry over twelve
lanes, read from the front and the rear, would have 24. So a unit has a limited number of neighbors,
and their pairs grow with the reports."""
SPOT_DECIMALS = 4
SHARED = "shared point"


@dataclass(frozen=True)
class Heads:
    """The views of every report, read once per distinct text.

    `text` is the row of each report in the other arrays (-1 never occurs: a missing text has its
    own row); `deg`, `width` (texts, heads) are padded with NaN, `quality` with ""; `whole` is the
    quality of the text, `matching` holds only headings that can be compared, `travel` the direction
    of traffic a text names, `zero` whether its one heading is the doubtful exact 0.
    """

    text: Ints
    deg: Floats
    width: Floats
    quality: Texts
    whole: Texts
    matching: Floats
    travel: Floats
    zero: Bools


@dataclass(frozen=True)
class Units:
    """One row per identity (id space + record), in an order made of content, so that no id decides
    anything.

    `lead` is the report that stands for the unit: the newest located one; `gone` says that the
    newest that knows calls it removed. `mask` has one bit per source."""

    lead: Ints
    lon: Floats
    lat: Floats
    error: Floats
    heads: Floats
    travel: Floats
    zero: Bools
    operator: Ints
    vendor: Ints
    device: Ints
    road: Ints
    carriageway: Floats
    gone: Bools
    mask: NDArray[np.uint64]

    def __len__(self) -> int:
        return len(self.lead)


@dataclass(frozen=True)
class Prepared:
    """Everything the rounds need: the reports in content order, their identity and unit, and the
    units.

    `unit` is -1 for reports that cannot be placed; `why` says why not. `newest` orders the reports
    by date. `rounded` says which coordinates stand on a grid, whose error is in `error`."""

    reports: pd.DataFrame
    heads: Heads
    error: Floats
    space: Ints
    spaces: Sequence[str]
    identity: Ints
    source: Ints
    sources: Sequence[str]
    unit: Ints
    why: Texts
    newest: Ints
    operators: Sequence[str]
    vendors: Sequence[str]
    roads: Sequence[str]
    devices: Sequence[str]
    units: Units
    rounded: Rounded


def codes(values: pd.Series) -> tuple[Ints, list[str]]:
    """Return integer codes of a text column (missing is -1) and the texts, sorted."""
    number, texts = pd.factorize(values, sort=True)
    return number.astype(np.int64), [str(t) for t in texts]


def read_heads(texts: pd.Series) -> Heads:
    """Parse every distinct direction text once and spread the result over the reports."""
    number, words = codes(texts)
    read = [direction.parse(w) for w in words] + [direction.parse(None)]
    row = np.where(number < 0, len(words), number)
    wide = max([1, *(min(len(r.views), MOST_HEADS) for r in read)])
    deg, width = np.full((len(read), wide), np.nan), np.full((len(read), wide), np.nan)
    quality = np.full((len(read), wide), "", dtype=object)
    for i, each in enumerate(read):
        seen: set[float] = set()
        for view in each.views:
            if view.heading_deg in seen or len(seen) == wide:
                continue
            j = len(seen)
            seen.add(view.heading_deg)
            deg[i, j] = view.heading_deg
            width[i, j] = np.nan if view.width_deg is None else view.width_deg
            quality[i, j] = view.quality
    named = quality == direction.TRAVEL
    matching = np.where(named | (np.nan_to_num(width) >= WIDE_DEG), np.nan, deg)
    # two directions of traffic in one text name the road, not a direction
    one = named.sum(axis=1) == 1
    travel = np.where(one, np.where(named, deg, 0.0).sum(axis=1), np.nan)
    zero = (quality == direction.ZERO).any(axis=1) & (np.isfinite(matching).sum(axis=1) == 1)
    whole = np.asarray([r.quality for r in read], dtype=object)
    return Heads(row.astype(np.int64), deg, width, quality, whole, matching, travel, zero)


def identities(report_id: pd.Series, settings: Settings) -> pd.DataFrame:
    """Return space and identity (numbering and record in one text) of reports known by ids alone
    (M1, M13)."""
    # without rows pandas makes no columns
    split = report_id.str.partition(":").reindex(columns=[0, 1, 2])
    source, record = split[0].astype("str"), split[2].astype("str")
    space = source.map(dict(settings.id_spaces)).astype("str").fillna(source)
    space = space.mask(record.str.match(OSM_RECORD).astype(bool), OSM)
    return pd.DataFrame({"space": space, "identity": space + "|" + record})


def errors_of(reports: pd.DataFrame, settings: Settings) -> Floats:
    """Return each report's position error, meters: its own, else the typical one of how it was
    located (M2)."""
    own = reports["position_error_m"].to_numpy(np.float64)
    typical = reports["located_by"].map(settings.errors()).to_numpy(np.float64)
    typical = np.where(np.isnan(typical), settings.errors()["survey"], typical)
    return np.maximum(np.where(np.isfinite(own) & (own > 0), own, typical), LEAST_ERROR_M)


def spaces_of(reports: pd.DataFrame, settings: Settings) -> pd.Series:
    """Return the numbering each report's record belongs to: `osm`, one of the settings', or the
    source (M1)."""
    record = reports["source_record"].fillna("")
    named = reports["source_id"].map(dict(settings.id_spaces))
    space = named.where(named.notna(), reports["source_id"])
    return space.mask(record.str.match(OSM_RECORD).astype(bool), OSM)


def seen_dates(reports: pd.DataFrame, settings: Settings) -> pd.Series:
    """Return the date that tells a newer snapshot from an older one: the report's, its source's, or
    the date in the source's name (`us-2025-10`); used to order reports, never written as a date.
    """
    source = reports["source_id"]
    said = source.map(dict(settings.dates)).astype("str")
    named = source.str.extract(DATE_IN_NAME, expand=False)
    return reports["last_seen"].fillna(said).fillna(named)


def content_order(reports: pd.DataFrame, error: Floats) -> Ints:
    """Return an order of the reports by what they say; only reports that say the same are ordered
    by id (M9)."""
    keys: list[NDArray[np.generic]] = [
        reports["lon"].to_numpy(np.float64),
        reports["lat"].to_numpy(np.float64),
        error,
        reports["travel_deg"].to_numpy(np.float64),
    ]
    keys += [
        codes(reports[c])[0]
        for c in (
            "direction_raw",
            "operator",
            "vendor",
            "device",
            "road",
            "road_at",
            "place_raw",
            "evidence",
            "status",
            "last_seen",
            "first_seen",
            "note",
            "located_by",
        )
    ]
    order = np.lexsort([np.nan_to_num(k, nan=1e9) for k in reversed(keys)])
    same = np.ones(max(len(order) - 1, 0), dtype=bool)
    for key in keys:
        sorted_key = np.nan_to_num(key[order], nan=1e9)
        same &= sorted_key[1:] == sorted_key[:-1]
    tied = np.zeros(len(order), dtype=bool)
    tied[1:] |= same
    tied[:-1] |= same
    if tied.any():
        group = np.concatenate([[0], np.cumsum(~same)])
        ids = reports["report_id"].to_numpy(object)
        where = np.flatnonzero(tied)
        ranked = sorted(where.tolist(), key=lambda i: (group[i], ids[order[i]]))
        order[where] = order[ranked]
    return order.astype(np.int64)


def prepare(
    reports: pd.DataFrame, settings: Settings, carriageway: pd.Series | None = None
) -> Prepared:
    """Sort the reports by content, find their identities (M1) and build the units.

    `carriageway` is the direction of travel of the carriageway beside each report, degrees, same
    index, where the roads were given and tell.
    """
    error = errors_of(reports, settings)
    order = content_order(reports, error)
    beside = np.full(len(reports), np.nan) if carriageway is None else carriageway.to_numpy(float)
    frame, error = reports.iloc[order].reset_index(drop=True), error[order]
    heads = read_heads(frame["direction_raw"])
    space, spaces = codes(spaces_of(frame, settings))
    source, sources = codes(frame["source_id"])
    # a record without a name is a record of its own
    record = pd.factorize(frame["source_record"].fillna(frame["report_id"]))[0]
    identity = pd.factorize(space * (record.max(initial=0) + 2) + record)[0].astype(np.int64)
    why = _unplaceable(frame, error, space, identity, settings)
    on_grid = rounded(frame, source, error)
    newest = codes(seen_dates(frame, settings))[0]
    unit, lead = _leads(identity, why == "", newest)
    # a maker in the operator's place names no agency
    named = (frame["operator_kind"] != "vendor only").fillna(True)
    operator, operators = codes(frame["operator"].where(named))
    vendor, vendors = codes(frame["vendor"])
    device, devices = codes(frame["device"].where(frame["device"] != "unknown"))
    road, roads = codes(frame["road"])
    stated = frame["travel_deg"].to_numpy(np.float64)
    travel = geo.wrap_deg(np.where(np.isfinite(stated), stated, heads.travel[heads.text]))
    matching = heads.matching[heads.text]
    filled = _Filled(unit, lead, newest)
    of_heads = filled.row(np.asarray(np.isfinite(matching).any(axis=1)))
    units = Units(
        lead,
        frame["lon"].to_numpy()[lead],
        frame["lat"].to_numpy()[lead],
        on_grid.error[lead],
        matching[of_heads],
        travel[filled.row(np.isfinite(travel))],
        heads.zero[heads.text][of_heads],
        operator[filled.row(operator >= 0)],
        vendor[filled.row(vendor >= 0)],
        device[filled.row(device >= 0)],
        road[filled.row(road >= 0)],
        beside[order][lead],
        _gone(frame["status"], filled),
        _masks(unit, source, len(lead), len(sources)),
    )
    return Prepared(
        frame,
        heads,
        on_grid.error,
        space,
        spaces,
        identity,
        source,
        sources,
        unit,
        why,
        newest,
        operators,
        vendors,
        roads,
        devices,
        units,
        on_grid,
    )


def _unplaceable(
    frame: pd.DataFrame, error: Floats, space: Ints, identity: Ints, settings: Settings
) -> Texts:
    why = np.full(len(frame), "", dtype=object)
    why[_crowded(frame, space, identity)] = SHARED
    lost = (
        frame["lon"].isna() | frame["lat"].isna() | (frame["located_by"] == "unlocated")
    ).to_numpy()
    why[error > settings.roughest_m] = "too rough"
    why[lost] = "unlocated"
    return why


def _crowded(frame: pd.DataFrame, space: Ints, identity: Ints) -> Bools:
    """Return the reports that stand in a square with more than `MOST_ON_A_SPOT` records of their
    source.
    """
    lon, lat = (frame[c].round(SPOT_DECIMALS).to_numpy(np.float64) for c in ("lon", "lat"))
    known = np.flatnonzero(np.isfinite(lon) & np.isfinite(lat))
    if not len(known):
        return np.zeros(len(frame), dtype=bool)
    spot = np.unique(
        np.column_stack([lon[known], lat[known], space[known]]), axis=0, return_inverse=True
    )[1].ravel()
    records = np.unique(np.column_stack([spot, identity[known]]), axis=0)
    crowd = np.bincount(records[:, 0], minlength=int(spot.max()) + 1)
    out = np.zeros(len(frame), dtype=bool)
    out[known] = crowd[spot] > MOST_ON_A_SPOT
    return out


def _leads(identity: Ints, placed: Bools, newest: Ints) -> tuple[Ints, Ints]:
    """Return the unit of every report (-1 when no report of its identity is placed) and each unit's
    newest one.

    A report without a place goes with the placed reports of its own record.
    """
    rows = np.flatnonzero(placed)
    best = rows[np.lexsort([rows, -newest[rows], identity[rows]])]
    first = np.ones(len(best), dtype=bool)
    first[1:] = identity[best[1:]] != identity[best[:-1]]
    lead = np.sort(best[first])
    number = np.full(int(identity.max(initial=-1)) + 1, -1, dtype=np.int64)
    number[identity[lead]] = np.arange(len(lead))
    return number[identity], lead


OTHER_WAY, ALONG, UNUSED = 1, 2, 3
"""How a source's headings are read where not as stated: turned by 180°, as a direction of travel,
or not at all."""


def as_learned(
    prepared: Prepared,
    *,
    reading: Ints,
    east: Floats,
    north: Floats,
    scale: Floats,
    operators: Bools,
) -> Prepared:
    """Return the same reports and units with what was learned of their sources put in.

    Parameters
    ----------
    reading
        Per source 0, or one of `OTHER_WAY`, `ALONG`, `UNUSED`.
    east, north
        Per source the shift of its points, meters, which is taken out before matching.
    scale
        Per report what its position error is multiplied by.
    operators
        Per source whether its operators name the same thing as the others' do.
    """
    units, lead = prepared.units, prepared.units.lead
    heads = _read_otherwise(prepared.heads, reading[prepared.source])
    matching, stated = heads.matching[heads.text], prepared.reports["travel_deg"]
    known: Bools = np.asarray(np.isfinite(matching).any(axis=1))
    own = stated.to_numpy(np.float64)
    travel = geo.wrap_deg(np.where(np.isfinite(own), own, heads.travel[heads.text]))
    filled = _Filled(prepared.unit, lead, prepared.newest)
    of_heads, error = filled.row(known), np.maximum(prepared.error * scale, LEAST_ERROR_M)
    source = prepared.source[lead]
    per_lon, per_lat = geo.degree_m(units.lat)
    return replace(
        prepared,
        heads=heads,
        error=error,
        units=replace(
            units,
            lon=units.lon - east[source] / per_lon,
            lat=units.lat - north[source] / per_lat,
            error=error[lead],
            heads=matching[of_heads],
            travel=travel[filled.row(np.isfinite(travel))],
            zero=heads.zero[heads.text][of_heads],
            operator=np.where(operators[source], units.operator, -1),
        ),
    )


def _read_otherwise(heads: Heads, reading: Ints) -> Heads:
    """Return heads with a copy of every text for each way of reading it otherwise."""
    n = len(heads.deg)
    turned = np.mod(heads.matching + 180.0, 360.0)
    single = np.isfinite(heads.matching).sum(axis=1) == 1
    along = np.where(single, np.nan_to_num(heads.matching).sum(axis=1), heads.travel)
    blank = np.full_like(heads.matching, np.nan)
    looks = (heads.quality != direction.TRAVEL) & np.isfinite(heads.deg)
    named = np.where(looks, direction.TRAVEL, heads.quality)
    never = np.zeros(n, dtype=bool)
    deg = np.where(looks, np.mod(heads.deg + 180.0, 360.0), heads.deg)
    return Heads(
        heads.text + n * reading,
        np.concatenate([heads.deg, deg, heads.deg, heads.deg]),
        np.tile(heads.width, (4, 1)),
        np.concatenate([heads.quality, heads.quality, named, heads.quality]),
        np.tile(heads.whole, 4),
        np.concatenate([heads.matching, turned, blank, blank]),
        np.concatenate([heads.travel, heads.travel, along, heads.travel]),
        np.concatenate([heads.zero, heads.zero, never, never]),
    )


class _Filled:
    """Picks, per unit, the newest report that knows a field (the lead where none does)."""

    def __init__(self, unit: Ints, lead: Ints, newest: Ints) -> None:
        self.unit, self.lead, self.newest = unit, lead, newest
        placed = np.flatnonzero(unit >= 0)
        count = np.bincount(unit[placed], minlength=len(lead))
        several = placed[count[unit[placed]] > 1]
        # newest first; the content order breaks ties
        self.several = several[np.lexsort([several, -newest[several], unit[several]])]

    def row(self, known: NDArray[np.bool_]) -> Ints:
        rows = self.lead.copy()
        candidates = self.several[known[self.several]]
        first = np.ones(len(candidates), dtype=bool)
        first[1:] = self.unit[candidates[1:]] != self.unit[candidates[:-1]]
        chosen = candidates[first]
        rows[self.unit[chosen]] = chosen
        return rows


def _gone(status: pd.Series, filled: _Filled) -> Bools:
    told: Bools = (status.notna() & (status != "unknown")).to_numpy(dtype=bool)
    gone: Bools = (status == "removed").fillna(False).to_numpy(dtype=bool)
    return gone[filled.row(told)]


def _masks(unit: Ints, source: Ints, n_units: int, n_sources: int) -> NDArray[np.uint64]:
    words = max(1, -(-n_sources // 64))
    mask = np.zeros((n_units, words), dtype=np.uint64)
    placed = unit >= 0
    bit = np.left_shift(np.uint64(1), (source[placed] % 64).astype(np.uint64))
    np.bitwise_or.at(mask, (unit[placed], source[placed] // 64), bit)
    return mask


def own_units(prepared: Prepared) -> Prepared:
    """Return the same with copies of what is learned of units, to be written into."""
    units = prepared.units
    changed = {n: getattr(units, n).copy() for n in ("lon", "lat", "error", "heads", "operator")}
    return replace(prepared, units=replace(units, **changed))


def put_in(
    units: Units,
    s: int,
    prepared: Prepared,
    reading: int,
    shift: tuple[float, float],
    scale: Floats,
    operators: bool,
) -> None:
    """Put what was learned of source `s` into its units, so that the sources after it are held
    against what it means and not against what it states."""
    mine = np.flatnonzero(prepared.source[units.lead] == s)
    per_lon, per_lat = geo.degree_m(units.lat[mine])
    units.lon[mine] -= shift[0] / per_lon
    units.lat[mine] -= shift[1] / per_lat
    units.error[mine] = np.maximum(units.error[mine] * scale[units.lead[mine]], LEAST_ERROR_M)
    if reading == OTHER_WAY:
        units.heads[mine] = np.mod(units.heads[mine] + 180.0, 360.0)
    elif reading in (ALONG, UNUSED):
        units.heads[mine] = np.nan
    if not operators:
        units.operator[mine] = -1
