"""Python in a browser: Pyodide under Node, with all packages from the index, and pages that listen.

The page is the other end of a comm, as JupyterLab has it for a kernel of JupyterLite; what it is
sent is written down at once, so that what comes while a cell is busy lies between what the cell
itself writes. The shell is IPython's, with a kernel that knows as little as JupyterLite's.
"""

from __future__ import annotations

import json
import os
import shutil
import ssl
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.waiting import PATIENCE_S

pytestmark = pytest.mark.long

NODE = Path(__file__).parent / "pyodide"

STACK_SWITCHING = "--experimental-wasm-stack-switching"
"""Lets a call wait for the loop of the page; some browsers have that, and some have not."""

PRELUDE = """
import asyncio, json, time
import comm
from comm.base_comm import BaseComm

def report(kind, content=None):
    post(json.dumps([kind, content]))

pages = []

class Page(BaseComm):
    def __init__(self, **options):
        pages.append(self)
        super().__init__(**options)

    def publish_msg(self, msg_type, data=None, metadata=None, buffers=None, **keys):
        if msg_type == "comm_msg" and data["method"] == "custom":
            report("comm", data["content"])

    def answer(self, content):
        self.handle_msg(
            {"content": {"data": {"method": "custom", "content": content}}, "buffers": []}
        )

comm.create_comm = Page

from realtime_widgets import Sprint, doctor, follow, sprints, watch
"""

SHELL = """
from IPython.core.displaypub import DisplayPublisher
from IPython.core.interactiveshell import InteractiveShell

class Publisher(DisplayPublisher):
    def publish(self, data, metadata=None, *, transient=None, update=False, **_):
        report("update" if update else "display", data)

class Kernel:
    def get_parent(self):
        return {"header": {"msg_id": "1"}, "metadata": {"cellId": "cell-1"}}

shell = InteractiveShell.instance(display_pub_class=Publisher)
shell.kernel = Kernel()
shell.user_ns.update(report=report, time=time, Sprint=Sprint)
"""

BUSY_CELL = """
with Sprint("busy") as sprint:
    for n in range(200):
        sprint.log(f"line {n}")
        time.sleep(0.05)
    report("end of the loop")
"""


class Pyodide(NamedTuple):
    """A site-packages folder with the built wheel, and what runs programs with it."""

    packages: Path

    def run(self, program: str, *options: str) -> list[tuple[str, Any]]:
        """Run a program, and return what it and its pages reported, in order."""
        path = self.packages.parent / "program.py"
        path.write_text(PRELUDE + textwrap.dedent(program), encoding="utf-8")
        return [tuple(json.loads(line)) for line in self.output(path, *options).splitlines()]

    def output(self, program: Path, *options: str) -> str:
        """Run the program in a file, and return what it writes."""
        certificates = ssl.get_default_verify_paths().cafile
        done = subprocess.run(
            [which("node"), *options, "run.mjs", str(self.packages), str(program)],
            cwd=NODE,
            env={**os.environ, **({"NODE_EXTRA_CA_CERTS": certificates} if certificates else {})},
            capture_output=True,
            text=True,
            timeout=3 * PATIENCE_S,
            check=False,
        )
        assert done.returncode == 0, done.stderr + done.stdout
        assert "never awaited" not in done.stderr
        return done.stdout


def which(command: str) -> str:
    found = shutil.which(command)
    assert found, f"{command} is needed"
    return found


