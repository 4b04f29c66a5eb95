"""The events of a run as server-sent events (protocol 10.4): the plain mode over HTTP.

The hub sees a client of the plain mode, so that its back-pressure and its frames, which are made
once for all, are those of a WebSocket. A stream has the right that was checked at its start, and so
it ends after a while; clients open it again with the id of the last event.
"""

from __future__ import annotations

import asyncio
import re
from collections import deque
from typing import TYPE_CHECKING, Any, NamedTuple

from pydantic_core import from_json, to_json

from realtime_widgets.hub import Login
from realtime_widgets.service.api_error import bad_field, result_of
from realtime_widgets.service.arguments import MAX_NUMBER, read_number

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Iterable, Iterator, Mapping

    from realtime_widgets.protocol.codes import CloseCode
    from realtime_widgets.protocol.position import Bounds
    from realtime_widgets.service.service import Service

__all__ = ["EventStream", "agui_of", "begin_stream", "whole_event"]

STREAM_S = 300.0
"""How long a stream lasts, in seconds, until the client opens it again with its login."""

SILENCE_S = 15.0
"""After how many seconds without an event a comment is sent, which proxies count as activity."""

RETRY_MS = 1_000
"""After how long a browser opens it again, in milliseconds."""

_ID = re.compile(r"([0-9A-Za-z]{1,64}):([0-9]{1,16})")


def whole_event(event: dict[str, Any]) -> Any:  # noqa: ANN401 - any JSON
    """Return what is sent of an event: all of it."""
    return event


def agui_of(agent: str | None) -> Callable[[dict[str, Any]], Any]:
    """Return what gives the AG-UI event in an event, None where there is none.

    Args:
        agent: The agent whose events are meant; None for those of all agents.
    """

    def pick(event: dict[str, Any]) -> Any:  # noqa: ANN401 - any JSON
        is_meant = event["type"] == "agent_message" and agent in {None, event["agent"]}
        return event["event"] if is_meant else None

    return pick


class _Transport:
    """Keeps what the hub writes until the client has taken it; the hub's `Transport`."""

    def __init__(self) -> None:
        self._written: deque[tuple[bytes, asyncio.Future[None]]] = deque()
        self._changed = asyncio.Event()
        self.is_closed = False

    def write(self, message: bytes) -> asyncio.Future[None]:
        taken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._written.append((message, taken))
        self._changed.set()
        return taken

    def close(self, _: CloseCode) -> None:
        self.is_closed = True
        self._changed.set()

    def messages(self) -> list[bytes]:
        """Return what the client has not been sent yet."""
        return [message for message, _ in self._written]

    def taken(self, count: int) -> None:
        """Note that the client has received the first messages."""
        for _ in range(count):
            _, taken = self._written.popleft()
            if not taken.done():
                taken.set_result(None)

    async def wait(self, seconds: float) -> None:
        """Wait for a message or the end, at most so long."""
        try:
            async with asyncio.timeout(seconds):
                await self._changed.wait()
        except TimeoutError:
            return
        self._changed.clear()

    def gone(self) -> None:
        """Cancel what waits: the client is gone."""
        for _, taken in self._written:
            taken.cancel()


class _Start(NamedTuple):
    """Where a stream begins, and what the client is sent about that."""

    since: int
    notice: bytes


