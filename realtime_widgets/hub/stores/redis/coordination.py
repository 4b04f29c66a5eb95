"""What servers that share a Redis coordinate by it: leases, tickets, maintenance."""

from __future__ import annotations

import contextlib
import logging
import re
from typing import TYPE_CHECKING, Any

from pydantic_core import from_json, to_json

from realtime_widgets.errors import StoreError
from realtime_widgets.hub.stores.redis.reading import memory_of
from realtime_widgets.hub.stores.redis.scripts import evalsha
from realtime_widgets.hub.stores.shared import Heartbeats

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from realtime_widgets.hub.stores.redis.connection import RedisConnection
    from realtime_widgets.hub.stores.redis.wire import Wire
    from realtime_widgets.hub.stores.shared import SharedMember

__all__ = ["Coordination"]

_log = logging.getLogger(__name__)

WATCHERS_MS = 5_000
"""For how long the report of a server holds that does not report again, in milliseconds."""


class Coordination:
    """The part of the store that only servers that share it need; see `SharedState`.

    Args:
        main: The connection for writes.
        prefix: What the names of all keys begin with.
        server_id: The random id of this server.
        count_followed: Returns how many runs are pushed to this server.
        replicas: How many replicas have to have an event before it is acknowledged.
    """

    def __init__(
        self,
        main: RedisConnection,
        prefix: str,
        server_id: str,
        *,
        count_followed: Callable[[], int],
        replicas: int,
    ) -> None:
        self._main = main
        self._count_followed = count_followed
        self._replicas = replicas
        self._used_bytes, self._max_bytes = 0, 0
        self._servers = 1
        self._prefix = prefix
        self._server_id = server_id
        self._changes_until = b""
        self._is_warned = False
        self.durability = "unknown"
        """`none` without an append-only file, else Redis' `appendfsync`; `everysec` where the user
        may not read that."""

    async def heartbeat(
        self,
        held: Sequence[SharedMember],
        ended: Sequence[SharedMember],
        watched: Sequence[SharedMember],
        *,
        lease_s: float,
    ) -> Heartbeats:
        """Report which publishers are connected to this server."""
        names = ["heard", "changes", f"server:{self._server_id}", "heartbeat", "servers"]
        ages, silent, changed, self._changes_until, self._servers = await self._main.command(
            *evalsha(
                "heartbeat",
                [f"{self._prefix}:{name}" for name in names],
                self._server_id,
                self._prefix,
                int(lease_s * 1000),
                self._changes_until,
                len(held),
                len(ended),
                *map(_written, [*held, *ended, *watched]),
            )
        )
        return Heartbeats(
            {member: int(age) / 1000 for member, age in zip(watched, ages, strict=True)},
            [_read(member) for member in silent],
            [name.decode() for name in changed],
        )

    async def used(self, names: Iterable[str]) -> set[str]:
        """Return those of these runs that a server has in memory."""
        names = list(names)
        keys = [f"{self._prefix}:{{{name.lower()}}}:who" for name in names]
        if not keys:
            return set()
        found = await self._main.command(*evalsha("used", keys, self._prefix))
        return {name for name, is_used in zip(names, found, strict=True) if is_used}

    async def begin_maintenance(self, seconds: float) -> bool:
        """Return whether this server maintains the store for the next seconds."""
        key, milliseconds = f"{self._prefix}:janitor", int(seconds * 1000)
        reply = await self._main.command("SET", key, self._server_id, "NX", "PX", milliseconds)
        return reply is not None

    async def share_watchers(
        self, name: str, users: Sequence[tuple[str, str]]
    ) -> set[tuple[str, str]]:
        """Report the users who watch a run at this server, and return those of the others."""
        key = f"{self._prefix}:{{{name.lower()}}}:watching"
        report = to_json(users).decode()
        reports = await self._main.command(
            *evalsha("watching", [key], self._server_id, report, WATCHERS_MS)
        )
        return {(user_id, name) for one in reports for user_id, name in from_json(one)}

    async def put_ticket(self, ticket: str, value: bytes, seconds: float) -> None:
        """Keep the value of a ticket."""
        await self._main.command(
            "SET", f"{self._prefix}:ticket:{ticket}", value, "EX", int(seconds)
        )

    async def take_ticket(self, ticket: str) -> bytes | None:
        """Return the value of a ticket, once."""
        value: bytes | None = await self._main.command("GETDEL", f"{self._prefix}:ticket:{ticket}")
        return value

    async def leave(self) -> None:
        """Note that this server ends."""
        await self._main.command("UNLINK", f"{self._prefix}:server:{self._server_id}")
        await self._main.command("ZREM", f"{self._prefix}:servers", self._server_id)

    async def read_settings(self, wire: Wire) -> None:
        """Read what survives a restart of Redis, and warn once where nothing does."""
        info = (await wire.command("INFO", "persistence")).decode()
        self.durability = "none"
        if "aof_enabled:1" in info:
            self.durability = "everysec"
            with contextlib.suppress(StoreError):  # where the user has no right to read it
                fsync = await wire.command("CONFIG", "GET", "appendfsync")
                self.durability = fsync[b"appendfsync"].decode()
        memory = (await wire.command("INFO", "memory")).decode()
        self._used_bytes, self._max_bytes = memory_of(memory)
        policy = re.search(r"maxmemory_policy:(\S+)", memory)
        if self._is_warned:
            return
        self._is_warned = True
        if self.durability == "none":
            _log.warning(
                "realtime-widgets: Redis has no append-only file (`appendonly yes`): acknowledged "
                "events do not survive a restart of Redis"
            )
        if policy is not None and policy[1] != "noeviction":
            _log.warning(
                "realtime-widgets: Redis' maxmemory-policy is %s and may delete runs; set it to "
                "noeviction",
                policy[1],
            )

    def describe(self) -> dict[str, Any]:
        """Return what is known of Redis, for the health of the server."""
        return {
            "durability": self.durability,
            "replicas": self._replicas,
            "server": self._server_id,
            "servers": self._servers,
            "followed": self._count_followed(),
            "used_bytes": self._used_bytes,
            "max_bytes": self._max_bytes,
        }


def _written(member: SharedMember) -> str:
    name, member_id = member
    return f"{name} {member_id or ''}"


def _read(member: bytes) -> SharedMember:
    name, _, member_id = member.decode().partition(" ")
    return name, member_id or None
