"""The cookies of the service: the OAuth token of a browser, and logins that are under way."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote

if TYPE_CHECKING:
    from realtime_widgets.asgi import Connection

__all__ = ["Cookies"]

LOGIN_S = 600
"""How long a login may take, in seconds."""

MAX_LOGINS = 5
"""Most logins of one browser that are under way; the cookies of further ones are deleted."""

MAX_PATH = 1_000
"""Most characters of the path that a login leads back to; a longer one leads to the list."""

_STATE = re.compile(r"[\w-]{43}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Cookies:
    """Names, reads and writes cookies.

    Attributes:
        service: The name of the service.
        path: The path that they are sent to, which ends with a slash.
    """

    service: str
    path: str

    @property
    def _token_name(self) -> str:
        return f"realtime-widgets-{self.service}"

    @property
    def _state_prefix(self) -> str:
        return f"{self._token_name}-login-"

    def token(self, request: Connection) -> str:
        """Return the OAuth token of the browser, "" where it has none."""
        return request.cookies.get(self._token_name, "")

    def write_token(self, request: Connection, token: str) -> str:
        """Return the header that stores an OAuth token, until the browser is closed."""
        return self._written(request, self._token_name, token)

    def begin_login(self, request: Connection) -> tuple[str, list[str]]:
        """Return the state of a new login, and the headers that bind it to the browser.

        The state is in the name of the cookie, so that logins of several tabs do not meet.
        """
        state = secrets.token_urlsafe(32)
        query = request.scope.get("query_string", b"").decode("latin-1")
        target = str(request.scope["path"]) + (f"?{query}" if query else "")
        value = quote(target if len(target) <= MAX_PATH else self.path, safe="")
        name = f"{self._state_prefix}{state}"
        begun = [each for each in request.cookies if each.startswith(self._state_prefix)]
        return state, [
            self._written(request, name, value, max_age_s=LOGIN_S),
            *(self._deleted(request, each) for each in begun[: len(begun) + 1 - MAX_LOGINS]),
        ]

    def end_login(self, request: Connection, state: str) -> tuple[str, str] | None:
        """Return the path that a login leads back to, and the header that deletes its cookie.

        None where this browser has begun no login with this state.
        """
        name = f"{self._state_prefix}{state}"
        target = unquote(request.cookies.get(name, "")) if _STATE.fullmatch(state) else ""
        if not target.startswith(self.path):
            return None
        return quote(target, safe="/?=&%-._~"), self._deleted(request, name)

    def _deleted(self, request: Connection, name: str) -> str:
        return self._written(request, name, "", max_age_s=0)

    def _written(
        self, request: Connection, name: str, value: str, *, max_age_s: int | None = None
    ) -> str:
        # The Hub's proxy appends to the header of a proxy in front of it.
        forwarded = request.headers.get("x-forwarded-proto", "").split(",")[0].strip()
        is_secure = (forwarded or request.scope.get("scheme")) == "https"
        age = "" if max_age_s is None else f"; Max-Age={max_age_s}"
        secure = "; Secure" if is_secure else ""
        return f"{name}={value}; Path={self.path}; HttpOnly; SameSite=Lax{age}{secure}"
