"""What `alprmap access` puts together: reads, settles names, then tables, files and JSON of the
same numbers."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from alprmap.access import (
    Accessed,
    Shared,
    access_by_district,
    access_sheet,
    active_shares,
    camera_operators,
    explain_access,
    reach_of,
    read_shares,
)
from alprmap.cli import common
from alprmap.reach import access_claims, reach_table
from alprmap.store import hand_on, sha256, together, write_table


@dataclass(slots=True)
class Found:
    """Everything found; `found` is missing when only `--of` was asked."""

    target: str
    as_of: str | None
    shared: Shared
    found: Accessed | None
    sheet: pd.DataFrame | None
    inputs: dict[str, str]
    areas: pd.DataFrame | None = None
    ids_file: str = "(pass --out)"
    files: dict[str, str] = field(default_factory=dict)

    def claims(self) -> pd.DataFrame:
        """Return the claims that rest on the sharing record."""
        assert self.found is not None
        return access_claims(
            self.found.summary,
            target=self.target,
            records=int(self.found.counts["records_to_target"]),
            as_of=self.found.counts["as_of"],
            ids_file=self.ids_file,
            inputs=self.inputs,
        )

    def explain(self, camera_id: str) -> dict[str, Any]:
        """Return the path from one camera to the body."""
        assert self.found is not None
        shares = active_shares(self.shared.shares, as_of=self.as_of)
        return explain_access(self.found, self.shared.agencies, shares, camera_id)

    def save(self, out: Path) -> list[Path]:
        """Write the table of cameras and everything beside it; return the paths."""
        self.ids_file = out.name
        plan: dict[str, tuple[str, pd.DataFrame]] = {"shares": (".shares.csv", self.shared.shares)}
        written: list[Path] = []
        with together(out):
            if self.sheet is not None and self.found is not None:
                plan["sheet"] = (".sheet.csv", self.sheet)
            elif self.sheet is not None:
                # nobody was asked for: the sheet itself is the result
                write_table(self.sheet, out)
                written.append(out)
            if self.found is not None:
                plan |= {
                    "agencies": (".agencies.csv", self.found.agencies),
                    "summary": (".summary.csv", self.found.summary),
                    "claims": (".claims.csv", self.claims()),
                }
                hand_on(self.found.cameras, out)
                written.append(out)
            if self.areas is not None and self.found is None and self.sheet is None:
                write_table(self.areas, out)
                written.append(out)
            elif self.areas is not None:
                plan["areas"] = (".areas.geojson", self.areas)
            for key, (suffix, frame) in plan.items():
                path = out.with_name(out.stem + suffix)
                write_table(frame, path)
                self.files[key] = path.name
                written.append(path)
        return written

    def shown(self) -> dict[str, pd.DataFrame]:
        """Return the tables for the screen by title."""
        tables: dict[str, pd.DataFrame] = {}
        if self.areas is not None:
            plain = pd.DataFrame(self.areas.drop(columns="geometry")).sort_values("rank")
            ranks = [c for c in ("rank", "rank_low", "rank_high") if plain[c].isna().all()]
            tables["By area"] = plain.drop(columns=ranks)
        if self.sheet is not None:
            tables["What agencies declare, what the map has, whom they name"] = self.sheet.drop(
                columns=["agency_id", "source_record"]
            )
        if self.found is not None:
            when = f" on {self.as_of}" if self.as_of else ""
            counts = self.found.counts
            tables[
                f"Cameras {self.target} can look through{when}: {counts['records_to_target']:,}"
                " records name it; classes and hops are never added up (2 hops: a possibility)"
            ] = self.found.summary[self.found.summary["state"] == "all"].drop(
                columns=["state", "farthest_camera_id"]
            )
            tables["How the agency of each camera was found"] = pd.DataFrame(
                {"why": list(counts["why"]), "cameras": list(counts["why"].values())}
            )
            unmapped = _unmapped(self.found.agencies)
            if len(unmapped):
                tables["Declared but unmapped, per agency (largest first)"] = unmapped
        return tables

    def json(self) -> dict[str, Any]:
        """Return the numbers with the stable keys of docs/method/access.md."""
        out: dict[str, Any] = {
            "target": self.target,
            "as_of": self.as_of,
            "inputs": self.inputs,
            "record": self.shared.counts,
            "files": self.files,
        }
        if self.found is not None:
            out |= {
                "target_ids": self.found.targets,
                "counts": self.found.counts,
                "summary": common.records(self.found.summary),
                "agencies": common.records(self.found.agencies),
            }
        if self.areas is not None:
            out["areas"] = common.records(self.areas)
        if self.sheet is not None:
            out["of"] = common.records(self.sheet)
        return out


def _unmapped(agencies: pd.DataFrame) -> pd.DataFrame:
    keep = [
        "name",
        "state",
        "hops",
        "declared_cameras",
        "known",
        "inferred",
        "unmapped_at_least",
        "unmapped_at_most",
    ]
    known = agencies[agencies["declared_cameras"].notna()]
    return known.sort_values(["unmapped_at_least", "agency_id"], ascending=[False, True])[
        keep
    ].head(20)


def run(
    cameras: Path,
    files: list[Path],
    *,
    to: str | None,
    kind: str | None,
    of: list[str],
    as_of: str | None,
    areas: str | None = None,
) -> Found:
    """Read, settle names, and follow the shares."""
    data = common.read_cameras(cameras)
    shared = read_shares(files)
    where = reach_table(data.cameras, borders=("land",), places=False)
    found, sheet = None, None
    if to is not None or kind is not None:
        found = reach_of(
            data.cameras, shared.agencies, shared.shares, to=to, kind=kind, as_of=as_of, reach=where
        )
    if of:
        state = data.cameras["camera_id"].map(where.set_index("camera_id")["state"])
        run_by = camera_operators(data.cameras, shared.agencies, state=state)
        told = shared.shares if as_of is None else active_shares(shared.shares, as_of=as_of)
        sheet = access_sheet(run_by, shared.agencies, told, of)
    counted = None
    if areas is not None:
        run_by = found.cameras if found is not None else _run_by(data.cameras, shared, where)
        counted = access_by_district(data.cameras, run_by, areas)
    paths = {p.name: sha256(p) for p in [cameras, *files] if str(p) != "-" and p.is_file()}
    target = to or (f"a {kind} body (by name or on record)" if kind else "nobody asked for")
    return Found(target, as_of, shared, found, sheet, paths, counted)


def _run_by(cameras: pd.DataFrame, shared: Shared, where: pd.DataFrame) -> pd.DataFrame:
    """Return who runs each camera (A2), where nobody who looks is asked for."""
    state = cameras["camera_id"].map(where.set_index("camera_id")["state"])
    run = camera_operators(cameras, shared.agencies, state=state)
    return run.assign(camera_id=cameras["camera_id"])
