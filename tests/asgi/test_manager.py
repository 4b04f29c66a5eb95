"""The original contract on the back end: its endpoint and its test, with `ConnectionManager`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from realtime_widgets.asgi import ConnectionManager, RealtimeApp, open_to_all
from tests.hub.loop import until

from .original_service import make_app

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TOKEN = "token-of-alice"  # noqa: S105 - of the service under test
BEARER = {"Authorization": f"Bearer {TOKEN}"}


@pytest.fixture
def client(tmp_path: Path) -> Iterator[TestClient]:
    app = make_app(tmp_path)
    with TestClient(app) as client:
        yield client
    app.state.engine.dispose()


def watch(client: TestClient, sprint_id: str = "1", token: str = TOKEN) -> Any:
    return client.websocket_connect(f"/ws/sprints/{sprint_id}?token={token}")


def update(client: TestClient, status: str, sprint_id: str = "1") -> int:
    path = f"/sprints/{sprint_id}/status"
    return client.post(path, json={"status": status}, headers=BEARER).status_code


# The test of the original service, in its own calls.


def test_websocket_receives_status_updates(client: TestClient) -> None:
    with watch(client) as websocket:
        assert update(client, "running") == 200

        message = websocket.receive_json()

    assert message["type"] == "status_update"
    assert message["sprint_id"] == "1"
    assert message["status"] == "running"


def test_websocket_ping_pong(client: TestClient) -> None:
    with watch(client) as websocket:
        websocket.send_json({"type": "ping"})

        assert websocket.receive_json() == {"type": "pong"}


def test_websocket_rejects_an_invalid_token(client: TestClient) -> None:
    with pytest.raises(WebSocketDisconnect), watch(client, token="wrong"):  # noqa: S106 - a wrong one
        pass


# What it did not promise.


def test_a_viewer_that_comes_later_gets_what_it_missed(client: TestClient) -> None:
    update(client, "running")
    update(client, "succeeded")

    with watch(client) as websocket:
        seen = [websocket.receive_json() for _ in range(2)]

    assert [(each["seq"], each["status"]) for each in seen] == [(1, "running"), (2, "succeeded")]


def test_what_the_database_refuses_is_not_broadcast(client: TestClient) -> None:
    assert update(client, "running", "unknown") == 404

    answer = client.get("/realtime/api/sprints/unknown", headers=BEARER)
    assert answer.status_code == 404


def test_a_status_needs_the_right_to_write(client: TestClient) -> None:
    assert client.post("/sprints/1/status", json={"status": "running"}).status_code == 401


def test_the_mounted_routes_show_what_the_manager_broadcasts(client: TestClient) -> None:
    with client.websocket_connect(f"/realtime/ws/sprints/1?token={TOKEN}") as websocket:
        update(client, "running")
        assert websocket.receive_json()["status"] == "running"
    state = client.get("/realtime/api/sprints/1", headers=BEARER).json()
    assert (state["status"], state["head"]) == ("running", 1)


class Full:
    """A WebSocket of any framework, which only notes what is done with it."""

    is_gone = False

    def __init__(self) -> None:
        self.done: list[Any] = []

    async def accept(self) -> None:
        self.done.append("accept")

    async def close(self, code: int) -> None:
        self.done.append(code)

    async def send(self, message: dict[str, Any]) -> None:
        if self.is_gone:
            raise OSError("the client is gone")
        self.done.append(message["type"])


async def test_a_websocket_too_many_is_closed_to_come_later() -> None:
    realtime = RealtimeApp(store="memory", authenticate=open_to_all, max_connections=1)
    manager = ConnectionManager(realtime)
    async with realtime.lifespan():
        first, second, third = Full(), Full(), Full()
        await manager.connect(first, "sprint:run")
        await manager.connect(second, "run")
        manager.disconnect(first)
        manager.disconnect(first)
        await manager.connect(third, "run")
        await manager.send_personal(first, {"type": "pong"})

        assert (first.done, second.done, third.done) == (["accept"], ["accept", 1013], ["accept"])
        assert len(realtime.hub.connections) == 1


async def test_a_websocket_whose_endpoint_has_failed_is_forgotten_at_the_next_event() -> None:
    realtime = RealtimeApp(store="memory", authenticate=open_to_all)
    manager = ConnectionManager(realtime)
    async with realtime.lifespan():
        websocket = Full()
        await manager.connect(websocket, "run")
        websocket.is_gone = True

        await manager.broadcast("run", {"type": "log", "message": "hi"})

        await until(lambda: not realtime.hub.connections)


async def test_a_websocket_is_closed_when_the_app_stops() -> None:
    realtime = RealtimeApp(store="memory", authenticate=open_to_all)
    websocket = Full()
    async with realtime.lifespan():
        await ConnectionManager(realtime).connect(websocket, "run")

    assert websocket.done == ["accept", "websocket.close"]
