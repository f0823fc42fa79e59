"""S3: a pair of position columns has one meaning."""

from __future__ import annotations

import pandas as pd
import pytest
from pyproj import Transformer

from alprmap import sources
from alprmap.errors import InputError

PLACES = {
    "TX": [(30.267153, -97.743057), (31.549333, -97.14667), (29.424349, -98.491142)],
    "OH": [(39.96245, -83.00068), (39.957, -82.901), (40.061, -82.953)],
    "CO": [(39.7392, -104.9903), (39.7508, -105.2211), (39.6133, -105.0166)],
}


def projected(state: str, crs: str) -> pd.DataFrame:
    to = Transformer.from_crs("EPSG:4326", crs, always_xy=True)
    xy = [to.transform(lon, lat) for lat, lon in PLACES[state]]
    return pd.DataFrame({"X": [x for x, _ in xy], "Y": [y for _, y in xy]})


@pytest.mark.parametrize(
    ("state", "crs"), [("TX", "EPSG:26914"), ("OH", "EPSG:3735"), ("CO", "EPSG:2232")]
)
@pytest.mark.parametrize("zone", [False, True])
def test_S3_one_grid_explains_the_column_or_the_file_is_refused(
    state: str, crs: str, zone: bool
) -> None:
    frame = projected(state, crs).assign(State=state)
    if zone:
        frame["Zone"] = [1, 4, 5]  # of the police patrol
    try:
        found = sources.read(frame)
    except InputError as error:
        assert "--crs" in str(error)
        found = sources.read(frame, settings=sources.Settings(crs=crs))
    for (lat, lon), row in zip(PLACES[state], found.reports.itertuples(), strict=True):
        assert (row.lat, row.lon) == pytest.approx((lat, lon), abs=3e-4)


def test_S3_a_grid_that_nobody_names_is_asked_for() -> None:
    with pytest.raises(InputError, match="--crs"):
        sources.read(projected("OH", "EPSG:3735"))


@pytest.mark.parametrize("part", [1e6, 1e7])
def test_S3_fractions_of_a_degree(part: float) -> None:
    frame = pd.DataFrame(
        [(int(lat * part), int(lon * part)) for lat, lon in PLACES["OH"]], columns=["lat", "lon"]
    )
    reports = sources.read(frame).reports
    assert reports["lat"].tolist() == pytest.approx([p[0] for p in PLACES["OH"]], abs=1e-5)
