"""The merge itself: reports → units → candidate pairs → scores → cameras, step by step."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from alprmap import schema, steps
from alprmap.errors import InputError
from alprmap.merge import decisions as verdicts
from alprmap.merge import evidence, fields, ids, links, records, review
from alprmap.merge.alarm import alarmed
from alprmap.merge.assign import Assigned, assign, join
from alprmap.merge.candidates import Pairs, candidates
from alprmap.merge.carriageway import carriageways
from alprmap.merge.carried import decisions_by_content, read_anew
from alprmap.merge.duplicates import duplicates
from alprmap.merge.facing import facing_questions
from alprmap.merge.learn import learn
from alprmap.merge.result import Merged
from alprmap.merge.score import score
from alprmap.merge.settings import Settings
from alprmap.merge.units import Bools, Ints, Prepared, errors_of, identities, prepare

if TYPE_CHECKING:
    from alprmap.roads import Roads


def merge(
    reports: pd.DataFrame,
    *,
    settings: Settings | None = None,
    roads: Roads | None = None,
    decisions: pd.DataFrame | None = None,
    previous: Merged | None = None,
) -> Merged:
    """Merge reports into cameras (rules M1–M13, docs/method.md).

    Parameters
    ----------
    reports
        Table `reports` (alprmap.schema), in any order.
    settings
        Thresholds and policies.
    roads
        The network, so that reports beside opposite carriageways are told apart.
    decisions
        What a person decided (alprmap.merge.decisions.COLUMNS); wins over the score.
    previous
        The last merge: its camera names are kept, and a source that lost too many records is
        refused.

    Raises
    ------
    InputError
        When report ids are not unique, decisions contradict each other, or a source lost more than
        `settings.max_loss` of its records without `settings.accept_loss`.

    >>> import pandas as pd
    >>> seen = pd.DataFrame({"report_id": ["a:1", "b:1"], "source_id": ["a", "b"],
    ...     "source_record": ["1", "1"],
    ...     "lon": [-99.5, -99.5001], "lat": [27.5, 27.5], "located_by": ["survey", "crossing"],
    ...     "direction_raw": ["90", None], "evidence": ["survey", "record"]})
    >>> merged = merge(seen)
    >>> len(merged.cameras), merged.cameras.outcome[0], merged.links.rule.tolist()
    (1, 'matched', ['M0', 'M4'])
    """
    settings = settings or Settings()
    reports = schema.conform(reports, "reports")
    twice = reports["report_id"].duplicated()
    if twice.any() or reports["report_id"].isna().any():
        name = reports.loc[twice | reports["report_id"].isna(), "report_id"].iloc[0]
        raise InputError(
            f"report_id {name} is there twice or missing", fix="give each file its own source id"
        )
    part = steps.course("merging", 7)
    beside = None if roads is None else carriageways(reports, errors_of(reports, settings), roads)
    stated = prepare(reports, settings, beside)
    part()
    facts = learn(stated, settings)
    prepared = facts.applied(stated)
    reach = facts.belief.reach_sd(settings)[prepared.source[prepared.units.lead]]
    part()
    pairs = candidates(prepared.units, settings, reach)
    part()
    scores = score(pairs, prepared, settings, facts.belief)
    twins, doubtful, questions = duplicates(pairs, scores, prepared, settings)
    part()
    previous, decided, carried = _carried(decisions, reports, previous)
    said = verdicts.resolve(decided, prepared)
    atom, twins = _atoms(prepared, pairs, twins, said)
    apart = {(min(x), max(x)) for x in ((int(atom[a]), int(atom[b])) for a, b in said.different)}
    found = assign(prepared, pairs, scores, atom, apart, settings)
    part()
    camera = _numbered(found.cluster, prepared.unit, found.waiting)
    anchor = ids.anchors(prepared, camera)
    likeliest = _likeliest(prepared, pairs, found, camera)
    names, aliases = _names(prepared, camera, anchor, previous, settings, likeliest)
    if carried:
        rows = list(aliases.itertuples(index=False, name=None))
        aliases = ids.alias_table([*rows, *carried])
    match = np.where(facts.belief.learned, facts.belief.match, 0.0)
    parts = links.Parts(
        prepared, pairs, scores, atom, twins, said, found, camera, reach, facts.agreed, match
    )
    part()
    cameras, views = _cameras(parts, names, anchor, settings)
    table = links.links_of(parts, names, cameras)
    asked = review.questions(parts, doubtful, questions, names, settings)
    doubt = facing_questions(facts.table, table, reports.set_index("report_id")["source_id"])
    if len(doubt):
        asked = pd.concat([asked, schema.conform(doubt.reindex(columns=asked.columns), "review")])
        asked = asked.sort_values(["report_id", "other_id"], ignore_index=True)
    part()
    return Merged(
        cameras.sort_values("camera_id", ignore_index=True),
        schema.conform(views.sort_values(["camera_id", "heading_deg"], ignore_index=True), "views"),
        table.sort_values("report_id", ignore_index=True),
        asked,
        aliases,
        evidence.outcome_table(cameras),
        said.unused,
        alarmed(facts.table, camera, stated, found.waiting),
        reports=reports,
    )


def _no_decisions() -> pd.DataFrame:
    return pd.DataFrame({c: pd.Series(dtype="str") for c in verdicts.COLUMNS})


def _atoms(
    prepared: Prepared, pairs: Pairs, twins: Ints, said: verdicts.Verdicts
) -> tuple[Ints, Ints]:
    """Return the unit each unit is joined to before matching (M11, M12), and the duplicates that
    stay."""
    n = len(prepared.units)
    same = np.asarray(said.same, dtype=np.int64).reshape(-1, 2)
    while True:
        left = np.concatenate([pairs.left[twins], same[:, 0]])
        right = np.concatenate([pairs.right[twins], same[:, 1]])
        atom = join(n, left, right)
        broken = {int(atom[a]) for a, b in said.different if atom[a] == atom[b]}
        if not broken:
            return atom, twins
        # a person's "different" undoes the whole chain of duplicates that would join the two
        twins = twins[~np.isin(atom[pairs.left[twins]], list(broken))]


def _numbered(cluster: Ints, unit: Ints, waiting: Bools) -> Ints:
    """Return the camera number of every report, 0 … n-1 in content order, -1 without a place or
    while it waits."""
    number = np.full(len(cluster), -1, dtype=np.int64)
    number[~waiting] = np.unique(cluster[~waiting], return_inverse=True)[1]
    return (
        np.where(unit >= 0, number[unit], -1)
        if len(number)
        else np.full(len(unit), -1, dtype=np.int64)
    )


def _likeliest(prepared: Prepared, pairs: Pairs, found: Assigned, camera: Ints) -> dict[int, int]:
    """Return, for the report that leads each unit that waits, the camera it most likely is."""
    out: dict[int, int] = {}
    lead = prepared.units.lead
    for row in found.asked[np.argsort(-found.asked_score, kind="stable")].tolist():
        one, other = int(pairs.left[row]), int(pairs.right[row])
        for waits, stands in ((one, other), (other, one)):
            if found.waiting[waits] and camera[lead[stands]] >= 0:
                out.setdefault(int(lead[waits]), int(camera[lead[stands]]))
    return out


def _names(
    prepared: Prepared,
    camera: Ints,
    anchor: Ints,
    previous: Merged | None,
    settings: Settings,
    likeliest: dict[int, int],
) -> tuple[np.ndarray, pd.DataFrame]:
    own, joined = ids.brought(prepared.reports, camera)
    if previous is None:
        names = ids.fresh_names(prepared, anchor, own)
        return names, ids.alias_table(_moved(joined, names))
    now = identities(prepared.reports["report_id"], settings)[["identity"]].assign(camera=camera)
    before = records.records_of(previous, settings)
    records.refuse_loss(before, set(now["identity"]), settings)
    taken, moved = ids.inherited(
        now[now["camera"] >= 0].drop_duplicates(), before.dropna(subset="camera_id")
    )
    kept = set(taken.values())
    own = {at: name for at, name in own.items() if at not in taken and name not in kept}
    names = ids.fresh_names(prepared, anchor, own | taken)
    rows = _moved(moved, names)
    open_ = pd.Series({now["identity"].iloc[row]: names[c] for row, c in likeliest.items()})
    known = set(names.tolist()) | {o for o, _, _ in rows}
    rows += ids.left_open(now, before.dropna(subset="camera_id"), open_, known)
    old = previous.aliases
    newer = {o: n for o, n, r in rows if r == "merged into"}
    rows += [(o, newer.get(n, n), r) for o, n, r in old[ids.ALIASES].itertuples(index=False)]
    return names, ids.alias_table(rows)


def _carried(
    decisions: pd.DataFrame | None, reports: pd.DataFrame, previous: Merged | None
) -> tuple[Merged | None, pd.DataFrame, list[tuple[str, str, str]]]:
    """Return the previous merge and the decisions under the names that reports have now, and the
    aliases of those that had others."""
    if previous is not None:
        previous = read_anew(previous, reports)
    checked = verdicts.checked(_no_decisions() if decisions is None else decisions)
    return previous, *decisions_by_content(checked, reports, previous)


def _moved(moved: pd.DataFrame, names: np.ndarray) -> list[tuple[str, str, str]]:
    """Return aliases of old names that went to another camera."""
    return [(o, str(names[c]), r) for o, c, r in moved.itertuples(index=False) if o != names[c]]


def _cameras(
    parts: links.Parts, names: np.ndarray, anchor: Ints, settings: Settings
) -> tuple[pd.DataFrame, pd.DataFrame]:
    prepared, camera = parts.prepared, parts.camera
    choice = fields.Choice(prepared, camera)
    table = fields.choose(prepared, choice)
    table["camera_id"] = names
    if parts.said.removed:
        gone = camera[np.asarray(parts.said.removed)]
        table.loc[np.unique(gone[gone >= 0]), "status"] = "removed"
    table["status"] = table["status"].fillna("unknown")
    table["device"] = table["device"].fillna("unknown")
    table["confidence"], table["n_sources"] = evidence.confidence(prepared, camera, settings)
    table["n_reports"] = np.bincount(camera[camera >= 0], minlength=len(table)).astype(np.int64)
    listed = np.zeros(len(table), dtype=bool)
    of = camera[prepared.units.lead[parts.found.listed]]
    listed[of[of >= 0]] = True
    table["outcome"] = evidence.outcomes(prepared, camera, table["operator"], listed, settings)
    table["sources"] = fields.source_lists(prepared, choice)
    table["source_record"] = prepared.reports["source_record"].array.take(anchor)
    return schema.conform(table, "cameras"), fields.views_of(prepared, choice, names)
