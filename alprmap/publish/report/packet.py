"""The city packet: two pages for a council meeting, in English and in Spanish.

Readers here against places of its size, who can look, how far the border is, the map, what is not
known, and questions to ask the city. Words are data (data/packet.toml); every number is a claim's.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import shapely

from alprmap import geo, steps
from alprmap.claims import sheet
from alprmap.errors import InputError
from alprmap.geography import Place, assign_places, find_place, gazetteer, open_areas
from alprmap.merge import Cameras, open_cameras
from alprmap.publish.map import page, staticmap
from alprmap.publish.map.data import credit_lines
from alprmap.publish.report.claimed import csv_of
from alprmap.publish.report.counted import counted_claims
from alprmap.publish.report.figures import Figure
from alprmap.publish.report.firstpage import (
    About,
    FirstPage,
    Line,
    first_page,
    languages,
    report_words,
    source_in,
)
from alprmap.publish.report.frontpage import front_html
from alprmap.publish.report.manifest import as_built
from alprmap.publish.report.printing import printed
from alprmap.publish.report.sections import map_of_folder
from alprmap.results import Result, framed
from alprmap.shipped import data_path
from alprmap.text import number_of, verb

SIZE_FACTOR = 1.5
"""Places of its size: between the people of the place over this and times this."""
FEWEST_PEERS = 5
FRAME_PX = 700
"""Height of the pages in a notebook."""
MOST_SLUG = 80
"""Characters of a place's name that its folder is called by."""


@dataclass(frozen=True)
class Packet(Result):
    """What is said of one place: its claims, the first page by language, the map."""

    name: str
    slug: str
    cameras: pd.DataFrame
    sheet: pd.DataFrame
    fronts: Mapping[str, FirstPage]
    pictures: Mapping[str, Figure]
    credits: tuple[str, ...]
    fictional: bool

    def tables(self) -> dict[str, pd.DataFrame]:
        """Return the readers of the place, then the claims."""
        return {"cameras": self.cameras, "claims": self.sheet}

    def counts(self) -> dict[str, int]:
        """Return how many readers, sentences, languages and claims the packet has."""
        return {
            "cameras": len(self.cameras),
            "sentences": len(self.sentences()),
            "languages": len(self.fronts),
            "claims": len(self.sheet),
        }

    def claims(self) -> pd.DataFrame:
        """Return every claim behind the pages, as their claims.csv has them."""
        return self.sheet

    def sentences(self, language: str = "en") -> list[str]:
        """Return the sentences of the first page in a language of `languages()`."""
        return [line.text for line in self.fronts[language].lines]

    def html(self, language: str = "en") -> str:
        """Return the two pages in a language as one HTML file without script."""
        return packet_html(self, language)

    def save(self, path: str | Path) -> list[Path]:
        """Write HTML and PDF in each language and claims.csv into the folder `path`, all or none;
        return what was written.

        Raises
        ------
        StorageError
            When the disk refuses; files that were there stay as they were.
        """
        return write_packet(Path(path), self)

    def _repr_html_(self) -> str:
        """Show the pages themselves in a notebook, in a frame in which nothing may run."""
        return framed(self.html(), self.name, height_px=FRAME_PX)


@cache
def _words() -> dict[str, Any]:
    return tomllib.loads(data_path("packet.toml").read_text(encoding="utf-8"))


def city_packet(folder: Path, name: str | Place) -> Packet:
    """Return the packet of a town, county or state by name, or of a polygon, from a result folder.

    Raises
    ------
    UsageError
        When no place has the name.
    InputError
        When no camera of the folder stands there, or a table in it is not as a build writes it.
    """
    place = name if isinstance(name, Place) else find_place(name)
    with as_built(folder):
        return _packet_of(folder, place, open_cameras(folder / "cameras.parquet"))


def slug_of(label: str) -> str:
    """Return the name of the folder of a place: letters and digits alone, empty where it has none.

    >>> (slug_of("Laredo, Texas"), slug_of("../x"), slug_of("--"))
    ('laredo-texas', 'x', '')
    """
    words = "".join(c if c.isalnum() else " " for c in label[:MOST_SLUG].lower()).split()
    return "-".join(words)[:MOST_SLUG]


