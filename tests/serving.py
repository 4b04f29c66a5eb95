"""A Jupyter server in a separate process, at any address and with any login, and its kernels."""

from __future__ import annotations

import ast
import http.client
import json
import ssl
import subprocess
import sys
from contextlib import closing, contextmanager, suppress
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

from jupyter_client.blocking.client import BlockingKernelClient

from realtime_widgets.client.address import http_connection
from tests.environment import KERNELS_ON_UNIX_SOCKETS, free_port, jupyter_environment
from tests.waiting import PATIENCE_S, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

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
    """A server that runs, and what it wrote about itself in its runtime file."""

    def __init__(self, folder: Path, info: dict[str, Any]) -> None:
        self.info = info
        self._folder = folder
        self._cookies: dict[str, str] = {}

    @property
    def url(self) -> str:
        return str(self.info["url"])

    def run(self, code: str, result: str) -> Any:
        """Start a kernel through the server, run code in it, and return what an expression gives.

        Only the kernel's reply counts: on a busy machine a heartbeat comes too late, and then
        jupyter_client takes a kernel for dead that is only slow.
        """
        if self._ask("GET", "api/kernels")[0] == HTTPStatus.FORBIDDEN:
            self._ask("POST", "login", urlencode({"password": SECRET}))
        _, started = self._ask("POST", "api/kernels", "{}")
        kernel_id = json.loads(started)["id"]
        client = BlockingKernelClient()
        client.load_connection_file(self._folder / "runtime" / f"kernel-{kernel_id}.json")
        client.start_channels(iopub=False, stdin=False, hb=False)
        try:
            client.execute(code, user_expressions={"result": result})
            content = client.get_shell_msg(timeout=PATIENCE_S)["content"]
        finally:
            client.stop_channels()
        assert content["status"] == "ok", content
        return ast.literal_eval(content["user_expressions"]["result"]["data"]["text/plain"])

    def answers(self) -> bool:
        try:
            self._ask("GET", "api/kernels")
        except OSError:
            return False
        return True

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
        unverified = ssl._create_unverified_context()  # noqa: S323, SLF001 - the kernel has to look
        return http.client.HTTPSConnection(netloc, context=unverified)
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
        # Not the usual one: a server of another test would take it over, with the same token.
        f"--ServerApp.port={free_port()}",
        "--ServerApp.port_retries=50",
        KERNELS_ON_UNIX_SOCKETS,
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
        yield started(folder, process)
    finally:
        process.terminate()
        process.wait(PATIENCE_S)


def started(folder: Path, process: subprocess.Popen[bytes]) -> Jupyter:
    """Wait until a server answers: Jupyter Server writes its runtime file before it listens."""
    server = Jupyter(folder, _runtime_file(folder, process))
    wait_until(server.answers, "the server answers")
    return server


def _runtime_file(folder: Path, process: subprocess.Popen[bytes]) -> dict[str, Any]:
    path = folder / "runtime" / f"jpserver-{process.pid}.json"
    found: list[dict[str, Any]] = []

    def is_whole() -> bool:
        assert process.poll() is None, (folder / "log").read_text()
        with suppress(OSError, ValueError):
            found.append(json.loads(path.read_text()))
        return bool(found)

    wait_until(is_whole, "the server has written its runtime file")
    return found[0]
