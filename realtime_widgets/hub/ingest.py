"""One publisher: its messages are checked, joined into batches, stored and acknowledged."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from realtime_widgets.errors import InvalidEventError, StoreDamagedError, StoreUnavailableError
from realtime_widgets.hub.batcher import Batcher
from realtime_widgets.hub.stores.base import HoleError, IdCaseError
from realtime_widgets.protocol.codes import CloseCode, ErrorCode
from realtime_widgets.protocol.validation import mark_joining

if TYPE_CHECKING:
    from collections.abc import Callable

    from realtime_widgets.hub.appender import Appender, PublisherIdentity
    from realtime_widgets.hub.channel import Channel
    from realtime_widgets.hub.clock import Clock
    from realtime_widgets.hub.stores.base import Appended
    from realtime_widgets.hub.transport import Outgoing
    from realtime_widgets.protocol.limits import Limits
    from realtime_widgets.protocol.messages import Publish
    from realtime_widgets.protocol.sessions.session import Session
    from realtime_widgets.protocol.validation import ValidBatch

__all__ = ["Ingest"]

_log = logging.getLogger(__name__)

BURST_S = 1.0
"""For how long a connection that was quiet may be above its rate."""


class Ingest:
    """Publishes what one client sends.

    Args:
        channel: The channel it publishes to.
        publisher: The publisher.
        session: Its session, which writes acks and refusals.
        outgoing: The way out to the client.
        appender: The way into the store.
        limits: What is accepted.
        clock: The time.
        on_receiver: Called when the client publishes a status, a question, or an interrupt.
    """

    def __init__(  # noqa: PLR0913 - most of them by name
        self,
        channel: Channel,
        publisher: PublisherIdentity,
        *,
        session: Session,
        outgoing: Outgoing,
        appender: Appender,
        limits: Limits,
        clock: Clock,
        on_receiver: Callable[[], None] = lambda: None,
    ) -> None:
        self._channel = channel
        self._publisher = publisher
        self._session = session
        self._outgoing = outgoing
        self._appender = appender
        self._rate = limits.events_per_second
        self._clock = clock
        self._on_receiver = on_receiver
        self._batcher = Batcher(limits)
        """Events that are stored before the loop waits for anything again."""
        self._storing: list[asyncio.Future[Appended]] = []
        self._rate_used_until = 0.0
        """Monotonic seconds until which its share of the rate is used up."""

    @property
    def is_storing(self) -> bool:
        """Whether the store has not finished with some of its batches."""
        return bool(self._storing)

    @property
    def is_window_full(self) -> bool:
        """Whether as many batches are being stored as may be (protocol 6.1)."""
        return len(self._storing) >= self._session.window

    async def wait_for_window(self) -> None:
        """Wait until another batch may be stored."""
        while self.is_window_full:
            await asyncio.wait([self._storing[0]])

    def take(self, publish: Publish) -> None:
        """Check the events of a message; they are stored with others of this turn of the loop."""
        try:
            batch = self._checked(publish)
        except InvalidEventError as error:
            self._session.unusable(error, now=self._clock.monotonic())
            batch = None
        if batch is not None:
            for refusal in batch.refused:
                self._session.refused(publish.first_n + refusal.index, refusal.error)
            self._add(publish.first_n, batch)
        self._outgoing.flush()

    def _add(self, publisher_seq: int, batch: ValidBatch) -> None:
        if not self._batcher.accepts(publisher_seq, batch):
            self.flush()
        if not self._batcher:
            asyncio.get_running_loop().call_soon(self.flush)
        self._batcher.add(publisher_seq, batch)
        is_last_of_window = len(self._storing) + 1 >= self._session.window
        if self._batcher.is_full or batch.has_status or is_last_of_window:
            self.flush()

    def _checked(self, publish: Publish) -> ValidBatch | None:
        """Return the events of a message, None where it is above the rate.

        Raises:
            InvalidEventError: They are no array of events.
        """
        now = self._clock.monotonic()
        if self._rate and now < self._rate_used_until:
            reason = f"more than {self._rate:g} events a second"
            self._session.later(publish.first_n, ErrorCode.RATE_LIMITED, reason)
            return None
        batch = self._appender.check(publish.first_n, publish.events)
        if batch.has_status:
            batch = self._update_leases(batch, now)
        if batch.has_status or batch.has_question or batch.may_interrupt:
            self._on_receiver()
        if self._rate:
            quiet_until = max(self._rate_used_until, now - BURST_S)
            self._rate_used_until = quiet_until + len(batch.events) / self._rate
        return batch

    def _update_leases(self, batch: ValidBatch, now: float) -> ValidBatch:
        """Acquire and release leases by the statuses, and mark whose attempt each `running` joins.

        This depends on the order in which statuses arrive, so they are stored in that order: `take`
        delays none of them.
        """
        members = self._channel.state.members.left
        joins = self._channel.leases.receive(self._session, batch.events, members, now=now)
        return mark_joining(batch, joins) if joins else batch

    def flush(self) -> None:
        """Hand the events of the batcher to the store, if there are any."""
        if not self._batcher:
            return
        publisher_seq, batch = self._batcher.flush()
        try:
            appending = self._appender.append(
                self._channel.name, self._publisher, publisher_seq, batch
            )
        except Exception:  # noqa: BLE001 - it is logged, and the publisher reconnects and resends
            _log.exception("cannot store events of %r", self._channel.name)
            self._close(CloseCode.INTERNAL_ERROR)
            return
        self._storing.append(appending)
        self._channel.expect(appending)
        appending.add_done_callback(lambda done: self._appended(publisher_seq, done))

    def _appended(self, publisher_seq: int, done: asyncio.Future[Appended]) -> None:
        self._storing.remove(done)
        if done.cancelled():
            return
        try:
            self._answer(publisher_seq, done)
        except Exception:  # noqa: BLE001 - it is logged, and the publisher reconnects and resends
            _log.exception("cannot send the ack to a publisher of %r", self._channel.name)
            self._close(CloseCode.INTERNAL_ERROR)

    def _answer(self, publisher_seq: int, done: asyncio.Future[Appended]) -> None:
        match done.exception():
            case None:
                appended = done.result()
                self._session.stored(
                    up_to=appended.up_to,
                    seq=appended.seq,
                    epoch=appended.epoch,
                    duplicate=appended.duplicate,
                )
            case HoleError() as error:
                self._session.hole(publisher_seq, expect=error.expect)
            case IdCaseError() as error:
                wrong = InvalidEventError(ErrorCode.ID_CASE, str(error), field="sprint_id")
                self._session.unusable(wrong, now=self._clock.monotonic())
                self._session.close(CloseCode.BAD_MESSAGE)
            case StoreUnavailableError() as error:
                self._session.later(publisher_seq, ErrorCode(error.code), str(error))
            case StoreDamagedError() as error:
                self._session.later(publisher_seq, ErrorCode.STORAGE_UNAVAILABLE, str(error))
            case error:
                _log.error("events of %r were not stored", self._channel.name, exc_info=error)
                self._session.close(CloseCode.INTERNAL_ERROR)
        self._outgoing.flush()

    def _close(self, code: CloseCode) -> None:
        self._session.close(code)
        self._outgoing.flush()
