"""Counts that agencies publish of their own cameras, from any file that has them (K1).

A table with a column of agencies and one of counts, or whatever `alprmap access` reads that has
declared counts (portals, network lists). One agency under several spellings is one
(`alprmap.agencies`), and a town police is placed in the middle of its town.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from alprmap import agencies as names
from alprmap.access import read_shares
from alprmap.agencies import AgencyList
from alprmap.errors import InputError
from alprmap.geography import gazetteer

TOWN_ROLES = ("police", "public safety")
COLUMNS = ("agency_id", "declared", "date", "source_record")


@dataclass(frozen=True)
class Declared:
    """Agencies (table `agencies` with `spellings`, `lon`, `lat`, `place_kind`), every dated count
    (`agency_id`, `declared`, `date`, `source_record`), and rows that are no count, by reason.
    """

    agencies: pd.DataFrame
    rows: pd.DataFrame
    left_out: dict[str, int]


def read_declared(
    paths: Sequence[str | os.PathLike[str]],
    *,
    agencies: Sequence[str | os.PathLike[str]] = (),
) -> Declared:
    """Read what agencies declare, and the agencies that stand beside them (K1).

    Parameters
    ----------
    paths
        Tables of counts, or files of the sharing record that have counts.
    agencies
        Further lists of agencies: whose town is nearest is decided among all of them.

    Raises
    ------
    InputError
        When a file is of no known shape, a count is no number, or no count is left.
    """
    known, found, left = AgencyList(), [], dict[str, int]()
    for given in paths:
        rows = _of_record(given, left)
        found += rows
        for row in rows:
            known.add(row["names"], **{k: row[k] for k in _FACTS})
    for given in agencies:
        for row in _of_record(given, {}):
            known.add(row["names"], **{k: row[k] for k in _FACTS})
    known.close()
    told = [
        (known.id_of(r["names"][0]), r["declared"], r["declared_on"], r["record"])
        for r in found
        if r["declared"]
    ]
    if not told:
        raise InputError(
            "no agency declares a count of cameras",
            where=", ".join(Path(p).name for p in paths),
            fix="name the columns agency and declared",
        )
    counts = pd.DataFrame(told, columns=list(COLUMNS))
    counts = counts.astype({c: "float64" if c == "declared" else "str" for c in COLUMNS})
    counts = counts.drop_duplicates().sort_values(list(COLUMNS), ignore_index=True)
    return Declared(_placed(known.frame()), counts, left)


def read_agencies(paths: Sequence[str | os.PathLike[str]]) -> Declared:
    """Read agencies alone, whether or not they declare a count.

    Raises
    ------
    InputError
        When a file is of no known shape.
    """
    known, left = AgencyList(), dict[str, int]()
    for given in paths:
        rows = _of_record(given, left)
        for row in rows:
            known.add(row["names"], **{k: row[k] for k in _FACTS})
    known.close()
    return Declared(_placed(known.frame()), pd.DataFrame(columns=list(COLUMNS)), left)


_FACTS = ("state", "kind", "declared", "declared_on", "point", "place_kind", "record")


def _of_record(path: str | os.PathLike[str], left: dict[str, int]) -> list[dict[str, Any]]:
    """Return the agencies of a file of the sharing record, and every count it has; what is no count
    goes into `left`, by reason."""
    shared = read_shares([Path(path)])
    for file in shared.counts["files"].values():
        for why, n in file["left_out"].items():
            left[why] = left.get(why, 0) + n
    counts: dict[str, list[dict[Any, Any]]] = {}
    for one in shared.declared.to_dict("records"):
        counts.setdefault(str(one["agency_id"]), []).append(one)
    out = []
    for row in shared.agencies.to_dict("records"):
        point = (row["lon"], row["lat"]) if pd.notna(row["lon"]) else None
        base = {
            "names": str(row["spellings"]).split("\n"),
            "state": row["state"] if isinstance(row["state"], str) else None,
            "kind": row["kind"] if row["kind"] != "unknown" else None,
            "point": point,
            "place_kind": row["place_kind"] if isinstance(row["place_kind"], str) else None,
            "record": row["source_record"] if isinstance(row["source_record"], str) else None,
        }
        for one in counts.get(str(row["agency_id"])) or [{}]:
            day = one.get("declared_on")
            out.append(
                base
                | {
                    "declared": one.get("declared_cameras"),
                    "declared_on": day if isinstance(day, str) else None,
                }
            )
    return out


def _placed(agencies: pd.DataFrame) -> pd.DataFrame:
    """Return the agencies, with the middle of its town for each town police that has no point."""
    towns = gazetteer()
    # the largest town of a name comes first, and is the one whose police is meant
    middle: dict[tuple[str, str], tuple[float, float]] = {}
    columns = (towns[c].tolist() for c in ("name", "state", "lon", "lat"))
    for name, state, lon, lat in zip(*columns, strict=True):
        middle.setdefault((names.plain(name), state), (lon, lat))
    out = agencies.copy()
    kind = out["place_kind"].astype(object).where(out["place_kind"].notna(), None)
    for i, row in enumerate(out[["spellings", "state"]].itertuples(index=False)):
        name = names.parse(str(row.spellings).split("\n")[0])
        if kind.iloc[i] is not None or name.role not in TOWN_ROLES:
            continue
        at = middle.get((" ".join(name.core), str(row.state)))
        if at is not None:
            out.loc[out.index[i], ["lon", "lat"]] = at
            kind.iloc[i] = "place"
    return out.assign(place_kind=kind.astype("str"))


def nearest_in_time(rows: pd.DataFrame, day: str | None) -> pd.DataFrame:
    """Return one count per agency: the one nearest to a day, the later of two as near (K1).

    Without a day the newest is taken; a count without a date only where there is no other.
    """
    when = pd.to_datetime(rows["date"].map(_whole_day, na_action="ignore"), errors="coerce")
    target = pd.Timestamp(_whole_day(day)) if day else when.max()
    apart = (when - target).dt.days.abs() if target == target else when.dt.day
    order = rows.assign(_apart=apart.fillna(10**6), _when=when)
    order = order.sort_values(
        ["agency_id", "_apart", "_when", "declared"], ascending=[True, True, False, False]
    )
    one = order.drop_duplicates("agency_id")
    days = one["_apart"].where(one["_when"].notna())
    return one.drop(columns=["_apart", "_when"]).assign(days_apart=days).reset_index(drop=True)


def _whole_day(text: str) -> str:
    return (text + "-01-01"[len(text) - 4 :]) if len(text) in (4, 7) else text[:10]
