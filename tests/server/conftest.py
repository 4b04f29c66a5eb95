"""A real server in the test process: of Jupyter or, in tests marked `on_both`, also of ASGI.

On ASGI `jp_fetch`, `jp_ws_fetch` and `extension` are those of a mounted `RealtimeApp`.
What pytest-jupyter gives is imported here, and not switched on for all tests, because it makes a
server application for every test that it can see.
Test functions may be coroutines: it runs them.
"""

from __future__ import annotations

import asyncio
import json
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from pytest_jupyter.jupyter_core import *  # noqa: F403 - fixtures and hooks, as pytest finds them
from pytest_jupyter.jupyter_core import jp_asyncio_loop as found_loop  # noqa: F401 - a fixture
from pytest_jupyter.jupyter_server import *  # noqa: F403 - fixtures, as pytest finds them
from pytest_jupyter.jupyter_server import jp_fetch as impatient_fetch  # noqa: F401 - a fixture
from pytest_jupyter.jupyter_server import (
    jp_server_cleanup as jupyter_cleanup,  # noqa: F401 - a fixture
)
from pytest_jupyter.jupyter_server import jp_ws_fetch as jupyter_ws_fetch  # noqa: F401 - a fixture
from tornado.httpclient import AsyncHTTPClient

from tests.asgi_server import AsgiServer, serving
from tests.waiting import PATIENCE_S

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator
    from pathlib import Path

    from tornado.websocket import WebSocketClientConnection

PUBLISHER_ID = "0123456789abcdef" * 2

on_both = pytest.mark.parametrize("adapter", ["jupyter", "asgi"])

PATIENCE = {"connect_timeout": PATIENCE_S, "request_timeout": PATIENCE_S}
AsyncHTTPClient.configure(None, defaults=PATIENCE)


@pytest.fixture
def jp_server_config(tmp_path: Path) -> dict[str, Any]:
    return {
        "ServerApp": {"jpserver_extensions": {"realtime_widgets_server": True}},
        "RealtimeWidgets": {
            "store_path": str(tmp_path / "store" / "sprints.db"),
        },
    }


@pytest.fixture(autouse=True)
def jp_asyncio_loop(found_loop: asyncio.AbstractEventLoop) -> asyncio.AbstractEventLoop:  # noqa: F811 - what the fixture gives
    """Make the loop of the test the current one, which an `asyncio.run` of another test undoes."""
    asyncio.set_event_loop(found_loop)
    return found_loop


@pytest.fixture
def adapter(jp_server_config: Any) -> str:  # noqa: ARG001 - pytest has to see its parameters
    """Which server it is; a test that is `on_both` runs for each."""
    return "jupyter"


@pytest.fixture
def asgi_server(jp_asyncio_loop: asyncio.AbstractEventLoop, tmp_path: Path) -> Iterator[AsgiServer]:
    served = serving(tmp_path)
    yield jp_asyncio_loop.run_until_complete(served.__aenter__())
    jp_asyncio_loop.run_until_complete(served.__aexit__(None, None, None))


@pytest.fixture
def jp_fetch(adapter: str, request: pytest.FixtureRequest) -> Any:
    """Send a request to the server, with the patience of all tests."""
    if adapter == "asgi":
        return partial(request.getfixturevalue("asgi_server").fetch, **PATIENCE)
    return partial(request.getfixturevalue("impatient_fetch"), **PATIENCE)


@pytest.fixture
def jp_ws_fetch(adapter: str, request: pytest.FixtureRequest) -> Any:
    """Open a WebSocket."""
    if adapter == "asgi":
        return request.getfixturevalue("asgi_server").ws_fetch
    return request.getfixturevalue("jupyter_ws_fetch")


@pytest.fixture(autouse=True)
def jp_server_cleanup(adapter: str, request: pytest.FixtureRequest) -> None:
    """Clean up after a Jupyter server, where there is one."""
    if adapter == "jupyter":
        request.getfixturevalue("jupyter_cleanup")


@pytest.fixture
def extension(adapter: str, request: pytest.FixtureRequest) -> Any:
    """The extension of Jupyter or, on ASGI, an object with the same attributes."""
    if adapter == "asgi":
        return request.getfixturevalue("asgi_server")
    extensions = request.getfixturevalue("jp_serverapp").extension_manager.extension_apps
    (app,) = extensions["realtime_widgets_server"]
    return app


@pytest.fixture(autouse=True)
def _kernel_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    # The extension writes these; monkeypatch puts back what was there.
    for name in ("CERTIFICATE", "ROOT", "TOKEN", "URL"):
        monkeypatch.setenv(f"REALTIME_WIDGETS_{name}", "")


class Client:
    """One WebSocket to a sprint, in messages."""

    def __init__(self, socket: WebSocketClientConnection) -> None:
        self.socket = socket
        self._is_over = False

    async def send(self, message: dict[str, Any] | str | bytes) -> None:
        text = json.dumps(message) if isinstance(message, dict) else message
        await self.socket.write_message(text, binary=isinstance(text, bytes))

    async def receive(self) -> dict[str, Any]:
        return json.loads(await self.text())

    async def text(self) -> str:
        text = await self._read()
        if text is None:
            raise EOFError(self.socket.close_code, self.socket.close_reason)
        return text

    async def hello(self, **fields: Any) -> dict[str, Any]:
        await self.send({"type": "hello", "v": 1, "sprint_id": "run", **fields})
        return await self.receive()

    async def close_code(self) -> tuple[int | None, str | None]:
        while await self._read() is not None:
            pass
        return self.socket.close_code, self.socket.close_reason

    async def _read(self) -> Any:
        # Tornado reports once that the socket is closed, and then waits for ever.
        text = None if self._is_over else await self.socket.read_message()
        self._is_over = text is None
        return text

    async def publish(self, first_n: int, *events: dict[str, Any]) -> dict[str, Any]:
        await self.send({"type": "publish", "first_n": first_n, "events": list(events)})
        return await self.receive()

    async def events(self, count: int) -> list[dict[str, Any]]:
        """The next events, each with its seq."""
        found: list[dict[str, Any]] = []
        while len(found) < count:
            message = await self.receive()
            assert message["type"] == "events", message
            for batch in message["batches"]:
                found.extend(
                    {**event, "seq": batch["first"] + index}
                    for index, event in enumerate(batch["events"])
                )
        return found


@pytest.fixture
def connect(jp_ws_fetch: Any, jp_asyncio_loop: Any) -> Iterator[Callable[..., Awaitable[Client]]]:
    """Open a WebSocket: to the sprint `run`, as `realtime-widgets.v1`, with the server's token."""
    clients: list[Client] = []

    async def open_socket(
        sprint_id: str = "run",
        *,
        plain: bool = False,
        headers: dict[str, str] | None = None,
        **query: str,
    ) -> Client:
        wanted = {} if plain else {"Sec-WebSocket-Protocol": "realtime-widgets.v1"}
        socket = await jp_ws_fetch(
            "realtime",
            "ws",
            "sprints",
            sprint_id,
            headers={**wanted, **(headers or {})},
            params=query,
        )
        clients.append(Client(socket))
        return clients[-1]

    yield open_socket
    for client in clients:
        client.socket.close()
        jp_asyncio_loop.run_until_complete(client.close_code())
