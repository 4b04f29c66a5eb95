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
        before = log.found_before if query else log.before
        if before is None or view.is_loading or self._has_failed or log.is_full:
            return
        if not view.pane.is_near_top:
            if view.pane.is_filled or (query is None and self._unseen >= MAX_UNSEEN):
                return
            self._unseen += 1
        view.is_loading = True
        name, chosen = view.run.sprint_id, log.filter

        def work() -> dict[str, Any] | None:
            return self._server.page(name, limit=PAGE_EVENTS, before=before, query=query)

        def then(page: dict[str, Any] | BaseException | None) -> None:
            view.is_loading = False
            if isinstance(page, BaseException):
                self._has_failed, view.notice = True, one_line(page)
            elif page is None or page["epoch"] != epoch or log is not view.run.log:
                pass  # another log has taken its place
            elif query is None:
                view.run.add_earlier(page)
            elif chosen == log.filter:
                view.run.add_found(page)

        self._loop.in_background(work, then)
