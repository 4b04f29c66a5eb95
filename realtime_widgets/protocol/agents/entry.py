"""The entries of a transcript: nodes with their texts, all of which are kept."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field, PrivateAttr

from realtime_widgets.protocol.agents.nodes import PARENTS, Kind, Node, Nodes
from realtime_widgets.protocol.agents.outcome import Outcome  # noqa: TC001 - pydantic reads it
from realtime_widgets.protocol.events import Number  # noqa: TC001 - pydantic reads it

__all__ = ["Entries", "Entry", "NodeState", "entry_of"]

NodeState = Literal[
    "open",
    "running",
    "answered",
    "done",
    "failed",
    "cancelled",
    "suspended",
    "unanswered",
    "unfinished",
]
"""As in `frontend/src/view/node-state.ts`."""

_ANY = ""
"""Under it the newest entry of an id is found, whichever agent it is of."""


class Entry(Node):
    """A node with its texts."""

    parts: list[str] = Field(default=[])
    """The text of a message, or the arguments of a tool call, in the received pieces."""

    result: str | None = None
    """The result of a tool call."""

    error: str | None = None
    """The message of what has failed, which may be empty; None if it has not."""

    ended: Number | None = None
    """When it ended, in seconds since 1970; None where it was ended by the end of something
    else."""

    outcome: Outcome | None = None
    """How it ended; None while it is open, and where only that it has ended is known."""

    @property
    def text(self) -> str:
        """The text of a message, or the arguments of a tool call."""
        return "".join(self.parts)

    def state(self, *, is_over: bool) -> NodeState:
        """Return whether it is open, and else how it ended, by the rules of the live view.

        `open` while it grows; `running` for a tool call that is whole and has no result; `answered`
        for one with a result of which nothing more is known.

        Args:
            is_over: Whether the run has ended, so that nothing is open any more.
        """
        is_tool = self.kind == "tool"
        if self.error is not None or self.kind == "error":
            return "failed"
        if self.is_open and not is_over:
            return "running" if self.is_running else "open"
        if self.is_open:
            return "unanswered" if is_tool else "unfinished"
        if self.outcome is not None:
            return "done" if self.outcome == "success" else self.outcome
        if is_tool:
            return "unanswered" if self.result is None else "answered"
        return "done"

    @property
    def took(self) -> float | None:
        """Seconds that it took, of a tool call those of the tool; None without both times."""
        has_begun = self.kind != "tool" or self.is_running
        if self.began is None or self.ended is None or not has_begun:
            return None
        return max(self.ended - self.began, 0)


class Entries(Nodes):
    """Nodes with their texts: what is open, as in the state of a run, and all that ended."""

    all: list[Entry] = Field(default=[])
    """In the order in which they began."""

    _by_n: dict[int, Entry] = PrivateAttr(default_factory=dict)
    _by_id: dict[tuple[str, Kind, str], Entry] = PrivateAttr(default_factory=dict)

    def new(self, **fields: Any) -> Entry:  # noqa: ANN401 - fields of a node
        """Return an entry that is not kept yet."""
        return Entry(n=self.number(), **fields)

    def add(self, node: Node) -> None:
        """Keep a node."""
        entry = entry_of(node)
        self.all.append(entry)
        self.kept.append(entry)
        self._by_n[entry.n] = entry
        if entry.id:
            for agent in (entry.agent, _ANY):
                self._by_id[agent, entry.kind, entry.id] = entry

    def end(self, node: Node) -> None:
        """A node has ended."""
        node.is_open = node.has_lane = False
        self.kept.remove(node)

    def reopen(self, node: Node) -> None:
        """A node that may have ended is continued."""
        entry = entry_of(node)
        if not entry.is_open:
            self.kept.append(entry)
            entry.is_open, entry.outcome, entry.ended = True, None, None

    def at(self, n: int | None) -> Entry | None:
        """Return the entry of a number."""
        return None if n is None else self._by_n.get(n)

    def find(self, agent: str, kind: Kind, node_id: str) -> Entry | None:
        """Return the newest entry of an id."""
        return self._by_id.get((agent, kind, node_id))

    def named(self, agent: str, node_id: str) -> Entry | None:
        """Return what the metadata of an event of this agent names; it may be of another agent."""
        places = ((one, kind, node_id) for kind in PARENTS for one in (agent, _ANY))
        return next((self._by_id[place] for place in places if place in self._by_id), None)


def entry_of(node: Node) -> Entry:
    """Return a node of a transcript as what it is."""
    assert isinstance(node, Entry)  # noqa: S101 - `Entries.new` made it
    return node
