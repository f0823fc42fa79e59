"""Hand-outs in the databases of analysts: the SQL of docs/hand-outs.md is run, and counts, system
and directions are those of the tables. Skipped, visibly, where a program is not installed.
"""

from __future__ import annotations

import getpass
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import map_data
import pytest

from alprmap import store
from alprmap.merge import with_directions
from alprmap.publish import layers_of, write_hand_outs

PAGE = Path(__file__).resolve().parents[2] / "docs" / "hand-outs.md"
SERVERS = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))


def sql(part: str) -> list[str]:
    """The statements of a part of the page."""
    body = PAGE.read_text("utf-8").split(f"\n## {part}\n")[1].split("\n## ")[0]
    blocks = re.findall(r"^```sql\n(.*?)^```$", body, re.M | re.S)
    return [s.strip() for s in "\n".join(blocks).split(";") if s.strip()]


def test_P7_duckdb_reads_the_parquet_with_the_sql_of_the_page(tmp_path: Path) -> None:
    duckdb = pytest.importorskip("duckdb")
    data = map_data.town()
    assert data.views is not None
    store.hand_on(with_directions(data.cameras, data.views), tmp_path / "cameras.parquet")
    base = duckdb.connect()
    base.execute(f"SET file_search_path = '{tmp_path}'")
    count, facing, kinds = (base.execute(text).fetchall() for text in sql("DuckDB"))
    assert count == [(len(data.cameras), round(float(data.cameras["lon"].min()), 6))]
    whole = with_directions(data.cameras, data.views)
    told = whole["direction"].dropna()
    assert facing == [(len(told),)]
    wanted = data.cameras["operator_kind"].value_counts(dropna=False)
    assert sorted(n for _, n in kinds) == sorted(wanted.tolist())


@pytest.fixture
def postgis(tmp_path: Path) -> Iterator[str]:
    """A PostGIS of the test's own, by socket alone."""
    if not SERVERS or shutil.which("ogr2ogr") is None:
        pytest.skip(
            "PostgreSQL or ogr2ogr is not installed (Debian: postgresql-15-postgis-3 gdal-bin)"
        )
    if not list(Path("/usr/share/postgresql").glob("*/extension/postgis.control")):
        pytest.skip("PostGIS is not installed")
    home = SERVERS[-1].parent
    folder = Path(
        subprocess.run(["mktemp", "-d"], capture_output=True, text=True, check=True).stdout.strip()
    )
    as_user: list[str] = []
    user = getpass.getuser()
    if os.geteuid() == 0:  # the server refuses to run as root
        shutil.chown(folder, "postgres")
        as_user, user = (
            ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"],
            "postgres",
        )
    base = folder / "base"
    subprocess.run(
        [*as_user, home / "initdb", "-A", "trust", "-D", base],
        check=True,
        capture_output=True,
        cwd=folder,
    )
    options = f"-c listen_addresses='' -c unix_socket_directories={folder}"
    control = [*as_user, home / "pg_ctl", "-D", base, "-w", "-l", folder / "log"]
    subprocess.run([*control, "-o", options, "start"], check=True, capture_output=True, cwd=folder)
    try:
        yield f"host={folder} user={user} dbname=postgres"
    finally:
        subprocess.run(
            [*control, "-m", "immediate", "stop"], check=False, capture_output=True, cwd=folder
        )
        shutil.rmtree(folder, ignore_errors=True)


def test_P7_postgis_takes_the_geopackage_with_the_sql_of_the_page(
    tmp_path: Path, postgis: str
) -> None:
    data = map_data.town()
    assert data.views is not None
    write_hand_outs(data.cameras, tmp_path, title="Town", views=data.views, layers=layers_of(data))

    def ask(text: str) -> list[str]:
        words = [
            "psql",
            "-X",
            "-A",
            "-t",
            "-F",
            "|",
            "-v",
            "ON_ERROR_STOP=1",
            "-d",
            postgis,
            "-c",
            text,
        ]
        return subprocess.run(words, capture_output=True, text=True, check=True).stdout.split("\n")[
            :-1
        ]

    ask("CREATE EXTENSION postgis")
    into = ["ogr2ogr", "-f", "PostgreSQL", f"PG:{postgis}", tmp_path / "cameras.gpkg"]
    subprocess.run(
        [*into, "cameras", "views", "roads", "watches", "-lco", "GEOMETRY_NAME=geom"], check=True
    )
    count, views, read = (ask(text) for text in sql("PostGIS"))
    assert count == [f"{len(data.cameras)}|4326"]
    known = data.views[data.views["heading_deg"].notna()]
    assert [line.split("|") for line in views] == [
        [str(len(known)), f"{known['heading_deg'].sum():.1f}"]
    ]
    assert dict(line.split("|") for line in read) == {"forward": "4", "backward": "4", "no": "2"}
