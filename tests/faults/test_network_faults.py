"""What the network does, and what is kept all the same."""

from __future__ import annotations

import asyncio
import math
import shutil
import time
from collections import Counter, defaultdict
from itertools import accumulate
from typing import TYPE_CHECKING

import pytest

from tests.waiting import PATIENCE_S, together, until

from .case import HURRIED_CLIENTS, HURRIED_SERVER, Patience
from .clients import Address, Crowd
from .conftest import on_both
from .harness import Stage
from .history import Batch
from .measure import ack_delays, p99
from .server import Server

if TYPE_CHECKING:
    from .case import Case
    from .proxy import Path


def stage_on(server: Server, case: Case, sprint_id: str) -> Stage:
    return Stage(server, case.rng, case.folder, sprint_id=sprint_id, patience=case.patience)


@on_both
async def test_n1_connections_that_are_cut_at_random_lose_and_repeat_nothing(
    case: Case, calm_server: Server
) -> None:
    async with stage_on(calm_server, case, "n1") as stage:
        await stage.load()
        ends_at = time.monotonic() + case.pick(short=4, long=120)
        while time.monotonic() < ends_at or stage.proxy.cuts < 10:
            await asyncio.sleep(case.rng.uniform(0.1, case.pick(short=1.0, long=3.0)))
            stage.proxy.cut()
        case.figure("recovery_s", await stage.recovered())
        case.figure("cuts", stage.proxy.cuts)

        assert await stage.verdict() == []
        case.figure("events", stage.summary()["published"])


@pytest.mark.long
async def test_n2_a_server_that_refuses_is_asked_by_a_crowd_at_different_moments(
    case: Case, shared_server: Server
) -> None:
    readers = 50
    async with stage_on(shared_server, case, "n2") as stage:
        stage.publish("p1", directly=True, rate=10)
        await stage.flows()
        pause_s = case.pick(short=3.0, long=None)
        crowd = stage.run("crowd", "crowd.py", readers=readers, longest_pause_s=pause_s)
        at: dict[int, int] = {}
        pauses: dict[int, list[float]] = defaultdict(list)

        def all_are_at(head: int) -> bool:
            stage.update()
            for what, reader, value in crowd.notes:
                if what == "at":
                    at[reader] = value
                else:
                    pauses[reader].append(value)
            crowd.notes.clear()
            return len(at) == readers and min(at.values()) >= head

        await until(lambda: all_are_at(1), "the crowd reads")
        pauses.clear()
        stage.proxy.attempts.clear()
        stage.proxy.refuses = True
        stage.proxy.cut()
        await asyncio.sleep(case.pick(short=4.0, long=60.0))
        attempts = stage.proxy.attempts
        await until(lambda: len(attempts) > readers, "they try again and again")
        case.figure("attempts", len(attempts))
        stage.proxy.refuses = False
        head = await shared_server.head("n2")
        recovery_s = await until(lambda: all_are_at(head), "the crowd is back")
        case.figure("recovery_s", recovery_s)
        # When each wanted to try; when they come depends on whose turn it is on a busy machine.
        moments = [moment for drawn in pauses.values() for moment in accumulate(drawn)]
        busiest = max(Counter(round(moment, 2) for moment in moments).values())
        case.figure("attempts_in_the_busiest_10_ms", busiest)

        assert await stage.verdict() == []
        assert len(pauses) == readers
        assert busiest < readers / 2


async def test_n3_half_open_connections_are_noticed_and_made_again(case: Case) -> None:
    least_s = case.pick(short=1.0, long=60.0)
    patience = case.pick(short=HURRIED_CLIENTS, long=Patience())

    async def fall_silent(server: Server, name: str, *paths: str) -> list[str]:
        async with Stage(server, case.rng, case.folder, f"n3-{name}", patience) as stage:
            stage.publish("p1", rate=50)
            steady = stage.watch("steady")
            stage.follow("follower")
            await stage.flows()

            began, connections = time.monotonic(), steady.connections
            ends = len(steady.seen.closes())
            silent: list[Path] = [getattr(stage.proxy, path) for path in paths]
            for path in silent:
                path.is_black_hole = True
            await until(lambda: len(steady.seen.closes()) > ends, f"{name} is noticed")
            case.figure(f"{name}_noticed_s", time.monotonic() - began)
            await asyncio.sleep(max(0.0, began + least_s - time.monotonic()))
            for path in silent:
                path.is_black_hole = False
            case.figure(f"{name}_recovery_s", await stage.recovered())
            found = await stage.verdict()
            assert steady.connections > connections
            return found

    settings = case.pick(short=HURRIED_SERVER, long={})
    async with Server(case.folder / "server", settings=settings) as server:
        found = await together(
            fall_silent(server, "both-ways", "up", "down"),
            fall_silent(server, "up", "up"),
            fall_silent(server, "down", "down"),
        )

    assert found == [[], [], []]


