"""The hub inside this process as a target."""

from __future__ import annotations

import os
import sys
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from realtime_widgets.client.runtime import fork_lock, runtime
from realtime_widgets.client.target import READ_S, LogHead
from realtime_widgets.client.warm_up import warm_up

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from contextlib import AbstractContextManager

    from realtime_widgets.client.embedded import EmbeddedHub
    from realtime_widgets.client.large_value import LargeValue
    from realtime_widgets.client.link import Link
    from realtime_widgets.protocol.search.query import SearchQuery

__all__ = ["InProcess"]

_T = TypeVar("_T")


@dataclass(frozen=True)
class InProcess:
    """The hub inside this process: its runs are seen here only, and end with the process.

    Attributes:
        was_found: Whether it is used because no server was found, and not by `server="embedded"`.
    """

    was_found: bool = field(default=False, repr=False, compare=False)
    name = "the hub in this process"
    is_server = False

    def prepare(self) -> None:
        with fork_lock:
            import realtime_widgets.client.embedded  # noqa: F401 - to have it loaded

            warm_up()

    async def connect(self, sprint_id: str) -> Link:
        from realtime_widgets.client.embedded import embedded_hub

        return await embedded_hub().connect(sprint_id)

    async def put_blob(self, sprint_id: str, value: LargeValue) -> None:
        from realtime_widgets.client.embedded import embedded_hub

        await embedded_hub().put_blob(sprint_id, value.sha256, value.media_type, value.data)

    def on_one_connection(self) -> AbstractContextManager[InProcess]:
        return nullcontext(self)

    def runs(self, *, timeout: float = READ_S) -> list[dict[str, Any]]:
        return _ask(lambda hub: hub.sprints(), timeout)

    def run(self, sprint_id: str, *, timeout: float = READ_S) -> dict[str, Any] | None:
        return _ask(lambda hub: hub.sprint(sprint_id), timeout)

    def page(  # noqa: PLR0913 - most of them by name
        self,
        sprint_id: str,
        *,
        limit: int,
        after: int = 0,
        before: int | None = None,
        query: SearchQuery | None = None,
        timeout: float = READ_S,
    ) -> dict[str, Any]:
        def read(hub: EmbeddedHub) -> Awaitable[dict[str, Any]]:
            return hub.page(sprint_id, limit=limit, after=after, before=before, query=query)

        return _ask(read, timeout)

    async def reply(self, sprint_id: str, event: dict[str, Any]) -> int:
        """Store a reply to a run, in the loop of the runtime, and return its seq.

        Raises:
            InvalidEventError: It breaks a rule of protocol 13, or another answer was first.
            StoreError: It was not stored.
        """
        from realtime_widgets.client.embedded import embedded_hub

        return await embedded_hub().reply(sprint_id, event)

    def series(
        self, sprint_id: str, attempt: int | None = None, *, timeout: float = READ_S
    ) -> dict[str, Any] | None:
        return _ask(lambda hub: hub.series(sprint_id, attempt), timeout)

    def blob(self, sprint_id: str, sha256: str, *, timeout: float = READ_S) -> bytes | None:
        return _ask(lambda hub: hub.blob(sprint_id, sha256), timeout)

    def log_head(self, sprint_id: str, *, timeout: float = READ_S) -> LogHead:
        return LogHead.of(_ask(lambda hub: hub.position(sprint_id), timeout))


def _ask(call: Callable[[EmbeddedHub], Awaitable[_T]], timeout: float) -> _T:
    """Return what the hub returns, from the loop of the runtime."""

    async def asked() -> _T:
        from realtime_widgets.client.embedded import embedded_hub

        return await call(embedded_hub())

    return runtime().run(asked(), timeout)


def _forget_hub_of_parent() -> None:
    embedded = sys.modules.get("realtime_widgets.client.embedded")
    if embedded is not None:
        embedded.embedded_hub.cache_clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_hub_of_parent)
