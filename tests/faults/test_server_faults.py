"""What happens to the server's process, and what is kept all the same."""

from __future__ import annotations

import asyncio
import shutil
import signal
import time
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.waiting import together, until

from .case import Patience
from .clients import Address, flood, leave_in_a_frame
from .conftest import on_both
from .harness import Stage
from .server import Server

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from .case import Case

FLOOD = 3_000
"""Events; a third of them has room in the queue."""

needs_signals = pytest.mark.skipif(not hasattr(signal, "SIGSTOP"), reason="there is no SIGSTOP")


@asynccontextmanager
async def a_stage(case: Case, **settings: object) -> AsyncIterator[Stage]:
    """A stage on a separate server, under the standard load."""
    async with (
        case.server(case.folder / "server", settings={**case.settings, **settings}) as server,
        Stage(server, case.rng, case.folder, patience=case.patience) as stage,
    ):
        await stage.load()
        yield stage


@on_both
async def test_k1_a_server_that_is_killed_again_and_again_loses_nothing_acknowledged(
    case: Case,
) -> None:
    kills = case.pick(short=2, long=20)
    recoveries = []
    async with a_stage(case) as stage:
        for _ in range(kills):
            await asyncio.sleep(case.rng.uniform(0, case.pick(short=0.5, long=4.0)))
            await stage.server.kill()
            await stage.server.start()
            if case.rng.random() < 0.7:  # else the next one comes in the middle of the recovery
                recoveries.append(await stage.recovered())
        recoveries.append(await stage.recovered())
        case.figure("kills", kills)
        case.figure("longest_recovery_s", max(recoveries))

        assert await stage.verdict() == []
        assert stage.server.starts == kills + 1


@needs_signals
@on_both
async def test_k2_a_server_that_gets_sigterm_closes_all_connections_and_ends(case: Case) -> None:
    async with a_stage(case) as stage:
        began = time.monotonic()
        # All but the restless one, which also closes its connections itself.
        ends = {
            name: len(watcher.seen.closes())
            for name, watcher in stage.watchers.items()
            if watcher.is_open and name != "restless"
        }

        stage.server.signal(signal.SIGTERM)
        await stage.server.ended()
        case.figure("exit_s", time.monotonic() - began)

        def codes() -> list[int | None]:
            return [
                code
                for name, end in ends.items()
                for code in stage.watchers[name].seen.closes()[end : end + 1]
            ]

        await until(lambda: len(codes()) == len(ends), "each watcher has its close code")
        log = stage.server.log()
        await stage.server.start()
        case.figure("recovery_s", await stage.recovered())

        assert await stage.verdict() == []
        assert codes()
        assert set(codes()) <= {1001, 1012}
        assert "Traceback" not in log, log


@needs_signals
async def test_k3_a_server_that_stands_still_is_noticed_and_holds_no_publisher_up(
    case: Case,
) -> None:
    case_patience = case.pick(short=Patience(1.0, 1.0, 2.0), long=Patience())
    async with (
        Server(case.folder / "server", settings=case.settings) as server,
        Stage(server, case.rng, case.folder, patience=case_patience) as stage,
    ):
        await stage.load()
        stage.update()
        calls = {name: publisher.calls for name, publisher in stage.publishers.items()}
        ends = len(stage.watchers["steady"].seen.closes())

        server.signal(signal.SIGSTOP)
        began = time.monotonic()
        flood = stage.publish("flood", rate=0, count=FLOOD, buffer_events=FLOOD // 3)
        await until(lambda: len(stage.watchers["steady"].seen.closes()) > ends, "a watcher notices")
        case.figure("noticed_s", time.monotonic() - began)
        await asyncio.sleep(began + case.pick(short=4.0, long=45.0) - time.monotonic())

        def all_went_on() -> bool:
            stage.update()
            went_on = (stage.publishers[name].calls - calls[name] for name in calls)
            return flood.calls == FLOOD and all(count > 50 for count in went_on)

        await until(all_went_on, "all publishers continue while the server stands still")
        server.signal(signal.SIGCONT)
        case.figure("recovery_s", await stage.recovered())

        assert await stage.verdict() == []
        slowest = max(publisher.slowest_s for publisher in stage.publishers.values())
        case.figure("slowest_call_s", slowest)
        applied = [each.body for each in stage.watchers["auditor"].seen.applied()]
        assert any(body.startswith("dropped ") for body in applied)
        assert flood.left == 0


@pytest.mark.long
@pytest.mark.skipif(shutil.which("prlimit") is None, reason="there is no prlimit command")
async def test_k7_a_flood_beyond_its_memory_does_not_end_the_server(case: Case) -> None:
    async with a_stage(case) as stage:
        server = stage.server
        pid = server.pid
        server.limit_memory(server.address_space() + 256 * 2**20)
        address = Address(server.port, server.token, "flooded")
        floods = case.pick(short=20, long=60)

        for_s = case.pick(short=3.0, long=60.0)
        least_bytes = 256 * 2**20 / case.pick(short=4, long=1) / floods
        others_s = 0.0
        async with asyncio.TaskGroup() as group:
            flooding = [
                group.create_task(flood(address, for_s=for_s, least_bytes=least_bytes))
                for _ in range(floods)
            ]
            while not all(task.done() for task in flooding):
                began = time.monotonic()
                await stage.flows()
                others_s = max(others_s, time.monotonic() - began)
        taken = [task.result() for task in flooding]
        case.figure("others_publish_and_see_within_s", others_s)
        case.figure("flood_mib", sum(taken) / 2**20)
        case.figure("rss_mib", server.rss() / 2**20)
        case.figure("recovery_s", await stage.recovered())

        assert await stage.verdict() == []
        assert server.is_running
        assert server.pid == pid


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="there is no /proc")
async def test_k7_a_client_that_leaves_in_the_middle_of_a_message_leaves_nothing_in_memory(
    case: Case,
) -> None:
    times = case.pick(short=20, long=200)
    async with Server(case.folder / "server", settings=case.settings) as server:
        before = server.rss()
        address = Address(server.port, server.token, "left")
        await together(*(leave_in_a_frame(address, times) for _ in range(10)))
        case.figure("begun_mib", 10 * times * 900_000 / 2**20)

        def grown_mib() -> float:
            return (server.rss() - before) / 2**20

        await until(lambda: grown_mib() < 64, "nothing is left")
        case.figure("grown_mib", grown_mib())
