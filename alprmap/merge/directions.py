"""Cameras that are handed on alone: their views as two columns of text, and back again.

A file of cameras travels without the table `views`, so each camera carries its own: `direction` is
an OSM direction tag, which other programs read too, and `direction_quality` one quality a view.
"""

from __future__ import annotations

import pandas as pd

from alprmap import direction, schema

DIRECTED = ("direction", "direction_quality")
"""Columns that hold the views of a camera in a file of cameras."""


def with_directions(cameras: pd.DataFrame, views: pd.DataFrame) -> pd.DataFrame:
    """Return `cameras` with `direction` and `direction_quality` made of their rows of `views`.

    Headings and widths are kept to 1e-7 of a degree (D18); a camera of unknown heading has no
    `direction`, but a quality.

    >>> cameras = pd.DataFrame({"camera_id": ["a"]})
    >>> views = pd.DataFrame({"camera_id": ["a", "a"], "heading_deg": [10.0, 190.0],
    ...     "width_deg": [40.0, float("nan")], "quality": ["range", "cardinal"]})
    >>> with_directions(cameras, views).to_dict("records")
    [{'camera_id': 'a', 'direction': '350-30;190', 'direction_quality': 'range;cardinal'}]
    """
    told: dict[str, tuple[list[str], list[str]]] = {}
    ordered = views.sort_values(["camera_id", "heading_deg"], kind="stable")
    columns = (ordered[c].tolist() for c in ("camera_id", "heading_deg", "width_deg", "quality"))
    for camera, heading, width, quality in zip(*columns, strict=True):
        texts, qualities = told.setdefault(camera, ([], []))
        qualities.append("" if pd.isna(quality) else str(quality))
        if not pd.isna(heading):
            view = direction.View(heading, None if pd.isna(width) else width)
            texts.append(direction.format_direction([view]))
    made = [told.get(c, ([], [])) for c in cameras["camera_id"]]
    out = cameras.assign(
        direction=pd.Series([";".join(t) or None for t, _ in made], cameras.index, dtype="str"),
        direction_quality=pd.Series(
            [";".join(q) or None for _, q in made], cameras.index, dtype="str"
        ),
    )
    shapes = [c for c in out.columns if out[c].dtype == "geometry"]
    return out[[c for c in out.columns if c not in shapes] + shapes]


def without_directions(cameras: pd.DataFrame) -> pd.DataFrame:
    """Return `cameras` as they stand beside a table of views: without the columns that repeat
    it."""
    return cameras.drop(columns=[c for c in DIRECTED if c in cameras.columns])


def views_of(cameras: pd.DataFrame) -> pd.DataFrame:
    """Return the table `views` that the columns `direction` and `direction_quality` hold.

    A camera without a readable direction has one row of missing heading; `report_id` is missing,
    for the report is not in the file.
    """
    rows: list[tuple[str, float, float, str]] = []
    nothing = pd.Series([None] * len(cameras), index=cameras.index, dtype="object")
    texts = cameras.get("direction", nothing)
    qualities = cameras.get("direction_quality", nothing)
    missing = float("nan")
    for camera, text, quality in zip(cameras["camera_id"], texts, qualities, strict=True):
        items = [] if pd.isna(text) else str(text).split(";")
        names = [] if pd.isna(quality) else str(quality).split(";")
        views = [view for item in items for view in direction.parse(item).views]
        if not views:
            name = names[0] if names and names[0] in direction.QUALITIES else direction.MISSING
            rows.append((camera, missing, missing, name))
        for i, view in enumerate(views):
            own = names[i] if len(names) == len(views) else view.quality
            known = own if own in direction.VIEW_QUALITIES else view.quality
            width = missing if view.width_deg is None else view.width_deg
            rows.append((camera, view.heading_deg, width, known))
    frame = pd.DataFrame(rows, columns=["camera_id", "heading_deg", "width_deg", "quality"])
    return schema.conform(frame.drop_duplicates(["camera_id", "heading_deg"]), "views")
