"""What may be printed of completeness, every sentence with its interval (rules K1 to K6)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from alprmap.claims import sheet
from alprmap.text import number_of, percent

if TYPE_CHECKING:
    from alprmap.completeness.result import Completeness

BOUNDS_K1 = "5–95 %, which untagged cameras are the agency's own, drawn town by town"
BOUNDS_K2 = "5–95 %, log-normal in the unseen; uncertain matches drawn"
BOUNDS_K5 = "5–95 %, agencies resampled"
K1 = (
    "cameras on the map that are tagged with the agency, and of the untagged ones in its town those"
    " expected to be its own (A2), over the count it publishes nearest to the day of the map (K1)"
)
K2 = (
    "all readers, mapped or not, in counties that every list speaks of, from how many are on more"
    " than one list (K2, K3)"
)
NO_COUNT = "agencies that publish no count may be mapped better or worse; private readers are apart"


def completeness_claims(found: Completeness) -> pd.DataFrame:
    """Return the claims sheet of the wing."""
    rows = [*_declared(found), *_caught(found), *_growth(found)]
    settings = {"low": found.settings.low, "high": found.settings.high, "as_of": found.day}
    return sheet(
        rows,
        wing="completeness",
        inputs=dict(found.inputs),
        settings=settings,
        data_date=found.day,
        set_aside=found.cameras.sentence(),
    )


def _declared(found: Completeness) -> list[dict[str, Any]]:
    if "pooled" not in found.made:
        return []
    pools, test = found.made["pooled"], found.belonging
    if test is None or not (pools.loc[pools["group"] == "all", "declared"] > 0).any():
        return []
    whole = pools[pools["group"] == "all"].iloc[0]
    share, low, high = (float(whole[f"mapped_share{e}"]) for e in ("", "_low", "_high"))
    towns, not_told = int(whole["agencies"]), int(whole["agencies_not_estimable"])
    agencies = found.made["agencies"]
    late = agencies["days_apart"].median()
    apart = "" if late != late else f" Half of the counts lie {late:.0f} days or more from the map."
    rows: list[dict[str, Any]] = [
        {
            "claim_id": "k1-mapped-share",
            "sentence": f"{towns:,} town police departments publish that they run"
            f" {whole['declared']:,.0f} cameras; about {percent(share)} of them are on the map"
            f" (5–95 %: {percent(low)} to {percent(high)}).",
            "figure": share,
            "unit": "share",
            "n": towns,
            "low": low,
            "high": high,
            "bounds": BOUNDS_K1,
            "definition": K1,
            "caveat": f"{NO_COUNT}. No town is known for"
            f" {number_of(not_told, 'agency', 'agencies')} with a published count: their untagged"
            f" cameras cannot be told. Tagged cameras near a town are its police's own in"
            f" {percent(test.mean)} of {number_of(test.tested, 'case')}, and untagged ones are"
            " taken to be"
            f" like them.{apart}",
            "ids_file": "agencies.csv",
        }
    ]
    told = found.made["told"]
    tested = told[told["held"].notna()]
    if len(tested):
        held = float(tested["held"].astype("float64").mean())
        rows.append(
            {
                "claim_id": "k1-told-from-the-map",
                "sentence": "Told from the map alone, without its own count, the interval of a"
                f" town's total holds the published count in {percent(held)} of"
                f" {number_of(len(tested), 'town')}.",
                "figure": held,
                "unit": "share",
                "n": len(tested),
                "bounds": "a test of the intervals, which are 5–95 %",
                "definition": "totals of towns from the ratio of published to mapped cameras in"
                " other towns of like mapped size (K1)",
                "caveat": "towns that publish a count may differ from those that do not",
                "ids_file": "told.csv",
            }
        )
    return rows


def _caught(found: Completeness) -> list[dict[str, Any]]:
    if "strata" not in found.made:
        return []
    strata, checks = found.made["strata"], found.made["assumptions"]
    best = strata[(strata["kind"] == "all") & strata["why"].isna()]
    if not len(best):
        return []
    row = best.iloc[-1]
    doubt = checks.loc[checks["outcome"] == "in doubt", "assumption"].tolist()
    warning = (
        f"WARNING, in doubt: {'; '.join(doubt)}. " if doubt else "No assumption is seen to fail. "
    )
    return [
        {
            "claim_id": "k2-readers",
            "sentence": f"In the counties that {' and '.join(found.lists)} both speak of, about"
            f" {row['estimate']:,.0f} readers stand (5–95 %: {row['low']:,.0f} to"
            f" {row['high']:,.0f}); {row['seen']:,.0f} of them,"
            f" {percent(float(row['mapped_share']))}, are on the map.",
            "figure": float(row["estimate"]),
            "unit": "cameras",
            "n": round(float(row["seen"])),
            "low": float(row["low"]),
            "high": float(row["high"]),
            "bounds": BOUNDS_K2,
            "definition": f"{K2}; {row['method']}",
            "caveat": f"{warning}Readers that every list misses for one and the same reason are"
            " not in it: read it as at least.",
            "ids_file": "strata.csv",
        }
    ]


def _growth(found: Completeness) -> list[dict[str, Any]]:
    if "growth" not in found.made:
        return []
    rows = []
    for row in found.made["growth"].dropna(subset=["per_year"]).to_dict("records"):
        low, high = float(row["per_year_low"]), float(row["per_year_high"])
        rows.append(
            {
                "claim_id": f"k5-growth-{row['from_year']}-{row['to_year']}",
                "sentence": f"{number_of(row['agencies'], 'agency', 'agencies')} that published"
                " a count in both"
                f" {row['from_year']} and {row['to_year']} went from {row['declared_from']:,.0f} to"
                f" {row['declared_to']:,.0f} cameras: {percent(float(row['per_year']))} a year"
                f" (5–95 %: {percent(low)} to {percent(high)}).",
                "figure": float(row["per_year"]),
                "unit": "share",
                "n": int(row["agencies"]),
                "low": low,
                "high": high,
                "bounds": BOUNDS_K5,
                "definition": "growth per year of the published counts of the same agencies (K5)",
                "caveat": f"{number_of(row['gone'], 'agency', 'agencies')} published in the"
                " first year and not in the"
                " second; agencies that ended their contract may be among them",
                "ids_file": "growth.csv",
            }
        )
    return rows
