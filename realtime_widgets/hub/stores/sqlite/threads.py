"""The two threads of the SQLite store: one writes to the file, the other reads it."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

from realtime_widgets.errors import StoreDamagedError, StoreError, StoreUnavailableError
from realtime_widgets.hub.stores.sqlite.failures import FAILURES, read_failure, write_failure

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from realtime_widgets.hub.stores.sqlite.file import DatabaseFile
    from realtime_widgets.hub.stores.sqlite.reader import Reader
    from realtime_widgets.hub.stores.sqlite.writer import Writer

__all__ = ["Threads"]

_T = TypeVar("_T")


class Threads:
    """Runs calls to a file, each kind on its thread and in the order of the calls.

    Args:
        file: The file; from now on only these threads use it.
    """

    def __init__(self, file: DatabaseFile) -> None:
        self._file = file
        self._write_thread = ThreadPoolExecutor(1, thread_name_prefix="realtime-widgets-write")
        self._read_thread = ThreadPoolExecutor(1, thread_name_prefix="realtime-widgets-read")
        self._reading_lock = threading.Lock()
        """Held while something is read, and while nothing may be."""

    async def open(self) -> None:
        """Open the file; raises as `DatabaseFile.open` does."""
        await self._in(self._write_thread, self._file.open)

    async def replace_damaged(self) -> str:
        """Replace the file if it is damaged; raises as `DatabaseFile.replace_damaged` does."""
        return await self._in(self._write_thread, self._replace_damaged)

    def _replace_damaged(self) -> str:
        with self._reading_lock:
            return self._file.replace_damaged()

    async def close(self) -> None:
        """Finish the calls that were made, then close the file. Safe to call twice."""
        await asyncio.to_thread(self._close)

    def _close(self) -> None:
        self._write_thread.shutdown()
        self._read_thread.shutdown()
        self._file.close()

    async def read(self, call: Callable[[Reader], _T]) -> _T:
        """Call with the reader of the file.

        Raises:
            StoreDamagedError: The file is damaged, and is not used any more.
            StoreError: It cannot be read now.
        """
        try:
            return await self._in(self._read_thread, self._read, call)
        except RuntimeError as error:  # of a thread that is closed
            raise StoreError(f"the store cannot read: {error}") from error

    def _read(self, call: Callable[[Reader], _T]) -> _T:
        with self._reading_lock, self._failing_as(read_failure):
            return call(self._file.reader)

    async def write(self, call: Callable[[Writer], _T]) -> _T:
        """Call with the writer of the file.

        Raises:
            StoreDamagedError: The file is damaged, and is not used any more.
            StoreUnavailableError: It cannot be written now.
        """
        try:
            return await self._in(self._write_thread, self._write, call)
        except RuntimeError as error:  # of a thread that is closed
            raise StoreUnavailableError(f"the store cannot write: {error}") from error

    def _write(self, call: Callable[[Writer], _T]) -> _T:
        with self._failing_as(write_failure):
            return call(self._file.writer)

    @contextmanager
    def _failing_as(self, failure_of: Callable[[Exception], StoreError]) -> Iterator[None]:
        """Raise failures of the block as errors of a store, and mark a damaged file.

        On the thread of the call, so that damage is never blamed on the next file.
        """
        try:
            yield
        except FAILURES as error:
            failure = failure_of(error)
            if isinstance(failure, StoreDamagedError):
                self._file.mark_damaged(error)
            raise failure from error

    def checkpoint(self, writer: Writer) -> None:
        """Move the write-ahead log into the file while nothing is read; on the write thread."""
        with self._reading_lock:
            writer.space.checkpoint()

    @staticmethod
    async def _in(thread: ThreadPoolExecutor, call: Callable[..., _T], *args: object) -> _T:
        return await asyncio.get_running_loop().run_in_executor(thread, call, *args)
