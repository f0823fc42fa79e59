"""From hostile files to the page: every text a stranger can put in runs the whole chain, and
nothing of it runs.

Fields, keys, ids, layer names, street names, agencies, titles, attribution, settings and file names
are hostile; some would start a program or write a file on the maker's machine (the canary) if
anything took them for code."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any
from xml.sax.saxutils import quoteattr

import formulas
import map_data
import pandas as pd
import pytest

from alprmap.text import seen

pytestmark = pytest.mark.browser

LONG = "x" * 100_000 + "</script><script>window.pwned=1</script>"
BIDI = "\u2066\u202efdp.\u2069"


def payloads(canary: Path) -> list[str]:
    """Texts that would set the canary of the page, or touch the one on disk."""
    file = str(canary)
    return [
        *map_data.HOSTILE,
        *formulas.HOSTILE,
        "{{ cycler.__init__.__globals__.os.system('touch %s') }}" % file,  # noqa: UP031
        "{{ self.__init__.__globals__.__builtins__.open('%s','w') }}" % file,  # noqa: UP031
        "{%% import os %%}{{ os.system('touch %s') }}" % file,  # noqa: UP031
        f"${{__import__('os').system('touch {file}')}}",
        f"$(touch {file})",
        f"`touch {file}`",
        f"; touch {file} #",
        f"| touch {file}",
        f"__import__('os').system('touch {file}')",
        f"!!python/object/apply:os.system ['touch {file}']",
        f"../../../../../../../..{file}",
        file,
        f"file://{file}",
        "CON",
        BIDI,
        LONG,
    ]


def geojson(texts: list[str]) -> str:
    features = []
    for i, text in enumerate(texts):
        features.append({
            "type": "Feature", "id": text, text: text,
            "geometry": {"type": "Point", "coordinates": [-83.0 + i * 0.002, 40.0 + (i % 7) * 0.0015]},
            "properties": {
                "operator": text, "manufacturer": text, "name": text, "description": text, "note": text,
                "direction": text if i % 2 else 90, "camera:type": text, "source": text, text: text, "id": text,
            },
        })  # fmt: skip
    whole = {
        "type": "FeatureCollection",
        "name": texts[0],
        texts[1]: texts[2],
        "features": features,
    }
    return json.dumps(whole)


def table(texts: list[str], path: Path) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        write = csv.writer(file)
        write.writerow(["lat", "lon", "operator", "vendor", "location", "notes", *texts[:8]])
        for i, text in enumerate(texts):
            clean = text.replace("\x00", "")
            cells = [40.02 + i * 0.001, -83.0 + (i % 5) * 0.001, *[clean] * 4, *[clean] * 8]
            write.writerow(cells)


def streets(texts: list[str]) -> str:
    """A grid of streets in OSM's XML, each with a hostile name, number and destination."""
    words = ["".join(c for c in t if c >= " ")[:200] for t in texts]
    nodes, ways = [], []
    for i, word in enumerate(words):
        for j in (0, 1):
            nodes.append(
                f'<node id="{2 * i + j + 1}" lat="{40.0 + i * 0.001:.5f}"'
                f' lon="{-83.01 + j * 0.12:.5f}"/>'
            )
        tags = "".join(
            f"<tag k={quoteattr(k)} v={quoteattr(v)}/>"
            for k, v in (
                ("highway", "primary"),
                ("name", word),
                ("ref", word),
                ("destination", word),
                (word, word),
            )
        )
        ways.append(f'<way id="{i + 1}"><nd ref="{2 * i + 1}"/><nd ref="{2 * i + 2}"/>{tags}</way>')
    return f'<osm version="0.6">{"".join(nodes)}{"".join(ways)}</osm>'


