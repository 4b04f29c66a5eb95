"""The state of a run, reduced from its events one by one; it can always be rebuilt from the log."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from pydantic import Field

from realtime_widgets.protocol.agents.reducer import RUN_TYPES, reduce_event
from realtime_widgets.protocol.agents.work import AgentWork
from realtime_widgets.protocol.events import (
    FINAL_STATUSES,
    HELD_STATUSES,
    AgentMessage,
    BuildProgress,
    Dropped,
    Event,
    Level,
    Log,
    LostCause,
    Metrics,
    Output,
    Status,
    StatusUpdate,
    UnknownEvent,
)
from realtime_widgets.protocol.inbox import Inbox
from realtime_widgets.protocol.inbox_events import Control, InboxOpened, UserMessage
from realtime_widgets.protocol.json_limits import MAX_INTEGER
from realtime_widgets.protocol.last_line import LastLine, last_line_of, newest_part
from realtime_widgets.protocol.members import Members
from realtime_widgets.protocol.metrics.state import MetricState, update_metrics
from realtime_widgets.protocol.outputs.state import OutputState, update_outputs
from realtime_widgets.protocol.past_attempt import MAX_PAST, PastAttempt
from realtime_widgets.protocol.question_events import Answer, Question, QuestionClosed, Taken
from realtime_widgets.protocol.questions import Questions
from realtime_widgets.protocol.state_part import StatePart
from realtime_widgets.protocol.task_states import TaskState, update_task

if TYPE_CHECKING:
    from collections.abc import Sequence

    from realtime_widgets.protocol.agents.work import Outcome

__all__ = ["RunState"]

_STATUS_OF: dict[Outcome | None, Status] = {
    "success": "succeeded",
    "error": "failed",
    "cancelled": "cancelled",
}
"""The status of a run by how the run of its agent ended."""


class RunState(StatePart):
    """The state of one run: in the list of runs, and in the response of `GET sprints/{id}`."""

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

    updated: str | None = None
    head: int = 0
    """Number of the newest event that is reduced into this state."""

    tasks: list[TaskState] = Field(default=[])
    logs: int = 0
    """Lines of the log, like all counts since the newest attempt began."""

    warnings: int = 0
    errors: int = 0
    """Log lines of level `error` and `critical`."""

    last_line: LastLine | None = None
    """The newest line of the log that is not blank."""

    messages: int = 0
    """AG-UI events of agents."""

    dropped: int = 0
    """Events that were lost before they were stored."""

    agents: AgentWork | None = None
    """What the agents do; None where there is no event of an agent.
    A state that an earlier version saved has none, and it counts from there on."""

    questions: Questions | None = None
    """The open questions of the newest attempt and their answers; None where there was none."""

    inbox: Inbox | None = None
    """What users have sent to the newest attempt; None where that is nothing."""

    metrics: list[MetricState] = Field(default=[])
    """The metrics, in the order of their first values; at most `MAX_METRICS`."""

    outputs: list[OutputState] = Field(default=[])
    """The newest output of each name, without its data; at most `MAX_OUTPUTS`."""

    @property
    def expects_publisher(self) -> bool:
        """Whether a publisher has a status that has to be held by a lease (protocol 6.4)."""
        return self.status in HELD_STATUSES and bool(self.members.left)

    def apply(  # noqa: C901 - a case for each type of event
        self, first: int, timestamp: str, events: Sequence[Event], user: str | None = None
    ) -> None:
        """Reduce the events of a batch; those that are in the state already are skipped.

        Args:
            first: Number of the first event.
            timestamp: When the batch was stored.
            events: The events.
            user: The user who published it.
        """
        # Most events are log lines, and a model validates assignments: so lines are counted in a
        # dict first.
        levels: dict[Level, int] = {}
        newest: Log | None = None
        skipped = max(0, self.head + 1 - first)
        for seq, event in enumerate(events[skipped:], first + skipped):
            if type(event) is Log:  # `isinstance` is slow for models
                levels[event.level] = levels.get(event.level, 0) + 1
                if newest_part(event.message):
                    newest = event
                continue
            match event:
                case StatusUpdate():
                    self._count_logs(levels)
                    self._show_line(newest)
                    newest = None
                    self._change_status(event, seq, timestamp, user)
                case BuildProgress():
                    update_task(self.tasks, event)
                case AgentMessage():
                    self._reduce_agents(event)
                case Metrics() | Output():
                    self._reduce_values(event, seq)
                case Dropped():
                    self.dropped = _sum(self.dropped, event.count)
                case Question() | QuestionClosed() | Answer():
                    self.questions = self.questions or Questions()
                    self.questions.apply(event, seq, timestamp, user)
                    self._follow_events()
                case Control() | UserMessage() | InboxOpened() | Taken():
                    self._reduce_inbox(event, seq, timestamp, user)
                case UnknownEvent():
                    pass
                case _:
                    assert_never(event)
        self._count_logs(levels)
        self._show_line(newest)
        self.head = max(self.head, first + len(events) - 1)
        self.created = self.created or timestamp
        self.updated = timestamp

    def _reduce_values(self, event: Metrics | Output, seq: int) -> None:
        if isinstance(event, Metrics):
            update_metrics(self.metrics, event)
        else:
            update_outputs(self.outputs, event, seq)

    def _reduce_inbox(
        self,
        event: Control | UserMessage | InboxOpened | Taken,
        seq: int,
        timestamp: str,
        user: str | None,
    ) -> None:
        if isinstance(event, Taken):
            if self.questions:
                self.questions.apply(event, seq, timestamp, user)
            if self.inbox:
                self.inbox.apply(event, seq, timestamp, user)
        elif self._is_of_this_attempt(event):
            self.inbox = self.inbox or Inbox()
            self.inbox.apply(event, seq, timestamp, user)

    def _is_of_this_attempt(self, event: Control | UserMessage | InboxOpened) -> bool:
        if isinstance(event, InboxOpened):
            return self.attempt > 0 and self.members.find(event.attempt) is not None
        return event.attempt == self.attempt and self.ended is None

    def _reduce_agents(self, event: AgentMessage) -> None:
        if self.agents is None:
            self.agents = AgentWork()
            # Of a state that an earlier version saved, the events before this one are not reduced.
            self.agents.tally.ended.is_lower_bound = self.messages > 0
        self.messages = _sum(self.messages, 1)
        reduce_event(self.agents, event.agent, event.event, event.time)
        if event.event["type"] in RUN_TYPES:
            self._follow_events()

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

    def _count_logs(self, levels: dict[Level, int]) -> None:
        self.logs = _sum(self.logs, sum(levels.values()))
        self.warnings = _sum(self.warnings, levels.get("warning", 0))
        self.errors = _sum(self.errors, levels.get("error", 0) + levels.get("critical", 0))
        levels.clear()

    def _show_line(self, log: Log | None) -> None:
        text = "" if log is None else last_line_of(log.message)
        if log is not None and text:
            self.last_line = LastLine(level=log.level, text=text)

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
            if event.joins is None and self.agents:
                self.agents.questions.clear()
        self._follow_members(event, timestamp)
        self._follow_questions()

    def _keep_of_members(self) -> None:
        """Drop what members have asked for that have ended."""
        if self.questions:
            self.questions.keep_of(self.members)
        if self.inbox:
            self.inbox.keep_of(self.members)

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
        self.attempt = _sum(self.attempt, 1)
        self.began = seq
        self.notebook, self.program, self.user = event.notebook, event.program, user
        self.started, self.ended = timestamp, None
        if self.attempt > 1:
            self.tasks.clear()
            self.metrics.clear()
            self.outputs.clear()
            self.agents = self.last_line = self.questions = self.inbox = None
            self.logs = self.warnings = self.errors = self.messages = self.dropped = 0

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


def _sum(count: int, more: int) -> int:
    """Add to a count, as far as browsers can count."""
    return min(count + more, MAX_INTEGER)
