"""The outboxes of this process, one for each run and target, and what happens to them at its exit.

At the exit of the process, `_finish` closes all outboxes within its time limit, stops the runtime,
and reports on stderr the events that were not sent. From then on each append waits until its event
is stored, because no later exit hook would send it.
"""

from __future__ import annotations

import os
import sys
import time
from typing import TYPE_CHECKING, Any

from realtime_widgets.client.own_threads import unpublished
from realtime_widgets.client.publishing.outbox.at_exit import call_at_end
from realtime_widgets.client.publishing.outbox.exit_budget import exit_budget
from realtime_widgets.client.publishing.outbox.outbox import Outbox
from realtime_widgets.client.runtime import end_runtime

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from realtime_widgets.client.target import PublishTarget

__all__ = ["close_outbox", "flush_before_reading", "outbox", "waiting"]


class _TeardownReport:
    """Reports the events that were published after the exit hook and were not sent.

    An exit hook cannot be sure to run last, but the teardown of modules follows all of them.
    """

    def __init__(
        self, boxes: Mapping[Any, Outbox], report: Callable[[Iterable[Outbox]], None]
    ) -> None:
        self._boxes = boxes
        self._report = report  # the module's name may be cleared by then
        self._module = sys.modules[__name__]  # only modules that are still referenced are torn down

    def __del__(self) -> None:
        self._report(self._boxes.values())


_outboxes: dict[tuple[PublishTarget, str], Outbox] = {}
_teardown_report: _TeardownReport | None = None


def outbox(target: PublishTarget, sprint_id: str) -> Outbox:
    """Return this process's outbox for a run, created by the first call."""
    box = _outboxes.get((target, sprint_id))
    if box is None:
        _finish_at_exit()
        target.prepare()
        box = Outbox(target, sprint_id, on_use=_finish_at_exit)
        box = _outboxes.setdefault((target, sprint_id), box)
    return box


def close_outbox(target: PublishTarget, sprint_id: str, timeout: float) -> int:
    """Close the outbox of a run, and forget it; a `Sprint` that has it can still publish.

    Args:
        target: Where it publishes to.
        sprint_id: The run.
        timeout: Maximum time to wait until its events are stored, in seconds.

    Returns:
        How many events are not stored.
    """
    box = _outboxes.pop((target, sprint_id), None)
    return 0 if box is None else box.close(timeout)


def flush_before_reading(
    target: PublishTarget, sprint_id: str | None = None, *, timeout: float
) -> None:
    """Flush the outboxes of a target before it is read, unless it is offline.

    Args:
        target: The target to read from.
        sprint_id: The run to read; None for all runs.
        timeout: Maximum time to wait, in seconds.
    """
    deadline = time.monotonic() + timeout
    for (where, name), box in tuple(_outboxes.items()):
        if where == target and sprint_id in {None, name}:
            box.flush(max(0.0, deadline - time.monotonic()), if_online=True)


def waiting() -> dict[tuple[PublishTarget, str], int]:
    """Return how many events are not stored yet, by target and run; without zeros."""
    counts = {key: box.left for key, box in tuple(_outboxes.items())}
    return {key: count for key, count in counts.items() if count}


def _finish_at_exit() -> None:
    call_at_end(_finish)


def _finish(exit_s: float) -> None:
    """Send the queued events, stop the background thread, and report what was not sent."""
    global _teardown_report  # noqa: PLW0603 - one per process
    exit_budget.start(exit_s)
    boxes = tuple(_outboxes.values())
    for box in boxes:
        box.publish_synchronously()
    for box in boxes:
        with exit_budget.remaining() as timeout:
            box.close(timeout)
    end_runtime()
    report_losses(boxes)
    _teardown_report = _teardown_report or _TeardownReport(_outboxes, report_losses)


def report_losses(boxes: Iterable[Outbox]) -> None:
    """Print to stderr how many events of these runs were not sent, each event once."""
    for words in filter(None, [box.new_losses() for box in boxes]):
        line = f"realtime-widgets: {words}"
        with unpublished():
            try:
                print(line, file=sys.stderr, flush=True)  # noqa: T201 - loggers may have been shut down
            except Exception:  # noqa: BLE001 - stderr is closed, or this interrupts another print
                os.write(2, f"{line}\n".encode())


def _reset_in_child() -> None:
    exit_budget.has_started = False
    for box in _outboxes.values():
        box.reset()


_finish_at_exit()  # now: in an exit handler no further exit handler can be registered

if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_reset_in_child)
