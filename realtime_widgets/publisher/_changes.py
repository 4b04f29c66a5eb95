"""Waiting for what another thread changes, without a lock.

A `threading.Condition` has a lock, and the thread that holds it may run code of other people in
that moment: a finalizer, a signal handler, a trace function. If that waits for a thread that wants
the same lock, both wait for ever. Here every waiting thread has a lock of its own, which nobody
else ever waits for.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Changes"]


class Changes:
    """What threads wait for; each looks again at what it waits for after each change."""

    def __init__(self) -> None:
        self._gates: deque[threading.Lock] = deque()

    def notify(self) -> None:
        """Have all waiting threads look again; call it after the change."""
        for _ in range(len(self._gates)):
            try:
                self._gates.popleft().release()
            except IndexError:
                return  # another thread notified them

    def wait_for(self, is_so: Callable[[], bool], timeout: float) -> bool:
        """Wait until it is so, at most `timeout` seconds; return whether it is."""
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
