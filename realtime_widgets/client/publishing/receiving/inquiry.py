"""A question while its answer is waited for.

Theory of operation. The waiting thread publishes the question and waits for what the background
thread passes to `Answers`. A hub delivers answers to the connections on which a question was
published, so the thread publishes the question again when there is another connection: of two
questions with one id a log has the first. At the end of the time the question is closed in the log;
an answer that was stored before that is delivered before the close is acknowledged, and counts.
"""

from __future__ import annotations

import math
import time
from functools import partial
from typing import TYPE_CHECKING, Any

from realtime_widgets.errors import NoAnswerError
from realtime_widgets.protocol.ids import random_id
from realtime_widgets.protocol.question_events import Answer, QuestionClosed

if TYPE_CHECKING:
    from collections.abc import Callable

    from pydantic import JsonValue

    from realtime_widgets.client.publishing.outbox.outbox import Outbox

__all__ = ["Inquiry"]

QUESTION_BITS = 64

CLOSE_S = 2.0
"""How long the end of a question may take, in seconds, before its default is used."""


class Inquiry:
    """Asks one question and waits for its answer.

    Args:
        outbox: The outbox of the run.
        publish: Publishes an event of the run.
        fields: The fields of the `question` event; without an id it gets a random one.
        timeout: How long to wait, in seconds; None for ever.
    """

    def __init__(
        self,
        outbox: Outbox,
        publish: Callable[[dict[str, Any]], object],
        fields: dict[str, Any],
        timeout: float | None,
    ) -> None:
        self._outbox = outbox
        self._publish = publish
        self._question = {"type": "question", "id": random_id(QUESTION_BITS), **fields}
        self._id: str = self._question["id"]
        lease = outbox.membership.lease
        if isinstance(lease, str):
            self._question["attempt"] = lease
        self._timeout = timeout
        self._deadline = math.inf
        if timeout is not None:
            self._deadline = time.monotonic() + timeout
            self._question["expires"] = time.time() + timeout
        self._is_cancelled = False
        self._given: JsonValue = None

    def answer(self, value: JsonValue) -> None:
        """Answer it in this process, from any thread, unless there is an answer already."""
        self._given = value
        self._outbox.changed.notify()

    def cancel(self) -> None:
        """End the wait, from any thread."""
        self._is_cancelled = True
        self._outbox.changed.notify()

    def skip(self) -> None:
        """Publish the question, and that its default is used at once."""
        self._publish(dict(self._question))
        self._close("default")

    def wait(self, *, has_default: bool) -> JsonValue:
        """Wait for the answer.

        Args:
            has_default: Whether the run continues with a default where none comes.

        Raises:
            NoAnswerError: No answer came in time, or none can come.
            Cancelled: The run was stopped.
        """
        answers = self._outbox.answers
        answers.expect(self._id)
        try:
            self._wait()
            if self._given is not None and answers.answer(self._id) is None:
                self._close("answered", value=self._given)
                self._outbox.flush(CLOSE_S, if_online=True)
            elif self._left <= 0 and not self._is_over:
                self._close("default" if has_default else "expired")
                self._outbox.flush(CLOSE_S, if_online=True)
            elif answers.answer(self._id) is None:
                self._close("cancelled")
            return self._value(answers.answer(self._id))
        except KeyboardInterrupt:
            self._close("cancelled")
            raise
        finally:
            answers.forget(self._id)

    def _wait(self) -> None:
        answers = self._outbox.answers
        is_first = True
        while is_first or not (self._is_over or self._left <= 0):
            is_first = False
            known = max(1, answers.connections)
            self._publish(dict(self._question))
            self._outbox.changed.wait_for(partial(self._may_continue, known), self._left)

    def _may_continue(self, connections: int) -> bool:
        """Whether the wait is over, or there is another connection than so many."""
        return self._is_over or self._outbox.answers.connections > connections

    @property
    def _left(self) -> float:
        return self._deadline - time.monotonic()

    @property
    def _is_over(self) -> bool:
        is_stopped = self._outbox.received.stop is not None
        is_hopeless = self._is_cancelled or is_stopped or self._outbox.has_given_up
        return (
            is_hopeless
            or self._given is not None
            or self._outbox.answers.answer(self._id) is not None
        )

    def _value(self, answer: Answer | QuestionClosed | None) -> JsonValue:
        if isinstance(answer, Answer):
            self._publish({"type": "taken", "seqs": [answer.seq]})
            return answer.value
        if self._given is not None:
            return self._given
        words = self._question["message"]
        if answer is not None:
            raise NoAnswerError(words, "too many questions of this run are open")
        self._outbox.received.check()
        if self._is_cancelled:
            raise NoAnswerError(words, "the wait was cancelled")
        if self._outbox.has_given_up:
            raise NoAnswerError(words, "the run is no longer published")
        raise NoAnswerError(words, f"none came within {self._timeout:g} s", is_late=True)

    def _close(self, outcome: str, **value: JsonValue) -> None:
        self._publish({"type": "question_closed", "id": self._id, "outcome": outcome, **value})
