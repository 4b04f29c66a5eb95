"""`GET sprints/{id}/search`: a search whose answer is sent while it runs (protocol 10.1)."""

from __future__ import annotations

from jupyter_server.auth.decorator import authorized
from tornado import web

from realtime_widgets.service.search import begin_search
from realtime_widgets_server.api import NDJSON
from realtime_widgets_server.streaming import Streamed

__all__ = ["SprintSearch"]


class SprintSearch(Streamed):
    """Searches the log lines of a run."""

    open_to_programs = frozenset({"GET"})

    @web.authenticated
    @authorized
    async def get(self, sprint_id: str) -> None:
        """Answer with NDJSON: what was found and how far the search is, line by line."""
        await self.service.started()
        with self.api_errors():
            async with self.service.search_slots.slot(await self.holder()):
                answer = await begin_search(self.service, sprint_id, self.texts())
                await self.stream(answer.lines(), NDJSON)
