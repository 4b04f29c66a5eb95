"""The messages, tool calls and steps of agents, from AG-UI events (https://docs.ag-ui.com).

The rules are those of the live view, `frontend/src/model/timeline.ts`;
`tests/vectors/transcript.json` holds both to them. Nothing that an event holds raises, and an event
makes one entry at most, or one for each message in it, so that the transcript is bounded by the
events that it is given.
"""

from __future__ import annotations

import json
from collections import defaultdict
from typing import TYPE_CHECKING, Any, NamedTuple

from realtime_widgets.display.entry import Entry
from realtime_widgets.display.open_entries import OpenEntries
from realtime_widgets.protocol.agents.fields import list_of, object_of, read_extra, text_of

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
        elif kind == "MESSAGES_SNAPSHOT":
            self._add_messages(agent, event.get("messages"))
        elif kind not in _BRACKETS:
            self._append(Entry("other", agent, kind, [_detail(event)]))
            if kind == "RUN_STARTED":
                self._open[agent].begin_run(_text(event.get("runId")))
                self._add_messages(agent, object_of(event.get("input")).get("messages"))

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
                error = event.get("error")
                entry.error = error if isinstance(error, str) else read_extra(event).error
                self._answer(entry, event.get("content"))

    def _answer(self, entry: Entry, content: object) -> None:
        """Set the result of a tool call, which may have failed."""
        entry.result = content if isinstance(content, str) else _json(content)
        entry.state = "done" if entry.error is None else "failed"
        self._open[entry.agent].forget(entry)

    def _add_messages(self, agent: str, messages: object) -> None:
        """Add the messages of a list that are not known, and complete those that are."""
        unmatched = [entry for entry in self.entries if entry.agent == agent]
        for message in list_of(messages):
            fields = object_of(message)
            role, message_id = text_of(fields.get("role")), text_of(fields.get("id"))
            if role == "tool":
                self._complete_tool(agent, fields)
            elif role != "activity" and (text := _plain(fields.get("content"))):
                kind: Kind = "reasoning" if role == "reasoning" else "message"
                title = role if kind == "message" else ""
                known = self._by_id.get((kind, agent, message_id)) or next(
                    (
                        one
                        for one in unmatched
                        if one.kind == kind and one.title == title and one.text == text
                    ),
                    None,
                )
                if known is None:
                    known = self._append(Entry(kind, agent, title))
                    self._by_id[kind, agent, message_id] = known
                elif known in unmatched:
                    unmatched.remove(known)
                known.parts[:] = [text]
            for call in list_of(fields.get("toolCalls")):
                self._complete_call(agent, object_of(call))

    def _complete_tool(self, agent: str, fields: dict[str, Any]) -> None:
        entry = self._find(agent, "", text_of(fields.get("toolCallId")), "tool", "result")
        error = fields.get("error")
        entry.error = error if isinstance(error, str) else entry.error
        self._answer(entry, fields.get("content"))

    def _complete_call(self, agent: str, call: dict[str, Any]) -> None:
        call_id, function = text_of(call.get("id")), object_of(call.get("function"))
        if not call_id or ("tool", agent, call_id) in self._by_id:
            return
        entry = self._find(agent, "", call_id, "tool", "start")
        entry.title = text_of(function.get("name"))
        entry.parts, entry.state = [text_of(function.get("arguments"))], "waiting"

    def _find(self, agent: str, owner: str, key: str, kind: Kind, action: Action) -> Entry:
        """Return the entry that an event belongs to, a new one where its start is unknown."""
        if key:
            known = self._by_id.get((kind, agent, key))
        else:
            known = self._continued(agent, owner, kind, action)
        # Without ids, and for a step that comes again, a start begins another one.
        is_ended_step = known is not None and kind == "step" and known.state != "open"
        is_new = action == "start" and (not key or is_ended_step)
        if known is not None and not is_new:
            if action == "start":
                self._reopen(known, owner)
            return known
        entry = self._append(Entry(kind, agent, state="open"))
        self._open[agent].begin(entry, owner)
        self._current[kind, agent] = entry
        if key:
            self._by_id[kind, agent, key] = entry
        return entry

    def _reopen(self, entry: Entry, owner: str) -> None:
        """An entry is started again; a tool call is sent again with its arguments."""
        if entry.result is not None or entry.error is not None or entry.state == "open":
            return
        if entry.kind == "tool":
            entry.parts.clear()
        entry.state = "open"
        self._open[entry.agent].begin(entry, owner)

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


def _plain(content: object) -> str:
    """Return the text of a content, which may be a list of parts; other parts are named."""
    if not isinstance(content, list):
        return _text(content)
    parts = map(object_of, content)
    return "\n".join(
        _text(part.get("text"))
        if part.get("type") == "text"
        else f"[{_text(part.get('type')) or 'part'}]"
        for part in parts
    )


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
