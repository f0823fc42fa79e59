"""What all commands share: options, the door for cameras and roads, output, progress, exit codes.

A command looks like this::

    def reach(cameras: common.CamerasArg, border: ... = None, out: common.Out = None,
              force: common.Force = False, as_json: common.Json = False) -> None:
        '''Distances of every camera to the named borders (R1-R6).'''
        from alprmap import reach as wing                # heavy imports inside

        common.refuse_overwrite(out, force)
        table = room.distances(common.read_cameras(cameras).cameras)
        if out: store.write_table(table, out)
        common.result(table, as_json=as_json)            # a table, or one JSON object

Errors are raised, never printed: `run` turns an `AlprmapError` into one line on stderr and its exit
code. A command that leaves something in the review queue ends with ``raise
typer.Exit(common.EXIT_REVIEW)``."""

from __future__ import annotations

import errno
import io
import json
import os
import re
import sys
import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from alprmap.cli import bars, memory, signals
from alprmap.cli.streams import stdin_as_file as stdin_as_file
from alprmap.errors import AlprmapError, UsageError, one_line, path_end, visible_json
from alprmap.text import number_of

if TYPE_CHECKING:
    import pandas as pd

    from alprmap.merge import Cameras as Cameras
    from alprmap.roads import Roads

EXIT_REVIEW = 3
EXIT_DISK = 4
EXIT_INTERRUPTED = 130
INTERRUPTED = "interrupted; your existing files are unchanged"
INTERRUPTED_LATE = "interrupted; what was written by then is whole"

CamerasArg = Annotated[
    Path,
    typer.Argument(
        readable=False,
        help="Cameras: cameras.parquet of `merge`, or any file `read` reads; - is stdin.",
    ),
]
FilesArg = Annotated[
    list[Path], typer.Argument(readable=False, help="One or more files; - is stdin.")
]
ROADS_HELP = (
    "An OSM extract, roads.parquet of `alprmap roads`, an OSMnx file, or a folder of them; may be"
    " repeated, all are used."
)
RoadsOpt = Annotated[list[Path] | None, typer.Option("--roads", readable=False, help=ROADS_HELP)]
WorkersOpt = Annotated[
    int | None,
    typer.Option(
        "--workers",
        min=1,
        max=1024,
        help="Processes of this machine to work in tiles with (needs alprmap[cluster]); the result"
        " is the same. [default: this process alone]",
    ),
]
SchedulerOpt = Annotated[
    str | None,
    typer.Option(
        "--scheduler",
        help="Address of a Dask scheduler that runs already: tcp://127.0.0.1:8786, or tls:// for"
        " another machine.",
    ),
]
AreasOpt = Annotated[
    str | None,
    typer.Option(
        "--areas",
        help="Measure each polygon: a GeoJSON, places by name, states, counties, or counties of"
        " Ohio.",
    ),
]
Out = Annotated[
    Path | None,
    typer.Option("--out", readable=False, help="Where to write; the suffix chooses the format."),
]
Force = Annotated[bool, typer.Option("--force", help="Overwrite an existing --out.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object instead of a table.")]


@dataclass
class _State:
    debug: bool = False
    quiet: bool = False
    verbose: bool = False


STATE = _State()
"""Options given before the command or after it (`alprmap.cli.grammar`)."""


def run(app: typer.Typer) -> int:
    """Run `app` and return the exit code; errors become one line on stderr."""
    _speak_plainly()
    signals.heed()
    try:
        app()
    except SystemExit as stop:
        if stop.code == EXIT_INTERRUPTED:
            return _interrupted()
        return stop.code if isinstance(stop.code, int) else 1
    except AlprmapError as error:
        return _fail(str(error), error.exit_code)
    except KeyboardInterrupt:
        return _interrupted()
    except BrokenPipeError:
        # the reader of our output (head, less) has left: that is no fault of the command
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        disk = error.errno in (
            errno.ENOSPC,
            errno.EDQUOT,
            errno.EIO,
            errno.EROFS,
            errno.EACCES,
            errno.EPERM,
        )
        where = f"{path_end(str(error.filename))}: " if error.filename else ""
        tail = "; your existing files are unchanged" if disk else ""
        if error.errno in (errno.ENOSPC, errno.EDQUOT) and not where:
            tail += (
                f" (temporary files go to {os.environ.get('TMPDIR', 'the folder of the system')};"
                " set TMPDIR)"
            )
        return _fail(f"{where}{error.strerror or error}{tail}", EXIT_DISK if disk else 1)
    except UnicodeEncodeError:
        return _fail(
            "a name of a file holds bytes that are no text, and cannot stand in a table; rename it",
            1,
        )
    except Exception as error:
        if memory.is_short(error):
            return _fail(memory.SHORT, 1)
        fault = f"a fault of alprmap, {type(error).__name__}: {error}"
        return _fail(f"{fault}; please report what `alprmap --debug …` shows", 1)
    return 0


