"""Programs of their own that publish, for what can go wrong with a whole process only."""

from __future__ import annotations

import os
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
    f"from realtime_widgets.publisher import _exit; _exit.EXIT_S = _exit.SIGTERM_S = {PATIENCE_S}\n"
)

HANG_S = 2 * PATIENCE_S
"""When a program says where it hangs, and ends."""


def script(
    code: str, server: str | None, *options: str, is_patient: bool = True, **variables: str
) -> subprocess.CompletedProcess[str]:
    """Run a program that finds `server` as kernels do, or none.

    Args:
        code: What it does.
        server: The server's URL with its token.
        options: Of Python.
        is_patient: Whether its end waits for longer than usual, for a server on a busy machine.
        variables: Of its environment.
    """
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), **variables}
    if server is not None:
        head, _, query = server.partition("?token=")
        environment |= {"REALTIME_WIDGETS_URL": head, "REALTIME_WIDGETS_TOKEN": query}
    watchdog = f"import faulthandler; faulthandler.dump_traceback_later({HANG_S}, exit=True)\n"
    with tempfile.TemporaryDirectory() as folder:
        # A file, for multiprocessing imports it again.
        program = Path(folder, "program.py")
        program.write_text(watchdog + (PATIENT if is_patient else "") + textwrap.dedent(code))
        return subprocess.run(
            [sys.executable, "-W", "error", *options, str(program)],
            env=environment,
            capture_output=True,
            text=True,
            timeout=2 * HANG_S,
            check=False,
        )


def said(hub: HubServer, sprint_id: str) -> list[str]:
    return [event["message"] for event in hub.events(sprint_id) if event["type"] == "log"]
