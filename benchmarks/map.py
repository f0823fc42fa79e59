"""Size, build, load and a pan step of our page beside folium's four ways to show points, in one
run.

    python benchmarks/map.py                    # 20,000 cameras for all, then ours with 100,000 and
    stretches python benchmarks/map.py --cameras 100000   # as much for folium too (its slowest way
    takes minutes)

All pages open from disk in the system's Chromium. folium's pages ask CDNs for Leaflet and plugins;
Leaflet is answered from our copy, the cluster plugin from a folder named in ALPRMAP_MARKERCLUSTER
(npm leaflet.markercluster, dist/), and without it those two ways are built and weighed but not
loaded. Ratios are folium's value over ours."""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import folium
import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from folium.plugins import FastMarkerCluster, MarkerCluster

from alprmap import schema
from alprmap.publish.map import page, webmap

FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
FRAMES = (
    "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() =>"
    " done(performance.now()))))"
)


def cameras(n: int) -> pd.DataFrame:
    """Cameras in clumps like towns, with what a card shows."""
    rng = np.random.default_rng(1)
    town = rng.integers(0, 600, n)
    lon, lat = (
        rng.uniform(-122, -72, 600)[town] + rng.normal(0, 0.05, n),
        rng.uniform(27, 47, 600)[town] + rng.normal(0, 0.04, n),
    )
    return schema.conform(
        pd.DataFrame(
            {
                "camera_id": [f"node/{v}" for v in rng.choice(2**33, n, replace=False)],
                "lon": lon.round(6), "lat": lat.round(6), "operator": [f"Police Department {t}" for t in town],
                "operator_kind": rng.choice(["city", "county", "unknown"], n),
                "vendor": rng.choice(["Flock Safety", "Motorola", "Genetec"], n, p=[0.8, 0.15, 0.05]),
                "n_reports": 1, "n_sources": 1, "last_seen": "2026-01-28", "status": "standing",
            }
        ),
        "cameras",
    )  # fmt: skip


def ours(table: pd.DataFrame, path: Path, stretches: int = 0) -> None:
    rng = np.random.default_rng(2)
    n = len(table)
    views = pd.DataFrame({"camera_id": table["camera_id"], "heading_deg": rng.integers(0, 360, n).astype(float),
                          "width_deg": np.nan, "quality": "exact"})  # fmt: skip
    layers = {}
    if stretches:
        at = rng.integers(0, n, stretches)
        x, y = table["lon"].to_numpy()[at], table["lat"].to_numpy()[at]
        step = rng.normal(0, 4e-4, (stretches, 2, 2))
        xy = np.stack(
            [
                np.stack([x, y], 1),
                np.stack([x, y], 1) + step[:, 0],
                np.stack([x, y], 1) + step[:, 1],
            ],
            axis=1,
        )
        travel = np.where(rng.random(stretches) < 0.5, "forward", "backward")
        frame = gpd.GeoDataFrame({"travel": travel}, geometry=shapely.linestrings(xy), crs=4326)
        layers = {"watched": webmap.Layer("Watched stretches", frame, "watched")}
    webmap.write_map(
        webmap.MapData(title="Benchmark", cameras=table, views=views, corridors=layers), path
    )


def markers(table: pd.DataFrame, path: Path) -> None:
    chart = folium.Map([39, -98], zoom_start=4, tiles=None)
    group = MarkerCluster().add_to(chart)
    for row in table.itertuples():
        folium.Marker([row.lat, row.lon], popup=row.operator).add_to(group)
    chart.save(path)


def circles(table: pd.DataFrame, path: Path) -> None:
    chart = folium.Map([39, -98], zoom_start=4, tiles=None, prefer_canvas=True)
    for row in table.itertuples():
        folium.CircleMarker([row.lat, row.lon], radius=3, popup=row.operator).add_to(chart)
    chart.save(path)


def geojson(table: pd.DataFrame, path: Path) -> None:
    chart = folium.Map([39, -98], zoom_start=4, tiles=None, prefer_canvas=True)
    frame = gpd.GeoDataFrame(
        table[["camera_id", "operator", "vendor"]],
        geometry=gpd.points_from_xy(table.lon, table.lat),
        crs=4326,
    )
    folium.GeoJson(frame, marker=folium.CircleMarker(radius=3)).add_to(chart)
    chart.save(path)


def fast(table: pd.DataFrame, path: Path) -> None:
    chart = folium.Map([39, -98], zoom_start=4, tiles=None)
    FastMarkerCluster(table[["lat", "lon"]].to_numpy().tolist()).add_to(chart)
    chart.save(path)


