"""Where a server is now: when it is started again it may have another port, and another token.

It is looked for while it does not answer, among the running servers of this user that serve the
same folder. Each of them is sent its own token only, the one in its runtime file.

What is not known to serve a folder on this machine, such as a server on another one, is never
looked for.
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

__all__ = ["answered", "now_at", "places"]

PATIENCE_S = 2.0
"""How long a server that has answered may take to come back where it was."""

_log = logging.getLogger("realtime_widgets")


@dataclass
class _Whereabouts:
    server: ServerAddress
    """Where it is now."""

    root: str
    """The folder that it serves, "" where that is not known."""

    pid: int | None = None
    """Its process, where that is known."""

    has_answered: bool = False

    failing_since: float | None = None

    def successors(self) -> Iterator[ServerAddress]:
        """Go through the servers that may have taken its place."""
        now = time.monotonic()
        if self.failing_since is None:
            self.failing_since = now
        is_due = not self.has_answered or now - self.failing_since >= PATIENCE_S
        if self.root and is_due:
            for running in self._candidates():
                yield replace(self.server, url=running.url, token=running.token)

    def _candidates(self) -> list[RunningServer]:
        servers = running_servers()
        # One that runs at the same place is either this one, which will answer again, or the only
        # one that it may be.
        at_its_place = [server for server in servers if server.url == self.server.url]
        if at_its_place:
            return [server for server in at_its_place if server.pid != self.pid]
        return [server for server in servers if server.root and _is_same(server.root, self.root)]

    def settle(self, place: ServerAddress) -> None:
        """Remember that the server answered at this place."""
        self.failing_since = None
        if self.has_answered and place == self.server:
            return
        if place != self.server:
            _log.warning(
                "realtime-widgets: the server at %s was restarted; this process continues at %s",
                self.server.url,
                place.url,
            )
        self.server, self.has_answered = place, True
        for running in running_servers():
            if running.url == place.url:
                self.root, self.pid = self.root or running.root, running.pid


_whereabouts: dict[ServerAddress, _Whereabouts] = {}
"""Of each server that this process has asked for anything, by how it was found."""


def now_at(server: ServerAddress) -> ServerAddress:
    """Return the address and the token of a server as they are now."""
    return _of(server).server


def places(server: ServerAddress) -> Iterator[ServerAddress]:
    """Go through the places to try, each once the one before has failed.

    Args:
        server: As it was found.
    """
    whereabouts = _of(server)
    last = whereabouts.server
    yield last
    if whereabouts.server == last:
        yield from whereabouts.successors()
    else:  # it was found by another thread meanwhile
        yield whereabouts.server


def answered(server: ServerAddress, place: ServerAddress) -> None:
    """Remember where a server has answered.

    Args:
        server: As it was found.
        place: One of its `places`.
    """
    _of(server).settle(place)


def _of(server: ServerAddress) -> _Whereabouts:
    return _whereabouts.setdefault(server, _Whereabouts(server, server.root))


def _is_same(one: str, other: str) -> bool:
    return os.path.realpath(one) == os.path.realpath(other)
