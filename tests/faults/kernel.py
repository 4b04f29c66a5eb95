"""A real Jupyter kernel that publishes, as from a notebook."""

from __future__ import annotations

import json
import time
from dataclasses import asdict
from typing import TYPE_CHECKING, Self

from jupyter_client.manager import AsyncKernelManager

from tests.environment import clean_environment, unix_sockets
from tests.waiting import PATIENCE_S, until

from .harness import PROCESSES

if TYPE_CHECKING:
    from .harness import Stage


class Kernel:
    """An async context manager."""

    def __init__(self, stage: Stage) -> None:
        self.interrupted = 0
        """How many cells ended with a KeyboardInterrupt."""

        self._stage = stage
        # A kernel sends what is left when it ends, and is killed if that takes too long.
        self._manager = AsyncKernelManager(shutdown_wait_time=PATIENCE_S, **unix_sockets())
        self._cell = ""

    async def __aenter__(self) -> Self:
        address = self._stage.address
        environment = clean_environment() | {
            "REALTIME_WIDGETS_URL": f"http://127.0.0.1:{address.port}/",
            "REALTIME_WIDGETS_TOKEN": address.token,
            "IPYTHONDIR": str(self._stage.folder / "ipython"),
        }
        await self._manager.start_kernel(env=environment)
        await self._connect()
        return self

    async def __aexit__(self, *_: object) -> None:
        self._client.stop_channels()
        if self._manager.has_kernel:
            await self._manager.shutdown_kernel(now=True)

    async def load(self, stream: str) -> None:
        """Make a publisher of this name."""
        self._reader = self._stage.diary_of(stream)
        order = {
            "sprint": self._stage.sprint_id,
            "stream": stream,
            "seed": stream,
            "diary": str(self._reader.path),
            "close_s": PATIENCE_S,
            **asdict(self._stage.patience),
        }
        await self._run(
            f"import sys; sys.path.insert(0, {str(PROCESSES)!r}); import cell;"
            f" publisher = cell.publisher({json.dumps(order)!r})"
        )

    async def publish(self) -> None:
        """Start a cell that publishes, and return when it does."""
        calls = self._calls()
        # Else the kernel might drop it: an interrupt before it counts as an error.
        self._cell = self._client.execute("cell.publish(publisher)", stop_on_error=False)
        await until(lambda: self._calls() > calls, "the cell publishes")

    async def interrupt(self) -> None:
        """Press the stop button, and return when the cell has ended."""
        await self._manager.interrupt_kernel()
        reply = await self._reply(self._cell)
        self.interrupted += reply.get("ename") == "KeyboardInterrupt"

    async def restart(self) -> float:
        """Restart it as the button does; return how many seconds that took."""
        began = time.monotonic()
        self._client.stop_channels()
        await self._manager.restart_kernel()
        took = time.monotonic() - began
        await self._connect()
        return took

    async def shut_down(self) -> float:
        began = time.monotonic()
        await self._manager.shutdown_kernel()
        return time.monotonic() - began

    def _calls(self) -> int:
        self._stage.update()
        return self._reader.calls

    async def _connect(self) -> None:
        self._client = self._manager.client()
        self._client.start_channels()
        await self._client.wait_for_ready(timeout=PATIENCE_S)

    async def _run(self, code: str) -> None:
        reply = await self._reply(self._client.execute(code))
        assert reply["status"] == "ok", reply

    async def _reply(self, message_id: str) -> dict[str, object]:
        while True:
            message = await self._client.get_shell_msg(timeout=PATIENCE_S)
            if message["parent_header"].get("msg_id") == message_id:
                return dict(message["content"])
