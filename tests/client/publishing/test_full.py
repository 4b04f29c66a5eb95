"""A queue that is full because the dashboard is down: the user's program continues."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

import pytest

from realtime_widgets import QueueFullError, Sprint
from realtime_widgets.client.publishing.blocks import track
from realtime_widgets.client.publishing.outbox import buffer, outbox
from realtime_widgets.client.publishing.outbox.buffer import Buffer
from realtime_widgets.client.runtime import runtime
from realtime_widgets.client.waiting import Patience
from tests.waiting import PATIENCE_S

if TYPE_CHECKING:
    from collections.abc import Callable

ROOM = 20


@pytest.fixture
def nowhere(monkeypatch: pytest.MonkeyPatch, sprint_id: str) -> Sprint:
    """A run whose server is down, with room for a few events."""

    def small(sprint_id: str, wake: Callable[[], object]) -> Buffer:
        return Buffer(sprint_id, wake, max_events=ROOM, wait_s=PATIENCE_S)

    monkeypatch.setattr(outbox, "Buffer", small)
    monkeypatch.setattr(buffer, "OWNER_WAIT_S", PATIENCE_S)
    monkeypatch.setattr(track, "EVERY_S", 0)
    return Sprint(sprint_id, server="http://127.0.0.1:9/")


# ruff: noqa: SLF001 - how long it waits, and what waits in it, is nowhere else


def hurry(sprint: Sprint) -> None:
    """Let what must not be dropped wait for room for a moment only."""
    sprint._outbox._buffer._patience = Patience(0.01)


def fill(sprint: Sprint) -> None:
    """Fill the queue with what must not be dropped, and hurry."""
    hurry(sprint)
    with contextlib.suppress(QueueFullError):
        for number in range(ROOM + 1):
            sprint.emit({"type": "note", "number": number})


def waiting(sprint: Sprint) -> list[dict[str, Any]]:
    """Take what waits, in the background thread, once it has dropped what has no room."""

    async def take() -> list[dict[str, Any]]:
        sprint._outbox._buffer.make_room()
        return sprint._outbox._buffer.take(1_000)

    return runtime().run(take(), PATIENCE_S)


def test_a_loop_continues_and_its_end_is_kept(nowhere: Sprint) -> None:
    assert list(nowhere.track(range(200), "train")) == [*range(200)]

    lost, *steps = waiting(nowhere)
    assert lost["count"] + len(steps) == 202
    assert steps[-1]["state"] == "succeeded"


def test_a_loop_continues_though_nothing_can_be_dropped(nowhere: Sprint) -> None:
    fill(nowhere)

    assert list(nowhere.track(range(5), "train")) == [*range(5)]

    events = waiting(nowhere)
    assert [event["number"] for event in events[:ROOM]] == [*range(ROOM)]
    assert sum(event["count"] for event in events[ROOM:]) == 6


def test_a_status_is_never_dropped(nowhere: Sprint) -> None:
    for number in range(5):
        nowhere.status("running", number)
        for _ in nowhere.track(range(50), "train"):
            pass

    kept = [event for event in waiting(nowhere) if event["type"] == "status_update"]
    assert [event["message"] for event in kept] == [*"01234"]


def leave_block(sprint: Sprint) -> None:
    with sprint:
        fill(sprint)
        raise ZeroDivisionError


def leave_loop(sprint: Sprint) -> None:
    for _ in sprint.track([1, 2], "train"):
        fill(sprint)
        raise ZeroDivisionError


def leave_message(sprint: Sprint) -> None:
    with sprint.message("planner"):
        fill(sprint)
        raise ZeroDivisionError


@pytest.mark.parametrize("leave", [leave_block, leave_loop, leave_message])
def test_the_users_own_error_is_not_hidden(
    nowhere: Sprint, leave: Callable[[Sprint], None], caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(ZeroDivisionError):
        leave(nowhere)

    assert "an event was dropped" in caplog.text


def test_a_command_that_cannot_be_started_prints_the_reason(
    nowhere: Sprint, caplog: pytest.LogCaptureFixture
) -> None:
    hurry(nowhere)
    for number in range(ROOM - 1):
        nowhere.emit({"type": "note", "number": number})

    with pytest.raises(FileNotFoundError):
        nowhere.run(["/no/such/program"])

    assert "an event was dropped" in caplog.text
