"""M13: the names of cameras: short, from the record that anchors them, and kept from one build to
the next."""

from __future__ import annotations

import base64
import hashlib

import numpy as np
import pandas as pd

from alprmap.merge.units import OSM, Ints, Prepared, Texts

LETTERS = 10
"""Base-32 letters of a name: 50 bits, so that a million cameras share a name with a chance of 1 in
2,000, and then the later one gets another."""
ALPHABET = np.frombuffer(b"abcdefghijklmnopqrstuvwxyz234567", dtype=np.uint8)
"""Base 32 of RFC 4648, in small letters."""
LEFT_OPEN = "left open between several, the likeliest"
"""Reason of an alias: the name was a list's camera, which is one of several now and waits."""
ALIASES = ["old_id", "new_id", "reason"]


def name_of(space: str, record: str, turn: int = 0) -> str:
    """Return the name of the camera anchored by `record` of numbering `space`.

    >>> name_of("osm", "node/31431226")
    'cam-ehczo7oujx'
    """
    text = f"{space}|{record}" + (f"|{turn}" if turn else "")
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
    return "cam-" + base64.b32encode(digest).decode("ascii")[:LETTERS].lower()


def names_of(spaces: list[str], records: list[str]) -> list[str]:
    """Return the names of many cameras at once, as `name_of` gives them.

    >>> names_of(["osm"], ["node/31431226"])
    ['cam-ehczo7oujx']
    """
    if not records:
        return []
    digests = b"".join(
        hashlib.sha256(f"{s}|{r}".encode("utf-8", "surrogatepass")).digest()[:8]
        for s, r in zip(spaces, records, strict=True)
    )
    bits = np.frombuffer(digests, dtype=">u8").astype(np.uint64)
    shifts = np.arange(59, 59 - 5 * LETTERS, -5, dtype=np.uint64)
    letters = ALPHABET[((bits[:, None] >> shifts) & np.uint64(31)).astype(np.int64)]
    text = letters.tobytes().decode("ascii")
    return [f"cam-{text[k : k + LETTERS]}" for k in range(0, len(text), LETTERS)]


def anchors(prepared: Prepared, camera: Ints) -> Ints:
    """Return the report that anchors each camera: OSM before other numberings, then the lowest
    record.

    Records are compared by length first, so that node/9 comes before node/10: the oldest object of
    a numbering anchors, and neither a new source nor a new record renames a camera.
    """
    rows = np.flatnonzero(camera >= 0)
    n = int(camera.max(initial=-1)) + 1
    count = np.bincount(camera[rows], minlength=n)
    single = count[camera[rows]] == 1
    anchor = np.full(n, -1, dtype=np.int64)
    anchor[camera[rows[single]]] = rows[single]
    record = (
        prepared.reports["source_record"].fillna(prepared.reports["report_id"]).to_numpy(object)
    )
    space = [(name != OSM, name) for name in prepared.spaces]
    best: dict[int, tuple[object, ...]] = {}
    for row in rows[~single].tolist():
        text = record[row]
        key = (*space[prepared.space[row]], len(text), text, row)
        at = int(camera[row])
        if at not in best or key < best[at]:
            best[at] = key
    for at, key in best.items():
        anchor[at] = int(key[-1])  # type: ignore[call-overload]
    return anchor


def fresh_names(prepared: Prepared, anchor: Ints, taken: dict[int, str]) -> Texts:
    """Return the name of every camera: the one it is `taken` to have, else that of its anchor."""
    record = (
        prepared.reports["source_record"]
        .fillna(prepared.reports["report_id"])
        .to_numpy(object)[anchor]
    )
    space = prepared.space[anchor]
    first = names_of([prepared.spaces[s] for s in space.tolist()], record.tolist())
    bulk = np.asarray(first, dtype=object)
    bulk[list(taken)] = list(taken.values())
    if len(set(bulk.tolist())) == len(bulk):
        return bulk
    # two cameras would share a name: the later one gets another
    used = set(taken.values())
    names: list[str] = []
    for at, (s, r) in enumerate(zip(space.tolist(), record.tolist(), strict=True)):
        name, turn = taken.get(at) or first[at], 0
        if name in used and at not in taken:
            name, turn = "", 1
        while not name:
            name = name_of(prepared.spaces[s], r, turn)
            if name in used:
                name, turn = "", turn + 1
        used.add(name)
        names.append(name)
    return np.asarray(names, dtype=object)


