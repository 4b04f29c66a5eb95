"""Which consecutive events are joined into one, and how (protocol 4.4 and 4.6).

A model writes tokens, and a training measures values, faster than they can be stored one by one.
Where several deltas of one text wait to be sent, one event with the same text is sent in their
place; of rows of the same metrics, one event with all rows.
"""

from __future__ import annotations

from typing import Any

from realtime_widgets.client.publishing.metric_rows import MAX_PACKED, METRICS, joined_rows
from realtime_widgets.protocol.text import has_surrogates

__all__ = ["MAX_JOINED", "JoiningKey", "joined", "joining_key", "most_joined"]

MAX_JOINED = 16_384
"""Maximum characters of joined deltas. As JSON they fit into an event, whatever they are."""

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


def most_joined(key: JoiningKey) -> int:
    """Return the maximum size of the events of a key that are joined to one."""
    return MAX_PACKED if key[0] == METRICS else MAX_JOINED


def joined(key: JoiningKey, events: list[Any]) -> dict[str, Any]:
    """Return one event for all with one joining key: with the text or the rows of all."""
    if key[0] == METRICS:
        return joined_rows(key[1:], events)
    first = events[0]
    delta = "".join([event["event"]["delta"] for event in events])
    return {**first, "event": {**first["event"], "delta": delta}}
