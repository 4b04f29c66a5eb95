"""Gets the events of one run from the user's threads to a hub: buffer, session, connection.

One outbox per run and target in a process, whatever number of `Sprint` objects share it. Its task
lives in the runtime; everything here that is not a coroutine may be called from any thread.
"""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import logging
import math
import os
import sys
import threading
import time
from typing import TYPE_CHECKING, Any

from realtime_widgets.errors import ConnectionClosedError, QueueFullError, ServerNotFoundError
from realtime_widgets.protocol.client_session import ClientSession
from realtime_widgets.protocol.codes import CloseCode, should_reconnect
from realtime_widgets.protocol.ids import PUBLISHER_BITS, random_id
from realtime_widgets.protocol.publish_session import PublishSession
from realtime_widgets.publisher._backoff import Backoff
from realtime_widgets.publisher._buffer import Buffer
from realtime_widgets.publisher._nowhere import tell_if_nowhere
from realtime_widgets.publisher._part import Part
from realtime_widgets.publisher._runtime import running, runtime
from realtime_widgets.publisher._secrets import redact_json

if TYPE_CHECKING:
    from collections.abc import Iterator

    from realtime_widgets.publisher._link import Link
    from realtime_widgets.publisher._target import Target

__all__ = [
    "EXIT_S",
    "Outbox",
    "flush_before_reading",
    "outbox",
    "told_if_full",
    "waiting",
]

EXIT_S = 3.0
"""How long the end of the process may be held up: Jupyter kills a kernel after 5 s."""

TELL_AFTER_FAILURES = 3
"""A server that restarts is not worth a word to the user."""

TELL_AGAIN_S = 60.0
"""How long a server that cannot store is not spoken of again."""

_log = logging.getLogger("realtime_widgets")


