"""Where the data that ships with alprmap lies: `alprmap/_data` in a wheel, `data/` in a
checkout.
"""

from __future__ import annotations

import csv
from pathlib import Path

from alprmap.errors import NotFoundError

_PACKAGE = Path(__file__).resolve().parent


def data_path(name: str = "") -> Path:
    """Return the path of the shipped data file or folder `name` (relative, with forward slashes).

    Raises
    ------
    NotFoundError
        When this installation does not carry it.
    """
    for root in (_PACKAGE / "_data", _PACKAGE.parent / "data"):
        path = root / name
        if path.exists():
            return path
    raise NotFoundError(
        f"the installation lacks its data file {name}",
        fix="reinstall alprmap from a complete wheel",
    )


def alias_rows(name: str) -> list[dict[str, str]]:
    """Return the lines of table `name` of data/aliases as dicts; lines that start with # are
    comments.

    Raises
    ------
    NotFoundError
        When this installation does not carry the table.
    """
    return table_rows(f"aliases/{name}.csv")


def table_rows(name: str) -> list[dict[str, str]]:
    """Return the lines of a shipped CSV as dicts; lines that start with # are comments.

    Raises
    ------
    NotFoundError
        When this installation does not carry the table.
    """
    text = data_path(name).read_text(encoding="utf-8")
    return list(
        csv.DictReader(line for line in text.splitlines() if line and not line.startswith("#"))
    )
