"""The extension: its settings, its routes, and the life of its hub."""

from __future__ import annotations

import asyncio
import gc
import secrets
from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from jupyter_core.paths import jupyter_data_dir
from jupyter_server.extension.application import ExtensionApp
from traitlets import Bool, Dict, Enum, Float, Int, List, TraitError, Unicode, default, validate

from realtime_widgets.hub import RetentionPolicy, RunRetention
from realtime_widgets.hub.stores.redis.settings import RedisSettings
from realtime_widgets.hub.stores.sqlite.store import RESERVE_BYTES
from realtime_widgets.protocol.limits import Limits
from realtime_widgets.service import Admission, Service, Storage
from realtime_widgets.service.open_sockets import OpenSockets
from realtime_widgets.service.routes import ROUTES
from realtime_widgets.service.webhooks.settings import webhooks_of
from realtime_widgets_server.api import Api
from realtime_widgets_server.context import Context
from realtime_widgets_server.kernel_ends import KernelEnds
from realtime_widgets_server.kernel_environment import export_kernel_env, give_each_kernel_a_token
from realtime_widgets_server.notebook_moves import NotebookMoves
from realtime_widgets_server.notebooks import Notebooks
from realtime_widgets_server.pages import (
    ComparisonPage,
    PageAsset,
    RedirectToList,
    RunPage,
    RunsPage,
)
from realtime_widgets_server.publish_tokens import PublishTokens
from realtime_widgets_server.relay import Relay
from realtime_widgets_server.socket import IndexSocket, SprintSocket
from realtime_widgets_server.traits import Settings

if TYPE_CHECKING:
    from jupyter_server.serverapp import ServerApp
    from traitlets import Bunch

    from realtime_widgets.hub import Hub

__all__ = ["RealtimeWidgets"]

ACTIVE_EVERY_S = 30.0
"""Interval at which active runs are reported as activity; idle cullers count in minutes."""

_LIMITS = Settings(Limits)
_RETENTION = Settings(RunRetention, events="history_events", size_bytes="history_bytes")
_POLICY = Settings(RetentionPolicy, days="history_days", size_bytes="store_bytes")
_REDIS = Settings(
    RedisSettings, **{each.name: f"redis_{each.name}" for each in fields(RedisSettings)}
)
_ID = r"(?P<sprint_id>[^/]+)"
_ITEM = r"(?P<item>[^/]+)"


