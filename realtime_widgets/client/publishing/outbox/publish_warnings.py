"""The warnings that the events of a run are not published as usual."""

from __future__ import annotations

import contextlib
import logging
import math
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from realtime_widgets.protocol.messages import Nack, Trouble

__all__ = ["PublishWarnings"]

_log = logging.getLogger("realtime_widgets")

AFTER_FAILURES = 3
"""Failed connection attempts before a warning: the restart of a server causes none."""

AGAIN_S = 60.0
"""Minimum time between two warnings that the server cannot store events."""


class PublishWarnings:
    """Logs the warnings of one run.

    Args:
        sprint_id: The run.
    """

    def __init__(self, sprint_id: str) -> None:
        self._sprint_id = sprint_id
        self._warned_at = -math.inf

    def forget(self) -> None:
        """Warn of the storage status at once, if it is still degraded."""
        self._warned_at = -math.inf

    def note_failure(self, failures: int, error: Exception) -> None:
        """Warn if so many attempts to connect have failed, the last one with this error."""
        if failures == AFTER_FAILURES:
            self.add(f"cannot be published yet, its events are queued: {error}")

    def note_storage(self, status: Trouble | Nack | None) -> None:
        """Warn if the storage status of the server is degraded."""
        now = time.monotonic()
        if status is not None and now - self._warned_at > AGAIN_S:
            self._warned_at = now
            words = f"{status.message} ({status.code})"
            self.add(f"cannot be stored by the server now, its events are queued: {words}")

    def note_refusal(self, nack: Nack) -> None:
        """Warn that the server has refused an event."""
        self.add(f"lost an event, the server refused it: {nack.message} ({nack.code})")

    def add(self, words: str) -> None:
        """Log a warning that begins with the name of the run."""
        with contextlib.suppress(Exception):  # a log handler raised: publishing continues
            _log.warning("realtime-widgets: %r %s", self._sprint_id, words)
