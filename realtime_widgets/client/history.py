"""What a run looks like now, for lists and for views that do not move."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from realtime_widgets.client.discovery import discover
from realtime_widgets.client.publishing.outbox.outboxes import flush_before_reading
from realtime_widgets.client.target import MAX_SEQ
from realtime_widgets.errors import ServerNotFoundError
from realtime_widgets.protocol.run_state import RunState

if TYPE_CHECKING:
    from collections.abc import Iterator

    from realtime_widgets.client.target import Target

__all__ = ["RunReader", "read_runs", "reading"]

SHOW_S = 2.0
"""How long a cell may wait for its output because a server is slow."""

MIN_S = 0.1
"""How long the last of several requests may take in any case."""

NEWEST = 300
"""Most events of the log that a view that does not move is made from."""

NEWEST_PAGES = 4
"""Most pages that they are read from, of 1 MiB each (protocol 10)."""


class RunReader:
    """Reads one run within a time limit; made by `reading`.

    Args:
        target: Server or hub that stores the run.
        connected: The same target, on one connection.
        sprint_id: The run.
        deadline: By `time.monotonic()`.
    """

    def __init__(self, target: Target, connected: Target, sprint_id: str, deadline: float) -> None:
        self.target = target
        self.sprint_id = sprint_id
        self._connected = connected
        self._deadline = deadline
        self.head = connected.log_head(sprint_id, timeout=self._left())
        """How far the log was when it was opened."""

    def state(self) -> RunState | None:
        """Read the state, None where nothing was published to the run.

        Raises:
            ServerNotFoundError: As in `reading`.
        """
        # The state of an unknown run would be an error, and a warning in the server's log.
        has_begun = self.head.position[1] > 0
        run = self._connected.run(self.sprint_id, timeout=self._left()) if has_begun else None
        return None if run is None else RunState.model_validate(run)

    def newest(self) -> list[dict[str, Any]]:
        """Read the newest events of the log, in its order.

        There are fewer than `NEWEST` where they are more than `NEWEST_PAGES` hold.

        Raises:
            ServerNotFoundError: As in `reading`.
        """
        events: list[dict[str, Any]] = []
        before: int | None = MAX_SEQ
        for _ in range(NEWEST_PAGES):
            missing = NEWEST - len(events)
            if before is None or missing == 0:
                break
            page = self._connected.page(
                self.sprint_id, before=before, limit=missing, timeout=self._left()
            )
            if page is None:
                break
            events[:0] = page["events"]
            before = page["next"]
        return events

    def _left(self) -> float:
        return max(MIN_S, self._deadline - time.monotonic())


@contextmanager
def reading(target: Target, sprint_id: str) -> Iterator[RunReader]:
    """Flush what this process has published, then read the run in the block.

    Raises:
        ServerNotFoundError: There is no server, or it refuses, or takes too long.
    """
    deadline = time.monotonic() + SHOW_S
    flush_before_reading(target, sprint_id, timeout=SHOW_S)
    try:
        with target.on_one_connection() as connected:
            yield RunReader(target, connected, sprint_id, deadline)
    except TimeoutError:
        raise ServerNotFoundError(target.name, "it does not respond") from None


def read_runs(server: str | None) -> list[RunState]:
    """Return the states of all runs, the newest first.

    Raises:
        ServerNotFoundError: There is no server, or it refuses.
    """
    target = discover(server)
    flush_before_reading(target, timeout=SHOW_S)
    return [RunState.model_validate(run) for run in target.runs()]
