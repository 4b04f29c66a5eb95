"""`PUT` and `GET sprints/{id}/blobs/{sha256}` (protocol 10.6)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from realtime_widgets.errors import InvalidEventError, StoreFullError
from realtime_widgets.protocol.codes import ErrorCode, HttpCode
from realtime_widgets.service.answer import Answer
from realtime_widgets.service.api_error import ApiError, result_of, unknown_run

if TYPE_CHECKING:
    from collections.abc import Awaitable
    from contextlib import AsyncExitStack

    from realtime_widgets.service.answer import Request
    from realtime_widgets.service.service import Service

__all__ = ["get_blob", "put_blob"]

_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    # What is opened by itself runs no script, loads nothing, and is of no origin.
    "Content-Security-Policy": "sandbox; default-src 'none'; style-src 'unsafe-inline'; "
    "img-src data:",
    "Content-Disposition": "inline",
    "Cross-Origin-Resource-Policy": "same-origin",
    # Content under its own hash never changes; the cache is the user's.
    "Cache-Control": "private, max-age=31536000, immutable",
}


async def put_blob(service: Service, request: Request, held: AsyncExitStack) -> Answer:
    """Store a blob.

    Raises:
        ApiError: It breaks a rule, there is no such run, or it cannot be stored now.
    """
    await held.enter_async_context(service.blobs)
    media_type = request.header("Content-Type").partition(";")[0].strip().lower()
    body = await request.read_body()
    try:
        putting = service.hub.blobs.put(request.sprint_id, request.item, media_type, body)
        has_run = await result_of(service.hub, _without_full(putting))
    except InvalidEventError as error:
        status = 413 if error.code == ErrorCode.TOO_LARGE else 400
        raise ApiError(status, error.code, error.reason, error.field) from None
    if not has_run:
        raise unknown_run(request.sprint_id)
    return Answer(status=204)


async def _without_full(putting: Awaitable[bool]) -> bool:
    """Return the result; a store that is too full for blobs may have room for events.

    Raises:
        ApiError: It is too full.
    """
    try:
        return await putting
    except StoreFullError as error:
        raise ApiError(507, ErrorCode.STORAGE_FULL, error.reason) from None


async def get_blob(service: Service, request: Request, held: AsyncExitStack) -> Answer:
    """Return the bytes of a blob, or 304 where the client has it.

    Raises:
        ApiError: There is none, or it cannot be read now.
    """
    await held.enter_async_context(service.blobs)
    blob = await result_of(service.hub, service.hub.blobs.get(request.sprint_id, request.item))
    if blob is None:
        raise ApiError(404, HttpCode.UNKNOWN_BLOB, "this run has no such blob")
    tag = f'"{request.item}"'
    headers = {**_HEADERS, "Etag": tag}
    if tag in request.header("If-None-Match"):
        return Answer(status=304, headers=headers)
    text = "; charset=utf-8" if blob.media_type.startswith("text/") else ""
    return Answer(body=blob.data, headers={**headers, "Content-Type": blob.media_type + text})
