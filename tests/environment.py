"""What the processes that tests start are given: places of their own, and a free port."""

from __future__ import annotations

import os
import re
import socket
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

JUPYTER_PLACES = {
    "HOME": "home",
    "IPYTHONDIR": "ipython",
    "JUPYTER_CONFIG_DIR": "config",
    "JUPYTER_DATA_DIR": "data",
    "JUPYTER_RUNTIME_DIR": "runtime",
    "JUPYTERLAB_SETTINGS_DIR": "settings",
    "JUPYTERLAB_WORKSPACES_DIR": "workspaces",
}


def clean_environment() -> dict[str, str]:
    """This process's variables without those of a Jupyter server around the test run."""
    foreign = re.compile("JUPYTER|JPY_|REALTIME_WIDGETS_")
    return {name: value for name, value in os.environ.items() if not foreign.match(name)}


def jupyter_environment(folder: Path) -> dict[str, str]:
    """Variables for a Jupyter server with nothing in it from the user's home."""
    places = {name: str(folder / below) for name, below in JUPYTER_PLACES.items()}
    return clean_environment() | places


def free_port() -> int:
    """Choose a port for a server, and keep it from all others as long as this process lives.

    Else the system may give it away before the server starts, and while it is stopped. Linux lets a
    server listen beside a socket that only holds the port; elsewhere it has to be let go.
    """
    holder = socket.socket()
    holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    holder.bind(("127.0.0.1", 0))
    port = int(holder.getsockname()[1])
    if sys.platform == "linux":
        holder.detach()
    else:
        holder.close()
    return port