def answer(route: Any) -> None:
    """Leaflet from our copy, the cluster plugin from a folder if there is one; nothing else."""
    url = route.request.url
    plugin = os.environ.get("ALPRMAP_MARKERCLUSTER", "")
    if url.startswith("file:"):
        route.continue_()
    elif url.endswith("leaflet.js"):
        route.fulfill(path=str(page.ASSETS / "vendor/leaflet/leaflet.js"))
    elif "markercluster" in url and plugin and (Path(plugin) / url.rsplit("/", 1)[1]).is_file():
        route.fulfill(path=str(Path(plugin) / url.rsplit("/", 1)[1]))
    else:
        route.abort()


def opened(browser: Any, path: Path) -> tuple[float, float, float]:
    """Seconds until the page has drawn, and the median and longest of twelve pan and zoom steps,
    milliseconds."""
    context = browser.new_context(viewport={"width": 1280, "height": 800}, bypass_csp=True)
    tab = context.new_page()
    tab.route("**/*", answer)
    tab.goto(path.as_uri(), wait_until="load", timeout=300_000)
    ready = float(tab.evaluate(FRAMES)) / 1000
    steps = tab.evaluate(
        """async () => { const m = Object.values(window).find(v => v && v.panBy && v._container), out = [];
        const rest = () => new Promise(d => requestAnimationFrame(() => setTimeout(d, 30)));
        for (let i = 0; i < 12; i++) { const t = performance.now();
          if (i % 3 == 2) m.setZoom(m.getZoom() + (i % 2 ? 1 : -1), {animate: false});
          else m.panBy([150, 60], {animate: false});
          m._container.getBoundingClientRect(); out.push(performance.now() - t); await rest(); }
        return out; }"""
    )
    context.close()
    return ready, statistics.median(steps), max(steps)


def measured(
    name: str, make: Callable[[Path], None], browser: Any, folder: Path, *, load: bool = True
) -> dict[str, Any]:
    path = folder / f"{name}.html".replace(" ", "-")
    start = time.perf_counter()
    make(path)
    row: dict[str, Any] = {
        "way": name,
        "build_s": time.perf_counter() - start,
        "size_mb": path.stat().st_size / 1e6,
    }
    if load and browser is not None:
        row["load_s"], row["step_ms"], row["worst_ms"] = opened(browser, path)
    path.unlink()
    return row


def main() -> None:
    args = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    args.add_argument("--cameras", type=int, default=20_000)
    args.add_argument("--large", type=int, default=100_000)
    args.add_argument(
        "--page", type=Path, help="A page to open as well, such as that of a national build."
    )
    given = args.parse_args()
    from playwright.sync_api import sync_playwright

    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    plugin = bool(os.environ.get("ALPRMAP_MARKERCLUSTER"))
    with sync_playwright() as play, tempfile.TemporaryDirectory() as name:
        browser = play.chromium.launch(executable_path=chromium, args=FLAGS) if chromium else None
        folder, table = Path(name), cameras(given.cameras)
        ways: list[tuple[str, Callable[[Path], None], bool]] = [
            ("alprmap", lambda p: ours(table, p), True),
            ("folium MarkerCluster", lambda p: markers(table, p), plugin),
            ("folium CircleMarker canvas", lambda p: circles(table, p), True),
            ("folium GeoJson", lambda p: geojson(table, p), True),
            ("folium FastMarkerCluster (no facts)", lambda p: fast(table, p), plugin),
        ]
        rows = [measured(n, make, browser, folder, load=load) for n, make, load in ways]
        large = cameras(given.large)
        rows.append(
            measured(
                f"alprmap {given.large} + {2 * given.large} stretches",
                lambda p: ours(large, p, 2 * given.large),
                browser,
                folder,
            )
        )
        if given.page:
            rows.append(
                measured(
                    given.page.name,
                    lambda p: p.write_bytes(given.page.read_bytes()),
                    browser,
                    folder,
                )
            )
        if browser is not None:
            browser.close()
    result = pd.DataFrame(rows).set_index("way")
    print(f"{given.cameras:,} cameras, one run, this machine\n")
    print(result.round(2).to_string(na_rep="–"))
    print("\nfolium over ours")
    print((result.iloc[1:5] / result.iloc[0]).round(1).to_string(na_rep="–"))


if __name__ == "__main__":
    main()