async def test_n4_events_whose_acks_are_cut_off_are_stored_once(
    case: Case, shared_server: Server
) -> None:
    cuts = case.pick(short=40, long=500)
    async with stage_on(shared_server, case, "n4") as stage:
        stage.watch("steady", directly=True)
        for index in range(8):
            stage.publish(f"p{index}", rate=40)
        await stage.flows()
        stage.proxy.cut_after = lambda: case.rng.randint(300, 2_500)
        stage.proxy.cut()
        await until(lambda: stage.proxy.cuts >= cuts, f"{cuts} cuts")
        stage.proxy.cut_after = lambda: math.inf
        stage.proxy.cut()
        case.figure("recovery_s", await stage.recovered())
        case.figure("cuts", stage.proxy.cuts)

        assert await stage.verdict() == []
        case.figure("events", stage.summary()["published"])


@pytest.mark.long
async def test_n5_a_slow_line_that_gives_single_bytes_is_not_taken_for_dead(
    case: Case, shared_server: Server
) -> None:
    async with stage_on(shared_server, case, "n5") as stage:
        for path in (stage.proxy.up, stage.proxy.down):
            path.slice_bytes = 1
            path.latency_s, path.jitter_s = 0.3, 0.2
            path.bytes_per_s = 10_000
        stage.publish("p1", rate=15, line=40)
        steady = stage.watch("steady")
        stage.follow("follower")
        await stage.flows()
        await asyncio.sleep(case.pick(short=3.0, long=60.0))
        case.figure("catching_up_s", await stage.recovered())

        assert await stage.verdict() == []
        assert steady.connections == 1
        assert len(stage.proxy.attempts) == 3


# Longer than 40 lines: one fault from its beginning to its end, in the order of its events.
@on_both
async def test_n6_a_viewer_that_stops_reading_is_cut_and_delays_no_other(
    case: Case, calm_server: Server
) -> None:
    events = case.pick(short=20_000, long=100_000)
    async with Stage(
        calm_server,
        case.rng,
        case.folder,
        sprint_id="n6",
        patience=case.patience,
        receive_bytes=32_768,
    ) as stage:
        quiet = stage.publish("quiet", directly=True, rate=40)
        slow = stage.watch("slow", patience=Patience(ping_s=math.inf))  # it never closes by itself
        for name in ("viewer", "another"):
            stage.watch(name, directly=True)
        await stage.flows()
        crowd = Crowd(Address(calm_server.port, calm_server.token, "n6"))
        bystanders = case.pick(short=2, long=17)
        await crowd.connect(bystanders)
        before = calm_server.rss()

        stage.proxy.down.flows.clear()
        viewer = stage.watchers["viewer"]
        flood = stage.publish("flood", directly=True, rate=0, count=events, line=600)
        began = time.monotonic()
        most = before
        cut_after_s: float | None = None
        others = len(stage.watchers) + len(stage.publishers) + bystanders - 1
        async with asyncio.timeout(2 * PATIENCE_S):
            while cut_after_s is None or flood.calls < events or viewer.seq < events:
                await asyncio.sleep(0.2)
                stage.update()
                most = max(most, calm_server.rss())
                connections = (await calm_server.get("health"))["connections"]
                is_flooded = viewer.seq > events / 10
                if cut_after_s is None and is_flooded and connections == others:
                    cut_after_s = time.monotonic() - began
        case.figure("cut_after_s", cut_after_s)
        await crowd.leave()
        case.figure("rss_growth_mib", (most - before) / 2**20)
        taken = slow.seq
        stage.proxy.down.flows.set()
        case.figure("recovery_s", await stage.recovered())
        delays = [
            viewer.applied_at[body] - called_at
            for body, called_at in quiet.called_at.items()
            if body in viewer.applied_at
        ]
        case.figure("delay_of_others_p99_s", p99(delays))
        case.figure("close_codes", str(slow.seen.closes()))

        assert await stage.verdict() == []
        assert taken < events / 2
        assert slow.connections == 2
        assert connections == others
        assert all(each.connections == 1 for name, each in stage.watchers.items() if name != "slow")


