"""Makes the `runs` messages of the index channel, once for all clients at the same version."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from pydantic_core import to_json

from realtime_widgets.hub.pagination import Origin

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from realtime_widgets.hub.channels import Channels
    from realtime_widgets.hub.clock import Clock
    from realtime_widgets.hub.index import RunIndex
    from realtime_widgets.hub.login import Visible

__all__ = ["FindNotebooks", "IndexMessages", "RunsMessage"]

FindNotebooks: TypeAlias = "Callable[[Sequence[Origin]], Awaitable[Mapping[str, str | None]]]"
"""Finds the notebooks that are not where their runs began: where each is now, None for nowhere."""

_Key: TypeAlias = "tuple[int, FindNotebooks | None, Visible | None]"

CACHE_S = 0.5
"""How long a message is used again: it has the states as of when it was made."""


class RunsMessage(NamedTuple):
    """A `runs` message, as it is sent."""

    text: bytes | None
    """Empty where nothing has changed that the user may know; None where the client has to read the
    list again."""

    version: int
    """The client has all changes up to this one then."""


class IndexMessages:
    """Makes messages from the changes of an index.

    Args:
        index: The changes.
        channels: Where the states are.
        size_bytes: Target size of a message; its first state is in it in any case.
        clock: The time.
    """

    def __init__(
        self, index: RunIndex, channels: Channels, *, size_bytes: int, clock: Clock
    ) -> None:
        self._index = index
        self._channels = channels
        self._size_bytes = size_bytes
        self._clock = clock
        self._one_at_a_time = asyncio.Lock()
        self._made: dict[_Key, tuple[float, RunsMessage]] = {}
        """With the monotonic seconds when each was made."""

    async def after(
        self, version: int, find_notebooks: FindNotebooks | None, visible: Visible | None = None
    ) -> RunsMessage:
        """Return the message for a client that has all changes up to a version.

        Args:
            version: One that the index knows, before its newest.
            find_notebooks: Finds notebooks, for a client that may know where they are.
            visible: Which runs the client may have; None for all.

        Raises:
            StoreError: A state cannot be read.
        """
        key = version, find_notebooks, visible
        # Many clients need it at the same time: it is made for the first, and shared by all.
        async with self._one_at_a_time:
            recent = self._clock.monotonic() - CACHE_S
            self._made = {key: made for key, made in self._made.items() if made[0] > recent}
            if key not in self._made:
                message = await self._make(*key)
                self._made[key] = self._clock.monotonic(), message
            return self._made[key][1]

    async def _make(
        self, version: int, find_notebooks: FindNotebooks | None, visible: Visible | None
    ) -> RunsMessage:
        newest = self._index.version
        changed: list[bytes] = []
        removed: list[str] = []
        origins: list[Origin] = []
        size, until = 0, version
        changes = self._index.changes_after(version)
        readable = await visible([name for name, _ in changes]) if visible else None
        for name, number in changes:
            state = await self._channels.current_state(name)
            item = to_json(name if state is None else state)
            if size and size + len(item) > self._size_bytes:
                break
            if state is None and readable is not None:
                # Whether the client had it is not known, nor whether it may know the name.
                return RunsMessage(None, newest)
            if readable is not None and name not in readable:
                until = number
                continue
            size += len(item)
            until = number
            if state is None:
                removed.append(name)
                continue
            changed.append(item)
            if state.notebook is not None:
                origins.append(Origin(name, state.notebook, state.user))
        else:
            until = newest
        if not changed and readable is not None:
            return RunsMessage(b"", until)
        notebooks = await find_notebooks(origins) if find_notebooks and origins else {}
        text = b'{"type":"runs","version":%d,"changed":[%b],"removed":%b,"notebooks":%b}' % (
            until,
            b",".join(changed),
            to_json(removed),
            to_json(notebooks),
        )
        return RunsMessage(text, until)
