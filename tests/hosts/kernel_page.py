"""A page that is none of Jupyter's, and a real kernel whose messages its host carries."""

from __future__ import annotations

import asyncio
import json
import mimetypes
import subprocess
import sys
from contextlib import contextmanager
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from jupyter_client.asynchronous.client import AsyncKernelClient
from jupyter_client.jsonutil import json_default
from jupyter_client.manager import AsyncKernelManager
from websockets.asyncio.server import ServerConnection, broadcast, serve
from websockets.datastructures import Headers
from websockets.http11 import Request, Response

from tests.environment import unix_sockets
from tests.loop_thread import LoopThread
from tests.waiting import PATIENCE_S

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Mapping

    from tests.e2e.jupyter import Jupyter

STANDINS = Path(__file__).with_name("standins")

MODULES = STANDINS / "node_modules"

ANYWIDGET = Path(sys.prefix) / "share/jupyter/nbextensions/anywidget/index.js"
"""The part of anywidget for pages with an AMD loader."""


@contextmanager
def kernel_of(jupyter: Jupyter) -> Iterator[Path]:
    """Start a kernel of a Jupyter server; yields its connection file."""
    kernel = jupyter.request("POST", "api/kernels")["id"]
    try:
        yield jupyter.root.parent / f"runtime/kernel-{kernel}.json"
    finally:
        jupyter.request("DELETE", f"api/kernels/{kernel}")


class KernelPage:
    """Serves the files of a stand-in, and carries messages between its page and a kernel.

    A context manager. As in VS Code and Colab, what the page sends reaches the kernel on its shell
    channel, so that it waits there while a cell runs.

    Args:
        files: What is served, by the path in the URL.
        environment: Variables of the kernel.
        connection_file: Of a kernel that runs already; else one is started.
    """

    def __init__(
        self,
        files: Mapping[str, Path],
        *,
        environment: Mapping[str, str] | None = None,
        connection_file: Path | None = None,
    ) -> None:
        self._files = files
        self._environment = environment
        self._connection_file = connection_file
        self._thread = LoopThread("kernel page")
        self._manager: AsyncKernelManager | None = None
        self._pages: set[ServerConnection] = set()
        self._pumps: list[asyncio.Task[None]] = []
        self.port = 0

    def __enter__(self) -> Self:
        self._thread.start()
        self._thread.do(self._start(), PATIENCE_S)
        return self

    def __exit__(self, *_: object) -> None:
        self._thread.do(self._stop(), PATIENCE_S)
        self._thread.stop()

    def start_cell(self, code: str, *, cell_id: str | None = None) -> None:
        """Send a cell to the kernel; its outputs go to the pages that are open.

        Args:
            code: The cell.
            cell_id: What the front end calls it in the metadata of the request.
        """
        self._thread.do(self._start_cell(code, cell_id), PATIENCE_S)

    async def _start(self) -> None:
        if self._connection_file is None:
            self._manager = AsyncKernelManager(**unix_sockets())
            await self._manager.start_kernel(
                env=self._environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
            )
            self._client = self._manager.client()
        else:
            self._client = AsyncKernelClient(connection_file=str(self._connection_file))
            self._client.load_connection_file()
        self._client.start_channels(stdin=False, hb=False, control=False)
        await self._client.wait_for_ready(timeout=PATIENCE_S)
        for name, get in (
            ("iopub", self._client.get_iopub_msg),
            ("shell", self._client.get_shell_msg),
        ):
            self._pumps.append(asyncio.create_task(self._pump(name, get)))
        # No ping: a page that draws a burst on a slow machine answers none for longer than 20 s.
        self._server = await serve(
            self._talk,
            "127.0.0.1",
            0,
            process_request=self._answer,
            max_size=None,
            ping_interval=None,
        )
        self.port = next(iter(self._server.sockets)).getsockname()[1]

    async def _stop(self) -> None:
        self._server.close()
        await self._server.wait_closed()
        for pump in self._pumps:
            pump.cancel()
        await asyncio.gather(*self._pumps, return_exceptions=True)
        self._client.stop_channels()
        if self._manager is not None:
            await self._manager.shutdown_kernel(now=True)

    async def _start_cell(self, code: str, cell_id: str | None) -> None:
        content = {"code": code, "silent": False, "store_history": True, "allow_stdin": True}
        metadata = {} if cell_id is None else {"cellId": cell_id}
        message = self._client.session.msg("execute_request", content, metadata=metadata)
        broadcast(self._pages, json.dumps({"cell": message["msg_id"]}))
        self._client.shell_channel.send(message)

    async def _pump(self, channel: str, get: Callable[[], Awaitable[dict[str, Any]]]) -> None:
        while True:
            message = await get()
            del message["buffers"]
            text = json.dumps(message | {"channel": channel}, default=json_default)
            broadcast(self._pages, text)

    async def _talk(self, page: ServerConnection) -> None:
        self._pages.add(page)
        async for text in page:
            sent = json.loads(text)
            message = self._client.session.msg(sent["msg_type"], sent["content"])
            message["msg_id"] = message["header"]["msg_id"] = sent["msg_id"]
            self._client.shell_channel.send(message)
        self._pages.discard(page)

    def _answer(self, connection: ServerConnection, request: Request) -> Response | None:
        path = request.path.partition("?")[0]
        if path == "/kernel":
            return None
        file = self._files.get(path)
        if file is None:
            return connection.respond(HTTPStatus.NOT_FOUND, "")
        kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
        # Frames of another origin load modules from here.
        headers = Headers({"Content-Type": kind, "Access-Control-Allow-Origin": "*"})
        return Response(HTTPStatus.OK, "OK", headers, file.read_bytes())
