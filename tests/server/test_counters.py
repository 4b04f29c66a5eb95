"""What fan-out costs, in counts, which no busy machine makes noisy; times are in `benchmarks/`."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from typing import TYPE_CHECKING, Any

import pydantic_core
import pytest

from realtime_widgets.hub import frames
from realtime_widgets.hub.stores import base
from realtime_widgets.hub.stores.sqlite.writer import Writer
from realtime_widgets_server.transport import TornadoTransport

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine, Sequence

    from realtime_widgets.hub.stores.base import NewBatch
    from tests.server.conftest import Client

    Connect = Callable[..., Awaitable[Client]]

MANY = 10_000
FEW = 500
"""What fits into one frame."""

AT_LEAST = 100
"""How many events a frame and a transaction of a burst hold on average."""

JOINED_AT_LEAST = 50
"""How many a batch holds: what one read brings does not end where one is full."""


@pytest.fixture
def jp_server_config(jp_server_config: dict[str, Any]) -> dict[str, Any]:
    # Nothing but the store holds the publisher back, as where many publish at once.
    settings = {**jp_server_config["RealtimeWidgets"], "window": MANY}
    return {**jp_server_config, "RealtimeWidgets": settings}


@pytest.fixture
def counts(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often the server did what costs most."""
    counted: Counter[str] = Counter()
    write, append = TornadoTransport.write, Writer.append

    def counted_write(self: TornadoTransport, message: bytes) -> asyncio.Future[None] | None:
        counted["frames"] += message.startswith(b'{"type":"events"')
        return write(self, message)

    def counted_append(self: Writer, group: Sequence[NewBatch]) -> Any:
        counted["transactions"] += 1
        counted["batches"] += len(group)
        return append(self, group)

    def counted_to_json(value: Any) -> bytes:
        counted["encodings"] += 1
        return pydantic_core.to_json(value)

    monkeypatch.setattr(TornadoTransport, "write", counted_write)
    monkeypatch.setattr(Writer, "append", counted_append)
    for module in (frames, base):
        monkeypatch.setattr(module, "to_json", counted_to_json)
    return counted


async def burst(connect: Connect, events: int, *, viewers: int, joined: int) -> None:
    """Publish all events at once, so many in each message, until all viewers have them."""
    watching = []
    for _ in range(viewers):
        viewer = await connect()
        await viewer.hello(watch={})
        watching.append(asyncio.ensure_future(viewer.events(events)))
    publisher = await connect()
    await publisher.hello(publish={"publisher_id": "0" * 32})
    for first in range(1, events + 1, joined):
        lines = [log(n) for n in range(first, min(first + joined, events + 1))]
        message = {"type": "publish", "first_n": first, "events": lines}
        # Written, and not waited for.
        publisher.socket.write_message(json.dumps(message, separators=(",", ":")))
    while (await publisher.receive())["up_to"] < events:
        pass
    for seen in await asyncio.gather(*watching):
        assert seen == [{**log(n), "seq": n} for n in range(1, events + 1)]


def log(n: int) -> dict[str, Any]:
    return {"type": "log", "message": f"line {n}"}


@pytest.mark.parametrize("joined", [1, 64])
async def test_a_burst_takes_few_frames_a_viewer_and_few_transactions(
    connect: Connect, counts: Counter[str], joined: int
) -> None:
    await burst(connect, MANY, viewers=3, joined=joined)

    assert counts["frames"] <= 3 * MANY / AT_LEAST
    assert counts["batches"] <= MANY / JOINED_AT_LEAST
    assert counts["transactions"] <= MANY / AT_LEAST


async def test_each_viewer_is_written_to_once_for_what_is_committed_together(
    connect: Connect, counts: Counter[str]
) -> None:
    await burst(connect, FEW, viewers=3, joined=1)

    assert counts["frames"] <= 3 * counts["transactions"]


@pytest.mark.parametrize("viewers", [1, 5])
async def test_after_a_batch_came_in_json_is_written_once_for_all_viewers(
    connect: Connect, counts: Counter[str], viewers: int
) -> None:
    await burst(connect, MANY, viewers=viewers, joined=64)

    assert counts["encodings"] <= counts["batches"]


async def test_to_send_an_event_to_a_viewer_starts_no_task(connect: Connect) -> None:
    started: list[int] = []

    def start(loop: asyncio.AbstractEventLoop, work: Coroutine[Any, Any, Any], **more: Any) -> Any:
        started[-1] += 1
        return asyncio.Task(work, loop=loop, **more)

    publisher, viewers = await connect(), []
    await publisher.hello(publish={"publisher_id": "0" * 32})
    for n in (1, 2, 3):
        viewers.append(await connect())
        await viewers[-1].hello(watch={})
        await viewers[-1].events(n - 1)
        started.append(0)
        asyncio.get_running_loop().set_task_factory(start)
        await publisher.publish(n, log(n))
        for viewer in viewers:
            await viewer.events(1)
        asyncio.get_running_loop().set_task_factory(None)

    assert started[0] == started[1] == started[2]