def project(folder: Path, texts: list[str]) -> Path:
    """Write a project of hostile files; every setting that takes free text is hostile too."""
    name = "`touch canary`${x}{{7*7}}<img src=x onerror=window.pwned=1>'.geojson"
    (folder / name).write_text(geojson(texts), "utf-8")
    table(texts, folder / "=cmd|'C calc'!A0.csv")
    (folder / "streets.osm").write_text(streets(texts), "utf-8")
    plain = [t.replace("\x00", "")[:300] for t in texts]
    agencies = pd.DataFrame(
        {
            "name": plain,
            "state": "OH",
            "kind": "city",
            "declared_cameras": 1,
            "aliases": plain[::-1],
            "source_record": plain,
        }
    )
    # a carriage return without quotes would end the row
    agencies.to_csv(folder / "agencies.csv", index=False, quoting=csv.QUOTE_ALL)
    shares = pd.DataFrame(
        {"from": plain, "to": plain[1:] + plain[:1], "since": "2026-01-01", "source_record": plain}
    )
    shares.to_csv(folder / "shares.csv", index=False, quoting=csv.QUOTE_ALL)

    def q(text: str) -> str:
        """Quote for a project file, which is refused with characters that are not seen."""
        return json.dumps(seen(text))

    made = folder / "alprmap.toml"
    made.write_text(
        f"""
[project]
name = "hostile"
title = {q(texts[0] + texts[25])}
subtitle = {q(texts[1] + texts[4])}

[[sources]]
id = "one"
path = {q(name)}
date = "2026-01-28"
title = {q(texts[2] + texts[26])}
license = {q(texts[7])}
citation = {q(texts[21])}

[[sources]]
id = "two"
path = "=cmd|'C calc'!A0.csv"
date = "2026-01-28"
title = {q(texts[16])}
license = {q(texts[17])}
citation = {q(texts[10])}

[roads]
path = "streets.osm"

[access]
shares = "shares.csv"
agencies = "agencies.csv"
to = {q(plain[1])}
""",
        "utf-8",
    )
    return made


def everything(folder: Path) -> set[str]:
    return {p.relative_to(folder).as_posix() for p in folder.rglob("*")}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the project in a place of its own; only the result may be new there."""
    ground = tmp_path_factory.mktemp("ground")
    for name in ("work", "home", "tmp", "canary"):
        (ground / name).mkdir()
    made = project(ground / "work", payloads(ground / "canary" / "sings"))
    before = everything(ground)
    env = os.environ | {
        "HOME": str(ground / "home"),
        "TMPDIR": str(ground / "tmp"),
        "MPLCONFIGDIR": str(ground / "fonts"),
    }
    run = subprocess.run(
        [sys.executable, "-m", "alprmap", "build", str(made)],
        cwd=ground / "work", env=env, capture_output=True, text=True, timeout=1000,
    )  # fmt: skip
    assert run.returncode in (0, 3), run.stderr
    # the list of the system's fonts is matplotlib's
    new = {n for n in everything(ground) - before if n.split("/")[0] != "fonts"}
    assert {n for n in new if not n.startswith("work/hostile-map")} == set()
    # what is printed may be copied into a terminal
    assert "\x1b" not in run.stdout + run.stderr
    assert "\u202e" not in run.stdout + run.stderr
    return ground / "work" / "hostile-map"


def test_the_map_shows_the_texts_and_runs_none(built: Path, opened: Any) -> None:
    it = opened(built / "index.html")
    page = it.page
    cameras = pd.read_parquet(built / "cameras.parquet")
    assert it.count() == len(cameras) > 40
    page.click("#table-toggle")
    cells = set(page.locator("#rows-body td").all_text_contents())
    while page.locator("#page-next").is_enabled():
        page.click("#page-next")
        cells |= set(page.locator("#rows-body td").all_text_contents())
    for text in cameras["operator"].dropna():
        assert text in cells
    for k in range(0, min(page.locator("#rows-body th button").count(), 60), 3):
        page.locator("#rows-body th button").nth(k).click()
        page.locator("#card-body").wait_for()
        assert (
            page.locator("#card-body").locator("img, svg[onload], iframe, script, style").count()
            == 0
        )
    assert page.evaluate("window.pwned") is None
    for tag in ("img", "iframe", "base", "meta[http-equiv=refresh]"):
        assert page.locator(tag).count() == 0


def test_every_other_page_keeps_silent(built: Path, opened: Any) -> None:
    pages = sorted(p for p in built.rglob("*.html") if p.name != "index.html")
    assert pages
    for path in pages:
        it = opened(path, ready=False)
        it.page.wait_for_timeout(200)
        assert it.page.evaluate("window.pwned") is None
        for tag in ("iframe", "base", "meta[http-equiv=refresh]"):
            assert it.page.locator(tag).count() == 0


def test_hand_outs_hold_no_formula(built: Path) -> None:
    assert formulas.formulas_in(built) == {}
