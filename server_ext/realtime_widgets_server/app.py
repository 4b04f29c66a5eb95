"""The extension: its settings, its routes, and the life of its hub."""

from __future__ import annotations

import asyncio
import gc
import secrets
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from jupyter_core.paths import jupyter_data_dir
from jupyter_server.extension.application import ExtensionApp
from traitlets import Bool, Enum, Float, Int, Unicode, default

from realtime_widgets.errors import StoreError, StoreInUseError
from realtime_widgets.hub import Hub, MemoryStore, Retention, RetentionPolicy, SQLiteStore
from realtime_widgets.hub.stores.memory import MEMORY_RETENTION
from realtime_widgets.hub.stores.siblings import candidates, claim
from realtime_widgets.hub.stores.sqlite.store import RESERVE_BYTES
from realtime_widgets.protocol.codes import CloseCode
from realtime_widgets.protocol.limits import Limits
from realtime_widgets_server.admission import Admission
from realtime_widgets_server.api import (
    PAGES_AT_ONCE,
    Health,
    Sprint,
    SprintEvents,
    Sprints,
    SprintTicket,
)
from realtime_widgets_server.kernel_ends import KernelEnds
from realtime_widgets_server.kernel_environment import give_each_kernel_its_token, tell_kernels
from realtime_widgets_server.notebooks import Notebooks
from realtime_widgets_server.pages import PageAsset, RunPage, RunsPage, WithoutSlash
from realtime_widgets_server.publish_tokens import PublishTokens
from realtime_widgets_server.socket import SprintSocket
from realtime_widgets_server.tickets import Tickets

if TYPE_CHECKING:
    from jupyter_server.serverapp import ServerApp

    from realtime_widgets.hub import Store

__all__ = ["RealtimeWidgets"]

ACTIVE_EVERY_S = 30.0
"""How often the server is told that a run goes on; what stops idle servers counts in minutes."""

RECHECK_S = 30.0
"""How long an identity provider may take for one user; a Hub is asked over the network."""