async def test_n7_a_viewer_that_reconnects_without_news_is_sent_nothing_again(
    case: Case, shared_server: Server
) -> None:
    async with stage_on(shared_server, case, "n7") as stage:
        stage.publish("p1", count=300, rate=0)
        watcher = stage.watch("steady")
        await until(lambda: watcher.seq >= 300, "everything was read")

        begin = len(watcher.seen.records)
        for connections in (2, 3):
            await watcher.reconnect()
            await until(
                lambda wanted=connections: watcher.connections >= wanted and watcher.is_open,
                "it is back",
            )
        stage.publish("p2", count=1)
        await until(lambda: watcher.seq == 301, "the next event is read")
        batches = [each for each in watcher.seen.records[begin:] if isinstance(each, Batch)]

        assert [(batch.first, batch.last) for batch in batches] == [(301, 301)]
        assert await stage.verdict() == []


@pytest.mark.long
async def test_n8_a_storm_of_viewers_that_come_back_at_once_is_served(
    case: Case, shared_server: Server
) -> None:
    viewers = case.pick(short=60, long=500)
    async with stage_on(shared_server, case, "n8") as stage:
        quiet = stage.publish("quiet", directly=True, rate=20)
        crowd = [stage.watch(f"viewer{index}") for index in range(viewers)]
        await until(lambda: all(viewer.is_open for viewer in crowd), "all are there")
        await stage.flows()

        stage.proxy.refuses = True
        stage.proxy.cut()
        head = await shared_server.head("n8") + 300
        stage.publish("behind", directly=True, count=300, rate=0)
        await shared_server.stored("n8", head)
        before = shared_server.rss()
        began = time.monotonic()
        stage.proxy.refuses = False
        back_at: dict[int, float] = {}

        def all_are_back() -> bool:
            for index, viewer in enumerate(crowd):
                if viewer.seq >= head:
                    back_at.setdefault(index, time.monotonic() - began)
            return len(back_at) == viewers

        case.figure("all_back_s", await until(all_are_back, "all are back"))
        case.figure("back_p99_s", p99(back_at.values()))
        case.figure("rss_growth_mib", (shared_server.rss() - before) / 2**20)
        stage.update()
        case.figure("ack_p99_s", p99(ack_delays(quiet, since=began)))

        assert await stage.verdict() == []


@pytest.mark.long
@pytest.mark.skipif(shutil.which("prlimit") is None, reason="there is no prlimit command")
async def test_n9_connections_beyond_the_file_descriptors_are_refused_and_the_others_live(
    case: Case,
) -> None:
    async with (
        Server(case.folder / "server", settings=case.settings, most_files=256) as server,
        Stage(server, case.rng, case.folder, patience=case.patience) as stage,
    ):
        await stage.load()
        crowd = Crowd(Address(server.port, server.token, "crowd"))
        before = len(server.log())
        await crowd.connect(350)
        began, cpu, log = time.monotonic(), server.cpu_s(), len(server.log())
        case.figure("log_bytes_of_the_storm", log - before)
        await asyncio.sleep(case.pick(short=3.0, long=30.0))
        took = time.monotonic() - began
        case.figure("answers", dict(crowd.answers))
        case.figure("cpu_share", (server.cpu_s() - cpu) / took)
        log_per_s = (len(server.log()) - log) / took
        case.figure("log_bytes_per_s", log_per_s)
        steady = stage.watchers["steady"]
        seq = steady.seq
        await until(lambda: steady.seq > seq, "the connected viewer still gets events")
        await crowd.leave()
        case.figure("recovery_s", await stage.recovered())

        assert await stage.verdict() == []
        assert set(crowd.answers) == {"welcome", "HTTP 503"}
        assert steady.connections == 1
        assert log_per_s < 10_240


async def test_n10_a_proxy_that_drops_idle_connections_or_buffers_is_lived_with(
    case: Case, shared_server: Server
) -> None:
    async def live_with(name: str, **fault: float) -> list[str]:
        async with stage_on(shared_server, case, f"n10-{name}") as stage:
            stage.proxy.idle_s = fault.pop("idle_s", math.inf)
            for path in (stage.proxy.up, stage.proxy.down):
                for what, value in fault.items():
                    setattr(path, what, value)
            steady = stage.watch("steady")
            stage.follow("follower")
            stage.publish("p1", count=300, rate=0, line=1_500)
            await until(lambda: steady.seq >= 300, f"{name}: everything is read")
            await asyncio.sleep(case.pick(short=12.0, long=70.0))
            stage.publish("p2", rate=50)
            await stage.flows()
            found = await stage.verdict()
            case.figure(f"{name}_cuts", stage.proxy.cuts)
            assert steady.connections == 1, name
            return found

    found = await together(
        live_with("idle", idle_s=case.pick(short=10.0, long=30.0)),
        live_with("buffers", hold_s=0.3),
        live_with("small-frames", frame_cap=65_536 + 1024),
    )

    assert found == [[], [], []]
