"""Few searches run at a time, in total and of one user; further ones wait for a while."""

from __future__ import annotations

import asyncio
import json
from contextlib import AsyncExitStack

import pytest

from realtime_widgets.service import ApiError
from realtime_widgets.service import slots as slots_module
from realtime_widgets.service.slots import (
    AT_ONCE,
    PER_USER,
    Slots,
)
from tests.hub.loop import until


async def test_a_search_too_many_of_a_user_is_refused_and_another_user_has_room(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(slots_module, "WAIT_S", 0.0)
    slots = Slots("searches")
    async with AsyncExitStack() as stack:
        for _ in range(PER_USER):
            await stack.enter_async_context(slots.slot("alice"))

        with pytest.raises(ApiError) as refused:
            await stack.enter_async_context(slots.slot("alice"))
        await stack.enter_async_context(slots.slot("bob"))

    assert (refused.value.status, refused.value.retry_after_s) == (503, 5)
    assert json.loads(refused.value.body)["code"] == "too_many_searches"
    assert slots.running == 0


async def test_a_search_too_many_of_all_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slots_module, "WAIT_S", 0.0)
    slots = Slots("searches")
    async with AsyncExitStack() as stack:
        for user in range(AT_ONCE):
            await stack.enter_async_context(slots.slot(user))

        with pytest.raises(ApiError):
            await stack.enter_async_context(slots.slot("another"))
        assert slots.running == AT_ONCE


async def test_a_search_that_waits_begins_when_another_ends() -> None:
    slots, order = Slots("searches"), []

    async def search(name: int, *, ends: asyncio.Event) -> None:
        async with slots.slot("alice"):
            order.append(name)
            await ends.wait()

    ends = [asyncio.Event() for _ in range(PER_USER + 1)]
    searches = [asyncio.create_task(search(name, ends=end)) for name, end in enumerate(ends)]
    await until(lambda: len(order) == PER_USER)
    ends[2].set()
    await searches[2]
    await until(lambda: len(order) > PER_USER)
    for end in ends:
        end.set()
    await asyncio.gather(*searches)

    assert order == list(range(PER_USER + 1))
    assert slots.running == 0
