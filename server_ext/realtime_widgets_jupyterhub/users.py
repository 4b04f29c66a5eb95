"""Users of the Hub: by a token of theirs, by the cookie of a browser, and by name."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from pydantic_core import from_json
from tornado.httpclient import AsyncHTTPClient, HTTPRequest

from realtime_widgets.asgi import User

if TYPE_CHECKING:
    from jupyterhub.services.auth import HubOAuth

    from realtime_widgets.asgi import Connection
    from realtime_widgets_jupyterhub.cookies import Cookies

__all__ = ["HubUsers"]

REQUEST_S = 10.0
"""How long the Hub may take for one answer, in seconds."""

MAX_TOKEN = 1_000
"""Most characters of a token that is sent to the Hub."""

MAX_KNOWN = 10_000
"""Answers of the Hub that are kept, also those about unknown tokens."""

SESSION_COOKIE = "jupyterhub-session-id"
"""Changes when the user logs out of the Hub, so that nothing that was kept is used."""

SAFE_METHODS = {"GET", "HEAD", "OPTIONS"}


class HubUsers:
    """Finds users.

    Args:
        hub: Jupyterhub's own client for services.
        cookies: Where browsers have their tokens.
    """

    def __init__(self, hub: HubOAuth, cookies: Cookies) -> None:
        self._hub = hub
        self._cookies = cookies

    async def find(self, request: Connection) -> User | None:
        """Return the user of a request, None where it has no login of the Hub.

        A token in the URL counts for nothing. A cookie counts for a request that changes something
        only where the browser names the page that sent it, which the app compares with its own
        address.
        """
        if "authorization" in request.headers:
            return await self.of_token(request.bearer_token)
        is_change = request.scope.get("method", "GET") not in SAFE_METHODS
        if is_change and "origin" not in request.headers:
            return None
        session_id = request.cookies.get(SESSION_COOKIE, "")
        return await self.of_token(self._cookies.token(request), session_id)

    async def of_token(self, token: str, session_id: str = "") -> User | None:
        """Return the user to whom a token belongs, None where it is not one for this service."""
        if not token or len(token) > MAX_TOKEN or not token.isascii() or not token.isprintable():
            return None
        self._forget_if_many()
        model = await self._hub.user_for_token(token, session_id=session_id[:100], sync=False)
        if not model or model.get("kind") != "user":
            return None
        return _user(model) if self._hub.check_scopes(self._hub.access_scopes, model) else None

    async def refresh(self, user: User) -> User | None:
        """Return a user with the groups of now, None where the Hub has none of this name."""
        self._forget_if_many()
        key = f"user:{user.name}"
        if key not in self._hub.cache:
            self._hub.cache[key] = await self._read(user.name)
        model = self._hub.cache[key]
        return _user(model) if model else None

    async def _read(self, name: str) -> dict[str, Any] | None:
        """Read the model of a user with the token of the service.

        Raises:
            RuntimeError: The Hub does not answer, or does not allow it.
        """
        url = f"{self._hub.api_url.rstrip('/')}/users/{quote(name, safe='')}"
        headers = {"Authorization": f"token {self._hub.api_token}"}
        request = HTTPRequest(url, headers=headers, request_timeout=REQUEST_S)
        response = await AsyncHTTPClient().fetch(request, raise_error=False)
        if response.code == HTTPStatus.NOT_FOUND:
            return None
        if response.code == HTTPStatus.FORBIDDEN:
            words = "give the service a role with the scopes `read:users:name, read:users:groups`"
            raise RuntimeError(f"the Hub does not allow reading the groups of users: {words}")
        if response.code != HTTPStatus.OK:
            raise RuntimeError(f"the Hub does not return a user (HTTP {response.code})")
        model: dict[str, Any] = from_json(response.body)
        return model

    def _forget_if_many(self) -> None:
        if len(self._hub.cache) >= MAX_KNOWN:
            self._hub.cache.clear()


def _user(model: dict[str, Any]) -> User:
    groups = frozenset(map(str, model.get("groups") or ()))
    return User(str(model["name"]), groups=groups, is_admin=model.get("admin") is True)
