"""The form without a browser: same bytes, nothing that asks, both languages whole, hostile names
harmless."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import map_data
import pytest
from typer.testing import CliRunner

from alprmap.cli import app
from alprmap.errors import UsageError
from alprmap.sightings import form, known, personal, sighting
from alprmap.sightings.check import SightingSettings as Settings

ASSETS = Path(form.__file__).parent / "assets"


@pytest.fixture(scope="module")
def page() -> str:
    return form.form_html(form.FormData(title="Town", cameras=devices(), others=known.none()))


def devices(n: int = 5) -> known.Known:
    return known.made(
        [f"node/{i}" for i in range(n)], [-101.9 + i / 1000 for i in range(n)], [29.8] * n, [[90.0]] * n,
        device=["alpr"] * n, label=[""] * n,
    )  # fmt: skip


def document(text: str) -> Any:
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', text, re.DOTALL)
    assert found
    return json.loads(found[1])


def test_V11_nothing_in_it_asks_for_anything(page: str) -> None:
    assert "default-src 'none'" in page
    policy = re.search(r'content="(default-src[^"]*)"', page)
    assert policy
    assert "connect-src" not in policy[1]
    assert "unsafe" not in policy[1]
    body = re.sub(r"<script.*?</script>", "", page, flags=re.DOTALL)
    assert not re.search(r"\b(?:src|href)=\"(?!#)", body)
    assert "localStorage" not in "".join(form.asset(f"js/{n}.js") for n in form.SCRIPTS)
    assert not re.search(r"\bon[a-z]+=", re.sub(r"<style.*?</style>", "", body, flags=re.DOTALL))


def test_same_input_same_bytes(page: str) -> None:
    order = [3, 1, 4, 0, 2]
    few = devices()
    mixed = known.Known(
        tuple(few.ids[i] for i in order), few.lon[order], few.lat[order], few.headings[order],
        tuple(few.device[i] for i in order), tuple(few.label[i] for i in order),
    )  # fmt: skip
    assert form.form_html(form.FormData(title="Town", cameras=mixed)) == page


def test_V11_both_languages_are_whole() -> None:
    words = json.loads(form.asset("strings.json"))
    assert set(words["en"]) == set(words["es"])
    assert all(v.strip() for language in ("en", "es") for v in words[language].values())
    for name, text in words["en"].items():
        assert set(re.findall(r"\{\w+\}", text)) == set(
            re.findall(r"\{\w+\}", words["es"][name])
        ), name
    asked = set(re.findall(r'data-t(?:-label|-placeholder)?="([^"]+)"', form.asset("form.html")))
    scripts = "".join(form.asset(f"js/{n}.js") for n in form.SCRIPTS)
    asked |= set(re.findall(r'Say\.t\("([^"$]+)"', scripts))
    assert asked <= set(words["en"]), asked - set(words["en"])
    assert {f"mount_{m}" for m in sighting.MOUNTS} | {
        f"evidence_{e}" for e in sighting.EVIDENCE
    } <= set(words["en"])
    kinds = {p["kind"] for p in personal.data()["patterns"] if p["page"]}
    assert kinds == set(words["kinds_es"])
    unused = {
        n
        for n in words["en"]
        if n not in asked
        and not re.search(r"(^name$|_help$|^mount_|^evidence_|^tier_|^device_)", n)
    }
    assert all(f'"{n}"' in scripts for n in unused), [n for n in unused if f'"{n}"' not in scripts]


def test_every_silhouette_is_drawn() -> None:
    drawn = set(re.findall(r'<symbol id="s-([^"]+)"', form.asset("silhouettes.svg")))
    script = form.asset("js/sheet.js")
    makers = set(re.findall(r'\["([a-z]+)", "[A-Z]', script))
    assert drawn == makers | {"unknown", "trailer", "red-light", "speed", "traffic", "sensor"}


def test_V11_the_page_goes_by_the_limits_of_the_check(page: str) -> None:
    rules = document(page)["meta"]["settings"]
    assert all(getattr(Settings(), name) == value for name, value in rules.items())


@pytest.mark.parametrize("text", map_data.HOSTILE)
def test_V11_hostile_names_stay_text(text: str) -> None:
    bad = known.made([text], [-101.9], [29.8], [[90.0]], device=["red_light"], label=[text])
    page = form.form_html(form.FormData(title=text, cameras=bad, others=bad))
    value = document(page)
    assert value["meta"]["title"] == personal.clean(text)
    assert len(re.findall(r"<script", page)) == 4
    assert value["cameras"]["c"]["id"] in ({"k": "const", "v": text}, {"k": "text", "v": [text]})


def test_language_must_be_known() -> None:
    with pytest.raises(UsageError):
        form.form_html(form.FormData(language="fr"))


def test_command_line(tmp_path: Path) -> None:
    out = tmp_path / "form.html"
    words = [
        "sighting",
        "form",
        "--out",
        str(out),
        "--language",
        "es",
        "--area",
        "-102,29.7,-101.8,29.9",
    ]
    assert CliRunner().invoke(app, words).exit_code == 0
    value = document(out.read_text("utf-8"))
    assert value["meta"]["language"] == "es"
    assert value["meta"]["bbox"] == [-102, 29.7, -101.8, 29.9]
    assert CliRunner().invoke(app, words).exit_code != 0
    assert CliRunner().invoke(app, [*words[:-1], "1,2,3", "--force"]).exit_code != 0


@pytest.mark.slow
def test_a_national_form_is_small(shared: Path) -> None:
    found = known.read_known(shared / "cameras" / "us-2026-01.json.gz")
    page = form.form_html(form.FormData(cameras=found))
    assert len(page) < 3_000_000
    assert document(page)["cameras"]["n"] == len(found)
