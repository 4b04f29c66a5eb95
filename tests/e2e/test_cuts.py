"""A page whose connection is cut again and again, anywhere in a frame, shows every line once."""

from __future__ import annotations

import asyncio
import contextlib
import copy
import hashlib
import math
import random
import re
import secrets
from typing import TYPE_CHECKING, Self
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from tests.loop_thread import LoopThread
from tests.waiting import wait_until

from .jupyter import evaluate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playwright.sync_api import BrowserContext, Page

    from .jupyter import Jupyter

VIEW = ".jp-OutputArea .realtime-widgets"
LINES = 10_000
CUTS = 50

MAX_BYTES = 100_000
"""How far a connection gets at most: about a second of the lines."""

# Slower than a burst, and until the cuts are made: only what is sent can be cut off.
SOURCE = f"""
import hashlib, pathlib, threading, time
from realtime_widgets import Sprint

sprint = Sprint("cuts")
published = 0

def publish():
    global published
    while published < {LINES} or not pathlib.Path("all-cuts-are-made").exists():
        sprint.log(f"{{published}} {{hashlib.sha256(b'%d' % published).hexdigest()}}")
        published += 1
        if published % 10 == 0:
            time.sleep(0.025)

publishing = threading.Thread(target=publish)
publishing.start()
sprint
"""

# The waits between attempts grow to half a minute, but end when the browser is online again.
COME_BACK_AT_ONCE = """
    window.sprintSockets = 0;
    window.WebSocket = class extends window.WebSocket {
        constructor(...given) {
            super(...given);
            if (!String(given[0]).includes("/realtime/ws/sprints/")) return;
            window.sprintSockets += 1;
            this.addEventListener("close", () => {
                setTimeout(() => window.dispatchEvent(new Event("online")), 50);
            });
        }
    };
"""


class Cutter:
    """A proxy in front of Jupyter that cuts the sockets of runs, each after some random bytes.

    Attributes:
        url: Where Jupyter is found behind it.
        cuts: How many it has made.
        is_down: Set: no socket of a run gets through any more.
    """

    def __init__(self, target: str, rng: random.Random) -> None:
        self._target = urlsplit(target)
        self._rng = rng
        self._loop = LoopThread("cutter")
        self._tasks: set[asyncio.Task[None]] = set()
        self.cuts = 0
        self.is_down = False

    def __enter__(self) -> Self:
        self._loop.start()
        self._loop.do(self._start())
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.do(self._stop())
        self._loop.stop()

    async def _start(self) -> None:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        port = self._server.sockets[0].getsockname()[1]
        self.url = self._target._replace(netloc=f"127.0.0.1:{port}").geturl()

    async def _stop(self) -> None:
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        with contextlib.closing(writer), contextlib.suppress(OSError, asyncio.IncompleteReadError):
            head = await reader.readuntil(b"\r\n\r\n")
            is_of_run = b"/realtime/ws/sprints/" in head.partition(b"\r\n")[0]
            if is_of_run and self.is_down:
                return
            there = await asyncio.open_connection(self._target.hostname, self._target.port)
            with contextlib.closing(there[1]):
                there[1].write(head)
                await self._carry(reader, writer, *there, is_of_run=is_of_run)

    async def _carry(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        server_reader: asyncio.StreamReader,
        server_writer: asyncio.StreamWriter,
        *,
        is_of_run: bool,
    ) -> None:
        """Pass bytes on in both directions until one ends, or all that are allowed have passed."""
        most = self._some_bytes() if is_of_run and self.cuts < CUTS else math.inf
        async with asyncio.TaskGroup() as group:
            up = group.create_task(_pass_on(reader, server_writer, math.inf))
            down = group.create_task(_pass_on(server_reader, writer, most))
            await asyncio.wait((up, down), return_when=asyncio.FIRST_COMPLETED)
            if down.done() and not down.exception() and down.result() == most:
                self.cuts += 1
            up.cancel()
            down.cancel()

    def _some_bytes(self) -> int:
        """As often within the handshake as far behind it."""
        return int(math.exp(self._rng.uniform(math.log(10), math.log(MAX_BYTES))))


async def _pass_on(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, most: float
) -> float:
    """Return how many bytes were passed on when it ended."""
    passed = 0
    while passed < most and (data := await reader.read(int(min(most - passed, 65_536)))):
        writer.write(data)
        await writer.drain()
        passed += len(data)
    return passed


@pytest.fixture
def cutter(lab: Jupyter) -> Iterator[Cutter]:
    seed = secrets.randbits(32)
    print(f"the cuts are those of seed {seed}")  # noqa: T201 - shown when the test fails
    with Cutter(lab.url, random.Random(seed)) as cutter:  # noqa: S311 - no secret
        yield cutter


@pytest.mark.long  # of cuts without a page: tests/faults
def test_fifty_cuts_during_ten_thousand_lines_lose_and_double_none(
    lab: Jupyter,
    cutter: Cutter,
    page: Page,
    context: BrowserContext,
    screenshot: Callable[[str], Path],
) -> None:
    through_cutter = copy.copy(lab)
    through_cutter.url = cutter.url
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.add_init_script(COME_BACK_AT_ONCE)
    lab.notebook("cuts.ipynb", cells=[SOURCE])
    lab.run_all(through_cutter.open(page, "cuts.ipynb"))
    view = page.locator(VIEW)

    wait_until(lambda: cutter.cuts >= CUTS / 2, "half of the cuts are made")
    cutter.is_down = True
    # The second is shown where no cut has yet let a whole frame pass.
    expect(view).to_contain_text(re.compile("reconnecting|connection was lost", re.IGNORECASE))
    screenshot("cut")
    cutter.is_down = False
    wait_until(lambda: cutter.cuts >= CUTS, "all cuts are made")
    (lab.root / "all-cuts-are-made").touch()
    lines = int(evaluate(page, "publishing.join() or published"))
    assert lines >= LINES
    expect(view).to_contain_text(f"{lines:,} lines")
    expect(view).to_contain_text("Connected")
    screenshot("after-fifty-cuts")

    view.get_by_role("button", name="Copy the lines shown").click()
    expect(view.get_by_text("Copied", exact=True)).to_be_visible()
    copied = page.evaluate("() => navigator.clipboard.readText()").splitlines()
    assert [line.partition(" INFO ")[2] for line in copied] == [
        f"{n} {hashlib.sha256(b'%d' % n).hexdigest()}" for n in range(lines)
    ]
