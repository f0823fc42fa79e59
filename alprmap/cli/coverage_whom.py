"""What `alprmap coverage` adds for whose trips and whom it hits (C9, C10)."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    import pandas as pd

PairPointsOpt = Annotated[
    Path | None,
    typer.Option(
        "--pair-points",
        readable=False,
        help="C9: where the codes of --pairs lie (geocode, lat, lon): blocks or block groups.",
    ),
]
PairWeightOpt = Annotated[
    str | None,
    typer.Option(
        "--pair-weight", help="C9: column of --pairs that says how many drive. [default: S000 …]"
    ),
]
TrafficOpt = Annotated[
    Path | None,
    typer.Option(
        "--traffic",
        readable=False,
        help="C9: vehicles a day (aadt) by way_id, or at lon, lat: readings a day.",
    ),
]
HoursOpt = Annotated[
    Path | None,
    typer.Option(
        "--hours", readable=False, help="C9: how a day is shared out: a CSV of hour, share."
    ),
]
GroupsOpt = Annotated[
    Path | None,
    typer.Option(
        "--groups",
        readable=False,
        help="C10: block groups with counts of people by group: lat, lon, total, one column each.",
    ),
]
SensitiveOpt = Annotated[
    list[Path] | None,
    typer.Option(
        "--sensitive",
        readable=False,
        help="C11: clinics, worship, courts, schools …: an extract, or a list; repeatable.",
    ),
]
PlacesListOpt = Annotated[
    bool,
    typer.Option("--places-list", help="C11: list single places too, not only categories."),
]


def read_drives(
    pairs: Path | None, points: Path | None, weight: str | None
) -> tuple[pd.DataFrame | None, dict[str, int]]:
    """Read --pairs, and return the rows left out by reason."""
    if pairs is None:
        return None, {}
    from alprmap.coverage import read_pairs

    return read_pairs(pairs, points, weight=weight)


def shown_places(table: pd.DataFrame) -> pd.DataFrame:
    """Return the columns of a table of C11 that are printed, shares in per cent."""
    from alprmap.text import percent

    hidden = [c for c in table.columns if c.endswith(("_low", "_high")) or c in ("lon", "lat")]
    out = table.drop(columns=hidden)
    for name in [c for c in out.columns if c.endswith("_share")]:
        out[name] = [percent(v) if v == v else None for v in out[name]]
    whole = ("approaches", "every_approach_read")
    for name in [c for c in whole if c in out.columns and out[c].dtype.kind == "f"]:
        out[name] = out[name].astype("Int64")
    return out
