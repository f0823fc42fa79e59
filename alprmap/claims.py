"""A claim: one printed figure with the five things it owes its reader (DESIGN §3, rule R5).

What is counted and what was set aside, what it means, how sure, against what (in the sentence or
the caveat), and what is behind it. Every wing writes its sentences through `sheet`; the report,
the page and the command line quote them and add no figure of their own.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from alprmap import schema
from alprmap.text import clean, percent

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = (
    "claim_id",
    "wing",
    "sentence",
    "figure",
    "unit",
    "n",
    "low",
    "high",
    "bounds",
    "set_aside",
    "definition",
    "settings",
    "data_date",
    "caveat",
    "ids_file",
    "ids_where",
    "inputs_sha256",
)
"""Columns of a sheet of claims: `figure`, `low`, `high` in `unit`; `bounds` says what the interval
is (5–95 % unless it says otherwise); `set_aside` what was not counted and why; `settings` JSON."""

ABROAD = {"Canada": "in_canada", "Mexico": "in_mexico", "": "outside_the_united_states"}
"""Country, or none that is known → the reason for which a camera there is set aside (S12)."""
ASIDE_NAMES: dict[str, tuple[str, str]] = {
    "removed": ("removed", "removed"),
    "planned": ("planned", "planned"),
    "unknown": ("of unknown sort or status", "of unknown sort or status"),
    "standing": ("standing", "standing"),
    **{
        d: (n, "devices that read no plates" if d == "other" else f"{n}s")
        for d, n in schema.DEVICE_NAMES.items()
        if d != "unknown"
    },
    **{
        reason: (text, text)
        for country, reason in ABROAD.items()
        for text in ["outside the United States" + (f" ({country})" if country else "")]
    },
    "no_position": ("without a position", "without a position"),
    "too_rough": ("too roughly located", "too roughly located"),
    "shared_point": ("on a point that many share", "on a point that many share"),
}
"""Reason for which a camera or a report is set aside → its words for one and for several (S12)."""

NEEDED = ("claim_id", "sentence", "figure", "unit", "n", "definition")
"""What a claim cannot do without."""


def counted_sentence(counted: int, set_aside: Mapping[str, int]) -> str:
    """Return "n standing readers; set aside: …" of a count and the counts by reason (S12).

    >>> counted_sentence(1200, {"removed": 3, "red_light": 1})
    '1,200 standing readers; set aside: 3 removed, 1 red-light camera'
    >>> counted_sentence(61750, {"in_canada": 18})
    '61,750 standing readers in the United States; set aside: 18 outside the United States (Canada)'
    >>> counted_sentence(1, {})
    '1 standing reader; nothing set aside'
    """
    readers = "standing reader" if counted == 1 else "standing readers"
    if not set_aside:
        return f"{counted:,} {readers}; nothing set aside"
    where = " in the United States" if not set_aside.keys().isdisjoint(ABROAD.values()) else ""
    parts = [f"{n:,} {ASIDE_NAMES.get(r, (r, r))[n != 1]}" for r, n in set_aside.items()]
    return f"{counted:,} {readers}{where}; set aside: {', '.join(parts)}"


def sheet(
    rows: Iterable[Mapping[str, Any]],
    *,
    wing: str,
    inputs: Mapping[str, str] | None = None,
    settings: Mapping[str, Any] | None = None,
    data_date: str | None = None,
    set_aside: str | None = None,
) -> pd.DataFrame:
    """Return claims as a table with `COLUMNS`, sorted by `claim_id`.

    Parameters
    ----------
    rows
        One mapping per claim with at least `NEEDED`; its own values win over the common ones.
    wing
        Name of the wing that measured.
    inputs
        SHA-256 of each input file by name.
    settings, data_date, set_aside
        What all rows share: settings in force, the date of the data, what was not counted and why.

    Raises
    ------
    ValueError
        When a row lacks one of `NEEDED`, or two rows have one `claim_id`: a fault of the wing.
    """
    import pandas as pd

    common = {
        "wing": wing,
        "inputs_sha256": "; ".join(f"{clean(n)[0]} {h}" for n, h in sorted((inputs or {}).items())),
        "settings": json.dumps(settings, sort_keys=True, default=str) if settings else None,
        "data_date": data_date,
        "set_aside": set_aside,
    }
    made = [common | dict(row) for row in rows]
    for row in made:
        if lacking := [name for name in NEEDED if row.get(name) is None]:
            raise ValueError(f"the claim {row.get('claim_id')} lacks {', '.join(lacking)}")
    frame = pd.DataFrame(made, columns=list(COLUMNS))
    if frame["claim_id"].duplicated().any():
        raise ValueError("two claims have one claim_id")
    text = [c for c in COLUMNS if c not in ("figure", "low", "high", "n")]
    types = dict.fromkeys(text, "str") | dict.fromkeys(("figure", "low", "high"), "float64")
    return frame.astype(types).sort_values("claim_id", ignore_index=True)


def together(sheets: Iterable[pd.DataFrame]) -> pd.DataFrame:
    """Return the claims of several wings as one sheet, wing by wing."""
    import pandas as pd

    given = [s for s in sheets if len(s)]
    if not given:
        return sheet([], wing="none")
    return pd.concat(given, ignore_index=True)[list(COLUMNS)]


def interval(claim: Mapping[Any, Any]) -> str:
    """Return the bounds of a claim in the form its sentence has: shares in per cent, counts whole.

    >>> interval({"unit": "share", "low": 0.4649, "high": 0.6183,
    ...     "bounds": "counties resampled, 95 %"})
    '46.5% to 61.8%: counties resampled, 95 %'
    >>> interval({"unit": "cameras", "low": 28547.0, "high": 28584.0,
    ...     "bounds": "error of border data"})
    '28,547 to 28,584: error of border data'
    >>> interval({"unit": "mi", "low": 675.5, "high": 675.5, "bounds": "a single camera"})
    'a single camera'
    """
    unit = str(claim["unit"])
    low, high = (math.nan if claim[k] is None else float(claim[k]) for k in ("low", "high"))
    if not math.isfinite(low) or not math.isfinite(high) or low == high:
        return str(claim["bounds"])
    if unit == "share":
        return f"{percent(low)} to {percent(high)}: {claim['bounds']}"
    form = {"cameras": ",.0f", "ratio of shares": ".2f"}.get(unit, ",.1f")
    what = f"{unit} {float(claim['figure']):.2f}, " if unit == "ratio of shares" else ""
    return f"{what}{low:{form}} to {high:{form}}: {claim['bounds']}"
