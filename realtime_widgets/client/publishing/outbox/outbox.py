"""Sends the events of one run from the user's threads to a hub: buffer, session, connection.

Theory of operation. A process has one outbox per run and target; all its `Sprint` objects share it.

- A publishing thread appends an event to the `Buffer` (`appending.py`). This takes no lock. Only if
  the background thread waits for events does the append schedule `_check_buffer` there.
- `_check_buffer` starts the task `_run` in the runtime's event loop, or wakes it up. The task moves
  events from the buffer to the `PublishSession` as far as its window allows. A `Driver` connects to
  the target, sends the messages of the session, and waits: for an ack, for an event, or for the
  next deadline of the session.
- The driver opens a lost connection again after a delay; the session resends what has no ack. If
  the server refuses for good, the outbox gives up: it counts events and discards them.
- `flush` and `close` record how many events were published (`_Mark`), interrupt a back-off delay,
  and wait until as many are acknowledged or discarded. The task ends after `close`, and the next
  event starts another one.
- At the exit of the process all outboxes are closed (`outboxes.py`), and from then on each append
  waits until its event is stored.
- A forked child starts with an empty buffer and a new publisher id.

The state belongs to the background thread. All methods above the comment "In the background thread
only" may be called from any thread.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from realtime_widgets.client.driver import Driver
from realtime_widgets.client.own_threads import is_own_thread
from realtime_widgets.client.publishing.outbox.answers import Answers
from realtime_widgets.client.publishing.outbox.appending import Appending
from realtime_widgets.client.publishing.outbox.buffer import Buffer
from realtime_widgets.client.publishing.outbox.in_process_notice import print_in_process_notice
from realtime_widgets.client.publishing.outbox.membership import Membership
from realtime_widgets.client.publishing.outbox.publish_warnings import PublishWarnings
from realtime_widgets.client.publishing.outbox.queue_full import log_queue_full
from realtime_widgets.client.publishing.outbox.received import Received
from realtime_widgets.client.publishing.outbox.uploads import Uploads
from realtime_widgets.client.redaction import redact_json
from realtime_widgets.client.runtime import runtime
from realtime_widgets.errors import ConnectionClosedError
from realtime_widgets.protocol.codes import CloseCode
from realtime_widgets.protocol.ids import PUBLISHER_BITS, random_id
from realtime_widgets.protocol.sessions.client import ClientSession
from realtime_widgets.protocol.sessions.publish import PublishSession

if TYPE_CHECKING:
    from collections.abc import Callable

    from realtime_widgets.client.target import PublishTarget

__all__ = ["Outbox"]

FLOOD = 16
"""Deltas that were joined to one event because they came while the event before was being sent."""

SMALL_EVENT = 1_500
"""Most bytes of an event of the outbox itself."""

FLOOD_S = 0.05
"""How long a text that comes in such floods is collected before more of it is sent."""

NOT_YOURS = "; where it is the run of another user, choose another name"
"""Advice after a refusal."""

_log = logging.getLogger("realtime_widgets")


@dataclass
class _Mark:
    """A position in the sequence of published events, set by the background thread."""

    at: int | None = None
    """How many events had been published when the mark was set; None before."""

    is_end: bool = False
    """Whether `close` has taken effect at this position."""


class Outbox(Appending):
    """Publishes the events of one run.

    The state belongs to the background thread. Other threads read it, append events, and schedule
    everything else with `Runtime.call_soon`.

    Args:
        target: Server or hub that stores the run.
        sprint_id: The run.
        on_use: Called whenever there may be events to send, from any thread.
    """

    def __init__(
        self, target: PublishTarget, sprint_id: str, *, on_use: Callable[[], None] = lambda: None
    ) -> None:
        self._target = target
        self._sprint_id = sprint_id
        self._on_use = on_use
        self._warnings = PublishWarnings(sprint_id)
        self.reset()

    def reset(self) -> None:
        """Set the initial state: at creation, and in a forked child."""
        self._buffer = Buffer(self._sprint_id, self._wake)
        self.membership = Membership()
        self.changed = self._buffer.changed
        """Notified when events were acknowledged, and when users have sent something."""
        self.answers = Answers(self.changed)
        self.received = Received(
            self._sprint_id, self.changed, self.membership, self._publish_taken
        )
        self.uploads = Uploads(
            self._target,
            self._sprint_id,
            publish=lambda event: self._buffer.append_own(event, SMALL_EVENT),
            published=lambda: self._buffer.appended,
            settled=lambda: self._settled,
            changed=self.changed.notify,
        )
        self._is_running = False
        """Whether the task exists; only it uses the session."""
        self._reset_session()
        self._reset_appending()
        self._reported = 0
        """How many events were reported as not sent at the exit of the process."""

    def _reset_session(self) -> None:
        self._session = PublishSession(
            partial(random_id, PUBLISHER_BITS),
            get_lease=lambda: self.membership.lease,
            redact=redact_json,
        )
        self._driver = Driver(
            self._target, self._sprint_id, ClientSession(self._sprint_id, publish=self._session)
        )
        self._buffer.reset_counts()

        self._acked = 0
        """How many events were acknowledged before the last message."""

        self._closed_at: int | None = None
        """How many events had been published at `close`; a later event cancels the close."""

        self.has_given_up = False
        """Whether the server refuses this publisher."""

        self._warnings.forget()

    def _publish_taken(self, event: dict[str, Any]) -> None:
        """Publish that something was taken; where the queue is full, it is delivered again."""
        with log_queue_full():
            self.append(event, SMALL_EVENT)

    @property
    def left(self) -> int:
        """How many events are not stored; may temporarily be a few too high."""
        return max(0, len(self._buffer) + self._buffer.taken - self._session.acked)

    def flush(self, timeout: float, *, if_online: bool = False) -> int:
        """Wait until all events published so far are stored.

        Args:
            timeout: Maximum time to wait, in seconds.
            if_online: Return at once when the server cannot be reached.

        Returns:
            How many events are not stored.
        """
        return self._flush(_Mark(), timeout, if_online=if_online)

    def _flush(self, mark: _Mark, timeout: float, *, if_online: bool = False) -> int:
        if not (self.left or self.uploads.left) or is_own_thread():
            return self.left

        def is_over() -> bool:
            is_offline = self._driver.lost_at is not None
            is_hopeless = self.has_given_up or (if_online and is_offline)
            return is_hopeless or (self._is_settled(mark) and self.uploads.is_settled)

        self._on_use()
        runtime().call_soon(lambda: self._start_flush(mark))
        self.changed.wait_for(is_over, timeout)
        return self.left if mark.at is None else max(0, mark.at - self._settled)

    def close(self, timeout: float) -> int:
        """Flush, then disconnect. A later event connects again, even after the outbox gave up.

        Returns:
            How many events are not stored.
        """
        if is_own_thread() or not (self._is_running or self.left or self.uploads.left):
            return self.left
        deadline = time.monotonic() + timeout
        mark = _Mark()
        runtime().call_soon(lambda: self._set_mark(mark))
        left = self._flush(mark, timeout)
        if self._is_running or self.has_given_up:
            runtime().call_soon(lambda: self._close_at(mark))
            self.changed.wait_for(
                lambda: mark.is_end and not (self._is_running and self._is_closing),
                max(0.0, deadline - time.monotonic()),
            )
        return left

    @property
    def _is_closing(self) -> bool:
        return self._closed_at is not None and self._closed_at == self._buffer.appended

    @property
    def _settled(self) -> int:
        return self._session.acked + self._buffer.discarded + self._buffer.joins.acked

    def _is_settled(self, mark: _Mark) -> bool:
        return mark.at is not None and self._settled >= mark.at

    def _wake(self) -> None:
        """Schedule a check of the buffer in the background thread."""
        self._on_use()
        runtime().call_soon(self._check_buffer)

    # In the background thread only.

    def _check_buffer(self) -> None:
        self._buffer.make_room()
        if self.has_given_up:
            self._buffer.arm_wakeup()
            self._buffer.discard_all()
        elif self._is_running:
            self._driver.wake()
        else:
            self._is_running = True
            self._driver.lost_at = None
            self._task = asyncio.create_task(self._run(), name=f"outbox of {self._sprint_id}")

    def _set_mark(self, mark: _Mark) -> None:
        mark.at = self._buffer.appended

    def _start_flush(self, mark: _Mark) -> None:
        if mark.at is None:
            self._set_mark(mark)
        if not self._is_settled(mark):
            self._closed_at = None
            self._driver.connect_now()
            self._check_buffer()
        self.changed.notify()

    def _close_at(self, mark: _Mark) -> None:
        self._closed_at = mark.at
        if self.has_given_up:
            self._reset_session()
        self._driver.wake()
        self._driver.connect_now()
        mark.is_end = True
        self.changed.notify()

    async def _run(self) -> None:
        print_in_process_notice(self._target)
        try:
            await self._driver.run(
                self._publish, until=self._end_if_closed, on_failure=self._note_failure
            )
        except ConnectionClosedError as error:
            advice = NOT_YOURS if error.code == CloseCode.FORBIDDEN else ""
            self._warnings.add(f"is no longer published: {error}{advice}")
            self._give_up()
        except asyncio.CancelledError:
            self._is_running = False
            self._buffer.arm_wakeup()
            raise
        except Exception:  # noqa: BLE001 - boundary of the thread: logged, and the cell continues
            self._give_up()
            with contextlib.suppress(Exception):
                _log.exception("realtime-widgets: %r is no longer published", self._sprint_id)

    def _end_if_closed(self) -> bool:
        """Mark the task as ended if the outbox is closed; the next event starts another one."""
        self._buffer.arm_wakeup()  # first, so that no event is appended between this and the check
        is_over = self._is_closing
        if is_over:
            self._is_running = False
            self.changed.notify()
        return is_over

    def _note_failure(self, error: Exception) -> None:
        self._warnings.note_failure(self._driver.failures, error)
        self.changed.notify()
        if self._is_closing:
            self._driver.connect_now()

    def _give_up(self) -> None:
        """Mark the task as ended and discard all events: the server refuses this publisher."""
        self._is_running = False
        self.has_given_up = True
        self._buffer.arm_wakeup()
        self._buffer.discard_all()

    async def _publish(self) -> None:
        """Publish over one connection until the outbox is closed.

        Raises:
            ServerNotFoundError: There is no server, or it refuses.
            ConnectionClosedError: The connection ended first.
        """
        driver, session = self._driver, self._session
        await driver.open()
        self.answers.note_connection()
        async with driver.receiving(self._after_message):
            while True:
                is_flooded = self._fill()
                await driver.send()
                if driver.session.is_open and not session.may_publish:
                    raise ConnectionClosedError(CloseCode.FORBIDDEN, CloseCode.FORBIDDEN.reason)
                if self._is_closing:
                    return
                if is_flooded:
                    await asyncio.sleep(FLOOD_S)
                if not session.room or self._buffer.sleep_if_empty():
                    await driver.wait()

    def _fill(self) -> bool:
        """Move events into the session; return whether the last of them is of a flood of deltas."""
        is_flooded = False
        while room := self._session.room:
            events = self._buffer.take(room)
            if not events:
                break
            self._session.feed(events)
            is_flooded = self._buffer.joins.newest >= FLOOD
        return is_flooded

    def _after_message(self) -> None:
        for error in self._driver.session.errors():
            self._warnings.add(f"got an error from the server: {error.message} ({error.code})")
        for nack in self._session.refusals():
            self._warnings.note_refusal(nack)
        deliveries = self._session.deliveries()
        self.answers.receive(deliveries)
        for one in deliveries:
            self.received.receive(one)
        self._warnings.note_storage(self._session.trouble)
        if self._session.acked != self._acked:
            self._acked = self._session.acked
            self._buffer.joins.note_acked(self._acked)
            self._driver.backoff.reset()
            self.uploads.start()
            self.changed.notify()

    def new_losses(self) -> str:
        """Return a line that counts what was not sent and is not yet reported, "" for none."""
        count = self.left - self._reported
        more = " more" if self._reported else ""
        self._reported += max(0, count)
        events = f"{count:,}{more} events" if count > 0 else ""
        losses = " and ".join(filter(None, [events, self.uploads.new_losses()]))
        return losses and f"{losses} of {self._sprint_id!r} were not sent"
