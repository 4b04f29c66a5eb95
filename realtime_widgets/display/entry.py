"""One entry of a transcript: a message, tool call, step, sub-agent, error, or another event."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

__all__ = ["Action", "Entry", "Kind", "State"]

Kind = Literal["message", "reasoning", "tool", "step", "subagent", "error", "other"]
State = Literal["open", "waiting", "done", "failed", "cancelled", "unfinished"]
Action = Literal["start", "content", "end", "chunk", "result"]

MAX_DEPTH = 12
"""In how many entries one is shown."""


@dataclass(eq=False)
class Entry:
    """A message, a tool call, a step, a sub-agent, an error, or an event of another type."""

    kind: Kind
    agent: str

    title: str = ""
    """The role of a message, the name of a tool, step or sub-agent, the type of another event."""

    parts: list[str] = field(default_factory=list)
    """The text of a message, or the arguments of a tool call, in the received pieces."""

    result: str | None = None
    """The result of a tool call."""

    error: str | None = None
    """The message of what has failed, which may be empty; None if it has not."""

    state: State = "done"
    """`open` while it grows; `waiting` for a tool call that is whole and has no result; `failed`
    for a tool, step or agent; `cancelled` for a step; `unfinished` where its run ended first."""

    parent: Entry | None = None
    """The step, tool call or sub-agent that it is a part of."""

    began: float | None = None
    """When it began, in seconds since 1970; of a tool call when its arguments were whole. None
    where that is not known."""

    ended: float | None = None
    """When it ended, in the same way."""

    @property
    def text(self) -> str:
        """The text of a message, or the arguments of a tool call."""
        return "".join(self.parts)

    @property
    def took(self) -> float | None:
        """For how many seconds it went on; None without both times."""
        if self.began is None or self.ended is None:
            return None
        return max(self.ended - self.began, 0)

    @property
    def ancestors(self) -> list[Entry]:
        """What it is a part of, from the inside out, up to `MAX_DEPTH`."""
        above: list[Entry] = []
        parent = self.parent
        while parent is not None and len(above) < MAX_DEPTH:
            above.append(parent)
            parent = parent.parent
        return above
