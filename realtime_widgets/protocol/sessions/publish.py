"""Publishing: publisher seqs, batches, and events that are not acknowledged (protocol 6).

Theory of operation. A session outlives its connections, for it holds what the server has not
acknowledged. It is fed events while it has `room`, numbers them as it joins them into batches (so
the order of feeding is the order of publisher seqs, without a hole), and is drained (`to_send`). At
most `window` batches are unacknowledged. When a connection is lost they are sent again on the next
one: same publisher seqs, same bodies.

A server that expects a publisher seq that it has acknowledged has lost events. They may come back,
as from a replica or a backup, and would make new events of these numbers look like duplicates. So
the session takes a new publisher id, and `must_reconnect` (protocol 6.3).
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pydantic_core import PydanticSerializationError, from_json, to_json

from realtime_widgets.protocol.limits import Limits
from realtime_widgets.protocol.message_text import write_publish
from realtime_widgets.protocol.messages import (
    Ack,
    Deliver,
    Nack,
    PublishAs,
    ServerMessage,
    Welcome,
)
from realtime_widgets.protocol.text import replace_surrogates

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from pydantic import JsonValue

    from realtime_widgets.protocol.messages import ClientLimits

__all__ = ["RETRY_S", "PublishSession"]

_ENVELOPE = 128
"""Bytes of a message around its events, at most."""

RETRY_S = 2.0
"""How long to wait when the server cannot store for the moment (protocol 6.3)."""


@dataclass(slots=True)
class _Batch:
    publisher_seq: int
    """Of the first event."""

    count: int
    raw: bytes
    """The events as a JSON array."""

    is_sent: bool = False

    @property
    def last_publisher_seq(self) -> int:
        return self.publisher_seq + self.count - 1


class PublishSession:
    """Publishes the events of one publisher once each, in order, over any number of connections.

    Args:
        new_id: Returns a new publisher id: random, 32 hex digits.
        get_lease: Returns the lease that `hello` claims, at each connection (protocol 6.4).
        redact: Takes out of a JSON array of events what must not be published.
    """

    def __init__(
        self,
        new_id: Callable[[], str],
        *,
        get_lease: Callable[[], str | bool] = bool,
        redact: Callable[[bytes], bytes] = bytes,
    ) -> None:
        self._new_id = new_id
        self._publisher_id = new_id()
        self._get_lease = get_lease
        self._redact = redact
        self._is_open = False
        self._limits: Limits | ClientLimits = Limits()
        self._batches: deque[_Batch] = deque()
        self._next_publisher_seq = 1
        self._refusals: list[Nack] = []
        self._deliveries: list[Deliver] = []

        self.acked = 0
        """How many events were acknowledged, over all connections."""

        self.may_publish = True
        """Whether this user may publish, by the last `welcome`."""

        self.must_reconnect = False
        """Whether the publisher id has changed, so that the connection has to be opened again."""

        self.retry_at: float | None = None
        """The server requested a pause, which ends at this time."""

        self.trouble: Nack | None = None
        """Why the server takes nothing for the moment; None once it took something again."""

    @property
    def unacked(self) -> int:
        """How many events were fed and are not acknowledged."""
        return sum(batch.count for batch in self._batches)

    @property
    def room(self) -> int:
        """How many events may be fed now; 0 while it is not open or the window is full."""
        takes_more = (
            self._is_open
            and self.may_publish
            and self.retry_at is None
            and len(self._batches) < self._limits.window
        )
        return self._limits.batch_events if takes_more else 0

    def request(self) -> PublishAs:
        """Return the publisher for `hello`."""
        return PublishAs(publisher_id=self._publisher_id, lease=self._get_lease())

    def lost(self) -> None:
        """End a connection."""
        self._is_open = False
        self.must_reconnect = False
        self.retry_at = None

    def feed(self, events: Sequence[JsonValue]) -> None:
        """Give it events to publish; not more than it has `room` for."""
        for count, raw in _join(events, self._limits):
            self._batches.append(_Batch(self._next_publisher_seq, count, self._redact(raw)))
            self._next_publisher_seq += count

    def receive(self, message: ServerMessage, *, now: float) -> None:
        """Take in one message. You should send what is `to_send` afterwards."""
        match message:
            case Welcome():
                self._welcome(message)
            case Ack():
                self.trouble = None
                self._settle(message.up_to)
            case Deliver():
                self._deliveries.append(message)
            case Nack(retry=False):
                self._refusals.append(message)
            case Nack(expect=None):
                self.retry_at = now + RETRY_S
                self.trouble = message
            case Nack(expect=int(expect)):
                self._go_back(expect)
            case _:
                pass  # not about publishing

    def tick(self, *, now: float) -> None:
        """End a pause that is over."""
        if self.retry_at is not None and now >= self.retry_at:
            self.retry_at = None
            self._regroup()

    def to_send(self) -> list[str]:
        """Drain the messages that may go out now."""
        if not self._is_open or not self.may_publish or self.retry_at is not None:
            return []
        messages = []
        for _, batch in zip(range(self._limits.window), self._batches, strict=False):
            if not batch.is_sent:
                batch.is_sent = True
                messages.append(write_publish(batch.publisher_seq, batch.raw))
        return messages

    def refusals(self) -> list[Nack]:
        """Drain the events that the server refused for good."""
        refusals, self._refusals = self._refusals, []
        return refusals

    def deliveries(self) -> list[Deliver]:
        """Drain the replies that were delivered."""
        deliveries, self._deliveries = self._deliveries, []
        return deliveries

    def _welcome(self, message: Welcome) -> None:
        self._is_open = True
        self._limits = _within(message.limits)
        self.may_publish = message.may_publish
        if message.last_n is None:
            self._regroup()
        else:
            self._next_publisher_seq = max(self._next_publisher_seq, message.last_n + 1)
            self._go_back(message.last_n + 1)

    def _settle(self, up_to: int) -> None:
        while self._batches and self._batches[0].last_publisher_seq <= up_to:
            self.acked += self._batches.popleft().count
        if self._batches and self._batches[0].publisher_seq <= up_to:
            batch = self._batches[0]
            stored = up_to + 1 - batch.publisher_seq
            self.acked += stored
            batch.publisher_seq += stored
            batch.count -= stored
            batch.raw = to_json(from_json(batch.raw)[stored:])

    def _go_back(self, expect: int) -> None:
        """Send again from the publisher seq that the server expects."""
        self._settle(expect - 1)
        oldest = self._batches[0].publisher_seq if self._batches else self._next_publisher_seq
        if expect >= oldest:
            self._regroup()
        else:
            self.lost()
            self._publisher_id = self._new_id()
            self.must_reconnect = True

    def _regroup(self) -> None:
        """Make new batches of all that is not acknowledged, within the limits of this server."""
        if not self._batches:
            return
        publisher_seq = self._batches[0].publisher_seq
        events = [event for batch in self._batches for event in from_json(batch.raw)]
        self._batches.clear()
        for count, raw in _join(events, self._limits):
            self._batches.append(_Batch(publisher_seq, count, raw))
            publisher_seq += count


def _within(limits: ClientLimits) -> ClientLimits:
    """Reduce the limits to what fits into one message."""
    most = limits.message_bytes - _ENVELOPE
    bounds = {name: min(getattr(limits, name), most) for name in ("event_bytes", "batch_bytes")}
    return limits.model_copy(update=bounds)


def _join(
    events: Sequence[JsonValue], limits: Limits | ClientLimits
) -> Iterator[tuple[int, bytes]]:
    """Write events as JSON arrays within the limits (protocol 6.1), with how many each holds."""
    if not events:
        return
    if len(events) <= limits.batch_events:
        try:
            raw = to_json(events)
        except (PydanticSerializationError, ValueError):
            pass  # a lone surrogate is in one of them
        else:
            if len(raw) <= limits.batch_bytes:
                yield len(events), raw
                return
    yield from _group((_body(event, limits) for event in events), limits)


def _group(bodies: Iterable[bytes], limits: Limits | ClientLimits) -> Iterator[tuple[int, bytes]]:
    waiting: list[bytes] = []
    size = len(b"[]")
    for body in bodies:
        is_full = size + len(body) > limits.batch_bytes or len(waiting) == limits.batch_events
        if waiting and is_full:
            yield len(waiting), b"[" + b",".join(waiting) + b"]"
            waiting, size = [], len(b"[]")
        waiting.append(body)
        size += len(body) + len(b",")
    yield len(waiting), b"[" + b",".join(waiting) + b"]"


def _body(event: JsonValue, limits: Limits | ClientLimits) -> bytes:
    try:
        body = to_json(event)
    except (PydanticSerializationError, ValueError):
        body = to_json(replace_surrogates(event))
    if len(body) <= limits.event_bytes:
        return body
    # It has its publisher seq, so that the loss is reported in its place (protocol 6.2).
    return to_json(
        {
            "type": "dropped",
            "count": 1,
            "reason": "refused",
            "message": f"an event of {len(body):,} bytes; {limits.event_bytes:,} are allowed",
        }
    )
