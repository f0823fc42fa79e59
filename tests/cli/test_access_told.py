"""What `alprmap access` says first of several bodies: those that can look, the others at once."""

from __future__ import annotations

import pandas as pd
import pytest

from alprmap.cli.access_run import told

BODIES = ("ATF", "DEA", "FBI", "ICE", "USMS")


def claims(figures: dict[str, int], whole: int) -> pd.DataFrame:
    rows = [("access-known-1", whole), ("access-known-0", 0), ("access-known-2", 5), ("door-01", 2)]
    rows += [(f"access-known-1-{body}", n) for body, n in figures.items()]
    rows += [(f"access-known-2-{body}", n) for body, n in figures.items()]
    frame = pd.DataFrame(rows, columns=["claim_id", "figure"])
    said = frame["claim_id"] + " of " + frame["figure"].astype("str")
    return frame.assign(sentence=said, data_date="2026-04-01")


@pytest.mark.parametrize("some", range(len(BODIES) + 1))
def test_A3_bodies_that_reach_nothing_are_one_sentence_behind_those_that_do(some: int) -> None:
    figures = {body: 7 * (i < some) for i, body in enumerate(BODIES)}
    lines = told(claims(figures, whole=some))
    assert lines[0] == f"access-known-1 of {some}"
    assert lines[1 : 1 + some] == [f"access-known-1-{b} of 7" for b in BODIES[:some]]
    assert [line for line in lines[1:] if line.endswith(" of 0")] == []
    zeros = [line for line in lines if line.startswith("No camera")]
    assert len(zeros) == (some < len(BODIES))
    if zeros:
        assert lines[1 + some] == zeros[0]
        assert [b for b in BODIES if b in zeros[0]] == list(BODIES[some:])
        assert "as of 2026-04-01" in zeros[0]
    assert lines[-1] == "door-01 of 2"


@pytest.mark.parametrize("whole", [0, 3])
def test_A3_of_one_body_its_own_sentence_stays(whole: int) -> None:
    assert told(claims({}, whole))[0] == f"access-known-1 of {whole}"
