"""What users send to runs in the fault tests, and the programs that receive it."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from realtime_widgets.client.discovery import discover
from realtime_widgets.client.replying import post_reply
from realtime_widgets.errors import InvalidEventError, ServerNotFoundError
from tests.environment import clean_environment
from tests.waiting import LOOK_S, PATIENCE_S

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from .server import Server

REQUEST_S = 5.0


@contextmanager
def program(server: Server, code: str, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """A process that executes code; its first argument is the address of the server."""
    url = f"http://127.0.0.1:{server.port}/?token={server.token}"
    process = subprocess.Popen(
        [sys.executable, "-c", code, url, *arguments],
        env=clean_environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate(timeout=PATIENCE_S)


def printed(process: subprocess.Popen[str]) -> list[str]:
    """Wait for the end of a process, and return the words that it has printed."""
    assert process.stdout is not None
    return process.stdout.read().split()


async def reached(
    server: Server, run: str, is_so: Callable[[dict[str, Any]], object]
) -> dict[str, Any]:
    """Wait until the state of a run is so, and return it."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            try:
                state: dict[str, Any] = await server.get(f"sprints/{run}")
            except OSError:  # there is no such run yet, or no server
                state = {}
            if state and is_so(state):
                return state
            await asyncio.sleep(LOOK_S)


async def post(port: int, token: str, run: str, event: dict[str, Any]) -> str:
    """Send an event as a page does, again until the server responds; return how it responds."""
    server = discover(f"http://127.0.0.1:{port}/?token={token}")
    async with asyncio.timeout(PATIENCE_S):
        while True:
            try:
                await asyncio.to_thread(post_reply, server, run, event, timeout=REQUEST_S)
            except InvalidEventError as error:
                return error.code
            except ServerNotFoundError:
                await asyncio.sleep(LOOK_S)
            else:
                return "stored"


async def logged(server: Server, run: str, kind: str) -> list[dict[str, Any]]:
    """The events of a type, in the order of the log."""
    page = await server.get(f"sprints/{run}/events?limit=1000")
    return [event for event in page["events"] if event["type"] == kind]
