"""What the agents of a run did, as rows below each other, each with a key that stays."""

from __future__ import annotations

from bisect import bisect_right
from collections import deque
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from realtime_widgets.protocol.agents.transcript import Transcript

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from realtime_widgets.protocol.agents.entry import Entry
    from realtime_widgets.protocol.events import AgentMessage

__all__ = ["MAX_EVENTS", "Timeline", "TimelineItem"]

MAX_EVENTS = 20_000
"""Events of agents that are loaded; of more, the oldest are dropped."""

MAX_DEPTH = 12

Key: TypeAlias = tuple[tuple[int, int], ...]


class TimelineItem(NamedTuple):
    """An entry in its place."""

    key: Key
    """For each entry that it is a part of, and itself: the number of the event that began it, and
    its place among the entries of this event."""

    entry: Entry
    depth: int


class Timeline:
    """Reduces events of agents to entries, the parts of one below it."""

    def __init__(self) -> None:
        self._events: deque[AgentMessage] = deque()
        self._transcript = Transcript()
        self._agents: set[str] = set()
        self._begins: list[int] = []
        """The numbers of the events that began entries, one after another."""

        self._items: list[TimelineItem] = []
        self._reduced = 0
        """The entries with lower numbers are in `_items`."""

    @property
    def has_agents(self) -> bool:
        """Whether any agent did anything."""
        return bool(self._events)

    @property
    def has_several(self) -> bool:
        """Whether there are several agents."""
        return len(self._agents) > 1

    @property
    def items(self) -> Sequence[TimelineItem]:
        """The entries that have something to show."""
        if self._reduced != self._transcript.nodes.next_n:
            begun = (one for one in self._transcript.entries if one.n >= self._reduced)
            self._items = sorted([*self._items, *map(self._item, begun)], key=_key)
            self._reduced = self._transcript.nodes.next_n
        return self._items

    def add(self, events: Iterable[AgentMessage]) -> None:
        """Add newer events."""
        for event in events:
            self._events.append(event)
            self._read(event)
        if len(self._events) > MAX_EVENTS:
            for _ in range(MAX_EVENTS // 4):
                self._events.popleft()
            self._reduce_again()

    def add_earlier(self, events: Sequence[AgentMessage]) -> None:
        """Add the events before those that are loaded."""
        if events:
            self._events.extendleft(reversed(events))
            self._reduce_again()

    def _reduce_again(self) -> None:
        self._transcript, self._begins, self._items, self._reduced = Transcript(), [], [], 0
        for event in self._events:
            self._read(event)

    def _read(self, event: AgentMessage) -> None:
        before = self._transcript.nodes.next_n
        self._agents.add(event.agent)
        self._transcript.read(event.agent, event.event, event.time)
        self._begins += [event.seq or 0] * (self._transcript.nodes.next_n - before)

    def _item(self, entry: Entry) -> TimelineItem:
        above = self._transcript.above(entry)[:MAX_DEPTH]
        key = tuple(self._place(one) for one in (*reversed(above), entry))
        return TimelineItem(key, entry, len(above))

    def _place(self, entry: Entry) -> tuple[int, int]:
        begin = self._begins[entry.n]
        return begin, entry.n - bisect_right(self._begins, begin - 1)


def _key(item: TimelineItem) -> Key:
    return item.key
