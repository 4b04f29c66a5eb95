"""A REST request and its answer, and the kinds of answers: JSON, a page, a stream."""

from __future__ import annotations

import asyncio
import hashlib
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from realtime_widgets.service.compression import GZIP_BYTES, accepts_gzip, compress

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping

    from realtime_widgets.hub.index_messages import FindNotebooks
    from realtime_widgets.service.admission import Holder
    from realtime_widgets.service.api_error import ApiError
    from realtime_widgets.service.service import Service
    from realtime_widgets.service.sharing.access import Person

__all__ = [
    "JSON",
    "Answer",
    "Request",
    "json_answer",
    "page_answer",
    "refusal",
    "stream_answer",
]

JSON = "application/json"

_TAG = re.compile(r'\*|(?:W/)?"[^"]*"')


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A request for a route, whose user has the right that the route needs.

    Attributes:
        sprint_id: The run in the path, "" where the route has none.
        item: What is after it in the path, "" where the route has no such part.
        arguments: The query; of an argument that is given twice the last.
        header: Returns the value of a header by its name, "" where it is missing.
        holder: The user or program for which searches, downloads and tickets are counted.
        bearer: What is kept with a ticket, to know the user when it is redeemed.
        may_list: Whether the user may know the names of other runs.
        read_body: Returns the body of the request, of at most `body_bytes` of the route.
        user: The name of the user that is shown with what the user publishes.
        person: The user, where users share runs (`Service.sharing`).
        find_notebooks: Finds notebooks that were moved, for a user who may know where they are.
    """

    sprint_id: str
    arguments: Mapping[str, str]
    header: Callable[[str], str]
    holder: Holder
    bearer: object
    read_body: Callable[[], Awaitable[bytes]]
    user: str | None
    item: str = ""
    may_list: bool = True
    person: Person | None = None
    find_notebooks: FindNotebooks | None = None


@dataclass(slots=True, kw_only=True)
class Answer:
    """What is sent to the client.

    Attributes:
        status: HTTP status.
        body: All of it; empty where it comes in pieces.
        pieces: An answer that is made while it is sent; an empty piece only means that the client
            may have left. It ends with an exception where the rest cannot be had: the connection is
            closed then, so that a part is not taken for the whole.
        headers: Further headers.
    """

    status: int = 200
    body: bytes = b""
    pieces: AsyncGenerator[bytes] | None = None
    headers: dict[str, str] = field(default_factory=dict)


def refusal(error: ApiError) -> Answer:
    """Return the answer to a request that is refused."""
    answer = json_answer(error.body, status=error.status)
    if error.retry_after_s is not None:
        answer.headers["Retry-After"] = str(error.retry_after_s)
    return answer


def json_answer(body: bytes, *, status: int = 200) -> Answer:
    """Return an answer that is JSON."""
    return Answer(status=status, body=body, headers={"Content-Type": JSON})


async def page_answer(
    service: Service, request: Request, body: bytes, *, has_tag: bool, content_type: str = JSON
) -> Answer:
    """Return a page, compressed where the client accepts that, or 304 where the client has it.

    The ETag is weak, because that of a plain and of a compressed page is the same.
    """
    answer = Answer(body=body, headers={"Content-Type": content_type, "Vary": "Accept-Encoding"})
    if has_tag:
        tag = f'"{hashlib.sha1(body, usedforsecurity=False).hexdigest()}"'
        answer.headers["Etag"] = f"W/{tag}"
        known = _TAG.findall(request.header("If-None-Match"))
        if "*" in known[:1] or tag in [each.removeprefix("W/") for each in known]:
            del answer.headers["Content-Type"]
            answer.status, answer.body = 304, b""
            return answer
    if len(body) >= GZIP_BYTES and accepts_gzip(request.header("Accept-Encoding")):
        async with service.compressing:
            answer.body = await asyncio.to_thread(compress, body)
        answer.headers["Content-Encoding"] = "gzip"
    return answer


def stream_answer(pieces: AsyncGenerator[bytes], content_type: str) -> Answer:
    """Return an answer that is made while it is sent, and stored by no cache."""
    headers = {
        "Content-Type": content_type,
        "Cache-Control": "no-store",
        "X-Accel-Buffering": "no",  # nginx would keep pieces back
    }
    return Answer(pieces=pieces, headers=headers)
