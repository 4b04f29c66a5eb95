"""The newest line of the log that a state has, for lists of runs."""

from __future__ import annotations

from realtime_widgets.protocol.events import Level
from realtime_widgets.protocol.state_part import StatePart
from realtime_widgets.protocol.terminal_text import lines_of

__all__ = ["LastLine", "last_line_of", "newest_part"]

MAX_LINE = 300
"""Characters of the line that are kept."""

MAX_READ = 2_000
"""Characters at the end of a message that are read."""


class LastLine(StatePart):
    """The newest line of the log."""

    level: Level
    text: str
    """As a view shows it, without colours, and cut."""


def newest_part(message: str) -> str:
    """Return the end of a log message, which has its last line; "" where no line is shown."""
    end = message[-MAX_READ:]
    text = end.rstrip()
    if text.rpartition("\n")[2].isprintable():  # as most are, and then it is shown as it is
        return end if text else ""
    return end if last_line_of(end) else ""


def last_line_of(message: str) -> str:
    """Return the last line of a log message that is not blank, as it is shown; "" for none."""
    for line in reversed(lines_of(message[-MAX_READ:])):
        text = line.strip()
        if text:
            return text[:MAX_LINE]
    return ""