def inherited(now: pd.DataFrame, before: pd.DataFrame) -> tuple[dict[int, str], pd.DataFrame]:
    """Return the old name each camera keeps, and the old names that moved (merged away or split
    off).

    An old name goes to the camera that holds most of its old records (then the one with its
    anchor); a camera offered several keeps the one most of its records had.

    Parameters
    ----------
    now
        identity, camera (number): this merge.
    before
        identity, camera_id, anchor (bool): the previous one.
    """
    both = before.merge(now, on="identity")
    shares = both.groupby(["camera_id", "camera"], as_index=False).agg(
        n=("identity", "size"), anchor=("anchor", "any")
    )
    shares = shares.sort_values(
        ["camera_id", "n", "anchor", "camera"], ascending=[True, False, False, True]
    )
    heir = shares.drop_duplicates("camera_id")
    heir = heir.sort_values(
        ["camera", "n", "anchor", "camera_id"], ascending=[True, False, False, True]
    )
    kept = heir.drop_duplicates("camera")
    names = dict(zip(kept["camera"].tolist(), kept["camera_id"].tolist(), strict=True))
    split = shares[shares.duplicated("camera_id")]
    merged = heir[heir.duplicated("camera")]
    moved = pd.concat([merged.assign(reason="merged into"), split.assign(reason="split off")])
    return names, moved[["camera_id", "camera", "reason"]]


def brought(reports: pd.DataFrame, camera: Ints) -> tuple[dict[int, str], pd.DataFrame]:
    """Return the name each camera brings from a file of cameras that alprmap handed on, as
    `inherited` does for those of the previous merge."""
    rows = pd.DataFrame({"identity": np.arange(len(reports)), "camera": camera})
    known = reports["known_as"] if "known_as" in reports.columns else pd.Series(dtype="str")
    had = known.reset_index(drop=True).dropna()
    before = pd.DataFrame({"identity": had.index, "camera_id": had.to_numpy(), "anchor": False})
    return inherited(rows[rows["camera"] >= 0], before.astype({"identity": "int64"}))


def left_open(
    now: pd.DataFrame, before: pd.DataFrame, likeliest: pd.Series, known: set[str]
) -> list[tuple[str, str, str]]:
    """Return an alias to the likeliest camera for each old name whose records all wait now, because
    nobody knows which of several readers they are (M4).

    Parameters
    ----------
    now
        identity, camera (number, -1 while it waits): this merge.
    before
        identity, camera_id: the previous one.
    likeliest
        The name of the likeliest camera of each identity that waits.
    known
        Old names that some camera has, or that have moved.
    """
    both = before[~before["camera_id"].isin(known)].merge(now, on="identity")
    both = both[(both["camera"] < 0) & both["identity"].isin(likeliest.index)]
    both = both.sort_values(["camera_id", "identity"]).drop_duplicates("camera_id")
    to = both["identity"].map(likeliest)
    return [
        (str(o), str(c), LEFT_OPEN) for o, c in zip(both["camera_id"], to.tolist(), strict=True)
    ]


def alias_table(rows: list[tuple[str, str, str]]) -> pd.DataFrame:
    """Return aliases (old_id, new_id, reason) as a sorted table."""
    table = pd.DataFrame(rows, columns=ALIASES).astype("str")
    return table.drop_duplicates().sort_values(ALIASES, ignore_index=True)
