"""`GET sprints/{id}/search`: a search whose answer is sent while it runs (protocol 10)."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import TYPE_CHECKING

from jupyter_server.auth.decorator import authorized
from tornado import web
from tornado.iostream import StreamClosedError

from realtime_widgets.service.search import begin_search
from realtime_widgets_server import api

if TYPE_CHECKING:
    from realtime_widgets.service.search import SearchAnswer

__all__ = ["SprintSearch"]


class SprintSearch(api.Api):
    """Searches the log lines of a run."""

    open_to_programs = frozenset({"GET"})

    _is_left = False
    """Whether the client has closed the connection."""

    @web.authenticated
    @authorized
    async def get(self, sprint_id: str) -> None:
        """Answer with NDJSON: what was found and how far the search is, line by line."""
        await self.service.started()
        with self.api_errors():
            async with self.service.search_slots.slot(await self.holder()):
                answer = await begin_search(self.service, sprint_id, self.texts())
                await self._send(answer)

    async def _send(self, answer: SearchAnswer) -> None:
        self.set_header("Content-Type", api.NDJSON)
        self.set_header("Cache-Control", "no-store")
        self.set_header("X-Accel-Buffering", "no")  # nginx would keep lines back
        try:
            async with aclosing(answer.lines()) as lines:
                async for line in lines:
                    if self._is_left:
                        return
                    if line:
                        self.write(line)
                        async with asyncio.timeout(api.RECEIVE_S):
                            await self.flush()
        except TimeoutError:
            self.disconnect()
        except StreamClosedError:
            pass  # the client left
        else:
            self.finish(set_content_type=api.NDJSON)

    def on_connection_close(self) -> None:
        """End the search with the page that is searched now."""
        self._is_left = True
        super().on_connection_close()
