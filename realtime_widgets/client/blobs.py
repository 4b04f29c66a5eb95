"""Blobs of runs on a server: what the responses to their requests mean (protocol 10.6)."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import TYPE_CHECKING

from realtime_widgets.client.http import MAX_REASON, Refusal, refusal
from realtime_widgets.errors import InvalidEventError
from realtime_widgets.protocol.codes import ErrorCode, HttpCode

if TYPE_CHECKING:
    from realtime_widgets.client.http import Call, Requests
    from realtime_widgets.client.server_address import ServerAddress

__all__ = ["download", "upload"]

UPLOAD_S = 60.0
"""How long the upload of a blob may take, in seconds."""


def upload(requests: Requests, server: ServerAddress, call: Call) -> None:
    """Send a blob; nothing happens where the run was deleted.

    Raises:
        InvalidEventError: It breaks a rule.
        ServerNotFoundError: The server cannot be reached, refuses, or cannot store it now.
    """
    status, body = requests.exchange(server, call, UPLOAD_S)
    code, message = _error_of(body)
    if status == HTTPStatus.NO_CONTENT or code == HttpCode.UNKNOWN_SPRINT:
        return
    if status in {HTTPStatus.BAD_REQUEST, HTTPStatus.REQUEST_ENTITY_TOO_LARGE} and code:
        raise InvalidEventError(ErrorCode.BAD_FIELD, message)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR and code:
        raise Refusal("server_error", message).error(server.url)
    raise refusal(status, has_token=bool(server.token)).error(server.url)


def download(requests: Requests, server: ServerAddress, call: Call, timeout: float) -> bytes | None:
    """Return the bytes of a blob; None where there is none.

    Raises:
        ServerNotFoundError: The server cannot be reached, or refuses.
    """
    status, body = requests.exchange(server, call, timeout)
    if status == HTTPStatus.OK:
        return body
    if status == HTTPStatus.NOT_FOUND and _error_of(body)[0]:
        return None
    raise refusal(status, has_token=bool(server.token)).error(server.url)


def _error_of(body: bytes) -> tuple[str, str]:
    """Return code and message of an error of the extension, "" where it is none."""
    try:
        error = json.loads(body)
        return str(error["code"]), str(error["message"])[:MAX_REASON]
    except (ValueError, TypeError, LookupError):
        return "", ""
