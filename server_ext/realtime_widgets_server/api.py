"""The REST routes (protocol 10): tornado around the answers of `realtime_widgets.service`."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from http import HTTPStatus
from typing import TYPE_CHECKING, cast

from jupyter_server.base.handlers import APIHandler
from tornado import web
from tornado.iostream import StreamClosedError

from realtime_widgets.errors import PositionLostError
from realtime_widgets.service import ApiError, routes
from realtime_widgets.service.api_error import bad_field
from realtime_widgets_server.bounded_body import BoundedBody
from realtime_widgets_server.identity import USER_CHARACTERS, RealtimeHandler

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping, Sequence

    from tornado.http1connection import HTTP1Connection

    from realtime_widgets.hub.pagination import Origin
    from realtime_widgets_server.context import Context

__all__ = ["Api"]


@web.stream_request_body
class Api(RealtimeHandler, BoundedBody):
    """A REST route; answers JSON, and errors as JSON with a code."""

    # A list or a notebook that is left open sends requests from time to time, which is no work: it
    # must not keep an idle server from being stopped. Active runs do that themselves.
    _track_activity = False

    _is_left = False
    """Whether the client has closed the connection."""

    def initialize(  # type: ignore[override]  # tornado passes what is registered with the route
        self, context: Context, methods: Mapping[str, routes.Route]
    ) -> None:
        """Take the collaborators, and what is done for each method of this path."""
        super().initialize(context)
        self._methods = methods

    @property
    def open_to_programs(self) -> frozenset[str]:  # type: ignore[override]  # by the route
        """The methods that are allowed with a publish token."""
        return frozenset(
            name for name, route in self._methods.items() if name == "GET" or route.for_programs
        )

    @property
    def max_body_bytes(self) -> int:
        """Most bytes of the body."""
        return self._route_bytes or self.hub.limits.message_bytes

    @property
    def body_needs_user(self) -> bool:
        """Whether the body is received from users only: it may be larger than a message."""
        return self._route_bytes is not None

    @property
    def _route_bytes(self) -> int | None:
        route = self._methods.get(self.request.method or "")
        return route.body_bytes if route else None

    async def _read_body(self) -> bytes:
        return bytes(self.body)

    def decode_argument(self, value: bytes, name: str | None = None) -> str:
        """Decode a part of the address, or end the request."""
        try:
            return super().decode_argument(value, name)
        except web.HTTPError:
            answer = routes.refusal(bad_field("a part of the URL is not UTF-8", name))
            self.set_status(answer.status)
            raise web.Finish(answer.body) from None

    def write_error(self, status_code: int, **kwargs: object) -> None:
        """Answer as Jupyter's own API does."""
        APIHandler.write_error(self, status_code, **kwargs)

    def compute_etag(self) -> None:
        """Make none: pages have theirs already."""

    @web.authenticated
    async def get(self, sprint_id: str = "", item: str = "") -> None:
        """Answer."""
        await self._answer(sprint_id, item)

    @web.authenticated
    async def post(self, sprint_id: str = "", item: str = "") -> None:
        """Answer."""
        await self._answer(sprint_id, item)

    @web.authenticated
    async def put(self, sprint_id: str = "", item: str = "") -> None:
        """Answer."""
        await self._answer(sprint_id, item)

    @web.authenticated
    async def delete(self, sprint_id: str = "", item: str = "") -> None:
        """Answer."""
        await self._answer(sprint_id, item)

    async def _answer(self, sprint_id: str, item: str) -> None:
        route = self._methods.get(self.request.method or "")
        if route is None:
            raise web.HTTPError(HTTPStatus.METHOD_NOT_ALLOWED)
        if not await self.may(route.action or "read"):
            raise web.HTTPError(HTTPStatus.FORBIDDEN)
        async with routes.answering(
            self.context.service, route, await self._request(sprint_id, item)
        ) as answer:
            self.set_status(answer.status)
            for name, value in answer.headers.items():
                self.set_header(name, value)
            if answer.pieces is None:
                await self._send(answer.body, answer.headers.get("Content-Type", routes.JSON))
            else:
                await self._send_pieces(answer.pieces)

    async def _request(self, sprint_id: str, item: str) -> routes.Request:
        headers, names = self.request.headers, self.request.query_arguments
        return routes.Request(
            sprint_id=sprint_id,
            item=item,
            arguments={name: self.get_query_argument(name, strip=False) for name in names},
            header=lambda name: headers.get(name, ""),
            holder=await self.holder(),
            bearer=self.current_user.username,
            read_body=self._read_body,
            user=self.current_user.name[:USER_CHARACTERS],
            find_notebooks=self._find_notebooks,
        )

    async def _find_notebooks(self, origins: Sequence[Origin]) -> Mapping[str, str | None]:
        return (
            await self.context.notebooks.moved(origins) if await self.may_find_notebooks() else {}
        )

    async def _send(self, body: bytes, content_type: str) -> None:
        """Send an answer, and wait until the client has received it, or is disconnected."""
        try:
            async with asyncio.timeout(routes.RECEIVE_S):
                await self.finish(body or None, set_content_type=content_type)
        except TimeoutError:
            self._disconnect()
        except StreamClosedError:
            pass  # the client left

    async def _send_pieces(self, pieces: AsyncGenerator[bytes]) -> None:
        """Send pieces, each when the client has received the one before, and end the answer.

        It ends early where the client leaves, or is disconnected because it is too slow.
        """
        try:
            async with aclosing(pieces):
                async for piece in pieces:
                    for start in range(0, len(piece), routes.PIECE_BYTES):
                        self.write(piece[start : start + routes.PIECE_BYTES])
                        async with asyncio.timeout(routes.RECEIVE_S):
                            await self.flush()
                    if self._is_left:
                        return
        except (TimeoutError, ApiError, PositionLostError):
            self._disconnect()
        except StreamClosedError:
            pass  # the client left
        else:
            self.finish()

    def on_connection_close(self) -> None:
        """End the answer with the piece that is made now."""
        self._is_left = True
        super().on_connection_close()

    def _disconnect(self) -> None:
        cast("HTTP1Connection", self.request.connection).close()
