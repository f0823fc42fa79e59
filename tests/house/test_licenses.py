"""Every library that alprmap brings along has a license that lets it be passed on freely.

What an installation needs is followed from pyproject.toml through the metadata of each library. A
copyleft license is a named exception here and in docs/data.md, or it fails; so does one that
nobody has looked at.
"""

from __future__ import annotations

import re
import tomllib
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[2]
PERMISSIVE = re.compile(
    r"\b(MIT|MIT-0|MIT-CMU|BSD|0BSD|Apache|ISC|ISCL|PSF|PSFL|HPND|Zlib|CC0|Unlicense|Python Software Foundation)\b",
    re.IGNORECASE,
)  # fmt: skip
COPYLEFT = re.compile(r"\b(A?GPL|LGPL|MPL|EPL|EUPL|CDDL|OSL|Mozilla|GNU|copyleft|SSPL)", re.I)
EXCEPTIONS = {"certifi": "MPL-2.0"}
"""Weak copyleft that is passed on unchanged, by the file: docs/data.md says what it asks."""
BUNDLED = {"GEOS": "LGPL-2.1"}
"""In the wheels of shapely and GDAL's, as a library of its own: named in docs/data.md too."""
LOOKED_AT = {"kiwisolver": "BSD-3-Clause", "lazy-loader": "BSD-3-Clause"}
"""Licenses that stand in the text of the license alone, read by a person."""


def needed(extras: tuple[str, ...] = ()) -> dict[str, str]:
    """Return each library that an installation brings → its version, by the metadata installed."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    open_ones = [Requirement(t) for t in project["dependencies"]]
    for extra in extras:
        open_ones += [Requirement(t) for t in project["optional-dependencies"][extra]]
    found: dict[str, str] = {}
    while open_ones:
        wanted = open_ones.pop()
        name = re.sub(r"[-_.]+", "-", wanted.name.lower())
        if wanted.marker and not any(
            wanted.marker.evaluate({"extra": e}) for e in wanted.extras or {""}
        ):
            continue
        if name in found:
            continue
        try:
            has = distribution(name)
        except PackageNotFoundError:
            pytest.fail(f"{name} is named by pyproject.toml and not installed")
        found[name] = has.version
        for text in has.requires or []:
            more = Requirement(text)
            if more.marker is None or any(
                more.marker.evaluate({"extra": e}) for e in {"", *wanted.extras}
            ):
                open_ones.append(Requirement(text.split(";")[0]))
    return found


def license_of(name: str) -> str:
    """Return what a library says of its license: the expression, else classifiers, else the first
    line of the text."""
    meta = distribution(name).metadata
    classes = [c.split(" :: ")[-1] for c in meta.get_all("Classifier") or [] if "License ::" in c]
    text = (meta.get("License") or "").strip().splitlines()
    said = meta.get("License-Expression") or "; ".join(classes) or (text[0] if text else "")
    return said if PERMISSIVE.search(said) or COPYLEFT.search(said) else LOOKED_AT.get(name, said)


def test_D10_every_library_has_a_license_that_is_permissive_or_a_named_exception() -> None:
    libraries = needed()
    assert len(libraries) > 25
    strange = {n: license_of(n) for n in libraries if not PERMISSIVE.search(license_of(n))}
    strange |= {n: license_of(n) for n in libraries if COPYLEFT.search(license_of(n))}
    assert {n for n in strange if n not in EXCEPTIONS} == set(), strange
    assert {n for n in EXCEPTIONS if n not in libraries} == set(), "an exception nobody needs"


@pytest.mark.parametrize(("name", "license"), [*EXCEPTIONS.items(), *BUNDLED.items()])
def test_D10_the_exceptions_stand_in_the_docs(name: str, license: str) -> None:  # noqa: A002
    page = (ROOT / "docs" / "data.md").read_text("utf-8")
    rows = [line for line in page.splitlines() if line.startswith("|") and name in line]
    assert any(license in row for row in rows)


@pytest.mark.parametrize("text", ["GPL-3.0-only", "GNU Lesser General Public License v3 (LGPLv3)", "MPL-2.0", "AGPL-3.0", ""])  # fmt: skip
def test_D10_a_new_copyleft_license_is_seen(text: str) -> None:
    assert COPYLEFT.search(text) or not PERMISSIVE.search(text)
