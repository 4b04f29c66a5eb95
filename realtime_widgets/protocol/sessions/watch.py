"""Reading a log: new events, and the position of the reader (protocol 5).

Theory of operation. A session outlives its connections, for it holds the position. It is fed what
the server sends about the log (`receive`) and drained (`take`). It applies each event once and in
order (protocol 5.2), also one that is sent twice. When it sets `close_code`, the received events do
not follow its position: it ignores messages until the connection is `lost`, and the next one
resumes from the position. After a gap that is the position before it, until the state has come that
makes up for the missing events (protocol 5.7).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from realtime_widgets.protocol.codes import CloseCode
from realtime_widgets.protocol.messages import (
    Batch,
    Direct,
    Events,
    Gap,
    Presence,
    Reset,
    ServerMessage,
    State,
    Trouble,
    Watch,
    Watching,
    Welcome,
)
from realtime_widgets.protocol.position import Position

if TYPE_CHECKING:
    from realtime_widgets.protocol.events import Event

__all__ = ["NewEvents", "Notice", "WatchSession"]


@dataclass(frozen=True, slots=True)
class NewEvents:
    """Events that the reader has not seen, with the fields that the server sets filled in."""

    events: list[Event]

    position: Position
    """The position after the last of them."""


Notice = NewEvents | Gap | Reset | Direct | Trouble | Presence | Watching | State
"""What a reader drains, in order."""


class WatchSession:
    """Reads one log over any number of connections.

    Args:
        sprint_id: The log.
        after: Resume after this position.
        newest: Without a position: start with so many of the newest events; None starts with the
            first event kept.
    """

    def __init__(
        self, sprint_id: str, after: Position | None = None, *, newest: int | None = None
    ) -> None:
        self._sprint_id = sprint_id
        self._newest = newest
        self._resume_after = after
        """Where the next connection resumes."""
        self._notices: list[Notice] = []
        self._head: int | None = None
        """Newest event that the server reported, None while no connection is open."""
        self._is_astray = False
        """Whether the log does not continue at the position; a `gap` or `reset` follows."""

        self.position = after
        """All events up to here were received; None before anything is known of the log."""

        self.similar: list[str] = []
        """Names of other runs, while this one has not begun (protocol 3.3)."""

        self.close_code: CloseCode | None = None
        """Close the connection with this code and connect again."""

    @property
    def is_caught_up(self) -> bool:
        """Whether all events that the server reported on this connection were received."""
        return self._head is not None and self._seq >= self._head and not self._is_astray

    @property
    def is_open(self) -> bool:
        """Whether `welcome` was received on this connection."""
        return self._head is not None

    @property
    def has_begun(self) -> bool:
        """Whether the log is known to have events."""
        return self.position is not None

    @property
    def _seq(self) -> int:
        return self.position.seq if self.position else 0

    @property
    def _may_skip(self) -> bool:
        """Whether the newest page was requested, and nothing of it has come."""
        return self._newest is not None and self._resume_after is None

    def request(self) -> Watch:
        """Return where to begin, for `hello`."""
        after = self._resume_after
        return Watch(after=after, newest=self._newest if after is None else None)

    def lost(self) -> None:
        """End a connection."""
        self._head = None
        self.close_code = None

    def receive(self, message: ServerMessage) -> None:
        """Receive one message. Then `take`, and look at `close_code`."""
        if self.close_code is not None:
            return
        match message:
            case Welcome():
                self._head = message.head
                self.similar = message.similar
                self._is_astray = message.recovered is False
                if self._resume_after is None:
                    self._begin(message)
            case Events():
                self.similar = []
                for batch in message.batches:
                    self._apply(message.epoch, batch)
            case Gap():
                self._is_astray = False
                self._skip(message)
            case Reset():
                self._is_astray = False
                self._notices.append(message)
                self.position = None
                self._start(message.epoch, message.first)
            case State():
                self._notices.append(message)
                self._resume_after = self.position
            case Direct() | Trouble() | Presence() | Watching():
                self._notices.append(message)
            case _:
                pass  # not about the log

    def take(self) -> list[Notice]:
        """Drain what is new, in order."""
        notices, self._notices = self._notices, []
        return notices

    def _begin(self, welcome: Welcome) -> None:
        """Start a log, or continue with one of which only gaps are known."""
        if self.position is not None and self.position.epoch != welcome.epoch:
            self._notices.append(Reset(epoch=welcome.epoch, first=welcome.first, reason="epoch"))
            self.position = None
        self._start(welcome.epoch, welcome.first)
        if self._newest is not None:
            self._resume_after = None  # the page is requested again until its state has come

    def _start(self, epoch: str | None, first: int) -> None:
        if self.position is None and epoch is not None:
            self.position = Position(epoch=epoch, seq=0)
        self._resume_after = self.position
        if first > 1:
            self._resume_after = None
            self._skip(Gap(from_=1, to=first - 1))

    def _apply(self, epoch: str, batch: Batch) -> None:
        if self.position is None:
            # Nothing was published when the connection opened: this is the log's first batch.
            self.position = Position(epoch=epoch, seq=0)
        last = batch.first + len(batch.events) - 1
        if epoch != self.position.epoch or batch.first > self._seq + 1:
            self.close_code = CloseCode.INSUFFICIENT_STATE
        if self.close_code is not None or last <= self._seq:
            return
        known = self._seq + 1 - batch.first
        events = [
            event.model_copy(
                update={
                    "sprint_id": self._sprint_id,
                    "seq": seq,
                    "timestamp": batch.timestamp,
                    "user": batch.user,
                }
            )
            for seq, event in enumerate(batch.events[known:], batch.first + known)
        ]
        self.position = self._resume_after = Position(epoch=epoch, seq=last, entry=batch.entry)
        self._head = max(self._head or 0, last)
        self._notices.append(NewEvents(events, self.position))

    def _skip(self, message: Gap) -> None:
        if message.to <= self._seq:
            return
        is_unwanted = message.reason == "skipped" and not self._may_skip
        if self.position is None or message.from_ > self._seq + 1 or is_unwanted:
            self.close_code = CloseCode.INSUFFICIENT_STATE
            return
        self._notices.append(message.model_copy(update={"from_": self._seq + 1}))
        self.position = Position(epoch=self.position.epoch, seq=message.to)
