"""A condition variable without a shared lock.

The thread that holds the lock of a `threading.Condition` may run foreign code at that moment: a
finalizer, a signal handler, a trace function. If that code waits for a thread that wants the same
lock, both wait forever. Here every waiting thread has its own lock, and no other thread
acquires it.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections import deque
from typing import TYPE_CHECKING

from realtime_widgets.client.browser import IN_BROWSER, polled_loop

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Changes"]


class Changes:
    """Lets threads wait for a predicate, which each evaluates again after every change."""

    def __init__(self) -> None:
        self._gates: deque[threading.Lock] = deque()

    def notify(self) -> None:
        """Wake all waiting threads; call it after the change."""
        for _ in range(len(self._gates)):
            try:
                self._gates.popleft().release()
            except IndexError:
                return  # another thread notified them

    def wait_for(self, is_so: Callable[[], bool], timeout: float) -> bool:
        """Wait until it is so, at most `timeout` seconds; return whether it is."""
        if IN_BROWSER:  # no other thread can change anything
            return polled_loop.wait_until(is_so, timeout)
        deadline = time.monotonic() + timeout
        while True:
            gate = threading.Lock()
            gate.acquire()
            self._gates.append(gate)  # before looking, so that no change is missed
            try:
                if is_so():
                    return True
                left = deadline - time.monotonic()
                if left <= 0:
                    return False
                gate.acquire(timeout=min(left, threading.TIMEOUT_MAX))
            finally:
                with contextlib.suppress(ValueError, IndexError):
                    self._gates.remove(gate)
