"""S3: two columns whose names are alike but for the word of an axis are a position.

Lists call them "pole_lat" and "pole_long", "CAMERA LATITUDE DEG", "GPS_X": what stands beside the
word of the axis does not matter as long as it is the same in both.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from alprmap.sources.fields import vocabulary

_WORDS = re.compile(r"[a-z0-9]+")
_HUMP = re.compile(r"([a-z])([A-Z])")
_DEGREES = ("lat", "lon")


def pair(names: Iterable[str]) -> list[tuple[str, str]]:
    """Return (field, name) of the two columns that are a position by their names; none where two
    pairs could be.

    >>> pair(["site", "pole_lat", "pole_long"]), pair(["GPS_Y", "GPS_X"])
    ([('lat', 'pole_lat'), ('lon', 'pole_long')], [('y', 'GPS_Y'), ('x', 'GPS_X')])
    >>> pair(["Lat (N)", "Lon (W)"]), pair(["long description", "platform"])
    ([('lat', 'Lat (N)'), ('lon', 'Lon (W)')], [])
    """
    alike: dict[tuple[object, ...], list[tuple[str, str]]] = {}
    for name in names:
        words = _WORDS.findall(vocabulary.header(_HUMP.sub(r"\1 \2", name)))
        at, axis = next(
            ((i, a) for i, w in enumerate(words) if (a := vocabulary.word("axis", w))), (0, None)
        )
        if axis is None:
            continue
        # "Lat (N)" and "Lon (W)": the hemisphere differs with the axis
        others = tuple(w for i, w in enumerate(words) if i != at and w not in ("n", "w"))
        alike.setdefault((axis in _DEGREES, at, others), []).append((axis, name))
    for degrees in (True, False):
        found = [p for key, p in alike.items() if key[0] is degrees and len(p) == 2]
        found = [p for p in found if p[0][0] != p[1][0]]
        if len(found) == 1:
            return found[0]
    return []
