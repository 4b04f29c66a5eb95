"""`RealtimeApp`: how it is made, mounted, started and stopped; each mistake has its sentence."""

from __future__ import annotations

import contextlib
import logging
import subprocess
import sys
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from fastapi import FastAPI
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.routing import Mount

from realtime_widgets import Sprint, sprints
from realtime_widgets.asgi import RealtimeApp, open_to_all, store
from realtime_widgets.client.waiting import in_thread
from realtime_widgets.errors import StoreInUseError
from realtime_widgets.service import Storage
from tests.asgi_server import TOKEN, find_user, serving, uvicorn_of
from tests.environment import clean_environment

from .clients import BEARER, client, refusal, ticket, viewer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from starlette.requests import Request
    from starlette.responses import Response

    from realtime_widgets.asgi.request import Receive, Scope, Send

EVENT = {"type": "log", "message": "hi"}


def app(**settings: Any) -> RealtimeApp:
    given = {"authenticate": find_user, "store": "memory", **settings}
    return RealtimeApp(**given)


# Made.


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"authenticate": None}, "authenticate=None: .* give `open_to_all`"),
        ({"authorize": "all"}, "authorize='all'"),
        ({"allowed_origins": "https://a.example"}, "allowed_origins is a list"),
    ],
)
def test_an_app_that_cannot_be_is_refused_with_the_setting(
    settings: dict[str, Any], words: str
) -> None:
    with pytest.raises(TypeError, match=words):
        app(**settings)


def test_an_app_without_authenticate_names_it() -> None:
    with pytest.raises(TypeError, match="'authenticate'"):
        RealtimeApp(store="memory")  # type: ignore[call-arg]  # as by mistake


@pytest.mark.parametrize("address", ["http://here", "sqlite:///", "runs.db", ""])
def test_a_store_that_cannot_be_is_refused_with_those_that_can(address: str) -> None:
    with pytest.raises(ValueError, match='it is "memory", "sqlite:///" and a path'):
        app(store=address)


# Mounted.


def in_fastapi(realtime: RealtimeApp, path: str) -> Any:
    application = FastAPI(lifespan=realtime.lifespan)
    application.mount(path, realtime)
    return application


def in_starlette(realtime: RealtimeApp, path: str) -> Any:
    return Starlette(routes=[Mount(path, realtime)], lifespan=realtime.lifespan)


def behind_a_proxy(realtime: RealtimeApp, path: str) -> Any:
    """A proxy cuts `/proxy` off the path, and `root_path` still names it."""
    application = in_fastapi(realtime, path)

    async def proxied(scope: Scope, receive: Receive, send: Send) -> None:
        await application({**scope, "root_path": "/proxy"}, receive, send)

    return proxied


@pytest.mark.parametrize(
    ("mount", "path", "base"),
    [
        (in_fastapi, "/realtime", "/realtime"),
        (in_fastapi, "/live", "/live"),
        (in_fastapi, "/live", "/live/realtime"),
        (in_starlette, "/läufe (a)", "/l%C3%A4ufe%20(a)"),
        (behind_a_proxy, "/realtime", "/realtime"),
        (behind_a_proxy, "/live", "/live"),
        (lambda realtime, _: realtime, "", ""),
        (lambda realtime, _: realtime, "", "/realtime"),
    ],
)
async def test_an_app_serves_where_it_is_mounted(
    mount: Callable[[RealtimeApp, str], Any], path: str, base: str
) -> None:
    realtime = app()
    async with uvicorn_of(mount(realtime, path)) as port:
        async with client(port, **BEARER) as requests:
            root = f"http://127.0.0.1:{port}{base}"
            health = await requests.get(f"{root}/api/health")
            page = await requests.get(f"{root}/sprints/run")
        assert (health.status_code, health.json()["store"]) == (200, "memory")
        assert page.status_code == 200
        up = "../../" if base.endswith("realtime") else "./../"
        assert f'src="{up}realtime/static/page.js"' in page.text
        async with viewer(port, f"{base}/ws/sprints/run?token={TOKEN}") as watching:
            await watching.hello()
            assert (await watching.receive())["type"] == "welcome"
            await realtime.hub.broadcast("run", EVENT)
            assert (await watching.receive())["type"] == "events"


async def test_a_proxys_root_path_that_the_server_puts_before_the_path(tmp_path: Path) -> None:
    realtime = app(store=tmp_path / "runs.db")
    async with (
        uvicorn_of(in_fastapi(realtime, "/realtime"), root_path="/proxy") as port,
        client(port, **BEARER) as requests,
    ):
        health = await requests.get(f"http://127.0.0.1:{port}/realtime/api/health")
        assert health.json()["store"] == "sqlite"


async def test_middleware_that_reads_the_body_first_disturbs_no_answer() -> None:
    async def read_body(request: Request, following: Any) -> Response:
        await request.body()
        return await following(request)  # type: ignore[no-any-return]  # Starlette has no type for it

    realtime = app()
    application = Starlette(
        routes=[Mount("/a@b/realtime", realtime)],
        lifespan=realtime.lifespan,
        middleware=[Middleware(BaseHTTPMiddleware, dispatch=read_body)],
    )
    async with uvicorn_of(application) as port:
        for n in range(300):
            await realtime.hub.broadcast("run", {**EVENT, "message": f"line {n} {'x' * 600}"})
        async with viewer(port) as page:
            await page.hello(await ticket(port))
            assert (await page.receive())["type"] == "welcome"
        async with client(port, **BEARER) as requests:
            log = await requests.get("api/sprints/run/download")
            found = await requests.get("api/sprints/run/search?text=line")
        assert len(log.text.splitlines()) == 300
        assert found.text.splitlines()[-1].endswith('"end":"done"}')


