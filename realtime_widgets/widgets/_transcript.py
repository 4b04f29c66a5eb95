"""What agents said and did, put together from AG-UI events (https://docs.ag-ui.com).

The rules are those of the live view, `frontend/src/protocol/transcript.ts`;
`tests/vectors/transcript.json` holds both to them. Nothing that an event holds raises, and an
event makes one entry at most, so that the transcript is bounded by the events that it is given.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

__all__ = ["Entry", "Transcript"]

Kind = Literal["message", "reasoning", "tool", "step", "error", "other"]
Action = Literal["start", "content", "end", "chunk", "result"]

MAX_DETAIL = 2_000
"""Characters of an event that is shown as it is."""


@dataclass
class Entry:
    """A message, a tool call, a step, an error, or an event of another type."""

    kind: Kind
    agent: str

    title: str = ""
    """The role of a message, the name of a tool or step, the type of another event."""

    parts: list[str] = field(default_factory=list)
    """What was said, or the arguments of a tool call, as it came."""

    result: str | None = None
    """What a tool answered."""

    error: str | None = None
    """Why a tool call failed, in its own words, which may be empty; None where it says nothing."""

    is_open: bool = False

    @property
    def text(self) -> str:
        """What was said, or the arguments of a tool call."""
        return "".join(self.parts)


class _Stream(NamedTuple):
    """A kind of entry that grows."""

    kind: Kind
    id_field: str
    title_field: str | None = None


_STREAMS: dict[str, tuple[_Stream, dict[str, Action]]] = {
    "TEXT_MESSAGE": (
        _Stream("message", "messageId", "role"),
        {"START": "start", "CONTENT": "content", "END": "end", "CHUNK": "chunk"},
    ),
    # The name of reasoning in earlier versions of AG-UI, without ids.
    "THINKING_TEXT_MESSAGE": (
        _Stream("reasoning", "messageId"),
        {"START": "start", "CONTENT": "content", "END": "end"},
    ),
    "REASONING_MESSAGE": (
        _Stream("reasoning", "messageId"),
        {"START": "start", "CONTENT": "content", "END": "end", "CHUNK": "chunk"},
    ),
    "TOOL_CALL": (
        _Stream("tool", "toolCallId", "toolCallName"),
        {"START": "start", "ARGS": "content", "END": "end", "CHUNK": "chunk", "RESULT": "result"},
    ),
    "STEP": (_Stream("step", "stepName", "stepName"), {"STARTED": "start", "FINISHED": "end"}),
}
_TYPES = {
    f"{name}_{suffix}": (stream, action)
    for name, (stream, actions) in _STREAMS.items()
    for suffix, action in actions.items()
}

# Around reasoning messages, which are shown themselves.
_BRACKETS = {"THINKING_START", "THINKING_END", "REASONING_START", "REASONING_END"}


class Transcript:
    """Puts entries together, event by event."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self._by_id: dict[tuple[str, str, str], Entry] = {}
        self._current: dict[tuple[str, str], Entry] = {}
        """The entry that an event without an id continues, by kind and agent."""

    def add(self, agent: str, event: dict[str, Any]) -> None:
        """Take an AG-UI event."""
        kind = _text(event.get("type"))
        if kind in _TYPES:
            self._update(agent, event, *_TYPES[kind])
        elif kind == "RUN_ERROR":
            self._append(Entry("error", agent, "error", [_text(event.get("message"))]))
        elif kind not in _BRACKETS:
            self._append(Entry("other", agent, kind, [_detail(event)]))

    def _update(self, agent: str, event: dict[str, Any], stream: _Stream, action: Action) -> None:
        entry = self._find(agent, _text(event.get(stream.id_field)), stream.kind, action)
        entry.title = _text(event.get(stream.title_field or "")) or entry.title
        if action in ("content", "chunk"):
            entry.parts.append(_text(event.get("delta")))
        elif action in ("end", "result"):
            entry.is_open = False
        if action == "result":
            content, error = event.get("content"), event.get("error")
            entry.result = content if isinstance(content, str) else _detail(content)
            entry.error = error if isinstance(error, str) else None

    def _find(self, agent: str, key: str, kind: Kind, action: Action) -> Entry:
        """Return the entry that an event belongs to, a new one where its start is unknown."""
        known = self._by_id.get((kind, agent, key)) if key else self._current.get((kind, agent))
        # Without ids, and for a step that comes again, a start begins another one.
        is_new = action == "start" and (not key or known is None or not known.is_open)
        if known is not None and not is_new:
            return known
        entry = self._append(Entry(kind, agent, is_open=True))
        self._current[kind, agent] = entry
        if key:
            self._by_id[kind, agent, key] = entry
        return entry

    def _append(self, entry: Entry) -> Entry:
        self.entries.append(entry)
        return entry


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _detail(value: object) -> str:
    """Return an event's content in one line of JSON, without its type."""
    if not isinstance(value, dict):
        return _json(value)[:MAX_DETAIL]
    rest = {name: item for name, item in value.items() if name != "type"}
    text = _json(rest) if rest else ""
    return text if len(text) <= MAX_DETAIL else f"{text[:MAX_DETAIL]}…"


def _json(value: object) -> str:
    try:
        return json.dumps(
            value, ensure_ascii=False, separators=(",", ":"), skipkeys=True, default=str
        )
    except (ValueError, RecursionError):
        return "(nested too deep to be shown)"
