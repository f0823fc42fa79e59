"""Tables are what schema.py says, at every door."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd
import pytest

from alprmap import schema
from alprmap.errors import InputError, NotFoundError


def camera(**more: object) -> pd.DataFrame:
    row = {"camera_id": "cam-a", "lon": -99.5, "lat": 27.5, "n_reports": 1, "n_sources": 1, **more}
    return schema.conform(pd.DataFrame([row]), "cameras")


@pytest.mark.parametrize("name", list(schema.TABLES))
def test_an_empty_table_passes_its_own_check(name: str) -> None:
    frame = schema.empty(name)
    schema.check(frame, name)
    assert len(frame) == 0
    assert isinstance(frame, gpd.GeoDataFrame) == (name == "segments")


@pytest.mark.parametrize("name", list(schema.TABLES))
def test_every_column_is_explained_and_units_are_in_names(name: str) -> None:
    for column in schema.table(name).columns:
        assert column.doc
        if "meters" in column.doc and column.dtype == "float64":
            assert column.name.endswith("_m"), column.name


def test_unknown_tables_are_named() -> None:
    with pytest.raises(NotFoundError, match="no table is called camera"):
        schema.table("camera")


def test_unknown_is_missing_never_zero() -> None:
    frame = camera()
    assert frame["operator"].isna().all()
    assert frame["position_error_m"].isna().all()
    schema.check(frame, "cameras")


def test_extra_columns_are_kept_behind() -> None:
    frame = camera(height_ft="12")
    assert frame.columns[-1] == "height_ft"
    schema.check(frame, "cameras")


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"status": "working"}, "holds 'working'"),
        ({"lat": 91.0}, "outside its range"),
        ({"lon": -181.0}, "outside its range"),
    ],
)
def test_a_wrong_value_is_named(more: dict[str, object], said: str) -> None:
    with pytest.raises(InputError, match=said):
        schema.check(camera(**more), "cameras")


def test_a_key_twice_is_named() -> None:
    with pytest.raises(InputError, match="cam-a"):
        schema.check(pd.concat([camera(), camera()], ignore_index=True), "cameras")


def test_a_heading_of_360_is_refused() -> None:
    view = schema.conform(pd.DataFrame({"camera_id": ["a"], "heading_deg": [360.0]}), "views")
    with pytest.raises(InputError, match="heading_deg"):
        schema.check(view, "views")


def test_a_missing_count_is_refused_but_missing_text_is_filled() -> None:
    with pytest.raises(InputError, match="lacks its column n_reports"):
        schema.conform(pd.DataFrame({"camera_id": ["a"]}), "cameras")
    with pytest.raises(InputError, match="is not float64"):
        schema.conform(pd.DataFrame({"report_id": ["a"], "lon": ["west"]}), "reports")


def test_the_argument_is_not_changed() -> None:
    frame = pd.DataFrame({"report_id": ["a"], "lon": [1]})
    before = frame.copy(deep=True)
    schema.conform(frame, "reports")
    pd.testing.assert_frame_equal(frame, before)
