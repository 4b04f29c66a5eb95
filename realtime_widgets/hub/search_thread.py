"""The thread on which a hub searches."""

from __future__ import annotations

import asyncio
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar

from realtime_widgets.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["SearchThread"]

_T = TypeVar("_T")


class SearchThread:
    """Runs the slices of all searches, one after the other, so that the event loop is free.

    It is one thread for all: several would keep the event loop waiting for Python's lock. In a
    browser, which has no threads, slices run on the event loop.
    """

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="realtime-widgets-search")

    async def run(self, call: Callable[..., _T], *args: object) -> _T:
        """Return what a call returns.

        Raises:
            StoreError: The hub is stopped.
        """
        if sys.platform == "emscripten":
            await asyncio.sleep(0)
            return call(*args)
        try:
            running = asyncio.get_running_loop().run_in_executor(self._thread, call, *args)
        except RuntimeError as error:  # of a thread that is closed
            raise StoreError(f"the hub cannot search: {error}") from error
        return await running

    def close(self) -> None:
        """Run no more slices; does not wait for the one that runs. Safe to call twice."""
        self._thread.shutdown(wait=False, cancel_futures=True)
