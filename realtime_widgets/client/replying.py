"""Sends replies to a run: `POST sprints/{id}/replies` of a server (protocol 13.3)."""

from __future__ import annotations

import http
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from realtime_widgets.client.http import MAX_REASON, post_json, refusal
from realtime_widgets.client.whereabouts import now_at
from realtime_widgets.errors import InvalidEventError, ServerNotFoundError

if TYPE_CHECKING:
    from realtime_widgets.client.server_address import ServerAddress

__all__ = ["post_reply"]

_REFUSALS = (
    http.HTTPStatus.BAD_REQUEST,
    http.HTTPStatus.CONFLICT,
    http.HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
)

NOT_ALLOWED = (
    "it refuses the token: publish tokens of kernels and terminals send no replies; name the "
    "server with the token of a user"
)


def post_reply(
    server: ServerAddress, sprint_id: str, event: dict[str, Any], *, timeout: float
) -> int:
    """Send a reply, and return the seq of its event.

    Args:
        server: The server.
        sprint_id: The run.
        event: The event.
        timeout: Time-out for the whole request, in seconds.

    Raises:
        InvalidEventError: The server refuses the reply.
        ServerNotFoundError: The server cannot be reached, or does not take the token.
    """
    address = now_at(server)
    path = f"realtime/api/sprints/{quote(sprint_id, safe='')}/replies"
    return _seq_of(address, *post_json(address, path, event, timeout))


def _seq_of(address: ServerAddress, status: int, answer: object) -> int:
    if status == http.HTTPStatus.OK and isinstance(answer, dict):
        return int(answer["seq"])
    if status in _REFUSALS and isinstance(answer, dict):
        reason = str(answer.get("message"))[:MAX_REASON]
        raise InvalidEventError(str(answer.get("code")), reason, field=answer.get("field"))
    if status == http.HTTPStatus.FORBIDDEN and address.token:
        raise ServerNotFoundError(address.url, NOT_ALLOWED, "refused")
    raise refusal(status, has_token=bool(address.token)).error(address.url)
