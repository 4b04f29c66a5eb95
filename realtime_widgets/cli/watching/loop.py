"""The thread of the terminal: it waits for keys, and runs the calls of other threads."""

from __future__ import annotations

import contextlib
import os
import select
import threading
from collections import deque
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Loop"]

KEYS_BYTES = 1_024


class Loop:
    """Waits in one thread for keys and for calls from any thread."""

    def __init__(self) -> None:
        self._calls: deque[Callable[[], object]] = deque()
        self._wakes, self._waker = os.pipe()
        os.set_blocking(self._waker, False)

    def call_soon(self, call: Callable[[], object]) -> None:
        """Run a call in the thread that waits; may be used by any thread and by signal handlers."""
        self._calls.append(call)
        with contextlib.suppress(BlockingIOError):  # it is awake already
            os.write(self._waker, b"\0")

    def in_background(self, work: Callable[[], Any], then: Callable[[Any], object]) -> None:
        """Do something in a thread, and take its result in the thread that waits.

        Args:
            work: What may take long; what it raises is its result.
            then: Called with the result.
        """

        def run() -> None:
            try:
                result = work()
            except Exception as error:  # noqa: BLE001 - `then` shows it
                result = error
            self.call_soon(lambda: then(result))

        threading.Thread(target=run, name="rtw request", daemon=True).start()

    def wait(self, keys: int, seconds: float | None) -> bytes | None:
        """Wait for keys or calls, and run the calls.

        Args:
            keys: The file descriptor of the terminal.
            seconds: For how long at most; None for no limit.

        Returns:
            The bytes of keys, none where there were calls only; None where there was nothing.

        Raises:
            EOFError: The terminal was closed.
        """
        ready, _, _ = select.select([keys, self._wakes], [], [], seconds)
        if not ready:
            return None
        if self._wakes in ready:
            os.read(self._wakes, KEYS_BYTES)
        while self._calls:
            self._calls.popleft()()
        if keys not in ready:
            return b""
        typed = os.read(keys, KEYS_BYTES)
        if not typed:
            raise EOFError
        return typed
