"""What a client accepts, and what it makes of a compressed answer, at a server that sends any."""

from __future__ import annotations

import gzip
import json
import tracemalloc
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest

from realtime_widgets.client import content_coding
from realtime_widgets.client import http as client_http
from realtime_widgets.client.http import get_json
from realtime_widgets.client.server_address import ServerAddress
from realtime_widgets.errors import ServerNotFoundError
from tests.client.serving_thread import serving

if TYPE_CHECKING:
    from collections.abc import Iterator

ANSWER = {"events": ["the only line"]}
PLAIN = json.dumps(ANSWER).encode()


class Coding(ThreadingHTTPServer):
    """Answers each request with one body."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.body, self.coding = PLAIN, "identity"
        self.accepted: list[str | None] = []

    @property
    def address(self) -> ServerAddress:
        return ServerAddress(f"http://127.0.0.1:{self.server_port}/")


class _Handler(BaseHTTPRequestHandler):
    server: Coding

    def do_GET(self) -> None:
        self.server.accepted.append(self.headers["Accept-Encoding"])
        self.send_response(200)
        self.send_header("Content-Encoding", self.server.coding)
        self.send_header("Content-Length", str(len(self.server.body)))
        self.end_headers()
        self.wfile.write(self.server.body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[Coding]:
    with serving(Coding()) as server:
        yield server


def test_a_server_on_this_machine_is_asked_for_plain_answers_and_any_other_for_gzip(
    server: Coding, monkeypatch: pytest.MonkeyPatch
) -> None:
    get_json(server.address, "any", 5)
    # An address of this machine that is not known as one.
    monkeypatch.setattr(content_coding, "is_this_machine", lambda _: False)
    get_json(server.address, "any", 5)

    assert server.accepted == ["identity", "gzip"]


@pytest.mark.parametrize("coding", ["gzip", "GZIP", "x-gzip"])
def test_a_compressed_answer_is_read_as_a_plain_one(server: Coding, coding: str) -> None:
    server.body, server.coding = gzip.compress(PLAIN, mtime=0), coding

    assert get_json(server.address, "any", 5) == ANSWER


@pytest.mark.parametrize(
    ("body", "coding"),
    [
        (PLAIN, "gzip"),
        (gzip.compress(PLAIN, mtime=0)[:-1], "gzip"),
        (b"", "gzip"),
        (gzip.compress(PLAIN, mtime=0), "br"),
        (gzip.compress(PLAIN, mtime=0), "gzip, gzip"),
    ],
)
def test_a_malformed_answer_is_an_error(server: Coding, body: bytes, coding: str) -> None:
    server.body, server.coding = body, coding

    with pytest.raises(ServerNotFoundError, match="not gzip, incomplete or too long"):
        get_json(server.address, "any", 5)


def test_an_answer_that_is_far_too_long_when_decoded_is_refused_within_bounded_memory(
    server: Coding, monkeypatch: pytest.MonkeyPatch
) -> None:
    limit = 1024 * 1024
    monkeypatch.setattr(client_http, "MAX_BYTES", limit)
    server.body, server.coding = gzip.compress(b" " * 100 * limit), "gzip"
    tracemalloc.start()

    try:
        with pytest.raises(ServerNotFoundError, match="too long"):
            get_json(server.address, "any", 5)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert peak < 4 * limit
