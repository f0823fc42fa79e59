"""A result folder of another version of alprmap is read, or refused in one line that says so."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import map_data
import pytest

from alprmap import reach
from alprmap.errors import InputError
from alprmap.publish import report_of_folder
from alprmap.publish.report.manifest import manifest_of, sources_built
from alprmap.store import whole as store

MADE_BY = "alprmap 0.0.7"
SOURCE = {"name": "OpenStreetMap", "license": "ODbL-1.0", "credit": "© OpenStreetMap contributors"}


def manifest(**changed: Any) -> dict[str, Any]:
    return {
        "made_by": MADE_BY,
        "versions": {"python": "3.11"},
        "inputs": [{"file": "a.csv", "bytes": 12, "sha256": "00ff"}],
        "project": {"title": "A town"},
        "stages": {"report": {"rows": {"sources": [SOURCE]}}},
    } | changed


def named(*sources: Any) -> dict[str, Any]:
    return manifest(stages={"report": {"rows": {"sources": list(sources)}}})


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A result folder of cameras and distances; each test writes its manifest."""
    here = tmp_path_factory.mktemp("result")
    data = map_data.town()
    table = reach.reach_table(data.cameras, borders=["mexico", "canada"])
    store.write_table(data.cameras, here / "cameras.parquet")
    store.write_table(table, here / "reach.csv")
    return here


READ = {
    "an older name of a key": named({"name": "OpenStreetMap", "licence": "ODbL-1.0"}),
    "a key of a newer version": named(SOURCE | {"mirror": 3}) | {"seal": [1]},
    "a source by its name alone": named({"name": "OpenStreetMap"}),
    "no sources": manifest(stages={"report": {"rows": {}}}),
    "no stages": {k: v for k, v in manifest().items() if k != "stages"},
    "nothing": {},
}
REFUSED = {
    "a list": [1],
    "stages as a list": manifest(stages=[1]),
    "a stage that is text": manifest(stages={"report": "done"}),
    "counts as a list": manifest(stages={"report": {"rows": [1]}}),
    "sources as text": manifest(stages={"report": {"rows": {"sources": "OpenStreetMap"}}}),
    "a source without a name": named({"license": "ODbL-1.0"}),
    "a source that is text": named("OpenStreetMap"),
    "a license that is a number": named(SOURCE | {"license": 7}),
    "an input without a hash": manifest(inputs=[{"file": "a.csv", "bytes": 12}]),
    "inputs as an object": manifest(inputs={"a.csv": 12}),
    "a project that is text": manifest(project="A town"),
    "an area of two numbers": manifest(project={"title": "A town", "area": [1, 2]}),
}


@pytest.mark.parametrize("said", READ)
def test_P_a_manifest_of_another_version_is_read(folder: Path, said: str) -> None:
    (folder / "manifest.json").write_text(json.dumps(READ[said]), "utf-8")
    sources = sources_built(folder, manifest_of(folder))
    assert [s.name for s in sources] in ([], ["OpenStreetMap"])
    if said == "an older name of a key":
        assert sources[0].license == "ODbL-1.0"
        assert report_of_folder(folder).sources == sources


@pytest.mark.parametrize("said", REFUSED)
def test_P_a_manifest_that_none_writes_is_refused_in_one_line(folder: Path, said: str) -> None:
    (folder / "manifest.json").write_text(json.dumps(REFUSED[said]), "utf-8")
    with pytest.raises(InputError) as told:
        report_of_folder(folder)
    line = str(told.value)
    assert "alprmap build" in line
    assert "\n" not in line
    assert "Error" not in line
    assert (MADE_BY in line) == isinstance(REFUSED[said], dict)
