"""The order in which batches of followed runs are announced, whichever server has committed them.

Replies and pushes come in Redis' own order, so a batch nearly always follows the one before. Where
it does not, a push was lost, and the batches between are read first.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from realtime_widgets.errors import StoreError
from realtime_widgets.protocol.position import Bounds
from realtime_widgets.protocol.state_events import reduced_to_state
from realtime_widgets.protocol.stored_events import read_stored

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from realtime_widgets.hub.stores.base import OnCommit, OnReset, StoredBatch
    from realtime_widgets.protocol.events import Event

__all__ = ["Announcement", "CommitFollower"]

_log = logging.getLogger(__name__)

CATCH_UP_BYTES = 1024 * 1024
"""How much one read takes of what was not pushed."""


class Announcement(NamedTuple):
    """A batch that was committed."""

    bounds: Bounds
    batch: StoredBatch
    events: Sequence[Event] | None = None
    """What the state of a run depends on; None where it has to be parsed."""


@dataclass(slots=True)
class _Run:
    bounds: Bounds
    """What was announced."""
    waiting: list[Announcement] = field(default_factory=list)
    """What came while batches before it were read."""
    catching_up: asyncio.Task[None] | None = None


class CommitFollower:
    """The runs that a server follows.

    Args:
        on_commit: See `Store.open`.
        on_reset: See `Store.open`.
        read: Reads batches of a run after a seq, as `Store.read` does.
    """

    def __init__(
        self,
        on_commit: OnCommit,
        on_reset: OnReset,
        read: Callable[[str, int, int], Awaitable[list[StoredBatch]]],
    ) -> None:
        self._on_commit = on_commit
        self._on_reset = on_reset
        self._read = read
        self._runs: dict[str, _Run] = {}

    @property
    def names(self) -> list[str]:
        """The runs that are followed."""
        return list(self._runs)

    def known(self, name: str) -> Bounds:
        """Return what was announced of a run."""
        run = self._runs.get(name)
        return run.bounds if run is not None else Bounds()

    def begin(self, name: str, bounds: Bounds) -> None:
        """Follow a run from here on."""
        self._runs[name] = _Run(bounds)

    def end(self, name: str) -> bool:
        """Follow a run no more; return whether it was followed."""
        run = self._runs.pop(name, None)
        if run is not None and run.catching_up is not None:
            run.catching_up.cancel()
        return run is not None

    def reset(self, name: str) -> None:
        """Note that the log of a run was replaced or removed."""
        if self.end(name):
            self._on_reset(name)

    def announce(self, name: str, committed: Announcement) -> None:
        """Announce a batch after those before it."""
        run = self._runs.get(name)
        if run is None:
            if committed.events is not None:  # this server's own
                self._on_commit(name, committed.bounds, committed.batch, committed.events)
            return
        if run.catching_up is not None:
            run.waiting.append(committed)
            return
        head, batch = run.bounds.head, committed.batch
        if run.bounds.epoch not in {None, committed.bounds.epoch}:
            self.reset(name)
        elif batch.first == head + 1:
            self._pass_on(name, run, committed)
        elif batch.first > head + 1:
            run.waiting.append(committed)
            self._catch_up(name, run, committed.bounds)

    def _pass_on(self, name: str, run: _Run, committed: Announcement) -> None:
        bounds, batch, events = committed
        run.bounds = bounds
        if events is None:
            events = reduced_to_state(read_stored(batch.raw))
        self._on_commit(name, bounds, batch, events)

    def compare(self, name: str, bounds: Bounds) -> None:
        """Read what was not pushed, or reset, after a comparison with the log in Redis."""
        run = self._runs.get(name)
        if run is None or run.catching_up is not None:
            return
        if run.bounds.epoch is not None and run.bounds.epoch != bounds.epoch:
            self.reset(name)
        elif bounds.head > run.bounds.head:
            self._catch_up(name, run, bounds)

    async def until_announced(self, name: str, head: int) -> None:
        """Wait until a run that is followed has been announced up to a seq."""
        while (run := self._runs.get(name)) is not None and run.bounds.head < head:
            if run.catching_up is None:
                self._catch_up(name, run, run.bounds.model_copy(update={"head": head}))
            assert run.catching_up is not None, "it was begun"  # noqa: S101 - narrows the type
            await asyncio.wait([run.catching_up])

    def _catch_up(self, name: str, run: _Run, bounds: Bounds) -> None:
        run.catching_up = asyncio.create_task(
            self._read_up_to(name, run, bounds), name=f"catch up {name}"
        )

    async def _read_up_to(self, name: str, run: _Run, bounds: Bounds) -> None:
        try:
            while run.bounds.head < bounds.head:
                batches = await self._read(name, run.bounds.head, CATCH_UP_BYTES)
                for batch in batches:
                    so_far = bounds.model_copy(
                        update={"head": batch.last, "batch_id": batch.batch_id}
                    )
                    self._pass_on(name, run, Announcement(so_far, batch))
                if not batches:
                    self.reset(name)
                    return
        except StoreError as error:
            _log.info("cannot read what another server stored of %r: %s", name, error)
            self.reset(name)
        except Exception:  # noqa: BLE001 - it is logged, and the clients reconnect
            _log.exception("cannot show what another server stored of %r", name)
            self.reset(name)
        else:
            run.catching_up = None
            waiting, run.waiting = run.waiting, []
            for committed in waiting:
                self.announce(name, committed)
