"""The methods of `Sprint` that ask users and wait for their answers."""

from __future__ import annotations

import asyncio
import contextlib
import time
from typing import TYPE_CHECKING, Any, TypeVar, overload

from pydantic import BaseModel, ValidationError

from realtime_widgets.client.publishing.receiving.inquiry import Inquiry
from realtime_widgets.client.publishing.receiving.question import NO_DEFAULT, AskedQuestion
from realtime_widgets.client.waiting import in_thread
from realtime_widgets.errors import NoAnswerError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from contextlib import AbstractContextManager

    from pydantic import JsonValue

    from realtime_widgets.client.publishing.outbox.outbox import Outbox

__all__ = ["Asking"]

Model = TypeVar("Model", bound=BaseModel)

APPROVE, REJECT = "Approve", "Reject"

if TYPE_CHECKING:
    _Prompting = Callable[
        [Mapping[str, Any], Callable[[JsonValue], object]],
        AbstractContextManager[Callable[[JsonValue], object]],
    ]


class Asking:
    """Asks the users of a run; what it takes and raises is documented at `Sprint`."""

    _outbox: Outbox
    _is_headless: Callable[[], bool]

    def _publish(self, fields: dict[str, Any]) -> None:
        raise NotImplementedError

    def _prompting(
        self,
        question: Mapping[str, Any],  # noqa: ARG002 - of overrides
        answer: Callable[[JsonValue], object],  # noqa: ARG002 - of overrides
    ) -> AbstractContextManager[Callable[[JsonValue], object]]:
        """Let a question be answered by the terminal of this process in the block, too."""
        return contextlib.nullcontext(lambda _: None)

    def _inquire(self, asked: AskedQuestion, timeout: float | None) -> Inquiry:
        return Inquiry(self._outbox, self._publish, asked.fields, timeout)

    def _wait_for(self, asked: AskedQuestion, timeout: float | None) -> _Wait:
        return _Wait(
            self._inquire, self._prompting, asked, timeout, is_headless=self._is_headless()
        )

    @overload
    def ask(
        self,
        question: str,
        *,
        choices: Sequence[str] | None = None,
        default: str | None = NO_DEFAULT,
        timeout: float | None = None,
        details: object = None,
    ) -> str: ...

    @overload
    def ask(
        self,
        question: type[Model],
        *,
        default: Model | None = NO_DEFAULT,
        timeout: float | None = None,
        details: object = None,
    ) -> Model: ...

    def ask(
        self,
        question: str | type[BaseModel],
        *,
        choices: Sequence[str] | None = None,
        default: Any = NO_DEFAULT,
        timeout: float | None = None,
        details: object = None,
    ) -> Any:
        """Ask the users of the run, and wait for the first answer.

        ```python
        where = sprint.ask("Deploy to which stage?", choices=["test", "live"], default="test")
        ```

        The question is shown in every view of the run, and can be answered in each of them by users
        who may write to the run, which needs input until then. Ctrl-C ends the wait. Several
        threads may ask at once; of a run at most 20 questions are open. In a coroutine use
        `await sprint.aask(...)`, with the same arguments.

        In a notebook that a program executes, such as nbconvert or papermill, the default is
        returned at once. Without a default it waits for `timeout`, and not at all without one.

        Args:
            question: The text, at most 4,096 characters; or a pydantic model, whose fields become a
                form and whose docstring is the question: texts, numbers, dates, booleans, literals,
                enums, lists of texts, and models of these, whose fields become a section; at most
                30 of them.
            choices: The possible answers, at most 20 of at most 256 characters. By default
                the answer is any text.
            default: What is returned where no answer comes in time: a text, one of the choices, an
                instance of the model, or None.
            timeout: How long to wait, in seconds. By default until there is an answer.
            details: What is shown below the question, such as a change to be approved; the middle
                of more than 8,192 characters is cut out.

        Returns:
            The answer: a text, one of the choices, or an instance of the model.

        Raises:
            NoAnswerError: There is no answer in time and no default, or none can come.
            InvalidEventError: A value is out of its bounds; it names the field and the limit.
        """
        asked = AskedQuestion.of(question, choices=choices, default=default, details=details)
        return self._wait_for(asked, timeout).result()

    async def aask(
        self,
        question: str | type[BaseModel],
        *,
        choices: Sequence[str] | None = None,
        default: Any = NO_DEFAULT,  # noqa: ANN401 - as the answer
        timeout: float | None = None,  # noqa: ASYNC109 - as `ask`
        details: object = None,
    ) -> Any:  # noqa: ANN401 - as the question
        """Do the same as `ask` without blocking the event loop; cancelling ends the wait."""
        asked = AskedQuestion.of(question, choices=choices, default=default, details=details)
        return await self._wait_for(asked, timeout).in_background()

    def approve(
        self,
        question: str,
        *,
        default: bool = NO_DEFAULT,
        timeout: float | None = None,
        details: object = None,
    ) -> bool:
        """Ask the users of the run to approve something, and wait for the first answer.

        Args:
            question: The text, at most 4,096 characters.
            default: What is returned where no answer comes in time.
            timeout: As in `ask`.
            details: As in `ask`.

        Returns:
            Whether it was approved.

        Raises:
            NoAnswerError: There is no answer in time and no default, or none can come.
            InvalidEventError: A value is out of its bounds; it names the field and the limit.
        """
        asked = _approval(question, default, details)
        return bool(self._wait_for(asked, timeout).result() == APPROVE)

    async def aapprove(
        self,
        question: str,
        *,
        default: bool = NO_DEFAULT,
        timeout: float | None = None,  # noqa: ASYNC109 - as `approve`
        details: object = None,
    ) -> bool:
        """Do the same as `approve` without blocking the event loop; cancelling ends the wait."""
        asked = _approval(question, default, details)
        return bool(await self._wait_for(asked, timeout).in_background() == APPROVE)


