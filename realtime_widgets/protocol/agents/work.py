"""What agents do, as the state of a run has it.

This has no texts of messages: it counts tools and steps, tokens and costs, and the time that models
and tools took, and knows what is open. Its size is bounded.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from pydantic import Field, computed_field

from realtime_widgets.protocol.agents.fields import Extra, name_of, text_of
from realtime_widgets.protocol.agents.nodes import Kind, Node, Nodes, Watch
from realtime_widgets.protocol.agents.stopwatch import Delays, Stopwatch
from realtime_widgets.protocol.agents.tally import Call, Tally
from realtime_widgets.protocol.agents.usage import Sums  # noqa: TC001 - pydantic reads it
from realtime_widgets.protocol.json_limits import MAX_INTEGER
from realtime_widgets.protocol.state_part import StatePart

__all__ = ["AgentWork", "Arrival", "Outcome", "account_of", "one_more"]

Outcome = Literal["success", "interrupt", "cancelled", "error"]


MAX_QUESTIONS = 20
"""Agents that wait for an answer and are kept; beyond it the oldest is dropped."""


class AgentQuestion(StatePart):
    """What an agent waits for, whose last run ended with an interrupt."""

    agent: str
    message: str | None = None


@dataclass(frozen=True)
class Arrival:
    """An event with what most of its handlers need."""

    agent: str
    event: dict[str, Any]
    type: str
    owner: str
    time: float | None
    extra: Extra

    def name(self, field: str) -> str:
        """Return a field that is an id or a name."""
        return name_of(self.event.get(field))


class AgentWork(StatePart):
    """What the agents of the newest attempt did, and what they are doing."""

    tools: int = 0
    """Tool calls."""

    failed_tools: int = 0
    steps: int = 0
    failed_steps: int = 0

    outcome: Outcome | None = None
    """How the run of an agent that ended last has ended; None before, and from the next run on."""

    error: str | None = None
    """The message of its error."""

    questions: list[AgentQuestion] = Field(default=[])
    """The agents that wait for an answer, the newest last."""

    models: Stopwatch = Field(default_factory=Stopwatch)
    """For how long models were called."""

    ran: Stopwatch = Field(default_factory=Stopwatch)
    """For how long tools ran."""

    waiting: Stopwatch = Field(default_factory=Stopwatch)
    """For how long answers to interrupts were waited for."""

    first_tokens: Delays = Field(default_factory=Delays)
    """How long the calls of models that have ended took until their first token."""

    nodes: Nodes = Field(default_factory=Nodes)
    tally: Tally = Field(default_factory=Tally)

    @computed_field  # type: ignore[prop-decorator]
    @property
    def sums(self) -> Sums:
        """Tokens and costs, of runs that have ended and that are in progress."""
        return self.tally.sums

    @computed_field  # type: ignore[prop-decorator]
    @property
    def path(self) -> list[str]:
        """The names of the newest open step and of those around it, the outermost first."""
        steps = [node for node in self.nodes.open if node.kind == "step"]
        if not steps:
            return []
        above = [node.title for node in self.nodes.ancestors(steps[-1]) if node.kind == "step"]
        return [*reversed(above), steps[-1].title]

    def run_tool(self, tool: Node, time: float | None) -> None:
        """The arguments of a tool call are complete: the tool runs now."""
        tool.has_lane = False
        if tool.is_running:
            return
        tool.is_running, tool.began = True, time
        self.watch(tool, "tools", time)

    def add(
        self, arrival: Arrival, kind: Kind, node_id: str, title: str, parent: Node | None = None
    ) -> Node:
        """Begin a node, below `parent` or below the one that its event names."""
        run = self.nodes.run_of(arrival.agent) if kind != "run" else None
        above = parent or self._parent(arrival, kind, title) or run
        node = self.nodes.new(
            kind=kind,
            agent=arrival.agent,
            id=node_id,
            owner=arrival.owner,
            title=title,
            parent=None if above is None else above.n,
            run=None if run is None else run.n,
            began=arrival.time,
        )
        if kind == "tool":
            self.tools = one_more(self.tools)
        elif kind == "step":
            self.steps = one_more(self.steps)
        dropped = self.nodes.add(node)
        if dropped is not None:
            self._stop_watch(dropped, None)
        return node

    def _parent(self, arrival: Arrival, kind: Kind, title: str) -> Node | None:
        named = self.nodes.named(arrival.agent, arrival.extra.parent)
        if named is not None:
            return named
        if kind == "run":
            return None
        subagent = self.nodes.find(arrival.agent, "subagent", arrival.owner)
        # The publisher's own blocks state the step that they are a part of.
        if arrival.extra.work != "" and arrival.extra.parent == "":
            return subagent
        step = self.nodes.newest(arrival.agent, "step", arrival.owner)
        if step is None:
            return subagent
        # Steps of one name that overlap are beside each other.
        return self.nodes.at(step.parent) if kind == "step" and step.title == title else step

    def describe(self, arrival: Arrival, node: Node) -> None:
        """Apply the metadata of an event to its node."""
        if arrival.extra.error is not None:
            self.fail(node)
        if arrival.extra.ttft is not None:
            node.ttft = arrival.extra.ttft
        self.count(arrival, node)

    def count(self, arrival: Arrival, node: Node | None) -> None:
        """Count the tokens and the cost of a call, which may have no node."""
        extra = arrival.extra
        if (extra.usage is None and extra.cost is None) or (node and node.has_counted_parts):
            return
        node_id = arrival.name("messageId")
        inner = node or Node(
            n=self.nodes.number(),
            kind="step",
            agent=arrival.agent,
            id=node_id,
            parent=_number(self._parent(arrival, "tool", "")),
        )
        run = self.nodes.at(inner.run) if node else self.nodes.run_of(arrival.agent)
        ancestors = self.nodes.ancestors(inner)
        for ancestor in ancestors:
            ancestor.has_counted_parts = True
        call = Call(
            n=inner.n,
            account=account_of(arrival.agent, run),
            agent=arrival.agent,
            kind=node.kind if node else arrival.type.rpartition("_")[0],
            id=inner.id,
            usage=extra.usage,
            cost=extra.cost,
        )
        self.tally.count(call, {ancestor.n for ancestor in ancestors})

    def write(self, arrival: Arrival) -> None:
        """A text begins or continues: the first piece in the step of a model is its first token."""
        text_id = arrival.name("messageId") or arrival.name("toolCallId")
        of_text = (one for one in self.nodes.kept if one.awaits_token and one.text_id == text_id)
        step = next(of_text, None) if text_id else None
        step = step or self._parent(arrival, "tool", "")
        if step is None or not step.awaits_token:
            return
        step.text_id = text_id
        if not text_of(arrival.event.get("delta")):
            return
        step.awaits_token = False
        if arrival.time is not None and step.began is not None:
            step.ttft = max(arrival.time - step.began, 0)

    def ask(self, agent: str, message: str | None) -> None:
        """An agent waits for an answer from now on."""
        self.answer(agent)
        self.questions.append(AgentQuestion(agent=agent, message=message))
        del self.questions[:-MAX_QUESTIONS]

    def answer(self, agent: str) -> None:
        """An agent does not wait for an answer any more."""
        self.questions = [one for one in self.questions if one.agent != agent]

    def fail(self, node: Node) -> None:
        """A node has failed."""
        if node.has_failed:
            return
        node.has_failed = True
        if node.kind == "tool":
            self.failed_tools = one_more(self.failed_tools)
        elif node.kind == "step":
            self.failed_steps = one_more(self.failed_steps)

    def restart(self, node: Node) -> None:
        """The start of a node comes again: of a tool call its arguments follow again."""
        self.nodes.reopen(node)
        node.is_running = False

    def end_part(self, node: Node, arrival: Arrival) -> None:
        """A node ends because an event ends what it is a part of."""
        self.end(node, arrival.time)

    def end_lane(self, node: Node, time: float | None) -> None:
        """No more chunks of a node come."""
        node.has_lane = False
        if node.kind == "tool":
            self.run_tool(node, time)
        else:
            self.end(node, time)

    def end_lanes(self, arrival: Arrival, owner: str | None = None) -> None:
        """An event ends the chunks of a sub-agent or, with None, of all of its agent."""
        for lane in self.nodes.lanes(arrival.agent):
            if owner is None or lane.owner == owner:
                self.end_lane(lane, arrival.time)

    def end(self, node: Node, time: float | None) -> None:
        """A node has ended; without a time it is not known when."""
        self._stop_watch(node, time)
        if not node.is_open:
            return
        self.nodes.end(node)
        if node.ttft is not None:
            self.first_tokens.add(node.ttft)

    def watch(self, node: Node, watch: Watch, time: float | None) -> None:
        """A node counts for a time from now on."""
        if time is not None and node.watch is None:
            node.watch = watch
            self._stopwatch(watch).begin(time)

    def _stop_watch(self, node: Node, time: float | None) -> None:
        if node.watch is not None:
            self._stopwatch(node.watch).end(time)
            node.watch = None

    def _stopwatch(self, watch: Watch) -> Stopwatch:
        return {"models": self.models, "tools": self.ran, "waiting": self.waiting}[watch]


def account_of(agent: str, run: Node | None) -> str:
    """Return where calls are counted: in their run or, outside of runs, for their agent."""
    return f"agent {agent}" if run is None else f"run {run.n}"


def _number(node: Node | None) -> int | None:
    return None if node is None else node.n


def one_more(count: int) -> int:
    """Count one more, as far as browsers can count."""
    return min(count + 1, MAX_INTEGER)
