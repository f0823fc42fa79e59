"""The whole suite in other surroundings; one line for each.

    python tests/long/environments.py [--only NAME] [tests/test_x.py ...]

It runs on a copy of what is committed (so that the checkout may be worked on meanwhile), without
the tests that need a browser:

- `offline`: in a network namespace with nothing but loopback, LC_ALL=POSIX, UTC, hash seed 0
- `user`: as a user (nobody) who may write neither the package nor its interpreter nor any cache,
with another
  HOME, Kathmandu time, hash seed 1
- `west`: Los Angeles time, LC_ALL=C.UTF-8, hash seed 2

Where the system does not let us make such surroundings, the line says so and counts as a failure.
"""

from __future__ import annotations

import argparse
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
NOBODY = 65534
NAMES = {
    "offline": {"LC_ALL": "POSIX", "TZ": "UTC", "PYTHONHASHSEED": "0"},
    "user": {"LC_ALL": "C.UTF-8", "TZ": "Asia/Kathmandu", "PYTHONHASHSEED": "1"},
    "west": {"LC_ALL": "C.UTF-8", "TZ": "America/Los_Angeles", "PYTHONHASHSEED": "2"},
}
KEPT = ("PATH", "LANG", "ALPRMAP_CHROMIUM")
LIMIT_S = 3_600


def copy(folder: Path) -> Path:
    """Copy what is committed, owned by this user and writable by nobody; return where it is."""
    target = folder / "checkout"
    target.mkdir(mode=0o755)
    if (ROOT / ".git").exists():
        archive = subprocess.Popen(
            ["git", "-C", str(ROOT), "archive", "HEAD"], stdout=subprocess.PIPE
        )
        subprocess.run(["tar", "-x", "-C", str(target)], stdin=archive.stdout, check=True)
        if archive.wait():
            raise SystemExit("git archive failed")
    else:
        left_out = shutil.ignore_patterns(".venv", "__pycache__", ".*_cache", ".hypothesis", "maps")
        shutil.copytree(ROOT, target, ignore=left_out, dirs_exist_ok=True)
    if (ROOT.parent / "shared").exists():
        (folder / "shared").symlink_to(ROOT.parent / "shared")
    subprocess.run(["chmod", "-R", "a+rX,go-w", str(target)], check=True)
    return target


def reachable(path: Path) -> bool:
    """Tell whether everybody may go to a path."""
    return all(p.stat().st_mode & 0o005 == 0o005 for p in [path, *path.parents])


def around(name: str, words: list[str], folder: Path) -> list[str]:
    """Return the words that run `words` in the surroundings `name`."""
    if name == "offline":
        lo = "ip link set lo up"
        inside = f"{lo} && ! ip -o link show up | grep -qv ' lo:' && exec {shlex.join(words)}"
        return ["unshare", "-n", "sh", "-c", inside]
    if name == "user":
        home = folder / "home"
        for made in (home, home / "tmp"):
            made.mkdir()
            os.chown(made, NOBODY, NOBODY)
        drop = [
            "setpriv",
            f"--reuid={NOBODY}",
            f"--regid={NOBODY}",
            "--clear-groups",
            "--no-new-privs",
            *words,
        ]
        # the interpreter may lie in a home that is closed to others: shown there, in a mount space
        # of our own
        python, shut = Path(sys.base_prefix), []
        if not reachable(python):
            top = next(p for p in [*reversed(python.parents), python] if not reachable(p))
            aside, q = folder / "python", shlex.quote
            aside.mkdir()
            shut = [f"mount --bind {q(str(python))} {q(str(aside))}",
                    f"mount -t tmpfs -o mode=755 tmpfs {q(str(top))}", f"mkdir -p {q(str(python))}",
                    f"mount --bind {q(str(aside))} {q(str(python))}"]  # fmt: skip
        return ["unshare", "-m", "sh", "-c", " && ".join([*shut, f"exec {shlex.join(drop)}"])]
    return words


def run(name: str, checkout: Path, folder: Path, tests: list[str], workers: int) -> bool:
    """Run the suite in one environment, print its line, and what failed; tell whether all is well."""
    words = [sys.executable, "-B", "-m", "pytest", "-n", str(workers), "-m", "not browser", "-rf",
             "-p", "no:cacheprovider", "--basetemp", str(folder / f"tmp-{name}"), *tests]  # fmt: skip
    if name == "user":
        words[words.index("--basetemp") + 1] = str(folder / "home" / "tests")
    home = folder / ("home" if name == "user" else "")
    env = {k: os.environ[k] for k in KEPT if k in os.environ} | NAMES[name]
    own = {"HOME": home, "TMPDIR": home / "tmp", "MPLCONFIGDIR": home / "mpl"}
    own |= {"PYTHONPATH": checkout, "HYPOTHESIS_STORAGE_DIRECTORY": home / "hypothesis"}
    env |= {k: str(v) for k, v in own.items()}
    (folder / "tmp").mkdir(exist_ok=True)
    began = time.monotonic()
    try:
        done = subprocess.run(
            around(name, words, folder), capture_output=True, text=True, check=False, cwd=checkout, env=env,
            timeout=LIMIT_S, errors="replace",
        )  # fmt: skip
        said, code = done.stdout + done.stderr, done.returncode
    except subprocess.TimeoutExpired:
        said, code = "", -1
    (folder / f"{name}.log").write_text(said, encoding="utf-8")
    counts = re.findall(r"(\d+) (passed|failed|error|errors|skipped|xfailed)", said)
    told = ", ".join(f"{n} {what}" for n, what in counts) or f"no result (exit {code})"
    settings = " ".join(f"{k}={v}" for k, v in NAMES[name].items())
    print(f"{name} ({settings}): {told}, {time.monotonic() - began:.0f} s", flush=True)
    for line in said.splitlines() if code else []:
        if line.startswith(("FAILED", "ERROR")) or not counts:
            print(f"    {line}", flush=True)
    return code == 0


def main() -> None:
    """Run the environments asked for; exit 1 when one of them fails."""
    parser = argparse.ArgumentParser(description="The whole suite in other surroundings.")
    parser.add_argument("--only", choices=list(NAMES), action="append")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument(
        "--keep", type=Path, help="A new folder for the copy and the logs, which then stay."
    )
    parser.add_argument("tests", nargs="*")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="alprmap-environments-") as made:
        folder = asked.keep or Path(made)
        folder.mkdir(exist_ok=True)
        folder.chmod(0o755)
        checkout = copy(folder)
        well = [run(n, checkout, folder, asked.tests, asked.workers) for n in asked.only or NAMES]
    sys.exit(not all(well))


if __name__ == "__main__":
    main()
