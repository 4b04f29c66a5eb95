"""The methods of `Sprint` by which a program notices that a user has stopped it."""

from __future__ import annotations

import contextlib
import logging
import threading
from inspect import iscoroutinefunction
from typing import TYPE_CHECKING, Literal, TypeAlias

from realtime_widgets.client.publishing.execution_points import ExecutionPoint

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from realtime_widgets.client.publishing.outbox.outbox import Outbox

    OnCancel: TypeAlias = Literal["interrupt", "flag"] | Callable[[], object]

__all__ = ["Stopping", "check_on_cancel", "stop_words"]

_log = logging.getLogger("realtime_widgets")


class Stopping:
    """Stops of users; what it takes and raises is documented at `Sprint`."""

    _outbox: Outbox
    _sprint_id: str
    _on_cancel: OnCancel = "flag"
    _points: list[ExecutionPoint]
    """Where the open blocks are executed, the newest last."""

    @property
    def cancelled(self) -> bool:
        """Whether a user has stopped the run since it was started; it takes a microsecond."""
        return self._outbox.received.stop is not None

    def check(self) -> None:
        """Do nothing, unless a user has stopped the run.

        Raises:
            Cancelled: The run was stopped. No `except Exception` catches it.
        """
        self._outbox.received.check()

    def _stop_words(self) -> str | None:
        """Return by whom the run was stopped; None where it was not."""
        stop = self._outbox.received.stop
        return None if stop is None else stop_words(stop.user)

    @contextlib.contextmanager
    def _checking_itself(self) -> Iterator[None]:
        """Execute code that checks `cancelled` while it waits, and must not be interrupted."""
        point = ExecutionPoint(threading.get_ident(), None, ends_itself=True)
        self._points.append(point)
        try:
            yield
        finally:
            self._leave_point(point)

    def _leave_point(self, point: ExecutionPoint) -> None:
        """Remove the newest block that was entered here: it is not interrupted any more."""
        with self._outbox.received.leaving:
            here = [one for one in self._points if one == point]
            of_thread = [one for one in self._points if one.thread == point.thread]
            for one in (here or of_thread)[-1:]:
                self._points.remove(one)

    # In the thread of a stop.

    def points_to_interrupt(self) -> list[ExecutionPoint]:
        """Return where code is interrupted by a stop."""
        if self._on_cancel != "interrupt":
            return []
        newest = {one.thread: one for one in self._points}
        return [one for one in self._points if not newest[one.thread].ends_itself]

    def call_on_cancel(self) -> None:
        """Call the function that was given as `on_cancel`."""
        if isinstance(self._on_cancel, str):
            return
        try:
            self._on_cancel()
        except Exception:  # noqa: BLE001 - it is logged; the program has the flag in any case
            _log.exception("realtime-widgets: on_cancel of %r has failed", self._sprint_id)


def stop_words(user: str | None) -> str:
    """Return the message of the status of a run that was stopped."""
    return f"stopped by {user}" if user else "stopped"


def check_on_cancel(on_cancel: object) -> None:
    """Refuse what is no way to stop.

    Raises:
        TypeError: It is a coroutine function or no function.
        ValueError: It is another word.
    """
    if isinstance(on_cancel, str):
        if on_cancel not in {"interrupt", "flag"}:
            msg = f'on_cancel={on_cancel!r}: it is "interrupt", "flag" or a function'
            raise ValueError(msg)
    elif not callable(on_cancel) or iscoroutinefunction(on_cancel):
        words = "it is a function without arguments, and no coroutine function"
        msg = f"on_cancel={on_cancel!r}: {words}"
        raise TypeError(msg)
