"""`realtime.sprint`: the verbs of `Sprint` in a service, stored by the app's own hub."""

from __future__ import annotations

import asyncio
import json
import pickle
import time
from typing import TYPE_CHECKING, Any

import pytest

from realtime_widgets import InvalidSprintIdError
from realtime_widgets.asgi import RealtimeApp, open_to_all
from realtime_widgets.client.publishing.outbox.outboxes import waiting
from realtime_widgets.client.waiting import in_thread
from tests.asgi_server import serving

if TYPE_CHECKING:
    from pathlib import Path


def app(store: str | Path = "memory") -> RealtimeApp:
    return RealtimeApp(store=store, authenticate=open_to_all)


async def events(realtime: RealtimeApp, sprint_id: str = "run") -> list[dict[str, Any]]:
    page = await realtime.hub.logs.page(sprint_id, limit=1_000)
    return [json.loads(event) for event in page.events]


async def test_a_coroutine_publishes_without_waiting() -> None:
    realtime = app()
    async with realtime.lifespan():
        async with realtime.sprint("run") as sprint:
            sprint.log("hello")
            async for _ in sprint.track(range(2), "steps"):
                pass
            with sprint.message("planner") as reply:
                reply.write("done")
        assert await sprint.aflush() == 0
        published = await events(realtime)

    kinds = [event["type"] for event in published]
    assert kinds[:2] == ["status_update", "log"]
    assert {"build_progress", "agent_message"} <= set(kinds)
    assert published[-1]["status"] == "succeeded"


async def test_a_thread_publishes_as_the_endpoints_of_fastapi_that_are_no_coroutines() -> None:
    realtime = app()
    async with realtime.lifespan():

        def work() -> int:
            with realtime.sprint("run") as sprint:
                sprint.log("from a thread")
            return sprint.flush()

        assert await in_thread(work) == 0
        assert [event.get("message") for event in await events(realtime)][1] == "from a thread"


async def test_a_question_of_a_service_gets_the_answer_that_a_user_posts(tmp_path: Path) -> None:
    async with serving(tmp_path) as server, server.app.sprint("run") as sprint:
        asking = asyncio.create_task(sprint.aask("Which branch?", choices=["main", "dev"]))
        question: dict[str, Any] = {}
        while not question:
            await sprint.aflush()
            found = [event for event in await events(server.app) if event["type"] == "question"]
            question = found[0] if found else {}
        answer = json.dumps({"type": "answer", "id": question["id"], "value": "dev"})
        path = ("realtime", "api", "sprints", "run", "replies")
        await server.fetch(*path, method="POST", body=answer)

        assert await asking == "dev"


async def test_each_call_for_a_run_gives_the_same_sprint() -> None:
    realtime = app()
    async with realtime.lifespan():
        realtime.sprint("run").status("running")
        realtime.sprint("run").status("succeeded")
        assert await realtime.sprint("run").aflush() == 0
        state = await realtime.hub.state("run")

        assert realtime.sprint("run") is realtime.sprint("run")
        assert realtime.sprint("other") is not realtime.sprint("run")
        assert state is not None
        assert (state.status, state.attempt) == ("succeeded", 1)


async def test_the_stop_of_the_app_stores_what_was_published(tmp_path: Path) -> None:
    realtime = app(tmp_path / "runs.db")
    async with realtime.lifespan():
        for n in range(5_000):
            realtime.sprint("run").log(f"line {n}")
    async with realtime.lifespan():
        assert (await realtime.hub.logs.position("run")).head == 5_000
    assert [name for (_, name), left in waiting().items() if left] == []


async def test_what_is_published_while_the_app_is_stopped_is_stored_when_it_starts_again() -> None:
    realtime = app()
    async with realtime.lifespan():
        sprint = realtime.sprint("run")
    sprint.log("between")
    async with realtime.lifespan():
        assert await sprint.aflush(60) == 0
        assert [event["message"] for event in await events(realtime)] == ["between"]
    await sprint.aclose()


async def test_a_run_that_has_ended_keeps_no_connection() -> None:
    realtime = app()
    async with realtime.lifespan():
        ended, active = realtime.sprint("ended"), realtime.sprint("active")
        for sprint in (ended, active):
            sprint.status("running")
        ended.status("succeeded")
        await ended.aflush()
        await active.aflush()
        assert len(realtime.hub.connections) == 2

        await realtime._sprints.close_idle(time.monotonic())  # noqa: SLF001 - IDLE_S is too long

        [left] = realtime.hub.connections.values()
        assert left.sprint_id == "active"
        ended.log("and one more line")
        assert await ended.aflush() == 0
        await ended.aclose()


def test_a_name_that_breaks_the_rule_is_refused() -> None:
    with pytest.raises(InvalidSprintIdError):
        app().sprint("-bad")


def test_a_sprint_of_an_app_is_not_for_other_processes() -> None:
    with pytest.raises(TypeError, match="in another process use Sprint"):
        pickle.dumps(app().sprint("run"))
