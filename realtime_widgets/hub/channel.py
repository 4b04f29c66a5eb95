"""One channel in memory: its newest batches, its state, and its viewers.

All of it can be rebuilt from the store. Each viewer has a position in the log. A flush, at most
once in an iteration of the event loop, writes to each viewer whose socket is ready the frame after
its position. The frame is made from the newest batches in memory (the tail) or, where the position
is before them, read from the store. Resuming, catching up and following live are this one path.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from pydantic import ValidationError

from realtime_widgets.errors import StoreError
from realtime_widgets.hub.deliveries import Deliveries
from realtime_widgets.hub.flushes import COOLDOWN_FACTOR, MAX_COOLDOWN_S, FlushTimer
from realtime_widgets.hub.leases import Leases
from realtime_widgets.hub.stores.base import SavedState
from realtime_widgets.hub.tail import FRAME_CACHE_BYTES, TAIL_BYTES, Tail
from realtime_widgets.hub.watchers import Watchers
from realtime_widgets.protocol.run_state import RunState
from realtime_widgets.protocol.stored_events import read_stored

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from realtime_widgets.hub.clock import Clock
    from realtime_widgets.hub.frames import Frame
    from realtime_widgets.hub.stores.base import Store, StoredBatch
    from realtime_widgets.protocol.events import Event
    from realtime_widgets.protocol.position import Bounds

__all__ = ["Channel", "Viewer", "read_state"]

_log = logging.getLogger(__name__)


def read_state(saved: SavedState | None) -> RunState | None:
    """Return the state that was saved; None where there is none, or none of this version."""
    if saved is None:
        return None
    try:
        return RunState.model_validate_json(saved.data)
    except ValidationError:
        return None


class Viewer(Protocol):
    """A connection that watches a channel, as far as the channel uses it (`Cursor`)."""

    def advance(self) -> None:
        """Write frames until the socket does not take one at once, or nothing follows."""

    def fail(self) -> None:
        """Close after an unexpected error."""

    def skip(self, after: int, to: int) -> None:
        """Continue behind `to` if it stands at `after`: the events between are damaged."""

    def store_failed(self, after: int) -> None:
        """Close if it stands at `after`: the log cannot be read there."""


class Channel:
    """The log of one run, as far as it is in memory.

    Args:
        name: The sprint's id.
        store: Where its log is stored.
        bounds: What the store holds of it now.
        frame_bytes: Size of a frame that joins batches.
        lease_s: How long a publisher of the run's status may be silent.
        on_store_error: Called when the log cannot be read for viewers.
        on_status: Called when the status or the attempt has changed.
        on_presence: Called when `disconnected_at` has changed.
        clock: The time.
        tail_bytes: See `tail.TAIL_BYTES`.
        frame_cache_bytes: See `tail.FRAME_CACHE_BYTES`.
        cooldown_factor: See `flushes.COOLDOWN_FACTOR`.
        max_cooldown_s: See `flushes.MAX_COOLDOWN_S`.
    """

    def __init__(  # noqa: PLR0913 - half of them by name
        self,
        name: str,
        store: Store,
        bounds: Bounds,
        *,
        frame_bytes: int,
        lease_s: float,
        on_store_error: Callable[[StoreError], None],
        on_status: Callable[[RunState], None] = lambda _: None,
        on_presence: Callable[[], None] = lambda: None,
        clock: Clock,
        tail_bytes: int = TAIL_BYTES,
        frame_cache_bytes: int = FRAME_CACHE_BYTES,
        cooldown_factor: float = COOLDOWN_FACTOR,
        max_cooldown_s: float = MAX_COOLDOWN_S,
    ) -> None:
        self.name = name
        self.bounds = bounds
        self.state = RunState(sprint_id=name)
        self.state_is_saved = True
        self.viewers: set[Viewer] = set()
        self.watchers = Watchers(self.schedule)
        self.leases = Leases(
            clock.monotonic(), lease_s, clock=clock.time, is_shared=store.shared is not None
        )
        self.deliveries = Deliveries(name, self.leases)
        self.used_at = 0.0
        """Monotonic seconds when it was last opened."""

        self.disconnected_at: float | None = None
        """See `RunState`; viewers get it with their next frame."""

        self._store = store
        self._clock = clock
        self._frame_bytes = frame_bytes
        self._on_store_error = on_store_error
        self._on_status = on_status
        self._on_presence = on_presence
        self._tail = Tail(
            name,
            frame_bytes=frame_bytes,
            tail_bytes=tail_bytes,
            frame_cache_bytes=frame_cache_bytes,
        )
        self._flushes = FlushTimer(
            self._advance_all, cooldown_factor=cooldown_factor, max_cooldown_s=max_cooldown_s
        )
        self.expect = self._flushes.expect
        """Count a batch as being stored; see `FlushTimer.expect`."""
        self._loading: dict[int, asyncio.Task[None]] = {}

    async def restore_state(self, saved: SavedState | None) -> None:
        """Reduce the state from the saved one and the events after it.

        Raises:
            StoreError: The log cannot be read.
        """
        state = read_state(saved)
        if state is not None and state.head <= self.bounds.head:
            self.state = state
        self.state.head = max(self.state.head, self.bounds.first - 1)
        while self.state.head < self.bounds.head:
            batches = await self._store.read(self.name, self.state.head, TAIL_BYTES)
            for batch in batches:
                self.state.apply(batch.first, batch.timestamp, read_stored(batch.raw), batch.user)
            if not batches:
                self.state.head = self.bounds.head  # the newest batches are damaged
            self.state_is_saved = False
        with suppress(ValueError):
            if self.state.updated is not None:
                self.leases.default_seen_at = datetime.fromisoformat(self.state.updated).timestamp()
        self.check_presence()

    async def save_state(self) -> None:
        """Save the state, if it changed.

        Raises:
            StoreError: It cannot be written now.
        """
        if self.state_is_saved:
            return
        self.state_is_saved = True  # unless it changes meanwhile
        # After a restart no publisher is connected.
        data = self.state.model_dump_json(exclude={"disconnected_at"}).encode()
        try:
            await self._store.save_state(self.name, SavedState(self.state.head, data))
        except StoreError:
            self.state_is_saved = False
            raise

    def extend(self, bounds: Bounds, batch: StoredBatch, events: Sequence[Event]) -> None:
        """Add a committed batch, and schedule a flush."""
        if batch.first != self.bounds.head + 1 or bounds.epoch != self.bounds.epoch:
            # It does not continue the tail, so viewers read what is between from the store.
            if bounds.epoch != self.bounds.epoch:
                self.state = RunState(sprint_id=self.name)
            self._tail.clear()
        self._tail.append(batch)
        self.bounds = bounds
        before = self.state.attempt, self.state.status
        self.state.apply(batch.first, batch.timestamp, events, batch.user)
        if (self.state.attempt, self.state.status) != before:
            self._on_status(self.state)
        self.state_is_saved = False
        self.deliveries.after_batch(batch.first, events, self.state)
        if self.disconnected_at is not None:
            self.check_presence()
        self.schedule()

    def batch_id_in_memory(self, seq: int) -> str | None:
        """Return the id of the batch that ends at a seq, None where it is not in memory."""
        if seq == self.bounds.head:
            return self.bounds.batch_id
        return self._tail.batch_id_at(seq)

    def set_first(self, first: int) -> None:
        """Set the first event that the store still has."""
        if first != self.bounds.first:
            self.bounds = self.bounds.model_copy(update={"first": first})

    def check_presence(self) -> None:
        """Update whether a publisher of the status is connected; viewers are sent a change."""
        here = self.state.members.here
        disconnected_at = self.leases.disconnected_at(here, now=self._clock.monotonic())
        if disconnected_at != self.disconnected_at:
            self.disconnected_at = self.state.disconnected_at = disconnected_at
            self._on_presence()
            self.schedule()

    def schedule(self) -> None:
        """Schedule a flush to all viewers; see `FlushTimer.schedule`."""
        if self.viewers:
            self._flushes.schedule()

    def _advance_all(self) -> None:
        for viewer in tuple(self.viewers):
            try:
                viewer.advance()
            except Exception:  # noqa: BLE001 - it is logged, and the viewer closed
                # It must not keep the others waiting; it reconnects and resumes.
                _log.exception("cannot send to a viewer of %r", self.name)
                viewer.fail()

    def frame_after(self, seq: int) -> Frame | None:
        """Return the frame that follows a seq.

        Returns:
            None when nothing follows, or when it has to be read from the store first: then a flush
            is scheduled when it is there.
        """
        if seq >= self.bounds.head or self.bounds.epoch is None:
            return None
        frame = self._tail.frame_after(seq, self.bounds)
        if frame is None and seq not in self._loading:
            self._loading[seq] = asyncio.create_task(
                self._load(seq), name=f"read {self.name} after {seq}"
            )
        return frame

    async def _load(self, seq: int) -> None:
        head = self.bounds.head
        try:
            batches = await self._store.read(self.name, seq, self._frame_bytes)
        except StoreError as error:
            self._on_store_error(error)
            self._report_failure(seq)
            return
        except Exception:  # noqa: BLE001 - it is logged, and the viewers reconnect
            _log.exception("cannot read the log of %r after %d", self.name, seq)
            self._report_failure(seq)
            return
        finally:
            self._loading.pop(seq, None)
        if batches:
            self._tail.cache(seq, batches, self.bounds)
        else:
            for viewer in tuple(self.viewers):
                viewer.skip(seq, head)
        self.schedule()

    def _report_failure(self, seq: int) -> None:
        for viewer in tuple(self.viewers):
            viewer.store_failed(seq)

    async def close(self) -> None:
        """Stop reading and save the state."""
        for task in tuple(self._loading.values()):
            task.cancel()
        await self.save_state()