_LIMITS = Limits()
_RETENTION = Retention()
_KEEP = RetentionPolicy()
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
        help="The SQLite file, which is made readable by its user only; no symbolic link. Default: "
        "`realtime-widgets/sprints.db` in Jupyter's data folder, which no contents manager serves. "
        "Where another server uses it, `sprints-2.db` and so on beside it."
    ).tag(config=True)
    durability = Enum(
        ["full", "normal"],
        "full",
        help="`full`: what was acknowledged survives power loss. `normal`: faster on slow disks, "
        "and survives the death of the server, but may lose the last moments at power loss.",
    ).tag(config=True)
    publish_token = Unicode(
        help="The secret from which each kernel, and what terminals start, gets a token of its own "
        "to read and publish, and nothing else; it is such a token itself. Default: a new random "
        "one at each start. Set it for scripts that outlive the server; empty: kernels need a "
        "login of the server's."
    ).tag(config=True)
    history_events = Int(
        _RETENTION.events,
        min=1,
        help="Most events that are kept of one run; beyond it the oldest are forgotten.",
    ).tag(config=True)
    history_bytes = Int(
        _RETENTION.size_bytes,
        min=1_024,
        help="Most bytes of events that are kept of one run, as JSON.",
    ).tag(config=True)
    history_days = Float(
        _KEEP.days, min=0.0, help="Days after its last event for which a run is kept."
    ).tag(config=True)
    store_bytes = Int(
        _KEEP.size_bytes,
        min=1_024,
        help="Size of all runs together; beyond it the runs are forgotten that were published to "
        "longest ago.",
    ).tag(config=True)
    disk_reserve_bytes = Int(
        RESERVE_BYTES,
        min=0,
        help="Free space on the disk below which nothing new is stored, so that old runs can "
        "still be read and forgotten. Publishers keep their events until there is room.",
    ).tag(config=True)
    max_connections = Int(
        1_000,
        min=1,
        help="Most WebSocket connections of this extension, and in any case no more than 60 % of "
        "the files that the server may open. A quarter is kept for pages, and not for kernels and "
        "scripts. More are refused with HTTP 503.",
    ).tag(config=True)
    max_connections_per_user = Int(
        200,
        min=1,
        help="Most connections of one user, and of all together that come with the server's token "
        "and no cookie; kernels are not counted. More are refused with HTTP 503.",
    ).tag(config=True)
    max_connections_per_sprint = Int(
        1_000,
        min=1,
        help="Most connections of one sprint, a quarter of them kept for pages. More are refused "
        "with HTTP 503.",
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
    lease_s = Float(
        _LIMITS.lease_s,
        min=0.1,
        help="Seconds without a word from any publisher of a running run after which it is `lost` "
        "(protocol 6.4). Above `ping_s` by the time that an answer may take.",
    ).tag(config=True)
    events_per_second = Float(
        _LIMITS.events_per_second,
        min=0.0,
        help="Most events from one connection, on average; the publisher keeps the rest back. "
        "0: no cap, as acknowledgements hold a flood back.",
    ).tag(config=True)
    recheck_s = Float(
        300.0,
        min=0.1,
        help="Seconds after which it is checked again whether a connection's user is still logged "
        "in and allowed.",
    ).tag(config=True)
    freeze_startup = Bool(
        True,  # noqa: FBT003 - traitlets takes the default first
        help="Whether what the server has loaded when it starts is left out of garbage collection. "
        "It is not garbage, and to look through it again and again stops the server for a tenth of "
        "a second each time, most often when many connect at once.",
    ).tag(config=True)
    runs_are_activity = Bool(
        True,  # noqa: FBT003 - traitlets takes the default first
        help="Whether a run that somebody publishes counts as activity of the server, so that "
        "what stops idle servers (JupyterHub's culler, `shutdown_no_activity_timeout`) lets it be.",
    ).tag(config=True)
    runs_are_activity_h = Float(
        24.0, min=0.0, help="Hours after its start for which a run counts as activity."
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
        self.pages = asyncio.Semaphore(PAGES_AT_ONCE)
        """Held by each page of an answer that is in memory."""
        self.sockets: set[SprintSocket] = set()
        self.admission = Admission(
            most=self.max_connections,
            most_per_user=self.max_connections_per_user,
            most_per_sprint=self.max_connections_per_sprint,
        )
        self.publish_tokens = PublishTokens(self.publish_token)
        # It is replaced by one with a file when the server has started.
        self.hub = self._new_hub(self._memory_store())
        self._tasks: list[asyncio.Task[None]] = []
        self._starting: asyncio.Task[None] | None = None
        assert self.serverapp is not None, "it was started by one"  # noqa: S101 - narrows the type
        tell_kernels(self.serverapp, self.publish_tokens, is_bound=False)
        give_each_kernel_its_token(self.serverapp.kernel_manager, self.publish_tokens)
        self.kernel_ends = KernelEnds(self.serverapp.kernel_manager)
        self.notebooks = Notebooks(self.serverapp.session_manager, self.serverapp.contents_manager)

    def initialize_handlers(self) -> None:
        """Register the routes; every handler gets the extension."""
        mine = {"extension": self}
        routes = [
            ("realtime", WithoutSlash),
            ("realtime/", RunsPage),
            (f"realtime/sprints/{_ID}", RunPage),
            (f"realtime/ws/sprints/{_ID}", SprintSocket),
            ("realtime/api/health", Health),
            ("realtime/api/sprints", Sprints),
            (f"realtime/api/sprints/{_ID}", Sprint),
            (f"realtime/api/sprints/{_ID}/events", SprintEvents),
            (f"realtime/api/sprints/{_ID}/ticket", SprintTicket),
        ]
        self.handlers.extend((f"/{path}", handler, mine) for path, handler in routes)
        self.handlers.append(("/realtime/static/([^/]+)", PageAsset))

    async def _start_jupyter_server_extension(self, serverapp: ServerApp) -> None:
        tell_kernels(serverapp, self.publish_tokens, is_bound=True)
        await self.started()
        if self.freeze_startup:
            gc.freeze()

    async def started(self) -> None:
        """Wait until the hub is ready; the first call starts it."""
        if self._starting is None:
            self._starting = asyncio.create_task(self._start_hub(), name="start realtime-widgets")
        await asyncio.shield(self._starting)

    async def _start_hub(self) -> None:
        try:
            await self._start_with_store()
        except StoreError as error:
            self.log.warning(
                "realtime-widgets: %s. Runs of this server are kept in memory only.", error
            )
            await self._start_in_memory(error.reason)
        self._tasks = [
            asyncio.create_task(self._recheck_for_ever(), name="realtime-widgets rights"),
            asyncio.create_task(self._be_active_for_ever(), name="realtime-widgets activity"),
        ]

    async def _start_with_store(self) -> None:
        """Start the hub with the first file that no other server uses.

        Raises:
            StoreError: It cannot be used, or others use all of them.
        """
        if self.store == "memory":
            await self._start_in_memory("the setting `RealtimeWidgets.store` is `memory`")
            return
        assert self.serverapp is not None, "it was started by one"  # noqa: S101 - narrows the type
        first, root = Path(self.store_path), self.serverapp.root_dir
        in_use: StoreInUseError | None = None
        for path in candidates(first, root):
            self.hub = self._new_hub(self._sqlite_store(path))
            try:
                await self.hub.start()
            except StoreInUseError as error:
                in_use = in_use or error
                continue
            claim(path, root)
            if path != first:
                self.log.info(
                    "realtime-widgets: runs of this server are kept in %s: another server used %s "
                    "when this one first started. It is found again by the folder that is served.",
                    path,
                    first.name,
                )
            return
        assert in_use is not None, "the first file is always tried"  # noqa: S101 - narrows the type
        raise in_use

    async def _start_in_memory(self, because: str) -> None:
        self.hub = self._new_hub(self._memory_store(), kept_in_memory_because=because)
        await self.hub.start()

    async def stop_extension(self) -> None:
        """Close all connections as going away and write down what is left."""
        if self._starting is not None:
            await self._starting
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
            await self.hub.stop()

    def opened(self, socket: SprintSocket) -> None:
        """Count a connection."""
        self.sockets.add(socket)
        self.admission.opened(socket.sprint_id, socket.counted_for)

    def closed(self, socket: SprintSocket) -> None:
        """Count a connection no more. Safe for one that was not counted."""
        if socket in self.sockets:
            self.sockets.discard(socket)
            self.admission.closed(socket.sprint_id, socket.counted_for)

    async def _recheck_for_ever(self) -> None:
        while True:
            await asyncio.sleep(self.recheck_s)
            for socket in tuple(self.sockets):
                try:
                    async with asyncio.timeout(RECHECK_S):
                        await socket.recheck()
                except Exception:
                    # One request that cannot be checked must not spare the others.
                    self.log.exception("realtime-widgets: the rights of a connection are unknown")
                    socket.close_for(CloseCode.TRY_LATER)

    async def _be_active_for_ever(self) -> None:
        assert self.serverapp is not None, "it was started by one"  # noqa: S101 - narrows the type
        settings = self.serverapp.web_app.settings
        while self.runs_are_activity:
            await asyncio.sleep(ACTIVE_EVERY_S)
            if self.hub.has_held_run(self.runs_are_activity_h * 3600):
                settings["realtime_widgets_last_activity"] = datetime.now(UTC)

    def _new_hub(self, store: Store, *, kept_in_memory_because: str | None = None) -> Hub:
        return Hub(
            store,
            limits=self._limits(),
            retention=RetentionPolicy(days=self.history_days, size_bytes=self.store_bytes),
            kept_in_memory_because=kept_in_memory_because,
        )

    def _sqlite_store(self, path: Path) -> Store:
        durability: Literal["full", "normal"] = "normal" if self.durability == "normal" else "full"
        return SQLiteStore(
            path,
            durability=durability,
            retention=Retention(events=self.history_events, size_bytes=self.history_bytes),
            reserve_bytes=self.disk_reserve_bytes,
        )

    def _memory_store(self) -> Store:
        size_bytes = min(self.history_bytes, MEMORY_RETENTION.size_bytes)
        return MemoryStore(retention=Retention(events=self.history_events, size_bytes=size_bytes))

    def _limits(self) -> Limits:
        limits = Limits(**{name: getattr(self, name) for name in Limits.__dataclass_fields__})
        if limits.lease_s > limits.ping_s:
            return limits
        # A quiet publisher is heard when it answers a ping, and not before.
        lease_s = limits.ping_s + limits.pong_s
        self.log.warning(
            "realtime-widgets: lease_s is %g, and has to be above ping_s (%g); %g is used instead",
            limits.lease_s,
            limits.ping_s,
            lease_s,
        )
        return replace(limits, lease_s=lease_s)