def _packet_of(folder: Path, place: Place, opened: Cameras) -> Packet:
    cameras = opened.table
    inside = _inside(place.shape, cameras)
    here = cameras[inside]
    if not len(here):
        raise InputError(
            f"no camera of {folder.name} stands in {place.label}",
            fix="name another place, or build with cameras of this one",
        )
    counted = counted_claims(here, set_aside=opened.sentence())
    more = [*_peers(place, cameras, len(here)), *_border(folder, here), *_access(folder, here)]
    claims = pd.concat([counted, sheet(more, wing="publish")], ignore_index=True)
    dated = here["last_seen"].dropna()
    about = About(
        place.label,
        place=place.label,
        cameras_date=str(dated.max()) if len(dated) else "",
        set_aside=opened.sentence(),
        of_more=_measured(folder),
    )
    fronts = {lang: _front(claims, about, lang, folder) for lang in languages()}
    data = map_of_folder(folder, here)
    bounds = place.shape.bounds
    data = replace(data, title=place.label, subtitle="", bbox=bounds, watches=None)
    told = credit_lines(data.sources)
    named = tuple(told) or ("© OpenStreetMap contributors",)
    return Packet(
        place.label,
        slug_of(place.label),
        here.reset_index(drop=True),
        claims,
        fronts,
        {
            lang: staticmap.draw_static(replace(data, language=lang), height_in=4.6)
            for lang in languages()
        },
        named,
        data.fictional,
    )


def area_packets(folder: Path, areas: str) -> Iterator[tuple[str, Packet | None]]:
    """Give the packet of each polygon, with its name; None where no camera stands in it.

    Parameters
    ----------
    areas
        As `open_areas` takes them: a GeoJSON of polygons, places by name, "counties of Ohio".

    Raises
    ------
    InputError
        When no camera of the folder stands in any of them, or two of them have one name.
    """
    table = open_areas(areas)
    if table["area"].duplicated().any():
        twice = str(table.loc[table["area"].duplicated(), "area"].iloc[0])
        raise InputError(
            f"two polygons are called {twice}", where=areas, fix="give each a name of its own"
        )
    with as_built(folder):
        opened = open_cameras(folder / "cameras.parquet")
    cameras = opened.table
    shapes = table.geometry.to_numpy()
    held = [bool(_inside(shape, cameras).any()) for shape in shapes]
    if not any(held):
        raise InputError(
            f"no camera of {folder.name} stands in any of {number_of(len(table), 'polygon')}",
            where=areas,
            fix="name polygons of the area of this result",
        )
    named = list(zip(table["area"].astype("str"), shapes, held, strict=True))
    for name, shape, some in steps.each(named, "packets"):
        spot = shapely.point_on_surface(shape)
        place = Place(name, "area", float(spot.x), float(spot.y), shape, "")
        with as_built(folder):
            made = _packet_of(folder, place, opened) if some else None
        yield name, made


def _inside(shape: shapely.Geometry, cameras: pd.DataFrame) -> np.ndarray:
    lon, lat = cameras["lon"].to_numpy(np.float64), cameras["lat"].to_numpy(np.float64)
    known = np.isfinite(lon) & np.isfinite(lat)
    inside = np.zeros(len(cameras), dtype=bool)
    inside[known] = shapely.intersects_xy(shape, lon[known], lat[known])
    return inside


def _claim(
    key: str, figure: float, unit: str, n: int, sentence: str, **more: Any
) -> dict[str, Any]:
    return {
        "claim_id": key,
        "figure": figure,
        "unit": unit,
        "n": n,
        "sentence": sentence,
        "bounds": "counted",
        "caveat": "Counts mapped cameras, not all there are; towns are mapped unevenly.",
        **more,
    }


def _peers(place: Place, cameras: pd.DataFrame, count: int) -> list[dict[str, Any]]:
    """Return the readers of towns of its size, each in a circle as wide as the place's own.

    A town counts where the data can be taken to cover it: in a state in which readers of the data
    stand, with its circle inside their extent. Elsewhere no reader would mean no data.
    """
    if place.kind != "town" or not place.population or place.radius_mi is None:
        return []
    towns = gazetteer()
    people = towns["population"].to_numpy()
    alike = (people >= place.population / SIZE_FACTOR) & (people <= place.population * SIZE_FACTOR)
    known = cameras.dropna(subset=["lon", "lat"])
    apart = geo.distance_m(towns["lon"], towns["lat"], place.lon, place.lat) > geo.STATUTE_MILE_M
    reach_m = place.radius_mi * geo.STATUTE_MILE_M
    towns = towns[alike & np.asarray(apart)]
    towns = towns[_covered(towns, known, reach_m)]
    if len(towns) < FEWEST_PEERS:
        return []
    from scipy.spatial import cKDTree

    tree = cKDTree(geo.ecef(known["lon"].to_numpy(), known["lat"].to_numpy()))
    centers = geo.ecef(towns["lon"].to_numpy(), towns["lat"].to_numpy())
    readers = np.array(tree.query_ball_point(centers, reach_m, return_length=True))
    low, middle, high = np.quantile(readers, [0.25, 0.5, 0.75])
    ahead = int((readers < count).sum())
    about = {
        "definition": (
            f"towns of {place.population / SIZE_FACTOR:,.0f} to"
            f" {place.population * SIZE_FACTOR:,.0f} people in states of the data, with their"
            f" circle inside its extent; readers within {place.radius_mi:g} miles of the middle of"
            " each"
        ),
        "settings": json.dumps({"miles": place.radius_mi}),
    }
    return [
        _claim(
            "packet-peers",
            float(middle),
            "cameras",
            len(towns),
            f"Half of {number_of(len(towns), 'town')} of its size have more than {middle:,.0f}"
            " readers.",
            low=float(low),
            high=float(high),
            **about | {"bounds": "middle half of the towns"},
        ),
        _claim(
            "packet-ahead",
            ahead,
            "towns",
            len(towns),
            f"{ahead:,} of {number_of(len(towns), 'town')} of its size"
            f" {'has' if ahead == 1 else 'have'} fewer"
            " readers.",
            **about,
        ),
    ]


