"""The whole log of a run as a file, made page by page while it is sent (protocol 10.2)."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Literal, cast, get_args

from pydantic_core import from_json

from realtime_widgets.errors import PositionLostError
from realtime_widgets.protocol.log_text import text_of
from realtime_widgets.service.api_error import bad_field, result_of, unknown_run

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping

    from realtime_widgets.hub.pagination import Page
    from realtime_widgets.protocol.position import Bounds
    from realtime_widgets.service.service import Service

__all__ = ["LogDownload", "begin_download"]

PAGE_EVENTS = 500
"""Most events that are in memory; their size is bounded as that of any page."""

Format = Literal["text", "ndjson"]


class LogDownload:
    """The events of a run that were stored when the download began.

    Args:
        service: Where the run is.
        sprint_id: The run.
        kind: `text`: log lines and statuses as text; `ndjson`: all events, one JSON object a line.
        bounds: What the log held when it began.
    """

    def __init__(self, service: Service, sprint_id: str, kind: Format, bounds: Bounds) -> None:
        self.kind = kind
        self._service = service
        self._sprint_id = sprint_id
        self._bounds = bounds

    @property
    def file_name(self) -> str:
        """The name of the file; the id of a run has only characters that are safe in one."""
        return f"{self._sprint_id}.{'log' if self.kind == 'text' else 'ndjson'}"

    async def pieces(self) -> AsyncGenerator[bytes]:
        """Yield the file in pieces of at most about 1 MiB.

        Raises:
            PositionLostError: The run was deleted, or another log has taken its place.
            ApiError: It cannot be read.
        """
        after: int | None = 0
        while after is not None and after < self._bounds.head:
            limit = min(PAGE_EVENTS, self._bounds.head - after)
            async with self._service.pages:
                hub = self._service.hub
                page = await result_of(
                    hub, hub.logs.page(self._sprint_id, after=after, limit=limit)
                )
                if page.bounds.epoch != self._bounds.epoch:
                    raise PositionLostError(self._sprint_id, "epoch")
                piece = await asyncio.to_thread(self._piece_of, page)
            after = page.next
            yield piece

    def _piece_of(self, page: Page) -> bytes:
        if self.kind == "ndjson":
            return b"".join([event + b"\n" for event in page.events])
        return "".join([text_of(from_json(event)) for event in page.events]).encode()


async def begin_download(
    service: Service, sprint_id: str, arguments: Mapping[str, str]
) -> LogDownload:
    """Return the log of a run as a file.

    Args:
        service: Where the run is.
        sprint_id: The run.
        arguments: As in the query (protocol 10.2).

    Raises:
        ApiError: An argument breaks its rule, nothing was published to the run, or it cannot be
            read.
    """
    kind = arguments.get("format", "text")
    if kind not in get_args(Format):
        raise bad_field("format is text or ndjson", "format")
    bounds = await result_of(service.hub, service.hub.logs.position(sprint_id))
    if bounds.epoch is None:
        raise unknown_run(sprint_id)
    return LogDownload(service, sprint_id, cast("Format", kind), bounds)
