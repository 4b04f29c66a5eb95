"""What a snapshot shows of an entry of a transcript."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from realtime_widgets.protocol.agents.entry import NodeState

__all__ = ["Turn", "TurnKind"]

TurnKind = Literal["message", "reasoning", "tool", "step", "subagent", "error"]


@dataclass(frozen=True)
class Turn:
    """A message, reasoning, tool call, step, sub-agent or error of an agent."""

    kind: TurnKind
    agent: str
    title: str
    """The role of a message, the name of a tool, step or sub-agent."""

    text: str = ""
    """The text of a message, the arguments of a tool, or the error that stopped an agent."""

    result: str = ""
    """What a tool answered, or why it, a step or a sub-agent failed."""

    state: NodeState = "done"

    depth: int = 0
    """In how many steps, tool calls and sub-agents it lies."""

    took: str = ""
    """How long it took, where both of its times are known."""

    markup: str = ""
    """The text of a message as HTML, made from its Markdown; "" where it is shown as it is."""
