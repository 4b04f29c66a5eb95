"""What comes in pieces, between a start and an end or in chunks: tool calls, messages, reasoning.

The state of a run has the tool calls only, a transcript all of them.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

    from realtime_widgets.protocol.agents.nodes import Kind, Node
    from realtime_widgets.protocol.agents.work import AgentWork, Arrival

__all__ = ["MESSAGE", "REASONING", "TOOL", "Stream", "piece", "stream_handlers"]


class Stream(NamedTuple):
    """A kind of node that comes in pieces."""

    kind: Kind
    id_field: str
    title_field: str | None = None
    pieces: str = "CONTENT"
    """The end of the type of its pieces."""


TOOL = Stream("tool", "toolCallId", "toolCallName", "ARGS")
MESSAGE = Stream("message", "messageId", "role")
REASONING = Stream("reasoning", "messageId")


def stream_handlers(prefix: str, stream: Stream) -> dict[str, Callable[[AgentWork, Arrival], None]]:
    """Return the handlers of the types of a stream, which begin with `prefix`."""
    handlers = {"START": _start, stream.pieces: _add, "END": _end, "CHUNK": _chunk}
    return {f"{prefix}_{suffix}": partial(handle, stream) for suffix, handle in handlers.items()}


def piece(stream: Stream, work: AgentWork, arrival: Arrival) -> Node:
    """Return the node of an event, a new one where it is not known."""
    node_id = arrival.name(stream.id_field)
    if node_id:
        known = work.nodes.find(arrival.agent, stream.kind, node_id)
    else:
        known = work.nodes.newest(arrival.agent, stream.kind, arrival.owner)
    return known or _begin(stream, work, arrival)


def _begin(stream: Stream, work: AgentWork, arrival: Arrival) -> Node:
    return work.add(arrival, stream.kind, arrival.name(stream.id_field), "")


def _describe(stream: Stream, work: AgentWork, arrival: Arrival, node: Node) -> None:
    if stream.title_field is not None:
        node.title = arrival.name(stream.title_field) or node.title
    work.describe(arrival, node)


def _start(stream: Stream, work: AgentWork, arrival: Arrival) -> None:
    # Without ids a start begins another one.
    begin = piece if arrival.name(stream.id_field) else _begin
    node = begin(stream, work, arrival)
    if not node.is_answered and not node.has_failed:
        work.restart(node)
    _describe(stream, work, arrival, node)


def _add(stream: Stream, work: AgentWork, arrival: Arrival) -> None:
    _describe(stream, work, arrival, piece(stream, work, arrival))


def _end(stream: Stream, work: AgentWork, arrival: Arrival) -> None:
    node = piece(stream, work, arrival)
    _describe(stream, work, arrival, node)
    if stream.kind != "tool" or node.has_failed:
        work.end(node, arrival.time)
    elif node.is_open:
        work.run_tool(node, arrival.time)


def _chunk(stream: Stream, work: AgentWork, arrival: Arrival) -> None:
    """Add a piece that may begin a stream and has no end."""
    node_id = arrival.name(stream.id_field)
    if node_id:
        node = work.nodes.find(arrival.agent, stream.kind, node_id)
    else:
        node = _continued(stream, work, arrival)
    if node is None or not node.has_lane:
        work.end_lanes(arrival, arrival.owner)
        node = node or _begin(stream, work, arrival)
        if not node.is_answered and not node.has_failed:
            work.nodes.reopen(node)
        node.has_lane = node.is_open
    _describe(stream, work, arrival, node)


def _continued(stream: Stream, work: AgentWork, arrival: Arrival) -> Node | None:
    """Return the node that a chunk without an id continues."""
    lanes = [lane for lane in work.nodes.lanes(arrival.agent) if lane.kind == stream.kind]
    own = [lane for lane in lanes if lane.owner == arrival.owner]
    if own:
        return own[0]
    if len(lanes) == 1 and not arrival.owner:
        return lanes[0]
    return work.nodes.newest(arrival.agent, stream.kind, arrival.owner)
