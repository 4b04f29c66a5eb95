"""A kernel publishes to the server that started it, whatever that server's port and login are."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
import time
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any
from urllib.error import HTTPError, URLError
from urllib.request import HTTPCookieProcessor, ProxyHandler, build_opener

import pytest
from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_server.auth import passwd

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from urllib.request import OpenerDirector

PATIENCE_S = 60.0
SECRET = "opens-the-server"  # noqa: S105 - of servers that live for one test

PUBLISH = """
from realtime_widgets import Sprint, follow
with Sprint("from-kernel") as sprint:
    sprint.log("hello")
not_stored = sprint.close()
events = [event.type for event in follow("from-kernel", until_end=True)]
from realtime_widgets.publisher._discovery import discover
print(discover(None).name, not_stored, events)
"""


@contextmanager
def server(folder: Path, *options: str) -> Iterator[dict[str, Any]]:
    """Run a Jupyter server; gives what it wrote about itself once it was bound."""
    own = {
        name: str(folder / name)
        for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR")
    }
    foreign = re.compile("JUPYTER|JPY_|REALTIME_WIDGETS_")
    inherited = {name: value for name, value in os.environ.items() if not foreign.match(name)}
    (folder / "root").mkdir()
    command = [
        *(sys.executable, "-m", "jupyter_server", "--no-browser", "--allow-root"),
        "--ServerApp.port_retries=50",
        "--ServerApp.disable_check_xsrf=True",  # the test is no browser
    ]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [*command, f"--ServerApp.root_dir={folder / 'root'}", *options],
            env=inherited | own,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
    try:
        yield wait_for_file(
            folder / "JUPYTER_RUNTIME_DIR" / f"jpserver-{process.pid}.json", process
        )
    finally:
        process.terminate()
        process.wait(PATIENCE_S)


def wait_for_file(path: Path, process: subprocess.Popen[bytes]) -> dict[str, Any]:
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline and process.poll() is None:
        try:
            return json.loads(path.read_text())
        except (OSError, ValueError):
            time.sleep(0.05)
    message = f"the server did not start: {(path.parents[1] / 'log').read_text()}"
    raise TimeoutError(message)


def open_session(info: dict[str, Any]) -> OpenerDirector:
    """Wait until the server answers, and log in with the password."""
    opener = build_opener(ProxyHandler({}), HTTPCookieProcessor())
    deadline = time.monotonic() + PATIENCE_S
    while True:
        try:
            opener.open(f"{info['url']}login", data=f"password={SECRET}".encode())
        except HTTPError:
            raise
        except URLError:  # the file is written a moment before the port is open
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
        else:
            return opener


def run_in_kernel(info: dict[str, Any], folder: Path, code: str) -> str:
    """Start a kernel through the server, run code in it, and return what it printed."""
    answer = open_session(info).open(f"{info['url']}api/kernels", data=b"{}", timeout=PATIENCE_S)
    kernel_id = json.loads(answer.read())["id"]
    client = BlockingKernelClient()
    client.load_connection_file(folder / "JUPYTER_RUNTIME_DIR" / f"kernel-{kernel_id}.json")
    client.start_channels()
    printed: list[str] = []
    try:
        client.wait_for_ready(timeout=PATIENCE_S)
        client.execute_interactive(
            code,
            timeout=PATIENCE_S,
            output_hook=lambda message: printed.append(str(message["content"])),
        )
    finally:
        client.stop_channels()
    return "".join(printed)


def test_after_the_port_was_retried_a_kernel_finds_the_right_one(tmp_path: Path) -> None:
    with closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        options = f"--ServerApp.port={port}", f"--IdentityProvider.token={SECRET}"
        with server(tmp_path, *options) as info:
            printed = run_in_kernel(info, tmp_path, PUBLISH)

    assert info["port"] != port
    assert f":{info['port']}/" in printed
    assert "0 ['status_update', 'log', 'status_update']" in printed


@pytest.mark.parametrize("base_url", ["/", "/user/a%40b/"])
def test_a_kernel_of_a_server_with_a_password_only_publishes(tmp_path: Path, base_url: str) -> None:
    # The server has no token to give to its kernels; only the extension's own lets them in.
    options = (
        f"--PasswordIdentityProvider.hashed_password={passwd(SECRET, 'sha1')}",
        "--IdentityProvider.token=",
        f"--ServerApp.base_url={base_url}",
    )
    with server(tmp_path, *options) as info:
        printed = run_in_kernel(info, tmp_path, PUBLISH)

    assert "0 ['status_update', 'log', 'status_update']" in printed
