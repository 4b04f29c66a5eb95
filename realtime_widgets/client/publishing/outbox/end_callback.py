"""`EndCallback`: calls the function that a program gave as `on_end` of its `Sprint`."""

from __future__ import annotations

import logging
import threading
from inspect import iscoroutinefunction
from typing import TYPE_CHECKING, TypeAlias

from realtime_widgets.protocol.events import FINAL_STATUSES

if TYPE_CHECKING:
    from collections.abc import Callable

    OnEnd: TypeAlias = Callable[[str], object]

__all__ = ["EndCallback"]

_log = logging.getLogger("realtime_widgets")


class EndCallback:
    """Calls a function once for each start of a run, with the final status.

    While blocks are open it waits for the end of the last one, whose status may still change.

    Args:
        function: Called with the status; None for no call.
        sprint_id: The run's name, for the log.

    Raises:
        TypeError: `function` cannot be called, or is a coroutine function.
    """

    def __init__(self, function: OnEnd | None, sprint_id: str) -> None:
        _check(function)
        self._function = function
        self._sprint_id = sprint_id
        self._lock = threading.Lock()
        self._open_blocks = 0
        self._end: str | None = None
        """The final status, until the function is called with it."""
        self._is_due = True
        """Whether the function was not called since the run was started."""

    def __reduce__(self) -> tuple[type[EndCallback], tuple[None, str]]:
        # A function of a notebook can seldom be pickled, and the copy ends with its original.
        return EndCallback, (None, self._sprint_id)

    def enter(self) -> None:
        """Count a block that is opened."""
        with self._lock:
            self._open_blocks += 1

    def leave(self) -> None:
        """Count a block that has ended; call the function after the last one."""
        with self._lock:
            self._open_blocks -= 1
        self._call()

    def observe(self, status: str) -> None:
        """Take note of a status that was published; call the function outside of blocks."""
        with self._lock:
            if status not in FINAL_STATUSES:
                self._is_due, self._end = True, None
            elif self._is_due:
                self._end = status
        self._call()

    def _call(self) -> None:
        with self._lock:
            end = self._end
            if end is None or self._open_blocks > 0:
                return
            self._end, self._is_due = None, False
        if self._function is None:
            return
        try:
            self._function(end)
        except Exception:  # noqa: BLE001 - it is logged; the run has ended in any case
            _log.exception("realtime-widgets: on_end of %r has failed", self._sprint_id)


def _check(function: object) -> None:
    if function is not None and (not callable(function) or iscoroutinefunction(function)):
        raise TypeError(
            f"on_end={function!r}: it is a function, and no coroutine function, that is called "
            "with the final status"
        )