@pytest.fixture(scope="session")
def pyodide(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Pyodide:
    """The wheel of this checkout and all that it needs, as micropip resolves and installs them."""
    if not (NODE / "node_modules").exists():
        subprocess.run([which("npm"), "ci", "--no-audit", "--no-fund"], cwd=NODE, check=True)
    folder = tmp_path_factory.mktemp("pyodide")
    packages = folder / "site-packages"
    packages.mkdir()
    shutil.copy(wheel, packages)
    download = ["-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(packages)]
    for_pyodide = ["--python-version", "3.14", "--only-binary", ":all:"]
    subprocess.run([sys.executable, *download, *for_pyodide, "micropip", "packaging"], check=True)
    program = folder / "install.py"
    program.write_text(
        "import glob, sys\n"
        "sys.path += glob.glob('/lib/python3.14/site-packages/*.whl')\n"
        "import micropip\n"
        f"await micropip.install('emfs:/lib/python3.14/site-packages/{wheel.name}')\n"
        "import json\n"
        "post(json.dumps(list(micropip.list())))\n"
    )
    pyodide = Pyodide(packages)
    installed = json.loads(pyodide.output(program))
    assert {"realtime-widgets", "anywidget", "ipywidgets", "pydantic"} <= set(installed)
    assert {"jupyter-server", "pyzmq", "websockets"}.isdisjoint(installed)
    return pyodide


@pytest.fixture(params=[False, True], ids=["without stack switching", "with stack switching"])
def options(request: pytest.FixtureRequest) -> tuple[str, ...]:
    """Of Node: with and without calls that wait for the loop of the page."""
    if not request.param:
        return ()
    known = (
        subprocess.run([which("node"), STACK_SWITCHING, "--eval", ""], check=False).returncode == 0
    )
    if not known:
        pytest.skip(f"this Node has no {STACK_SWITCHING}")
    return (STACK_SWITCHING,)


def lines_of(frames: list[dict[str, Any]]) -> list[str]:
    """The lines of the log in frames of one stream."""
    return [
        event["message"]
        for frame in frames
        for message in map(json.loads, frame.get("messages", ()))
        for batch in message.get("batches", ())
        for event in batch["events"]
        if event["type"] == "log"
    ]


def test_a_busy_cell_is_seen_moving(pyodide: Pyodide, options: tuple[str, ...]) -> None:
    sent = pyodide.run(f"{SHELL}\nshell.run_cell({BUSY_CELL!r}).raise_error()", *options)

    kinds = [kind for kind, _ in sent]
    while_busy = sent[: kinds.index("end of the loop")]
    frames = [content for kind, content in while_busy if kind == "comm" and content["messages"]]
    streams = {frame["stream"] for frame in frames}
    newest = [frame for frame in frames if frame["stream"] == frames[-1]["stream"]]
    updates = [content["text/plain"] for kind, content in while_busy if kind == "update"]
    # More than fifty steps of 200 lines in 10 s: the rest may have come together.
    assert len(frames) > 50
    assert lines_of(newest)[:150] == [f"line {n}" for n in range(150)]
    # All is sent again from time to time, as no page can answer while the cell runs.
    assert len(streams) > 1
    # What no page shows live moves once a second.
    assert len({text.splitlines()[-1] for text in updates}) >= 3
    # The clock of the page is set by one moment for each stream.
    welcomes = [m for f in newest for m in map(json.loads, f["messages"]) if m["type"] == "welcome"]
    assert len(welcomes) == 1
    assert welcomes[0]["server_time"].endswith("Z")
    displayed = [content for kind, content in sent if kind == "display"]
    assert "application/vnd.jupyter.widget-view+json" in displayed[0]
    assert "text/html" in displayed[1]
    last = [content["text/plain"] for kind, content in sent if kind == "update"][-1]
    assert last.startswith("Sprint busy · succeeded")
    assert "line 199" in last


def test_20000_lines_end_whole_and_in_order(pyodide: Pyodide) -> None:
    sent = pyodide.run(
        """
        model_id = watch("flood").model_id
        [page] = [page for page in pages if page.comm_id == model_id]
        page.answer({"here": True})
        await asyncio.sleep(0)
        with Sprint("flood") as sprint:
            for n in range(20_000):
                sprint.log(f"line {n}")
        report("left", sprint.flush(60))
        report("state", [sprints()[0].status, sprints()[0].logs, sprints()[0].dropped])
        report("followed", [e.message for e in follow("flood", until_end=True) if e.type == "log"])
        page.answer({"request": "r", "events": {"after": 0, "limit": 3}})
        page.answer({"watch": {"after": None}})
        await asyncio.sleep(1)
        """
    )

    everything = [f"line {n}" for n in range(20_000)]
    assert ("left", 0) in sent
    assert ("state", ["succeeded", 20_000, 0]) in sent
    assert ("followed", everything) in sent
    contents = [content for kind, content in sent if kind == "comm"]
    [answer] = [content["content"] for content in contents if "response" in content]
    assert [event["seq"] for event in answer["events"]] == [1, 2, 3]
    frames = [content for content in contents if "stream" in content]
    last = [frame for frame in frames if frame["stream"] == frames[-1]["stream"]]
    assert [frame["n"] for frame in last] == list(range(len(last)))
    assert lines_of(last) == everything


# Longer than 40 lines: one program, as Pyodide takes seconds to start.
def test_runs_can_be_read_awaited_and_explained(pyodide: Pyodide, options: tuple[str, ...]) -> None:
    sent = pyodide.run(
        """
        import contextlib, io

        async def publish():
            async with Sprint("async") as sprint:
                async for n in sprint.track(range(5), "count"):
                    sprint.log(f"line {n}")
                    await asyncio.sleep(0.01)
                report("flushed", await sprint.aflush())
                with sprint.message("planner") as reply:
                    reply.write("done")

        publishing = asyncio.create_task(publish())
        read = [event async for event in follow("async", until_end=True)]
        await publishing
        report("read", [e.message for e in read if e.type == "log"])
        report("text", Sprint("async")._repr_mimebundle_()["text/plain"])

        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            doctor()
        report("doctor", out.getvalue())
        try:
            Sprint("elsewhere", server="http://localhost:8888/")
        except ValueError as error:
            report("server", str(error))
        try:
            Sprint("command").run(["ls"])
        except OSError:
            report("command", sprints()[0].status)
        """,
        *options,
    )

    words = dict(sent)
    assert words["flushed"] == 0
    assert words["read"] == [f"line {n}" for n in range(5)]
    assert words["text"].startswith("Sprint async · succeeded")
    assert "planner" in words["text"]
    assert "That is right where Python runs in a browser" in words["doctor"]
    assert "install realtime-widgets" not in words["doctor"]
    assert words["server"] == "Python in a browser cannot connect to a server; leave `server` out"
    assert words["command"] == "failed"


def test_a_wait_for_what_cannot_come_ends(pyodide: Pyodide) -> None:
    sent = pyodide.run(
        """
        try:
            next(follow("never"))
        except RuntimeError as error:
            report("error", str(error))
        """
    )

    assert "read with `async for`" in dict(sent)["error"]
