"""The HTTP routes (protocol 10) and the pages: ASGI around `realtime_widgets.service`."""

from __future__ import annotations

import asyncio
import hashlib
import time
from contextlib import aclosing
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from realtime_widgets.errors import InvalidSprintIdError, PositionLostError
from realtime_widgets.protocol.codes import ErrorCode, HttpCode
from realtime_widgets.protocol.ids import check_sprint_id
from realtime_widgets.service import ApiError, Holder, routes
from realtime_widgets.service.api_error import bad_sprint_id, body_too_large
from realtime_widgets.service.pages import ASSETS, Page, read_asset

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable

    from realtime_widgets.asgi.identity import Identity
    from realtime_widgets.asgi.request import Connection, Receive, Send
    from realtime_widgets.service import Service

__all__ = ["Http", "refuse"]

_ID = "{id}"
_ITEM = "{item}"

RECHECK_S = 30.0
"""How often the user of an answer that is made while it is sent is checked again, in seconds."""


class _Found(NamedTuple):
    """The route of a path."""

    path: str
    sprint_id: str
    item: str = ""


@dataclass(frozen=True, slots=True)
class Http:
    """Answers the requests of one app.

    Attributes:
        service: The channels.
        identity: Finds the user.
    """

    service: Service
    identity: Identity

    async def answer(self, request: Connection, receive: Receive, send: Send) -> None:
        """Answer a request."""
        path, method = request.path, str(request.scope["method"])
        try:
            if path.startswith("api/"):
                await self._answer_api(request, path.removeprefix("api/"), method, receive, send)
            elif method != "GET":
                raise ApiError(405, HttpCode.METHOD_NOT_ALLOWED, f"this path has no {method}")  # noqa: TRY301 - as those of the functions
            elif path.startswith("static/"):
                await _send(send, _asset(request, path.removeprefix("static/")))
            else:
                await self._answer_page(request, path, send)
        except ApiError as error:
            await refuse(send, error)

    # The pages.

    async def _answer_page(self, request: Connection, path: str, send: Send) -> None:
        found = _find(path)
        page = Page(
            up=("../" if request.is_prefixed else "./") + "../" * path.count("/"),
            is_shared=self.service.sharing is not None,
        )
        error: ApiError | None = ApiError(404, HttpCode.NOT_FOUND, "there is no such page")
        if path in {"", "compare"}:
            error = await self._page_error(request, None)
        elif found is not None and found.path == "sprints/{id}":
            error = await self._page_error(request, found.sprint_id)
        name = found.sprint_id if found is not None else ""
        title = name or ("Comparison" if path == "compare" else "Runs")
        if error is None:
            body = page.show(title)
        elif error.code == HttpCode.NOT_SHARED:
            page = replace(page, has_form=True)
            is_requested = "requested" in request.query_params
            body = page.offer_access(name, str(error), is_requested=is_requested)
        else:
            body = page.explain(error.status)
        status = 200 if error is None else error.status
        await _send(send, routes.Answer(status=status, body=body, headers=page.headers))

    async def _page_error(self, request: Connection, sprint_id: str | None) -> ApiError | None:
        """Return why a page is not shown, None where it is."""
        try:
            if sprint_id is not None:
                check_sprint_id(sprint_id)
            await self.identity.require(request, "read", sprint_id)
        except InvalidSprintIdError as error:
            return bad_sprint_id(error)
        except ApiError as error:
            return error
        return None

    # The REST routes.

    async def _answer_api(
        self, request: Connection, path: str, method: str, receive: Receive, send: Send
    ) -> None:
        found = _find(path)
        methods = routes.ROUTES.get(found.path) if found is not None else None
        if found is None or methods is None:
            raise ApiError(404, HttpCode.NOT_FOUND, "there is no such route")
        if method not in methods:
            words = f"this route has {' and '.join(methods)}"
            raise ApiError(405, HttpCode.METHOD_NOT_ALLOWED, words)
        route = methods[method]
        if method != "GET":
            self.identity.origins.check(request)
        if found.path == "health" and await self.identity.user(request) is None:
            body = b'{"status":"ok"}'  # a probe has no login
            await _send(send, routes.Answer(body=body, headers={"Content-Type": routes.JSON}))
            return
        user = await self.identity.require(request, route.action, found.sprint_id or None)
        bearer = await self.identity.bearer(user, found.sprint_id or None)
        details = routes.Request(
            sprint_id=found.sprint_id,
            item=found.item,
            arguments=request.query_params,
            header=lambda name: request.headers.get(name.lower(), ""),
            holder=Holder(user.name, is_page=False),
            bearer=bearer,
            read_body=partial(
                _read_body, receive, route.body_bytes or self.service.hub.limits.message_bytes
            ),
            user=user.shown_name,
            may_list=bearer.may_list,
            person=user.person,
        )
        async with routes.answering(self.service, route, details) as answer:
            if answer.pieces is None:
                await _send(send, answer)
            else:
                still_may = partial(self._still_may, request, route.action, found.sprint_id or None)
                await _send_pieces(receive, send, answer, answer.pieces, still_may)

    async def _still_may(
        self, request: Connection, action: routes.Action | None, sprint_id: str | None
    ) -> bool:
        try:
            await self.identity.require(request, action, sprint_id)
        except ApiError:
            return False
        return True


