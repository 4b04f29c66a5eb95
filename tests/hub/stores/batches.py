"""What the tests append to stores, and how they read it back."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

from realtime_widgets.hub.stores.base import NewBatch
from realtime_widgets.protocol.ids import random_id
from realtime_widgets.protocol.state_events import reduced_to_state
from realtime_widgets.protocol.stored_events import read_stored
from realtime_widgets.protocol.validation import validate_batch

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from realtime_widgets.hub import Store
    from realtime_widgets.hub.stores.base import StoredBatch
    from realtime_widgets.protocol.events import Event
    from realtime_widgets.protocol.position import Bounds

ALICE = "a1" * 16
BOB = "b0" * 16
TIMESTAMP = "2026-11-22T21:58:00.123Z"


def log(messages: Iterable[str]) -> bytes:
    """Log lines as the JSON array of a batch."""
    return json.dumps([{"type": "log", "message": message} for message in messages]).encode()


def new_batch(  # noqa: PLR0913 - a test names what matters to it
    messages: Sequence[str],
    *,
    n: int = 1,
    begin_n: int | None = None,
    channel: str = "run",
    publisher: str | None = ALICE,
    entry: str | None = None,
) -> NewBatch:
    """Log lines on their way into the log, the first of which has the number `n`."""
    batch = validate_batch(log(messages))
    return NewBatch(
        channel=channel,
        publisher_id=publisher,
        publisher_seq=n,
        start_publisher_seq=n if begin_n is None else begin_n,
        events=batch.events,
        raw=batch.raw,
        user="alice" if publisher == ALICE else None,
        timestamp=TIMESTAMP,
        batch_id=entry or random_id(48),
    )


def lines(batches: Iterable[StoredBatch]) -> list[tuple[int, str]]:
    """The log lines in batches, each with its seq."""
    return [
        (batch.first + index, event["message"])
        for batch in batches
        for index, event in enumerate(json.loads(batch.raw))
    ]


async def whole_log(store: Store, channel: str = "run") -> list[tuple[int, str]]:
    """All that is kept of a log, read batch by batch."""
    found: list[tuple[int, str]] = []
    while batches := await store.read(channel, found[-1][0] if found else 0, 1):
        found += lines(batches)
    return found


async def batch_id_at(store: Store, channel: str, seq: int) -> str | None:
    """The id of the batch that ends at a seq."""
    return (await store.look(channel, seq)).batch_id_there


async def last_publisher_seq(store: Store, channel: str, publisher_id: str) -> int | None:
    """The number of the last event stored from a publisher."""
    return (await store.look(channel, publisher_id=publisher_id)).last_publisher_seq


def no_reset(channel: str) -> None:
    """For stores that no other server writes to."""
    raise AssertionError(channel)


class Announced:
    """Records what a store announces as committed."""

    def __init__(self) -> None:
        self.batches: list[tuple[str, Bounds, StoredBatch]] = []
        self._news = asyncio.Event()

    def __call__(
        self, channel: str, bounds: Bounds, batch: StoredBatch, events: Sequence[Event]
    ) -> None:
        assert list(events) == reduced_to_state(read_stored(batch.raw))
        assert batch.count == len(events)
        assert (bounds.head, bounds.batch_id) == (batch.last, batch.batch_id)
        self.batches.append((channel, bounds, batch))
        self._news.set()

    async def until(self, channel: str, head: int) -> str:
        """Wait for an event of a channel, and return the epoch."""
        while True:
            for name, bounds, _ in self.batches:
                if name == channel and bounds.head >= head:
                    assert bounds.epoch is not None
                    return bounds.epoch
            self._news.clear()
            await self._news.wait()

    def lines(self, channel: str = "run") -> list[tuple[int, str]]:
        return lines(batch for name, _, batch in self.batches if name == channel)
