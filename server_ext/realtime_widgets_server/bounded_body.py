"""Handlers whose requests have a bounded body."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, cast

from jupyter_server.base.handlers import APIHandler
from tornado import web

from realtime_widgets.service import routes
from realtime_widgets.service.api_error import body_too_large

if TYPE_CHECKING:
    from tornado.http1connection import HTTP1Connection

__all__ = ["BoundedBody"]


class BoundedBody(APIHandler):
    """Base of handlers that are decorated with `tornado.web.stream_request_body`."""

    @property
    def max_body_bytes(self) -> int:
        """Most bytes of the body."""
        raise NotImplementedError

    @property
    def body_needs_user(self) -> bool:
        """Whether a body is received only after the user of the request was found."""
        return False

    async def prepare(self) -> None:  # type: ignore[override]  # as its base class overrides its own
        """Give a page the cookie that its next POST needs; one of Voila's comes without."""
        self._limit_body()
        self.body = bytearray()
        await super().prepare()
        if self.body_needs_user and self.current_user is None:
            raise web.HTTPError(HTTPStatus.FORBIDDEN)
        if not self.token_authenticated:
            self.xsrf_token  # noqa: B018 - reading it sets the cookie

    def _limit_body(self) -> None:
        """Refuse a body that is too large before it is received, and end one that turns out so."""
        cast("HTTP1Connection", self.request.connection).set_max_body_size(self.max_body_bytes)
        length = self.request.headers.get("Content-Length", "0")
        if length.isdecimal() and int(length) > self.max_body_bytes:
            answer = routes.refusal(body_too_large(self.max_body_bytes))
            self.set_status(answer.status)
            raise web.Finish(answer.body)

    def data_received(self, chunk: bytes) -> None:
        """Keep a part of the body."""
        self.body += chunk
