"""What a viewer is sent next: whole batches joined into one message, built once for all."""

from __future__ import annotations

from functools import cached_property
from json import JSONDecoder
from typing import TYPE_CHECKING

from pydantic_core import to_json

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from realtime_widgets.hub.stores.base import StoredBatch

__all__ = ["Frame", "flat_events", "join"]

ENVELOPE_BYTES = 128
"""Room for what is around the batches in an `events` message; an epoch has 64 at most."""


_decoder = JSONDecoder()


class Frame:
    """The next part of a channel's log.

    Args:
        channel: Its name.
        epoch: The epoch of its log.
        batches: Consecutive batches, at least one.
    """

    def __init__(self, channel: str, epoch: str, batches: Sequence[StoredBatch]) -> None:
        self._channel = channel
        self.batches = batches
        self.first = batches[0].first
        """Seq of the first event."""

        self.last = batches[-1].last
        """Seq of the last event."""

        joined = b",".join([batch.wire for batch in batches])
        self.message = b'{"type":"events","epoch":"%b","batches":[%b]}' % (epoch.encode(), joined)
        """The `events` message (protocol 5.1)."""

    @cached_property
    def plain(self) -> list[bytes]:
        """One message an event, for the plain mode (protocol 9)."""
        return [event for batch in self.batches for _, event in flat_events(self._channel, batch)]


def join(batches: Sequence[StoredBatch], after: int, limit_bytes: int) -> Sequence[StoredBatch]:
    """Return what one frame takes after a seq: whole batches, at least one, within the limit.

    Args:
        batches: Consecutive batches, the first of which holds `after + 1` or lies beyond it.
        after: The last seq that the viewer has.
        limit_bytes: Size of a frame that holds more than one batch.
    """
    taken = [batches[0].after(after)]
    size = ENVELOPE_BYTES + len(taken[0].wire)
    for batch in batches[1:]:
        size += len(batch.wire) + 1
        if size > limit_bytes:
            break
        taken.append(batch)
    return taken


def flat_events(
    channel: str, batch: StoredBatch, seqs: Iterable[int] | None = None
) -> Iterator[tuple[int, bytes]]:
    """Yield the seq of each event of a batch, and its JSON with the fields that the server sets.

    Args:
        channel: Its name.
        batch: The batch.
        seqs: Which of its events, and in which order; None for all.
    """
    if seqs is None:
        seqs = range(batch.first, batch.last + 1)
    server_fields = b',"sprint_id":%b,"timestamp":%b,"user":%b,"seq":' % (
        to_json(channel),
        to_json(batch.timestamp),
        to_json(batch.user),
    )
    events = _events_of(batch)
    for seq in seqs:
        # Every event has a type, so it is never empty; of two equal keys the last holds.
        yield seq, b"%b%b%d}" % (events[seq - batch.first][:-1], server_fields, seq)


def _events_of(batch: StoredBatch) -> list[bytes]:
    """Return the JSON of each event as it is stored."""
    if batch.count == 1:  # as large ones are: nothing to look for
        return [batch.raw.strip()[1:-1].strip()]
    # Parsed one at a time only to find where it ends: brackets take 20 times as much memory then.
    text, end = batch.raw.decode(), 0
    events: list[bytes] = []
    while len(events) < batch.count:
        start = text.index("{", end)
        _, end = _decoder.raw_decode(text, start)
        events.append(text[start:end].encode())
    return events
