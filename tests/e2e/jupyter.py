"""A real JupyterLab or Notebook 7 for the browser tests: its process, and its notebook page."""

from __future__ import annotations

import json
import secrets
import subprocess
import sys
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal, Self, TypeAlias
from urllib.request import ProxyHandler, Request, build_opener

import nbformat

from tests.environment import KERNELS_ON_UNIX_SOCKETS, free_port, jupyter_environment
from tests.waiting import PATIENCE_S, wait_until

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from playwright.sync_api import Page

STOP_S = 15.0
"""How long the server may take to shut its kernels down before it is killed."""

LOG_TAIL_CHARACTERS = 4_000

# Checks the notebook's session, not the toolbar, which shows "idle" while there is no kernel yet.
# The predicate is synchronous because Playwright takes a promise for true.
READY = """() => {
    const context = window.jupyterapp?.shell?.currentWidget?.sessionContext;
    const kernel = context?.session?.kernel;
    return !!kernel && context.isReady && kernel.connectionStatus === "connected"
        && kernel.status === "idle" && context.kernelDisplayStatus === "idle";
}"""

# The promise is kept in the page: handed to Playwright, one that never settles would hang the test.
START_ALL = """() => {
    window.ranAll = undefined;
    window.jupyterapp.commands.execute("notebook:run-all-cells").then(
        done => { window.ranAll = String(done); },
        error => { window.ranAll = String(error); },
    );
}"""

START_TO_SAVE = """() => {
    window.saved = false;
    window.jupyterapp.commands.execute("docmanager:save").then(() => { window.saved = true; });
}"""

CODE_CELLS = """() => [...window.jupyterapp.shell.currentWidget.content.model.cells]
    .filter(cell => cell.type === "code" && cell.sharedModel.getSource().trim())
    .map(cell => ({ count: cell.executionCount, outputs: cell.outputs.toJSON() }))"""

EVALUATE = """async expression => {
    const kernel = window.jupyterapp.shell.currentWidget.sessionContext.session.kernel;
    const reply = await kernel.requestExecute(
        { code: "", user_expressions: { value: expression } }).done;
    return reply.content.user_expressions.value.data["text/plain"];
}"""


@dataclass(frozen=True)
class App:
    """What differs between the applications."""

    module: str
    options: tuple[str, ...]
    page: str
    without: tuple[str, ...] = ()
    """Extensions of the page that are disabled."""


NOT_NEEDED = tuple(
    f"@jupyterlab/{name}-extension"
    for name in (
        *("celltags", "csvviewer", "debugger", "extensionmanager", "help", "htmlviewer", "hub"),
        *("imageviewer", "inspector", "json-viewer", "lsp", "mermaid", "pluginmanager"),
        *("terminal", "toc", "vega5"),
    )
)
"""Extensions of JupyterLab that few tests need; without them it opens in a fifth less time."""

LAB = App(
    module="jupyterlab",
    options=(
        "--LabApp.expose_app_in_browser=True",
        "--LabApp.news_url=None",
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
    ),
    # reset: a workspace without the tabs of earlier tests
    page="lab/tree/{name}?token={token}&reset",
)

AppName: TypeAlias = Literal["lab", "lean lab", "notebook", "nbclassic"]

APPS: Mapping[AppName, App] = {
    "lab": LAB,
    "lean lab": replace(LAB, without=NOT_NEEDED),
    "notebook": App(
        module="notebook",
        options=("--JupyterNotebookApp.expose_app_in_browser=True",),
        page="notebooks/{name}?token={token}",
    ),
    "nbclassic": App(
        module="nbclassic",
        options=(),
        page="notebooks/{name}?token={token}",
    ),
}