class Outbox:
    """Publishes to one run.

    Args:
        target: Where the run is.
        sprint_id: The run.
    """

    def __init__(self, target: Target, sprint_id: str) -> None:
        self._target = target
        self._sprint_id = sprint_id
        target.prepare()
        self.start_anew()

    def start_anew(self) -> None:
        """Begin as a new publisher with an empty buffer: at first, and in a forked child."""
        self._buffer = Buffer(self._sprint_id, self._wake)
        self._session = PublishSession(random_id(PUBLISHER_BITS), redact=redact_json)
        self.part = Part()
        self._backoff = Backoff()
        self._bell = asyncio.Event()
        self._hurry = asyncio.Event()

        # What follows changes with `self._buffer.changed` held, and so does the buffer: no event
        # falls between a task that ends and the next one.

        self._is_running = False
        """Whether there is a task; it has the session to itself."""

        self._closed_at: int | None = None
        """How many events there were when it was closed; one more, and it is not closed."""

        self._has_given_up = False

        self._told_trouble_at = -math.inf

        self._is_offline = False
        """Whether the last attempt to connect failed, or the connection was lost."""

        self.append = self._buffer.append
        """Publish an event; see `Buffer.append`."""

    @property
    def left(self) -> int:
        """How many events are not stored."""
        with self._buffer.changed:
            return max(0, self._buffer.appended - self._settled)

    def flush(self, timeout: float, *, if_online: bool = False) -> int:
        """Wait until what was published so far is stored.

        Args:
            timeout: How long to wait, in seconds.
            if_online: Wait no longer than the server can be reached.

        Returns:
            How many events are not stored.
        """
        wanted = self._buffer.appended

        def is_over() -> bool:
            is_hopeless = self._has_given_up or (if_online and self._is_offline)
            return is_hopeless or self._settled >= wanted

        with self._buffer.changed:
            if not is_over():
                self._wake()
                self._ring(self._hurry)
                self._buffer.changed.wait_for(is_over, timeout)
        return max(0, wanted - self._settled)

    def close(self, timeout: float) -> int:
        """Flush, then disconnect; a later event connects again, also after a refusal.

        Returns:
            How many events are not stored.
        """
        deadline = time.monotonic() + timeout
        published = self._buffer.appended
        left = self.flush(timeout)
        with self._buffer.changed:
            self._closed_at = published
            self._ring(self._bell, self._hurry)
            self._buffer.changed.wait_for(
                lambda: not self._is_running or not self._is_closing,
                max(0.0, deadline - time.monotonic()),
            )
            if self._has_given_up:
                self.start_anew()
        return left

    @property
    def _is_closing(self) -> bool:
        return self._closed_at is not None and self._closed_at == self._buffer.appended

    @property
    def _settled(self) -> int:
        return self._session.acked + self._buffer.discarded

    def _wake(self) -> None:
        """Have a task that looks at the buffer; called with `self._buffer.changed` held."""
        self._closed_at = None
        if self._is_running:
            self._ring(self._bell)
        else:
            self._is_offline = False
            _flush_at_exit()
            runtime().call_soon(self._start)

    @staticmethod
    def _ring(*bells: asyncio.Event) -> None:
        loop = running()
        if loop is not None:
            for bell in bells:
                loop.call_soon(bell.set)

    def _start(self) -> None:
        """Start the task, in the loop; Ctrl-C may have it asked for by two events."""
        with self._buffer.changed:
            if not self._is_running:
                self._is_running = True
                self._task = asyncio.create_task(self._run(), name=f"outbox of {self._sprint_id}")

    async def _run(self) -> None:
        session = ClientSession(self._sprint_id, publish=self._session)
        failures = 0
        tell_if_nowhere(self._target)
        try:
            while not self._ends():
                self._hurry.clear()
                try:
                    link = await self._target.connect(self._sprint_id)
                    await self._publish_over(link, session)
                except ServerNotFoundError as error:
                    failures += 1
                    if failures == TELL_AFTER_FAILURES:
                        self._tell(f"is not published yet: {error}")
                except ConnectionClosedError as error:
                    failures = 0
                    self._hurry.clear()  # who rang while it was connected has been served
                    if not should_reconnect(error.code):
                        self._tell(f"is not published any more: {error}")
                        self._give_up()
                        return
                with self._buffer.changed:
                    self._is_offline = True
                    self._buffer.changed.notify_all()
                if self._is_closing:
                    continue
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(self._backoff.next_delay()):
                        await self._hurry.wait()
        except Exception:  # noqa: BLE001 - the thread's boundary: the user hears of it, the cell goes on
            _log.exception("realtime-widgets: %r is not published any more", self._sprint_id)
            self._give_up()

    def _ends(self) -> bool:
        """Whether the task ends here; if so, the next event starts another one."""
        with self._buffer.changed:
            if not self._is_closing:
                return False
            self._is_running = False
            self._buffer.leave()
            self._buffer.changed.notify_all()
            return True

    def _give_up(self) -> None:
        """End the task and take nothing more: the server will not have it."""
        with self._buffer.changed:
            self._is_running = False
            self._has_given_up = True
            self._buffer.close()

    async def _publish_over(self, link: Link, session: ClientSession) -> None:
        """Publish until the outbox is closed.

        Raises:
            ConnectionClosedError: The connection ended before.
        """
        loop = asyncio.get_running_loop()
        self._session.lease = self.part.lease
        session.open(now=loop.time())
        reading = asyncio.create_task(self._read(link, session), name=f"acks of {self._sprint_id}")
        code = CloseCode.NORMAL
        try:
            while True:
                self._fill()
                for message in session.to_send():
                    await link.send(message)
                if reading.done():
                    reading.result()
                if session.close_code is not None:
                    code = session.close_code
                    raise ConnectionClosedError(code, code.reason)
                if self._session.is_stranded:
                    self._session.rename(random_id(PUBLISHER_BITS))
                    code = CloseCode.RECONNECT
                    raise ConnectionClosedError(code, code.reason)
                if session.is_open and not self._session.may_publish:
                    raise ConnectionClosedError(CloseCode.FORBIDDEN, CloseCode.FORBIDDEN.reason)
                if self._is_closing:
                    return
                if self._session.room and not self._buffer.sleep_if_empty():
                    continue
                await self._wait_until(session.next_deadline)
                session.tick(now=loop.time())
        finally:
            session.lost()
            reading.cancel()
            with contextlib.suppress(asyncio.CancelledError, ConnectionClosedError):
                await reading
            await link.close(code)

    def _fill(self) -> None:
        while room := self._session.room:
            events = self._buffer.take(room)
            if not events:
                return
            self._session.feed(events)

    async def _wait_until(self, deadline: float) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout_at(deadline):
                await self._bell.wait()
        self._bell.clear()

    async def _read(self, link: Link, session: ClientSession) -> None:
        loop = asyncio.get_running_loop()
        try:
            while True:
                text = await link.receive()
                acked = self._session.acked
                session.receive(text, now=loop.time())
                for error in session.errors():
                    self._tell(f"has trouble: {error.message} ({error.code})")
                for nack in self._session.refusals():
                    self._tell(f"lost an event: {nack.message} ({nack.code})")
                self._tell_trouble()
                if session.is_open:
                    self._is_offline = False
                if self._session.acked != acked:
                    self._backoff.reset()
                    with self._buffer.changed:
                        self._buffer.changed.notify_all()
                self._bell.set()
        finally:
            self._bell.set()

    def _tell_trouble(self) -> None:
        trouble = self._session.trouble
        now = time.monotonic()
        if trouble is not None and now - self._told_trouble_at > TELL_AGAIN_S:
            self._told_trouble_at = now
            words = f"{trouble.message} ({trouble.code})"
            self._tell(f"is not stored for now, and is kept here: {words}")

    def _tell(self, words: str) -> None:
        _log.warning("realtime-widgets: %r %s", self._sprint_id, words)