def _approval(question: str, default: bool, details: object) -> AskedQuestion:  # noqa: FBT001 - as in `approve`
    words = default if default is NO_DEFAULT else APPROVE if default else REJECT
    return AskedQuestion.of(question, choices=(APPROVE, REJECT), default=words, details=details)


class _Wait:
    """The wait for the answer to a question, which is asked again while the model refuses it."""

    def __init__(
        self,
        inquire: Callable[[AskedQuestion, float | None], Inquiry],
        prompting: _Prompting,
        asked: AskedQuestion,
        timeout: float | None,
        *,
        is_headless: bool,
    ) -> None:
        self._inquire = inquire
        self._prompting = prompting
        self._asked = asked
        self._timeout = timeout
        self._is_headless = is_headless
        self._inquiry = inquire(asked, timeout)

    def result(self) -> Any:  # noqa: ANN401 - as the question
        """Return the answer, or the default.

        Raises:
            NoAnswerError: There is neither.
        """
        asked = self._asked
        if self._is_headless and asked.has_default:
            self._inquiry.skip()
            return asked.default
        if self._is_headless and self._timeout is None:
            reason = "a program executes this notebook: give a default or a timeout"
            raise NoAnswerError(asked.fields["message"], reason)
        try:
            return self._wait()
        except NoAnswerError as error:
            if asked.has_default and error.is_late:
                return asked.default
            raise

    def _wait(self) -> Any:  # noqa: ANN401 - as the question
        end = None if self._timeout is None else time.monotonic() + self._timeout
        asked = self._asked
        while True:
            with self._prompting(asked.fields, self._inquiry.answer) as note:
                value = self._inquiry.wait(has_default=self._asked.has_default)
                note(value)
            try:
                return self._asked.read(value)
            except ValidationError as error:
                left = None if end is None else max(0.0, end - time.monotonic())
                asked = self._asked.again(error)
                self._inquiry = self._inquire(asked, left)

    async def in_background(self) -> Any:  # noqa: ANN401 - as the question
        """Do the same as `result` in a thread; cancelling ends the wait."""
        try:
            return await in_thread(self.result)
        except asyncio.CancelledError:
            self._inquiry.cancel()
            raise
