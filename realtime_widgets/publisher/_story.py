"""What a run looks like now, for lists and for views that do not move."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeAlias

from realtime_widgets.errors import ServerNotFoundError
from realtime_widgets.protocol.state import RunState
from realtime_widgets.publisher._discovery import discover
from realtime_widgets.publisher._outbox import flush_before_reading

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from realtime_widgets.publisher._target import Target

__all__ = ["LogPosition", "read_position", "read_runs", "read_similar", "read_story"]

SHOW_S = 2.0
"""How long a cell may wait for its output because a server is slow."""

LEAST_S = 0.1
"""How long the last of several requests may take in any case."""

NEWEST = 300
"""Most events of the log that a view that does not move is made from."""


LogPosition: TypeAlias = tuple[str | None, int]
"""The epoch of a log, and the number of its last event."""


def read_story(
    target: Target, sprint_id: str
) -> tuple[LogPosition, RunState | None, list[dict[str, Any]]]:
    """Return how far a run's log is, its state if anything was published, and its newest events.

    Raises:
        ServerNotFoundError: There is no server, or it refuses, or takes too long.
    """
    with _answering(target, sprint_id) as left:
        # The state of an unknown run would be an error, and a warning in the server's log.
        position = target.log_position(sprint_id, timeout=left())
        run = target.run(sprint_id, timeout=left()) if position[1] else None
        if run is None:
            return position, None, []
        state = RunState.model_validate(run)
        events = target.newest(sprint_id, limit=NEWEST, timeout=left())
        return position, state, events


def read_similar(target: Target, sprint_id: str) -> list[str]:
    """Return names of runs that are similar to one that has not begun.

    Raises:
        ServerNotFoundError: There is no server, or it refuses, or takes too long.
    """
    with _answering(target, sprint_id) as left:
        return target.similar(sprint_id, timeout=left())


def read_position(target: Target, sprint_id: str) -> LogPosition:
    """Return how far the log of a run is.

    Raises:
        ServerNotFoundError: There is no server, or it refuses, or takes too long.
    """
    with _answering(target, sprint_id) as left:
        return target.log_position(sprint_id, timeout=left())


@contextmanager
def _answering(target: Target, sprint_id: str) -> Iterator[Callable[[], float]]:
    """Have what was published stored; give how much of `SHOW_S` is left for each request."""
    deadline = time.monotonic() + SHOW_S

    def left() -> float:
        return max(LEAST_S, deadline - time.monotonic())

    flush_before_reading(target, sprint_id, timeout=SHOW_S)
    try:
        yield left
    except TimeoutError:
        raise ServerNotFoundError(target.name, "it does not answer") from None


def read_runs(server: str | None) -> list[RunState]:
    """Return the states of all runs, the newest first.

    Raises:
        ServerNotFoundError: There is no server, or it refuses.
    """
    target = discover(server)
    flush_before_reading(target, timeout=SHOW_S)
    return [RunState.model_validate(run) for run in target.runs()]
