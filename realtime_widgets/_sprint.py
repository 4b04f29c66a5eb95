"""`Sprint`: one run as a `with` block that publishes it and shows it in a cell.

`current_sprint` finds the one whose block is open.
"""

from __future__ import annotations

import asyncio
import inspect
import os
from typing import TYPE_CHECKING, Any, Self

from realtime_widgets.client.publishing.blocks.open_blocks import OpenBlocks
from realtime_widgets.client.publishing.commands.failed_commands import FailedCommands
from realtime_widgets.client.publishing.execution_points import ExecutionPoint
from realtime_widgets.client.publishing.failure import failure
from realtime_widgets.client.publishing.generated_name import generated_name
from realtime_widgets.client.publishing.outbox.at_exit import EXIT_S
from realtime_widgets.client.publishing.outbox.end_callback import EndCallback
from realtime_widgets.client.publishing.outbox.queue_full import log_queue_full
from realtime_widgets.client.publishing.publisher import Publisher
from realtime_widgets.client.publishing.receiving.inbox import check_on_message
from realtime_widgets.client.publishing.receiving.stopping import check_on_cancel
from realtime_widgets.client.runtime import fork_lock
from realtime_widgets.client.secret import as_secret
from realtime_widgets.client.waiting import in_thread, is_in_event_loop
from realtime_widgets.display.shown_in_cell import ShownInCell
from realtime_widgets.display.terminal.terminal_display import TerminalDisplay
from realtime_widgets.errors import Cancelled

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable, Mapping, Sequence
    from contextlib import AbstractContextManager
    from types import TracebackType

    from pydantic import JsonValue

    from realtime_widgets.capturing.capture import Capture, What
    from realtime_widgets.client.publishing.commands.command import PathLike
    from realtime_widgets.client.publishing.outbox.end_callback import OnEnd
    from realtime_widgets.client.publishing.receiving.inbox import OnMessage
    from realtime_widgets.client.publishing.receiving.stopping import OnCancel
    from realtime_widgets.protocol.events import Status

__all__ = ["Sprint", "current_sprint"]


