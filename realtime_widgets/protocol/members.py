"""The members of an attempt: the publishers that take part in it, and what they make of a run.

The rules are those of protocol 4.2; the front end has the same in `frontend/src/model/members.ts`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field, JsonValue

from realtime_widgets.protocol.events import LostCause, Status
from realtime_widgets.protocol.state_part import StatePart

if TYPE_CHECKING:
    from collections.abc import Sequence

    from realtime_widgets.protocol.events import StatusUpdate

__all__ = ["MAX_MEMBERS", "MAX_MESSAGES", "Member", "Members", "StatusWords", "rank"]

MAX_MEMBERS = 1_000
"""Most members of a state; beyond it the one with the oldest status is dropped."""

MAX_MESSAGES = 20
"""Members with the newest statuses whose message is kept: 4,096 characters each."""

_FROM_BEST_TO_WORST = ("succeeded", "cancelled", "failed")

_ENDED = "ended"
"""Id of the member that replaces the ended ones in a new log."""


class StatusWords(StatePart):
    """A status and its message."""

    status: Status
    message: str | None = None


class Member(StatePart):
    """One publisher of an attempt that has not ended."""

    id: str | None
    """The `attempt` of its events; None for publishers that send none."""

    status: Status
    """Its last status, also while it is lost."""

    message: str | None = None
    is_lost: bool = False

    last_seen: float | None = None
    """While it is lost: when it was last seen, in seconds since 1970."""

    cause: LostCause | None = None
    """While it is lost: why, where it is known."""


class Members(StatePart):
    """The members of an attempt that have not ended, and how the others ended."""

    left: list[Member] = Field(default=[])
    """Those that have not ended; the one with the newest status is at the end."""

    outcome: StatusWords | None = None
    """The worst of how the others ended."""

    ended_last: str | None = None
    """The member that ended last: it may still change its final status."""

    def find(self, member_id: str | None) -> Member | None:
        """Return the member of this id."""
        return next((member for member in self.left if member.id == member_id), None)

    @property
    def here(self) -> list[Member]:
        """Those that are not lost."""
        return [member for member in self.left if not member.is_lost]

    def begins(self, event: StatusUpdate) -> bool:
        """Whether a `running` begins an attempt, where one is active (rule 1)."""
        if self.find(event.attempt) is not None:
            return False
        if event.attempt is None:
            return not self.here
        return event.joins is None or self.find(event.joins) is None

    def begin(self) -> None:
        """Remove the members of the attempt before."""
        self.clear()
        self.ended_last = None

    def clear(self) -> None:
        """Remove all members."""
        self.left.clear()
        self.outcome = None

    def speak(self, event: StatusUpdate) -> bool:
        """Apply a status of a member that has not ended (rules 2 and 3).

        Returns:
            Whether it changes anything.
        """
        member = self.find(event.attempt)
        if member is None and event.attempt is None and self.here:
            member = self.here[-1]
        if member is not None:
            self.left.remove(member)
        elif event.status == "pending" or (
            event.status == "needs_input" and event.attempt is not None and self.left
        ):
            return False
        updated = Member(
            id=event.attempt if member is None else member.id,
            status=event.status,
            message=event.message,
        )
        self.left.append(updated)
        if len(self.left) > MAX_MEMBERS:
            del self.left[0]
        if len(self.left) > MAX_MESSAGES:
            self.left[-MAX_MESSAGES - 1].message = None
        return True

    def end(self, event: StatusUpdate, *, has_ended: bool) -> bool:
        """Apply a final status (rule 4).

        Args:
            event: The event.
            has_ended: Whether the run has ended before.

        Returns:
            Whether it changes anything.
        """
        end = StatusWords(status=event.status, message=event.message)
        member = None if event.attempt is None else self.find(event.attempt)
        is_again = event.attempt is not None and event.attempt == self.ended_last
        is_unknown = member is None and event.attempt is not None and not is_again
        if is_unknown and (self.left or has_ended):
            return False
        if member is not None:
            self.left.remove(member)
        elif not is_again:
            self.clear()
        self.ended_last = event.attempt
        if self.outcome is None or rank(end.status) > rank(self.outcome.status):
            self.outcome = end
        return True

    def mark(self, event: StatusUpdate) -> bool:
        """Apply an event of the hub that members are lost, or back (rule 5).

        Returns:
            Whether it changes anything.
        """
        named = self.find(event.attempt)
        meant = self.left if named is None and event.attempt is None else [named]
        is_lost = event.status == "lost"
        changed = [member for member in meant if member and member.is_lost != is_lost]
        for member in changed:
            member.is_lost = is_lost
            member.last_seen = event.last_seen if is_lost else None
            member.cause = event.cause if is_lost else None
        return bool(changed)

    def status(self) -> StatusWords | None:
        """Return the status of the run that follows from them; None where there were none."""
        here = self.here
        if here:
            asking = [member for member in here if member.status == "needs_input"]
            working = [member for member in here if member.status == "running"]
            newest = asking or working or here
            with_words = [member for member in newest if member.message is not None]
            shown = (with_words or newest)[-1]
            return StatusWords(status=shown.status, message=shown.message)
        if self.left and (self.outcome is None or self.outcome.status != "failed"):
            return StatusWords(status="lost")
        return self.outcome

    def as_events(self) -> list[dict[str, JsonValue]]:
        """Return statuses from which the same members follow in a new log."""
        named: Sequence[Member] = [one for one in self.left if one.id is not None] or self.left
        events: list[dict[str, JsonValue]] = []
        for member in named:
            joins = named[0].id if events else None
            events.append(_status("running", member.id, member.message, joins=joins))
            if member.status != "running":
                events.append(_status(member.status, member.id, member.message))
        if events and self.outcome is not None:
            events.append(_status("running", _ENDED, None, joins=named[0].id))
            events.append(_status(self.outcome.status, _ENDED, self.outcome.message))
        events += [
            _status("lost", member.id, None, last_seen=member.last_seen, cause=member.cause)
            for member in named
            if member.is_lost
        ]
        return events

    @property
    def seen_last(self) -> Member | None:
        """The lost one that was seen last; of several, the one with the newest status."""
        seen = [member for member in self.left if member.last_seen is not None]
        return max(reversed(seen), key=lambda member: member.last_seen or 0, default=None)


def rank(end: str) -> int:
    """Return how bad a final status is, compared with others."""
    return _FROM_BEST_TO_WORST.index(end)


def _status(
    status: str, attempt: str | None, message: str | None, **more: JsonValue
) -> dict[str, JsonValue]:
    fields: dict[str, JsonValue] = {
        "type": "status_update",
        "status": status,
        "attempt": attempt,
        "message": message,
        **more,
    }
    return {name: value for name, value in fields.items() if value is not None}
