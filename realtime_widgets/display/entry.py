"""One entry of a transcript: a message, a tool call, a step, an error, or another event."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

__all__ = ["Action", "Entry", "Kind", "State"]

Kind = Literal["message", "reasoning", "tool", "step", "error", "other"]
State = Literal["open", "waiting", "done", "failed", "unfinished"]
Action = Literal["start", "content", "end", "chunk", "result"]


@dataclass(eq=False)
class Entry:
    """A message, a tool call, a step, an error, or an event of another type."""

    kind: Kind
    agent: str

    title: str = ""
    """The role of a message, the name of a tool or step, the type of another event."""

    parts: list[str] = field(default_factory=list)
    """The text of a message, or the arguments of a tool call, in the received pieces."""

    result: str | None = None
    """The result of a tool call."""

    error: str | None = None
    """The error message of a failed tool call, which may be empty; None if there is none."""

    state: State = "done"
    """`open` while it grows; `waiting` for a tool call that is whole and has no result; `failed`
    for a tool or an agent; `unfinished` where its run ended before it."""

    @property
    def text(self) -> str:
        """The text of a message, or the arguments of a tool call."""
        return "".join(self.parts)