def _speak_plainly() -> None:
    """Let no character stop the output: what the terminal's encoding lacks is shown escaped."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _interrupted() -> int:
    # the interpreter still has to end: a late second signal must not change the exit code
    signals.ignore()
    # CPython ends itself by SIGINT when an interrupt once went through an exec of text (dataclasses
    # use it), even if it was caught since; the next exec of text takes that mark away
    exec("")
    whole = sys.modules.get("alprmap.store.whole")
    late = whole is not None and any(p.exists() for p in whole.WRITTEN)
    return _fail(INTERRUPTED_LATE if late else INTERRUPTED, EXIT_INTERRUPTED)


def _fail(message: str, code: int) -> int:
    if STATE.debug:
        traceback.print_exc(file=sys.stderr)
    print(one_line(f"alprmap: {message}"), file=sys.stderr)
    return code


def out(text: str) -> None:
    """Print lines of the result; what would drive the terminal or hide is shown escaped."""
    bars.aside()
    print(visible_json(text))


def line(text: str) -> None:
    """Print one line of the result; data in it can begin no line of its own (CI services take
    commands so)."""
    out(text.replace("\n", "\\n"))


def note(text: str) -> None:
    """Print one line for the person on stderr."""
    if not STATE.quiet:
        bars.aside()
        print(one_line(text), file=sys.stderr)


def detail(text: str) -> None:
    """Print one line on stderr for who asked for details (`-v`)."""
    if STATE.verbose and not STATE.quiet:
        bars.aside()
        print(one_line(f"  {text}"), file=sys.stderr)


def prompt(text: str, **how: Any) -> str:
    """Ask for a line on the terminal, on stderr; `how` is what `typer.prompt` takes."""
    bars.aside()
    return str(typer.prompt(text, err=True, **how))


def confirm(text: str) -> bool:
    """Ask yes or no on the terminal; Enter is yes."""
    bars.aside()
    return typer.confirm(text, default=True, err=True)


def result(value: pd.DataFrame | dict[str, Any], *, as_json: bool = False, limit: int = 60) -> None:
    """Print the result of a command: one JSON object, or a plain text table of at most `limit`
    rows."""
    import pandas as pd

    from alprmap.credits import SIDECAR
    from alprmap.store import WRITTEN

    for path in dict.fromkeys(WRITTEN):
        if path.name.endswith(f".csv{SIDECAR}"):
            note(f"license, sources and columns of {path.name.removesuffix(SIDECAR)}: {path}")
    if as_json:
        rows = {"rows": records(value)} if isinstance(value, pd.DataFrame) else value
        out(json.dumps(clean(rows), indent=2, ensure_ascii=False, allow_nan=False))
    elif isinstance(value, pd.DataFrame):
        out(text_table(value.head(limit)))
        if len(value) > limit:
            out(f"… {number_of(len(value) - limit, 'more row')} (use --json or --out)")
    else:
        out(
            text_table(pd.DataFrame({"": list(value), "value": [_cell(v) for v in value.values()]}))
        )


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the rows of a frame as dicts of plain values (geometry left out, missing as None)."""
    plain = frame.drop(columns=[c for c in frame.columns if c == "geometry"])
    return [clean(row) for row in plain.to_dict("records")]


