"""What happens around an answer: it counts once, and the process that asked gets it."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest

from tests.waiting import together

from .harness import Stage
from .history import Given
from .replies import logged, post, printed, program, reached

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from .case import Case
    from .server import Server

ASKS = """
import sys
from realtime_widgets import Sprint
with Sprint(sys.argv[2], server=sys.argv[1]) as sprint:
    for n in range(int(sys.argv[3])):
        print(sprint.ask(f"question-{n}"), flush=True)
"""

VIEWERS = ("v1", "v2", "v3")


async def open_question(server: Server, run: str, message: str) -> str:
    """Wait until a question is open, and return its id."""
    found: list[str] = []

    def is_open(state: dict) -> bool:  # type: ignore[type-arg]
        questions = state.get("questions") or {"open": []}
        found[:] = [one["id"] for one in questions["open"] if one["message"] == message]
        return bool(found)

    await reached(server, run, is_open)
    return found[0]


@pytest.mark.long
async def test_an_answer_whose_server_is_killed_before_its_response_counts_once(
    case: Case,
) -> None:
    rounds = case.pick(short=2, long=20)
    async with case.server(case.folder / "server", settings=case.settings) as server:
        with program(server, ASKS, "asks", str(rounds)) as process:
            for n in range(rounds):
                question = await open_question(server, "asks", f"question-{n}")
                event = {"type": "answer", "id": question, "value": f"a{n}", "request": f"r{n}"}
                answering = asyncio.create_task(post(server.port, server.token, "asks", event))
                await asyncio.sleep(case.rng.uniform(0, 0.05))
                await server.kill()
                await server.start()
                assert await answering == "stored"
            answers = await asyncio.to_thread(printed, process)
        assert answers == [f"a{n}" for n in range(rounds)]
        assert [one["value"] for one in await logged(server, "asks", "answer")] == answers


@asynccontextmanager
async def cuts(stage: Stage) -> AsyncIterator[None]:
    """Reset all connections through the proxy, again and again."""

    async def cut_for_ever() -> None:
        while True:
            await asyncio.sleep(stage.rng.uniform(0, 0.05))
            stage.proxy.cut()

    cutting = asyncio.create_task(cut_for_ever())
    try:
        yield
    finally:
        cutting.cancel()


async def test_of_three_viewers_that_answer_at_once_through_cuts_one_wins_and_all_agree(
    case: Case, shared_server: Server
) -> None:
    questions = case.pick(short=3, long=50)
    async with Stage(shared_server, case.rng, case.folder, "answers", case.patience) as stage:
        for viewer in VIEWERS:
            stage.watch(viewer)

        async def answer(viewer: str, question: str) -> str:
            event = {"type": "answer", "id": question, "value": viewer, "request": viewer}
            response = await post(stage.proxy.port, shared_server.token, "answers", event)
            stage.history.given.append(Given(viewer, question, viewer, response))
            return response

        with program(shared_server, ASKS, "answers", str(questions)) as process:
            asked = []
            for n in range(questions):
                asked.append(await open_question(shared_server, "answers", f"question-{n}"))
                async with cuts(stage):
                    responses = await together(*(answer(each, asked[-1]) for each in VIEWERS))
                assert sorted(responses) == ["already_answered", "already_answered", "stored"]
            received = await asyncio.to_thread(printed, process)
        stage.history.received = dict(zip(asked, received, strict=True))

        assert await stage.verdict() == []
        case.figure("questions", questions)
        case.figure("cuts", stage.proxy.cuts)
