"""The project file `alprmap.toml`: what is read, with which settings, and where the result goes.

Every key is checked: a typo is one line that names the key and the nearest right one. Paths are
relative to the project file.
"""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    AliasChoices,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)

from alprmap import schema
from alprmap.errors import AlprmapError, InputError
from alprmap.geography import Area, area_box, parse_area, parse_zone
from alprmap.sandbox import file_there, toml_of
from alprmap.sources import is_iso_date
from alprmap.text import any_of


def _day(text: str) -> str:
    if not is_iso_date(text):
        raise ValueError("must be a date such as 2026, 2026-01 or 2026-01-28")
    return text


Day = Annotated[str, AfterValidator(_day)]


def _named(text: str) -> str:
    """Return the name of an area, checked; a file beside a stranger's project is none."""
    if "/" in text or "\\" in text or text.startswith("near:") or not text.strip():
        raise ValueError('must be a name such as "Franklin County, Ohio", or a box')
    try:
        parse_area(text, files=False)
    except AlprmapError as error:
        raise ValueError(str(error)) from None
    return text


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class About(_Part):
    """`[project]`: what the page is called and which area it is about."""

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,63}$")
    title: str = Field(min_length=1, max_length=200)
    subtitle: str = Field("", max_length=400)
    area: list[float] | str | None = None
    fictional: bool = False
    language: Literal["en", "es"] | None = None
    """Of the page at first, and of the report; English when left out."""
    sample: str = Field("", max_length=400)
    pages: Literal["one", "states"] | None = None
    """One page, or one more for each state with its roads and corridors; by the number of roads
    when left out."""

    @field_validator("area")
    @classmethod
    def _box(cls, area: list[float] | str | None) -> list[float] | str | None:
        if isinstance(area, str):
            return _named(area)
        if area is None:
            return None
        if len(area) != 4:
            raise ValueError("must be [west, south, east, north] in degrees, or a name")
        west, south, east, north = area
        if not (-180 <= west < east <= 180 and -90 <= south < north <= 90):
            raise ValueError("must be [west, south, east, north] in degrees")
        return area

    def wanted(self) -> Area | None:
        """Return the area the project is about, None for all."""
        if self.area is None:
            return None
        if isinstance(self.area, str):
            return parse_area(self.area, files=False)
        west, south, east, north = self.area
        return area_box((west, south, east, north))


class Source(_Part):
    """`[[sources]]`: one file of cameras."""

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,63}$")
    path: str = Field(min_length=1)
    date: Day | None = None
    title: str = ""
    license: str = Field(default="", validation_alias=AliasChoices("license", "licence"))
    """Also under the name it had in the last release, `licence`."""
    citation: str = ""
    evidence: str | None = None
    device: str | None = None
    status: str | None = None
    operator: str | None = None
    crs: str | None = None
    complete_for: list[str] = []
    duplicates: Literal["merge", "review", "keep"] = "merge"

    @field_validator("evidence", "device", "status")
    @classmethod
    def _known(cls, value: str | None, info: ValidationInfo) -> str | None:
        known = {"evidence": schema.EVIDENCE, "device": schema.DEVICE, "status": schema.STATUS}
        words = known[str(info.field_name)]
        if value is not None and value not in words:
            raise ValueError(f"must be one of {', '.join(words)}")
        return value


class RoadsPart(_Part):
    """`[roads]`: the road network, one file or folder or several that become one."""

    path: str | list[str]
    date: Day | None = None

    @field_validator("path", mode="before")
    @classmethod
    def _named(cls, value: Any) -> Any:
        given = value if isinstance(value, list) else [value]
        if not given or not all(isinstance(path, str) and path for path in given):
            raise ValueError(
                'must be a file, or a list of files: path = ["a.osm.pbf", "b.osm.pbf"]'
            )
        return value

    @property
    def paths(self) -> list[str]:
        """Files and folders, as named."""
        return [self.path] if isinstance(self.path, str) else list(self.path)


class PeoplePart(_Part):
    """`[population]`: people at points."""

    path: str = Field(min_length=1)
    date: Day | None = None


class MergePart(_Part):
    """`[merge]`: decisions of a person, and the cameras.parquet of an earlier build whose camera
    ids are kept."""

    decisions: str | None = None
    previous: str | None = None
    accept_loss: bool = False
    half_life_years: float = Field(default=6.0, gt=0)
    as_of: str | None = None
    facing: dict[str, Literal["rear", "front", "travel", "none"]] = {}


