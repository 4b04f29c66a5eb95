"""Servers under measurement: one process each, on a separate core."""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.machine import BUILD, HERE, SERVER_CORE, pin
from tests.environment import clean_environment, free_port, jupyter_environment

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

PATIENCE_S = 60.0


@dataclass(frozen=True)
class Server:
    """A server that runs.

    Attributes:
        port: Where it listens.
        pid: Its process.
        token: Its token, if it needs one.
        folder: Below which it writes everything; on a disk, and gone when it ends.
        start_s: How long it took until it answered.
    """

    port: int
    pid: int
    token: str
    folder: Path
    start_s: float

    def memory_kib(self) -> int:
        """How much memory it holds."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        found = re.search(r"VmRSS:\s+(\d+)", status)
        return int(found[1]) if found else 0

    def cpu_s(self) -> float:
        """How much processor time it has used."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def log_tail(self) -> str:
        """The end of what it wrote."""
        return (self.folder / "server.log").read_text(errors="replace")[-3_000:]


@contextlib.contextmanager
def work_folder() -> Iterator[Path]:
    """A folder on the disk of the project: what is durable has to be written to one."""
    BUILD.mkdir(exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="round-", dir=BUILD))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def running(  # noqa: PLR0913 - all but three are by name, and rarely given
    command: Sequence[str],
    *,
    port: int,
    folder: Path,
    token: str = "",
    path: str | None = None,
    environment: Mapping[str, str] | None = None,
    core: int | None = SERVER_CORE,
) -> Iterator[Server]:
    """Start a server, and end it.

    Args:
        command: What to run.
        port: Where it will listen.
        folder: Where it may write.
        token: What opens it.
        path: What it answers over HTTP when it is ready; None: that it listens is enough.
        environment: All of its variables.
        core: Where it runs; None for anywhere.
    """
    began = time.monotonic()
    with (folder / "server.log").open("ab") as log:
        process = subprocess.Popen(  # noqa: S603 - a peer, or Jupyter
            command,
            cwd=folder,
            env=dict(environment or clean_environment()),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
    if core is not None:
        pin(process.pid, core)  # before it has threads
    server = Server(port, process.pid, token, folder, 0.0)
    try:
        while not _answers(port, path, token):
            if process.poll() is not None or time.monotonic() > began + PATIENCE_S:
                raise RuntimeError(f"{command[0]} did not start:\n{server.log_tail()}")
            time.sleep(0.005)
        yield Server(port, process.pid, token, folder, time.monotonic() - began)
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _answers(port: int, path: str | None, token: str) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), 5) as probe:
            if path is None:
                return True
            probe.sendall(
                f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n"
                f"Authorization: token {token}\r\n\r\n".encode()
            )
            return b" 200 " in probe.recv(4_096).split(b"\r\n", 1)[0]
    except OSError:
        return False


@contextlib.contextmanager
def jupyter(  # noqa: PLR0913 - all by name, and rarely given
    *,
    extensions: Sequence[str] = (),
    options: Sequence[str] = (),
    application: str = "jupyter_server",
    folder: Path | None = None,
    path: str = "/api/status",
    core: int | None = SERVER_CORE,
) -> Iterator[Server]:
    """Start a real Jupyter server with these extensions and no other.

    Args:
        extensions: Their modules.
        options: Further words of the command line.
        application: The module that is run.
        folder: Where it writes; None for a separate one, which is removed at the end.
        path: What it has to answer to be ready.
        core: Where it runs; None for anywhere.
    """
    off = ("jupyter_lsp", "jupyter_server_terminals", "jupyterlab", "notebook", "notebook_shim")
    enabled = dict.fromkeys((*off, "realtime_widgets_server"), False)
    enabled |= dict.fromkeys(extensions, True)
    with contextlib.ExitStack() as stack:
        if folder is None:
            folder = stack.enter_context(work_folder())
        port, token = free_port(), secrets.token_hex(16)
        environment = jupyter_environment(folder)
        # The package and the extension of this tree, also where another one is installed.
        environment["PYTHONPATH"] = os.pathsep.join(
            map(str, (HERE.parent, HERE.parent / "server_ext"))
        )
        for name in ("home", "runtime", "data", "config"):
            (folder / name).mkdir(exist_ok=True)
        command = [
            sys.executable,
            "-m",
            application,
            "--no-browser",
            "--allow-root",
            "--ServerApp.ip=127.0.0.1",
            f"--ServerApp.port={port}",
            "--ServerApp.port_retries=0",
            f"--ServerApp.root_dir={folder}",
            f"--ServerApp.jpserver_extensions={enabled}",
            f"--IdentityProvider.token={token}",
            *options,
        ]
        yield stack.enter_context(
            running(
                command,
                port=port,
                folder=folder,
                token=token,
                path=path,
                environment=environment,
                core=core,
            )
        )


@contextlib.contextmanager
def ours(
    *settings: str, folder: Path | None = None, core: int | None = SERVER_CORE, **options: object
) -> Iterator[Server]:
    """Start a Jupyter server with the product, everything on, as it is installed.

    Only the caps on connections are raised, to let a thousand viewers of one user in.
    """
    caps = [
        f"--RealtimeWidgets.max_connections{of}=2000" for of in ("", "_per_user", "_per_sprint")
    ]
    with jupyter(
        extensions=["realtime_widgets_server"],
        options=[*caps, *settings],
        folder=folder,
        path="/realtime/api/health",
        core=core,
        **options,  # type: ignore[arg-type]
    ) as server:
        yield server
