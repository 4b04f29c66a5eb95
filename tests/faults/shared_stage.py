"""One run at two real Jupyter servers that share a Redis, with publishers and viewers at both."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import cycle
from typing import TYPE_CHECKING, Any

from .clients import Address
from .harness import Stage
from .server import Server

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from websockets.asyncio.client import connect

    from .case import Case
    from .clients import RawWatcher

HOPPING = ("hopping1", "hopping2")


class HoppingAddress(Address):
    """The same run at several servers: each connection goes to the next one."""

    def __init__(self, addresses: list[Address]) -> None:
        first = addresses[0]
        super().__init__(first.port, first.token, first.sprint_id)
        self._ports = cycle(address.port for address in addresses)

    def connect(self, open_timeout: float = 0) -> connect:
        self.port = next(self._ports)
        return super().connect(open_timeout)


@dataclass
class SharedStage(Stage):
    """A stage on two servers.

    Args:
        other: The second server; it has the token of the first one.
    """

    other: Server = field(kw_only=True)

    @property
    def addresses(self) -> list[Address]:
        return [
            Address(server.port, server.token, self.sprint_id)
            for server in (self.server, self.other)
        ]

    async def load(self, **load: Any) -> None:
        """Start two publishers at the first server and one at the other, and six viewers.

        Two of these stay at their server, two go from one to the other every second, one has no
        id of a batch, and one comes late.
        """
        one, other = self.addresses
        for name, address in (("p1", one), ("p2", other), ("p3", one)):
            self.publish(name, address=address, **load)
        self.watch("staying1", address=one)
        self.watch("staying2", address=other)
        for name in HOPPING:
            watcher = self.watch(name, address=HoppingAddress(self.addresses))
            self._tasks.append(asyncio.create_task(self._hop(watcher)))
        self.watch("forgetful", address=other).is_mindful = False
        await self.flows()
        self.watch("late", address=other)

    async def _hop(self, watcher: RawWatcher) -> None:
        while True:
            await asyncio.sleep(self.rng.uniform(0.2, 1.0))
            await watcher.reconnect()


@asynccontextmanager
async def shared_stage(
    case: Case,
    url: str,
    *,
    load: Mapping[str, Any] | None = None,
    environment: Mapping[str, str] | None = None,
    **settings: object,
) -> AsyncIterator[SharedStage]:
    """Start two servers on a Redis, and the load.

    Args:
        case: The round.
        url: Of Redis.
        load: Of each publisher; see `processes/publish.py`.
        environment: Further variables of the second server.
        settings: Of both servers.
    """
    settings = {"store": "redis", "redis_url": url, **case.settings, **settings}
    one = Server(case.folder / "one", settings=settings)
    other = Server(case.folder / "two", settings=settings, environment=environment)
    other.token = one.token
    async with (
        one,
        other,
        SharedStage(one, case.rng, case.folder, patience=case.patience, other=other) as stage,
    ):
        await stage.load(**(load or {}))
        yield stage
