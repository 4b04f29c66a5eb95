"""The server's side of a connection, as the hub uses it: actions, and what every session has.

A session decides, and does nothing itself. It is fed with messages and time (`receive`, `tick`) and
with results (`opened`, `stored`, `hole`, ...), and is drained of actions (`to_do`).
`ServerSession` implements the protocol, `PlainSession` the plain mode.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from realtime_widgets.errors import InvalidEventError
    from realtime_widgets.protocol.codes import CloseCode, ErrorCode
    from realtime_widgets.protocol.events import Event
    from realtime_widgets.protocol.messages import GapReason, Hello, Publish, Trouble
    from realtime_widgets.protocol.position import Bounds, Resume
    from realtime_widgets.protocol.run_state import RunState

__all__ = ["Action", "Close", "ErrorLimit", "Frame", "Open", "Send", "Session", "Store"]

_MINUTE_S = 60.0


@dataclass(frozen=True, slots=True)
class Send:
    """Write this text frame."""

    text: str


@dataclass(frozen=True, slots=True)
class Open:
    """Check the ticket, look at the log, and call `opened`."""

    hello: Hello


@dataclass(frozen=True, slots=True)
class Store:
    """Store these events, then call `stored`, `hole` or `later`."""

    publish: Publish


@dataclass(frozen=True, slots=True)
class Close:
    """Close the connection."""

    code: CloseCode


Action = Send | Open | Store | Close


class Frame(Protocol):
    """The next part of a log, in the forms in which viewers get it."""

    @property
    def message(self) -> bytes:
        """One `events` message (protocol 5.1)."""

    @property
    def plain(self) -> Sequence[bytes]:
        """One message for each event (protocol 9)."""


class Session(Protocol):
    """One connection. Times are in monotonic seconds."""

    sprint_id: str

    may_publish: bool
    """Whether the user may write to the run."""

    publisher_id: str | None
    """The publisher id from `hello`; None for viewers and in the plain mode."""

    since: int
    """Seq after which a client that resumes nothing starts."""

    window: int
    """Most `publish` messages that are stored at the same time."""

    received_at: float
    """When the client last sent something."""

    def receive(self, text: str, *, now: float) -> None:
        """Take a text frame from the client."""

    def receive_binary(self) -> None:
        """Take a binary frame from the client, which the protocol does not have."""

    def tick(self, *, now: float) -> None:
        """Act on deadlines; to be called about once a second."""

    def alive_at(self, now: float) -> float:
        """Return when the client of a connection that ends now was surely alive."""

    def extend_deadlines(self, seconds: float, *, now: float) -> None:
        """Shift deadlines after the server was suspended for so long."""

    def opened(  # noqa: PLR0913 - all of them by name
        self,
        *,
        session: str,
        bounds: Bounds,
        resume: Resume | None,
        last_publisher_seq: int | None,
        server_time: str,
        similar: Sequence[str] = (),
        kept_in_memory_because: str | None = None,
    ) -> None:
        """Welcome the client; what it requested in `hello` is ready.

        Args:
            session: Id of this connection.
            bounds: What the log holds.
            resume: How the log continues for a client that resumes, else None.
            last_publisher_seq: Publisher seq of the last event stored from this publisher.
            server_time: ISO 8601, UTC.
            similar: Names of other runs, for a viewer of a run that has not begun.
            kept_in_memory_because: Why the runs of this server end with it.
        """

    def events(self, frame: Frame) -> Sequence[bytes]:
        """Return the messages with which a viewer is sent a frame: at least one."""

    def watching(self, message: bytes) -> Sequence[bytes]:
        """Return the messages for a viewer about the users who watch (protocol 6.6).

        Args:
            message: A `watching` message.
        """

    def presence(self, disconnected_at: float | None) -> Sequence[bytes]:
        """Return the messages for a viewer about the presence of publishers (protocol 6.5).

        Args:
            disconnected_at: Since when none is connected, in seconds since 1970; None while one is.
        """

    def gap(self, first: int, last: int, reason: GapReason = "trimmed") -> None:
        """Send a viewer which events it does not get."""

    def storage_status(self, status: Trouble) -> None:
        """Send a viewer why new events cannot be stored, or that they can again."""

    def state(self, state: RunState) -> None:
        """Send a viewer the state of the run, to which events led that it does not get."""

    def direct(self, event: Event) -> None:
        """Send an event to this connection only."""

    def deliver(self, event: Event, member: str | None = None) -> None:
        """Send a publisher, or this member of it, a reply (protocol 13.4, 14.3)."""

    def stored(self, *, up_to: int, seq: int, epoch: str, duplicate: bool = False) -> None:
        """Acknowledge all events up to this publisher seq; only after the commit (protocol 6.3)."""

    def refused(self, publisher_seq: int, error: InvalidEventError) -> None:
        """Report that an event was refused for good."""

    def hole(self, publisher_seq: int, *, expect: int) -> None:
        """Report that events before this one are missing; nothing was stored."""

    def later(self, publisher_seq: int, code: ErrorCode, reason: str) -> None:
        """Report that events cannot be stored now; nothing was stored."""

    def unusable(self, error: InvalidEventError, *, now: float) -> None:
        """Answer a message that turned out to be unusable when it was carried out."""

    def close(self, code: CloseCode) -> None:
        """Ask for the connection to be closed; nothing is taken or sent after that."""

    def to_do(self) -> list[Action]:
        """Return what is to be done, in order, and forget it."""


class ErrorLimit:
    """Counts the unusable messages of one client (protocol 7).

    Args:
        per_minute: How many of them within a minute are too many.
    """

    def __init__(self, per_minute: int) -> None:
        self._per_minute = per_minute
        self._errors: list[float] = []
        """When they came, in the last minute."""

    def is_reached_by_one_more(self, now: float) -> bool:
        """Count a message; return whether it is one too many."""
        self._errors = [*(at for at in self._errors if now - at < _MINUTE_S), now]
        return len(self._errors) >= self._per_minute
