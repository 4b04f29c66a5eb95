"""The hub inside this process, as the kernel side sees it."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import pytest

from realtime_widgets.client.embedded import EmbeddedHub, embedded_hub
from realtime_widgets.errors import ConnectionClosedError, InvalidSprintIdError
from tests.waiting import PATIENCE_S

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from realtime_widgets.client.embedded import LocalLink

PUBLISHER_ID = "0f" * 16


def run(coroutine: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(coroutine, PATIENCE_S))


async def linked(hub: EmbeddedHub, **purpose: Any) -> LocalLink:
    link = await hub.connect("run")
    await link.send(json.dumps({"type": "hello", "v": 1, "sprint_id": "run", **purpose}))
    assert json.loads(await link.receive())["type"] == "welcome"
    return link


async def publish(link: LocalLink, first_n: int, message: str) -> None:
    event = {"type": "log", "message": message}
    await link.send(json.dumps({"type": "publish", "first_n": first_n, "events": [event]}))


def test_a_link_carries_the_protocol_both_ways() -> None:
    async def exchange() -> None:
        hub = EmbeddedHub()
        viewer = await linked(hub, watch={})
        publisher = await linked(hub, publish={"publisher_id": PUBLISHER_ID})

        await publish(publisher, 1, "hello")

        assert json.loads(await publisher.receive())["type"] == "ack"
        events = json.loads(await viewer.receive())
        assert events["batches"][0]["events"] == [{"type": "log", "message": "hello"}]

    run(exchange())


def test_it_answers_as_the_rest_routes_do() -> None:
    async def ask() -> None:
        hub = EmbeddedHub()
        assert await hub.sprints() == []
        assert await hub.sprint("run") is None
        publisher = await linked(hub, publish={"publisher_id": PUBLISHER_ID})
        await publish(publisher, 1, "hello")
        await publisher.receive()

        [state] = await hub.sprints()
        page = await hub.page("run", after=0, limit=10)

        assert state == await hub.sprint("run")
        assert (state["sprint_id"], state["logs"]) == ("run", 1)
        assert (page["first"], page["head"]) == (1, 1)
        assert page["epoch"]
        assert [event["message"] for event in page["events"]] == ["hello"]

    run(ask())


def test_a_viewer_that_does_not_read_holds_one_message() -> None:
    async def exchange() -> None:
        hub = EmbeddedHub()
        viewer = await linked(hub, watch={})
        publisher = await linked(hub, publish={"publisher_id": PUBLISHER_ID})
        for n in range(1, 101):
            await publish(publisher, n, str(n))
            await publisher.receive()

        first, rest = json.loads(await viewer.receive()), json.loads(await viewer.receive())

        batches = first["batches"] + rest["batches"]
        assert [batch["first"] for batch in batches] == list(range(1, 101))

    run(exchange())


def test_a_link_that_the_hub_closed_raises_at_every_call() -> None:
    async def exchange() -> None:
        hub = EmbeddedHub()
        link = await hub.connect("run")
        await link.send('{"type":"ping"}')

        for _ in range(2):
            with pytest.raises(ConnectionClosedError) as closed:
                await link.receive()
            assert (closed.value.code, closed.value.reason) == (4500, "bad_message")
        await link.close()
        with pytest.raises(ConnectionClosedError) as closed:
            await link.receive()
        assert closed.value.code == 4500

    run(exchange())


def test_closing_a_link_wakes_a_receiver_that_waits_for_a_message() -> None:
    """A receiver of a link that was closed on this side waited for ever."""

    async def exchange() -> None:
        hub = EmbeddedHub()
        link = await linked(hub, watch={})
        receiving = asyncio.create_task(link.receive())
        await asyncio.sleep(0)

        await link.close()
        await link.close()

        with pytest.raises(ConnectionClosedError) as closed:
            await receiving
        assert closed.value.code == 1000

    run(exchange())


def test_closing_a_link_frees_a_sender_that_waits_for_it_to_be_read() -> None:
    async def exchange() -> None:
        hub = EmbeddedHub()
        link = await linked(hub, watch={})

        async def talk() -> None:
            for _ in range(100):
                await link.send('{"type":"ping"}')

        talking = asyncio.create_task(talk())
        await asyncio.sleep(0)
        assert not talking.done()

        await link.close()
        await talking

    run(exchange())


def test_a_receive_that_was_cancelled_loses_no_message() -> None:
    async def exchange() -> None:
        hub = EmbeddedHub()
        viewer = await linked(hub, watch={})
        publisher = await linked(hub, publish={"publisher_id": PUBLISHER_ID})
        receiving = asyncio.create_task(viewer.receive())
        await asyncio.sleep(0)
        receiving.cancel()
        await publish(publisher, 1, "hello")

        assert "hello" in await viewer.receive()

    run(exchange())


def test_a_wrong_id_is_refused_here_too() -> None:
    async def connect() -> None:
        with pytest.raises(InvalidSprintIdError):
            await EmbeddedHub().connect("not an id")

    run(connect())


def test_a_process_has_one_hub() -> None:
    assert embedded_hub() is embedded_hub()
