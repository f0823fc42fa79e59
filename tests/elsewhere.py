"""Run alprmap as if on another system: what that system lacks is taken away before alprmap loads.

python tests/elsewhere.py windows|macos modules       load every module of alprmap
python tests/elsewhere.py windows|macos WORDS…        run a command line

It shows what a missing module, call or flag does. It does not show what a file system does that
tells names by case alone or keeps an open file; for that CI runs on the systems themselves.
"""

from __future__ import annotations

import builtins
import importlib
import io
import os
import pathlib
import pkgutil
import runpy
import signal
import subprocess
import sys
import types
from typing import Any

LIBRARIES = (
    "dask", "distributed", "filelock", "folium", "geopandas", "matplotlib.pyplot", "numba", "osmium",
    "pandas", "pdfplumber", "PIL.Image", "pyarrow.parquet", "pydantic", "pyogrio", "pyproj",
    "python_calamine", "rapidfuzz", "rich.progress", "rustworkx", "scipy.sparse.csgraph", "scipy.stats",
    "shapely", "tempfile", "typer.testing", "webbrowser",
)  # fmt: skip
"""Loaded first: they ask for the system themselves, and are not what is looked at."""
POSIX_ONLY = ("fcntl", "grp", "pty", "pwd", "resource", "termios", "tty", "syslog")
OF_OS = {
    "windows": (
        "O_CLOEXEC", "O_DIRECTORY", "O_DSYNC", "O_NOFOLLOW", "O_SYNC", "chown", "fchdir",
        "fchown", "fork", "forkpty", "getegid", "geteuid", "getgid", "getgroups", "getloadavg", "getpgid", "getuid",
        "killpg", "lchown", "memfd_create", "mkfifo", "mknod", "nice", "pathconf", "posix_fadvise",
        "posix_fallocate", "posix_spawn", "pread", "pwrite", "sched_getaffinity", "sendfile", "setgid",
        "setsid", "setuid", "statvfs", "sync", "sysconf", "tcgetpgrp", "uname", "wait", "wait4",
    ),
    "macos": (
        "O_DIRECT", "O_PATH", "copy_file_range", "eventfd", "getrandom", "memfd_create", "pidfd_open",
        "posix_fadvise", "posix_fallocate", "sched_getaffinity", "sched_setaffinity", "setresuid", "splice", "unshare",
    ),
}  # fmt: skip
OF_SIGNAL = {
    "windows": ("SIGALRM", "SIGHUP", "SIGKILL", "SIGQUIT", "SIGTSTP", "SIGUSR1", "SIGXCPU", "SIGXFSZ",
                "alarm", "setitimer", "pthread_sigmask", "sigwait"),
    "macos": ("SIGPWR", "SIGSTKFLT"),
}  # fmt: skip
PLATFORM = {"windows": ("win32", "nt"), "macos": ("darwin", "posix")}


def take_away(system: str) -> None:
    """Leave this process with what `system` has."""
    for name in LIBRARIES:
        try:
            importlib.import_module(name)
        except ImportError:
            continue
    if system == "windows":
        for name in POSIX_ONLY:
            sys.modules[name] = None  # type: ignore[assignment]
        os.supports_dir_fd.clear()
        os.supports_follow_symlinks.clear()
        pathlib.WindowsPath = pathlib.PosixPath  # type: ignore[assignment, misc]
    # the library's way to end a child is another one there
    subprocess.signal = types.SimpleNamespace(**vars(signal))  # type: ignore[attr-defined]
    for name in OF_OS[system]:
        if hasattr(os, name):
            delattr(os, name)
    for name in OF_SIGNAL[system]:
        if hasattr(signal, name):
            delattr(signal, name)
    _without_proc()
    sys.platform, os.name = PLATFORM[system]
    _same_in_children(system)


def _without_proc() -> None:
    """Hide /proc and /dev, which are Linux's."""
    real, real_os = io.open, os.open

    def hidden(path: Any) -> bool:
        return isinstance(path, (str, os.PathLike)) and os.fspath(path).startswith("/proc")

    def opened(file: Any, mode: str = "r", *words: Any, **options: Any) -> Any:
        if hidden(file):
            raise FileNotFoundError(2, "No such file or directory", os.fspath(file))
        return real(file, mode, *words, **options)

    def opened_by_os(path: Any, *words: Any, **options: Any) -> int:
        if hidden(path):
            raise FileNotFoundError(2, "No such file or directory", os.fspath(path))
        if sys.platform == "win32" and pathlib.Path(path).is_dir():
            raise PermissionError(13, "Permission denied", os.fspath(path))
        return real_os(path, *words, **options)

    builtins.open = io.open = opened  # type: ignore[assignment]
    os.open = opened_by_os  # type: ignore[assignment]


def _same_in_children(system: str) -> None:
    """The child that parses strangers' files is on the same system."""
    from alprmap.sandbox import wall

    root = str(pathlib.Path(__file__).resolve().parents[1])
    first = (
        f"import runpy, sys; sys.path.insert(0, {root!r});"
        f" runpy.run_path({__file__!r})['take_away']({system!r}); "
    )
    wall._BOOT = first.replace("{", "{{").replace("}", "}}") + wall._BOOT


def load_all() -> None:
    """Load every module of alprmap."""
    import alprmap

    for module in pkgutil.walk_packages(alprmap.__path__, "alprmap."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
            print(module.name)


def main() -> None:
    system, *words = sys.argv[1:]
    # not this folder, in which `coverage` is no library
    sys.path[0] = str(pathlib.Path(__file__).resolve().parents[1])
    take_away(system)
    if words == ["modules"]:
        load_all()
        return
    sys.argv = ["alprmap", *words]
    runpy.run_module("alprmap", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
