"""HTML printed to PDF by a browser that is there: in its sandbox, and asking nobody."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any

from alprmap.store import EPOCH

CHROMIUMS = ("chromium", "chromium-browser", "google-chrome", "chrome")
PRINT_S = 60
FLAGS = (
    "--headless",
    "--disable-gpu",
    "--no-pdf-header-footer",
    "--no-first-run",
    # a browser looks up hosts of its maker when it starts, whatever page it shows
    "--host-resolver-rules=MAP * ~NOTFOUND",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-domain-reliability",
    "--disable-sync",
)
"""How the browser is started. Its sandbox is never turned off: where it cannot have one, it does
not start."""
NO_NETWORK = ("unshare", "--map-current-user", "--net", "--")
"""Linux: a surrounding without a network interface, in which the sandbox holds as well."""
_DATES = re.compile(rb"/(?:Creation|Mod)Date \(D:(\d{14})[+\-Z]")
_LIKE_ALL_FILES = re.sub(r"\D", "", EPOCH)[:14].encode()
"""The time that all containers alprmap writes bear; as long as what it replaces, so that the
offsets in the file stay true."""


def printed(html: str) -> bytes | None:
    """Return a page as PDF, the same bytes for the same page and browser; None where no browser
    prints it.

    The page is written into a private folder, which is also the browser's home. Chromium refuses to
    run in its sandbox as root, so root lets the user `nobody` print.
    """
    program = next((p for name in CHROMIUMS if (p := shutil.which(name))), None)
    if program is None:
        return None
    with tempfile.TemporaryDirectory(prefix="alprmap-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        source, target = folder / "page.html", folder / "page.pdf"
        source.write_text(html, encoding="utf-8")
        words = [
            program,
            *FLAGS,
            f"--user-data-dir={folder / 'profile'}",
            f"--print-to-pdf={target}",
            source.as_uri(),
        ]
        try:
            done = _run(words, folder)
            return _undated(target.read_bytes()) if done else None
        except (OSError, subprocess.SubprocessError):
            return None


def _somebody_else(folder: Path) -> dict[str, Any]:
    """Return who runs the browser: nobody, where this is root; the folder is theirs then."""
    if os.name != "posix" or os.geteuid() != 0:
        return {}
    import pwd

    try:
        nobody = pwd.getpwnam("nobody")
    except KeyError as error:
        raise OSError("no user for the browser") from error
    for path in (folder, *folder.iterdir()):
        os.chown(path, nobody.pw_uid, nobody.pw_gid)
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def _without_network(who: dict[str, Any]) -> list[str]:
    """Return the words that go in front of a command, so that it has no network, where they
    work.
    """
    try:
        done = subprocess.run([*NO_NETWORK, "true"], capture_output=True, check=False, **who)
    except OSError:
        return []
    return list(NO_NETWORK) if done.returncode == 0 else []


def _run(words: list[str], folder: Path) -> bool:
    """Run the browser with nothing of the user's surroundings, and end all of its processes."""
    who = _somebody_else(folder)
    wanted = ("PATH", "LANG", "LC_ALL", "SYSTEMROOT", "TEMP", "TMP")
    own = {name: os.environ[name] for name in wanted if name in os.environ}
    homes = dict.fromkeys(("HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "USERPROFILE"), str(folder))
    browser = subprocess.Popen(
        [*_without_network(who), *words],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd=folder,
        env={**own, **homes, "DBUS_SESSION_BUS_ADDRESS": "disabled:"},
        start_new_session=True,
        **who,
    )
    try:
        return browser.wait(PRINT_S) == 0
    finally:
        if os.name == "posix":
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(browser.pid, signal.SIGKILL)
        browser.kill()
        browser.wait()


def _undated(pdf: bytes) -> bytes:
    """Return the file without the time of its printing."""
    return _DATES.sub(lambda m: m[0].replace(m[1], _LIKE_ALL_FILES), pdf)
