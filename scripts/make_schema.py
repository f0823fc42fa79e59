"""Write the JSON schemas: data/sighting.schema.json and docs/alprmap.schema.json (project file).

python scripts/make_schema.py            write them
python scripts/make_schema.py --check    exit 1 when one is out of date
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def schemas() -> dict[Path, str]:
    """Path → the schema as the file holds it."""
    from alprmap.build import project_schema
    from alprmap.sightings import sighting

    made = {
        ROOT / "data" / "sighting.schema.json": sighting.json_schema(),
        ROOT / "docs" / "alprmap.schema.json": project_schema(),
    }
    return {p: json.dumps(s, indent=2, ensure_ascii=False) + "\n" for p, s in made.items()}


def main() -> int:
    """Write or check; return the exit code."""
    wanted = schemas()
    stale = [p for p, text in wanted.items() if not p.is_file() or p.read_text("utf-8") != text]
    for path in stale:
        if "--check" in sys.argv:
            name = path.relative_to(ROOT)
            print(f"{name} is out of date: python scripts/make_schema.py", file=sys.stderr)
        else:
            path.write_text(wanted[path], "utf-8")
            print(f"wrote {path.relative_to(ROOT)}")
    return int(bool(stale) and "--check" in sys.argv)


if __name__ == "__main__":
    sys.exit(main())
