"""Lets a question be answered in the terminal of a script, beside the views of its run."""

from __future__ import annotations

import contextlib
import os
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from pydantic import JsonValue

__all__ = ["can_be_asked", "prompting"]


def can_be_asked() -> bool:
    """Return whether the terminal of this process can be read: on POSIX, in the foreground."""
    try:
        import termios  # noqa: F401 - Windows has none
    except ImportError:
        return False
    try:
        keys = sys.stdin.fileno()
        return os.isatty(keys) and os.tcgetpgrp(keys) == os.getpgrp()
    except (AttributeError, OSError, ValueError):
        return False


@contextlib.contextmanager
def prompting(
    question: Mapping[str, Any], answer: Callable[[JsonValue], object]
) -> Iterator[Callable[[JsonValue], object]]:
    """Prompt in the block, which waits for the answer.

    Args:
        question: The fields of the question's event.
        answer: Called with the answer that was typed, in another thread.

    Yields:
        A function that takes the answer that counts, before the end of the block.
    """
    from realtime_widgets.display.terminal.keyboard import keyboard
    from realtime_widgets.display.terminal.prompt import Prompt

    prompt = Prompt(question, answer)
    keyboard().open(prompt)
    try:
        yield prompt.note
    finally:
        keyboard().close(prompt)
