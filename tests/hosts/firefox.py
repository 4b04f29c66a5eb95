"""Firefox by the protocol that it speaks itself: WebDriver BiDi, JSON over a WebSocket.

Playwright drives only its build of Firefox.
"""

from __future__ import annotations

import base64
import json
import re
import subprocess
from contextlib import ExitStack
from itertools import count
from typing import TYPE_CHECKING, Any, Self

from websockets.sync.client import connect

from tests.waiting import PATIENCE_S, wait_until

if TYPE_CHECKING:
    from pathlib import Path

PREFERENCES = {
    "browser.shell.checkDefaultBrowser": "false",
    "datareporting.policy.dataSubmissionEnabled": "false",
    "app.update.disabledForTesting": "true",
    "layout.css.prefers-color-scheme.content-override": "{scheme}",
}


class Firefox:
    """A Firefox with one page. A context manager.

    Args:
        program: The program.
        folder: For its profile.
        is_dark: Whether the browser reports that the user prefers dark pages.

    Attributes:
        complaints: What pages have written to the console as errors and warnings.
    """

    def __init__(self, program: str, folder: Path, *, is_dark: bool = False) -> None:
        self._program = program
        self._profile = folder / "firefox"
        self._profile.mkdir()
        scheme = 0 if is_dark else 1
        settings = [
            f'user_pref("{name}", {value.format(scheme=scheme)});\n'
            for name, value in PREFERENCES.items()
        ]
        (self._profile / "user.js").write_text("".join(settings))
        self._log = folder / "firefox.log"
        self._ids = count(1)
        self.complaints: list[str] = []

    def __enter__(self) -> Self:
        with ExitStack() as running:
            self._start(running)
            self._running = running.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._running.close()

    def _start(self, running: ExitStack) -> None:
        command = [
            self._program,
            "--headless",
            "--width=1280",
            "--height=800",
            "--remote-debugging-port=0",
            "--profile",
            self._profile,
        ]
        with self._log.open("wb") as log:
            process = running.enter_context(subprocess.Popen(command, stdout=log, stderr=log))
        running.callback(process.terminate)
        wait_until(self._address, "Firefox has written where it listens")
        session = connect(f"{self._address()}/session", proxy=None, max_size=None)
        self._socket = running.enter_context(session)
        self._send("session.new", capabilities={})
        self._send("session.subscribe", events=["log.entryAdded"])
        tree = self._send("browsingContext.getTree")
        self._page = tree["contexts"][0]["context"]

    def go_to(self, url: str) -> None:
        """Open a page, and return when it is loaded."""
        self._send("browsingContext.navigate", context=self._page, url=url, wait="complete")

    def evaluate(self, function: str, argument: object = None) -> Any:
        """Call a JavaScript function of one argument in the page; both ways goes JSON."""
        # The values of the protocol have their types; in JSON they are one string.
        code = f"async () => JSON.stringify(await ({function})({json.dumps(argument)}))"
        answer = self._send(
            "script.callFunction",
            functionDeclaration=code,
            target={"context": self._page},
            awaitPromise=True,
        )
        assert answer["type"] == "success", answer
        return json.loads(answer["result"].get("value") or "null")

    def screenshot(self, path: Path) -> None:
        """Photograph the page."""
        shot = self._send("browsingContext.captureScreenshot", context=self._page)
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(base64.b64decode(shot["data"]))

    def _address(self) -> str:
        found = re.search(r"WebDriver BiDi listening on (\S+)", self._log.read_text())
        return found[1] if found else ""

    def _send(self, method: str, **parameters: object) -> Any:
        number = next(self._ids)
        self._socket.send(json.dumps({"id": number, "method": method, "params": parameters}))
        while True:
            message = json.loads(self._socket.recv(PATIENCE_S))
            if message.get("method") == "log.entryAdded":
                entry = message["params"]
                if entry["level"] in {"error", "warn"}:
                    self.complaints.append(str(entry["text"]))
            if message.get("id") == number:
                assert message["type"] == "success", message
                return message["result"]