class WatchPart(_Part):
    """`[watch]`: which directions of travel a camera reads (rule W2) and the level of the
    settings.
    """

    facing: Literal["rear", "front", "either"] = "rear"
    level: Literal["low", "mid", "high"] = "mid"


FURTHER = ("pairs", "pair_points", "traffic", "hours", "groups")
"""Keys of `[coverage]` that name one file each."""


class CoveragePart(_Part):
    """`[coverage]`: radii of reader corridors (C1), meters of travel; cordons (C5) such as
    mexico:100, the line 100 miles from that border."""

    radii_m: list[float] = Field(
        default=[500.0, 1000.0, 2000.0, 5000.0], min_length=1, max_length=20
    )

    @field_validator("radii_m")
    @classmethod
    def _positive(cls, radii: list[float]) -> list[float]:
        if not all(0 < r <= 500_000 for r in radii):
            raise ValueError("must be meters between 0 and 500,000")
        return sorted(set(radii))

    cordons: list[str] = []
    draws: int = Field(default=100, ge=0, le=100_000)
    sensitive: list[str] = Field(default=[], max_length=20)
    """Extracts or lists of clinics, houses of worship, courts, schools … (C11)."""
    pairs: str | None = None
    """Whose trips (C6, C9): a table of trips, or flows by code such as LODES."""
    pair_points: str | None = None
    pair_weight: str | None = None
    traffic: str | None = None
    """Vehicles a day, by way_id or at stations: readings a day (C9)."""
    hours: str | None = None
    groups: str | None = None
    """Block groups with counts of people by group (C10)."""

    @model_validator(mode="after")
    def _together(self) -> CoveragePart:
        for name, other in (
            ("pair_points", "pairs"),
            ("pair_weight", "pairs"),
            ("hours", "traffic"),
        ):
            if getattr(self, name) is not None and getattr(self, other) is None:
                raise ValueError(f"{name} belongs to {other}: give both")
        return self

    @property
    def files(self) -> list[tuple[str, str]]:
        """Return the further files, each with the key that names it."""
        single = [(n, getattr(self, n)) for n in FURTHER]
        named = [(f"coverage.{n}", path) for n, path in single if path is not None]
        return [*(("coverage.sensitive", path) for path in self.sensitive), *named]

    @field_validator("cordons")
    @classmethod
    def _lines(cls, texts: list[str]) -> list[str]:
        for text in texts:
            try:
                parse_zone(text)
            except AlprmapError as error:
                raise ValueError(str(error)) from None
        return texts


class ReachPart(_Part):
    """`[reach]`: the named borders (rule R1)."""

    borders: list[str] = Field(
        default=["mexico", "canada", "land", "coast", "external", "port"], min_length=1
    )

    @field_validator("borders")
    @classmethod
    def _known(cls, names: list[str]) -> list[str]:
        for name in names:
            if name not in schema.BORDERS:
                raise ValueError(f"{name!r} is no border; one of {', '.join(schema.BORDERS)}")
        return [b for b in schema.BORDERS if b in names]


class AccessPart(_Part):
    """`[access]`: agencies, shares, and whose reach is asked for: bodies by name, or a kind."""

    shares: str | list[str]
    agencies: str | list[str] | None = None
    to: str | list[str] = []
    kind: str | None = None
    as_of: Day | None = None
    tags: list[str] = Field(default=[], max_length=50)
    """Lists of agencies, FILE or NAME=FILE: 287(g) agreements, task forces, fusion centers."""

    @model_validator(mode="after")
    def _whom(self) -> AccessPart:
        if not self.to and self.kind is None:
            raise ValueError("say whose reach is asked for: to = a name, or kind = a kind")
        if self.kind is not None and self.kind not in schema.OPERATOR_KIND:
            raise ValueError(f"{self.kind!r} is no kind; one of {', '.join(schema.OPERATOR_KIND)}")
        return self

    @property
    def names(self) -> list[str]:
        """The bodies asked for by name."""
        return [self.to] if isinstance(self.to, str) else self.to

    @property
    def first(self) -> str | None:
        """The first body asked for by name."""
        return self.names[0] if self.names else None

    @property
    def body(self) -> str:
        """The bodies asked for, in words."""
        return any_of([*self.names, *([f"a {self.kind} body"] if self.kind else [])])

    @property
    def files(self) -> list[tuple[str, str]]:
        """Return the files of the record, each with the key that names it, agencies first."""
        shares = [self.shares] if isinstance(self.shares, str) else self.shares
        more = [self.agencies] if isinstance(self.agencies, str) else self.agencies or []
        named = [("access.agencies", path) for path in more]
        return [*named, *(("access.shares", path) for path in shares)]


