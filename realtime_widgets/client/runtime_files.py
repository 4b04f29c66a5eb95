"""The Jupyter servers of this user, as each describes itself in its runtime file.

Jupyter writes `jpserver-<pid>.json` when a server starts, readable by its user only, and removes it
when the server stops. A server that was killed leaves it behind.
"""

from __future__ import annotations

import json
import os
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from realtime_widgets.client.address import base_url, here

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["RunningServer", "read_runtime_file", "running_servers"]

WRITABLE_BY_OTHERS = 0o022


@dataclass(frozen=True)
class RunningServer:
    """A running server, as its runtime file describes it.

    Attributes:
        url: Its base URL, at which this machine reaches it.
        token: What lets a request in, "" where none is needed, or none would do.
        root: The folder that it serves, "" if the file does not contain it.
        pid: Its process.
    """

    url: str
    token: str = field(repr=False)
    root: str
    pid: int


def read_runtime_file(pid: int) -> RunningServer | None:
    """Return the server that this process is, None if it has no readable runtime file."""
    folder = _folder()
    return _read(folder / f"jpserver-{pid}.json", pid) if folder else None


def running_servers() -> list[RunningServer]:
    """Return the servers of this user that run on this machine, the newest first."""
    found = []
    for path in _runtime_files():
        pid = path.stem.rpartition("-")[2]
        if pid.isdecimal() and _runs(int(pid)):
            server = _read(path, int(pid))
            if server is not None:
                found.append(server)
    return found


def _runtime_files() -> Iterator[Path]:
    """Yield the files that this user owns and no other user can write, the newest first."""
    ages = {}
    folder = _folder()
    for path in folder.glob("jpserver-*.json") if folder else ():
        try:
            status = path.stat()
        except OSError:
            continue  # it was removed meanwhile
        if sys.platform == "win32" or (
            status.st_uid == os.getuid() and not status.st_mode & WRITABLE_BY_OTHERS
        ):
            ages[path] = status.st_mtime
    yield from sorted(ages, key=lambda path: ages[path], reverse=True)


def _folder() -> Path | None:
    """Return where the files are, None where this user has no home folder, as in a container."""
    from jupyter_core.paths import jupyter_runtime_dir

    try:
        return Path(jupyter_runtime_dir())
    except RuntimeError:
        return None


def _read(path: Path, pid: int) -> RunningServer | None:
    try:
        entry = json.loads(path.read_text(encoding="utf-8"))
        url = base_url(here(entry["url"], entry.get("hostname")))
        return RunningServer(url, str(entry["token"]), str(entry.get("root_dir") or ""), pid)
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return None


def _runs(pid: int) -> bool:
    """Whether this user has such a process; another's may have taken the number of one that ended.

    On Windows there is no harmless way to find out.
    """
    if sys.platform == "win32":
        return True
    try:
        os.kill(pid, 0)
    except (OSError, OverflowError):
        return False
    return not _is_zombie(pid)


def _is_zombie(pid: int) -> bool:
    """Whether it has ended and was not reaped, as in a container without an init."""
    try:
        status = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False  # there is no such file outside Linux
    return status.rpartition(")")[2].split()[0] == "Z"
