"""The house rules: who may import whom, how large a room is, that every public function is
explained."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[2] / "alprmap"
ROOMS = sorted(p for p in PACKAGE.rglob("*.py") if "_data" not in p.parts)

# ground floor first; data climbs, nothing climbs down
FLOORS = [
    {"alprmap"},
    {"errors"},
    {
        "schema",
        "geo",
        "direction",
        "text",
        "resources",
        "files",
        "wall",
        "child",
        "arrows",
        "polygons",
        "shapes",
        "seals",
        "folders",
        "written",
    },
    {"journal", "locks", "store", "parts", "tables", "borders", "nearest", "population", "aliases"},
    {"placewords", "placemarks", "placetext", "agencies", "agency_list", "camera_agencies"},
    {"sources", "roads"},
    {"merge"},
    {"measure"},
    {"publish", "contribute"},
    {"project", "doctor", "build"},
    {"stages"},
    {"cli"},
    {"__main__"},
]
# the rooms that make up a floor do not import each other, but for MAY_USE; smaller rooms stand
# below them
APART = {
    "measure": None,
    "roads": {"network", "graph", "watch", "locate"},
}
MAY_USE = {
    ("locate", "network"),
    ("watch", "network"),
    ("locate", "graph"),
    ("watch", "graph"),
    ("network", "graph"),
    ("trips", "ends"),
}


def dotted(path: Path) -> str:
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def floor_of(name: str) -> int:
    head = name.split(".")[1] if "." in name else "alprmap"
    for i, floor in enumerate(FLOORS):
        if head in floor:
            return i
    raise AssertionError(f"{name} stands on no floor: add it to FLOORS")


def imports(path: Path) -> set[str]:
    """Every alprmap module a room imports, wherever in it."""
    known = {dotted(p) for p in ROOMS}
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {a.name for a in node.names if a.name.split(".")[0] == "alprmap"}
        elif isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "alprmap":
            for alias in node.names:
                full = f"{node.module}.{alias.name}"
                found.add(full if full in known else str(node.module))
    return found - {"alprmap"}


@pytest.mark.parametrize("path", ROOMS, ids=dotted)
def test_imports_go_down_only(path: Path) -> None:
    me = dotted(path)
    for other in sorted(imports(path)):
        assert floor_of(other) <= floor_of(me), f"{me} imports {other}, which is above it"


@pytest.mark.parametrize("floor", APART)
def test_rooms_of_one_floor_stay_apart(floor: str) -> None:
    main = APART[floor] or {p.stem for p in (PACKAGE / floor).glob("[a-z]*.py")}
    for name in sorted(main):
        others = {
            o.rsplit(".", 1)[1]
            for o in imports(PACKAGE / floor / f"{name}.py")
            if f".{floor}." in o
        }
        assert {(name, o) for o in others & main} <= MAY_USE


def test_there_is_no_cycle() -> None:
    graph = {dotted(p): imports(p) for p in ROOMS}
    seen: dict[str, int] = {}

    def visit(name: str, trail: tuple[str, ...]) -> None:
        if seen.get(name) == 2 or name not in graph:
            return
        assert name not in trail, f"cycle: {' → '.join((*trail, name))}"
        for other in sorted(graph[name]):
            visit(other, (*trail, name))
        seen[name] = 2

    for name in graph:
        visit(name, ())


@pytest.mark.parametrize("path", ROOMS, ids=dotted)
def test_rooms_and_functions_are_of_human_size(path: Path) -> None:
    text = path.read_text("utf-8")
    assert len(text.splitlines()) <= 400, "a room has at most 400 lines"
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            assert (node.end_lineno or 0) - node.lineno + 1 <= 80, (
                f"{node.name} is longer than 80 lines"
            )


@pytest.mark.parametrize("path", ROOMS, ids=dotted)
def test_public_things_are_explained(path: Path) -> None:
    tree = ast.parse(path.read_text("utf-8"))
    assert ast.get_docstring(tree), "a room says what it is for"
    for node in tree.body:
        public = isinstance(node, (ast.FunctionDef, ast.ClassDef)) and not node.name.startswith("_")
        if public:
            assert ast.get_docstring(node), f"{node.name} has no docstring"


@pytest.mark.parametrize("path", ROOMS, ids=dotted)
def test_only_the_command_line_prints(path: Path) -> None:
    if dotted(path).startswith("alprmap.cli"):
        return
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        named = (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id == "print"
        )
        assert not named, "print belongs to the command line"


def test_there_are_at_most_six_errors() -> None:
    tree = ast.parse((PACKAGE / "errors.py").read_text("utf-8"))
    assert len([n for n in tree.body if isinstance(n, ast.ClassDef)]) <= 6
    others = [
        f"{dotted(p)}.{n.name}"
        for p in ROOMS
        for n in ast.walk(ast.parse(p.read_text("utf-8")))
        if isinstance(n, ast.ClassDef) and n.name.endswith("Error") and p.name != "errors.py"
    ]
    assert not others, "errors live in errors.py"


def test_help_is_light() -> None:
    code = (
        "import sys; sys.argv = ['alprmap', '--help']\nfrom alprmap.cli import app\ntry:"
        " app()\nexcept SystemExit: pass\nheavy = {'geopandas', 'pandas', 'numpy', 'shapely',"
        " 'pyarrow', 'folium', 'osmium', 'scipy', 'matplotlib', 'pydantic'} &"
        " set(sys.modules)\nassert not heavy, heavy"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "alprmap" in done.stdout


def test_the_option_parser_leaves_files_to_our_own_door() -> None:
    """Its own check of a file that may not be read ends in three lines and exit code 2."""
    asked = [
        (path.name, call)
        for path in sorted((PACKAGE / "cli").glob("*.py"))
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Subscript)
        and isinstance(node.value, ast.Name)
        and node.value.id == "Annotated"
        if isinstance(node.slice, ast.Tuple) and "Path" in ast.unparse(node.slice.elts[0])
        for call in node.slice.elts[1:]
        if isinstance(call, ast.Call)
    ]
    assert len(asked) > 40
    assert [
        f"{name}: {ast.unparse(c)}"
        for name, c in asked
        if not any(k.arg == "readable" for k in c.keywords)
    ] == []


READS = {
    "pyarrow": (
        r"\b(pq|parquet|pa\.ipc|ipc|feather|orc|dataset|csv)\.(read_\w+|open_\w+|Parquet\w+|dataset)\("
    ),
    "geopandas and pandas": (
        r"\b(gpd|geopandas|pd|pandas)\.read_(parquet|feather|file|pickle|hdf|orc|excel|xml"
        r"|html|stata|sas|spss|sql\w*|postgis)\("
    ),
    "pyogrio": r"\bpyogrio\.(raw\.)?(read\w*|open_arrow|list_layers)\(|\bfrom pyogrio",
    "zipfile": (
        r"\b(import zipfile|from zipfile|import tarfile|from tarfile|shutil\.unpack_archive)"
    ),
    "numpy": (
        r"\b(np|numpy)\.(load|loadtxt|genfromtxt|fromregex|memmap)\(|read_array\(|open_memmap\("
    ),
    "pickle": r"\b(import|from) (pickle|marshal|shelve|dill|joblib)\b",
    "shapes": r"\bfrom_(wkb|wkt|geojson)\(|\b(wkb|wkt)\.loads\(|geometry\.shape\(|read_wk[bt]\(",
    "sqlite": r"\bsqlite3\.connect\(",
    "markup": r"\bET\.(parse|fromstring|iterparse)\(|\blxml\.\w+\.(parse|fromstring)",
}
"""What opens a file, or makes shapes of bytes, in a parser that a file can end."""
FENCED = {"wall", "child", "arrows", "files", "shapes", "written"}
"""The sandbox: `written` reads back the temporary file of this process's own write."""
MAY_READ = {
    # rooms that run in the child process alone: `alprmap.sources.formats.wall`,
    # `alprmap.roads.behind` and `alprmap.geography.polygons` ask for them there
    "sources.archives", "sources.workbook", "sources.vector", "sources.parquet", "sources.geopackage",
    "sources.markup", "sources.documents", "roads.osmnx_io", "polygons",
    # our own GeoPackage, read back before it is put in place; and the archive that is written
    "publish.gpkg_whole", "publish.exports",
}  # fmt: skip