class Jupyter:
    """One Jupyter server with nothing in it from the user's home, and the notebooks in it.

    A context manager; `stop()` and `start()` may also be called in turn.
    They keep its port, token and files.

    Attributes:
        url: Where it is, with the slash at the end.
        root: The folder that it serves.
        token: What lets a request in.
    """

    def __init__(
        self,
        folder: Path,
        *,
        app: AppName = "lab",
        base_url: str = "/",
        options: Sequence[str] = (),
        python: str | Path = sys.executable,
    ) -> None:
        self._app = APPS[app]
        self._python = python
        self._folder = folder
        self._options = tuple(options)
        self._base_url = base_url
        self._port = free_port()
        self._log = folder / "jupyter.log"
        self._process: subprocess.Popen[bytes] | None = None
        self.root = folder / "notebooks"
        self.token = secrets.token_hex(16)
        self.url = f"http://127.0.0.1:{self._port}{base_url}"
        self.root.mkdir()
        self._write_settings()
        if self._app.without:
            self._disable(self._app.without)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    # The process.

    def start(self) -> None:
        """Start the server, and return when it answers."""
        command = [
            self._python,
            "-m",
            self._app.module,
            "--no-browser",
            "--allow-root",
            "--ServerApp.ip=127.0.0.1",
            f"--ServerApp.port={self._port}",
            "--ServerApp.port_retries=0",
            f"--ServerApp.base_url={self._base_url}",
            f"--ServerApp.root_dir={self.root}",
            f"--IdentityProvider.token={self.token}",
            KERNELS_ON_UNIX_SOCKETS,
            *self._app.options,
            *self._options,
        ]
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                command,
                env=jupyter_environment(self._folder),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        try:
            wait_until(self._answers, "Jupyter answers")
        except BaseException as error:
            error.add_note(f"The end of its log:\n{self.log_tail()}")
            self.stop()
            raise

    def stop(self) -> None:
        """Shut the server and its kernels down. Safe to call twice."""
        process, self._process = self._process, None
        if process is None:
            return
        process.terminate()
        try:
            process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()  # its kernels notice that their parent is gone, and end
            process.wait()

    def kill(self) -> None:
        """End the server at once; its kernels notice that their parent is gone, and end."""
        process, self._process = self._process, None
        assert process is not None, "it runs"
        process.kill()
        process.wait()

    def log_tail(self) -> str:
        """The end of what the server logged."""
        return self._log.read_text(errors="replace")[-LOG_TAIL_CHARACTERS:]

    def request(self, method: str, path: str, body: object = None) -> Any:
        """Call the server's REST API; `path` is below the base URL, `body` becomes JSON."""
        request = Request(  # noqa: S310 - always our own http URL
            self.url + path,
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"token {self.token}"},
        )
        # A proxy of the environment must not be used for a loopback address.
        with build_opener(ProxyHandler({})).open(request, timeout=PATIENCE_S) as response:
            answer = response.read()
        return json.loads(answer) if answer else None

    def close_sessions(self) -> None:
        """Shut down all kernels. They outlive their pages, and the next test wants its own."""
        for session in self.request("GET", "api/sessions"):
            self.request("DELETE", f"api/sessions/{session['id']}")

    # The notebook page.

    def notebook(self, name: str, cells: Sequence[str]) -> Path:
        """Write a notebook of code cells into the served folder."""
        notebook = nbformat.v4.new_notebook(
            cells=[nbformat.v4.new_code_cell(source) for source in cells],
            metadata={
                "kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}
            },
        )
        path = self.root / name
        nbformat.write(notebook, path)
        return path

    def page_of(self, name: str) -> str:
        """Return the URL of a notebook."""
        return self.url + self._app.page.format(name=name, token=self.token)

    def open(self, page: Page, name: str) -> Page:
        """Open a notebook, and return when its kernel is idle; not in nbclassic."""
        page.goto(self.page_of(name))
        page.wait_for_function(READY)
        return page

    def start_all(self, page: Page) -> None:
        """Start all cells, and return while they run."""
        page.evaluate(START_ALL)

    def run_all(self, page: Page) -> Page:
        """Run all cells, and return when the last has ended. Fails when one of them failed."""
        self.start_all(page)
        page.wait_for_function("() => window.ranAll !== undefined")
        cells = page.evaluate(CODE_CELLS)
        # The command may return true and have run nothing, so each cell must have its number too.
        assert page.evaluate("() => window.ranAll") == "true", cells
        assert all(cell["count"] for cell in cells), cells
        return page

    def _write_settings(self) -> None:
        """Keep Lab from asking about news and updates over the page under test."""
        path = (
            self._folder
            / "settings/@jupyterlab/apputils-extension/notification.jupyterlab-settings"
        )
        path.parent.mkdir(parents=True)
        path.write_text(
            '{"fetchNews": "false", "checkForUpdates": false, "doNotDisturbMode": true}'
        )

    def _disable(self, extensions: Sequence[str]) -> None:
        path = self._folder / "config/labconfig/page_config.json"
        path.parent.mkdir(parents=True)
        path.write_text(json.dumps({"disabledExtensions": dict.fromkeys(extensions, True)}))

    def _answers(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, "Jupyter has ended"
        try:
            self.request("GET", "api")
        except OSError:
            return False
        return True


def save(page: Page) -> None:
    """Save the notebook in front, and return when that is done."""
    page.evaluate(START_TO_SAVE)
    page.wait_for_function("() => window.saved")


def evaluate(page: Page, expression: str) -> str:
    """Ask the kernel of the notebook in front, beside its cells; returns the `repr`."""
    value: str = page.evaluate(EVALUATE, expression)
    return value
