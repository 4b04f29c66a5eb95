"""Whether somebody goes on with a run, so that `running` cannot stay when nobody runs it.

A run is held by the publishers that said so in `hello` (protocol 6.4). It is theirs to say when it
ends; when none of them was heard for the time of the lease, the hub says that it is lost, and takes
it back when one of them returns.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from realtime_widgets.protocol.events import HELD_STATUSES

if TYPE_CHECKING:
    from realtime_widgets.protocol.events import Status
    from realtime_widgets.protocol.plain_session import PlainSession
    from realtime_widgets.protocol.server_session import ServerSession

    Session = ServerSession | PlainSession

__all__ = ["Lease"]


class Lease:
    """The hold of publishers on one run. All times are monotonic seconds.

    Args:
        now: From when on a publisher is missed that is not there.
    """

    def __init__(self, now: float) -> None:
        self._holders: set[Session] = set()
        self._familiar: set[Session] = set()
        """Those of the holders that were there before the run was lost."""
        self._seen_at = now
        """When a holder that is gone was last heard."""

    def hold(self, session: Session, *, is_familiar: bool) -> None:
        """Have a publisher hold the run until it lets go.

        Args:
            session: Its connection.
            is_familiar: Whether it published to this run before, over another connection.
        """
        self._holders.add(session)
        if is_familiar:
            self._familiar.add(session)

    def let_go(self, session: Session, *, now: float) -> None:
        """End the hold of a connection that is closed. Safe for one that holds nothing."""
        if session in self._holders:
            self._holders.discard(session)
            self._familiar.discard(session)
            self._seen_at = max(self._seen_at, session.last_sign(now))

    def forgive(self, seconds: float, *, now: float) -> None:
        """Count this time as none: nobody was there to hear a publisher."""
        self._seen_at = min(now, self._seen_at + seconds)

    def seen_at(self, now: float) -> float:
        """When a publisher was last heard."""
        return min(now, max([self._seen_at, *(one.heard_at for one in self._holders)]))

    def verdict(
        self, status: Status, *, now: float, lease_s: float
    ) -> Literal["lost", "back"] | None:
        """Say what the status has to become, None where it is right."""
        if status in HELD_STATUSES and now - self.seen_at(now) > lease_s:
            self._familiar |= self._holders
            return "lost"
        if status == "lost":
            signs = [min(now, session.heard_at) for session in self._familiar]
            return "back" if signs and now - max(signs) <= lease_s else None
        return None

    def is_held(self, *, now: float, lease_s: float) -> bool:
        """Tell whether a publisher is there."""
        return bool(self._holders) and now - self.seen_at(now) <= lease_s
