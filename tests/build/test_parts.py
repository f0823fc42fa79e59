"""Finished parts: what is kept comes back the same, what is damaged or of other input never does."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from alprmap.build import engine as build
from alprmap.errors import BusyError, UsageError
from alprmap.store import checkpoints as parts
from alprmap.store.checkpoints import Parts, Pieces, digest


def kept(folder: Path, **more: float) -> Parts:
    return Parts(folder, digest("salt"), **({"every_s": 0.0, "worth_s": 0.0} | more))


def tables() -> dict[str, Any]:
    """One of everything a part may hold."""
    plain = pd.DataFrame(
        {
            "a": [1, 2],
            "b": [0.1, np.nan],
            "c": pd.Series(["x", None], dtype="str"),
            "d": [True, False],
        }
    )
    lines = [shapely.LineString([(0, 0), (0.1, 1 / 3)]), None]
    drawn = gpd.GeoDataFrame({"n": [3, 4]}, geometry=lines, crs="EPSG:4326").set_index(
        "n", drop=False
    )
    return {"plain": plain, "drawn": drawn, "empty": plain.iloc[:0], "none": drawn.iloc[:0], "left": {"no way": 3},
            "array": np.array([[1.5, np.inf]]), "flags": np.zeros(0, dtype=bool)}  # fmt: skip


def test_what_is_put_comes_back_to_the_bit(tmp_path: Path) -> None:
    work, values = kept(tmp_path), tables()
    assert work.get("x") is None
    work.put("x", values)
    found = kept(tmp_path).get("x")
    assert found is not None
    assert list(found) == list(values)
    for name, value in values.items():
        if isinstance(value, pd.DataFrame):
            assert type(found[name]) is type(value)
            pd.testing.assert_frame_equal(found[name], value, check_exact=True)
            assert found[name].index.equals(value.index)
        elif isinstance(value, np.ndarray):
            assert found[name].dtype == value.dtype
            np.testing.assert_array_equal(found[name], value)
        else:
            assert found[name] == value
    assert found["drawn"].crs == values["drawn"].crs


def test_other_input_is_other_work(tmp_path: Path) -> None:
    work = kept(tmp_path)
    work.of("C1", tables()["plain"]).put("all", {"a": np.arange(3)})
    changed = tables()["plain"].assign(b=[0.1, 0.2])
    assert work.of("C1", tables()["plain"]).get("all") is not None
    assert work.of("C1", changed).get("all") is None
    assert work.of("C2", tables()["plain"]).get("all") is None
    assert Parts(tmp_path, digest("another program")).of("C1", tables()["plain"]).get("all") is None
    # a part that was given another name is known by what it says inside
    (one,) = tmp_path.iterdir()
    one.rename(tmp_path / work.of("C2")._path("all").name)
    assert work.of("C2").get("all") is None
    assert work.counts.damaged == 1


VALUES = [
    None, 0, 1, 1.0, 0.1, True, "", "1", "a", b"a", (), ("a",), ("a", "b"), (("a",), "b"), {}, {"a": 1}, {"b": 1},
    np.array([1]), np.array([1.0]), np.array([[1]]), np.array([1, 2]), np.array([True]), np.float32(1),
    pd.Series([1]), pd.Series(["a"]), pd.Series(["a", None]), pd.Series([None, "a"]), pd.Series(["None", "a"]),
    pd.Series(["'a'\n'b'"]), pd.Series(["a", "b"]), pd.DataFrame({"a": [1]}), pd.DataFrame({"b": [1]}),
    pd.DataFrame({"a": [1.0]}), pd.DataFrame({"a": []}), gpd.GeoSeries([shapely.Point(0, 0)]),
    gpd.GeoSeries([shapely.Point(0, 1)]), gpd.GeoSeries([None]), build.Stage("a", print), parts.Counts(1),
]  # fmt: skip


def test_a_digest_tells_everything_apart() -> None:
    found: dict[str, int] = {}
    for i, value in enumerate(VALUES):
        if isinstance(value, build.Stage):
            with pytest.raises(TypeError):
                digest(value)
            continue
        assert digest(value) == digest(value)
        assert found.setdefault(digest(value), i) == i, (value, VALUES[found[digest(value)]])


@given(st.lists(st.text(), max_size=4), st.lists(st.text(), max_size=4))
def test_a_digest_of_words_tells_them_apart(a: list[str], b: list[str]) -> None:
    one, other = (digest(pd.Series(x, dtype=object)) for x in (a, b))
    assert (one == other) == (a == b)


@pytest.mark.parametrize("how", ["cut", "flipped", "emptied", "longer", "seal"])
def test_a_damaged_part_is_made_again(tmp_path: Path, how: str) -> None:
    work = kept(tmp_path)
    work.put("x", tables())
    (path,) = tmp_path.iterdir()
    data = bytearray(path.read_bytes())
    if how == "flipped":
        data[len(data) // 2] ^= 1
    if how == "seal":
        data[3] ^= 1
    path.write_bytes({"cut": data[:-7], "emptied": b"", "longer": data + b"x"}.get(how, data))
    assert work.get("x") is None
    assert work.counts == parts.Counts(taken=0, kept=1, damaged=1)
    work.put("x", tables())
    assert work.get("x") is not None


def test_a_part_whose_names_are_refused_is_damaged_and_not_taken_over(tmp_path: Path) -> None:
    kept(tmp_path).put("stage", {"entry": {"key": "k", "files": ["../outside"]}})
    stage = build.Stage("stage", lambda here: {}, settings={}, writes=("inside.csv",))
    work = kept(tmp_path)
    assert build._unpack(work, stage, "k", tmp_path / "scratch") is None
    assert work.counts == parts.Counts(taken=0, kept=0, damaged=1)


def test_every_cut_of_a_part_is_noticed(tmp_path: Path) -> None:
    work = kept(tmp_path)
    work.put("x", {"a": np.arange(5)})
    (path,) = tmp_path.iterdir()
    data = path.read_bytes()
    for size in range(0, len(data), 7):
        path.write_bytes(data[:size])
        assert work.get("x") is None


def test_pieces_go_on_after_the_last_and_past_a_damaged_one(tmp_path: Path) -> None:
    first = Pieces(kept(tmp_path), "loop")
    assert list(first.saved()) == []
    for i in range(3):
        first.add(n=np.array([i]))
    lazy = Pieces(kept(tmp_path, every_s=1e9), "loop")
    assert [p["n"].tolist() for p in lazy.saved()] == [[0], [1], [2]]
    lazy.add(n=np.array([3]))
    lazy.add(n=np.array([4, 5]))
    lazy.flush()
    kept(tmp_path)._path("loop 1").write_bytes(b"broken")
    work = kept(tmp_path)
    assert [p["n"].tolist() for p in Pieces(work, "loop").saved()] == [[0], [2], [3, 4, 5]]
    assert work.counts.damaged == 1
    work.put("all", {"n": np.arange(6)})
    work.drop(but="all")
    assert [p.name for p in tmp_path.iterdir()] == [work._path("all").name]


def test_a_folder_is_one_runs_and_emptied_when_it_succeeds(tmp_path: Path) -> None:
    folder = tmp_path / "parts"

    def broken_off() -> None:
        with parts.kept(folder, "p") as work:
            assert work is not None
            work.put("x", {"a": np.arange(2)})
            with pytest.raises(BusyError), parts.kept(folder, "p"):
                pass
            raise RuntimeError

    with pytest.raises(RuntimeError):
        broken_off()
    assert len(list(folder.iterdir())) == 1
    (folder / "thesis.part").write_text("dear")
    with parts.kept(folder, "p") as work:
        assert work is not None
        assert work.get("x") is not None
    assert [p.name for p in folder.iterdir()] == ["thesis.part"]
    assert sorted(p.name for p in tmp_path.iterdir()) == ["parts"]
    with pytest.raises(UsageError), parts.kept(folder / "thesis.part", "p"):
        pass
    with parts.kept(None, "p") as nothing:
        assert nothing is None
