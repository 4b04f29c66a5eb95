"""The index: which runs have changed, and what its clients are sent."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import pytest

from realtime_widgets.errors import StoreUnavailableError
from realtime_widgets.hub import index_connection
from realtime_widgets.hub.index import RunIndex
from realtime_widgets.protocol.codes import CloseCode
from realtime_widgets.protocol.index import IndexPosition
from realtime_widgets.protocol.limits import Limits

from .fakes import FakeClock, FakeStore, FakeTransport, publisher, running, taken
from .loop import until

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from realtime_widgets.hub import Hub
    from realtime_widgets.hub.index_connection import IndexConnection
    from realtime_widgets.hub.pagination import Origin


@pytest.fixture(autouse=True)
def _no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    defaults = index_connection.IndexConnection.__init__.__kwdefaults__
    monkeypatch.setitem(defaults, "pause_s", 0)


def after(index: RunIndex, version: int) -> list[str]:
    return [name for name, _ in index.changes_after(version)]


# Which runs have changed.


def test_each_run_is_named_once_by_its_last_change() -> None:
    index = RunIndex()
    for name in ("a", "b", "a"):
        index.change(name)

    assert index.changes_after(0) == [("b", 2), ("a", 3)]
    assert after(index, 2) == ["a"]
    assert after(index, 3) == []


def test_what_is_older_than_the_changes_kept_is_unknown() -> None:
    index = RunIndex(max_changes=2)
    for name in ("a", "b", "c"):
        index.change(name)

    known = [IndexPosition(epoch=index.epoch, version=n) for n in range(5)]
    assert [index.knows(position) for position in known] == [False, True, True, True, False]
    assert after(index, 1) == ["b", "c"]


def test_positions_of_another_life_are_unknown() -> None:
    index, other = RunIndex(), RunIndex()

    assert not index.knows(other.position)


def test_after_it_was_invalidated_no_earlier_position_is_known() -> None:
    index = RunIndex()
    index.change("a")
    before = index.position
    index.invalidate()

    assert not index.knows(before)
    assert index.knows(index.position)
    assert after(index, index.version) == []


async def test_waiting_tasks_are_woken_by_the_next_change() -> None:
    index = RunIndex()
    waiting = [asyncio.create_task(index.wait_after(0)) for _ in range(2)]
    await asyncio.sleep(0)
    assert not any(task.done() for task in waiting)
    index.change("a")

    await asyncio.gather(*waiting)


# What a client is sent.


class Lister:
    """A client of the index, and what it knows of the runs."""

    def __init__(self, connection: IndexConnection, transport: FakeTransport) -> None:
        self.connection = connection
        self.transport = transport

    @property
    def messages(self) -> list[dict[str, Any]]:
        return [json.loads(frame) for frame in self.transport.frames]

    def of_type(self, kind: str) -> list[dict[str, Any]]:
        return [message for message in self.messages if message["type"] == kind]

    @property
    def states(self) -> dict[str, dict[str, Any]]:
        """The newest state of each run that it was sent."""
        states: dict[str, dict[str, Any]] = {}
        for message in self.of_type("runs"):
            states |= {state["sprint_id"]: state for state in message["changed"]}
            for name in message["removed"]:
                del states[name]
        return states

    def status(self, name: str = "run") -> str | None:
        return self.states.get(name, {}).get("status")


async def lister(hub: Hub, after: Any = None, **options: Any) -> Lister:
    transport = FakeTransport()
    connection = hub.connect_index(transport, **options)
    hello = json.dumps({"type": "hello", "v": 1, "after": after})
    await taken(connection.receive(hello))
    return Lister(connection, transport)


async def test_a_client_is_sent_what_changes_after_it_came() -> None:
    async with running() as hub:
        worker = await publisher(hub)
        await worker.publish_status(1, "running")
        client = await lister(hub)
        [welcome] = client.messages
        assert welcome["version"] == hub.runs.position.version

        await worker.publish_status(2, "needs_input")
        await until(lambda: client.status() == "needs_input")
        [runs] = client.of_type("runs")
        assert runs["version"] == hub.runs.position.version


async def test_nothing_is_sent_while_nothing_changes() -> None:
    async with running() as hub:
        client = await lister(hub)
        for _ in range(100):
            await asyncio.sleep(0)

        assert [message["type"] for message in client.messages] == ["welcome"]


async def test_a_client_that_resumes_is_sent_what_changed_meanwhile() -> None:
    async with running() as hub:
        worker, other = await publisher(hub), await publisher(hub, "other")
        await other.publish_status(1, "running")
        position = hub.runs.position.model_dump()
        await worker.publish_status(1, "running")
        client = await lister(hub, position)
        await until(lambda: client.status() == "running")

        assert client.of_type("reset") == []
        assert set(client.states) == {"run"}


@pytest.mark.parametrize("wrong", [{"epoch": "another"}, {"version": 99}])
async def test_a_client_with_an_unknown_position_reads_the_list_again(wrong: Any) -> None:
    async with running() as hub:
        position = hub.runs.position.model_dump()
        client = await lister(hub, position | wrong)
        await until(lambda: bool(client.of_type("reset")))
        assert client.of_type("reset") == [{"type": "reset", **position}]

        await (await publisher(hub)).publish_status(1, "running")
        await until(lambda: client.status() == "running")


async def test_the_presence_of_publishers_is_a_change() -> None:
    clock = FakeClock()
    async with running(clock=clock) as hub:
        worker = await publisher(hub)
        await worker.publish_status(1, "running")
        client = await lister(hub)
        hub.disconnect(worker.connection)

        await until(lambda: client.states.get("run", {}).get("disconnected_at") is not None)


async def test_a_removed_run_is_named() -> None:
    async with running() as hub:
        worker = await publisher(hub)
        await worker.publish_status(1, "succeeded")
        client = await lister(hub)
        hub.disconnect(worker.connection)
        await hub.remove("run")

        await until(lambda: any(each["removed"] for each in client.of_type("runs")))
        assert client.of_type("runs")[-1]["removed"] == ["run"]


async def test_changes_while_a_socket_is_full_are_sent_as_the_newest_states() -> None:
    async with running() as hub:
        worker = await publisher(hub)
        await worker.publish_status(1, "running")
        client = await lister(hub, hub.runs.position.model_dump() | {"version": 0})
        client.transport.is_slow = True
        await until(lambda: len(client.of_type("runs")) == 1)
        for n in range(2, 50):
            await worker.publish(n, f"line {n}")
        assert len(client.of_type("runs")) == 1
        client.transport.take_all()

        await until(lambda: client.states["run"]["logs"] == 48)
        assert len(client.of_type("runs")) == 2


async def test_many_states_come_in_several_messages_each_run_once() -> None:
    async with running(limits=Limits(batch_bytes=1_024)) as hub:
        position = hub.runs.position.model_dump()
        names = [f"run-{n}" for n in range(20)]
        for name in names:
            await hub.broadcast(name, {"type": "status_update", "status": "running"})
        client = await lister(hub, position)
        await until(lambda: set(client.states) == set(names))

        sent = [state["sprint_id"] for each in client.of_type("runs") for state in each["changed"]]
        assert sent == names
        assert max(len(frame) for frame in client.transport.frames) < 2_048
        versions = [each["version"] for each in client.of_type("runs")]
        assert versions == sorted(set(versions))
        assert versions[-1] == hub.runs.position.version


async def test_clients_at_the_same_version_are_sent_one_message_that_is_made_once() -> None:
    async with running() as hub:
        clients = [await lister(hub) for _ in range(3)]
        await (await publisher(hub)).publish_status(1, "running")
        await until(lambda: all(client.status() == "running" for client in clients))

        first = [client.transport.frames[1] for client in clients]
        assert first[0] is first[1] is first[2]


async def test_a_run_that_is_not_in_memory_is_read_from_the_store() -> None:
    async with running() as hub:
        position = hub.runs.position.model_dump()
        await hub.broadcast("run", {"type": "status_update", "status": "succeeded"})
        await hub.channels["run"].save_state()
        del hub.channels["run"]
        client = await lister(hub, position)
        await until(lambda: client.status() == "succeeded")

        assert "run" not in hub.channels


async def test_the_current_paths_of_notebooks_are_sent_to_clients_that_may_know_them() -> None:
    async def find(origins: Sequence[Origin]) -> Mapping[str, str | None]:
        return {origin.sprint_id: "new.ipynb" for origin in origins}

    async with running() as hub:
        clients = await lister(hub, find_notebooks=find), await lister(hub)
        event = {"type": "status_update", "status": "running", "notebook": "old.ipynb"}
        await hub.broadcast("run", event)
        await until(lambda: all(client.status() == "running" for client in clients))

        found = [client.of_type("runs")[0]["notebooks"] for client in clients]
        assert found == [{"run": "new.ipynb"}, {}]


async def test_a_store_that_cannot_be_read_closes_the_connection() -> None:
    store = FakeStore()
    async with running(store) as hub:
        position = hub.runs.position.model_dump()
        await hub.broadcast("run", {"type": "log", "message": "a"})
        await hub.channels["run"].save_state()
        del hub.channels["run"]
        store.fails_with = StoreUnavailableError("locked")
        client = await lister(hub, position)
        await until(lambda: client.transport.code is not None)
        store.fails_with = None

        assert client.transport.code == CloseCode.STORAGE_UNAVAILABLE


async def test_after_the_store_was_created_again_clients_read_the_list_again() -> None:
    async with running() as hub:
        client = await lister(hub)
        hub.runs.invalidate()
        await until(lambda: bool(client.of_type("reset")))

        [reset] = client.of_type("reset")
        assert reset["version"] == hub.runs.position.version


async def test_a_wrong_ticket_does_not_open() -> None:
    async def refuse(_: str | None) -> CloseCode:
        return CloseCode.UNAUTHORIZED

    async with running() as hub:
        client = await lister(hub, check_ticket=refuse)

        assert (client.messages, client.transport.code) == ([], CloseCode.UNAUTHORIZED)


async def test_a_socket_that_takes_nothing_is_closed_and_one_that_is_gone_ends() -> None:
    clock = FakeClock()
    async with running(clock=clock) as hub:
        stuck, leaving = await lister(hub), await lister(hub)
        stuck.transport.is_slow = leaving.transport.is_gone = True
        await (await publisher(hub)).publish_status(1, "running")
        await until(lambda: len(stuck.messages) == 2)
        for _ in range(3):
            await clock.pass_by(20)
            stuck.connection.receive('{"type":"pong"}')
        await clock.pass_by(5)
        assert stuck.transport.code == CloseCode.SLOW_READER

        hub.disconnect(leaving.connection)
        hub.disconnect(leaving.connection)
        assert leaving.connection.id not in hub.connections


async def test_the_end_of_the_hub_closes_its_clients() -> None:
    async with running() as hub:
        client = await lister(hub)
        assert client.connection.receive_binary() is None
        other = await lister(hub)

    assert client.transport.code == CloseCode.BINARY_NOT_SUPPORTED
    assert other.transport.code == CloseCode.GOING_AWAY
