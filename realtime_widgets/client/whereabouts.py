"""The current address of a server: after a restart it may have another port and another token.

While it does not respond, it is searched among the running servers of this user that serve the same
folder. Each of them gets its own token only, the one in its runtime file.

A server that is not known to serve a folder on this machine, such as a remote one, is not searched.
"""

from __future__ import annotations

import logging
import os
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from realtime_widgets.client.runtime_files import running_servers

if TYPE_CHECKING:
    from collections.abc import Iterator

    from realtime_widgets.client.runtime_files import RunningServer
    from realtime_widgets.client.server_address import ServerAddress

__all__ = ["addresses_to_try", "answered", "now_at"]

PATIENCE_S = 2.0
"""Time for a server that has responded before to respond again at the same address."""

_log = logging.getLogger("realtime_widgets")


@dataclass
class _Whereabouts:
    server: ServerAddress
    """Its current address."""

    root: str
    """The folder that it serves, "" if unknown."""

    pid: int | None = None
    """The id of its process, None if unknown."""

    has_answered: bool = False

    failing_since: float | None = None

    def successors(self) -> Iterator[ServerAddress]:
        """Yield the servers that may be the same one after a restart."""
        now = time.monotonic()
        if self.failing_since is None:
            self.failing_since = now
        is_due = not self.has_answered or now - self.failing_since >= PATIENCE_S
        if self.root and is_due:
            for running in self._candidates():
                yield replace(self.server, url=running.url, token=running.token)

    def _candidates(self) -> list[RunningServer]:
        servers = running_servers()
        # A server at the same address is either this one, which will respond again, or the only
        # possible successor.
        at_its_address = [server for server in servers if server.url == self.server.url]
        if at_its_address:
            return [server for server in at_its_address if server.pid != self.pid]
        return [server for server in servers if server.root and _is_same(server.root, self.root)]

    def settle(self, address: ServerAddress) -> None:
        """Record that the server responded at this address."""
        self.failing_since = None
        if self.has_answered and address == self.server:
            return
        if address != self.server:
            _log.warning(
                "realtime-widgets: the server at %s was restarted; this process continues at %s",
                self.server.url,
                address.url,
            )
        self.server, self.has_answered = address, True
        for running in running_servers():
            if running.url == address.url:
                self.root, self.pid = self.root or running.root, running.pid


_whereabouts: dict[ServerAddress, _Whereabouts] = {}
"""By the address at which discovery found each server."""


def now_at(server: ServerAddress) -> ServerAddress:
    """Return the current address and token of a server."""
    return _of(server).server


def addresses_to_try(server: ServerAddress) -> Iterator[ServerAddress]:
    """Yield the addresses to try, each after the one before has failed.

    Args:
        server: As discovery found it.
    """
    whereabouts = _of(server)
    last = whereabouts.server
    yield last
    if whereabouts.server == last:
        yield from whereabouts.successors()
    else:  # another thread found it meanwhile
        yield whereabouts.server


def answered(server: ServerAddress, address: ServerAddress) -> None:
    """Record the address at which a server has responded.

    Args:
        server: As discovery found it.
        address: One of its `addresses_to_try`.
    """
    _of(server).settle(address)


def _of(server: ServerAddress) -> _Whereabouts:
    return _whereabouts.setdefault(server, _Whereabouts(server, server.root))


def _is_same(one: str, other: str) -> bool:
    return os.path.realpath(one) == os.path.realpath(other)
