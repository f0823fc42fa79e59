"""The pictures of README and docs: pages of result folders, photographed in the system's Chromium.

    python scripts/make_pictures.py town=maps/demo columbus=OUT/columbus nation=OUT/national first-page=maps/demo

Each is written to docs/pictures/NAME.png (first-page=FOLDER is the report in it); keep them under 300 kB.
"""

from __future__ import annotations

import io
import shutil
import sys
from pathlib import Path

from PIL import Image

PICTURES = Path(__file__).resolve().parent.parent / "docs" / "pictures"
SHOTS = {
    "town": {"address": "index.html", "color_scheme": "light"},
    "columbus": {"address": "index.html#15.25/40.0095/-83.0035", "color_scheme": "dark"},
    "nation": {"address": "index.html", "color_scheme": "light"},
    "first-page": {"address": "report.html", "color_scheme": "light"},
}
SIZES = {"first-page": {"width": 900, "height": 1180}}
"""Of a window; the others are as wide as a laptop's."""
FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]


def main() -> None:
    """Photograph the pages named on the command line."""
    from playwright.sync_api import sync_playwright

    wanted = dict(argument.split("=", 1) for argument in sys.argv[1:])
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        for name, folder in sorted(wanted.items()):
            shot = SHOTS[name]
            size = SIZES.get(name, {"width": 1240, "height": 740})
            page = browser.new_page(viewport=size, color_scheme=shot["color_scheme"])
            file, _, place = shot["address"].partition("#")
            page.goto((Path(folder).resolve() / file).as_uri() + (place and f"#{place}"))
            if file == "index.html":
                page.wait_for_selector("html.ready", state="attached")
            page.wait_for_timeout(500)
            picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
            # coarser steps of each channel pack better, and no class loses its color as with a
            # palette
            picture.point(lambda v: min(255, round(v / 3) * 3)).save(
                PICTURES / f"{name}.png", optimize=True
            )
            page.close()
        browser.close()


if __name__ == "__main__":
    main()
