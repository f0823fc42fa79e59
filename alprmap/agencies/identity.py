"""Which agency of a list each name is: one identity for shares, searches, tags and counts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pandas as pd

from alprmap.agencies.match import Match, Matcher
from alprmap.agencies.registry import plain_ori


class Identity:
    """Settles names, and ORIs where they are given, against one table `agencies`.

    Parameters
    ----------
    agencies
        `agency_id`, `state`, `spellings`, and `ori` where known.
    """

    def __init__(self, agencies: pd.DataFrame) -> None:
        self._ids = [str(i) for i in agencies["agency_id"]]
        states = [s if isinstance(s, str) else None for s in agencies["state"]]
        self._known = Matcher(agencies["spellings"].tolist(), states)
        codes = agencies["ori"] if "ori" in agencies.columns else pd.Series(dtype="str")
        self._by_ori = {str(o): self._ids[i] for i, o in enumerate(codes) if isinstance(o, str)}
        self._met: dict[tuple[str, str | None], Match] = {}

    def of(
        self, name: str, *, state: str | None = None, ori: str | None = None
    ) -> tuple[str | None, str]:
        """Return (id of the agency a name is, by which rule); the id is None where it is none of
        the list, or may be several."""
        code = plain_ori(ori) if ori else None
        if code in self._by_ori:
            return self._by_ori[str(code)], "same ORI"
        key = (name, state)
        if key not in self._met:
            self._met[key] = self._known.match(name, state=state)
        match = self._met[key]
        return (None if match.index is None else self._ids[match.index]), match.rule

    def ids(self, texts: Iterable[str]) -> dict[str, str | None]:
        """Return the id of each name, None where it is none of the list."""
        return {text: self.of(text)[0] for text in texts}


def under(agencies: pd.DataFrame, ids: Sequence[str]) -> list[str]:
    """Return agencies and every agency that works under one of them (`parent_id`), sorted."""
    found = set(ids)
    if "parent_id" in agencies.columns:
        pairs = agencies[["agency_id", "parent_id"]].dropna()
        size = -1
        while size < len(found):
            size = len(found)
            found |= set(pairs.loc[pairs["parent_id"].isin(found), "agency_id"])
    return sorted(found)
