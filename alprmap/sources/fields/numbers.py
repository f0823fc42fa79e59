"""Numbers as people and programs write them, by a strict grammar.

``float()`` is not used on text: it takes ``"１２"``, ``"1_000"``, ``"nan"`` and ``"1e999"``.
"""

from __future__ import annotations

import re
import sys

_DECIMAL = re.compile(r"[+\-−]?(?:\d{1,15}(?:\.\d*)?|\.\d+)", re.ASCII)
_COMMA = re.compile(r"[+\-−]?\d{1,15},\d+", re.ASCII)
_COUNT = re.compile(r"(\d{1,3}(?:,\d{3}){1,4}|\d{1,15})(?:\.0*)?", re.ASCII)


def parse_decimal(value: object, *, comma: bool = False) -> float | None:
    """Return `value` as a finite number, None when it is not one by the grammar.

    Parameters
    ----------
    value
        A number, or text: ASCII digits, one sign, one point (one comma where `comma`), nothing
        else.
    comma
        Take a decimal comma too.

    >>> (parse_decimal(" -99.5 "), parse_decimal("27,5", comma=True), parse_decimal("１２"),
    ...  parse_decimal("1_000"), parse_decimal("1e5"))
    (-99.5, 27.5, None, None, None)
    """
    if isinstance(value, bool):
        return None
    if isinstance(value, (int, float)):
        # a whole number of hundreds of digits is one in Python, and none of the machine
        return float(value) if abs(value) <= sys.float_info.max else None
    if not isinstance(value, str):
        return None
    text = value.strip()
    if _DECIMAL.fullmatch(text):
        return float(text.replace("−", "-"))
    if comma and _COMMA.fullmatch(text):
        return float(text.replace("−", "-").replace(",", "."))
    return None


def parse_count(value: object) -> float | None:
    """Return a count ("1,234", 12, 12.0) as a float, None when it is not one.

    >>> parse_count("1,234"), parse_count(12), parse_count("N/A"), parse_count(-3)
    (1234.0, 12.0, None, None)
    """
    if isinstance(value, str):
        found = _COUNT.fullmatch(value.strip())
        return float(found[1].replace(",", "")) if found else None
    number = parse_decimal(value)
    return number if number is not None and number >= 0 else None
