"""The interface of a store, and the rules of appending that all stores share (protocol 6.2).

A store keeps, for each channel: an epoch, a sequence of batches, and the last event of each
publisher that has an id. It announces every batch it has committed, in the order of seqs, and the
hub fans out only what was announced; so nothing is ever seen that is not stored.
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

    from realtime_widgets.protocol.events import Event
    from realtime_widgets.protocol.position import Bounds

__all__ = [
    "EPOCH_BITS",
    "Appended",
    "ChannelSummary",
    "HoleError",
    "IdCaseError",
    "LastStored",
    "NewBatch",
    "OnCommit",
    "Retention",
    "Snapshot",
    "Store",
    "StoredBatch",
    "place",
]


SUMMARY_BYTES = 512
"""About how much memory the summary of a channel takes beside its snapshot."""

EPOCH_BITS = 64
"""Randomness of an epoch: another life of a log never has the same (protocol 1)."""


@dataclass(frozen=True)
class StoredBatch:
    """A run of events that were stored together."""

    first: int
    """Seq of the first event."""

    count: int
    entry: str
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
            self.entry.encode(),
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
            entry=self.entry,
            timestamp=self.timestamp,
            user=self.user,
            raw=skip_events(self.raw, skip),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class NewBatch:
    """Events of one publisher on their way into the log."""

    channel: str

    publisher_id: str | None
    """None where nobody would send them again: then nothing is remembered of their numbers."""

    first_n: int
    """The publisher's number of the first event."""

    begin_n: int
    """The first number that the publisher's connection sent: where an unknown one begins."""

    events: Sequence[Event]
    """As far as the state of a run needs them."""

    raw: bytes
    """The JSON array of the events."""

    user: str | None
    timestamp: str
    entry: str
    """Id of the batch, random."""

    @property
    def last_n(self) -> int:
        """The publisher's number of the last event."""
        return self.first_n + len(self.events) - 1


class LastStored(NamedTuple):
    """The last event stored of a publisher."""

    n: int
    """The publisher's number of it."""

    seq: int


@dataclass(frozen=True, slots=True)
class Appended:
    """What became of a `NewBatch`."""

    epoch: str
    seq: int
    """Seq of the event with the number `up_to`."""

    up_to: int
    """Last number of this publisher that is stored."""

    duplicate: bool = False
    """Whether all of its events were stored before."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A reduced state as of a seq, kept so that it need not be reduced from the start."""

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
    """Size of its events as JSON."""

    snapshot: Snapshot | None

    @property
    def memory_bytes(self) -> int:
        """About how much memory it takes."""
        return SUMMARY_BYTES + (len(self.snapshot.data) if self.snapshot else 0)


OnCommit: TypeAlias = "Callable[[str, Bounds, StoredBatch, Sequence[Event]], None]"
"""Called on the event loop with channel, what its log holds now, batch and its events."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """How much of one channel is kept; beyond it the oldest batches are forgotten.

    The newest batch is always kept.
    """

    events: int = 1_000_000
    size_bytes: int = 256 * 1024 * 1024
    """Size of the events as JSON."""


class HoleError(RealtimeWidgetsError):
    """Numbers of the publisher are missing before these events; nothing was stored."""

    def __init__(self, expect: int) -> None:
        super().__init__(expect)
        self.expect = expect

    def __str__(self) -> str:
        return f"number {self.expect} was expected"


class IdCaseError(RealtimeWidgetsError, ValueError):
    """A channel exists whose name differs only in case (protocol 1.1)."""

    def __init__(self, name: str, existing: str) -> None:
        super().__init__(name, existing)
        self.name = name
        self.existing = existing

    def __str__(self) -> str:
        return f"{self.name!r} differs only in case from {self.existing!r}, which exists"


class Store(Protocol):
    """A durable or passing home of logs. All methods are called on one event loop."""

    name: str
    """For people: `memory`, `sqlite`."""

    async def open(self, on_commit: OnCommit) -> None:
        """Make the store ready; what is damaged is put aside, and that is logged.

        Args:
            on_commit: Called for each committed batch, in the order of seqs of its channel.

        Raises:
            StoreError: It cannot be opened, and nothing was changed; the sentence says why.
        """

    async def close(self) -> None:
        """Finish what was appended, then let go of everything. Safe to call twice."""

    def append(self, new: NewBatch) -> asyncio.Future[Appended]:
        """Store events; calls take effect in the order they are made.

        The future fails with `HoleError`, `IdCaseError`, `StoreUnavailableError` or
        `StoreDamagedError`, and then nothing was stored. Cancelling it does not undo the append.
        """

    async def bounds(self, channel: str) -> Bounds:
        """Return what the log holds; an unknown channel has no epoch and no events."""

    async def entry_at(self, channel: str, seq: int) -> str | None:
        """Return the id of the batch that ends at this seq, None where none does."""

    async def last_n(self, channel: str, publisher_id: str) -> int | None:
        """Return the number of the last event stored from this publisher."""

    async def read(self, channel: str, after: int, limit_bytes: int) -> list[StoredBatch]:
        """Return the next whole batches after a seq: at least one if there is any.

        The first may begin before `after + 1`. More follow while they stay within `limit_bytes`
        and continue each other: what was damaged is left out, and shows as a hole before the
        first.
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

    async def snapshot(self, channel: str) -> Snapshot | None:
        """Return the snapshot kept last."""

    async def save_snapshot(self, channel: str, snapshot: Snapshot) -> None:
        """Keep a snapshot in place of the one before."""

    async def trim(self, channel: str, first: int) -> None:
        """Forget whole batches before a seq; the log then begins at `first` or earlier."""

    async def remove(self, channel: str) -> None:
        """Forget a channel altogether; if it comes again, it has another epoch."""

    async def size_bytes(self) -> int:
        """Return how much room all channels take."""

    async def missing_bytes(self) -> int:
        """Return how much of old channels has to go so that new events can go on being stored."""

    async def start_over(self) -> str:
        """Put what is damaged aside and begin anew, empty.

        For when a call failed with `StoreDamagedError`. Appends made until it is done fail as
        unavailable. Called by several who met the same damage, it happens once.

        Returns:
            A sentence that says what was done, for people.

        Raises:
            StoreError: It cannot be done.
        """


def place(
    new: NewBatch, *, head: int, last_n: int | None
) -> tuple[StoredBatch, Sequence[Event]] | None:
    """Give new events their place in the log, by the rule of protocol 6.2.

    Args:
        new: The events.
        head: Newest seq of the channel.
        last_n: Last number stored of this publisher, None if it is unknown or has no id.

    Returns:
        The batch to store and its events, or None when all of them are stored already.

    Raises:
        HoleError: Numbers before them are missing.
    """
    expected = min(new.begin_n, new.first_n) if last_n is None else last_n + 1
    if new.first_n > expected:
        raise HoleError(expected)
    skip = expected - new.first_n
    events = new.events[skip:]
    if not events:
        return None
    batch = StoredBatch(
        first=head + 1,
        count=len(events),
        entry=new.entry,
        timestamp=new.timestamp,
        user=new.user,
        raw=skip_events(new.raw, skip) if skip else new.raw,
    )
    return batch, events


def skip_events(raw: bytes, skip: int) -> bytes:
    """Return a JSON array without its first items."""
    return b"[%b]" % b",".join(islice(parts(raw), skip, None))
