"""`GET sprints/{id}/download`: the whole log of a run as a file (protocol 10.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jupyter_server.auth.decorator import authorized
from tornado import web

from realtime_widgets.errors import PositionLostError
from realtime_widgets.service.api_error import ApiError
from realtime_widgets.service.download import begin_download
from realtime_widgets_server.api import NDJSON
from realtime_widgets_server.streaming import Streamed

if TYPE_CHECKING:
    from realtime_widgets.service.download import LogDownload

__all__ = ["SprintDownload"]

CONTENT_TYPES = {"text": "text/plain; charset=utf-8", "ndjson": NDJSON}


class SprintDownload(Streamed):
    """Sends the log of a run as text or as NDJSON."""

    open_to_programs = frozenset({"GET"})

    @web.authenticated
    @authorized
    async def get(self, sprint_id: str) -> None:
        """Answer with the events that are stored now, as a file to save."""
        await self.service.started()
        with self.api_errors():
            async with self.service.download_slots.slot(await self.holder()):
                download = await begin_download(self.service, sprint_id, self.texts())
                await self._send(download)

    async def _send(self, download: LogDownload) -> None:
        self.set_header("Content-Disposition", f'attachment; filename="{download.file_name}"')
        try:
            await self.stream(download.pieces(), CONTENT_TYPES[download.kind])
        except (ApiError, PositionLostError):
            # Closed without the end of the answer, so that a part of the log is taken for no whole.
            self.disconnect()
