"""Hubs in uvloop, the event loop of `uvicorn[standard]`, whose classes and clock are others."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from tests.hub import test_channel
from tests.hub.fakes import publisher, viewer
from tests.hub.stores.redis.test_store import shows, two_hubs
from tests.redis_server import new_address

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

uvloop = pytest.importorskip("uvloop")


async def a_run_on_redis_is_published_at_one_server_and_watched_at_another() -> None:
    async with two_hubs(new_address()) as (one, other):
        watching = await viewer(other)
        await (await publisher(one)).publish(1, "a")

        await shows(watching, "a")


@pytest.mark.parametrize(
    "works",
    [
        a_run_on_redis_is_published_at_one_server_and_watched_at_another,
        test_channel.test_while_more_is_being_stored_viewers_wait_and_then_are_advanced_once_for_all,
    ],
)
def test_in_uvloop(works: Callable[[], Coroutine[None, None, None]]) -> None:
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(works())
