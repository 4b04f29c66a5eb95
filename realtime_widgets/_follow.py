"""`follow()`: reads the events of a run as they are published, in `for` and in `async for`."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from typing import TYPE_CHECKING, Any, Self

from realtime_widgets.client.argument_checks import whole_number
from realtime_widgets.client.discovery import discover
from realtime_widgets.client.driver import Driver
from realtime_widgets.client.publishing.outbox.outboxes import flush_before_reading
from realtime_widgets.client.runtime import runtime
from realtime_widgets.client.secret import as_secret
from realtime_widgets.client.unknown_run import NO_SUCH_RUN, similar_words
from realtime_widgets.client.waiting import in_thread
from realtime_widgets.errors import (
    ConnectionClosedError,
    FollowTimeoutError,
    PositionLostError,
    ServerNotFoundError,
)
from realtime_widgets.protocol.events import FINAL_STATUSES, StatusUpdate
from realtime_widgets.protocol.ids import check_sprint_id
from realtime_widgets.protocol.messages import MAX_NEWEST, Direct, Gap, Reset, State
from realtime_widgets.protocol.position import Position
from realtime_widgets.protocol.sessions.client import ClientSession
from realtime_widgets.protocol.sessions.watch import NewEvents, WatchSession

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from types import TracebackType

    from realtime_widgets.protocol.events import Event
    from realtime_widgets.protocol.run_state import RunState
    from realtime_widgets.protocol.sessions.watch import Notice

__all__ = ["Follower", "follow"]

FLUSH_S = 2.0
"""Maximum time that reading waits until this process's own events are stored."""


def follow(  # noqa: PLR0913 - most of them by name
    sprint_id: str,
    *,
    after: Position | None = None,
    newest: int | None = None,
    until_end: bool = False,
    timeout: float | None = None,
    server: str | None = None,
) -> Follower:
    """Read a run's events: those that are stored, then each new one.

    ```python
    for event in follow("nightly-eval", until_end=True):
        print(event.seq, event.type)
    ```

    `async for` works too. A lost connection is opened again, and no event is read twice.
    Events that are no longer stored are replaced by a `Gap` (`from_`, `to`).
    If the log was replaced by a new one, `PositionLostError` is raised; the next read starts at the
    beginning of the new log.

    Args:
        sprint_id: The run; it may start later.
        after: A `Follower.position` to resume after. None reads from the start of the log.
        newest: Read the last so many stored events, 1 to 1,000, then each new one; fewer where they
            are larger than 1 MiB. The events before them are not read, and no `Gap` replaces them.
            Not together with `after`.
        until_end: Stop after a final status (`succeeded`, `failed`, `cancelled`) that is the last
            stored status. Otherwise it waits for more events forever, as a run may be started
            again.
        timeout: Raise `FollowTimeoutError` after this many seconds without a new event; its
            `reason` is: no such run (with similar names), no connection to the server, or nothing
            published. Reading can continue after it. None waits forever.
        server: As in `Sprint`.

    Raises:
        InvalidSprintIdError: The id breaks the rule of protocol 1.1.
        ValueError: `timeout` is not above 0, `newest` is not within its limits or given together
            with `after`, or `server` is not a URL of a Jupyter server.
    """
    server = as_secret(server)
    if newest is not None:
        newest = whole_number("newest", newest, minimum=1, maximum=MAX_NEWEST)
        if after is not None:
            raise ValueError("give `newest` or `after`, not both")
    if timeout is not None and not timeout > 0:
        raise ValueError(f"timeout is a number of seconds above 0, not {timeout!r}")
    return Follower(
        check_sprint_id(sprint_id),
        after=after,
        newest=newest,
        until_end=until_end,
        timeout=timeout,
        server=server,
    )


