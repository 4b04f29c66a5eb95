"""How long the exit of the process may still be delayed, for all outboxes together."""

from __future__ import annotations

import contextlib
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["exit_budget"]


class ExitBudget:
    """Whether the process is exiting, and how long the exit may still be delayed."""

    def __init__(self) -> None:
        self.has_started = False
        self._left_s = 0.0

    def start(self, exit_s: float) -> None:
        if not self.has_started:
            self._left_s = exit_s
            self.has_started = True

    @contextlib.contextmanager
    def remaining(self) -> Iterator[float]:
        """Yield the remaining time in seconds, and subtract the time spent in the block."""
        began = time.monotonic()
        try:
            yield self._left_s
        finally:
            self._left_s = max(0.0, self._left_s - (time.monotonic() - began))


exit_budget = ExitBudget()
