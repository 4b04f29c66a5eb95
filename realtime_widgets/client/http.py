"""HTTP requests to a Jupyter server: credentials, and the meaning of errors.

The requests of one reading go over one connection (`Requests`).
"""

from __future__ import annotations

import http
import http.client
import io
import json
import ssl
import time
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple, Self
from urllib.parse import urlsplit

from realtime_widgets.client.address import MissingCertificateError, http_connection
from realtime_widgets.client.content_coding import accepted_coding, decoded
from realtime_widgets.client.secret import Secret
from realtime_widgets.errors import ServerNotFoundError
from realtime_widgets.protocol.codes import HttpCode

if TYPE_CHECKING:
    import socket
    from collections.abc import Mapping

    from _typeshed import WriteableBuffer

    from realtime_widgets.client.server_address import ServerAddress
    from realtime_widgets.errors import ServerNotFoundKind

__all__ = [
    "NOT_FOUND",
    "Call",
    "Refusal",
    "Requests",
    "credentials",
    "get_json",
    "post_json",
    "refusal",
    "refusal_by",
]

MAX_BYTES = 16 * 1024 * 1024
"""Maximum size of a response, also after decoding: more than any page or state (protocol 10)."""

MAX_REASON = 1_000
"""Maximum number of characters of a server's reason in an error."""

NOT_FOUND = http.HTTPStatus.NOT_FOUND

CANNOT_BE_SENT = "the URL or the token contains characters that cannot be sent"
"""Replaces the message of such an exception, which may quote them."""


_CLOSED_IN_BETWEEN = (ConnectionError, ssl.SSLEOFError, ssl.SSLZeroReturnError)
"""A server may close a connection after any response: the next request needs another one."""


class Refusal(NamedTuple):
    """Why a server cannot be used."""

    kind: ServerNotFoundKind
    reason: str
    """Text without a token."""

    def error(self, url: str) -> ServerNotFoundError:
        """Return the exception for the server at this URL."""
        return ServerNotFoundError(url, self.reason, self.kind)


class Call(NamedTuple):
    """A request."""

    path: str
    """Below the server's base URL."""

    method: str = "GET"
    accept: str = "application/json"
    body: bytes | None = None
    media_type: str = ""
    """Of the body."""


def get_json(server: ServerAddress, path: str, timeout: float) -> Any:  # noqa: ANN401 - any JSON
    """Send one GET request, as `Requests.get_json`."""
    with Requests() as requests:
        return requests.get_json(server, path, timeout)


def post_json(server: ServerAddress, path: str, content: object, timeout: float) -> tuple[int, Any]:
    """Send one POST request of JSON; return its status and the JSON, None where there is none.

    Args:
        server: The server.
        path: The path below the server's base URL.
        content: What is sent as JSON.
        timeout: Time-out for the whole request, in seconds.

    Raises:
        ServerNotFoundError: The server cannot be reached.
    """
    body = json.dumps(content).encode()
    call = Call(path, "POST", body=body, media_type="application/json")
    with Requests() as requests:
        status, answer = requests.exchange(server, call, timeout)
    try:
        return status, json.loads(answer)
    except ValueError:
        return status, None


