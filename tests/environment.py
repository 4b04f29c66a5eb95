"""What the processes that tests start are given: places of their own, and a free port."""

from __future__ import annotations

import atexit
import os
import re
import shutil
import socket
import sys
import tempfile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

KERNELS_ON_UNIX_SOCKETS = "--KernelManager.transport=ipc"
"""An option of Jupyter servers. On TCP a kernel gets the numbers of free ports, and dies when
another process has taken one before the kernel listens there."""

JUPYTER_PLACES = {
    "HOME": "home",
    "IPYTHONDIR": "ipython",
    "JUPYTER_CONFIG_DIR": "config",
    "JUPYTER_DATA_DIR": "data",
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
    return clean_environment() | places | {"JUPYTER_RUNTIME_DIR": str(_runtime_folder(folder))}


def _runtime_folder(folder: Path) -> Path:
    """Return what `folder/runtime` leads to: a folder with a path that sockets of kernels may have.

    That of a Unix socket has at most 107 characters.
    """
    link = folder / "runtime"
    if not link.is_symlink():
        folder.mkdir(parents=True, exist_ok=True)
        link.symlink_to(_short_folder())
    return link.resolve()


def _short_folder() -> str:
    """Make a folder with a short path, and delete it when this process ends."""
    folder = tempfile.mkdtemp(prefix="rtw-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def unix_sockets() -> dict[str, str]:
    """Return arguments of a kernel manager whose kernel listens on Unix sockets in a new folder.

    Without a connection file, `jupyter_client` names them `kernel-ipc-1`, `kernel-ipc-2` ... in the
    working directory, and kernels that start there at the same time take those of each other.
    """
    return {"transport": "ipc", "connection_file": f"{_short_folder()}/kernel.json"}


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
