"""Notices that files of the server are renamed or deleted, which may be the notebooks of runs.

The contents manager reports it as an event of Jupyter Server. Lists of runs are then read again,
which finds where notebooks are now (`notebooks.py`). Files that are moved by other programs are
found the next time that a list is read.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from jupyter_events import EventLogger

__all__ = ["CONTENTS_EVENTS", "NotebookMoves"]

CONTENTS_EVENTS = "https://events.jupyter.org/jupyter_server/contents_service/v1"

DELAY_S = 1.0
"""A front end that renames an open notebook changes its session just after that."""

PAUSE_S = 10.0
"""Between two reports, as each makes all lists of runs be read again."""


class NotebookMoves:
    """Reports renamed and deleted files, a while after the first of them.

    Args:
        on_moves: Called for the report.
    """

    def __init__(self, on_moves: Callable[[], None]) -> None:
        self._on_moves = on_moves
        self._timer: asyncio.TimerHandle | None = None
        self._reported_at = float("-inf")

    def listen(self, events: EventLogger) -> None:
        """Listen to the events of a server."""
        events.add_listener(schema_id=CONTENTS_EVENTS, listener=self.on_event)

    async def on_event(self, logger: EventLogger, schema_id: str, data: Mapping[str, Any]) -> None:  # noqa: ARG002 - the signature of listeners
        """Take an event of the contents manager."""
        if data.get("action") not in {"rename", "delete"} or self._timer is not None:
            return
        loop = asyncio.get_running_loop()
        due = max(loop.time() + DELAY_S, self._reported_at + PAUSE_S)
        self._timer = loop.call_at(due, self._report)

    def stop(self) -> None:
        """Report nothing more of what has happened."""
        if self._timer is not None:
            self._timer.cancel()

    def _report(self) -> None:
        self._timer = None
        self._reported_at = asyncio.get_running_loop().time()
        self._on_moves()
