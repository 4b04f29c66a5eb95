"""Waiting for what must come: one bound for all tests, which only ends a hang."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

PATIENCE_S = 180.0
"""When a wait counts as failed: far beyond what a machine needs that has other work to do."""

PATIENCE_MS = PATIENCE_S * 1000

LOOK_S = 0.02

T = TypeVar("T")


def wait_until(is_so: Callable[[], object], what: str) -> None:
    """Wait for a condition, in a test without an event loop.

    Args:
        is_so: Called again and again until it returns something true.
        what: The condition in words, for the failure.
    """
    ends_at = time.monotonic() + PATIENCE_S
    while not is_so():
        if time.monotonic() > ends_at:
            raise AssertionError(f"waited {PATIENCE_S:.0f} s in vain: {what}")
        time.sleep(LOOK_S)


async def until(is_so: Callable[[], bool], what: str) -> float:
    """Wait for a condition.

    Args:
        is_so: Looked at again and again.
        what: The condition in words, for the failure.

    Returns:
        How many seconds it took.
    """
    began = time.monotonic()
    while not is_so():
        if time.monotonic() > began + PATIENCE_S:
            raise AssertionError(f"waited {PATIENCE_S:.0f} s in vain: {what}")
        await asyncio.sleep(LOOK_S)
    return time.monotonic() - began


async def together(*coroutines: Coroutine[Any, Any, T]) -> list[T]:
    """Run all at once; the first that fails ends the others."""
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(coroutine) for coroutine in coroutines]
    return [task.result() for task in tasks]
