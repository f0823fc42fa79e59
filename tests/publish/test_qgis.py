"""Hand-outs in a real QGIS: every layer opens with its style, and every row of it is drawn.

Skipped where the system has no QGIS with Python (Debian: python3-qgis); what is drawn is said by
QGIS itself, in its own interpreter (tests/publish/in_qgis.py).
"""

from __future__ import annotations

import functools
import json
import os
import subprocess
from pathlib import Path

import map_data
import pytest

from alprmap.publish import layers_of, write_hand_outs

SYSTEM = Path("/usr/bin/python3")
PROBE = "import qgis.core; print(qgis.core.Qgis.QGIS_VERSION)"
ENV = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "PYTHONPATH": ""}


@functools.cache
def no_qgis() -> str:
    """Return why QGIS cannot be asked, empty where it can."""
    if not SYSTEM.is_file():
        return f"no {SYSTEM}"
    done = subprocess.run(
        [SYSTEM, "-c", PROBE], capture_output=True, text=True, env=ENV, check=False
    )
    return "" if done.returncode == 0 else "QGIS is not installed (Debian: python3-qgis)"


def drawn(package: Path, picture: Path) -> dict[str, dict[str, object]]:
    """Return layer → what QGIS says of it, and paint all layers into `picture`."""
    script = Path(__file__).with_name("in_qgis.py")
    done = subprocess.run(
        [SYSTEM, script, package, picture], capture_output=True, text=True, env=ENV, check=False, timeout=1000
    )  # fmt: skip
    lines = [line for line in done.stdout.splitlines() if line.startswith("{")]
    assert lines, done.stderr
    found: dict[str, dict[str, object]] = json.loads(lines[-1])
    return found


@pytest.mark.slow
def test_P7_qgis_draws_every_row_of_every_layer_by_its_class(tmp_path: Path) -> None:
    if why := no_qgis():
        pytest.skip(why)
    data = map_data.town()
    # a kind of operator that no list of ours holds is drawn too
    odd = data.cameras.assign(
        operator_kind=data.cameras["operator_kind"].replace("county", "moon base")
    )
    layers = layers_of(data)
    write_hand_outs(odd, tmp_path, title="Town", views=data.views, layers=layers)
    told = drawn(tmp_path / "cameras.gpkg", tmp_path / "map.png")
    assert set(told) == {"cameras", "views", *layers}
    for name, layer in told.items():
        assert layer["drawn"] == layer["rows"] > 0, name
        assert layer["style"] == "RuleRenderer", name
    assert told["cameras"]["classes"]["other or unknown"] > told["cameras"]["classes"]["city"] > 0  # type: ignore[index]
    read = {k: v for k, v in told["roads"]["classes"].items() if v}  # type: ignore[attr-defined]
    assert read["read, one way"] == 8
    assert sum(read.values()) == 10
    assert told["cameras"]["labels"] == "operator"
    # cameras with a view show a wedge, beyond what the field to scale covers
    assert told["views"]["ink"] > 250  # type: ignore[operator]
    assert (tmp_path / "map.png").stat().st_size > 5_000
