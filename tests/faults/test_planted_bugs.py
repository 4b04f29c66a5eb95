"""The suite finds bugs: with one planted in the server, a common load and fault reveals it."""

from __future__ import annotations

import asyncio
import shutil
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest

from tests.waiting import together

from .case import HURRIED_CLIENTS
from .harness import Stage
from .server import Server

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from pathlib import Path
    from random import Random

    from .case import Case

    Fault = Callable[[Stage], Awaitable[None]]


async def cut(stage: Stage) -> None:
    for _ in range(3):
        stage.proxy.cut()
        await asyncio.sleep(0.3)


async def lose_acks(stage: Stage) -> None:
    """Let events through and no acks, then cut the connections."""
    for _ in range(3):
        stage.proxy.down.is_black_hole = True
        head = await stage.server.head(stage.sprint_id)
        await stage.server.stored(stage.sprint_id, head + 5)
        stage.proxy.cut()
        stage.proxy.down.is_black_hole = False
        await stage.recovered()


async def kill(stage: Stage) -> None:
    await stage.server.kill()
    await stage.server.start()


async def lose_the_log(stage: Stage) -> None:
    """Take the log away, and let another one grow beyond it before the watchers come back."""
    head = await stage.server.head(stage.sprint_id)
    stage.proxy.refuses = True
    await stage.server.kill()
    await stage.take_away()
    shutil.rmtree(stage.server.store_path.parent)
    await stage.server.start()
    stage.publish("q1", directly=True, count=2 * head, rate=0)
    await stage.server.stored(stage.sprint_id, 2 * head)
    stage.proxy.refuses = False


BUGS: dict[str, tuple[Fault, str]] = {
    "take_resends_for_new": (lose_acks, "was stored twice"),
    "resume_one_too_far": (cut, "was recovered after seq"),
    "acknowledge_before_the_commit": (kill, "was acknowledged, and is lost"),
    "change_a_letter_now_and_then": (cut, "was changed"),
    "give_every_log_one_epoch": (lose_the_log, "two bodies have seq"),
    "recover_always": (lose_the_log, "was recovered after seq"),
}


@asynccontextmanager
async def a_stage(rng: Random, folder: Path, *bugs: str) -> AsyncIterator[Stage]:
    """A short load on a server with these bugs."""
    async with (
        Server(folder / "server", changes=bugs) as server,
        Stage(server, rng, folder / "stage", patience=HURRIED_CLIENTS) as stage,
    ):
        stage.publish("p1")
        stage.publish("p2")
        stage.watch("steady")
        stage.watch("forgetful").is_mindful = False
        await stage.flows()
        yield stage


async def findings(bug: str, fault: Fault, rng: Random, folder: Path) -> list[str]:
    """What the checker finds on a server with this bug."""
    async with a_stage(rng, folder, bug) as stage:
        await fault(stage)
        return await stage.findings()


@pytest.mark.long  # a server for each bug: three minutes
async def test_each_planted_bug_is_found(case: Case) -> None:
    found = await together(
        *(findings(bug, fault, case.rng, case.folder / bug) for bug, (fault, _) in BUGS.items())
    )

    for (bug, (_, words)), sentences in zip(BUGS.items(), found, strict=True):
        assert any(words in sentence for sentence in sentences), (bug, sentences)


async def test_a_healthy_server_notifies_all_clients_that_the_log_was_lost(case: Case) -> None:
    async with a_stage(case.rng, case.folder) as stage:
        await lose_the_log(stage)

        assert await stage.verdict() == []
        resets = {name: watcher.seen.resets() for name, watcher in stage.watchers.items()}
        assert resets == {"steady": ["epoch"], "forgetful": ["epoch"], "auditor": []}
