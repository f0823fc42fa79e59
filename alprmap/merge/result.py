"""What a merge hands back."""

from __future__ import annotations

from dataclasses import dataclass, field

import pandas as pd

from alprmap.merge.ids import alias_table


@dataclass(frozen=True)
class Merged:
    """The result of a merge; every report of the input is in one row of `links`, or in `review`
    without a camera.

    `aliases` maps the names a camera had in earlier builds (old_id, new_id, reason), `outcomes`
    counts M8 by operator, `unused` are decisions about reports that are not here.
    """

    cameras: pd.DataFrame
    views: pd.DataFrame
    links: pd.DataFrame
    review: pd.DataFrame
    aliases: pd.DataFrame = field(default_factory=lambda: alias_table([]))
    outcomes: pd.DataFrame = field(default_factory=pd.DataFrame)
    unused: pd.DataFrame = field(default_factory=pd.DataFrame)
