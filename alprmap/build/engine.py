"""The whole flow for a project file: stage by stage, only what changed, the result folder swapped
in whole.

The output folder is its own cache. Its `manifest.json` holds, for every stage, a key (settings,
versions, and the SHA-256 of everything the stage reads) and the SHA-256 of every file it wrote. A
stage whose key and files are unchanged is taken over, from a manifest that this user made
(`alprmap.store.seals`) and under names that its stage writes (`alprmap.store.folders`); when all
are, nothing is written at all. Of any other result all is made again. A build works in a hidden
folder beside the output and exchanges the two at the end, so that an interrupted or failed build
leaves the previous result."""

from __future__ import annotations

import functools
import hashlib
import json
import shutil
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeGuard

import numpy as np

from alprmap import __version__, steps
from alprmap.errors import AlprmapError, InputError
from alprmap.sandbox import json_from
from alprmap.store import (
    ANY,
    Parts,
    beside,
    contents,
    exchange,
    is_hash,
    is_scrap,
    knows,
    locked,
    parts_of,
    read,
    recover,
    remember,
    sha256,
    take,
    write_bytes,
    write_json,
)

MANIFEST = "manifest.json"
MOST_MANIFEST_BYTES = 16_000_000
"""Of a project with 10,000 files, tenfold."""
Progress = Callable[[str, int, int], None]
Counts = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Stage:
    """One step of the flow.

    `run` gets the folder of the new result, reads there what earlier stages wrote, writes its own
    files and returns its row counts. `files` are inputs from outside, `after` the stages whose
    files it reads; `reads_about` says that it shows the facts of the project. `writes` are patterns
    of the names it writes: no other is taken over from a result or a finished part. `lent` are
    those of its files that it is given from the last result when it runs: finished tiles, of which
    it takes over what did not change and removes the rest. `check` refuses what `run` would refuse
    and no earlier stage decides: it is called before the first stage of a build runs.
    """

    name: str
    run: Callable[[Path], Counts]
    settings: dict[str, Any] = field(default_factory=dict)
    files: tuple[Path, ...] = ()
    after: tuple[str, ...] = ()
    reads_about: bool = False
    writes: tuple[str, ...] = ANY
    lent: tuple[str, ...] = ()
    check: Callable[[], None] | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a build did: the manifest, which stages ran, which were taken over from the result that
    was there, and which from a run that was broken off. `foreign` says that a result was there
    which this user did not make."""

    manifest: dict[str, Any]
    ran: tuple[str, ...]
    reused: tuple[str, ...]
    resumed: tuple[str, ...] = ()
    foreign: bool = False


def build(
    stages: Sequence[Stage],
    out: Path,
    *,
    about: dict[str, Any],
    progress: Progress | None = None,
    parts: Parts | None = None,
) -> Outcome:
    """Run `stages` into the folder `out` and return what was done.

    Parameters
    ----------
    stages
        In order; a stage may only come after those it names.
    out
        Result folder. Owned by the build: it is replaced whole.
    about
        Facts of the project that go into the manifest.
    progress
        Called with (what, done, total): how many stages are done, and what a stage tells of itself.
    parts
        Where finished stages are kept for a later run; without it a build that is broken off begins
        anew.

    Raises
    ------
    InputError
        When an input is unusable, or `out` is a folder alprmap did not make.
    BusyError
        When another run holds `out`.
    StorageError
        When the disk refuses; the previous result is unchanged.
    """
    out = Path(out).absolute()
    with locked(out):
        old, foreign = _previous(out)
        scratch = beside(out)
        try:
            outcome = _run(stages, scratch, out, old, about, progress or steps.tell, parts)
            # nothing ran and nothing was dropped: the folder already is the result, to the byte
            if outcome.ran or outcome.resumed or old != outcome.manifest:
                write_json(scratch / MANIFEST, outcome.manifest)
                # before the exchange: a result that is in place and not known would be made again
                remember(MANIFEST, (scratch / MANIFEST).read_bytes())
                exchange(scratch, out)
            return replace(outcome, foreign=foreign)
        except AlprmapError as error:
            raise _as_named(error, scratch, out) from error
        finally:
            shutil.rmtree(scratch, ignore_errors=True)


def _as_named(error: AlprmapError, scratch: Path, out: Path) -> AlprmapError:
    """Return an error about a file of the new result by the name it has in the result: the folder
    it was met in is private to this run and gone when the message is read."""
    if str(scratch) not in f"{error.where} {error.what} {error.fix}":
        return error

    def named(text: object) -> str | None:
        return None if text is None else str(text).replace(str(scratch), str(out))

    fix = named(error.fix) or "remove it and build again"
    return type(error)(named(error.what) or "", where=named(error.where), row=error.row, fix=fix)


def _run(
    stages: Sequence[Stage],
    scratch: Path,
    out: Path,
    old: dict[str, Any],
    about: dict[str, Any],
    progress: Progress,
    parts: Parts | None,
) -> Outcome:
    hashes = {path: _input_hash(path) for stage in stages for path in stage.files}
    done: dict[str, Any] = {}
    ran: list[str] = []
    resumed: list[str] = []
    for i, stage in enumerate(stages):
        progress("build", i, len(stages))
        progress(stage.name, 0, 0)
        key = _key(
            stage, about, [hashes[p] for p in stage.files], [done[name] for name in stage.after]
        )
        entry = old.get("stages", {}).get(stage.name)
        own = None if parts is None else parts.of(key)
        if entry is not None and entry["key"] == key and _take_over(stage, entry, out, scratch):
            pass
        elif own is not None and (again := _unpack(own, stage, key, scratch)) is not None:
            entry = again
            resumed.append(stage.name)
        else:
            if not ran:
                _check(stages)
            # a stage finds the manifest of what came before it, as whoever opens the finished
            # folder does
            write_json(scratch / MANIFEST, _manifest(about, hashes, done))
            before, begun = _files(scratch), time.monotonic()
            _lend(stage, entry, out, scratch)
            counts = stage.run(scratch)
            new = {name: sha256(scratch / name) for name in sorted(_files(scratch) - before)}
            entry = {"key": key, "rows": counts, "files": new}
            ran.append(stage.name)
            if own is not None and time.monotonic() - begun >= own.worth_s:
                _pack(own, entry, scratch)
        done[stage.name] = entry
    progress("build", len(stages), len(stages))
    manifest = _manifest(about, hashes, done)
    over = tuple(s.name for s in stages if s.name not in ran and s.name not in resumed)
    return Outcome(manifest, tuple(ran), over, tuple(resumed))


def _check(stages: Sequence[Stage]) -> None:
    """Refuse what a later stage would refuse, before an earlier one has run for hours."""
    for stage in stages:
        if stage.check is not None:
            stage.check()


def _pack(parts: Parts, entry: dict[str, Any], scratch: Path) -> None:
    """Keep a finished stage: its entry of the manifest and the bytes of its files."""
    data = {
        str(i): np.fromfile(scratch / name, dtype=np.uint8) for i, name in enumerate(entry["files"])
    }
    parts.put("stage", {"entry": entry, **data})


def _unpack(parts: Parts, stage: Stage, key: str, scratch: Path) -> dict[str, Any] | None:
    """Write the files of a stage that an earlier run finished, and return its entry; None where
    there is none.
    """
    part = parts.get("stage")
    if part is None:
        return None
    entry = _unpacked(part, stage, key, scratch)
    if entry is None:
        parts.refuse()
    return entry


def _unpacked(part: dict[str, Any], stage: Stage, key: str, scratch: Path) -> dict[str, Any] | None:
    """Write the files that a part holds, all or, where one is none of the stage's, none."""
    entry = part.get("entry")
    if not _is_entry(entry) or entry["key"] != key or len(part) != 1 + len(entry["files"]):
        return None
    try:
        names = [parts_of(name, stage.writes) for name in entry["files"]]
        blobs = [part[str(i)].tobytes() for i in range(len(names))]
    except (ValueError, KeyError, AttributeError):
        return None
    hashes = [hashlib.sha256(blob).hexdigest() for blob in blobs]
    targets = [scratch.joinpath(*name) for name in names]
    if hashes != list(entry["files"].values()) or any(t.exists() for t in targets):
        return None
    for target, blob in zip(targets, blobs, strict=True):
        write_bytes(target, blob)
    return dict(entry)


