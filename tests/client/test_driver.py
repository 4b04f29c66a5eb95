"""A session over links that a test opens, feeds and breaks."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from typing import TYPE_CHECKING

import pytest

from realtime_widgets.backoff import Backoff
from realtime_widgets.client.driver import Driver
from realtime_widgets.client.runtime import runtime
from realtime_widgets.errors import ConnectionClosedError, ServerNotFoundError
from realtime_widgets.protocol.codes import CloseCode
from realtime_widgets.protocol.limits import Limits
from realtime_widgets.protocol.messages import ClientLimits, Welcome
from realtime_widgets.protocol.sessions.client import ClientSession
from realtime_widgets.protocol.sessions.watch import WatchSession
from tests.waiting import PATIENCE_S, wait_until

if TYPE_CHECKING:
    from collections.abc import Callable

LIMITS = Limits()
WELCOME = Welcome(
    session="s",
    sprint_id="run",
    epoch=None,
    first=1,
    head=0,
    entry=None,
    recovered=None,
    may_publish=True,
    last_n=None,
    limits=ClientLimits.of(LIMITS),
    ping_s=LIMITS.ping_s,
    pong_s=LIMITS.pong_s,
    server_time="2026-11-22T21:58:00.123Z",
).to_json()
GONE = ServerNotFoundError("http://x/", "gone")
CUT = ConnectionClosedError(1006)


class ScriptedLink:
    """Receives what the test puts in; an error ends it."""

    def __init__(self, *received: str | Exception) -> None:
        self._received = asyncio.Queue[str | Exception]()
        self.put(*received)
        self.sent: list[str] = []
        self.closed_with: list[int] = []

    def put(self, *received: str | Exception) -> None:
        for message in received:
            self._received.put_nowait(message)

    async def send(self, message: str) -> None:
        self.sent.append(json.loads(message)["type"])

    async def receive(self) -> str:
        message = await self._received.get()
        if isinstance(message, Exception):
            raise message
        return message

    async def close(self, code: CloseCode = CloseCode.NORMAL) -> None:
        self.closed_with.append(code)


class ScriptedTarget:
    """Opens these links, one after another; an error is a failed attempt."""

    def __init__(self, *links: ScriptedLink | Exception) -> None:
        self._links = deque(links)

    async def connect(self, _: str) -> ScriptedLink:
        link = self._links.popleft()
        if isinstance(link, Exception):
            raise link
        return link


def driver_of(*links: ScriptedLink | Exception) -> Driver[ClientSession]:
    session = ClientSession("run", watch=WatchSession("run"))
    return Driver(ScriptedTarget(*links), "run", session)  # type: ignore[arg-type]  # what it needs


def pull(driver: Driver[ClientSession], on_failure: Callable[[Exception], object] = id) -> None:
    """Pull messages until `welcome` has been received."""

    async def work() -> None:
        if not driver.is_connected:
            await driver.open()
        await driver.exchange()

    def is_enough() -> bool:
        return driver.session.is_open

    runtime().run(driver.run(work, until=is_enough, on_failure=on_failure), PATIENCE_S)


def test_it_connects_until_an_attempt_succeeds_and_reports_each_failure() -> None:
    link = ScriptedLink(WELCOME)
    driver = driver_of(GONE, GONE, link)
    failures = []

    pull(driver, lambda error: failures.append((error, driver.failures, driver.lost_at)))

    assert [(error, count) for error, count, _ in failures] == [(GONE, 1), (GONE, 2)]
    assert failures[0][2] == failures[1][2] is not None
    assert (driver.failures, driver.lost_at) == (0, None)
    assert link.sent == ["hello"]


def test_a_lost_connection_is_closed_and_opened_again() -> None:
    first, second = ScriptedLink(CUT), ScriptedLink(WELCOME)
    failures: list[Exception] = []

    pull(driver_of(first, second), failures.append)

    assert failures == [CUT]
    assert (first.closed_with, second.closed_with) == ([1000], [])
    assert (first.sent, second.sent) == (["hello"], ["hello"])


def test_a_refusal_for_good_is_raised_and_no_failure_to_retry() -> None:
    link = ScriptedLink(ConnectionClosedError(CloseCode.FORBIDDEN))
    failures: list[Exception] = []

    with pytest.raises(ConnectionClosedError, match="4503"):
        pull(driver_of(link), failures.append)

    assert failures == []
    assert link.closed_with == [1000]


def test_a_connection_ends_with_the_close_code_of_the_session() -> None:
    link = ScriptedLink("no message")

    with pytest.raises(ConnectionClosedError, match="4500"):
        pull(driver_of(link))

    assert link.closed_with == [CloseCode.BAD_MESSAGE]


def test_a_delay_ends_when_a_connection_is_wanted_now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Backoff, "next_delay", lambda _: 10 * PATIENCE_S)
    driver = driver_of(GONE, ScriptedLink(WELCOME))

    pull(driver, lambda _: driver.connect_now())

    assert driver.session.is_open


def test_what_wanted_a_connection_before_it_was_lost_shortens_no_delay(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    delays = []
    monkeypatch.setattr(Backoff, "next_delay", lambda _: delays.append(1) or 0.01)
    first = ScriptedLink(CUT)
    driver = driver_of(first, ScriptedLink(WELCOME))
    driver.connect_now()

    pull(driver)

    assert delays == [1]


def test_a_pull_that_is_cancelled_loses_no_message() -> None:
    link = ScriptedLink()
    driver = driver_of(link)

    async def cancel_and_pull_again() -> None:
        await driver.open()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0):
                await driver.exchange()
        link.put(WELCOME)
        await driver.exchange()

    runtime().run(cancel_and_pull_again(), PATIENCE_S)

    assert driver.session.is_open
    assert (link.sent, link.closed_with) == (["hello"], [])


def test_a_push_is_woken_by_a_message_and_by_its_own_events_and_ends_with_the_link() -> None:
    link = ScriptedLink()
    driver = driver_of(link)
    taken = []

    async def push() -> None:
        await driver.open()
        async with driver.receiving(lambda: taken.append(driver.session.is_open)):
            await driver.send()
            link.put(WELCOME)
            await driver.wait()
            driver.wake()
            await driver.wait()
            link.put(CUT)
            await driver.wait()
            await driver.send()

    with pytest.raises(ConnectionClosedError, match="1006"):
        runtime().run(push(), PATIENCE_S)

    assert taken == [True]
    assert link.closed_with == [1000]


def test_any_thread_may_close_it_and_twice() -> None:
    link = ScriptedLink(WELCOME)
    driver = driver_of(link)
    pull(driver)

    driver.close_soon()
    driver.close_soon()

    wait_until(lambda: link.closed_with == [1000], "the link is closed")
    assert not driver.is_connected
