"""The story of one camera: its reports, why each belongs to it, which field came from where, and
what lost."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import pandas as pd

from alprmap import geo
from alprmap.errors import NotFoundError
from alprmap.merge.links import MATCHED, MEANING
from alprmap.merge.result import Merged
from alprmap.merge.score import PARTS

LIKELY = 0.5
IN_ORDER = (
    "      which of several there it is stays open, how many there are does not: linked in a fixed"
    " order (M4)"
)
FIELDS = {
    "operator": "operator",
    "vendor": "vendor",
    "status": "status",
    "setting": "setting",
    "device": "device",
}


def explain_camera(merged: Merged, reports: pd.DataFrame, camera_id: str) -> str:
    """Return the story of a camera as plain text: reports, rules, scores, chosen and losing values,
    questions.

    Raises
    ------
    NotFoundError
        When no camera has this name now, nor ever had.
    """
    note = ""
    if not (merged.cameras["camera_id"] == camera_id).any():
        moved = merged.aliases[merged.aliases["old_id"] == camera_id]
        if moved.empty:
            raise NotFoundError(
                f"no camera is called {camera_id}", fix="names are in the column camera_id"
            )
        note = f"{camera_id} was {moved['reason'].iloc[0]} {moved['new_id'].iloc[0]}.\n"
        camera_id = str(moved["new_id"].iloc[0])
    camera = merged.cameras[merged.cameras["camera_id"] == camera_id].iloc[0]
    links = merged.links[merged.links["camera_id"] == camera_id]
    mine = links.merge(reports, on="report_id")
    lines = [
        (
            f"{note}{camera_id} at {camera['lat']:.6f}, {camera['lon']:.6f}, ±"
            f" {camera['position_error_m']:.0f} m"
        ),
        (
            f"located by {camera['located_by']}, confidence {camera['confidence']:.2f},"
            f" {camera['outcome']}"
        ),
    ]
    lines += ["", f"{len(mine)} report(s) from {camera['n_sources']} independent source(s):"]
    for row in mine.to_dict("records"):
        lines += _report(row)
    lines += _learned(merged, mine)
    lines += [
        "",
        "fields (M7):",
        *_position(mine),
        *_fields(camera, mine),
        *_views(merged, mine, camera_id),
    ]
    lines += _questions(merged, set(mine["report_id"]))
    # text of a file holds no line of its own
    return "\n".join(line.replace("\n", " ") for line in lines)


def _report(row: dict[Hashable, Any]) -> list[str]:
    said = [
        f"{label} {row[name]}"
        for label, name in (
            ("direction", "direction_raw"),
            ("operator", "operator"),
            ("vendor", "vendor"),
            ("place", "place_raw"),
            ("seen", "last_seen"),
        )
        if not pd.isna(row[name])
    ]
    meters = row["distance_m"]
    far = "no position" if pd.isna(meters) else f"{meters:.1f} m from the camera"
    lines = [f"  {row['report_id']}  {row['rule']}: {MEANING.get(str(row['rule']), '')}; {far}"]
    if not pd.isna(row["score"]):
        parts = " × ".join(f"{p.removeprefix('p_')} {row[p]:.2f}" for p in PARTS)
        lines.append(f"      probability {row['score']:.2f}; agreement of the best pair: {parts}")
        if row["rule"] == MATCHED and row["score"] < LIKELY:
            lines.append(IN_ORDER)
    return [*lines, f"      says: {'; '.join(said) or 'nothing more'}"]


def _learned(merged: Merged, mine: pd.DataFrame) -> list[str]:
    """Return what was learned of the sources of a camera that was matched: it entered the score."""
    table = merged.learned
    if mine["source_id"].nunique() < 2 or "sentence" not in table:
        return []
    own = table[table["source_id"].isin(set(mine["source_id"]))]
    sentences = [f"  {s}" for s in own["sentence"].dropna().unique()]
    return ["", "learned of its sources before matching (M2, M5):", *sentences] if sentences else []


def _position(mine: pd.DataFrame) -> list[str]:
    at = mine.loc[mine["distance_m"] == 0.0, "report_id"]
    off = mine[mine["distance_m"] > 0.0]
    losing = [
        f"{m:.1f} m off ({r})" for r, m in zip(off["report_id"], off["distance_m"], strict=True)
    ]
    tail = f"; not taken: {', '.join(losing)}" if losing else ""
    return [f"  position: from {', '.join(at)}{tail}"]


def _fields(camera: pd.Series, mine: pd.DataFrame) -> list[str]:
    lines = []
    for name, column in FIELDS.items():
        values = mine.dropna(subset=[column]).groupby(column, sort=True)["report_id"].agg(", ".join)
        chosen = camera[name]
        if pd.isna(chosen) and values.empty:
            continue
        losing = [f"{v!r} ({ids})" for v, ids in values.items() if v != chosen]
        tail = f"; not taken: {'; '.join(losing)}" if losing else ""
        lines.append(f"  {name}: {chosen}{tail}")
    return lines


def _views(merged: Merged, mine: pd.DataFrame, camera_id: str) -> list[str]:
    lines = []
    views = merged.views[merged.views["camera_id"] == camera_id]
    for view in views.to_dict("records"):
        heading = view["heading_deg"]
        looks = (
            "unknown heading"
            if pd.isna(heading)
            else f"looks {heading:g}° ({geo.compass(heading)})"
        )
        lines.append(f"  view: {looks}, quality {view['quality']}, from {view['report_id']}")
    other = mine[mine["direction_raw"].notna() & ~mine["report_id"].isin(views["report_id"])]
    losing = [
        f"{d!r} ({r})" for r, d in zip(other["report_id"], other["direction_raw"], strict=True)
    ]
    return [*lines, f"  directions not taken: {', '.join(losing)}"] if losing else lines


def _questions(merged: Merged, ids: set[str]) -> list[str]:
    review = merged.review
    open_ = review[review["report_id"].isin(ids) | review["other_id"].isin(ids)]
    if open_.empty:
        return []
    rows = [
        f"  {r['report_id']} / {r['other_id']}: {r['reason']}" for r in open_.to_dict("records")
    ]
    return ["", "open questions (M6):", *rows]
