"""A real kernel, started by a real Jupyter server, and cells run in it."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.request import ProxyHandler, Request, build_opener

from benchmarks.machine import CLIENT_CORE, HERE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jupyter_client.blocking.client import BlockingKernelClient

    from benchmarks.process import Server

CELLS = HERE / "cells"
PATIENCE_S = 180.0

# The kernel is the server's child, and would share its core.
_MOVE = f"""
import os
for _thread in os.listdir("/proc/self/task"):
    os.sched_setaffinity(int(_thread), {{{CLIENT_CORE}}})
"""


class Kernel:
    """One kernel of a server.

    Attributes:
        id: By which the server knows it.
    """

    def __init__(self, kernel_id: str, client: BlockingKernelClient) -> None:
        self.id = kernel_id
        self._client = client

    def run(self, code: str, **values: object) -> str:
        """Run a cell, with these names set before; return what it printed.

        Raises:
            RuntimeError: It failed.
        """
        printed: list[str] = []

        def take(message: dict[str, Any]) -> None:
            if message["msg_type"] == "stream" and message["content"]["name"] == "stdout":
                printed.append(message["content"]["text"])

        names = "".join(f"{name} = {value!r}\n" for name, value in values.items())
        reply = self._client.execute_interactive(
            names + code, output_hook=take, timeout=PATIENCE_S, store_history=False
        )
        if reply["content"]["status"] != "ok":
            content = reply["content"]
            raise RuntimeError(f"the cell failed: {content.get('ename')}: {content.get('evalue')}")
        return "".join(printed)

    def ask(self, cell: str, **values: object) -> Any:  # noqa: ANN401 - JSON
        """Run a file of `cells/`, and return the JSON in its last line."""
        printed = self.run((CELLS / f"{cell}.py").read_text(), **values)
        return json.loads(printed.strip().splitlines()[-1])


def request(server: Server, method: str, path: str, body: object = None) -> Any:  # noqa: ANN401 - JSON
    """Ask a Jupyter server's REST API."""
    asked = Request(
        f"http://127.0.0.1:{server.port}{path}",
        method=method,
        data=None if body is None else json.dumps(body).encode(),
        headers={"Authorization": f"token {server.token}", "Content-Type": "application/json"},
    )
    # A proxy of the environment must not be used for a loopback address.
    with build_opener(ProxyHandler({})).open(asked, timeout=PATIENCE_S) as response:
        answer = response.read()
    return json.loads(answer) if answer else None


@contextlib.contextmanager
def kernel(server: Server) -> Iterator[Kernel]:
    """Have the server start a kernel."""
    from jupyter_client.blocking.client import BlockingKernelClient

    kernel_id = request(server, "POST", "/api/kernels", {"name": "python3"})["id"]
    client = BlockingKernelClient()
    client.load_connection_file(str(Path(server.folder, "runtime", f"kernel-{kernel_id}.json")))
    client.start_channels()
    try:
        client.wait_for_ready(timeout=60)
        started = Kernel(kernel_id, client)
        started.run(_MOVE)
        yield started
    finally:
        client.stop_channels()
        request(server, "DELETE", f"/api/kernels/{kernel_id}")
