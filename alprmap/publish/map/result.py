"""The page as a result of the house: what is on it, what may be quoted from it, where it goes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd

from alprmap.access import Access
from alprmap.coverage import Coverage
from alprmap.errors import UsageError
from alprmap.geography import (
    LINES,
    counties,
    data_notice,
    land_polygons,
    load_border,
    ports,
    states,
)
from alprmap.merge import Cameras, open_cameras
from alprmap.publish.exports.layers import layers_of, wedges
from alprmap.publish.map.corridors import corridor_layers
from alprmap.publish.map.data import MapData, Source, dates_of
from alprmap.publish.map.staticmap import draw_static
from alprmap.publish.map.webmap import map_html, write_map
from alprmap.publish.report.claimed import (
    cameras_of,
    claims_of_cameras,
    claims_of_folder,
    first_page_of,
    front_of_folder,
)
from alprmap.publish.report.firstpage import default_title, languages
from alprmap.reach import Reach
from alprmap.results import Result, framed
from alprmap.roads import Roads
from alprmap.store import with_points, write_bytes
from alprmap.watch import Watched

FRAME_PX = 600
"""Height of the page in a notebook."""
_GROUND = ("states", "counties", "land_polygons", "places", "interstates")


@dataclass(frozen=True)
class MapPage(Result):
    """A page with its cameras and layers, and the claims its finding is told from.

    `data` is all that is drawn, `quoted` the table of claims (`alprmap.claims.COLUMNS`); `embed`
    makes it the small page for an ``<iframe>``.
    """

    data: MapData
    quoted: pd.DataFrame
    embed: bool = False

    def tables(self) -> dict[str, pd.DataFrame]:
        """Return the cameras, their views as wedges, and every layer of the page by name."""
        located = with_points(self.data.cameras.dropna(subset=["lon", "lat"]))
        drawn: dict[str, pd.DataFrame] = {"cameras": located}
        if self.data.views is not None:
            drawn["views"] = wedges(located, self.data.views)
        return {**drawn, **layers_of(self.data)}

    def counts(self) -> dict[str, int]:
        """Return the cameras of the page, and how many have a position and are drawn."""
        drawn = int(self.data.cameras["lon"].notna().sum())
        return {"cameras": len(self.data.cameras), "drawn": drawn}

    def claims(self) -> pd.DataFrame:
        """Return the claims that the finding of the page is told from."""
        return self.quoted

    def sentences(self) -> list[str]:
        """Return the finding in the language of the page, a sentence each."""
        data = self.data
        told = data.story if data.language == "en" else data.story_in.get(data.language, ())
        return [text for _, text in told]

    def html(self) -> str:
        """Return the page as text: one file that asks no server for anything."""
        return map_html(self.data, embed=self.embed)

    def save(self, path: str | Path) -> list[Path]:
        """Write the page (.html) or its picture (.png) to `path`; return what was written.

        Raises
        ------
        UsageError
            When the name ends in neither.
        StorageError
            When the disk refuses; a file that was there stays as it was.
        """
        path = Path(path)
        kind = path.suffix.lower()
        if kind in (".html", ".htm"):
            write_map(self.data, path, embed=self.embed)
        elif kind == ".png":
            write_bytes(path, draw_static(self.data).png)
        else:
            raise UsageError(
                "a page is saved as .html, its picture as .png", where=path, fix="name it map.html"
            )
        return [path]

    def _repr_html_(self) -> str:
        """Show the page itself in a notebook, in a frame that may run its own scripts alone."""
        return framed(
            replace(self, embed=True).html(),
            self.data.title,
            height_px=FRAME_PX,
            may="allow-scripts",
        )


def map_page(
    cameras: Any,
    *results: Result,
    title: str = "",
    subtitle: str = "",
    language: str = "en",
    borders: Sequence[str] = ("mexico", "canada"),
    sources: Sequence[Source] = (),
    dates: Mapping[str, str] | None = None,
    fictional: bool = False,
    embed: bool = False,
    **more: Any,
) -> MapPage:
    """Return the page of cameras and of what other wings measured of them.

    Parameters
    ----------
    cameras
        A path, a table or the opened cameras (`alprmap.merge.open_cameras`).
    results
        `Roads`, `Watched`, `Coverage`, `Reach`, `Access` of these cameras, in any order: their
        tables are drawn, their claims are told. A result of another wing is told alone.
    title, subtitle
        Plain text; a title in the language of the page where it is empty.
    language
        One of `languages()`; what the page speaks at first.
    borders
        Lines to draw (`alprmap.geography.LINES`).
    sources, dates
        Named on the page; the newest date of the cameras where `dates` is left out.
    fictional
        Label the page as a fictional example, without the ground of the United States.
    more
        Further fields of `MapData`.

    Raises
    ------
    UsageError
        When no page speaks the language, or no line has the name.
    InputError
        When the cameras do not read, or a table lacks what the map needs.
    """
    if language not in languages():
        raise UsageError(f"no page speaks {language!r}", fix=f"use {' or '.join(languages())}")
    if unknown := [b for b in borders if b not in LINES]:
        raise UsageError(f"no line is called {unknown[0]}", fix=f"use one of {', '.join(LINES)}")
    opened = cameras if isinstance(cameras, Cameras) else open_cameras(cameras)
    drawn: dict[str, Any] = {"borders": {name: load_border(name) for name in borders}}
    ground = [*borders, "states", "counties"]
    if not fictional:
        ground = [*borders, *_GROUND]
        drawn |= {"states": states(), "counties": counties(), "ports": ports()}
        drawn |= {"land": land_polygons()}
    for result in results:
        drawn |= _drawn_of(result)
    if opened.reports is not None and opened.merged is not None:
        drawn |= {"reports": opened.reports, "links": opened.merged.links}
    claims = claims_of_cameras(opened, [r.claims() for r in results if not isinstance(r, Roads)])
    title = title or default_title(language)
    fronts = {lang: first_page_of(claims, opened, title, lang) for lang in languages()}
    story = {lang: [(ln.figure, ln.text) for ln in f.lines] for lang, f in fronts.items()}
    data = MapData(
        title=title,
        cameras=opened.cameras,
        subtitle=subtitle,
        views=opened.views,
        dates=dates_of(opened.cameras) if dates is None else dates,
        sources=sources,
        notices=[data_notice(ground)],
        fictional=fictional,
        language=language,
        story=story.pop("en"),
        story_in=story,
        **drawn | more,
    )
    return MapPage(data, claims, embed)


def map_page_of_folder(folder: Path, data: MapData) -> MapPage:
    """Return the page of a result folder: `data` with the finding that its claims allow."""
    story = {
        lang: [(line.figure, line.text) for line in front_of_folder(folder, language=lang).lines]
        for lang in languages()
    }
    told = replace(data, story=story.pop("en"), story_in=story)
    return MapPage(told, claims_of_folder(folder, cameras_of(folder)))


def _drawn_of(result: Result) -> dict[str, Any]:
    """Return the fields of `MapData` that a result fills."""
    if isinstance(result, Roads):
        return {"segments": result.segments, "roads": result}
    if isinstance(result, Watched):
        return {"watches": result.watches}
    if isinstance(result, Coverage):
        return {"corridors": corridor_layers(result.made)}
    if isinstance(result, Reach):
        return {"reach": result.reach}
    if isinstance(result, Access):
        return {"access": result.tables()["cameras"]}
    return {}
