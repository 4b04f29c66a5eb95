"""Text of a run as a terminal may show it: no control sequence, and no hidden character."""

from __future__ import annotations

from realtime_widgets.display.hidden_text import mark_hidden
from realtime_widgets.protocol.terminal_text import lines_of

__all__ = ["one_line", "plain_lines"]

TAB = 4


def plain_lines(text: object) -> list[str]:
    """Return the lines of a text, with marks for what cannot be seen in them."""
    return [mark_hidden(line).expandtabs(TAB) for line in lines_of(str(text))]


def one_line(text: object) -> str:
    """Return the same as one line."""
    return " ".join(plain_lines(text))
