"""Small maps for the tests of the page: a town of our own, and one whose every text is hostile."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from alprmap import schema
from alprmap.publish.map import webmap

KINDS = ["city", "county", "federal", "private", "unknown", None]
VENDORS = ["Flock Safety", "Motorola", None]

HOSTILE = [
    "</script><script>window.pwned=1</script>",
    "<img src=x onerror=window.pwned=1>",
    '"><svg onload=window.pwned=1>',
    "javascript:window.pwned=1",
    "{{ [].__class__.__base__.__subclasses__() }}",
    "{% for x in (1).__class__.__base__.__subclasses__() %}{{x}}{% endfor %}",
    "100{% off",
    "`${window.pwned=1}`",
    "'};window.pwned=1;//",
    "line\u2028separator\u2029and\x00nul",
    "--><script>window.pwned=1</script><!--",
    "]]><script>window.pwned=1</script>",
    "&lt;b&gt;&amp;",
    '=HYPERLINK("https://example.invalid/","x")',
    "@SUM(1+1)*cmd|' /C calc'!A0",
    "\u202eright to left",
    '<meta http-equiv="refresh" content="0;url=https://example.invalid/">',
    "__proto__",
    "constructor",
    "toString",
    'https://example.invalid/" onmouseover="window.pwned=1',
    "<iframe srcdoc='<script>parent.pwned=1</script>'>",
    "<style>*{display:none}</style>",
    "<base href=https://example.invalid/>",
    "a,b\"c'd\ne",
]
"""Texts that break out of one context or another; the ones with `pwned` would set a canary."""


def cameras(n: int = 60, *, west: float = -100.2, south: float = 30.1) -> pd.DataFrame:
    """A town's worth of cameras, always the same."""
    rng = np.random.default_rng(7)
    frame = pd.DataFrame(
        {
            "camera_id": [f"cam-{i:04d}" for i in range(n)],
            "lon": west + rng.random(n) * 0.2,
            "lat": south + rng.random(n) * 0.15,
            "position_error_m": 10.0,
            "located_by": "survey",
            "operator": [f"Agency {i % 9}" if i % 4 else None for i in range(n)],
            "operator_kind": [KINDS[i % len(KINDS)] for i in range(n)],
            "vendor": [VENDORS[i % len(VENDORS)] for i in range(n)],
            "setting": None,
            "device": "alpr",
            "status": "standing",
            "first_seen": [f"202{i % 5}-0{1 + i % 9}" for i in range(n)],
            "last_seen": "2026-01-28",
            "confidence": rng.random(n).round(2),
            "n_reports": 1,
            "n_sources": 1,
            "source_record": [f"node/{1000 + i}" for i in range(n)],
        }
    )
    return schema.conform(frame, "cameras")


def views(table: pd.DataFrame) -> pd.DataFrame:
    """Views of every quality: exact, range, exact zero, full circle, unknown, two heads."""
    rows: list[tuple[str, float, float, str]] = []
    for i, camera in enumerate(table["camera_id"]):
        kind = i % 6
        if kind == 0:
            rows.append((camera, 0.0, np.nan, "zero"))
        elif kind == 1:
            rows.append((camera, np.nan, np.nan, "missing"))
        elif kind == 2:
            rows += [(camera, 90.0, 45.0, "range"), (camera, 270.0, 45.0, "range")]
        elif kind == 3:
            rows.append((camera, 0.0, 360.0, "full_circle"))
        else:
            rows.append((camera, (i * 37.5) % 360, np.nan, "exact"))
    frame = pd.DataFrame(rows, columns=["camera_id", "heading_deg", "width_deg", "quality"])
    return schema.conform(frame.assign(report_id="r:" + frame["camera_id"]), "views")


