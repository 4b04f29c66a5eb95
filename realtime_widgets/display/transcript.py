"""The messages, tool calls, steps and sub-agents of agents, from AG-UI events (https://docs.ag-ui.com).

The rules are those of the live view, `frontend/src/model/timeline.ts`;
`tests/vectors/transcript.json` holds both to them. Nothing that an event holds raises, and an event
makes one entry at most, or one for each message in it, so that the transcript is bounded by the
events that it is given.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from realtime_widgets.display.entry import Entry
from realtime_widgets.display.event_text import as_json, detail_of, text_of_content
from realtime_widgets.display.open_entries import OpenEntries
from realtime_widgets.display.streams import TYPES
from realtime_widgets.protocol.agents.fields import (
    Extra,
    list_of,
    object_of,
    read_extra,
    text_of,
)

if TYPE_CHECKING:
    from realtime_widgets.display.entry import Action, Kind, State
    from realtime_widgets.display.streams import Stream

__all__ = ["Transcript"]


ANY_AGENT = ""
"""Under it the newest entry of an id is found, whichever agent it is of."""

_STEPS = {"STEP_STARTED", "STEP_FINISHED"}
_SUBAGENT_ENDS = {"SUBAGENT_FINISHED", "SUBAGENT_ERROR"}

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
        self._extra = Extra()
        """The metadata of the current event."""

    def add(self, agent: str, event: dict[str, Any], time: float | None = None) -> None:
        """Take an AG-UI event.

        Args:
            agent: Name of the agent that published it.
            event: The event, of any shape.
            time: When it was published, in seconds since 1970.
        """
        kind = text_of(event.get("type"))
        stream, action = TYPES.get(kind, (None, None))
        self._open[agent].time = time
        self._extra = read_extra(event)
        self._end(self._open[agent], kind, event, is_chunk=action == "chunk")
        if stream is not None and action is not None:
            self._update(agent, event, stream, action)
        elif kind in _STEPS:
            self._update_step(agent, event, has_ended=kind == "STEP_FINISHED")
        elif kind == "SUBAGENT_STARTED":
            self._start_subagent(agent, event)
        elif kind == "RUN_ERROR":
            message = text_of(event.get("message"))
            self._append(Entry("error", agent, "error", [message], state="failed"))
        elif kind == "MESSAGES_SNAPSHOT":
            self._add_messages(agent, event.get("messages"))
        elif kind not in _BRACKETS and not self._end_subagent(agent, event, kind):
            self._append(Entry("other", agent, kind, [detail_of(event)]))
            if kind == "RUN_STARTED":
                self._open[agent].begin_run(text_of(event.get("runId")))
                self._add_messages(agent, object_of(event.get("input")).get("messages"))

    def _end(
        self, entries: OpenEntries, kind: str, event: dict[str, Any], *, is_chunk: bool
    ) -> None:
        """End what an event ends besides its own entry."""
        owner = text_of(event.get("subagentRunId"))
        match kind:
            case "RUN_FINISHED" | "RUN_ERROR":
                entries.end_run(text_of(event.get("runId")), broken_off=kind == "RUN_ERROR")
            case "SUBAGENT_FINISHED" | "SUBAGENT_ERROR":
                entries.end_subagent(owner, broken_off=kind == "SUBAGENT_ERROR")
        if not is_chunk:
            entries.note(kind, owner)

    def _update(self, agent: str, event: dict[str, Any], stream: Stream, action: Action) -> None:
        owner = text_of(event.get("subagentRunId"))
        entry = self._find(agent, owner, text_of(event.get(stream.id_field)), stream.kind, action)
        entries = self._open[agent]
        entry.title = text_of(event.get(stream.title_field or "")) or entry.title
        match action:
            case "start":
                pass
            case "content":
                entry.parts.append(text_of(event.get("delta")))
            case "chunk":
                entry.parts.append(text_of(event.get("delta")))
                if entry.state != "open" and entry.result is None:
                    entry.state = "open"
                    entries.begin(entry, owner)
                if entry.state == "open":
                    entries.set_lane(entry, owner)
            case "end" if entry.kind == "tool":
                entries.wait(entry)
            case "end":
                entry.state = "done"
                entries.forget(entry)
            case "result":
                error = event.get("error")
                entry.error = error if isinstance(error, str) else self._extra.error
                self._answer(entry, event.get("content"))

    def _update_step(self, agent: str, event: dict[str, Any], *, has_ended: bool) -> None:
        """Begin or end a step: of the id in its metadata, or else the newest of its name."""
        owner, title = text_of(event.get("subagentRunId")), text_of(event.get("stepName"))
        extra, entries = self._extra, self._open[agent]
        step = self._by_id.get(("step", agent, extra.id)) if extra.id else None
        if step is None and has_ended and not extra.id:
            step = entries.newest_step(owner, title)
        if step is None:
            step = self._begin(Entry("step", agent, title, state="open"), owner, extra.id)
        step.error = step.error if extra.error is None else extra.error
        if has_ended and step.state == "open":
            ended: State = "cancelled" if extra.is_cancelled else "done"
            step.state = ended if step.error is None else "failed"
            entries.forget(step)

    def _start_subagent(self, agent: str, event: dict[str, Any]) -> None:
        key, title = text_of(event.get("subagentRunId")), text_of(event.get("name"))
        if key and ("subagent", agent, key) in self._by_id:
            return
        entry = Entry("subagent", agent, title, [text_of(event.get("description"))], state="open")
        self._begin(entry, text_of(event.get("parentSubagentRunId")), key)
        caller = self._by_id.get(("tool", agent, text_of(event.get("parentToolCallId"))))
        if caller is not None:
            entry.parent = caller

    def _end_subagent(self, agent: str, event: dict[str, Any], kind: str) -> bool:
        """End a sub-agent; returns whether the event is the end of one that is known."""
        key = text_of(event.get("subagentRunId"))
        entry = self._by_id.get(("subagent", agent, key))
        if entry is None or kind not in _SUBAGENT_ENDS:
            return False
        if entry.state == "open":
            has_failed = kind == "SUBAGENT_ERROR"
            entry.error = text_of(event.get("message")) if has_failed else None
            entry.state = "failed" if has_failed else "done"
            self._open[agent].forget(entry)
        return True

    def _answer(self, entry: Entry, content: object) -> None:
        """Set the result of a tool call, which may have failed."""
        entry.result = content if isinstance(content, str) else as_json(content)
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
            elif role != "activity" and (text := text_of_content(fields.get("content"))):
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
        ended = entry.ended
        self._answer(entry, fields.get("content"))
        entry.ended = ended  # not known from a list of messages

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
        # Without ids a start begins another one.
        is_new = action == "start" and not key
        if known is not None and not is_new:
            if action == "start":
                self._reopen(known, owner)
            return known
        entry = self._begin(Entry(kind, agent, state="open"), owner, key)
        self._current[kind, agent] = entry
        return entry

    def _begin(self, entry: Entry, owner: str, key: str) -> Entry:
        """Add an entry that is open, where the current event says what it is a part of."""
        entry.parent = self._parent(entry, owner)
        self._open[entry.agent].begin(entry, owner)
        if key:
            self._by_id[entry.kind, entry.agent, key] = entry
            self._by_id[entry.kind, ANY_AGENT, key] = entry
        return self._append(entry)

    def _parent(self, entry: Entry, owner: str) -> Entry | None:
        """Return what the metadata names, or else the innermost open step or the sub-agent."""
        named = self._named(entry.agent, self._extra.parent)
        # The publisher's own blocks state what they are a part of.
        is_outermost = self._extra.work != "" and self._extra.parent == ""
        if named is not None or is_outermost:
            return named
        step = self._open[entry.agent].newest_step(owner)
        if step is None:
            return self._by_id.get(("subagent", entry.agent, owner)) if owner else None
        # Steps of one name that overlap are beside each other.
        is_beside = entry.kind == "step" and step.title == entry.title
        return step.parent if is_beside else step

    def _named(self, agent: str, key: str) -> Entry | None:
        """Return what an id in metadata names; it may be of another agent."""
        if not key:
            return None
        kinds: tuple[Kind, ...] = ("step", "tool", "subagent")
        places = [(kind, owner, key) for kind in kinds for owner in (agent, ANY_AGENT)]
        return next((self._by_id[place] for place in places if place in self._by_id), None)

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
