"""How an AG-UI event changes what agents do.

The rules are those of the timeline of a view (`frontend/src/model/timeline.ts`); the streams in
`tests/vectors/agui` hold both to them. Nothing that an event holds raises.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

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
from realtime_widgets.protocol.agents.streams import TOOL, piece, stream_handlers
from realtime_widgets.protocol.agents.work import AgentWork, Arrival, account_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from realtime_widgets.protocol.agents.nodes import Node

__all__ = ["HANDLERS", "RUN_TYPES", "Handler", "end_run", "reduce_event", "start_run"]

_Work = TypeVar("_Work", bound=AgentWork)

RUN_TYPES = {"RUN_STARTED", "RUN_FINISHED", "RUN_ERROR"}
"""Types of events that begin or end the run of an agent."""

_KEEP_LANES = {"RAW", "ACTIVITY_SNAPSHOT", "ACTIVITY_DELTA", "REASONING_ENCRYPTED_VALUE"}
_KEEP_LANES |= {"SUBAGENT_STARTED", "SUBAGENT_FINISHED", "SUBAGENT_ERROR", "RUN_ERROR"}
_TEXTS = {"TOOL_CALL_START", "TOOL_CALL_ARGS", "TOOL_CALL_CHUNK"} | {
    f"{kind}_MESSAGE_{part}"
    for kind in ("TEXT", "REASONING", "THINKING_TEXT")
    for part in ("START", "CONTENT", "CHUNK")
}
_END_ALL_LANES = {"RUN_STARTED", "RUN_FINISHED", "MESSAGES_SNAPSHOT"}


def start_run(work: AgentWork, arrival: Arrival) -> None:
    """A run of an agent begins; a start that is repeated begins no other one."""
    run_id = arrival.name("runId")
    work.outcome = work.error = None
    work.answer(arrival.agent)
    if any(run.id == run_id for run in work.nodes.of(arrival.agent, "run")):
        return
    for node in work.nodes.of(arrival.agent, "interrupt"):
        work.end(node, arrival.time)
    parent = work.nodes.find(arrival.agent, "run", arrival.name("parentRunId"))
    work.add(arrival, "run", run_id, "", parent=parent)


def end_run(work: AgentWork, arrival: Arrival) -> None:
    """A run of an agent ends, and what is open in it; all of the agent where it has no other."""
    outcome = object_of(arrival.event.get("outcome"))
    has_failed = arrival.type == "RUN_ERROR"
    known = _take_run(work, arrival)
    for node in [*work.nodes.open]:
        if node.kind in ("run", "interrupt"):
            continue
        is_own = known is not None and node.run == known.n
        ends_all = known is None or not work.nodes.of(arrival.agent, "run")
        if is_own or (ends_all and node.agent == arrival.agent):
            work.end_part(node, arrival)
    work.end_lanes(arrival)
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
        known = work.add(arrival, "step", step_id, arrival.name("stepName"))
        if arrival.extra.work == "model":
            known.awaits_token = True
            work.watch(known, "models", arrival.time)
    work.describe(arrival, known)


def _finish_step(work: AgentWork, arrival: Arrival) -> None:
    step_id, title = arrival.extra.id, arrival.name("stepName")
    if step_id:
        step = work.nodes.find(arrival.agent, "step", step_id)
    else:
        steps = reversed(work.nodes.of(arrival.agent, "step"))
        same = (one for one in steps if (one.owner, one.title) == (arrival.owner, title))
        step = next(same, None)
    step = step or work.add(arrival, "step", step_id, title)
    work.describe(arrival, step)
    work.end(step, arrival.time)


def _answer_tool(work: AgentWork, arrival: Arrival) -> None:
    tool = piece(TOOL, work, arrival)
    work.describe(arrival, tool)
    if isinstance(arrival.event.get("error"), str):
        work.fail(tool)
    tool.is_answered = True
    work.end(tool, arrival.time)


def _read_messages(work: AgentWork, arrival: Arrival) -> None:
    """A snapshot may report that a tool has failed."""
    for message in list_of(arrival.event.get("messages")):
        fields = object_of(message)
        tool = work.nodes.find(arrival.agent, "tool", name_of(fields.get("toolCallId")))
        if fields.get("role") == "tool" and tool is not None:
            if isinstance(fields.get("error"), str):
                work.fail(tool)
            tool.is_answered = True
            work.end(tool, None)


def _start_subagent(work: AgentWork, arrival: Arrival) -> None:
    subagent = arrival.owner
    if work.nodes.find(arrival.agent, "subagent", subagent) is not None:
        return
    parent = work.nodes.find(arrival.agent, "tool", arrival.name("parentToolCallId"))
    outer = replace(arrival, owner=arrival.name("parentSubagentRunId"))
    node = work.add(outer, "subagent", subagent, arrival.name("name"), parent=parent)
    work.describe(arrival, node)


def _end_subagent(work: AgentWork, arrival: Arrival) -> None:
    node = work.nodes.find(arrival.agent, "subagent", arrival.owner)
    for part in [*work.nodes.open]:
        is_of_agent = part.agent == arrival.agent and part.kind not in ("run", "interrupt")
        if is_of_agent and arrival.owner and part.owner == arrival.owner:
            work.end_part(part, arrival)
    work.end_lanes(arrival, arrival.owner)
    if node is None:
        work.count(arrival, None)
        return
    work.describe(arrival, node)
    work.end(node, arrival.time)


Handler: TypeAlias = "Callable[[_Work, Arrival], None]"

HANDLERS: Mapping[str, Handler[AgentWork]] = {
    "RUN_STARTED": start_run,
    "RUN_FINISHED": end_run,
    "RUN_ERROR": end_run,
    "STEP_STARTED": _start_step,
    "STEP_FINISHED": _finish_step,
    **stream_handlers("TOOL_CALL", TOOL),
    "TOOL_CALL_RESULT": _answer_tool,
    "MESSAGES_SNAPSHOT": _read_messages,
    "SUBAGENT_STARTED": _start_subagent,
    "SUBAGENT_FINISHED": _end_subagent,
    "SUBAGENT_ERROR": _end_subagent,
}
"""What each type of event changes of the state of a run."""


def reduce_event(
    work: _Work,
    agent: str,
    event: dict[str, Any],
    time: float | None,
    handlers: Mapping[str, Handler[_Work]] = HANDLERS,
) -> None:
    """Reduce an event of an agent by the handler of its type; `time` is in seconds since 1970."""
    kind = text_of(event.get("type"))
    handler = handlers.get(kind)
    is_text = kind in _TEXTS and any(node.awaits_token for node in work.nodes.kept)
    has_lanes = any(node.has_lane for node in work.nodes.kept)
    if handler is None and not is_text and not has_lanes and "metadata" not in event:
        return  # most events are pieces of texts
    arrival = Arrival(
        agent=agent,
        event=event,
        type=kind,
        owner=name_of(event.get("subagentRunId")),
        time=None if time is None else float(time),
        extra=read_extra(event),
    )
    # The handler of a chunk ends the lanes that it does not continue.
    if has_lanes and kind not in _KEEP_LANES and (handler is None or not kind.endswith("_CHUNK")):
        work.end_lanes(arrival, None if kind in _END_ALL_LANES else arrival.owner)
    if handler is not None:
        handler(work, arrival)
    else:
        work.count(arrival, None)
    if is_text:
        work.write(arrival)
