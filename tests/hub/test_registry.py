"""The connected clients, and fencing."""

from __future__ import annotations

from realtime_widgets.protocol.codes import CloseCode

from .fakes import publisher, running, viewer


async def test_a_client_is_there_from_its_connection_to_its_end() -> None:
    async with running() as hub:
        client = await viewer(hub)
        assert list(hub.connections) == [client.connection.id]

        hub.disconnect(client.connection)
        hub.disconnect(client.connection)
        assert hub.connections == {}


async def test_the_newer_of_two_connections_of_one_publisher_stays() -> None:
    async with running() as hub:
        older, newer = await publisher(hub), await publisher(hub)
        assert (older.transport.code, newer.transport.code) == (CloseCode.FENCED, None)

        hub.disconnect(older.connection)  # it must not take the place of the newer one with it
        newest = await publisher(hub)
        assert (newer.transport.code, newest.transport.code) == (CloseCode.FENCED, None)


async def test_publishers_of_other_runs_and_viewers_are_not_fenced() -> None:
    async with running() as hub:
        clients = [await publisher(hub), await publisher(hub, "other"), await viewer(hub)]

        assert [client.transport.code for client in clients] == [None] * 3