class Follower:
    """Iterator over the events of a run, for `for` or `async for`, returned by `follow`.

    Use it as a context manager to stop before the end. Reading raises `ServerNotFoundError` if the
    server cannot be reached at the first connection, or refuses, and `FollowTimeoutError` after
    `timeout` seconds without a new event.

    A pickle of it contains no token; the loaded iterator resumes after its position. A copy is an
    independent iterator at the same position.
    """

    def __init__(  # noqa: PLR0913 - most of them by name
        self,
        sprint_id: str,
        *,
        after: Position | None,
        newest: int | None,
        until_end: bool,
        timeout: float | None,
        server: str | None,
    ) -> None:
        self._sprint_id = sprint_id
        self._newest = newest
        self._until_end = until_end
        self._timeout = timeout
        self._target = discover(server)
        self._has_ended = None if until_end and after is not None else False
        """Whether the status is final at the position; None if unknown."""
        self._start_after(after)

    def _start_after(self, after: Position | None) -> None:
        self._target.prepare()
        self._watch = WatchSession(self._sprint_id, after, newest=self._newest)
        self._driver = Driver(
            self._target, self._sprint_id, ClientSession(self._sprint_id, watch=self._watch)
        )
        self._notices: deque[Notice] = deque()
        self._events: deque[Event] = deque()
        """Events of the first notice that were not read yet."""
        self._fetched_to = after
        """The position after the last of them."""

        self._later_state: RunState | None = None
        """The run state after missing events, to apply at its head (protocol 5.7)."""

    def __repr__(self) -> str:
        return f"follow({self._sprint_id!r})"

    def __getstate__(self) -> dict[str, object]:
        names = ("_sprint_id", "_newest", "_until_end", "_timeout", "_target", "_has_ended")
        return {"after": self.position, **{name: vars(self)[name] for name in names}}

    def __setstate__(self, state: dict[str, Any]) -> None:
        after = state.pop("after")
        vars(self).update(state)
        self._start_after(after)

    def __iter__(self) -> Iterator[Event | Gap]:
        return self

    def __next__(self) -> Event | Gap:
        while (event := self._next()) is None:
            if self._is_at_end:
                self.close()
                raise StopIteration
            runtime().run(self._fetch_in_time())
        return event

    def __aiter__(self) -> AsyncIterator[Event | Gap]:
        return self

    async def __anext__(self) -> Event | Gap:
        while (event := self._next()) is None:
            if self._is_at_end:
                self.close()
                raise StopAsyncIteration
            await asyncio.wrap_future(runtime().spawn(self._fetch_in_time()))
        return event

    @property
    def position(self) -> Position | None:
        """The position after the last event that was read; pass it to `follow` to resume there."""
        if not self._events or self._fetched_to is None:
            return self._fetched_to
        # Inside a batch, so without the id of a batch.
        return Position(epoch=self._fetched_to.epoch, seq=self._fetched_to.seq - len(self._events))

    def close(self) -> None:
        """Disconnect; the next read connects again and resumes. Safe to call twice."""
        self._driver.close_soon()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        where: TracebackType | None,
    ) -> None:
        self.close()

    def __del__(self) -> None:
        if hasattr(self, "_driver"):  # not if `__init__` raised
            self.close()

    @property
    def _is_at_end(self) -> bool:
        return self._until_end and bool(self._has_ended) and self._watch.is_caught_up

    def _next(self) -> Event | Gap | None:
        """Return the next event or gap that was fetched, None if there is none."""
        while not self._events:
            if not self._notices:
                return None
            notice = self._notices.popleft()
            match notice:
                case NewEvents():
                    self._events.extend(notice.events)
                    self._fetched_to = notice.position
                case Gap():
                    if self._fetched_to is not None:
                        self._fetched_to = Position(epoch=self._fetched_to.epoch, seq=notice.to)
                    return notice
                case Reset():
                    self._fetched_to = None
                    self._has_ended = False
                    raise PositionLostError(self._sprint_id, notice.reason)
                case Direct():
                    return notice.event
                case State():
                    self._later_state = notice.state
            self._apply_later_state()
        event = self._events.popleft()
        if isinstance(event, StatusUpdate) and event.status != "lost":
            self._has_ended = event.status in FINAL_STATUSES
        self._apply_later_state()
        return event

    def _apply_later_state(self) -> None:
        """Apply the run state after missing events, when the position has reached its head."""
        here = self.position
        if (
            self._later_state is not None
            and here is not None
            and here.seq >= self._later_state.head
        ):
            if here.seq == self._later_state.head:
                self._has_ended = self._later_state.status in FINAL_STATUSES
            self._later_state = None

    def _read_status_at_position(self) -> None:
        """Set `_has_ended` for the position; blocks while it requests the server."""
        # Events of this process may have started the run again.
        flush_before_reading(self._target, self._sprint_id, timeout=FLUSH_S)
        if self._has_ended is None:
            run = self._target.run(self._sprint_id)
            self._has_ended = run is not None and run["status"] in FINAL_STATUSES

    async def _fetch_in_time(self) -> None:
        """Wait for notices, at most `timeout` seconds.

        Raises:
            FollowTimeoutError: There were none.
        """
        try:
            async with asyncio.timeout(self._timeout) as limit:
                await self._fetch()
        except TimeoutError:
            if self._timeout is None or not limit.expired():
                raise
            # Without context: the traceback of the cancelled wait does not help the user.
            raise self._timed_out(self._timeout) from None

    def _timed_out(self, timeout: float) -> FollowTimeoutError:
        similar: tuple[str, ...] = ()
        if self._driver.lost_at is not None:
            since = time.strftime("%H:%M:%S", time.localtime(self._driver.lost_at))
            reason = f"no connection to {self._target.name} since {since}"
        elif not self._watch.is_open:
            reason = f"{self._target.name} does not respond"
        elif self._watch.has_begun:
            reason = "nothing was published"
        else:
            similar = tuple(self._watch.similar)
            words = [NO_SUCH_RUN, similar_words(self._sprint_id, similar)]
            reason = "; ".join(filter(None, words))
        return FollowTimeoutError(self._sprint_id, timeout, reason, similar)

    async def _fetch(self) -> None:
        """Wait for notices. Cancelling it loses none.

        Raises:
            ServerNotFoundError: There is no server at the first connection, or it refuses.
        """
        if not self._driver.has_connected:
            await in_thread(self._read_status_at_position)
            await self._driver.open()
        try:
            await self._driver.run(
                self._receive, until=lambda: bool(self._notices) or self._is_at_end
            )
        except ConnectionClosedError as error:
            reason = f"it refused the connection: {error.reason} ({error.code})"
            raise ServerNotFoundError(self._target.name, reason) from None

    async def _receive(self) -> None:
        """Receive one message or reach the session's deadline.

        Raises:
            ServerNotFoundError: There is no server, or it refuses.
            ConnectionClosedError: The connection is closed.
        """
        if not self._driver.is_connected:
            await self._driver.open()
        await self._driver.exchange()
        notices = self._watch.take()
        if notices:
            self._driver.backoff.reset()
        # `newest` causes these gaps.
        self._notices.extend(notice for notice in notices if not _is_skipped(notice))


def _is_skipped(notice: Notice) -> bool:
    return isinstance(notice, Gap) and notice.reason == "skipped"
