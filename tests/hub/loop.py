"""How the tests of the hub run what is asynchronous."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, TypeVar

from tests.waiting import PATIENCE_S

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine

T = TypeVar("T")


def run(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run to the end, and fail if anything went wrong behind the back of the test."""
    return asyncio.run(_watched(coroutine))


async def _watched(coroutine: Coroutine[Any, Any, T]) -> T:
    failures: list[dict[str, Any]] = []
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, context: failures.append(context))
    result = await asyncio.wait_for(coroutine, PATIENCE_S)
    assert not failures, failures
    return result


async def until(is_so: Callable[[], bool]) -> None:
    """Let the loop turn until it is so; the patience of `run` ends it."""
    while not is_so():  # noqa: ASYNC110 - what it waits for has no event
        await asyncio.sleep(0)


async def until_known(is_so: Callable[[], Awaitable[bool]]) -> None:
    """Ask until it is so; the patience of `run` ends it."""
    while not await is_so():  # noqa: ASYNC110 - what it waits for has no event
        await asyncio.sleep(0)
