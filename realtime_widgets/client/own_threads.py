"""The threads of this package, from which no event is published.

Foreign code runs in the background thread, too: log handlers, trace functions, audit hooks. If it
published there, each event would cause another one, in an endless loop. So events from the threads
in `silent` are ignored.

The exception is the garbage collector. It runs in any thread that allocates memory, and events of
its finalizers are independent of that thread.
"""

from __future__ import annotations

import contextlib
import gc
import os
import sys
import threading
from _thread import get_ident
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["is_collecting", "is_own_thread", "own_thread", "silent", "unpublished"]

silent: set[int] = set()
"""Identities of threads whose events are ignored now; looked up for every event."""

_own: set[int] = set()
"""Identities of the threads of this package, also while the garbage collector runs in them."""

_phases: dict[str, object] = {}
"""The phases of the garbage collector, the latest last.

Two methods of it are the callbacks, because they run no Python code. A callback in Python is where
a pending Ctrl-C is raised once the collector has ended, and Python drops what a callback raises.
"""


def is_own_thread() -> bool:
    """Whether this thread does the publishing, so that it must not wait for it."""
    return get_ident() in _own


@contextlib.contextmanager
def unpublished() -> Iterator[None]:
    """Ignore events from this thread in the block."""
    thread = get_ident()
    if thread in _own:
        yield
        return
    if not _phases:
        _phases["stop"] = None
        gc.callbacks.extend([_phases.pop, _phases.__setitem__])
    _own.add(thread)
    silent.add(thread)
    try:
        yield
    finally:
        silent.discard(thread)
        _own.discard(thread)


@contextlib.contextmanager
def own_thread() -> Iterator[None]:
    """Mark this thread as one of this package: events from it are ignored."""
    with unpublished():
        sys.settrace(threading.gettrace())  # as in each thread of `threading`
        sys.setprofile(threading.getprofile())
        try:
            yield
        finally:
            sys.setprofile(None)
            sys.settrace(None)


def is_collecting() -> bool:
    """Whether the garbage collector runs, so that an event may be of a finalizer."""
    return next(reversed(_phases), "stop") == "start"


def _forget_threads_of_parent() -> None:
    _own.clear()
    silent.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_threads_of_parent)
