"""The methods of `Sprint` by which an agent gets the answers to its interrupts."""

from __future__ import annotations

from typing import Any

from realtime_widgets.client.publishing.receiving.asking import Asking
from realtime_widgets.client.publishing.receiving.question import NO_DEFAULT, AskedQuestion
from realtime_widgets.errors import InvalidEventError
from realtime_widgets.protocol.codes import ErrorCode
from realtime_widgets.protocol.interrupts import payload_of

__all__ = ["Resuming"]


class Resuming(Asking):
    """Waits for answers to interrupts; what it takes and raises is documented at `Sprint`."""

    def resume(
        self,
        interrupt_id: str,
        *,
        timeout: float | None = None,
        default: Any = NO_DEFAULT,  # noqa: ANN401 - as the answer
    ) -> Any:  # noqa: ANN401 - as the interrupt
        """Wait for the answer to an interrupt of an AG-UI run.

        ```python
        sprint.agent_event("planner", run_finished)  # with the outcome "interrupt"
        payload = sprint.resume(run_finished.outcome.interrupts[0].id)
        ```

        Views show the interrupt as a question since the event was published, with a form by its
        `responseSchema`. The answer is the `payload` of AG-UI's resume entry for the next run of
        the agent. Ctrl-C ends the wait. In a coroutine use `await sprint.aresume(...)`.

        Args:
            interrupt_id: Id of an interrupt that this process has published with `agent_event`;
                the newest 20 of a run are kept.
            timeout: How long to wait, in seconds. By default until there is an answer.
            default: What is returned where no answer comes in time.

        Returns:
            The answer, by the schema of the interrupt; a text where it has none.

        Raises:
            NoAnswerError: There is no answer in time and no default, or none can come.
            InvalidEventError: This process has published no interrupt of this id.
        """
        asked = self._interrupt(interrupt_id, default)
        return payload_of(self._wait_for(asked, timeout).result())

    async def aresume(
        self,
        interrupt_id: str,
        *,
        timeout: float | None = None,  # noqa: ASYNC109 - as `resume`
        default: Any = NO_DEFAULT,  # noqa: ANN401 - as the answer
    ) -> Any:  # noqa: ANN401 - as the interrupt
        """Do the same as `resume` without blocking the event loop; cancelling ends the wait."""
        asked = self._interrupt(interrupt_id, default)
        return payload_of(await self._wait_for(asked, timeout).in_background())

    def _interrupt(self, interrupt_id: str, default: object) -> AskedQuestion:
        question = self._outbox.answers.interrupts.get(interrupt_id)
        if question is None:
            reason = "this process has published no interrupt of this id"
            raise InvalidEventError(ErrorCode.NOT_OPEN, reason, field="interrupt_id")
        return AskedQuestion(dict(question), default)
