"""A Jupyter server in a process of its own, at any address and with any login, and its kernels."""

from __future__ import annotations

import http.client
import json
import ssl
import subprocess
import sys
import time
from contextlib import closing, contextmanager
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

from jupyter_client.blocking.client import BlockingKernelClient

from realtime_widgets.publisher._address import http_connection
from tests.environment import jupyter_environment

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PATIENCE_S = 60.0
LOOK_S = 0.05

SECRET = "opens-the-server"  # noqa: S105 - of servers that live for one test
"""Their token or password, where they have one."""

OTHER_EXTENSIONS = (
    "jupyter_lsp",
    "jupyter_server_terminals",
    "jupyterlab",
    "notebook",
    "voila.server_extension",
)


class Jupyter:
    """A server that runs, and what it wrote about itself once it was bound."""

    def __init__(self, folder: Path, info: dict[str, Any]) -> None:
        self.info = info
        self._folder = folder
        self._cookies: dict[str, str] = {}

    @property
    def url(self) -> str:
        return str(self.info["url"])

    def run(self, code: str) -> str:
        """Start a kernel through the server, run code in it, and return what it printed."""
        if self._wait_for_status() == HTTPStatus.FORBIDDEN:
            self._ask("POST", "login", urlencode({"password": SECRET}))
        _, started = self._ask("POST", "api/kernels", "{}")
        kernel_id = json.loads(started)["id"]
        client = BlockingKernelClient()
        client.load_connection_file(self._folder / "runtime" / f"kernel-{kernel_id}.json")
        client.start_channels()
        printed: list[str] = []

        def keep(message: dict[str, Any]) -> None:
            if message["msg_type"] in {"stream", "error"}:
                printed.append(message["content"].get("text") or str(message["content"]))

        try:
            client.wait_for_ready(timeout=PATIENCE_S)
            client.execute_interactive(code, timeout=PATIENCE_S, output_hook=keep)
        finally:
            client.stop_channels()
        return "".join(printed)

    def _wait_for_status(self) -> int:
        deadline = time.monotonic() + PATIENCE_S
        while True:
            try:
                return self._ask("GET", "api/kernels")[0]
            except OSError:  # the file is written a moment before the port is open
                if time.monotonic() > deadline:
                    raise
                time.sleep(LOOK_S)

    def _ask(self, method: str, path: str, body: str | None = None) -> tuple[int, bytes]:
        parts = urlsplit(self.url)
        headers = {
            "Authorization": f"token {self.info['token']}",
            "Content-Type": "application/x-www-form-urlencoded",
            "Cookie": "; ".join(f"{name}={value}" for name, value in self._cookies.items()),
        }
        with closing(connection(parts.scheme, parts.netloc)) as asked:
            asked.request(method, parts.path + path, body, headers)
            answer = asked.getresponse()
            for cookie in answer.headers.get_all("Set-Cookie", []):
                name, _, value = cookie.partition(";")[0].partition("=")
                self._cookies[name] = value
            return answer.status, answer.read()


def connection(scheme: str, netloc: str) -> http.client.HTTPConnection:
    if scheme == "https":
        anybody = ssl._create_unverified_context()  # noqa: S323, SLF001 - the kernel has to look
        return http.client.HTTPSConnection(netloc, context=anybody)
    if scheme == "http+unix":
        return http_connection(f"{scheme}://{netloc}/", "", PATIENCE_S)
    return http.client.HTTPConnection(netloc)


@contextmanager
def jupyter(folder: Path, *options: str, **variables: str) -> Iterator[Jupyter]:
    """Run a Jupyter server, with all that it writes below the folder."""
    (folder / "root").mkdir(parents=True, exist_ok=True)
    (folder / "home").mkdir(exist_ok=True)
    command = [
        *(sys.executable, "-m", "jupyter_server", "--no-browser", "--allow-root"),
        "--ServerApp.port_retries=50",
        "--ServerApp.disable_check_xsrf=True",  # the test is no browser
        f"--ServerApp.root_dir={folder / 'root'}",
        *(f"--ServerApp.jpserver_extensions={name}=False" for name in OTHER_EXTENSIONS),
    ]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [*command, *options],
            env=jupyter_environment(folder) | variables,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
    try:
        yield Jupyter(folder, wait_for_file(folder, process))
    finally:
        process.terminate()
        process.wait(PATIENCE_S)


def wait_for_file(folder: Path, process: subprocess.Popen[bytes]) -> dict[str, Any]:
    path = folder / "runtime" / f"jpserver-{process.pid}.json"
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline and process.poll() is None:
        try:
            return json.loads(path.read_text())
        except (OSError, ValueError):
            time.sleep(LOOK_S)
    message = f"the server did not start: {(folder / 'log').read_text()}"
    raise TimeoutError(message)