def town(n: int = 60, **more: Any) -> webmap.MapData:
    """A small page with every kind of layer."""
    table = cameras(n)
    box = shapely.box(-100.4, 29.9, -99.8, 30.4)
    left, right = shapely.box(-100.4, 29.9, -100.1, 30.4), shapely.box(-100.1, 29.9, -99.8, 30.4)
    lines = [
        shapely.LineString([(-100.2 + k * 0.02, 30.1), (-100.2 + k * 0.02, 30.25)])
        for k in range(10)
    ]
    segments = gpd.GeoDataFrame(
        {
            "segment_id": range(10), "way_id": range(100, 110), "u": range(10), "v": range(10, 20),
            "highway": ["motorway", "primary", "residential", "tertiary", "service"] * 2,
            "name": [f"Street {k}" for k in range(10)], "ref": ["I 99", *[None] * 9],
            "length_m": 16_600.0, "forward": True, "backward": True,
        },
        geometry=lines, crs="EPSG:4326",
    )  # fmt: skip
    watches = pd.DataFrame(
        {
            "camera_id": table["camera_id"].head(8), "heading_deg": 90.0, "segment_id": range(8),
            "travel": ["forward", "backward"] * 4, "offset_m": 500.0, "start_m": 480.0, "end_m": 530.0,
            "range_m": 20.0, "score": 1.0, "winner": True, "rule": "W1",
        }
    )  # fmt: skip
    reach = pd.DataFrame(
        {"camera_id": table["camera_id"], "to_mexico_m": np.linspace(1e3, 4e5, n), "state": "ZZ"}
    )
    reports = pd.DataFrame(
        {
            "report_id": "crowd:" + table["source_record"],
            "source_id": "crowd",
            "last_seen": "2026-01-28",
        }
    )
    links = pd.DataFrame(
        {
            "report_id": reports["report_id"],
            "camera_id": table["camera_id"],
            "rule": "M1",
            "distance_m": 0.0,
        }
    )
    unread = gpd.GeoDataFrame({"name": ["z"]}, geometry=[left.buffer(-0.1)], crs=4326)
    border = gpd.GeoDataFrame(
        geometry=[shapely.LineString([(-100.4, 29.95), (-99.8, 30.0)])], crs=4326
    )
    access = pd.DataFrame(
        {"camera_id": table["camera_id"].head(5), "body": "A federal body", "class": "known"}
    )
    counties = gpd.GeoDataFrame(
        {"name": ["Left", "Right"], "state": "ZZ"}, geometry=[left, right], crs=4326
    )
    osm = webmap.Source(
        "OpenStreetMap",
        "ODbL 1.0",
        "https://www.openstreetmap.org/copyright",
        "2026-01-28",
        "© OpenStreetMap contributors",
    )
    data: dict[str, Any] = {
        "title": "A town", "subtitle": "For tests", "cameras": table, "views": views(table), "reach": reach,
        "reports": reports, "links": links, "segments": segments, "watches": watches, "fictional": True,
        "access": access,
        "corridors": {"reader": webmap.Layer("Reader corridors", segments[:3], "reader")},
        "zones": {"unread": webmap.Layer("Unread zones", unread, "unread")},
        "borders": {"mexico": border},
        "ports": pd.DataFrame({"name": ["A bridge"], "lon": [-100.1], "lat": [29.97]}),
        "states": gpd.GeoDataFrame({"name": ["Somewhere"], "state": ["ZZ"]}, geometry=[box], crs=4326),
        "counties": counties,
        "dates": {"Cameras": "2026-01-28"},
        "sources": [osm],
        "notices": ["A notice."],
    }  # fmt: skip
    return webmap.MapData(**{**data, **more})


def hostile() -> webmap.MapData:
    """A page whose every text, name, key and header is one of `HOSTILE`."""
    n = len(HOSTILE) * 2
    base = town(n)
    bad = pd.Series([HOSTILE[i % len(HOSTILE)] for i in range(n)], dtype="str")
    table = base.cameras.copy()
    for name in table.columns:
        if str(table[name].dtype) == "str" and name != "camera_id":
            table[name] = bad
    table["camera_id"] = bad + pd.Series([f" {i // len(HOSTILE)}" for i in range(n)], dtype="str")
    for k, text in enumerate(HOSTILE):
        table[text] = bad if k % 2 else 1.5
    assert base.segments is not None
    assert base.watches is not None
    assert base.states is not None
    assert base.counties is not None
    assert base.views is not None
    ids = table["camera_id"]
    roads = base.segments.assign(
        name=HOSTILE[:10], ref=HOSTILE[10:20], highway=["primary", *HOSTILE[:9]]
    )
    reports = pd.DataFrame(
        dict.fromkeys(("report_id", "source_id", "first_seen", "operator_raw", "place_raw"), bad)
    )
    reports["camera_id"] = ids
    access = pd.DataFrame({"camera_id": ids, **dict.fromkeys(HOSTILE, bad)})
    old = dict(zip(base.cameras["camera_id"], ids, strict=True))
    return webmap.MapData(
        title=HOSTILE[0] + HOSTILE[1],
        subtitle=HOSTILE[2] + HOSTILE[16],
        cameras=table,
        views=base.views.assign(camera_id=base.views["camera_id"].map(old), quality=HOSTILE[1]),
        reports=reports,
        access=access,
        segments=roads,
        watches=base.watches.assign(camera_id=base.watches["camera_id"].map(old)),
        corridors={t: webmap.Layer(t, base.segments[:2].assign(**{t: t}), t, note=t) for t in HOSTILE},
        zones={text: webmap.Layer(text, base.counties.assign(name=text), text, note=text) for text in HOSTILE[:4]},
        borders=dict.fromkeys(HOSTILE[:5], next(iter(base.borders.values()))),
        ports=pd.DataFrame({"name": HOSTILE, "lon": -100.1, "lat": 30.0, HOSTILE[3]: HOSTILE[4]}),
        review=pd.DataFrame({"name": HOSTILE, "lon": -100.1, "lat": 30.1}),
        states=base.states.assign(name=HOSTILE[0], state=HOSTILE[1]),
        counties=base.counties.assign(name=HOSTILE[3:5], state=HOSTILE[1]),
        dates=dict(zip(HOSTILE, HOSTILE, strict=True)),
        sources=[webmap.Source(text, text, text, text, text) for text in HOSTILE],
        notices=HOSTILE,
        color_by=HOSTILE[17],
        fictional=True,
    )  # fmt: skip
