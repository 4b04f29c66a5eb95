"""A run in the terminal, made from events as the feed brings them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from pydantic import TypeAdapter

from realtime_widgets.cli.watching.followed_run import FollowedRun
from realtime_widgets.cli.watching.page import draw
from realtime_widgets.cli.watching.view import View
from realtime_widgets.protocol.events import AnyEvent
from realtime_widgets.protocol.position import Position
from realtime_widgets.protocol.sessions.watch import NewEvents

if TYPE_CHECKING:
    from realtime_widgets.protocol.events import Event

NOW = 1_796_040_000.0
"""The time of all events, in seconds since 1970."""

EVENTS: TypeAdapter[list[Event]] = TypeAdapter(list[AnyEvent])

RUNNING = {"type": "status_update", "status": "running"}


def agui(kind: str, **fields: Any) -> dict[str, Any]:
    return {"type": "agent_message", "agent": "planner", "event": {"type": kind, **fields}}


def flat(events: tuple[dict[str, Any], ...], first: int) -> list[dict[str, Any]]:
    """The events as the server has them."""
    stored = "2026-11-30T12:00:00.000Z"
    return [
        {"time": NOW, "timestamp": stored, "user": "alice", **event, "seq": seq}
        for seq, event in enumerate(events, first)
    ]


def new_events(*events: dict[str, Any], first: int = 1) -> NewEvents:
    read = EVENTS.validate_python(flat(events, first))
    return NewEvents(read, Position(epoch="e" * 16, seq=first + len(events) - 1))


class Terminal:
    """A view, and what is drawn of it."""

    def __init__(self) -> None:
        self.view = View(FollowedRun("nightly-eval"))
        self.view.connection.is_open = True

    def take(self, *events: dict[str, Any]) -> None:
        self.view.run.take([new_events(*events, first=self.view.run.state.head + 1)])

    def rows(self, width: int = 80, height: int = 24, now: float = NOW) -> list[str]:
        rows = draw(self.view, width, height, now)
        assert len(rows) == height
        assert {row.cell_len for row in rows} == {width}
        return [row.plain.rstrip() for row in rows]

    def text(self, width: int = 80, height: int = 24, now: float = NOW) -> str:
        return "\n".join(self.rows(width, height, now))


@pytest.fixture
def terminal() -> Terminal:
    return Terminal()
