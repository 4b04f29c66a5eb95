"""A real Jupyter server in a separate process, to be killed, stopped and started again."""

from __future__ import annotations

import asyncio
import json
import os
import re
import secrets
import signal
import subprocess
import sys
import time
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self
from urllib.error import HTTPError
from urllib.request import ProxyHandler, Request, build_opener

from tests.environment import free_port, jupyter_environment
from tests.serving import OTHER_EXTENSIONS
from tests.waiting import LOOK_S, PATIENCE_S

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

LOG_TAIL_CHARACTERS = 4_000

LAUNCHER = Path(__file__).with_name("processes") / "serve.py"


class Server:
    """One Jupyter server with this extension and no other, on one port for its whole life.

    Its log, store and all that Jupyter writes are below its folder. `start` and `kill` may be
    called in turn.

    Args:
        folder: Made if it is not there.
        settings: Of the extension: name and value, as on the command line.
        most_files: How many files and sockets it may have open.
        environment: Further variables.
        changes: What `processes/serve.py` changes in the product before it starts.
    """

    def __init__(
        self,
        folder: Path,
        *,
        settings: Mapping[str, object] | None = None,
        most_files: int | None = None,
        environment: Mapping[str, str] | None = None,
        changes: Sequence[str] = (),
    ) -> None:
        self.folder = folder
        self.port = free_port()
        self.token = secrets.token_hex(16)
        self.settings = {"store_path": str(folder / "store" / "sprints.db"), **(settings or {})}
        self.starts = 0
        self._most_files = most_files
        self._changes = tuple(changes)
        self._own_environment = dict(environment or {})
        self._log = folder / "jupyter.log"
        self._process: subprocess.Popen[bytes] | None = None
        (folder / "home").mkdir(parents=True)

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.kill()

    @property
    def store_path(self) -> Path:
        return Path(str(self.settings["store_path"]))

    @property
    def pid(self) -> int:
        assert self._process is not None, "it runs"
        return self._process.pid

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    # Its life.

    async def start(self) -> float:
        """Start it, and return when it answers, with how many seconds that took."""
        return await asyncio.to_thread(self.start_and_wait)

    def start_and_wait(self) -> float:
        began = time.monotonic()
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command(),
                env=jupyter_environment(self.folder) | self._own_environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        self.starts += 1
        while not self._answers():
            if not self.is_running or time.monotonic() > began + PATIENCE_S:
                self.kill_now()
                raise RuntimeError(f"It did not start. The end of its log:\n{self.log_tail()}")
            time.sleep(0.02)
        return time.monotonic() - began

    async def kill(self) -> None:
        """Kill it with -9. Safe to call twice."""
        await asyncio.to_thread(self.kill_now)

    def kill_now(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait(PATIENCE_S)

    async def stop(self) -> None:
        """End it with SIGTERM, as a logout does, and wait until it has ended."""
        self.signal(signal.SIGTERM)
        await self.ended()

    async def ended(self) -> int:
        """Wait for its end, and return its exit code."""
        process, self._process = self._process, None
        assert process is not None, "it was started"
        return await asyncio.to_thread(process.wait, PATIENCE_S)

    def signal(self, number: signal.Signals) -> None:
        if self.is_running:
            os.kill(self.pid, number)

    # What can be asked.

    async def get(self, path: str) -> Any:
        """Ask the extension's REST API for what is at this path."""
        return await asyncio.to_thread(self.get_now, path)

    def get_now(self, path: str) -> Any:
        request = Request(
            f"http://127.0.0.1:{self.port}/realtime/api/{path}",
            headers={"Authorization": f"token {self.token}"},
        )
        # A proxy of the environment must not be used for a loopback address.
        with build_opener(ProxyHandler({})).open(request, timeout=PATIENCE_S) as response:
            return json.loads(response.read())

    def _answers(self) -> bool:
        try:
            self.get_now("health")
        except HTTPError as error:
            self.kill_now()
            words = f"It started without the extension ({error}):\n{self.log()}"
            raise RuntimeError(words) from None
        except OSError:
            return False
        return True

    async def head(self, sprint_id: str) -> int:
        """The newest seq of a sprint."""
        return (await self.bounds(sprint_id))[1]

    async def bounds(self, sprint_id: str) -> tuple[str | None, int]:
        """Which life of its log a sprint has, and the newest seq."""
        async with asyncio.timeout(PATIENCE_S):
            while True:
                try:
                    page = await self.get(f"sprints/{sprint_id}/events?limit=1")
                except HTTPError as error:
                    if error.code != HTTPStatus.SERVICE_UNAVAILABLE:
                        raise
                    await asyncio.sleep(LOOK_S)  # it has met damage, and makes a new file
                else:
                    return page["epoch"], int(page["head"])

    async def stored(self, sprint_id: str, head: int) -> None:
        """Wait until a sprint has this seq."""
        async with asyncio.timeout(PATIENCE_S):
            while await self.head(sprint_id) < head:  # noqa: ASYNC110 - it is another process
                await asyncio.sleep(LOOK_S)

    def log(self) -> str:
        return self._log.read_text(errors="replace")

    def log_tail(self) -> str:
        return self.log()[-LOG_TAIL_CHARACTERS:]

    def limit_memory(self, most_bytes: int) -> None:
        """Let it map no more than that; Linux only."""
        limit = [f"--pid={self.pid}", f"--as={most_bytes}"]
        subprocess.run(["prlimit", *limit], check=True)  # noqa: S607 - as it is installed

    def rss(self) -> int:
        """How much memory it holds, in bytes; Linux only."""
        return self._memory("VmRSS")

    def address_space(self) -> int:
        """How much memory it has mapped, in bytes; Linux only."""
        return self._memory("VmSize")

    def _memory(self, kind: str) -> int:
        status = Path(f"/proc/{self.pid}/status").read_text()
        match = re.search(rf"{kind}:\s+(\d+) kB", status)
        assert match is not None, status
        return int(match[1]) * 1024

    def cpu_s(self) -> float:
        """How much processor time it has used; Linux only."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def _command(self) -> list[str]:
        changed = [str(LAUNCHER), *self._changes, "--"]
        program = changed if self._changes else ["-m", "jupyter_server"]
        extensions = dict.fromkeys(OTHER_EXTENSIONS, False) | {"realtime_widgets_server": True}
        limit, option = [], []
        if self._most_files is not None:
            limit = ["prlimit", f"--nofile={self._most_files}:{self._most_files}"]
            # Jupyter would raise it again.
            option = [f"--ServerApp.min_open_files_limit={self._most_files}"]
        return [
            *limit,
            sys.executable,
            *program,
            *option,
            "--no-browser",
            "--allow-root",
            "--ServerApp.ip=127.0.0.1",
            f"--ServerApp.port={self.port}",
            "--ServerApp.port_retries=0",
            f"--ServerApp.root_dir={self.folder}",
            f"--ServerApp.jpserver_extensions={extensions}",
            f"--IdentityProvider.token={self.token}",
            *(f"--RealtimeWidgets.{name}={value}" for name, value in self.settings.items()),
        ]
