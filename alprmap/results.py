"""What every wing hands back: one frozen result that carries everything about it (DESIGN §1).

A wing's result inherits from `Result` and says which tables it has and what may be claimed from
them. The command prints it, `build` saves it, the report quotes it, the map draws it: nothing is
put together a second time.
"""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from alprmap import claims as claim_sheets
from alprmap.text import number_of

if TYPE_CHECKING:
    import pandas as pd


class Result:
    """Base of the results: tables by name, counts, claims; saved whole or not at all."""

    def tables(self) -> dict[str, pd.DataFrame]:
        """Return every table by name, the main one first; with geometry as GeoDataFrames
        (EPSG:4326).
        """
        raise TypeError(f"{type(self).__name__} does not say which tables it has")

    def counts(self) -> dict[str, int]:
        """Return what came in, what is counted and what was set aside, by name."""
        return {name: len(table) for name, table in self.tables().items()}

    def claims(self) -> pd.DataFrame:
        """Return the sentences that may be printed, each with its figure (`alprmap.claims`)."""
        return claim_sheets.sheet([], wing=type(self).__module__.split(".")[1])

    def save(self, path: str | Path) -> list[Path]:
        """Write the main table to `path` and the others beside it as `STEM.NAME.csv`, or .parquet
        for tables with geometry; all or none. Return what was written.

        Raises
        ------
        StorageError
            When the disk refuses; files that were there stay as they were.
        """
        from alprmap.credits import credits_of
        from alprmap.store import hand_on, together, write_beside

        path = Path(path)
        rest = dict(self.tables())
        first = next(iter(rest))
        files: list[tuple[Path, pd.DataFrame]] = [(path, rest.pop(first))]
        for name, table in [*rest.items(), ("claims", self.claims())]:
            suffix = ".parquet" if "geometry" in table.columns else ".csv"
            files.append((path.with_name(f"{path.stem}.{name.replace('_', '-')}{suffix}"), table))
        with together(path):
            about = credits_of(files[0][1])
            for target, table in files:
                if target == path:
                    hand_on(table, target)
                else:
                    write_beside(table, target, about)
        return [target for target, _ in files]

    def _repr_html_(self) -> str:
        """Show the counts, the claims and the head of the main table in a notebook, escaped."""
        name, table = next(iter(self.tables().items()))
        lines = [f"{key.replace('_', ' ')}: {value:,}" for key, value in self.counts().items()]
        sentences = [str(s) for s in self.claims()["sentence"]]
        shown = table.drop(columns=[c for c in table.columns if c == "geometry"]).head(5)
        counted = "".join(f"<li>{escape(t)}</li>" for t in lines)
        claimed = "".join(f"<li>{escape(t)}</li>" for t in sentences)
        return (
            f"<div><strong>{escape(type(self).__name__)}</strong><ul>{counted}</ul>"
            f"{f'<ul>{claimed}</ul>' if claimed else ''}"
            f"<p>{escape(name)}, {number_of(len(table), 'row')}</p>"
            f"<div style='overflow-x:auto'>{shown.to_html(index=False)}</div></div>"
        )


def plain(value: Any) -> Any:
    """Return `value` with numpy scalars made plain and NaN made None, so that it is strict JSON."""
    if isinstance(value, dict):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(v) for v in value]
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, float) and value != value:
        return None
    return value if isinstance(value, (str, int, float, bool, type(None))) else str(value)


def framed(page: str, title: str, *, height_px: int, may: str = "") -> str:
    """Return a whole page in a frame for a notebook; `may` is what its sandbox allows."""
    text, name = (escape(str(part), quote=True) for part in (page, title))
    style = f"width:100%;border:0;height:{height_px}px"
    return f'<iframe title="{name}" sandbox="{may}" style="{style}" srcdoc="{text}"></iframe>'
