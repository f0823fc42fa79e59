"""How lists of cameras write the names of roads: the words and forms of made-up texts."""

from __future__ import annotations

import random

SUFFIXES = {
    "Street": "St St. ST Str",
    "Avenue": "Ave Av Ave. AVE",
    "Boulevard": "Blvd Bl Blvd. BLV",
    "Road": "Rd Rd. RD",
    "Drive": "Dr Dr.",
    "Parkway": "Pkwy Pky Pkwy.",
    "Lane": "Ln",
    "Court": "Ct",
    "Place": "Pl",
    "Highway": "Hwy",
    "Terrace": "Ter Terr",
    "Circle": "Cir",
    "Expressway": "Expy Expwy",
    "Square": "Sq",
    "Way": "Way Wy",
    "Freeway": "Fwy",
    "Trail": "Trl",
    "Bridge": "Br Bridge",
}
DIRECTIONS = {
    "North": "N N. No.",
    "South": "S S. So.",
    "East": "E E.",
    "West": "W W.",
    "Northeast": "NE N.E.",
    "Northwest": "NW N.W.",
    "Southeast": "SE S.E.",
    "Southwest": "SW S.W.",
}
ORDINALS = dict(
    pair.split("=")
    for pair in [
        "1st=First",
        "2nd=Second",
        "3rd=Third",
        "4th=Fourth",
        "5th=Fifth",
        "6th=Sixth",
        "7th=Seventh",
        "8th=Eighth",
        "9th=Ninth",
        "10th=Tenth",
        "11th=Eleventh",
        "12th=Twelfth",
        "13th=Thirteenth",
        "15th=Fifteenth",
        "17th=Seventeenth",
        "20th=Twentieth",
        "21st=Twenty-First",
        "26th=Twenty-Sixth",
    ]
)
SPELLED = ORDINALS | {word: number for number, word in ORDINALS.items()}
NUMBERS = {
    "I": "I-{n};I {n};I{n};Interstate {n};IH-{n};I - {n}",
    "US": "US {n};US-{n};U.S. {n};US Hwy {n};US Route {n};Hwy {n};Rt {n};US{n}",
    "": "SR {n};SR-{n};State Route {n};{s} {n};{s}-{n};Route {n};Hwy {n};St Rt {n};State Rte {n}",
}
"""How the number n of a road is written, by its system; the empty one is a state's (s)."""
CROSSINGS = """\
{a} & {b}
{a} AT {b}
{b} near {a}
{a} x {b}
Intersection of {a} and {b}
{a}/{b} (NB)
NE corner of {a} & {b}
Cam 12: {a} @ {b}
LPR-04 {a} & {b} - SB
{a} @ {b}, facing west
{a} at its intersection with {b}
Junction of {a} and {b}
{a} where it meets {b}
{a} and {b}
{a} - {b}
{a}, {b}
{a} and {b} (traffic signal)
Northbound {a} at {b}
{a} NB at {b}
{a} + {b}
{a} / {b} SW
Pole at {a} & {b}
{a} @ {b} #2
Corner of {a}/{b}
{a} by {b}
{a} crossing {b}
{a} east side at {b}
[{a}] [{b}]
{a} | {b}
{a} to {b}
{a}-{b}
{a} @{b}
at {a} and {b}
{a} on {b}
{a} , near the intersection with {b}
EB {a} approaching {b}
{a} at the corner of {b}
WB {b} @ {a} (PTZ)
{a} meets {b}
S/B {a} past {b}""".splitlines()
BETWEEN = [
    "{a} between {b} and {c}",
    "{a} (btwn {b} & {c})",
    "{a}, from {b} to {c}",
    "{a} b/w {b} & {c}",
    "{a} ({b} to {c})",
    "{a} between {b} & {c}",
]
FREEWAYS = [
    "{a} at {b}",
    "{a} NB @ {b}",
    "{b} & {a}",
    "{a}/{b}",
    "{b} at {a}",
    "{a} and {b} interchange",
    "SB {a} at {b}",
    "{a} @ {b} overpass",
    "{b} over {a}",
    "{a} ramp at {b}",
    "{b} under {a}",
    "{a} exit to {b}",
]
EXITS = [
    "{a} exit {r}",
    "{a} at Exit {r}",
    "Exit {r} {a}",
    "{a} NB Exit {r}",
    "exit {r} on {a}",
    "{a} Ex {r}",
    "{a}, exit #{r}",
]
OFFSETS = [
    "{a} 200 ft {d} of {b}",
    "{a} approx 200 feet {d} of {b}",
    "{a} just {d} of {b}",
    "{a} {x}/O {b}",
    "{a} {d} of {b}",
]
TOWNS = (", {town}, {state}", ", {town}", " {town} {state}", " - {town}")


def short(name: str, rng: random.Random) -> str:
    """Return a name with short forms of street and north, as a list would have them."""
    out = []
    for at, word in enumerate(name.split()):
        if word in SUFFIXES and at:
            out.append(rng.choice(SUFFIXES[word].split()))
        elif word in DIRECTIONS and rng.random() < 0.9:
            out.append(rng.choice(DIRECTIONS[word].split()))
        else:
            out.append(word)
    return " ".join(out)


def without_direction(name: str) -> str:
    """Return a name without north or south."""
    return " ".join(w for w in name.split() if w not in DIRECTIONS) or name


def without_suffix(name: str) -> str:
    """Return a name without street or avenue at its end."""
    words = name.split()
    return " ".join(words[:-1]) if len(words) > 1 and words[-1] in SUFFIXES else name


def bare(name: str) -> str:
    """Return a name without both."""
    return without_suffix(without_direction(name))


def misspelled(name: str, rng: random.Random) -> str | None:
    """Return a name with a letter dropped, doubled or swapped in a long word; None without one."""
    words = name.split()
    plain = [
        k
        for k, w in enumerate(words)
        if len(w) > 4 and w.isalpha() and w not in SUFFIXES and w not in DIRECTIONS
    ]
    if not plain:
        return None
    at = rng.choice(plain)
    word, k = words[at], rng.randrange(1, len(words[at]) - 1)
    slips = (
        word[:k] + word[k + 1 :],
        word[:k] + word[k] + word[k:],
        word[:k] + word[k + 1] + word[k] + word[k + 2 :],
    )
    words[at] = rng.choice(slips)
    return " ".join(words) if words[at] != word else None


def spelled_out(name: str) -> str | None:
    """Return a name with Third for 3rd, or 3rd for Third; None without one."""
    out = " ".join(SPELLED.get(w, w) for w in name.split())
    return out if out != name else None


def written_number(number: tuple[str, str], state: str, rng: random.Random) -> str:
    """Return how a list writes the number of a road, of its system and number."""
    system, n = number
    return rng.choice(NUMBERS[system if system in NUMBERS else ""].split(";")).format(n=n, s=state)