def _manifest(
    about: dict[str, Any], hashes: dict[Path, str], done: dict[str, Any]
) -> dict[str, Any]:
    manifest = {
        "made_by": f"alprmap {__version__}",
        "versions": _versions(),
        "project": about,
        "inputs": [
            {"file": p.name, "sha256": h, "bytes": p.stat().st_size}
            for p, h in sorted(hashes.items(), key=lambda item: (item[0].name, item[1]))
        ],
        "stages": done,
    }
    # the round trip makes it equal to what is read back from the file
    again: dict[str, Any] = json.loads(json.dumps(manifest))
    return again


def _key(
    stage: Stage, about: dict[str, Any], inputs: list[str], upstream: list[dict[str, Any]]
) -> str:
    text = json.dumps(
        [
            stage.name,
            stage.settings,
            about if stage.reads_about else None,
            inputs,
            [u["files"] for u in upstream],
            _versions(),
            code_digest(),
        ],
        sort_keys=True,
    )
    return hashlib.sha256(text.encode()).hexdigest()


def program() -> str:
    """Return what finished work rests on beside its inputs: the package's code and data, and the
    libraries."""
    return json.dumps([code_digest(), _versions()], sort_keys=True)


@functools.cache
def code_digest() -> str:
    """Return the SHA-256 over the package's own files and shipped data, so that changed code redoes
    the work."""
    from alprmap.shipped import data_path

    digest = hashlib.sha256()
    package, data = Path(__file__).parents[1], data_path()
    code = [p for p in package.rglob("*") if "_data" not in p.relative_to(package).parts]
    for root, among in ((package, code), (data, list(data.rglob("*")))):
        for path in sorted(p for p in among if p.is_file() and "__pycache__" not in p.parts):
            digest.update(
                path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes() + b"\0"
            )
    return digest.hexdigest()


