"""How well texts made up on true junctions, stretches, exits and freeway crossings are located.

    python benchmarks/locate_made_up.py SEED             # all cities, 400 texts each
    python benchmarks/locate_made_up.py SEED Columbus --count 100 --verbose

A seed gives the same texts on the same network again (`made_up_texts.py` makes them). Networks come
from ../shared/data; a city whose network is not there is skipped. The tolerances differ by kind and
are part of the output: they say how exact a right answer can be."""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterable

import numpy as np
import pandas as pd
from made_up_texts import (
    CITIES,
    CROSSING_M,
    EXIT_M,
    LOOSE_M,
    ROADS,
    Text,
    distance_m,
    make_up,
    open_city,
)

from alprmap.locate.point import Locator, open_locator

FAR_M, SURE, VERY_SURE = 1_000.0, 0.5, 0.75
BANDS = ((0.0, 0.5), (0.5, 0.75), (0.75, 0.9), (0.9, 1.01))


def answers(locator: Locator, texts: Iterable[Text]) -> pd.DataFrame:
    """Return a row a text: where the locator puts it, how sure it is and how far off that is."""
    rows = []
    for text in texts:
        answer = locator.locate(text.words, **({"town": text.town} if text.town else {}))
        located = answer.located_by != "unlocated"
        off = distance_m((answer.lon, answer.lat), text.at) if located and text.at else np.nan
        rows.append(
            {
                "kind": text.kind,
                "words": text.words,
                "exists": text.at is not None,
                "twice": text.twice,
                "within_m": text.within_m,
                "located": located,
                "confidence": answer.confidence if located else 0.0,
                "radius_m": answer.position_error_m if located else np.nan,
                "off_m": off,
            }
        )
    return pd.DataFrame(rows)


def share(part: pd.Series) -> str:
    """Return a share in per cent, and of how many."""
    return f"{part.mean():.1%} of {len(part)}" if len(part) else "none"


def report(name: str, found: pd.DataFrame, verbose: bool) -> None:
    """Print the figures of a city and, if wanted, the texts that are not as they should be."""
    single = found[found["exists"] & ~found["twice"]]
    located, sure = single[single["located"]], single[single["confidence"] >= SURE]
    none = found[~found["exists"]]
    # an answer where none exists is as wrong as one that is far off
    wrong = (found["confidence"] > VERY_SURE) & ~(found["off_m"] <= FAR_M)
    print(f"\n{name}: {len(found)} texts, {len(single)} of one place")
    print(f"  located                          {share(single['located'])}")
    print(f"  sure ({SURE} or more)               {share(single['confidence'] >= SURE)}")
    print(f"  within tolerance, of the located {share(located['off_m'] <= located['within_m'])}")
    print(f"  within tolerance, of the sure    {share(sure['off_m'] <= sure['within_m'])}")
    print(f"  within {CROSSING_M:.0f} m, of the sure        {share(sure['off_m'] <= CROSSING_M)}")
    print(f"  above {VERY_SURE} and over 1 km off      {int(wrong.sum())}")
    print(f"  no place exists, sure all the same  {share(none['confidence'] >= SURE)}")
    placed = found[found["exists"] & found["located"]]
    for low, high in BANDS:
        band = placed[(placed["confidence"] >= low) & (placed["confidence"] < high)]
        if len(band):
            inside = share(band["off_m"] <= band["radius_m"])
            stated = band["confidence"].mean()
            print(f"  band {low} to {min(high, 1.0)}: stated {stated:.0%}, in the radius {inside}")
    if verbose:
        poor = single[~(single["off_m"] <= single["within_m"]) | (single["confidence"] < SURE)]
        shown = pd.concat([poor, found[wrong], none[none["confidence"] >= SURE]])
        shown = shown[~shown.index.duplicated()].drop(columns=["exists", "located"])
        print(shown.round(2).to_string())


def main() -> None:
    """Parse the options and run."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("seed", help="any word; the same word gives the same texts")
    parser.add_argument("cities", nargs="*", metavar="CITY", help=f"of {', '.join(CITIES)}")
    parser.add_argument("--count", type=int, default=400, help="texts of each city")
    parser.add_argument("--verbose", action="store_true", help="print the texts that went wrong")
    given = parser.parse_args()
    if unknown := sorted({*given.cities} - {*CITIES}):
        parser.error(f"no network of {', '.join(unknown)}; there are {', '.join(CITIES)}")
    print(
        f"Tolerances: {CROSSING_M:.0f} m; {LOOSE_M:.0f} m where a road is a freeway or is named by"
        f" its number;\n{EXIT_M:.0f} m at an exit; half the stretch between two roads where that is"
        f" more than {CROSSING_M:.0f} m."
    )
    kinds = Counter[str]()
    for name in given.cities or CITIES:
        path = ROADS / CITIES[name][0]
        if not path.is_file():
            print(f"\n{name}: skipped, {path.name} is not in ../shared/data/roads")
            continue
        texts = make_up(open_city(name), given.seed, given.count)
        kinds.update(text.kind for text in texts)
        report(name, answers(open_locator(path), texts), given.verbose)
    print("\nTexts of each kind:", ", ".join(f"{kind} {n}" for kind, n in kinds.most_common()))


if __name__ == "__main__":
    main()
