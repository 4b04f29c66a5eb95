"""What the state of a run needs of events: the same effect, in little memory."""

from __future__ import annotations

from typing import TYPE_CHECKING, get_args

from realtime_widgets.protocol.agents.brief import brief_agent_event
from realtime_widgets.protocol.events import AgentMessage, Level, Log
from realtime_widgets.protocol.last_line import newest_part

if TYPE_CHECKING:
    from collections.abc import Iterable

    from realtime_widgets.protocol.events import Event
    from realtime_widgets.protocol.plain_log import PlainLog

__all__ = ["StateEvents", "reduced_to_state"]

_BRIEF_LOGS: dict[Level, Log] = {
    level: Log(type="log", message="", level=level) for level in get_args(Level)
}


def reduced_to_state(events: Iterable[Event | PlainLog]) -> list[Event]:
    """Return what has the same effect on a state, in little memory.

    Of a line of the log only its level has one, of the newest that is not blank also its end, and
    none of what is free-form.
    """
    reducer = StateEvents()
    for event in events:
        reducer.add(event)
    return reducer.events


class StateEvents:
    """Collects what `reduced_to_state` returns."""

    def __init__(self) -> None:
        self._events: list[Event] = []
        self._newest: tuple[int, Level, str] | None = None
        """The newest line that is not blank: its index, its level and the end of its message."""

    @property
    def events(self) -> list[Event]:
        """What was reduced."""
        if self._newest is not None:
            index, level, message = self._newest
            self._events[index] = Log.model_construct(type="log", message=message, level=level)
        return self._events

    def add(self, event: Event | PlainLog) -> None:
        """Reduce an event."""
        if isinstance(event, dict):
            self._add_line(event.get("level", "info"), event["message"])
        elif isinstance(event, Log):
            self._add_line(event.level, event.message)
        else:
            self._events.append(_brief(event))

    def _add_line(self, level: Level, message: str) -> None:
        if end := newest_part(message):
            self._newest = len(self._events), level, end
        self._events.append(_BRIEF_LOGS[level])


def _brief(event: Event) -> Event:
    if isinstance(event, AgentMessage):
        return AgentMessage.model_construct(
            type="agent_message",
            agent=event.agent,
            time=event.time,
            event=brief_agent_event(event.event),
        )
    if event.model_extra:
        fields = type(event).model_fields
        return event.model_construct(**{name: getattr(event, name) for name in fields})
    return event