def _covered(towns: pd.DataFrame, cameras: pd.DataFrame, reach_m: float) -> np.ndarray:
    """Return which towns lie in a state of these cameras with their circle inside their hull."""
    where = assign_places(cameras["lon"].to_numpy(), cameras["lat"].to_numpy())
    in_state = towns["state"].isin(set(where["state"].dropna())).to_numpy()
    hull = shapely.MultiPoint(cameras[["lon", "lat"]].to_numpy()).convex_hull
    per_lon, per_lat = geo.degree_m(towns["lat"].to_numpy())
    inside = in_state.copy()
    for turn in np.linspace(0, 2 * np.pi, 8, endpoint=False):
        lon = towns["lon"].to_numpy() + reach_m * np.cos(turn) / per_lon
        lat = towns["lat"].to_numpy() + reach_m * np.sin(turn) / per_lat
        inside &= shapely.intersects_xy(hull, lon, lat)
    return inside


def _measured(folder: Path) -> frozenset[str]:
    """Return which figures on roads a folder has, of all of its area and not of a place in it."""
    told = csv_of(folder / "coverage" / "claims.csv")
    ids = set() if told is None else set(told["claim_id"])
    needed = {"trips": {"c6-trips-read"}, "followed": {"c2-likely-road", "c4-unread-road"}}
    return frozenset(name for name, any_of in needed.items() if any_of & ids)


def _border(folder: Path, here: pd.DataFrame) -> list[dict[str, Any]]:
    table = csv_of(folder / "reach.csv")
    if table is None:
        return []
    near = table[table["camera_id"].isin(here["camera_id"])]
    out = []
    for name in ("mexico", "canada"):
        if f"to_{name}_m" not in near.columns:
            continue
        miles = pd.to_numeric(near[f"to_{name}_m"]) / geo.STATUTE_MILE_M
        within = int((miles <= 100).sum())
        meaning = {"definition": f"geodesic distance to the border with {name.title()} (rule R1)"}
        out += [
            _claim(
                f"within-100-mi-{name}",
                within,
                "cameras",
                len(near),
                f"{within:,} of {len(near):,} {verb(within, 'stands', 'stand')} within 100 miles.",
                **meaning,
            ),
            _claim(
                f"median-mi-{name}",
                float(miles.median()),
                "mi",
                len(near),
                f"Half stand farther than {miles.median():,.0f} miles.",
                **meaning,
            ),
        ]
    return out


def _access(folder: Path, here: pd.DataFrame) -> list[dict[str, Any]]:
    """Return how many of the readers here a body reaches by a share on record."""
    table, told = (csv_of(folder / "access" / f"{name}.csv") for name in ("cameras", "claims"))
    if table is None or told is None or not len(told):
        return []
    told = told[told["claim_id"].str.startswith("access-")]
    if not len(told):
        return []
    near = table[table["camera_id"].isin(here["camera_id"]) & (table["class"] == "known")]
    one = int((pd.to_numeric(near["hops"]) == 1).sum())
    if not one:
        return []
    return [
        _claim(
            "access-known-1",
            one,
            "cameras",
            len(here),
            f"{one:,} can be searched.",
            settings=str(told["settings"].iloc[0]),
            definition="operator tagged (A2), one hop on record (A3)",
        )
    ]


