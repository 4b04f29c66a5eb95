"""The state of a run, reduced from its events one by one; it can always be rebuilt from the log."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from pydantic import Field

from realtime_widgets.protocol.agents.reducer import RUN_TYPES, reduce_event
from realtime_widgets.protocol.agents.work import AgentWork
from realtime_widgets.protocol.details.state import RunDetails
from realtime_widgets.protocol.events import (
    AgentMessage,
    BlobUpload,
    BuildProgress,
    Details,
    Dropped,
    Event,
    Level,
    Log,
    Metrics,
    Output,
    StatusUpdate,
    UnknownEvent,
)
from realtime_widgets.protocol.inbox_events import Control, InboxOpened, UserMessage
from realtime_widgets.protocol.json_limits import MAX_INTEGER
from realtime_widgets.protocol.last_line import LastLine, last_line_of, newest_part
from realtime_widgets.protocol.metrics.state import MetricState, update_metrics
from realtime_widgets.protocol.outputs.state import OutputState, update_outputs, update_uploads
from realtime_widgets.protocol.question_events import Answer, Question, QuestionClosed, Taken
from realtime_widgets.protocol.questions import Questions
from realtime_widgets.protocol.run_status import RunStatus
from realtime_widgets.protocol.task_states import TaskState, update_task

if TYPE_CHECKING:
    from collections.abc import Sequence


__all__ = ["RunState"]


class RunState(RunStatus):
    """The state of one run: in the list of runs, and in the response of `GET sprints/{id}`."""

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

    metrics: list[MetricState] = Field(default=[])
    """The metrics, in the order of their first values; at most `MAX_METRICS`."""

    outputs: list[OutputState] = Field(default=[])
    """The newest output of each name, without its data; at most `MAX_OUTPUTS`."""

    details: RunDetails | None = None
    """Title, tags, notes, configuration and environment; None where none were published."""

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
                case Metrics() | Output() | BlobUpload() | Details():
                    self._reduce_values(event, seq)
                case Dropped():
                    self.dropped = _sum(self.dropped, event.count)
                case Question() | QuestionClosed() | Answer():
                    self._reduce_questions(event, seq, timestamp, user)
                case Control() | UserMessage() | InboxOpened() | Taken():
                    self._receive(event, seq, timestamp, user)
                case UnknownEvent():
                    pass
                case _:
                    assert_never(event)
        self._count_logs(levels)
        self._show_line(newest)
        self.head = max(self.head, first + len(events) - 1)
        self.created = self.created or timestamp
        self.updated = timestamp

    def _reduce_values(self, event: Metrics | Output | BlobUpload | Details, seq: int) -> None:
        if isinstance(event, Metrics):
            update_metrics(self.metrics, event)
        elif isinstance(event, BlobUpload):
            update_uploads(self.outputs, event)
        elif isinstance(event, Details):
            self.details = self.details or RunDetails()
            self.details.add(event)
        else:
            update_outputs(self.outputs, event, seq)

    def _reduce_questions(
        self,
        event: Question | QuestionClosed | Answer,
        seq: int,
        timestamp: str,
        user: str | None,
    ) -> None:
        self.questions = self.questions or Questions()
        before = self.questions.agents
        self.questions.apply(event, seq, timestamp, user)
        for agent in before - self.questions.agents:
            if agent is not None and self.agents:
                self.agents.answer(agent)
        self._follow_events()

    def _reduce_agents(self, event: AgentMessage) -> None:
        if self.agents is None:
            self.agents = AgentWork()
            # Of a state that an earlier version saved, the events before this one are not reduced.
            self.agents.tally.ended.is_lower_bound = self.messages > 0
        self.messages = _sum(self.messages, 1)
        reduce_event(self.agents, event.agent, event.event, event.time)
        if event.event["type"] in RUN_TYPES:
            if self.questions:
                self.questions.close_of(event.agent)
            self._follow_events()

    def _count_logs(self, levels: dict[Level, int]) -> None:
        self.logs = _sum(self.logs, sum(levels.values()))
        self.warnings = _sum(self.warnings, levels.get("warning", 0))
        self.errors = _sum(self.errors, levels.get("error", 0) + levels.get("critical", 0))
        levels.clear()

    def _show_line(self, log: Log | None) -> None:
        text = "" if log is None else last_line_of(log.message)
        if log is not None and text:
            self.last_line = LastLine(level=log.level, text=text)

    def _begin(self, event: StatusUpdate, seq: int, timestamp: str, user: str | None) -> None:
        super()._begin(event, seq, timestamp, user)
        if self.attempt > 1:
            self.tasks.clear()
            self.metrics.clear()
            self.outputs.clear()
            if self.details:
                self.details.begin_attempt()
            self.agents = self.last_line = self.questions = self.inbox = None
            self.logs = self.warnings = self.errors = self.messages = self.dropped = 0


def _sum(count: int, more: int) -> int:
    """Add to a count, as far as browsers can count."""
    return min(count + more, MAX_INTEGER)
