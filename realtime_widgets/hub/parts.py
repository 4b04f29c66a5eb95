"""The parts of a hub, and how they are put together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from realtime_widgets.hub.appender import MAX_PENDING_BYTES, Appender
from realtime_widgets.hub.channels import Channels
from realtime_widgets.hub.health import StorageHealth
from realtime_widgets.hub.heartbeat import Heartbeat
from realtime_widgets.hub.index import RunIndex
from realtime_widgets.hub.index_messages import IndexMessages
from realtime_widgets.hub.interrupts import Interrupts
from realtime_widgets.hub.liveness import Liveness
from realtime_widgets.hub.maintenance import RETENTION_S, SAVE_S, TICK_S, Maintenance
from realtime_widgets.hub.recovery import Recovery
from realtime_widgets.hub.registry import Registry
from realtime_widgets.hub.retention import RetentionJob
from realtime_widgets.hub.server_events import ServerEvents
from realtime_widgets.hub.shared_watchers import SharedWatchers
from realtime_widgets.hub.similar import SimilarNames
from realtime_widgets.hub.tail import FRAME_CACHE_BYTES, TAIL_BYTES

if TYPE_CHECKING:
    from collections.abc import Callable

    from realtime_widgets.hub.clock import Clock
    from realtime_widgets.hub.retention import RetentionPolicy
    from realtime_widgets.hub.stores.base import Store
    from realtime_widgets.protocol.limits import Limits
    from realtime_widgets.protocol.run_state import RunState

__all__ = ["HubParts", "Tuning", "connect_parts", "new_heartbeat", "schedule"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tuning:
    """Sizes and intervals that no user sets; tests do. The constants document each."""

    tick_s: float = TICK_S
    save_s: float = SAVE_S
    retention_s: float = RETENTION_S
    max_pending_bytes: int = MAX_PENDING_BYTES
    tail_bytes: int = TAIL_BYTES
    frame_cache_bytes: int = FRAME_CACHE_BYTES


@dataclass(frozen=True, slots=True, kw_only=True)
class HubParts:
    """The parts of a hub."""

    store: Store
    limits: Limits
    clock: Clock
    registry: Registry
    channels: Channels
    appender: Appender
    health: StorageHealth
    server_events: ServerEvents
    liveness: Liveness
    similar: SimilarNames
    index: RunIndex
    index_messages: IndexMessages
    kept_in_memory_because: str | None


def connect_parts(  # noqa: PLR0913 - two of them by name
    store: Store,
    limits: Limits,
    clock: Clock,
    tuning: Tuning,
    *,
    kept_in_memory_because: str | None,
    on_status: Callable[[RunState], None],
) -> HubParts:
    """Make the parts of a hub, each with the parts that it uses."""
    registry = Registry()
    health = StorageHealth(registry, clock)
    index = RunIndex()
    channels = Channels(
        store,
        health,
        registry,
        limits,
        clock,
        index,
        on_status=on_status,
        tail_bytes=tuning.tail_bytes,
        frame_cache_bytes=tuning.frame_cache_bytes,
    )
    appender = Appender(store, health, limits, clock, max_pending_bytes=tuning.max_pending_bytes)
    server_events = ServerEvents(registry, channels, appender, limits)
    appender.on_interrupt = Interrupts(channels, server_events).stored
    return HubParts(
        store=store,
        limits=limits,
        clock=clock,
        registry=registry,
        channels=channels,
        appender=appender,
        health=health,
        server_events=server_events,
        liveness=Liveness(registry, channels, server_events, health, clock),
        similar=SimilarNames(store, clock),
        index=index,
        index_messages=IndexMessages(index, channels, size_bytes=limits.batch_bytes, clock=clock),
        kept_in_memory_because=kept_in_memory_because,
    )


def new_heartbeat(parts: HubParts) -> Heartbeat | None:
    """Return the heartbeat of this server in a shared store; None for another store."""
    shared = parts.store.shared
    if shared is None:
        return None
    return Heartbeat(
        shared,
        parts.channels,
        parts.health,
        parts.index,
        parts.limits.lease_s,
        parts.clock,
    )


def schedule(
    parts: HubParts, policy: RetentionPolicy, tuning: Tuning, heartbeat: Heartbeat | None
) -> Maintenance:
    """Make what runs in the background."""
    store, health, channels = parts.store, parts.health, parts.channels
    return Maintenance(
        parts.liveness,
        channels,
        RetentionJob(policy, store, channels, parts.clock),
        Recovery(store, health, parts.registry, channels, parts.server_events),
        health,
        parts.clock,
        heartbeat=heartbeat,
        watchers=None if store.shared is None else SharedWatchers(store.shared, channels),
        tick_s=tuning.tick_s,
        save_s=tuning.save_s,
        retention_s=tuning.retention_s,
    )
