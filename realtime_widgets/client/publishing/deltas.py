"""The texts that agents write in pieces, as AG-UI events: messages, reasoning, arguments of tools.

A piece is held back where it ends with what means nothing without the next one: the first half of a
surrogate pair, as where a string of JavaScript was cut, or what may be the beginning of a secret.
The event that ends a text publishes what is held of it first.
"""

from __future__ import annotations

from enum import Enum
from typing import Any

from realtime_widgets.client.redaction import Redactor

__all__ = ["Deltas", "GrowingText"]

MAX_TEXTS = 256
"""Texts that are followed at a time; beyond it the one that began first is not any more."""

_MESSAGE = ("messageId", "message_id")
_TOOL_CALL = ("toolCallId", "tool_call_id")

_ID = {
    "TEXT_MESSAGE_CONTENT": _MESSAGE,
    "TEXT_MESSAGE_CHUNK": _MESSAGE,
    "REASONING_MESSAGE_CONTENT": _MESSAGE,
    "REASONING_MESSAGE_CHUNK": _MESSAGE,
    "THINKING_TEXT_MESSAGE_CONTENT": _MESSAGE,
    "TOOL_CALL_ARGS": _TOOL_CALL,
    "TOOL_CALL_CHUNK": _TOOL_CALL,
}
"""The events that add to a text, and where they name it, on the wire and in Python."""

_ENDS = {
    "TEXT_MESSAGE_END": "TEXT_MESSAGE_CONTENT",
    "REASONING_MESSAGE_END": "REASONING_MESSAGE_CONTENT",
    "THINKING_TEXT_MESSAGE_END": "THINKING_TEXT_MESSAGE_CONTENT",
    "TOOL_CALL_END": "TOOL_CALL_ARGS",
}
"""The events that end a text, and the one that adds to it. A text of chunks has no end."""

Event = dict[Any, Any]


class Deltas:
    """The texts of one run that are being written."""

    def __init__(self) -> None:
        self._texts: dict[tuple[object, ...], GrowingText] = {}

    def feed(self, agent: object, event: Event) -> list[Event]:
        """Return what is to be published for an AG-UI event: it, a part of it, or more.

        Args:
            agent: The agent.
            event: The event, not checked yet.
        """
        kind, delta = event.get("type"), event.get("delta")
        if isinstance(kind, Enum):
            kind = kind.value
        if type(kind) is not str:
            return [event]
        if kind in _ENDS:
            return self._end(agent, event, _ENDS[kind])
        if kind not in _ID or type(delta) is not str or not delta:
            return [event]
        key = _key(agent, kind, event)
        text = self._texts.get(key)
        if text is None:
            if len(self._texts) >= MAX_TEXTS:
                del self._texts[next(iter(self._texts))]
            text = self._texts[key] = GrowingText()
        added = text.feed(delta)
        if added == delta:
            return [event]
        return [{**event, "delta": added}] if added else []

    def _end(self, agent: object, event: Event, adds: str) -> list[Event]:
        text = self._texts.pop(_key(agent, adds, event), None)
        rest = text.finish() if text else ""
        if not rest:
            return [event]
        named = {name: event[name] for name in _ID[adds] if name in event}
        return [{"type": adds, **named, "delta": rest}, event]


def _key(agent: object, adds: str, event: Event) -> tuple[object, ...]:
    named = (event[name] for name in _ID[adds] if name in event)
    given = next(named, None)
    return (
        agent if type(agent) is str else None,
        adds,
        given if type(given) is str else None,
    )


class GrowingText:
    """A text that is written in pieces."""

    def __init__(self) -> None:
        self._redactor = Redactor()
        self._half = ""
        """The first half of a surrogate pair."""

    def feed(self, piece: str) -> str:
        """Return what is to be published after this piece."""
        whole = self._half + piece
        self._half = whole[-1:] if "\ud800" <= whole[-1:] <= "\udbff" else ""
        return self._redactor.feed(whole[: len(whole) - len(self._half)])

    def finish(self) -> str:
        """Return what was held back, as the text ends here."""
        return self._redactor.feed(self._half) + self._redactor.finish()
