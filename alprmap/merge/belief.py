"""What is believed of each source when its pairs are weighed: as learned, else the defaults."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from alprmap.merge.density import TAIL, Shape
from alprmap.merge.settings import Settings
from alprmap.merge.units import Bools, Floats, Ints

MATCHES, ASSUMED = 0.5, 10.0
"""Share of records that are on the map already, before anything is known: even odds, which weigh
as much as ten records of the source itself."""
COVERED = 0.0
"""Share of the cameras around that have a record of their own, before anything is known: a sighting
or a short list knows of few."""
HEADING_DEG, HEADING_ERRORS = 18.0, 0.03
"""Two headings of one camera differ by 18° (one standard deviation); three in a hundred are
plainly wrong."""
WIDEST_M = 1000.0
"""Heavy tails reach no farther than this: beyond, a position is not off but another place."""


@dataclass(frozen=True)
class Belief:
    """By source number: `turn` (the order in which they were learned), the share of its records
    that match (`match`), the share of the others' cameras that it knows (`cover`), the share of
    headings that agree (`agree`) and their spread, the tail of its errors (degrees of freedom),
    which way they are long (`along`, of `density`), how wide across and along which grid, whether
    they are `even` along the block, or over the cell of a grid that they are rounded to
    (`boxed`), by how much less the joint error with another source is than both state (`narrow`),
    whether its headings are those of the road either way (`travel`), whether its makers name what
    the others' do (`makers`), and whether these are `learned`."""

    turn: Ints
    match: Floats
    cover: Floats
    agree: Floats
    spread_deg: Floats
    tail: Floats
    along: Floats
    across: Floats
    grid_deg: Floats
    even: Bools
    boxed: Bools
    narrow: Floats
    travel: Bools
    makers: Bools
    learned: Bools

    def speaker(self, one: Ints, other: Ints) -> Ints:
        """Return, of two sources, the one learned later: what it was learned against was the
        other."""
        return np.where(self.turn[one] >= self.turn[other], one, other)

    def shape(self, speaker: Ints) -> Shape:
        """Return how the errors of each pair lie around its camera."""
        return Shape(
            self.tail[speaker],
            self.along[speaker],
            self.across[speaker],
            self.grid_deg[speaker],
            self.even[speaker],
        )

    def gate_tail(self) -> Floats:
        """Return the tail by which the agreement of positions falls: Gauss's where nothing was
        learned."""
        return np.where(self.learned, self.tail, np.inf)

    def reach_sd(self, settings: Settings) -> Floats:
        """Return by source how many joint standard errors apart a pair may stand (M2): where the
        agreement of positions alone falls to `review`."""
        tail = self.gate_tail()
        some = np.where(np.isfinite(tail), tail, 1.0)
        wide = np.sqrt(some * (settings.review ** (-8.0 / (some + 2.0)) - 1.0))
        return np.where(np.isfinite(tail), wide, settings.reach_sd)

    def with_source(self, s: int, **values: float) -> Belief:
        """Return the same with the values of source `s` put in."""
        changed = {}
        for name, value in values.items():
            changed[name] = getattr(self, name).copy()
            changed[name][s] = value
        return replace(self, **changed)


def unlearned(n: int) -> Belief:
    """Return the belief about `n` sources of which nothing is known."""
    return Belief(
        np.arange(n),
        np.full(n, MATCHES),
        np.full(n, COVERED),
        np.full(n, 1.0 - HEADING_ERRORS),
        np.full(n, HEADING_DEG),
        np.full(n, TAIL),
        np.zeros(n),
        np.ones(n),
        np.zeros(n),
        np.zeros(n, dtype=bool),
        np.zeros(n, dtype=bool),
        np.ones(n),
        np.zeros(n, dtype=bool),
        np.ones(n, dtype=bool),
        np.zeros(n, dtype=bool),
    )
