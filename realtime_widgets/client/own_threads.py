"""Threads from which nothing is published, because publishing causes what happens there.

Foreign code runs in the background thread, too: log handlers, trace functions, audit hooks. If it
published there, each event would cause the next, for ever. So events from the threads in `silent`
are ignored, whatever the logger.

The one exception is the garbage collector. It runs in any thread that happens to allocate memory,
and what a finalizer publishes has nothing to do with that thread.
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
"""Identities of threads, as of now; looked up for every event."""

_own: set[int] = set()
"""The same, also while the garbage collector runs in them."""

_hooks: list[tuple[TraceFunction | None, ProfileFunction | None]] = []
"""Trace and profile function of the thread in which the garbage collector runs."""


def is_own_thread() -> bool:
    """Whether this is a thread that must not wait for publishing: it does the publishing."""
    return get_ident() in _own


@contextlib.contextmanager
def unpublished() -> Iterator[None]:
    """Ignore what is published from this thread in the block."""
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
    """Run a thread that publishing needs: nothing is published from it."""
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
        # They would publish what the thread does, as it is no longer silent.
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
