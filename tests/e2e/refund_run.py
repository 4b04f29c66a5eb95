"""A run of an agent with all there is: steps, models, tools, a sub-agent that fails, a state."""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

AGENT = "orchestrator"
ANSWER = """I found **6 charges**, of which 3 are duplicates:

| id | amount |
|----|-------:|
| `ch_2` | $19.99 |
| `ch_4` | $19.99 |
| `ch_9` | $19.99 |
"""
LOG = (
    ("debug", "http", "GET /v1/customers/8812 200"),
    ("info", "agent", "loaded 6 charges of customer 8812"),
    ("info", "payments", "refunded ch_2: $19.99"),
    ("info", "payments", "refunded ch_4: $19.99"),
    ("warning", "payments", "rate limited by payments API, retried after 1 s"),
    ("error", "payments", "POST /v1/refunds 404: no such charge: ch_9"),
    ("debug", "http", "GET /v1/policies/refunds 200"),
    ("info", "agent", "delegated to reader and writer"),
)


@dataclass
class Recorder:
    """Makes the events of a run, and counts the seconds between them."""

    now: float
    events: list[dict[str, Any]] = field(default_factory=list)
    calls: int = 0
    steps: list[str] = field(default_factory=list)
    """The ids of the open steps, the innermost last."""

    def add(self, kind: str, after: float = 0.0, **fields: Any) -> None:
        """Add an event of the agent, so many seconds after the one before."""
        self.now += after
        ours = fields.pop("ours", None)
        if ours is not None:
            fields["metadata"] = {"realtime-widgets": ours}
        event = {"type": kind, **fields}
        self.events.append(
            {"type": "agent_message", "agent": AGENT, "event": event, "time": self.now}
        )

    def log(self, number: int) -> None:
        """Add a line of the log."""
        level, source, text = LOG[number]
        line = {"type": "log", "level": level, "source": source, "message": text}
        self.events.append({**line, "time": self.now})

    @contextmanager
    def step(self, name: str, kind: str = "step", **end: Any) -> Iterator[None]:
        """Add a step around what is added in the block."""
        ours = {"id": f"{name}-{len(self.events)}", "kind": kind}
        if self.steps:
            ours["parent"] = self.steps[-1]
        self.add("STEP_STARTED", 0.1, stepName=name, ours=ours)
        self.steps.append(ours["id"])
        yield
        self.steps.pop()
        self.add("STEP_FINISHED", 0.1, stepName=name, ours=ours | end)

    def call(self, name: str, args: dict[str, Any], took: float, **result: Any) -> None:
        """Add a call of a tool, which succeeds unless it has an `error`."""
        self.calls += 1
        call = {"toolCallId": f"call-{self.calls}"}
        if "owner" in result:
            call["subagentRunId"] = result.pop("owner")
        self.add("TOOL_CALL_START", 0.1, toolCallName=name, **call)
        self.add("TOOL_CALL_ARGS", delta=json.dumps(args), **call)
        self.add("TOOL_CALL_END", 0.1, **call)
        if result:
            ours = {} if "error" in result else {"ours": {"error": False}}
            self.add("TOOL_CALL_RESULT", took, **call, **ours, **result)

    def message(self, text: str, took: float, **fields: Any) -> None:
        """Add a message."""
        message = {"messageId": f"message-{len(self.events)}", **fields}
        self.add("TEXT_MESSAGE_START", 0.1, role="assistant", **message)
        self.add("TEXT_MESSAGE_CONTENT", took / 2, delta=text, **message)
        self.add("TEXT_MESSAGE_END", took / 2, **message)


def usage(sent: int, received: int, cost: str) -> dict[str, Any]:
    """Return the tokens and the cost of a call of a model."""
    counts = {"provider": "openai", "model": "gpt-5", "inputTokens": sent, "outputTokens": received}
    return {"usage": counts, "cost": {"amount": cost, "currency": "USD", "source": "provider"}}


def refund_run(began: float) -> list[dict[str, Any]]:
    """Return the events of a run that began at a time and is still running after 40 s."""
    run = Recorder(began)
    run.events.append({"type": "status_update", "status": "running", "time": began})
    question = {"id": "u", "role": "user", "content": "Refund the duplicate charges of 8812."}
    run.add("RUN_STARTED", threadId="t", runId="r", input={"messages": [question]})
    with run.step("look up customer"):
        run.add("REASONING_MESSAGE_START", 0.1, messageId="thought", role="reasoning")
        thought = "Duplicates have one amount on one day. I need the charges first."
        run.add("REASONING_MESSAGE_CONTENT", messageId="thought", delta=thought)
        run.add("REASONING_MESSAGE_END", 1.2, messageId="thought")
        run.call("crm.get_customer", {"id": 8812, "fields": ["charges"]}, 0.6, content="6 charges")
        run.log(0)
        run.log(1)
    with run.step("plan"), run.step("gpt-5", "model", **usage(5_214, 812, "0.0146")):
        run.message(ANSWER, 2.1)
    run.add("STATE_SNAPSHOT", snapshot={"customer": 8812, "refunded": [], "left": 3})
    with run.step("refund"):
        _refund(run)
    run.add("STEP_STARTED", 0.2, stepName="tell her", ours={"id": "tell", "kind": "step"})
    _delegate(run)
    return run.events


def _refund(run: Recorder) -> None:
    for number, charge in enumerate(("ch_2", "ch_4")):
        run.call("payments.refund", {"charge": charge}, 0.6 + number / 2, content="refunded")
        run.log(2 + number)
        path = f"/refunded/{number}"
        patch = [
            {"op": "add", "path": path, "value": charge},
            {"op": "replace", "path": "/left", "value": 2 - number},
        ]
        run.add("STATE_DELTA", delta=patch)
    run.log(4)
    run.call("payments.refund", {"charge": "ch_9"}, 0.5, content="", error="404 no such charge")
    run.log(5)
    with run.step("gpt-5", "model", **usage(6_120, 240, "0.0101")):
        run.message("`ch_9` was reversed by the bank already, so two refunds are enough.", 1.4)


def _delegate(run: Recorder) -> None:
    run.call("delegate", {"to": ["reader", "writer"]}, 0)
    for name, task in (("reader", "reads the policy"), ("writer", "writes the e-mail")):
        parts = {"subagentRunId": name, "name": name, "description": task}
        run.add("SUBAGENT_STARTED", 0.1, parentToolCallId=f"call-{run.calls}", **parts)
    run.log(6)
    run.log(7)
    run.call("search", {"query": "refund policy"}, 3.2, owner="reader", content="3 pages")
    query = {"query": "select days from polices"}
    run.call("sql", query, 0.2, owner="reader", content="", error="no such table: polices")
    run.add("SUBAGENT_ERROR", 0.4, subagentRunId="reader", message="gave up after 1 failed query")
    run.call("draft", {"to": 8812, "tone": "friendly"}, 4.1, owner="writer", content="ready")
    text = {"messageId": "mail", "subagentRunId": "writer"}
    run.add("TEXT_MESSAGE_START", 0.3, role="assistant", **text)
    greeting = "Dear Ada,\n\nwe have refunded two charges of **$19.99** each; you will see them"
    run.add("TEXT_MESSAGE_CONTENT", 0.8, delta=greeting, **text)
