"""Build a release, check it as a stranger would, and write what goes with it.

python scripts/release.py --check     sdist → wheel → an empty environment → the demo; keeps nothing
python scripts/release.py             the same, into dist/, with RELEASE-NOTES.md, THIRD-PARTY.txt and
                                      sbom.cdx.json (where cyclonedx-bom is installed)

Needs `build`; `twine` and `pip-audit` are used where they are installed, and said where not.
"""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import venv
from importlib.metadata import distribution
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
NEEDED = ("tests/house/test_docs.py", "CONTRIBUTING.md", "SECURITY.md", "requirements.lock", ".ci/run", "docs/demo.md", "CITATION.cff")  # fmt: skip
"""Files without which the tests do not run from the unpacked sdist."""
REVIEW_WAITS = 3


def run(*words: str | Path, cwd: Path = ROOT, fine: tuple[int, ...] = (0,)) -> None:
    """Run a program and stop where it fails."""
    print("$", *words, flush=True)
    code = subprocess.run([str(w) for w in words], cwd=cwd, check=False).returncode
    if code not in fine:
        raise SystemExit(f"{words[0]} ended with {code}")


def has(module: str) -> bool:
    """Whether a tool is installed; say so where it is not."""
    there = importlib.util.find_spec(module) is not None
    if not there:
        print(f"skipped: {module} is not installed")
    return there


def build(out: Path) -> tuple[Path, Path]:
    """Return (sdist, wheel), the wheel made from the sdist."""
    # without isolation nothing is fetched; a fresh machine has no backend and isolates
    alone = ["--no-isolation"] if importlib.util.find_spec("hatchling") else []
    run(sys.executable, "-m", "build", *alone, "--outdir", out, ROOT)
    sdist, wheel = next(out.glob("*.tar.gz")), next(out.glob("*.whl"))
    with tarfile.open(sdist) as archive:
        names = {name.split("/", 1)[-1] for name in archive.getnames()}
    if missing := [name for name in NEEDED if name not in names]:
        raise SystemExit(f"the sdist lacks {', '.join(missing)}")
    if has("twine"):
        run(sys.executable, "-m", "twine", "check", "--strict", sdist, wheel)
    return sdist, wheel


def try_out(wheel: Path, folder: Path) -> None:
    """Install a wheel into an empty environment and run the demo there."""
    venv.create(folder / "env", with_pip=True)
    python = folder / "env" / ("Scripts" if os.name == "nt" else "bin") / "python"
    run(python, "-m", "pip", "install", "--quiet", wheel, cwd=folder)
    run(python, "-m", "alprmap", "--version", cwd=folder)
    run(python, "-m", "alprmap", "demo", "--out", "demo", cwd=folder, fine=(0, REVIEW_WAITS))
    if not (folder / "demo" / "index.html").is_file():
        raise SystemExit("the demo wrote no page")


def notes() -> str:
    """The part of CHANGELOG.md about the version of pyproject.toml, else what is unreleased."""
    version = re.search(r'^version = "(.+)"$', (ROOT / "pyproject.toml").read_text("utf-8"), re.M)
    text = (ROOT / "CHANGELOG.md").read_text("utf-8")
    parts = dict(re.findall(r"^## \[?([^\]\n]+)\]?[^\n]*\n(.*?)(?=^## |\Z)", text, re.M | re.S))
    name = version[1] if version else ""
    found = next((body for head, body in parts.items() if head.split()[0] == name), None)
    return (found or parts.get("Unreleased", "")).strip() + "\n"


def third_parties() -> str:
    """The licenses of all libraries that an installation brings, each with its own text."""
    sys.path.insert(0, str(ROOT / "tests" / "house"))
    from test_licenses import BUNDLED, license_of, needed

    parts = ["What alprmap brings along, and its licenses. Made by scripts/release.py.", ""]
    parts += [f"{name} {version}: {license_of(name)}" for name, version in sorted(needed().items())]
    parts += [f"{name}, inside other wheels: {text}" for name, text in BUNDLED.items()]
    for name in sorted(needed()):
        for file in distribution(name).files or []:
            if re.search(r"(licen[sc]e|copying|notice)[^/]*$", str(file), re.I) and "dist-info" in str(file):  # fmt: skip
                path = Path(str(file.locate()))
                if path.is_file():
                    parts += ["", "=" * 78, f"{name}: {path.name}", "=" * 78, path.read_text("utf-8", "replace")]  # fmt: skip
    return "\n".join(parts) + "\n"


def main() -> int:
    """Build and check; without --check keep it all in dist/."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        sdist, wheel = build(folder / "dist")
        try_out(wheel, folder)
        if "--check" in sys.argv:
            return 0
        out = ROOT / "dist"
        out.mkdir(exist_ok=True)
        for path in (sdist, wheel):
            shutil.copy2(path, out)
    (out / "RELEASE-NOTES.md").write_text(notes(), "utf-8")
    (out / "THIRD-PARTY.txt").write_text(third_parties(), "utf-8")
    if has("cyclonedx_py"):
        lock = ROOT / "requirements.lock"
        run(sys.executable, "-m", "cyclonedx_py", "requirements", lock, "-o", out / "sbom.cdx.json")
    if has("pip_audit"):
        # 1 is what it says where its database cannot be reached or a weakness is known
        run(sys.executable, "-m", "pip_audit", "-r", ROOT / "requirements.lock", fine=(0, 1))
    print(f"wrote {out}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
