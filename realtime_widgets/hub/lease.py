"""Whether the publishers of a run's status are there, so that `running` cannot stay without them.

A connection holds a lease for the member of the attempt whose status it publishes (protocol 6.4).
It is the publisher's to say when the member ends; when no connection that stands for the member was
heard for the time of the lease, or its process is known to have ended, the hub says that it is
lost, and takes it back when one returns.

Deadlines are in monotonic seconds, from which the time is left out in which the server itself was
suspended. What viewers get is in seconds since 1970.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from realtime_widgets.protocol.events import FINAL_STATUSES, HELD_STATUSES, StatusUpdate

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

    from realtime_widgets.protocol.events import Event, LostCause
    from realtime_widgets.protocol.members import Member
    from realtime_widgets.protocol.sessions.plain import PlainSession
    from realtime_widgets.protocol.sessions.server import ServerSession

    Session = ServerSession | PlainSession

    FindCause: TypeAlias = Callable[[], Awaitable[LostCause | None]]
    """Finds out why a process is gone; None where it is not, or nothing is known of it."""

__all__ = ["FindCause", "Lease"]


@dataclass(slots=True)
class _Absence:
    """A member that a connection stood for that is gone."""

    seen_at: float
    """When it was last heard, in seconds since 1970."""

    missed_since: float
    """From when on its silence counts, in monotonic seconds."""

    cause: LostCause | None = None


class Lease:
    """The hold of connections on the members of one run. `now` is in monotonic seconds.

    Args:
        now: From when on a publisher is missed that is not there.
        lease_s: How long a publisher may be silent.
        clock: Returns seconds since 1970.
    """

    def __init__(self, now: float, lease_s: float, *, clock: Callable[[], float]) -> None:
        self._lease_s = lease_s
        self._clock = clock
        self._holders: dict[Session, str | None] = {}
        """The member that each connection stands for, the newest last."""
        self._since = now
        self._absences: dict[str | None, _Absence] = {}
        self.unseen_at = clock()
        """When members were last heard for which no connection stood so far, in seconds since 1970;
        where they are of an earlier life of the server, the time of the last stored event."""

    def hold(self, session: Session, member_id: str | None) -> None:
        """Have a connection stand for a member, until another one or `let_go`."""
        self._holders.pop(session, None)
        self._holders[session] = member_id
        if member_id in self._absences:
            self._absences[member_id].cause = None

    def let_go(self, session: Session, *, now: float) -> list[str | None]:
        """End the hold of a connection that is closed. Safe for one that holds nothing.

        Returns:
            The member for which no connection stands any more, if there is one.
        """
        if session not in self._holders:
            return []
        member_id = self._holders.pop(session)
        last_sign = session.last_sign(now)
        absence = _Absence(self._clock() - (now - last_sign), last_sign)
        before = self._absences.get(member_id, absence)
        absence.seen_at = max(absence.seen_at, before.seen_at)
        absence.missed_since = max(absence.missed_since, before.missed_since)
        self._absences[member_id] = absence
        return [] if member_id in self._holders.values() else [member_id]

    def explain(self, member_id: str | None, cause: LostCause) -> None:
        """Set why a member is gone; without effect where a connection stands for it again."""
        absence = self._absences.get(member_id)
        if absence is not None and member_id not in self._holders.values():
            absence.cause = cause

    def cause(self, member_id: str | None) -> LostCause | None:
        """Return why a member is gone, as far as that is known."""
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
        for absence in self._absences.values():
            absence.missed_since = min(now, absence.missed_since + seconds)

    def seen_at(self, member_id: str | None, now: float) -> float:
        """When a member was last heard, in seconds since 1970."""
        clock = self._clock()
        heard_at = self._heard_at().get(member_id)
        if heard_at is not None:
            return min(clock, clock - (now - heard_at))
        absence = self._absences.get(member_id)
        return min(clock, self.unseen_at if absence is None else absence.seen_at)

    def disconnected_at(self, members: Iterable[Member]) -> float | None:
        """Since when no connection stands for any of these members, in seconds since 1970.

        Returns:
            None where there is a connection, or no member.
        """
        ids = {member.id for member in members}
        if not ids or not ids.isdisjoint(self._holders.values()):
            return None
        absences = [self._absences[each] for each in ids if each in self._absences]
        return round(max((each.seen_at for each in absences), default=self.unseen_at), 3)

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
            absence = self._absences.get(member.id)
            since = self._since if absence is None else absence.missed_since
            is_missed = since < oldest or self.cause(member.id) is not None
            if not member.is_lost and not is_here and is_missed:
                verdicts.append((member, "lost"))
        return verdicts

    def forget(self, members: Iterable[Member], *, now: float) -> None:
        """Forget when those were last heard who are no members any more."""
        left = {member.id for member in members}
        for member_id, absence in tuple(self._absences.items()):
            if member_id not in left and now - absence.missed_since > self._lease_s:
                del self._absences[member_id]

    def is_held(self, *, now: float) -> bool:
        """Tell whether a publisher of a status is there."""
        return any(now - holder.heard_at <= self._lease_s for holder in self._holders)

    def _heard_at(self) -> dict[str | None, float]:
        """Return when the members were last heard for which a connection is there."""
        heard_at: dict[str | None, float] = {}
        for session, member_id in self._holders.items():
            heard_at[member_id] = max(session.heard_at, heard_at.get(member_id, session.heard_at))
        return heard_at
