"""S3, S15: words that are too bare to say where or what something is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from alprmap import sources
from alprmap.errors import InputError

WIDE = 200


def _read(folder: Path, names: list[str], cells: list[str]) -> sources.Read:
    (folder / "list.csv").write_text(",".join(names) + "\n" + ",".join(cells) + "\n")
    return sources.read(folder / "list.csv")


@pytest.mark.parametrize(
    "names",
    [
        [f"x{k}" for k in range(WIDE)],
        [f"x-{k}" for k in range(WIDE)],
        ["x"] * WIDE,
        ["x" * (k + 1) for k in range(WIDE)],
    ],
    ids=["numbered", "with a dash", "all the same", "longer and longer"],
)
def test_S3_columns_of_numbers_that_no_name_makes_a_position_are_refused(
    tmp_path: Path, names: list[str]
) -> None:
    with pytest.raises(InputError, match="columns") as refusal:
        _read(tmp_path, names, ["-98.49"] * WIDE)
    assert len(str(refusal.value)) < 400
    assert "\n" not in str(refusal.value)


def test_S3_columns_without_a_meaning_hide_no_position(tmp_path: Path, alprmap_here: Any) -> None:
    names = [f"x{k}" for k in range(WIDE)]
    found = _read(tmp_path, [*names, "lat", "lon"], ["7"] * WIDE + ["29.42", "-98.49"])
    assert found.reports[["lat", "lon"]].to_numpy().tolist() == [[29.42, -98.49]]
    assert found.tally["unused"] == names
    code, out, _ = alprmap_here("read", "list.csv", "--out", "reports.parquet")
    assert code == 0
    line = next(line for line in out.splitlines() if line.startswith("not used:"))
    assert line.endswith(f"x29 and {WIDE - 30} more")


@pytest.mark.parametrize("word", ["camera", "Camera", "CAMERAS", "cameras", "fixed camera"])
@pytest.mark.parametrize("maker", ["", "Flock Safety"])
def test_S15_camera_alone_in_a_column_of_devices_is_cctv(
    tmp_path: Path, word: str, maker: str
) -> None:
    names = ["lat", "lon", "device", "manufacturer"]
    found = _read(tmp_path, names, ["29.42", "-98.49", word, maker])
    assert found.reports["device"].tolist() == ["cctv"]


@pytest.mark.parametrize(
    ("column", "word", "device"),
    [
        ("type", "camera", "unknown"),
        ("type", "Cameras", "unknown"),
        ("name", "Camera 12", "unknown"),
        ("description", "camera", "unknown"),
        ("device", "LPR camera", "alpr"),
        ("device", "ALPR cameras", "alpr"),
        ("device", "camera;ALPR", "alpr"),
        ("device", "red light cameras", "red_light"),
        ("device", "speed cameras", "speed"),
        ("device", "toll cameras", "toll"),
    ],
)
def test_S15_camera_beside_another_word_or_elsewhere_says_nothing(
    tmp_path: Path, column: str, word: str, device: str
) -> None:
    found = _read(tmp_path, ["lat", "lon", column], ["29.42", "-98.49", word])
    assert found.reports["device"].tolist() == [device]
