"""What agents did, with all of its texts, for the snapshot in a saved notebook.

It is reduced as the state of a run is (`reducer.py`), and has messages, reasoning and errors
besides. `tests/vectors/transcript.json` holds it to the live view. Nothing that an event holds
raises, and its size is bounded by the events that it is given.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from pydantic import Field

from realtime_widgets.protocol.agents.entry import Entries, Entry, entry_of
from realtime_widgets.protocol.agents.event_text import as_json, text_of_content
from realtime_widgets.protocol.agents.fields import Extra, list_of, name_of, object_of, text_of
from realtime_widgets.protocol.agents.outcome import (
    outcome_of,
    outcome_of_part,
    outcome_of_subagent,
)
from realtime_widgets.protocol.agents.reducer import HANDLERS, end_run, reduce_event, start_run
from realtime_widgets.protocol.agents.streams import (
    MESSAGE,
    REASONING,
    TOOL,
    piece,
    stream_handlers,
)
from realtime_widgets.protocol.agents.work import AgentWork, Arrival

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from realtime_widgets.protocol.agents.nodes import Kind, Node
    from realtime_widgets.protocol.agents.outcome import Outcome
    from realtime_widgets.protocol.agents.reducer import Handler

__all__ = ["Transcript"]

_WITH_PIECES = {"message", "reasoning", "tool"}
_HIDDEN = {"run", "interrupt"}


class Transcript(AgentWork):
    """Puts entries together, event by event."""

    nodes: Entries = Field(default_factory=Entries)

    @property
    def entries(self) -> list[Entry]:
        """Messages, reasoning, tool calls, steps, sub-agents and errors, as they began."""
        return [entry for entry in self.nodes.all if entry.kind not in _HIDDEN]

    def above(self, entry: Entry) -> list[Entry]:
        """Return the entries that one is a part of, from the inside out."""
        ancestors = map(entry_of, self.nodes.ancestors(entry))
        return [one for one in ancestors if one.kind not in _HIDDEN]

    def read(self, agent: str, event: dict[str, Any], time: float | None = None) -> None:
        """Take an AG-UI event.

        Args:
            agent: Name of the agent that published it.
            event: The event, of any shape.
            time: When it was published, in seconds since 1970.
        """
        reduce_event(self, agent, event, time, _HANDLERS)

    def describe(self, arrival: Arrival, node: Node) -> None:
        """Apply the texts and the metadata of an event to its node."""
        super().describe(arrival, node)
        entry, event, extra = entry_of(node), arrival.event, arrival.extra
        error = extra.error
        match arrival.type:
            case "TOOL_CALL_RESULT":
                error = _text_or(event.get("error"), error)
                self._answer(entry, event, outcome_of(extra))
            case "SUBAGENT_STARTED":
                entry.parts = [text_of(event.get("description"))]
            case "SUBAGENT_ERROR":
                error = text_of(event.get("message"))
            case "SUBAGENT_FINISHED":
                entry.outcome = outcome_of_subagent(arrival)
            case "STEP_FINISHED":
                entry.outcome = outcome_of(extra)
            case _ if entry.kind in _WITH_PIECES:
                entry.parts.append(text_of(event.get("delta")))
                if arrival.type.endswith("_END") and entry.kind != "tool":
                    entry.outcome = outcome_of(extra)
        entry.error = entry.error if error is None else error

    def restart(self, node: Node) -> None:
        """The start of a node comes again: of a tool call its arguments follow again."""
        entry = entry_of(node)
        if entry.kind == "tool" and (entry.is_running or not entry.is_open):
            entry.parts.clear()
        super().restart(node)

    def end_part(self, node: Node, arrival: Arrival) -> None:
        """A node ends because an event ends what it is a part of."""
        super().end_part(node, arrival)
        entry = entry_of(node)
        entry.ended = None
        entry.outcome = outcome_of_part(node, arrival)

    def end(self, node: Node, time: float | None) -> None:
        """A node has ended; without a time it is not known when."""
        if node.is_open:
            entry_of(node).ended = time
        super().end(node, time)

    def add_messages(self, arrival: Arrival, messages: Sequence[Any]) -> None:
        """Add the messages of a list that are not known, and complete those that are."""
        unmatched = [entry for entry in self.entries if entry.agent == arrival.agent]
        for message in map(object_of, messages):
            # When it began and ended is not known from a list.
            inner = replace(arrival, event=message, type="", time=None, extra=Extra())
            if message.get("role") == "tool":
                self._complete_tool(inner)
                continue
            self._add_message(inner, unmatched)
            for call in map(object_of, list_of(message.get("toolCalls"))):
                self._add_call(inner, call)

    def _add_message(self, arrival: Arrival, unmatched: list[Entry]) -> None:
        text, role = text_of_content(arrival.event.get("content")), arrival.name("role")
        if role == "activity" or text == "":
            return
        kind: Kind = "reasoning" if role == "reasoning" else "message"
        title = role if kind == "message" else ""
        same = (one for one in unmatched if (one.kind, one.title, one.text) == (kind, title, text))
        known = self.nodes.find(arrival.agent, kind, arrival.name("id")) or next(same, None)
        if known is None:
            known = entry_of(self.add(arrival, kind, arrival.name("id"), title))
            self.end(known, None)
        elif known in unmatched:
            unmatched.remove(known)
        known.parts = [text]

    def _complete_tool(self, arrival: Arrival) -> None:
        tool = entry_of(piece(TOOL, self, arrival))
        tool.error = _text_or(arrival.event.get("error"), tool.error)
        if tool.error is not None:
            self.fail(tool)
        self._answer(tool, arrival.event, None)
        tool.is_answered = True
        self.end(tool, None)

    @staticmethod
    def _answer(tool: Entry, event: Mapping[str, Any], outcome: Outcome | None) -> None:
        """Keep a result; one that is repeated, such as by a list, does not change the outcome."""
        if tool.is_open or tool.result is None:
            tool.outcome = outcome
        content = event.get("content")
        tool.result = content if isinstance(content, str) else as_json(content)

    def _add_call(self, arrival: Arrival, call: dict[str, Any]) -> None:
        call_id, function = name_of(call.get("id")), object_of(call.get("function"))
        if not call_id or self.nodes.find(arrival.agent, "tool", call_id) is not None:
            return
        node = entry_of(self.add(arrival, "tool", call_id, name_of(function.get("name"))))
        node.parts = [text_of(function.get("arguments"))]
        self.run_tool(node, None)


def _text_or(value: object, otherwise: str | None) -> str | None:
    return value if isinstance(value, str) else otherwise


def _start_run(transcript: Transcript, arrival: Arrival) -> None:
    start_run(transcript, arrival)
    asked = object_of(arrival.event.get("input"))
    transcript.add_messages(arrival, list_of(asked.get("messages")))


def _end_run_with_error(transcript: Transcript, arrival: Arrival) -> None:
    end_run(transcript, arrival)
    error = entry_of(transcript.add(replace(arrival, extra=Extra()), "error", "", "error"))
    error.parts = [text_of(arrival.event.get("message"))]
    transcript.end(error, None)


def _read_messages(transcript: Transcript, arrival: Arrival) -> None:
    transcript.add_messages(arrival, list_of(arrival.event.get("messages")))


_HANDLERS: Mapping[str, Handler[Transcript]] = {
    **HANDLERS,
    **stream_handlers("TEXT_MESSAGE", MESSAGE),
    **stream_handlers("REASONING_MESSAGE", REASONING),
    **stream_handlers("THINKING_TEXT_MESSAGE", REASONING),  # in earlier versions, without ids
    "RUN_STARTED": _start_run,
    "RUN_ERROR": _end_run_with_error,
    "MESSAGES_SNAPSHOT": _read_messages,
}
