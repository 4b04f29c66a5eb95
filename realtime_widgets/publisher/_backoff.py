"""How long to wait before the next attempt to connect."""

from __future__ import annotations

import random

__all__ = ["Backoff"]

FIRST_S = 1.0
LONGEST_S = 30.0


class Backoff:
    """Full jitter: anything up to a bound that doubles from 1 s to 30 s.

    The whole range is drawn from, so that the clients of a server that restarts come back spread.
    """

    def __init__(self) -> None:
        self._bound_s = FIRST_S

    def next_delay(self) -> float:
        """Draw the next delay, in seconds."""
        delay = random.uniform(0, self._bound_s)  # noqa: S311 - no secret
        self._bound_s = min(2 * self._bound_s, LONGEST_S)
        return delay

    def reset(self) -> None:
        """Begin again: the connection has proved good."""
        self._bound_s = FIRST_S
