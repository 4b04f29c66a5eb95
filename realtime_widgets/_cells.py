"""Keeps fresh what cells hold of the runs that they show, so that a saved notebook tells the end.

A live view changes in the page only. What is saved is the cell's output, which the kernel updates:
after each cell that ran, so that what executes notebooks without a page sees it, and from time to
time.
"""

from __future__ import annotations

import logging
import os
import queue
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from realtime_widgets._still import read_still
from realtime_widgets.errors import ServerNotFoundError
from realtime_widgets.publisher._story import read_position

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

    from realtime_widgets._still import Bundle
    from realtime_widgets.publisher._story import LogPosition
    from realtime_widgets.publisher._target import Target

__all__ = ["Output", "keep_fresh", "put_out"]

EVERY_S = 30.0
"""Between two looks; Lab saves a notebook every two minutes."""

WAIT_S = 1.0
"""How long the end of a cell may wait for outputs; where the last look failed, or took longer, it
does not wait."""

MOST_OUTPUTS = 64
"""Outputs that are kept fresh, the newest."""

_log = logging.getLogger(__name__)


@dataclass
class Output:
    """An output that shows a run.

    Attributes:
        display_id: What IPython calls it.
        sprint_id: The run.
        target: Where the run is.
        height: Greatest height of the live view, as in CSS.
        told: How far the log was when it was made last; None where it could not be read.
    """

    display_id: str
    sprint_id: str
    target: Target
    height: str
    told: LogPosition | None


class _Keeper:
    """Refreshes outputs in a thread of its own, because a server may take long to answer."""

    def __init__(self, shell: InteractiveShell) -> None:
        self._shell = shell
        self._outputs: list[tuple[_Place, Output]] = []
        self._asked: queue.SimpleQueue[threading.Event] = queue.SimpleQueue()
        self._is_quick = True
        """Whether all answered in the last look, and soon."""
        shell.events.register("post_run_cell", self._after_cell)
        threading.Thread(target=self._run, name="realtime-widgets cells", daemon=True).start()

    def add(self, output: Output) -> None:
        here = _Place.of(self._shell)
        # When a cell is run again, its outputs of before are gone.
        kept = [(place, old) for place, old in self._outputs if not here.replaces(place)]
        self._outputs = [*kept[1 - MOST_OUTPUTS :], (here, output)]

    def _after_cell(self, *_: object) -> None:
        done = threading.Event()
        self._asked.put(done)
        if self._is_quick:
            done.wait(WAIT_S)

    def _run(self) -> None:
        while True:
            asked = self._wait()
            began = time.monotonic()
            try:
                is_well = self._refresh_all()
            finally:
                for done in asked:
                    done.set()
            self._is_quick = is_well and time.monotonic() - began < WAIT_S

    def _wait(self) -> list[threading.Event]:
        """Return who asked for a look; several are served by one."""
        try:
            asked = [self._asked.get(timeout=EVERY_S)]
        except queue.Empty:
            return []
        while not self._asked.empty():
            asked.append(self._asked.get())
        return asked

    def _refresh_all(self) -> bool:
        """Update what has news; tell whether all runs could be read."""
        outputs: dict[tuple[Target, str], list[Output]] = {}
        for _, output in self._outputs:
            outputs.setdefault((output.target, output.sprint_id), []).append(output)
        is_well = True
        for (target, sprint_id), shown in outputs.items():
            try:
                self._refresh(target, sprint_id, shown)
            except ServerNotFoundError:
                is_well = False
            except Exception:  # noqa: BLE001 - it is logged
                # One run that cannot be told must not end this for the others.
                _log.debug("the snapshot of %r stays as it is", sprint_id, exc_info=True)
        return is_well

    def _refresh(self, target: Target, sprint_id: str, shown: list[Output]) -> None:
        position = read_position(target, sprint_id)
        stale = [output for output in shown if output.told != position]
        if not stale or self._captures():
            return
        still = read_still(target, sprint_id)
        for output in stale:
            put_out(still.bundle(output.height), display_id=output.display_id, update=True)
            output.told = still.told

    def _captures(self) -> bool:
        """Whether a cell keeps for itself what is put out, as `%%capture` does."""
        from IPython.core.displaypub import CapturingDisplayPublisher

        return isinstance(self._shell.display_pub, CapturingDisplayPublisher)


@dataclass(frozen=True)
class _Place:
    """Where an output was made."""

    cell: str | None
    """What the front end calls the cell, None where it calls it nothing."""

    execution: str | None

    @staticmethod
    def of(shell: InteractiveShell) -> _Place:
        kernel = getattr(shell, "kernel", None)
        request = kernel.get_parent("shell") if kernel is not None else {}
        return _Place(
            cell=request.get("metadata", {}).get("cellId"),
            execution=request.get("header", {}).get("msg_id"),
        )

    def replaces(self, other: _Place) -> bool:
        return (
            self.cell is not None and self.cell == other.cell and self.execution != other.execution
        )


_keeper: _Keeper | None = None


def put_out(bundle: Bundle, *, display_id: str | None = None, update: bool = False) -> None:
    """Make an output of the cell that runs, or change the one of that id."""
    from IPython.display import display

    display(bundle, raw=True, display_id=display_id, update=update)  # type: ignore[no-untyped-call]


def keep_fresh(output: Output) -> None:
    """Update an output of IPython's, until newer ones have taken its place."""
    global _keeper  # noqa: PLW0603 - one per process
    from IPython import get_ipython

    shell = get_ipython()
    if shell is None:
        return
    _keeper = _keeper or _Keeper(shell)
    _keeper.add(output)


def _stay_out_of_children() -> None:
    global _keeper  # noqa: PLW0603 - one per process
    _keeper = None


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_stay_out_of_children)
