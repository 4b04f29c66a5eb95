"""What happens around an answer: it counts once, and the process that asked gets it."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from realtime_widgets.client.discovery import discover
from realtime_widgets.client.replying import post_reply
from realtime_widgets.errors import InvalidEventError, ServerNotFoundError
from tests.environment import clean_environment
from tests.waiting import PATIENCE_S

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .case import Case
    from .server import Server

pytestmark = pytest.mark.long

ASKS = """
import sys
from realtime_widgets import Sprint
with Sprint("asks", server=sys.argv[1]) as sprint:
    for n in range(int(sys.argv[2])):
        print(sprint.ask(f"question {n}"), flush=True)
"""

REQUEST_S = 5.0


@contextmanager
def asking(server: Server, questions: int) -> Iterator[subprocess.Popen[bytes]]:
    """A process that asks these questions, one after the other, and prints the answers."""
    url = f"http://127.0.0.1:{server.port}/?token={server.token}"
    process = subprocess.Popen(
        [sys.executable, "-c", ASKS, url, str(questions)],
        env=clean_environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate(timeout=PATIENCE_S)


async def run_state(server: Server) -> dict[str, Any]:
    try:
        state: dict[str, Any] = await server.get("sprints/asks")
    except OSError:  # there is no such run yet, or no server
        return {}
    return state


async def open_question(server: Server, message: str) -> str:
    """Wait until a question is open, and return its id."""
    found: list[str] = []

    async def is_open() -> bool:
        questions = (await run_state(server)).get("questions") or {"open": []}
        found[:] = [one["id"] for one in questions["open"] if one["message"] == message]
        return bool(found)

    async with asyncio.timeout(PATIENCE_S):
        while not await is_open():  # noqa: ASYNC110 - it is another process
            await asyncio.sleep(0.01)
    return found[0]


async def post(port: int, token: str, question_id: str, value: str) -> str:
    """Answer as a page does, again with the same name until the server responds; return how."""
    server = discover(f"http://127.0.0.1:{port}/?token={token}")
    answer = {"type": "answer", "id": question_id, "value": value, "request": f"r-{value}"}
    async with asyncio.timeout(PATIENCE_S):
        while True:
            try:
                await asyncio.to_thread(post_reply, server, "asks", answer, timeout=REQUEST_S)
            except InvalidEventError as error:
                return error.code
            except ServerNotFoundError:
                await asyncio.sleep(0.02)
            else:
                return "stored"


async def answers_in_the_log(server: Server) -> dict[str, list[str]]:
    """The answers to each question, in the order of the log."""
    found: dict[str, list[str]] = {}
    for event in (await server.get("sprints/asks/events?limit=1000"))["events"]:
        if event["type"] == "answer":
            found.setdefault(event["id"], []).append(event["value"])
    return found


def printed(process: subprocess.Popen[bytes]) -> list[str]:
    assert process.stdout is not None
    return process.stdout.read().decode().split()


async def test_an_answer_whose_server_is_killed_before_its_response_counts_once(
    case: Case,
) -> None:
    rounds = case.pick(short=2, long=20)
    settings = case.settings
    async with case.server(case.folder / "server", settings=settings) as server:
        with asking(server, rounds) as process:
            for n in range(rounds):
                question_id = await open_question(server, f"question {n}")
                answering = asyncio.create_task(
                    post(server.port, server.token, question_id, f"a{n}")
                )
                await asyncio.sleep(case.rng.uniform(0, 0.05))
                await server.kill()
                await server.start()
                assert await answering == "stored"
            answers = await asyncio.to_thread(printed, process)
        assert answers == [f"a{n}" for n in range(rounds)]
        assert list((await answers_in_the_log(server)).values()) == [[one] for one in answers]
