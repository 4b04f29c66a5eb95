"""Refreshes the snapshots in cell outputs, so that a saved notebook has the final state of a run.

A live view changes in the page only; the notebook file stores the cell's output. The kernel updates
that output after each cell, also for programs that execute notebooks without a page, and
periodically: every second while the run has new events and no page is known to show it live, so
that the snapshot is up to date where widgets cannot run, and else at intervals up to `EVERY_S`.
"""

from __future__ import annotations

import logging
import os
import queue
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from realtime_widgets.client.browser import IN_BROWSER, polled_loop
from realtime_widgets.client.history import reading
from realtime_widgets.display.bundle import output_of
from realtime_widgets.display.front_end import Request, shell
from realtime_widgets.errors import ServerNotFoundError

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable

    from IPython.core.interactiveshell import InteractiveShell

    from realtime_widgets.client.target import LogPosition, Target
    from realtime_widgets.display.bundle import Bundle

__all__ = [
    "MAX_AUTOMATIC",
    "CellOutput",
    "display_bundle",
    "keep_refreshed",
    "outputs_of_this_cell",
]

EVERY_S = 30.0
"""Maximum interval between two checks; JupyterLab saves a notebook every two minutes."""

OFTEN_S = 1.0
"""Minimum interval for an output that is not live in a page; see `CellOutput.is_live`."""

SILENCE_SHARE = 0.1
"""Share of the time without new events that is added to the interval, to back off after the end of
a run."""

WAIT_S = 1.0
"""Maximum time that the end of a cell waits for the refresh. It does not wait if the last refresh
failed or took longer."""

MAX_OUTPUTS = 64
"""Maximum number of outputs that are refreshed, the newest."""

MAX_AUTOMATIC = 8
"""Maximum number of runs that one cell shows automatically."""

_log = logging.getLogger(__name__)


@dataclass
class CellOutput:
    """An output that shows a run.

    Attributes:
        display_id: IPython's display id.
        sprint_id: The run.
        target: Server or hub that stores the run.
        height: Maximum height of the live view, as in CSS.
        position: Position of the log at the last refresh; None if it was not read.
        is_live: Whether a page is known to show the run live in the place of this output.
        is_automatic: Whether it was shown by the start of the run, and not by a call.
        comm_id: The comm of the widget that shows the run in the same cell; None without a widget.
        request: The request that it is an output of; empty if the output was captured.
        changed: Time of the last change, by `time.monotonic()`.
        looked: Time of the last check, by the same clock.
    """

    display_id: str
    sprint_id: str
    target: Target
    height: str
    position: LogPosition | None
    is_live: Callable[[], bool]
    is_automatic: bool
    comm_id: str | None = None
    request: Request = field(default_factory=Request)
    changed: float = field(default_factory=time.monotonic)
    looked: float = field(default_factory=time.monotonic)

    @property
    def due(self) -> float:
        """When to check it again, by `time.monotonic()`."""
        silence = self.looked - self.changed
        pause = EVERY_S if self.is_live() else OFTEN_S + SILENCE_SHARE * silence
        return self.looked + min(EVERY_S, pause)


