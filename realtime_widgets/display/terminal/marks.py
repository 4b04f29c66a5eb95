"""Marks and colours of statuses and levels in a terminal.

The colours are those that the user has chosen for the terminal, so that they can be read on a light
and on a dark one; each stands beside a mark or a word that means the same without it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["LEVEL_MARKS", "LEVEL_STYLES", "STATUS_MARKS", "TASK_MARKS"]

STATUS_MARKS: Mapping[str, tuple[str, str]] = {
    "running": ("●", "cyan"),
    "pending": ("○", "dim"),
    "needs_input": ("?", "yellow"),
    "succeeded": ("✓", "green"),
    "failed": ("✗", "red"),
    "cancelled": ("■", "yellow"),
    "lost": ("!", "yellow"),
}
"""Statuses of runs: the mark and its style."""

TASK_MARKS: Mapping[str, tuple[str, str]] = {
    "running": STATUS_MARKS["running"],
    "succeeded": STATUS_MARKS["succeeded"],
    "failed": STATUS_MARKS["failed"],
    "stopped": STATUS_MARKS["cancelled"],
}

LEVEL_STYLES: Mapping[str, str] = {
    "debug": "dim",
    "warning": "yellow",
    "error": "red",
    "critical": "bold red",
}

LEVEL_MARKS: Mapping[str, str] = {"debug": "·", "warning": "▲", "error": "✗", "critical": "✗"}
"""Levels of log lines that have a mark."""
