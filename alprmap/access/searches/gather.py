"""Logs are put together: repeats of one search count once, organizations are named (A6, A9)."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from alprmap import agencies, steps
from alprmap.access.layouts import name_of_slug
from alprmap.access.organizations import organization_name
from alprmap.access.searches.child import HOURLESS, ROOM, TYPES
from alprmap.access.searches.reasons import categories
from alprmap.errors import InputError
from alprmap.sandbox import LIMITS, Limits, ask, out_of_step, unpack
from alprmap.sources import DAY_FIRST, MONTH_FIRST, Caps, Checked, kind, regular
from alprmap.text import number_of

CAPS = Caps(plain_bytes=64 * 1024**3)
_LIMITS = Limits(LIMITS.memory_bytes, per_mb_s=LIMITS.per_mb_s, spare_bytes=1024**3, per_byte=0)
_WORKBOOK = Limits(LIMITS.memory_bytes, per_mb_s=20.0, spare_bytes=3 * 1024**3, per_byte=0)
"""A workbook is laid out whole: a million rows of fourteen cells take some two gigabytes."""
_TYPES = {
    "key": "uint64",
    "clock": "int64",
    "networks": "int32",
    "devices": "int32",
    "days": "float32",
    "reason": "int8",
    "type": "int8",
    "row": "int32",
}
_AUDIT = re.compile(
    r"[-_ .](?:org|organization|network|portal|public|search)[-_ ](?:audit|search).*"
)
_SPREAD = np.uint64(0x9E3779B97F4A7C15)
NETWORK_UNSAID = "(network not said)"
Progress = Callable[[str, int, int], None]


@dataclass(slots=True)
class Log:
    """One file: who it belongs to by its name, its layout in our words, and what it holds."""

    name: str
    owner: str | None
    layout: str = ""
    many: bool = False
    counts: dict[str, int] = field(default_factory=dict)
    columns: dict[str, NDArray[Any]] = field(default_factory=dict)
    organizations: list[str] = field(default_factory=list)

    @property
    def rows(self) -> int:
        """Rows read, those that cannot be used among them."""
        return self.counts["rows"] + self.counts["cells"]


def owner_of(path: Path) -> str | None:
    """Return the agency that a log's file name begins with, None where it names none.

    >>> owner_of(Path("oakland-ca-pd.2026-04-21.csv"))
    'Oakland CA PD'
    >>> owner_of(Path("okaloosa-county-fl-so-org-audit-2025-11.csv"))
    'Okaloosa County FL SO'
    >>> owner_of(Path("audit.csv")) is None
    True
    """
    stem = _AUDIT.sub("", path.name.split(".")[0])
    slug = re.sub(r"[-_ ]+", "-", stem).strip("-").lower()
    name = name_of_slug(slug)
    return name if name and agencies.kind_of(name) != "unknown" else None


def read_logs(
    paths: Sequence[Path],
    *,
    timezone: str = "UTC",
    agency: str | None = None,
    progress: Progress | None = None,
) -> list[Log]:
    """Read search logs, each in the fenced process, and return them in the order of their names.

    Parameters
    ----------
    paths
        CSV, packed or not, of any layout of data/aliases/search_columns.csv.
    timezone
        IANA name of the clock that hours, days and months are told by.
    agency
        Whose logs these are, for files that neither hold nor are named after an organization.

    Raises
    ------
    InputError
        When a file is no search log, or none of its rows has a readable time.
    """
    secret = secrets.randbits(64)
    doubled = [p for p in paths if paths.count(p) > 1]
    if doubled:
        raise InputError("is named twice", where=doubled[0], fix="name each log once")
    names = [p.name for p in paths]
    logs = []
    told = progress or steps.tell
    for done, path in enumerate(sorted(paths, key=lambda p: (p.name, str(p)))):
        told("reading search logs", done, len(paths))
        name = path.name if names.count(path.name) == 1 else str(path)
        logs.append(_read(path, name, secret, timezone, agency))
    told("reading search logs", len(paths), len(paths))
    return logs


def _read(path: Path, name: str, secret: int, timezone: str, agency: str | None) -> Log:
    local = regular(path, caps=CAPS)
    size = local.stat().st_size
    most = min(CAPS.plain_bytes, max(CAPS.ratio_from_bytes, CAPS.ratio * size))
    job = {
        "path": str(local.resolve()),
        "kind": _container(local, size),
        "caps": asdict(CAPS),
        "most_plain": most,
        "secret": secret,
        "timezone": timezone,
        "order": MONTH_FIRST,
    }
    log = _asked(job, path, name, agency, size)
    if log.counts["order"]:
        log = _in_order(log, _asked(job | {"order": DAY_FIRST}, path, name, agency, size), path)
    if not len(log.columns["key"]):
        raise InputError(
            f"none of its {log.rows:,} rows has a time of search that can be read",
            where=path,
            fix="pass the CSV as exported; docs/method/searches.md lists the forms of a time",
        )
    log.many = sum(bool(n) for n in log.organizations) > 1
    return log


_FAR = 20


def _in_order(month_first: Log, day_first: Log, path: Path) -> Log:
    """Return the reading of a log in the order of day and month that its whole column says.

    Raises
    ------
    InputError
        When rows of both orders stand in it, none of which is a rare slip.
    """
    odd, others = month_first.counts["order"], day_first.counts["order"]
    if odd > _FAR * others:
        return day_first
    if others > _FAR * odd:
        return month_first
    raise InputError(
        f"{number_of(odd, 'time begins', 'times begin')} with the day and"
        f" {number_of(others, 'time', 'times')} with the month",
        where=path,
        fix="save the log with times as 2025-11-03 14:15",
    )


def _asked(job: dict[str, Any], path: Path, name: str, agency: str | None, size: int) -> Log:
    """Return what the fenced process says of a log."""
    log = Log(name, agency or owner_of(path))
    parts: dict[str, list[NDArray[Any]]] = {c: [] for c in (*_TYPES, "org")}
    known: dict[str, int] = {}
    limits = _LIMITS if job["kind"] == "" else _WORKBOOK
    layouts: dict[str, None] = {}
    for message, blob in ask(ROOM, job, where=path, size=size, limits=limits):
        if "table" in message:
            _take(unpack(blob, path), parts, known, path)
            steps.tell(f"reading {name}", sum(map(len, parts["key"])))
        elif "layout" in message:
            layouts[str(message["layout"])] = None
        elif "counts" in message:
            log.counts = {str(k): int(v) for k, v in dict(message["counts"]).items()}
    log.layout = "; ".join(layouts)
    log.organizations = list(known)
    types = _TYPES | {"org": "int32"}
    for column, dtype in types.items():
        some = parts.pop(column)
        log.columns[column] = np.concatenate(some) if some else np.zeros(0, dtype)
    return log


def _container(path: Path, size: int) -> str:
    """Return which workbook or archive a log is in, "" where it is text."""
    with path.open("rb") as file:
        magic = file.read(4)
    if magic == b"\xd0\xcf\x11\xe0":
        return "xls"
    if magic[:2] != b"PK":
        return ""
    try:
        found = kind(Checked(path, "zip", "", size, CAPS))
    except InputError:
        # the archive's own words may name a member
        found = ""
    if found not in ("xlsx", "ods", "zip"):
        raise InputError(
            "is a damaged archive, or one that holds no log",
            where=path,
            fix="save the log as CSV and pass that",
        )
    return found


def _take(
    table: Any, parts: dict[str, list[NDArray[Any]]], known: dict[str, int], path: Path
) -> None:
    try:
        for column, dtype in _TYPES.items():
            parts[column].append(table[column].to_numpy().astype(dtype))
        coded = table["organization"].combine_chunks().dictionary_encode()
        names = [str(v or "") for v in coded.dictionary.to_pylist()]
        code = np.array([known.setdefault(n, len(known)) for n in names] or [0], dtype="int32")
        parts["org"].append(code[coded.indices.to_numpy(zero_copy_only=False)])
    except (KeyError, TypeError, ValueError, AttributeError):
        raise out_of_step(path) from None


@dataclass(frozen=True, slots=True)
class Rows:
    """Every row that can be used, in the order of the files' names.

    `frame` has the columns of the table `searches`; `fresh` is true for the first row of each
    search; `network` is the number of the network whose log a row stands in (-1: a searcher's own
    log), `fresh_there` true for the first row of a search in the logs of that network.
    """

    frame: pd.DataFrame
    fresh: NDArray[np.bool_]
    network: NDArray[np.int16]
    fresh_there: NDArray[np.bool_]
    networks: tuple[str, ...]


def put_together(logs: list[Log], *, network: str | None = None) -> Rows:
    """Return the rows of all logs and which of them are repeats, whatever the order of the files.

    `network` names whose network audits these are, where the files are not named after it.
    """
    owners = [_network_of(g, network) for g in logs]
    networks = sorted({o for o in owners if o is not None})
    sizes = [len(g.columns["key"]) for g in logs]
    of_file = np.array([-1 if o is None else networks.index(o) for o in owners], dtype="int16")
    there = np.repeat(of_file, sizes)
    keys = _joined(logs, "key")
    fresh = _first(keys)
    # the same search in the logs of two networks is one search, but was made on both
    fresh_there = fresh
    if len(set(of_file.tolist())) > 1:
        fresh_there = _first(keys ^ ((there.astype("int64") + 2).astype("uint64") * _SPREAD))
    del keys
    file = np.repeat(np.arange(len(logs), dtype="int16"), sizes)
    frame = _frame(logs, file)
    return Rows(frame, fresh, there, fresh_there, tuple(networks))


def _network_of(log: Log, network: str | None) -> str | None:
    """Return whose network a log tells of: that of an audit with several searchers."""
    if not log.many:
        return None
    return network or log.owner or NETWORK_UNSAID


def _joined(logs: list[Log], column: str) -> NDArray[Any]:
    parts = [g.columns.pop(column) for g in logs]
    return parts[0] if len(parts) == 1 else np.concatenate(parts)


def _first(keys: NDArray[np.uint64]) -> NDArray[np.bool_]:
    """Return which rows are the first of their key, shape (n,)."""
    order = np.argsort(keys, kind="stable")
    ordered = keys[order]
    first = np.ones(len(keys), bool)
    first[order[1:]] = ordered[1:] != ordered[:-1]
    return first


def _frame(logs: list[Log], file: NDArray[np.int16]) -> pd.DataFrame:
    names = sorted({organization_name(n, g.owner) for g in logs for n in g.organizations})
    code = {n: i for i, n in enumerate(names)}
    org = [
        np.array([code[organization_name(n, g.owner)] for n in g.organizations], "int32")[
            g.columns.pop("org")
        ]
        for g in logs
    ]
    joined = {c: _joined(logs, c) for c in _TYPES if c != "key"}
    clock = joined.pop("clock")
    kind = np.where(joined["type"] == TYPES.index(""), -1, joined["type"])
    return pd.DataFrame(
        {
            "organization": categorical(np.concatenate(org), names),
            "date": _days(clock // 86_400),
            "hour": np.where(clock % 3_600 == HOURLESS, -1, clock % 86_400 // 3_600).astype("int8"),
            "networks": joined["networks"],
            "devices": joined["devices"],
            "days_back": joined["days"],
            "reason": categorical(joined["reason"], list(categories().names)),
            "search_type": categorical(kind, list(TYPES[:-1])),
            "file": categorical(file, [g.name for g in logs]),
            "row": joined["row"],
        },
        copy=False,
    )


def categorical(codes: Any, words: list[str]) -> pd.Categorical:
    """Return texts that are stored once each; -1 is a missing one."""
    return pd.Categorical.from_codes(codes, pd.Index(words, dtype="object"))


def _days(days: NDArray[np.int64]) -> pd.Categorical:
    """Return days since 1970 as ISO text, stored once each."""
    unique, code = np.unique(days, return_inverse=True)
    text = unique.astype("datetime64[D]").astype(str)
    return categorical(code.astype("int32"), list(text))
