"""What happens around a stop: it stops one attempt, once, and no other one."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from .replies import logged, post, printed, program, reached

if TYPE_CHECKING:
    from .case import Case
    from .server import Server

ENDS = """
import sys, time
from realtime_widgets import Sprint
stopped = lambda: print("stopped", flush=True)
with Sprint(sys.argv[2], server=sys.argv[1], on_cancel=stopped) as sprint:
    while not sprint.cancelled:
        time.sleep(0.01)
    sprint.flush()
"""

DEAF = """
import sys, time
from realtime_widgets import Sprint
with Sprint(sys.argv[2], server=sys.argv[1], on_cancel="flag") as sprint:
    time.sleep(1000)
"""

FINE = """
import sys
from realtime_widgets import Sprint
with Sprint(sys.argv[2], server=sys.argv[1], on_cancel="flag") as sprint:
    print(sprint.ask("May it end?"), sprint.cancelled)
"""


def stop_of(attempt: int) -> dict[str, Any]:
    return {
        "type": "control",
        "action": "stop",
        "attempt": attempt,
        "request": f"stop of {attempt}",
    }


@pytest.mark.long
async def test_a_stop_whose_server_is_killed_before_its_ack_stops_the_program_once(
    case: Case,
) -> None:
    rounds = case.pick(short=1, long=20)
    async with case.server(case.folder / "server", settings=case.settings) as server:
        for attempt in range(1, rounds + 1):
            with program(server, ENDS, "ends") as process:
                await reached(server, "ends", lambda state, n=attempt: state["attempt"] == n)
                stop = stop_of(attempt)
                stopping = asyncio.create_task(post(server.port, server.token, "ends", stop))
                await asyncio.sleep(case.rng.uniform(0, 0.05))
                await server.kill()
                await server.start()
                assert await stopping == "stored"
                assert await asyncio.to_thread(printed, process) == ["stopped"]
            await reached(server, "ends", lambda state: state["status"] == "cancelled")
        assert len(await logged(server, "ends", "control")) == rounds


async def test_a_stop_of_a_program_that_was_killed_stops_no_later_attempt_also_when_sent_again(
    shared_server: Server,
) -> None:
    async def send(event: dict[str, Any]) -> str:
        return await post(shared_server.port, shared_server.token, "killed", event)

    with program(shared_server, DEAF, "killed"):
        await reached(shared_server, "killed", lambda state: state["attempt"] == 1)
        assert await send(stop_of(1)) == "stored"
        await reached(shared_server, "killed", lambda state: state["inbox"]["stop"]["is_taken"])
    with program(shared_server, FINE, "killed") as process:
        state = await reached(
            shared_server,
            "killed",
            lambda state: state["attempt"] == 2 and (state["questions"] or {}).get("open"),
        )
        assert (state["inbox"] or {}).get("stop") is None
        assert await send(stop_of(1)) == "other_attempt"
        (question,) = state["questions"]["open"]
        assert await send({"type": "answer", "id": question["id"], "value": "yes"}) == "stored"
        assert await asyncio.to_thread(printed, process) == ["yes", "False"]
    state = await reached(shared_server, "killed", lambda state: state["ended"])
    assert state["status"] == "succeeded"
    assert await send(stop_of(2)) == "not_running"
