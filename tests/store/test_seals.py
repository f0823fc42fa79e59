"""What a stranger's folder says of itself is not believed: names, hashes, seals, links, pages."""

from __future__ import annotations

import hashlib
import json
import os
import stat
import string
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from alprmap.build import engine as build
from alprmap.build import plan as stages
from alprmap.build import project
from alprmap.errors import InputError
from alprmap.shipped import data_path
from alprmap.store import checkpoints as parts
from alprmap.store import folders, seals
from alprmap.store import whole as store

TRICKS = [
    "..", "../x", "a/../../x", "a/../x", "/etc/passwd", "//a/b", "~/.bashrc", "C:\\x", "C:/x", "c:x",
    "\\\\host\\x",
    "a\\..\\x", "a\\b", "x\0y", "x\ny", "", ".", "./x", "a//x", "a/", ".bashrc", "a/.x", "x.", "x ", " x", "a/./x",
    "file:///x", "x:stream", "-rf", "a" * 300, "a/b/c/d/e", "％2e", "ⅹ", "x\u202e", "\ud800", "%2e%2e/x", None, 5,
    ["x"], {"x": 1}, True, b"x",
]  # fmt: skip


@pytest.mark.parametrize("name", TRICKS, ids=range(len(TRICKS)))
def test_a_name_from_a_file_stays_inside(name: Any) -> None:
    with pytest.raises(ValueError, match="no"):
        folders.parts_of(name)


PLAIN = string.ascii_letters + string.digits + "_-."


@given(st.one_of(st.text(), st.text(alphabet="./\\:~aA0\0", max_size=12)))
@example("a/b.csv")
def test_what_passes_is_plain_and_below_the_folder(name: str) -> None:
    try:
        passed = folders.parts_of(name)
    except ValueError:
        return
    assert "/".join(passed) == name
    assert set("".join(passed)) <= set(PLAIN)
    base = Path("/base/folder")
    assert Path(os.path.normpath(base.joinpath(*passed))).is_relative_to(base)
    assert not any(p.startswith(".") or p.endswith(".") for p in passed)


def test_a_stage_names_what_it_writes() -> None:
    assert folders.parts_of("coverage/a.csv", ["coverage/*.csv"]) == ("coverage", "a.csv")
    for name in ("index.html", "coverage/a/b.csv", "a.csv", "coverage/a.csv.exe", "Coverage/a.csv"):
        with pytest.raises(ValueError, match="not the name"):
            folders.parts_of(name, ["coverage/*.csv"])


def one(source: Path, *, writes: tuple[str, ...] = ("a.txt", "sub/b.txt")) -> list[build.Stage]:
    def run(here: Path) -> dict[str, Any]:
        store.write_text(here / "a.txt", source.read_text(encoding="utf-8"))
        store.write_text(here / "sub" / "b.txt", "b")
        return {"in": 1}

    def page(here: Path) -> dict[str, Any]:
        store.write_text(here / "index.html", (here / "a.txt").read_text())
        return {"in": 1}

    return [
        build.Stage("read", run, files=(source,), writes=writes),
        build.Stage("map", page, after=("read",), writes=("index.html",)),
    ]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A folder with a file that nobody may touch, a project in it, and its result."""
    (tmp_path / "precious").write_text("mine")
    (tmp_path / "p").mkdir()
    (tmp_path / "p" / "in.txt").write_text("21")
    build.build(one(tmp_path / "p" / "in.txt"), tmp_path / "p" / "out", about={})
    return tmp_path


def again(home: Path, folder: Path | None = None) -> build.Outcome | None:
    """Build once more; None where that is refused in words. Nothing but the result may change."""
    before = {p: p.read_bytes() for p in home.rglob("*") if p.is_file() and "out" not in p.parts}
    work = None if folder is None else parts.Parts(folder, parts.digest("salt"), 0.0, 0.0)
    try:
        outcome = build.build(one(home / "p" / "in.txt"), home / "p" / "out", about={}, parts=work)
    except InputError:
        outcome = None
    after = {p: p.read_bytes() for p in home.rglob("*") if p.is_file() and "out" not in p.parts}
    assert {p: d for p, d in after.items() if p.suffix != ".part"} == {
        p: d for p, d in before.items() if p.suffix != ".part"
    }
    if outcome is not None:
        out = home / "p" / "out"
        assert folders.contents(out) == {"a.txt", "sub/b.txt", "index.html", "manifest.json"}
        assert (out / "index.html").read_text() == "21"
        assert (out / "a.txt").read_text() == "21"
    return outcome


def leaves(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place of a value of JSON, inner ones too."""
    inner = (
        value.items()
        if isinstance(value, dict)
        else enumerate(value)
        if isinstance(value, list)
        else ()
    )
    return [path, *(p for k, v in inner for p in leaves(v, (*path, k)))]


