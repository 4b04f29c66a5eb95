"""A queue that is full because the dashboard is down: the user's program goes on."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

import pytest

from realtime_widgets import QueueFullError, Sprint
from realtime_widgets.client.publishing import outbox, track
from realtime_widgets.client.publishing.buffer import Buffer

if TYPE_CHECKING:
    from collections.abc import Callable

ROOM = 20


@pytest.fixture
def nowhere(monkeypatch: pytest.MonkeyPatch, sprint_id: str) -> Sprint:
    """A run whose server is down, with room for a few events."""

    def small(sprint_id: str, wake: Callable[[], object]) -> Buffer:
        return Buffer(sprint_id, wake, max_events=ROOM, wait_s=0.01)

    monkeypatch.setattr(outbox, "Buffer", small)
    monkeypatch.setattr(track, "EVERY_S", 0)
    return Sprint(sprint_id, server="http://127.0.0.1:9/")


def fill(sprint: Sprint) -> None:
    """Fill the queue with what must not be dropped."""
    with contextlib.suppress(QueueFullError):
        for number in range(ROOM + 1):
            sprint.emit({"type": "note", "number": number})


def waiting(sprint: Sprint) -> list[dict[str, Any]]:
    # ruff: noqa: SLF001 - they are nowhere else
    return sprint._outbox._buffer.take(1_000)


def test_a_loop_goes_on_and_its_end_is_kept(nowhere: Sprint) -> None:
    assert list(nowhere.track(range(200), "train")) == [*range(200)]

    lost, *steps = waiting(nowhere)
    assert lost["count"] + len(steps) == 202
    assert steps[-1]["state"] == "succeeded"


def test_a_loop_goes_on_though_nothing_can_be_dropped(nowhere: Sprint) -> None:
    fill(nowhere)

    assert list(nowhere.track(range(5), "train")) == [*range(5)]

    *notes, lost = waiting(nowhere)
    assert [note["number"] for note in notes] == [*range(ROOM)]
    assert lost["count"] == 6


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
    for number in range(ROOM - 1):
        nowhere.emit({"type": "note", "number": number})

    with pytest.raises(FileNotFoundError):
        nowhere.run(["/no/such/program"])

    assert "an event was dropped" in caplog.text
