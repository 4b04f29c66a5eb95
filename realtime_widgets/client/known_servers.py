"""The servers that this process has a token for: by its environment and by runtime files."""

from __future__ import annotations

import os
from dataclasses import replace
from urllib.parse import urlsplit

from realtime_widgets.client.address import base_url, here, is_same_place, is_this_machine
from realtime_widgets.client.runtime_files import read_runtime_file, running_servers
from realtime_widgets.client.server import Server
from realtime_widgets.environment import (
    CERTIFICATE_VARIABLE,
    ROOT_VARIABLE,
    TOKEN_VARIABLE,
    URL_VARIABLE,
)

__all__ = [
    "HUB_TOKEN_VARIABLE",
    "HUB_URL_VARIABLE",
    "PARENT_VARIABLE",
    "SOFTWARE_VARIABLE",
    "is_standalone_voila",
    "known",
    "parent",
    "server_of_hub",
]

PARENT_VARIABLE = "JPY_PARENT_PID"
SOFTWARE_VARIABLE = "SERVER_SOFTWARE"
HUB_URL_VARIABLE = "JUPYTERHUB_SERVICE_URL"
HUB_TOKEN_VARIABLE = "JUPYTERHUB_API_TOKEN"  # noqa: S105 - the variable's name


def known(url: str) -> Server | None:
    """Return the server at this URL with the token that this process has for it, None if unknown.

    A token is sent to the server that it was issued for, and to no other. The extension of a server
    may have no token for kernels; then Jupyter's or JupyterHub's for the same server is used, or
    the one in this user's runtime files.
    """
    found = None
    for look_up in (_named, parent, server_of_hub, lambda: _running(url)):
        server = look_up()
        if server is not None and is_same_place(server.url, url):
            found = found or server
            if server.token:
                return replace(found, token=server.token)
    return found


def _named() -> Server | None:
    """Return the server that the environment names, set by the extension or the user."""
    token = os.environ.get(TOKEN_VARIABLE, "").strip()  # a token read from a file has its newline
    certificate = os.environ.get(CERTIFICATE_VARIABLE, "")
    try:
        url = base_url(os.environ.get(URL_VARIABLE, ""))
        root = os.environ.get(ROOT_VARIABLE, "") if is_this_machine(url) else ""
        return Server(url, token, certificate, root)
    except ValueError:
        return None


def parent() -> Server | None:
    """Return the Jupyter server that started this process, as its runtime file describes it."""
    pid = os.environ.get(PARENT_VARIABLE, "")
    running = read_runtime_file(int(pid)) if pid.isdecimal() else None
    return Server(running.url, running.token, root=running.root) if running else None


def _running(url: str) -> Server | None:
    """Return the server of this user that runs on this machine at this URL."""
    for running in running_servers():
        if is_same_place(running.url, url):
            return Server(running.url, running.token, root=running.root)
    return None


def is_standalone_voila() -> bool:
    """Whether this kernel was started by a standalone Voila server.

    Its environment may be inherited from the terminal of a Jupyter server, which its pages cannot
    reach. Voila as an extension of a Jupyter server has that server's runtime file.
    """
    return os.environ.get(SOFTWARE_VARIABLE, "").startswith("voila/") and parent() is None


def server_of_hub() -> Server | None:
    """Return the user's server of JupyterHub whose environment this process inherited."""
    url = os.environ.get(HUB_URL_VARIABLE, "")
    try:
        return Server(base_url(here(url, urlsplit(url).hostname)), os.environ[HUB_TOKEN_VARIABLE])
    except (ValueError, LookupError):
        return None
