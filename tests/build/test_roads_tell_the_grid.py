"""S3: where grids are in doubt, `build` asks the roads its project names."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from pyproj import Transformer

from alprmap.build.inputs import read_stage
from alprmap.build.project import Project
from alprmap.errors import InputError

TEXAS = [(30.267153, -97.743057), (31.549333, -97.14667), (29.424349, -98.491142)]
ELSEWHERE = [(-83.2, 39.8), (-82.8, 40.1)]
"""Corners of a road in Ohio, west then east."""
THERE = [(-98.55, 29.3), (-97.0, 31.6)]


def _project(folder: Path, corners: list[tuple[float, float]] | None, state: str = "TX") -> Project:
    """Return a project of one list in UTM meters, and one road or none."""
    to = Transformer.from_crs("EPSG:4326", "EPSG:26914", always_xy=True)
    xy = [to.transform(lon, lat) for lat, lon in TEXAS]
    table = pd.DataFrame(xy, columns=["X", "Y"]).assign(State=state)
    table.to_csv(folder / "list.csv", index=False)
    parts = {
        "project": {"name": "p", "title": "P"},
        "sources": [{"id": "list", "path": "list.csv", "title": "T", "licence": "CC0"}],
    }
    if corners:
        nodes = "".join(f"n{i} x{x} y{y}\n" for i, (x, y) in enumerate(corners, 1))
        way = "w1 Thighway=primary,name=Long%20%Road Nn1,n2\n"
        (folder / "roads.opl").write_text(nodes + way)
        parts["roads"] = {"path": "roads.opl", "date": "2026-01-01"}
    return Project.model_validate(parts)


@pytest.mark.parametrize("state", ["TX", pytest.param("", marks=pytest.mark.slow)])
def test_S3_a_build_asks_its_roads_where_grids_are_in_doubt(tmp_path: Path, state: str) -> None:
    project = _project(tmp_path, THERE, state)
    counts = read_stage(project.sources[0], tmp_path, project).run(tmp_path)
    assert counts["reports"] == len(TEXAS)
    table = pd.read_parquet(tmp_path / "private" / "sources" / "list.parquet")
    assert sorted(table["lon"]) == pytest.approx(sorted(lon for _, lon in TEXAS), abs=3e-4)
    assert sorted(table["lat"]) == pytest.approx(sorted(lat for lat, _ in TEXAS), abs=3e-4)


@pytest.mark.parametrize("corners", [None, ELSEWHERE])
def test_S3_a_build_refuses_a_grid_that_no_road_of_it_settles(
    tmp_path: Path, corners: list[tuple[float, float]] | None
) -> None:
    project = _project(tmp_path, corners)
    with pytest.raises(InputError, match="EPSG:26914"):
        read_stage(project.sources[0], tmp_path, project).run(tmp_path)


def test_S3_other_roads_read_the_list_again(tmp_path: Path) -> None:
    one = read_stage((p := _project(tmp_path, THERE)).sources[0], tmp_path, p)
    other = read_stage((p := _project(tmp_path, None)).sources[0], tmp_path, p)
    assert one.settings != other.settings
