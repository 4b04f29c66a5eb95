"""What a status is called and which colours there are, as in the live view.

`tests/vectors/words.json` holds both sides to the names, and `tests/display/test_look.py` holds the
colours to the light theme of `frontend/src/ui/theme.css`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from realtime_widgets.protocol.agents.entry import NodeState
    from realtime_widgets.protocol.events import LostCause, Status

__all__ = ["LEVEL_TONES", "STATE_WORDS", "STATUS_TONES", "TONES", "status_name"]

TONES = {
    "accent": "#1976d2",
    "success": "#388e3c",
    "warning": "#d9730d",
    "error": "#d32f2f",
    "fg-quiet": "#59636e",
}
"""Colours by their names in the theme; each has enough contrast on white and on black."""

STATUS_TONES: dict[Status, str] = {
    "pending": TONES["fg-quiet"],
    "running": TONES["accent"],
    "needs_input": TONES["warning"],
    "succeeded": TONES["success"],
    "failed": TONES["error"],
    "cancelled": TONES["fg-quiet"],
    "lost": TONES["warning"],
}

LEVEL_TONES = {
    "warning": TONES["warning"],
    "error": TONES["error"],
    "critical": TONES["error"],
}
"""Levels of log lines that have a colour."""

STATE_WORDS: dict[NodeState, str] = {
    "open": "under way",
    "running": "no result yet",
    "answered": "answered",
    "done": "done",
    "failed": "failed",
    "cancelled": "cancelled",
    "suspended": "waits for an answer",
    "unanswered": "no result",
    "unfinished": "not finished",
}
"""The state of what an agent does, in words."""

_STATUS_NAMES: dict[Status, str] = {
    "pending": "Pending",
    "running": "Running",
    "needs_input": "Needs input",
    "succeeded": "Succeeded",
    "failed": "Failed",
    "cancelled": "Cancelled",
    "lost": "Lost contact",
}


def status_name(status: Status, cause: LostCause | None) -> str:
    """Return the name of a status; with a known cause, not only the contact is lost."""
    return "Lost" if status == "lost" and cause is not None else _STATUS_NAMES[status]