class SearchesPart(_Part):
    """`[searches]`: logs of searches; nothing about a person leaves them (A6)."""

    logs: str | list[str]
    agency: str | None = None
    network: str | None = None
    timezone: str = "UTC"
    nationwide: int = Field(default=5_000, ge=2)
    zone: str = "land:100"

    @field_validator("zone")
    @classmethod
    def _zone(cls, text: str) -> str:
        try:
            parse_zone(text)
        except AlprmapError as error:
            raise ValueError(str(error)) from None
        return text

    @property
    def files(self) -> list[str]:
        """Logs, as named."""
        return [self.logs] if isinstance(self.logs, str) else list(self.logs)


class AreasPart(_Part):
    """`[areas]`: polygons of which each is measured: a GeoJSON, states, counties, counties of
    Ohio, or places by name."""

    path: str = Field(min_length=1)


class CompletenessPart(_Part):
    """`[completeness]`: counts that agencies publish, further agencies, lists that are compared
    (sources by name of list), and the day of the map."""

    declared: list[str] = []
    agencies: list[str] = []
    lists: dict[str, list[str]] = {}
    as_of: Day | None = None


class RunPart(_Part):
    """`[run]`: processes of this machine that work in tiles (rule N9); the result is the same.

    A scheduler is not for a file to name: its workers run what they are sent.
    """

    workers: int | None = Field(default=None, ge=1, le=1024)


class Project(_Part):
    """The whole project file."""

    project: About
    sources: list[Source] = []
    roads: RoadsPart | None = None
    merge: MergePart = MergePart()
    watch: WatchPart = WatchPart()
    coverage: CoveragePart = CoveragePart()
    reach: ReachPart = ReachPart()
    access: AccessPart | None = None
    searches: SearchesPart | None = None
    population: PeoplePart | None = None
    areas: AreasPart | None = None
    completeness: CompletenessPart | None = None
    run: RunPart = RunPart()
    command: dict[str, dict[str, Any]] = {}

    @field_validator("sources")
    @classmethod
    def _distinct(cls, sources: list[Source]) -> list[Source]:
        ids = [s.id for s in sources]
        twice = sorted({i for i in ids if ids.count(i) > 1})
        if twice:
            raise ValueError(f"two sources have the id {twice[0]!r}")
        return sources

    @model_validator(mode="after")
    def _of_something(self) -> Project:
        if not self.sources and self.access is None and self.searches is None:
            raise ValueError(
                "the key sources is missing: name cameras, a sharing record, or search logs"
            )
        return self


def project_schema() -> dict[str, Any]:
    """Return the JSON schema of alprmap.toml, for editors that complete and check it."""
    made = Project.model_json_schema()
    schema_of = "https://json-schema.org/draft/2020-12/schema"
    return {"$schema": schema_of, **made, "title": "alprmap.toml"}


def load_project(path: Path) -> Project:
    """Read and check the project file at `path`.

    Raises
    ------
    InputError
        When the file is missing, not TOML, or has a wrong or unknown key; the message names the
        key.
    """
    if not file_there(path):
        raise InputError("no such project file", where=path, fix="`alprmap start FILES` writes one")
    raw = toml_of(path)
    try:
        return Project.model_validate(raw)
    except ValidationError as error:
        raise InputError(_explain(error), where=path) from None


def _explain(error: ValidationError) -> str:
    # a typo makes two errors, unknown and missing: the unknown key is the one to name
    first = min(error.errors(), key=lambda e: e["type"] != "extra_forbidden")
    place = ".".join(str(p + 1) if isinstance(p, int) else p for p in first["loc"])
    if first["type"] == "extra_forbidden":
        key = str(first["loc"][-1])
        near = difflib.get_close_matches(key, _keys(Project), n=1)
        return f"unknown key {place}" + (f" (did you mean {near[0]}?)" if near else "")
    if first["type"] == "missing":
        return f"the key {place} is missing"
    message = first["msg"].removeprefix("Value error, ")
    if not place:
        return message
    return f"{place}: {message[:1].lower()}{message[1:]}"


def _keys(model: type[BaseModel]) -> list[str]:
    found: list[str] = []
    for name, info in model.model_fields.items():
        found.append(name)
        for kind in (info.annotation, *getattr(info.annotation, "__args__", ())):
            if isinstance(kind, type) and issubclass(kind, BaseModel):
                found += _keys(kind)
    return found
