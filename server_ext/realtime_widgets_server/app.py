"""The extension: its settings, its routes, and the life of its hub."""

from __future__ import annotations

import asyncio
import gc
import secrets
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from jupyter_core.paths import jupyter_data_dir
from jupyter_server.extension.application import ExtensionApp
from traitlets import Bool, Enum, Float, Int, Unicode, default

from realtime_widgets.hub import Retention, RetentionPolicy
from realtime_widgets.hub.stores.sqlite.store import RESERVE_BYTES
from realtime_widgets.protocol.limits import Limits
from realtime_widgets.service import Admission, Service, Storage
from realtime_widgets_server.api import Health, Sprint, SprintEvents, Sprints, SprintTicket
from realtime_widgets_server.context import Context
from realtime_widgets_server.kernel_ends import KernelEnds
from realtime_widgets_server.kernel_environment import give_each_kernel_its_token, tell_kernels
from realtime_widgets_server.notebooks import Notebooks
from realtime_widgets_server.open_sockets import OpenSockets
from realtime_widgets_server.pages import PageAsset, RunPage, RunsPage, WithoutSlash
from realtime_widgets_server.publish_tokens import PublishTokens
from realtime_widgets_server.socket import SprintSocket

if TYPE_CHECKING:
    from jupyter_server.serverapp import ServerApp

    from realtime_widgets.hub import Hub

__all__ = ["RealtimeWidgets"]

ACTIVE_EVERY_S = 30.0
"""How often the server is told that a run goes on; what stops idle servers counts in minutes."""

_LIMITS = Limits()
_RETENTION = Retention()
_POLICY = RetentionPolicy()
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
        _POLICY.days, min=0.0, help="Days after its last event for which a run is kept."
    ).tag(config=True)
    store_bytes = Int(
        _POLICY.size_bytes,
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
        """Make the service, and export to kernels started from now on how to publish."""
        assert self.serverapp is not None, "it was started by one"  # noqa: S101 - narrows the type
        server = self.serverapp
        self.service = Service(
            self._storage(server.root_dir),
            limits=Limits(**{name: getattr(self, name) for name in Limits.__dataclass_fields__}),
            retention=RetentionPolicy(days=self.history_days, size_bytes=self.store_bytes),
            admission=Admission(
                most=self.max_connections,
                most_per_user=self.max_connections_per_user,
                most_per_sprint=self.max_connections_per_sprint,
            ),
            log=self.log,
        )
        self.sockets = OpenSockets(self.service.admission, self.log)
        self.service.add_task(
            "realtime-widgets rights", lambda: self.sockets.recheck_forever(self.recheck_s)
        )
        self.service.add_task("realtime-widgets activity", self._be_active_for_ever)
        self.publish_tokens = PublishTokens(self.publish_token)
        tell_kernels(server, self.publish_tokens, is_bound=False)
        give_each_kernel_its_token(server.kernel_manager, self.publish_tokens)
        self.context = Context(
            serverapp=server,
            service=self.service,
            sockets=self.sockets,
            publish_tokens=self.publish_tokens,
            kernel_ends=KernelEnds(server.kernel_manager),
            notebooks=Notebooks(server.session_manager, server.contents_manager),
        )

    @property
    def hub(self) -> Hub:
        """The hub of this server."""
        return self.service.hub

    def initialize_handlers(self) -> None:
        """Register the routes."""
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
        self.handlers.extend(
            (f"/{path}", handler, {"context": self.context}) for path, handler in routes
        )
        self.handlers.append(("/realtime/static/([^/]+)", PageAsset))

    async def _start_jupyter_server_extension(self, serverapp: ServerApp) -> None:
        tell_kernels(serverapp, self.publish_tokens, is_bound=True)
        await self.started()
        if self.freeze_startup:
            gc.freeze()

    async def started(self) -> None:
        """Wait until the hub is ready; the first call starts it."""
        await self.service.started()

    async def stop_extension(self) -> None:
        """Close all connections as going away and store what is left."""
        await self.service.stop()

    async def _be_active_for_ever(self) -> None:
        assert self.serverapp is not None, "it was started by one"  # noqa: S101 - narrows the type
        settings = self.serverapp.web_app.settings
        while self.runs_are_activity:
            await asyncio.sleep(ACTIVE_EVERY_S)
            if self.hub.has_held_run(self.runs_are_activity_h * 3600):
                settings["realtime_widgets_last_activity"] = datetime.now(UTC)

    def _storage(self, served_folder: str) -> Storage:
        return Storage(
            Path(self.store_path) if self.store == "sqlite" else None,
            served_folder=served_folder,
            durability="normal" if self.durability == "normal" else "full",
            retention=Retention(events=self.history_events, size_bytes=self.history_bytes),
            reserve_bytes=self.disk_reserve_bytes,
        )
