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
from realtime_widgets.client.surroundings import is_in_kernel, is_in_test
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
        or is_in_kernel()
        or is_in_test()
    ):
        return
    _is_printed[0] = 1
    os.environ[QUIET_VARIABLE] = "1"
    with contextlib.suppress(Exception):  # stderr may be closed, or replaced by any object
        # One write: another thread may be writing a prompt.
        sys.stderr.write(f"{NOTICE}\n")
        sys.stderr.flush()
