"""What a run looks like now, for lists and for views that do not move."""

from __future__ import annotations

from typing import TYPE_CHECKING

from realtime_widgets.errors import ServerNotFoundError
from realtime_widgets.protocol.state import RunState
from realtime_widgets.publisher._discovery import discover
from realtime_widgets.publisher._outbox import flush_before_reading

if TYPE_CHECKING:
    from typing import Any

    from realtime_widgets.publisher._target import Target

__all__ = ["has_news", "read_runs", "read_story"]

SHOW_S = 2.0
"""How long a cell may wait for its output because a server is slow."""

NEWEST = 300
"""How many events of the log a view that does not move is made from."""


def read_story(target: Target, sprint_id: str) -> tuple[RunState | None, list[dict[str, Any]]]:
    """Return a run's state, None where nothing was published to it, and its newest events.

    Raises:
        ServerNotFoundError: There is no server, or it refuses, or takes too long.
    """
    flush_before_reading(target, sprint_id, timeout=SHOW_S)
    try:
        # The state of an unknown run would be an error, and a warning in the server's log.
        is_known = target.page(sprint_id, after=0, limit=1, timeout=SHOW_S)
        run = target.run(sprint_id, timeout=SHOW_S) if is_known else None
        if run is None:
            return None, []
        state = RunState.model_validate(run)
        after = max(0, state.head - NEWEST)
        return state, target.page(sprint_id, after=after, limit=NEWEST, timeout=SHOW_S)
    except TimeoutError:
        raise ServerNotFoundError(target.name, "it does not answer") from None


def has_news(target: Target, sprint_id: str, head: int) -> bool:
    """Tell whether a run has events after this one.

    Raises:
        ServerNotFoundError: There is no server, or it refuses, or takes too long.
    """
    flush_before_reading(target, sprint_id, timeout=SHOW_S)
    try:
        return bool(target.page(sprint_id, after=head, limit=1, timeout=SHOW_S))
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
