"""A page that joined a long run at its end and scrolls through it while faults happen."""

from __future__ import annotations

import asyncio
import math
import re
from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from tests.waiting import until

from .browser_view import BrowserView
from .disk import damage, spoil
from .harness import Stage
from .server import Server

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from .case import Case

pytestmark = pytest.mark.long  # of faults without a page: the other files

LINES = 5_000
"""Before the page joins, which loads 300 of them."""

WHAT_MAKES_A_LINE = re.compile(r"^(\w+ \d+)(?: |$)")
"""Its publisher and number; the rest is noise, which a page shows with marks."""


@asynccontextmanager
async def a_scrolling_page(case: Case) -> AsyncIterator[tuple[Stage, BrowserView]]:
    async with (
        Server(case.folder / "server", settings=case.settings) as server,
        Stage(server, case.rng, case.folder, patience=case.patience) as stage,
    ):
        stage.publish("old", directly=True, count=LINES, rate=0)
        await server.stored("run", LINES)
        await stage.load()
        async with BrowserView(stage.address) as page:
            await page.scroll_from_time_to_time()
            yield stage, page


async def assert_page_equals_log(stage: Stage, page: BrowserView) -> None:
    """The checker finds nothing, and the page has the lines of the log, in its order, once."""
    assert await stage.verdict() == []
    stored = await lines_of_log(stage.server)
    shown = await page.lines(stored[-1])
    assert list(map(identity_of, shown)) == stored


async def lines_of_log(server: Server) -> list[str]:
    lines: list[str] = []
    after: int | None = 0
    while after is not None:
        page: dict[str, Any] = await server.get(f"sprints/run/events?after={after}&limit=1000")
        events = [event for event in page["events"] if event["type"] == "log"]
        lines += [identity_of(event["message"]) for event in events]
        after = page["next"]
    return lines


def identity_of(line: str) -> str:
    match = WHAT_MAKES_A_LINE.match(line)
    assert match is not None, line
    return match[1]


async def test_n1_through_cuts_at_random_the_page_shows_the_log(case: Case) -> None:
    async with a_scrolling_page(case) as (stage, page):
        for _ in range(case.pick(short=8, long=60)):
            await asyncio.sleep(case.rng.uniform(0.1, 1.5))
            stage.proxy.cut()

        await assert_page_equals_log(stage, page)


async def test_n4_while_connections_are_cut_after_some_bytes_the_page_shows_the_log(
    case: Case,
) -> None:
    cuts = case.pick(short=60, long=500)
    async with a_scrolling_page(case) as (stage, page):
        stage.proxy.cut_after = lambda: case.rng.randint(300, 100_000)
        stage.proxy.cut()
        await until(lambda: stage.proxy.cuts >= cuts, f"{cuts} cuts")
        stage.proxy.cut_after = lambda: math.inf
        stage.proxy.cut()

        await assert_page_equals_log(stage, page)


async def test_k1_while_the_server_is_killed_again_and_again_the_page_shows_the_log(
    case: Case,
) -> None:
    async with a_scrolling_page(case) as (stage, page):
        for _ in range(case.pick(short=3, long=20)):
            await asyncio.sleep(case.rng.uniform(0.1, 2.0))
            await stage.server.kill()
            await stage.server.start()
        await stage.recovered()

        await assert_page_equals_log(stage, page)


@pytest.mark.parametrize(("begin", "end"), [(0.0, 0.02), (0.4, 0.6)])
async def test_d2_of_a_damaged_file_the_page_shows_what_the_server_has(
    begin: float, end: float, case: Case
) -> None:
    async with a_scrolling_page(case) as (stage, page):
        await damage(stage, partial(spoil, rng=case.rng, begin=begin, end=end))
        reader = stage.watch("reader")
        await stage.caught_up()
        await until(lambda: reader.seq > 0, "the log is read")
        await stage.recovered()
        await stage.take_away()

        await assert_page_equals_log(stage, page)
