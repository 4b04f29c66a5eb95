"""Keeps fresh what cells hold of the runs that they show, so that a saved notebook tells the end.

A live view changes in the page only. What is saved is the cell's output, which the kernel updates:
after each cell that ran, so that what executes notebooks without a page sees it, and from time to
time while one runs.
"""

from __future__ import annotations

import contextlib
import os
import queue
import threading
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from realtime_widgets.errors import ServerNotFoundError
from realtime_widgets.publisher._story import has_news

if TYPE_CHECKING:
    from collections.abc import Callable

    from realtime_widgets.publisher._target import Target

__all__ = ["Cell", "keep_fresh", "put_out"]

EVERY_S = 30.0
"""Between two looks while a cell runs; Lab saves a notebook every two minutes."""

WAIT_S = 1.0
"""How long the end of a cell may wait for its outputs; after a failure it does not wait."""

MOST_CELLS = 16
"""Outputs that are kept fresh; each costs a request after each cell."""


@dataclass
class Cell:
    """An output that shows a run.

    Attributes:
        display_id: What IPython calls the output.
        make: Returns the number of the last event that is told, and the output.
        head: Number of the last event that the output tells.
    """

    display_id: str
    sprint_id: str
    target: Target
    make: Callable[[], tuple[int, dict[str, Any]]]
    head: int

    def refresh(self) -> bool:
        """Update the output, if there is news; tell whether the run could be read."""
        try:
            if has_news(self.target, self.sprint_id, self.head):
                self.head, bundle = self.make()
                put_out(bundle, display_id=self.display_id, update=True)
        except ServerNotFoundError:
            return False
        return True


class _Keeper:
    """Refreshes outputs in a thread of its own, because a server may take long to answer."""

    def __init__(self) -> None:
        self._cells: deque[Cell] = deque(maxlen=MOST_CELLS)
        self._asked: queue.SimpleQueue[threading.Event] = queue.SimpleQueue()
        self._is_well = True
        """Whether the last look has ended, and all answered."""
        threading.Thread(target=self._run, name="realtime-widgets cells", daemon=True).start()

    def add(self, cell: Cell) -> None:
        self._cells.append(cell)

    def after_cell(self, *_: object) -> None:
        """Have all outputs refreshed before the cell ends."""
        done = threading.Event()
        self._asked.put(done)
        if self._is_well:
            done.wait(WAIT_S)

    def _run(self) -> None:
        while True:
            done = None
            with contextlib.suppress(queue.Empty):
                done = self._asked.get(timeout=EVERY_S)
            self._refresh_all()
            if done is not None:
                done.set()

    def _refresh_all(self) -> None:
        self._is_well = False
        answered = [cell.refresh() for cell in tuple(self._cells)]
        self._is_well = all(answered)


_keeper: _Keeper | None = None


def put_out(bundle: dict[str, Any], *, display_id: str | None = None, update: bool = False) -> None:
    """Make an output of the cell that runs, or change the one of that id."""
    from IPython.display import display

    display(bundle, raw=True, display_id=display_id, update=update)  # type: ignore[no-untyped-call]


def keep_fresh(cell: Cell) -> None:
    """Update an output of IPython's, until newer ones have taken its place."""
    global _keeper  # noqa: PLW0603 - one per process
    from IPython import get_ipython

    shell = get_ipython()
    if shell is None:
        return
    if _keeper is None:
        _keeper = _Keeper()
        shell.events.register("post_run_cell", _keeper.after_cell)
    _keeper.add(cell)


def _stay_out_of_children() -> None:
    global _keeper  # noqa: PLW0603 - one per process
    _keeper = None


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_stay_out_of_children)
