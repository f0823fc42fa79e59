"""`alprmap diff`: what changed between two merges or two snapshots of a source."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from alprmap.cli import common
from alprmap.errors import InputError
from alprmap.text import out_of

if TYPE_CHECKING:
    import pandas as pd

    from alprmap.merge import Merged


ORDER = ("removed", "moved", "changed", "merged", "split", "redrawn", "renamed", "added")


def diff(
    old: Annotated[
        Path,
        typer.Argument(
            readable=False, help="The earlier cameras.parquet of `merge`, or any source file."
        ),
    ],
    new: Annotated[Path, typer.Argument(readable=False, help="The later one.")],
    moved_m: Annotated[
        float, typer.Option("--moved-m", help="A shift from which a camera counts as moved.")
    ] = 25.0,
    accept_loss: Annotated[
        bool,
        typer.Option(
            "--accept-loss", help="Go on although a source lost more than 5 % of its records."
        ),
    ] = False,
    out: common.Out = None,
    force: common.Force = False,
    as_json: common.Json = False,
) -> None:
    """Added, removed, moved and changed cameras; newly mapped told from newly installed."""
    common.refuse_overwrite(out, force, kind="table")
    from alprmap.merge import ChangeSettings, Settings
    from alprmap.merge import diff as merge_diff
    from alprmap.store import hand_on

    settings = ChangeSettings(moved_m=moved_m, merge=Settings(accept_loss=accept_loss))
    before, after = _both(old, new)
    found = merge_diff(before, after, settings=settings)
    _note_area(found.table, "added", "camera_id", after.cameras, before.cameras, old)
    _note_area(found.table, "removed", "old_id", before.cameras, after.cameras, new)
    if out is not None:
        hand_on(found.table, out)
        common.note(f"wrote {out}")
    if as_json:
        common.result(_object(found), as_json=True)
        return
    common.result(dict(found.counts))
    if len(found.table):
        common.out("")
        common.result(_shown(found.table))


def _note_area(
    table: pd.DataFrame, what: str, column: str, mine: pd.DataFrame, other: pd.DataFrame, path: Path
) -> None:
    """Say when most of what came or went stands where the other file has no camera at all."""
    ids = table.loc[table["change"] == what, column]
    at = mine[mine["camera_id"].isin(ids)]
    pad = 0.1
    inside = at["lon"].between(other["lon"].min() - pad, other["lon"].max() + pad) & at[
        "lat"
    ].between(other["lat"].min() - pad, other["lat"].max() + pad)
    outside = int((~inside).sum())
    if outside * 2 > len(at):
        common.note(
            f"{out_of(outside, len(at), f'{what} camera', 'stands', 'stand')} outside the area of"
            f" {path}: two files of different areas, not a change"
        )


def _shown(table: pd.DataFrame) -> pd.DataFrame:
    """Return the changes for the eye: the many additions come last."""
    order = table["change"].map({c: i for i, c in enumerate(ORDER)})
    columns = ["change", "camera_id", "old_id", "distance_m", "field", "old", "new", "why"]
    return table.assign(order=order).sort_values("order", kind="stable")[columns]


def _both(old: Path, new: Path) -> tuple[Merged, Merged]:
    """Open both. Two files that are no merge are two days of one list, whatever they are called;
    one beside a merge of one list is another day of that list."""
    from alprmap.merge import is_merge

    if is_merge(old) and not is_merge(new):
        before = _merged(old, None)
        return before, _merged(new, _name(before))
    after = _merged(new, None)
    return _merged(old, None if is_merge(old) else _name(after)), after


def _name(merged: Merged) -> str | None:
    names = merged.sources()
    return names[0] if len(names) == 1 else None


def _merged(path: Path, source_id: str | None) -> Merged:
    """Open either side with every status and device: that a camera was removed is a change."""
    from alprmap.merge import open_cameras

    with common.stdin_as_file(path) as file:
        opened = open_cameras(file, shown=path, status="all", device="all", source_id=source_id)
    for text in opened.notes:
        common.note(text)
    if opened.merged is None:
        raise InputError(
            "lacks its links, so changes cannot be told",
            where=path,
            fix="run `alprmap merge` again",
        )
    return opened.merged


def _object(found: Any) -> dict[str, Any]:
    table = found.table
    return {
        "counts": found.counts,
        **{p: common.records(table[table["change"] == p].drop(columns="change")) for p in ORDER},
        "losses": common.records(found.losses),
    }
