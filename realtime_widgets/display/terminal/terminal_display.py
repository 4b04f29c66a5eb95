"""Decides whether a run is shown in a terminal; rich is imported only where it is."""

from __future__ import annotations

import contextlib
import logging
import sys
import weakref
from typing import TYPE_CHECKING, Any

from realtime_widgets.client.browser import IN_BROWSER
from realtime_widgets.client.runtime import fork_lock
from realtime_widgets.client.surroundings import is_in_kernel, is_in_test

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from contextlib import AbstractContextManager

    from pydantic import JsonValue

    from realtime_widgets.client.publishing.outbox.outbox import Outbox
    from realtime_widgets.client.target import PublishTarget
    from realtime_widgets.display.terminal.echo import Echo

__all__ = ["TerminalDisplay", "without_displays"]

_log = logging.getLogger("realtime_widgets")


class TerminalDisplay:
    """What the terminal of a script shows of a `Sprint` while a block of it is open.

    Nothing is shown in a kernel, in IPython, in a test, where stderr is no terminal, and in the
    processes that multiprocessing starts, which share one terminal.

    Args:
        is_on: Whether anything is shown at all.
    """

    def __init__(self, *, is_on: bool) -> None:
        self._is_on = is_on
        self._entered = 0
        self._echo: Echo | None = None

    def __getstate__(self) -> dict[str, object]:
        return {"_is_on": self._is_on, "_entered": 0, "_echo": None}

    def enter(self, outbox: Outbox, target: PublishTarget, sprint_id: str) -> None:
        """Show the run; a terminal that fails does not fail the run."""
        self._entered += 1
        if self._echo is not None or not self._is_on or not _is_script_on_terminal():
            return
        try:
            with fork_lock:
                from realtime_widgets.display.terminal.echo import start_echo
            self._echo = start_echo(outbox, target, sprint_id)
            _shown.add(self)
        except Exception:  # noqa: BLE001 - it is logged
            _log.exception("realtime-widgets: cannot show %r in the terminal", sprint_id)

    def prompting(
        self, question: Mapping[str, Any], answer: Callable[[JsonValue], object]
    ) -> AbstractContextManager[Callable[[JsonValue], object]]:
        """Let a question be answered here in the block, too; see `asking.prompting`."""
        if self._is_on and _is_script_on_terminal():
            with fork_lock:
                from realtime_widgets.display.terminal.asking import can_be_asked, prompting
            if can_be_asked():
                return prompting(question, answer)
        return contextlib.nullcontext(lambda _: None)

    def hide_lines(self) -> None:
        """Show no more lines of the log."""
        if self._echo is not None:
            self._echo.hide_lines()

    def leave(self) -> None:
        """End the row with a line about the status, where this is the last block."""
        self._entered -= 1
        if not self._entered:
            self.end()

    def end(self) -> None:
        """Show no more of the run than a line about its status."""
        if self._echo is None:
            return
        try:
            self._echo.end()
        except Exception:  # noqa: BLE001 - it is logged
            _log.exception("realtime-widgets: cannot end what the terminal shows")
        finally:
            self._echo = None


_shown: weakref.WeakSet[TerminalDisplay] = weakref.WeakSet()
_captures = 0
"""How many captures of the output are open."""


@contextlib.contextmanager
def without_displays() -> Iterator[None]:
    """Show no run in the block, whose output is captured: what is drawn would be captured."""
    global _captures  # noqa: PLW0603 - one for the terminal of this process
    for display in tuple(_shown):
        display.end()
    _captures += 1
    try:
        yield
    finally:
        _captures -= 1


def _is_script_on_terminal() -> bool:
    processes = sys.modules.get("multiprocessing.process")
    ipython = sys.modules.get("IPython")
    return (
        not (IN_BROWSER or _captures)
        and sys.stderr is not None
        and bool(sys.stderr.isatty())
        and (ipython is None or ipython.get_ipython() is None)
        and (processes is None or processes.parent_process() is None)
        and not (is_in_kernel() or is_in_test())
    )
