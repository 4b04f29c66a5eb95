"""A call of a tool, as a `with` block."""

from __future__ import annotations

from typing import TYPE_CHECKING

from realtime_widgets.client.publishing.blocks.block import AgentRun, Block
from realtime_widgets.client.publishing.blocks.metadata import as_json, metadata
from realtime_widgets.client.publishing.blocks.nesting import scopes
from realtime_widgets.client.publishing.fit import name
from realtime_widgets.client.publishing.outbox.joining import MAX_JOINED
from realtime_widgets.protocol.ids import random_id

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["ToolCall"]

RESULT_BITS = 64


class ToolCall(Block):
    """A call of a tool; see `Sprint.tool`."""

    def __init__(self, sprint: AgentRun, tool: object, arguments: Mapping[str, object]) -> None:
        super().__init__(sprint)
        self._tool = name(tool) or "unnamed"
        strict = sprint._strict  # noqa: SLF001
        self._arguments = as_json("arguments", arguments, strict=strict) if arguments else ""

    def _begin(self, parent: str | None) -> None:
        message_id = next(
            (
                scope.message_id
                for scope in scopes(self._sprint.sprint_id)
                if scope.message_id is not None and scope.agent == self._agent
            ),
            None,
        )
        start = {"type": "TOOL_CALL_START", "toolCallId": self.id, "toolCallName": self._tool}
        if message_id is not None:
            start["parentMessageId"] = message_id
        self._publish({**start, **metadata(parent=parent, kind="tool")})
        for first in range(0, len(self._arguments), MAX_JOINED):
            delta = self._arguments[first : first + MAX_JOINED]
            self._publish({"type": "TOOL_CALL_ARGS", "toolCallId": self.id, "delta": delta})
        self._publish({"type": "TOOL_CALL_END", "toolCallId": self.id})

    def _end(self, how: dict[str, object]) -> None:
        error = how.get("error")
        content = self._output if self._output is not None else error
        self._publish(
            {
                "type": "TOOL_CALL_RESULT",
                "messageId": random_id(RESULT_BITS),
                "toolCallId": self.id,
                "role": "tool",
                "content": content if isinstance(content, str) else "",
                **metadata(**how),
            }
        )
