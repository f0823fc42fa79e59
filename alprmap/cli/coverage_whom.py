"""What `alprmap coverage` adds for whose trips and whom it hits (C9, C10)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    import pandas as pd

    from alprmap.coverage import Coverage
    from alprmap.roads import Roads

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


@dataclass(frozen=True)
class Asked:
    """What is asked for: files of traffic, hours and groups, polygons, people, whether the trips
    are flows by code, and files of sensitive places."""

    traffic: Path | None
    hours: Path | None
    groups: Path | None
    areas: str | None
    people: pd.DataFrame | None
    by_code: bool
    sensitive: list[Path]
    places_list: bool


def add_whom(
    result: Coverage,
    seen: tuple[pd.DataFrame, pd.DataFrame],
    net: Roads,
    asked: Asked,
    left_out: dict[str, int],
) -> Coverage:
    """Return the result with the tables of C9, C10, C11 and R7; `seen` are cameras and views."""
    cameras, views = seen
    segments, traffic, hours, groups = net.segments, asked.traffic, asked.hours, asked.groups
    made: dict[str, Any] = {}
    about: dict[str, Any] = {}
    if asked.by_code:
        from alprmap.coverage import HOME_TO_WORK

        about |= {"trips_mean": HOME_TO_WORK, "pairs_left_out": left_out}
    if traffic is not None:
        from alprmap.coverage import read_traffic, readings_per_day

        counts = read_traffic(traffic, net)
        shares = None if hours is None else _hours(hours)
        made |= readings_per_day(result.made["watches"], segments, counts, shares)
    if groups is not None:
        from alprmap.coverage import (
            equity_sentences,
            exposure_at_home,
            exposure_by_group,
            read_groups,
        )
        from alprmap.geography import assign_places
        from alprmap.roads import road_bounds

        places, names = read_groups(groups)
        west, south, east, north = road_bounds(net)
        on = places["lon"].between(west, east) & places["lat"].between(south, north)
        places = places[on].reset_index(drop=True)
        exposed = exposure_at_home(places, cameras, result.made.get("c6_origins"))
        county = assign_places(places["lon"].to_numpy(), places["lat"].to_numpy())
        made["c10_groups"] = exposure_by_group(places, names, exposed, county["county_geoid"])
        about["c10_in_words"] = equity_sentences(made["c10_groups"])
    if asked.areas is not None:
        from alprmap.coverage import coverage_by_district

        made["areas"] = coverage_by_district(
            result.made, cameras, net, asked.areas, people=asked.people
        )
    if asked.sensitive:
        from alprmap.coverage import with_sensitive

        result = with_sensitive(
            result,
            asked.sensitive,
            cameras=cameras,
            views=views,
            roads=net,
            people=asked.people,
            list_places=asked.places_list,
        )
    if not made and not about:
        return result
    return replace(result, made={**result.made, **made}, about={**result.about, **about})


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


def _hours(path: Path) -> pd.DataFrame:
    import pandas as pd

    from alprmap.errors import InputError
    from alprmap.sources import parse_decimal
    from alprmap.store import read_csv

    table = read_csv(path)
    if not {"hour", "share"} <= set(table.columns):
        raise InputError("has no columns hour and share", where=path, fix="one row for each hour")
    share = [parse_decimal(v) for v in table["share"]]
    for row, value in enumerate(share, start=1):
        if value is None or not 0 <= value < float("inf"):
            raise InputError("share is no number", where=path, row=row, fix="write 0.05 or 5")
    if not sum(v or 0.0 for v in share) > 0:
        raise InputError("all shares are 0", where=path, fix="say how the day is shared out")
    return pd.DataFrame({"hour": table["hour"], "share": share})
