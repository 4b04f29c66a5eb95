"""The runs whose `with` block is open: what `current_sprint` looks up.

A context variable has the block that the running code is in, so asyncio tasks and copied contexts
inherit it. A new thread has an empty context: there the block counts that was entered last in this
process. A block that has ended counts as the one around it, so a block may be left in another
context than the one in which it was entered.
"""

from __future__ import annotations

from contextlib import suppress
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Generic, TypeVar

__all__ = ["OpenBlocks"]

Run = TypeVar("Run")


@dataclass(eq=False)
class _OpenBlock(Generic[Run]):
    run: Run
    outer: _OpenBlock[Run] | None
    is_open: bool = True


class OpenBlocks(Generic[Run]):
    """The open blocks of all runs of this process."""

    def __init__(self) -> None:
        self._here: ContextVar[_OpenBlock[Run] | None] = ContextVar(
            "realtime_widgets.block", default=None
        )
        self._open: list[_OpenBlock[Run]] = []
        """Of all threads, the newest last."""

    def enter(self, run: Run) -> None:
        """Note that a block of a run begins here."""
        block = _OpenBlock(run, self._innermost())
        self._open.append(block)
        self._here.set(block)

    def leave(self, run: Run) -> None:
        """Note that a block of a run ends: the innermost one here, or else the newest one."""
        block = self._innermost()
        while block is not None and not (block.is_open and block.run is run):
            block = block.outer
        if block is None:
            block = next((each for each in reversed(self._open) if each.run is run), None)
        if block is not None:
            block.is_open = False
            with suppress(ValueError):  # another thread has removed it
                self._open.remove(block)

    def current(self) -> Run | None:
        """Return the run whose block the running code is in; see the top of this file."""
        block = self._innermost() or next(reversed(tuple(self._open)), None)
        return None if block is None else block.run

    def _innermost(self) -> _OpenBlock[Run] | None:
        block = self._here.get()
        while block is not None and not block.is_open:
            block = block.outer
        return block
