"""What a request passes before the app: the login of browsers at the Hub (OAuth)."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from realtime_widgets.asgi import Connection
from realtime_widgets.service import ApiError
from realtime_widgets.service.pages import Page

if TYPE_CHECKING:
    from jupyterhub.services.auth import HubOAuth

    from realtime_widgets.asgi import RealtimeApp
    from realtime_widgets.asgi.request import Receive, Scope, Send
    from realtime_widgets_jupyterhub.cookies import Cookies
    from realtime_widgets_jupyterhub.users import HubUsers

__all__ = ["Gate"]

CALLBACK = "oauth_callback"
"""The path below the service to which the Hub sends a browser back."""

MAX_CODE = 1_000

_log = logging.getLogger("realtime_widgets")


class Gate:
    """The service as an ASGI application.

    Args:
        app: The channels.
        hub: Jupyterhub's own client for services.
        users: Finds users.
        cookies: Where browsers have their tokens.
    """

    def __init__(self, app: RealtimeApp, hub: HubOAuth, users: HubUsers, cookies: Cookies) -> None:
        self._app = app
        self._hub = hub
        self._users = users
        self._cookies = cookies

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request; the Hub's proxy passes it with the whole path."""
        if scope["type"] != "lifespan":
            scope["root_path"] = self._cookies.path.rstrip("/")
        if scope["type"] != "http" or scope["method"] != "GET":
            await self._app(scope, receive, send)
            return
        request = Connection(dict(scope))
        if request.path == CALLBACK:
            scope["query_string"] = b""  # it has a code, and servers log it
            await self._end_login(request, send)
        elif request.path.startswith(("api/", "static/")) or await self._is_known(request):
            await self._app(scope, receive, send)
        else:
            await self._begin_login(request, send)

    async def _is_known(self, request: Connection) -> bool:
        """Return whether the app can answer: the user is known, or the Hub fails."""
        try:
            return await self._users.find(request) is not None
        except Exception:  # noqa: BLE001 - the app finds the same, logs it and answers
            return True

    async def _begin_login(self, request: Connection, send: Send) -> None:
        state, cookies = self._cookies.begin_login(request)
        query = {
            "client_id": self._hub.oauth_client_id,
            "redirect_uri": self._hub.oauth_redirect_uri,
            "response_type": "code",
            "state": state,
        }
        await _redirect(send, f"{self._hub.oauth_authorization_url}?{urlencode(query)}", cookies)

    async def _end_login(self, request: Connection, send: Send) -> None:
        """Trade the code that the Hub has given for a token, and lead back to the page."""
        try:
            arguments = request.query_params
        except ApiError:
            arguments = {}
        ended = self._cookies.end_login(request, arguments.get("state", ""))
        code = arguments.get("code", "")
        if ended is None or not 0 < len(code) <= MAX_CODE:
            await _refuse(send, 403)
            return
        target, cookie = ended
        try:
            token = await self._hub.token_for_code(code, sync=False)
            user = await self._users.of_token(token)
        except Exception:  # noqa: BLE001 - it is logged
            _log.exception("realtime-widgets: the Hub has not confirmed a login")
            await _refuse(send, 502)
            return
        if user is None:
            await _refuse(send, 403)
            return
        await _redirect(send, target, [self._cookies.write_token(request, token), cookie])


async def _redirect(send: Send, target: str, cookies: list[str]) -> None:
    headers = [
        (b"location", target.encode("ascii")),
        (b"cache-control", b"no-store"),
        (b"content-length", b"0"),
        *((b"set-cookie", cookie.encode("latin-1")) for cookie in cookies),
    ]
    await send({"type": "http.response.start", "status": 302, "headers": headers})
    await send({"type": "http.response.body", "body": b""})


async def _refuse(send: Send, status: int) -> None:
    """Answer a login that failed with a page that leads to the list, where another one begins."""
    page = Page(up="./", home="the runs")
    body = page.explain(status)
    headers = [(name.lower().encode(), text.encode()) for name, text in page.headers.items()]
    headers.append((b"content-length", str(len(body)).encode()))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
