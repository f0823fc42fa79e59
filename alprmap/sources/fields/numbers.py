"""Numbers as people and programs write them, by a strict grammar.

``float()`` is not used on text: it takes ``"１２"``, ``"1_000"``, ``"nan"`` and ``"1e999"``.
"""

from __future__ import annotations

import re
import sys

_DECIMAL = re.compile(r"[+\-−]?(?:\d{1,15}(?:\.\d*)?|\.\d+)", re.ASCII)
_COMMA = re.compile(r"[+\-−]?\d{1,15},\d+", re.ASCII)
_MOST = sys.float_info.max
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
    if value.__class__ is float:  # what most files hold
        return value if -_MOST <= value <= _MOST else None
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


_THOUSANDS = re.compile(r"[+\-−]?\d{1,3}(?:,\d{3})+(?:\.\d+)?", re.ASCII)
_POINTS = re.compile(r"[+\-−]?\d{1,3}(?:\.\d{3})+(?:,\d+)?", re.ASCII)


def grid_number(value: object, *, comma: bool = False) -> tuple[float, str] | None:
    """Return (number, what its marks say) of an easting or northing, None when it is none.

    The marks say ``"point"`` (1,234.5), ``"comma"`` (1.234,5) or nothing; where they could be
    either (449,123 is a thousand times 449.123) `comma`, what the column says, decides.

    >>> grid_number("449,123.5"), grid_number("449123,5"), grid_number("449123.5")
    ((449123.5, 'point'), (449123.5, 'comma'), (449123.5, ''))
    >>> grid_number("449,123"), grid_number("449,123", comma=True), grid_number("x")
    ((449123.0, 'either'), (449.123, 'either'), None)
    """
    if not isinstance(value, str):
        plain = parse_decimal(value)
        return None if plain is None else (plain, "")
    text = value.strip().replace("−", "-")
    if " " in text or "\u00a0" in text or "'" in text:
        text = re.sub(r"(?<=\d)[ \u00a0'](?=\d{3}(?:\D|$))", "", text)
    if text.count(".") + text.count(",") == 1 and _EITHER.fullmatch(text):
        thousands = ("," in text) != comma
        bare = text.replace(",", "").replace(".", "")
        number = float(bare) if thousands else float(text.replace(",", "."))
        return number, "either" if "," in text else "either, as it stands"
    if (plain := parse_decimal(text)) is not None:
        return plain, ""
    if _THOUSANDS.fullmatch(text):
        return float(text.replace(",", "")), "point"
    if _POINTS.fullmatch(text):
        return float(text.replace(".", "").replace(",", ".")), "comma"
    read = parse_decimal(text, comma=True)
    return None if read is None else (read, "comma")


_EITHER = re.compile(r"[+\-]?[1-9]\d{0,2}[.,]\d{3}", re.ASCII)


_PAIR = re.compile(
    r"\(?\s*(?:[xe]\s*[:=]?\s*)?(?P<x>\d{4,8}(?:\.\d*)?)\s*(?:,|;|/|\s)\s*"
    r"(?:[yn]\s*[:=]?\s*)?(?P<y>\d{4,8}(?:\.\d*)?)\s*\)?",
    re.IGNORECASE | re.ASCII,
)


def grid_pair(text: str) -> tuple[float, float] | None:
    """Return easting and northing of a grid that stand in one cell, None when they do not.

    >>> grid_pair("508564.7, 1315020.3"), grid_pair("X: 508564 Y: 1315020"), grid_pair("27.95, -82")
    ((508564.7, 1315020.3), (508564.0, 1315020.0), None)
    """
    found = _PAIR.fullmatch(text.strip())
    return None if found is None else (float(found["x"]), float(found["y"]))


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
