"""Event log storage in Redis or Valkey, for several servers.

Theory of operation. One Lua script stores a batch, and pushes it to the servers that follow its
run: each subscribes to one channel, its inbox, and is not sent what it has stored itself. Appends,
their replies and the inbox share one connection, so they come in Redis' own order (`wire.py`,
`follow.py`). Reads have another one, so that a long reply delays no append.

A server that was sent more of a log than Redis has knows that Redis has lost the rest. It compares
at each connect, before its first append, and every 10 s; then the log gets another epoch, and all
viewers get a reset (`follow.lua`). Runs are never kept in memory in place of Redis: while it cannot
be reached, publishers keep their events and send them again.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from typing import TYPE_CHECKING, Any

from pydantic_core import from_json, to_json

from realtime_widgets.errors import StoreError, StoreFullError
from realtime_widgets.hub.stores.base import (
    EPOCH_BITS,
    Appended,
    HoleError,
    IdCaseError,
    Look,
    SavedState,
    StoredBatch,
    skip_events,
)
from realtime_widgets.hub.stores.blobs import BLOB_BYTES
from realtime_widgets.hub.stores.redis.access import AccessRecords
from realtime_widgets.hub.stores.redis.connection import RedisConnection
from realtime_widgets.hub.stores.redis.coordination import Coordination
from realtime_widgets.hub.stores.redis.follow import Announcement, CommitFollower
from realtime_widgets.hub.stores.redis.reading import LogReader, bounds_of
from realtime_widgets.hub.stores.redis.replicas import Replicas
from realtime_widgets.hub.stores.redis.scripts import evalsha
from realtime_widgets.hub.stores.redis.wire import error_of
from realtime_widgets.hub.stores.run_retention import RunRetention
from realtime_widgets.protocol.ids import random_id
from realtime_widgets.protocol.position import Bounds

if TYPE_CHECKING:
    from realtime_widgets.hub.stores.base import NewBatch, OnCommit, OnReset
    from realtime_widgets.hub.stores.blobs import Blob
    from realtime_widgets.hub.stores.redis.address import RedisAddress
    from realtime_widgets.hub.stores.redis.wire import Wire

__all__ = ["RedisStore"]

_log = logging.getLogger(__name__)

SERVER_BITS = 64
_RETENTION = RunRetention()
CHECK_S = 10.0
"""Seconds between two comparisons of all followed runs: a push may be lost."""


class RedisStore(AccessRecords, LogReader):
    """Keeps all channels in Redis, for all servers with the same address and prefix.

    Args:
        address: Where Redis is.
        retention: How much of each channel is kept.
        replicas: How many replicas have to have an event before it is acknowledged.
        timeout_s: Seconds without an answer after which the connection counts as lost.
    """

    name = "redis"

    def __init__(
        self,
        address: RedisAddress,
        *,
        retention: RunRetention = _RETENTION,
        replicas: int = 0,
        timeout_s: float = 5.0,
    ) -> None:
        self.server_id = random_id(SERVER_BITS)
        self._retention = retention
        reads = RedisConnection(address, timeout_s=timeout_s, set_up=self._read_settings)
        # What was not pushed is read when the main connection is back.
        self._main = RedisConnection(
            address, timeout_s=timeout_s, set_up=self._set_up, on_push=self._pushed, after=reads
        )
        super().__init__(reads, address.prefix)
        self.shared = Coordination(
            self._main,
            address.prefix,
            self.server_id,
            count_followed=lambda: len(self._follower.names),
            replicas=replicas,
        )
        self._replicas = Replicas(self._main, replicas, wait_ms=int(500 * timeout_s))
        self._checking: asyncio.Task[None] | None = None
        self._appending: set[asyncio.Future[Appended]] = set()

    async def open(self, on_commit: OnCommit, on_reset: OnReset) -> None:
        """Connect; where Redis cannot be used now, it is tried again in the background.

        That it is too old or a cluster is no error here: what is logged and what each call raises
        has the reason.
        """
        self._follower = CommitFollower(on_commit, on_reset, self.read)
        await self._reads.start()
        await self._main.start()
        self._checking = asyncio.create_task(self._check_forever(), name="redis checks")

    async def close(self) -> None:
        """Finish what was appended, then close the connections. Safe to call twice."""
        if self._appending:
            await asyncio.wait(tuple(self._appending))
        if self._checking is not None:
            self._checking.cancel()
            await asyncio.wait([self._checking])
            for name in self._follower.names:
                self._follower.end(name)
        with contextlib.suppress(StoreError):
            await self.shared.leave()
        await self._main.close()
        await self._reads.close()

    # Connecting.

    async def _read_settings(self, wire: Wire) -> None:
        await self.shared.read_settings(wire)

    async def _set_up(self, wire: Wire) -> None:
        await wire.command("SUBSCRIBE", f"{self._prefix}:to:{self.server_id}")
        # Before the first append: it would grow the log beyond what Redis has lost of it.
        await asyncio.gather(*(self._check(wire, name) for name in self._follower.names))

    async def _check(self, connection: Wire | RedisConnection, name: str) -> None:
        known = self._follower.known(name)
        reply = await connection.command(*self._follow_command(name, known))
        self._follower.compare(name, bounds_of(reply))

    async def _check_forever(self) -> None:
        while True:
            await asyncio.sleep(CHECK_S)
            for name in self._follower.names:
                with contextlib.suppress(StoreError):  # at the next connect
                    await self._check(self._main, name)

    def _pushed(self, message: bytes) -> None:
        try:
            name, announcement = _read_push(message)
        except ValueError:
            # By another program; what a push of a server contained is found by a comparison.
            _log.warning("realtime-widgets: a push of Redis cannot be read: %r", message[:100])
            return
        if announcement is None:
            self._follower.reset(name)
        else:
            self._follower.announce(name, announcement)

    # Appending.

    def append(self, new: NewBatch) -> asyncio.Future[Appended]:
        """Store events; the reply comes before the pushes of what is stored after them."""
        future: asyncio.Future[Appended] = asyncio.get_running_loop().create_future()
        self._appending.add(future)
        future.add_done_callback(self._appending.discard)
        self._main.call(
            lambda reply: self._appended(new, future, reply),
            *evalsha(
                "append",
                [
                    *self._keys(new.channel, "meta", "log", "pub", "who"),
                    *self._common(),
                    *self._keys(new.channel, "access"),
                ],
                new.channel,
                new.publisher_id or "",
                new.publisher_seq,
                new.start_publisher_seq,
                len(new.events),
                new.batch_id,
                new.timestamp,
                to_json(new.user),
                random_id(EPOCH_BITS),
                self._retention.events,
                self._retention.size_bytes,
                self.server_id,
                self._prefix,
                new.raw,
            ),
        )
        return future

    def _appended(self, new: NewBatch, future: asyncio.Future[Appended], reply: Any) -> None:
        outcome = self._outcome(new, reply)
        if future.done():
            return
        if isinstance(outcome, Exception):
            future.set_exception(outcome)
        else:
            self._replicas.set_result(future, outcome)

    def _outcome(self, new: NewBatch, reply: Any) -> Appended | Exception:
        error = error_of(reply)
        if error is not None:
            self._main.refused(error)
            return error
        kind = reply[0]
        if kind == b"case":
            return IdCaseError(new.channel, reply[1].decode())
        if kind == b"hole":
            return HoleError(int(reply[1]))
        epoch, seq, up_to = reply[1].decode(), int(reply[2]), int(reply[3])
        if kind == b"known":
            return Appended(epoch, seq, up_to, duplicate=True)
        kept, first, skip, is_trimmed = (int(number) for number in reply[4:8])
        events, raw = new.events[skip:], skip_events(new.raw, skip) if skip else new.raw
        batch = StoredBatch(first, len(events), new.batch_id, new.timestamp, new.user, raw)
        bounds = Bounds(epoch=epoch, first=kept, head=batch.last, batch_id=batch.batch_id)
        if is_trimmed:
            self._reads.call(lambda _: None, *self._blobs_command(new.channel))
        try:
            self._follower.announce(new.channel, Announcement(bounds, batch, events))
        except Exception as failure:  # noqa: BLE001 - as in other stores, it is the caller's
            return failure
        return Appended(epoch, seq, up_to)

    # Following.

    async def follow(self, channel: str) -> Bounds:
        """Have the batches of other servers pushed to this one."""
        following: asyncio.Future[Bounds] = asyncio.get_running_loop().create_future()

        def on_reply(reply: Any) -> None:
            error = error_of(reply)
            bounds = Bounds() if error else bounds_of(reply)
            if error is None:
                # Here, before the next push is read.
                self._follower.begin(channel, bounds)
            if following.done():
                return
            if error is None:
                following.set_result(bounds)
            else:
                following.set_exception(error)

        self._main.call(on_reply, *self._follow_command(channel, Bounds()))
        return await following

    def _follow_command(self, name: str, known: Bounds) -> list[Any]:
        return evalsha(
            "follow",
            self._keys(name, "meta", "log", "who"),
            name,
            self.server_id,
            self._prefix,
            random_id(EPOCH_BITS),
            known.epoch or "",
            known.head,
            known.batch_id or "",
        )

    def unfollow(self, channel: str) -> None:
        """Have the batches of other servers pushed no more."""
        self._follower.end(channel)
        [followers] = self._keys(channel, "who")
        self._main.call(lambda _: None, "SREM", followers, self.server_id)

    # Reading.

    async def look(
        self, channel: str, seq: int | None = None, publisher_id: str | None = None
    ) -> Look:
        """Return what a client that connects has to know, once it has been announced."""
        # What it has of the publisher is an ack, in `welcome`.
        is_ack = self._replicas.count > 0 and publisher_id is not None
        look = await self._look(self._main, channel, seq, publisher_id, is_ack=is_ack)
        if is_ack:
            replicated: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._replicas.set_result(replicated, None)
            await replicated
        if self._follower.known(channel).epoch == look.bounds.epoch:
            await self._follower.until_announced(channel, look.bounds.head)
        return look

    # Saved states, trimming, removing.

    async def save_state(self, channel: str, saved: SavedState) -> None:
        """Replace the saved state, unless another server has saved a newer one."""
        keys = self._keys(channel, "meta", "state")
        await self._main.command(*evalsha("save", keys, channel, saved.seq, saved.data))

    async def put_blob(self, channel: str, sha256: str, blob: Blob) -> bool:
        """Store a blob, while Redis has memory for events beyond it."""
        if await self.missing_bytes():
            raise StoreFullError("Redis has no memory left for new blobs")
        command = self._blobs_command(channel, sha256, blob.media_type, blob.data)
        # Not on the connection of appends, which it would delay.
        return bool(await self._reads.command(*command))

    def _blobs_command(self, channel: str, *blob: str | bytes) -> list[Any]:
        keys = [*self._keys(channel, "meta", "ends", "blobs"), f"{self._prefix}:bytes"]
        return evalsha("blobs", keys, channel, self._retention.blobs_bytes, BLOB_BYTES, *blob)

    async def trim(self, channel: str, first: int) -> None:
        """Remove whole batches before a seq."""
        keys = [*self._keys(channel, "meta", "log"), f"{self._prefix}:bytes"]
        await self._main.command(*evalsha("trim", keys, channel, first))
        await self._reads.command(*self._blobs_command(channel))

    async def remove(self, channel: str) -> None:
        """Remove a channel, on all servers."""
        keys = self._keys(channel, "meta", "log", "pub", "who", "state", "ends", "blobs", "access")
        index, size, _, changes = self._common()
        keys += [index, size, changes]
        await self._main.command(*evalsha("remove", keys, channel, self.server_id, self._prefix))

    async def recreate(self) -> str:
        """Do nothing: no call fails with `StoreDamagedError`."""
        return "nothing was done"


def _read_push(message: bytes) -> tuple[str, Announcement | None]:
    """Return the name of a run and what was committed of it; None where its log was replaced.

    Raises:
        ValueError: It is no push of a server.
    """
    head, _, raw = message.partition(b"\n")
    words = head.decode().split(" ", 8)
    if words[0] == "R":
        [_, name] = words
        return name, None
    kind, name, epoch, kept, first, count, batch_id, timestamp, user = words
    if kind != "B":
        raise ValueError(kind)
    batch = StoredBatch(int(first), int(count), batch_id, timestamp, from_json(user), raw)
    bounds = Bounds(epoch=epoch, first=int(kept), head=batch.last, batch_id=batch_id)
    return name, Announcement(bounds, batch)
