"""Carries a run over a widget's comm to pages that cannot read it from a server (protocol 11).

Theory of operation. A comm message goes to all pages that show the widget. In most front ends no
page can send a message to the kernel while a cell runs (`subshells`: which can). Therefore:

- The kernel sends the run without a request: a `Driver` connects to the target with a
  `RelaySession`, whose `hello` has a watch position, and the hub's messages are forwarded as a
  numbered stream. Pages ignore events that they have already. The stream starts again from the
  beginning after 1, 2, 4 ... seconds, or soon after it has ended, until a page answers.
- A page answers `here` (it receives the stream), `watch` (a new stream starts for all pages, after
  the position of one that missed a part, or with the newest events), or `gone`. After
  `HEARTBEAT_S` without a message an empty one is sent, whose number shows a page what it missed.
- Without an answer there may be no page at all. Then the total that is sent is bounded by
  `MAX_UNANSWERED` plus `UNANSWERED_PER_S` for each second.
- Pages that read the run from the server themselves get nothing before a request (`waits`).
- Before the first message with an event of an agent, a metric or an output comes the code that
  draws it, which is no part of the widget.
- The stream begins with the newest events. What pages request of the rest of the log, and
  searches, are answered by `CommRequests`.
- Messages that a page publishes go over a separate connection, one per page, and the hub's
  replies go back with the id of that page.
- All comms of the process share a `_RateLimiter`, because Jupyter drops messages above 1,000 a
  second. The hub's messages that arrive until the next slot are joined into one comm message.

Everything runs in the event loop of the runtime.
"""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import logging
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

from pydantic_core import to_json

from realtime_widgets.client.driver import Driver
from realtime_widgets.client.runtime import runtime
from realtime_widgets.display.comm_code import code_text, parts_for
from realtime_widgets.display.comm_requests import CommRequests
from realtime_widgets.errors import (
    ConnectionClosedError,
    InvalidEventError,
    ServerNotFoundError,
)
from realtime_widgets.protocol.codes import CloseCode
from realtime_widgets.protocol.ids import check_sprint_id, random_id
from realtime_widgets.protocol.message_text import parse_client_message
from realtime_widgets.protocol.messages import MAX_NEWEST, PROTOCOL_VERSION, Error, Hello, Watch
from realtime_widgets.protocol.sessions.relay import RelaySession

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Coroutine, Mapping

    from realtime_widgets.client.target import Target

__all__ = ["CommLink"]

_log = logging.getLogger(__name__)

INTERVAL_S = 0.05
"""Minimum time between two messages of all comms together. Jupyter drops messages above 1,000 a
second, and all messages of the kernel count."""

MAX_JOINED = 192_000
"""Characters of hub messages after which no more are joined into one comm message."""

HEARTBEAT_S = 10.0
"""Time without a message after which an empty one is sent, as a sign of life."""

FIRST_REPEAT_S = 1.0
"""Time without an answer of a page after which the stream starts again; it doubles each time."""

RESTART_S = 5.0
"""Longest time until a stream that has ended starts again, before a page has answered."""

MAX_UNANSWERED = 16_000_000
"""Maximum characters that are sent before a page has answered."""

UNANSWERED_PER_S = 10_000
"""Additional characters per second: a page may be unable to answer for hours."""

MAX_PUBLISHERS = 16
"""Maximum number of pages that publish over one comm at the same time."""

STREAM_BITS = 64

AT_THE_END = {"newest": MAX_NEWEST}
"""Where a stream begins that no page has requested."""

Content: TypeAlias = dict[str, Any]


class _RateLimiter:
    """Rate limiter shared by all comms."""

    def __init__(self) -> None:
        self._next = 0.0

    def reserve(self) -> float:
        """Reserve the next time slot; return its start, by the clock of the event loop."""
        send_at = max(asyncio.get_running_loop().time(), self._next)
        self._next = send_at + INTERVAL_S
        return send_at


_rate_limiter = _RateLimiter()


class _Stream:
    """A numbered stream of hub messages to all pages; numbers show a page which ones it missed."""

    def __init__(self, send: Callable[[Content], None]) -> None:
        self._send = send
        self._id = random_id(STREAM_BITS)
        self._next = 0
        self.parts: set[str] = set()
        """The parts of the view that were sent with it."""

    def send(self, messages: list[str]) -> None:
        """Send hub messages; an empty list is a heartbeat."""
        self._send({"stream": self._id, "n": self._next, "messages": messages})
        self._next += 1

    def end(self, code: int) -> None:
        """End the stream with a close code."""
        self._send({"stream": self._id, "n": self._next, "closed": int(code)})