class RealtimeWidgets(ExtensionApp):
    """Hosts the sprint channels inside a Jupyter server."""

    name = "realtime_widgets_server"
    description = "Channels on which notebooks watch agent runs live."
    extension_url = "/realtime/"  # the first page of `Standalone`

    relay: Relay | None = None
    """Passes requests on to a service of a JupyterHub; None where this server has the runs."""

    store = Enum(
        ["sqlite", "memory", "redis"],
        "sqlite",
        help="Where runs are stored: `sqlite`, in a file that outlives the server; `memory`; or "
        "`redis`, where several servers share them.",
    ).tag(config=True)
    store_path = Unicode(
        help="The SQLite file, readable by its user only; not a symbolic link. Default: "
        "`realtime-widgets/sprints.db` in Jupyter's data folder, which no contents manager serves. "
        "If another server uses it, `sprints-2.db` and so on in the same folder."
    ).tag(config=True)
    durability = Enum(
        ["full", "normal"],
        "full",
        help="`full`: acknowledged events survive power loss. `normal`: faster on slow disks; they "
        "survive a crash of the server, but power loss may lose the most recent ones.",
    ).tag(config=True)
    publish_token = Unicode(
        help="The secret from which the publish tokens of kernels and terminals are derived; they "
        "allow reading and publishing runs only. The secret is such a token itself. Default: a new "
        "random one at each start. Set it for scripts that outlive the server. Empty: no publish "
        "tokens, so kernels need a login."
    ).tag(config=True)
    disk_reserve_bytes = Int(
        RESERVE_BYTES,
        min=0,
        help="Free disk space in bytes below which no new events are stored, so that stored runs "
        "can still be read and deleted. Publishers queue their events until there is space.",
    ).tag(config=True)
    max_connections = Int(
        1_000,
        min=1,
        help="Maximum number of WebSocket connections of this extension; never above 60 % of the "
        "file descriptors of the process. A quarter is reserved for pages: kernels and scripts "
        "cannot use it. More are refused with HTTP 503.",
    ).tag(config=True)
    max_connections_per_user = Int(
        200,
        min=1,
        help="Maximum number of connections per user, and of all clients together that use the "
        "server's token and no cookie; kernels are not counted. More are refused with HTTP 503.",
    ).tag(config=True)
    max_connections_per_sprint = Int(
        1_000,
        min=1,
        help="Maximum number of connections per run, a quarter of them reserved for pages. More "
        "are refused with HTTP 503.",
    ).tag(config=True)
    recheck_s = Float(
        300.0,
        min=0.1,
        help="Interval in seconds for checking that the user of each open connection is still "
        "logged in and authorized.",
    ).tag(config=True)
    freeze_startup = Bool(
        False,  # noqa: FBT003 - traitlets takes the default first
        help="Exclude the objects that exist after the start of the server from garbage collection "
        "(`gc.freeze`). A full collection otherwise blocks the server for about 0.1 s, most often "
        "when many clients connect at once. Off by default, because it concerns the whole process: "
        "all extensions, and objects of theirs that become garbage later.",
    ).tag(config=True)
    runs_are_activity = Bool(
        True,  # noqa: FBT003 - traitlets takes the default first
        help="Whether an active run counts as activity of the server, so that an idle culler "
        "(JupyterHub's, `shutdown_no_activity_timeout`) does not stop it.",
    ).tag(config=True)
    runs_are_activity_h = Float(
        24.0, min=0.0, help="Hours after its start for which a run counts as activity."
    ).tag(config=True)
    webhooks = List(
        Dict(),
        help="Requests to other servers when a run ends, fails, is lost or needs input: dicts with "
        "`url`, `secret_file` (a file with 16 to 4,096 bytes, with which they are signed) and, "
        "optionally, `events` (of `succeeded`, `failed`, `cancelled`, `lost`, `needs_input`; by "
        "default all) and `allow_private` (whether the host may have a private, loopback or "
        "link-local address; false).",
    ).tag(config=True)
    hub_service = Unicode(
        help="The URL of the service `realtime-widgets-hub` of a JupyterHub, as this server and "
        "its kernels reach it. Where it is set, this server has no runs: kernels publish to the "
        "service, and pages read from it; other settings of this class have no effect."
    ).tag(config=True)
    hub_service_page_url = Unicode(
        help="The URL of that service for browsers. Default: its path, on the host of the page."
    ).tag(config=True)
    # In a class body `locals()` is the namespace of the class. traitlets needs the traits when the
    # class is made, and `--generate-config` writes those of a base class under that one's name.
    locals().update(_LIMITS.traits() | _RETENTION.traits() | _POLICY.traits() | _REDIS.traits())

    @default("store_path")
    def _default_store_path(self) -> str:
        return str(Path(jupyter_data_dir()) / "realtime-widgets" / "sprints.db")

    @default("publish_token")
    def _default_publish_token(self) -> str:
        return secrets.token_urlsafe(32)

    @validate("webhooks")
    def _check_webhooks(self, proposal: Bunch) -> list[dict[str, object]]:
        try:
            webhooks_of(proposal.value)
        except ValueError as error:
            raise TraitError(f"RealtimeWidgets.{error}") from None
        value: list[dict[str, object]] = proposal.value
        return value

    def initialize_settings(self) -> None:
        """Make the service, and export to kernels started from now on how to publish."""
        assert self.serverapp is not None, "it was started by one"  # noqa: S101 - narrows the type
        server = self.serverapp
        if self.hub_service:
            self.relay = Relay.of(self.hub_service, self.hub_service_page_url)
            self.relay.install(server)
            return
        self.service = Service(
            self._storage(server.root_dir),
            limits=_LIMITS.value(self),
            retention=_POLICY.value(self),
            admission=Admission(
                max_total=self.max_connections,
                max_per_user=self.max_connections_per_user,
                max_per_sprint=self.max_connections_per_sprint,
            ),
            webhooks=webhooks_of(self.webhooks),
            log=self.log,
        )
        self.sockets = OpenSockets(self.service.admission, self.log)
        self.service.add_task(
            "realtime-widgets rights", lambda: self.sockets.recheck_forever(self.recheck_s)
        )
        self.service.add_task("realtime-widgets activity", self._report_activity_forever)
        self.publish_tokens = PublishTokens(self.publish_token)
        export_kernel_env(server, self.publish_tokens, is_bound=False)
        give_each_kernel_a_token(server.kernel_manager, self.publish_tokens)
        self.context = Context(
            serverapp=server,
            service=self.service,
            sockets=self.sockets,
            publish_tokens=self.publish_tokens,
            kernel_ends=KernelEnds(server.kernel_manager),
            notebooks=Notebooks(server.session_manager, server.contents_manager),
        )
        self.notebook_moves = NotebookMoves(self._on_notebook_moves)
        if server.event_logger is not None:
            self.notebook_moves.listen(server.event_logger)

    @property
    def hub(self) -> Hub:
        """The hub of this server."""
        return self.service.hub

    def initialize_handlers(self) -> None:
        """Register the routes."""
        if self.relay is not None:
            self.handlers.extend(self.relay.handlers())
            return
        routes = [
            ("realtime", RedirectToList),
            ("realtime/", RunsPage),
            ("realtime/compare", ComparisonPage),
            (f"realtime/sprints/{_ID}", RunPage),
            (f"realtime/ws/sprints/{_ID}", SprintSocket),
            ("realtime/ws/index", IndexSocket),
        ]
        self.handlers.extend(
            (f"/{path}", handler, {"context": self.context}) for path, handler in routes
        )
        for path, methods in ROUTES.items():
            pattern = f"/realtime/api/{path.replace('{id}', _ID).replace('{item}', _ITEM)}"
            self.handlers.append((pattern, Api, {"context": self.context, "methods": methods}))
        self.handlers.append(("/realtime/static/([^/]+)", PageAsset))

    async def _start_jupyter_server_extension(self, serverapp: ServerApp) -> None:
        if self.relay is not None:
            return
        export_kernel_env(serverapp, self.publish_tokens, is_bound=True)
        await self.started()
        if self.freeze_startup:
            gc.freeze()

    async def started(self) -> None:
        """Wait until the hub is ready; the first call starts it."""
        await self.service.started()

    async def stop_extension(self) -> None:
        """Close all connections as going away and store what is left."""
        if self.relay is not None:
            return
        self.notebook_moves.stop()
        await self.service.stop()

    def _on_notebook_moves(self) -> None:
        self.context.notebooks.forget()
        self.hub.runs.invalidate()

    async def _report_activity_forever(self) -> None:
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
            retention=_RETENTION.value(self),
            reserve_bytes=self.disk_reserve_bytes,
            redis=_REDIS.value(self) if self.store == "redis" else None,
        )
