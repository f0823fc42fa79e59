"""How a run ends, through the real command line: exit codes 4, 5 and 130, and what stands in the
folder then."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from alprmap.cli import common
from alprmap.errors import UsageError
from alprmap.store import whole as store

pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals and limits of POSIX")
COMMAND = [sys.executable, "-m", "alprmap"]
LIST = "id,lat,lon\n1,27.5,-99.5\n"


def run(*words: str, **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *words],
        capture_output=True,
        text=True,
        check=False,
        timeout=1000,
        env={**os.environ, **more},
    )


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small project, built once."""
    folder = tmp_path_factory.mktemp("small")
    rows = "".join(f"{i},27.{51000 + i},-99.{50000 + i},{i * 10}\n" for i in range(30))
    (folder / "a.csv").write_text("id,lat,lon,direction\n" + rows)
    text = '[project]\nname = "small"\ntitle = "Small"\n[[sources]]\nid = "list"\npath = "a.csv"\n'
    (folder / "alprmap.toml").write_text(text)
    assert run("build", str(folder / "alprmap.toml"), "--out", str(folder / "out")).returncode in (
        0,
        3,
    )
    return folder


def contents(folder: Path) -> dict[str, bytes]:
    """Every file below a folder."""
    return {
        p.relative_to(folder).as_posix(): p.read_bytes()
        for p in sorted(folder.rglob("*"))
        if p.is_file()
    }


def start(project: Path, out: Path) -> subprocess.Popen[str]:
    """Start a build and wait until it works."""
    words = [*COMMAND, "build", str(project / "alprmap.toml"), "--out", str(out)]
    process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
                               start_new_session=True)  # fmt: skip
    # not before the build has begun: the interpreter itself takes a while to start
    while process.poll() is None and not any(
        p.name.startswith(".out.new-") for p in out.parent.iterdir()
    ):
        time.sleep(0.005)
    return process


@pytest.mark.slow
@pytest.mark.parametrize(
    "number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP], ids=lambda n: n.name
)
def test_a_run_told_to_end_says_so_and_leaves_nothing(
    number: signal.Signals, project: Path, tmp_path: Path
) -> None:
    process = start(project, tmp_path / "out")
    time.sleep(0.3)
    # Ctrl-C goes to the whole group, child process included; the second one is impatience
    for pause_s in (0.05, 0.0):
        if process.poll() is None:
            os.killpg(process.pid, number)
            time.sleep(pause_s)
    _, said = process.communicate(timeout=1000)
    if process.returncode in (0, 3):
        assert (tmp_path / "out" / "manifest.json").is_file()
        return
    assert process.returncode == 130, said
    assert said.strip().splitlines() == ["alprmap: interrupted; your existing files are unchanged"]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_an_interrupted_second_run_leaves_the_first_result(project: Path) -> None:
    out = project / "out"
    before = contents(out)
    # a file of the result is damaged, so that there is work to do
    (out / "reach.csv").write_text("damaged")
    damaged = contents(out)
    process = start(project, out)
    os.killpg(process.pid, signal.SIGTERM)
    process.communicate(timeout=1000)
    assert process.returncode in (0, 3, 130)
    # the manifest also holds a hash of the program, which may be in the making
    assert {k: v for k, v in contents(out).items() if k != "manifest.json"} in (
        {k: v for k, v in old.items() if k != "manifest.json"} for old in (before, damaged)
    )
    assert sorted(p.name for p in project.iterdir()) == ["a.csv", "alprmap.toml", "out"]


def test_a_second_run_is_told_with_exit_5(project: Path) -> None:
    with store.locked(project / "out"):
        done = run("build", str(project / "alprmap.toml"), "--out", str(project / "out"))
    assert done.returncode == 5
    assert "another run is writing here" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_a_disk_that_refuses_is_exit_4(tmp_path: Path) -> None:
    source, out = tmp_path / "a.csv", tmp_path / "r.csv"
    source.write_text(LIST)
    code = (
        "import resource, signal, sys\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (64, 64))\n"
        f"sys.argv = ['alprmap', 'read', {str(source)!r}, '--out', {str(out)!r}]\n"
        "from alprmap.cli import main; main()\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 4, done.stderr
    assert "your existing files are unchanged" in done.stderr
    assert [p.name for p in tmp_path.iterdir()] == ["a.csv"]


def test_no_permission_is_exit_4(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(LIST)
    if os.geteuid() == 0:
        target = Path("/proc/alprmap/r.csv")
    else:
        (tmp_path / "shut").mkdir(mode=0o500)
        target = tmp_path / "shut" / "r.csv"
    done = run("read", str(tmp_path / "a.csv"), "--out", str(target))
    assert done.returncode == 4, done.stderr
    assert len(done.stderr.strip().splitlines()[-1:]) == 1


def test_a_reader_that_leaves_is_no_fault() -> None:
    shell = f"{sys.executable} -m alprmap -q doctor --json | head -c 1"
    done = subprocess.run(["sh", "-c", shell], capture_output=True, text=True, check=False)
    assert done.stderr == ""
    assert done.stdout == "{"


@pytest.mark.parametrize("command", ["read", "merge", "reach"])
def test_an_output_that_another_run_writes_is_exit_5_at_once(command: str, tmp_path: Path) -> None:
    source, out = tmp_path / "a.csv", tmp_path / ("r.csv" if command == "reach" else "r.parquet")
    source.write_text(LIST)
    with store.locked(out):
        done = run(command, str(source), "--out", str(out))
    assert done.returncode == 5, done.stderr
    assert done.stderr.strip() == (
        f"alprmap: {out}: another run is writing here; wait for it or choose another --out"
    )
    assert [p.name for p in tmp_path.iterdir()] == ["a.csv"]


def test_an_interrupt_after_the_writing_does_not_call_the_files_unchanged(tmp_path: Path) -> None:
    source, out = tmp_path / "a.csv", tmp_path / "r.csv"
    source.write_text(LIST)
    code = (
        "import sys\n"
        "from alprmap.cli import common, main\n"
        "def stop(*_, **__): raise KeyboardInterrupt\n"
        "common.result = stop\n"
        f"sys.argv = ['alprmap', 'read', {str(source)!r}, '--out', {str(out)!r}]\n"
        "main()\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 130
    assert (
        done.stderr.strip().splitlines()[-1]
        == "alprmap: interrupted; what was written by then is whole"
    )
    names = sorted(p.name for p in tmp_path.iterdir())
    assert names == ["a.csv", "r.csv", "r.csv-metadata.json", "r.rejects.csv"]


def test_a_folder_that_a_killed_run_left_empty_needs_no_force(tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / ".set-0123abcd-7-x.csv").write_text("left")
    common.refuse_overwrite(out, False)
    (out / "a.csv").write_text("mine")
    with pytest.raises(UsageError, match="exists already"):
        common.refuse_overwrite(out, False)
    store.release()
    assert [p.name for p in tmp_path.iterdir()] == ["out"]
