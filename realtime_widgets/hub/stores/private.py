"""Files that only their user can read, whoever could read them before."""

from __future__ import annotations

import contextlib
import logging
import os
import stat
from typing import TYPE_CHECKING

from realtime_widgets.errors import StoreError

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["make_private", "make_private_if_there"]

_log = logging.getLogger(__name__)

_NOFOLLOW = getattr(os, "O_NOFOLLOW", 0)  # Windows has none
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def make_private(path: Path) -> None:
    """Take a file for this user only; it is made if it is not there.

    Raises:
        StoreError: It is a symbolic link, or no file.
        OSError: It cannot be made or opened.
    """
    _check(path)
    descriptor = os.open(path, os.O_CREAT | os.O_RDWR | _NOFOLLOW, 0o600)
    try:
        _restrict(path, descriptor)
    finally:
        os.close(descriptor)


def make_private_if_there(path: Path) -> None:
    """Take a file for this user only, if it is there; see `make_private`."""
    if os.path.lexists(path):
        make_private(path)


def _check(path: Path) -> None:
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:
        return
    if stat.S_ISLNK(mode):
        # It may lead to any file of the user, which would be read, written and moved aside.
        what = "it is a symbolic link, which is not followed; name the file itself"
    elif stat.S_ISREG(mode) or stat.S_ISDIR(mode):  # what a folder is, opening it tells
        return
    else:
        what = "it is not a regular file"
    raise StoreError(f"cannot open {path}: {what}", reason=f"cannot open the file: {what}")


def _restrict(path: Path, descriptor: int) -> None:
    if os.name != "posix" or not os.fstat(descriptor).st_mode & _OTHERS:
        return
    with contextlib.suppress(OSError):
        os.fchmod(descriptor, 0o600)
    # Some file systems have no modes, and some say nothing when they do not change one.
    mode = stat.S_IMODE(os.fstat(descriptor).st_mode)
    if mode & _OTHERS:
        _log.warning("%s can be read by others (mode %04o), which cannot be changed", path, mode)
