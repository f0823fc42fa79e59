"""What any command writes names nobody: not the user, the home or the folder its inputs stood in."""

from __future__ import annotations

import re
import shutil
import zipfile
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from alprmap.cli import app, common
from alprmap.shipped import data_path

NAME = "somebodyatthispaper"
"""Stands in the user's name, the home and every folder above the files."""
COMMANDS = """
read IN/cameras.geojson IN/bad.csv --out OUT/r.parquet
read IN/bad.csv --out OUT/bad.csv
roads IN/roads.osm.pbf --out OUT/roads.parquet --area near:IN/cameras.geojson:5
merge IN/cameras.geojson IN/records.csv --out OUT/c.parquet
watch OUT/c.parquet --roads OUT/roads.parquet --out OUT/w.parquet
coverage OUT/c.parquet --roads OUT/roads.parquet --population IN/population.csv --no-certainty --out OUT/cov
reach IN/cameras.geojson --border mexico --population IN/population.csv --claims --out OUT/reach.csv
access OUT/c.parquet --agencies IN/agencies.csv --shares IN/shares.csv --kind federal --out OUT/access.csv
diff IN/cameras.geojson OUT/c.parquet --out OUT/diff.csv
map IN/cameras.geojson --roads OUT/roads.parquet --out OUT/map.html --hand-outs OUT/hand-outs
sighting new --at 29.81234,-101.91234 --out OUT/s.geojson
sighting add OUT/s.geojson --to OUT/sightings
sighting form --cameras IN/cameras.geojson --out OUT/form.html
sighting export OUT/s.geojson --out OUT/s.osm
"""


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The outputs of every command that writes, from inputs under a telling folder named whole."""
    here = tmp_path_factory.mktemp("home") / NAME
    shutil.copytree(data_path("demo"), here / "in")
    (here / "in" / "bad.csv").write_text("id,lat,lon\n1,29.81234,-101.91234\n2,x,y\n")
    (here / "out").mkdir()
    with pytest.MonkeyPatch.context() as patch:
        for key in ("HOME", "USER", "LOGNAME", "USERNAME", "HOSTNAME", "USERPROFILE"):
            patch.setenv(key, str(here) if key in ("HOME", "USERPROFILE") else NAME)
        patch.chdir(here)
        for line in COMMANDS.strip().splitlines():
            words = line.replace("IN/", f"{here}/in/").replace("OUT/", f"{here}/out/").split()
            patch.setattr("sys.argv", ["alprmap", "--quiet", *words])
            assert common.run(app) in (0, 3), line
    return here / "out"


def texts(path: Path) -> list[str]:
    """The bytes of a file, and what it has packed, as text."""
    found = [path.read_bytes().decode("latin-1")]
    if path.suffix == ".parquet":
        table = pq.read_table(path)
        found += [repr(table.schema.metadata), repr(table.to_pylist())]
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as pack:
            found += [pack.read(i).decode("latin-1") for i in pack.infolist()]
            found += [repr((i.extra, i.comment, i.date_time)) for i in pack.infolist()]
    return found


def test_no_output_names_the_user_or_a_folder(written: Path) -> None:
    files = [p for p in written.rglob("*") if p.is_file()]
    assert len(files) > 50
    assert (written / "bad.rejects.csv").read_text().count("\n") == 2
    for path in files:
        for text in texts(path):
            assert not re.search(f"(?i){NAME}", text), path