class SnapshotRefresher:
    """Refreshes outputs in a separate thread, because the response of a server may be slow.

    In a browser, which has no threads, it runs between two polls of `polled_loop`.
    """

    def __init__(self, shell: InteractiveShell) -> None:
        self._shell = shell
        self._outputs: list[CellOutput] = []
        self._asked: queue.SimpleQueue[threading.Event | None] = queue.SimpleQueue()
        """Requests: an event is set when the refresh is done; None reschedules the next check."""
        self._is_quick = True
        """Whether the last refresh succeeded within `WAIT_S`."""
        shell.events.register("post_run_cell", self._after_cell)
        self._next_look: asyncio.TimerHandle | None = None
        """In a browser only."""
        if not IN_BROWSER:
            threading.Thread(target=self._run, name="realtime-widgets cells", daemon=True).start()

    def add(self, output: CellOutput) -> None:
        if not self._captures():
            output.request = Request.current()
        # Running a cell again removes its previous outputs.
        kept = [old for old in self._outputs if not output.request.replaces(old.request)]
        self._outputs = [*kept[1 - MAX_OUTPUTS :], output]
        self._look_when_due()

    def in_this_cell(self) -> list[CellOutput]:
        here = Request.current()
        return [output for output in self._outputs if output.request == here]

    def _after_cell(self, *_: object) -> None:
        if IN_BROWSER:
            self._refresh_all()
            return
        done = threading.Event()
        self._asked.put(done)
        if self._is_quick:
            done.wait(WAIT_S)

    def _look_when_due(self) -> None:
        if not IN_BROWSER:
            self._asked.put(None)
            return
        if self._next_look is not None:
            self._next_look.cancel()
        due = min(output.due for output in self._outputs)
        self._next_look = polled_loop.call_at(due, polled_loop.call_outside, self._look)

    def _look(self) -> None:
        try:
            self._refresh_all(only_due=True)
        finally:  # Ctrl-C may interrupt it, as it runs in the user's thread
            self._look_when_due()

    def _run(self) -> None:
        while True:
            asked = self._wait()
            began = time.monotonic()
            try:
                is_well = self._refresh_all(only_due=not asked)
            finally:
                for done in asked:
                    done.set()
            self._is_quick = is_well and time.monotonic() - began < WAIT_S

    def _wait(self) -> list[threading.Event]:
        """Return all pending requests, an empty list when the next check is due."""
        asked: list[threading.Event | None] = []
        while not any(asked):
            now = time.monotonic()
            due = min((output.due for output in self._outputs), default=now + EVERY_S)
            try:
                asked.append(self._asked.get(timeout=max(0, due - now)))
            except queue.Empty:
                return []
        while not self._asked.empty():
            asked.append(self._asked.get())
        return [done for done in asked if done is not None]

    def _refresh_all(self, *, only_due: bool = False) -> bool:
        """Update changed outputs; return whether all runs could be read."""
        now = time.monotonic()
        outputs: dict[tuple[Target, str], list[CellOutput]] = {}
        for output in self._outputs:
            if only_due and output.due > now:
                continue
            output.looked = now
            outputs.setdefault((output.target, output.sprint_id), []).append(output)
        is_well = True
        for (target, sprint_id), shown in outputs.items():
            try:
                self._refresh(target, sprint_id, shown)
            except ServerNotFoundError:
                is_well = False
            except Exception:  # noqa: BLE001 - it is logged
                # An error in one run must not stop the refresh of others.
                _log.debug("cannot update the snapshot of %r", sprint_id, exc_info=True)
        return is_well

    def _refresh(self, target: Target, sprint_id: str, shown: list[CellOutput]) -> None:
        with reading(target, sprint_id) as run:
            position = run.head.position
            stale = [output for output in shown if output.position != position]
            if not stale or self._captures():
                return
            read = output_of(run)
        for output in stale:
            bundle = read.bundle(output.height, output.comm_id)
            display_bundle(bundle, display_id=output.display_id, update=True)
            output.position, output.changed = read.position, output.looked

    def _captures(self) -> bool:
        """Whether outputs are captured, as by `%%capture`."""
        from IPython.core.displaypub import CapturingDisplayPublisher

        return isinstance(self._shell.display_pub, CapturingDisplayPublisher)


_refresher: SnapshotRefresher | None = None


def display_bundle(
    bundle: Bundle,
    *,
    metadata: Bundle | None = None,
    display_id: str | None = None,
    update: bool = False,
) -> None:
    """Display an output in the running cell, or update the one with that id."""
    from IPython.display import display

    display(  # type: ignore[no-untyped-call]
        bundle, raw=True, metadata=metadata, display_id=display_id, update=update
    )


def keep_refreshed(output: CellOutput) -> None:
    """Refresh an output from now on, until `MAX_OUTPUTS` newer ones exist."""
    global _refresher  # noqa: PLW0603 - one per process
    ipython = shell()
    if ipython is None:
        return
    _refresher = _refresher or SnapshotRefresher(ipython)
    _refresher.add(output)


def outputs_of_this_cell() -> list[CellOutput]:
    """Return the outputs of the running cell that are refreshed."""
    return _refresher.in_this_cell() if _refresher else []


def _stay_out_of_children() -> None:
    global _refresher  # noqa: PLW0603 - one per process
    _refresher = None


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_stay_out_of_children)
