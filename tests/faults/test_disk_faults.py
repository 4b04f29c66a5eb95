"""What happens to the store's file, and what is kept all the same."""

from __future__ import annotations

import asyncio
import sqlite3
import statistics
import time
from typing import TYPE_CHECKING

from .clients import round_trips
from .harness import Stage
from .measure import ack_delays, p99
from .server import Server

if TYPE_CHECKING:
    from .case import Case


async def test_d3_a_slow_disk_delays_acks_and_nothing_else(case: Case) -> None:
    async with (
        Server(case.folder / "server", settings=case.settings, changes=["sync_slowly"]) as server,
        Stage(server, case.rng, case.folder, patience=case.patience) as stage,
    ):
        await stage.load()
        began = time.monotonic()
        took = await round_trips(stage.address, for_s=case.pick(short=2.0, long=30.0))
        stage.update()
        delays = [
            delay for each in stage.publishers.values() for delay in ack_delays(each, since=began)
        ]
        case.figure("round_trip_p99_s", p99(took))
        case.figure("median_ack_s", statistics.median(delays))

        assert await stage.verdict() == []
        assert statistics.median(delays) > 0.1, "the disk is slow"
        # A loop that waited for the disk would answer in the pauses between two commits only.
        assert statistics.median(took) < 0.1


async def test_d4_a_second_server_on_the_same_file_says_so_and_leaves_it_alone(
    case: Case, shared_server: Server
) -> None:
    settings = {**case.settings, "store_path": shared_server.store_path}
    async with Stage(
        shared_server, case.rng, case.folder, sprint_id="d4", patience=case.patience
    ) as stage:
        stage.publish("p1")
        stage.watch("steady")
        await stage.flows()
        async with Server(case.folder / "second", settings=settings) as second:
            warnings = [line for line in second.log().splitlines() if "another server" in line]
            health = await second.get("health")
            await stage.flows()

        assert await stage.verdict() == []
        assert len(warnings) == 1
        assert "Traceback" not in second.log()
        assert health["store"] == "memory"


async def test_d5_events_wait_while_another_program_locks_the_file(
    case: Case, shared_server: Server
) -> None:
    async with Stage(
        shared_server, case.rng, case.folder, sprint_id="d5", patience=case.patience
    ) as stage:
        await stage.load()
        other = sqlite3.connect(shared_server.store_path, isolation_level=None, timeout=10)
        other.execute("begin exclusive")
        await asyncio.sleep(0.2)  # what was being committed before is out
        head = await shared_server.head("d5")
        await asyncio.sleep(case.pick(short=3.0, long=11.0))
        stored = await shared_server.head("d5") - head
        other.execute("rollback")
        other.close()
        case.figure("recovery_s", await stage.recovered())

        assert stored == 0
        assert await stage.verdict() == []
        assert all(publisher.left == 0 for publisher in stage.publishers.values())
        slowest = max(publisher.slowest_s for publisher in stage.publishers.values())
        case.figure("slowest_call_s", slowest)
        assert all(4007 not in watcher.seen.closes() for watcher in stage.watchers.values())
