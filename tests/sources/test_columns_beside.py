"""S3: numbers that are no degrees in a column of degrees are another grid only where it puts them
beside the rows in degrees; else they are slips of the pen, and their rows are refused."""

from __future__ import annotations

from pathlib import Path

import pytest

import alprmap
from alprmap.errors import InputError

IN_DEGREES = [(29.5512, -98.6631), (29.5515, -98.6633), (29.4801, -98.4002), (29.4606, -98.4799)]


def _list(folder: Path, rows: list[tuple[float, float]]) -> Path:
    path = folder / "list.csv"
    path.write_text("lat,lon\n" + "".join(f"{lat},{lon}\n" for lat, lon in rows))
    return path


@pytest.mark.parametrize(
    "slip",
    [(2942, -98.49), (29.42, -9849.0), (294200, -984900.0), (1e9, 1e9), (13700000, 13700001)],
    ids=["point lost", "point lost in lon", "both lost", "nowhere", "no grid here"],
)
def test_S3_one_slip_refuses_its_row_and_not_the_file(
    tmp_path: Path, slip: tuple[float, float]
) -> None:
    result = alprmap.sources.read(_list(tmp_path, [*IN_DEGREES, slip]))
    assert len(result.reports) == len(IN_DEGREES)
    assert len(result.rejects) == 1


def test_S3_feet_beside_degrees_are_the_grid_that_puts_them_there(tmp_path: Path) -> None:
    feet = [(13700000, 2130000), (13701000, 2131000)]
    table = alprmap.sources.read(_list(tmp_path, [*IN_DEGREES, *feet])).reports
    assert len(table) == 6
    assert table.lat.between(29.3, 29.7).all()
    assert table.lon.between(-98.8, -98.3).all()


def test_S3_many_numbers_of_no_grid_refuse_the_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="--crs"):
        alprmap.sources.read(_list(tmp_path, [*IN_DEGREES, *[(1e9, 2e9 + k) for k in range(4)]]))
