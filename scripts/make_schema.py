"""Write data/sighting.schema.json from the model of alprmap.sightings.sighting.

python scripts/make_schema.py            write it
python scripts/make_schema.py --check    exit 1 when it is out of date
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SCHEMA = ROOT / "data" / "sighting.schema.json"


def text() -> str:
    """The schema as the file holds it."""
    from alprmap.sightings import sighting

    return json.dumps(sighting.json_schema(), indent=2, ensure_ascii=False) + "\n"


def main() -> int:
    """Write or check; return the exit code."""
    current = SCHEMA.is_file() and SCHEMA.read_text("utf-8") == text()
    if "--check" in sys.argv:
        if not current:
            print(
                "data/sighting.schema.json is out of date: python scripts/make_schema.py",
                file=sys.stderr,
            )
        return int(not current)
    if not current:
        SCHEMA.write_text(text(), "utf-8")
        print(f"wrote {SCHEMA.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
