"""Relay mode: the server of a user of a JupyterHub, whose runs are in the service of the Hub.

Kernels publish to the service with the token that the Hub has given to this server. Pages of this
server send their requests here, and they are passed on with the same token; so are requests for
tickets, with which pages open WebSockets to the service itself. Long answers, such as downloads,
are redirected to the service.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode, urlsplit

from jupyter_server.auth.decorator import authorized
from jupyter_server.base.handlers import JupyterHandler
from tornado import web
from tornado.httpclient import AsyncHTTPClient, HTTPRequest
from tornado.simple_httpclient import SimpleAsyncHTTPClient

from realtime_widgets.protocol.limits import Limits
from realtime_widgets.service.routes import ROUTES
from realtime_widgets_server.bounded_body import BoundedBody
from realtime_widgets_server.kernel_environment import export_service_env
from realtime_widgets_server.pages import PageAsset

if TYPE_CHECKING:
    from jupyter_server.serverapp import ServerApp

__all__ = ["Relay"]

TOKEN_VARIABLE = "JUPYTERHUB_API_TOKEN"  # noqa: S105 - the variable's name

MAX_ANSWER = 8 * 1024 * 1024
"""Most bytes of an answer: more than a page of any route takes."""

AT_ONCE = 10
"""Most requests at a time; further ones wait."""

REQUEST_S = 60.0
"""How long the service may take for one answer, in seconds."""

TO_SERVICE = ("Accept", "Accept-Encoding", "Content-Type", "Idempotency-Key", "If-None-Match")
FROM_SERVICE = (
    "Cache-Control",
    "Content-Encoding",
    "Content-Type",
    "Etag",
    "Link",
    "Retry-After",
    "Vary",
)

REDIRECTED = ("/download", "/events/stream", "/agui")
"""Ends of paths whose answers have no bound."""

NO_TOKEN = (
    "RealtimeWidgets.hub_service is for servers that JupyterHub has started: there is no "
    f"{TOKEN_VARIABLE} in the environment"
)


@dataclass(frozen=True)
class Relay:
    """Where the service is.

    Attributes:
        url: Its URL for this server and its kernels, which ends with a slash.
        page_url: Its URL for browsers; a path is one of the host that serves the page.
        token: The token that the Hub has given to this server.
    """

    url: str
    page_url: str
    token: str

    @classmethod
    def of(cls, url: str, page_url: str) -> Relay:
        """Return the relay that the settings describe.

        Raises:
            ValueError: The URL is none, or JupyterHub has not started this server.
        """
        url = url.rstrip("/") + "/"
        given = urlsplit(url)
        if given.scheme not in {"http", "https"} or not given.hostname:
            raise ValueError(f"RealtimeWidgets.hub_service={url!r}: it is no http or https URL")
        token = os.environ.get(TOKEN_VARIABLE, "")
        if not token:
            raise ValueError(NO_TOKEN)
        return cls(url, (page_url or given.path).rstrip("/") + "/", token)

    def install(self, server: ServerApp) -> None:
        """Give pages and kernels of the server the address of the service."""
        export_service_env(self.url, self.token, server.root_dir)
        config = server.web_app.settings.setdefault("page_config_data", {})
        config["realtimeWidgets"] = {
            "socketUrl": f"{self.page_url}ws/",
            "pageUrl": self.page_url,
        }

    def handlers(self) -> list[tuple[Any, ...]]:
        """Return the routes."""
        client = SimpleAsyncHTTPClient(
            force_instance=True, max_clients=AT_ONCE, max_body_size=MAX_ANSWER
        )
        given = {"relay": self}
        paths = "|".join(
            path.replace("{id}", "[^/]+").replace("{item}", "[^/]+") for path in ROUTES
        )
        return [
            (r"/realtime(?:/(compare|sprints/[^/]+)?)?", RelayPage, given),
            (f"/realtime/api/({paths})", RelayApi, {**given, "client": client}),
            ("/realtime/static/([^/]+)", PageAsset),
        ]


class RelayPage(JupyterHandler):
    """A page of runs: that of the service."""

    auth_resource = "realtime"

    def initialize(self, relay: Relay) -> None:
        """Take the relay."""
        self._relay = relay

    @web.authenticated
    @authorized
    async def get(self, path: str | None) -> None:
        """Redirect."""
        self.redirect(f"{self._relay.page_url}{quote(path or '')}{_query_of(self)}")


def _query_of(handler: JupyterHandler) -> str:
    """Return the query of a request without the login of this server, from its question mark."""
    names = [name for name in handler.request.query_arguments if name != "token"]
    values = {name: handler.get_query_arguments(name, strip=False) for name in names}
    return f"?{urlencode(values, doseq=True)}" if values else ""


@web.stream_request_body
class RelayApi(BoundedBody):
    """A REST route: the answer of the service."""

    auth_resource = "realtime"
    _track_activity = False

    def initialize(self, relay: Relay, client: AsyncHTTPClient) -> None:
        """Take the relay, and what sends its requests."""
        self._relay = relay
        self._client = client

    @property
    def max_body_bytes(self) -> int:
        """Most bytes of the body."""
        return Limits().message_bytes

    @web.authenticated
    @authorized
    async def get(self, path: str) -> None:
        """Answer."""
        await self._pass_on(path)

    @web.authenticated
    @authorized
    async def post(self, path: str) -> None:
        """Answer."""
        await self._pass_on(path)

    @web.authenticated
    @authorized
    async def delete(self, path: str) -> None:
        """Answer."""
        await self._pass_on(path)

    async def _pass_on(self, path: str) -> None:
        below = f"api/{quote(path)}{_query_of(self)}"
        if path.endswith(REDIRECTED):
            self.redirect(f"{self._relay.page_url}{below}")
            return
        answer = await self._ask(f"{self._relay.url}{below}")
        self.set_status(answer.code)
        for name in FROM_SERVICE:
            if name in answer.headers:
                self.set_header(name, answer.headers[name])
        content_type = answer.headers.get("Content-Type", "application/json")
        await self.finish(answer.body or None, set_content_type=content_type)

    async def _ask(self, url: str) -> Any:  # noqa: ANN401 - tornado's answer
        sent = {name: self.request.headers.get(name) for name in TO_SERVICE}
        headers = {name: value for name, value in sent.items() if value is not None}
        request = HTTPRequest(
            url,
            method=self.request.method or "GET",
            headers={**headers, "Authorization": f"token {self._relay.token}"},
            body=bytes(self.body) if self.request.method == "POST" else None,
            request_timeout=REQUEST_S,
            follow_redirects=False,
            decompress_response=False,
        )
        try:
            answer = await self._client.fetch(request, raise_error=False)
        except OSError as error:
            self.log.warning("realtime-widgets: the service cannot be reached: %s", error)
            raise web.HTTPError(503, reason="the service cannot be reached") from None
        if answer.code == 599:  # noqa: PLR2004 - tornado's code for no answer
            self.log.warning("realtime-widgets: the service does not answer: %s", answer.error)
            raise web.HTTPError(503, reason="the service does not answer")
        return answer

    def compute_etag(self) -> None:
        """Make none: the service has."""
