"""Replies that users post to a run: answers, stops and messages (protocol 13.3 and 14)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic_core import from_json

from realtime_widgets.errors import InvalidEventError
from realtime_widgets.protocol.codes import ErrorCode
from realtime_widgets.service.api_error import ApiError, check_body, result_of

if TYPE_CHECKING:
    from realtime_widgets.service.service import Service

__all__ = ["MAX_BODY", "post_reply"]

MAX_BODY = 32 * 1024
"""Most bytes of the body of a POST."""

_STATUS = {
    ErrorCode.ALREADY_ANSWERED: 409,
    ErrorCode.NOT_OPEN: 409,
    ErrorCode.OTHER_ATTEMPT: 409,
    ErrorCode.NOT_RUNNING: 409,
    ErrorCode.NO_INBOX: 409,
    ErrorCode.INBOX_FULL: 409,
    ErrorCode.TOO_LARGE: 413,
}


async def post_reply(
    service: Service, sprint_id: str, body: bytes, user: str | None
) -> dict[str, Any]:
    """Store a reply of a user.

    Raises:
        ApiError: It breaks a rule, another answer was first, or the store cannot be written.
    """
    check_body(body, MAX_BODY)
    try:
        fields = from_json(body, allow_inf_nan=False)
    except ValueError as error:
        raise ApiError(400, ErrorCode.BAD_JSON, f"the body is not JSON: {error}") from None
    try:
        seq = await result_of(service.hub, service.hub.replies.store(sprint_id, fields, user))
    except InvalidEventError as error:
        status = _STATUS.get(ErrorCode(error.code), 400)
        raise ApiError(status, error.code, error.reason, error.field) from None
    return {"seq": seq}
