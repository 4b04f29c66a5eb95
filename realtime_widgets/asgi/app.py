"""`RealtimeApp`: the channels as an ASGI application, alone or mounted in another one."""

from __future__ import annotations

import logging
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from realtime_widgets.asgi.bearers import UserCodec
from realtime_widgets.asgi.http import Http, refuse
from realtime_widgets.asgi.identity import Identity, allow_all, as_known
from realtime_widgets.asgi.in_app import AppTarget
from realtime_widgets.asgi.request import Connection
from realtime_widgets.asgi.socket import Host, refuse_socket, serve_socket
from realtime_widgets.asgi.sprints import AppSprints
from realtime_widgets.asgi.store import storage_of
from realtime_widgets.errors import RealtimeWidgetsError
from realtime_widgets.hub import RetentionPolicy, RunRetention
from realtime_widgets.protocol.codes import HttpCode
from realtime_widgets.protocol.limits import Limits
from realtime_widgets.service import Admission, ApiError, Service
from realtime_widgets.service.open_sockets import OpenSockets
from realtime_widgets.service.webhooks.settings import webhooks_of

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable, Mapping
    from contextlib import AbstractAsyncContextManager
    from pathlib import Path

    from realtime_widgets.asgi.identity import Authenticate, Authorize, Refresh, User
    from realtime_widgets.asgi.request import Receive, Scope, Send
    from realtime_widgets.asgi.sprints import AppSprint
    from realtime_widgets.hub import Hub
    from realtime_widgets.hub.stores.redis.settings import RedisSettings
    from realtime_widgets.service.sharing.access import SharingRules

__all__ = ["RealtimeApp"]

_log = logging.getLogger("realtime_widgets")

NOT_STARTED = (
    "this RealtimeApp was not started: give its `lifespan` to the application that it is mounted "
    "in, as in FastAPI(lifespan=realtime.lifespan)"
)
STARTED_TWICE = (
    "this RealtimeApp is started already: give its `lifespan` to one application, and only once"
)