class Sprint(ShownInCell, Publisher):
    """Publishes one run: its status, log lines, progress and agent messages.

    Every call returns at once: what it publishes is queued, sent by a background thread, and kept
    while the server cannot be reached. It works from any thread, and in forked processes.
    As the last expression of a cell a sprint shows its live view.

    As a context manager it sets the status: `running`, then `succeeded`; or `failed` with the
    traceback; or `cancelled` when interrupted. A final status that was set inside stays. Commands
    that failed inside are named with `succeeded`. Blocks that overlap, in any threads and
    processes, are one attempt, which ends with the last of them.
    In a coroutine use `async with`, `await sprint.aflush()` and `await sprint.aclose()`.
    In a notebook the view of the run is shown when the block is entered, once in each cell.

    It can be pickled, without any token: the process that loads it finds the server and its token
    as every process does. A copy of it, deep or not, is itself.

    Args:
        sprint_id: The run's name: 1 to 64 ASCII letters, digits, dots, dashes or underscores. A
            name that was used before appends to that run's log. By default a generated one, such
            as `quiet-harbor-3f9a2c`.
        server: Where to publish: the URL of a Jupyter server as Jupyter prints it or a browser
            shows it, or `"embedded"` for the hub in this process. None finds it automatically;
            `doctor()` shows how.
        strict: Whether data that an event cannot hold as it is raises `InvalidEventError`, for
            tests. By default it is cut, or turned into text, with a mark.
        mask_environment: Whether the values of all environment variables whose names are those of
            secrets (with `TOKEN`, `KEY`, `SECRET`, `PASSWORD` or `CREDENTIAL` in them) are replaced
            by `***` in what this process publishes. What lets it publish always is.
        show: Whether a cell shows the view of the run when it enters a `with` block, or when a
            command is the run.
        echo: Whether a script whose stderr is a terminal shows the run there while a `with` block
            of it is open. Programs that draw on the terminal themselves turn it off.
        on_end: Called with the final status, such as `"failed"`, when the `with` block has ended
            or, without one, the final status was published; once for each start, in the thread
            that ends the run. An exception in it is logged. A pickled copy has none.
        on_cancel: What happens when a user stops the run. `"interrupt"` does what Ctrl-C does where
            a `with` block is open in the main thread, and cancels the asyncio task of a block in a
            coroutine; code in other threads checks `cancelled`. `"flag"` leaves all of it to
            `cancelled` and `check()`. A function is called without arguments, in a separate
            thread; an exception in it is logged, and a pickled copy has `"flag"` in its place.
        on_message: Called with each message that a user sends to the program (`Message`), one after
            the other, in a separate thread, from the start of the run on. By default the run
            takes no messages until `inbox()` is called.

    Raises:
        InvalidSprintIdError: The name breaks the rule.
        TypeError: `on_end`, `on_cancel` or `on_message` is no function, or a coroutine function.
        ValueError: `server` is no such URL, or `on_cancel` another word.
    """

    def __init__(  # noqa: PLR0913 - all but one by name, with defaults
        self,
        sprint_id: str | None = None,
        *,
        server: str | None = None,
        strict: bool = False,
        mask_environment: bool = False,
        show: bool = True,
        echo: bool = True,
        on_end: OnEnd | None = None,
        on_cancel: OnCancel = "interrupt",
        on_message: OnMessage | None = None,
    ) -> None:
        server = as_secret(server)  # among the variables of a traceback
        sprint_id = generated_name() if sprint_id is None else sprint_id
        super().__init__(sprint_id, server=server, strict=strict, mask_environment=mask_environment)
        self._failed = FailedCommands()
        self._end_callback = EndCallback(on_end, sprint_id)
        check_on_cancel(on_cancel)
        check_on_message(on_message)
        self._on_cancel = on_cancel
        self._on_message = on_message
        self._shows_itself = show
        self._terminal = TerminalDisplay(is_on=echo)
        self._view: object = None
        self._entered_in: int | None = None
        """The process whose `with` block this is."""

    def __getstate__(self) -> dict[str, object]:
        on_cancel = self._on_cancel if isinstance(self._on_cancel, str) else "flag"
        of_this_process = {"_view": None, "_entered_in": None, "_on_message": None}
        return super().__getstate__() | of_this_process | {"_on_cancel": on_cancel}

    def run(
        self,
        command: str | Sequence[PathLike],
        *,
        cwd: PathLike | None = None,
        env: Mapping[str, str] | None = None,
        check: bool = False,
        pty: bool = False,
    ) -> subprocess.CompletedProcess[None]:
        """Run a command and publish its output line by line, while it runs.

        Lines of its standard error are marked as such. A line that the command rewrites, such as
        a progress bar, is published in its last form, and every 10 s as it stands. What the
        command leaves running in the background is not waited for; its output is still published.

        Where the run is not under way already, by a `with` block or `status("running")`, the
        command is the run: `running`, and then `succeeded` or, for any exit code but 0, `failed`.
        In a `with` block that continues after a failure, the block's last status names it.

        Args:
            command: A list is run as it is; a string is given to the shell.
            cwd: The folder to run it in.
            env: Its whole environment, instead of this process's. `FORCE_COLOR` and
                `CLICOLOR_FORCE` are added, unless it has one of them or `NO_COLOR`; so is
                `PYTHONUNBUFFERED`.
            check: Raise for any exit code but 0.
            pty: Run it on a pseudo-terminal of 120 by 40 characters, for programs that otherwise
                print less, or all at the end. Both of its streams are one then. Not on Windows.

        Returns:
            The command and its exit code (`returncode`); the output is in the log.

        Raises:
            subprocess.CalledProcessError: With `check`, the command failed.
            OSError: The command cannot be started.
            ValueError: With `pty`, on Windows.
            Cancelled: A user has stopped the run: the command and all processes that it has started
                were ended, by SIGINT, then SIGTERM. On Windows only the command is.
        """
        from realtime_widgets.client.publishing.commands.command import run

        if not self.is_under_way:
            self._show_itself()
        membership = self._outbox.membership
        with (
            membership.entering(self),
            membership.leaving(self, self._publish),
            self._checking_itself(),
        ):
            return run(self, self._failed, command, cwd=cwd, env=env, check=check, pty=pty)

    def capture(self, *what: What) -> Capture:
        """Publish what the process prints, logs and draws in a `with` block.

        It is printed and drawn as without. What one library shows is published once, also where
        blocks are nested, then to the run of the innermost one. After the block all hooks are as
        before, also after an exception or an interrupt.

        Args:
            what: All by default, or some of: `"output"` (standard output and error of Python, of C
                code and of child processes), `"logging"`, `"warnings"`, `"tqdm"` (bars, as tasks),
                and `"exceptions"` (of threads, and those that Python can only print).

        Raises:
            ValueError: There is no such thing to capture.
        """
        with fork_lock:
            from realtime_widgets.capturing.capture import Capture

        return Capture(self, what)

    def __enter__(self) -> Self:
        frame = inspect.currentframe()
        return self._enter(ExecutionPoint.here(frame and frame.f_back))

    def _enter(self, point: ExecutionPoint) -> Self:
        self._entered_in = os.getpid()
        self._failed.clear()
        self._show_itself()
        self._terminal.enter(self._outbox, self._target, self._sprint_id)
        with self._outbox.membership.entering(self):
            self.status("running")
        _open_blocks.enter(self)
        self._points.append(point)
        self._end_callback.enter()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        where: TracebackType | None,
    ) -> None:
        frame = inspect.currentframe()
        late = self._leave_uninterrupted(ExecutionPoint.here(frame and frame.f_back))
        if not self._leave(error or late):
            return
        try:
            if not is_in_event_loop():
                self._settle()
        finally:
            self._end_callback.leave()
        if late is not None:
            raise late

    async def __aenter__(self) -> Self:
        return self._enter(ExecutionPoint.in_task())

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        where: TracebackType | None,
    ) -> None:
        self._leave_point(ExecutionPoint.in_task())
        if not self._leave(error):
            return
        try:
            # A task that is cancelled ends at once; its events are sent in the background.
            if not isinstance(error, asyncio.CancelledError):
                await in_thread(self._settle)
        finally:
            self._end_callback.leave()

    def _leave_uninterrupted(self, point: ExecutionPoint) -> KeyboardInterrupt | None:
        """Leave a block; return the interrupt of a stop that came in its last moment."""
        try:
            self._leave_point(point)
        except KeyboardInterrupt as error:
            return error
        return None

    def _set_status(self, status: Status) -> None:
        super()._set_status(status)
        if status == "running":
            self._pass_messages()
        self._end_callback.observe(status)

    def _leave(self, error: BaseException | None) -> bool:
        """Publish the block's final status, unless this is a copy in a forked child."""
        _open_blocks.leave(self)
        if self._entered_in != os.getpid():
            return False
        self._texts.end()
        if error is not None:
            self._terminal.hide_lines()  # Python prints the traceback
        try:
            with log_queue_full(), self._outbox.membership.leaving(self, self._publish):
                self._publish_end(error)
        finally:
            self._terminal.leave()
        return True

    def _settle(self) -> None:
        # A server that is down must not block the cell: the events stay in the queue.
        self._outbox.flush(EXIT_S, if_online=True)

    def _publish_end(self, error: BaseException | None) -> None:
        stopped = self._stop_words()
        match error:
            case None if not self.is_under_way:
                pass
            case None if stopped is None:
                self.status("succeeded", self._failed.words)
            case None | KeyboardInterrupt() | Cancelled():
                self.status("cancelled", stopped or "interrupted")
            case asyncio.CancelledError() | GeneratorExit():
                self.status("cancelled", stopped or "interrupted")
            case SystemExit(code=0 | None):
                self.status("succeeded", self._failed.words)
            case _:
                self._fail_exited_loops(error)
                words, traceback = failure(error)
                self.log(traceback, "error")
                self.status("failed" if stopped is None else "cancelled", stopped or words)

    def _prompting(
        self, question: Mapping[str, Any], answer: Callable[[JsonValue], object]
    ) -> AbstractContextManager[Callable[[JsonValue], object]]:
        return self._terminal.prompting(question, answer)


_open_blocks: OpenBlocks[Sprint] = OpenBlocks()


def current_sprint() -> Sprint | None:
    """Return the run whose `with` block the running code is in.

    Blocks are seen in asyncio tasks that are created in them, and in threads that run in a copy of
    their context. In any other thread it is the block that was entered last in this process and
    has not ended.

    Returns:
        The innermost such run, None where no block is open.
    """
    return _open_blocks.current()
