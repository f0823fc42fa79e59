"""L6: three roads that do not meet in one place are a question."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import replace

from alprmap import geo
from alprmap.locate.choose import Candidate, Settings
from alprmap.locate.grammar import Side

BESIDE = ("near", "ramps", "along")
"""Kinds of places at which roads do not cross; they contradict nothing."""


def elsewhere(
    sides: Sequence[Side],
    met: list[Candidate],
    settings: Settings,
    pair: Callable[[Side, Side], list[Candidate]],
) -> list[Candidate]:
    """Return where other pairs of three roads or more meet, when that is far from where the first
    pair does: of "A / B / C" A and B may run side by side, and C crosses both.

    Parameters
    ----------
    sides
        The roads named; one with an offset ("East of I-670") only describes.
    met
        Where the first pair meets.
    settings
        How far apart two places may lie that are one (`agree_street_m`, `agree_freeway_m`).
    pair
        Returns where two sides meet.
    """
    plain = [i for i, side in enumerate(sides) if side.offset_deg is None]
    if len(plain) < 3 or any(c.kind in BESIDE for c in met):
        return []
    tried = {c.sides for c in met}
    freeway = any(c.freeway for c in met)
    reach = settings.agree_freeway_m if freeway else settings.agree_street_m
    out = []
    for i, j in itertools.combinations(plain, 2):
        for c in [] if (i, j) in tried else pair(sides[i], sides[j]):
            off = geo.distance_m(c.lon, c.lat, [m.lon for m in met], [m.lat for m in met])
            if c.kind not in BESIDE and off.min() > reach:
                out.append(replace(c, sides=(i, j)))
    return out
