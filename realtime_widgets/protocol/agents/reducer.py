"""How an AG-UI event changes what agents do.

The rules are those of the timeline of a view (`frontend/src/model/timeline.ts`); the streams in
`tests/vectors/agui` hold both to them. Nothing that an event holds raises.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from realtime_widgets.protocol.agents.fields import (
    MAX_ENTRIES,
    MAX_ERROR,
    MAX_QUESTION,
    list_of,
    name_of,
    object_of,
    read_extra,
    read_usage,
    text_of,
)
from realtime_widgets.protocol.agents.work import Arrival, account_of, one_more

if TYPE_CHECKING:
    from collections.abc import Callable

    from realtime_widgets.protocol.agents.nodes import Node
    from realtime_widgets.protocol.agents.work import AgentWork
    from realtime_widgets.protocol.events import AgentMessage

__all__ = ["RUN_TYPES", "reduce_agent_event"]

RUN_TYPES = {"RUN_STARTED", "RUN_FINISHED", "RUN_ERROR"}
"""Types of events that begin or end the run of an agent."""

_KEEP_LANES = {"RAW", "ACTIVITY_SNAPSHOT", "ACTIVITY_DELTA", "REASONING_ENCRYPTED_VALUE"}
_KEEP_LANES |= {"SUBAGENT_STARTED", "TOOL_CALL_CHUNK"}
_TEXTS = {"TOOL_CALL_START", "TOOL_CALL_ARGS", "TOOL_CALL_CHUNK"} | {
    f"{kind}_MESSAGE_{part}"
    for kind in ("TEXT", "REASONING", "THINKING_TEXT")
    for part in ("START", "CONTENT", "CHUNK")
}
_END_ALL_LANES = RUN_TYPES | {"MESSAGES_SNAPSHOT"}


def reduce_agent_event(work: AgentWork, message: AgentMessage) -> None:
    """Reduce an event of an agent."""
    event = message.event
    kind = text_of(event.get("type"))
    handler = _HANDLERS.get(kind)
    is_text = kind in _TEXTS and any(node.awaits_token for node in work.nodes.kept)
    has_lanes = any(node.has_lane for node in work.nodes.kept)
    if handler is None and not is_text and not has_lanes and "metadata" not in event:
        return  # most events are pieces of texts
    arrival = Arrival(
        agent=message.agent,
        event=event,
        type=kind,
        owner=name_of(event.get("subagentRunId")),
        time=None if message.time is None else float(message.time),
        extra=read_extra(event),
    )
    if has_lanes:
        _end_lanes(work, arrival)
    if handler is not None:
        handler(work, arrival)
    else:
        work.count(arrival, None)
    if is_text:
        work.write(arrival)


def _end_lanes(work: AgentWork, arrival: Arrival) -> None:
    if arrival.type in _KEEP_LANES:
        return
    for node in work.nodes.of(arrival.agent, "tool"):
        if node.has_lane and (arrival.type in _END_ALL_LANES or node.owner == arrival.owner):
            work.run_tool(node, arrival.time)


def _start_run(work: AgentWork, arrival: Arrival) -> None:
    run_id = arrival.name("runId")
    work.outcome = work.error = None
    work.answer(arrival.agent)
    if any(run.id == run_id for run in work.nodes.of(arrival.agent, "run")):
        return
    for node in work.nodes.of(arrival.agent, "interrupt"):
        work.end(node, arrival.time)
    parent = work.nodes.find(arrival.agent, "run", arrival.name("parentRunId"))
    work.add(arrival, "run", run_id, "", parent=parent)


def _end_run(work: AgentWork, arrival: Arrival) -> None:
    outcome = object_of(arrival.event.get("outcome"))
    has_failed = arrival.type == "RUN_ERROR"
    known = _take_run(work, arrival)
    for node in [*work.nodes.open]:
        if node.kind in ("run", "interrupt"):
            continue
        is_own = known is not None and node.run == known.n
        ends_all = known is None or not work.nodes.of(arrival.agent, "run")
        if is_own or (ends_all and node.agent == arrival.agent):
            work.end(node, arrival.time)
    usage = [read_usage(one) for one in list_of(arrival.event.get("usage"))[:MAX_ENTRIES]]
    own = [one for one in usage if one is not None]
    if arrival.extra.usage is not None and not own:
        own = [arrival.extra.usage]
    account = account_of(arrival.agent, known)
    work.tally.end_run(account, own, arrival.extra.cost)
    kind = text_of(outcome.get("type"))
    work.error = text_of(arrival.event.get("message"))[:MAX_ERROR] if has_failed else None
    work.outcome = "success"
    work.answer(arrival.agent)
    if has_failed:
        work.outcome = "error"
    elif kind == "cancelled":
        work.outcome = "cancelled"
    elif kind == "interrupt":
        work.outcome = "interrupt"
        _ask(work, arrival, list_of(outcome.get("interrupts"))[:MAX_ENTRIES])


def _take_run(work: AgentWork, arrival: Arrival) -> Node | None:
    """Remove the run that an event ends: of its id or, without an id, the newest."""
    run_id = arrival.name("runId")
    runs = work.nodes.of(arrival.agent, "run")
    known = next((run for run in runs if run.id == run_id), None)
    if known is None and not run_id and runs:
        known = runs[-1]
    for run in [known] if known is not None else runs:
        work.end(run, arrival.time)
        if run is not known:
            work.tally.end_run(account_of(arrival.agent, run), [], None)
    return known


def _ask(work: AgentWork, arrival: Arrival, interrupts: list[Any]) -> None:
    """The agent waits for answers; the first question is the one that is shown."""
    questions = []
    for fields in map(object_of, interrupts):
        question = text_of(fields.get("message")) or text_of(fields.get("reason"))
        questions.append(question[:MAX_QUESTION])
        node = work.add(arrival, "interrupt", name_of(fields.get("id")), name_of(question))
        work.watch(node, "waiting", arrival.time)
    work.ask(arrival.agent, next(filter(None, questions), None))


def _start_step(work: AgentWork, arrival: Arrival) -> None:
    step_id = arrival.extra.id
    known = work.nodes.find(arrival.agent, "step", step_id)
    if known is None:
        work.steps = one_more(work.steps)
        known = work.add(arrival, "step", step_id, arrival.name("stepName"))
        if arrival.extra.work == "model":
            known.awaits_token = True
            work.watch(known, "models", arrival.time)
    work.describe(arrival, known)


def _finish_step(work: AgentWork, arrival: Arrival) -> None:
    step_id, title = arrival.extra.id, arrival.name("stepName")
    steps = [one for one in work.nodes.of(arrival.agent, "step") if one.owner == arrival.owner]
    same = [one for one in steps if (one.id == step_id if step_id else one.title == title)]
    if same:
        step = same[-1]
    else:
        work.steps = one_more(work.steps)
        step = work.add(arrival, "step", step_id, title)
    work.describe(arrival, step)
    work.end(step, arrival.time)


def _start_tool(work: AgentWork, arrival: Arrival) -> None:
    tool = work.tool(arrival)
    if not tool.is_answered and not tool.has_failed:
        tool.is_open, tool.is_running = True, False
    work.describe(arrival, tool)


def _add_tool_arguments(work: AgentWork, arrival: Arrival) -> None:
    work.describe(arrival, work.tool(arrival))


def _chunk_tool(work: AgentWork, arrival: Arrival) -> None:
    tool_id = arrival.name("toolCallId")
    lanes = [one for one in work.nodes.of(arrival.agent, "tool") if one.has_lane]
    own = [one for one in lanes if one.owner == arrival.owner]
    if tool_id:
        tool = work.nodes.find(arrival.agent, "tool", tool_id)
    else:
        tool = next(iter(own or (lanes if len(lanes) == 1 and not arrival.owner else [])), None)
    if tool is None or not tool.has_lane:
        for lane in own:
            work.run_tool(lane, arrival.time)
        tool = tool or work.new_tool(arrival)
        tool.has_lane = tool.is_open
    work.describe(arrival, tool)


def _end_tool_arguments(work: AgentWork, arrival: Arrival) -> None:
    tool = work.tool(arrival)
    work.describe(arrival, tool)
    if tool.has_failed:
        work.end(tool, arrival.time)
    elif tool.is_open:
        work.run_tool(tool, arrival.time)


def _answer_tool(work: AgentWork, arrival: Arrival) -> None:
    tool = work.tool(arrival)
    work.describe(arrival, tool)
    if isinstance(arrival.event.get("error"), str):
        work.fail(tool)
    tool.is_answered = True
    work.end(tool, arrival.time)


def _read_messages(work: AgentWork, arrival: Arrival) -> None:
    """A snapshot may say that a tool has failed."""
    for message in list_of(arrival.event.get("messages")):
        fields = object_of(message)
        tool = work.nodes.find(arrival.agent, "tool", name_of(fields.get("toolCallId")))
        if fields.get("role") == "tool" and tool is not None:
            if isinstance(fields.get("error"), str):
                work.fail(tool)
            tool.is_answered = True
            work.end(tool, None)


def _start_subagent(work: AgentWork, arrival: Arrival) -> None:
    if work.nodes.find(arrival.agent, "subagent", arrival.owner) is not None:
        return
    parent = work.nodes.find(arrival.agent, "tool", arrival.name("parentToolCallId"))
    work.add(arrival, "subagent", arrival.owner, arrival.name("name"), parent=parent)


def _end_subagent(work: AgentWork, arrival: Arrival) -> None:
    node = work.nodes.find(arrival.agent, "subagent", arrival.owner)
    for part in [*work.nodes.open]:
        is_of_agent = part.agent == arrival.agent and part.kind in ("step", "tool")
        if is_of_agent and arrival.owner and part.owner == arrival.owner:
            work.end(part, arrival.time)
    work.count(arrival, node)
    if node is not None:
        work.end(node, arrival.time)


_HANDLERS: dict[str, Callable[[AgentWork, Arrival], None]] = {
    "RUN_STARTED": _start_run,
    "RUN_FINISHED": _end_run,
    "RUN_ERROR": _end_run,
    "STEP_STARTED": _start_step,
    "STEP_FINISHED": _finish_step,
    "TOOL_CALL_START": _start_tool,
    "TOOL_CALL_ARGS": _add_tool_arguments,
    "TOOL_CALL_CHUNK": _chunk_tool,
    "TOOL_CALL_END": _end_tool_arguments,
    "TOOL_CALL_RESULT": _answer_tool,
    "MESSAGES_SNAPSHOT": _read_messages,
    "SUBAGENT_STARTED": _start_subagent,
    "SUBAGENT_FINISHED": _end_subagent,
    "SUBAGENT_ERROR": _end_subagent,
}
