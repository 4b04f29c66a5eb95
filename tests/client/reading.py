"""Read back what was published, for the assertions of tests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from realtime_widgets.client.discovery import discover
from realtime_widgets.client.embedded import embedded_hub
from realtime_widgets.client.runtime import runtime
from tests.waiting import PATIENCE_S

if TYPE_CHECKING:
    from realtime_widgets import Sprint


SET_FOR_THE_USER = {"sprint_id", "seq", "timestamp", "user", "time", "attempt"}


def published(sprint: Sprint) -> list[dict[str, Any]]:
    """Everything in the log of a run of this process, without what the hub wrote."""
    assert sprint.flush() == 0

    async def read() -> list[dict[str, Any]]:
        events: list[dict[str, Any]] = []
        after: int | None = 0
        while after is not None:
            page = await embedded_hub().page(sprint.sprint_id, after=after, limit=1_000)
            events += page["events"]
            after = page["next"]
        return events

    return [own_fields(event) for event in runtime().run(read(), PATIENCE_S)]


def first_page(sprint: Sprint) -> list[dict[str, Any]]:
    """The first events of a run of this process, whole."""
    page = discover().page(sprint.sprint_id, limit=100, timeout=PATIENCE_S)
    assert page is not None
    return list(page["events"])


def state(sprint: Sprint) -> dict[str, Any]:
    """The state of a run of this process."""
    assert sprint.flush() == 0
    state = discover().run(sprint.sprint_id, timeout=PATIENCE_S)
    assert state is not None
    return state


def own_fields(event: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in event.items() if key not in SET_FOR_THE_USER}


def lines(sprint: Sprint) -> list[str]:
    return [event["message"] for event in published(sprint) if event["type"] == "log"]


def statuses(sprint: Sprint) -> list[str]:
    return [event["status"] for event in published(sprint) if event["type"] == "status_update"]
