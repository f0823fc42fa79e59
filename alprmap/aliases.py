"""The lines of the alias tables in data/aliases: normalising is data, and this is how it is read."""

from __future__ import annotations

import csv

from alprmap.shipped import data_path


def rows(name: str) -> list[dict[str, str]]:
    """Return the lines of table `name` of data/aliases as dicts; lines that start with # are comments.

    Raises
    ------
    NotFoundError
        When this installation does not carry the table.
    """
    text = data_path(f"aliases/{name}.csv").read_text(encoding="utf-8")
    return list(csv.DictReader(line for line in text.splitlines() if line and not line.startswith("#")))
