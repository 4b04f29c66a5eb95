"""The interface of event log storage, and the rule of appending of all stores (protocol 6.2).

A store keeps, for each channel: an epoch, a sequence of batches, and the last event of each
publisher that has an id. It reports every batch that it has committed, in the order of seqs, and
the hub sends viewers only those; so no viewer gets an event that is not stored.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple, Protocol, TypeAlias

from pydantic_core import to_json

from realtime_widgets.errors import RealtimeWidgetsError
from realtime_widgets.protocol.json_parts import parts

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable, Sequence

    from realtime_widgets.hub.stores.blobs import Blob
    from realtime_widgets.hub.stores.shared import SharedState
    from realtime_widgets.protocol.events import Event
    from realtime_widgets.protocol.position import Bounds

__all__ = [
    "EPOCH_BITS",
    "MAX_UNBEGUN",
    "Appended",
    "ChannelSummary",
    "HoleError",
    "IdCaseError",
    "LastStored",
    "Look",
    "NewBatch",
    "OnCommit",
    "OnReset",
    "SavedState",
    "Store",
    "StoredBatch",
    "place",
]


SUMMARY_BYTES = 512
"""About how much memory the summary of a channel takes beside its saved state."""

MAX_UNBEGUN = 1_000
"""Access records that are kept of channels without events; Redis keeps them for a day instead."""

EPOCH_BITS = 64
"""Randomness of an epoch: a log that is created again never has the same (protocol 1)."""


@dataclass(frozen=True)
class StoredBatch:
    """Consecutive events that were stored together."""

    first: int
    """Seq of the first event."""

    count: int
    batch_id: str
    """Id of this batch, unique in its channel."""

    timestamp: str
    user: str | None
    raw: bytes
    """The JSON array of the events."""

    @property
    def last(self) -> int:
        """Seq of the last event."""
        return self.first + self.count - 1

    @cached_property
    def wire(self) -> bytes:
        """The batch as it is sent to every viewer (protocol 5.1)."""
        return b'{"first":%d,"entry":"%b","timestamp":"%b","user":%b,"events":%b}' % (
            self.first,
            self.batch_id.encode(),
            self.timestamp.encode(),
            to_json(self.user),
            self.raw,
        )

    def after(self, seq: int) -> StoredBatch:
        """Return the part after a seq that lies inside the batch."""
        skip = seq - self.first + 1
        if skip <= 0:
            return self
        return StoredBatch(
            first=self.first + skip,
            count=self.count - skip,
            batch_id=self.batch_id,
            timestamp=self.timestamp,
            user=self.user,
            raw=skip_events(self.raw, skip),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class NewBatch:
    """Events of one publisher on their way into the log."""

    channel: str

    publisher_id: str | None
    """None where nothing is sent again: then no publisher seq is stored."""

    publisher_seq: int
    """The publisher seq of the first event: the publisher numbers its events from 1."""

    start_publisher_seq: int
    """The first publisher seq on the publisher's connection: where an unknown publisher begins."""

    events: Sequence[Event]
    """As far as the state of a run depends on them."""

    raw: bytes
    """The JSON array of the events."""

    user: str | None
    timestamp: str
    batch_id: str
    """Id of the batch, random."""

    @property
    def last_publisher_seq(self) -> int:
        """The publisher seq of the last event."""
        return self.publisher_seq + len(self.events) - 1


class LastStored(NamedTuple):
    """The last event stored of a publisher."""

    publisher_seq: int
    seq: int
    """Its seq in the log."""


@dataclass(frozen=True, slots=True)
class Appended:
    """Where a `NewBatch` was stored."""

    epoch: str
    seq: int
    """Seq of the event with the publisher seq `up_to`."""

    up_to: int
    """Publisher seq of the last event stored from this publisher."""

    duplicate: bool = False
    """Whether all of its events were stored before."""


@dataclass(frozen=True, slots=True)
class SavedState:
    """The state after a seq, so that it need not be reduced from the start."""

    seq: int
    data: bytes


