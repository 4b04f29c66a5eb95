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

    from _typeshed import ProfileFunction, TraceFunction

__all__ = ["is_own_thread", "own_thread", "silent", "unpublished"]

silent: set[int] = set()
"""Identities of threads whose events are ignored now; looked up for every event."""

_own: set[int] = set()
"""Identities of the threads of this package, also while the garbage collector runs in them."""

_hooks: list[tuple[TraceFunction | None, ProfileFunction | None]] = []
"""Trace and profile functions, saved while the garbage collector runs."""


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
    if _let_finalizers_publish not in gc.callbacks:
        gc.callbacks.append(_let_finalizers_publish)
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


def _let_finalizers_publish(phase: str, _: dict[str, int]) -> None:
    thread = get_ident()
    if thread not in _own:
        return
    if phase == "start":
        # Trace functions could publish from this thread while it is not in `silent`.
        _hooks.append((sys.gettrace(), sys.getprofile()))
        sys.setprofile(None)
        sys.settrace(None)
        silent.discard(thread)
    elif _hooks:
        silent.add(thread)
        trace, profile = _hooks.pop()
        sys.settrace(trace)
        sys.setprofile(profile)


def _forget_threads_of_parent() -> None:
    _own.clear()
    silent.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_threads_of_parent)