@functools.cache
def _versions() -> dict[str, str]:
    from importlib.metadata import version

    names = ("geopandas", "numpy", "osmium", "pandas", "pyarrow", "pyproj", "scipy", "shapely")
    return {"python": ".".join(map(str, sys.version_info[:2])), **{n: version(n) for n in names}}


def _input_hash(path: Path) -> str:
    if not path.is_file():
        raise InputError("no such file", where=path, fix="check the path in the project file")
    return sha256(path)


def _files(folder: Path) -> set[str]:
    return {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}


def _take_over(stage: Stage, entry: dict[str, Any], out: Path, scratch: Path) -> bool:
    """Take the files of an unchanged stage into the new result, all or none."""
    try:
        names = [parts_of(name, stage.writes) for name in entry["files"]]
    except ValueError:
        return False
    taken: list[Path] = []
    for name, digest in zip(names, entry["files"].values(), strict=True):
        if not take(out, name, digest, scratch):
            for path in taken:
                path.unlink()
            return False
        taken.append(scratch.joinpath(*name))
    return True


def _lend(stage: Stage, entry: dict[str, Any] | None, out: Path, scratch: Path) -> None:
    """Give a stage the tiles that it finished for the last result, as far as they are sound."""
    for name, digest in ({} if entry is None else entry["files"]).items():
        try:
            parts = parts_of(name, stage.lent)
        except ValueError:
            continue
        take(out, parts, digest, scratch)


def _previous(out: Path) -> tuple[dict[str, Any], bool]:
    """Return (the manifest of the result in `out`, false); ({}, true) where another made it, ({},
    false) for none.

    Raises
    ------
    InputError
        When the folder is no result, is or holds a link, or holds files that a build would lose.
    """
    if out.is_symlink():
        raise InputError(
            "is a link, which the build would replace by a folder",
            where=out,
            fix="name the folder itself as --out",
        )
    recover(out, made=(out / MANIFEST).is_file())
    if not out.exists() or (out.is_dir() and not any(out.iterdir())):
        return {}, False
    raw = read(out, MANIFEST, most_bytes=MOST_MANIFEST_BYTES) if out.is_dir() else None
    manifest = None if raw is None else _manifest_of(raw, out / MANIFEST)
    if raw is None or manifest is None:
        raise InputError(
            "is not empty and not a result of `alprmap build`, which replaces its folder whole",
            where=out,
            fix="choose another --out",
        )
    known = {MANIFEST, *(n for s in manifest["stages"].values() for n in s["files"])}
    strangers = sorted(n for n in contents(out) - known if not is_scrap(out / n))
    if strangers:
        raise InputError(
            f"holds {strangers[0]}, which alprmap did not make and would lose",
            where=out,
            fix="move it away or choose another --out",
        )
    return (manifest, False) if knows(MANIFEST, raw) else ({}, True)


def _manifest_of(raw: bytes, path: Path) -> dict[str, Any] | None:
    """Return a manifest from its bytes, every part of it looked at; None where it is none of
    alprmap.
    """
    try:
        value = json_from(raw, path)
    except InputError:
        return None
    if not isinstance(value, dict) or not str(value.get("made_by", "")).startswith("alprmap "):
        return None
    stages = value.get("stages")
    sound = isinstance(stages, dict) and all(map(_is_entry, stages.values()))
    return value if sound else None


def _is_entry(entry: Any) -> TypeGuard[dict[str, Any]]:
    """Tell whether a value from a file is what a manifest says of a stage: its key, its counts,
    its files.
    """
    try:
        made = entry["files"]
        counts = entry["rows"]
        sound = is_hash(entry["key"]) and set(entry) == {"key", "rows", "files"}
        for name, digest in made.items():
            parts_of(name)
            sound = sound and is_hash(digest)
        return sound and isinstance(counts, dict)
    except (TypeError, KeyError, ValueError, AttributeError):
        return False
