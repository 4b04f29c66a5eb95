"""Records of loggers, warnings, exceptions of threads, and bars of tqdm."""

from __future__ import annotations

import logging
import sys
import threading
import warnings
from contextlib import ExitStack
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from realtime_widgets.capturing.hidden import count_records, hidden, is_record_hidden, note_record
from realtime_widgets.capturing.part import Part, replace
from realtime_widgets.client.publishing.failure import failure
from realtime_widgets.client.runtime import fork_lock
from realtime_widgets.integrations.bars import close_bar, report_bar
from realtime_widgets.integrations.logging import SprintHandler

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TextIO

__all__ = ["Bars", "Exceptions", "Records", "Warnings"]


class _Hooks(Part):
    """A part that replaces functions of other modules.

    Args:
        settle_output: Publishes what was printed before, so that events are in their order.
    """

    def __init__(self, settle_output: Callable[[], None]) -> None:
        super().__init__()
        self._settle_output = settle_output
        self._restore = ExitStack()

    def replace(self, owner: object, name: str, hook: object) -> None:
        """Set a function until the part is removed."""
        self._restore.callback(replace(owner, name, hook))

    def uninstall(self) -> None:
        self._restore.close()


class Records(_Hooks):
    """Records of all loggers, also of those that pass nothing to the root logger.

    A handler of the root logger would change what is printed: without any, `logging` prints
    warnings by itself.
    """

    def install(self) -> None:
        before = logging.Logger.callHandlers

        def call_handlers(logger: logging.Logger, record: logging.LogRecord) -> None:
            run = self.run
            with hidden():
                before(logger, record)
            # Last: formatting it here leaves the text of its exception in the record.
            if run is not None and not is_record_hidden():
                self._settle_output()
                note_record()
                SprintHandler(run).handle(record)

        self.replace(logging.Logger, "callHandlers", call_handlers)


class Warnings(_Hooks):
    """Warnings that are shown."""

    def install(self) -> None:
        before = warnings.showwarning

        def show_warning(  # noqa: PLR0913, PLR0917 - as the function of the standard library
            message: Warning | str,
            category: type[Warning],
            filename: str,
            lineno: int,
            file: TextIO | None = None,
            line: str | None = None,
        ) -> None:
            run = self.run
            records = count_records()
            with hidden():
                before(message, category, filename, lineno, file, line)
            # `logging.captureWarnings` makes records of warnings.
            if run is not None and file is None and records == count_records():
                self._settle_output()
                text = warnings.formatwarning(message, category, filename, lineno, line)
                run.log(text.rstrip(), "warning", category.__name__)

        self.replace(warnings, "showwarning", show_warning)


class Exceptions(_Hooks):
    """Exceptions that end a thread, and those that Python can only print."""

    def install(self) -> None:
        before_thread, before_unraisable = threading.excepthook, sys.unraisablehook

        def end_of_thread(args: threading.ExceptHookArgs, /) -> None:
            name = args.thread.name if args.thread is not None else "thread"
            self._publish(args.exc_value, name)
            with hidden(records=True):
                before_thread(args)

        def unraisable(args: Any, /) -> None:  # noqa: ANN401 - its class has no name at run time
            self._publish(args.exc_value, args.err_msg or "exception ignored")
            with hidden(records=True):
                before_unraisable(args)

        self.replace(threading, "excepthook", end_of_thread)
        self.replace(sys, "unraisablehook", unraisable)

    def _publish(self, error: BaseException | None, source: str) -> None:
        run = self.run
        if run is not None and error is not None and not isinstance(error, SystemExit):
            self._settle_output()
            run.log(failure(error)[1], "error", source)


class Bars(_Hooks):
    """Bars of tqdm, of all of its kinds."""

    def install(self) -> None:
        if find_spec("tqdm") is None:
            return
        with fork_lock:
            from tqdm import std
        bars: Any = std.tqdm
        begin, refresh, clear, close = bars.__init__, bars.refresh, bars.clear, bars.close

        def begin_and_report(bar: Any, *args: Any, **options: Any) -> None:  # noqa: ANN401 - as tqdm
            begin(bar, *args, **options)
            self._report(bar)

        def refresh_and_report(bar: Any, *args: Any, **options: Any) -> object:  # noqa: ANN401 - as tqdm
            with hidden():
                is_drawn: object = refresh(bar, *args, **options)
            self._report(bar)
            return is_drawn

        def clear_hidden(bar: Any, *args: Any, **options: Any) -> None:  # noqa: ANN401 - as tqdm
            with hidden():
                clear(bar, *args, **options)

        def close_and_report(bar: Any) -> None:  # noqa: ANN401 - as tqdm
            if self._is_published(bar):
                close_bar(bar, lambda: self.run)
            with hidden():
                close(bar)

        self.replace(bars, "__init__", begin_and_report)
        self.replace(bars, "refresh", refresh_and_report)
        self.replace(bars, "clear", clear_hidden)
        self.replace(bars, "close", close_and_report)

    def _report(self, bar: Any) -> None:  # noqa: ANN401 - as tqdm
        if self._is_published(bar):
            report_bar(bar, lambda: self.run)

    @staticmethod
    def _is_published(bar: object) -> bool:
        is_drawn = not getattr(bar, "disable", True)
        return is_drawn and not getattr(bar, "publishes_itself", False)
