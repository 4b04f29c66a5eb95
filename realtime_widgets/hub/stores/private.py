"""Restricts files to their user."""

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
    """Make a file readable by this user only; create it if it does not exist.

    Raises:
        StoreError: It is a symbolic link, or no file.
        OSError: It cannot be created or opened.
    """
    _check(path)
    descriptor = os.open(path, os.O_CREAT | os.O_RDWR | _NOFOLLOW, 0o600)
    try:
        _restrict(path, descriptor)
    finally:
        os.close(descriptor)


def make_private_if_there(path: Path) -> None:
    """Make a file readable by this user only, if it exists."""
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
    elif stat.S_ISREG(mode) or stat.S_ISDIR(mode):  # opening a folder fails
        return
    else:
        what = "it is not a regular file"
    raise StoreError(f"cannot open {path}: {what}", reason=f"cannot open the file: {what}")


def _restrict(path: Path, descriptor: int) -> None:
    if os.name != "posix" or not os.fstat(descriptor).st_mode & _OTHERS:
        return
    with contextlib.suppress(OSError):
        os.fchmod(descriptor, 0o600)
    # Some file systems have no modes, and some ignore changes without an error.
    mode = stat.S_IMODE(os.fstat(descriptor).st_mode)
    if mode & _OTHERS:
        _log.warning("%s can be read by others (mode %04o), which cannot be changed", path, mode)
