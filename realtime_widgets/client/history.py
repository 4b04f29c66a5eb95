"""What a run looks like now, for lists and for views that do not move."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

from realtime_widgets.client.discovery import discover
from realtime_widgets.client.publishing.outbox import flush_before_reading
from realtime_widgets.errors import ServerNotFoundError
from realtime_widgets.protocol.run_state import RunState

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from realtime_widgets.client.target import LogHead, LogPosition, Target

__all__ = ["Reading", "read_position", "read_run_data", "read_runs"]

SHOW_S = 2.0
"""How long a cell may wait for its output because a server is slow."""

MIN_S = 0.1
"""How long the last of several requests may take in any case."""

NEWEST = 300
"""Most events of the log that a view that does not move is made from."""


class Reading(NamedTuple):
    """What was read of a run."""

    head: LogHead

    state: RunState | None
    """None where nothing was published to it."""

    events: list[dict[str, Any]]
    """The newest of its log."""


def read_run_data(target: Target, sprint_id: str) -> Reading:
    """Read how far a run's log is, its state, and its newest events.

    Raises:
        ServerNotFoundError: There is no server, or it refuses, or takes too long.
    """
    with _answering(target, sprint_id) as left:
        # The state of an unknown run would be an error, and a warning in the server's log.
        head = target.log_head(sprint_id, timeout=left())
        run = target.run(sprint_id, timeout=left()) if head.position[1] else None
        if run is None:
            return Reading(head, None, [])
        state = RunState.model_validate(run)
        return Reading(head, state, target.newest(sprint_id, limit=NEWEST, timeout=left()))


def read_position(target: Target, sprint_id: str) -> LogPosition:
    """Return how far the log of a run is.

    Raises:
        ServerNotFoundError: There is no server, or it refuses, or takes too long.
    """
    with _answering(target, sprint_id) as left:
        return target.log_head(sprint_id, timeout=left()).position


@contextmanager
def _answering(target: Target, sprint_id: str) -> Iterator[Callable[[], float]]:
    """Have what was published stored; give how much of `SHOW_S` is left for each request."""
    deadline = time.monotonic() + SHOW_S

    def left() -> float:
        return max(MIN_S, deadline - time.monotonic())

    flush_before_reading(target, sprint_id, timeout=SHOW_S)
    try:
        yield left
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
