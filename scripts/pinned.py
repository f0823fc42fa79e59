"""Artifacts of public registries, pinned: what the other scripts make our data from."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path


def fetch(cache: Path, filename: str, checksum: str, spec: str, *, registry: str = "pypi") -> Path:
    """Return a pinned artifact in `cache`, downloaded with its registry's own client if absent.

    `spec` names the package as that client takes it: `name==1.0` (pip) or `name@1.0` (npm).
    """
    path = cache / filename
    if not path.exists():
        client = (
            ["npm", "pack", spec, "--pack-destination", str(cache)]
            if registry == "npm"
            else [sys.executable, "-m", "pip", "download", "--no-deps", "--dest", str(cache), spec]
        )
        subprocess.run(client, check=True, stdout=subprocess.DEVNULL)
    if (computed := sha256(path)) != checksum:
        raise SystemExit(f"{filename}: sha256 is {computed}, pinned {checksum}")
    return path


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file as hex."""
    return hashlib.sha256(path.read_bytes()).hexdigest()
