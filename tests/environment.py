"""What the processes that tests start are given: places of their own, and a free port."""

from __future__ import annotations

import os
import re
import socket
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
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