@pytest.mark.parametrize("path", ROOMS, ids=dotted)
def test_files_are_parsed_behind_the_wall(path: Path) -> None:
    me = dotted(path).removeprefix("alprmap.")
    if me in FENCED | MAY_READ:
        return
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        code = line.split("#")[0]
        for library, pattern in READS.items():
            if re.search(pattern, code) and not re.search(
                r"\bshapes\.from_(wkb|lists)\(|def from_wkb", code
            ):
                raise AssertionError(
                    f"{me}, line {number}: {library} is for the sandbox; open it through `tables`"
                )


def test_rooms_of_the_child_are_loaded_there_alone() -> None:
    """No room of the near side imports a reader that parses: it names the room, and the child
    imports it.
    """
    readers = {f"alprmap.{r}" for r in MAY_READ if r.startswith(("sources.", "roads."))}
    far = {
        "alprmap.sources.total",
        "alprmap.sources.formats.readers",
        "alprmap.roads.behind",
        "alprmap.roads.network",
    }
    for path in ROOMS:
        me = dotted(path)
        if me in readers | far:
            continue
        top = {
            str(node.module) if isinstance(node, ast.ImportFrom) else alias.name
            for node in ast.parse(path.read_text("utf-8")).body
            if isinstance(node, ast.Import | ast.ImportFrom)
            for alias in node.names
        }
        assert not top & readers, f"{me} imports {top & readers}"