def changed(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    if not path:
        return new
    out = dict(value) if isinstance(value, dict) else list(value)
    out[path[0]] = changed(value[path[0]], path[1:], new)
    return out


def renamed(value: Any, path: tuple[Any, ...], name: str) -> Any:
    if len(path) == 1:
        return {name if k == path[0] else k: v for k, v in value.items()}
    out = dict(value) if isinstance(value, dict) else list(value)
    out[path[0]] = renamed(value[path[0]], path[1:], name)
    return out


WRONG = [None, -1, 1e308, 2**70, "", "../precious", "0" * 64, [], {}, [[]], {"files": {}}, True]
NAMES = [
    "../precious",
    "../../precious",
    "/etc/passwd",
    "sub/../../../precious",
    "",
    "precious",
    "a.txt",
    "\0",
]


def mutations(value: Any) -> list[Any]:
    """The value with one place changed to something else, or one name to another."""
    found = [changed(value, p, w) for p in leaves(value) for w in WRONG]
    inner = [p for p in leaves(value) if p and isinstance(p[-1], str)]
    return found + [renamed(value, p, n) for p in inner for n in NAMES]


@pytest.mark.slow
def test_every_value_and_name_of_a_manifest_may_lie(home: Path) -> None:
    path = home / "p" / "out" / "manifest.json"
    sound = json.loads(path.read_text())
    for value in mutations(sound):
        if value == sound:
            continue
        path.write_text(json.dumps(value))
        outcome = again(home)
        # refused, or all made again: of a manifest that is not sealed nothing is taken over
        assert outcome is None or (outcome.ran == ("read", "map") and outcome.foreign)
        if outcome is None:
            build.shutil.rmtree(home / "p" / "out")
            build.build(one(home / "p" / "in.txt"), home / "p" / "out", about={})


@pytest.mark.slow
def test_every_value_and_name_of_a_manifest_may_lie_even_where_it_is_sealed(home: Path) -> None:
    """The second wall: names are checked although the seal holds."""
    path = home / "p" / "out" / "manifest.json"
    sound = json.loads(path.read_text())
    for value in mutations(sound):
        path.write_text(json.dumps(value))
        seals.remember("manifest.json", path.read_bytes())
        if again(home) is None:
            build.shutil.rmtree(home / "p" / "out")
            build.build(one(home / "p" / "in.txt"), home / "p" / "out", about={})


@pytest.mark.slow
def test_every_value_and_name_of_a_finished_part_may_lie(home: Path) -> None:
    kept = home / "parts"
    build.shutil.rmtree(home / "p" / "out")
    again(home, kept)
    own = parts.Parts(kept, parts.digest("salt"), 0.0, 0.0)
    manifest = json.loads((home / "p" / "out" / "manifest.json").read_text())
    entry = manifest["stages"]["read"]
    work = own.of(entry["key"])
    sound = work.get("stage")
    assert sound is not None
    for value in mutations(sound["entry"]):
        build.shutil.rmtree(home / "p" / "out", ignore_errors=True)
        work.put("stage", {**sound, "entry": value})
        outcome = again(home, kept)
        assert outcome is not None
        if value == entry:
            assert outcome.resumed[0] == "read"
    work.put("stage", {"entry": entry, "0": np.zeros(3, np.uint8), "1": np.zeros(0, np.uint8)})
    build.shutil.rmtree(home / "p" / "out")
    assert (made := again(home, kept)) is not None
    assert "read" in made.ran


def test_a_part_of_another_key_is_not_believed(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = home / "parts"
    work = parts.Parts(kept, parts.digest("salt"), 0.0, 0.0)
    work.put("x", {"a": np.arange(3)})
    assert work.get("x") is not None
    monkeypatch.setenv("XDG_STATE_HOME", str(home / "other"))
    assert work.get("x") is None
    assert work.counts.damaged == 1
    # and the hash that used to be the seal is none
    (path,) = kept.glob("*.part")
    data = path.read_bytes()
    path.write_bytes(hashlib.sha256(data[65:]).hexdigest().encode() + data[64:])
    assert work.get("x") is None


def test_a_result_of_somebody_else_is_made_again(
    home: Path, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    assert (same := again(home)) is not None
    assert same.ran == ()
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path_factory.mktemp("other")))
    assert (first := again(home)) is not None
    assert first.ran == ("read", "map")
    assert first.foreign
    assert (second := again(home)) is not None
    assert second.ran == ()
    assert not second.foreign


@pytest.mark.parametrize("name", ["index.html", "a.txt", "sub/b.txt"])
def test_a_page_that_a_stranger_wrote_is_not_vouched_for(home: Path, name: str) -> None:
    out = home / "p" / "out"
    (out / name).write_text("<script>")
    manifest = json.loads((out / "manifest.json").read_text())
    for stage in manifest["stages"].values():
        if name in stage["files"]:
            stage["files"][name] = store.sha256(out / name)
    store.write_json(out / "manifest.json", manifest)
    assert (outcome := again(home)) is not None
    assert "map" in outcome.ran


LINKS: dict[str, Callable[[Path, Path], None]] = {
    "a file": lambda out, home: (out / "link").symlink_to(home / "precious"),
    "a folder": lambda out, home: (out / "link").symlink_to(home),
    "of the same name": lambda out, home: (
        (out / "a.txt").unlink(), (out / "a.txt").symlink_to(home / "precious")
    ),
    "a folder of the same name": lambda out, home: (
        build.shutil.rmtree(out / "sub"), (out / "sub").symlink_to(home)
    ),
    "dangling": lambda out, home: (out / "a.txt.x").symlink_to(home / "new"),
    "manifest": lambda out, home: ((out / "manifest.json").replace(home / "m"),
                                   (out / "manifest.json").symlink_to(home / "m")),
    "pipe": lambda out, home: os.mkfifo(out / "pipe"),
    "pipe of the same name": lambda out, home: ((out / "a.txt").unlink(), os.mkfifo(out / "a.txt")),
    "the result itself": lambda out, home: (out.replace(home / "real"), out.symlink_to(home / "real")),
}  # fmt: skip


@pytest.mark.skipif(os.name != "posix", reason="links of POSIX")
@pytest.mark.parametrize("what", LINKS)
def test_a_result_holds_no_links(home: Path, what: str) -> None:
    LINKS[what](home / "p" / "out", home)
    assert again(home) is None


@pytest.mark.skipif(os.name != "posix", reason="links of POSIX")
def test_a_hard_link_elsewhere_is_not_shared(home: Path) -> None:
    out = home / "p" / "out"
    (home / "other").write_text("21")
    (out / "a.txt").unlink()
    os.link(home / "other", out / "a.txt")
    (home / "p" / "in.txt").write_text("22")
    build.build(one(home / "p" / "in.txt"), out, about={})
    assert (home / "other").read_text() == "21"
    assert (out / "a.txt").stat().st_nlink == 1
    # taken over, with a name outside: the bytes go along, the file does not
    os.link(out / "a.txt", home / "outside")
    stage = one(home / "p" / "in.txt")
    later = [stage[0], build.Stage("map", stage[1].run, settings={"x": 1}, after=("read",))]
    assert build.build(later, out, about={}).reused == ("read",)
    (home / "outside").write_text("changed from outside")
    assert (out / "a.txt").read_text() == "22"


@pytest.mark.skipif(os.name != "posix", reason="links of POSIX")
def test_a_part_that_is_a_link_is_replaced_and_its_target_stays(home: Path) -> None:
    work = parts.Parts(home / "parts", parts.digest("salt"), 0.0, 0.0)
    (home / "parts").mkdir()
    work._path("x").symlink_to(home / "precious")
    assert work.get("x") is None
    work.put("x", {"a": np.arange(2)})
    assert (home / "precious").read_text() == "mine"
    assert not work._path("x").is_symlink()
    assert work.get("x") is not None
    os.mkfifo(work._path("pipe"))
    assert work.get("pipe") is None


@pytest.mark.skipif(os.name != "posix", reason="links of POSIX")
def test_what_is_checked_is_what_is_taken(home: Path) -> None:
    """A folder that turns into a link and back, thousands of times: no byte from behind it is
    taken over.
    """
    out, into = home / "p" / "out", home / "into"
    secret = home / "elsewhere"
    secret.mkdir()
    (secret / "b.txt").write_text("SECRET")
    digest = store.sha256(out / "sub" / "b.txt")
    stop = threading.Event()

    def turn() -> None:
        while not stop.is_set():
            (out / "sub").rename(out / "away")
            (out / "sub").symlink_to(secret)
            (out / "sub").unlink()
            (out / "away").rename(out / "sub")

    turning = threading.Thread(target=turn)
    turning.start()
    try:
        for i in range(400):
            if folders.take(out, ("sub", "b.txt"), digest, into / str(i)):
                assert (into / str(i) / "sub" / "b.txt").read_text() == "b"
            assert not folders.take(out, ("sub", "b.txt"), "0" * 64, into / f"x{i}")
    finally:
        stop.set()
        turning.join()
    assert "SECRET" not in {p.read_text() for p in into.rglob("*.txt")}


BAD: dict[str, Callable[[], bytes]] = {
    "nested": lambda: b"[" * 200_000,
    "nested deep inside": lambda: b'{"made_by": "alprmap 1", "stages": ' + b'{"a":' * 100_000,
    "cut": lambda: b'{"made_by": "alprmap 1", "stages": {"read',
    "empty": lambda: b"",
    "no text": lambda: b"\xff\xfe\x00",
    "a stage without a key": lambda: b'{"made_by":"alprmap 1","stages":{"read c":{"files":{}}}}',
    "a number": lambda: b"5",
    "long number": lambda: b'{"made_by": ' + b"9" * 10_000 + b"}",
    "huge": lambda: (
        b'{"made_by": "alprmap 1", "x": "' + b"x" * (build.MOST_MANIFEST_BYTES + 1) + b'"}'
    ),
    "many": lambda: b"[" + b"0," * 7_000_000 + b"0]",
}


@pytest.mark.parametrize("what", BAD)
def test_a_manifest_that_is_none_is_one_line(home: Path, what: str) -> None:
    (home / "p" / "out" / "manifest.json").write_bytes(BAD[what]())
    assert again(home) is None


def test_every_file_of_the_flow_is_among_those_its_stage_may_write(demo_town: Path) -> None:
    file = data_path("demo/alprmap.toml")
    wanted = project.load_project(file)
    plan = stages.plan_stages(wanted, file.parent)
    done = build.build(plan, demo_town, about=wanted.project.model_dump(exclude_none=True))
    assert done.ran == ()
    for stage in plan:
        names = list(done.manifest["stages"][stage.name]["files"])
        assert stage.writes != folders.ANY
        assert names
        for name in names:
            folders.parts_of(name, stage.writes)


def test_the_key_is_the_users_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    assert seals.lasting()
    key = tmp_path / "state" / "alprmap" / "seal.key"
    assert len(key.read_bytes()) == seals.KEY_BYTES
    if os.name == "posix":
        assert stat.S_IMODE(key.stat().st_mode) == 0o600
        assert stat.S_IMODE(key.parent.stat().st_mode) == 0o700
    seals.remember("x", b"data")
    assert seals.knows("x", b"data")
    assert not seals.knows("y", b"data")
    assert not seals.knows("x", b"date")
    # neither the data nor its hash can be read from what is noted
    noted = [p.name for p in (key.parent / "results").iterdir()]
    assert noted
    assert hashlib.sha256(b"data").hexdigest() not in noted


@pytest.mark.skipif(os.name != "posix", reason="rights of POSIX")
@pytest.mark.parametrize(
    "how", ["open to others", "cut", "a link", "a folder open to others", "no folder"]
)
def test_a_key_that_others_could_know_seals_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    state = tmp_path / "state" / "alprmap"
    state.mkdir(parents=True, mode=0o700)
    key = state / "seal.key"
    if how == "a link":
        (tmp_path / "k").write_bytes(b"k" * 32)
        (tmp_path / "k").chmod(0o600)
        key.symlink_to(tmp_path / "k")
    else:
        key.write_bytes(b"k" * (16 if how == "cut" else 32))
        key.chmod(0o644 if how == "open to others" else 0o600)
    if how == "a folder open to others":
        state.chmod(0o777)
    if how == "no folder":
        key.unlink()
        state.rmdir()
        state.write_text("a file")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    work = parts.Parts(tmp_path / "parts", parts.digest("salt"), 0.0, 0.0)
    work.put("x", {"a": np.arange(2)})
    assert work.get("x") is not None
    lasting = how in ("open to others", "cut", "a link")
    assert seals.lasting() is lasting
    if lasting:
        assert key.read_bytes() != b"k" * len(key.read_bytes())
        assert not key.is_symlink()
        if how == "a link":
            assert (tmp_path / "k").read_bytes() == b"k" * 32


def test_processes_that_begin_at_once_share_one_key(tmp_path: Path) -> None:
    code = (
        "from alprmap.store import seals; s = seals.new('x'); s.update(b'y'); print(s.hexdigest())"
    )
    env = os.environ | {"XDG_STATE_HOME": str(tmp_path)}
    running = [
        subprocess.Popen([sys.executable, "-c", code], env=env, stdout=subprocess.PIPE, text=True)
        for _ in range(4)
    ]
    assert len({p.communicate()[0] for p in running}) == 1


def test_notes_of_old_results_do_not_pile_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.setattr(seals, "MOST_RESULTS", 5)
    for i in range(20):
        seals.remember("x", bytes([i]))
    assert len(list((tmp_path / "alprmap" / "results").iterdir())) == 5
    assert seals.knows("x", bytes([19]))
