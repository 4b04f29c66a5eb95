"""The answer to one HTTP request, read until a deadline and up to a size, however it comes."""

from __future__ import annotations

import http.client
import io
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import socket

    from _typeshed import WriteableBuffer

__all__ = ["read_answer"]

MOST_BYTES = 128 * 1024 * 1024
"""Of one answer: more than the largest page that is asked for, 300 events of 256 KiB."""


def read_answer(sock: socket.socket, deadline: float) -> tuple[int, bytes]:
    """Return status and body of what answers a GET.

    Args:
        sock: What the request was sent over.
        deadline: Monotonic seconds.

    Raises:
        OSError: The connection is lost, or the deadline is over.
        http.client.HTTPException: It is no answer, or not a whole one, or too long.
    """
    response = http.client.HTTPResponse(_Incoming(sock, deadline), method="GET")  # type: ignore[arg-type]  # it makes a file of it
    response.begin()
    body = response.read(MOST_BYTES)
    if response.length or len(body) == MOST_BYTES:
        words = "its answer broke off, or is too long"
        raise http.client.HTTPException(words)
    return response.status, body


class _Incoming(io.RawIOBase):
    """What comes over a socket. Its own timeout is for each read, and begins anew with each."""

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
