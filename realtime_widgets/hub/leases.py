"""Leases of publishers on a run's status, so that `running` cannot stay without a publisher.

A connection holds a lease for the member of the attempt whose status it publishes (protocol 6.4).
The publisher ends the member. When no connection that holds its lease has sent anything for
`lease_s`, or its process is known to have ended, the member is lost; when a connection acquires the
lease again, it is back. `evaluate` returns both, and `liveness` publishes them.

Deadlines are in monotonic seconds, and are extended by the time for which the server was suspended.
What viewers get is in seconds since 1970.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from realtime_widgets.protocol.events import FINAL_STATUSES, HELD_STATUSES, StatusUpdate

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

    from realtime_widgets.protocol.events import Event, LostCause
    from realtime_widgets.protocol.members import Member
    from realtime_widgets.protocol.sessions.session import Session

    FindCause: TypeAlias = Callable[[], Awaitable[LostCause | None]]
    """Finds out why a process ended; None where it has not, or nothing is known of it."""

__all__ = ["FindCause", "Leases"]

PRESENT_S = 8.0
"""How old the heartbeat of a member may be that is connected to another server: it is renewed every
2 s, and read as often."""


@dataclass(slots=True)
class _Absence:
    """A member whose lease was released."""

    seen_at: float
    """When a connection that held it last sent anything, in seconds since 1970."""

    missed_since: float
    """Start of `lease_s`, in monotonic seconds."""

    released_at: float
    """When that connection ended, in monotonic seconds."""

    cause: LostCause | None = None


class Leases:
    """The leases on the members of one run. `now` is in monotonic seconds.

    Args:
        now: Start of `lease_s` for members without a connection.
        lease_s: How long a publisher may be silent.
        clock: Returns seconds since 1970.
        is_shared: Whether publishers may be connected to other servers of the store, too; then
            members are lost only when the servers together have received nothing from them.
    """

    def __init__(
        self, now: float, lease_s: float, *, clock: Callable[[], float], is_shared: bool = False
    ) -> None:
        self._lease_s = lease_s
        self._clock = clock
        self._holders: dict[Session, str | None] = {}
        """The member that each connection holds the lease of, the newest last."""
        self._since = now
        self._absences: dict[str | None, _Absence] = {}
        self._is_shared = is_shared
        self._elsewhere: dict[str | None, float] = {}
        """When any server last received anything from a member, in monotonic seconds."""
        self._silent: set[str | None] = set()
        """Members that this server is to report as lost."""
        self.default_seen_at = clock()
        """`seen_at` of members whose lease no connection has held, in seconds since 1970: the time
        of the last stored event where one was stored before the server was started."""

    def acquire(self, session: Session, member_id: str | None) -> None:
        """Give a connection the lease of a member, in place of one that it holds."""
        self._holders.pop(session, None)
        self._holders[session] = member_id
        if member_id in self._absences:
            self._absences[member_id].cause = None

    def is_holder(self, session: Session) -> bool:
        """Whether a connection holds a lease."""
        return session in self._holders

    def member_of(self, session: Session) -> str | None:
        """Return the member whose lease a connection holds; None also where that has no id."""
        return self._holders.get(session)

    def release(self, session: Session, *, now: float) -> list[str | None]:
        """Release the lease of a connection. Safe for one that holds none.

        Returns:
            The member whose lease no connection holds any more, if there is one.
        """
        if session not in self._holders:
            return []
        member_id = self._holders.pop(session)
        alive_at = session.alive_at(now)
        absence = _Absence(self._clock() - (now - alive_at), alive_at, released_at=now)
        before = self._absences.get(member_id, absence)
        absence.seen_at = max(absence.seen_at, before.seen_at)
        absence.missed_since = max(absence.missed_since, before.missed_since)
        self._absences[member_id] = absence
        return [] if member_id in self._holders.values() else [member_id]

    def set_cause(self, member_id: str | None, cause: LostCause) -> None:
        """Set why a publisher is gone; without effect where the lease is held again."""
        absence = self._absences.get(member_id)
        if absence is not None and member_id not in self._holders.values():
            absence.cause = cause

    def cause(self, member_id: str | None) -> LostCause | None:
        """Return why the publisher of a member is gone, as far as that is known."""
        absence = self._absences.get(member_id)
        return None if absence is None else absence.cause

    def receive(
        self,
        session: Session,
        events: Iterable[Event],
        members: Iterable[Member],
        *,
        now: float,
    ) -> dict[int, str]:
        """Acquire and release leases by the statuses that a connection publishes.

        Args:
            session: The connection.
            events: What it publishes.
            members: Those of the active attempt, as far as it is stored.
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
                # A member that is not stored has just begun, or is left of an earlier attempt.
                others = [member_id for member_id in others if member_id in known] or others
                if others:
                    joins[index] = others[-1]
            self._apply_status(session, event, now)
        return joins

    def held(self, *, now: float) -> list[str | None]:
        """Return the members whose lease a connection holds that is not silent."""
        oldest = now - self._lease_s
        return [each for each, received_at in self._received_at().items() if received_at >= oldest]

    # Leases that connections to other servers hold.

    def set_elsewhere(self, member_id: str | None, age_s: float, *, now: float) -> None:
        """Set for how long no server has received anything from a member."""
        self._elsewhere[member_id] = now - age_s
        if age_s < self._lease_s:
            self._silent.discard(member_id)

    def set_silent(self, member_id: str | None) -> None:
        """Note that no server has received anything from a member for `lease_s`."""
        self._silent.add(member_id)

    def _is_elsewhere(self, member_id: str | None, now: float, most_s: float) -> bool:
        return member_id in self._elsewhere and now - self._elsewhere[member_id] <= most_s

    def _may_be_elsewhere(self, member_id: str | None, now: float) -> bool:
        """Whether a connection to another server may hold a lease, as far as heartbeats show."""
        absence = self._absences.get(member_id)
        received_at = self._elsewhere.get(member_id)
        if received_at is None:
            return absence is None  # there was no heartbeat yet
        is_later = absence is None or received_at > absence.released_at
        return is_later and now - received_at <= PRESENT_S

    # Leases of this and of other servers.

    def _others(self, session: Session, own_id: str, now: float) -> list[str]:
        """Return the other members whose lease another connection holds."""
        elsewhere = [
            member_id
            for member_id in self._elsewhere
            if member_id is not None
            and member_id != own_id
            and self._is_elsewhere(member_id, now, self._lease_s)
        ]
        return elsewhere + [
            member_id
            for holder, member_id in self._holders.items()
            if holder is not session
            and member_id is not None
            and member_id != own_id
            and now - holder.received_at <= self._lease_s
        ]

    def _apply_status(self, session: Session, event: StatusUpdate, now: float) -> None:
        """Change the lease of a connection by a status that it publishes."""
        held = self._holders.get(session)
        if event.status in FINAL_STATUSES:
            if event.attempt in {None, held}:
                self.release(session, now=now)
        elif event.attempt is None:
            # A connection that named a member keeps its lease.
            if event.status in HELD_STATUSES and held is None:
                self.acquire(session, None)
        else:
            if held != event.attempt:
                self.release(session, now=now)
            self.acquire(session, event.attempt)

    def extend(self, seconds: float, *, now: float) -> None:
        """Extend the leases after the server was suspended for so long."""
        self._since = min(now, self._since + seconds)
        for absence in self._absences.values():
            absence.missed_since = min(now, absence.missed_since + seconds)

    def seen_at(self, member_id: str | None, now: float) -> float:
        """When a publisher of a member last sent anything, in seconds since 1970."""
        clock = self._clock()
        received_at = self._received_at().get(member_id, self._elsewhere.get(member_id))
        if received_at is not None:
            return min(clock, clock - (now - received_at))
        absence = self._absences.get(member_id)
        return min(clock, self.default_seen_at if absence is None else absence.seen_at)

    def disconnected_at(self, members: Iterable[Member], *, now: float) -> float | None:
        """Since when no connection holds the lease of any of these members, in seconds since 1970.

        A connection to another server is known by its heartbeats only.

        Returns:
            None where there is a connection, or no member.
        """
        ids = {member.id for member in members}
        if not ids or not ids.isdisjoint(self._holders.values()):
            return None
        if self._is_shared and any(self._may_be_elsewhere(each, now) for each in ids):
            return None
        absences = [self._absences[each] for each in ids if each in self._absences]
        return round(max((each.seen_at for each in absences), default=self.default_seen_at), 3)

    def evaluate(
        self, members: Iterable[Member], *, now: float
    ) -> list[tuple[Member, Literal["lost", "back"]]]:
        """Return the members that are lost or back, and not marked so yet."""
        oldest = now - self._lease_s
        received_at = self._received_at()
        changes: list[tuple[Member, Literal["lost", "back"]]] = []
        for member in members:
            is_here = member.id in received_at and received_at[member.id] >= oldest
            if member.is_lost and is_here:
                changes.append((member, "back"))
            absence = self._absences.get(member.id)
            since = self._since if absence is None else absence.missed_since
            is_silent = member.id in self._silent if self._is_shared else since < oldest
            is_missed = is_silent or self.cause(member.id) is not None
            if not member.is_lost and not is_here and is_missed:
                changes.append((member, "lost"))
        return changes

    def prune(self, members: Iterable[Member], *, now: float) -> None:
        """Drop what is known of publishers that are not among these members any more."""
        left = {member.id for member in members}
        for member_id, absence in tuple(self._absences.items()):
            if member_id not in left and now - absence.missed_since > self._lease_s:
                del self._absences[member_id]
        self._silent &= left
        for member_id in self._elsewhere.keys() - left:
            del self._elsewhere[member_id]

    def is_held(self, *, now: float) -> bool:
        """Whether a connection to this or another server holds a lease and is not silent."""
        return any(now - holder.received_at <= self._lease_s for holder in self._holders) or any(
            self._is_elsewhere(member_id, now, PRESENT_S) for member_id in self._elsewhere
        )

    def _received_at(self) -> dict[str | None, float]:
        """Return when the connections that hold leases last sent anything, by member."""
        received_at: dict[str | None, float] = {}
        for session, member_id in self._holders.items():
            received_at[member_id] = max(
                session.received_at, received_at.get(member_id, session.received_at)
            )
        return received_at
