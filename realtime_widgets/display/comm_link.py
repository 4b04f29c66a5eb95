"""The way to a page that has no server to ask: what a view's comm carries (protocol 11).

All pages that show a widget hear every message of its comm, and in most front ends none of them
can say a word while a cell runs. So the kernel tells the run before anybody asks, and again at
growing intervals until somebody is heard; what a page has seen already, it drops. Where nobody is
heard for long there may be no page at all, so that what is told in vain is bounded. It makes no
difference for that whether the run is in this process or on a server: only a page that is known to
read the server by itself is left to ask.
"""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import json
import logging
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

from realtime_widgets.client.runtime import runtime
from realtime_widgets.errors import ConnectionClosedError, ServerNotFoundError
from realtime_widgets.protocol.codes import CloseCode
from realtime_widgets.protocol.ids import check_sprint_id, random_id
from realtime_widgets.protocol.messages import Ping, Pong

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Coroutine

    from realtime_widgets.client.link import Link
    from realtime_widgets.client.target import Target

__all__ = ["CommLink"]

_log = logging.getLogger(__name__)

INTERVAL_S = 0.05
"""Between two messages, of all comms together: Jupyter drops what comes faster than 1,000 a second,
and all that the kernel says counts."""

MAX_JOINED = 192_000
"""Characters of the hub's messages that are joined into one of the comm; the last goes beyond."""

HEARTBEAT_S = 10.0
"""Silence after which the page hears that the kernel is there, and how much it has sent."""

FIRST_REPEAT_S = 1.0
"""How long to wait for a word of a page before all is told again; it doubles."""

MAX_UNANSWERED = 16_000_000
"""Characters that are told before a page is heard; what goes beyond waits until one asks."""

UNANSWERED_PER_S = 10_000
"""What may go beyond for each second: the page may be there, and have to be silent for hours."""

MAX_PUBLISHERS = 16
"""Pages that publish over one comm at the same time."""

STREAM_BITS = 64

PING = Ping().to_json()
PONG = Pong().to_json()

Content: TypeAlias = dict[str, Any]


class _RateLimiter:
    """Deals out the moments at which a comm may send."""

    def __init__(self) -> None:
        self._next = 0.0

    def reserve(self) -> float:
        """Return when to send next, by the clock of the loop."""
        send_at = max(asyncio.get_running_loop().time(), self._next)
        self._next = send_at + INTERVAL_S
        return send_at


_rate_limiter = _RateLimiter()


class _Stream:
    """Messages of the hub on their way to all pages, numbered because any may be lost."""

    def __init__(self, send: Callable[[Content], None]) -> None:
        self._send = send
        self._id = random_id(STREAM_BITS)
        self._next = 0

    def send(self, messages: list[str]) -> None:
        """Send some; none is a sign of life, by which a page learns too what it has missed."""
        self._send({"stream": self._id, "n": self._next, "messages": messages})
        self._next += 1

    def end(self, code: int) -> None:
        """Say that nothing more comes, and why."""
        self._send({"stream": self._id, "n": self._next, "closed": int(code)})


@dataclass
class _Publisher:
    """A page that publishes: what it has sent and the hub has not taken, and who passes that on."""

    inbox: asyncio.Queue[str] = field(default_factory=asyncio.Queue)
    task: asyncio.Task[None] | None = None


