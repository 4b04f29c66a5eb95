"""The example of FastAPI and Next.js: its front end, built once, and both of its servers."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import ExitStack, closing
from typing import TYPE_CHECKING, Any, Self
from urllib.request import ProxyHandler, Request, build_opener
from uuid import uuid4

from websockets.sync.client import connect

from tests.environment import free_port
from tests.waiting import PATIENCE_S

from .environments import CHECKOUT, ENVIRONMENTS
from .served import Served

if TYPE_CHECKING:
    from pathlib import Path

EXAMPLE = CHECKOUT / "examples/fastapi-next"
FRONTEND = CHECKOUT / "frontend"
BUILT = ENVIRONMENTS / "next"

MADE = ("node_modules", ".next", "*.tgz")
"""What the example's own start leaves in its folder."""

QUIET = ("--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")

PASSWORD = "of-the-test"  # noqa: S105 - of a server that lives for one test


def built_web() -> Path:
    """Return the folder of the built front end, with the package as `npm pack` makes it."""
    ENVIRONMENTS.mkdir(exist_ok=True)
    package = _packed()
    stamp, contents = BUILT / "built", _digest(package)
    if not stamp.exists() or stamp.read_text() != contents:
        shutil.rmtree(BUILT, ignore_errors=True)
        shutil.copytree(EXAMPLE / "web", BUILT, ignore=shutil.ignore_patterns(*MADE))
        _npm(BUILT, "ci", *QUIET)
        _npm(BUILT, "install", "--no-save", *QUIET, str(package))
        _npm(BUILT, "run", "build")
        stamp.write_text(contents)
    return BUILT


class NextApp:
    """Both servers of the example, from `__enter__` to `__exit__`.

    Args:
        folder: For the databases and logs.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._ports = free_port(), free_port()
        self._running = ExitStack()
        self.backend_url = f"http://127.0.0.1:{self._ports[0]}"
        self.url = f"http://127.0.0.1:{self._ports[1]}"

    def __enter__(self) -> Self:
        web = built_web()
        (self._folder / "web").mkdir()
        self._start_backend()
        self._running.callback(self._stop_backend)
        command = ["node", web / "node_modules/next/dist/bin/next", "start", web]
        address = ["--hostname", "127.0.0.1", "--port", str(self._ports[1])]
        variables = {
            "BACKEND": self.backend_url,
            "SESSION_SECRET": "a secret of more than 32 characters",
            "NEXT_TELEMETRY_DISABLED": "1",
        }
        served = Served([*command, *address], self._folder / "web", self.url, environment=variables)
        with self._running.pop_all() as running:
            running.enter_context(served)
            self._running = running.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._running.close()

    def crash_backend(self) -> None:
        """Kill the back end, and start it again at the same port with the same databases."""
        self._backend.kill()
        self._start_backend()

    def new_run(self, user: str) -> str:
        """Return the name of a new run of a user, to which nothing is published yet."""
        run = f"{user}-{uuid4().hex[:8]}"
        with self._accounts() as database, database:
            database.execute("INSERT INTO runs VALUES (?, ?, ?, ?)", (run, user, "-", "succeeded"))
        return run

    def log_in(self, user: str) -> str:
        """Return a token of a user."""
        body = json.dumps({"name": user, "password": PASSWORD}).encode()
        request = Request(f"{self.backend_url}/login", body, {"Content-Type": "application/json"})  # noqa: S310 - a loopback address
        with build_opener(ProxyHandler({})).open(request, timeout=PATIENCE_S) as answer:
            return str(json.load(answer)["token"])

    def publish_lines(self, run: str, token: str, lines: int) -> None:
        """Publish log lines in one burst."""
        texts = (f"line {number} of {lines}" for number in range(1, lines + 1))
        self.publish(run, token, *({"type": "log", "message": text} for text in texts))

    def publish(self, run: str, token: str, *events: dict[str, Any]) -> None:
        """Publish events at once, as a program without the package does (protocol 9)."""
        url = f"{self.backend_url.replace('http', 'ws')}/realtime/ws/sprints/{run}?token={token}"
        # It receives all that it published, and reads it only at the end.
        with connect(url, proxy=None, max_queue=None) as socket:
            for event in events:
                socket.send(json.dumps(event))
            for _ in events:
                assert json.loads(socket.recv(PATIENCE_S))["type"] != "error"

    def _accounts(self) -> closing[sqlite3.Connection]:
        return closing(sqlite3.connect(self._folder / "backend/accounts.db"))

    def token_hashes(self) -> set[str]:
        """The hashes of all tokens of the back end."""
        with self._accounts() as database:
            return {hashed for (hashed,) in database.execute("SELECT hash FROM tokens")}

    def log_tail(self) -> str:
        """The end of what the back end wrote."""
        return self._backend.log_tail()

    def _start_backend(self) -> None:
        folder = self._folder / "backend"
        folder.mkdir(exist_ok=True)
        command = [sys.executable, "-m", "uvicorn", "main:app", "--port", str(self._ports[0])]
        variables = {
            "DATA": str(folder),
            "PASSWORD": PASSWORD,
            "PYTHONPATH": str(EXAMPLE / "backend"),
        }
        url = f"{self.backend_url}/realtime/api/health"
        self._backend = Served(command, folder, url, environment=variables).__enter__()

    def _stop_backend(self) -> None:
        self._backend.__exit__()


def original_script() -> str:
    """Return a script that shows a run by a hook of the original shape and by ours."""
    options = [
        "--bundle",
        "--jsx=automatic",
        "--loader:.css=text",
        '--define:process.env.NODE_ENV="production"',
    ]
    command = ["node_modules/.bin/esbuild", "react/test/original/page.tsx", *options]
    built = subprocess.run(command, cwd=FRONTEND, capture_output=True, text=True, check=True)
    return built.stdout


def _packed() -> Path:
    _npm(FRONTEND, "pack", "--silent", "--workspace", "react", "--pack-destination", ENVIRONMENTS)
    (package,) = ENVIRONMENTS.glob("realtime-widgets-react-*.tgz")
    return package


def _digest(package: Path) -> str:
    digest = hashlib.sha256(package.read_bytes())
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "."],  # noqa: S607
        cwd=EXAMPLE / "web",
        capture_output=True,
        text=True,
        check=True,
    )
    for name in sorted(filter(None, listed.stdout.split("\0"))):
        digest.update((EXAMPLE / "web" / name).read_bytes())
    return digest.hexdigest()


def _npm(folder: Path, *arguments: str | Path) -> None:
    environment = {**os.environ, "NEXT_TELEMETRY_DISABLED": "1"}
    subprocess.run(["npm", *arguments], cwd=folder, env=environment, check=True)  # noqa: S607