@dataclass(frozen=True, slots=True)
class ChannelSummary:
    """One channel in the list of all."""

    number: int
    """Higher than those of all channels that existed when it was created."""

    name: str
    bounds: Bounds
    size_bytes: int
    """Size of its events as JSON, and of its blobs."""

    saved_state: SavedState | None

    @property
    def memory_bytes(self) -> int:
        """About how much memory it takes."""
        return SUMMARY_BYTES + (len(self.saved_state.data) if self.saved_state else 0)


OnCommit: TypeAlias = "Callable[[str, Bounds, StoredBatch, Sequence[Event]], None]"
"""Called on the event loop with channel, what its log holds now, batch and its events."""


OnReset: TypeAlias = "Callable[[str], None]"
"""Called on the event loop with a channel that is followed and whose log was replaced or removed.

Only a store that several servers share calls it.
"""


class Look(NamedTuple):
    """What a client that connects has to know of a channel, read at one moment."""

    bounds: Bounds
    """What the log holds; all of it has been announced where the channel is followed."""

    batch_id_there: str | None = None
    """Id of the batch that ends at the seq of the call, None where none does."""

    last_publisher_seq: int | None = None
    """Publisher seq of the last event stored from the publisher of the call."""


class HoleError(RealtimeWidgetsError):
    """Events of the publisher before these are missing; nothing was stored."""

    def __init__(self, expect: int) -> None:
        super().__init__(expect)
        self.expect = expect

    def __str__(self) -> str:
        return f"publisher seq {self.expect} was expected"


class IdCaseError(RealtimeWidgetsError, ValueError):
    """A channel exists whose name differs only in case (protocol 1.1)."""

    def __init__(self, name: str, existing: str) -> None:
        super().__init__(name, existing)
        self.name = name
        self.existing = existing

    def __str__(self) -> str:
        return f"{self.name!r} differs only in case from {self.existing!r}, which exists"


