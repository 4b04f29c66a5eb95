"""The REST answers about the access to runs (protocol 15), and the checks of other answers."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from pydantic import ValidationError

from realtime_widgets.errors import InvalidSprintIdError
from realtime_widgets.protocol.codes import HttpCode
from realtime_widgets.protocol.ids import check_sprint_id
from realtime_widgets.service.answer import Answer, json_answer
from realtime_widgets.service.api_error import (
    ApiError,
    bad_field,
    bad_sprint_id,
    check_body,
    result_of,
)
from realtime_widgets.service.sharing.access import AccessChange

if TYPE_CHECKING:
    from contextlib import AsyncExitStack

    from realtime_widgets.hub.login import Visible
    from realtime_widgets.service.answer import Request
    from realtime_widgets.service.service import Service
    from realtime_widgets.service.sharing.access import Access, Person
    from realtime_widgets.service.sharing.sharing import Sharing

__all__ = [
    "get_access",
    "post_access",
    "post_request",
    "require_claim",
    "require_owner",
    "visible_to",
]

MAX_BODY = 128 * 1024
"""Most bytes of a change: more than its names at their longest take."""


async def get_access(service: Service, request: Request, _: AsyncExitStack) -> Answer:
    """Answer which users may use a run, to its owner."""
    sharing, person = _shared(service, request)
    return _answer(await result_of(service.hub, sharing.access(person, request.sprint_id)))


async def post_access(service: Service, request: Request, _: AsyncExitStack) -> Answer:
    """Change which users may use a run."""
    sharing, person = _shared(service, request)
    body = await request.read_body()
    check_body(body, MAX_BODY)
    try:
        change = AccessChange.model_validate_json(body)
    except ValidationError as error:
        first = error.errors()[0]
        raise bad_field(first["msg"], ".".join(map(str, first["loc"])) or "body") from None
    changing = sharing.change(person, request.sprint_id, change)
    return _answer(await result_of(service.hub, changing))


async def post_request(service: Service, request: Request, _: AsyncExitStack) -> Answer:
    """Store the request for access of a user; the answer is the same where there is no such run."""
    sharing, person = _shared(service, request)
    await result_of(service.hub, sharing.request(person, request.sprint_id))
    if "text/html" in request.header("Accept"):
        # The form of the page: the browser shows that page again.
        page = f"../../../../sprints/{request.sprint_id}?requested"
        return Answer(status=303, headers={"Location": page})
    return Answer(status=204)


async def require_owner(service: Service, request: Request) -> None:
    """Refuse a user who may publish to a run and does not own it.

    Raises:
        ApiError: It is refused.
    """
    if service.sharing is None or request.person is None:
        return
    owns = service.sharing.owns(request.person, request.sprint_id)
    if not await result_of(service.hub, owns):
        raise ApiError(403, HttpCode.FORBIDDEN, "only the owner of a run may delete it")


async def require_claim(service: Service, request: Request) -> None:
    """Make the user the owner of a run that has none, before events are stored.

    Raises:
        ApiError: It is another user's run.
    """
    sharing = service.sharing
    if sharing is None or request.person is None:
        return
    if not await result_of(service.hub, sharing.claim(request.person, request.sprint_id)):
        raise await result_of(service.hub, sharing.refusal(request.sprint_id, "write"))


def visible_to(service: Service, request: Request) -> Visible | None:
    """Return what finds the runs that the user may read; None where that are all."""
    if service.sharing is None or request.person is None:
        return None
    return partial(service.sharing.visible, request.person)


def _shared(service: Service, request: Request) -> tuple[Sharing, Person]:
    if service.sharing is None or request.person is None:
        raise ApiError(
            404, HttpCode.NOT_FOUND, "the runs of this server are not shared by their owners"
        )
    try:
        check_sprint_id(request.sprint_id)
    except InvalidSprintIdError as error:
        raise bad_sprint_id(error) from None
    return service.sharing, request.person


def _answer(access: Access) -> Answer:
    answer = json_answer(access.model_dump_json().encode())
    answer.headers["Cache-Control"] = "no-store"
    return answer
