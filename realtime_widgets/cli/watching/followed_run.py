"""A run as the terminal has it: its state, its log and its timeline, from what the feed brings."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter

from realtime_widgets.cli.watching.log import Log
from realtime_widgets.cli.watching.log_items import gap_item, item_of
from realtime_widgets.cli.watching.timeline import Timeline
from realtime_widgets.protocol.events import OVER_STATUSES, AgentMessage, AnyEvent
from realtime_widgets.protocol.messages import (
    Direct,
    Gap,
    Presence,
    Reset,
    State,
    Trouble,
    Watching,
)
from realtime_widgets.protocol.run_state import RunState
from realtime_widgets.protocol.sessions.watch import NewEvents

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from realtime_widgets.cli.watching.log_items import LogItem
    from realtime_widgets.protocol.events import Event
    from realtime_widgets.protocol.questions import OpenQuestion
    from realtime_widgets.protocol.sessions.watch import Notice

__all__ = ["FollowedRun"]

_EVENTS: TypeAdapter[list[Event]] = TypeAdapter(list[AnyEvent])


class FollowedRun:
    """Takes notices and earlier pages, in the order of the log each.

    Args:
        sprint_id: The run.
    """

    def __init__(self, sprint_id: str) -> None:
        self.sprint_id = sprint_id
        self._begin_log()
        self.trouble = ""
        """Why the server cannot store events; "" while it can."""

        self.watchers = 0
        """Users who watch the run in pages."""

    def _begin_log(self) -> None:
        self.state = RunState(sprint_id=self.sprint_id)
        self.log = Log()
        self.timeline = Timeline()
        self._has_first = False

    @property
    def is_over(self) -> bool:
        """Whether nothing is in progress any more, as far as is known."""
        return self.state.status in OVER_STATUSES

    @property
    def can_stop(self) -> bool:
        """Whether an attempt is in progress."""
        return self.state.attempt > 0 and not self.is_over

    @property
    def questions(self) -> Sequence[OpenQuestion]:
        """The open questions, the oldest first."""
        return self.state.questions.open if self.state.questions else ()

    def take(self, notices: Iterable[Notice]) -> None:
        """Take what the feed has received."""
        for notice in notices:
            match notice:
                case NewEvents():
                    self._add(notice.events)
                case State():
                    self.state = notice.state
                case Gap(reason="skipped"):
                    pass  # of the page, which begins after it
                case Gap():
                    self.log.add([gap_item(notice)])
                case Reset():
                    self._begin_log()
                case Direct():
                    items = _items([notice.event])
                    self.log.add([replace(item, key=self.state.head) for item in items])
                case Presence() | Trouble() | Watching():
                    self._note(notice)

    def _note(self, notice: Presence | Trouble | Watching) -> None:
        """Take what is no part of the log."""
        match notice:
            case Presence():
                self.state.disconnected_at = notice.disconnected_at
            case Trouble():
                self.trouble = (notice.message or notice.code) if notice.code else ""
            case Watching():
                self.watchers = notice.count

    def _add(self, events: Sequence[Event]) -> None:
        first = events[0]
        assert first.seq is not None, "the session has filled it in"  # noqa: S101 - narrows the type
        if not self._has_first:
            self._has_first = True
            self.log.start_at(first.seq)
        attempt = self.state.attempt
        self.state.apply(first.seq, first.timestamp or "", events, first.user)
        self.log.add(_items(events))
        if self.state.attempt > max(attempt, 1):
            self.timeline = Timeline()
        self.timeline.add(self._of_agents(events))

    def add_earlier(self, page: dict[str, Any]) -> None:
        """Add the page of events before those that are loaded, as the server answers."""
        events = _EVENTS.validate_python(page["events"])
        self.log.add_earlier(_items(events), page["next"])
        self.timeline.add_earlier(self._of_agents(events))

    def add_found(self, page: dict[str, Any]) -> None:
        """Add a page of earlier lines that the server has found for the filter."""
        self.log.add_found(_items(_EVENTS.validate_python(page["events"])), page["next"])

    def _of_agents(self, events: Iterable[Event]) -> list[AgentMessage]:
        """Return the events of agents of the newest attempt; the first one may begin later."""
        begins = self.state.began if self.state.attempt > 1 else 0
        found = [event for event in events if isinstance(event, AgentMessage)]
        return [event for event in found if (event.seq or 0) >= begins]


def _items(events: Iterable[Event]) -> list[LogItem]:
    return [item for event in events if (item := item_of(event)) is not None]
