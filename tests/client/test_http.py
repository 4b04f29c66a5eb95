"""How many connections the reading of a run takes, at a server that counts them."""

from __future__ import annotations

import json
import socketserver
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, Any

import pytest

from realtime_widgets.client.history import reading
from realtime_widgets.client.server import Server
from realtime_widgets.display.bundle import read_output
from realtime_widgets.errors import ServerNotFoundError
from realtime_widgets.protocol.run_state import RunState
from tests.client.serving_thread import serving
from tests.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

API = "/realtime/api/sprints/nightly"
EVENT = {"type": "log", "message": "the only line", "seq": 1, "timestamp": "2026-11-22T21:58:00Z"}
ANSWERS: dict[str, Any] = {
    f"{API}/position": {"epoch": "e1", "first": 1, "head": 1},
    API: json.loads(RunState(sprint_id="nightly", head=1, logs=1).model_dump_json()),
    f"{API}/events": {"epoch": "e1", "first": 1, "head": 1, "next": None, "events": [EVENT]},
}


class Counting(socketserver.ThreadingTCPServer):
    """Answers requests about one run, over connections that it keeps open or not."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.connections = 0
        self.open = 0
        self.asked: list[str] = []
        self.closes_after_each = False
        self.closes_unanswered_after: int | None = None
        """Close every connection without an answer after so many answers."""

    @property
    def target(self) -> Server:
        return Server(f"http://127.0.0.1:{self.server_address[1]}/", "the-token")


class _Handler(BaseHTTPRequestHandler):
    server: Counting
    protocol_version = "HTTP/1.1"

    def setup(self) -> None:
        super().setup()
        self.server.connections += 1
        self.server.open += 1

    def finish(self) -> None:
        super().finish()
        self.server.open -= 1

    def do_GET(self) -> None:
        limit = self.server.closes_unanswered_after
        if limit is not None and len(self.server.asked) >= limit:
            self.close_connection = True
            return
        assert self.headers["Authorization"] == "token the-token"
        self.server.asked.append(self.path)
        body = json.dumps(ANSWERS[self.path.partition("?")[0]]).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        # Without an announcement, as a server does that has waited long enough.
        self.close_connection = self.server.closes_after_each

    def log_message(self, *_: object) -> None:
        pass


def running() -> AbstractContextManager[Counting]:
    return serving(Counting())


@pytest.fixture
def server() -> Iterator[Counting]:
    with running() as server:
        yield server


def test_all_that_an_output_shows_is_read_over_one_connection_which_is_closed_then(
    server: Counting,
) -> None:
    output = read_output(server.target, "nightly")

    assert "the only line" in output.bundle("1px")["text/plain"]
    assert [path.partition("?")[0] for path in server.asked] == list(ANSWERS)
    assert server.connections == 1
    wait_until(lambda: server.open == 0, "the connection is closed")


def test_a_connection_that_the_server_closes_in_between_is_replaced(server: Counting) -> None:
    server.closes_after_each = True

    output = read_output(server.target, "nightly")

    assert "the only line" in output.bundle("1px")["text/plain"]
    assert (len(server.asked), server.connections) == (3, 3)


def test_a_server_that_closes_without_an_answer_is_tried_again_once(server: Counting) -> None:
    server.closes_unanswered_after = 1

    with pytest.raises(ServerNotFoundError), reading(server.target, "nightly") as run:
        run.state()

    assert server.connections == 2


def test_a_new_connection_that_is_closed_without_an_answer_is_an_error(server: Counting) -> None:
    server.closes_unanswered_after = 0

    with pytest.raises(ServerNotFoundError):
        server.target.log_head("nightly")

    assert server.connections == 1


def test_a_reading_that_raises_closes_its_connection(server: Counting) -> None:
    with pytest.raises(KeyboardInterrupt), reading(server.target, "nightly"):
        raise KeyboardInterrupt

    wait_until(lambda: server.open == 0, "the connection is closed")


def test_a_server_at_another_address_gets_a_connection_of_its_own(server: Counting) -> None:
    from realtime_widgets.client.http import Requests

    with running() as other, Requests() as requests:
        for target in (server.target, other.target, other.target):
            requests.get_json(target, "realtime/api/sprints/nightly", 5)

        assert (server.connections, other.connections) == (1, 1)


def test_requests_apart_from_a_reading_close_their_connections(server: Counting) -> None:
    server.target.run("nightly")
    server.target.run("nightly")

    assert server.connections == 2
    wait_until(lambda: server.open == 0, "the connections are closed")