class Requests:
    """Requests that follow each other, over one connection while the server keeps it open.

    Use it as a context manager, in one thread: the connection is closed at the end.
    """

    def __init__(self) -> None:
        self._connection: http.client.HTTPConnection | None = None
        self._place: tuple[str, str] | None = None
        """URL and certificate of the server that it leads to."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection. Safe to call twice."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def get_json(self, server: ServerAddress, path: str, timeout: float) -> Any:  # noqa: ANN401 - any JSON
        """Send a GET request and return the JSON of the response, None if the run does not exist.

        Args:
            server: The server.
            path: The path below the server's base URL.
            timeout: Time-out for the whole request, in seconds.

        Raises:
            ServerNotFoundError: The server cannot be reached, refuses, or its response is not JSON.
        """
        return _read(server, *self.exchange(server, Call(path), timeout))

    def exchange(self, server: ServerAddress, call: Call, timeout: float) -> tuple[int, bytes]:
        """Send a request and return status and body of the response.

        Args:
            server: The server.
            call: The request.
            timeout: Time-out for all of it, in seconds.

        Raises:
            ServerNotFoundError: The server cannot be reached.
        """
        try:
            return self._fetch(server, call, time.monotonic() + timeout)
        except (OSError, http.client.HTTPException, ValueError) as error:
            why = refusal_by(error)
        # Without context: local variables in its traceback contain the request with the token.
        raise why.error(server.url)

    def _fetch(self, server: ServerAddress, call: Call, deadline: float) -> tuple[int, bytes]:
        call = call._replace(path=f"{urlsplit(server.url).path}{call.path}")
        headers = {
            "Accept": call.accept,
            "Accept-Encoding": accepted_coding(server.url),
            **({"Content-Type": call.media_type} if call.media_type else {}),
            **credentials(server.token),
        }
        connection = self._connection
        is_open = connection is not None and connection.sock is not None
        if connection is not None and is_open and self._place == (server.url, server.certificate):
            try:
                return self._exchange(connection, call, headers, deadline)
            except _CLOSED_IN_BETWEEN:
                pass
        # Separate, because Ctrl-C is most likely here: later local variables contain the token.
        connection = self._connect(server, _left(deadline))
        return self._exchange(connection, call, headers, deadline)

    def _connect(self, server: ServerAddress, timeout: float) -> http.client.HTTPConnection:
        self.close()
        connection = http_connection(server.url, server.certificate, timeout)
        self._connection, self._place = connection, (server.url, server.certificate)
        connection.connect()
        return connection

    def _exchange(
        self,
        connection: http.client.HTTPConnection,
        call: Call,
        headers: Mapping[str, str],
        deadline: float,
    ) -> tuple[int, bytes]:
        """Return status and body of the response.

        Raises:
            OSError: The connection is lost, or the deadline has passed.
            http.client.HTTPException: The response is malformed, incomplete or too long.
        """
        is_complete = False
        try:
            connection.sock.settimeout(_left(deadline))
            connection.response_class = partial(_response, deadline)  # type: ignore[assignment]  # it is called only
            connection.request(call.method, call.path, body=call.body, headers=headers)
            response = connection.getresponse()
            body = response.read(MAX_BYTES)
            is_complete = not response.length and len(body) < MAX_BYTES
        finally:
            if not is_complete:  # what is left of the response would be taken for the next one
                self.close()
        if not is_complete:
            words = "its response is incomplete or too long"
            raise http.client.HTTPException(words)
        coding = response.getheader("Content-Encoding", "identity")
        return response.status, decoded(body, coding, MAX_BYTES)


def _read(server: ServerAddress, status: int, body: bytes) -> Any:  # noqa: ANN401 - any JSON
    if status not in {http.HTTPStatus.OK, NOT_FOUND}:
        raise refusal(status, body, has_token=bool(server.token)).error(server.url)
    try:
        answer = json.loads(body)
    except ValueError:
        answer = None
    if status == http.HTTPStatus.OK:
        if answer is None:
            raise ServerNotFoundError(server.url, "it is not a Jupyter server: no JSON response")
        return answer
    if isinstance(answer, dict) and answer.get("code") == HttpCode.UNKNOWN_SPRINT:
        return None
    raise refusal(NOT_FOUND).error(server.url)


def _explained(status: int, body: bytes) -> Refusal | None:
    """Return why the extension refuses a request (protocol 10); None where it is not known."""
    try:
        answer = json.loads(body)
        code, message = answer["code"], str(answer["message"])[:MAX_REASON]
    except (ValueError, TypeError, LookupError):
        return None
    if status == http.HTTPStatus.BAD_REQUEST:
        return Refusal("unreachable", f"it refuses the request: {message}")
    return Refusal("refused", message) if code == HttpCode.NOT_SHARED else None


def credentials(token: str) -> Mapping[str, str]:
    """Return the Authorization header, empty without a token.

    Raises:
        ValueError: The token contains characters that a header must not contain.
    """
    if not token.isascii() or not token.isprintable():
        raise ValueError(CANNOT_BE_SENT)
    return {"Authorization": Secret(f"token {token}")} if token else {}


def refusal(status: int, body: bytes = b"", *, has_token: bool = True) -> Refusal:
    """Return the meaning of an HTTP status, and of the extension's error, for users of runs."""
    explained = _explained(status, body)
    if explained is not None:
        return explained
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


def _left(deadline: float) -> float:
    """Return the seconds until a deadline, by `time.monotonic()`.

    Raises:
        TimeoutError: It has passed.
    """
    left = deadline - time.monotonic()
    if left <= 0:
        words = "timed out"
        raise TimeoutError(words)
    return left


def _response(deadline: float, sock: socket.socket, **how: Any) -> http.client.HTTPResponse:  # noqa: ANN401 - as there
    return http.client.HTTPResponse(_Incoming(sock, deadline), **how)  # type: ignore[arg-type]  # it makes a file of it


class _Incoming(io.RawIOBase):
    """A readable stream of a socket with one deadline: a socket's time-out is for each read."""

    def __init__(self, sock: socket.socket, deadline: float) -> None:
        self._sock = sock
        self._stream = sock.makefile("rb", buffering=0)  # open until it is closed, as `sock` may be
        self._deadline = deadline

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(self)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int | None:
        self._sock.settimeout(_left(self._deadline))
        return self._stream.readinto(buffer)

    def close(self) -> None:
        self._stream.close()
        super().close()
