"""Which consecutive events are joined into one, and how (protocol 4.4 and 4.6).

A model writes tokens, and a training measures values, faster than they can be stored one by one.
Where several deltas of one text wait to be sent, one event with the same text is sent in their
place; of rows of metrics, also of different ones in turn, one event with all rows.
"""

from __future__ import annotations

from typing import Any

from realtime_widgets.client.publishing.outbox.metric_rows import (
    MAX_MIXED,
    MAX_PACKED,
    METRICS,
    joined_rows,
    mixed_rows,
    rows_of,
)
from realtime_widgets.client.publishing.outbox.short_columns import shortened
from realtime_widgets.protocol.metrics.columns import MAX_ROWS
from realtime_widgets.protocol.metrics.event import MAX_NUMBERS
from realtime_widgets.protocol.text import has_surrogates

__all__ = ["MAX_JOINED", "Joining", "JoiningKey", "joining_key"]

MAX_JOINED = 16_384
"""Maximum characters of joined deltas. As JSON they fit into an event, with any characters."""

MAX_NAME = 256
"""Maximum characters of the agent's name and of an id, in events that are joined."""

JoiningKey = tuple[Any, ...]
"""Type, agent, id and sub-agent of an event with a delta; or `METRICS` and the names."""

_IDS = {
    "TEXT_MESSAGE_CONTENT": "messageId",
    "TEXT_MESSAGE_CHUNK": "messageId",
    "REASONING_MESSAGE_CONTENT": "messageId",
    "REASONING_MESSAGE_CHUNK": "messageId",
    "TOOL_CALL_ARGS": "toolCallId",
    "TOOL_CALL_CHUNK": "toolCallId",
}
"""The types that are joined, and their field with the id of the text."""

_OWNER = "subagentRunId"


def joining_key(agent: object, event: Any) -> JoiningKey | None:  # noqa: ANN401 - not checked yet
    """Return what AG-UI events that can be joined have in common; None for all others.

    An event with a key is within the bounds of an event (protocol 4.1): `fit` would not change it.

    Args:
        agent: The agent.
        event: Its event.
    """
    if type(event) is not dict or type(agent) is not str or not 0 < len(agent) <= MAX_NAME:
        return None
    kind, delta = event.get("type"), event.get("delta")
    if type(kind) is not str or kind not in _IDS:
        return None
    if type(delta) is not str or len(delta) > MAX_JOINED:
        return None
    text_id, owner = event.get(_IDS[kind]), event.get(_OWNER)
    fields = 2
    for name in (text_id, owner):
        if name is not None:
            fields += 1
            if type(name) is not str or len(name) > MAX_NAME or has_surrogates(name):
                return None
    # Otherwise it has further fields, or one that is None.
    if len(event) != fields or has_surrogates(delta) or has_surrogates(agent):
        return None
    return kind, agent, text_id, owner


class Joining:
    """One event that is made of consecutive ones.

    These have one joining key, or are rows of different metrics.

    Args:
        key: The joining key of the first.
        event: The first.
        size: Its approximate size.

    Attributes:
        key: The joining key of what it has become.
        size: Its approximate size.
    """

    def __init__(self, key: JoiningKey, event: Any, size: int) -> None:  # noqa: ANN401 - an event or a row
        self.key = self._last = key
        self.size = size
        self._is_metrics = key[0] == METRICS
        self._most = MAX_PACKED if self._is_metrics else MAX_JOINED
        self._newest = [event]
        """The events of the last key."""
        self._stretches = [(key, self._newest)]
        """Events of one key, one after the other."""
        self._rows = 0
        """How many rows those of different metrics are; not counted while all have one key."""

    def add(self, key: JoiningKey | None, event: Any, size: int) -> bool:  # noqa: ANN401 - as above
        """Add the event that comes next, and return True; return False where it is not joined."""
        if self.size + size > self._most:
            return False
        if key == self._last and not self._rows:
            self._newest.append(event)
        elif key is None or not self._is_metrics or not self._mix(key, event):
            return False
        self.size += size
        return True

    def _mix(self, key: JoiningKey, event: Any) -> bool:  # noqa: ANN401 - as above
        """Add rows of other metrics, or to rows of which some are of other metrics."""
        if key[0] != METRICS:
            return False
        names = self.key if key == self._last else tuple(dict.fromkeys((*self.key, *key[1:])))
        rows = (self._rows or sum(map(rows_of, self._newest))) + rows_of(event)
        if len(names) - 1 > MAX_MIXED or rows * (len(names) - 1) > MAX_NUMBERS or rows > MAX_ROWS:
            return False
        self.key, self._rows = names, rows
        if key != self._last:
            self._last, self._newest = key, []
            self._stretches.append((key, self._newest))
        self._newest.append(event)
        return True

    def event(self) -> dict[str, Any]:
        """Return one event for all: with the text or the rows of all."""
        match self._stretches:
            case [(_, [dict(only)])]:
                return only
        if self._is_metrics:
            parts = [joined_rows(key[1:], events) for key, events in self._stretches]
            return shortened(mixed_rows(self.key[1:], parts))
        ((_, events),) = self._stretches
        first = events[0]
        delta = "".join([event["event"]["delta"] for event in events])
        return {**first, "event": {**first["event"], "delta": delta}}
