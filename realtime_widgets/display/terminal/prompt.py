"""A question in the terminal: its words, and the row in which its answer is typed."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from rich.text import Text

from realtime_widgets.display.terminal.plain import one_line, plain_lines
from realtime_widgets.display.terminal.typed import answer_of, items_of
from realtime_widgets.display.terminal.typed_line import TypedLine
from realtime_widgets.errors import InvalidEventError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pydantic import JsonValue

__all__ = ["Prompt", "shown_value"]

SHOWN = 60
"""Characters of the typed line that are shown, the last ones."""


class Prompt:
    """Reads the answer to one question, for which it has a row of the screen.

    Args:
        question: The fields of the question's event.
        answer: Called with the answer that was typed.
    """

    def __init__(self, question: Mapping[str, Any], answer: Callable[[JsonValue], object]) -> None:
        self._question = question
        self._answer = answer
        self._items = items_of(question)
        self._values: dict[tuple[str, ...], JsonValue] = {}
        self._line = TypedLine()
        self._typed: list[Text] = []
        self._problem = ""
        self._end_words = "no answer"
        self.is_over = threading.Event()
        """Set when the question is not open any more."""
        self.is_removed = threading.Event()
        """Set when the terminal is as before."""

    def heading(self) -> Text:
        """Return the question, which stays above the row."""
        text = Text.assemble(("? ", "yellow"), (_words(self._question["message"]), "bold"))
        if details := self._question.get("details"):
            text.append("".join(f"\n  {line}" for line in plain_lines(details)), "dim")
        for index, choice in enumerate(self._question.get("choices") or (), 1):
            text.append(f"\n  {index}  {_words(choice)}")
        return text

    def take(self, keys: bytes) -> None:
        """Take what was typed."""
        for line in self._line.take(keys):
            if not self._items:
                return
            self._read(line)

    def _read(self, line: str) -> None:
        item = self._items[0]
        try:
            value = item.read(line)
        except InvalidEventError as error:
            self._problem = error.reason
            return
        except ValueError as error:
            self._problem = str(error)
            return
        self._problem = ""
        if value is not None:
            self._values[item.path] = value
        if item.path:
            self._typed.append(
                Text.assemble((f"  {_words(item.label)}  ", "dim"), shown_value(value))
            )
        del self._items[0]
        if not self._items:
            self._answer(answer_of(self._values))

    def note(self, value: JsonValue) -> None:
        """Take the answer that counts, typed here or given elsewhere."""
        self._end_words = shown_value(value)

    # As a row of the screen.

    def lines(self) -> list[Text]:
        """Return the fields of a form that were typed since the last call."""
        typed, self._typed = self._typed, []
        return typed

    def live(self) -> Text:
        """Return the row in which is typed."""
        if not self._items:
            return Text("> sending…", "dim")
        item = self._items[0]
        about = [_words(item.label)] if item.path else []
        if item.path and item.options is not None:
            about.append(f"({', '.join(map(one_line, item.options))})")
        if item.default is not None:
            about.append(f"[{shown_value(item.default)}]")
        row = Text.assemble((" ".join(about), "dim"), ("> ", "yellow"))
        row.append(f"{self._line.text[-SHOWN:]}▏")
        if self._problem:
            row.append(f"  {self._problem}", "red")
        row.no_wrap, row.overflow = True, "ellipsis"
        return row

    def end(self) -> Text:
        """Return the line that stays below the question."""
        return Text.assemble(("> ", "yellow"), self._end_words)


def _words(text: object) -> str:
    return "\n".join(plain_lines(text))


def shown_value(value: JsonValue) -> str:
    """Return a value as one line: of a form, its fields; of a list, its texts."""
    match value:
        case None:
            return "-"
        case bool():
            return "yes" if value else "no"
        case dict():
            return ", ".join(f"{_words(name)}: {shown_value(one)}" for name, one in value.items())
        case list():
            return ", ".join(shown_value(one) for one in value)
        case _:
            return one_line(value)
