"""The types of AG-UI events of which several make one entry: its start, its pieces, its end."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from realtime_widgets.display.entry import Action, Kind

__all__ = ["TYPES", "Stream"]


class Stream(NamedTuple):
    """A kind of entry that grows."""

    kind: Kind
    id_field: str
    title_field: str | None = None


_STREAMS: dict[str, tuple[Stream, dict[str, Action]]] = {
    "TEXT_MESSAGE": (
        Stream("message", "messageId", "role"),
        {"START": "start", "CONTENT": "content", "END": "end", "CHUNK": "chunk"},
    ),
    # The name of reasoning in earlier versions of AG-UI, without ids.
    "THINKING_TEXT_MESSAGE": (
        Stream("reasoning", "messageId"),
        {"START": "start", "CONTENT": "content", "END": "end"},
    ),
    "REASONING_MESSAGE": (
        Stream("reasoning", "messageId"),
        {"START": "start", "CONTENT": "content", "END": "end", "CHUNK": "chunk"},
    ),
    "TOOL_CALL": (
        Stream("tool", "toolCallId", "toolCallName"),
        {"START": "start", "ARGS": "content", "END": "end", "CHUNK": "chunk", "RESULT": "result"},
    ),
}
TYPES = {
    f"{name}_{suffix}": (stream, action)
    for name, (stream, actions) in _STREAMS.items()
    for suffix, action in actions.items()
}
"""The stream and the action of a type."""
