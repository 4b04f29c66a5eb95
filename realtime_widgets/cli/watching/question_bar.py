"""The open question of a run, above the keys, and the line in which it is answered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.text import Text

from realtime_widgets.cli.watching.rows import ends, wrapped
from realtime_widgets.display.number_words import duration
from realtime_widgets.display.terminal.prompt import Prompt

if TYPE_CHECKING:
    from collections.abc import Callable

    from pydantic import JsonValue

    from realtime_widgets.protocol.questions import OpenQuestion

__all__ = ["QuestionBar"]


class QuestionBar:
    """Shows a question, and reads its answer.

    Args:
        question: The question.
        answer: Called with the answer that was typed.
    """

    def __init__(self, question: OpenQuestion, answer: Callable[[JsonValue], object]) -> None:
        self.question = question
        self._answer = answer
        self._begin()

    def _begin(self) -> None:
        fields: dict[str, Any] = self.question.model_dump()
        self._prompt = Prompt(fields, self._answer)
        self._typed: list[Text] = []

    def take(self, keys: bytes) -> None:
        """Take what was typed."""
        self._prompt.take(keys)
        self._typed += self._prompt.lines()

    def refuse(self) -> None:
        """The server has refused the answer: it is typed again."""
        self._begin()

    def rows(
        self, width: int, most: int, now: float, *, is_answering: bool, more: int
    ) -> list[Text]:
        """Return the question with its choices, and the line that is typed or how to begin it.

        Args:
            width: Columns.
            most: The largest number of rows, at least 2.
            now: The time, in seconds since 1970.
            is_answering: Whether it is typed.
            more: How many other questions are open.
        """
        heading = wrapped(self._prompt.heading(), width, max(most - 1 - len(self._typed), 1))
        if is_answering:
            last = self._prompt.live()
            last.truncate(width, overflow="ellipsis")
        else:
            last = ends(
                Text.assemble(("  a ", "bold"), ("answer", "dim")), self._about(now, more), width
            )
        return [*heading, *self._typed[-(most - 2) :], last]

    def _about(self, now: float, more: int) -> Text:
        words = []
        if self.question.expires is not None:
            words.append(f"expires in {duration(max(self.question.expires - now, 0))}")
        if more:
            words.append(f"{more} more open")
        return Text(" · ".join(words), "dim")
