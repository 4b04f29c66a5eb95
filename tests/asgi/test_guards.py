"""The login and the rights of an app as dependencies of FastAPI."""

from __future__ import annotations

from typing import Annotated

import pytest
from fastapi import Depends, FastAPI, WebSocket
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from realtime_widgets.asgi import RealtimeApp, User
from realtime_widgets.asgi.guards import require
from tests.asgi_server import TOKEN, find_user

BEARER = {"Authorization": f"Bearer {TOKEN}"}


def may(_: User, action: str, sprint_id: str | None) -> bool:
    return action == "read" and sprint_id in {"run", None}


realtime = RealtimeApp(store="memory", authenticate=find_user, authorize=may)
app = FastAPI(lifespan=realtime.lifespan)
reader, writer = require(realtime), require(realtime, "write")


@app.get("/sprints/{sprint_id}")
def read(user: Annotated[User, Depends(reader)]) -> str:
    return user.name


@app.get("/sprints")
def read_list(user: Annotated[User, Depends(reader)]) -> str:
    return user.name


@app.post("/sprints/{sprint_id}")
def write(user: Annotated[User, Depends(writer)]) -> str:
    return user.name


@app.websocket("/watch/{sprint_id}")
async def watch(
    websocket: WebSocket, sprint_id: str, user: Annotated[User, Depends(reader)]
) -> None:
    await realtime.serve(websocket, sprint_id, user=user)


@pytest.mark.parametrize(
    ("method", "path", "headers", "status"),
    [
        ("GET", "/sprints/run", BEARER, 200),
        ("GET", "/sprints", BEARER, 200),
        ("GET", "/sprints/run", {}, 401),
        ("GET", "/sprints/other", BEARER, 403),
        ("POST", "/sprints/run", BEARER, 403),
        ("POST", "/sprints/run", {**BEARER, "Origin": "https://elsewhere.example"}, 403),
    ],
)
def test_a_route_is_open_to_users_with_the_right(
    method: str, path: str, headers: dict[str, str], status: int
) -> None:
    with TestClient(app) as client:
        assert client.request(method, path, headers=headers).status_code == status


def test_an_endpoint_serves_a_user_that_a_dependency_has_found() -> None:
    """No ticket is needed, although the login is a cookie: the origin is checked instead."""
    cookie = {"Cookie": "user=alice"}
    with TestClient(app) as client, client.websocket_connect("/watch/run", headers=cookie) as plain:
        plain.send_json({"type": "ping"})
        assert plain.receive_json() == {"type": "pong"}
        plain.send_json({"type": "log", "message": "may not be written"})
        assert plain.receive_json()["type"] == "error"


@pytest.mark.parametrize(
    ("path", "headers", "code"),
    [
        ("/watch/run", {}, 4501),
        ("/watch/other", BEARER, 4503),
        ("/watch/run", {"Cookie": "user=alice", "Origin": "https://elsewhere.example"}, 4503),
    ],
)
def test_an_endpoint_refuses_a_user_without_the_right_to_read(
    path: str, headers: dict[str, str], code: int
) -> None:
    with (
        TestClient(app) as client,
        pytest.raises(WebSocketDisconnect) as refused,
        client.websocket_connect(path, headers=headers),
    ):
        pass
    assert refused.value.code == code
