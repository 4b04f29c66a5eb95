"""What happens to the process that publishes, and what is kept all the same."""

from __future__ import annotations

import asyncio
import json
import os
from typing import TYPE_CHECKING

import pytest

from realtime_widgets_server import RealtimeWidgets
from tests.waiting import PATIENCE_S, together, until

from .harness import Stage
from .kernel import Kernel
from .server import Server

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from .case import Case
    from .clients import RawWatcher

    Fault = Callable[[Stage, RawWatcher], Awaitable[None]]


needs_leases = pytest.mark.skipif(
    not hasattr(RealtimeWidgets, "lease_s"), reason="this version has no leases"
)


def statuses(watcher: RawWatcher) -> list[str]:
    """What the watcher received of the run's status, in order."""
    events = [each.body for each in watcher.seen.applied() if each.body.startswith("{")]
    return [json.loads(event)["status"] for event in events]


async def test_k4_of_a_kernel_that_is_killed_only_what_was_not_acknowledged_is_lost(
    case: Case, shared_server: Server
) -> None:
    async with Stage(
        shared_server, case.rng, case.folder, sprint_id="k4", patience=case.patience
    ) as stage:
        await stage.load()
        victim = stage.publishers["p1"]
        await asyncio.sleep(case.rng.uniform(0, 0.5))
        await victim.kill()
        stage.update()

        assert await stage.verdict() == []
        assert victim.left is None
        stored = [each.body for each in stage.watchers["auditor"].seen.applied()]
        arrived = sum(body.startswith("p1 ") for body in stored)
        case.figure("published", victim.calls)
        case.figure("lost_and_not_acknowledged", victim.calls - arrived)
        assert 0 < victim.acked <= arrived


@needs_leases
async def test_k4_a_run_whose_kernel_is_gone_is_shown_as_lost_until_it_is_continued(
    case: Case,
) -> None:
    settings = case.pick(short={"ping_s": 1, "pong_s": 9, "lease_s": 10}, long={})

    async def kill_and_start_another(stage: Stage, watcher: RawWatcher) -> None:
        await stage.publishers["p1"].kill()
        case.figure("lost_after_s", await until(lambda: "lost" in statuses(watcher), "it is lost"))
        stage.publish("p2", status="running")
        await until(lambda: statuses(watcher)[-1] == "running", "another one continues")

    async def cut_off_for_a_while(stage: Stage, watcher: RawWatcher) -> None:
        stage.proxy.refuses = True
        stage.proxy.cut()
        await until(lambda: "lost" in statuses(watcher), "it is lost")
        stage.proxy.refuses = False
        await until(lambda: statuses(watcher)[-1] == "running", "it is back")
        case.figure("recovery_s", await stage.recovered())

    async def lose(sprint_id: str, fault: Fault, server: Server) -> list[str]:
        patience = case.patience
        async with Stage(server, case.rng, case.folder, sprint_id, patience) as stage:
            watcher = stage.watch("steady", directly=True)
            stage.publish("p1", status="running")
            await stage.flows()
            await fault(stage, watcher)

            assert (await server.get(f"sprints/{sprint_id}"))["status"] == "running"
            assert statuses(watcher) == ["running", "lost", "running"]
            return await stage.verdict()

    async with Server(case.folder / "server", settings=settings) as server:
        found = await together(
            lose("killed", kill_and_start_another, server),
            lose("cut-off", cut_off_for_a_while, server),
        )

    assert found == [[], []]


async def test_k5_interrupts_and_restarts_of_a_kernel_leave_no_hole_without_a_notice(
    case: Case, shared_server: Server
) -> None:
    interrupts = case.pick(short=15, long=100)
    async with Stage(
        shared_server, case.rng, case.folder, sprint_id="k5", patience=case.patience
    ) as stage:
        stage.watch("steady")
        async with Kernel(stage) as kernel:
            await kernel.load("first")
            for _ in range(interrupts):
                await kernel.publish()
                await asyncio.sleep(case.rng.uniform(0, 0.05))
                await kernel.interrupt()
            await kernel.publish()
            case.figure("restart_s", await kernel.restart())
            await kernel.load("second")
            await kernel.publish()
            await asyncio.sleep(0.2)
            await kernel.interrupt()
            case.figure("shutdown_s", await kernel.shut_down())
        stage.update()
        second = stage.history.stream("second")
        # It was idle when it was shut down, and it sends everything before it ends.
        second.acked = max(second.bodies)

        assert await stage.verdict() == []
        first = stage.history.stream("first")
        case.figure("interrupts", interrupts)
        case.figure("calls", len(first.bodies))
        case.figure("interrupted_calls", len(first.bodies) - len(first.returned))
        assert kernel.interrupted == interrupts + 1


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork on this system")
async def test_k6_forks_beside_publishing_threads_neither_hang_nor_mix_the_numbers(
    case: Case, shared_server: Server
) -> None:
    forks = case.pick(short=20, long=200)
    async with Stage(shared_server, case.rng, case.folder, sprint_id="k6") as stage:
        stage.watch("steady")
        parent = stage.run("parent", "fork.py", forks=forks, hang_s=PATIENCE_S / 2)
        code = await parent.ended()
        stage.update()
        ends = [how for what, how in parent.notes if what == "child"]

        assert (code, parent.left) == (0, 0), parent.errors
        assert ends == ["exit code 0"] * (forks + 2), parent.errors
        parent.settle()
        assert await stage.verdict() == []
        assert len(stage.history.streams) == 4 + forks + 2
        case.figure("forks", forks)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork on this system")
async def test_k6_a_fork_while_the_first_sprint_is_made_does_not_hang_the_child(
    case: Case, shared_server: Server
) -> None:
    async with Stage(shared_server, case.rng, case.folder, sprint_id="k6-first") as stage:
        program = stage.run("first", "first_sprint.py", hang_s=PATIENCE_S / 2)
        await program.ended()
        stage.update()

        assert program.notes == [["child", 0]], program.errors
