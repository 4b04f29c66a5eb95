"""A real HTTP server on this machine that receives the requests of webhooks."""

from __future__ import annotations

import contextlib
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import SimpleQueue
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator
    from email.message import Message


class Received(NamedTuple):
    path: str
    headers: Message
    body: bytes


class Receiver:
    """What has come, and how to answer it."""

    def __init__(self) -> None:
        self.received: SimpleQueue[Received] = SimpleQueue()
        self.statuses: list[int] = []
        """Of the next answers; 204 when it is empty."""
        self.port = 0

    def url(self, host: str = "127.0.0.1") -> str:
        return f"http://{host}:{self.port}/hooks/secret-path?team=a"

    @property
    def count(self) -> int:
        return self.received.qsize()


@contextlib.contextmanager
def receiving() -> Iterator[Receiver]:
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            status = receiver.statuses.pop(0) if receiver.statuses else 204
            receiver.received.put(Received(self.path, self.headers, body))
            self.send_response(status)
            self.send_header("Location", receiver.url().replace("secret-path", "elsewhere"))
            self.end_headers()

        do_GET = do_POST  # noqa: N815 - what a followed redirect would send

        def log_message(self, *_: object) -> None:
            """Log nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        receiver.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield receiver
        finally:
            server.shutdown()
            thread.join()
