"""The wheel is complete: installed elsewhere, with every socket blocked, it makes the demo map."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MOST_BYTES_OF_BORDERS = 8_000_000

NO_SOCKETS = """
import socket

class Blocked(socket.socket):
    def __init__(self, family=-1, *rest, **more):
        if family not in (socket.AF_UNIX,):
            raise RuntimeError("alprmap opened a socket")
        super().__init__(family, *rest, **more)

socket.socket = Blocked
socket.create_connection = socket.getaddrinfo = Blocked
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [
            sys.executable,
            "-m",
            "build",
            "--wheel",
            "--no-isolation",
            "--outdir",
            str(out),
            str(ROOT),
        ],
        check=True,
        capture_output=True,
    )
    return next(out.glob("*.whl"))


def test_the_wheel_carries_its_data(wheel: Path) -> None:
    files = {i.filename: i.file_size for i in zipfile.ZipFile(wheel).infolist()}
    for name in (
        "sources.toml",
        "ports_of_entry.csv",
        "getting.toml",
        "demo/alprmap.toml",
    ):
        assert f"alprmap/_data/{name}" in files
    assert any(n.startswith("alprmap/publish/assets/") and "leaflet" in n for n in files)
    assert any(n.endswith("licenses/LICENSE") for n in files)
    borders = sum(
        size
        for n, size in files.items()
        if n.startswith("alprmap/_data/") and n.endswith(".parquet")
    )
    assert 0 < borders < MOST_BYTES_OF_BORDERS


@pytest.mark.slow
def test_installed_elsewhere_without_network_it_makes_the_demo(wheel: Path, tmp_path: Path) -> None:
    venv.create(tmp_path / "env", with_pip=False)
    python = tmp_path / "env" / "bin" / "python"
    site = Path(
        subprocess.run(
            [python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"],
            check=True, capture_output=True, text=True,
        ).stdout.strip()
    )  # fmt: skip
    zipfile.ZipFile(wheel).extractall(site)
    # the libraries come from this environment; its editable alprmap does not, as .pth files are not
    # followed twice
    (site / "libraries.pth").write_text(sysconfig.get_path("purelib") + "\n")
    (site / "sitecustomize.py").write_text(NO_SOCKETS)
    # what the tests run from must not be found instead
    own = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    where = subprocess.run(
        [python, "-c", "import alprmap; print(alprmap.__file__)"], cwd=tmp_path, check=True, capture_output=True,
        text=True, env=own,
    )  # fmt: skip
    assert where.stdout.startswith(str(tmp_path))

    out = tmp_path / "town"
    done = subprocess.run(
        [python, "-m", "alprmap", "demo", "--out", str(out)], cwd=tmp_path, capture_output=True, text=True,
        check=False, env=own,
    )  # fmt: skip
    assert done.returncode in (0, 3), done.stderr
    manifest = json.loads((out / "manifest.json").read_text("utf-8"))
    assert manifest["stages"]["merge"]["rows"]["cameras"] > 0
    page = (out / "index.html").read_text("utf-8")
    assert "FICTIONAL" in page.upper()