async def refuse(send: Send, error: ApiError) -> None:
    """Answer a request with an error."""
    await _send(send, routes.refusal(error))


def _find(path: str) -> _Found | None:
    """Return the route of a path, None where its second part can be no name of a run."""
    first, _, rest = path.partition("/")
    if first != "sprints" or not rest:
        return _Found(path, "")
    sprint_id, slash, rest = rest.partition("/")
    if not sprint_id:
        return None
    item = ""
    if rest.startswith("blobs/"):
        rest, _, item = rest.partition("/")
        rest = f"{rest}/{_ITEM}"
    return _Found(f"{first}/{_ID}{slash}{rest}", sprint_id, item)


def _asset(request: Connection, name: str) -> routes.Answer:
    content = read_asset(name)
    if content is None:
        raise ApiError(404, HttpCode.NOT_FOUND, "there is no such file")
    tag = f'"{hashlib.sha1(content, usedforsecurity=False).hexdigest()}"'
    is_known = request.headers.get("if-none-match") == tag
    return routes.Answer(
        status=304 if is_known else 200,
        body=b"" if is_known else content,
        headers={
            "Content-Type": ASSETS[name],
            "Cache-Control": "no-cache",
            "Etag": tag,
        },
    )


async def _start(send: Send, answer: routes.Answer, *, length: int | None) -> None:
    named = {"X-Content-Type-Options": "nosniff", **answer.headers}
    if length is not None:
        named["Content-Length"] = str(length)
    headers = [(name.lower().encode(), text.encode()) for name, text in named.items()]
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})


async def _send(send: Send, answer: routes.Answer) -> None:
    """Send an answer; one that a client does not receive in time stays without its end."""
    has_body = answer.status not in {204, 304}
    await _start(send, answer, length=len(answer.body) if has_body else None)
    try:
        await _send_body(send, answer.body)
    except TimeoutError:
        return
    await send({"type": "http.response.body", "body": b""})


async def _send_body(send: Send, body: bytes) -> None:
    """Send a part of an answer, piece by piece, each when the one before is in the socket.

    Raises:
        TimeoutError: The client has not received a piece in time.
    """
    for start in range(0, len(body), routes.PIECE_BYTES):
        piece = body[start : start + routes.PIECE_BYTES]
        async with asyncio.timeout(routes.RECEIVE_S):
            await send({"type": "http.response.body", "body": piece, "more_body": True})


async def _send_pieces(
    receive: Receive,
    send: Send,
    answer: routes.Answer,
    pieces: AsyncGenerator[bytes],
    still_may: Callable[[], Awaitable[bool]],
) -> None:
    """Send an answer that is made while it is sent.

    It ends early where the client leaves or is too slow, or the user may not have it any more.
    """
    check_at = time.monotonic() + RECHECK_S
    leaving = asyncio.create_task(_until_left(receive), name="wait until the client leaves")
    try:
        await _start(send, answer, length=None)
        async with aclosing(pieces):
            async for piece in pieces:
                if time.monotonic() >= check_at:
                    check_at = time.monotonic() + RECHECK_S
                    if not await still_may():
                        return
                await _send_body(send, piece)
                if leaving.done():
                    return
    except (TimeoutError, ApiError, PositionLostError):
        return  # without its end, so that a part is not taken for the whole
    finally:
        leaving.cancel()
        await asyncio.wait([leaving])
    await send({"type": "http.response.body", "body": b""})


async def _read_body(receive: Receive, most: int) -> bytes:
    """Read the body of a request.

    Raises:
        ApiError: It has more than `most` bytes, or the client is gone.
    """
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ApiError(400, ErrorCode.BAD_FIELD, "the body of the request has no end", "body")
        body += message.get("body", b"")
        if len(body) > most:
            raise body_too_large(most)
        if not message.get("more_body"):
            return bytes(body)


async def _until_left(receive: Receive) -> None:
    """Discard the body of the request, and wait until the client leaves."""
    while (await receive())["type"] != "http.disconnect":
        pass
