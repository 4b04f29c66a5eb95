"""The messages, tool calls and steps of agents, from AG-UI events (https://docs.ag-ui.com).

The rules are those of the live view, `frontend/src/model/transcript.ts`;
`tests/vectors/transcript.json` holds both to them. Nothing that an event holds raises, and an
event makes one entry at most, so that the transcript is bounded by the events that it is given.
"""

from __future__ import annotations

import json
from collections import defaultdict
from typing import TYPE_CHECKING, Any, NamedTuple

from realtime_widgets.display.entry import Entry
from realtime_widgets.display.open_entries import OpenEntries

if TYPE_CHECKING:
    from realtime_widgets.display.entry import Action, Kind

__all__ = ["Transcript"]

MAX_DETAIL = 2_000
"""Characters of an event that is shown as it is."""


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
        self._open: defaultdict[str, OpenEntries] = defaultdict(OpenEntries)
        """What is not over, by agent."""

    def add(self, agent: str, event: dict[str, Any]) -> None:
        """Take an AG-UI event."""
        kind = _text(event.get("type"))
        stream, action = _TYPES.get(kind, (None, None))
        self._end(self._open[agent], kind, event, is_chunk=action == "chunk")
        if stream is not None and action is not None:
            self._update(agent, event, stream, action)
        elif kind == "RUN_ERROR":
            message = _text(event.get("message"))
            self._append(Entry("error", agent, "error", [message], state="failed"))
        elif kind not in _BRACKETS:
            self._append(Entry("other", agent, kind, [_detail(event)]))
            if kind == "RUN_STARTED":
                self._open[agent].begin_run(_text(event.get("runId")))

    def _end(
        self, entries: OpenEntries, kind: str, event: dict[str, Any], *, is_chunk: bool
    ) -> None:
        """End what an event ends besides its own entry."""
        owner = _text(event.get("subagentRunId"))
        match kind:
            case "RUN_FINISHED" | "RUN_ERROR":
                entries.end_run(_text(event.get("runId")), broken_off=kind == "RUN_ERROR")
            case "SUBAGENT_FINISHED" | "SUBAGENT_ERROR":
                entries.end_subagent(owner, broken_off=kind == "SUBAGENT_ERROR")
        if not is_chunk:
            entries.note(kind, owner)

    def _update(self, agent: str, event: dict[str, Any], stream: _Stream, action: Action) -> None:
        owner = _text(event.get("subagentRunId"))
        entry = self._find(agent, owner, _text(event.get(stream.id_field)), stream.kind, action)
        entries = self._open[agent]
        entry.title = _text(event.get(stream.title_field or "")) or entry.title
        match action:
            case "start":
                pass
            case "content":
                entry.parts.append(_text(event.get("delta")))
            case "chunk":
                entry.parts.append(_text(event.get("delta")))
                if entry.state != "open" and entry.result is None:
                    entry.state = "open"
                    entries.begin(entry, owner)
                if entry.state == "open":
                    entries.set_lane(entry, owner)
            case "end" if entry.kind == "tool":
                entry.state = "waiting" if entry.state == "open" else entry.state
            case "end":
                entry.state = "done"
                entries.forget(entry)
            case "result":
                content, error = event.get("content"), event.get("error")
                entry.result = content if isinstance(content, str) else _detail(content)
                entry.error = error if isinstance(error, str) else None
                entry.state = "done" if entry.error is None else "failed"
                entries.forget(entry)

    def _find(self, agent: str, owner: str, key: str, kind: Kind, action: Action) -> Entry:
        """Return the entry that an event belongs to, a new one where its start is unknown."""
        if key:
            known = self._by_id.get((kind, agent, key))
        else:
            known = self._continued(agent, owner, kind, action)
        # Without ids, and for a step that comes again, a start begins another one.
        is_new = action == "start" and (not key or known is None or known.state != "open")
        if known is not None and not is_new:
            return known
        entry = self._append(Entry(kind, agent, state="open"))
        self._open[agent].begin(entry, owner)
        self._current[kind, agent] = entry
        if key:
            self._by_id[kind, agent, key] = entry
        return entry

    def _continued(self, agent: str, owner: str, kind: Kind, action: Action) -> Entry | None:
        """Return the entry that an event without an id continues."""
        current = self._current.get((kind, agent))
        if action != "chunk":
            return current
        lane = self._open[agent].lane_of(kind, owner)
        if lane is None and current is not None and current.state == "open":
            return current
        return lane

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
