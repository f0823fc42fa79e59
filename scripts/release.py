"""Build a release, check it as a stranger would, and write what goes with it.

python scripts/release.py --check     sdist → wheel → an empty environment → the demo; keeps nothing
python scripts/release.py             the same, into dist/, with RELEASE-NOTES.md, THIRD-PARTY.txt and
                                      sbom.cdx.json, the libraries of the lock

Needs `build`; `twine` and `pip-audit` are used where they are installed, and said where not.
"""

from __future__ import annotations

import importlib.util
import json
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
AUDIT_S = 120
"""Seconds for the database of weaknesses to answer."""


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
    python = folder / "env" / ("Scripts" if os.name == "nt" else "bin") / "python"
    if uv := shutil.which("uv"):  # the same in a tenth of the time
        run(uv, "venv", "--quiet", "--python", sys.executable, folder / "env")
        run(uv, "pip", "install", "--quiet", "--python", python, wheel, cwd=folder)
    else:
        venv.create(folder / "env", with_pip=True)
        run(python, "-m", "pip", "install", "--quiet", wheel, cwd=folder)
    run(python, "-m", "alprmap", "--version", cwd=folder)
    run(python, "-m", "alprmap", "demo", "--out", "demo", cwd=folder, fine=(0, REVIEW_WAITS))
    if not (folder / "demo" / "index.html").is_file():
        raise SystemExit("the demo wrote no page")


def notes() -> str:
    """What CHANGELOG.md says of this release: what has no version yet, where there is such a part
    with text, else the part of the version in pyproject.toml.
    """
    version = re.search(r'^version = "(.+)"$', (ROOT / "pyproject.toml").read_text("utf-8"), re.M)
    text = (ROOT / "CHANGELOG.md").read_text("utf-8")
    parts = dict(re.findall(r"^## \[?([^\]\n]+)\]?[^\n]*\n(.*?)(?=^## |\Z)", text, re.M | re.S))
    name = version[1] if version else ""
    waiting = parts.get("Unreleased", "").strip()
    if waiting:
        print(
            "CHANGELOG.md: these notes stand under Unreleased; give them the version and its date"
        )
    body = waiting or next((b for head, b in parts.items() if head.split()[0] == name), "").strip()
    if not body:
        raise SystemExit(f"CHANGELOG.md says nothing of version {name}")
    return body + "\n"


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


def pinned() -> list[tuple[str, str, list[str]]]:
    """Name, version and SHA-256 hashes of every library of requirements.lock."""
    text = (ROOT / "requirements.lock").read_text("utf-8").replace("\\\n", " ")
    rows = re.findall(r"^([A-Za-z0-9._-]+)==([^\s;]+)(.*)$", text, re.M)
    return [
        (n, v, sorted(re.findall(r"--hash=sha256:([0-9a-f]{64})", more))) for n, v, more in rows
    ]


def bill_of_materials() -> str:
    """The libraries of requirements.lock as CycloneDX 1.5: name, version, where from, hashes of the
    files that may be installed. The same bytes for the same lock."""
    version = re.search(r'^version = "(.+)"$', (ROOT / "pyproject.toml").read_text("utf-8"), re.M)
    parts = [
        {
            "type": "library",
            "bom-ref": f"pkg:pypi/{name}@{pin}",
            "name": name,
            "version": pin,
            "purl": f"pkg:pypi/{name}@{pin}",
            "externalReferences": [
                {
                    "type": "distribution",
                    "url": f"https://pypi.org/project/{name}/{pin}/",
                    "hashes": [{"alg": "SHA-256", "content": h} for h in hashes],
                }
            ],
        }
        for name, pin, hashes in pinned()
    ]
    about = {"type": "application", "name": "alprmap", "version": version[1] if version else ""}
    whole = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": {"component": {**about, "bom-ref": "alprmap"}},
        "components": parts,
        "dependencies": [{"ref": "alprmap", "dependsOn": [p["bom-ref"] for p in parts]}],
    }
    return json.dumps(whole, indent=2) + "\n"


def audit() -> None:
    """Stop where a pinned library has a known weakness; say so where nobody can be asked."""
    if not has("pip_audit"):
        return
    # the lock has every version and hash: nothing is installed to find them out
    words = ["--disable-pip", "--require-hashes", "--progress-spinner", "off", "--format", "json"]
    command = [sys.executable, "-m", "pip_audit", *words, "-r", str(ROOT / "requirements.lock")]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=AUDIT_S)
        listed = json.loads(done.stdout)["dependencies"]
    except (subprocess.TimeoutExpired, ValueError, LookupError, TypeError):
        print("skipped: pip-audit does not reach its database here")
        return
    weak = [f"{d['name']} {d['version']}: {v['id']}" for d in listed for v in d.get("vulns", [])]
    if weak:
        raise SystemExit("known weaknesses: " + "; ".join(weak))
    # what the index does not know is left out, and then said to have no known weakness
    unknown = [d["name"] for d in listed if "skip_reason" in d]
    if unknown:
        print(f"skipped: pip-audit could not ask about {len(unknown)} of {len(listed)} libraries")
    if len(unknown) < len(listed):
        print(f"pip-audit knows no weakness of {len(listed) - len(unknown)} libraries")


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
    (out / "sbom.cdx.json").write_text(bill_of_materials(), "utf-8")
    audit()
    print(f"wrote {out}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