def clean(value: Any) -> Any:
    """Return `value` with numpy scalars made plain and NaN made None, so that it is strict JSON."""
    if isinstance(value, dict):
        return {str(k): clean(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [clean(v) for v in value]
    if hasattr(value, "item"):
        value = value.item()
    if _missing(value):
        return None
    return value if isinstance(value, (str, int, float, bool, type(None))) else str(value)


def _missing(value: Any) -> bool:
    """Tell whether a cell is missing: None, NaN, or the NA of a nullable column."""
    if value is None or type(value).__name__ == "NAType":
        return True
    return isinstance(value, float) and value != value


def text_table(frame: pd.DataFrame) -> str:
    """Return a frame as aligned plain text: numbers to the right, text to the left, missing as a
    dash."""
    columns = []
    for name in frame.columns:
        cells = [one_line(str(name), limit=70), *(_cell(v) for v in frame[name].tolist())]
        right = frame[name].dtype.kind in "iuf"
        width = max(len(c) for c in cells)
        columns.append([c.rjust(width) if right else c.ljust(width) for c in cells])
    return "\n".join("  ".join(row).rstrip() for row in zip(*columns, strict=True))


def _cell(value: Any) -> str:
    if _missing(value):
        return "–"
    if isinstance(value, float):
        return f"{value:,.1f}"
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    return one_line(str(value), limit=70)


def refuse_overwrite(path: Path | None, force: bool, *, kind: str = "") -> None:
    """Hold an --out for this command, and refuse one that exists, unless --force; likewise what
    goes beside it.

    `kind` is a key of `store.SUFFIXES`, where the suffix chooses the format: said before the work
    and not after.

    Raises
    ------
    UsageError
        When the file is there, or the folder and something in it; when a file stands where its
        folder would be; when its suffix is none of its kind.
    BusyError
        When another run is writing there.
    """
    from alprmap.store import claim, is_scrap, refuse_format
    from alprmap.store import keep as store_keep

    if path is None:
        return
    if kind:
        refuse_format(path, kind)
    if (above := next((p for p in path.parents if p.exists()), path.parent)).is_file():
        raise UsageError("is a file, not a folder", where=above, fix="name another place")
    store_keep(not force)
    if path.is_file() or path.is_dir() or not path.exists():
        claim(path)
    empty = path.is_dir() and all(is_scrap(p) for p in path.iterdir())
    if path.exists() and not empty and not force:
        raise UsageError("exists already", where=path, fix="pass --force to replace it")


def warm(*rooms: str) -> None:
    """Start the child process that parses, with the readers it will need, while this one still
    loads its own."""
    from alprmap.sandbox import warm_child

    warm_child(*rooms)


def length_m(text: str, option: str, *, zero: bool = False, most_km: float = 1000.0) -> float:
    """Return a length given as 15mi, 25km or 10nmi in meters; a bare number is kilometers, and is
    told that it should say so. Nothing at all is a length where `zero` allows it."""
    from alprmap import geo

    match = re.fullmatch(geo.LENGTH, text.strip(), re.ASCII)
    far = float(match["far"]) * geo.UNIT_M[match["unit"] or "km"] if match else 0.0
    if match is None:
        raise UsageError(f"{option} {text[:40]!r} is no length", fix="write it like 15mi or 25km")
    if zero and far == 0:
        return far
    if not 0 < far <= 1000 * most_km:
        raise UsageError(
            f"{option} {text} lies outside 0 to {most_km:,.0f} km", fix="write it like 15mi or 25km"
        )
    if match["unit"] is None:
        note(f"{option} {text} means kilometers; from the next release on write {text}km")
    return far


def read_cameras(path: Path, *, status: str | None = None) -> Cameras:
    """Open a CAMERAS argument through the one door (`alprmap.merge.open_cameras`), and say what was
    set aside.

    Raises
    ------
    InputError
        When the file cannot be used, or holds no standing plate reader with a position: zeros would
        be taken for a result.
    """
    from alprmap.merge import STANDING, open_cameras, status_words

    chosen = STANDING if status is None else status_words(status)
    with stdin_as_file(path) as file:
        cameras = open_cameras(file, shown=path, status=chosen)
    for text in cameras.notes:
        note(text)
    if len(cameras.set_aside):
        note(f"{path}: {cameras.sentence()}")
    return cameras


def counted(cameras: Cameras | None) -> dict[str, Any]:
    """Return what every JSON about cameras holds: `standing` readers and `set_aside` by reason;
    nothing where there are none.
    """
    if cameras is None:
        return {}
    return {"standing": len(cameras.table), "set_aside": cameras.set_aside_counts()}


def say_counted(cameras: Cameras | None) -> None:
    """Print how many standing readers a result counts and what was set aside, if it has cameras."""
    if cameras is not None:
        line(f"counted: {cameras.sentence()}")


def counted_in(folder: Path) -> Cameras | None:
    """Open the cameras of a result folder, None where it holds none."""
    from alprmap.merge import open_cameras

    path = folder / "cameras.parquet"
    return open_cameras(path) if path.is_file() else None


StatusOpt = Annotated[
    str | None,
    typer.Option(
        "--status",
        help="Statuses that are counted: standing (and unknown), planned, removed, abroad (outside"
        " the United States), all; by commas.",
    ),
]


def on_roads(cameras: pd.DataFrame, net: Roads, path: Path) -> pd.DataFrame:
    """Return the cameras within a kilometer of the network's box, the others cannot read it; say
    when none is."""
    from alprmap.watch import cameras_near

    near = cameras_near(cameras, net)
    if not len(near):
        note(
            f"none of the {number_of(len(cameras), 'camera')} of {path} stands on these roads;"
            " check --roads and --area"
        )
    return near


def read_roads(path: list[Path], area: tuple[float, float, float, float] | None = None) -> Roads:
    """Read what the --roads options name, all of it as one network."""
    from alprmap.roads import read

    return read(path, area=area)


def check_workers(roads: Sequence[Path], area: str | None, scheduler: str | None) -> None:
    """Refuse a scheduler whose workers could not read the roads, or whose line is open.

    Raises
    ------
    UsageError
        When the roads are no folder of tiles, are cut by --area, or the address is another
        machine's without `tls://`.
    """
    if scheduler is None:
        return
    from alprmap.roads import is_tiles
    from alprmap.store import check_scheduler

    check_scheduler(scheduler)
    if len(roads) != 1 or area is not None or not is_tiles(roads[0]):
        raise UsageError(
            "the workers of a scheduler read roads themselves",
            fix="make a folder they all see with `alprmap roads … --out FOLDER`, without --area",
        )
