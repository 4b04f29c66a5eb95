"""Answers of users to the run of an outbox, for the threads that wait for them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from realtime_widgets.protocol.question_events import Answer, QuestionClosed

if TYPE_CHECKING:
    from collections.abc import Iterable

    from realtime_widgets.client.changes import Changes
    from realtime_widgets.protocol.messages import Deliver

__all__ = ["Answers"]

MAX_INTERRUPTS = 20
"""Interrupts of agents whose answers are kept."""


class Answers:
    """Passes deliveries (protocol 13.4) from the background thread to waiting threads.

    Args:
        changed: Notified after each change.
    """

    def __init__(self, changed: Changes) -> None:
        self._changed = changed
        self._answers: dict[str, Answer | QuestionClosed | None] = {}
        """By the id of an open question of this process; None before its answer."""

        self.interrupts: dict[str, dict[str, Any]] = {}
        """The questions of the newest interrupts that were published, by their ids."""

        self.connections = 0
        """How many connections were opened: a question is published again on another one."""

    def expect(self, question_id: str) -> None:
        """Keep the answer to a question."""
        self._answers.setdefault(question_id, None)

    def keep_interrupt(self, question: dict[str, Any]) -> None:
        """Keep the question of an interrupt, and its answer, until an agent resumes with it."""
        self.interrupts[question["id"]] = question
        self.expect(question["id"])
        while len(self.interrupts) > MAX_INTERRUPTS:
            oldest = next(iter(self.interrupts))
            del self.interrupts[oldest]
            self.forget(oldest)

    def answer(self, question_id: str) -> Answer | QuestionClosed | None:
        """Return the answer, or that the hub refused the question; None while there is none."""
        return self._answers.get(question_id)

    def forget(self, question_id: str) -> None:
        """Ignore answers to a question from now on."""
        self._answers.pop(question_id, None)

    # In the background thread only.

    def note_connection(self) -> None:
        """Count a connection that was opened."""
        self.connections += 1
        self._changed.notify()

    def receive(self, deliveries: Iterable[Deliver]) -> None:
        """Keep what concerns this process; an event may come again."""
        for delivered in deliveries:
            event = delivered.event
            if isinstance(event, Answer | QuestionClosed) and event.id in self._answers:
                self._answers[event.id] = self._answers[event.id] or event
                self._changed.notify()
