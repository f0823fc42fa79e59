"""Where the data that ships with alprmap lies: `alprmap/_data` in a wheel, `data/` in a checkout."""

from __future__ import annotations

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
        f"the installation lacks its data file {name}", fix="reinstall alprmap from a complete wheel"
    )