@dataclass
class _PublishingPage:
    """A page that publishes: its messages that are not sent to the hub yet, and their task."""

    inbox: asyncio.Queue[str] = field(default_factory=asyncio.Queue)
    task: asyncio.Task[None] | None = None


class CommLink:
    """Sends a run to all pages that show a widget, and forwards their messages to the hub.

    It works in the loop of the runtime; its methods may be called from any thread.

    Args:
        target: Server or hub that stores the run.
        sprint_id: The run.
        send: Sends a custom message over the comm; called in the thread of the runtime.
        waits: Whether to send nothing before a request of a page, because the page reads the run
            from the server.

    Raises:
        InvalidSprintIdError: The id breaks the rule of protocol 1.1.
    """

    def __init__(
        self,
        target: Target,
        sprint_id: str,
        send: Callable[[Content], None],
        *,
        waits: bool = False,
    ) -> None:
        self._target = target
        self._sprint_id = check_sprint_id(sprint_id)
        self._send = send
        # All messages get the parent header of the cell that created the view.
        self._context = contextvars.copy_context()
        target.prepare()
        self._runtime = runtime()
        self._tasks: set[asyncio.Task[None]] = set()
        self._stream_task: asyncio.Task[None] | None = None
        self._stream: _Stream | None = None
        """The stream that is being sent."""
        self._sent = 0
        """Characters of hub messages that were sent, with repetitions."""
        self._started_at = time.monotonic()
        self.is_answered = False
        """Whether a page has answered."""
        self._publishers: dict[str, _PublishingPage] = {}
        self._requests = CommRequests(target, sprint_id, send, self._start)
        if not waits:
            self._in_loop(lambda: self._start(self._send_until_answered(), "streams of a comm"))

    def receive(self, content: object) -> None:
        """Handle a message of a page."""
        self._in_loop(lambda: self._take(content))

    def close(self) -> None:
        """Stop sending. Safe to call twice."""
        self._in_loop(self._stop)

    def _in_loop(self, callback: Callable[[], object]) -> None:
        # A forked child has a copy of this, and must not send over its parent's comm.
        if self._runtime is runtime():
            self._runtime.call_soon(lambda: self._context.run(callback))

    def _start(self, work: Coroutine[Any, Any, None], name: str) -> asyncio.Task[None]:
        task = asyncio.create_task(work, name=f"{name} ({self._sprint_id})")
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            _log.error("task failed: %s", task.get_name(), exc_info=error)

    def _stop(self) -> None:
        for task in self._tasks:
            task.cancel()

    def _take(self, content: object) -> None:
        match content:
            case {"here": True}:
                self.is_answered = True
                if self._stream is None:
                    self._start_stream(AT_THE_END)
                else:
                    self._stream.send([])
            case {"watch": {"after": _} as watch}:
                self.is_answered = True
                self._start_stream(watch)
            case {"gone": True}:
                self.is_answered = True
                self._stop_stream()
            case {"request": str(name)}:
                self._requests.receive(name, content)
            case {"publisher": str(name), "messages": list(messages)}:
                self._publish(name, [str(message) for message in messages])
            case {"publisher": str(name), "closed": True}:
                self._remove_publisher(name)
            case _:
                pass  # a command of anywidget, or a message of another version

    # The stream to all pages.

    async def _send_until_answered(self) -> None:
        wait_s = FIRST_REPEAT_S
        while not self.is_answered and self._sent < MAX_UNANSWERED:
            stream = self._start_stream(AT_THE_END)
            _, running = await asyncio.wait({stream}, timeout=wait_s)
            if not running:  # its connection was lost, and no page can request another one
                await asyncio.sleep(min(wait_s, RESTART_S))
            wait_s *= 2

    def _start_stream(self, watch: Mapping[str, object]) -> asyncio.Task[None]:
        """Start a stream, which replaces the current one; return its task.

        Args:
            watch: Where it begins, as in `hello`; unchecked.
        """
        if self._stream_task is not None:
            self._stream_task.cancel()
        self._stream = _Stream(self._send)
        self._stream_task = self._start(self._send_run(watch, self._stream), "stream of a comm")
        return self._stream_task

    def _stop_stream(self) -> None:
        """End the stream because a page has left; other pages request a new one."""
        if self._stream_task is not None and self._stream is not None:
            self._stream_task.cancel()
            self._stream.end(CloseCode.RECONNECT)
            self._stream = None

    async def _send_run(self, watch: Mapping[str, object], stream: _Stream) -> None:
        try:
            async with self._connected(RelaySession(self._hello(watch))) as driver:
                while self._may_send():
                    messages = await _next_messages(driver, HEARTBEAT_S)
                    self._send_code(stream, messages)
                    self._sent += sum(map(len, messages))
                    stream.send(messages)
            code = int(CloseCode.RECONNECT)
        except InvalidEventError as error:  # what a page sent is no beginning
            refusal = Error(code=error.code, message=error.reason, field=error.field)
            stream.send([refusal.to_json()])
            code = int(CloseCode.BAD_MESSAGE)
        except ConnectionClosedError as error:
            code = error.code
        stream.end(code)
        self._stream = None

    def _send_code(self, stream: _Stream, messages: list[str]) -> None:
        """Send what draws these, once in a stream: a page cannot request it from a busy kernel."""
        for name in parts_for(messages, without=stream.parts):
            stream.parts.add(name)
            code = code_text(name)
            self._sent += len(code)
            self._send({"code": name, "content": code})

    def _hello(self, watch: Mapping[str, object]) -> Hello:
        """Return the first message, checked as a server checks it.

        Raises:
            InvalidEventError: A field of `watch` is invalid; names the field.
        """
        fields = {
            "type": "hello",
            "v": PROTOCOL_VERSION,
            "sprint_id": self._sprint_id,
            "watch": {name: watch.get(name) for name in Watch.model_fields},
        }
        hello = parse_client_message(to_json(fields))
        assert isinstance(hello, Hello), "it is one"  # noqa: S101 - narrows the type
        return hello

    def _may_send(self) -> bool:
        allowance = MAX_UNANSWERED + UNANSWERED_PER_S * (time.monotonic() - self._started_at)
        return self.is_answered or self._sent < allowance

    # Messages of pages that publish.

    def _publish(self, name: str, messages: list[str]) -> None:
        publisher = self._publishers.get(name)
        if publisher is None:
            if len(self._publishers) >= MAX_PUBLISHERS:
                self._remove_publisher(next(iter(self._publishers)))
            publisher = self._publishers[name] = _PublishingPage()
            publisher.task = self._start(
                self._forward(name, publisher.inbox), "publisher of a comm"
            )
        for message in messages:
            publisher.inbox.put_nowait(message)

    def _remove_publisher(self, name: str) -> None:
        publisher = self._publishers.pop(name, None)
        if publisher is not None and publisher.task is not None:
            publisher.task.cancel()

    async def _forward(self, name: str, inbox: asyncio.Queue[str]) -> None:
        async def send_all(driver: Driver[RelaySession]) -> None:
            # `exchange` raises it as well.
            with contextlib.suppress(ConnectionClosedError):
                while True:
                    await driver.forward(await inbox.get())

        try:
            async with self._connected(RelaySession()) as driver:
                sending = asyncio.create_task(send_all(driver))
                try:
                    while True:
                        messages = await _next_messages(driver, None)
                        self._send({"publisher": name, "messages": messages})
                finally:
                    sending.cancel()
        except ConnectionClosedError as error:
            self._publishers.pop(name, None)
            self._send({"publisher": name, "closed": error.code})

    @contextlib.asynccontextmanager
    async def _connected(self, session: RelaySession) -> AsyncIterator[Driver[RelaySession]]:
        """Connect to the run.

        Raises:
            ConnectionClosedError: The server cannot be reached, or refuses.
        """
        driver = Driver(self._target, self._sprint_id, session)
        try:
            await driver.open()
            yield driver
        except ServerNotFoundError:
            code = CloseCode.TRY_LATER
            raise ConnectionClosedError(code, code.reason) from None
        finally:
            await driver.close()


async def _next_messages(driver: Driver[RelaySession], timeout_s: float | None) -> list[str]:
    """Return the hub's messages up to the next time slot; an empty list after `timeout_s`."""
    received = driver.session
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(timeout_s):
            while not received.size:
                await driver.exchange()
    if not received.size:
        return []
    send_at = _rate_limiter.reserve()
    # The next `exchange` raises ConnectionClosedError as well.
    with contextlib.suppress(TimeoutError, ConnectionClosedError):
        async with asyncio.timeout_at(send_at):
            while received.size < MAX_JOINED:
                await driver.exchange()
    await asyncio.sleep(send_at - asyncio.get_running_loop().time())
    return received.take()
