"""The index channel of a real server: the list of runs, pushed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from tornado.httpclient import HTTPClientError

from realtime_widgets_server import notebook_moves

from .conftest import Client, on_both

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from realtime_widgets_server import RealtimeWidgets

    ConnectIndex = Callable[..., Awaitable[Client]]

SUBPROTOCOL = {"Sec-WebSocket-Protocol": "realtime-widgets.v1"}


@pytest.fixture
def connect_index(jp_ws_fetch: Any, jp_asyncio_loop: Any) -> Iterator[ConnectIndex]:
    """Open a WebSocket to the index, with the server's token."""
    clients: list[Client] = []

    async def open_socket(headers: dict[str, str] = SUBPROTOCOL) -> Client:
        clients.append(Client(await jp_ws_fetch("realtime", "ws", "index", headers={**headers})))
        return clients[-1]

    yield open_socket
    for client in clients:
        client.socket.close()
        jp_asyncio_loop.run_until_complete(client.close_code())


@pytest.fixture
def get_list(jp_fetch: Any) -> Callable[..., Awaitable[Any]]:
    async def get(**query: str) -> Any:
        return json.loads((await jp_fetch("realtime", "api", "sprints", params=query)).body)

    return get


@pytest.fixture
def status(extension: RealtimeWidgets) -> Callable[..., Awaitable[int]]:
    async def publish(name: str, status: str, **fields: Any) -> int:
        await extension.started()
        event = {"type": "status_update", "status": status, **fields}
        return await extension.hub.broadcast(name, event)

    return publish


@pytest.fixture
def _no_delay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notebook_moves, "DELAY_S", 0)


async def hello(client: Client, after: Any = None) -> dict[str, Any]:
    await client.send({"type": "hello", "v": 1, "after": after})
    return await client.receive()


@on_both
async def test_no_change_between_a_page_and_the_channel_is_missed(
    connect_index: ConnectIndex, get_list: Any, status: Any
) -> None:
    await status("first", "running")
    await status("second", "running")
    listed = await get_list(limit="1")
    await status("first", "failed")

    client = await connect_index()
    welcome = await hello(client, listed["index"])
    runs = await client.receive()

    assert welcome["type"] == "welcome"
    assert [run["sprint_id"] for run in listed["sprints"]] == ["second"]
    assert [(run["sprint_id"], run["status"]) for run in runs["changed"]] == [("first", "failed")]
    assert runs["version"] == welcome["version"]


@on_both
async def test_a_change_and_a_removal_are_sent(
    connect_index: ConnectIndex, status: Any, jp_fetch: Any
) -> None:
    client = await connect_index()
    await hello(client)
    await status("run", "succeeded")
    changed = await client.receive()
    await jp_fetch("realtime", "api", "sprints", "run", method="DELETE")
    removed = await client.receive()

    assert [run["status"] for run in changed["changed"]] == ["succeeded"]
    assert (removed["changed"], removed["removed"]) == ([], ["run"])


@on_both
async def test_the_position_of_another_server_is_answered_with_a_reset(
    connect_index: ConnectIndex,
) -> None:
    client = await connect_index()
    welcome = await hello(client, {"epoch": "another", "version": 3})

    position = {key: welcome[key] for key in ("epoch", "version")}
    assert await client.receive() == {"type": "reset", **position}


@pytest.mark.usefixtures("_no_delay")
async def test_a_renamed_file_makes_lists_be_read_again(
    connect_index: ConnectIndex,
    get_list: Any,
    status: Any,
    jp_fetch: Any,
    jp_root_dir: Any,
) -> None:
    (jp_root_dir / "old.ipynb").write_text("{}")
    await status("run", "running", notebook="old.ipynb")
    client = await connect_index()
    assert (await get_list())["notebooks"] == {}
    await hello(client)

    body = json.dumps({"path": "new.ipynb"})
    await jp_fetch("api", "contents", "old.ipynb", method="PATCH", body=body)

    assert (await client.receive())["type"] == "reset"
    assert (await get_list())["notebooks"] == {"run": None}


@on_both
async def test_a_client_without_the_subprotocol_is_refused(connect_index: ConnectIndex) -> None:
    with pytest.raises(HTTPClientError) as refused:
        await connect_index({})

    assert refused.value.code == 400


@on_both
async def test_a_message_that_is_too_large_closes(connect_index: ConnectIndex) -> None:
    client = await connect_index()
    await client.send("x" * 5_000)

    assert (await client.close_code())[0] == 1009


@on_both
async def test_the_connections_of_the_index_are_counted(
    extension: RealtimeWidgets, connect_index: ConnectIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    await hello(await connect_index())
    assert len(extension.hub.connections) == len(extension.sockets) == 1
    monkeypatch.setattr(extension.service.admission, "_max_per_user", 1)

    with pytest.raises(HTTPClientError) as refused:
        await connect_index()

    assert refused.value.code == 503
    assert refused.value.response.headers["Retry-After"] == "5"
