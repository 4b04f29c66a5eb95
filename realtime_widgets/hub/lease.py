"""Whether the publishers of a run's status are there, so that `running` cannot stay without them.

A connection holds a lease for the member of the attempt whose status it publishes (protocol 6.4).
It is the publisher's to say when the member ends; when no connection that stands for the member was
heard for the time of the lease, the hub says that it is lost, and takes it back when one returns.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from realtime_widgets.protocol.events import FINAL_STATUSES, HELD_STATUSES, StatusUpdate

if TYPE_CHECKING:
    from collections.abc import Iterable

    from realtime_widgets.protocol.events import Event
    from realtime_widgets.protocol.members import Member
    from realtime_widgets.protocol.plain_session import PlainSession
    from realtime_widgets.protocol.server_session import ServerSession

    Session = ServerSession | PlainSession

__all__ = ["Lease"]


class Lease:
    """The hold of connections on the members of one run. All times are monotonic seconds.

    Args:
        now: From when on a publisher is missed that is not there.
        lease_s: How long a publisher may be silent.
    """

    def __init__(self, now: float, lease_s: float) -> None:
        self._lease_s = lease_s
        self._holders: dict[Session, str | None] = {}
        """The member that each connection stands for, the newest last."""
        self._since = now
        self._seen_at: dict[str | None, float] = {}
        """When members that a connection stood for that is gone were last heard."""

    def hold(self, session: Session, member_id: str | None) -> None:
        """Have a connection stand for a member, until another one or `let_go`."""
        self._holders.pop(session, None)
        self._holders[session] = member_id

    def let_go(self, session: Session, *, now: float) -> None:
        """End the hold of a connection that is closed. Safe for one that holds nothing."""
        if session in self._holders:
            member_id = self._holders.pop(session)
            seen_at = self._seen_at.get(member_id, self._since)
            self._seen_at[member_id] = max(seen_at, session.last_sign(now))

    def receive(
        self,
        session: Session,
        events: Iterable[Event],
        members: Iterable[Member],
        *,
        now: float,
    ) -> dict[int, str]:
        """Take notice of the statuses that a connection publishes.

        Args:
            session: The connection.
            events: What it publishes.
            members: Those of the attempt that goes on, as far as it is stored.
            now: The time.

        Returns:
            The member whose attempt a `running` joins (protocol 4.2), by the index of the event.
        """
        known = {member.id for member in members}
        joins: dict[int, str] = {}
        for index, event in enumerate(events):
            if not isinstance(event, StatusUpdate):
                continue
            if event.status == "running" and event.attempt is not None:
                others = self._others(session, event.attempt, now)
                # One that is not known has just begun, or is left of an earlier attempt.
                others = [member_id for member_id in others if member_id in known] or others
                if others:
                    joins[index] = others[-1]
            self._follow(session, event, now)
        return joins

    def _others(self, session: Session, own_id: str, now: float) -> list[str]:
        """Return the other members for which another connection is there."""
        return [
            member_id
            for holder, member_id in self._holders.items()
            if holder is not session
            and member_id is not None
            and member_id != own_id
            and now - holder.heard_at <= self._lease_s
        ]

    def _follow(self, session: Session, event: StatusUpdate, now: float) -> None:
        """Have a connection stand for the member for which it speaks."""
        held = self._holders.get(session)
        if event.status in FINAL_STATUSES:
            if event.attempt in {None, held}:
                self.let_go(session, now=now)
        elif event.attempt is None:
            # One that named a member goes on standing for it.
            if event.status in HELD_STATUSES and held is None:
                self.hold(session, None)
        else:
            if held != event.attempt:
                self.let_go(session, now=now)
            self.hold(session, event.attempt)

    def forgive(self, seconds: float, *, now: float) -> None:
        """Count this time as none: nobody was there to hear a publisher."""
        self._since = min(now, self._since + seconds)
        for member_id, seen_at in self._seen_at.items():
            self._seen_at[member_id] = min(now, seen_at + seconds)

    def seen_at(self, member_id: str | None, now: float) -> float:
        """When a member was last heard."""
        gone_at = self._seen_at.get(member_id, self._since)
        return min(now, max(gone_at, self._heard_at().get(member_id, gone_at)))

    def verdicts(
        self, members: Iterable[Member], *, now: float
    ) -> list[tuple[Member, Literal["lost", "back"]]]:
        """Return the members whose status is not right any more, and what it has to become."""
        oldest = now - self._lease_s
        heard_at = self._heard_at()
        verdicts: list[tuple[Member, Literal["lost", "back"]]] = []
        for member in members:
            is_here = member.id in heard_at and heard_at[member.id] >= oldest
            if member.is_lost and is_here:
                verdicts.append((member, "back"))
            gone_at = self._seen_at.get(member.id, self._since)
            if not member.is_lost and not is_here and gone_at < oldest:
                verdicts.append((member, "lost"))
        return verdicts

    def forget(self, members: Iterable[Member], *, now: float) -> None:
        """Forget when those were last heard who are no members any more."""
        left = {member.id for member in members}
        for member_id, seen_at in tuple(self._seen_at.items()):
            if member_id not in left and now - seen_at > self._lease_s:
                del self._seen_at[member_id]

    def is_held(self, *, now: float) -> bool:
        """Tell whether a publisher of a status is there."""
        return any(now - holder.heard_at <= self._lease_s for holder in self._holders)

    def _heard_at(self) -> dict[str | None, float]:
        """Return when the members were last heard for which a connection is there."""
        heard_at: dict[str | None, float] = {}
        for session, member_id in self._holders.items():
            heard_at[member_id] = max(session.heard_at, heard_at.get(member_id, session.heard_at))
        return heard_at
