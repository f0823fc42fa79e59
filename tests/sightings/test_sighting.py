"""The format of a sighting, its one form, and adding it to a collection."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import sighting_data as data
from hypothesis import given, settings
from hypothesis import strategies as st

from alprmap import direction as grammar
from alprmap.errors import InputError, NotFoundError, UsageError
from alprmap.sightings import canonical, files, make, sighting

ROOT = Path(__file__).resolve().parents[2]
SCHEMA = json.loads((ROOT / "data" / "sighting.schema.json").read_text("utf-8"))


def test_the_shipped_schema_is_that_of_the_model() -> None:
    done = subprocess.run(
        [sys.executable, "scripts/make_schema.py", "--check"], cwd=ROOT, check=False
    )
    assert done.returncode == 0
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"direction": "90"},
        {"direction": "360"},
        {"check_date": "2026-01"},
        {"camera:mount": "pole", "manufacturer": "Flock Safety", "note": "beside the mill"},
    ],
)
def test_V1_good_ones_pass_the_model_and_the_schema(change: dict[str, Any]) -> None:
    made = data.feature(**change)
    assert canonical.faults(made)[0] == []
    jsonschema.validate(data.collection(made), SCHEMA)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"direction": "forward"}, "properties.direction"),
        ({"direction": "90;what"}, "properties.direction"),
        ({"direction": 90}, "properties.direction"),
        ({"check_date": "2026-02-30"}, "properties.check_date"),
        ({"check_date": "2026-01-15T14:30:00Z"}, "properties.check_date"),
        ({"evidence": None}, "properties.evidence"),
        ({"licence": None}, "properties.licence"),
        ({"licence": "CC-BY-NC"}, "properties.licence"),
        ({"note": " "}, "properties.note"),
        ({"note": "x" * 501}, "properties.note"),
        ({"user": "ann"}, "properties.user"),
        ({"man_made": "tower"}, "properties.man_made"),
        ({"position_error_m": 0}, "properties.position_error_m"),
    ],
)
def test_V1_bad_ones_are_refused_by_name(change: dict[str, Any], field: str) -> None:
    problems, made = canonical.faults(data.feature(**change))
    assert made is None
    assert field in [name for name, _ in problems]


@pytest.mark.parametrize("at", [[200, 0], [0, 91], [1], ["1", 2], [1, 2, 3, 4], None])
def test_V1_impossible_points_are_refused(at: Any) -> None:
    made = data.feature()
    made["geometry"]["coordinates"] = at
    assert canonical.faults(made)[1] is None


def test_V1_unknown_is_the_default_and_is_not_zero() -> None:
    made = data.feature(direction=None)
    assert canonical.scrub(made).feature.properties.direction == "unknown"
    ids = {canonical.scrub(data.feature(direction=d)).feature.id for d in ("unknown", "0", "360")}
    assert len(ids) == 3


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("N", "360"),
        ("360", "360"),
        ("0", "0"),
        ("ne", "45"),
        ("90°", "90"),
        ("", "unknown"),
        ("338-23", "338-23"),
        ("90; 270", "90;270"),
        ("-30", "330"),
        ("unknown", "unknown"),
        ("0-360", "0-360"),
    ],
)
def test_V7_directions_are_written_in_degrees(written: str, kept: str) -> None:
    found = canonical.scrub(data.feature(direction=written)).feature.properties.direction
    assert found == kept
    assert canonical.scrub(data.feature(direction=found)).feature.properties.direction == found
    if kept != "unknown":
        assert {v.heading_deg for v in grammar.parse(kept).views} == {
            v.heading_deg for v in grammar.parse(written).views
        }


IDENTITY = st.fixed_dictionaries(
    {},
    optional={
        "author": st.text(max_size=20),
        "user": st.text(max_size=20),
        "timestamp": st.datetimes().map(str),
        "email": st.emails(),
        "phone": st.text("0123456789- ", max_size=14),
        "uid": st.integers(),
        "exif": st.dictionaries(st.text(max_size=8), st.text(max_size=8), max_size=3),
        "serial": st.text(max_size=9),
        "track": st.lists(st.floats(allow_nan=False, allow_infinity=False), max_size=4),
        "Make": st.text(max_size=8),
    },
)
CONTENT = st.fixed_dictionaries(
    {
        "direction": st.sampled_from(["unknown", "90", "N", "360", "0", "45-90", "90;270"]),
        "evidence": st.sampled_from(list(sighting.EVIDENCE)),
        "licence": st.sampled_from(list(sighting.LICENCES)),
    },
    optional={
        "note": st.text(min_size=1, max_size=40).filter(lambda t: t.strip()),
        "operator": st.text("abc ñ", min_size=1, max_size=20).filter(str.strip),
        "camera:mount": st.sampled_from(list(sighting.MOUNTS)),
        "manufacturer": st.sampled_from(["flock", "Flock Safety", "ELSAG", "Somebody"]),
    },
)


@pytest.mark.slow
@settings(max_examples=40)
@given(
    lon=st.floats(-180, 180),
    lat=st.floats(-90, 90),
    content=CONTENT,
    day=st.dates(),
    one=IDENTITY,
    two=IDENTITY,
    hours=st.lists(st.times(), min_size=2, max_size=2),
    tops=st.lists(IDENTITY, min_size=2, max_size=2),
)
def test_V8_two_contributors_give_identical_bytes(
    lon: float,
    lat: float,
    content: Any,
    day: Any,
    one: Any,
    two: Any,
    hours: Any,
    tops: Any,
    tmp_path_factory: Any,
) -> None:
    """V7: identity, the time of day, the order of names, a height and the file's own name leave no
    trace."""
    folder = tmp_path_factory.mktemp("two")
    if not 1950 <= day.year <= 2099:
        day = day.replace(year=2026, day=min(day.day, 28))
    written = []
    for who, (identity, hour, top) in enumerate(zip((one, two), hours, tops, strict=True)):
        properties = {**content, "check_date": f"{day}T{hour}", **identity}
        if who:
            properties = dict(reversed(properties.items()))
        made = data.feature(lon, lat, **properties)
        made["geometry"]["coordinates"] += [100.0 + who]
        made.update({k: v for k, v in top.items() if k not in made})
        source = folder / f"contributor {who}.geojson"
        source.write_text(json.dumps(data.collection(made, **top)), "utf-8")
        to = folder / f"to{who}.geojson"
        try:
            done = canonical.add_sightings([files.read_sightings(source)], to, redact=True)
        except InputError as error:
            # a note of hidden characters alone is empty, a text can grow when folded: the same for
            # both
            written.append(error.what)
            continue
        written.append(to.read_bytes() if done.new else done.waiting)
        if done.new:
            jsonschema.validate(json.loads(to.read_bytes()), SCHEMA)
    assert written[0] == written[1]


@settings(max_examples=60)
@given(content=CONTENT, lon=st.floats(-180, 180), lat=st.floats(-90, 90))
def test_V8_the_one_form_is_its_own_one_form(content: Any, lon: float, lat: float) -> None:
    try:
        once = canonical.scrub(data.feature(lon, lat, **content)).feature
    except InputError:
        return
    again = canonical.scrub(sighting.plain(once))
    assert again.feature == once
    assert again.removed == ()
    assert canonical.sighting_text([once]) == canonical.sighting_text([again.feature])


def test_V7_what_was_removed_is_named() -> None:
    made = data.feature(user="ann", note="a\u202eb")
    made["author"] = "ann"
    made["geometry"]["accuracy"] = 5
    done = canonical.scrub(made)
    assert set(done.removed) == {"author", "properties.user", "geometry.accuracy"}
    assert done.feature.properties.note == "ab"


def test_V8_order_of_arrival_leaves_no_mark(tmp_path: Path) -> None:
    few = [data.feature(lat=29.8 + i / 100) for i in range(6)]
    one, two = tmp_path / "one.geojson", tmp_path / "two.geojson"
    for made in few:
        canonical.add_sightings(
            [files.read_sightings(data.write(tmp_path / "in.geojson", made))], one
        )
    canonical.add_sightings(
        [files.read_sightings(data.write(tmp_path / "in.geojson", *reversed(few)))], two
    )
    assert one.read_bytes() == two.read_bytes()
    assert canonical.add_sightings([files.read_sightings(one)], two).new == []


def test_a_folder_takes_one_file_each(tmp_path: Path) -> None:
    source = data.write(tmp_path / "in.geojson", data.feature(), data.feature(direction="90"))
    to = tmp_path / "sightings"
    done = canonical.add_sightings([files.read_sightings(source)], to)
    assert sorted(p.stem for p in to.iterdir()) == done.new
    assert [str(f.id) for f in canonical.stored(to)] == done.new
    assert canonical.add_sightings([files.read_sightings(source)], to).known


def test_V7_personal_data_waits_unless_redacted(tmp_path: Path) -> None:
    source = data.write(
        tmp_path / "in.geojson", data.feature(note="ask 956-555-0134"), data.feature(direction="90")
    )
    to = tmp_path / "sightings"
    done = canonical.add_sightings([files.read_sightings(source)], to)
    assert len(done.new) == 1
    assert "phone" in done.waiting[0]
    done = canonical.add_sightings([files.read_sightings(source)], to, redact=True)
    assert len(done.new) == 1
    assert not any("555" in p.read_text("utf-8") for p in to.iterdir())


def test_nothing_is_written_when_one_is_faulty(tmp_path: Path) -> None:
    source = data.write(tmp_path / "in.geojson", data.feature(), data.feature(licence="mine"))
    with pytest.raises(InputError, match="row 2"):
        canonical.add_sightings([files.read_sightings(source)], tmp_path / "to")
    assert not (tmp_path / "to").exists()


def git(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    who = ["-c", "user.name=t", "-c", "user.email=t@example.invalid", "-c", "commit.gpgsign=false"]
    return subprocess.run(
        ["git", *who, *words], cwd=folder, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize("to", ["sightings", "sightings.geojson"])
def test_V8_branches_of_two_contributors_merge(tmp_path: Path, to: str) -> None:
    """A diff is one block per camera, and two branches that add different cameras do not conflict."""
    here = tmp_path / "repo"
    here.mkdir()
    git(here, "init", "-q", "-b", "main")
    base = [data.feature(lat=29.8 + i / 1000) for i in range(12)]
    extra = [data.feature(lat=29.9), data.feature(lat=29.95, direction="90", note="at the mill")]
    keys = [str(canonical.scrub(f).feature.id) for f in base + extra]
    # in one file the two must not fall between the same two neighbors: take a second that does not
    gap = [sum(k < key for k in keys[:12]) for key in keys[12:]]
    assert gap[0] != gap[1], "choose other examples"
    canonical.add_sightings(
        [files.read_sightings(data.write(tmp_path / "in.geojson", *base))], here / to
    )
    git(here, "add", "-A")
    git(here, "commit", "-qm", "base")
    for name, made in zip(("ann", "bob"), extra, strict=True):
        git(here, "checkout", "-q", "-b", name, "main")
        canonical.add_sightings(
            [files.read_sightings(data.write(tmp_path / "in.geojson", made))], here / to
        )
        git(here, "add", "-A")
        git(here, "commit", "-qm", name)
        stat = git(here, "diff", "--numstat", "main", name).stdout.split()
        assert int(stat[0]) <= 20
        assert stat[1] == "0", "adding a camera changes no line of another"
    git(here, "checkout", "-q", "main")
    assert git(here, "merge", "-q", "--no-edit", "ann").returncode == 0
    merged = git(here, "merge", "-q", "--no-edit", "bob")
    assert merged.returncode == 0, merged.stdout
    found = {str(f.id) for f in canonical.stored(here / to)}
    assert found == set(keys)
    if to.endswith(".geojson"):
        assert (here / to).read_text("utf-8") == canonical.sighting_text(
            canonical.stored(here / to)
        )


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('{"type": "FeatureCollection", "features": [NaN]}', "NaN"),
        ('{"type": "FeatureCollection", "features": [1e999]}', "bounds"),
        ('{"type": "FeatureCollection", "type": "x", "features": []}', "twice"),
        ('{"type": "FeatureCollection", "features": []}', "no sighting"),
        ('{"type": "FeatureCollection", "features": [{},]}', "comma"),
        ('{"type": "FeatureCollection", "features": [{}]} x', "behind"),
        ('{"type": "Topology"}', "neither"),
        ("[1, 2]", "begin"),
        ("{" * 5000, "JSON"),
        ('{"a": ' + "[" * 200_000, "nested|JSON"),
        ("\udcff", "UTF-8"),
    ],
)
def test_files_that_are_none_are_refused(tmp_path: Path, text: str, why: str) -> None:
    path = tmp_path / "bad.geojson"
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(InputError, match=why):
        files.read_sightings(path)


def test_lines_are_those_of_the_features(tmp_path: Path) -> None:
    path = tmp_path / "a.geojson"
    path.write_text(
        canonical.sighting_text(
            [canonical.scrub(data.feature(lat=29.8 + i / 10)).feature for i in range(3)]
        )
    )
    lines = path.read_text("utf-8").splitlines()
    for raw in files.read_sightings(path).features:
        assert lines[raw.line - 1].startswith('{"type": "Feature"')


def test_a_single_feature_is_a_file_too(tmp_path: Path) -> None:
    path = tmp_path / "one.geojson"
    path.write_text(json.dumps(data.feature()))
    assert len(files.read_sightings(path).features) == 1


@pytest.mark.parametrize(
    "at",
    [
        "29.8150, -101.9052",
        "29.8150 N 101.9052 W",
        "geo:29.8150,-101.9052",
        "https://www.openstreetmap.org/#map=17/29.81500/-101.90520",
    ],
)
def test_places_as_people_write_them(at: str) -> None:
    made = make.at_text(at, make.Said(), None)
    assert made.geometry.coordinates == pytest.approx(data.AT)
    assert made.properties.direction == "unknown"


def test_a_doubtful_place_is_told() -> None:
    from alprmap.shipped import data_path

    roads, told = data_path("demo") / "roads.osm.pbf", []
    sure = make.at_text("3rd St & Main St", make.Said(), roads, warn=told.append)
    assert told == []
    assert sure.properties.position_error_m
    assert sure.properties.place == "3rd Street & Main Street"
    rough = make.at_text("1st St", make.Said(), roads, warn=told.append)
    assert rough.properties.position_error_m > sure.properties.position_error_m
    assert "in doubt" in told[0]
    with pytest.raises(NotFoundError):
        make.at_text("Nowhere Rd & Nothing St", make.Said(), roads)
    with pytest.raises(UsageError):
        make.at_text("3rd St & Main St", make.Said(), None)


@pytest.mark.parametrize("to", ["sightings.json", "a.csv"])
def test_a_collection_is_a_folder_or_geojson(tmp_path: Path, to: str) -> None:
    source = data.write(tmp_path / "in.geojson", data.feature())
    with pytest.raises(UsageError, match="folder"):
        canonical.add_sightings([files.read_sightings(source)], tmp_path / to)


def test_V8_bytes_do_not_depend_on_the_hash_seed(tmp_path: Path) -> None:
    source = data.write(
        tmp_path / "in.geojson",
        *[data.feature(lat=29.8 + i / 100, user="x", b=1) for i in range(5)],
    )
    written = []
    for seed in ("1", "2"):
        env = {**os.environ, "PYTHONHASHSEED": seed, "LC_ALL": "POSIX", "TZ": f"UTC+{seed}"}
        words = [
            sys.executable,
            "-m",
            "alprmap",
            "sighting",
            "add",
            str(source),
            "--to",
            f"{seed}.geojson",
        ]
        done = subprocess.run(
            words, cwd=tmp_path, env=env, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        written.append(
            (
                (tmp_path / f"{seed}.geojson").read_bytes(),
                done.stdout.replace(f"{seed}.geojson", ""),
            )
        )
    assert written[0] == written[1]
