"""How long to wait before the next attempt to connect."""

from __future__ import annotations

import random
import time

__all__ = ["Backoff"]

FIRST_S = 1.0
MAX_DELAY_S = 20.0

_random = random.SystemRandom()
"""A separate source, so that what a program draws after `random.seed` stays the same."""


class Backoff:
    """Full jitter: anything up to a bound that doubles from 1 s to 20 s (protocol 7).

    The whole range is drawn from, so that the clients of a server that restarts come back spread.
    No delay is longer than the outage so far: some quick failures make no long one. The rules are
    those of `frontend/src/protocol/backoff.ts`; `tests/vectors/backoff.json` holds both to them.
    """

    def __init__(self) -> None:
        self._bound_s = FIRST_S
        self._broken_since: float | None = None

    def next_delay(self) -> float:
        """Draw the delay after a failure, in seconds."""
        return _random.uniform(0, self.next_bound(time.monotonic()))

    def next_bound(self, now: float) -> float:
        """Return the longest delay after a failure at this time, in seconds."""
        if self._broken_since is None:
            self._broken_since = now
        outage = max(now - self._broken_since, FIRST_S)
        bound = min(self._bound_s, outage)
        self._bound_s = min(2 * self._bound_s, MAX_DELAY_S)
        return bound

    def reset(self) -> None:
        """Start from 1 s: the connection has brought an event or an ack."""
        self._bound_s = FIRST_S
        self._broken_since = None
