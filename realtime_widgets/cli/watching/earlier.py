"""Loads what is before the loaded part of a log, page by page, where it would be visible."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from realtime_widgets.cli.watching.feed import PAGE_EVENTS
from realtime_widgets.display.terminal.plain import one_line

if TYPE_CHECKING:
    from realtime_widgets.cli.watching.loop import Loop
    from realtime_widgets.cli.watching.view import View
    from realtime_widgets.client.server import Server

__all__ = ["Earlier"]

MAX_UNSEEN = 4
"""Pages that are loaded for a pane that is not filled; of a run with few lines they bring none."""


class Earlier:
    """Requests one page at a time.

    Args:
        server: The server.
        view: What is shown.
        loop: Runs the requests.
    """

    def __init__(self, server: Server, view: View, loop: Loop) -> None:
        self._server = server
        self._view = view
        self._loop = loop
        self._unseen = 0
        self._has_failed = False

    def retry(self) -> None:
        """Request a page again after one has failed: a key was pressed."""
        self._has_failed = False

    def load(self, epoch: str | None) -> None:
        """Request the page that is missing, if one is.

        Args:
            epoch: Which log is shown.
        """
        view, log = self._view, self._view.run.log
        query = log.filter.query if view.focus == "log" else None
        before = log.earlier_end(query)
        if before is None or view.is_loading or self._has_failed or log.is_full:
            return
        if not view.pane.is_near_top:
            if view.pane.is_filled or (query is None and self._unseen >= MAX_UNSEEN):
                return
            self._unseen += 1
        view.is_loading = True
        name, chosen = view.run.sprint_id, log.filter

        def is_current() -> bool:
            """Whether neither the log, the filter nor what the page precedes is another one."""
            is_same = log is view.run.log and log.earlier_end(query) == before
            return is_same and (query is None or log.filter == chosen)

        def work() -> dict[str, Any] | None:
            return self._server.page(name, limit=PAGE_EVENTS, before=before, query=query)

        def then(page: dict[str, Any] | BaseException | None) -> None:
            view.is_loading = False
            if isinstance(page, BaseException):
                self._has_failed, view.notice = True, one_line(page)
            elif page and page["epoch"] == epoch and is_current():
                (view.run.add_earlier if query is None else view.run.add_found)(page)

        self._loop.in_background(work, then)
