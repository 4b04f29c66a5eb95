"""Programs of their own that publish, for what can go wrong with a whole process only."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING

from .hub_server import PATIENCE_S

if TYPE_CHECKING:
    from .hub_server import HubServer

NOWHERE = "http://127.0.0.1:9/"

PATIENT = (
    "from realtime_widgets.client.publishing.outbox import at_exit\n"
    f"at_exit.EXIT_S = at_exit.SIGTERM_S = {PATIENCE_S}\n"
)

HANG_S = 3 * PATIENCE_S
"""When a program counts as one that hangs."""


def script(
    code: str, server: str | None, *options: str, **variables: str
) -> subprocess.CompletedProcess[str]:
    """Run a program that finds `server` as kernels do, or none.

    Its end waits for a server for longer than usual, as the machine may be busy.
    """
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), **variables}
    if server is not None:
        head, _, query = server.partition("?token=")
        environment |= {"REALTIME_WIDGETS_URL": head, "REALTIME_WIDGETS_TOKEN": query}
    with tempfile.TemporaryDirectory() as folder:
        # A file, for multiprocessing imports it again.
        program = Path(folder, "program.py")
        is_patient = server not in {None, NOWHERE}
        program.write_text((PATIENT if is_patient else "") + textwrap.dedent(code))
        with subprocess.Popen(
            [sys.executable, "-X", "faulthandler", "-W", "error", *options, str(program)],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        ) as process:
            try:
                out, err = process.communicate(timeout=HANG_S)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGABRT)  # it and its children print where they hang
                out, err = process.communicate()
    return subprocess.CompletedProcess(process.args, process.returncode, out, err)


def lines_of(hub: HubServer, sprint_id: str) -> list[str]:
    return [event["message"] for event in hub.events(sprint_id) if event["type"] == "log"]
