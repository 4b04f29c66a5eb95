"""Bytes: what does a long log cost on its way to a page, by WebSocket and by REST?"""

from __future__ import annotations

import contextlib
import gzip
import http.client
import json
import random
import socket
import time
from typing import TYPE_CHECKING, Any

from benchmarks.answers import Answer, Plot, Table
from benchmarks.load import load, wrong_of
from benchmarks.process import ours
from benchmarks.rounds import Effort, Sample, Samples, print_progress
from benchmarks.targets import our_wire

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.process import Server

SPRINT_ID = "training"
PAGE_EVENTS = 500
PAUSE_S = 0.0003
"""Between two lines, so that their times differ as those of a training do."""

SOCKET = "WebSocket, from the first event"
PLAIN = "REST pages, plain"
GZIP = "REST pages, gzip"
FEWER = "times fewer bytes than by WebSocket"


def ask(effort: Effort) -> Answer:
    """Publish log lines from a kernel, and read all of them in each way."""
    lines = effort.pick(5_000, 50_000)
    samples = Samples()
    for number in range(1, effort.rounds + 1):
        with ours() as server:
            _publish(server, lines)
            samples.add(SOCKET, _by_socket(server, lines))
            samples.add(PLAIN, _by_pages(server, lines, "identity"))
            samples.add(GZIP, _by_pages(server, lines, "gzip"))
        print_progress(f"round {number} of {effort.rounds}")
    return Answer(
        "wire",
        f"Bytes: {lines:,} log lines on their way to one page",
        [_table(samples, lines)],
        [
            Plot(
                "wire",
                f"{lines:,} log lines on the wire",
                "MB",
                {name: [samples.middle(name, _megabytes)] for name in samples.names},
            )
        ],
        (
            (
                "The lines are those of a training: a step, a loss, a rate and a time in each, "
                "published by `sprint.log` at some two thousand a second."
            ),
            (
                f"REST pages have {PAGE_EVENTS:,} lines each and are read over one connection, the "
                "newest first, as a view does that is scrolled to its first line; it reads no "
                "page that is not scrolled to."
            ),
            "Bytes are those that the client's socket receives, with all headers.",
        ),
    )


def _publish(server: Server, lines: int) -> None:
    from realtime_widgets import Sprint

    chance = random.Random(7)  # noqa: S311 - the same lines each time
    sprint = Sprint(SPRINT_ID, server=f"http://127.0.0.1:{server.port}/?token={server.token}")
    for number in range(1, lines + 1):
        loss = 2 * 0.9999**number + chance.random() / 10
        seconds = chance.gauss(0.12, 0.01)
        values = f"loss={loss:.4f} lr={3e-4 / number:.2e} {seconds:.3f} s"
        sprint.log(f"@n{number:09d} step {number:,} {values}")
        time.sleep(PAUSE_S)
    left = sprint.close(60)
    if left:
        raise RuntimeError(f"{left} lines were not stored")


def _by_socket(server: Server, lines: int) -> Sample:
    result = load(
        "history", server, our_wire(server, 1, SPRINT_ID), viewers=1, until=lines, patience=60
    )
    return result | {"wrong": wrong_of(result) + (result["complete"] != 1)}


class _CountingSocket(socket.socket):
    """A socket that counts what it receives."""

    received = 0

    def recv_into(self, *where: Any) -> int:  # type: ignore[override]  # noqa: ANN401 - as there
        size = super().recv_into(*where)
        self.received += size
        return size


def _by_pages(server: Server, lines: int, coding: str) -> Sample:
    cpu, wanted, wrong = server.cpu_s(), lines, 0
    with _connection(server) as (connection, counting):
        following = lines + 1
        while following:
            path = (
                f"/realtime/api/sprints/{SPRINT_ID}/events?before={following}&limit={PAGE_EVENTS}"
            )
            connection.request(
                "GET",
                path,
                headers={"Authorization": f"token {server.token}", "Accept-Encoding": coding},
            )
            page = _read(connection.getresponse())
            for event in reversed(page["events"]):
                wrong += event["seq"] != wanted
                wanted -= 1
            following = page["next"]
        return {
            "bytes": counting.received,
            "server_cpu_s": server.cpu_s() - cpu,
            "wrong": wrong + wanted,
        }


@contextlib.contextmanager
def _connection(server: Server) -> Iterator[tuple[http.client.HTTPConnection, _CountingSocket]]:
    with _CountingSocket() as counting:
        counting.connect(("127.0.0.1", server.port))
        connection = http.client.HTTPConnection("127.0.0.1", server.port)
        connection.sock = counting
        yield connection, counting


def _read(response: http.client.HTTPResponse) -> Any:  # noqa: ANN401 - JSON
    body = response.read()
    if response.getheader("Content-Encoding") == "gzip":
        body = gzip.decompress(body)
    return json.loads(body)


def _megabytes(sample: Sample) -> float:
    return float(sample["bytes"]) / 1e6


def _table(samples: Samples, lines: int) -> Table:
    rows = [
        [
            name,
            samples.middle(name, _megabytes),
            samples.middle(name, lambda sample: sample["bytes"] / lines),
            samples.ratio(SOCKET, name, lambda sample: sample["bytes"]),
            samples.middle(name, lambda sample: sample["server_cpu_s"] * 1e3),
            samples.middle(name, lambda sample: sample["server_cpu_s"] * 1e6 / lines),
            sum(sample["wrong"] for sample in samples.of(name)),
        ]
        for name in samples.names
    ]
    return Table(
        "One viewer reads all lines",
        [
            "way",
            "MB",
            "bytes a line",
            FEWER,
            "server CPU ms",
            "server CPU µs a line",
            "wrong",
        ],
        rows,
    )
