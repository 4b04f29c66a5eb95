"""Waiting for what must come, with a patience that no slow machine exhausts."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

PATIENCE_S = 60.0
"""When a test counts as failed: many times what it needs."""

LOOK_S = 0.02

T = TypeVar("T")


async def until(is_so: Callable[[], bool], what: str, *, patience_s: float = PATIENCE_S) -> float:
    """Wait for a condition.

    Args:
        is_so: Looked at again and again.
        what: The condition in words, for the failure.
        patience_s: When to fail.

    Returns:
        How many seconds it took.
    """
    began = time.monotonic()
    while not is_so():
        if time.monotonic() > began + patience_s:
            raise AssertionError(f"waited {patience_s:.0f} s in vain: {what}")
        await asyncio.sleep(LOOK_S)
    return time.monotonic() - began


async def together(*coroutines: Coroutine[Any, Any, T]) -> list[T]:
    """Run all at once; the first that fails ends the others."""
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(coroutine) for coroutine in coroutines]
    return [task.result() for task in tasks]
