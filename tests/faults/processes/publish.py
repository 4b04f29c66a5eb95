"""Publishes unique lines, and writes down what it called.

As a program its argument is JSON: see `Load`. A line on its standard input, or the end of it, ends
the load; it then flushes, closes, writes down what was left, and ends.
"""

from __future__ import annotations

import json
import random
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from diary import Diary

from realtime_widgets import Sprint
from realtime_widgets.client import link
from realtime_widgets.client.publishing.outbox.buffer import Buffer
from realtime_widgets.client.publishing.outbox.outboxes import waiting
from realtime_widgets.protocol.sessions import client

NOISE = 'abc ÄÖÜ 日本 "quoted" \\ \t 🙂 </script> \x1b[31mred\x1b[0m'


@dataclass
class Load:
    """What is to be published."""

    sprint: str
    stream: str
    diary: str
    seed: str
    rate: float = 100.0
    """Events a second; 0 publishes as fast as it goes."""

    count: int | None = None
    """Stop publishing after so many, and wait for the signal to end."""

    line: int = 120
    """Longest noise in a line, in characters."""

    status: str | None = None
    """Set before the first line."""

    ping_s: float = 25.0
    pong_s: float = 10.0
    connect_s: float = 10.0
    """How soon silence is taken for the end of a connection."""

    buffer_events: int | None = None
    """How much waits here before something is dropped."""

    close_s: float = 60.0
    """How long the end waits until all is stored."""


class Publisher:
    """One stream of lines."""

    def __init__(self, load: Load) -> None:
        self.load = load
        self.number = 0
        self.slowest_s = 0.0
        self.diary = Diary(load.diary)
        self._rng = random.Random(f"{load.seed} {load.stream}")  # noqa: S311 - no secret
        client.PING_S, client.PONG_S = load.ping_s, load.pong_s
        link.CONNECT_S = load.connect_s
        if load.buffer_events is not None:
            Buffer.__init__.__kwdefaults__["max_events"] = load.buffer_events
        self.sprint = Sprint(load.sprint)
        if load.status is not None:
            self.sprint.status(load.status)

    def publish(self) -> None:
        """Publish the next line."""
        stream = self.load.stream
        self.number += 1
        line = f"{stream} {self.number} {self._noise()}"
        began = time.monotonic()
        self.diary.write("calling", stream, self.number, line, began)
        self.sprint.log(line)
        self.slowest_s = max(self.slowest_s, time.monotonic() - began)
        self.diary.write("returned", stream, self.number)
        if self.load.rate:
            # An event that is a status stands before the lines, and is stored before them.
            stored = self.number - sum(waiting().values())
            self.diary.write("acked", stream, stored, time.monotonic())

    def _noise(self) -> str:
        most = self.load.line
        begin = self._rng.randrange(len(NOISE))
        text = NOISE[begin:] + NOISE * (1 + most // len(NOISE))
        return text[: self._rng.randint(0, most)]


def main() -> None:
    load = Load(**json.loads(sys.argv[1]))
    is_over = threading.Event()
    threading.Thread(target=lambda: (sys.stdin.readline(), is_over.set()), daemon=True).start()

    publisher = Publisher(load)
    next_at = time.monotonic()
    while not is_over.is_set() and publisher.number != load.count:
        publisher.publish()
        if load.rate:
            next_at = max(next_at + 1 / load.rate, time.monotonic() - 1.0)
            is_over.wait(max(0.0, next_at - time.monotonic()))
    publisher.diary.write("paused")
    is_over.wait()
    began = time.monotonic()
    left = publisher.sprint.close(load.close_s)
    publisher.diary.write("closing took", time.monotonic() - began)
    publisher.diary.write("slowest call", publisher.slowest_s)
    publisher.diary.write("closed", left)


if __name__ == "__main__":
    main()
