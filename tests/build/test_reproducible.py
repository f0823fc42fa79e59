"""Same inputs, same bytes: whatever the hash seed, thread count, time zone, locale, user, home and
folder.

And none of the files holds a user name, a home path, a host name or the folder it was made in.
"""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from alprmap.shipped import data_path

ONE = {
    "PYTHONHASHSEED": "0",
    "TZ": "UTC",
    "LC_ALL": "C.UTF-8",
    "OMP_NUM_THREADS": "1",
    "USER": "userone",
}
TWO = {
    "PYTHONHASHSEED": "4242",
    "TZ": "Asia/Kathmandu",
    "LC_ALL": "POSIX",
    "PYTHONUTF8": "0",
    "USER": "zqxuser",
    "PYTHONCOERCECLOCALE": "0",
    "OMP_NUM_THREADS": "4",
    "OPENBLAS_NUM_THREADS": "4",
    "LANG": "",
    "LOGNAME": "zqxuser",
    "ALPRMAP_TEST": "zqxenv",
}
THREE = {"PYTHONHASHSEED": "1", "TZ": "America/Los_Angeles", "LC_ALL": "POSIX"}


def build(
    folder: Path, words: list[str], variant: dict[str, str], *, umask: int = 0o022
) -> dict[str, bytes]:
    """Run the command line in `folder` under a variant of the surroundings; return every file of
    its result."""
    home = folder / "zqxhome"
    home.mkdir(parents=True)
    env = (
        {k: v for k, v in os.environ.items() if k not in ("LANG", "LC_ALL", "TZ")}
        | {"HOME": str(home)}
        | variant
    )
    done = subprocess.run(
        [sys.executable, "-m", "alprmap", *words, "--out", str(folder / "out")],
        env=env,
        cwd=folder,
        umask=umask,
        capture_output=True,
        check=False,
        timeout=1000,
    )
    assert done.returncode in (0, 3), done.stderr
    assert b"Traceback" not in done.stderr
    out = folder / "out"
    return {p.relative_to(out).as_posix(): p.read_bytes() for p in out.rglob("*") if p.is_file()}


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with text of many scripts in it."""
    folder = tmp_path_factory.mktemp("small")
    names = [
        "Zürich Straße",
        "Ñandú",
        "東京",
        "مرحبا",
        "Laredo PD",
        "'=1+1",
        "{{ 7*7 }}",
        "</script>",
    ]
    rows = "".join(
        f'{i},27.{51000 + i * 40},-99.{50000 + i},{i * 40},"{n}"\n' for i, n in enumerate(names)
    )
    (folder / "a.csv").write_text("id,lat,lon,direction,operator\n" + rows, "utf-8")
    text = '[project]\nname = "small"\ntitle = "Größe"\n[[sources]]\nid = "list"\npath = "a.csv"\n'
    (folder / "alprmap.toml").write_text(text, "utf-8")
    return folder


def same(one: dict[str, bytes], two: dict[str, bytes]) -> None:
    assert sorted(one) == sorted(two)
    assert [name for name in sorted(one) if one[name] != two[name]] == []


@pytest.mark.slow
def test_the_demo_is_the_same_to_the_byte(tmp_path: Path) -> None:
    one = build(tmp_path / "one", ["demo"], ONE)
    two = build(tmp_path / "deep" / "er" / "two", ["demo"], TWO, umask=0o077)
    same(one, two)
    nothing_of_the_maker(tmp_path / "deep" / "er" / "two" / "out", tmp_path)


@pytest.mark.slow
def test_a_project_is_the_same_wherever_it_lies(small: Path, tmp_path: Path) -> None:
    results = []
    for name, variant in (("deep/two", TWO), ("three", THREE)):
        shutil.copytree(small, tmp_path / name)
        results.append(build(tmp_path / name, ["build"], variant))
    same(results[0], results[1])
    nothing_of_the_maker(tmp_path / "deep" / "two" / "out", tmp_path)


def nothing_of_the_maker(out: Path, folder: Path) -> None:
    """Look for the maker's names in every file, Parquet unpacked."""
    told = [
        "zqxuser",
        "zqxhome",
        "zqxenv",
        str(folder),
        str(Path.home()),
        str(data_path().resolve()),
    ]
    if len(platform.node()) > 3:
        told.append(platform.node())
    told = [t for t in told if len(t) > 3 and t not in ("/root", "root")]
    for path in sorted(out.rglob("*")):
        if not path.is_file():
            continue
        text = path.read_bytes().decode("utf-8", "replace")
        if path.suffix == ".parquet":
            table = pq.read_table(path)
            plain = table.select([c for c in table.column_names if c != "geometry"])
            text += f"{table.schema.metadata}{plain.to_pylist()}"
        assert [t for t in told if t in text] == [], path.name
