"""The house rules: who may import whom, how large a room is, that every public function is
explained."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from fnmatch import fnmatch
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "alprmap"
ROOMS = sorted(p for p in PACKAGE.rglob("*.py") if "_data" not in p.parts)


def dotted(path: Path) -> str:
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def test_data_climbs_and_rooms_are_entered_by_the_face() -> None:
    """The contracts in pyproject.toml: layers, and one of protected rooms for each wing."""
    from importlinter.cli import lint_imports

    wings = {p.name for p in PACKAGE.iterdir() if (p / "__init__.pyi").is_file()}
    told = (ROOT / "pyproject.toml").read_text("utf-8")
    assert {w for w in wings if f'id = "rooms-of-{w}"' in told} == wings
    assert lint_imports(config_filename=str(ROOT / "pyproject.toml"), no_cache=True) == 0


def imported(path: Path) -> set[str]:
    """Return every module of alprmap that a room imports when it runs, wherever in it."""
    known = {dotted(p) for p in ROOMS}
    modules: set[str] = set()
    tree = ast.parse(path.read_text("utf-8"))
    typing = [n for n in tree.body if isinstance(n, ast.If) and "TYPE_CHECKING" in ast.dump(n.test)]
    unrun = {id(inner) for n in typing for inner in ast.walk(n)}
    for node in ast.walk(tree):
        if id(node) in unrun:
            continue
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "alprmap":
            for alias in node.names:
                full = f"{node.module}.{alias.name}"
                modules.add(full if full in known else str(node.module))
    return modules - {"alprmap"}


def test_there_is_no_cycle_of_rooms() -> None:
    graph = {dotted(p): imported(p) for p in ROOMS}
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
    assert len(text.splitlines()) <= 500, "a room has at most 500 lines"
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            # the signature of a command is the table of its options, and a docstring is prose
            told = ast.get_docstring(node) is not None
            first = node.body[min(int(told), len(node.body) - 1)]
            lines = (node.end_lineno or 0) - first.lineno + 1
            assert lines <= 60, f"{node.name} has {lines} lines, more than 60"


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
FENCED = {
    "sandbox.wall",
    "sandbox.child",
    "sandbox.arrows",
    "sandbox.files",
    "sandbox.shapes",
    "store.written",
}
"""The sandbox: `written` reads back the temporary file of this process's own write."""
MAY_READ = {
    # rooms that run in the child process alone: `alprmap.sources.formats.wall`,
    # `alprmap.roads.behind` and `alprmap.geography.polygons` ask for them there
    "sources.formats.archives", "sources.formats.workbook", "sources.formats.vector", "sources.formats.parquet", "sources.formats.geopackage",
    "sources.formats.markup", "sources.formats.documents", "roads.osmnx_io", "geography.polygons",
    # our own GeoPackage, read back before it is put in place; and the archive that is written
    "store.gpkg_whole", "store.geofiles",
}  # fmt: skip


@pytest.mark.parametrize("path", ROOMS, ids=dotted)
def test_files_are_parsed_behind_the_wall(path: Path) -> None:
    me = dotted(path).removeprefix("alprmap.")
    if me in FENCED | MAY_READ:
        return
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        code = line.split("#")[0]
        for library, pattern in READS.items():
            if re.search(pattern, code) and not re.search(r"(?<![\w.])from_(wkb|lists)\(", code):
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


def test_no_folder_of_tests_is_left_out(request: pytest.FixtureRequest) -> None:
    """pytest passes over folders named build unless it is told otherwise: a wing has that name."""
    passed_over = request.config.getini("norecursedirs")
    folders = {p.parent for p in (*(ROOT / "tests").rglob("test_*.py"), *PACKAGE.rglob("*.py"))}
    names = {name for folder in folders for name in folder.relative_to(ROOT).parts}
    left_out = [n for n in names for p in passed_over if n != "__pycache__" and fnmatch(n, p)]
    assert left_out == []


def test_every_wing_has_its_line_in_the_plan_its_page_and_its_tests() -> None:
    plan = (ROOT / "docs" / "ARCHITECTURE.md").read_text("utf-8")
    wings = {p.name for p in PACKAGE.iterdir() if (p / "__init__.pyi").is_file()}
    lines = set(re.findall(r"^  ([a-z]+)/ ", plan, flags=re.M))
    pages = dict(re.findall(r"\[([a-z]+)\]\(([a-z/]+\.md)\)", plan))
    assert lines - {"cli"} == wings == set(pages)
    for wing, page in pages.items():
        assert (ROOT / "docs" / page).is_file()
        assert list((ROOT / "tests" / wing).glob("test_*.py"))
    # a page that names a room names one that is there
    for page in (ROOT / "docs").rglob("*.md"):
        for name in re.findall(r"`alprmap/([\w/]+\.py)`", page.read_text("utf-8")):
            assert (PACKAGE / name).is_file(), f"{page.name} names alprmap/{name}"


def test_the_formatter_lays_out_all_but_a_few_tables() -> None:
    apart = [p for p in ROOMS for line in p.read_text("utf-8").splitlines() if "fmt: skip" in line]
    assert len(apart) <= 15
