"""Log events and statuses as lines of plain text (protocol 10.2)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from realtime_widgets.protocol.terminal_text import lines_of

__all__ = ["text_of"]


def text_of(event: dict[str, Any]) -> str:
    """Return a log event, or a status, as lines of text, each with its line break.

    Controls and colours of a terminal are not in it. Of other events it is "".

    Args:
        event: A flat event, with its `timestamp`.
    """
    match event["type"]:
        case "log":
            level = str(event.get("level", "info")).upper()
            parts = [_time_of(event), level, event.get("source"), _shown(event["message"])]
        case "status_update":
            message = event.get("message")
            parts = [_time_of(event), "STATUS", event["status"], message and _shown(message)]
        case _:
            return ""
    return " ".join(filter(None, parts)) + "\n"


def _shown(text: str) -> str:
    return "\n".join(lines_of(text))


def _time_of(event: dict[str, Any]) -> str:
    """Return when it was made, or else when it was stored, in UTC with milliseconds."""
    try:
        made = datetime.fromtimestamp(event["time"], UTC)
    except (KeyError, TypeError, ValueError, OverflowError, OSError):
        return str(event["timestamp"])
    return made.isoformat(timespec="milliseconds").replace("+00:00", "Z")
