"""Errors of the REST answers (protocol 10)."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from pydantic_core import to_json

from realtime_widgets.errors import InvalidSearchError, InvalidSprintIdError, StoreError
from realtime_widgets.protocol.codes import ErrorCode, HttpCode

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from realtime_widgets.hub import Hub

__all__ = [
    "ApiError",
    "bad_field",
    "bad_sprint_id",
    "body_too_large",
    "check_body",
    "result_of",
    "unknown_run",
]

T = TypeVar("T")

RETRY_AFTER_S = 5
"""After how many seconds a client may try again while a shared store cannot be reached."""


class ApiError(Exception):
    """A request that is answered with an error.

    Attributes:
        status: HTTP status.
        code: The kind of the error.
        body: The error as JSON: `code`, `message` and `field`.
        retry_after_s: After how many seconds the client may try again; None where that is unknown.
    """

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        field: str | None = None,
        *,
        retry_after_s: int | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.body = to_json({"code": code, "message": message, "field": field})
        self.retry_after_s = retry_after_s


def bad_field(message: str, field: str | None) -> ApiError:
    """Return the error of an argument that breaks its rule."""
    return ApiError(400, ErrorCode.BAD_FIELD, message, field)


def body_too_large(most: int) -> ApiError:
    """Return the error of a request whose body has more than `most` bytes."""
    return ApiError(413, ErrorCode.TOO_LARGE, f"the body has more than {most:,} bytes", "body")


def check_body(body: bytes, most: int) -> None:
    """Refuse a body that has more than `most` bytes.

    Raises:
        ApiError: It has.
    """
    if len(body) > most:
        raise body_too_large(most)


def unknown_run(sprint_id: str) -> ApiError:
    """Return the error of a run without events."""
    return ApiError(404, HttpCode.UNKNOWN_SPRINT, f"nothing was published to {sprint_id!r}")


def bad_sprint_id(error: InvalidSprintIdError) -> ApiError:
    """Return the error of an id that breaks its rule."""
    return bad_field(str(error), "sprint_id")


async def result_of(hub: Hub, awaitable: Awaitable[T]) -> T:
    """Return what a call of the hub returns.

    Raises:
        ApiError: It has failed: an argument breaks its rule, or the store cannot be used.
    """
    try:
        return await awaitable
    except InvalidSprintIdError as error:
        raise bad_sprint_id(error) from None
    except InvalidSearchError as error:
        raise bad_field(error.reason, error.field) from None
    except StoreError as error:
        hub.store_failed(error)
        # One on another machine is expected to be back; it is tried every few seconds.
        retry_after_s = None if hub.store.shared is None else RETRY_AFTER_S
        code = ErrorCode.STORAGE_UNAVAILABLE
        raise ApiError(503, code, error.reason, retry_after_s=retry_after_s) from None
