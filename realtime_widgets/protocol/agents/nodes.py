"""The open runs, steps, tools, sub-agents and interrupts of agents, in a bounded number."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field

from realtime_widgets.protocol.events import Number
from realtime_widgets.protocol.state_part import StatePart

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["PARENTS", "Kind", "Node", "Nodes", "Watch"]

MAX_OPEN = 100
"""Open nodes that are kept; beyond it the oldest is dropped, and its end counts for nothing."""

MAX_ENDED = 20
"""Tool calls that have ended and are kept, as a later event may still report that they failed."""

Kind = Literal["run", "step", "tool", "subagent", "interrupt", "message", "reasoning", "error"]
"""The last three are in transcripts only, and not in the state of a run."""

Watch = Literal["models", "tools", "waiting"]


class Node(StatePart):
    """A run of an agent, a step, a tool call, a sub-agent, or an interrupt."""

    n: int
    kind: Kind
    agent: str
    id: str = ""
    owner: str = ""
    """The id of the sub-agent that it belongs to; "" for the agent itself."""

    title: str = ""
    """The name of a step, tool or sub-agent; the message of an interrupt; the role of a message."""

    parent: int | None = None
    """The number of the node that it is a part of."""

    run: int | None = None
    """The number of the run in which it began."""

    began: Number | None = None
    """When it began, in seconds since 1970; of a tool whose arguments are complete, when it ran."""

    is_open: bool = True
    is_running: bool = False
    """Of a tool: whether its arguments are complete."""

    is_answered: bool = False
    """Of a tool: whether it has a result."""

    has_failed: bool = False
    has_lane: bool = False
    """Whether chunks continue it."""

    has_counted_parts: bool = False
    """Whether the tokens of its parts are counted, so that its own are not."""

    awaits_token: bool = False
    """Of a step that calls a model: whether no token of it has come."""

    text_id: str = ""
    """Of such a step: the id of the text that the model writes."""

    ttft: Number | None = None
    """Of such a step: seconds until its first token came."""

    watch: Watch | None = None
    """The time that it counts for."""


PARENTS: Sequence[Kind] = ("step", "tool", "subagent", "run")
"""What the metadata of an event may name as that which it is a part of."""


class Nodes(StatePart):
    """Nodes in the order in which they began."""

    kept: list[Node] = Field(default=[])
    next_n: int = 0

    @property
    def open(self) -> list[Node]:
        """Those that have not ended."""
        return [node for node in self.kept if node.is_open]

    def number(self) -> int:
        """Return a number that no node had."""
        self.next_n += 1
        return self.next_n - 1

    def new(self, **fields: Any) -> Node:  # noqa: ANN401 - fields of a node
        """Return a node that is not kept yet."""
        return Node(n=self.number(), **fields)

    def add(self, node: Node) -> Node | None:
        """Keep a node; returns the open one that was dropped for it."""
        self.kept.append(node)
        oldest = next(iter(self.open), None)
        if oldest is None or len(self.kept) - MAX_ENDED <= MAX_OPEN:
            return None
        self.kept.remove(oldest)
        return oldest

    def end(self, node: Node) -> None:
        """A node has ended; of tools the newest are kept."""
        node.is_open = node.has_lane = False
        if node.kind != "tool":
            self.kept.remove(node)
            return
        ended = [one for one in self.kept if not one.is_open]
        if len(ended) > MAX_ENDED:
            self.kept.remove(ended[0])

    def reopen(self, node: Node) -> None:
        """A node that may have ended is continued."""
        node.is_open = True

    def at(self, n: int | None) -> Node | None:
        """Return the node of a number."""
        return None if n is None else next((node for node in self.kept if node.n == n), None)

    def find(self, agent: str, kind: Kind, node_id: str) -> Node | None:
        """Return the newest node of an id."""
        if not node_id:
            return None
        return next(
            (
                node
                for node in reversed(self.kept)
                if node.id == node_id and node.kind == kind and node.agent == agent
            ),
            None,
        )

    def named(self, agent: str, node_id: str) -> Node | None:
        """Return what the metadata of an event of this agent names; it may be of another agent."""
        if not node_id:
            return None
        same = [node for node in self.kept if node.id == node_id and node.kind in PARENTS]
        same.sort(key=lambda node: (PARENTS.index(node.kind), node.agent != agent, -node.n))
        return same[0] if same else None

    def newest(self, agent: str, kind: Kind, owner: str) -> Node | None:
        """Return the newest open node of an agent or of one of its sub-agents."""
        return next((node for node in reversed(self.of(agent, kind)) if node.owner == owner), None)

    def of(self, agent: str, kind: Kind) -> list[Node]:
        """Return the open nodes of an agent, the newest last."""
        return [
            node for node in self.kept if node.is_open and node.kind == kind and node.agent == agent
        ]

    def lanes(self, agent: str) -> list[Node]:
        """Return the nodes of an agent that chunks continue."""
        return [node for node in self.kept if node.has_lane and node.agent == agent]

    def run_of(self, agent: str) -> Node | None:
        """Return the open run of an agent, the newest, or else the only one of all agents."""
        own = self.of(agent, "run")
        if own:
            return own[-1]
        runs = [node for node in self.kept if node.kind == "run"]
        return runs[0] if len(runs) == 1 else None

    def ancestors(self, node: Node) -> list[Node]:
        """Return what a node is a part of, from the inside out."""
        above: list[Node] = []
        parent = self.at(node.parent)
        while parent is not None:
            above.append(parent)
            parent = self.at(parent.parent)
        return above
