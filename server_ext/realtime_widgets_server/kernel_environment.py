"""What kernels inherit, and terminals, and all that these start: how to publish to this server.

A server that was itself started from a kernel or a terminal of another one has that one's values
in its environment; all of them are replaced.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from jupyter_server.serverapp import ServerApp

__all__ = ["tell_kernels"]

_LOOPBACK = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}  # noqa: S104 - to be replaced


def tell_kernels(serverapp: ServerApp, publish_token: str, *, is_bound: bool) -> None:
    """Set the variables for kernels that are started from now on.

    Args:
        serverapp: The server.
        publish_token: What lets them in, "" where nothing of ours does.
        is_bound: Whether the port is known, which may be another than the one asked for.
    """
    certificate = serverapp.certfile
    values = {
        "URL": _url(serverapp) if is_bound else "",
        "TOKEN": publish_token.strip(),
        "CERTIFICATE": str(Path(certificate).resolve()) if certificate else "",
        "ROOT": serverapp.root_dir,
    }
    for name, value in values.items():
        os.environ.pop(f"REALTIME_WIDGETS_{name}", None)
        if value:
            os.environ[f"REALTIME_WIDGETS_{name}"] = value


def _url(serverapp: ServerApp) -> str:
    """Return where kernels, which run on this machine, reach the server.

    One that listens on all addresses calls itself by its host name, which need not lead anywhere.
    """
    url: str = serverapp.connection_url
    host = _LOOPBACK.get("" if serverapp.sock else serverapp.ip)
    return urlsplit(url)._replace(netloc=f"{host}:{serverapp.port}").geturl() if host else url