_outboxes: dict[tuple[Target, str], Outbox] = {}
_lock = threading.Lock()
_exit_of: int | None = None
"""The process whose end is waited for."""


def outbox(target: Target, sprint_id: str) -> Outbox:
    """Return this process's outbox for a run, made at the first call."""
    with _lock:
        if (target, sprint_id) not in _outboxes:
            _outboxes[target, sprint_id] = Outbox(target, sprint_id)
        return _outboxes[target, sprint_id]


def flush_before_reading(target: Target, sprint_id: str | None = None, *, timeout: float) -> None:
    """Have what this process published stored before it is read back, if the target answers.

    Args:
        target: What is read from.
        sprint_id: The run that is read; None for all.
        timeout: How long to wait, in seconds.
    """
    deadline = time.monotonic() + timeout
    for (where, name), box in tuple(_outboxes.items()):
        if where == target and sprint_id in {None, name}:
            box.flush(max(0.0, deadline - time.monotonic()), if_online=True)


@contextlib.contextmanager
def told_if_full() -> Iterator[None]:
    """Where the user's own error may be on its way: log that there was no room, do not raise it."""
    try:
        yield
    except QueueFullError as error:
        _log.warning("realtime-widgets: an event is lost: %s", error)


def waiting() -> dict[tuple[Target, str], int]:
    """Return how many events wait to be stored, by target and run, where there are any."""
    counts = {key: box.left for key, box in tuple(_outboxes.items())}
    return {key: count for key, count in counts.items() if count}


def _flush_at_exit() -> None:
    global _exit_of  # noqa: PLW0603 - one per process
    if _exit_of == os.getpid():
        return
    atexit.register(_finish)
    # A child of multiprocessing that was forked runs these, and nothing of atexit.
    multiprocessing_util: Any = sys.modules.get("multiprocessing.util")
    if multiprocessing_util is not None:
        multiprocessing_util.Finalize(None, _finish, exitpriority=0)
    _exit_of = os.getpid()  # at last, for Ctrl-C may come before


def _finish() -> None:
    """Send what is left, for a moment; say how much was not sent; end the thread."""
    deadline = time.monotonic() + EXIT_S
    for (_, sprint_id), box in tuple(_outboxes.items()):
        left = box.close(max(0.0, deadline - time.monotonic()))
        if left:
            print(  # noqa: T201 - loggers may have been shut down
                f"realtime-widgets: {left:,} events of {sprint_id!r} were not sent",
                file=sys.stderr,
            )
    loop = running()
    if loop is not None:
        loop.stop()


def _start_anew_in_child() -> None:
    global _lock  # noqa: PLW0603 - another thread of the parent may hold it
    _lock = threading.Lock()
    for box in _outboxes.values():
        box.start_anew()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_start_anew_in_child)
