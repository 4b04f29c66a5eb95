"""Runs a client session over links to a target, one after another, with back-off.

Theory of operation. A session does no I/O (`protocol.sessions`); a driver does all of it:

    run:   work ---lost---> close ---delay of Backoff---> work ---> ...
    work:  open, then one of
             pull: `exchange` - send what is pending, then take one message or reach the deadline
             push: in `receiving` - `send` and `wait`, while a task takes messages

A reader pulls, so that nothing is received that was not requested, and may be cancelled between any
two steps: the link stays open and no message is lost. A publisher pushes: it is woken by its
events (`wake`) as well as by messages.

All of it belongs to the event loop of the runtime; only `close_soon` may be called from any thread.
In a forked child the link of the parent does not count: the next `open` makes another one.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from realtime_widgets.backoff import Backoff
from realtime_widgets.client.runtime import running
from realtime_widgets.errors import ConnectionClosedError, ServerNotFoundError
from realtime_widgets.protocol.codes import CloseCode, should_reconnect

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from realtime_widgets.client.link import Link
    from realtime_widgets.client.runtime import Runtime
    from realtime_widgets.client.target import PublishTarget

__all__ = ["Driver", "Session"]


class Session(Protocol):
    """What a driver uses of `ClientSession` and `RelaySession`."""

    close_code: CloseCode | None
    """Close the connection with this code."""

    @property
    def is_open(self) -> bool:
        """Whether the hub has accepted the connection."""

    @property
    def next_deadline(self) -> float | None:
        """When `tick` has to be called next, by the clock of the loop; None for never."""

    def open(self, *, now: float) -> None:
        """Begin a connection, whose link is open."""

    def lost(self) -> None:
        """End the connection, whose link is closed."""

    def receive(self, text: str, *, now: float) -> None:
        """Take in one message."""

    def tick(self, *, now: float) -> None:
        """Act on deadlines."""

    def to_send(self) -> list[str]:
        """Drain the messages that have to go out now."""


AnySession = TypeVar("AnySession", bound=Session)


class Driver(Generic[AnySession]):
    """Connects one session to a target, as often as it takes.

    Args:
        target: Server or hub that stores the run.
        sprint_id: The run.
        session: Drained and fed here only.
    """

    def __init__(self, target: PublishTarget, sprint_id: str, session: AnySession) -> None:
        self._target = target
        self._sprint_id = sprint_id
        self.session = session
        self.backoff = Backoff()
        """Reset it when the connection has brought an event or an ack."""
        self.failures = 0
        """Attempts to connect that have failed since the last one that did not."""
        self.lost_at: float | None = None
        """When the target was out of reach first, in seconds since 1970; None once `welcome` was
        received again."""
        self._link: Link | None = None
        self._runtime: Runtime | None = None
        """The runtime of the link; None before the first one."""
        self._reading: asyncio.Task[None] | None = None
        self._reset_events()

    def _reset_events(self) -> None:
        # An event belongs to the loop in which it is first waited for.
        self._wakeup, self._connect_now = asyncio.Event(), asyncio.Event()

    @property
    def has_connected(self) -> bool:
        """Whether any attempt to connect has succeeded."""
        return self._runtime is not None

    @property
    def is_connected(self) -> bool:
        """Whether there is a link that belongs to this process."""
        return self._link is not None and self._runtime is running()

    async def run(
        self,
        work: Callable[[], Awaitable[object]],
        *,
        until: Callable[[], bool],
        on_failure: Callable[[Exception], object] = lambda _: None,
    ) -> None:
        """Repeat the work until it is enough; after a lost connection, wait before the next time.

        Args:
            work: Opens a link where there is none, and exchanges messages over it.
            until: Whether it is enough, called before each time.
            on_failure: Called with the `ServerNotFoundError` or `ConnectionClosedError` before
                each delay.

        Raises:
            ConnectionClosedError: The server refuses for good (protocol 8).
        """
        self._reset_events()
        while not until():
            self._connect_now.clear()
            try:
                await work()
                self._raise_if_closing()
            except ServerNotFoundError as error:
                self.failures += 1
                self._note_lost()
                on_failure(error)
            except ConnectionClosedError as error:
                self._note_lost()
                await self.close()
                self._connect_now.clear()  # requests during the connection were served by it
                if not should_reconnect(error.code):
                    raise
                on_failure(error)
            else:
                continue
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self.backoff.next_delay()):
                    await self._connect_now.wait()

    def connect_now(self) -> None:
        """End the delay before the next attempt to connect."""
        self._connect_now.set()

    def _note_lost(self) -> None:
        self.lost_at = self.lost_at or time.time()

    # One connection.

    async def open(self) -> None:
        """Open a link and begin the session over it.

        Raises:
            ServerNotFoundError: There is no server, or it refuses.
        """
        self._link = await self._target.connect(self._sprint_id)
        self._runtime = running()
        self.failures = 0
        self.session.open(now=asyncio.get_running_loop().time())

    async def exchange(self) -> None:
        """Send what is pending, then take one message or reach the session's deadline.

        Raises:
            ConnectionClosedError: The link is closed, or the session requests that.
        """
        await self.send()
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout_at(self.session.next_deadline):
                text = await self._open_link.receive()
        except TimeoutError:
            self.session.tick(now=loop.time())
        else:
            self._take(text)

    @contextlib.asynccontextmanager
    async def receiving(self, on_message: Callable[[], object]) -> AsyncIterator[None]:
        """Take messages during the block, in a task; then close the link.

        Args:
            on_message: Called when the session has taken a message.
        """
        reading = self._reading = asyncio.create_task(
            self._read(on_message), name=f"messages about {self._sprint_id}"
        )
        try:
            yield
        finally:
            self._reading = None
            reading.cancel()
            with contextlib.suppress(asyncio.CancelledError, ConnectionClosedError):
                await reading
            await self.close()

    async def _read(self, on_message: Callable[[], object]) -> None:
        try:
            while True:
                self._take(await self._open_link.receive())
                on_message()
                self._wakeup.set()
        finally:
            self._wakeup.set()

    async def send(self) -> None:
        """Send what is pending.

        Raises:
            ConnectionClosedError: The link is closed, or the session requests that.
        """
        for message in self.session.to_send():
            await self._open_link.send(message)
        if self._reading is not None and self._reading.done():
            self._reading.result()
        self._raise_if_closing()

    async def forward(self, message: str) -> None:
        """Send a message that is not the session's own.

        Raises:
            ConnectionClosedError: The link is closed.
        """
        await self._open_link.send(message)

    async def wait(self) -> None:
        """Wait for a message, for `wake`, or for the session's deadline."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout_at(self.session.next_deadline):
                await self._wakeup.wait()
        self._wakeup.clear()
        self.session.tick(now=asyncio.get_running_loop().time())

    def wake(self) -> None:
        """End `wait`."""
        self._wakeup.set()

    async def close(self) -> None:
        """Close the link, with the session's close code if it has one. Safe to call twice."""
        link, self._link = self._link, None
        code = self.session.close_code or CloseCode.NORMAL
        self.session.lost()
        if link is not None:
            await link.close(code)

    def close_soon(self) -> None:
        """Close the link without waiting, from any thread; not that of the parent of a fork."""
        link, self._link = self._link, None
        loop = running()
        if link is not None and loop is not None and loop is self._runtime:
            self.session.lost()
            with contextlib.suppress(RuntimeError):
                loop.spawn(link.close())

    @property
    def _open_link(self) -> Link:
        assert self._link is not None, "it is connected"  # noqa: S101 - narrows the type
        return self._link

    def _raise_if_closing(self) -> None:
        code = self.session.close_code
        if code is not None:
            raise ConnectionClosedError(code, code.reason)

    def _take(self, text: str) -> None:
        self.session.receive(text, now=asyncio.get_running_loop().time())
        if self.session.is_open:
            self.lost_at = None
