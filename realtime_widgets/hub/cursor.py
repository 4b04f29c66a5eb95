"""The position of one viewer in the log, and the frame that its socket has not taken yet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from realtime_widgets.protocol.codes import CloseCode

if TYPE_CHECKING:
    import asyncio

    from realtime_widgets.hub.channel import Channel
    from realtime_widgets.hub.clock import Clock
    from realtime_widgets.hub.transport import Outgoing
    from realtime_widgets.protocol.messages import Trouble
    from realtime_widgets.protocol.sessions.session import Session

__all__ = ["Cursor"]


class Cursor:
    """Sends a channel's log to one client, a frame at a time (protocol 5.5).

    Args:
        channel: The channel.
        session: The client's session.
        outgoing: The way out to the client.
        after: Seq of the last event that the client has.
        clock: The time.
    """

    def __init__(
        self, channel: Channel, session: Session, outgoing: Outgoing, *, after: int, clock: Clock
    ) -> None:
        self._channel = channel
        self._session = session
        self._outgoing = outgoing
        self._after = after
        self._clock = clock
        # Looked up once: they are called for each delivery.
        self._messages_of = session.events
        self._write = outgoing.write
        self._disconnected_at: float | None = None
        """The presence of publishers that was sent last (protocol 6.5)."""
        self._watching: bytes | None = None
        """The message about the users who watch that was sent last."""
        self._taking: asyncio.Future[None] | None = None
        """The frame that the socket has not taken yet; at most one."""
        self._written_at = 0.0
        self.is_provisional = False
        """Whether to close when the run begins, so that rights are checked again."""

    def advance(self) -> None:
        """Write frames until the socket does not take one at once, or nothing follows."""
        while self._taking is None and not self._outgoing.is_closed:
            if self.is_provisional and self._channel.bounds.head:
                self._close(CloseCode.RECONNECT)
                return
            if self._disconnected_at != self._channel.disconnected_at:
                # A state, not an event: a viewer whose socket is full gets only the last one.
                self._disconnected_at = self._channel.disconnected_at
                messages = self._session.presence(self._disconnected_at)
            elif self._watching is not self._channel.watchers.message:
                self._watching = self._channel.watchers.message
                messages = self._session.watching(self._watching or b"")
            else:
                frame = self._channel.frame_after(self._after)
                if frame is None:
                    return
                if frame.first > self._after + 1:
                    self._miss(frame.first - 1)
                self._after = frame.last
                messages = self._messages_of(frame)
            taking = None
            for message in messages:
                taking = self._write(message)
            if taking is not None:
                self._wait_until_taken(taking)

    def _wait_until_taken(self, taking: asyncio.Future[None]) -> None:
        if taking.cancelled():
            self._outgoing.is_closed = True
        elif not taking.done():
            self._taking = taking
            self._written_at = self._clock.monotonic()
            taking.add_done_callback(self._taken)

    def _taken(self, taking: asyncio.Future[None]) -> None:
        self._taking = None
        if not taking.cancelled() and taking.exception() is None:
            self.advance()

    def skip(self, after: int, to: int) -> None:
        """Continue behind `to` if it stands at `after`: the events between are damaged."""
        if self._after == after:
            self._miss(to)

    def _miss(self, to: int) -> None:
        is_kept = self._after + 1 >= self._channel.bounds.first
        self._session.gap(self._after + 1, to, "damaged" if is_kept else "trimmed")
        self._session.state(self._channel.state)
        self._after = to
        self._outgoing.flush()

    def store_failed(self, after: int) -> None:
        """Close if it stands at `after`: the log cannot be read there."""
        if self._after == after:
            self._close(CloseCode.STORAGE_UNAVAILABLE)

    def fail(self) -> None:
        """Close after an unexpected error."""
        self._close(CloseCode.INTERNAL_ERROR)

    def _close(self, code: CloseCode) -> None:
        self._session.close(code)
        self._outgoing.flush()

    def report_storage(self, status: Trouble) -> None:
        """Send why new events cannot be stored, or that they can again."""
        self._session.storage_status(status)
        self._outgoing.flush()

    def is_stalled(self, now: float, stalled_s: float) -> bool:
        """Whether the socket has not taken a frame for so long."""
        return self._taking is not None and now - self._written_at >= stalled_s

    def extend_deadlines(self, seconds: float, *, now: float) -> None:
        """Shift its deadlines after the server was suspended for so long."""
        self._written_at = min(now, self._written_at + seconds)