class EventStream:
    """A stream of one client.

    Args:
        service: Where the run is.
        sprint_id: The run.
        start: Where it begins.
        pick: Returns what is sent of an event; None for nothing.
        user: The name of its user.
    """

    def __init__(
        self,
        service: Service,
        sprint_id: str,
        start: _Start,
        pick: Callable[[dict[str, Any]], Any],
        user: str | None,
    ) -> None:
        self._service = service
        self._sprint_id = sprint_id
        self._start = start
        self._pick = pick
        self._login = Login(user=user, may_publish=False)

    async def pieces(self) -> AsyncGenerator[bytes]:
        """Yield the stream until its time is over, the server stops, or the log is replaced."""
        yield b"retry: %d\n\n%b" % (RETRY_MS, self._start.notice)
        hub, transport = self._service.hub, _Transport()
        channel = await hub.open_channel(self._sprint_id)
        connection = await hub.connect_plain(
            self._sprint_id, transport, login=self._login, since=self._start.since
        )
        ends_at = asyncio.get_running_loop().time() + STREAM_S
        seq = self._start.since
        try:
            while not transport.is_closed:
                messages = transport.messages()
                left = ends_at - asyncio.get_running_loop().time()
                if left <= 0:
                    return
                if not messages:
                    await transport.wait(min(left, SILENCE_S))
                    yield b"" if transport.messages() else b":\n\n"
                    continue
                events = [from_json(message) for message in messages]
                if events[0]["seq"] <= seq:
                    return  # of another log: the client gets a `reset` when it is back
                yield b"".join(self._frames(channel.bounds.epoch, events, after=seq))
                seq = events[-1]["seq"]
                transport.taken(len(messages))
        finally:
            transport.gone()
            hub.disconnect(connection)

    def _frames(
        self, epoch: str | None, events: Iterable[dict[str, Any]], *, after: int
    ) -> Iterator[bytes]:
        """Yield what is sent of events, and a notice where some before them are missing."""
        for event in events:
            seq = event["seq"]
            if seq > after + 1:
                yield _gap(after + 1, seq - 1)
            after = seq
            picked = self._pick(event)
            data = b"" if picked is None else b"data: %b\n" % to_json(picked)
            yield b"id: %b\n%b\n" % (f"{epoch}:{seq}".encode(), data)


async def begin_stream(  # noqa: PLR0913 - most of them by name
    service: Service,
    sprint_id: str,
    arguments: Mapping[str, str],
    *,
    last_id: str,
    pick: Callable[[dict[str, Any]], Any],
    user: str | None,
) -> EventStream:
    """Return a stream of the events of a run.

    Args:
        service: Where the run is.
        sprint_id: The run.
        arguments: `after`, a seq, as in the query.
        last_id: `Last-Event-ID`, "" where the client has none.
        pick: Returns what is sent of an event; None for nothing.
        user: The name of its user.

    Raises:
        ApiError: An argument breaks its rule, or the store cannot be read.
    """
    bounds = await result_of(service.hub, service.hub.logs.position(sprint_id))
    start = _resumed(last_id, bounds) if last_id else _first(arguments, bounds)
    return EventStream(service, sprint_id, start, pick, user)


def _first(arguments: Mapping[str, str], bounds: Bounds) -> _Start:
    after = read_number(arguments.get("after", "0"), "after", minimum=0, maximum=MAX_NUMBER)
    return _start(after, bounds)


def _resumed(last_id: str, bounds: Bounds) -> _Start:
    """Return the start after the event with this id, or at the beginning of another log."""
    match = _ID.fullmatch(last_id)
    if match is None:
        raise bad_field("Last-Event-ID is the id of an event of this stream", "Last-Event-ID")
    epoch, seq = match[1], int(match[2])
    if epoch != bounds.epoch or seq > bounds.head:
        reason = "epoch" if epoch != bounds.epoch else "ahead"
        notice = b"event: reset\ndata: %b\n\n" % to_json({"reason": reason})
        return _start(0, bounds, notice)
    return _start(seq, bounds)


def _start(after: int, bounds: Bounds, notice: bytes = b"") -> _Start:
    """Return the start after a seq, with a notice of what is not kept of the events after it."""
    kept_after = bounds.first - 1
    if after >= kept_after:
        return _Start(after, notice)
    return _Start(kept_after, notice + _gap(after + 1, kept_after))


def _gap(first: int, last: int) -> bytes:
    """Return the notice that these events are not kept."""
    return b"event: gap\ndata: %b\n\n" % to_json({"from": first, "to": last})