class Store(Protocol):
    """Persistent or in-memory event log storage. All methods are called on one event loop."""

    name: str
    """As shown to users: `memory`, `sqlite`."""

    @property
    def shared(self) -> SharedState | None:
        """What several servers coordinate by it; None where it belongs to one server."""

    async def open(self, on_commit: OnCommit, on_reset: OnReset) -> None:
        """Open the storage; a damaged one is put aside, which is logged.

        Args:
            on_commit: Called for each batch that this server has committed and, of the channels
                that are followed, for those of other servers; in the order of seqs of its channel.
            on_reset: Called where the log of a followed channel was replaced by another server.

        Raises:
            StoreError: It cannot be opened, and nothing was changed; the message has the reason.
        """

    async def close(self) -> None:
        """Finish what was appended, then close the storage. Safe to call twice."""

    def append(self, new: NewBatch) -> asyncio.Future[Appended]:
        """Store events; calls take effect in the order they are made.

        The future fails with `HoleError`, `IdCaseError`, `StoreUnavailableError` or
        `StoreDamagedError`, and then nothing was stored. Cancelling it does not undo the append.
        """

    async def follow(self, channel: str) -> Bounds:
        """Have all batches of a channel announced from now on, those of other servers too.

        Returns:
            What the log holds: the next batch that is announced comes after it.
        """

    def unfollow(self, channel: str) -> None:
        """End `follow`. Without effect on a channel that is not followed."""

    async def bounds(self, channel: str) -> Bounds:
        """Return what the log holds; an unknown channel has no epoch and no events."""

    async def look(
        self, channel: str, seq: int | None = None, publisher_id: str | None = None
    ) -> Look:
        """Return what a client that connects has to know, read at one moment.

        Args:
            channel: The channel.
            seq: Where the client stands; None where that does not matter.
            publisher_id: The publisher that connects; None for a viewer.
        """

    async def read(self, channel: str, after: int, limit_bytes: int) -> list[StoredBatch]:
        """Return the next whole batches after a seq: at least one if there is any.

        The first may begin before `after + 1`. More follow while they stay within `limit_bytes`
        and continue each other: damaged batches are left out, so the first may begin later than
        expected.
        """

    async def read_back(self, channel: str, before: int, limit_bytes: int) -> list[StoredBatch]:
        """Return the whole batches that lead up to a seq, the newest first, as `read` does.

        The first may end at `before` or after it.
        """

    async def channels(
        self, before: int | None = None, limit_bytes: int | None = None
    ) -> list[ChannelSummary]:
        """Return channels, the one created last first.

        Args:
            before: Only those with a lower number; None for all.
            limit_bytes: How much memory they may take together (`memory_bytes`), None for no limit;
                at least one is returned if there is any.
        """

    async def names_near(self, name: str, limit: int) -> list[str]:
        """Return names of channels in which to look for one that is similar to `name`.

        Args:
            name: Any name. A channel whose name differs only in case comes first.
            limit: At most so many are returned, and about as many are read.
        """

    async def saved_state(self, channel: str) -> SavedState | None:
        """Return the state that was saved last."""

    async def save_state(self, channel: str, saved: SavedState) -> None:
        """Replace the saved state."""

    async def access_records(self, channels: Sequence[str]) -> dict[str, bytes]:
        """Return the access records of these channels, by name; without those that have none."""

    async def replace_access_record(
        self, channel: str, record: bytes, expected: bytes | None
    ) -> bool:
        """Write which users may use a channel, if nothing else was written meanwhile.

        A channel may have a record before its first event; it is deleted after a time, or where
        there are more than `MAX_UNBEGUN` of them. Names that differ only in case have one
        record, and `remove` deletes it.

        Args:
            channel: The channel.
            record: The new record.
            expected: The record that it replaces; None for the first one.

        Returns:
            Whether it was written: false where there is another record than `expected`.
        """

    async def put_blob(self, channel: str, sha256: str, blob: Blob) -> bool:
        """Store a blob until the event is removed that is now the newest, or the channel.

        A blob that is stored already is kept for as long. Beyond the bound of a run the oldest are
        removed.

        Args:
            channel: The channel.
            sha256: The name of the blob.
            blob: The blob, which was checked.

        Returns:
            Whether there is such a channel; nothing is stored where there is none.

        Raises:
            StoreFullError: There is not twice the space that is kept free for events.
            StoreUnavailableError: It cannot be stored now.
        """

    async def blob(self, channel: str, sha256: str) -> Blob | None:
        """Return a blob; None where there is none of this name."""

    async def trim(self, channel: str, first: int) -> None:
        """Remove whole batches before a seq, and the blobs that were kept for their events.

        The log then begins at `first` or earlier.
        """

    async def remove(self, channel: str) -> None:
        """Remove a channel with its blobs; if it is created again, it has another epoch."""

    async def size_bytes(self) -> int:
        """Return the size of all channels with their blobs."""

    async def missing_bytes(self) -> int:
        """Return how much has to be removed so that new events can be stored."""

    async def recreate(self) -> str:
        """Put the damaged storage aside and create an empty one.

        For when a call failed with `StoreDamagedError`. Appends fail as unavailable until it is
        done. Concurrent calls for the same damage do it once.

        Returns:
            What was done, for the log.

        Raises:
            StoreError: It cannot be done.
        """


def place(
    new: NewBatch, *, head: int, last_publisher_seq: int | None
) -> tuple[StoredBatch, Sequence[Event]] | None:
    """Deduplicate new events and append them to the log, by the rule of protocol 6.2.

    Args:
        new: The events.
        head: Newest seq of the channel.
        last_publisher_seq: Publisher seq of the last event stored from this publisher, None if
            there is none or it has no id.

    Returns:
        The batch to store and its events, or None when all of them are stored already.

    Raises:
        HoleError: Events before them are missing.
    """
    expected = (
        min(new.start_publisher_seq, new.publisher_seq)
        if last_publisher_seq is None
        else last_publisher_seq + 1
    )
    if new.publisher_seq > expected:
        raise HoleError(expected)
    skip = expected - new.publisher_seq
    events = new.events[skip:]
    if not events:
        return None
    batch = StoredBatch(
        first=head + 1,
        count=len(events),
        batch_id=new.batch_id,
        timestamp=new.timestamp,
        user=new.user,
        raw=skip_events(new.raw, skip) if skip else new.raw,
    )
    return batch, events


def skip_events(raw: bytes, skip: int) -> bytes:
    """Return a JSON array without its first items."""
    return b"[%b]" % b",".join(islice(parts(raw), skip, None))