class CommLink:
    """Carries a run to all pages that show a widget, and to its hub what they publish.

    It works in the loop of the runtime; its methods may be called from any thread.

    Args:
        target: Where the run is.
        sprint_id: The run.
        send: Sends a custom message over the comm; it is called in the thread of the runtime.
        waits: Whether to send nothing before a page asks, as its page reads the run by itself.

    Raises:
        InvalidSprintIdError: There can be no such run.
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
        # Whatever makes it speak, its messages are those of the cell that has made the view.
        self._context = contextvars.copy_context()
        target.prepare()
        self._runtime = runtime()
        self._tasks: set[asyncio.Task[None]] = set()
        self._stream_task: asyncio.Task[None] | None = None
        self._stream: _Stream | None = None
        """What is being told."""
        self._sent = 0
        """Characters of the hub's messages that were sent, again and again."""
        self._started_at = time.monotonic()
        self.is_answered = False
        """Whether a page has answered."""
        self._publishers: dict[str, _Publisher] = {}
        if not waits:
            self._in_loop(lambda: self._start(self._send_until_answered(), "until a page is heard"))

    def receive(self, content: object) -> None:
        """Take what a page says."""
        self._in_loop(lambda: self._take(content))

    def close(self) -> None:
        """Say nothing more. Safe to call twice."""
        self._in_loop(self._stop)

    def _in_loop(self, callback: Callable[[], object]) -> None:
        # A forked child has a copy of this, and no part in what its parent shows.
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
                    self._start_stream(None)
                else:
                    self._stream.send([])
            case {"watch": {"after": after}}:
                self.is_answered = True
                self._start_stream(after)
            case {"gone": True}:
                self.is_answered = True
                self._stop_stream()
            case {"publisher": str(name), "messages": list(messages)}:
                self._publish(name, [str(message) for message in messages])
            case {"publisher": str(name), "closed": True}:
                self._remove_publisher(name)
            case _:
                pass  # a command of anywidget's, or a word of another version

    # The run, for all pages at once.

    async def _send_until_answered(self) -> None:
        wait_s = FIRST_REPEAT_S
        while not self.is_answered and self._sent < MAX_UNANSWERED:
            self._start_stream(None)
            await asyncio.sleep(wait_s)
            wait_s *= 2

    def _start_stream(self, after: object) -> None:
        """Tell the run after this position, in the place of what is being told."""
        if self._stream_task is not None:
            self._stream_task.cancel()
        self._stream = _Stream(self._send)
        self._stream_task = self._start(self._send_after(after, self._stream), "stream of a comm")

    def _stop_stream(self) -> None:
        """A page has left: those that are still there ask to go on."""
        if self._stream_task is not None and self._stream is not None:
            self._stream_task.cancel()
            self._stream.end(CloseCode.RECONNECT)
            self._stream = None

    async def _send_after(self, after: object, stream: _Stream) -> None:
        hello = {"type": "hello", "v": 1, "sprint_id": self._sprint_id, "watch": {"after": after}}
        try:
            async with self._connected() as link:
                await link.send(json.dumps(hello))
                while self._may_send():
                    messages = await _next_messages(link, HEARTBEAT_S)
                    self._sent += sum(map(len, messages))
                    stream.send(messages)
            code = int(CloseCode.RECONNECT)
        except ConnectionClosedError as error:
            code = error.code
        stream.end(code)
        self._stream = None

    def _may_send(self) -> bool:
        allowance = MAX_UNANSWERED + UNANSWERED_PER_S * (time.monotonic() - self._started_at)
        return self.is_answered or self._sent < allowance

    # What pages publish.

    def _publish(self, name: str, messages: list[str]) -> None:
        publisher = self._publishers.get(name)
        if publisher is None:
            if len(self._publishers) >= MAX_PUBLISHERS:
                self._remove_publisher(next(iter(self._publishers)))
            publisher = self._publishers[name] = _Publisher()
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
        async def send_all(link: Link) -> None:
            # That it is closed, whoever receives from it learns too.
            with contextlib.suppress(ConnectionClosedError):
                while True:
                    await link.send(await inbox.get())

        try:
            async with self._connected() as link:
                sending = asyncio.create_task(send_all(link))
                try:
                    while True:
                        messages = await _next_messages(link, None)
                        self._send({"publisher": name, "messages": messages})
                finally:
                    sending.cancel()
        except ConnectionClosedError as error:
            self._publishers.pop(name, None)
            self._send({"publisher": name, "closed": error.code})

    @contextlib.asynccontextmanager
    async def _connected(self) -> AsyncIterator[Link]:
        """Open a link to the run.

        Raises:
            ConnectionClosedError: There is no server, or it refuses.
        """
        try:
            link = await self._target.connect(self._sprint_id)
        except ServerNotFoundError:
            code = CloseCode.TRY_LATER
            raise ConnectionClosedError(code, code.reason) from None
        try:
            yield link
        finally:
            await link.close()


async def _next_messages(link: Link, timeout_s: float | None) -> list[str]:
    """Wait for messages of the hub until it is time to send; none came where the list is empty.

    Its pings are answered here: the page cannot, while a cell runs.
    """
    messages: list[str] = []
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(timeout_s):
            messages.append(await _receive(link))
    if not messages:
        return messages
    size = len(messages[0])
    send_at = _rate_limiter.reserve()
    # That it is closed, whoever receives from it next learns too.
    with contextlib.suppress(TimeoutError, ConnectionClosedError):
        async with asyncio.timeout_at(send_at):
            while size < MAX_JOINED:
                messages.append(await _receive(link))
                size += len(messages[-1])
    await asyncio.sleep(send_at - asyncio.get_running_loop().time())
    return messages


async def _receive(link: Link) -> str:
    while True:
        message = await link.receive()
        if message != PING:
            return message
        await link.send(PONG)
