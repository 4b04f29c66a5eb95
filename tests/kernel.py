"""A real kernel, in which tests run cells."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from jupyter_client.manager import KernelManager

from tests.environment import unix_sockets
from tests.waiting import PATIENCE_S

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jupyter_client.blocking import BlockingKernelClient


@dataclass
class Cell:
    """What a cell gave: text by stream, the MIME types of its other outputs, its error."""

    text: dict[str, str] = field(default_factory=dict)
    shown: list[set[str]] = field(default_factory=list)
    error: tuple[str, str] | None = None
    traceback: str = ""


class Kernel:
    """A kernel in which tests run cells."""

    def __init__(self, manager: KernelManager, client: BlockingKernelClient) -> None:
        self.manager = manager
        self._client = client

    def run(self, code: str, *, prints: str = "", interrupt_at: str | None = None) -> Cell:
        """Run a cell until it has ended, and printed a text, which may come later.

        It is interrupted when it has printed the text `interrupt_at`.
        """
        cell = Cell()
        request = self._client.execute(code)
        has_ended = False
        while not (has_ended and prints in cell.text.get("stdout", "")):
            message = self._client.get_iopub_msg(timeout=PATIENCE_S)
            if message["parent_header"].get("msg_id") != request:
                continue
            has_ended |= self._take(cell, message["msg_type"], message["content"])
            if interrupt_at is not None and interrupt_at in cell.text.get("stdout", ""):
                interrupt_at = None
                self.manager.interrupt_kernel()
        return cell

    def value(self, expression: str) -> Any:
        """The value of an expression in the kernel."""
        request = self._client.execute("", user_expressions={"value": f"repr({expression})"})
        while True:
            reply = self._client.get_shell_msg(timeout=PATIENCE_S)
            if reply["parent_header"].get("msg_id") == request:
                shown = reply["content"]["user_expressions"]["value"]
                return eval(eval(shown["data"]["text/plain"]))  # noqa: S307 - of the kernel under test

    @staticmethod
    def _take(cell: Cell, kind: str, content: dict[str, Any]) -> bool:
        """Note an output, and return whether the cell has ended."""
        if kind == "stream":
            cell.text[content["name"]] = cell.text.get(content["name"], "") + content["text"]
        elif kind in {"display_data", "execute_result"}:
            cell.shown.append(set(content["data"]))
        elif kind == "error":
            cell.error = (content["ename"], content["evalue"])
            cell.traceback = "\n".join(content["traceback"])
        return kind == "status" and content["execution_state"] == "idle"


def running_kernel() -> Iterator[Kernel]:
    """Start a kernel without a server, and shut it down in the end."""
    variables = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("REALTIME_WIDGETS_", "JPY_", "PYTEST_"))
    }
    variables |= {"PYTHONPATH": os.pathsep.join(sys.path), "JUPYTER_RUNTIME_DIR": "/no/such"}
    manager = KernelManager(**unix_sockets())
    manager.start_kernel(env=variables)
    client = manager.client()
    client.start_channels()
    client.wait_for_ready(timeout=PATIENCE_S)
    made = Kernel(manager, client)
    made.run(
        "import os; os.environ['REALTIME_WIDGETS_URL'] = 'embedded'\n"
        "import logging, sys, time, warnings; warnings.simplefilter('always')\n"
        "from realtime_widgets import Sprint, current_sprint, history\n"
        "from tests.capturing.program import in_process, processes, published, work\n"
    )
    yield made
    client.stop_channels()
    manager.shutdown_kernel(now=True)
    manager.cleanup_resources()
