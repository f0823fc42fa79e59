"""The records behind an earlier merge, and the refusal of a source that lost too many of them."""

from __future__ import annotations

import pandas as pd

from alprmap.errors import InputError
from alprmap.merge.result import Merged
from alprmap.merge.settings import Settings
from alprmap.merge.units import identities
from alprmap.text import number_of


def records_of(merged: Merged, settings: Settings) -> pd.DataFrame:
    """Return identity (numbering and record), camera_id, anchor and space of every report of a
    merge.

    `camera_id` is missing for reports that wait in the review queue, `anchor` marks the record that
    names its camera.
    """
    alone = merged.review[merged.review["camera_id"].isna()]
    table = pd.concat(
        [merged.links[["report_id", "camera_id"]], alone[["report_id", "camera_id"]]]
    ).astype("str")
    out = identities(table["report_id"], settings).assign(camera_id=table["camera_id"])
    anchor = out["camera_id"].map(merged.cameras.set_index("camera_id")["source_record"])
    out["anchor"] = (out["space"] + "|" + anchor == out["identity"]).to_numpy()
    return out.drop_duplicates(["identity", "camera_id"], ignore_index=True)


def losses(before: pd.DataFrame, now: set[str]) -> pd.DataFrame:
    """Return how many records of each numbering there were and are gone: space, records, lost,
    share."""
    gone = (
        before.assign(gone=~before["identity"].isin(now))
        .groupby("space", as_index=False)["gone"]
        .agg(["size", "sum"])
    )
    gone.columns = pd.Index(["space", "records", "lost"])
    return gone.assign(share=gone["lost"] / gone["records"])


def refuse_loss(before: pd.DataFrame, now: set[str], settings: Settings) -> None:
    """Refuse when a source lost more than `settings.max_loss` of its records, unless
    `settings.accept_loss`.

    Raises
    ------
    InputError
        Naming the source and how many records are gone.
    """
    if settings.accept_loss:
        return
    for row in losses(before, now).to_dict("records"):
        if row["share"] > settings.max_loss:
            # a source goes by its file's name, so a snapshot under another name has none of its
            # records
            whole = (
                "check that the file is whole"
                if row["share"] < 1
                else "give both files the same name"
            )
            raise InputError(
                f"source {row['space']} lost {row['lost']:,} of"
                f" {number_of(row['records'], 'record')}",
                fix=f"{whole}; pass --accept-loss if it is right",
            )
