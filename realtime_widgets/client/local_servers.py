"""The Jupyter servers of this user on this machine, and which of them has the extension.

Each server is sent its own token only: the one in its runtime file.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from realtime_widgets.client.runtime_files import running_servers
from realtime_widgets.client.server import Server
from realtime_widgets.errors import ServerNotFoundError

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["CHECKED", "LocalServer", "local_servers", "usable_servers"]

CHECKED = 8
"""How many servers are checked, the newest first."""


@dataclass(frozen=True)
class LocalServer:
    """A Jupyter server of this user on this machine.

    Attributes:
        server: Its address, with the token of its runtime file.
        problem: Why runs cannot be published to it, "" where they can.
    """

    server: Server
    problem: str = ""


def local_servers(*, timeout: float) -> Iterator[LocalServer]:
    """Yield the newest `CHECKED` servers, each when it was checked.

    Args:
        timeout: Seconds for the health check of each.
    """
    for running in running_servers()[:CHECKED]:
        server = Server(running.url, running.token, root=running.root)
        try:
            server.health(timeout=timeout)
        except ServerNotFoundError as error:
            yield LocalServer(server, error.reason)
        else:
            yield LocalServer(server)


def usable_servers(*, timeout: float) -> list[Server]:
    """Return the servers of `local_servers` that runs can be published to, at most 2."""
    usable = []
    for local in local_servers(timeout=timeout):
        if not local.problem:
            usable.append(local.server)
        if len(usable) > 1:
            break
    return usable
