"""`realtime-widgets-hub`: the settings of the service, and how it is started."""

from __future__ import annotations

import os
from dataclasses import fields
from pathlib import Path
from urllib.parse import urlsplit

import uvicorn
from jupyter_core.paths import jupyter_data_dir
from jupyterhub.services.auth import HubOAuth
from traitlets import Dict, Float, Int, List, Unicode, default
from traitlets.config import Application, catch_config_error

from realtime_widgets.asgi import RealtimeApp, SharingRules
from realtime_widgets.hub import RetentionPolicy, RunRetention
from realtime_widgets.hub.stores.redis.settings import RedisSettings
from realtime_widgets.protocol.limits import Limits
from realtime_widgets_jupyterhub.cookies import Cookies
from realtime_widgets_jupyterhub.gate import Gate
from realtime_widgets_jupyterhub.users import HubUsers
from realtime_widgets_server.traits import Settings

__all__ = ["HubService", "main"]

_LIMITS = Settings(Limits)
_RETENTION = Settings(RunRetention, events="history_events", size_bytes="history_bytes")
_POLICY = Settings(RetentionPolicy, days="history_days", size_bytes="store_bytes")
_REDIS = Settings(
    RedisSettings, **{each.name: f"redis_{each.name}" for each in fields(RedisSettings)}
)

NOT_A_SERVICE = (
    "realtime-widgets-hub is started by JupyterHub as one of its services, or with the variables "
    "JUPYTERHUB_API_TOKEN, JUPYTERHUB_API_URL, JUPYTERHUB_CLIENT_ID, JUPYTERHUB_SERVICE_NAME, "
    "JUPYTERHUB_SERVICE_PREFIX and JUPYTERHUB_SERVICE_URL of one; see docs/jupyterhub.md"
)


class HubService(Application):
    """Serves the runs of all users of a JupyterHub, and nothing else."""

    name = "realtime-widgets-hub"
    description = "The JupyterHub service in which users share their runs."
    aliases = {"config": "HubService.config_file"}  # noqa: RUF012 - as traitlets has it

    config_file = Unicode("realtime_widgets_hub_config.py", help="The file of settings.").tag(
        config=True
    )
    url = Unicode(help="Where it listens. Default: JUPYTERHUB_SERVICE_URL.").tag(config=True)
    store = Unicode(
        help="Where runs are stored: `sqlite:///` and the path of a file, `memory`, or the URL of "
        "Redis. Default: `realtime-widgets/hub.db` in Jupyter's data folder."
    ).tag(config=True)
    default_viewers = List(
        Unicode(),
        help="Users who may see a new run; its owner can change them: names of users, "
        "`group:` and the name of a group, or `*` for all users of the service.",
    ).tag(config=True)
    default_editors = List(
        Unicode(), help="Users who may publish to a new run; its owner can change them, too."
    ).tag(config=True)
    admin_groups = List(
        Unicode(),
        help="Groups whose users may see, share and delete all runs, as administrators of the Hub.",
    ).tag(config=True)
    max_connections = Int(1_000, min=1, help="Maximum number of WebSockets.").tag(config=True)
    max_connections_per_user = Int(
        200, min=1, help="Maximum number of WebSockets of one user."
    ).tag(config=True)
    max_connections_per_sprint = Int(
        1_000, min=1, help="Maximum number of WebSockets to one run."
    ).tag(config=True)
    recheck_s = Float(
        60.0,
        min=1.0,
        help="Interval in seconds for checking logins and groups of the users of open connections.",
    ).tag(config=True)
    webhooks = List(Dict(), help="As RealtimeWidgets.webhooks.").tag(config=True)
    # In a class body `locals()` is the namespace of the class.
    locals().update(_LIMITS.traits() | _RETENTION.traits() | _POLICY.traits() | _REDIS.traits())

    @default("url")
    def _default_url(self) -> str:
        return os.environ.get("JUPYTERHUB_SERVICE_URL", "")

    @default("store")
    def _default_store(self) -> str:
        return f"sqlite:///{Path(jupyter_data_dir()) / 'realtime-widgets' / 'hub.db'}"

    @catch_config_error
    def initialize(self, argv: list[str] | None = None) -> None:
        """Read the command line and the file of settings, which the command line overrides."""
        self.parse_command_line(argv)
        command_line = self.cli_config
        self.load_config_file(self.config_file)
        self.update_config(command_line)

    def make_app(self) -> Gate:
        """Return the service as an ASGI application.

        Raises:
            ValueError: A setting breaks its rule.
        """
        prefix = os.environ["JUPYTERHUB_SERVICE_PREFIX"]
        cache_s = max(1, int(self.recheck_s / 2))
        hub = HubOAuth(parent=self, base_url=prefix, cache_max_age=cache_s)
        cookies = Cookies(os.environ["JUPYTERHUB_SERVICE_NAME"], hub.base_url)
        users = HubUsers(hub, cookies)
        is_redis = self.store.partition(":")[0] not in {"sqlite", "memory"}
        app = RealtimeApp(
            authenticate=users.find,
            refresh=users.refresh,
            sharing=SharingRules(
                viewers=self.default_viewers,
                editors=self.default_editors,
                admin_groups=frozenset(self.admin_groups),
            ),
            store=self.store,
            redis=_REDIS.value(self) if is_redis else None,
            limits=_LIMITS.value(self),
            run_retention=_RETENTION.value(self),
            retention=_POLICY.value(self),
            max_connections=self.max_connections,
            max_connections_per_user=self.max_connections_per_user,
            max_connections_per_sprint=self.max_connections_per_sprint,
            webhooks=self.webhooks,
            recheck_s=self.recheck_s,
        )
        return Gate(app, hub, users, cookies)

    def start(self) -> None:
        """Serve until the process is ended."""
        given = urlsplit(self.url)
        host, port = given.hostname, given.port
        if host is None or port is None or not os.environ.get("JUPYTERHUB_SERVICE_NAME"):
            self.log.critical(NOT_A_SERVICE)
            self.exit(1)
            return
        uvicorn.run(
            self.make_app(),
            host=host,
            port=port,
            ws_max_size=_LIMITS.value(self).message_bytes,
            ws_per_message_deflate=False,  # it costs more than it saves
            log_level="info",
            server_header=False,
            timeout_graceful_shutdown=5,
        )


main = HubService.launch_instance
