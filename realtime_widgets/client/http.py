"""HTTP requests to a Jupyter server: GET of JSON, credentials, and the meaning of errors."""

from __future__ import annotations

import http
import http.client
import io
import json
import ssl
import time
from contextlib import closing
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

from realtime_widgets.client.address import MissingCertificateError, http_connection
from realtime_widgets.client.hidden import Hidden
from realtime_widgets.errors import ServerNotFoundError

if TYPE_CHECKING:
    import socket
    from collections.abc import Mapping

    from _typeshed import WriteableBuffer

    from realtime_widgets.client.server_address import ServerAddress
    from realtime_widgets.errors import ServerNotFoundKind

__all__ = ["NOT_FOUND", "Refusal", "credentials", "get_json", "refusal", "refusal_by"]

MAX_BYTES = 128 * 1024 * 1024
"""Maximum size of a response: more than the largest page requested, 300 events of 256 KiB."""

NOT_FOUND = http.HTTPStatus.NOT_FOUND

CANNOT_BE_SENT = "the URL or the token contains characters that cannot be sent"
"""Replaces the message of such an exception, which may quote them."""


class Refusal(NamedTuple):
    """Why a server cannot be used."""

    kind: ServerNotFoundKind
    reason: str
    """Text without a token."""

    def error(self, url: str) -> ServerNotFoundError:
        """Return the exception for the server at this URL."""
        return ServerNotFoundError(url, self.reason, self.kind)


def get_json(server: ServerAddress, path: str, timeout: float) -> Any:  # noqa: ANN401 - any JSON
    """Send a GET request and return the JSON of the response, None if the run does not exist.

    Args:
        server: The server.
        path: The path below the server's base URL.
        timeout: Time-out for the whole request, in seconds.

    Raises:
        ServerNotFoundError: The server cannot be reached, refuses, or its response is not JSON.
    """
    try:
        status, body = _fetch(server, f"{urlsplit(server.url).path}{path}", timeout)
    except (OSError, http.client.HTTPException, ValueError) as error:
        why = refusal_by(error)
    else:
        return _read(server, status, body)
    # Without context: local variables in its traceback contain the request with the token.
    raise why.error(server.url)


def _fetch(server: ServerAddress, path: str, timeout: float) -> tuple[int, bytes]:
    headers = {"Accept": "application/json", **credentials(server.token)}
    deadline = time.monotonic() + timeout
    with closing(http_connection(server.url, server.certificate, timeout)) as connection:
        # Separate, because Ctrl-C is most likely here: later local variables contain the token.
        connection.connect()
        connection.request("GET", path, headers=headers)
        return _read_answer(connection.sock, deadline)


def _read(server: ServerAddress, status: int, body: bytes) -> Any:  # noqa: ANN401 - any JSON
    if status not in {http.HTTPStatus.OK, NOT_FOUND}:
        raise refusal(status, has_token=bool(server.token)).error(server.url)
    try:
        answer = json.loads(body)
    except ValueError:
        answer = None
    if status == http.HTTPStatus.OK:
        if answer is None:
            raise ServerNotFoundError(server.url, "it is not a Jupyter server: no JSON response")
        return answer
    if isinstance(answer, dict) and answer.get("code") == "unknown_sprint":
        return None
    raise refusal(NOT_FOUND).error(server.url)


def credentials(token: str) -> Mapping[str, str]:
    """Return the Authorization header, empty without a token.

    Raises:
        ValueError: The token contains characters that a header must not contain.
    """
    if not token.isascii() or not token.isprintable():
        raise ValueError(CANNOT_BE_SENT)
    return {"Authorization": Hidden(f"token {token}")} if token else {}


def refusal(status: int, *, has_token: bool = True) -> Refusal:
    """Return the meaning of an HTTP status for publishing and watching."""
    kind: ServerNotFoundKind
    after = ""
    match status:
        case 401 | 403 if has_token:
            kind, words = "refused", "it refuses the token"
        case 401 | 403:
            kind, words = "no_token", "it requires a token, and none was given"
        case 404:
            kind = "not_installed"
            words = "the realtime-widgets server extension is not enabled there"
        case 424:
            kind, words = "not_running", "the server of this user is not running"
        case _ if http.HTTPStatus.MULTIPLE_CHOICES <= status < http.HTTPStatus.BAD_REQUEST:
            kind, words = "redirected", "it redirects elsewhere, such as to a login page"
        case _ if status >= http.HTTPStatus.INTERNAL_SERVER_ERROR:
            kind, words = "server_error", "it reports a server error"
            after = "; see its log"
        case _:
            kind, words = "unreachable", "it refuses the request"
    return Refusal(kind, f"{words} (HTTP {status}){after}")


def refusal_by(error: Exception) -> Refusal:
    """Return the meaning of an exception while connecting."""
    reason = str(error) or type(error).__name__
    match error:
        case MissingCertificateError():
            return Refusal("no_certificate", reason)
        case ssl.SSLCertVerificationError():  # which is a ValueError as well
            return Refusal("tls", reason)
        case ValueError():
            return Refusal("unreachable", CANNOT_BE_SENT)
        case _:
            return Refusal("unreachable", reason)


def _read_answer(sock: socket.socket, deadline: float) -> tuple[int, bytes]:
    """Return status and body of the response to a GET.

    Args:
        sock: The socket that the request was sent over.
        deadline: Monotonic seconds.

    Raises:
        OSError: The connection is lost, or the deadline has passed.
        http.client.HTTPException: The response is malformed, incomplete or too long.
    """
    response = http.client.HTTPResponse(_Incoming(sock, deadline), method="GET")  # type: ignore[arg-type]  # it makes a file of it
    response.begin()
    body = response.read(MAX_BYTES)
    if response.length or len(body) == MAX_BYTES:
        words = "its response is incomplete or too long"
        raise http.client.HTTPException(words)
    return response.status, body


class _Incoming(io.RawIOBase):
    """A readable stream of a socket with one deadline: a socket's time-out is for each read."""

    def __init__(self, sock: socket.socket, deadline: float) -> None:
        self._sock = sock
        self._deadline = deadline

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(self)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        left = self._deadline - time.monotonic()
        if left <= 0:
            words = "timed out"
            raise TimeoutError(words)
        self._sock.settimeout(left)
        return self._sock.recv_into(buffer)