async def test_an_app_whose_lifespan_does_not_run_refuses_with_the_remedy(
    caplog: pytest.LogCaptureFixture,
) -> None:
    application = Starlette(routes=[Mount("/a@b/realtime", app())])
    async with uvicorn_of(application) as port:
        async with client(port, **BEARER) as requests:
            answer = await requests.get("api/health")
        assert answer.status_code == 503
        assert "FastAPI(lifespan=realtime.lifespan)" in answer.json()["message"]
        assert await refusal(port, "/a@b/realtime/ws/sprints/run") == (503, "not_started")
    assert "FastAPI(lifespan=realtime.lifespan)" in caplog.text


async def test_an_app_that_does_not_run_cannot_broadcast() -> None:
    with pytest.raises(RuntimeError, match="was not started: give its `lifespan`"):
        _ = app().hub


# Started and stopped.


@pytest.fixture
def _no_patience_with_locks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "Storage", partial(Storage, locked_s=0.0))


async def test_an_app_starts_around_the_applications_own_lifespan() -> None:
    realtime = app()
    seen = []

    @contextlib.asynccontextmanager
    async def mine(_: object) -> AsyncIterator[dict[str, int]]:
        seen.append(await realtime.hub.broadcast("run", EVENT))
        yield {"state": 1}
        seen.append(await realtime.hub.broadcast("run", EVENT))

    async with realtime.around(mine)(None) as state:
        assert state == {"state": 1}
    assert seen == [1, 2]


async def test_an_app_that_is_started_twice_raises_and_may_start_again_after_its_stop() -> None:
    realtime = app()
    async with realtime.lifespan():
        with pytest.raises(RuntimeError, match="is started already"):
            async with realtime.lifespan():
                pass
        assert await realtime.hub.broadcast("run", EVENT) == 1
    async with realtime.lifespan():
        assert await realtime.hub.broadcast("run", EVENT) == 1


@pytest.mark.usefixtures("_no_patience_with_locks")
async def test_a_second_process_on_one_file_does_not_start(tmp_path: Path) -> None:
    address = f"sqlite:///{tmp_path / 'runs.db'}"
    async with app(store=address).lifespan():
        second = app(store=address)
        with pytest.raises(StoreInUseError, match="a file is for one process: start one worker"):
            async with second.lifespan():
                pass
    async with second.lifespan():
        assert await second.hub.broadcast("run", EVENT) == 1


@pytest.mark.usefixtures("_no_patience_with_locks")
async def test_a_server_that_runs_the_app_alone_reports_why_it_cannot_start(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "runs.db"
    async with app(store=path).lifespan():
        caplog.set_level(logging.ERROR)
        with pytest.raises(SystemExit):
            async with uvicorn_of(app(store=path)):
                pass
    assert "start one worker" in caplog.text


async def test_a_stop_closes_viewers_as_going_away() -> None:
    realtime = app()
    lifespan = realtime.lifespan()
    await lifespan.__aenter__()
    application = Starlette(routes=[Mount("/a@b/realtime", realtime)])
    async with uvicorn_of(application) as port, viewer(port) as page:
        await page.hello(await ticket(port))
        await page.receive()

        await lifespan.__aexit__(None, None, None)

        assert await page.close_code() == 1001


async def test_a_kernel_or_script_publishes_to_the_app_by_its_url(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        url = f"http://127.0.0.1:{server.port}/a%40b/?token={TOKEN}"

        def publish() -> int:
            sprint = Sprint("run", server=url, show=False)
            sprint.status("running")
            return sprint.close()

        assert await in_thread(publish) == 0
        [state] = await server.hub.runs.states()
        assert (state.sprint_id, state.head, state.user) == ("run", 1, "alice")
        assert [run.sprint_id for run in await in_thread(lambda: sprints(server=url))] == ["run"]


async def test_runs_are_there_again_after_a_restart(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        await server.hub.broadcast("run", EVENT)
    async with serving(tmp_path) as server, client(server.port, **BEARER) as requests:
        assert (await requests.get("api/sprints/run")).json()["head"] == 1


async def test_a_health_check_without_a_login_learns_nothing_but_the_status(
    tmp_path: Path,
) -> None:
    async with serving(tmp_path) as server, client(server.port) as requests:
        assert (await requests.get("api/health")).json() == {"status": "ok"}
        for path in ("api/sprints", "api/sprints/run", "sprints/run", ""):
            assert (await requests.get(path)).status_code == 401


def test_importing_the_app_loads_no_web_framework() -> None:
    code = (
        "import sys, realtime_widgets.asgi; "
        "print([name for name in ('fastapi', 'starlette', 'uvicorn', 'tornado', 'IPython') "
        "if name in sys.modules])"
    )
    printed = subprocess.run(
        [sys.executable, "-c", code],
        env=clean_environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    assert printed.stdout.strip() == "[]"


async def test_open_to_all_needs_no_login_and_still_checks_the_origin() -> None:
    realtime = app(authenticate=open_to_all)
    application = in_fastapi(realtime, "/a@b/realtime")
    async with uvicorn_of(application) as port, client(port) as requests:
        assert (await requests.get("api/sprints")).status_code == 200
        foreign = {"Origin": "https://elsewhere.example"}
        answer = await requests.post("api/sprints/run/ticket", headers=foreign)
        assert (answer.status_code, answer.json()["code"]) == (403, "foreign_origin")


def test_a_webhook_that_breaks_a_rule_is_refused_when_the_app_is_made() -> None:
    with pytest.raises(ValueError, match=r"webhooks\[0\]\.url"):
        RealtimeApp(authenticate=open_to_all, store="memory", webhooks=[{"url": "example.org"}])
