"""The one way of events into the store: back-pressure, checking, appending."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from realtime_widgets.errors import InvalidEventError, StoreError
from realtime_widgets.hub.clock import timestamp
from realtime_widgets.hub.stores.base import NewBatch
from realtime_widgets.protocol.codes import ErrorCode
from realtime_widgets.protocol.ids import random_id
from realtime_widgets.protocol.json_limits import MAX_INTEGER
from realtime_widgets.protocol.validation import validate_batch

if TYPE_CHECKING:
    from collections.abc import Callable

    from pydantic import JsonValue

    from realtime_widgets.hub.clock import Clock
    from realtime_widgets.hub.health import StorageHealth
    from realtime_widgets.hub.stores.base import Appended, Store
    from realtime_widgets.protocol.limits import Limits
    from realtime_widgets.protocol.validation import ValidBatch

__all__ = ["MAX_PENDING_BYTES", "Appender", "PublisherIdentity"]

BATCH_ID_BITS = 48

MAX_PENDING_BYTES = 16 * 1024 * 1024
"""Size of the events that may wait for the store before no publisher is read from: each publisher
has a window, and together they could take all memory. Two transactions of the SQLite store, so that
it never runs idle."""


@dataclass(frozen=True, slots=True)
class PublisherIdentity:
    """The publisher at the other end of a connection."""

    publisher_id: str | None
    """None where nothing is sent again, so that the store remembers no publisher seq."""

    user: str | None
    start_publisher_seq: int
    """The first publisher seq on this connection (protocol 6.2)."""


class Appender:
    """Appends the events of all publishers of one hub to its store.

    Args:
        store: The store.
        health: Notes which appends fail.
        limits: What is accepted.
        clock: The time.
        max_pending_bytes: See `MAX_PENDING_BYTES`.
    """

    def __init__(
        self,
        store: Store,
        health: StorageHealth,
        limits: Limits,
        clock: Clock,
        *,
        max_pending_bytes: int = MAX_PENDING_BYTES,
    ) -> None:
        self._store = store
        self._health = health
        self._limits = limits
        self._clock = clock
        self._max_pending_bytes = max_pending_bytes
        self.on_interrupt: Callable[[str, bytes, asyncio.Future[Appended]], object]
        self.on_interrupt = lambda *_: None
        """Called with each batch that may have an interrupt of an agent, once it is stored. It is
        set once all parts are made: the question of the interrupt is stored by this appender."""
        self._pending_bytes = 0
        """Size of the events that the store has not finished with."""
        self._capacity_event = asyncio.Event()
        """Set while fewer bytes are pending than may be."""
        self._capacity_event.set()
        self._capacity_lock = asyncio.Lock()
        """Held by the publisher that waits for capacity longest."""

    @property
    def has_capacity(self) -> bool:
        """Whether `wait_for_capacity` would return at once."""
        return self._capacity_event.is_set() and not self._capacity_lock.locked()

    async def wait_for_capacity(self) -> None:
        """Wait until more events may be pending; await nothing between this and `append`.

        First come, first served: a publisher of many events does not keep out one of few.
        """
        async with self._capacity_lock:
            await self._capacity_event.wait()

    def check(self, publisher_seq: int, events: bytes | list[JsonValue]) -> ValidBatch:
        """Check the events of a `publish` message.

        Args:
            publisher_seq: The publisher seq of the first event.
            events: The events, as JSON or parsed.

        Raises:
            InvalidEventError: They are no array of events.
        """
        batch = validate_batch(events, self._limits)
        if publisher_seq + len(batch.events) - 1 > MAX_INTEGER:
            reason = "the numbers end at 2^53-1"
            raise InvalidEventError(ErrorCode.BAD_FIELD, reason, field="first_n")
        return batch

    def append(
        self, sprint_id: str, publisher: PublisherIdentity, publisher_seq: int, batch: ValidBatch
    ) -> asyncio.Future[Appended]:
        """Hand checked events to the store; viewers get them after the commit.

        Returns:
            The result, see `Store.append`.
        """
        new = NewBatch(
            channel=sprint_id,
            publisher_id=publisher.publisher_id,
            publisher_seq=publisher_seq,
            start_publisher_seq=publisher.start_publisher_seq,
            events=batch.events,
            raw=batch.raw,
            user=publisher.user,
            timestamp=timestamp(self._clock),
            batch_id=random_id(BATCH_ID_BITS),
        )
        size = len(batch.raw)
        self._pending_bytes += size
        if self._pending_bytes >= self._max_pending_bytes:
            self._capacity_event.clear()
        appending = self._store.append(new)
        if batch.may_interrupt:
            appending.add_done_callback(lambda done: self.on_interrupt(sprint_id, batch.raw, done))
        appending.add_done_callback(lambda done: self._appended(done, size))
        return appending

    def _appended(self, done: asyncio.Future[Appended], size: int) -> None:
        self._pending_bytes -= size
        if self._pending_bytes < self._max_pending_bytes:
            self._capacity_event.set()
        if done.cancelled():
            return
        error = done.exception()
        if error is None:
            self._health.append_succeeded()
        elif isinstance(error, StoreError):
            self._health.append_failed(error)