class RealtimeApp:
    """The channels of runs as an ASGI application: WebSockets, REST routes and pages.

    ```python
    realtime = RealtimeApp(store="sqlite:///runs.db", authenticate=find_user)
    app = FastAPI(lifespan=realtime.lifespan)
    app.mount("/realtime", realtime)
    ```

    Args:
        authenticate: A function, or coroutine function, from a request to its `User`; None for a
            request without a login. `open_to_all` needs none.
        authorize: A function, or coroutine function, from a user, `"read"` or `"write"`, and the
            name of a run to whether the user may do that; for the list of all runs the name is
            None. By default each user may do everything. What is not `True` means no.
        store: `"sqlite:///runs.db"` (three slashes, then a path as in the shell) or the path keeps
            runs in a file, for one process at a time; `"memory"` as long as the process lives;
            `"redis://127.0.0.1:6379/0"` in Redis, for any number of processes.
        allowed_origins: Origins of pages beside the app's own, such as `https://app.example.org`,
            from which a login is taken; `*` for all. A ticket is good from each origin.
        limits: The limits of the protocol.
        run_retention: How much is kept of one run.
        retention: How much is kept of all runs together.
        max_connections: Maximum number of WebSockets, a quarter of them reserved for pages; more
            are refused with 503.
        max_connections_per_user: Maximum number of WebSockets of one user.
        max_connections_per_sprint: Maximum number of WebSockets to one run.
        webhooks: Where changes of statuses are sent to: dicts with `url`, `secret_file` and,
            optionally, `events` and `allow_private`; see the setting `RealtimeWidgets.webhooks`.
        recheck_s: Interval in seconds for checking that users of open WebSockets are still logged
            in and authorized.
        redis: Further settings of Redis, where `store` is its URL.
        sharing: How runs are shared: each run belongs to the user who published to it first, and
            only that user and those with whom it was shared may use it, as far as `authorize`
            allows. None lets `authorize` alone decide.
        refresh: A function, or coroutine function, from a user to the same user with the groups of
            now, or None for one that does not exist any more; called every `recheck_s` for
            WebSockets that have a ticket and no login.

    Raises:
        StoreError: A setting of Redis is wrong.
        TypeError: `authenticate` or `authorize` is no function.
        ValueError: There is no such store, or a field of a webhook breaks its rule.
    """

    def __init__(  # noqa: PLR0913 - all by name, and most with defaults
        self,
        *,
        authenticate: Authenticate,
        authorize: Authorize = allow_all,
        store: str | Path,
        allowed_origins: Iterable[str] = (),
        limits: Limits | None = None,
        run_retention: RunRetention | None = None,
        retention: RetentionPolicy | None = None,
        max_connections: int = 1_000,
        max_connections_per_user: int = 200,
        max_connections_per_sprint: int = 1_000,
        webhooks: Iterable[Mapping[str, object]] = (),
        recheck_s: float = 300.0,
        redis: RedisSettings | None = None,
        sharing: SharingRules | None = None,
        refresh: Refresh = as_known,
    ) -> None:
        self.identity = Identity(authenticate, authorize, allowed_origins, refresh)
        self._sharing = sharing
        self._storage = storage_of(store, run_retention or RunRetention(), redis)
        self._limits = limits or Limits()
        self._retention = retention or RetentionPolicy()
        self._caps = {
            "max_total": max_connections,
            "max_per_user": max_connections_per_user,
            "max_per_sprint": max_connections_per_sprint,
        }
        self._webhooks = webhooks_of(webhooks)
        self._recheck_s = recheck_s
        self._service: Service | None = None
        self._target = AppTarget()
        self._sprints = AppSprints(self._target)

    # The life of the app.

    @asynccontextmanager
    async def lifespan(self, _: object = None) -> AsyncIterator[None]:
        """Start the hub for the block: the lifespan of the application that this is mounted in.

        At the end what was published is stored, and all WebSockets are closed as going away.

        Raises:
            RuntimeError: It is started already.
            StoreError: The store cannot be used.
        """
        await self._start()
        try:
            yield
        finally:
            await self._stop()

    def around(
        self, inner: Callable[[Any], AbstractAsyncContextManager[Any]]
    ) -> Callable[[Any], AbstractAsyncContextManager[Any]]:
        """Return a lifespan that starts the hub around another lifespan.

        Args:
            inner: The application's own lifespan; it may publish in both of its halves.
        """

        @asynccontextmanager
        async def lifespan(app: object) -> AsyncGenerator[Any]:
            async with self.lifespan(app), inner(app) as state:
                yield state

        return lifespan

    async def _start(self) -> None:
        if self._service is not None:
            raise RuntimeError(STARTED_TWICE)
        service = self._service = Service(
            self._storage,
            limits=self._limits,
            retention=self._retention,
            admission=Admission(**self._caps),
            webhooks=self._webhooks,
            bearer_codec=UserCodec(),
            sharing=self._sharing,
        )
        self.identity.service = service
        self._sockets = OpenSockets(service.admission, _log)
        service.add_task(
            "realtime-widgets rights", lambda: self._sockets.recheck_forever(self._recheck_s)
        )
        if service.sharing is not None:
            service.sharing.on_change = self._on_access_change
        service.add_task("realtime-widgets sprints", self._sprints.close_idle_forever)
        try:
            await service.started()
        except BaseException:
            self._service = None
            raise
        self._target.open(service.hub)

    async def _on_access_change(self, sprint_id: str) -> None:
        self._running.hub.runs.invalidate()
        await self._sockets.recheck(sprint_id)

    async def _stop(self) -> None:
        service = self._running
        await self._sprints.close()
        self._target.close()
        self._service = None
        await service.stop()

    @property
    def _running(self) -> Service:
        if self._service is None:
            raise RuntimeError(NOT_STARTED)
        return self._service

    # For services.

    @property
    def hub(self) -> Hub:
        """The hub: `await realtime.hub.broadcast(sprint_id, event)` stores an event and sends it.

        Raises:
            RuntimeError: The app is not started.
        """
        return self._running.hub

    def sprint(self, sprint_id: str) -> AppSprint:
        """Return a `Sprint` that publishes a run to this app, the same for the same name.

        Its methods return at once, and work from each thread and coroutine; what they publish is
        stored in the background, and at the latest when the app stops.

        Args:
            sprint_id: The run's name.

        Raises:
            InvalidSprintIdError: The name breaks the rule.
        """
        return self._sprints.get(sprint_id)

    async def serve(self, websocket: Any, sprint_id: str, *, user: User) -> None:  # noqa: ANN401 - of any framework
        """Serve the WebSocket of an endpoint of the application, whose user is known already.

        `authorize` is called for the user, and `authenticate` is not.

        Args:
            websocket: Starlette's or FastAPI's, before it is accepted: with `scope`, `receive` and
                `send`.
            sprint_id: The run.
            user: The user.
        """
        request = Connection.taken_from(websocket.scope)
        await serve_socket(self.host, request, sprint_id, websocket.receive, websocket.send, user)

    @property
    def host(self) -> Host:
        """The parts of this app that a WebSocket needs.

        Raises:
            RuntimeError: The app is not started.
        """
        return Host(self._running, self._sockets, self.identity)

    # ASGI.

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request, an upgrade, or the lifespan of a server that runs this app alone."""
        if scope["type"] == "lifespan":
            await self._serve_lifespan(receive, send)
            return
        request = Connection.taken_from(scope)
        is_socket = scope["type"] == "websocket"
        if self._service is None:
            _log.error("realtime-widgets: %s", NOT_STARTED)
            error = ApiError(503, HttpCode.NOT_STARTED, NOT_STARTED)
            await (
                refuse_socket(request, receive, send, error) if is_socket else refuse(send, error)
            )
        elif is_socket:
            await self._serve_socket(request, receive, send)
        else:
            await Http(self._service, self.identity).answer(request, receive, send)

    async def _serve_socket(self, request: Connection, receive: Receive, send: Send) -> None:
        path = request.path
        if path == "ws/index":
            await serve_socket(self.host, request, None, receive, send)
        elif path.startswith("ws/sprints/"):
            sprint_id = path.removeprefix("ws/sprints/")
            await serve_socket(self.host, request, sprint_id, receive, send)
        else:
            error = ApiError(404, HttpCode.NOT_FOUND, "there is no such WebSocket")
            await refuse_socket(request, receive, send, error)

    async def _serve_lifespan(self, receive: Receive, send: Send) -> None:
        await receive()
        try:
            await self._start()
        except (RealtimeWidgetsError, RuntimeError) as error:
            await send({"type": "lifespan.startup.failed", "message": str(error)})
            return
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self._stop()
        await send({"type": "lifespan.shutdown.complete"})