def _front(claims: pd.DataFrame, about: About, language: str, folder: Path) -> FirstPage:
    front = first_page(claims, about, language)
    by_id = {str(r["claim_id"]): r for r in claims.to_dict("records")}
    if "packet-peers" not in by_id:
        return front
    peers, ahead = by_id["packet-peers"], by_id["packet-ahead"]
    form = "peers_one" if ahead["figure"] == 1 else "peers"
    text = str(_words()[language][form]).format(
        n=f"{int(peers['n']):,}",
        median=f"{peers['figure']:,.0f}",
        low=f"{peers['low']:,.0f}",
        high=f"{peers['high']:,.0f}",
        ahead=f"{ahead['figure']:,.0f}",
    )
    line = Line(
        "peers",
        text,
        f"{ahead['figure']:,.0f}/{int(ahead['n']):,}",
        ("packet-peers", "packet-ahead"),
    )
    return replace(front, lines=(front.lines[0], line, *front.lines[1:]))


def packet_html(packet: Packet, language: str) -> str:
    """Return the two pages of a packet in a language as one HTML file without script."""
    from alprmap.publish.report.report import figure_html

    t, words = page.page_text, _words()[language]
    front = packet.fronts[language]
    body = ['<main class="report packet">']
    body += front_html(
        replace(front, method=()),
        title=str(words["title"]).format(name=packet.name),
        subtitle="",
        fictional=packet.fictional,
        figure=figure_html(packet.pictures[language]),
        named=[source_in(line, language) for line in packet.credits],
        with_method=False,
    )
    body.append(f"<section class='questions'><h2>{t(words['questions_title'])}</h2>")
    body.append(f"<p>{t(words['intro'])}</p><ol>")
    body += [f"<li>{t(q)}</li>" for q in words["questions"]]
    body.append("</ol>")
    note = report_words(language)["claims_note"]
    body.append(f"<p class='soft'>{t(note)}</p></section></main>")
    return page.html_document(
        title=str(words["title"]).format(name=packet.name),
        body="\n".join(body),
        styles=[page.page_look(), page.asset("css/report.css")],
        pictures=True,
        language=language,
    )


def packet_pdf(packet: Packet, language: str) -> bytes:
    """Return the pages as PDF: printed by Chromium where it is, else drawn with the same text."""
    return printed(packet_html(packet, language)) or _drawn(packet, language)


def _drawn(packet: Packet, language: str) -> bytes:
    """Draw the same text with matplotlib: the map and the sentences, then the questions."""
    import io
    import textwrap

    import matplotlib as mpl
    from matplotlib.backends.backend_pdf import PdfPages
    from matplotlib.figure import Figure as Sheet

    words, front = _words()[language], packet.fronts[language]
    common = report_words(language)
    title = str(words["title"]).format(name=packet.name)
    first: list[tuple[str, float]] = [(title, 17), (" · ".join(front.dates), 9)]
    first += [(f"• {line.text}", 10.5) for line in front.lines]
    second: list[tuple[str, float]] = [
        (str(words["questions_title"]), 14),
        (str(words["intro"]), 10),
    ]
    second += [(f"{i}. {q}", 10.5) for i, q in enumerate(words["questions"], start=1)]
    for key, texts in (("unknown_title", front.unknown), ("quote_title", front.quotes)):
        second += [(str(common[key]), 12), *[(f"• {text}", 9.5) for text in texts]]
    out = io.BytesIO()
    with PdfPages(out, metadata={"CreationDate": None, "Producer": None}) as pdf:
        for lines, picture in ((first, packet.pictures[language].png), (second, None)):
            sheet_ = Sheet(figsize=(8.5, 11))
            at = 0.95
            for text, size in lines:
                wrapped = textwrap.fill(text, int(960 / size))
                sheet_.text(0.08, at, wrapped, fontsize=size, va="top", parse_math=False)
                at -= (wrapped.count("\n") + 1) * size * 0.00185 + 0.012
            if picture is not None:
                axes = sheet_.add_axes((0.08, 0.05, 0.84, max(at - 0.06, 0.1)))
                axes.imshow(mpl.image.imread(io.BytesIO(picture)))
                axes.set_axis_off()
            pdf.savefig(sheet_)
    return out.getvalue()


def write_packet(folder: Path, packet: Packet) -> list[Path]:
    """Write the packet's HTML and PDF in each language, and its claims; return their paths.

    Raises
    ------
    StorageError
        When the disk refuses; existing files are unchanged.
    """
    from alprmap.publish.exports.exports import csv_for_spreadsheets
    from alprmap.store import together, write_bytes, write_text

    folder = Path(folder)
    files = {f"{packet.slug}.{lang}": lang for lang in packet.fronts}
    written = []
    with together(folder):
        for stem, lang in files.items():
            write_text(folder / f"{stem}.html", packet_html(packet, lang))
            write_bytes(folder / f"{stem}.pdf", packet_pdf(packet, lang))
            written += [folder / f"{stem}.html", folder / f"{stem}.pdf"]
        csv_for_spreadsheets(packet.sheet, folder / "claims.csv")
    return [*written, folder / "claims.csv"]
