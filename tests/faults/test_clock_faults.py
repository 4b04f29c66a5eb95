"""What happens to clocks and to sleeping machines, and what is kept all the same."""

from __future__ import annotations

import asyncio
import signal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.waiting import LOOK_S, PATIENCE_S

from .case import HURRIED_CLIENTS, HURRIED_SERVER, Patience
from .harness import Stage
from .page import Page
from .server import Server

if TYPE_CHECKING:
    from .case import Case

FAKETIME = next(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"), None)


@pytest.mark.long
@pytest.mark.skipif(FAKETIME is None, reason="libfaketime is not installed (Debian: libfaketime)")
async def test_c1_a_wall_clock_that_jumps_changes_neither_order_nor_connections(
    case: Case,
) -> None:
    clock = case.folder / "clock"
    clock.write_text("+0")
    is_let_in: dict[str, bool] = {}
    environment = {
        "LD_PRELOAD": str(FAKETIME),
        "FAKETIME_TIMESTAMP_FILE": str(clock),
        "FAKETIME_NO_CACHE": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
    }
    async with (
        # With the usual patience, so that another connection has no other reason.
        Server(case.folder / "server", environment=environment) as server,
        Stage(server, case.rng, case.folder) as stage,
    ):
        stage.publish("p1")
        steady = stage.watch("steady")
        stage.follow("follower")
        await stage.flows()
        today = (await server.get("sprints/run"))["updated"][:10]
        for jump in ("+1h", "-2h", "+400d"):
            page = Page(stage.address)
            await page.open()
            ticket = await page.ticket()
            clock.write_text(jump)
            await stage.flows()
            if jump != "+400d":  # Jupyter's own login is over by then
                is_let_in[jump] = await page.is_let_in_with(ticket)
            await asyncio.sleep(case.pick(short=0.3, long=20.0))
        async with asyncio.timeout(PATIENCE_S):
            while (await server.get("sprints/run"))["updated"][:10] == today:  # noqa: ASYNC110 - it is another process
                await asyncio.sleep(LOOK_S)

        assert await stage.verdict() == []
        assert steady.connections == 1
        assert is_let_in["+1h"]
        assert is_let_in["-2h"]


@pytest.mark.long
@pytest.mark.skipif(not hasattr(signal, "SIGSTOP"), reason="there is no SIGSTOP")
async def test_c2_a_machine_that_slept_continues_without_a_storm(case: Case) -> None:
    # It sleeps for longer than any wait.
    settings = case.pick(short=HURRIED_SERVER, long={})
    patience = case.pick(short=HURRIED_CLIENTS, long=Patience())
    async with (
        Server(case.folder / "server", settings=settings) as server,
        Stage(server, case.rng, case.folder, patience=patience) as stage,
    ):
        for name in ("p1", "p2", "p3"):
            stage.publish(name)
        for name in ("follower1", "follower2"):
            stage.follow(name)
        await stage.flows()
        sleepers = [server, *stage.publishers.values(), *stage.followers.values()]
        attempts = len(stage.proxy.attempts)

        for sleeper in sleepers:
            sleeper.signal(signal.SIGSTOP)
        await asyncio.sleep(case.pick(short=6.0, long=600.0))
        for sleeper in reversed(sleepers):
            sleeper.signal(signal.SIGCONT)
        case.figure("recovery_s", await stage.recovered())
        case.figure("new_connections", len(stage.proxy.attempts) - attempts)

        assert await stage.verdict() == []
        assert len(stage.proxy.attempts) - attempts <= 4 * len(sleepers)
