"""What a sharing record says by itself, without a camera: with how many one agency shares (A1)."""

from __future__ import annotations

import json
from collections.abc import Sequence

import pandas as pd

from alprmap.access.paths import access_targets, active_shares
from alprmap.access.shares import Shared
from alprmap.claims import sheet
from alprmap.errors import NotFoundError
from alprmap.text import number_of, verb

_CAVEAT = (
    "A record names who is let in, not who has looked; an agency it does not name may still look by"
    " way of another."
)
_MEANING = "organizations that the newest record names, each once under all its spellings (A1)"
_LETS = "{n} {let} {a} search {their} readers"
_BODY_TEXT = ("agency_id", "name", "kind")
_BODY_COUNTS = ("shares_on_record", "shares_ever", "shares_ended", "shares_inactive")
_BODY_DAYS = ("first_on_record", "last_on_record")


def record_owner(shared: Shared) -> str:
    """Return the id of the agency that most shares of a record are from or to; ties by id."""
    ends = pd.concat([shared.shares["from_id"], shared.shares["to_id"]]).value_counts()
    most = ends[ends == ends.max()].index
    return str(min(most))


def record_claims(
    shared: Shared, *, of: str | None = None, kind: str | None = None
) -> pd.DataFrame:
    """Return the claims that a sharing record allows by itself (columns `alprmap.claims.COLUMNS`).

    Parameters
    ----------
    shared
        As `read_shares` gives it.
    of
        Name or id of the agency spoken of; the one in most shares where left out or not named.
    kind
        A kind of bodies (`schema.OPERATOR_KIND`): how many let one of them search is said as well.
    """
    if not len(shared.shares):
        return sheet([], wing="access")
    try:
        ids = access_targets(shared.agencies, to=of) if of else []
    except NotFoundError:
        ids = []
    owner = record_owner(shared)
    named = shared.agencies.set_index("agency_id")["name"]
    name = str(named.get(owner, owner))
    shares = active_shares(shared.shares)
    lets_in = shares[shares["from_id"] == owner]
    let_in = shares[shares["to_id"] == owner]
    rows = [
        _count(lets_in["to_id"], name, "{a} lets {n} search its readers", "out"),
        _count(let_in["from_id"], name, "{n} {let} {a} search {theirs}", "in"),
        *_federal(lets_in["to_id"], shared.agencies, name),
    ]
    for one in ids if ids != [owner] else []:
        seen = shares[shares["to_id"] == one]["from_id"]
        rows.append(_count(seen, str(named.get(one, one)), _LETS, "asked"))
    rows += [] if kind is None else [_of_kind(shares, shared.agencies, kind, owner)]
    dates = pd.concat([shared.shares[c] for c in ("since", "last_seen") if c in shared.shares])
    newest = dates.dropna().max()
    return sheet(
        [row for row in rows if row is not None],
        wing="access",
        data_date=None if newest != newest else str(newest),
        set_aside=number_of(len(shared.switches), "statewide or nationwide setting")
        + " that is no partner",
    )


def _count(ids: pd.Series, agency: str, words: str, key: str) -> dict[str, object] | None:
    count = int(ids.nunique())
    if not count:
        return None
    said = words.format(
        a=agency,
        n=number_of(count, "organization"),
        let=verb(count, "lets", "let"),
        their=verb(count, "its", "their"),
        theirs=verb(count, "its readers", "theirs"),
        are=verb(count, "is", "are"),
    )
    return {
        "claim_id": f"record-{key}",
        "sentence": said + ", on record.",
        "figure": count,
        "unit": "organizations",
        "n": count,
        "bounds": "counted on the record",
        "definition": _MEANING,
        "caveat": _CAVEAT,
        "ids_file": "access/shares.csv",
        "settings": json.dumps({"agency": agency}, ensure_ascii=False),
    }


def _of_kind(
    shares: pd.DataFrame, agencies: pd.DataFrame, kind: str, owner: str
) -> dict[str, object] | None:
    """Count who lets any body of a kind search; nothing where that is the owner of the record
    alone, of whom `_federal` says with how many."""
    ids = access_targets(agencies, kind=kind)
    seen = shares.loc[shares["to_id"].isin(ids), "from_id"]
    if kind == "federal" and set(seen) == {owner}:
        return None
    row = _count(seen, f"a {kind} body", _LETS, "kind")
    stated = {"agency": f"a {kind} body", "kind": kind}
    return None if row is None else row | {"settings": json.dumps(stated)}


def _federal(ids: pd.Series, agencies: pd.DataFrame, owner: str) -> list[dict[str, object] | None]:
    """Count the federal bodies among those that are let in."""
    federal = set(agencies.loc[agencies["kind"] == "federal", "agency_id"])
    among = ids[ids.isin(federal)]
    words = "among those that {a} lets in {are} {n} of the federal government"
    row = _count(among, owner, words, "federal")
    return [] if row is None else [row | {"n": int(ids.nunique())}]


def bodies_on_record(
    wanted: Sequence[str], shared: Shared, on_record: pd.DataFrame
) -> pd.DataFrame:
    """Return the agencies asked for with the shares that name each: a time line of the record."""
    about = shared.agencies.set_index("agency_id")
    rows = []
    for agency in sorted(wanted):
        ever = shared.shares[shared.shares["to_id"] == agency]
        rows.append(
            {
                "agency_id": agency,
                "name": about["name"].get(agency),
                "kind": about["kind"].get(agency),
                "shares_on_record": int((on_record["to_id"] == agency).sum()),
                "shares_ever": len(ever),
                "shares_ended": int(ever["until"].notna().sum()),
                "shares_inactive": int(ever["inactive"].sum()),
                "first_on_record": min(ever["since"].dropna(), default=None),
                "last_on_record": max(ever["last_seen"].dropna(), default=None)
                if "last_seen" in ever.columns
                else None,
            }
        )
    frame = pd.DataFrame(rows, columns=[*_BODY_TEXT, *_BODY_COUNTS, *_BODY_DAYS])
    texts = dict.fromkeys((*_BODY_TEXT, *_BODY_DAYS), "str")
    return frame.astype(texts | dict.fromkeys(_BODY_COUNTS, "int64"))
