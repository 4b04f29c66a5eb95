"""The REST routes (protocol 10) without a web framework: a request in, an answer out.

Every answer has a bound in bytes. The long ones come in pages, and few pages are in memory at a
time: further requests wait for their turn. An adapter finds the route and the user, checks the
right that the route needs, and sends what it gets within the block of `answering`.
"""

from __future__ import annotations

from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeAlias

from pydantic_core import to_json

from realtime_widgets.protocol.outputs.blob import MAX_BLOB
from realtime_widgets.service.answer import (
    JSON,
    Answer,
    Request,
    json_answer,
    page_answer,
    refusal,
    stream_answer,
)
from realtime_widgets.service.api_error import ApiError
from realtime_widgets.service.arguments import MAX_LIMIT, MAX_NUMBER, has_query, read_number
from realtime_widgets.service.blobs import get_blob, put_blob
from realtime_widgets.service.download import begin_download
from realtime_widgets.service.event_stream import agui_of, begin_stream, whole_event
from realtime_widgets.service.posting import post_events
from realtime_widgets.service.replies import post_reply
from realtime_widgets.service.resources import (
    delete_run,
    get_events,
    get_health,
    get_position,
    get_run,
    get_runs,
    issue_ticket,
    runs_body,
)
from realtime_widgets.service.search import begin_search
from realtime_widgets.service.series import get_series
from realtime_widgets.service.sharing_answers import (
    get_access,
    post_access,
    post_request,
    require_claim,
    require_owner,
    visible_to,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from realtime_widgets.service.service import Service

__all__ = [
    "JSON",
    "PIECE_BYTES",
    "RECEIVE_S",
    "ROUTES",
    "Action",
    "Answer",
    "Request",
    "Route",
    "answering",
    "refusal",
]

RECEIVE_S = 20.0
"""How long a client may take to receive a page, or a piece of a longer answer, in seconds."""

PIECE_BYTES = 64 * 1024
"""Size of a piece of an answer that is longer than a page."""

NDJSON = "application/x-ndjson"
EVENT_STREAM = "text/event-stream"
DOWNLOAD_TYPES = {"text": "text/plain; charset=utf-8", "ndjson": NDJSON}


Action: TypeAlias = Literal["read", "write"]

Answerer: TypeAlias = "Callable[[Service, Request, AsyncExitStack], Awaitable[Answer]]"
"""Makes an answer; what it enters in the stack is held until the client has received it."""


class Route(NamedTuple):
    """What is done for one method of a path."""

    answer: Answerer
    action: Action | None = "read"
    """The right that it needs on the run or, where the path has none, on the list of runs; None
    for reading the list, where the answer itself checks what the user may do with the run."""

    for_programs: bool = False
    """Whether a publish token is enough, which every `GET` takes."""

    body_bytes: int | None = None
    """Most bytes of the body of a request; None for `message_bytes` of the limits."""


@asynccontextmanager
async def answering(service: Service, route: Route, request: Request) -> AsyncIterator[Answer]:
    """Make an answer, and hold what it needs until the end of the block, where it is sent.

    Args:
        service: The channels.
        route: From `ROUTES`.
        request: The request.
    """
    await service.started()
    async with AsyncExitStack() as held:
        try:
            answer = await route.answer(service, request, held)
        except ApiError as error:
            answer = refusal(error)
        yield answer


async def _health(service: Service, _: Request, __: AsyncExitStack) -> Answer:
    return json_answer(to_json(get_health(service)))


async def _runs(service: Service, request: Request, held: AsyncExitStack) -> Answer:
    before, limit = (
        read_number(request.arguments.get(name, str(most)), name, minimum=least, maximum=most)
        for name, least, most in (("before", 0, MAX_NUMBER), ("limit", 1, MAX_LIMIT))
    )
    await held.enter_async_context(service.pages)
    visible = visible_to(service, request)
    page = await get_runs(service, before=before, limit=limit, visible=visible)
    notebooks = await request.find_notebooks(page.origins) if request.find_notebooks else {}
    return await page_answer(service, request, runs_body(service, page, notebooks), has_tag=True)


async def _run(service: Service, request: Request, held: AsyncExitStack) -> Answer:
    await held.enter_async_context(service.pages)
    state = await get_run(service, request.sprint_id)
    return await page_answer(service, request, to_json(state), has_tag=True)


async def _delete(service: Service, request: Request, _: AsyncExitStack) -> Answer:
    await get_run(service, request.sprint_id)  # 404 comes first
    await require_owner(service, request)
    await delete_run(service, request.sprint_id)
    return Answer(status=204)


async def _position(service: Service, request: Request, _: AsyncExitStack) -> Answer:
    position = await get_position(service, request.sprint_id, may_list=request.may_list)
    return json_answer(to_json(position))


async def _events(service: Service, request: Request, held: AsyncExitStack) -> Answer:
    if has_query(request.arguments):
        await held.enter_async_context(service.search_slots.slot(request.holder))
    await held.enter_async_context(service.pages)
    events = await get_events(
        service, request.sprint_id, request.arguments, may_list=request.may_list
    )
    is_ndjson = NDJSON in request.header("Accept")
    body = events.as_ndjson() if is_ndjson else events.as_json()
    content_type = NDJSON if is_ndjson else JSON
    answer = await page_answer(service, request, body, has_tag=False, content_type=content_type)
    if events.next is not None:
        # Also where the body has no place for it; relative, as a proxy may be in between.
        answer.headers["Link"] = f'<?{events.next}>; rel="next"'
    return answer


async def _search(service: Service, request: Request, held: AsyncExitStack) -> Answer:
    await held.enter_async_context(service.search_slots.slot(request.holder))
    found = await begin_search(service, request.sprint_id, request.arguments)
    return stream_answer(found.lines(), NDJSON)


async def _series(service: Service, request: Request, held: AsyncExitStack) -> Answer:
    await held.enter_async_context(service.search_slots.slot(request.holder))
    await held.enter_async_context(service.pages)
    series = await get_series(service, request.sprint_id, request.arguments)
    return await page_answer(service, request, to_json(series), has_tag=False)


async def _download(service: Service, request: Request, held: AsyncExitStack) -> Answer:
    await held.enter_async_context(service.download_slots.slot(request.holder))
    download = await begin_download(service, request.sprint_id, request.arguments)
    answer = stream_answer(download.pieces(), DOWNLOAD_TYPES[download.kind])
    answer.headers["Content-Disposition"] = f'attachment; filename="{download.file_name}"'
    return answer


async def _reply(service: Service, request: Request, _: AsyncExitStack) -> Answer:
    body = await request.read_body()
    return json_answer(to_json(await post_reply(service, request.sprint_id, body, request.user)))


async def _post(service: Service, request: Request, held: AsyncExitStack) -> Answer:
    await require_claim(service, request)
    await held.enter_async_context(service.pages)
    stored = await post_events(
        service,
        request.sprint_id,
        await request.read_body(),
        is_ndjson=NDJSON in request.header("Content-Type"),
        key=request.header("Idempotency-Key"),
        holder=request.holder,
        user=request.user,
    )
    return json_answer(to_json(stored))


async def _event_stream(service: Service, request: Request, held: AsyncExitStack) -> Answer:
    return await _server_sent(service, request, held, whole_event)


async def _agui(service: Service, request: Request, held: AsyncExitStack) -> Answer:
    return await _server_sent(service, request, held, agui_of(request.arguments.get("agent")))


async def _server_sent(
    service: Service,
    request: Request,
    held: AsyncExitStack,
    pick: Callable[[dict[str, Any]], Any],
) -> Answer:
    stream = await begin_stream(
        service,
        request.sprint_id,
        request.arguments,
        last_id=request.header("Last-Event-ID"),
        pick=pick,
        user=request.user,
    )
    held.enter_context(service.admission.counted(request.sprint_id, request.holder))
    return stream_answer(stream.pieces(), EVENT_STREAM)


async def _ticket(service: Service, request: Request, _: AsyncExitStack) -> Answer:
    sprint_id = request.sprint_id or None
    ticket = await issue_ticket(service, request.bearer, sprint_id, holder=request.holder)
    answer = json_answer(to_json(ticket))
    answer.headers["Cache-Control"] = "no-store"
    return answer


ROUTES: dict[str, dict[str, Route]] = {
    "health": {"GET": Route(_health)},
    "index/ticket": {"POST": Route(_ticket)},
    "sprints": {"GET": Route(_runs)},
    "sprints/{id}": {"GET": Route(_run), "DELETE": Route(_delete, "write")},
    "sprints/{id}/position": {"GET": Route(_position)},
    "sprints/{id}/events": {
        "GET": Route(_events),
        "POST": Route(_post, "write", for_programs=True),
    },
    "sprints/{id}/events/stream": {"GET": Route(_event_stream)},
    "sprints/{id}/agui": {"GET": Route(_agui)},
    "sprints/{id}/search": {"GET": Route(_search)},
    "sprints/{id}/replies": {"POST": Route(_reply, "write")},
    "sprints/{id}/series": {"GET": Route(_series)},
    "sprints/{id}/blobs/{item}": {
        "GET": Route(get_blob),
        "PUT": Route(put_blob, "write", for_programs=True, body_bytes=MAX_BLOB),
    },
    "sprints/{id}/download": {"GET": Route(_download)},
    "sprints/{id}/access": {"GET": Route(get_access, None), "POST": Route(post_access, None)},
    "sprints/{id}/access/requests": {"POST": Route(post_request, None)},
    # Reading is enough: whether a client may write is checked when it connects.
    "sprints/{id}/ticket": {"POST": Route(_ticket)},
}
"""The routes below `api/`, by path and method; `{id}` is the name of a run, `{item}` of a part."""
