"""Capture and recapture, stratum by stratum, and what the estimate rests on (K2 to K4)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from alprmap.completeness import estimators
from alprmap.completeness.estimators import Estimate
from alprmap.completeness.lists import Lists
from alprmap.completeness.settings import Settings
from alprmap.text import number_of

IntArray = NDArray[np.int64]
CHAPMAN = "Chapman, two lists"
LOG_LINEAR = "log-linear, three lists"
HOLDS, DOUBT, UNKNOWN = "holds as far as can be seen", "in doubt", "cannot be checked"


@dataclass(frozen=True)
class Recaptured:
    """`strata`: one row per stratum with its estimate or why there is none; `checks`: one row per
    assumption with the outcome and its evidence; `covered`: whether a camera stands in a county
    that every list speaks of.
    """

    strata: pd.DataFrame
    checks: pd.DataFrame
    covered: NDArray[np.bool_]


def recapture_strata(
    lists: Lists,
    cells: pd.DataFrame,
    county: pd.Series,
    *,
    settings: Settings,
) -> Recaptured:
    """Estimate how many stand in the counties that every list speaks of (K2, K3).

    Parameters
    ----------
    lists
        Which camera is on which list.
    cells
        Text columns by which strata are made, one row per camera: `operator` and `setting`.
    county
        County of each camera.
    """
    covered = _covered(lists, county)
    draws = [(code[covered[row]], row[covered[row]]) for code, row in lists.drawn(settings)]
    rows = [_row("all", "all", draws, lambda row: np.ones(len(row), bool), lists, settings)]
    for column in cells.columns:
        values = cells[column].to_numpy(dtype=object)
        for name in sorted({v for v in values[covered] if isinstance(v, str)}):
            chosen = _chooser(values == name)
            rows.append(_row(column, name, draws, chosen, lists, settings))
    both = cells.astype(object).agg(" · ".join, axis=1).to_numpy(dtype=object)
    parts = []
    for name in sorted(set(both[covered])):
        parts.append(_row("stratum", name, draws, _chooser(both == name), lists, settings))
    rows += parts
    rows.append(_stratified(parts, draws, both, lists, settings))
    strata = pd.DataFrame(rows)
    checks = _checks(lists, covered, county, draws, both, strata, settings)
    return Recaptured(strata, checks, covered)


def _chooser(mask: NDArray[np.bool_]) -> Callable[[IntArray], NDArray[np.bool_]]:
    return lambda row: np.asarray(mask[row])


def _covered(lists: Lists, county: pd.Series) -> NDArray[np.bool_]:
    """Return which cameras stand in a county where each list has at least one."""
    name = county.fillna("").to_numpy(dtype=object)
    frame = pd.DataFrame({f"on{i}": (lists.code >> i) & 1 for i in range(len(lists.names))})
    each = frame.groupby(name).max().min(axis=1)
    inside = pd.Series(name).map(each).to_numpy() > 0
    return np.asarray(inside & (lists.code > 0) & (name != ""))


def _row(
    kind: str,
    name: str,
    draws: list[tuple[IntArray, IntArray]],
    chosen: Callable[[IntArray], NDArray[np.bool_]],
    lists: Lists,
    settings: Settings,
) -> dict[str, Any]:
    """Return one stratum: counts by list, estimate with bounds, or why there is none."""
    codes = [code[chosen(row)] for code, row in draws]
    many = len(lists.names)
    row: dict[str, Any] = {"kind": kind, "stratum": name}
    for i, label in enumerate(lists.names):
        row[f"on_{label}"] = float(np.mean([((c >> i) & 1).sum() for c in codes]))
    row["on_all_lists"] = float(np.mean([(c == (1 << many) - 1).sum() for c in codes]))
    row["seen"] = float(np.mean([len(c) for c in codes]))
    found, why, method = _estimate(codes, many, settings)
    return row | _told(found, why, method, row["seen"])


def _told(found: Estimate | None, why: str | None, method: str, seen: float) -> dict[str, Any]:
    nothing = float("nan")
    out: dict[str, Any] = {"estimate": nothing, "low": nothing, "high": nothing}
    if found is not None:
        out = {"estimate": found.total, "low": found.low, "high": found.high}
    out["mapped_share"] = seen / out["estimate"] if found is not None else nothing
    # the more there are, the smaller is the share that is seen
    out["mapped_share_low"] = seen / out["high"] if found is not None else nothing
    out["mapped_share_high"] = seen / out["low"] if found is not None else nothing
    out["variance"] = found.variance if found is not None else nothing
    return out | {"method": method if found is not None else None, "why": why}


def _estimate(
    codes: list[IntArray], many: int, settings: Settings
) -> tuple[Estimate | None, str | None, str]:
    """Return (estimate, why there is none, method) of the draws of one stratum."""
    bounds = {"low": settings.low, "high": settings.high}
    overlap = [min(_both(c, a, b) for a, b in combinations(range(many), 2)) for c in codes]
    if float(np.mean(overlap)) < settings.fewest_both:
        return (
            None,
            (
                f"cannot be estimated: {np.mean(overlap):.0f} cameras on both lists, fewer than"
                f" {settings.fewest_both}"
            ),
            "",
        )
    made = []
    for code in codes:
        if many == 2:
            one, two = int((code & 1).sum()), int((code >> 1 & 1).sum())
            made.append(estimators.chapman(one, two, _both(code, 0, 1), **bounds))
        else:
            made.append(estimators.log_linear(_histories(code), **bounds).estimate)
    method = CHAPMAN if many == 2 else LOG_LINEAR
    return estimators.combined_estimate(made, **bounds), None, method


def _both(code: IntArray, a: int, b: int) -> int:
    return int(((code >> a & 1) & (code >> b & 1)).sum())


def _histories(code: IntArray) -> list[int]:
    return [int((code == h[0] + 2 * h[1] + 4 * h[2]).sum()) for h in estimators.HISTORIES]


def _stratified(
    parts: list[dict[str, Any]],
    draws: list[tuple[IntArray, IntArray]],
    both: NDArray[np.object_],
    lists: Lists,
    settings: Settings,
) -> dict[str, Any]:
    """Return the sum over strata; those with too few on both lists are taken together (K3)."""
    sure = [p for p in parts if p["why"] is None]
    thin = {p["stratum"] for p in parts if p["why"] is not None}
    found = [_of_row(p) for p in sure]
    left_out = 0.0
    if thin:
        mask = np.isin(both.astype(str), sorted(thin))
        rest = _row("stratum", "the rest", draws, _chooser(mask), lists, settings)
        if rest["why"] is None:
            found.append(_of_row(rest))
        else:
            left_out = float(rest["seen"])
    whole = _row("all", "all, by strata", draws, lambda r: np.ones(len(r), bool), lists, settings)
    if not found:
        return whole | _told(None, "cannot be estimated in any stratum", "", whole["seen"])
    total = estimators.summed_estimate(found, low=settings.low, high=settings.high)
    told = _told(total, None, f"{sure[0]['method'] if sure else CHAPMAN}, by strata", total.seen)
    note = f"{left_out:.0f} cameras of strata that cannot be estimated are not in it"
    return whole | told | {"seen": total.seen, "note": note if left_out else None}


def _of_row(row: dict[str, Any]) -> Estimate:
    return Estimate(row["seen"], row["estimate"], row["variance"], row["low"], row["high"])


def _checks(
    lists: Lists,
    covered: NDArray[np.bool_],
    county: pd.Series,
    draws: list[tuple[IntArray, IntArray]],
    both: NDArray[np.object_],
    strata: pd.DataFrame,
    settings: Settings,
) -> pd.DataFrame:
    """Return one row per assumption: outcome and what it rests on (K4)."""
    rows = [
        *_independence(lists, draws, both, strata, settings),
        _copied(lists, settings),
        _closed(lists, settings),
        _matched(lists),
        _same_population(lists, covered, county),
        {
            "assumption": "within a stratum every camera is as likely listed as another",
            "outcome": UNKNOWN,
            "evidence": "where it does not hold, cameras that all lists miss are more than"
            " estimated: read the estimate as at least",
        },
    ]
    return pd.DataFrame(rows).astype("str")


def _independence(
    lists: Lists,
    draws: list[tuple[IntArray, IntArray]],
    both: NDArray[np.object_],
    strata: pd.DataFrame,
    settings: Settings,
) -> list[dict[str, str]]:
    code, row = draws[0]
    if len(lists.names) == 3:
        if strata.loc[0, "why"] is not None:
            return []
        made = estimators.log_linear(_histories(code), low=settings.low, high=settings.high)
        return [
            _outcome(
                f"{lists.names[a]} and {lists.names[b]} are independent",
                p < settings.warn_p,
                f"likelihood ratio, p = {p:.3g}; dependence of pairs is in the estimate",
            )
            for (a, b), p in made.p_independent.items()
        ]
    p, cells = heterogeneity(code, both[row])
    what = f"{lists.names[0]} and {lists.names[1]} are independent"
    if cells < 2:
        return [
            {
                "assumption": what,
                "outcome": UNKNOWN,
                "evidence": "two lists alone cannot tell, and there is one stratum: where both see"
                " the same cameras more easily, the estimate is too low",
            }
        ]
    evidence = (
        f"odds that both lists have the same cameras rise together over {cells} strata, p = {p:.3g}"
        if p < settings.warn_p
        else f"no sign of it over {cells} strata (p = {p:.3g}); within a stratum two lists"
        " cannot tell"
    )
    return [_outcome(what, p < settings.warn_p, evidence)]


def heterogeneity(code: IntArray, stratum: NDArray[Any]) -> tuple[float, int]:
    """Test whether two lists favor the same strata: (chance under independence, strata) (K4).

    Where both lists have a larger share of one stratum, the estimate that ignores strata is lower
    than the sum over them. The difference is held against its spread when the same strata are
    dealt out at random, which keeps who is on which list (400 deals, seeded).
    """
    names, at = np.unique(stratum.astype(str), return_inverse=True)
    many = len(names)
    if many < 2 or not len(code):
        return 1.0, many
    # every stratum is estimated, with Chapman's correction, also the thin ones
    rng = np.random.default_rng(0)
    seen = _gain(code, at, many)
    dealt = np.array([_gain(code, rng.permutation(at), many) for _ in range(400)])
    return float((1 + (dealt >= seen).sum()) / (1 + len(dealt))), many


def _gain(code: IntArray, at: IntArray, many: int) -> float:
    one = np.bincount(at, code & 1, minlength=many)
    two = np.bincount(at, code >> 1 & 1, minlength=many)
    m = np.bincount(at, (code & 1) & (code >> 1 & 1), minlength=many)
    return float(((one + 1) * (two + 1) / (m + 1) - 1).sum())


def _outcome(what: str, doubtful: bool, evidence: str) -> dict[str, str]:
    return {"assumption": what, "outcome": DOUBT if doubtful else HOLDS, "evidence": evidence}


def _copied(lists: Lists, settings: Settings) -> dict[str, str]:
    what = "no list was copied from another"
    far = lists.matches["distance_m"].dropna() if len(lists.matches) else pd.Series(dtype=float)
    if len(far) < settings.fewest_both:
        return {"assumption": what, "outcome": UNKNOWN, "evidence": "too few matches"}
    share = float((far <= settings.copied_m).mean())
    text = f"{share:.0%} of matches stand within {settings.copied_m:g} m of one another"
    return _outcome(what, share >= settings.copied_share, text)


def _closed(lists: Lists, settings: Settings) -> dict[str, str]:
    what = "nothing was put up or taken down between the lists"
    middle = {}
    for name, days in lists.days.items():
        when = pd.to_datetime(days, errors="coerce", format="ISO8601").dropna()
        if len(when) >= settings.fewest_both:
            middle[name] = when.median()
    if len(middle) < len(lists.names):
        return {"assumption": what, "outcome": UNKNOWN, "evidence": "not all lists are dated"}
    apart = (max(middle.values()) - min(middle.values())).days
    return _outcome(
        what, apart > settings.apart_days, f"the middle dates of the lists lie {apart} days apart"
    )


def _matched(lists: Lists) -> dict[str, str]:
    what = "cameras are matched without error"
    if not lists.unsure:
        return {
            "assumption": what,
            "outcome": UNKNOWN,
            "evidence": "no links of a merge at hand: matches are taken as certain",
        }
    wrong = float((1 - lists.loose[2]).sum())
    missed = float(lists.waiting[2].sum())
    total = max(len(lists.matches), 1)
    return _outcome(
        what,
        (wrong + missed) / total > 0.1,
        f"of {number_of(len(lists.matches), 'match', 'matches')} {wrong:.1f} are wrong and"
        f" {missed:.1f} are missed, as the merge expects; both are drawn, and their spread is in"
        " the interval",
    )


def _same_population(lists: Lists, covered: NDArray[np.bool_], county: pd.Series) -> dict[str, str]:
    listed = lists.code > 0
    out = int((listed & ~covered).sum())
    text = (
        f"{number_of(int(covered.sum()), 'camera')} in"
        f" {number_of(county[covered].nunique(), 'county', 'counties')} that every list speaks of;"
        f" {out:,} elsewhere are not in the estimate"
    )
    what = "the lists are about the same places"
    return (
        _outcome(what, False, text)
        if covered.any()
        else {"assumption": what, "outcome": DOUBT, "evidence": text}
    )


def area_row(
    name: str,
    draws: list[tuple[IntArray, IntArray]],
    mask: NDArray[np.bool_],
    lists: Lists,
    settings: Settings,
) -> dict[str, Any]:
    """Return the recapture of one polygon: `mask` says which cameras stand in it (K6)."""
    return _row("area", name, draws, _chooser(mask), lists, settings)
