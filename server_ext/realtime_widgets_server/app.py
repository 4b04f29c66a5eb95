"""The extension: its settings, its routes, and the life of its hub."""

from __future__ import annotations

import asyncio
import os
import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from jupyter_core.paths import jupyter_data_dir
from jupyter_server.extension.application import ExtensionApp
from traitlets import Enum, Float, Int, Unicode, default

from realtime_widgets.errors import StoreError
from realtime_widgets.hub import Hub, MemoryStore, SQLiteStore
from realtime_widgets.protocol.limits import Limits
from realtime_widgets_server.api import Health, Sprint, SprintEvents, Sprints, SprintTicket
from realtime_widgets_server.socket import SprintSocket
from realtime_widgets_server.tickets import Tickets

if TYPE_CHECKING:
    from jupyter_server.serverapp import ServerApp

    from realtime_widgets.hub import Store

__all__ = ["RealtimeWidgets"]

_LIMITS = Limits()
_ID = r"(?P<sprint_id>[^/]+)"


class RealtimeWidgets(ExtensionApp):
    """Hosts the sprint channels inside a Jupyter server."""

    name = "realtime_widgets_server"
    description = "Channels on which notebooks watch agent runs live."

    store = Enum(
        ["sqlite", "memory"],
        "sqlite",
        help="Where runs are kept: `sqlite`, in a file that outlives the server, or `memory`.",
    ).tag(config=True)
    store_path = Unicode(
        help="The SQLite file. Default: `realtime-widgets/sprints.db` in Jupyter's data folder, "
        "which no contents manager serves."
    ).tag(config=True)
    durability = Enum(
        ["full", "normal"],
        "full",
        help="`full`: what was acknowledged survives power loss. `normal`: faster on slow disks, "
        "and survives the death of the server, but may lose the last moments at power loss.",
    ).tag(config=True)
    publish_token = Unicode(
        help="The secret with which kernels of this server read and publish, and nothing else. "
        "Default: a new random one at each start. Set it for scripts that outlive the server; "
        "empty: kernels need a login of the server's."
    ).tag(config=True)
    max_connections = Int(
        1_000,
        min=1,
        help="Most WebSocket connections of this extension, so that a storm of them leaves file "
        "descriptors to the rest of the server. More are refused with HTTP 503.",
    ).tag(config=True)
    max_connections_per_sprint = Int(
        1_000, min=1, help="Most connections of one sprint. More are refused with HTTP 503."
    ).tag(config=True)
    message_bytes = Int(
        _LIMITS.message_bytes,
        min=1_024,
        help="Largest inbound WebSocket message, in bytes (protocol 7).",
    ).tag(config=True)
    event_bytes = Int(
        _LIMITS.event_bytes, min=1_024, help="Largest event as JSON, in bytes (protocol 4.1)."
    ).tag(config=True)
    batch_events = Int(
        _LIMITS.batch_events,
        min=1,
        help="Most events that a publisher joins in one message (protocol 6.1).",
    ).tag(config=True)
    batch_bytes = Int(
        _LIMITS.batch_bytes,
        min=1_024,
        help="Aim for the size of joined messages in both directions, in bytes (protocol 5.1).",
    ).tag(config=True)
    window = Int(
        _LIMITS.window,
        min=1,
        help="Most messages that a publisher may have unacknowledged (protocol 6.1).",
    ).tag(config=True)
    hello_s = Float(
        _LIMITS.hello_s, min=0.1, help="Seconds for the first message (protocol 3.2)."
    ).tag(config=True)
    ping_s = Float(
        _LIMITS.ping_s,
        min=0.1,
        help="Seconds of silence after which the client is asked whether it is there "
        "(protocol 7). Below the idle time-out of any proxy in front of the server.",
    ).tag(config=True)
    pong_s = Float(
        _LIMITS.pong_s,
        min=0.1,
        help="Further seconds of silence after which it is taken for dead (protocol 7).",
    ).tag(config=True)
    stalled_s = Float(
        _LIMITS.stalled_s,
        min=0.1,
        help="Seconds after which a viewer that takes nothing is cut; it resumes complete "
        "(protocol 5.5).",
    ).tag(config=True)
    errors_per_minute = Int(
        _LIMITS.errors_per_minute,
        min=1,
        help="Unusable messages within a minute that close a connection (protocol 7).",
    ).tag(config=True)

    @default("store_path")
    def _default_store_path(self) -> str:
        return str(Path(jupyter_data_dir()) / "realtime-widgets" / "sprints.db")

    @default("publish_token")
    def _default_publish_token(self) -> str:
        return secrets.token_urlsafe(32)

    def initialize_settings(self) -> None:
        """Make the hub, and tell kernels started from now on how to publish."""
        self.tickets = Tickets()
        self.hub = Hub(self._make_store(), limits=self._limits())
        self._starting: asyncio.Task[None] | None = None
        # Kernels inherit the server's environment. A server that was itself started from a
        # kernel or a terminal of another one has that one's values here; these replace them.
        os.environ["REALTIME_WIDGETS_TOKEN"] = self.publish_token
        os.environ.pop("REALTIME_WIDGETS_URL", None)

    def initialize_handlers(self) -> None:
        """Register the routes; every handler gets the extension."""
        mine = {"extension": self}
        routes = [
            (f"realtime/ws/sprints/{_ID}", SprintSocket),
            ("realtime/api/health", Health),
            ("realtime/api/sprints", Sprints),
            (f"realtime/api/sprints/{_ID}", Sprint),
            (f"realtime/api/sprints/{_ID}/events", SprintEvents),
            (f"realtime/api/sprints/{_ID}/ticket", SprintTicket),
        ]
        self.handlers.extend((f"/{path}", handler, mine) for path, handler in routes)

    async def _start_jupyter_server_extension(self, serverapp: ServerApp) -> None:
        # Only now is the port bound, which may be another than the one asked for.
        os.environ["REALTIME_WIDGETS_URL"] = serverapp.connection_url
        await self.started()

    async def started(self) -> None:
        """Wait until the hub is ready; the first call starts it."""
        if self._starting is None:
            self._starting = asyncio.create_task(self._start_hub(), name="start realtime-widgets")
        await asyncio.shield(self._starting)

    async def _start_hub(self) -> None:
        try:
            await self.hub.start()
        except StoreError as error:
            self.log.warning(
                "realtime-widgets: %s. Runs of this server are kept in memory only.", error
            )
            self.hub.store = MemoryStore()
            await self.hub.start()

    async def stop_extension(self) -> None:
        """Close all connections as going away and write down what is left."""
        if self._starting is not None:
            await self._starting
            await self.hub.stop()

    def is_full(self, sprint_id: str) -> bool:
        """Tell whether another connection to this sprint is one too many."""
        everyone = self.hub.connections.values()
        here = sum(1 for connection in everyone if connection.session.sprint_id == sprint_id)
        return len(everyone) >= self.max_connections or here >= self.max_connections_per_sprint

    def _make_store(self) -> Store:
        if self.store == "memory":
            return MemoryStore()
        durability: Literal["full", "normal"] = "normal" if self.durability == "normal" else "full"
        return SQLiteStore(Path(self.store_path), durability=durability)

    def _limits(self) -> Limits:
        return Limits(**{name: getattr(self, name) for name in Limits.__dataclass_fields__})
