"""Whether this process is a kernel, whose views show its runs, or a test."""

from __future__ import annotations

import os
import sys

from realtime_widgets.client.marimo import in_marimo

__all__ = ["is_in_kernel", "is_in_test"]


def is_in_kernel() -> bool:
    """Return whether views show the runs of this process; not so in its children."""
    # The kernel of marimo's editor is itself a child process, with its own copy of this module.
    if not _is_copy and in_marimo():
        return True
    processes = sys.modules.get("multiprocessing.process")
    if processes is not None and processes.parent_process() is not None:
        return False
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    return getattr(shell, "kernel", None) is not None


def is_in_test() -> bool:
    """Return whether pytest or unittest runs in this process, or has started it."""
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
