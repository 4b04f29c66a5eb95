"""The status of a run and of its newest attempt, reduced from `status_update` events.

It follows from the statuses of the run's members, and from what its agents and questions wait for
(protocol 4.2).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field

from realtime_widgets.protocol.agents.work import AgentWork
from realtime_widgets.protocol.events import FINAL_STATUSES, HELD_STATUSES, LostCause, Status
from realtime_widgets.protocol.inbox import Inbox
from realtime_widgets.protocol.inbox_events import InboxOpened
from realtime_widgets.protocol.json_limits import MAX_INTEGER
from realtime_widgets.protocol.members import Members
from realtime_widgets.protocol.past_attempt import MAX_PAST, PastAttempt
from realtime_widgets.protocol.question_events import Taken
from realtime_widgets.protocol.questions import Questions
from realtime_widgets.protocol.state_part import StatePart

if TYPE_CHECKING:
    from realtime_widgets.protocol.agents.work import Outcome
    from realtime_widgets.protocol.events import StatusUpdate
    from realtime_widgets.protocol.inbox_events import Control, UserMessage

__all__ = ["RunStatus"]

_STATUS_OF: dict[Outcome | None, Status] = {
    "success": "succeeded",
    "error": "failed",
    "cancelled": "cancelled",
}
"""The status of a run by how the run of its agent ended."""


class RunStatus(StatePart):
    """The status of one run, and its attempts."""

    sprint_id: str

    attempt: int = 0
    """How often the run was started; the tasks and counts are those of the newest attempt."""

    began: int = 0
    """Number of the `running` that began the newest attempt; 0 where none has begun."""

    past: list[PastAttempt] = Field(default=[])
    """The attempts before the newest one, the oldest first; at most `MAX_PAST`."""

    members: Members = Field(default_factory=Members)
    """The publishers that take part in the newest attempt (protocol 4.2)."""

    notebook: str | None = None
    """Where the newest attempt is published from: a path below the server's root."""

    program: str | None = None
    """The script that the newest attempt is published from."""

    user: str | None = None
    """The user who began the newest attempt, as the server knows them."""

    status: Status = "pending"
    message: str | None = None
    """The message of the status."""

    created: str | None = None
    """Timestamp of the first event, like all times here as the server stored it."""

    started: str | None = None
    """Timestamp of the `running` that began the newest attempt."""

    ended: str | None = None
    """Timestamp of the final status, None while there is none."""

    last_seen: float | None = None
    """While it is lost: when a publisher was last seen, in seconds since 1970."""

    cause: LostCause | None = None
    """While it is lost: why, where it is known; it happened at `last_seen`."""

    disconnected_at: float | None = None
    """While it is active and no publisher is connected: since when, in seconds since 1970.

    This alone is not reduced from the log: the hub sets it (protocol 6.5)."""

    agents: AgentWork | None = None
    """What the agents do; None where there is no event of an agent.
    A state that an earlier version saved has none, and it counts from there on."""

    questions: Questions | None = None
    """The open questions of the newest attempt and their answers; None where there was none."""

    inbox: Inbox | None = None
    """What users have sent to the newest attempt; None where that is nothing."""

    @property
    def expects_publisher(self) -> bool:
        """Whether a publisher has a status that has to be held by a lease (protocol 6.4)."""
        return self.status in HELD_STATUSES and bool(self.members.left)

    def _change_status(
        self, event: StatusUpdate, seq: int, timestamp: str, user: str | None
    ) -> None:
        if event.status == "lost" or event.back:
            if not self.members.mark(event):
                return  # the event of the hub and a later one of the publisher crossed
        elif event.status in FINAL_STATUSES:
            if not self.members.end(event, has_ended=self.ended is not None):
                return
            self._keep_of_members()
        else:
            if event.status == "running" and self._begins(event):
                self._begin(event, seq, timestamp, user)
            if event.status == "pending" and not self.members.left:
                self.status, self.message = event.status, event.message
            elif not self.members.speak(event):
                return
            if event.joins is None:
                self._end_waits_of_agents()
        self._follow_members(event, timestamp)
        self._follow_questions()

    def _end_waits_of_agents(self) -> None:
        if self.agents:
            self.agents.questions.clear()
        if self.questions:
            self.questions.close_of_agents()

    def _begins(self, event: StatusUpdate) -> bool:
        """Whether this `running` begins an attempt (protocol 4.2)."""
        return self.attempt == 0 or self.ended is not None or self.members.begins(event)

    def _begin(self, event: StatusUpdate, seq: int, timestamp: str, user: str | None) -> None:
        if self.attempt > 0:
            past = PastAttempt(
                attempt=self.attempt,
                began=self.began,
                started=self.started,
                ended=self.ended,
                status=self.status,
            )
            self.past = [*self.past, past][-MAX_PAST:]
        self.members.begin()
        self.attempt = min(self.attempt + 1, MAX_INTEGER)
        self.began = seq
        self.notebook, self.program, self.user = event.notebook, event.program, user
        self.started, self.ended = timestamp, None

    def _follow_members(self, event: StatusUpdate, timestamp: str) -> None:
        """Set the status that follows from the members."""
        follows = self.members.status()
        if follows is None:
            return
        self.status, self.message = follows.status, follows.message
        self.last_seen = self.cause = None
        if follows.status == "lost":
            last = self.members.seen_last
            if last is not None:
                self.last_seen, self.cause = last.last_seen, last.cause
            self.message = event.message if event.status == "lost" else None
        elif follows.status in FINAL_STATUSES:
            self.ended = timestamp
            self.members.clear()
            if self.questions:
                self.questions.close_all()
            self._keep_of_members()

    def _keep_of_members(self) -> None:
        """Drop what members have requested that have ended."""
        if self.questions:
            self.questions.keep_of(self.members)
        if self.inbox:
            self.inbox.keep_of(self.members)

    def _receive(
        self,
        event: Control | UserMessage | InboxOpened | Taken,
        seq: int,
        timestamp: str,
        user: str | None,
    ) -> None:
        """Apply what users send to the newest attempt, and that publishers take it."""
        if isinstance(event, Taken):
            if self.questions:
                self.questions.apply(event, seq, timestamp, user)
        elif self._is_addressed(event):
            self.inbox = self.inbox or Inbox()
        else:
            return
        if self.inbox:
            self.inbox.apply(event, seq, timestamp, user)

    def _is_addressed(self, event: Control | UserMessage | InboxOpened) -> bool:
        """Whether an event is for the newest attempt, which has not ended (protocol 14)."""
        if isinstance(event, InboxOpened):
            return self.attempt > 0 and self.members.find(event.attempt) is not None
        return event.attempt == self.attempt and self.ended is None

    def _follow_events(self) -> None:
        """Set the status after an agent's run or a question has begun or ended (rules 6 and 7)."""
        if self.ended is not None or self.status == "lost":
            return
        own = self.members.status()
        agents = self.agents
        status = _STATUS_OF.get(agents.outcome) if agents else None
        if own is not None:
            self.status, self.message = own.status, own.message
        elif self.attempt > 0:
            return
        elif agents and status is not None:
            self.status, self.message = status, agents.error
        elif self.status != "pending":
            self.status, self.message = "pending", None
        self._follow_questions()

    def _follow_questions(self) -> None:
        """While the run or an agent waits for an answer, it needs input (rule 7)."""
        of_agents = self.agents.questions if self.agents else []
        if self.ended is not None or self.status in ("lost", "needs_input"):
            return
        own = self.questions.message if self.questions else None
        if own is None and not of_agents:
            return
        asked = [own, *(one.message for one in reversed(of_agents))]
        messages = (message for message in asked if message is not None)
        self.status, self.message = "needs_input", next(messages, self.message)
