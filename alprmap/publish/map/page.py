"""The frame of every page: one file, no request, a Content-Security-Policy made of hashes.

Shared by the map, the report and the sighting form. Text from data enters a page in two ways only:
escaped, or as ASCII-only JSON in a ``<script type="application/json">`` that nothing executes.
A live `folium.Map` for notebooks is another thing: `alprmap.publish.folium_map`."""

from __future__ import annotations

import base64
import hashlib
import html
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from alprmap.errors import NotFoundError
from alprmap.publish.map import payload

ASSETS = Path(__file__).resolve().parents[1] / "assets"
MAP_SCRIPTS = (
    "say",
    "decode",
    "words",
    "timeline",
    "model",
    "draw",
    "basemap",
    "labels",
    "cameras",
    "panel",
    "filters",
    "card",
    "search",
    "route",
    "table",
    "areas",
    "main",
)
"""Our JavaScript, in the order in which it is joined."""
MAP_ID = "alprmap"
_SOURCE_MAP = re.compile(r"\n//# sourceMappingURL=\S*\s*\Z")
_PICTURE = re.compile(r"^\s*(?:background-image|behavior): url\([^)]*\);$", re.MULTILINE)
_NOTHING = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class MapFrame:
    """The map's own style, its element and the script that makes it."""

    style: str
    element: str
    script: str


@cache
def asset(name: str) -> str:
    """Return the text of a file under ``publish/assets``.

    Raises
    ------
    NotFoundError
        When this installation does not carry it.
    """
    path = ASSETS / name
    if not path.is_file():
        raise NotFoundError(
            f"the installation lacks its page file {name}",
            fix="reinstall alprmap from a complete wheel",
        )
    return path.read_text("utf-8")


@cache
def leaflet() -> tuple[str, str]:
    """Return Leaflet's (script, style) with its license, without what would ask for further
    files.
    """
    notice = asset("vendor/leaflet/LICENSE").replace("*/", "* /")
    script = f"/*\n{notice}*/\n" + _SOURCE_MAP.sub("\n", asset("vendor/leaflet/leaflet.js"))
    style = _PICTURE.sub("", asset("vendor/leaflet/leaflet.css"))
    return script, style


_FRAME = MapFrame(
    style="""
#map_alprmap { position: relative; width: 100%; height: 100%; left: 0; top: 0; }
.leaflet-container { font-size: 1rem; }
""",
    element='<div class="folium-map" id="map_alprmap"></div>',
    script="""var map_alprmap = L.map("map_alprmap", {
  center: [39.5, -98.35],
  crs: L.CRS.EPSG3857,
  zoom: 4,
  zoomControl: true,
  preferCanvas: true,
  attributionControl: false,
  zoomSnap: 0.25,
  worldCopyJump: false,
  zoomAnimation: true,
});""",
)


def map_frame() -> MapFrame:
    """Return the map's frame, made of constants alone: no tiles, no framework, no address."""
    return _FRAME


def _hash(text: str) -> str:
    return (
        "'sha256-"
        + base64.b64encode(hashlib.sha256(text.encode("utf-8")).digest()).decode("ascii")
        + "'"
    )


def policy(
    scripts: Sequence[str],
    styles: Sequence[str],
    *,
    pictures: bool = False,
    workers: bool = False,
) -> str:
    """Return the Content-Security-Policy that lets exactly these scripts and styles run and nothing
    load.

    >>> policy([], ["p{}"]).split("; ")[0]
    "default-src 'none'"
    """
    rules = ["default-src 'none'"]
    rules.append(
        "script-src " + (" ".join(sorted(_hash(s) for s in scripts)) if scripts else "'none'")
    )
    rules.append(
        "style-src " + (" ".join(sorted(_hash(s) for s in styles)) if styles else "'none'")
    )
    if pictures:
        rules.append("img-src data:")
    if workers:
        rules.append("worker-src blob:")
    return "; ".join([*rules, "base-uri 'none'", "form-action 'none'"])


def html_document(
    *,
    title: str,
    body: str,
    styles: Sequence[str],
    scripts: Sequence[str] = (),
    data: Mapping[str, Any] | None = None,
    description: str = "",
    pictures: bool = False,
    notice: str = "",
    language: str = "en",
    workers: bool = False,
) -> str:
    """Return one self-contained HTML page.

    Parameters
    ----------
    title, description
        Plain text; escaped here.
    body
        Markup made of our constants and of text that went through `page_text`.
    styles, scripts
        CSS and JavaScript; each is put inline and its hash into the policy.
    data
        id → value; put in as JSON, which the page reads with ``JSON.parse``.
    pictures
        Whether ``data:`` pictures may show (figures of a report).
    notice
        Plain text for a comment at the top (licenses of what is inlined).
    language
        Of the text, as the attribute `lang` has it.
    workers
        Whether a script may start a worker made of its own text.
    """
    # a comment is ended by two hyphens, so none may stand in it
    comment = f"<!-- {re.sub('-{2,}', '-', notice).replace('>', ' ')} -->\n" if notice else ""
    head = [
        '<meta charset="utf-8">',
        (
            '<meta http-equiv="Content-Security-Policy"'
            f' content="{policy(scripts, styles, pictures=pictures, workers=workers)}">'
        ),
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        '<meta name="referrer" content="no-referrer">',
        '<meta name="color-scheme" content="light dark">',
        '<meta name="generator" content="alprmap">',
        f"<title>{page_text(title)}</title>",
    ]
    if description:
        head.append(f'<meta name="description" content="{page_text(description)}">')
    head += [f"<style>{s}</style>" for s in styles]
    blocks = [
        f'<script type="application/json" id="{key}">{payload.dumps(value)}</script>'
        for key, value in (data or {}).items()
    ]
    blocks += [f"<script>{s}</script>" for s in scripts]
    return (
        f'<!DOCTYPE html>\n{comment}<html lang="{language}">\n<head>\n'
        + "\n".join(head)
        + f"\n</head>\n<body>\n{body}\n"
        + "\n".join(blocks)
        + "\n</body>\n</html>\n"
    )


def page_text(value: object) -> str:
    """Return `value` as text for markup: escaped, one line, without control characters.

    >>> page_text("<b>\\x00 & 'x'")
    '&lt;b&gt;� &amp; &#x27;x&#x27;'
    """
    line = _NOTHING.sub(" ", str(value))
    return html.escape("".join(c if c.isprintable() else "\ufffd" for c in line), quote=True)


def page_look() -> str:
    """Return the style sheet that all pages share."""
    return asset("css/look.css")


def map_scripts() -> str:
    """Return our JavaScript as one strict block."""
    parts = [asset(f"js/{name}.js") for name in MAP_SCRIPTS]
    return '(() => {\n"use strict";\n' + "\n".join(parts) + "})();\n"
