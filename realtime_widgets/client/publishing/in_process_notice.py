"""Prints, once, that the runs of a script are visible in its own process only.

A script without the kernel's environment, as under `sudo`, `cron` or in a container, finds no
server. Nothing is printed in a kernel, whose views show the run, and in tests.
"""

from __future__ import annotations

import contextlib
import mmap
import os
import sys
from typing import TYPE_CHECKING

from realtime_widgets.client.browser import IN_BROWSER
from realtime_widgets.client.in_process import InProcess
from realtime_widgets.client.marimo import in_marimo
from realtime_widgets.environment import QUIET_VARIABLE

if TYPE_CHECKING:
    from realtime_widgets.client.target import PublishTarget

__all__ = ["print_in_process_notice"]

NOTICE = (
    "realtime-widgets: no Jupyter server was found, so this run is visible in this process only; "
    "call realtime_widgets.doctor() to see where it looked, or pass the URL of a server: "
    'Sprint(..., server="http://localhost:8888/?token=...")'
)

_is_printed = mmap.mmap(-1, 1)
"""Whether it was printed; in memory shared with forked children, so that a pool prints it once."""


def print_in_process_notice(target: PublishTarget) -> None:
    """Print the notice to stderr if the target is the hub in this process by default."""
    if not isinstance(target, InProcess) or not target.was_found:
        return
    if (
        IN_BROWSER
        or _is_printed[0]
        or os.environ.get(QUIET_VARIABLE)
        or _is_in_kernel()
        or _is_in_test()
    ):
        return
    _is_printed[0] = 1
    os.environ[QUIET_VARIABLE] = "1"
    with contextlib.suppress(Exception):  # stderr may be closed, or replaced by any object
        # One write: another thread may be writing a prompt.
        sys.stderr.write(f"{NOTICE}\n")
        sys.stderr.flush()


def _is_in_kernel() -> bool:
    """Whether views show the runs of this process; not in its children, which have other hubs."""
    # The kernel of marimo's editor is itself a child process, with its own copy of this module.
    if not _is_copy and in_marimo():
        return True
    processes = sys.modules.get("multiprocessing.process")
    if processes is not None and processes.parent_process() is not None:
        return False
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    return getattr(shell, "kernel", None) is not None


def _is_in_test() -> bool:
    main = sys.modules.get("__main__")
    return (
        "pytest" in sys.modules
        or "PYTEST_CURRENT_TEST" in os.environ
        or getattr(main, "__package__", None) == "unittest"
    )


_is_copy = False
"""Whether this process was forked from one that had this module."""


def _mark_copy() -> None:
    global _is_copy  # noqa: PLW0603 - one per process
    _is_copy = True


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_mark_copy)
