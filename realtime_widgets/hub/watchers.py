"""The users who watch a run in pages: a state of the hub, which is never stored (protocol 6.6).

A user with several tabs is one. Changes are sent at most once in `DELAY_S`, and a page that is the
only one is sent nothing. Where several servers share a store, each reports its users to the others.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from realtime_widgets.protocol.messages import MAX_WATCHER_NAME, MAX_WATCHERS, Watching

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from realtime_widgets.hub.login import Login

__all__ = ["Watchers"]

DELAY_S = 0.5
"""Pause between a change and its message, in seconds: what changes meanwhile is in it."""


class Watchers:
    """Those of one run.

    Args:
        on_change: Called when `message` has changed.
        delay_s: See `DELAY_S`.
    """

    def __init__(self, on_change: Callable[[], None], *, delay_s: float = DELAY_S) -> None:
        self._on_change = on_change
        self._delay_s = delay_s
        self._pages: dict[str, tuple[str, str]] = {}
        """The id and the name of the user of each page, by its connection."""
        self._elsewhere: frozenset[tuple[str, str]] = frozenset()
        self._timer: asyncio.TimerHandle | None = None
        self.message: bytes | None = None
        """The newest message for viewers; None before a second user came."""

    def add(self, login: Login, connection_id: str) -> None:
        """Count a page."""
        self._pages[connection_id] = _user(login, connection_id)
        self._schedule()

    def remove(self, connection_id: str) -> None:
        """Count a page no more, if it was counted. Safe to call twice."""
        if self._pages.pop(connection_id, None) is not None:
            self._schedule()

    @property
    def here(self) -> list[tuple[str, str]]:
        """The users of this server, of whom as many as a message names are reported to others."""
        return sorted({*self._pages.values()})[: MAX_WATCHERS * 2]

    def set_elsewhere(self, users: Iterable[tuple[str, str]]) -> None:
        """Take the users of the other servers."""
        elsewhere = frozenset(users)
        if elsewhere != self._elsewhere:
            self._elsewhere = elsewhere
            self._schedule()

    def _schedule(self) -> None:
        if self._timer is None:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(self._delay_s, self._update)

    def _update(self) -> None:
        self._timer = None
        users = {*self._pages.values()} | self._elsewhere
        if self.message is None and len(users) < 2:  # noqa: PLR2004 - a page knows of itself
            return
        names = sorted({name for _, name in users if name})[:MAX_WATCHERS]
        message = Watching(count=len(users), names=names).to_json().encode()
        if message != self.message:
            self.message = message
            self._on_change()


def _user(login: Login, connection_id: str) -> tuple[str, str]:
    """Return the id and the name of a user; a page without a login counts as a separate user."""
    name = (login.user or "")[:MAX_WATCHER_NAME]
    return (login.user_id or name or connection_id)[:MAX_WATCHER_NAME], name
